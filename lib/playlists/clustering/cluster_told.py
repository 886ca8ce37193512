"""Sentences, numbers and tables about clusters, worded by what the scores are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pandera.pandas as pa
from scipy import stats

from lib.playlists.clustering.cluster_choice import Choice
from lib.playlists.clustering.cluster_trials import Trial
from lib.playlists.described import described

LEVEL = 0.95
"""Coverage of the intervals."""
WEAK_SILHOUETTE = 0.25
"""Below this Kaufman and Rousseeuw (1990) find no substantial structure."""
_WEAK = (
    f" That is weak: below a silhouette of {WEAK_SILHOUETTE:g} clusters shade into one another "
    "(Kaufman and Rousseeuw 1990)."
)

CLUSTERS_SCHEMA = pa.DataFrameSchema(
    {
        "playlist": described("int64", "number", "Row in the store's table of playlists"),
        "pid": described("int64", "number", "The playlist's number in the source"),
        "view": described("str", "name", "What the clusters are made of"),
        "cluster": described("int64", "number", "From 1, the largest first", pa.Check.ge(1)),
        "name": described("str", "text", "What marks the cluster"),
    },
    strict=True,
    description="Clusters of playlists: one row a playlist and view in which it has a cluster",
)


def stability(trial: Trial, number: int) -> dict[str, float]:
    """Return the stability, its t interval over pairs of fits, and the null's highest."""
    row = _at(trial, number)
    null = trial.scores.query("data == 'shuffled' and clusters == @number")["stability"]
    half = stats.t.ppf((1 + LEVEL) / 2, row["pairs"] - 1) * row["stability_sd"]
    half /= np.sqrt(row["pairs"])
    value = float(row["stability"])
    return {"value": value, "low": value - half, "high": value + half, "null": float(null.max())}


def null_silhouette(trial: Trial, number: int) -> float:
    """Return the highest silhouette of shuffled data at a number of clusters."""
    null = trial.scores.query("data == 'shuffled' and clusters == @number")
    return float(null["silhouette"].max())


def verdict(trial: Trial, choice: Choice, min_stability: float) -> str:
    """Say how many clusters the data support, if any."""
    real = trial.scores[trial.scores["data"] == "playlists"].set_index("clusters")
    tried = f"{real.index.min()} to {real.index.max()}"
    here = stability(trial, choice.clusters)
    silhouette = real.loc[choice.clusters, "silhouette"]
    scores = (
        f"silhouette {silhouette:.2f} (shuffled at most "
        f"{null_silhouette(trial, choice.clusters):.2f}), stability {here['value']:.2f} (shuffled "
        f"at most {here['null']:.2f})"
    )
    if choice.supported:
        *others, last = map(str, choice.supported)
        numbers = f"{', '.join(others)} or {last}" if others else last
        text = f"By {trial.view} the data support {numbers} clusters, of {tried} that were tried."
        text += f" Shown are {choice.clusters}: {scores}."
        return text + (_WEAK if silhouette < WEAK_SILHOUETTE else "")
    best = real["stability"].idxmax()
    text = (
        f"By {trial.view} the data support no number of clusters from {tried}: at none are fits on "
        "resampled playlists alike enough and the clusters tighter than those of shuffled "
        f"playlists. Stability is {real['stability'].max():.2f} at best, with {best} clusters; "
        f"asked for are {min_stability:g} and more than shuffled playlists have, beyond its own "
        "error. "
    )
    if len(choice.above_null) == len(real):
        text += (
            "But at every number the clusters are tighter than shuffled ones: playlists are alike "
            "beyond chance, without falling into clear groups. "
        )
    else:
        count = f"{len(choice.above_null)} of {len(real)} numbers"
        text += f"The clusters are tighter than shuffled ones at {count} tried. "
    text += f"Shown, all the same, are {choice.clusters}: {scores}."
    if choice.clusters == real.index.max():
        text += " That is the largest number tried."
    return text


def cluster_rows(
    pids: np.ndarray, labels: dict[str, np.ndarray], names: dict[str, list[str]]
) -> pd.DataFrame:
    """List the clusters of all playlists, see `CLUSTERS_SCHEMA`."""
    parts = []
    for view, clusters in labels.items():
        rows = np.flatnonzero(clusters >= 0)
        named = np.array(names[view], dtype=object)[clusters[rows]]
        part = {"playlist": rows, "pid": pids[rows], "view": view}
        parts.append(pd.DataFrame(part | {"cluster": clusters[rows] + 1, "name": named}))
    kinds = {"view": "str", "name": "str", "playlist": "int64", "pid": "int64", "cluster": "int64"}
    return pd.concat(parts, ignore_index=True).astype(kinds)


def _at(trial: Trial, number: int) -> pd.Series:
    return trial.scores.query("data == 'playlists' and clusters == @number").iloc[0]
