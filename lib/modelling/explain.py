"""What each input adds to a prediction of boosted trees."""

from __future__ import annotations

import numpy as np
import xgboost as xgb


def contributions(booster: xgb.Booster, matrix: xgb.DMatrix, exact: bool = False) -> np.ndarray:
    """Split each prediction into what its features add.

    Parameters
    ----------
    booster : xgboost.Booster
    matrix : xgboost.DMatrix, shape (n, k)
    exact : bool, optional
        Shapley values of the trees (Lundberg et al. 2020). Otherwise the change of the node mean
        along each track's path is given to the feature that was asked (Saabas 2014): the same
        sum, hundreds of times faster on deep trees, though a feature asked early gets less of
        what it shares with later ones.

    Returns
    -------
    numpy.ndarray, shape (n, k + 1)
        In the target's unit; the last column is the mean of the training rows. Rows sum to the
        prediction: up to rounding along the path, and up to some hundredths of a point for exact
        values of very deep trees, because XGBoost computes these in 32 bits.
    """
    return booster.predict(matrix, pred_contribs=True, approx_contribs=not exact)


def group_last(values: np.ndarray, first: int) -> np.ndarray:
    """Add up contributions from column `first` on, the base value left out.

    Parameters
    ----------
    values : numpy.ndarray, shape (n, k + 1)
        From `contributions`.
    first : int
        Number of leading columns that stay apart.

    Returns
    -------
    numpy.ndarray, shape (n, first + 1)
        The last column is the sum of the group.

    Examples
    --------
    >>> group_last(np.array([[1.0, 2.0, 3.0, 40.0]]), 1).tolist()
    [[1.0, 5.0]]
    """
    group = values[:, first:-1].sum(axis=1, dtype=np.float64)
    return np.column_stack([values[:, :first], group])


def strongest(values: np.ndarray, count: int) -> np.ndarray:
    """Find the columns with the largest absolute contributions, largest first.

    Returns
    -------
    numpy.ndarray of int, shape (n, count)

    Examples
    --------
    >>> strongest(np.array([[1.0, -5.0, 3.0]]), 2).tolist()
    [[1, 2]]
    """
    return np.argsort(-np.abs(values), axis=1, kind="stable")[:, :count]
