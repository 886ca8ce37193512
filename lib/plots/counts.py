"""Figures of how many playlists a track is in, and of models that predict it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, PercentFormatter

from lib.plots.style import BLUE, CYCLE, GREY, ORANGE, RED, SEQUENTIAL, empty, styled

_COUNT = FuncFormatter(lambda count, _: f"{count:,.0f}" if count >= 1 else f"{count:g}")


@styled
def counts_and_spread(playlists: np.ndarray, spread: np.ndarray, least: int) -> Figure:
    """Draw how many tracks are in at least so many playlists, and what a spread of 0 gives away.

    Parameters
    ----------
    playlists : numpy.ndarray of int, shape (tracks,)
        Playlists that hold each track.
    spread : numpy.ndarray, shape (tracks,)
        Standard deviation of its positions, 0 for a single entry.
    least : int
        Playlists from which a track is in the rare class.
    """
    figure, (left, right) = empty(1, 2, 11.0, 4.2)
    values, counts = np.unique(playlists, return_counts=True)
    share = counts[::-1].cumsum()[::-1] / len(playlists)
    left.plot(values, share, color=BLUE, drawstyle="steps-pre")
    left.axvline(least, color=RED, linewidth=1.2)
    rare = share[np.searchsorted(values, least)]
    label = f"{least:,} or more:\n{rare:.2%} of the tracks"
    place = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "color": RED}
    left.annotate(label, (least, 0.97), (-5, 0), ha="right", va="top", **place)
    left.set(xscale="log", yscale="log", xlabel="playlists", ylabel="tracks in at least so many")
    left.set(title="The count")
    left.yaxis.set_major_formatter(FuncFormatter(lambda s, _: f"{100 * s:g} %"))
    edges = np.unique(np.r_[1, 2, 3, 5, 10, 30, 100, 300, 1000, 10_000])
    edges = np.r_[edges[edges <= playlists.max()], playlists.max() + 1]
    band = np.digitize(playlists, edges) - 1
    boxes, names = [], []
    for number, (first, end) in enumerate(itertools.pairwise(edges)):
        part = spread[band == number]
        if len(part):
            low, q1, middle, q3, high = np.quantile(part, [0.05, 0.25, 0.5, 0.75, 0.95])
            boxes.append({"whislo": low, "q1": q1, "med": middle, "q3": q3, "whishi": high})
            names.append(f"{first:,}" if end == first + 1 else f"{first:,}–{end - 1:,}")
    drawn = right.bxp(
        boxes,
        range(len(boxes)),
        widths=0.6,
        showfliers=False,
        patch_artist=True,
        manage_ticks=False,
        medianprops={"color": "black"},
    )
    for box in drawn["boxes"]:
        box.set(facecolor=ORANGE, alpha=0.75)
    right.set_xticks(range(len(names)), names, fontsize=8, rotation=30)
    right.set(xlabel="playlists that hold the track", ylabel="standard deviation of positions")
    right.set(title="A published feature")
    right.grid(visible=False, axis="x")
    left.xaxis.set_major_formatter(_COUNT)
    return figure


@styled
def precision_recall(
    curves: Mapping[str, Mapping[str, pd.DataFrame]], base: float, honest: int
) -> Figure:
    """Draw precision against recall, a split a panel and a model a line, above the base rate.

    Parameters
    ----------
    curves : mapping of str to mapping of str to pandas.DataFrame
        By split and model: columns recall, precision.
    base : float
        Share of the class.
    honest : int
        Models of the first panel before the leaky one, which is drawn broken and in grey.
    """
    figure, axes = empty(1, len(curves), 1.2 + 3.6 * len(curves), 4.2, sharex=True, sharey=True)
    order = list(next(iter(curves.values())))
    colours = dict(zip(order, CYCLE[:honest], strict=False))
    for axis, (split, models) in zip(axes, curves.items(), strict=True):
        for name, curve in models.items():
            curve = curve[curve["recall"] > 0]
            style = {"color": colours.get(name, GREY)}
            style |= {} if name in colours else {"linestyle": "--"}
            axis.plot(curve["recall"], curve["precision"], label=name, linewidth=1.4, **style)
        axis.axhline(base, color="black", linewidth=1, linestyle=":", label="base rate")
        axis.set(xlabel="share of the class found", title=split, yscale="log", ylim=(None, 1.05))
        axis.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes[0].set(ylabel="share of those named that are right")
    axes[0].yaxis.set_major_formatter(FuncFormatter(lambda s, _: f"{100 * s:g} %"))
    handles = axes[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=3, fontsize=9)
    return figure


@styled
def predicted_counts(predictions: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw the density of predicted against true counts, a model a panel.

    Parameters
    ----------
    predictions : mapping of str to pandas.DataFrame
        Columns target and prediction, both log(1 + playlists), by the name of the panel.
    """
    figure, axes = empty(1, len(predictions), 11.0, 4.4, sharex=True, sharey=True)
    most = max(frame["target"].max() for frame in predictions.values())
    ticks = [count for count in (1, 3, 10, 30, 100, 300, 1000, 10_000) if np.log1p(count) <= most]
    drawn = []
    for axis, (name, frame) in zip(axes, predictions.items(), strict=True):
        extent = (np.log1p(1) - 0.1, most, np.log1p(0), most)
        guess = frame["prediction"].clip(0, most)
        drawn.append(
            axis.hexbin(
                frame["target"], guess, gridsize=38, extent=extent, bins="log", mincnt=1,
                cmap=SEQUENTIAL, linewidths=0,
            )
        )  # fmt: skip
        band = (frame["target"] * 2).round() / 2
        middle = frame.groupby(band)["prediction"].mean()
        axis.plot([0.6, most], [0.6, most], color="black", linewidth=1, label="perfect")
        axis.plot(middle.index, middle, "o-", color=RED, markersize=4, label="mean prediction")
        axis.set(xlabel="playlists, true", title=name)
        axis.set_xticks(np.log1p(ticks), [f"{count:,}" for count in ticks])
        axis.set_yticks(np.log1p(ticks), [f"{count:,}" for count in ticks])
    fullest = max(bins.get_array().max() for bins in drawn)
    for bins in drawn:
        bins.set_clim(1, fullest)
    axes[0].set(ylabel="playlists, predicted")
    axes[0].legend(loc="upper left", fontsize=9)
    figure.colorbar(drawn[0], ax=axes, label="tracks in a cell (log scale)", shrink=0.9)
    return figure
