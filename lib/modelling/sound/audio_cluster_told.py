"""Names, tables and sentences about clusters of tracks, worded by what the numbers are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pandera.pandas as pa
from sklearn.base import BaseEstimator, clone

from lib.evaluation.intervals import cluster_bootstrap, score_intervals
from lib.modelling.sound import audio_clusters as made
from lib.playlists.clustering.cluster_choice import Choice
from lib.playlists.clustering.cluster_told import WEAK_SILHOUETTE
from lib.tracks.columns import AUDIO_9, COLUMNS, column

WORDS = {
    "danceability": ("undanceable", "danceable", "{:.2f}"),
    "energy": ("calm", "energetic", "{:.2f}"),
    "loudness_db": ("quiet", "loud", "{:.0f} dB"),
    "speechiness": ("little speech", "spoken", "{:.2f}"),
    "acousticness": ("not acoustic", "acoustic", "{:.2f}"),
    "instrumentalness": ("vocal", "instrumental", "{:.2f}"),
    "liveness": ("studio", "live", "{:.2f}"),
    "valence": ("sad", "happy", "{:.2f}"),
    "tempo_bpm": ("slow", "fast", "{:.0f} bpm"),
}
"""By feature: words for low and high, and how a value is written."""
WORTH_NAMING = 0.5
"""Standard deviations from the mean of all tracks at which a cluster's mean is named."""

TRACK_CLUSTERS = pa.DataFrameSchema(
    {
        "track_id": COLUMNS["track_id"],
        "cluster": column("int64", "number", "From 1, the largest first", 1, 1_000),
        "name": column("str", "text", "What sets the cluster apart"),
    },
    strict=True,
    unique=["track_id"],
    description="Clusters of tracks by their sound: one row a recording",
)

STRONG_SILHOUETTE = 0.5
"""Below this Kaufman and Rousseeuw (1990) call a structure weak; see `WEAK_SILHOUETTE` too."""


def contrasts(tracks: pd.DataFrame, labels: np.ndarray) -> pd.DataFrame:
    """Compare each cluster with all tracks, feature by feature.

    Returns
    -------
    pandas.DataFrame
        One row a cluster and feature, the largest contrast of a cluster first: cluster (from 0),
        feature, mean (in the feature's own unit), contrast (standard deviations of all tracks
        from their mean).
    """
    values = tracks[list(AUDIO_9)].astype(float)
    mean = values.groupby(labels).mean()
    away = (mean - values.mean()) / values.std()
    table = away.rename_axis("cluster").reset_index().melt("cluster", var_name="feature",
                                                           value_name="contrast")  # fmt: skip
    table["mean"] = [mean.loc[row.cluster, row.feature] for row in table.itertuples()]
    order = np.lexsort((-table["contrast"].abs(), table["cluster"]))
    return table.iloc[order].reset_index(drop=True)[["cluster", "feature", "mean", "contrast"]]


def names(table: pd.DataFrame, most: int = 3) -> list[str]:
    """Name clusters after what sets them apart, from `contrasts`.

    Examples
    --------
    >>> row = {"cluster": 0, "feature": "loudness_db", "mean": -18.2, "contrast": -2.0}
    >>> names(pd.DataFrame([row, row | {"feature": "valence", "mean": 0.4, "contrast": -0.1}]))
    ['1: quiet (-18 dB)']
    """
    named = []
    for cluster, part in table.groupby("cluster"):
        far = part[part["contrast"].abs() >= WORTH_NAMING].head(most)
        words = [
            f"{WORDS[row.feature][row.contrast > 0]} ({WORDS[row.feature][2].format(row.mean)})"
            for row in far.itertuples()
        ]
        named.append(f"{cluster + 1}: {', '.join(words) or 'near the average'}")
    return named


