"""What else was tried: each a model beside a base model on the same rows."""

from __future__ import annotations

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import expit, logit
from sklearn.base import BaseEstimator, RegressorMixin, TransformerMixin, clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import TruncatedSVD
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import QuantileTransformer
from sklearn.utils.validation import check_is_fitted
from xgboost import XGBClassifier

from lib.modelling import estimators
from lib.modelling.estimators import FEATURE_SETS
from lib.modelling.ladder import (
    GROUPS,
    LEVEL,
    RULES,
    boosted,
    key_level,
    rule_columns,
)
from lib.tracks.albums import COUNTS, catalogue_counts
from lib.tracks.features import genre_multihot
from lib.tracks.texts import TEXT_SHAPES

DIRECTIONS = {
    "danceability": 1,
    "loudness_db": 1,
    "speechiness": -1,
    "instrumentalness": -1,
    "liveness": -1,
}
"""Audio features whose effect is forced to rise (1) or fall (-1) in the constrained model."""


SMALLER = "smaller_"
"""Prefix of the counts in a smaller file, see `recounted`."""


class DurationShape(TransformerMixin, BaseEstimator):
    """How a track's length stands to that of its genres, and whether it is a whole second."""

    def fit(self, X: pd.DataFrame, y: ArrayLike | None = None) -> Self:
        """Take the mean logarithm of the length for each genre of the training rows."""
        self.usual_ = estimators.genre_lookup().fit(X, np.log1p(X["duration_ms"]))
        return self

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """Log ratio to the genres' usual length, and 0/1 for a whole second, shape (n, 2)."""
        check_is_fitted(self)
        ratio = np.log1p(X["duration_ms"]) - self.usual_.predict(X)
        return np.column_stack([ratio, X["duration_ms"] % 1000 == 0])


class CoListing(TransformerMixin, BaseEstimator):
    """Directions in which genres stand together: singular vectors of their 0/1 table.

    Parameters
    ----------
    directions, seed : int
        Most directions, and the seed of their search.
    """

    def __init__(self, directions: int, seed: int) -> None:
        self.directions = directions
        self.seed = seed

    def fit(self, X: pd.DataFrame, y: ArrayLike | None = None) -> Self:
        """Find the directions of the training rows, no more than there are genres."""
        self.flags_ = ColumnTransformer([("genres", genre_multihot(), "genres")]).fit(X)
        seen = self.flags_.transform(X)
        most = min(self.directions, seen.shape[1])
        self.svd_ = TruncatedSVD(most, random_state=self.seed).fit(seen)
        return self

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """Place rows along the directions, shape (n, directions)."""
        check_is_fitted(self)
        return self.svd_.transform(self.flags_.transform(X))


class TwoStage(RegressorMixin, BaseEstimator):
    """Chance of a popularity above 0, times the popularity expected then.

    Parameters
    ----------
    base : sklearn.pipeline.Pipeline
        Columns and an XGBoost regressor; the classifier takes over its settings.
    """

    def __init__(self, base: Pipeline) -> None:
        self.base = base

    def fit(self, X: pd.DataFrame, y: ArrayLike) -> Self:
        """Fit the columns once, the classifier on all rows, the regressor on those above 0."""
        y = np.asarray(y, dtype=float)
        self.columns_ = clone(self.base[:-1])
        seen, above = self.columns_.fit_transform(X, y), y > 0
        settings = self.base[-1].get_params()
        settings["objective"] = "binary:logistic"
        self.above_ = XGBClassifier(**settings).fit(seen, above)
        self.level_ = clone(self.base[-1]).fit(seen[above], y[above])
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Multiply the two answers, shape (n,)."""
        check_is_fitted(self)
        seen = self.columns_.transform(X)
        return self.above_.predict_proba(seen)[:, 1] * self.level_.predict(seen)


class Recounted(RegressorMixin, BaseEstimator):
    """A model with catalogue counts that meets tracks counted in another file.

    Parameters
    ----------
    model : sklearn estimator
        Takes the columns `COUNTS`.
    prefix : str
        Of the columns that hold the other file's counts; they stand in when it predicts.
    """

    def __init__(self, model: BaseEstimator, prefix: str) -> None:
        self.model = model
        self.prefix = prefix

    def fit(self, X: pd.DataFrame, y: ArrayLike) -> Self:
        """Fit the model on the counts as they are."""
        self.fitted_ = clone(self.model).fit(X, y)
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Predict from the other counts, shape (n,)."""
        check_is_fitted(self)
        return self.fitted_.predict(X.assign(**{name: X[self.prefix + name] for name in COUNTS}))


