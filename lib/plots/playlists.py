"""Figures of what a set of playlists holds; the same colour for the same set throughout."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import (
    EngFormatter,
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    PercentFormatter,
)

from lib.plots.style import BLUE, CYCLE, GREY, SEQUENTIAL, empty, styled
from lib.plots.tracks import legible

LEVEL_COLOURS = dict(zip(("track", "artist", "album"), CYCLE, strict=False))
_COUNT = FuncFormatter(lambda count, _: f"{count:,.0f}" if count >= 1 else f"{count:g}")
_SHORT = EngFormatter(sep="")
_SHARE = FuncFormatter(lambda share, _: f"{share:.4%}".rstrip("%").rstrip("0").rstrip(".") + " %")


@styled
def lengths_followers_edits(sets: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw how long playlists are, how many follow them and how often they were edited.

    Parameters
    ----------
    sets : mapping of str to pandas.DataFrame
        `lib.playlists.describing.overview.playlist_numbers` of each set.
    """
    names = {"num_followers": "followers", "num_edits": "editing sessions"}
    shown = [name for name in names if any(name in table for table in sets.values())]
    figure, (first, *others) = empty(1, 1 + len(shown), 3.7 * (1 + len(shown)), 3.8)
    longest = max(int(table["length"].max()) for table in sets.values())
    bins = np.unique(np.linspace(0, longest + 1, 51).round())
    for colour, (name, table) in zip(CYCLE, sets.items(), strict=False):
        length = table["length"].to_numpy()
        weights = np.full(len(length), 1 / len(length))
        style = {"histtype": "stepfilled", "alpha": 0.35, "color": colour}
        first.hist(length, bins, weights=weights, label=f"{name} ({len(length):,})", **style)
        first.axvline(np.median(length), color=colour, linestyle="--", linewidth=1.4)
    first.yaxis.set_major_formatter(PercentFormatter(1))
    first.set(xlabel="entries (dashed: median)", ylabel="share of playlists", title="Length")
    first.legend()
    for axis, column in zip(others, shown, strict=True):
        for colour, table in zip(CYCLE, sets.values(), strict=False):
            if column in table:
                _at_least(axis, table[column].dropna().to_numpy(float), colour)
        axis.set(
            xscale="log",
            yscale="log",
            xlabel=names[column],
            ylabel="playlists with at least so many",
            title=names[column].capitalize(),
        )
        axis.xaxis.set_major_formatter(_SHORT)
        axis.yaxis.set_major_formatter(_SHARE)
    return figure


@styled
def completeness(table: pd.DataFrame) -> Figure:
    """Draw the share of each field that is there: a row a field, a column a set."""
    figure, (axis,) = empty(1, 1, 4.2 + 1.5 * table.shape[1], 0.27 * len(table) + 1.1)
    axis.imshow(table, cmap=SEQUENTIAL, vmin=0, vmax=1, aspect="auto")
    for (row, column), value in np.ndenumerate(table.to_numpy()):
        text = "all" if value == 1 else "none" if value == 0 else f"{value:.1%}"
        colour = "black" if value > 0.5 else "white"
        axis.text(column, row, text, ha="center", va="center", color=colour, fontsize=9)
    axis.set_xticks(range(table.shape[1]), table.columns)
    axis.set_yticks(range(len(table)), table.index)
    axis.xaxis.tick_top()
    axis.tick_params(length=0)
    axis.grid(visible=False)
    axis.spines[:].set_visible(False)
    return figure


@styled
def frequent_titles(table: pd.DataFrame, top: int = 25) -> Figure:
    """Draw the most frequent titles of `lib.playlists.describing.titles.frequent_titles`."""
    shown = table.head(top)
    figure, (axis,) = empty(1, 1, 7.5, 0.24 * len(shown) + 1.2)
    places = np.arange(len(shown))
    axis.barh(places, shown["playlists"], 0.7, color=BLUE)
    for place, row in zip(places, shown.itertuples(), strict=True):
        text = f" {row.playlists:,} · {row.spellings:,} spelling{'s' * (row.spellings != 1)}"
        axis.text(row.playlists, place, text, va="center", fontsize=8, color=GREY)
    axis.set_yticks(places, [legible(title) for title in shown["title"]])
    axis.set_xlim(0, 1.22 * max(shown["playlists"].max(), 1))
    axis.set_ylim(len(shown) - 0.4, -0.6)
    axis.set(xlabel="playlists with this title, normalised")
    axis.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axis.grid(visible=False, axis="y")
    return figure


