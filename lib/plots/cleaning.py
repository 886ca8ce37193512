"""Figures of cleaning: rows through each recipe, popularity after it, twins and their zeros."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, StrMethodFormatter

from lib.plots.style import BLUE, GREY, ORANGE, RED, SKY, empty, styled
from lib.plots.tracks import percent

BIN_WIDTH = 5
"""Width of a histogram's bins in popularity points."""

COUNT = "{x:,.0f}"


@styled
def rows_through_recipes(logs: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw the rows left and the rows removed after each step, a panel a recipe.

    `logs` maps a recipe to its log: ``step``, ``rows_before``, ``rows_after``, ``removed``.
    """
    steps = [len(log) for log in logs.values()]
    figure, axes = empty(
        len(logs), 1, 9.0, 0.34 * sum(steps) + 0.75 * len(logs), sharex=True, height_ratios=steps
    )
    most = max(log["rows_before"].max() for log in logs.values())
    for axis, (recipe, log) in zip(axes, logs.items(), strict=True):
        places = np.arange(len(log))
        axis.barh(places, log["rows_after"], color=BLUE, label="left")
        axis.barh(places, log["removed"], left=log["rows_after"], color=ORANGE, label="removed")
        for place, line in zip(places, log.itertuples(), strict=True):
            gone = f"  (−{line.removed:,})" if line.removed else ""
            axis.text(
                line.rows_before + most / 100, place, f"{line.rows_after:,}{gone}", va="center"
            )
        axis.set_yticks(places, log["step"])
        axis.set_ylim(len(log) - 0.5, -0.5)
        axis.set_title(recipe)
        axis.grid(visible=False, axis="y")
    axes[0].set_xlim(0, 1.24 * most)
    axes[-1].set_xlabel("rows")
    axes[-1].xaxis.set_major_formatter(StrMethodFormatter(COUNT))
    axes[0].legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
    return figure


@styled
def popularity_by_recipe(popularity: Mapping[str, pd.Series]) -> Figure:
    """Draw the spread of popularity under each recipe, the zeros as a bar of their own."""
    figure, axes = empty(1, len(popularity), 10.0, 3.4, sharey=True)
    edges = np.arange(0, 100 + BIN_WIDTH, BIN_WIDTH)
    for axis, (recipe, values) in zip(axes, popularity.items(), strict=True):
        share_zero = values.eq(0).mean()
        above = np.histogram(values[values > 0], edges)[0] / len(values)
        axis.bar(edges[:-1], above, BIN_WIDTH, align="edge", color=SKY, edgecolor="white")
        axis.bar(-BIN_WIDTH / 2, share_zero, BIN_WIDTH, color=RED)
        axis.axvline(values.mean(), color=GREY, linestyle="--", linewidth=1)
        axis.set_title(
            f"{recipe}\n{len(values):,} rows\n"
            f"mean {values.mean():.1f}, zeros {100 * share_zero:.1f} %"
        )
        axis.set_xlabel("popularity")
    axes[0].set_ylabel("share of rows")
    axes[0].yaxis.set_major_formatter(FuncFormatter(percent))
    return figure


@styled
def popularity_ranges(ranges: pd.Series) -> Figure:
    """Draw how far apart the popularities of one recording's ids are."""
    figure, (axis,) = empty(1, 1, 9.0, 3.6)
    same = int(ranges.eq(0).sum())
    edges = np.arange(0, 100 + BIN_WIDTH, BIN_WIDTH)
    counts = np.histogram(ranges[ranges > 0], edges)[0]
    axis.bar(edges[:-1], counts, BIN_WIDTH, align="edge", color=SKY, edgecolor="white")
    axis.bar(-BIN_WIDTH / 2, same, BIN_WIDTH, color=BLUE, label=f"all equal: {same:,}")
    for value, style, name in (
        (ranges.median(), ":", "median"),
        (ranges.mean(), "--", "mean"),
    ):
        axis.axvline(value, color=RED, linestyle=style, label=f"{name}: {value:.1f}")
    axis.set(
        xlabel="highest less lowest popularity among the ids of a recording (points)",
        ylabel="recordings",
        title=f"{len(ranges):,} recordings with several ids",
    )
    axis.yaxis.set_major_formatter(StrMethodFormatter(COUNT))
    axis.legend()
    return figure


@styled
def zeros_by_ids(table: pd.DataFrame) -> Figure:
    """Draw the share of ids at popularity 0 by the number of ids of their recording.

    `table` has ``ids_of_recording``, ``ids``, ``share``, ``low`` and ``high``.
    """
    figure, (axis,) = empty(1, 1, 7.5, 3.6)
    places = np.arange(len(table))
    axis.vlines(places, table["low"], table["high"], color=BLUE, linewidth=2.5)
    axis.scatter(places, table["share"], color=BLUE, zorder=3, s=40)
    names = zip(table["ids_of_recording"], table["ids"], strict=True)
    axis.set_xticks(places, [f"{name}\n{count:,} ids" for name, count in names])
    axis.set(
        xlabel="ids of the recording",
        ylabel="share of ids at popularity 0",
        title="Popularity 0 by the number of ids",
    )
    axis.set_ylim(bottom=0)
    axis.set_xlim(-0.5, len(table) - 0.5)
    axis.yaxis.set_major_formatter(FuncFormatter(percent))
    return figure


@styled
def cut_twins(report: pd.DataFrame) -> Figure:
    """Draw for each key the rows that have a twin, and the test rows with one in training.

    `report` has ``key``, ``share`` and ``split_share``, ``split_low`` and ``split_high``.
    """
    figure, (axis,) = empty(1, 1, 9.0, 0.7 * len(report) + 1.3)
    places = np.arange(len(report))
    limit = max(1.12 * report[["share", "split_high"]].max(axis=None), 0.01)
    parts = (
        ("share", -0.2, SKY, "rows with a twin"),
        ("split_share", 0.2, RED, "test rows with a twin in training"),
    )
    for column, step, colour, name in parts:
        axis.barh(places + step, report[column], 0.36, color=colour, label=name)
        ends = report[[column, "split_high"]].max(axis=1) if colour == RED else report[column]
        for place, share, end in zip(places + step, report[column], ends, strict=True):
            axis.text(end + 0.01 * limit, place, f"{100 * share:.1f} %", va="center")
    axis.hlines(
        places + 0.2,
        report["split_low"],
        report["split_high"],
        color="black",
        linewidth=1.5,
        label="95 % interval of one split",
    )
    axis.set_yticks(places, report["key"])
    axis.set_ylim(len(report) - 0.5, -0.5)
    axis.set_xlim(0, limit)
    axis.grid(visible=False, axis="y")
    axis.xaxis.set_major_formatter(FuncFormatter(percent))
    axis.set(xlabel="share of rows", title="Twins, and what a random 80/20 split does with them")
    figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure
