"""The ladder of features from audio to artist level and album text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.utils.validation import check_is_fitted

from lib.modelling import estimators
from lib.modelling.levels import CrossFitted, KeyLevel
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

LEVEL_STEPS: tuple[tuple[str, str], ...] = ((LEVEL, GENRES), (ALL, LEVEL))
"""The same for the split by recording, where the artist may be known."""


def rungs(split: str, trees: int, seed: int) -> dict[str, BaseEstimator]:
    """Build the models of one split, the plainest first.

    Parameters
    ----------
    split : {"first_artist", "recording"}
        Rungs of the artist level stand where the artist may be known, those of texts alone where
        not.
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
    both = text_level(("track_name", "album_name"), group, seed)
    models: dict[str, BaseEstimator] = {
        "mean": estimators.mean(),
        "genre look-up": estimators.genre_lookup(),
        "album look-up": estimators.LookupRegressor(("album_name",)),
    }
    if split == "first_artist":
        title = text_level(("track_name",), group, seed)
        models[AUDIO] = boosted([], trees, seed, "audio")
        models[GENRES] = boosted([], trees, seed)
        models[RULES] = boosted([rule_columns()], trees, seed)
        models[TITLE] = boosted([rule_columns(), title], trees, seed)
        models[ALBUM] = boosted([rule_columns(), both], trees, seed)
    else:
        level = key_level("first_artist", group, seed)
        models[GENRES] = boosted([], trees, seed)
        models[LEVEL] = boosted([level], trees, seed)
        models[ALL] = boosted([rule_columns(), both, level], trees, seed)
    return models


def trees_for(tracks: int, most: int) -> int:
    """Count the trees for a catalogue: one for every 200 tracks, at least 20, `most` at most.

    Examples
    --------
    >>> trees_for(90_000, 170), trees_for(4_700, 170), trees_for(90_000, 5)
    (170, 23, 5)
    """
    return min(most, max(20, tracks // 200))


def learning_rate(trees: int) -> float:
    """Let few trees take larger steps, so that they get nearly as far as many.

    Examples
    --------
    >>> learning_rate(400), learning_rate(50), learning_rate(5)
    (0.06, 0.08, 0.15)
    """
    return max(SETTINGS["learning_rate"], min(0.15, 4 / trees))


def boosted(
    parts: Sequence[TransformerMixin], trees: int, seed: int, features: str = "audio+genres"
) -> Pipeline:
    """Build XGBoost on a feature set of `estimators`, with more columns beside it."""
    base = estimators.xgboost(features, trees, seed)
    named = [("base", base[0]), *((f"part {i}", part) for i, part in enumerate(parts))]
    settings = SETTINGS | {"learning_rate": learning_rate(trees)}
    return make_pipeline(FeatureUnion(named), ZeroFlags(), base[-1].set_params(**settings))


class ZeroFlags(TransformerMixin, BaseEstimator):
    """Write the zeros of 0/1 columns as missing: XGBoost skips what is missing.

    With one value left, the only cut of such a column is there or not there, as before: the model
    comes out the same, in half the time. Other columns keep their zeros.
    """

    def fit(self, X: np.ndarray, y: ArrayLike | None = None) -> Self:
        """Find the columns that hold 0 and 1 only."""
        self.flags_ = np.isin(X, (0, 1)).all(axis=0)
        return self

    def transform(self, X: np.ndarray) -> np.ndarray:
        """Write them anew, shape as before."""
        check_is_fitted(self)
        return np.where(self.flags_ & (X == 0), np.float32(np.nan), X)


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
