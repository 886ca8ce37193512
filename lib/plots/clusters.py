"""Figures about clusters: how many, what they look like, and how they overlap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lib.plots.style import BLUE, CYCLE, GREY, ORANGE, SEQUENTIAL, empty, styled

SCORES = {
    "silhouette": "silhouette\n(higher is better)",
    "stability": "stability: adjusted Rand\n(higher is better)",
    "calinski_harabasz": "Calinski-Harabasz\n(higher is better)",
    "davies_bouldin": "Davies-Bouldin\n(lower is better)",
}


@styled
def curves(scores: Mapping[str, pd.DataFrame], chosen: Mapping[str, int], asked: float) -> Figure:
    """Draw four scores against the number of clusters, a view a column, beside shuffled data.

    Parameters
    ----------
    scores : mapping of str to pandas.DataFrame
        By view; columns data, draw, clusters, those of `SCORES`, error, stability_sd.
    chosen : mapping of str to int
        Number of clusters that is used, by view.
    asked : float
        Stability that is asked for.
    """
    figure, axes = empty(len(SCORES), len(scores), 3.6 * len(scores) + 1, 9.2, sharex=True)
    grid = np.array(axes, dtype=object).reshape(len(SCORES), len(scores))
    for row, label in zip(grid, SCORES.values(), strict=True):
        row[0].set_ylabel(label)
    for column, (view, table) in zip(grid.T, scores.items(), strict=True):
        for axis, score in zip(column, SCORES, strict=True):
            for number, (_, one) in enumerate(table[table["draw"] > 0].groupby("draw")):
                name = "shuffled" if number == 0 else None
                axis.plot(one["clusters"], one[score], color=GREY, linewidth=1, label=name)
            real = table[table["draw"] == 0]
            axis.plot(real["clusters"], real[score], "o-", color=BLUE, ms=3.5, label="playlists")
            spread = {"silhouette": 2 * real["error"], "stability": real["stability_sd"]}.get(score)
            if spread is not None:
                low, high = real[score] - spread, real[score] + spread
                axis.fill_between(real["clusters"], low, high, color=BLUE, alpha=0.2, linewidth=0)
            axis.axvline(chosen[view], color=ORANGE, linestyle="--", label="number used")
            if score == "stability":
                axis.axhline(asked, color="black", linewidth=0.8, linestyle=":", label="asked for")
            axis.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        column[0].set_title(view)
        column[-1].set_xlabel("clusters")
    handles, labels = grid[1, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=2 if len(scores) == 1 else 4)
    return figure


@styled
def pictures(
    flats: Sequence[tuple[str, np.ndarray, np.ndarray | None]], names: Sequence[str]
) -> Figure:
    """Draw playlists as dots, the largest clusters in colour.

    Parameters
    ----------
    flats : sequence of (str, numpy.ndarray of shape (n, 2), numpy.ndarray of int or None)
        Title of each panel, the places of its dots, and their clusters; without them all are grey.
    names : sequence of str
        Names of the clusters.
    """
    figure, axes = empty(1, len(flats), 4.2 * len(flats), 4.9)
    coloured = CYCLE[:-1]
    for axis, (title, places, labels) in zip(axes, flats, strict=True):
        mine = np.full(len(places), -1) if labels is None else labels
        grey = (mine < 0) | (mine >= len(coloured))
        axis.scatter(*places[grey].T, s=7, color="#C3C8D0", linewidths=0)
        for cluster, colour in enumerate(coloured):
            dots = places[mine == cluster]
            if len(dots):
                axis.scatter(*dots.T, s=7, color=colour, linewidths=0, label=names[cluster])
        for cluster in range(len(names)):
            if (mine == cluster).any():
                _number(axis, places[mine == cluster], cluster + 1)
        axis.set(title=title, xticks=[], yticks=[])
        axis.grid(False)
    handles, texts = axes[0].get_legend_handles_labels()
    figure.legend(handles, texts, loc="outside lower center", ncols=3, markerscale=2.5)
    return figure


def _number(axis: Axes, dots: np.ndarray, number: int) -> None:
    box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "alpha": 0.75, "linewidth": 0}
    middle = np.median(dots, axis=0)
    axis.text(*middle, str(number), fontsize=8, weight="bold", ha="center", va="center", bbox=box)


@styled
def partitions(table: pd.DataFrame) -> Figure:
    """Draw how alike partitions are, a pair a line, beside unconnected ones of the same sizes.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns first, second, score, value, low, high, null, null_high.
    """
    scores = list(dict.fromkeys(table["score"]))
    pairs = table["first"] + " and " + table["second"]
    lines = list(dict.fromkeys(pairs))
    figure, axes = empty(1, len(scores), 10, 1.4 + 0.42 * len(lines), sharey=True)
    for axis, score in zip(axes, scores, strict=True):
        part = table[table["score"] == score]
        at = pairs[part.index].map(lines.index)
        axis.hlines(at, part["low"], part["high"], color=BLUE)
        axis.plot(part["value"], at, "o", color=BLUE, label="playlists")
        axis.plot(part["null"], at, "|", color="black", ms=13, label="by chance")
        axis.set(xlabel=score, xlim=(min(-0.02, part["low"].min() - 0.02), 1.02))
    axes[0].set_yticks(range(len(lines)), lines)
    axes[0].set_ylim(len(lines) - 0.5, -0.5)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


@styled
def overlap(
    shares: np.ndarray, first: tuple[str, list[str]], second: tuple[str, list[str]]
) -> Figure:
    """Draw the share that clusters of two partitions have in common.

    Parameters
    ----------
    shares : numpy.ndarray, shape (clusters of the first, clusters of the second)
        Jaccard overlaps.
    first, second : (str, list of str)
        Name of each partition, and names of its clusters.
    """
    rows, columns = shares.shape
    figure, (axis,) = empty(
        1, 1, min(12, 4.6 + 0.27 * columns), max(4.8, min(10, 2.6 + 0.26 * rows))
    )
    picture = axis.imshow(
        shares, cmap=SEQUENTIAL, vmin=0, vmax=max(shares.max(), 1e-9), aspect="auto"
    )
    axis.set_yticks(range(rows), first[1], fontsize=8)
    axis.set_xticks(range(columns), second[1], fontsize=8, rotation=60, ha="right",
                    rotation_mode="anchor")  # fmt: skip
    axis.set(ylabel=f"clusters by {first[0]}", xlabel=f"clusters by {second[0]}")
    axis.grid(False)
    figure.colorbar(picture, label="playlists in both, of those in either")
    return figure
