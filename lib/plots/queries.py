"""Figure of the query benchmark."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from lib.plots.style import BLUE, GREEN, GREY, ORANGE, RED, empty, styled


@styled
def query_ratios(ratios: pd.DataFrame, baseline: str) -> Figure:
    """Draw each engine's time as a multiple of the baseline's, on a logarithmic scale.

    Parameters
    ----------
    ratios : pandas.DataFrame
        A table of `lib.tracks.query_times.ratios`.
    baseline : str
        Engine that the others are measured by.
    """
    whats = list(dict.fromkeys(ratios["what"]))
    engines = [name for name in dict.fromkeys(ratios["engine"]) if name != baseline]
    figure, (axis,) = empty(1, 1, 9.0, 0.75 * len(whats) + 1.5)
    axis.axvline(1, color=GREY, linewidth=1, linestyle="--", label=baseline)
    steps = np.linspace(-0.22, 0.22, len(engines))
    for step, colour, engine in zip(steps, (BLUE, ORANGE, GREEN, RED), engines, strict=False):
        rows = ratios[ratios["engine"] == engine].set_index("what").loc[whats]
        places = np.arange(len(whats)) + step
        axis.hlines(places, rows["least"], rows["most"], color=colour, linewidth=0.8, alpha=0.7)
        axis.hlines(places, rows["low"], rows["high"], color=colour, linewidth=3.5, alpha=0.6)
        axis.scatter(rows["ratio"], places, s=26, color=colour, zorder=3, label=engine)
    base = ratios[ratios["engine"] == baseline].set_index("what")["seconds"]
    names = [f"{what}\n{baseline}: {1000 * base[what]:.3g} ms" for what in whats]
    axis.set_yticks(range(len(whats)), names)
    axis.set_ylim(len(whats) - 0.5, -0.5)
    axis.set_xscale("log", base=2)
    axis.xaxis.set_major_formatter(FuncFormatter(lambda ratio, _: f"{ratio:g}"))
    axis.set_xlabel(
        f"time as a multiple of {baseline}'s in the same round; thick: interval of the median, "
        "thin: least to most"
    )
    figure.legend(loc="outside upper center", ncols=len(engines) + 1)
    return figure
