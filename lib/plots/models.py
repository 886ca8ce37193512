"""Figures that compare models and show where one goes wrong."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy import stats

from lib.plots.style import BLUE, CYCLE, GREY, ORANGE, RED, SEQUENTIAL, empty, styled

POINTS = "popularity points"


@styled
def score_ladder(
    table: pd.DataFrame, metrics: Mapping[str, str], colour_by: str, labels: Mapping[str, str]
) -> Figure:
    """Draw scores with their intervals, a model a line and a metric a panel.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns model, metric, value, low, high and `colour_by`; models from plain to good.
    metrics : mapping of str to str
        Metrics to show and the names of their axes.
    colour_by : str
        Column whose values stand side by side in one line, e.g. ``"split"``.
    labels : mapping of str to str
        Names of those values for the legend, in their order.
    """
    models = list(dict.fromkeys(table["model"]))
    figure, axes = empty(1, len(metrics), 11, 1.3 + 0.42 * len(models), sharey=True)
    for axis, (metric, name) in zip(axes, metrics.items(), strict=True):
        part = table[table["metric"] == metric]
        dots(axis, part, models, colour_by, labels)
        axis.set(xlabel=name)
        axis.xaxis.set_major_locator(MaxNLocator(5))
    axes[0].set_yticks(range(len(models)), models)
    axes[0].invert_yaxis()
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=4)
    return figure


@styled
def paired_differences(
    table: pd.DataFrame, name: str, colour_by: str, labels: Mapping[str, str]
) -> Figure:
    """Draw differences of one metric between pairs of models, with their intervals.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns model, other, value, low, high and `colour_by`.
    name : str
        Name of the metric for the axis.
    colour_by, labels
        As in `score_ladder`.
    """
    table = table.assign(model=table["model"] + "\nminus " + table["other"])
    pairs = list(dict.fromkeys(table["model"]))
    figure, (axis,) = empty(1, 1, 9, 1.4 + 0.55 * len(pairs))
    dots(axis, table, pairs, colour_by, labels)
    axis.axvline(0, color="black", linewidth=1)
    axis.set_yticks(range(len(pairs)), pairs)
    axis.invert_yaxis()
    axis.set(xlabel=f"difference in {name}")
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=4)
    return figure


@styled
def scores_by_fold(
    table: pd.DataFrame, metric: str, name: str, labels: Mapping[str, str]
) -> Figure:
    """Draw one metric on every fold, a model a line and a split a panel.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns split, model, fold and `metric`.
    metric, name : str
        Column of the metric, and its name for the axis.
    labels : mapping of str to str
        Name of each split for the titles.
    """
    models = list(dict.fromkeys(table["model"]))
    figure, axes = empty(1, len(labels), 11, 1.1 + 0.38 * len(models), sharex=True, sharey=True)
    for axis, (split, label) in zip(axes, labels.items(), strict=True):
        part = table[table["split"] == split]
        lines = part["model"].map(models.index)
        axis.scatter(part[metric], lines, s=30, color=BLUE, alpha=0.6, linewidths=0)
        middle = part.groupby("model")[metric].mean().reindex(models)
        axis.scatter(middle, range(len(models)), marker="|", s=220, color="black")
        axis.set(xlabel=f"{name}, each fold (stroke: mean)", title=label)
    axes[0].set_yticks(range(len(models)), models)
    axes[0].invert_yaxis()
    return figure


@styled
def predicted_against_actual(predictions: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw the density of predicted against true popularity, a model a panel.

    Parameters
    ----------
    predictions : mapping of str to pandas.DataFrame
        Columns popularity and prediction, by the name of the model.
    """
    figure, axes = empty(1, len(predictions), 10.5, 4.9, sharex=True, sharey=True)
    low = min(0.0, *(frame["prediction"].min() for frame in predictions.values()))
    high = max(100.0, *(frame["prediction"].max() for frame in predictions.values()))
    drawn = []
    for axis, (name, frame) in zip(axes, predictions.items(), strict=True):
        bins = axis.hexbin(
            frame["popularity"],
            frame["prediction"],
            gridsize=45,
            extent=(0, 100, low, high),
            bins="log",
            mincnt=1,
            cmap=SEQUENTIAL,
            linewidths=0,
        )
        drawn.append(bins)
        band = (frame["popularity"] // 10 * 10).clip(upper=90)
        middle = frame.groupby(band)["prediction"].mean()
        axis.plot([0, 100], [0, 100], color="black", linewidth=1, label="perfect")
        axis.plot(middle.index + 5, middle, "o-", color=RED, label="mean prediction in ten points")
        axis.set(xlabel="true popularity (0 to 100)", title=name)
    fullest = max(bins.get_array().max() for bins in drawn)
    for bins in drawn:
        bins.set_clim(1, fullest)
    axes[0].set(ylabel=f"predicted, out of fold ({POINTS})")
    axes[0].legend(loc="upper left")
    figure.colorbar(drawn[0], ax=axes, label="tracks in a cell (log scale)", shrink=0.9)
    return figure


@styled
def residuals(predictions: pd.DataFrame) -> Figure:
    """Draw residuals three ways: histogram, normal quantile plot, and against the prediction.

    Parameters
    ----------
    predictions : pandas.DataFrame
        Columns popularity and prediction of one model.
    """
    residual = (predictions["popularity"] - predictions["prediction"]).to_numpy()
    figure, (left, middle, right) = empty(1, 3, 12, 4.2)
    left.hist(residual, bins=np.arange(-100, 101, 2.5), color=BLUE)
    left.axvline(residual.mean(), color=RED, label=f"mean {residual.mean():.1f}")
    left.axvline(
        np.median(residual), color=ORANGE, linestyle="--", label=f"median {np.median(residual):.1f}"
    )
    span = np.abs(residual).max()
    left.set(
        xlim=(-span, span), xlabel=f"residual ({POINTS})", ylabel="tracks", title="Distribution"
    )
    left.yaxis.set_major_formatter("{x:,.0f}")
    left.legend(loc="upper left", fontsize=8.5)
    # 400 quantiles draw the same line as all rows would.
    share = (np.arange(400) + 0.5) / 400
    normal = stats.norm.ppf(share) * residual.std() + residual.mean()
    middle.plot(normal, np.quantile(residual, share), ".", color=BLUE, markersize=4)
    middle.axline((0, 0), slope=1, color="black", linewidth=1)
    middle.set(
        xlabel=f"quantile of a normal law ({POINTS})",
        ylabel=f"quantile of residuals ({POINTS})",
        title="Against a normal law",
    )
    right.hexbin(
        predictions["prediction"],
        residual,
        gridsize=45,
        bins="log",
        mincnt=1,
        cmap=SEQUENTIAL,
        linewidths=0,
    )
    right.axhline(0, color="black", linewidth=1)
    right.set(
        xlabel=f"prediction ({POINTS})", ylabel=f"residual ({POINTS})", title="Against prediction"
    )
    return figure


@styled
def error_by_band(bands: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw the absolute error by band of true popularity, models side by side.

    Parameters
    ----------
    bands : mapping of str to pandas.DataFrame
        By the name of the model: columns band, rows, q05, q25, q50, q75, q95 of the absolute
        error; the same bands for all.
    """
    figure, (axis,) = empty(1, 1, 9.5, 4.8)
    width = 0.8 / len(bands)
    for number, (name, table) in enumerate(bands.items()):
        boxes = [
            {"whislo": b.q05, "q1": b.q25, "med": b.q50, "q3": b.q75, "whishi": b.q95}
            for b in table.itertuples()
        ]
        place = np.arange(len(table)) + (number - (len(bands) - 1) / 2) * width
        colour = (GREY, *CYCLE)[number]
        drawn = axis.bxp(
            boxes,
            place,
            widths=width * 0.8,
            showfliers=False,
            patch_artist=True,
            manage_ticks=False,
            medianprops={"color": "black"},
        )
        for box in drawn["boxes"]:
            box.set(facecolor=colour, alpha=0.75)
        drawn["boxes"][0].set_label(name)
    ticks = [f"{b.band}\n{b.rows:,} tracks" for b in table.itertuples()]
    axis.set_xticks(range(len(table)), ticks)
    axis.set(xlabel="true popularity", ylabel=f"absolute error ({POINTS})", ylim=(0, None))
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, 1.12), ncols=len(bands))
    axis.grid(visible=False, axis="x")
    return figure


def dots(
    axis: Axes, table: pd.DataFrame, lines: list[str], colour_by: str, labels: Mapping[str, str]
) -> None:
    """Draw values with their intervals, a line of the axis for each of `lines` in column model.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
    table : pandas.DataFrame
        Columns model, value, low, high and `colour_by`.
    lines : list of str
        Models from line 0 on.
    colour_by, labels
        As in `score_ladder`.
    """
    gap = 0.5 / len(labels)
    for number, (value, label) in enumerate(labels.items()):
        part = table[table[colour_by] == value].set_index("model").reindex(lines)
        place = np.arange(len(lines)) + (number - (len(labels) - 1) / 2) * gap
        # Drawn by hand: a percentile interval need not hold the point itself.
        axis.hlines(place, part["low"], part["high"], color=CYCLE[number], linewidth=2.2, alpha=0.6)
        axis.plot(part["value"], place, "o", color=CYCLE[number], markersize=5, label=label)
