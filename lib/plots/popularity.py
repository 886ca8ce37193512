"""Figures of what goes with popularity: means with intervals, curves, boxes, rankings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from lib.plots.style import BLUE, GREY, ORANGE, SKY, empty, styled
from lib.plots.tracks import label, legible

MEDIAN = {"color": "black", "linewidth": 1.4}


@styled
def ranked_means(table: pd.DataFrame, by: str, overall: float, per_column: int = 40) -> Figure:
    """Draw the mean of each group with its interval, highest first, in as many columns as needed.

    `table` has `by`, ``mean``, ``low`` and ``high``; `overall` is the mean of all groups together.
    """
    ordered = table.sort_values("mean", ascending=False, kind="stable")
    width = -(-len(ordered) // per_column)
    rows = -(-len(ordered) // width)
    figure, axes = empty(1, width, 10.0 if width > 1 else 7.0, 0.2 * rows + 1.2, sharex=True)
    for number, axis in enumerate(axes):
        part = ordered.iloc[number * rows : (number + 1) * rows]
        _dots(axis, part, [legible(name, 22) for name in part[by]])
        axis.axvline(overall, color=GREY, linestyle="--", linewidth=1)
        axis.set_ylim(rows - 0.5, -0.5)
    figure.supxlabel(
        f"mean popularity with 95 % interval; dashed: mean of all, {overall:.1f}", size=10
    )
    return figure


@styled
def boxes_with_means(tracks: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw popularity by category: a box of the tracks, and the mean with its interval.

    `tables` maps a column to its table of means; a panel each.
    """
    figure, axes = empty(-(-len(tables) // 2), 2, 10.0, 2.5 * -(-len(tables) // 2), sharex=True)
    for axis, (by, table) in zip(axes, tables.items(), strict=False):
        groups = [tracks.loc[tracks[by] == name, "popularity"] for name in table[by]]
        _boxes(axis, groups, [SKY] * len(groups))
        names = [f"{name}\n{n:,}" for name, n in zip(table[by], table["tracks"], strict=True)]
        _dots(axis, table, names)
        axis.set_title(label(by))
        axis.set_ylim(len(table) - 0.5, -0.5)
    for axis in axes[len(tables) :]:
        axis.remove()
    figure.supxlabel(
        "popularity: box of the middle half, whiskers from 5 % to 95 %; point: mean with 95 % "
        "interval; number of tracks below the name",
        size=10,
    )
    return figure


@styled
def curve_grid(curves: Sequence[pd.DataFrame], overall: float, width: int = 3) -> Figure:
    """Draw mean popularity along each column, one panel a table of `binned_curve`.

    Bins stand side by side, so that a skewed column does not crowd at one end; ticks give the
    median of their bin.
    """
    height = -(-len(curves) // width)
    figure, axes = empty(height, width, 10.0, 2.0 * height + 0.6, sharey=True)
    for axis, curve in zip(axes, curves, strict=False):
        places, name = np.arange(len(curve)), curve["column"].iloc[0]
        # An interval from two or three artists may reach far beyond the scale of popularity.
        curve = curve.assign(low=curve["low"].clip(0), high=curve["high"].clip(upper=100))
        axis.axhline(overall, color=GREY, linestyle="--", linewidth=1)
        few = len(curve) <= 5
        if few or (curve["from"] == curve["to"]).all():
            # Kinds rather than a scale: nothing lies between two of them.
            axis.vlines(places, curve["low"], curve["high"], color=SKY, linewidth=3)
            axis.margins(x=0.15)
        else:
            axis.fill_between(places, curve["low"], curve["high"], color=SKY, alpha=0.35, lw=0)
            axis.plot(places, curve["mean"], color=BLUE, linewidth=1.2)
        areas = 150 * curve["tracks"] / curve["tracks"].sum() + 6
        axis.scatter(places, curve["mean"], s=areas, color=BLUE, zorder=3)
        ticked = places if few else places[:: -(-len(curve) // 5)]
        axis.set_xticks(ticked, [_bin_name(curve.iloc[place], few) for place in ticked])
        axis.set_title(f"{label(name).replace('(ms)', '(seconds)')}, {len(curve)} bins")
    for axis in axes[len(curves) :]:
        axis.remove()
    figure.supylabel("mean popularity", size=10)
    figure.supxlabel(
        f"median of the bin; area of a point: tracks in it; band: 95 % interval; dashed: mean of "
        f"all, {overall:.1f}",
        size=10,
    )
    return figure


@styled
def duration_curve(curve: pd.DataFrame, overall: float) -> Figure:
    """Draw mean popularity by length in minutes, with the number of tracks below.

    `curve` is a table of `binned_curve` over ``duration_ms``, above zero.
    """
    figure, (top, bottom) = empty(2, 1, 9.0, 5.0, sharex=True, height_ratios=[3, 1])
    minutes = curve["centre"] / 60_000
    top.axhline(overall, color=GREY, linestyle="--", linewidth=1, label=f"all, {overall:.1f}")
    top.fill_between(minutes, curve["low"], curve["high"], color=SKY, alpha=0.35, linewidth=0)
    top.plot(minutes, curve["mean"], marker="o", markersize=4, label="mean, 95 % interval")
    top.set(ylabel="mean popularity", title="Length and popularity")
    top.set_ylim(bottom=0)
    top.legend()
    bottom.vlines(minutes, 1, curve["tracks"], color=BLUE, linewidth=6)
    bottom.set_yscale("log")
    bottom.set_xscale("log")
    bottom.set(ylabel="tracks", xlabel="length (minutes, logarithmic), median of the bin")
    ticks = np.array([0.5, 1, 2, 3, 4, 6, 10, 20, 40, 80])
    bottom.set_xticks(ticks[(ticks >= minutes.min()) & (ticks <= minutes.max())])
    bottom.xaxis.set_major_formatter(FuncFormatter(lambda minute, _: f"{minute:g}"))
    bottom.minorticks_off()
    bottom.yaxis.set_major_formatter(FuncFormatter(lambda count, _: f"{count:,.0f}"))
    return figure


@styled
def boxes_by_group(
    tracks: pd.DataFrame, by: str, order: Sequence[str], columns: Sequence[str]
) -> Figure:
    """Draw boxes of each column for the groups of `order`: first half blue, second half orange."""
    height = -(-len(columns) // 3)
    figure, axes = empty(height, 3, 10.0, (0.28 * len(order) + 0.7) * height, sharey=True)
    half = len(order) // 2
    colours = [SKY] * half + [ORANGE] * (len(order) - half)
    for axis, column in zip(axes, columns, strict=False):
        _boxes(axis, [tracks.loc[tracks[by] == name, column].dropna() for name in order], colours)
        axis.set_yticks(range(len(order)), [legible(name, 20) for name in order])
        axis.set_title(label(column))
        axis.set_ylim(-0.5, len(order) - 0.5)
    for axis in axes[len(columns) :]:
        axis.remove()
    figure.supxlabel("line: median; box: middle half; whiskers: 5 % to 95 %", size=10)
    return figure


@styled
def artist_rankings(panels: Mapping[str, pd.DataFrame], count: int = 20) -> Figure:
    """Draw the first `count` artists of each table of `rank_artists`, one panel a title."""
    rows = max(min(len(table), count) for table in panels.values())
    figure, axes = empty(1, len(panels), 10.0, 0.27 * rows + 1.5, sharex=True)
    for axis, (title, table) in zip(axes, panels.items(), strict=True):
        top = table.head(count)
        pairs = zip(top["first_artist"], top["tracks"], strict=True)
        names = [f"{legible(name, 22)} ({n})" for name, n in pairs]
        _dots(axis, top.assign(low=top["low"].clip(0), high=top["high"].clip(upper=100)), names)
        axis.scatter(
            top["shrunken"], range(len(top)), marker="D", s=28, facecolor="white", edgecolor=ORANGE
        )
        axis.set_title(title)
        axis.set_ylim(rows - 0.5, -0.5)
    figure.supxlabel(
        "popularity; point: mean of the artist's tracks, 95 % interval; diamond: shrunken mean; "
        "tracks in brackets",
        size=10,
    )
    return figure


@styled
def correlation_forest(tables: Mapping[str, pd.DataFrame], practical: float = 0.05) -> Figure:
    """Draw each column's rank correlation with popularity, one colour a table.

    Columns stand in the order of the last table.
    """
    names = list(list(tables.values())[-1]["column"])
    figure, (axis,) = empty(1, 1, 9.0, 0.36 * len(names) + 1.4)
    axis.axvspan(-practical, practical, color="#E5E7EB", zorder=0, label=f"|rho| < {practical:g}")
    axis.axvline(0, color=GREY, linewidth=1)
    steps = np.linspace(-0.16, 0.16, len(tables)) if len(tables) > 1 else [0.0]
    colours = (ORANGE, BLUE, GREY)[: len(tables)]
    for step, colour, (title, table) in zip(steps, colours, tables.items(), strict=True):
        rows = table.set_index("column").loc[names]
        errors = [rows["rho"] - rows["low"], rows["high"] - rows["rho"]]
        places = np.arange(len(names)) + step
        axis.errorbar(rows["rho"], places, xerr=errors, fmt="o", ms=4, color=colour, label=title)
    axis.set_yticks(range(len(names)), [label(name) for name in names])
    axis.set_ylim(len(names) - 0.5, -0.5)
    axis.set(xlabel="Spearman's rho with popularity, 95 % interval", title="Rank correlation")
    axis.legend(loc="lower right")
    return figure


def _bin_name(row: pd.Series, whole: bool) -> str:
    if whole and row["from"] != row["to"]:
        return f"{row['from']:.3g}–{row['to']:.3g}"
    return f"{row['centre'] / (1000 if row['column'].endswith('_ms') else 1):.3g}"


def _dots(axis: Axes, table: pd.DataFrame, names: Sequence[str]) -> None:
    places = np.arange(len(table))
    axis.hlines(places, table["low"], table["high"], color=BLUE, linewidth=1.6, zorder=3)
    axis.scatter(table["mean"], places, s=16, color=BLUE, zorder=4)
    axis.set_yticks(places, names)
    axis.tick_params(axis="y", length=0)


def _boxes(axis: Axes, groups: Sequence[pd.Series], colours: Sequence[str]) -> None:
    drawn = axis.boxplot(
        [group.to_numpy(float) for group in groups],
        positions=range(len(groups)),
        orientation="horizontal",
        widths=0.6,
        whis=(5, 95),
        showfliers=False,
        patch_artist=True,
        medianprops=MEDIAN,
    )
    for box, colour in zip(drawn["boxes"], colours, strict=True):
        box.set(facecolor=colour, alpha=0.5, edgecolor=GREY)
