"""Figures about the promotion label: the ceiling, and what the model leans on."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator, PercentFormatter

from lib.plots.style import BLUE, CYCLE, GREY, ORANGE, RED, empty, styled


@styled
def ceilings(lines: pd.DataFrame, measured: pd.DataFrame, used: float) -> Figure:
    """Draw the scores of the best rule against the noise, and what a model reaches.

    Parameters
    ----------
    lines : pandas.DataFrame
        Ceiling: columns noise, metric, value.
    measured : pandas.DataFrame
        Columns noise, metric, value, low, high.
    used : float
        Noise of the published labels.
    """
    figure, (left, right) = empty(1, 2, 11, 4.6, width_ratios=(3, 2))
    for place, (metric, line) in enumerate(lines.groupby("metric", sort=False)):
        colour = CYCLE[place]
        left.plot(line["noise"], line["value"], color=colour, label=metric)
        part = measured[measured["metric"] == metric]
        bars = np.abs(part[["low", "high"]].to_numpy() - part[["value"]].to_numpy()).T
        # Side by side, so that no bar hides another.
        at = part["noise"] + 0.006 * (place - 1)
        left.errorbar(at, part["value"], bars, fmt="o", color=colour, markersize=4.5)
    left.axvline(used, color=GREY, linestyle="--", linewidth=1)
    left.annotate("published", (used, 0.02), (4, 0), textcoords="offset points", color=GREY,
                  xycoords=("data", "axes fraction"))  # fmt: skip
    left.set(xlabel="share of labels flipped", ylabel="score on unseen tracks")
    left.set(title="The best rule (lines) and XGBoost (dots)")
    left.legend(fontsize=9)
    area = measured[measured["metric"] == "AUC"]
    best = lines[lines["metric"] == "AUC"].set_index("noise")["value"]
    above = area["value"].to_numpy() - np.interp(area["noise"], best.index, best)
    bars = np.abs(area[["low", "high"]].to_numpy() - area[["value"]].to_numpy()).T
    right.errorbar(area["noise"], above, bars, fmt="o", color=BLUE, markersize=4.5)
    right.axhline(0, color="black", linewidth=1)
    right.set(xlabel="share of labels flipped", ylabel="AUC of XGBoost less the ceiling")
    right.set(title="What is left to find")
    for axis in (left, right):
        axis.xaxis.set_major_locator(MultipleLocator(0.1))
        axis.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    return figure


@styled
def drops(table: pd.DataFrame) -> Figure:
    """Draw how much AUC is lost without each feature, those of the rule in colour.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns input, drop, low, high, in_rule; the largest first.
    """
    figure, (axis,) = empty(1, 1, 8.5, 1.4 + 0.34 * len(table))
    for inside, colour, label in ((True, ORANGE, "in the rule"), (False, GREY, "not in the rule")):
        part = table[table["in_rule"] == inside]
        axis.hlines(part.index, part["low"], part["high"], color=colour)
        axis.plot(part["drop"], part.index, "o", color=colour, label=label)
    axis.axvline(0, color="black", linewidth=1)
    axis.set_yticks(range(len(table)), table["input"])
    axis.invert_yaxis()
    axis.set(xlabel="AUC lost on unseen tracks when the feature comes from other tracks")
    axis.legend(loc="lower right")
    return figure


@styled
def popularity(table: pd.DataFrame) -> Figure:
    """Draw mean popularity by label, a line a group.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns label, tracks, mean, low, high.
    """
    figure, (axis,) = empty(1, 1, 8.5, 1.3 + 0.5 * len(table))
    axis.hlines(range(len(table)), table["low"], table["high"], color=BLUE)
    axis.plot(table["mean"], range(len(table)), "o", color=BLUE)
    names = [f"{row.label} ({row.tracks:,})" for row in table.itertuples()]
    axis.set_yticks(range(len(table)), names)
    axis.set_ylim(len(table) - 0.5, -0.5)
    axis.set(xlabel="mean popularity, 0 to 100")
    axis.axvline(table["mean"].mean(), color=RED, linewidth=0.8, linestyle=":")
    return figure
