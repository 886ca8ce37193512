"""Pictures of the explorer; drawn while somebody waits, so without a layout engine."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from lib.plots.style import BLUE, CYCLE, GREY, SEQUENTIAL, styled

SIZE_IN = (8.6, 3.7)
GROUPS = 6
"""Groups with a colour of their own: the most frequent; the others share grey."""


@styled
def points_and_bars(
    points: pd.DataFrame,
    bars: pd.DataFrame,
    x: str,
    y: str,
    of_bars: str,
    colour: str,
    spans: Mapping[str, tuple[float, float]],
) -> Figure:
    """Draw a scatter plot, and a histogram beside it.

    Parameters
    ----------
    points : pandas.DataFrame
        Columns x, y and, if wanted, colour: numbers, or names of groups.
    bars : pandas.DataFrame
        Columns low, high, left, all: bins and shares of the rows left, and of all rows.
    x, y, of_bars, colour : str
        Labels with units; `colour` is empty where colours are groups, or none.
    spans : mapping of str to tuple of float
        Ends of the axes "x" and "y", and of the scale "colour".
    """
    figure = Figure(figsize=SIZE_IN)
    # Fixed places cost nothing; a layout engine would draw everything twice.
    where = figure.add_axes((0.085, 0.15, 0.385, 0.79))
    _scatter(figure, where, points, colour, spans)
    where.set(xlabel=x, ylabel=y, xlim=_roomy(spans["x"]), ylim=_roomy(spans["y"]))
    axis = figure.add_axes((0.68, 0.15, 0.30, 0.79))
    edges = [*bars["low"], bars["high"].iloc[-1]]
    axis.stairs(bars["left"], edges, fill=True, color=BLUE)
    axis.stairs(bars["all"], edges, color=GREY, linewidth=1.2)
    axis.set(xlabel=of_bars, ylabel="share of rows", xlim=(edges[0], edges[-1]))
    axis.set_ylim(0, 1.08 * max(bars["left"].max(), bars["all"].max(), 1e-9))
    axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=None, symbol=" %"))
    for one in (where, axis):
        # Ticks are most of what drawing costs.
        one.xaxis.set_major_locator(MaxNLocator(5))
        one.yaxis.set_major_locator(MaxNLocator(5))
    return figure


def _scatter(
    figure: Figure,
    axis: Axes,
    points: pd.DataFrame,
    colour: str,
    spans: Mapping[str, tuple[float, float]],
) -> None:
    look = {"s": 9, "linewidths": 0, "alpha": 0.65, "rasterized": True}
    if not len(points):
        axis.text(0.5, 0.5, "nothing found", transform=axis.transAxes, ha="center", color=GREY)
    elif colour:
        low, high = spans["colour"]
        drawn = axis.scatter(
            points["x"], points["y"], c=points["colour"], cmap=SEQUENTIAL, vmin=low, vmax=high,
            **look,
        )  # fmt: skip
        beside = figure.add_axes((0.485, 0.15, 0.014, 0.79))
        bar = figure.colorbar(drawn, cax=beside, label=colour, ticks=MaxNLocator(5))
        bar.solids.set_alpha(1)
        bar.outline.set_visible(False)
    elif "colour" in points:
        counts = points["colour"].value_counts().index[:GROUPS]
        groups = points["colour"].where(points["colour"].isin(counts), "others")
        for place, name in enumerate(
            [*(["others"] if (groups == "others").any() else []), *counts]
        ):
            own = points[groups == name]
            tone = "#C4C8CE" if name == "others" else CYCLE[list(counts).index(name)]
            axis.scatter(own["x"], own["y"], color=tone, label=name, zorder=2 + place / 10, **look)
        legend = axis.legend(
            loc="upper left", bbox_to_anchor=(1.0, 1.02), fontsize=8, handletextpad=0.1,
            borderpad=0, markerscale=1.6, labelspacing=0.5,
        )  # fmt: skip
        for handle in legend.legend_handles:
            handle.set_alpha(1)
    else:
        axis.scatter(points["x"], points["y"], color=BLUE, **look)


def _roomy(span: tuple[float, float]) -> tuple[float, float]:
    room = 0.02 * (span[1] - span[0])
    return span[0] - room, span[1] + room
