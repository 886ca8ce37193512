"""Figures of what test rows tell a model beforehand: one picture a leak."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from lib.plots.style import BLUE, GREY, RED, empty, styled


@styled
def copies(scores: pd.DataFrame, labels: Mapping[str, str]) -> Figure:
    """Draw how a model does on test rows with a copy in training, and on the others.

    Parameters
    ----------
    scores : pandas.DataFrame
        One row a claim: name, known (share of test rows with a copy), r2, r2_known, r2_new,
        lookup_r2; only claims whose split has copies.
    labels : mapping of str to str
        Name of each claim for the axis.
    """
    figure, (left, right) = empty(
        1, 2, 11, 1.4 + 0.55 * len(scores), sharey=True, width_ratios=[1, 2]
    )
    place = np.arange(len(scores))
    left.barh(place, scores["known"], 0.6, color=RED, alpha=0.8)
    left.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    left.set(xlim=(0, 1), xlabel="test rows with their audio in training", title="Copies")
    left.set_yticks(place, [labels[name] for name in scores["name"]])
    right.barh(
        place - 0.2, scores["r2_known"], 0.38, color=RED, alpha=0.8, label="rows with a copy"
    )
    right.barh(place + 0.2, scores["r2_new"], 0.38, color=BLUE, label="all other rows")
    right.plot(scores["r2"], place, "D", color="black", fillstyle="none", label="all rows")
    right.plot(
        scores["lookup_r2"], place, "|", color="black", markersize=16, label="look-up, no model"
    )
    right.axvline(0, color="black", linewidth=1)
    right.set(xlabel="R², each kind of row against its own mean", title="The same model on both")
    left.invert_yaxis()
    figure.legend(*right.get_legend_handles_labels(), loc="outside upper center", ncols=4)
    return figure


@styled
def zeros_or_copies(grid: pd.DataFrame) -> Figure:
    """Draw a table of R²: copies kept or dropped across, zeros kept or dropped down.

    Parameters
    ----------
    grid : pandas.DataFrame
        R² of one model, with the names of rows and columns to show.
    """
    figure, (axis,) = empty(1, 1, 6.2, 3.4)
    span = max(float(grid.to_numpy().max()), 0.01)
    axis.imshow(grid, cmap="Reds", vmin=min(0.0, float(grid.to_numpy().min())), vmax=span * 2)
    for (row, column), value in np.ndenumerate(grid.to_numpy()):
        axis.text(
            column, row, f"{value:.3f}", ha="center", va="center", fontsize=15, fontweight="bold"
        )
    axis.set_xticks(range(grid.shape[1]), grid.columns)
    axis.set_yticks(range(grid.shape[0]), grid.index)
    axis.tick_params(length=0)
    axis.grid(visible=False)
    axis.spines[:].set_visible(False)
    axis.set_aspect("auto")
    axis.set(title="R² of one model on four sets of rows")
    return figure


@styled
def artist_mean(table: pd.DataFrame) -> Figure:
    """Draw what the artist mean alone scores, by the number of the artist's rows.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a size of artist: size (text), share (of test rows), all_rows (R² of the mean over
        all rows, against the mean of all test rows of that size), training (the same of the mean
        over training rows).
    """
    figure, (axis,) = empty(1, 1, 9, 4.4)
    place = np.arange(len(table))
    bars = (
        (-0.2, "all_rows", RED, "mean over all rows, test rows included (as published)"),
        (0.2, "training", BLUE, "mean over training rows only"),
    )
    for gap, column, colour, label in bars:
        drawn = axis.bar(place + gap, table[column], 0.38, color=colour, label=label, alpha=0.85)
        axis.bar_label(drawn, fmt="%.2f", padding=2, fontsize=9)
    ticks = [f"{row.size}\n{row.share:.0%} of test rows" for row in table.itertuples()]
    axis.set_xticks(place, ticks)
    axis.axhline(0, color="black", linewidth=1)
    axis.grid(visible=False, axis="x")
    low = min(0.0, float(table[["all_rows", "training"]].min().min()))
    axis.set(xlabel="rows of the artist", ylabel="R² of the column alone, no model")
    axis.set(ylim=(low * 1.2 - 0.08, 1.15))
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


@styled
def lookups(table: pd.DataFrame) -> Figure:
    """Draw look-up scores of single columns against how many rows a value has.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns key, rows_a_value, r2_known, share, suspicious; keys without known rows left out.
    """
    figure, (axis,) = empty(1, 1, 9.5, 4.6)
    for suspicious, colour, label in (
        (False, GREY, "no memory"),
        (True, RED, "remembers rows: reported"),
    ):
        part = table[table["suspicious"] == suspicious]
        size = 20 + 260 * part["share"]
        axis.scatter(
            part["rows_a_value"], part["r2_known"], s=size, color=colour, alpha=0.55, label=label
        )
    named = table[table["suspicious"] | (table["r2_known"] > 0.05)].sort_values("rows_a_value")
    for place, row in enumerate(named.itertuples()):
        axis.annotate(
            f"{row.key} ({row.share:.0%} of test rows)",
            (row.rows_a_value, row.r2_known),
            (0, 26 + 20 * (place % 2)),  # neighbours at two heights
            textcoords="offset points",
            ha="center",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
            arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.8},
        )
    axis.axhline(0, color="black", linewidth=1)
    axis.set_xscale("log")
    axis.margins(0.12, 0.22)
    axis.set(
        xlabel="training rows a value (log scale); left: a memory, right: a category",
        ylabel="R² of a table of training means",
    )
    for handle in axis.legend(loc="lower right").legend_handles:
        handle.set_sizes([80])
    return figure
