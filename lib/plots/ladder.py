"""Figures of the ladder of features: scores on parts of the tracks, and albums that are shared."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from lib.plots.style import BLUE, CYCLE, GREY, ORANGE, empty, styled


@styled
def scores_by_part(
    table: pd.DataFrame,
    parts: Mapping[str, str],
    name: str,
    floor: float = -0.25,
    bound: tuple[float, str] | None = None,
) -> Figure:
    """Draw one metric of each model on parts of the tracks, a part a colour.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns model, part, value, low, high; models from plain to good.
    parts : mapping of str to str
        Parts in their order, and their names for the legend.
    name : str
        Name of the metric for the axis.
    floor : float, optional
        Where the axis begins; a score below it is an arrow there, with its value.
    bound : (float, str), optional
        A value to mark with a line, and what it is.
    """
    models = list(dict.fromkeys(table["model"]))
    figure, (axis,) = empty(1, 1, 9.5, 1.5 + 0.16 * len(models) * (len(parts) + 0.6))
    for number, (part, label) in enumerate(parts.items()):
        rows = table[table["part"] == part].set_index("model").reindex(models)
        place = np.arange(len(models)) + (number - (len(parts) - 1) / 2) * 0.68 / len(parts)
        _points(axis, rows, place, CYCLE[number], label, floor)
    if bound:
        axis.axvline(bound[0], color=GREY, linestyle="--", linewidth=1.2, label=bound[1])
    axis.set_yticks(range(len(models)), models)
    axis.set(xlabel=name, xlim=(floor - 0.02, None))
    axis.invert_yaxis()
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


@styled
def album_popularity(
    shared: pd.Series, own: pd.Series, albums: Mapping[str, pd.DataFrame]
) -> Figure:
    """Draw the popularity of tracks on shared albums and others, and its spread within albums.

    Parameters
    ----------
    shared, own : pandas.Series
        Popularity of the tracks whose album name several first artists have, and of the others.
    albums : mapping of str to pandas.DataFrame
        By title: columns mean, low, high of albums, lowest mean first; at most 400 of them, evenly
        spread, are drawn.
    """
    figure, axes = empty(1, 1 + len(albums), 13.0, 4.4)
    bins = np.arange(0, 106, 5)
    for values, colour, name in ((own, BLUE, "one first artist"), (shared, ORANGE, "several")):
        weights = np.full(len(values), 1 / max(len(values), 1))
        axes[0].hist(values, bins, weights=weights, color=colour, alpha=0.6, label=name)
    axes[0].yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes[0].set(xlabel="popularity (bins of 5)", ylabel="share of tracks", title="Tracks")
    axes[0].legend(title="first artists on the album", loc="upper right")
    for axis, (title, table), colour in zip(axes[1:], albums.items(), (ORANGE, BLUE), strict=True):
        chosen = np.unique(np.linspace(0, len(table) - 1, 400).astype(int)) if len(table) else []
        some = table.iloc[chosen]
        place = np.asarray(chosen) / max(len(table) - 1, 1)
        axis.vlines(place, some["low"], some["high"], color=colour, linewidth=1.1, alpha=0.55)
        axis.plot(place, some["mean"], color="black", label="mean of the album")
        axis.plot([], [], color=colour, linewidth=4, alpha=0.6, label="its middle 80 % of tracks")
        axis.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axis.set(xlabel="albums by rising mean", ylabel="popularity", title=title, ylim=(-2, 102))
        axis.legend(loc="upper left")
    return figure


@styled
def error_by_artists(table: pd.DataFrame, rows: Mapping[str, int]) -> Figure:
    """Draw the mean absolute error of models by the number of first artists on the album.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns model, part, value, low, high.
    rows : mapping of str to int
        Parts in their order, and the tracks in each.
    """
    models = list(dict.fromkeys(table["model"]))
    figure, (axis,) = empty(1, 1, 10.0, 4.6)
    colours = (GREY, *CYCLE)
    for number, model in enumerate(models):
        part = table[table["model"] == model].set_index("part").reindex(list(rows))
        place = np.arange(len(rows)) + (number - (len(models) - 1) / 2) * 0.7 / len(models)
        axis.vlines(
            place, part["low"], part["high"], color=colours[number], linewidth=2.4, alpha=0.6
        )
        axis.plot(place, part["value"], "o", color=colours[number], markersize=5, label=model)
    axis.set_xticks(range(len(rows)), [f"{part}\n{count:,} tracks" for part, count in rows.items()])
    axis.set(
        xlabel="first artists on the album",
        ylabel="mean absolute error\n(popularity points)",
        ylim=(0, None),
    )
    axis.grid(visible=False, axis="x")
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=len(models))
    return figure


def _points(
    axis: Axes, rows: pd.DataFrame, place: np.ndarray, colour: str, label: str, floor: float
) -> None:
    below = (rows["value"] < floor).to_numpy()
    seen = rows[~below]
    axis.hlines(
        place[~below],
        seen["low"].clip(lower=floor),
        seen["high"],
        color=colour,
        linewidth=2.2,
        alpha=0.6,
    )
    axis.plot(seen["value"], place[~below], "o", color=colour, markersize=5, label=label)
    for value, height in zip(rows["value"][below], place[below], strict=True):
        axis.plot(floor, height, "<", color=colour, markersize=6)
        axis.annotate(
            f"{value:.1f}",
            (floor, height),
            (6, 0),
            textcoords="offset points",
            size=7.5,
            va="center",
            color=colour,
        )
