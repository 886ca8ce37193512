"""Figures of importances, their stability, dependence, and what would change a prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lib.plots.style import BLUE, GREY, ORANGE, RED, empty, styled
from lib.plots.tracks import legible

POINTS = "popularity points"


@styled
def importances(
    gain: pd.Series, permutation: pd.DataFrame, shap: pd.DataFrame, noise: str
) -> Figure:
    """Draw three importances of the same inputs side by side, in the order of the second.

    Parameters
    ----------
    gain : pandas.Series
        Share of gain by input.
    permutation, shap : pandas.DataFrame
        Columns input, low, high, and drop or mean.
    noise : str
        Input that is pure chance; where its importance ends is marked in each panel.
    """
    names = permutation["input"].tolist()
    figure, axes = empty(1, 3, 11, 1.4 + 0.28 * len(names), sharey=True)
    bars = pd.DataFrame({"value": gain, "low": gain, "high": gain})
    panels = {
        "Gain": (bars, "share of training gain"),
        "Permutation": (_by_input(permutation, "drop"), "drop of R², held-out artists"),
        "SHAP": (_by_input(shap, "mean"), f"mean |contribution| ({POINTS})"),
    }
    for axis, (title, (table, label)) in zip(axes, panels.items(), strict=True):
        table = table.loc[names]
        places = np.arange(len(names))
        colours = [RED if name == noise else BLUE for name in names]
        axis.hlines(places, table["low"], table["high"], color=colours, linewidth=2.2, alpha=0.6)
        axis.scatter(table["value"], places, color=colours, s=28, zorder=3, clip_on=False)
        axis.axvline(
            table.loc[noise, "high"], color=RED, linestyle="--", linewidth=1, label=f"{noise} ends"
        )
        _press_the_first(axis, table)
        axis.set(title=title, xlabel=label)
    axes[0].set_yticks(np.arange(len(names)), names)
    axes[0].invert_yaxis()
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper right")
    return figure


@styled
def ranks(tables: Mapping[str, Mapping[str, pd.DataFrame]], noise: str) -> Figure:
    """Draw mean ranks and how far they move, a panel an importance and a colour a cause.

    Parameters
    ----------
    tables : mapping of str to mapping of str to pandas.DataFrame
        By importance and cause: input, rank, low, high, best first.
    noise : str
        Input that is pure chance.
    """
    count = len(next(iter(next(iter(tables.values())).values())))
    figure, axes = empty(1, len(tables), 12, 1.6 + 0.3 * count)
    for axis, (title, causes) in zip(axes, tables.items(), strict=True):
        names = next(iter(causes.values()))["input"].tolist()
        for offset, colour, (cause, table) in zip(
            (-0.16, 0.16), (BLUE, ORANGE), causes.items(), strict=True
        ):
            table = table.set_index("input").loc[names]
            places = np.arange(count) + offset
            axis.hlines(places, table["low"], table["high"], color=colour, linewidth=2.4, alpha=0.6)
            axis.plot(table["rank"], places, "o", color=colour, markersize=4.5, label=cause)
        axis.set_yticks(np.arange(count), names)
        axis.get_yticklabels()[names.index(noise)].set_color(RED)
        axis.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        axis.invert_yaxis()
        axis.set(title=title, xlabel="rank (1: most important)")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


@styled
def dependence(parts: Mapping[str, Mapping[str, object]]) -> Figure:
    """Draw single curves and their mean, contributions, and the tracks; a column an input.

    Parameters
    ----------
    parts : mapping of str to mapping
        By input's label with its unit: ``values``, ``individual`` (rows, values), ``curve`` (value,
        effect, low, high), ``at`` and ``contribution`` (held-out tracks), ``training`` (values).
    """
    figure, axes = empty(
        3, len(parts), 3.2 * len(parts), 7.6, sharex="col", height_ratios=[3, 3, 1]
    )
    grid = np.array(axes).reshape(3, len(parts))
    for (label, part), (top, middle, bottom) in zip(parts.items(), grid.T, strict=True):
        values, one = part["values"], part["curve"]
        top.plot(values, part["individual"].T, color=GREY, linewidth=0.5, alpha=0.25)
        top.fill_between(one["value"], one["low"], one["high"], color=BLUE, alpha=0.3)
        top.plot(one["value"], one["effect"], color=BLUE)
        reach = np.quantile(part["individual"], [0.01, 0.99])
        top.set_ylim(min(reach[0], one["low"].min()), max(reach[1], one["high"].max()))
        middle.scatter(part["at"], part["contribution"], s=5, color=ORANGE, alpha=0.4, linewidths=0)
        middle.axhline(0, color="black", linewidth=0.8)
        inside = part["training"]
        inside = inside[(inside >= values[0]) & (inside <= values[-1])]
        bottom.hist(inside, bins=40, color=GREY)
        bottom.set_yticks([])
        bottom.set(xlabel=label, xlim=(values[0], values[-1]))
        bottom.xaxis.set_major_locator(MaxNLocator(4))
    grid[0, 0].set_ylabel(f"difference of prediction\n({POINTS})")
    grid[1, 0].set_ylabel(f"contribution to the\nprediction ({POINTS})")
    grid[2, 0].set_ylabel("training\ntracks")
    return figure


@styled
def means_with_intervals(table: pd.DataFrame, by: str, label: str) -> Figure:
    """Draw a mean with its interval for each group; `table` has `by`, mean, low, high."""
    figure, (axis,) = empty(1, 1, 8, 1.1 + 0.25 * len(table))
    places = np.arange(len(table))
    axis.hlines(places, table["low"], table["high"], color=BLUE, linewidth=2.2, alpha=0.6)
    axis.plot(table["mean"], places, "o", color=BLUE, markersize=5)
    axis.axvline(0, color="black", linewidth=0.8)
    axis.set_yticks(places, table[by])
    axis.invert_yaxis()
    axis.set(xlabel=label)
    return figure


@styled
def planted(table: pd.DataFrame) -> Figure:
    """Draw effects found beside effects planted; `table`: input, effect, low, high, planted."""
    figure, (axis,) = empty(1, 1, 8, 1.3 + 0.28 * len(table))
    places = np.arange(len(table))
    axis.hlines(places, table["low"], table["high"], color=BLUE, linewidth=2.2, alpha=0.6)
    axis.plot(table["effect"], places, "o", color=BLUE, markersize=5, label="found by the panel")
    axis.plot(table["planted"], places, "x", color=RED, markersize=7, label="planted")
    axis.axvline(0, color="black", linewidth=0.8)
    axis.set_yticks(places, table["input"])
    axis.invert_yaxis()
    axis.set(xlabel=f"from low to high ({POINTS})")
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


@styled
def changes(effects: Mapping[str, pd.DataFrame], inputs: Sequence[str]) -> Figure:
    """Draw each single change of each track, a panel a track and a line an input.

    Parameters
    ----------
    effects : mapping of str to pandas.DataFrame
        By track's label: input, effect, low, high, says ("higher", "lower", "none").
    inputs : sequence of str
        Inputs, the first on top.
    """
    figure, axes = empty(1, len(effects), 11, 1.4 + 0.36 * len(inputs), sharex=True, sharey=True)
    colours = {"higher": BLUE, "lower": RED, "none": GREY}
    for axis, (title, table) in zip(axes, effects.items(), strict=True):
        order = table["input"].map(list(inputs).index)
        # The values of an input side by side, in their order, within the line's height.
        within = table.groupby("input")["to"].rank() / (
            table.groupby("input")["to"].transform("size") + 1
        )
        places = order + 0.8 * (within - 0.5)
        for says, colour in colours.items():
            mine = table["says"] == says
            axis.hlines(
                places[mine],
                table.loc[mine, "low"],
                table.loc[mine, "high"],
                color=colour,
                linewidth=1,
                alpha=0.7,
            )
            axis.plot(
                table.loc[mine, "effect"], places[mine], "o", color=colour, markersize=3, label=says
            )
        axis.axvline(0, color="black", linewidth=0.8)
        axis.set(title=legible(title, 34), xlabel=f"difference ({POINTS})")
        axis.title.set_fontsize(9)
    _name_lines(axes[0], inputs)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure


@styled
def changes_by_input(table: pd.DataFrame, noise: str) -> Figure:
    """Draw for which share of tracks an input has a change that is told from none.

    `table` has input, higher and lower (shares), the first on top; `noise` is pure chance.
    """
    figure, (axis,) = empty(1, 1, 8, 1.3 + 0.28 * len(table))
    places = np.arange(len(table))
    axis.barh(places, table["higher"], color=BLUE, height=0.6, label="higher")
    axis.barh(places, -table["lower"], color=RED, height=0.6, label="lower")
    axis.axvline(0, color="black", linewidth=0.8)
    reach = 1.1 * max(table[["higher", "lower"]].to_numpy().max(), 0.01)
    axis.set(xlabel="tracks with such a change", xlim=(-reach, reach))
    axis.xaxis.set_major_formatter(lambda share, _: f"{abs(share) * 100:g} %")
    _name_lines(axis, table["input"].tolist())
    axis.get_yticklabels()[table["input"].tolist().index(noise)].set_color(RED)
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


def _press_the_first(axis: Axes, table: pd.DataFrame) -> None:
    """Draw all but the largest on a linear axis, which the largest would press onto one line."""
    ends = table["high"].nlargest(2)
    least, linear, most = min(0.0, table["low"].min()), ends.iloc[-1], ends.iloc[0]
    if not 0 < linear < most:
        return
    axis.set_xscale("symlog", linthresh=linear, linscale=3)
    ticks = MaxNLocator(4).tick_values(least, linear)
    ticks = ticks[(ticks >= least) & (ticks <= linear)]
    axis.set_xticks([*ticks, most], [*(f"{tick:g}" for tick in ticks), f"{most:.2g}"])
    axis.set_xticks([], minor=True)
    axis.set_xlim(left=least)


def _name_lines(axis: Axes, names: Sequence[str]) -> None:
    axis.set_yticks(np.arange(len(names)), names)
    axis.set_ylim(len(names) - 0.4, -0.6)


def _by_input(table: pd.DataFrame, value: str) -> pd.DataFrame:
    return table.set_index("input")[[value, "low", "high"]].rename(columns={value: "value"})
