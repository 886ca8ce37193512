"""Scores of predicted against true popularity, all with row weights.

A whole-number weight counts a row as often as it says, exactly as if the row were repeated. This
is what makes the bootstrap of `lib.evaluation.intervals` cheap: a replicate is a set of weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lib.errors import DataError

METRICS = ("r2", "mae", "rmse", "spearman", "top_decile_auc")
"""The scores, in the order of `score_vector`."""

LABELS = {
    "r2": "R²",
    "mae": "mean absolute error",
    "rmse": "root mean squared error",
    "spearman": "Spearman correlation",
    "top_decile_auc": "AUC, top tenth",
}
"""How the scores are called in figures and reports."""

UNITS = {
    "r2": "",
    "mae": "popularity points",
    "rmse": "popularity points",
    "spearman": "",
    "top_decile_auc": "",
}


@dataclass(frozen=True)
class Ranked:
    """The rows of one fold, ready for scores that compare ranks.

    Attributes
    ----------
    rows : slice
        Where the fold stands in the order of `Prepared`.
    target_code : numpy.ndarray of int64, shape (n,)
        Position of each row's target among the fold's distinct targets, rising.
    starts : numpy.ndarray of int64, shape (m,)
        Where each run of equal predictions begins.
    run : numpy.ndarray of int64, shape (n,)
        Number of each row's run.
    """

    rows: slice
    target_code: np.ndarray
    starts: np.ndarray
    run: np.ndarray


@dataclass(frozen=True)
class Prepared:
    """A target and a prediction, sorted once so that weighted scores need no sorting.

    Attributes
    ----------
    order : numpy.ndarray of int64, shape (n,)
        Rows by fold and rising prediction; the other arrays, and weights, follow it.
    absolute_error : numpy.ndarray, shape (n,)
    target_values : numpy.ndarray, shape (k,)
        Distinct targets, rising.
    target_code : numpy.ndarray of int64, shape (n,)
        Position of each row's target among `target_values`.
    folds : tuple of Ranked
        The folds within which ranks are compared; one where there are none.
    """

    order: np.ndarray
    absolute_error: np.ndarray
    target_values: np.ndarray
    target_code: np.ndarray
    folds: tuple[Ranked, ...]


def prepare(target: ArrayLike, prediction: ArrayLike, fold: ArrayLike | None = None) -> Prepared:
    """Sort a target and a prediction for `score_vector`.

    Parameters
    ----------
    target, prediction : array-like, shape (n,)
    fold : array-like, shape (n,), optional
        Fold of each row, see `scores`.

    Raises
    ------
    DataError
        When they are empty, differ in length, or hold anything but finite numbers.
    """
    target = np.asarray(target, dtype=np.float64)
    prediction = np.asarray(prediction, dtype=np.float64)
    if target.ndim != 1 or target.shape != prediction.shape or not len(target):
        raise DataError(
            "target and prediction: two columns of the same length expected, found shapes "
            f"{target.shape} and {prediction.shape}"
        )
    for name, values in (("target", target), ("prediction", prediction)):
        bad = int((~np.isfinite(values)).sum())
        if bad:
            raise DataError(f"{name}: finite numbers expected, found {bad} that are not")
    fold = np.zeros(len(target)) if fold is None else np.asarray(fold)
    if fold.shape != target.shape:
        raise DataError(f"fold: shape {target.shape} expected, found {fold.shape}")
    order = np.lexsort((prediction, fold))
    fold, prediction, target = fold[order], prediction[order], target[order]
    values, code = np.unique(target, return_inverse=True)
    ends = [*np.flatnonzero(fold[1:] != fold[:-1]) + 1, len(order)]
    folds = tuple(
        _ranked(slice(start, end), target, prediction)
        for start, end in zip([0, *ends[:-1]], ends, strict=True)
    )
    return Prepared(order, np.abs(target - prediction), values, code, folds)


def score_vector(prepared: Prepared, weight: np.ndarray) -> np.ndarray:
    """Compute all scores in one pass over the rows.

    Parameters
    ----------
    prepared : Prepared
        From `prepare`.
    weight : numpy.ndarray of float64, shape (n,)
        Weights of the rows, already in the order of ``prepared.order``.

    Returns
    -------
    numpy.ndarray, shape (5,)
        Scores in the order of `METRICS`; see `scores` for what each is.
    """
    p = prepared
    total = weight.sum()
    by_target = np.bincount(p.target_code, weights=weight, minlength=len(p.target_values))
    weighted_error = weight * p.absolute_error
    # Sums of products, not `@`: BLAS would start threads that the bootstrap already uses up.
    squares = (weighted_error * p.absolute_error).sum()
    spread = by_target @ (p.target_values - by_target @ p.target_values / total) ** 2
    return np.array(
        [
            1 - squares / spread if spread > 0 else np.nan,
            weighted_error.sum() / total,
            np.sqrt(squares / total),
            *_rank_scores(p.folds, weight),
        ]
    )


def scores(
    target: ArrayLike,
    prediction: ArrayLike,
    sample_weight: ArrayLike | None = None,
    fold: ArrayLike | None = None,
) -> dict[str, float]:
    """Compute every score of `METRICS`.

    ``r2`` is the share of the target's variance that the prediction explains, 1 - SSE / SST, the
    mean in SST being that of the same rows; ``mae`` and ``rmse`` are in the target's unit.
    ``spearman`` is the correlation of the ranks, ties sharing their mean rank; 0 for a prediction
    that orders nothing, so that the baseline has a score. ``top_decile_auc`` is the chance that a
    track of the top tenth is predicted above one below it, ties counting half. The top tenth are
    the rows whose target is at least the smallest value that 90 % of the weight does not exceed;
    rows tied with that value belong to it, so it may hold more than a tenth.

    Parameters
    ----------
    target, prediction : array-like, shape (n,)
    sample_weight : array-like, shape (n,), optional
        Weights of the rows, 1 each when left out.
    fold : array-like, shape (n,), optional
        Fold of each row where the predictions of several fits are pooled. The last two scores
        then compare rows of one fold only (the top tenth is that of the fold) and are averaged,
        folds weighted by their rows. Across folds the means that the fits learnt differ, and are
        low where the held-out targets are high, so that ranking pooled predictions would rate
        even the mean of the training rows as worse than none.

    Returns
    -------
    dict of str to float
        A score that is not defined on these rows (all targets equal) is NaN.

    Raises
    ------
    DataError
        When the inputs differ in length, hold non-numbers, or weights are negative or all zero.

    Examples
    --------
    >>> {name: round(x, 3) for name, x in scores([1, 2, 3], [1, 2, 4]).items()}
    {'r2': 0.5, 'mae': 0.333, 'rmse': 0.577, 'spearman': 1.0, 'top_decile_auc': 1.0}
    """
    prepared = prepare(target, prediction, fold)
    weight = np.ones(len(prepared.order))
    if sample_weight is not None:
        weight = np.asarray(sample_weight, dtype=np.float64)
        if weight.shape != prepared.order.shape:
            raise DataError(
                f"sample_weight: shape {prepared.order.shape} expected, found {weight.shape}"
            )
        if not (weight >= 0).all() or not 0 < weight.sum() < np.inf:
            raise DataError("sample_weight: weights from 0, not all 0, expected; found others")
    return dict(zip(METRICS, score_vector(prepared, weight[prepared.order]).tolist(), strict=True))


def r2(target: ArrayLike, prediction: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
    """Compute R² alone; see `scores`. Same as `sklearn.metrics.r2_score`."""
    return scores(target, prediction, sample_weight)["r2"]


def _ranked(rows: slice, target: np.ndarray, prediction: np.ndarray) -> Ranked:
    target, prediction = target[rows], prediction[rows]
    starts = np.flatnonzero(np.r_[True, prediction[1:] != prediction[:-1]])
    run = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(target)]))
    return Ranked(rows, np.unique(target, return_inverse=True)[1], starts, run)


def _rank_scores(folds: tuple[Ranked, ...], weight: np.ndarray) -> list[float]:
    """Spearman and AUC of each fold, averaged over the folds on which they are defined."""
    found = []
    for fold in folds:
        part = weight[fold.rows]
        total = part.sum()
        # A replicate may have drawn none of a fold's artists.
        if total > 0:
            by_target = np.bincount(fold.target_code, weights=part)
            both = (
                _spearman(fold, part, by_target, total),
                _top_decile_auc(fold, part, by_target, total),
            )
            found.append((total, *both))
    total, *both = np.array(found).T
    known = [~np.isnan(values) for values in both]
    return [
        float(np.average(values[k], weights=total[k])) if k.any() else float("nan")
        for values, k in zip(both, known, strict=True)
    ]


def _spearman(p: Ranked, weight: np.ndarray, by_target: np.ndarray, total: float) -> float:
    middle = total / 2
    by_run = np.add.reduceat(weight, p.starts)
    target_rank = np.cumsum(by_target) - by_target / 2 - middle
    run_rank = np.cumsum(by_run) - by_run / 2 - middle
    shared = (weight * target_rank[p.target_code] * run_rank[p.run]).sum()
    scale = (by_target * target_rank**2).sum() * (by_run * run_rank**2).sum()
    return float(shared / np.sqrt(scale)) if scale > 0 else 0.0


def _top_decile_auc(p: Ranked, weight: np.ndarray, by_target: np.ndarray, total: float) -> float:
    # Tenths times ten keeps whole-number weights exact where 0.9 would not be.
    threshold = int(np.searchsorted(10 * np.cumsum(by_target), 9 * total))
    top = by_target[threshold:].sum()
    rest = total - top
    if not top or not rest:
        return float("nan")
    top_by_run = np.add.reduceat(weight * (p.target_code >= threshold), p.starts)
    rest_by_run = np.add.reduceat(weight, p.starts) - top_by_run
    below = np.cumsum(rest_by_run) - rest_by_run / 2
    return float((top_by_run * below).sum() / (top * rest))