def is_clear(scores: pd.DataFrame, choice: Choice) -> bool:
    """Say whether the number chosen is supported clearly.

    It is when it is supported, its silhouette is no weak one, and it is above that of one skewed
    cloud as well, each by twice its error.
    """
    if choice.clusters not in choice.supported:
        return False
    at = scores[scores["clusters"] == choice.clusters]
    real = at[at["draw"] == 0].iloc[0]
    sure = real["silhouette"] - 2 * real["error"]
    skewed = at.loc[at["data"] == made.SKEWED, "silhouette"].max()
    return bool(sure >= WEAK_SILHOUETTE and sure > skewed)


def verdict(scores: pd.DataFrame, choice: Choice, clear: bool) -> str:
    """Say how many clusters the data support, if any."""
    at = scores[scores["clusters"] == choice.clusters]
    real = at[at["draw"] == 0].iloc[0]
    tried = ", ".join(map(str, scores["clusters"].unique()))
    most = at[at["draw"] > 0].groupby("data")["silhouette"].max()
    beside = ", ".join(f"{name} {most[name]:.2f}" for name in made.NULLS)
    shown = (
        f"Shown are {choice.clusters}: silhouette {real['silhouette']:.2f}, give or take "
        f"{2 * real['error']:.2f} (without clusters at most: {beside}), stability "
        f"{real['stability']:.2f}."
    )
    passed = ", ".join(map(str, choice.supported)) or "none"
    text = f"Of {tried} clusters, these pass all tests: {passed}. "
    if clear:
        text = f"The data support {choice.clusters} clusters of sound. {text}{shown}"
        if real["silhouette"] < STRONG_SILHOUETTE:
            text += f" Below {STRONG_SILHOUETTE:g} that is a weak structure all the same (Kaufman "
            text += "and Rousseeuw 1990)."
        return text
    text = f"The data support no number of clusters clearly. {text}{shown}"
    if choice.supported and real["silhouette"] - 2 * real["error"] < WEAK_SILHOUETTE:
        text += f" A silhouette not surely above {WEAK_SILHOUETTE:g} is weak: "
        text += "clusters shade into one another (Kaufman and Rousseeuw 1990)."
    if choice.supported and real["silhouette"] - 2 * real["error"] <= most[made.SKEWED]:
        text += " One skewed cloud, without any clusters, comes as far."
    return text


def explained(
    tracks: pd.DataFrame,
    folds: pd.Series,
    models: dict[str, BaseEstimator],
    replicates: int,
    seed: int,
) -> pd.DataFrame:
    """Share of the variance of popularity that models explain for artists not seen.

    Parameters
    ----------
    tracks : pandas.DataFrame
    folds : pandas.Series
        Fold of each track id on the split by first artist.
    models : dict of str to estimator
        Unfitted.
    replicates, seed : int
        Bootstrap of artists.

    Returns
    -------
    pandas.DataFrame
        Columns model, metric, value, low, high, level, of metric ``r2`` only.
    """
    fold = tracks["track_id"].map(folds).to_numpy()
    target = tracks["popularity"].to_numpy(float)
    guesses = {name: np.empty(len(tracks)) for name in models}
    for one in np.unique(fold):
        train, test = tracks[fold != one], fold == one
        for name, model in models.items():
            fitted = clone(model).fit(train, train["popularity"])
            guesses[name][test] = fitted.predict(tracks[test].drop(columns="popularity"))
    drawn = cluster_bootstrap(
        target, guesses, tracks["first_artist"], replicates, seed, ranks=False
    )
    table = score_intervals(drawn)
    return table[table["metric"] == "r2"].reset_index(drop=True)


def cluster_rows(tracks: pd.DataFrame, labels: np.ndarray, named: list[str]) -> pd.DataFrame:
    """List the cluster of each track, see `TRACK_CLUSTERS`."""
    table = pd.DataFrame({"track_id": tracks["track_id"], "cluster": labels + 1})
    return table.assign(name=np.array(named, dtype=object)[labels]).astype({"name": "str"})
