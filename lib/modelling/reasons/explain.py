"""What each input adds to a prediction of boosted trees."""

from __future__ import annotations

import numpy as np
import xgboost as xgb
from scipy import stats


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
        values of very deep trees, because XGBoost computes these in 32 bits;
        `lib.modelling.reasons.shap_values.shap_values` computes them in 64.
    """
    return booster.predict(matrix, pred_contribs=True, approx_contribs=not exact)


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


def agreement(fast: np.ndarray, exact: np.ndarray, count: int = 3) -> dict[str, float]:
    """Compare two ways of giving reasons, row by row.

    Parameters
    ----------
    fast, exact : numpy.ndarray, shape (n, inputs)
        Contributions, the base value left out.
    count : int, optional
        Strongest reasons that are compared.

    Returns
    -------
    dict of str to float
        ``first``: share of rows with the same strongest input; ``set`` and ``order``: with the
        same `count` strongest inputs, in any and in the same order; ``shared``: mean number of
        these that both name; ``rank``: mean over rows of the Spearman correlation of the absolute
        contributions; ``always``: what ``set`` would be if the inputs that are strongest on average
        were named for every row, the plainest way of giving reasons.

    Examples
    --------
    >>> one = np.array([[3.0, 2.0, 1.0], [0.0, 1.0, 2.0]])
    >>> agreement(one, one, 1)["order"], agreement(one, -one, 1)["rank"]
    (1.0, 1.0)
    """
    a, b = strongest(fast, count), strongest(exact, count)
    members = np.zeros((2, *exact.shape), dtype=bool)
    for place, chosen in enumerate((a, b)):
        np.put_along_axis(members[place], chosen, True, axis=1)
    usual = strongest(np.abs(exact).mean(axis=0, keepdims=True), count)[0]
    ranks = [stats.rankdata(np.abs(values), axis=1) for values in (fast, exact)]
    centred = [rank - rank.mean(axis=1, keepdims=True) for rank in ranks]
    scale = np.sqrt((centred[0] ** 2).sum(axis=1) * (centred[1] ** 2).sum(axis=1))
    with np.errstate(invalid="ignore"):
        # Where one way ties all inputs, ranks cannot agree or disagree.
        rank = (centred[0] * centred[1]).sum(axis=1) / scale
    return {
        "first": float((a[:, 0] == b[:, 0]).mean()),
        "set": float((members[0] == members[1]).all(axis=1).mean()),
        "order": float((a == b).all(axis=1).mean()),
        "shared": float((members[0] & members[1]).sum(axis=1).mean()),
        "rank": float(np.nanmean(rank)),
        "always": float(members[1][:, usual].all(axis=1).mean()),
    }