@styled
def rank_frequency(sets: Mapping[str, Mapping[str, np.ndarray]]) -> Figure:
    """Draw how often the first, second, … item occurs, both axes logarithmic; a panel a set.

    Parameters
    ----------
    sets : mapping of str to mapping of str to numpy.ndarray
        For each set the entries of the items of each level.
    """
    figure, axes = empty(1, len(sets), 1.2 + 4.4 * len(sets), 4.0, sharey=True)
    for axis, (name, levels) in zip(axes, sets.items(), strict=True):
        for level, counts in levels.items():
            ordered = np.sort(counts[counts > 0])[::-1]
            # A few hundred ranks, evenly spread over the logarithm, draw the same line.
            ranks = np.unique(np.geomspace(1, len(ordered), 400).round().astype(int))
            label = f"{level}s ({len(ordered):,})"
            axis.plot(ranks, ordered[ranks - 1], color=LEVEL_COLOURS[level], label=label)
        axis.set(xscale="log", yscale="log", xlabel="rank", title=name)
        axis.xaxis.set_major_formatter(_COUNT)
        axis.yaxis.set_major_formatter(_COUNT)
        axis.legend(loc="lower left")
    axes[0].set_ylabel("entries")
    return figure


@styled
def lorenz_curves(
    sets: Mapping[str, Mapping[str, tuple[np.ndarray, np.ndarray]]], tails: pd.DataFrame
) -> Figure:
    """Draw Lorenz curves, a panel a set.

    Parameters
    ----------
    sets : mapping of str to mapping of str to (numpy.ndarray, numpy.ndarray)
        For each set `lib.playlists.describing.tails.lorenz` of each level.
    tails : pandas.DataFrame
        `lib.playlists.describing.tails.measure_tails` of all sets, with a column ``set``.
    """
    ginis = tails[tails["statistic"] == "gini"].set_index(["set", "level"])
    figure, axes = empty(1, len(sets), 1.2 + 4.4 * len(sets), 4.4, sharey=True)
    for axis, (name, levels) in zip(axes, sets.items(), strict=True):
        axis.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
        for level, (items, entries) in levels.items():
            row = ginis.loc[(name, level)]
            label = f"{level}s: {row['value']:.3f} ({row['low']:.3f} to {row['high']:.3f})"
            axis.plot(items, entries, color=LEVEL_COLOURS[level], label=label)
        axis.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axis.set(xlabel="items, the least frequent first", title=name)
        axis.legend(loc="upper left", title="Gini, 95 % interval", alignment="left")
    axes[0].set_ylabel("entries they hold")
    return figure


@styled
def growth(table: pd.DataFrame) -> Figure:
    """Draw how distinct items and the Gini coefficient grow as playlists are added.

    Parameters
    ----------
    table : pandas.DataFrame
        The second table of `lib.playlists.describing.tails.measure_tails`, with a column ``set``.
    """
    figure, (left, right) = empty(1, 2, 10.5, 4.2)
    styles = ("-", "--", ":")
    for style, (name, part) in zip(styles, table.groupby("set", sort=False), strict=False):
        for level, rows in part.groupby("level", sort=False):
            line = {"color": LEVEL_COLOURS[level], "linestyle": style, "marker": "o", "ms": 3}
            left.plot(rows["playlists"], rows["items"], label=f"{name}: {level}s", **line)
            right.plot(rows["playlists"], rows["gini"], **line)
    left.set(yscale="log", ylabel="distinct items", title="New items keep coming")
    left.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    left.yaxis.set_major_formatter(_COUNT)
    left.yaxis.set_minor_formatter(NullFormatter())
    right.set(ylabel="Gini coefficient", title="Inequality depends on size")
    for axis in (left, right):
        axis.set(xscale="log", xlabel="playlists, drawn at random")
        axis.xaxis.set_major_formatter(_COUNT)
    figure.legend(*left.get_legend_handles_labels(), loc="outside right center")
    return figure


@styled
def months(counts: pd.Series) -> Figure:
    """Draw the playlists last changed in each month; `counts` by first day of the month."""
    figure, (axis,) = empty(1, 1, 9.0, 3.0)
    axis.bar(counts.index, counts, width=25, color=BLUE)
    axis.set(xlabel="month of the last change", ylabel="playlists", yscale="log", ylim=(0.7, None))
    axis.yaxis.set_major_formatter(_COUNT)
    return figure


def _at_least(axis: Axes, values: np.ndarray, colour: str) -> None:
    """Draw the share of values that are at least x."""
    positive = values[values >= 1]
    sizes, counts = np.unique(positive, return_counts=True)
    share = counts[::-1].cumsum()[::-1] / len(values)
    axis.plot(sizes, share, color=colour, drawstyle="steps-post")
