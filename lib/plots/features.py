"""Figures of features: macro-genre maps, genres of a track, what a split gives away."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, StrMethodFormatter

from lib.plots.style import BLUE, GREY, RED, SEQUENTIAL, SKY, empty, styled
from lib.plots.tracks import percent


@styled
def macro_maps(table: pd.DataFrame) -> Figure:
    """Draw how many genres the two maps put together: published across, total down.

    `table` has a row a genre, ``published`` and ``total``.
    """
    counts = pd.crosstab(table["total"], table["published"])
    down = counts.sum(axis=1).sort_values(ascending=False, kind="stable").index
    across = counts.sum().sort_values(ascending=False, kind="stable").index
    counts = counts.loc[down, across]
    figure, (axis,) = empty(1, 1, 9.5, 0.32 * len(down) + 1.6)
    axis.imshow(counts.where(counts > 0), cmap=SEQUENTIAL, aspect="auto")
    for (row, column), count in np.ndenumerate(counts.to_numpy()):
        if count:
            bright = count > counts.to_numpy().max() / 2
            axis.text(
                column, row, str(count), ha="center", va="center", color="k" if bright else "w"
            )
    axis.set_xticks(
        range(len(across)),
        [f"{name} ({n})" for name, n in counts.sum().items()],
        rotation=40,
        ha="right",
        rotation_mode="anchor",
    )
    axis.set_yticks(range(len(down)), [f"{name} ({n})" for name, n in counts.sum(axis=1).items()])
    axis.grid(visible=False)
    axis.set(
        xlabel="published rules",
        ylabel="total map",
        title=f"Where {len(table)} genres go (number of genres)",
    )
    return figure


@styled
def genres_per_track(counts: pd.Series) -> Figure:
    """Draw how many genres, and how many macro-genres, a track has.

    `counts` has the columns ``genres`` and ``macro-genres``, a row a track.
    """
    figure, (axis,) = empty(1, 1, 8.0, 3.6)
    most = int(counts.to_numpy().max())
    for column, step, colour in (("genres", -0.2, BLUE), ("macro-genres", 0.2, SKY)):
        shares = counts[column].value_counts(normalize=True).reindex(range(1, most + 1))
        axis.bar(shares.index + step, shares, 0.38, color=colour, label=column)
    axis.set_yscale("log")
    axis.set_xticks(range(1, most + 1))
    axis.grid(visible=False, axis="x")
    axis.yaxis.set_major_formatter(FuncFormatter(percent))
    axis.set(
        xlabel="genres, or macro-genres, of a track",
        ylabel="share of tracks (logarithmic)",
        title="One track, several genres",
    )
    axis.legend()
    return figure


@styled
def what_a_split_gives_away(table: pd.DataFrame) -> Figure:
    """Draw for each split the test rows with a twin in training, and the look-up table's R².

    `table` has ``split``, ``cut`` (share), ``r2``, ``low`` and ``high``.
    """
    figure, (left, right) = empty(1, 2, 10.0, 0.55 * len(table) + 1.5, sharey=True)
    places = np.arange(len(table))
    left.barh(places, table["cut"], 0.6, color=SKY)
    limit = max(1.25 * table["cut"].max(), 0.1)
    for place, share in zip(places, table["cut"], strict=True):
        left.text(share + 0.02 * limit, place, f"{100 * share:.1f} %", va="center")
    left.set_xlim(0, limit)
    left.xaxis.set_major_formatter(FuncFormatter(percent))
    left.set(xlabel="share of rows", title="Same audio vector in training")
    right.axvline(0, color=GREY, linestyle="--", linewidth=1, label="mean of the training rows")
    right.hlines(places, table["low"], table["high"], color=RED, linewidth=2.5)
    right.scatter(
        table["r2"], places, color=RED, zorder=3, label="audio look-up table, 95 % interval"
    )
    right.xaxis.set_major_formatter(StrMethodFormatter("{x:.1f}"))
    right.set(xlabel="R²", title="What remembering copies scores")
    right.set_xlim(min(-0.1, 1.1 * table["low"].min()), max(0.6, 1.1 * table["high"].max()))
    figure.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    left.set_yticks(places, table["split"])
    left.set_ylim(len(table) - 0.5, -0.5)
    for axis in (left, right):
        axis.grid(visible=False, axis="y")
    return figure
