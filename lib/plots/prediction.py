"""Figures of one prediction: its interval, what inputs add, and the curve along one of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.plots.style import BLUE, GREY, ORANGE, empty, styled
from lib.plots.tracks import legible

POPULARITY = "popularity (0 to 100)"


@styled
def explained(
    names: Sequence[str],
    points: Sequence[float],
    spot: tuple[float, float, float],
    mean: float,
    popularity: float | None = None,
) -> Figure:
    """Draw a prediction with its interval, and below it what each input adds.

    Parameters
    ----------
    names, points : sequence
        Inputs and the popularity points they add, those that do most first.
    spot : tuple of float
        Prediction, lower and upper end.
    mean : float
        Mean popularity of the catalogue.
    popularity : float, optional
        The track's own.
    """
    heights = [1.1, 0.5 + 0.3 * len(names)]
    figure, (top, bottom) = empty(2, 1, 8.6, 1.4 + sum(heights), height_ratios=heights)
    _interval(top, spot, mean, popularity)
    places = np.arange(len(names))
    colours = [BLUE if value > 0 else ORANGE for value in points]
    bottom.barh(places, points, color=colours, height=0.66)
    bottom.axvline(0, color=GREY, linewidth=0.8)
    reach = max(1.0, *(abs(value) for value in points)) * 1.25
    for place, value in zip(places, points, strict=True):
        side = "left" if value > 0 else "right"
        text = f" {value:+.1f} "
        bottom.text(value, place, text, ha=side, va="center", fontsize=9)
    bottom.set_yticks(places, [legible(name) for name in names])
    bottom.invert_yaxis()
    bottom.grid(axis="y", visible=False)
    bottom.set(xlim=(-reach, reach), xlabel="popularity points that the input adds")
    return figure


@styled
def curve(
    x: np.ndarray,
    spot: tuple[np.ndarray, np.ndarray, np.ndarray],
    inside: np.ndarray,
    at: int,
    label: str,
    ticks: Sequence[tuple[float, str]] = (),
) -> Figure:
    """Draw the prediction along one input, with its interval, and what lies beyond training.

    Parameters
    ----------
    x : numpy.ndarray, shape (n,)
        Values of the input, rising.
    spot : tuple of numpy.ndarray
        Prediction, lower and upper end, each of shape (n,).
    inside : numpy.ndarray of bool, shape (n,)
        Whether training reached as far.
    at : int
        Place of the set value.
    label : str
        The input with its unit.
    ticks : sequence of (float, str), optional
        Values with names, for an input that has few.
    """
    figure, (axis,) = empty(1, 1, 8.6, 3.5)
    prediction, lower, upper = spot
    if ticks:
        axis.vlines(x, lower, upper, color=BLUE, alpha=0.35, linewidth=7)
        axis.plot(x, prediction, "o", color=BLUE, markersize=6)
        names = dict(ticks)
        axis.set_xticks(x, [names.get(value, f"{value:g}") for value in x])
        axis.set_xlim(x[0] - 0.6, x[-1] + 0.6)
    else:
        axis.fill_between(x, lower, upper, color=BLUE, alpha=0.16, linewidth=0, label="interval")
        axis.plot(x, prediction, color=BLUE, label="prediction")
        axis.set_xlim(x[0], x[-1])
    _beyond(axis, x, inside, bool(ticks))
    look = {"color": ORANGE, "markersize": 9, "zorder": 4, "clip_on": False}
    axis.plot(x[at], prediction[at], "o", label="as set", **look)
    axis.set(ylim=(0, 100), xlabel=legible(label), ylabel=POPULARITY)
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper right", ncols=4)
    return figure


def _interval(
    axis: Axes, spot: tuple[float, float, float], mean: float, popularity: float | None
) -> None:
    prediction, lower, upper = spot
    axis.barh([0], [100], color="#E5E7EB", height=0.5)
    axis.barh([0], [upper - lower], left=[lower], color=BLUE, alpha=0.4, height=0.5)
    axis.axvline(mean, color=GREY, linestyle="--", linewidth=1.4, label="mean of the catalogue")
    axis.plot([prediction], [0], "o", color=BLUE, markersize=11, label="prediction, interval")
    if popularity is not None:
        axis.plot(
            [popularity], [0], "x", color="black", markersize=9, mew=2, label="in the catalogue"
        )
    axis.set(xlim=(0, 100), ylim=(-0.6, 0.6), xlabel=POPULARITY)
    axis.set_yticks([])
    axis.grid(visible=False)
    axis.spines["left"].set_visible(False)
    axis.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3)


def _beyond(axis: Axes, x: np.ndarray, inside: np.ndarray, steps: bool) -> None:
    wide = 0.5 if steps else 0.0
    label = "beyond all training tracks"
    ends = x[inside] if inside.any() else x[:0]
    spans = [(x[0] - wide, x[-1] + wide)]
    if len(ends):
        spans = [(x[0] - wide, ends[0] - wide), (ends[-1] + wide, x[-1] + wide)]
    for low, high in spans:
        if high > low:
            axis.axvspan(low, high, color=GREY, alpha=0.18, linewidth=0, label=label)
            label = "_again"
