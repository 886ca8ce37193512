"""Figures about clusters of tracks by their sound."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lib.plots.style import BLUE, DIVERGING, GREEN, GREY, ORANGE, PURPLE, empty, styled

SCORES = {
    "silhouette": "Silhouette (higher is better)",
    "stability": "Stability (higher is better)",
    "calinski_harabasz": "Calinski-Harabasz (higher is better)",
    "davies_bouldin": "Davies-Bouldin (lower is better)",
}
COLOURS = (GREY, GREEN, PURPLE)


@styled
def curves(
    scores: pd.DataFrame, gaps: pd.DataFrame, chosen: int, claimed: int, asked: float
) -> Figure:
    """Draw five scores against the number of clusters, beside data without clusters.

    Parameters
    ----------
    scores : pandas.DataFrame
        Columns data, draw (0: the tracks), clusters, those of `SCORES`, error, stability_sd.
    gaps : pandas.DataFrame
        Columns data, clusters, gap, error.
    chosen, claimed : int
        Number of clusters used here, and published.
    asked : float
        Stability that is asked for.
    """
    figure, axes = empty(2, 3, 12.5, 6.8)
    real = scores[scores["draw"] == 0]
    nulls = dict(zip(gaps["data"].unique(), COLOURS, strict=False))
    for axis, (score, title) in zip(axes, SCORES.items(), strict=False):
        for name, colour in nulls.items():
            lines = scores[scores["data"] == name].dropna(subset=[score])
            for place, (_, one) in enumerate(lines.groupby("draw")):
                label = name if place == 0 else None
                axis.plot(one["clusters"], one[score], color=colour, linewidth=1, label=label)
        axis.plot(real["clusters"], real[score], "o-", color=BLUE, ms=3.5, label="tracks")
        spread = {"silhouette": 2 * real["error"], "stability": real["stability_sd"]}.get(score)
        if spread is not None:
            low, high = real[score] - spread, real[score] + spread
            axis.fill_between(real["clusters"], low, high, color=BLUE, alpha=0.2, linewidth=0)
        axis.set_title(title, fontsize=10)
    axes[1].axhline(asked, color="black", linewidth=0.8, linestyle=":")
    for name, part in gaps.groupby("data", sort=False):
        style = {"color": nulls[name], "fmt": "o-", "markersize": 3.5}
        axes[4].errorbar(part["clusters"], part["gap"], 2 * part["error"], **style)
    axes[4].axhline(0, color="black", linewidth=0.8)
    axes[4].set_title("Gap above one cluster (higher is better)", fontsize=10)
    for axis in axes[:5]:
        axis.axvline(chosen, color=ORANGE, linestyle="--", linewidth=1.2, label="used here")
        axis.axvline(claimed, color="black", linestyle=":", linewidth=1.2, label="published")
        axis.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axis.set_xlabel("clusters")
    axes[5].set_axis_off()
    axes[5].legend(*axes[0].get_legend_handles_labels(), loc="center", fontsize=10)
    return figure


@styled
def heat(table: pd.DataFrame, names: Sequence[str], formats: dict[str, str]) -> Figure:
    """Draw what sets clusters apart: colour in standard deviations, numbers in their own unit.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns cluster (from 0), feature, mean, contrast.
    names : sequence of str
        Names of the clusters.
    formats : dict of str to str
        How to write a mean, by feature.
    """
    features = list(formats)
    shape = (len(names), len(features))
    away, mean = (
        table.pivot_table(value, "cluster", "feature")[features].to_numpy().reshape(shape)
        for value in ("contrast", "mean")
    )
    most = max(1.0, np.abs(away).max())
    figure, (axis,) = empty(1, 1, 12, 1.9 + 0.42 * len(names))
    picture = axis.imshow(away, cmap=DIVERGING, vmin=-most, vmax=most, aspect="auto")
    for row in range(shape[0]):
        for place, feature in enumerate(features):
            colour = "white" if abs(away[row, place]) > 0.75 * most else "black"
            text = formats[feature].format(mean[row, place])
            axis.text(place, row, text, ha="center", va="center", fontsize=8.5, color=colour)
    axis.set_xticks(range(len(features)), [name.replace("_", " ") for name in features],
                    rotation=25, ha="right", rotation_mode="anchor")  # fmt: skip
    axis.set_yticks(range(len(names)), names, fontsize=8.5)
    axis.grid(visible=False)
    figure.colorbar(picture, label="standard deviations\nfrom the mean of all")
    return figure


@styled
def popularity(means: pd.DataFrame, names: Sequence[str], explained: pd.DataFrame) -> Figure:
    """Draw mean popularity by cluster, and how much of its variance clusters explain.

    Parameters
    ----------
    means : pandas.DataFrame
        Columns cluster (from 0), tracks, mean, low, high.
    names : sequence of str
        Names of the clusters.
    explained : pandas.DataFrame
        Columns model, value, low, high.
    """
    height = 1.6 + 0.42 * max(len(names), len(explained))
    figure, (left, right) = empty(1, 2, 12.5, height)
    at = means["cluster"]
    left.hlines(at, means["low"], means["high"], color=BLUE)
    left.plot(means["mean"], at, "o", color=BLUE)
    labels = [f"{names[row.cluster]}\n{row.tracks:,} tracks" for row in means.itertuples()]
    left.set_yticks(at, labels, fontsize=8)
    left.set(xlabel="mean popularity, 0 to 100", ylim=(len(names) - 0.5, -0.5))
    place = np.arange(len(explained))
    right.hlines(place, explained["low"], explained["high"], color=ORANGE)
    right.plot(explained["value"], place, "o", color=ORANGE)
    right.axvline(0, color="black", linewidth=1)
    right.set_yticks(place, explained["model"], fontsize=9)
    right.set(xlabel="R² of popularity, artists not seen", ylim=(len(place) - 0.5, -0.5))
    return figure
