"""The ladder of features from audio to artist level and album text, and what stands on each rung.

`rungs` gives the models; `score_parts` scores them on any part of the test rows, such as those
whose album is in training (see `lib.modelling.contact`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline

from lib.evaluation.inspection import find_lookup_scores
from lib.modelling import compare, estimators
from lib.modelling.levels import CrossFitted, KeyLevel
from lib.tracks.quality import shortage
from lib.tracks.texts import TEXT_RULES

SETTINGS = {
    "learning_rate": 0.06,
    "max_leaves": 127,
    "min_child_weight": 20,
    "reg_lambda": 10,
}
"""Of XGBoost, where they differ from `lib.modelling.estimators.xgboost`: larger trees do better on
albums that training does not have. Chosen on fold 0 of new artists."""

GROUPS: dict[str, tuple[str, ...]] = {
    "first_artist": ("first_artist", "recording_id"),
    "recording": ("recording_id",),
}
"""What cross-fitting inside the training rows keeps whole: what the split itself keeps whole."""

AUDIO, GENRES, RULES = "audio", "audio+genres", "+ text rules"
TITLE, ALBUM = "+ title model", "+ title and album model"
LEVEL, ALL = "audio+genres + artist level", "artist level, title and album"

STEPS: tuple[tuple[str, str], ...] = (
    (GENRES, AUDIO),
    (RULES, GENRES),
    (TITLE, RULES),
    (ALBUM, RULES),
)
"""Pairs of rungs whose difference says what a step up is worth."""

LEVEL_STEPS: tuple[tuple[str, str], ...] = ((LEVEL, GENRES), (ALL, ALBUM))
"""The same for the split by recording, where the artist may be known."""

PARTS: dict[str, tuple[str, ...]] = {
    "all tracks": ("known", "near", "new"),
    "album known": ("known",),
    "album new": ("near", "new"),
    "album new, near-copies out": ("new",),
}
"""Parts of the test rows, and the kinds of the column `album` of
`lib.modelling.contact.find_contact` in each."""


def rungs(split: str, trees: int, seed: int) -> dict[str, BaseEstimator]:
    """Build the models of one split, the plainest first.

    Parameters
    ----------
    split : {"first_artist", "recording"}
        The artist level is only of use where the artist may be known.
    trees : int
        Trees of XGBoost.
    seed : int
        Seed of XGBoost and of the folds inside the training rows.

    Returns
    -------
    dict of str to sklearn estimator
        Unfitted. They take the columns of `model_tracks`, `track_name`, `album_name` and those of
        `lib.tracks.texts.text_features`.

    Examples
    --------
    >>> list(rungs("first_artist", 1, 0))[3:]
    ['audio', 'audio+genres', '+ text rules', '+ title model', '+ title and album model']
    """
    group = GROUPS[split]
    title = text_level(("track_name",), group, seed)
    both = text_level(("track_name", "album_name"), group, seed)
    models: dict[str, BaseEstimator] = {
        "mean": estimators.mean(),
        "genre look-up": estimators.genre_lookup(),
        "album look-up": estimators.LookupRegressor(("album_name",)),
        AUDIO: boosted([], trees, seed, "audio"),
        GENRES: boosted([], trees, seed),
        RULES: boosted([rule_columns()], trees, seed),
        TITLE: boosted([rule_columns(), title], trees, seed),
        ALBUM: boosted([rule_columns(), both], trees, seed),
    }
    if split == "recording":
        level = key_level("first_artist", group, seed)
        models[LEVEL] = boosted([level], trees, seed)
        models[ALL] = boosted([rule_columns(), both, level], trees, seed)
    return models


def boosted(
    parts: Sequence[TransformerMixin], trees: int, seed: int, features: str = "audio+genres"
) -> Pipeline:
    """Build XGBoost on a feature set of `estimators`, with more columns beside it."""
    base = estimators.xgboost(features, trees, seed)
    named = [("base", base[0]), *((f"part {i}", part) for i, part in enumerate(parts))]
    return make_pipeline(FeatureUnion(named), base[-1].set_params(**SETTINGS))


def rule_columns(columns: Sequence[str] = TEXT_RULES) -> ColumnTransformer:
    """Pick columns of `lib.tracks.texts.text_features`, or any others, as they are."""
    return ColumnTransformer([("columns", "passthrough", list(columns))])


def text_level(columns: tuple[str, ...], group: tuple[str, ...], seed: int) -> CrossFitted:
    """Build a ridge regression on words and pairs of words, cross-fitted: one column.

    Words are weighted by TF-IDF, each text column with a vocabulary of its own; a word has to
    stand in two training rows.
    """
    words = [
        (name, TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True), name)
        for name in columns
    ]
    ridge = Ridge(alpha=2.0, solver="lsqr", tol=1e-3)
    return CrossFitted(ridge, group, prepare=ColumnTransformer(words), seed=seed)


def key_level(key: str, group: tuple[str, ...], seed: int) -> CrossFitted:
    """Build the cross-fitted level of a key, see `KeyLevel`: five columns."""
    # Ten folds: the fewer recordings are left out, the more training rows resemble test rows.
    return CrossFitted(KeyLevel(key), group, n_folds=10, seed=seed)


def score_parts(
    predictions: pd.DataFrame,
    parts: Mapping[str, pd.Series],
    artists: pd.Series,
    replicates: int,
    seed: int,
    pairs: Sequence[tuple[str, str]] = (),
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score models on parts of the rows, and pairs of models against each other.

    Parameters
    ----------
    predictions : pandas.DataFrame
        From `lib.modelling.compare.cross_validate`, one split.
    parts : mapping of str to pandas.Series of bool
        By the name of a part: which track ids belong to it (index: track id).
    artists : pandas.Series
        First artist of each track id: what the bootstrap draws.
    replicates, seed : int
        Of the bootstrap.
    pairs : sequence of (str, str), optional
        Models whose difference is tabulated.

    Returns
    -------
    scores, differences : pandas.DataFrame
        As `compare.score_table` and `compare.difference_table` make them, with `part` and, in
        both, `rows`. A part that is too small (`lib.tracks.quality.shortage`) is left out.
    """
    scores, differences = [], []
    for name, belongs in parts.items():
        chosen = predictions[predictions["track_id"].map(belongs)]
        once = chosen.drop_duplicates("track_id")
        if shortage(once.assign(first_artist=once["track_id"].map(artists))):
            continue
        drawn = compare.bootstrap_splits(chosen, artists, replicates, seed)
        table = compare.score_table(chosen, drawn).assign(part=name)
        scores.append(table)
        if pairs:
            differ = compare.difference_table(drawn, pairs)
            differences.append(differ.assign(part=name, rows=chosen["track_id"].nunique()))
    empty = pd.DataFrame()
    return pd.concat(scores), pd.concat(differences) if pairs else empty


def lookup_by_fold(tracks: pd.DataFrame, folds: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Ask the leak detector, on each fold of one split, which columns remember rows.

    Returns
    -------
    pandas.DataFrame
        See `lib.evaluation.inspection.find_lookup_scores`, with a column `fold`.
    """
    fold = tracks["track_id"].map(folds.set_index("track_id")["fold"])
    return pd.concat(
        [
            find_lookup_scores(tracks[fold != n], tracks[fold == n], "popularity", keys).assign(
                fold=n
            )
            for n in np.unique(fold)
        ],
        ignore_index=True,
    )
