"""Figures of the claims audit: published scores, their parts, and what is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.plots.models import dots
from lib.plots.style import BLUE, CYCLE, GREEN, GREY, ORANGE, PURPLE, RED, SKY, empty, styled

SCORES = {
    "rerun": "rerun as published",
    "recording": "same model, new recordings",
    "artist": "same model, new artists",
}
"""Scores of each claim in the figure `claims`."""


@styled
def claims(table: pd.DataFrame) -> Figure:
    """Draw each claim beside its rerun, the look-up table and the honest scores.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns model, published_r2, lookup_r2 and, for rerun, recording and artist, ``_r2``,
        ``_low``, ``_high``.
    """
    figure, (axis,) = empty(1, 1, 10.5, 1.6 + 0.62 * len(table))
    place = np.arange(len(table))
    ends = {"r2": "value", "low": "low", "high": "high"}
    scores = pd.concat(
        table[["model", *(f"{name}_{end}" for end in ends)]]
        .set_axis(["model", *ends.values()], axis=1)
        .assign(name=name)
        for name in SCORES
    )
    dots(axis, scores, table["model"].tolist(), "name", SCORES)
    top = place - 1 / 6
    axis.plot(table["published_r2"], top, "D", color="black", fillstyle="none", label="published")
    axis.plot(table["lookup_r2"], top, "|", color=RED, markersize=13, label="look-up table")
    axis.axvline(0, color="black", linewidth=1)
    for edge in place[:-1] + 0.5:
        axis.axhline(edge, color="#E5E7EB", linewidth=0.8)
    axis.set_yticks(place, table["model"])
    axis.grid(visible=False, axis="y")
    axis.invert_yaxis()
    axis.set(xlabel="R² on test rows (0: the mean of the training rows)")
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=5)
    return figure


@styled
def steps_down(
    steps: Mapping[str, Sequence[tuple[str, float]]], order: Sequence[str], last: str
) -> Figure:
    """Draw for each claim how R² falls, or rises, as one advantage after the other is taken away.

    Parameters
    ----------
    steps : mapping of str to sequence of (str, float)
        By claim: name of each step and the R² that is left after it; the first is the rerun.
    order : sequence of str
        Names of all steps in the order of the legend, at most six.
    last : str
        What is left after the last step.
    """
    colours = dict(zip(order, (BLUE, RED, PURPLE, ORANGE, SKY, GREY), strict=False))
    highest = max(value for line in steps.values() for _, value in line)
    columns = min(4, len(steps))
    rows = -(-len(steps) // columns)
    figure, axes = empty(rows, columns, 12, 2.5 * rows + 0.9, sharey=True)
    for axis in axes[len(steps) :]:
        axis.set_axis_off()
    for axis, (claim, line) in zip(axes, steps.items(), strict=False):
        _waterfall(axis, line, colours)
        axis.set_title(claim, fontsize=9)
    for axis in axes[::columns]:
        axis.set(ylabel="R²")
    axes[0].set_ylim(top=highest * 1.12)
    handles = [axes[0].bar(0, 0, color=colour) for colour in (*colours.values(), GREEN)]
    names = [*order, last]
    figure.legend(handles, names, loc="outside upper center", ncols=4)
    return figure


@styled
def ladder(scores: pd.DataFrame, splits: Mapping[str, str]) -> Figure:
    """Draw R² on ever stricter splits, a line a feature set.

    Parameters
    ----------
    scores : pandas.DataFrame
        Columns name (feature set), protocol (split), r2, low, high.
    splits : mapping of str to str
        Splits from lenient to strict, and their names for the axis.
    """
    figure, (axis,) = empty(1, 1, 9.5, 4.8)
    place = np.arange(len(splits))
    for number, (name, part) in enumerate(scores.groupby("name", sort=False)):
        line = part.set_index("protocol").reindex(list(splits))
        x = place + (number - 1) * 0.06
        axis.vlines(x, line["low"], line["high"], colors=CYCLE[number], alpha=0.6, linewidth=2.2)
        axis.plot(x, line["r2"], "o-", color=CYCLE[number], label=name)
        # The middle line has its numbers on the left, clear of its neighbours' bars.
        side, gap = ("right", -7) if number == 1 else ("left", 7)
        for at, value in zip(x, line["r2"], strict=True):
            axis.annotate(
                f"{value:.2f}",
                (at, value),
                (gap, 4),
                textcoords="offset points",
                ha=side,
                fontsize=8.5,
                bbox={"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 0.6},
            )
    axis.axhline(0, color="black", linewidth=1)
    axis.set_xticks(place, splits.values())
    axis.set(ylabel="R² on held-out rows", xlim=(-0.3, len(splits) - 0.6))
    axis.grid(visible=False, axis="x")
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure


def _waterfall(axis: Axes, line: Sequence[tuple[str, float]], colours: Mapping[str, str]) -> None:
    before = 0.0
    for place, (name, value) in enumerate(line):
        axis.bar(place, value - before, 0.7, bottom=before, color=colours[name], alpha=0.85)
        axis.annotate(
            f"{value:.2f}" if not place else _change(value - before),
            (place, max(value, before)),
            (0, 2),
            textcoords="offset points",
            ha="center",
            fontsize=8.5,
        )
        before = value
    axis.bar(len(line), before, 0.7, color=GREEN)
    axis.annotate(
        f"{before:.2f}",
        (len(line), max(before, 0)),
        (0, 2),
        textcoords="offset points",
        ha="center",
        fontsize=8.5,
    )
    axis.axhline(0, color="black", linewidth=1)
    axis.set_xticks([])
    axis.grid(visible=False, axis="x")


def _change(value: float) -> str:
    text = f"{value:+.2f}"
    return "0" if float(text) == 0 else text
