"""A test for the difference of two models over repeated folds, which share their rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from lib.errors import DataError, ParameterError
from lib.evaluation.intervals import LEVEL


@dataclass(frozen=True)
class Difference:
    """Mean difference of two models over folds, its interval and p-value.

    Attributes
    ----------
    mean, low, high : float
        Mean of the differences and the ends of its interval.
    level : float
        Coverage of the interval.
    t, p : float
        Corrected t statistic; two-sided p-value of no difference.
    folds : int
        Differences behind it, all repeats together.
    """

    mean: float
    low: float
    high: float
    level: float
    t: float
    p: float
    folds: int


def corrected_t(differences: ArrayLike, test_share: float, level: float = LEVEL) -> Difference:
    """Test whether two models differ, from their score differences on repeated folds.

    Folds share most of their training rows, and repeats share all rows, so the plain t test takes
    the differences for more independent than they are and cries wolf. The corrected resampled t
    test puts ``1 / k + n_test / n_train`` for ``1 / k`` before their variance (Nadeau and Bengio,
    "Inference for the generalization error", Machine Learning 52, 2003; for k differences of
    repeated cross-validation: Bouckaert and Frank, PAKDD 2004). It answers another question than
    the paired bootstrap of `lib.evaluation.intervals`: there the fitted models stand and the rows
    are redrawn, here training on other rows counts as well.

    Parameters
    ----------
    differences : array-like, shape (k,) or (repeats, folds)
        Score of the first model less that of the second, both on the same fold.
    test_share : float
        Share of the rows that a fold tests on, e.g. 0.2 with five folds.
    level : float, optional
        Coverage of the interval.

    Returns
    -------
    Difference

    Raises
    ------
    DataError
        When there are fewer than two differences, or one is not finite.
    ParameterError
        When `test_share` or `level` is not between 0 and 1.

    Examples
    --------
    >>> found = corrected_t([0.01, 0.03, 0.02, 0.02, 0.02], test_share=0.2)
    >>> round(found.mean, 3), round(found.low, 4), round(found.high, 4)
    (0.02, 0.0068, 0.0332)
    """
    for name, share in (("test_share", test_share), ("level", level)):
        if not 0 < share < 1:
            raise ParameterError(f"{name}: a number between 0 and 1 expected, found {share}")
    values = np.asarray(differences, dtype=float).ravel()
    if len(values) < 2 or not np.isfinite(values).all():
        raise DataError(
            f"differences: two or more finite numbers expected, found {values.tolist()}"
        )
    mean, k = float(values.mean()), len(values)
    error = float(np.sqrt((1 / k + test_share / (1 - test_share)) * values.var(ddof=1)))
    half = float(stats.t.ppf((1 + level) / 2, k - 1)) * error
    # Equal differences on every fold have no error: any but zero is then beyond doubt.
    t = mean / error if error > 0 else (0.0 if mean == 0 else float(np.copysign(np.inf, mean)))
    p = float(2 * stats.t.sf(abs(t), k - 1))
    return Difference(mean, mean - half, mean + half, level, t, p, k)
