"""Intervals of means, shares and areas under curves, from rows that come in groups.

Tracks of one artist are alike, so the independent units are artists. An estimate is written as a
mean of one influence value a row; the sums of these values over groups vary as the estimate does.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from lib.errors import DataError
from lib.evaluation.intervals import LEVEL


def clustered_error(influence: ArrayLike, groups: ArrayLike) -> float:
    """Compute an estimate's standard error from the influence of each row on it.

    sqrt(G / (G - 1) Σ_g (Σ_{i in g} ψ_i)²) / n with ψ centred (Liang and Zeger, Biometrika 73,
    1986; Cameron and Miller, Journal of Human Resources 50, 2015).

    Parameters
    ----------
    influence : array-like, shape (n,)
        ψ: the estimate is their mean, up to a constant.
    groups : array-like, shape (n,)
        What is independent, e.g. the first artist.

    Raises
    ------
    DataError
        With fewer than two groups.

    Examples
    --------
    >>> round(clustered_error([1, 2, 3, 4], [0, 1, 2, 3]), 4)
    0.6455
    """
    values = np.asarray(influence, dtype=float)
    codes, names = pd.factorize(np.asarray(groups))
    if len(names) < 2:
        raise DataError(f"groups: at least two expected, found {len(names)}; take more rows")
    sums = np.bincount(codes, values - values.mean())
    return float(np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1)) / len(values))


def around(
    value: float, influence: ArrayLike, groups: ArrayLike, level: float = LEVEL
) -> tuple[float, float, float]:
    """Put a t interval, with as many degrees of freedom as groups less one, around an estimate."""
    half = stats.t.ppf((1 + level) / 2, len(np.unique(np.asarray(groups))) - 1)
    half *= clustered_error(influence, groups)
    return float(value), float(value - half), float(value + half)


def auc_influence(truth: ArrayLike, score: ArrayLike) -> tuple[float, np.ndarray]:
    """Area under the ROC curve, and each row's influence on it.

    The area is the chance that a row of the class scores above one that is not, ties counting
    half. A row's placement is that chance given the row (DeLong, DeLong and Clarke-Pearson,
    Biometrics 44, 1988; with groups: Obuchowski, Biometrics 53, 1997).

    Parameters
    ----------
    truth : array-like of bool, shape (n,)
    score : array-like, shape (n,)

    Returns
    -------
    area : float
    influence : numpy.ndarray, shape (n,)
        Sums to 0; for `clustered_error`.

    Raises
    ------
    DataError
        When all rows are of the class, or none is.

    Examples
    --------
    >>> auc_influence([True, True, False, False], [0.9, 0.4, 0.4, 0.1])[0]
    0.875
    """
    yes = np.asarray(truth, dtype=bool)
    n, cases = len(yes), int(yes.sum())
    if cases in (0, n):
        raise DataError(f"truth: rows of both kinds expected, found {cases} true of {n}")
    everywhere = stats.rankdata(score)
    score = np.asarray(score, dtype=float)
    placement = np.empty(n)
    placement[yes] = (everywhere[yes] - stats.rankdata(score[yes])) / (n - cases)
    placement[~yes] = 1 - (everywhere[~yes] - stats.rankdata(score[~yes])) / cases
    area = float(placement[yes].mean())
    return area, np.where(yes, n / cases, n / (n - cases)) * (placement - area)


def share_influence(hit: ArrayLike, counted: ArrayLike) -> tuple[float, np.ndarray]:
    """Share of the rows counted that are hits, such as a precision, and each row's influence.

    Parameters
    ----------
    hit, counted : array-like of bool, shape (n,)
        A hit that is not counted does not count.

    Examples
    --------
    >>> share_influence([True, False, True], [True, True, False])[0]
    0.5
    """
    counted = np.asarray(counted, dtype=bool)
    hit = np.asarray(hit, dtype=bool) & counted
    if not counted.any():
        raise DataError("counted: at least one row expected, found none")
    share = hit.sum() / counted.sum()
    return float(share), len(counted) / counted.sum() * (hit - share * counted)
