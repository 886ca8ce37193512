"""The ladder of models from the mean to XGBoost, as unfitted scikit-learn pipelines.

Every model takes a table of tracks that holds the columns of `FEATURE_SETS` and picks its own.
Each fit uses one core; `lib.modelling.compare` runs several fits side by side, which costs less
than several cores for one fit.
"""

from __future__ import annotations

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import sparse
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.utils.validation import check_is_fitted
from xgboost import XGBRegressor

from lib.errors import ParameterError
from lib.tracks.columns import AUDIO_9, AUDIO_13
from lib.tracks.features import genre_multihot

STANDARDISED = (*AUDIO_9, "duration_ms")
"""Columns that the linear models standardise."""

CODES = ("key", "mode", "time_signature")

FEATURE_SETS: dict[str, tuple[str, ...]] = {
    "audio": (*AUDIO_13, "explicit"),
    "audio+genres": (*AUDIO_13, "explicit", "genres"),
}
"""Columns of each feature set; all are known on the day of release."""


STEPS: tuple[tuple[str, str], ...] = (
    ("genre look-up", "mean"),
    ("linear, audio", "mean"),
    ("random forest, audio", "linear, audio"),
    ("XGBoost, audio", "random forest, audio"),
    ("linear, audio+genres", "genre look-up"),
    ("random forest, audio+genres", "linear, audio+genres"),
    ("XGBoost, audio+genres", "random forest, audio+genres"),
    ("XGBoost, audio+genres", "XGBoost, audio"),
)
"""Pairs of models of `ladder` whose difference says what one step up is worth."""


class LookupRegressor(RegressorMixin, BaseEstimator):
    """Answer with the mean target of the training rows that have the very same values.

    Rows with values never seen get the mean of all training rows. It learns nothing that carries
    over to new tracks, so what it scores above the mean measures copies between training and test.

    Parameters
    ----------
    columns : tuple of str
        Columns that have to be equal, e.g. `lib.tracks.columns.AUDIO_9`.
    """

    def __init__(self, columns: tuple[str, ...]) -> None:
        self.columns = columns

    def fit(self, X: pd.DataFrame, y: ArrayLike) -> Self:
        """Take the mean of `y` for each combination of values."""
        y = np.asarray(y, dtype=float)
        self.mean_ = float(y.mean())
        by_values = X[list(self.columns)].assign(prediction=y).groupby(list(self.columns))
        self.table_ = by_values["prediction"].mean().reset_index()
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Look each row up, shape (n,)."""
        check_is_fitted(self)
        found = X[list(self.columns)].merge(self.table_, how="left", on=list(self.columns))
        return found["prediction"].fillna(self.mean_).to_numpy()


class TagMeansRegressor(RegressorMixin, BaseEstimator):
    """Answer with the average of the tags' training means; rows without a known tag get the mean.

    Takes a 0/1 matrix, dense or sparse, one column a tag.
    """

    def fit(self, X: ArrayLike | sparse.spmatrix, y: ArrayLike) -> Self:
        """Take the mean of `y` over the rows of each tag."""
        tags, y = sparse.csr_array(X), np.asarray(y, dtype=float)
        self.mean_ = float(y.mean())
        rows = np.asarray(tags.sum(axis=0)).ravel()
        self.tag_means_ = np.divide(
            tags.T @ y, rows, out=np.full(len(rows), self.mean_), where=rows > 0
        )
        return self

    def predict(self, X: ArrayLike | sparse.spmatrix) -> np.ndarray:
        """Average over each row's tags, shape (n,)."""
        check_is_fitted(self)
        tags = sparse.csr_array(X)
        count = np.asarray(tags.sum(axis=1)).ravel()
        return np.divide(
            tags @ self.tag_means_, count, out=np.full(len(count), self.mean_), where=count > 0
        )


