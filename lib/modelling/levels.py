"""Features learnt from the target: the level of an artist's other tracks, and cross-fitting.

A feature made of the target is fair when no row's value has seen that row's own target. For test
rows that follows from fitting on training rows only. For training rows it does not: there the value
has to come from other training rows, or the model learns to trust what it will not have.
"""

from __future__ import annotations

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted

from lib.modelling.splits import group_folds
from lib.tracks.twins import link

KNOWN = ("level", "size", "median", "min", "max")
"""What `KeyLevel` tells of a key: shrunken mean, number of recordings, and three quantiles."""


class KeyLevel(TransformerMixin, BaseEstimator):
    """What is known of a key's target from its recordings: level, spread and number.

    Each recording counts once, with the mean of its releases: copies are no further evidence. With
    n recordings of mean m the level is ``(n m + k M) / (n + k)``, M the mean of all recordings.
    The best k is the variance within keys over the variance between them; both are taken from the
    one-way analysis of variance with unequal groups (Searle, Casella & McCulloch, Variance
    Components, 1992, section 3.6).

    Parameters
    ----------
    key : str, optional
        Column of the key, e.g. the first artist.
    recording : str, optional
        Column that says which rows are one recording.
    shrinkage : float, optional
        k, in recordings; estimated when left out.

    Attributes
    ----------
    shrinkage_ : float
        The k in use; infinite where keys do not differ.
    mean_ : float
        Level of a key that training did not have.
    """

    def __init__(
        self,
        key: str = "first_artist",
        recording: str = "recording_id",
        shrinkage: float | None = None,
    ) -> None:
        self.key = key
        self.recording = recording
        self.shrinkage = shrinkage

    def fit(self, X: pd.DataFrame, y: ArrayLike) -> Self:
        """Take the levels of the keys of `X`."""
        target = pd.Series(np.asarray(y, dtype=float))
        keys = [X[self.key].to_numpy(), X[self.recording].to_numpy()]
        by_recording = target.groupby(keys, sort=False).mean()
        table = by_recording.groupby(level=0, sort=False).agg(
            ["size", "mean", "median", "min", "max"]
        )
        self.mean_ = float(by_recording.mean())
        k = self.shrinkage
        self.shrinkage_ = _variance_ratio(by_recording, table) if k is None else float(k)
        weight = table["size"] / (table["size"] + self.shrinkage_)
        level = self.mean_ + weight * (table["mean"] - self.mean_)
        self.table_ = table.drop(columns="mean").assign(level=level)[list(KNOWN)]
        return self

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """Look up the columns `KNOWN` of each row's key, shape (n, 5).

        A key that training did not have gets the mean level, 0 recordings and else NaN.
        """
        check_is_fitted(self)
        found = self.table_.reindex(X[self.key])
        return found.fillna({"level": self.mean_, "size": 0}).to_numpy(dtype=float)


class CrossFitted(TransformerMixin, BaseEstimator):
    """Turn what an estimator learns from the target into a feature that training rows may have.

    `fit_transform` gives each training row the answer of a copy fitted on the other folds, whole
    groups to a fold; `transform` gives other rows the answer of one fitted on all training rows.
    The training rows' answers thus rest on a little less data than the test rows'.

    Groups matter: with copies of a recording in two folds, a copy of a row's own target would be
    in its feature. (Leaving one group out at a time would use more data, but makes the feature a
    falling function of the own target within each artist; a model may read the target off that.)

    Parameters
    ----------
    estimator : sklearn estimator
        Unfitted; answers by `predict` when it has that, else by `transform`.
    group : tuple of str
        Columns of which no value may stand in two folds; rows that share any are tied together.
    prepare : sklearn transformer, optional
        Unfitted; fitted once on all training rows, without the target, and its outcome is what
        the estimator sees. Without it the estimator sees the rows themselves.
    n_folds, seed : int, optional
        Of the folds inside the training rows.
    """

    def __init__(
        self,
        estimator: BaseEstimator,
        group: tuple[str, ...],
        prepare: BaseEstimator | None = None,
        n_folds: int = 5,
        seed: int = 0,
    ) -> None:
        self.estimator = estimator
        self.group = group
        self.prepare = prepare
        self.n_folds = n_folds
        self.seed = seed

    def fit(self, X: pd.DataFrame, y: ArrayLike) -> Self:
        """Fit on all rows, for `transform` of others."""
        self._fit(X, np.asarray(y, dtype=float))
        return self

    def fit_transform(self, X: pd.DataFrame, y: ArrayLike) -> np.ndarray:
        """Fit on all rows, and answer for each from the folds it is not in, shape (n, m)."""
        y = np.asarray(y, dtype=float)
        seen = self._fit(X, y)
        tied = link(*(X[name] for name in self.group)).rename(" or ".join(self.group))
        fold = group_folds(tied, self.n_folds, self.seed)
        parts = {}
        for number in range(self.n_folds):
            test = np.flatnonzero(fold == number)
            rest = np.flatnonzero(fold != number)
            fitted = clone(self.estimator).fit(_take(seen, rest), y[rest])
            parts[number] = (test, _answer(fitted, _take(seen, test)))
        out = np.empty((len(X), parts[0][1].shape[1]), dtype=np.float32)
        for test, values in parts.values():
            out[test] = values
        return out

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """Answer for rows outside the training rows, shape (n, m)."""
        check_is_fitted(self)
        return _answer(self.fitted_, X if self.prepare_ is None else self.prepare_.transform(X))

    def _fit(self, X: pd.DataFrame, y: np.ndarray) -> object:
        self.prepare_ = None if self.prepare is None else clone(self.prepare).fit(X)
        seen = X if self.prepare_ is None else self.prepare_.transform(X)
        self.fitted_ = clone(self.estimator).fit(seen, y)
        return seen


def _variance_ratio(by_recording: pd.Series, table: pd.DataFrame) -> float:
    n, total, keys = table["size"], len(by_recording), len(table)
    if keys < 2 or total == keys:
        # Nothing tells the spread within keys from that between them: believe one recording half.
        return 1.0
    means = by_recording.groupby(level=0).transform("mean")
    within = ((by_recording - means) ** 2).sum() / (total - keys)
    between = (n * (table["mean"] - by_recording.mean()) ** 2).sum() / (keys - 1)
    size = (total - (n**2).sum() / total) / (keys - 1)
    variance = (between - within) / size
    return float(within / variance) if variance > 0 else float("inf")


def _take(rows: object, positions: np.ndarray) -> object:
    return rows.iloc[positions] if isinstance(rows, pd.DataFrame) else rows[positions]


def _answer(fitted: BaseEstimator, rows: object) -> np.ndarray:
    values = fitted.predict(rows) if hasattr(fitted, "predict") else fitted.transform(rows)
    return np.asarray(values, dtype=np.float32).reshape(len(values), -1)
