"""Figures on recommenders: how good, where, at what price, and how varied their lists are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.plots.style import BLUE, GREY, ORANGE, SEQUENTIAL, empty, styled


@styled
def means(
    table: pd.DataFrame, order: Sequence[str], labels: Mapping[str, str], baseline: str
) -> Figure:
    """Draw the mean of each recommender, a panel a measure.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns recommender, metric, value, low, high.
    order : sequence of str
        Recommenders from top to bottom.
    labels : mapping of str to str
        Measures to draw, and what they are called.
    baseline : str
        The recommender that a line is drawn for.
    """
    figure, axes = empty(1, len(labels), 3.4 * len(labels) + 1.4, 0.32 * len(order) + 1.2)
    places = np.arange(len(order))[::-1]
    for axis, (metric, label) in zip(axes, labels.items(), strict=True):
        own = table[table["metric"] == metric].set_index("recommender").loc[list(order)]
        spread = np.abs(own[["low", "high"]].to_numpy() - own[["value"]].to_numpy()).T
        axis.errorbar(own["value"], places, xerr=spread, fmt="o", color=BLUE, ms=5, capsize=2)
        axis.axvline(own.loc[baseline, "value"], color=GREY, linestyle="--", linewidth=1)
        axis.set_yticks(places, order if axis is axes[0] else [])
        axis.set_xlabel(label)
        axis.set_ylim(-0.6, len(order) - 0.4)
    return figure


@styled
def by_category(table: pd.DataFrame, order: Sequence[str], label: str) -> Figure:
    """Draw a measure by recommender and category, numbers in the cells.

    Parameters
    ----------
    table : pandas.DataFrame
        A row a recommender, a column a category.
    order : sequence of str
        Recommenders from top to bottom.
    label : str
        The measure.
    """
    values = table.loc[list(order)]
    figure, (axis,) = empty(
        1, 1, 0.78 * values.shape[1] + 3.2, 0.34 * len(order) + 2.0
    )  # fmt: skip
    image = axis.imshow(values, cmap=SEQUENTIAL, aspect="auto")
    middle = (np.nanmin(values.to_numpy()) + np.nanmax(values.to_numpy())) / 2
    best = values.to_numpy() == values.max(axis=0).to_numpy()
    for (row, column), value in np.ndenumerate(values.to_numpy()):
        if np.isfinite(value):
            axis.text(
                column, row, f"{value:.3f}", ha="center", va="center", fontsize=8,
                color="black" if value > middle else "white",
                fontweight="bold" if best[row, column] else "normal",
            )  # fmt: skip
    axis.set_yticks(range(len(order)), order)
    axis.set_xticks(range(values.shape[1]), values.columns, rotation=35, ha="right")
    axis.grid(visible=False)
    figure.colorbar(image, ax=axis, label=label)
    return figure


@styled
def differences(table: pd.DataFrame, label: str) -> Figure:
    """Draw paired differences with their intervals.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns pair, category, value, low, high; a panel a pair.
    label : str
        The measure.
    """
    pairs = list(dict.fromkeys(table["pair"]))
    rows = list(dict.fromkeys(table["category"]))
    figure, axes = empty(1, len(pairs), 4.0 * len(pairs) + 1.6, 0.32 * len(rows) + 1.3)
    places = np.arange(len(rows))[::-1]
    for axis, pair in zip(axes, pairs, strict=True):
        own = table[table["pair"] == pair].set_index("category").reindex(rows)
        spread = np.abs(own[["low", "high"]].to_numpy() - own[["value"]].to_numpy()).T
        sure = (own["low"] > 0) | (own["high"] < 0)
        for kept, colour in ((sure, BLUE), (~sure, GREY)):
            chosen = kept.to_numpy()
            axis.errorbar(
                own["value"][chosen], places[chosen], xerr=spread[:, chosen], fmt="o",
                color=colour, ms=5, capsize=2,
            )  # fmt: skip
        axis.axvline(0, color="black", linewidth=0.8)
        axis.set_title(pair)
        axis.set_xlabel(f"difference in {label}")
        axis.set_yticks(places, rows if axis is axes[0] else [])
    return figure


@styled
def cost(table: pd.DataFrame, order: Sequence[str]) -> Figure:
    """Draw the time to learn and to answer, on logarithmic scales.

    Parameters
    ----------
    table : pandas.DataFrame
        By recommender: fit_s, answer_ms.
    order : sequence of str
        Recommenders from top to bottom.
    """
    figure, axes = empty(1, 2, 9.0, 0.3 * len(order) + 1.2)
    places = np.arange(len(order))[::-1]
    shown = (("fit_s", "seconds to learn", 0.01), ("answer_ms", "milliseconds a playlist", 0.01))
    for axis, (column, label, least) in zip(axes, shown, strict=True):
        values = table.loc[list(order), column].clip(lower=least)
        axis.barh(places, values, color=BLUE, height=0.6)
        for place, value in zip(places, table.loc[list(order), column], strict=True):
            axis.text(max(value, least) * 1.1, place, _short(value), va="center", fontsize=8)
        axis.set_xscale("log")
        axis.set_xlim(least, values.max() * 4)
        axis.set_xlabel(label)
        axis.set_yticks(places, order if axis is axes[0] else [])
        axis.grid(visible=False, axis="y")
    return figure


@styled
def trade_off(table: pd.DataFrame, against: Mapping[str, str], label: str) -> Figure:
    """Draw how good lists are against what else they are, a panel a measure.

    Parameters
    ----------
    table : pandas.DataFrame
        By recommender: accuracy, and the measures.
    against : mapping of str to str
        Measures, and what they are called.
    label : str
        What accuracy is.
    """
    figure, axes = empty(1, len(against), 4.4 * len(against), 4.2, sharey=True)
    for axis, (column, name) in zip(axes, against.items(), strict=True):
        axis.scatter(table[column], table["accuracy"], color=BLUE, s=28, zorder=3)
        _name_points(axis, table[column], table["accuracy"])
        axis.margins(x=0.75, y=0.12)
        axis.set_xlabel(name)
    axes[0].set_ylabel(label)
    return figure


@styled
def gains(importance: Mapping[str, float], top: int = 20) -> Figure:
    """Draw what the second stage goes by: the features of the greatest gain.

    Parameters
    ----------
    importance : mapping of str to float
        Share of the total gain, the greatest first.
    top : int, optional
        Features to draw.
    """
    names = list(importance)[:top]
    figure, (axis,) = empty(1, 1, 7.2, 0.27 * len(names) + 1.0)
    places = np.arange(len(names))[::-1]
    axis.barh(places, [importance[name] for name in names], color=ORANGE, height=0.65)
    axis.set_yticks(places, names)
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axis.set_xlabel("share of the trees' total gain")
    axis.grid(visible=False, axis="y")
    return figure


def _short(value: float) -> str:
    return "under 0.01" if value < 0.01 else f"{value:.2g}"


def _name_points(axis: Axes, across: pd.Series, up: pd.Series) -> None:
    """Write names beside points, those that would lie on one another below, with a line."""
    width, height = np.ptp(across) or 1.0, np.ptp(up) or 1.0
    middle = (across.min() + across.max()) / 2
    below = {True: np.inf, False: np.inf}
    for name in up.sort_values(ascending=False).index:
        x, y = across[name], up[name]
        left = bool(x > middle)
        place = min(y, below[left] - 0.055 * height)
        below[left] = place
        edge = across.max() + 0.12 * width if left else across.min() - 0.12 * width
        axis.annotate(
            name, (x, y), (edge, place), fontsize=8, va="center", ha="left" if left else "right",
            arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.5, "shrinkB": 3},
        )  # fmt: skip
