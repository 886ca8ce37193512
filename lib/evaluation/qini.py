"""Is a ranking by expected gain any good? Gain curves and the Qini area, with intervals.

Tracks are treated from the top of a ranking down. The curve is what has been gained by then, per
track of all; random order gives a straight line to the same end. The area between them is the
Qini measure (Radcliffe, Direct Marketing Analytics Journal, 2007, there for a fair coin; here each
track's gain may be its doubly robust score, which holds where the treatment depends on features).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lib.errors import DataError, ParameterError
from lib.evaluation.intervals import LEVEL

SHARES = np.linspace(0, 1, 51)
"""Shares treated at which curves are told."""


def gain_curve(
    score: ArrayLike, gain: ArrayLike, weight: ArrayLike | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Add up gains from the highest score down; equal scores are treated in random order.

    Parameters
    ----------
    score, gain : array-like, shape (n,)
        Ranking, and what treating each row gains.
    weight : array-like, shape (n,), optional
        How often each row counts.

    Returns
    -------
    share, total : numpy.ndarray, shape (distinct scores + 1,)
        Share of the rows treated from 0 to 1, and the gain by then divided by all rows.

    Examples
    --------
    >>> share, total = gain_curve([3, 2, 1, 1], [4, 0, 0, 2])
    >>> share.tolist(), total.tolist()
    ([0.0, 0.25, 0.5, 1.0], [0.0, 1.0, 1.0, 1.5])
    """
    place, count = _places(score)
    gain = np.asarray(gain, dtype=float)
    if len(gain) != len(place):
        raise DataError(f"gain: one for each of {len(place)} scores expected, found {len(gain)}")
    weight = np.ones(len(gain)) if weight is None else np.asarray(weight, dtype=float)
    return _curve(place, count, gain, weight)


def qini(score: ArrayLike, gain: ArrayLike) -> float:
    """Compute the area between the gain curve and the straight line of a random order.

    Examples
    --------
    >>> qini([3, 2], [2, 0]), qini([1, 1], [2, 0])
    (0.25, 0.0)
    """
    return _areas(*gain_curve(score, gain))[1]


def auuc(score: ArrayLike, gain: ArrayLike) -> float:
    """Compute the area under the gain curve.

    Examples
    --------
    >>> auuc([3, 2], [2, 0])
    0.75
    """
    return _areas(*gain_curve(score, gain))[0]


def raw_gains(
    score: ArrayLike, outcome: ArrayLike, treated: ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    """Gain curve from raw means of treated and untreated rows, right only for a fair coin.

    At each share of `SHARES`: that share, times the difference of the means among the rows at the
    top. NaN where one of the two is missing there.

    Returns
    -------
    share, total : numpy.ndarray, shape (m,)
    """
    order = np.argsort(-np.asarray(score, dtype=float), kind="stable")
    y, t = np.asarray(outcome, float)[order], np.asarray(treated, bool)[order]
    taken = np.round(SHARES * len(y)).astype(int)
    sums = [np.r_[0, np.cumsum(one)][taken] for one in (t, y * t, ~t, y * ~t)]
    with np.errstate(invalid="ignore", divide="ignore"):
        difference = sums[1] / sums[0] - sums[3] / sums[2]
    return SHARES, np.where(taken == 0, 0.0, SHARES * difference)


def judge_rankings(
    rankings: Mapping[str, ArrayLike],
    gain: ArrayLike,
    groups: ArrayLike,
    replicates: int,
    seed: int,
    level: float = LEVEL,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score rankings on the same rows, with a bootstrap of groups.

    Parameters
    ----------
    rankings : mapping of str to array-like, shape (n,)
        Score of each row by ranking.
    gain : array-like, shape (n,)
        What treating each row gains, e.g. its doubly robust score.
    groups : array-like, shape (n,)
        Drawn with replacement, with all their rows, e.g. first artists.
    replicates, seed : int
        Draws, the same for all rankings, and their seed.
    level : float, optional

    Returns
    -------
    areas : pandas.DataFrame
        One row a ranking and measure: ranking, measure (``"AUUC"``: area under the curve;
        ``"Qini"``: the same less that of random order), value, low, high, level, rows.
    curves : pandas.DataFrame
        One row a ranking and share of `SHARES`: ranking, share, total, low, high.

    Raises
    ------
    DataError
        When lengths differ or there are fewer than two groups.
    ParameterError
        With fewer than two replicates.
    """
    gain = np.asarray(gain, dtype=float)
    codes, names = pd.factorize(np.asarray(groups))
    if len(codes) != len(gain) or len(names) < 2:
        raise DataError(
            f"groups: one for each of {len(gain)} rows and at least two different expected, found "
            f"{len(codes)} rows, {len(names)} groups"
        )
    if replicates < 2:
        raise ParameterError(f"replicates: a whole number from 2 expected, found {replicates}")
    ends = [(1 - level) / 2, (1 + level) / 2]
    areas, curves = [], []
    for ranking, score in rankings.items():
        place, count = _places(score)
        share, total = _curve(place, count, gain, np.ones(len(gain)))
        rng = np.random.default_rng(seed)
        drawn, lines = np.empty((replicates, 2)), np.empty((replicates, len(SHARES)))
        for one in range(replicates):
            times = np.bincount(rng.integers(len(names), size=len(names)), minlength=len(names))
            curve = _curve(place, count, gain, times[codes].astype(float))
            drawn[one], lines[one] = _areas(*curve), np.interp(SHARES, *curve)
        low, high = np.quantile(drawn, ends, axis=0)
        for name, value, a, b in zip(
            ("AUUC", "Qini"), _areas(share, total), low, high, strict=True
        ):
            areas.append((ranking, name, value, a, b, level, len(gain)))
        low, high = np.quantile(lines, ends, axis=0)
        curve = {"share": SHARES, "total": np.interp(SHARES, share, total), "low": low}
        curves.append(pd.DataFrame({"ranking": ranking, **curve, "high": high}))
    columns = ["ranking", "measure", "value", "low", "high", "level", "rows"]
    return pd.DataFrame(areas, columns=columns), pd.concat(curves, ignore_index=True)


def _places(score: ArrayLike) -> tuple[np.ndarray, int]:
    """Find each row's place among the distinct scores, the highest 0."""
    values, place = np.unique(-np.asarray(score, dtype=float), return_inverse=True)
    return place, len(values)


def _curve(
    place: np.ndarray, count: int, gain: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    rows = np.bincount(place, weight, count).cumsum()
    total = np.bincount(place, weight * gain, count).cumsum()
    return np.r_[0, rows / rows[-1]], np.r_[0, total / rows[-1]]


def _areas(share: np.ndarray, total: np.ndarray) -> tuple[float, float]:
    area = float(np.trapezoid(total, share))
    return area, area - float(total[-1]) / 2
