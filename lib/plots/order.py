"""Figures of playlists as sequences, and of labels that share playlists."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from lib.plots.style import BLUE, CYCLE, DIVERGING, GREY, ORANGE, empty, styled
from lib.plots.tracks import legible

NULL = "#D7DBE0"


@styled
def profiles(table: pd.DataFrame, titles: Mapping[str, str]) -> Figure:
    """Draw quantities along the playlist, against the playlist's mean, with shuffles behind.

    Parameters
    ----------
    table : pandas.DataFrame
        ``quantity``, ``tenth``, ``value``, ``low``, ``high``, ``shuffled_low``, ``shuffled_high``.
    titles : mapping of str to str
        What each quantity is.
    """
    names = list(dict.fromkeys(table["quantity"]))
    figure, axes = empty(1, len(names), 3.9 * len(names), 3.4)
    for axis, name in zip(axes, names, strict=True):
        rows = table[table["quantity"] == name]
        at = rows["tenth"]
        axis.fill_between(at, rows["shuffled_low"], rows["shuffled_high"], color=NULL,
                          label="shuffled within playlists")  # fmt: skip
        axis.axhline(0, color=GREY, linewidth=1)
        errors = [rows["value"] - rows["low"], rows["high"] - rows["value"]]
        axis.errorbar(at, rows["value"], yerr=errors, fmt="o-", color=BLUE, ms=4, linewidth=1.2,
                      label="as they are")  # fmt: skip
        axis.set(xlabel="tenth of the playlist", xticks=range(1, len(rows) + 1))
        axis.set_title(fill(titles[name], 30), fontsize=9)
        axis.yaxis.set_major_formatter("{x:+.2f}")
    axes[0].set_ylabel("difference from the playlist's mean")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


@styled
def next_entries(table: pd.DataFrame) -> Figure:
    """Draw observed over expected against the number of steps ahead, a colour a level.

    Parameters
    ----------
    table : pandas.DataFrame
        ``what``, ``step``, ``ratio``, ``low``, ``high``, ``shuffled_low``, ``shuffled_high``.
    """
    names = list(dict.fromkeys(table["what"]))
    figure, axes = empty(1, len(names), 3.7 * len(names), 3.4)
    for axis, name, colour in zip(axes, names, CYCLE, strict=False):
        rows = table[table["what"] == name]
        axis.fill_between(rows["step"], rows["shuffled_low"], rows["shuffled_high"], color=NULL,
                          label="shuffled within playlists")  # fmt: skip
        axis.axhline(1, color=GREY, linewidth=1)
        errors = [rows["ratio"] - rows["low"], rows["high"] - rows["ratio"]]
        axis.errorbar(rows["step"], rows["ratio"], yerr=errors, fmt="o-", color=colour, ms=4,
                      linewidth=1.2)  # fmt: skip
        axis.set(title=f"same {name}", xlabel="places on", xticks=rows["step"])
        axis.set_ylim(bottom=min(0.8, rows["low"].min()))
    axes[0].set_ylabel("observed over expected")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center")
    return figure


@styled
def followers(pairs: pd.DataFrame, most: int = 20) -> Figure:
    """Draw the pairs of artists that follow each other furthest beyond chance.

    Parameters
    ----------
    pairs : pandas.DataFrame
        ``first``, ``then`` (names), ``observed``, ``expected``, ``ratio``, ``low``, ``high``,
        ``beyond``; the furthest first.
    most : int, optional
        Pairs drawn.
    """
    rows = pairs.head(most)
    figure, (axis,) = empty(1, 1, 9.5, 1.3 + 0.26 * len(rows))
    at = np.arange(len(rows))
    for beyond, colour, label in (
        (True, BLUE, "beyond every shuffle"),
        (False, GREY, "not beyond"),
    ):
        some = (rows["beyond"] == beyond).to_numpy()
        if some.any():
            axis.hlines(at[some], rows["low"][some], rows["high"][some], color=colour)
            axis.plot(rows["ratio"][some], at[some], "o", color=colour, ms=5, label=label)
    axis.axvline(1, color=ORANGE, linewidth=1.2, label="random order")
    labels = [
        f"{legible(row.first, 24)} → {legible(row.then, 24)} "
        f"({row.observed:,} / {row.expected:.1f})"
        for row in rows.itertuples()
    ]
    axis.set_yticks(at, labels, fontsize=8.5)
    axis.set(xlabel="direct neighbours, observed over expected")
    axis.set_xlim(left=0)
    axis.set_ylim(len(rows) - 0.5, -0.5)
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure


@styled
def mixing(table: pd.DataFrame, label: str) -> Figure:
    """Draw observed over expected for all pairs of labels; those not told from 1 in grey.

    Parameters
    ----------
    table : pandas.DataFrame
        ``first``, ``second``, ``ratio``, ``differs``.
    label : str
        What the labels are, for the colour bar.
    """
    names = sorted({*table["first"], *table["second"]})
    place = {name: at for at, name in enumerate(names)}
    values = np.full((len(names), len(names)), np.nan)
    figure, (axis,) = empty(1, 1, 4.2 + 0.46 * len(names), 2.4 + 0.36 * len(names))
    for row in table.itertuples():
        i, j = place[row.first], place[row.second]
        shown = np.clip(row.ratio, 1 / 8, 8)
        values[i, j] = values[j, i] = np.log2(shown)
        for x, y in {(i, j), (j, i)}:
            strong = row.differs and abs(np.log2(shown)) > 2
            axis.text(x, y, f"{row.ratio:.1f}" if row.ratio < 10 else f"{row.ratio:.0f}",
                      ha="center", va="center", fontsize=7.5,
                      color="white" if strong else "black" if row.differs else GREY)  # fmt: skip
    drawn = axis.imshow(values, cmap=DIVERGING, vmin=-3, vmax=3, aspect="auto")
    axis.set_xticks(range(len(names)), [legible(name, 18) for name in names], rotation=60,
                    ha="right", rotation_mode="anchor", fontsize=8.5)  # fmt: skip
    axis.set_yticks(range(len(names)), [legible(name, 22) for name in names], fontsize=8.5)
    axis.tick_params(length=0)
    axis.grid(visible=False)
    axis.spines[:].set_visible(False)
    bar = figure.colorbar(drawn, label=label, shrink=0.8)
    bar.ax.yaxis.set_major_locator(FixedLocator(range(-3, 4)))
    bar.ax.yaxis.set_minor_locator(NullLocator())
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{2.0**x:g}"))
    return figure
