"""Figures on why tracks are recommended, and which ones never are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.plots.style import BLUE, GREEN, GREY, ORANGE, empty, styled

LONGEST = 48
"""Characters of a name."""


@styled
def reasons(table: pd.DataFrame, labels: Mapping[str, str]) -> Figure:
    """Draw shares of lists with their intervals.

    Parameters
    ----------
    table : pandas.DataFrame
        By metric: value, low, high.
    labels : mapping of str to str
        Metrics from top to bottom, and what they are called.
    """
    own = table.loc[[one for one in labels if one in table.index]]
    figure, (axis,) = empty(1, 1, 7.4, 0.42 * len(own) + 1.1)
    places = np.arange(len(own))[::-1]
    axis.barh(places, own["value"], color=BLUE, height=0.6)
    spread = np.abs(own[["low", "high"]].to_numpy() - own[["value"]].to_numpy()).T
    axis.errorbar(own["value"], places, xerr=spread, fmt="none", color="black", capsize=3, lw=1)
    for place, (value, high) in zip(places, own[["value", "high"]].to_numpy(), strict=True):
        end = value if np.isnan(high) else high
        axis.text(end + 0.012, place, f"{value:.0%}", va="center", fontsize=9)
    axis.set_yticks(places, [labels[one] for one in own.index])
    axis.set_xlim(0, 1.09)
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axis.set_xlabel("of the tracks of a list")
    axis.grid(visible=False, axis="y")
    return figure


@styled
def strength(chances: Mapping[str, np.ndarray], ranks: pd.DataFrame) -> Figure:
    """Draw how strong reasons are for hits and misses: their distribution, and by rank.

    Parameters
    ----------
    chances : mapping of str to numpy.ndarray
        P(track | seed) of the best reason by what became of the track: hits, misses.
    ranks : pandas.DataFrame
        first, chance_hits, chance_misses, precision.
    """
    figure, (left, right) = empty(1, 2, 10.5, 4.0)
    colours = dict(zip(chances, (GREEN, GREY), strict=False))
    for name, values in chances.items():
        ordered = np.sort(values)
        above = 1 - np.arange(len(ordered)) / max(len(ordered), 1)
        left.step(ordered, above, color=colours[name], label=f"{name} ({len(values):,})")
    left.set_xscale("symlog", linthresh=0.01)
    left.set_xlim(0, 1)
    ticks = (0, 0.01, 0.1, 1)
    left.set_xticks(ticks, [f"{one:.0%}" for one in ticks])
    left.set_ylim(0, 1.02)
    left.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    left.set_xlabel("P(track | seed) of the best reason")
    left.set_ylabel("tracks with so much or more")
    left.legend()
    middle = (ranks["first"] + ranks["last"]) / 2
    pairs = zip(("chance_hits", "chance_misses"), chances, strict=True)
    for column, name in pairs:
        right.plot(middle, ranks[column], "o-", ms=3.5, color=colours[name], label=name)
    right.plot(middle, ranks["precision"], "--", color=ORANGE, label="share of hits")
    right.set_ylim(bottom=0)
    right.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    right.set_xlabel("rank, in tens")
    right.set_ylabel("mean P(track | seed); share of hits")
    right.legend()
    return figure


@styled
def tiers(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw what is recommended, asked for and found by tier of popularity, a row a table.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        By what tiers go by: tier, ever, recommended, asked, found.
    """
    figure, axes = empty(len(tables), 2, 10.5, 3.3 * len(tables))
    for row, (name, table) in enumerate(tables.items()):
        left, right = axes[2 * row : 2 * row + 2]
        places = np.arange(len(table))
        _pair(left, places, table, ("asked", "recommended"), ("of what is hidden", "of all lists"))
        left.set_ylabel("share")
        _pair(right, places, table, ("ever", "found"), ("recommended to anyone", "hidden, found"))
        right.set_ylabel("share of the tier")
        for axis in (left, right):
            axis.set_xticks(places, table["tier"])
            axis.set_xlabel(name)
            axis.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
            axis.legend(fontsize=9)
            axis.margins(y=0.18)
    return figure


def _pair(
    axis: Axes, places: np.ndarray, table: pd.DataFrame, columns: Sequence[str],
    labels: Sequence[str],
) -> None:  # fmt: skip
    for shift, column, label, colour in zip(
        (-0.2, 0.2), columns, labels, (GREY, BLUE), strict=True
    ):
        axis.bar(places + shift, table[column], 0.38, color=colour, label=label)
    axis.grid(visible=False, axis="x")


