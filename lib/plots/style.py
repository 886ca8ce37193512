"""The look all figures share: sizes, colours, and empty figures to draw on.

Figures are made without pyplot, so drawing leaves no global state behind and works alike in
JupyterLab, papermill and tests.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

# Okabe and Ito's palette (2008): told apart by colour-blind readers as well.
BLUE, ORANGE, GREEN, RED, PURPLE, SKY, YELLOW, GREY = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#F0E442",
    "#6B7280",
)
CYCLE = (BLUE, ORANGE, GREEN, RED, PURPLE, SKY, GREY)

DIVERGING = LinearSegmentedColormap.from_list("blue_white_red", [BLUE, "#FFFFFF", RED])
"""Colour map for values around zero, such as correlations."""

SEQUENTIAL = "cividis"
"""Colour map for counts and shares."""

RC = {
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "font.family": "DejaVu Sans",  # shipped with matplotlib, so the same on every machine
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.labelsize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.prop_cycle": mpl.cycler(color=CYCLE),
    "grid.color": "#E5E7EB",
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
}

P = ParamSpec("P")


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Decorate a plotting function so that it draws in the workbook's style."""

    @functools.wraps(draw)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with mpl.rc_context(RC):
            return draw(*args, **kwargs)

    return wrapper


def empty(
    rows: int = 1, columns: int = 1, width_in: float = 9.0, height_in: float = 4.5, **grid: object
) -> tuple[Figure, list[Axes]]:
    """Make a figure with a grid of axes.

    Parameters
    ----------
    rows, columns : int
        Axes down and across.
    width_in, height_in : float
        Size in inches.
    **grid
        Passed to `matplotlib.figure.Figure.subplots`, e.g. ``sharey=True``.

    Returns
    -------
    figure : matplotlib.figure.Figure
    axes : list of matplotlib.axes.Axes
        Row by row.
    """
    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    return figure, list(figure.subplots(rows, columns, squeeze=False, **grid).flat)
