"""Figures of intervals, bands, drift and shortlists."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from lib.plots.style import BLUE, CYCLE, GREY, ORANGE, RED, empty, styled
from lib.plots.tracks import legible

POINTS = "popularity points"


@styled
def coverage_and_width(
    table: pd.DataFrame, by: str, aim: float, slack: float, baseline_width: float
) -> Figure:
    """Draw how often intervals hold the truth in each group, and how wide they are.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns `by`, tracks, coverage, low, high, width; a line a row, the first on top.
    by : str
        Column of names.
    aim, slack : float
        Promised coverage, and what may differ from it.
    baseline_width : float
        Width of the interval that is the same for all tracks.
    """
    figure, (left, right) = empty(1, 2, 10, 1.2 + 0.3 * len(table), sharey=True)
    places = np.arange(len(table))
    left.axvspan(aim - slack, aim + slack, color="#DCFCE7", label=f"{aim:.0%} ± {slack:.0%}")
    left.axvline(aim, color=GREY, linewidth=1)
    left.hlines(places, table["low"], table["high"], color=BLUE, linewidth=2.2, alpha=0.6)
    left.plot(table["coverage"], places, "o", color=BLUE, markersize=5)
    left.set_yticks(
        places, [f"{n} ({k:,})" for n, k in zip(table[by], table["tracks"], strict=True)]
    )
    left.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    left.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    left.set(xlabel="tracks inside their interval, with 95 % interval")
    right.barh(places, table["width"], color=BLUE, height=0.6, alpha=0.75)
    right.axvline(baseline_width, color=RED, linestyle="--", label="one interval for all tracks")
    right.set(xlabel=f"mean width ({POINTS})")
    left.invert_yaxis()
    figure.legend(
        *[
            a + b
            for a, b in zip(*(x.get_legend_handles_labels() for x in (left, right)), strict=True)
        ],
        loc="outside upper center",
        ncols=2,
    )
    return figure


@styled
def widths(width: pd.Series, baseline_width: float) -> Figure:
    """Draw how wide the intervals of single tracks are, beside the one interval for all."""
    figure, (axis,) = empty(1, 1, 8, 3.4)
    axis.hist(width, bins=np.arange(0, 102, 2), color=BLUE, alpha=0.8)
    axis.axvline(width.mean(), color="black", label=f"mean, {width.mean():.1f}")
    axis.axvline(
        baseline_width,
        color=RED,
        linestyle="--",
        label=f"one interval for all tracks, {baseline_width:.1f}",
    )
    axis.yaxis.set_major_formatter("{x:,.0f}")
    axis.set(xlabel=f"width of the interval ({POINTS})", ylabel="tracks", xlim=(0, 100))
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


@styled
def reliability_curves(curves: Mapping[str, Mapping[str, pd.DataFrame]]) -> Figure:
    """Draw observed shares against stated chances, a scheme a panel and a band a line.

    Parameters
    ----------
    curves : mapping of str to mapping of str to pandas.DataFrame
        By scheme and band: columns stated, observed, low, high.
    """
    figure, axes = empty(1, len(curves), 10, 4.6, sharey=True)
    for axis, (scheme, bands) in zip(axes, curves.items(), strict=True):
        axis.plot([0, 1], [0, 1], color="black", linewidth=1, label="as stated")
        for colour, (band, table) in zip(CYCLE, bands.items(), strict=False):
            axis.vlines(table["stated"], table["low"], table["high"], color=colour, alpha=0.6)
            axis.plot(
                table["stated"], table["observed"], "o-", color=colour, label=band, markersize=4
            )
        axis.set(xlabel="stated chance", title=f"Bands {scheme}")
        axis.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axis.legend(title="popularity", loc="upper left")
    axes[0].set(ylabel="share that came true")
    return figure


@styled
def drift_bars(table: pd.DataFrame, shift: float, large: float) -> Figure:
    """Draw the population stability index of each column, largest on top.

    `table` has column and psi; `shift` and `large` are the marks of a shift and of a drift.
    """
    figure, (axis,) = empty(1, 1, 8, 1.2 + 0.28 * len(table))
    axis.barh(table["column"], table["psi"], color=BLUE, height=0.6)
    axis.axvline(shift, color=ORANGE, linestyle="--", label=f"shifted from {shift:g}")
    axis.axvline(large, color=RED, linestyle="--", label=f"drifted from {large:g}")
    axis.invert_yaxis()
    axis.set(xlabel="population stability index", xlim=(0, max(1.2 * large, table["psi"].max())))
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


@styled
def ranked_tracks(table: pd.DataFrame, group: str) -> Figure:
    """Draw ranked tracks with interval, prediction and, when known, popularity, by group.

    `table` has title, predicted_popularity, lower, upper, popularity and the column `group`;
    rows of a group stand together.
    """
    names = list(dict.fromkeys(table[group]))
    gap = 0.8 + np.arange(len(table)) + table[group].map(names.index).to_numpy()
    figure, (axis,) = empty(1, 1, 10, 1.0 + 0.21 * (gap[-1] + 1))
    axis.hlines(gap, table["lower"], table["upper"], color=BLUE, linewidth=3, alpha=0.35)
    axis.plot(table["predicted_popularity"], gap, "o", color=BLUE, markersize=5, label="predicted")
    if table["popularity"].notna().any():
        axis.plot(table["popularity"], gap, "x", color=RED, markersize=5, label="in the file")
    axis.set_yticks(gap, [legible(title, 46) for title in table["title"]], fontsize=8)
    for name in names:
        top = gap[(table[group] == name).to_numpy()].min()
        axis.text(0, top - 0.95, name, fontsize=9, fontweight="bold", va="center")
    axis.set(
        xlabel="popularity (0 to 100); bar: interval of the prediction",
        xlim=(-2, 102),
        ylim=(gap[-1] + 0.8, -0.9),
    )
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure
