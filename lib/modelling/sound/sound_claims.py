"""Published numbers about clusters of tracks and about promotion, rebuilt and judged."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lib.evaluation.claims import PublishedNumber, Rebuilt, claims_table, schema
from lib.playlists.clustering.cluster_choice import Choice

_LAB = "akshayatam/spotify-insights-lab"
_MINING = "drsh0755/spotify-playlist-mining"
_RULE = (
    "XGBoost as it comes on 11 features, 70/30 stratified; the label is (valence > .6 and energy > "
    ".6) or danceability > .75, with 5 % of the labels turned over at random, no seed"
)
_WHAT = "labels of unseen tracks, a rule of three features and noise"

CLUSTER_CLAIMS = (
    PublishedNumber(
        "six_clusters", "6 clusters of tracks", f"{_LAB}, clustering notebook", 6,
        "k-means on 9 standardised features; 6 read off a curve of inertia, which falls whatever "
        "the data; no silhouette, no stability, no names",
        "number of clusters that the data support", 1, 1_000, code=False,
    ),
    PublishedNumber(
        "silhouette", "silhouette .72 of 5 clusters", f"{_MINING}, dashboard", 0.72,
        "typed into the page; the clusters beside it are of 7 columns about playlists, and no "
        "code measures them", "silhouette of 5 clusters of tracks", -1, 1, code=False,
    ),
)  # fmt: skip

PROMOTION_CLAIMS = tuple(
    PublishedNumber(
        metric, f"promotion's {name} {number:g}".replace("0.", "."),
        f"{_LAB}, README.md and model notebook", number, _RULE, f"{name}, {_WHAT}",
    )
    for metric, name, number in (
        ("auc", "AUC", 0.9188), ("precision", "precision", 0.95), ("recall", "recall", 0.85),
        ("f1", "F1 score", 0.9), ("accuracy", "accuracy", 0.95),
    )
)  # fmt: skip

CLUSTERS_SCHEMA = schema("clusters of tracks", "tracks")
PROMOTION_SCHEMA = schema("promotion", "tracks")


def judge_clusters(
    choice: Choice, clear: bool, scores: pd.DataFrame, rows: int, comparable: bool
) -> pd.DataFrame:
    """Set the published cluster numbers beside those of the tracks at hand.

    Parameters
    ----------
    choice : lib.playlists.clustering.cluster_choice.Choice
    clear : bool
        Whether the number chosen is supported clearly.
    scores : pandas.DataFrame
        From `lib.modelling.sound.audio_clusters.try_numbers`; with five clusters among the numbers.
    rows : int
        Tracks behind them.
    comparable : bool
        Whether the tracks are real ones.
    """
    most = float(max(choice.supported, default=0))
    number = float(choice.clusters) if clear else 0.0
    what = "clearly supported (0: none); upper end: the most that pass the tests at all"
    six = Rebuilt("six_clusters", (), False, (number, min(number, most), max(number, most)), what,
                  ("data without clusters, by definition", 0.0), rows)  # fmt: skip
    five = scores[scores["clusters"] == 5].set_index("draw")
    value, error = (float(five.loc[0, name]) for name in ("silhouette", "error"))
    null = float(five.drop(index=0)["silhouette"].max())
    ends = value, value - 1.96 * error, value + 1.96 * error
    what = "5 clusters of tracks by nine audio features"
    beside = ("highest of data without clusters", null)
    rebuilt = [six, Rebuilt("silhouette", (), False, ends, what, beside, rows)]
    return claims_table(CLUSTER_CLAIMS, rebuilt, comparable)


def judge_promotion(
    scores: pd.DataFrame, best: Mapping[str, float], model: str, lines: str, comparable: bool
) -> pd.DataFrame:
    """Set the published promotion scores beside the rule's own and the ceiling.

    A score is true by construction where the ceiling, which knows nothing but the share of
    positives and the noise, lies in its interval.

    Parameters
    ----------
    scores : pandas.DataFrame
        From `lib.modelling.promotion.label.score_labels`, for `model` and `lines`.
    best : mapping of str to float
        The ceiling by metric, for these tracks.
    model, lines : str
        Names of the model and of the rule in `scores`.
    comparable : bool
        Whether the tracks are real ones.
    """
    by = scores.set_index(["model", "metric"])
    rebuilt = []
    for claim in PROMOTION_CLAIMS:
        own, rule = by.loc[(model, claim.key)], by.loc[(lines, claim.key)]
        ends = tuple(float(own[name]) for name in ("value", "low", "high"))
        same = ends[1] <= best[claim.key] <= ends[2]
        steps = (("as published", ends[0]), ("the rule in its place", float(rule["value"])))
        beside = (lines, float(rule["value"]))
        rebuilt.append(
            Rebuilt(
                claim.key,
                steps,
                same,
                ends,
                "the same: nothing else to predict",
                beside,
                int(own["rows"]),
            )
        )
    return claims_table(PROMOTION_CLAIMS, rebuilt, comparable)
