"""Figures of tracks by release year: counts, trends, mix of genres, what a change is made of."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from lib.plots.style import BLUE, CYCLE, GREY, ORANGE, SKY, YELLOW, empty, styled
from lib.plots.tracks import legible

HATCHES = ("", "///", "...")


@styled
def counts_by_year(trend: pd.DataFrame, known_from: int) -> Figure:
    """Draw tracks and artists of each year, on a logarithmic scale.

    `trend` has ``year``, ``tracks`` and ``artists``, one row a year; years before `known_from`
    are shaded.
    """
    figure, (axis,) = empty(1, 1, 9.0, 3.6)
    axis.plot(trend["year"], trend["tracks"], color=BLUE, marker=".", ms=4, lw=1, label="tracks")
    axis.plot(
        trend["year"], trend["artists"], color=ORANGE, marker=".", ms=4, lw=1, label="first artists"
    )
    axis.set_yscale("log")
    axis.yaxis.set_major_formatter(FuncFormatter(lambda count, _: f"{count:,.0f}"))
    axis.axvspan(trend["year"].min() - 1, known_from - 0.5, color="#E5E7EB", zorder=0)
    axis.set(xlabel="release year", ylabel="in the table (logarithmic)")
    axis.set_title(f"Tracks and artists by release year (grey: before {known_from})")
    axis.legend(loc="upper left")
    return figure


@styled
def trends(
    tables: Mapping[str, pd.DataFrame],
    titles: Mapping[str, str],
    first_year: int,
    known: Mapping[str, int] | None = None,
) -> Figure:
    """Draw each measure by year, a panel each, one colour a table.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        Legend to table with ``measure``, ``year``, ``mean``, ``low``, ``high``.
    titles : mapping of str to str
        Measures in order, and how to call them.
    first_year : int
        First year that is drawn.
    known : mapping of str to int, optional
        Year of each measure before which the panel is shaded.
    """
    rows = -(-len(titles) // 2)
    figure, axes = empty(rows, min(len(titles), 2), 10.0, max(2.4 * rows, 3.4), sharex=True)
    colours = ((BLUE, SKY), (ORANGE, ORANGE), (GREY, GREY))
    for axis, (measure, title) in zip(axes, titles.items(), strict=False):
        for (name, table), (line, band) in zip(tables.items(), colours, strict=False):
            part = table[(table["measure"] == measure) & (table["year"] >= first_year)]
            part = _with_gaps(part)
            axis.fill_between(
                part["year"], part["low"], part["high"], color=band, alpha=0.3, linewidth=0
            )
            look = {"linewidth": 1.3, "marker": ".", "markersize": 3}
            axis.plot(part["year"], part["mean"], color=line, label=name, **look)
        if known and known[measure] > first_year:
            axis.axvspan(first_year - 1, known[measure] - 0.5, color="#E5E7EB", zorder=0)
        axis.set_title(title)
        axis.set_xlim(left=first_year - 1)
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    for number in range(len(titles), len(axes)):
        # The panel above the empty place is now the lowest of its column.
        axes[number - 2].tick_params(labelbottom=True)
        axes[number].remove()
    if len(tables) > 1:
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=len(tables))
    figure.supxlabel("release year; band: 95 % interval", size=10)
    return figure


def _with_gaps(part: pd.DataFrame) -> pd.DataFrame:
    """Add the years that are missing, so that no line is drawn across them."""
    if part.empty:
        return part
    years = range(int(part["year"].min()), int(part["year"].max()) + 1)
    return part.set_index("year").reindex(years).rename_axis("year").reset_index()


@styled
def mix_by_period(shares: pd.DataFrame, most: int = 12) -> Figure:
    """Draw the share of each stratum in each period as stacked bars.

    `shares` has one row a period and one column a stratum, the largest first; strata beyond
    `most` are added up.
    """
    shown = shares.iloc[:, :most]
    if shares.shape[1] > most:
        rest = shares.iloc[:, most:].sum(axis=1)
        shown = shown.assign(**{f"{shares.shape[1] - most} others": rest})
    figure, (axis,) = empty(1, 1, 9.5, 4.4)
    places, bottom = np.arange(len(shown)), np.zeros(len(shown))
    colours = (*CYCLE[:-1], YELLOW)
    for number, name in enumerate(shown):
        rest = number == most
        axis.bar(
            places,
            shown[name],
            bottom=bottom,
            width=0.85,
            color="#E5E7EB" if rest else colours[number % len(colours)],
            hatch=HATCHES[number // len(colours) % len(HATCHES)],
            edgecolor="white",
            linewidth=0.6,
            label=legible(name, 22),
        )
        bottom += shown[name].to_numpy()
    axis.set_xticks(places, [f"{period}s" for period in shown.index])
    axis.set(ylabel="share of tracks", ylim=(0, 1), title="Mix of genre families")
    axis.grid(visible=False, axis="x")
    handles, labels = axis.get_legend_handles_labels()
    figure.legend(handles[::-1], labels[::-1], loc="outside right center")
    return figure


@styled
def change_parts(tables: Mapping[str, pd.DataFrame], titles: Mapping[str, str]) -> Figure:
    """Draw total, within and mix of each measure's change, a panel each, one colour a table.

    `tables` maps a legend to a table of `lib.tracks.year_mix.decompose`.
    """
    figure, axes = empty(-(-len(titles) // 2), 2, 10.0, 1.7 * -(-len(titles) // 2) + 0.4)
    steps = np.linspace(-0.14, 0.14, len(tables)) if len(tables) > 1 else [0.0]
    for axis, (measure, title) in zip(axes, titles.items(), strict=False):
        axis.axvline(0, color=GREY, linewidth=1)
        for step, colour, (name, table) in zip(steps, (BLUE, ORANGE), tables.items(), strict=False):
            part = table[table["measure"] == measure]
            places = np.arange(len(part)) + step
            axis.hlines(places, part["low"], part["high"], color=colour, linewidth=1.8)
            axis.scatter(part["value"], places, s=22, color=colour, zorder=3, label=name)
        axis.set_yticks(range(len(part)), part["part"])
        axis.set_ylim(len(part) - 0.5, -0.5)
        digits = 3 if abs(part["late"].iloc[0]) < 1 else 1
        means = [f"{part[when].iloc[0]:.{digits}f}" for when in ("early", "late")]
        axis.set_title(f"{title}: {' → '.join(means)}")
    for axis in axes[len(titles) :]:
        axis.remove()
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(tables))
    figure.supxlabel("change from the early to the late period; 95 % interval", size=10)
    return figure


@styled
def slopes_and_null(slopes: pd.DataFrame, titles: Mapping[str, str]) -> Figure:
    """Draw the change a decade, raw and within genres, beside that of shuffled years.

    `slopes` is a table of `lib.tracks.year_trends.slopes`. Each measure is drawn in multiples of
    the shuffles' half width, so that all share one scale.
    """
    rows = slopes.set_index("measure").loc[list(titles)]
    unit = (rows["null_high"] - rows["null_low"]) / 2
    figure, (axis,) = empty(1, 1, 9.0, 0.55 * len(rows) + 1.6)
    axis.axvspan(-1, 1, color="#E5E7EB", zorder=0, label="years shuffled within genres")
    axis.axvline(0, color=GREY, linewidth=1)
    for step, colour, kind in ((-0.15, ORANGE, "raw"), (0.15, BLUE, "within")):
        places = np.arange(len(rows)) + step
        name = "all tracks" if kind == "raw" else "within genres"
        axis.hlines(
            places, rows[f"{kind}_low"] / unit, rows[f"{kind}_high"] / unit, color=colour, lw=1.8
        )
        axis.scatter(rows[kind] / unit, places, s=24, color=colour, zorder=3, label=name)
    names = [f"{titles[name]}\n{rows.loc[name, 'within']:+.2g} a decade" for name in rows.index]
    axis.set_yticks(range(len(rows)), names)
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.set_xscale("symlog", linthresh=2)
    ticks = [-50, -20, -10, -5, -2, -1, 0, 1, 2, 5, 10, 20, 50]
    left, right = axis.get_xlim()
    axis.set_xticks([tick for tick in ticks if left <= tick <= right])
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.minorticks_off()
    axis.set_xlabel("change a decade, in half widths of the shuffles (linear up to 2)")
    figure.legend(loc="outside upper center", ncols=3)
    return figure
