"""Figures of playlists by category."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lib.plots.style import BLUE, GREY, ORANGE, RED, SKY, empty, styled


@styled
def coverage(table: pd.DataFrame, last: int = 2) -> Figure:
    """Draw how many titles have each theme.

    Parameters
    ----------
    table : pandas.DataFrame
        Index themes, column share.
    last : int, optional
        Rows at the end that are no themes, drawn in grey.
    """
    table = table[table["share"] > 0]
    figure, (axis,) = empty(1, 1, 9, 1.2 + 0.23 * len(table))
    colours = [BLUE] * (len(table) - last) + [GREY] * last
    axis.barh(table.index, table["share"], color=colours)
    for place, row in enumerate(table.itertuples()):
        axis.text(row.share, place, f" {row.share:.1%}", va="center", fontsize=8)
    axis.set(xlabel="share of playlists")
    axis.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axis.xaxis.set_major_formatter("{x:.0%}")
    axis.set_ylim(len(table) - 0.5, -0.5)
    axis.margins(x=0.12)
    return figure


@styled
def means(table: pd.DataFrame, measures: Mapping[str, str]) -> Figure:
    """Draw means of categories with intervals, beside the mean of all playlists.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns category, measure, playlists, value, low, high, overall, differs.
    measures : mapping of str to str
        Measures to show, and names of their axes.
    """
    table = table[table["measure"].isin(list(measures))]
    most = table.groupby("category", sort=False)["playlists"].max()
    figure, axes = empty(1, len(measures), 11, 1.5 + 0.25 * len(most), sharey=True)
    for axis, (measure, name) in zip(axes, measures.items(), strict=True):
        part = table[table["measure"] == measure].set_index("category")
        for differs, colour in ((False, GREY), (True, BLUE)):
            some = part[part["differs"] == differs]
            at = [most.index.get_loc(category) for category in some.index]
            axis.hlines(at, some["low"], some["high"], color=colour)
            label = "differs from the others" if differs else "no difference shown"
            axis.plot(some["value"], at, "o", color=colour, ms=4, label=label)
        axis.axvline(part["overall"].iloc[0], color="black", linewidth=1, label="all playlists")
        axis.set(xlabel=name)
        axis.locator_params(axis="x", nbins=5)
    labels = [f"{category} ({number:,})" for category, number in most.items()]
    axes[0].set_yticks(range(len(most)), labels)
    axes[0].set_ylim(len(most) - 0.5, -0.5)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure


@styled
def tiers(table: pd.DataFrame, names: list[str]) -> Figure:
    """Draw the mean share of head, middle and tail tracks in each category.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns category, measure, value, overall; measures are the tiers.
    names : list of str
        Tiers, the most frequent tracks first.
    """
    wide = table[table["measure"].isin(names)].pivot_table(
        "value", "category", "measure", sort=False
    )
    overall = table.drop_duplicates("measure").set_index("measure")["overall"]
    wide.loc["all playlists"] = overall[names]
    figure, (axis,) = empty(1, 1, 9, 1.5 + 0.25 * len(wide))
    left = np.zeros(len(wide))
    for name, colour in zip(names, (BLUE, SKY, ORANGE), strict=True):
        axis.barh(wide.index, wide[name], left=left, color=colour, label=name)
        left = left + wide[name].to_numpy()
    for edge in np.cumsum(overall[names])[:-1]:
        axis.axvline(edge, color="black", linewidth=1)
    axis.set(xlabel="mean share of a playlist's entries", xlim=(0, 1))
    axis.xaxis.set_major_formatter("{x:.0%}")
    axis.set_ylim(len(wide) - 0.5, -0.5)
    axis.grid(False)
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure


@styled
def concentration(table: pd.DataFrame) -> Figure:
    """Draw each category's Gini coefficient beside that of random playlists of as many entries.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns category, entries, value, low, high, random, random_low, random_high.
    """
    figure, (axis,) = empty(1, 1, 9, 1.5 + 0.25 * len(table))
    at = np.arange(len(table))
    axis.barh(at, table["random_high"] - table["random_low"], left=table["random_low"], height=0.55,
              color="#C3C8D0", label="random playlists, as many entries")  # fmt: skip
    axis.hlines(at, table["low"], table["high"], color=RED)
    axis.plot(table["value"], at, "o", color=RED, ms=4, label="the category")
    labels = [f"{row.category} ({row.entries:,})" for row in table.itertuples()]
    axis.set_yticks(at, labels)
    axis.set_ylim(len(table) - 0.5, -0.5)
    axis.set(xlabel="Gini coefficient of the tracks' entries within the category")
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure
