"""Figures of a search for settings: its course, what mattered, and what its promise was worth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from lib.plots.style import BLUE, CYCLE, GREY, ORANGE, empty, styled


@styled
def history(trials: pd.DataFrame, titles: Mapping[str, str], folds: Mapping[int, str]) -> Figure:
    """Draw how far each trial leads the first one, and the best so far, a preset a panel.

    Parameters
    ----------
    trials : pandas.DataFrame
        Columns preset, fold, trial, state, lead.
    titles : mapping of str to str
        Presets in their order, and their titles.
    folds : mapping of int to str
        Studies in their order, and their names for the legend.
    """
    figure, axes = empty(1, len(titles), 4.2 * len(titles), 4.6)
    for axis, (preset, title) in zip(axes, titles.items(), strict=True):
        part = trials[(trials["preset"] == preset) & trials["lead"].notna()]
        top = max(part["lead"].max(), 0.002)
        floor = -4 * top
        for number, fold in enumerate(folds):
            study = part[part["fold"] == fold].sort_values("trial")
            complete = (study["state"] == "complete").to_numpy()
            best = study["lead"].where(complete).cummax().ffill()
            axis.step(study["trial"], best, where="post", color=CYCLE[number], alpha=0.7)
            shown = study["lead"].clip(lower=floor)
            below = (study["lead"] < floor).to_numpy()
            for mask, marker, face in (
                (complete & ~below, "o", CYCLE[number]),
                (~complete & ~below, "o", "white"),
                (below, "v", CYCLE[number]),
            ):
                axis.scatter(
                    study["trial"][mask],
                    shown[mask],
                    s=24,
                    marker=marker,
                    facecolor=face,
                    edgecolor=CYCLE[number],
                    zorder=3,
                )
        axis.axhline(0, color="black", linewidth=1)
        axis.set(xlabel="trial", title=title, ylim=(floor * 1.06, top * 1.4))
        axis.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes[0].set_ylabel("lead over the first trial (R², inner folds)")
    handles = [axes[0].plot([], [], color=CYCLE[n], marker="o")[0] for n in range(len(folds))]
    names = list(folds.values())
    handles.append(axes[0].plot([], [], "o", mfc="white", mec=GREY)[0])
    handles.append(axes[0].plot([], [], "v", color=GREY)[0])
    names += ["pruned", "below the axis"]
    figure.legend(handles, names, loc="outside upper center", ncols=min(len(names), 6))
    return figure


@styled
def importance(table: pd.DataFrame) -> Figure:
    """Draw each setting's share in the lead of trials, and the share with a study left out.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns setting, left_out, share.
    """
    whole = table[table["left_out"].isna()].sort_values("share", ascending=False)
    names = whole["setting"].tolist()
    figure, (axis,) = empty(1, 1, 8.5, 1.3 + 0.4 * len(names))
    axis.barh(names, whole["share"], color=BLUE, alpha=0.55, label="all studies")
    rest = table[table["left_out"].notna()]
    if len(rest):
        lines = rest["setting"].map(names.index)
        axis.scatter(rest["share"], lines, s=22, color=ORANGE, zorder=3, label="one study left out")
    axis.invert_yaxis()
    axis.grid(visible=False, axis="y")
    axis.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.set(xlabel="share of the variance of the lead")
    axis.legend(loc="lower right")
    return figure


@styled
def places(table: pd.DataFrame, folds: Mapping[int, str]) -> Figure:
    """Draw where in its range each setting of the best trials lies.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns setting, fold, place (0 to 1), kind ("best" or "first").
    folds : mapping of int to str
        Studies in their order, and their names for the legend.
    """
    names = list(dict.fromkeys(table["setting"]))
    figure, (axis,) = empty(1, 1, 9.0, 1.7 + 0.42 * len(names))
    first = table[table["kind"] == "first"]
    axis.scatter(
        first["place"],
        first["setting"].map(names.index),
        marker="|",
        s=320,
        color="black",
        label="first trial (set by hand)",
    )
    best = table[table["kind"] == "best"]
    for number, (fold, label) in enumerate(folds.items()):
        part = best[best["fold"] == fold]
        shift = (number - (len(folds) - 1) / 2) * 0.12
        lines = part["setting"].map(names.index) + shift
        axis.scatter(part["place"], lines, s=32, color=CYCLE[number], label=label, zorder=3)
    axis.set_yticks(range(len(names)), names)
    axis.invert_yaxis()
    axis.set_xticks([0, 0.5, 1], ["low end", "middle", "high end"])
    axis.set(xlabel="place in the range of the space (on its scale)", xlim=(-0.04, 1.04))
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure


@styled
def promises(table: pd.DataFrame, names: Mapping[str, str]) -> Figure:
    """Draw what the inner folds promised and what the held-out rows gave, an arrow a fold.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns preset, fold, inner_first, inner_best, outer_first, outer_best, promised, kept.
    names : mapping of str to str
        Presets in their order, and their names.
    """
    figure, (left, right) = empty(1, 2, 11.0, 5.0)
    for number, (preset, name) in enumerate(names.items()):
        part, colour = table[table["preset"] == preset], CYCLE[number]
        for row in part.itertuples():
            left.annotate(
                "",
                (row.inner_best, row.outer_best),
                (row.inner_first, row.outer_first),
                arrowprops={"arrowstyle": "->", "color": colour, "linewidth": 1.6},
            )
        left.scatter(part["inner_first"], part["outer_first"], s=16, color=colour, label=name)
        right.scatter(part["promised"], part["kept"], s=38, color=colour, label=name)
    for x, y in (("inner_first", "outer_first"), ("inner_best", "outer_best")):
        left.plot(table[x], table[y], linestyle="none")  # arrows alone do not widen the axes
    _diagonal(left, table[["inner_first", "inner_best", "outer_first", "outer_best"]])
    _diagonal(right, table[["promised", "kept"]].assign(zero=0.0))
    right.axhline(0, color="black", linewidth=1)
    left.set(xlabel="R², mean of the inner folds", ylabel="R², held-out tracks", title="Scores")
    right.set(
        xlabel="promised: best less first trial, inner folds",
        ylabel="kept: the same on held-out tracks",
        title="Gains",
    )
    figure.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=4)
    return figure


def _diagonal(axis: object, values: pd.DataFrame) -> None:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    pad = 0.08 * (high - low) or 0.01
    ends = (low - pad, high + pad)
    axis.plot(ends, ends, color=GREY, linestyle="--", linewidth=1, label="equal")
    axis.set(xlim=ends, ylim=ends)