@styled
def company(table: pd.DataFrame, names: Sequence[str]) -> Figure:
    """Draw the effective partners of tracks, and how even they are, by tier of popularity.

    Parameters
    ----------
    table : pandas.DataFrame
        tier (a number), bits, partners, evenness.
    names : sequence of str
        Names of the tiers.
    """
    figure, (left, right) = empty(1, 2, 10.5, 3.8)
    present = sorted(table["tier"].unique())
    shown = [names[one] for one in present]
    for axis, column in ((left, "effective"), (right, "evenness")):
        values = table.assign(effective=2 ** table["bits"])
        parts = [values.loc[values["tier"] == one, column].dropna() for one in present]
        box = axis.boxplot(parts, whis=(5, 95), showfliers=False, patch_artist=True, widths=0.55)
        for patch in box["boxes"]:
            patch.set(facecolor="#DCEBF5", edgecolor=BLUE)
        for line in box["medians"]:
            line.set(color=ORANGE, linewidth=2)
        axis.set_xticks(range(1, len(present) + 1), shown)
        axis.set_xlabel("training playlists of the track")
        axis.grid(visible=False, axis="x")
    left.set_yscale("log")
    left.set_ylabel("effective number of partners")
    right.set_ylabel("evenness, 1 = all equally often")
    return figure


@styled
def lost(table: pd.DataFrame, k: int) -> Figure:
    """Draw how many of the first recommendations go when a seed is left out.

    Parameters
    ----------
    table : pandas.DataFrame
        name, lost.
    k : int
        Recommendations compared.
    """
    figure, (axis,) = empty(1, 1, 7.6, 0.36 * len(table) + 1.1)
    places = np.arange(len(table))[::-1]
    axis.barh(places, table["lost"], color=BLUE, height=0.6)
    for place, value in zip(places, table["lost"], strict=True):
        axis.text(value + 0.01 * max(table["lost"].max(), 1), place, str(value), va="center")
    axis.set_yticks(places, [_cut(one) for one in table["name"]])
    axis.set_xlim(0, max(table["lost"].max(), 1) * 1.12)
    axis.set_xlabel(f"gone without it, of the first {k}")
    axis.grid(visible=False, axis="y")
    return figure


@styled
def counts(table: pd.DataFrame) -> Figure:
    """Draw the count behind each recommendation, beside the track's share of all playlists.

    Parameters
    ----------
    table : pandas.DataFrame
        rank, name, chance (P(track | seed), 0 for none), share (of all playlists).
    """
    figure, (axis,) = empty(1, 1, 8.2, 0.27 * len(table) + 1.1)
    places = np.arange(len(table))[::-1]
    axis.barh(places, table["chance"], color=BLUE, height=0.6, label="of those that tell")
    axis.plot(table["share"], places, "|", color=ORANGE, ms=11, mew=2.5, label="of all playlists")
    names = zip(table["rank"], table["name"], strict=True)
    axis.set_yticks(places, [f"{_cut(name)}  {rank}" for rank, name in names])
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axis.set_xlim(left=0)
    axis.set_ylim(-0.7, len(table) - 0.3)
    axis.set_xlabel("share of playlists that contain the track")
    axis.grid(visible=False, axis="y")
    figure.legend(loc="outside upper right", ncols=2, fontsize=9)
    return figure


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


@styled
def answers(table: pd.DataFrame) -> Figure:
    """Draw a challenge set's answers by category: what had to be filled, and the time.

    Parameters
    ----------
    table : pandas.DataFrame
        By category: filled, unknown, ms.
    """
    shown = {"unknown": "seeds that no playlist names", "filled": "tracks added from the popular"}
    figure, axes = empty(1, 3, 11.5, 0.34 * len(table) + 1.2)
    places = np.arange(len(table))[::-1]
    for axis, (column, label) in zip(axes, (shown | {"ms": "ms a playlist"}).items(), strict=True):
        axis.barh(places, table[column].fillna(0), color=BLUE, height=0.6)
        axis.set_yticks(places, table.index if axis is axes[0] else [])
        axis.set_xlabel(label)
        axis.grid(visible=False, axis="y")
        axis.set_xlim(0, max(table[column].max() * 1.1, 0.01))
        if column != "ms":
            axis.xaxis.set_major_formatter(lambda value, _: f"{value:.1%}")
    return figure