def mean() -> DummyRegressor:
    """Build the baseline: the mean of the training rows for every track."""
    return DummyRegressor(strategy="mean")


def audio_lookup() -> LookupRegressor:
    """Build the look-up table on the nine-value audio vector: a gauge for copies, not a model."""
    return LookupRegressor(AUDIO_9)


def genre_lookup() -> Pipeline:
    """Build the look-up of genre means, averaged over a track's genres."""
    tags = ColumnTransformer([("genres", genre_multihot(), "genres")])
    return make_pipeline(tags, TagMeansRegressor())


def linear(features: str) -> Pipeline:
    """Build a ridge regression: audio standardised, codes and genres as 0/1 columns."""
    parts = [
        ("scaled", StandardScaler(), list(STANDARDISED)),
        ("codes", OneHotEncoder(handle_unknown="ignore", dtype=np.float64), list(CODES)),
        ("flags", "passthrough", ["explicit"]),
    ]
    return make_pipeline(ColumnTransformer(parts + _genres(features)), Ridge(alpha=1.0))


def random_forest(features: str, trees: int, seed: int) -> Pipeline:
    """Build a random forest; each tree draws a fifth of the rows, which saves most of the time."""
    model = RandomForestRegressor(
        n_estimators=trees,
        min_samples_leaf=5,
        max_features=0.25,
        max_samples=0.2,
        n_jobs=1,
        random_state=seed,
    )
    return make_pipeline(_numbers(features), model)


def xgboost(features: str, trees: int, seed: int) -> Pipeline:
    """Build gradient-boosted trees on histograms."""
    model = XGBRegressor(
        n_estimators=trees,
        learning_rate=0.05,
        grow_policy="lossguide",
        max_depth=0,
        max_leaves=31,
        min_child_weight=30,
        subsample=0.8,
        colsample_bytree=0.8,
        tree_method="hist",
        n_jobs=1,
        random_state=seed,
    )
    return make_pipeline(_numbers(features), model)


def ladder(rf_trees: int, xgb_trees: int, seed: int) -> dict[str, BaseEstimator]:
    """Build every model of the comparison, the plainest first.

    Parameters
    ----------
    rf_trees, xgb_trees : int
        Trees of the random forest and of XGBoost.
    seed : int
        Seed of both.

    Returns
    -------
    dict of str to sklearn estimator
        Unfitted, by the name that figures and tables show.

    Examples
    --------
    >>> list(ladder(1, 1, 0))[:3]
    ['mean', 'audio look-up', 'genre look-up']
    """
    models: dict[str, BaseEstimator] = {
        "mean": mean(),
        "audio look-up": audio_lookup(),
        "genre look-up": genre_lookup(),
    }
    for features in FEATURE_SETS:
        models[f"linear, {features}"] = linear(features)
        models[f"random forest, {features}"] = random_forest(features, rf_trees, seed)
        models[f"XGBoost, {features}"] = xgboost(features, xgb_trees, seed)
    return models


def _numbers(features: str) -> ColumnTransformer:
    # Dense: in a sparse matrix XGBoost would take a true zero, such as minor mode, for missing.
    as_floats = FunctionTransformer(_as_floats, feature_names_out="one-to-one")
    parts = [("numbers", as_floats, list(FEATURE_SETS["audio"]))]
    return ColumnTransformer(parts + _genres(features), sparse_threshold=0)


def _as_floats(frame: pd.DataFrame) -> pd.DataFrame:
    # Both kinds of trees compare 32-bit floats; left alone, a truth value turns all into objects.
    return frame.astype(np.float32)


def _genres(features: str) -> list[tuple[str, BaseEstimator, str]]:
    if features not in FEATURE_SETS:
        raise ParameterError(
            f"features: one of {', '.join(FEATURE_SETS)} expected, found {features!r}"
        )
    with_genres = "genres" in FEATURE_SETS[features]
    return [("genres", genre_multihot(), "genres")] if with_genres else []
