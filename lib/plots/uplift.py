"""Figures about uplift: who is treated, what is estimated, and which ranking gains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from lib.plots.style import BLUE, CYCLE, GREEN, GREY, ORANGE, RED, empty, styled

COLOURS = (RED, ORANGE, BLUE)


@styled
def who_is_treated(
    chance: np.ndarray, treated: np.ndarray, outcome: np.ndarray, effect: np.ndarray
) -> Figure:
    """Draw the chance of the treatment, untreated popularity along it, and the true effects.

    Parameters
    ----------
    chance : numpy.ndarray, shape (n,)
        Of the treatment.
    treated : numpy.ndarray of bool, shape (n,)
    outcome, effect : numpy.ndarray, shape (n,)
        Popularity without the treatment, true effect.
    """
    figure, (left, middle, right) = empty(1, 3, 12.5, 4.0)
    bins = np.linspace(0, 1, 31)
    for mask, colour, label in ((~treated, GREY, "untreated"), (treated, BLUE, "treated")):
        left.hist(chance[mask], bins, color=colour, alpha=0.55, label=f"{label} ({mask.sum():,})")
    left.set(xlabel="chance of the treatment", ylabel="tracks", title="Who is treated")
    left.legend(fontsize=9)
    left.yaxis.set_major_formatter("{x:,.0f}")
    edges = np.quantile(chance, np.linspace(0, 1, 11))
    bin_of = np.clip(np.searchsorted(edges, chance, side="right") - 1, 0, 9)
    size = np.maximum(np.bincount(bin_of, minlength=10), 1)
    middle.plot(np.bincount(bin_of, chance, 10) / size, np.bincount(bin_of, outcome, 10) / size,
                "o-", color=ORANGE)  # fmt: skip
    middle.set(xlabel="chance of the treatment", ylabel="mean popularity without it")
    middle.set(title="… is popular anyway")
    right.hist(effect, 40, color=GREEN, alpha=0.7)
    right.axvline(effect.mean(), color="black", linewidth=1.2)
    right.set(xlabel="true effect, popularity points (line: mean)", ylabel="tracks")
    right.set(title="What it does")
    right.yaxis.set_major_formatter("{x:,.0f}")
    return figure


@styled
def estimates(tables: Mapping[str, pd.DataFrame], truth: Mapping[str, float]) -> Figure:
    """Draw estimates of the average effect with intervals, a case a block, beside the truth.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        By case: columns estimator, value, low, high.
    truth : mapping of str to float
        True mean effect by case.
    """
    rows = len(tables)
    estimators = list(next(iter(tables.values()))["estimator"])
    figure, (axis,) = empty(1, 1, 10, 1.4 + 0.75 * rows)
    for place, (case, table) in enumerate(tables.items()):
        shifts = (np.arange(len(table)) - (len(table) - 1) / 2) * 0.22
        for shift, row, colour in zip(shifts, table.itertuples(), COLOURS, strict=True):
            label = row.estimator if place == 0 else None
            axis.hlines(place + shift, row.low, row.high, color=colour, linewidth=2.2)
            axis.plot(row.value, place + shift, "o", color=colour, markersize=5, label=label)
        line = (place - 0.42, place + 0.42)
        axis.vlines(truth[case], *line, color="black", label="truth" if place == 0 else None)
        if place:
            axis.axhline(place - 0.5, color="#E5E7EB", linewidth=0.8)
    axis.set_yticks(range(rows), list(tables))
    axis.set_ylim(rows - 0.5, -0.5)
    axis.grid(visible=False, axis="y")
    axis.set(xlabel="average effect of the treatment, popularity points")
    handles = axis.get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=len(estimators) + 1)
    return figure


@styled
def repeats(table: pd.DataFrame, truth: float) -> Figure:
    """Draw the interval of every repeat, a panel an estimator; those that miss are red.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns repeat, estimator, value, low, high, covers.
    truth : float
    """
    groups = list(table.groupby("estimator", sort=False))
    figure, axes = empty(1, len(groups), 12, 3.8, sharex=True, sharey=True)
    for axis, (name, part) in zip(axes, groups, strict=True):
        ordered = part.sort_values("value", kind="stable")
        place = np.arange(len(ordered))
        for covers, colour in ((True, BLUE), (False, RED)):
            mask = (ordered["covers"] == covers).to_numpy()
            axis.hlines(place[mask], ordered["low"][mask], ordered["high"][mask], color=colour)
            axis.plot(ordered["value"][mask], place[mask], "o", color=colour, markersize=3.5)
        axis.axvline(truth, color="black", linewidth=1)
        axis.set(title=f"{name}: {part['covers'].sum()} of {len(part)} cover")
        axis.set(xlabel="popularity points", yticks=[])
    axes[0].set(ylabel="repeats, lowest estimate first")
    return figure


@styled
def gains(
    curves: pd.DataFrame,
    truths: Mapping[str, Sequence[np.ndarray]],
    raw: Sequence[np.ndarray],
) -> Figure:
    """Draw what is gained by treating tracks in the order of rankings.

    Parameters
    ----------
    curves : pandas.DataFrame
        Estimated: columns ranking, share, total, low, high.
    truths : mapping of str to (share, total)
        True curves: of each ranking of `curves`, and of the best possible one.
    raw : (share, total)
        Curve of the first ranking from raw means.
    """
    figure, (left, right) = empty(1, 2, 12, 4.8)
    colour_of = dict(zip(truths, CYCLE, strict=False))
    for ranking, part in curves.groupby("ranking", sort=False):
        colour = colour_of[ranking]
        left.fill_between(part["share"], part["low"], part["high"], color=colour, alpha=0.2, lw=0)
        left.plot(part["share"], part["total"], color=colour, label=ranking)
    left.plot(*raw, color=RED, linestyle=":", label="raw means, first ranking")
    for ranking, line in truths.items():
        right.plot(*line, color=colour_of[ranking], label=ranking)
    ends = ((left, curves["total"].to_numpy()[-1], "Estimated"), (right, None, "True"))
    for axis, end, title in ends:
        end = next(iter(truths.values()))[1][-1] if end is None else end
        axis.plot([0, 1], [0, end], color=GREY, linestyle="--", label="random order")
        axis.set(xlabel="share of tracks treated, the best first", title=title)
        axis.xaxis.set_major_formatter(PercentFormatter(1))
        axis.legend(fontsize=8.5, loc="upper left")
    left.set(ylabel="gained so far, popularity points per track of all")
    return figure
