"""Small pictures of the dashboard; drawn while somebody waits, so without a layout engine."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from lib.plots.style import BLUE, GREY, ORANGE, SKY, styled

SIZE_IN = (2.5, 1.55)


@styled
def line_by_year(shown: pd.DataFrame, years: tuple[int, int], whole: pd.DataFrame | None) -> Figure:
    """Draw one measure by year: a line with its band, dots where there is no interval.

    Parameters
    ----------
    shown : pandas.DataFrame
        ``year``, ``mean``, ``low``, ``high``, one row a year; the ends may be missing.
    years : tuple of int
        Ends of the axis.
    whole : pandas.DataFrame or None
        The same of all tracks, for a grey line; years without an interval are left out.
    """
    figure, axis = _small()
    if whole is not None:
        known = whole[whole["low"].notna() & whole["year"].between(*years)]
        axis.plot(known["year"], known["mean"], color=GREY, linewidth=1)
    known = shown["low"].notna()
    # A gap in the years is a gap in the line.
    every = shown[known].set_index("year").reindex(range(years[0], years[1] + 1))
    axis.fill_between(every.index, every["low"], every["high"], color=SKY, alpha=0.4, linewidth=0)
    axis.plot(every.index, every["mean"], color=BLUE, linewidth=1.4)
    alone = every["mean"].notna()
    alone &= every["mean"].shift().isna() & every["mean"].shift(-1).isna()
    axis.vlines(every.index[alone], every["low"][alone], every["high"][alone], color=BLUE, lw=1)
    axis.plot(every.index[alone], every["mean"][alone], "o", color=BLUE, markersize=3.5)
    dots = shown[~known & shown["year"].between(*years)]
    axis.plot(dots["year"], dots["mean"], "o", color=BLUE, markersize=3, markerfacecolor="white")
    _years(axis, years)
    return figure


@styled
def tracks_by_year(shown: pd.DataFrame, years: tuple[int, int]) -> Figure:
    """Draw the number of tracks and of first artists in each year.

    `shown` has ``year``, ``tracks`` and ``artists``, one row a year.
    """
    figure, axis = _small()
    part = shown[shown["year"].between(*years)]
    axis.bar(part["year"], part["tracks"], width=1, color=SKY, linewidth=0)
    axis.plot(part["year"], part["artists"], ".", color=ORANGE, markersize=3.5)
    axis.set_ylim(bottom=0)
    axis.yaxis.set_major_formatter(FuncFormatter(lambda count, _: f"{count:,.0f}"))
    _years(axis, years)
    return figure


@styled
def shares(bins: pd.DataFrame, medians: tuple[float, float], label: str) -> Figure:
    """Draw a histogram of the rows left (blue) beside that of all rows (grey), with medians.

    Parameters
    ----------
    bins : pandas.DataFrame
        ``low``, ``high``, ``left``, ``all``.
    medians : tuple of float
        Of the rows left, and of all.
    label : str
        Of the axis, with its unit.
    """
    figure = Figure(figsize=(4.6, 2.3))
    axis = figure.add_axes((0.13, 0.2, 0.84, 0.74))
    edges = [*bins["low"], bins["high"].iloc[-1]]
    axis.stairs(bins["left"], edges, fill=True, color=SKY)
    axis.stairs(bins["all"], edges, color=GREY, linewidth=1.2)
    for median, colour, line in zip(medians, (BLUE, GREY), ("-", "--"), strict=True):
        axis.axvline(median, color=colour, linestyle=line, linewidth=1.6)
    axis.set(xlabel=label, xlim=(edges[0], edges[-1]))
    axis.set_ylim(0, 1.08 * max(bins["left"].max(), bins["all"].max(), 1e-9))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
    _few_ticks(axis, 5, 4)
    return figure


def _small() -> tuple[Figure, Axes]:
    figure = Figure(figsize=SIZE_IN)
    # Fixed places cost nothing; a layout engine would draw everything twice.
    return figure, figure.add_axes((0.18, 0.16, 0.79, 0.79))


def _years(axis: Axes, years: tuple[int, int]) -> None:
    axis.set_xlim(years[0] - 1, years[1] + 1)
    _few_ticks(axis, 3, 3)
    axis.xaxis.set_major_locator(MaxNLocator(3, integer=True, steps=[1, 2, 5, 10]))


def _few_ticks(axis: Axes, across: int, up: int) -> None:
    # Ticks are most of what drawing costs.
    axis.xaxis.set_major_locator(MaxNLocator(across, steps=[1, 2, 5, 10]))
    axis.yaxis.set_major_locator(MaxNLocator(up, steps=[1, 2, 5, 10]))
    axis.tick_params(labelsize=9, length=0)