def recounted(tracks: pd.DataFrame, share: float, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """Count a random part of the catalogue as if the file held no more.

    Parameters
    ----------
    tracks : pandas.DataFrame
        One row a track id, with what `lib.tracks.albums.catalogue_counts` takes.
    share : float
        Share of the tracks that the smaller file holds.
    seed : int
        Of the draw.

    Returns
    -------
    tracks : pandas.DataFrame
        With the counts of the smaller file beside; missing for tracks that it does not hold.
    held : pandas.Series of bool
        By track id: whether the smaller file holds it.
    """
    held = np.random.default_rng(seed).random(len(tracks)) < share
    counts = catalogue_counts(tracks[held]).add_prefix(SMALLER)
    return tracks.join(counts), pd.Series(held, index=tracks["track_id"])


def recount_models(trees: int, seed: int) -> dict[str, BaseEstimator]:
    """Build the models that show what catalogue counts rest on; they take `recounted` tracks."""
    counts = boosted([rule_columns(), rule_columns(COUNTS)], trees, seed)
    return {
        RULES: boosted([rule_columns()], trees, seed),
        "counts of this file": counts,
        "counts of the smaller file": Recounted(counts, SMALLER),
    }


def tries(split: str, trees: int, seed: int) -> dict[str, BaseEstimator]:
    """Build the base model of a split, first, and everything that was tried beside it.

    Parameters
    ----------
    split : {"first_artist", "recording"}
    trees, seed : int
        As in `lib.modelling.ladder.rungs`.

    Returns
    -------
    dict of str to sklearn estimator
        Unfitted. They take what `rungs` takes, and the columns `COUNTS`.
    """
    if split == "recording":
        level = key_level("first_artist", GROUPS[split], seed)
        album = key_level("album_name", GROUPS[split], seed)
        return {
            LEVEL: boosted([level], trees, seed),
            "album level beside it": boosted([level, album], trees, seed),
            "catalogue counts beside it": boosted([level, rule_columns(COUNTS)], trees, seed),
        }
    rules = rule_columns()
    base = boosted([rules], trees, seed)
    forced = tuple(DIRECTIONS.get(name, 0) for name in FEATURE_SETS["audio"])
    monotone = clone(base)
    monotone[-1].set_params(monotone_constraints=forced)
    rank = QuantileTransformer(n_quantiles=50, output_distribution="normal", random_state=seed)
    return {
        RULES: base,
        "genre co-listing": boosted([rules, CoListing(8, seed)], trees, seed),
        "duration shape": boosted([rules, DurationShape()], trees, seed),
        "text shapes": boosted([rules, rule_columns(TEXT_SHAPES)], trees, seed),
        "catalogue counts": boosted([rules, rule_columns(COUNTS)], trees, seed),
        "monotone constraints": monotone,
        "target: square root": TransformedTargetRegressor(base, func=np.sqrt, inverse_func=_square),
        "target: logit": TransformedTargetRegressor(base, func=_logit, inverse_func=_expit),
        "target: normal rank": TransformedTargetRegressor(base, transformer=rank),
        "two stages: zero, level": TwoStage(base),
    }


def verdict(low: float, high: float, worth: float = 0.005) -> str:
    """Put the interval of a difference in R² into words.

    Examples
    --------
    >>> verdict(0.01, 0.02), verdict(0.001, 0.004), verdict(-0.01, 0.01), verdict(-0.02, -0.01)
    ('helps', 'helps a little', 'no difference shown', 'hurts')
    """
    if low > 0:
        return "helps" if high >= worth else "helps a little"
    if high < 0:
        return "hurts"
    return "no difference shown"


def _square(values: np.ndarray) -> np.ndarray:
    # The model may leave the range of the root; below 0 a square would rise again.
    return np.clip(values, 0, None) ** 2


def _logit(values: np.ndarray) -> np.ndarray:
    return logit((values + 0.5) / 101)


def _expit(values: np.ndarray) -> np.ndarray:
    return expit(values) * 101 - 0.5
