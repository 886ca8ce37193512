"""Scores for telling a rare class from the rest, beside its base rate and the majority."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lib.errors import DataError, ParameterError
from lib.evaluation.intervals import LEVEL

METRICS = ("pr_auc", "accuracy", "gain", "found", "right")
"""The scores, see `rare_scores`."""

LABELS = {
    "pr_auc": "PR-AUC",
    "accuracy": "accuracy",
    "gain": "accuracy above 'never'",
    "found": "share of the class found",
    "right": "share of those named that are right",
}


def average_precision(
    truth: ArrayLike, score: ArrayLike, sample_weight: ArrayLike | None = None
) -> float:
    """Compute the area under the precision-recall curve, as a sum over its steps.

    Σ (recall gained) × (precision there), equal scores in one step; no interpolation, which would
    flatter (Davis and Goadrich, ICML 2006). A score that orders nothing has the base rate. Same
    as `sklearn.metrics.average_precision_score`; NaN without a case.

    Examples
    --------
    >>> average_precision([True, False, True, False], [0.9, 0.8, 0.7, 0.1]).__round__(3)
    0.833
    """
    truth, order, ends = _sorted(truth, score)
    weight = np.ones(len(truth)) if sample_weight is None else np.asarray(sample_weight, float)
    return _area(truth[order], weight[order], ends)


def rare_scores(
    truth: ArrayLike,
    scores: Mapping[str, ArrayLike],
    named: Mapping[str, ArrayLike],
    groups: ArrayLike,
    replicates: int,
    seed: int,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Score models that look for a rare class, on rows as they are and on resampled groups.

    ``pr_auc``: `average_precision`; ``accuracy``; ``gain``: accuracy less that of never naming
    the class; ``found`` (recall) and ``right`` (precision) of the rows named, NaN for none. A
    replicate draws as many groups as there are, with replacement; all models see the same draws.

    Parameters
    ----------
    truth : array-like of bool, shape (n,)
    scores : mapping of str to array-like, shape (n,)
        By model: higher for rows likelier in the class.
    named : mapping of str to array-like of bool, shape (n,)
        By model: rows that it puts into the class.
    groups : array-like, shape (n,)
        What is drawn, e.g. the artist.
    replicates, seed : int
        Draws behind the intervals, and their seed.
    level : float, optional
        Coverage of the percentile intervals.

    Returns
    -------
    pandas.DataFrame
        Columns model, metric, value, low, high, level, base (share of the class in `truth`).

    Raises
    ------
    DataError
        When lengths differ, or the class is empty or all.
    ParameterError
        When `replicates` is below 2.
    """
    if replicates < 2:
        raise ParameterError(f"replicates: a whole number from 2 expected, found {replicates}")
    truth = np.asarray(truth, bool)
    code, names = pd.factorize(np.asarray(groups))
    sizes = {len(truth), len(code), *(len(np.asarray(one)) for one in scores.values())}
    if len(sizes) > 1 or not 0 < truth.sum() < len(truth):
        raise DataError(
            f"truth: rows in the class and others, as many as scores and groups, expected; found "
            f"{truth.sum():,} of {len(truth):,} and lengths {sorted(sizes)}"
        )
    draws = [np.ones(len(names))]
    for one in np.random.SeedSequence(seed).spawn(replicates):
        drawn = np.random.default_rng(one).integers(len(names), size=len(names))
        draws.append(np.bincount(drawn, minlength=len(names)).astype(float))
    counts, rows = np.array(draws), []
    for model, score in scores.items():
        _, order, ends = _sorted(truth, score)
        ordered, of = truth[order], code[order]
        areas = np.array([_area(ordered, count[of], ends) for count in counts])
        said = np.asarray(named[model], bool)
        # Sums over each group's rows: a replicate is then a product.
        kinds = (truth & said, truth, said, np.ones(len(truth), bool))
        sums = np.array([np.bincount(code, kind, len(names)) for kind in kinds])
        hits, cases, named_rows, total = (counts @ sums.T).T
        with np.errstate(divide="ignore", invalid="ignore"):
            accuracy = (total - cases - named_rows + 2 * hits) / total
            found = np.array(
                [areas, accuracy, accuracy - (1 - cases / total), hits / cases, hits / named_rows]
            )
        for metric, values in zip(METRICS, found, strict=True):
            low, high = _range(values[1:], level)
            rows.append((model, metric, values[0], low, high, level, truth.mean()))
    columns = ["model", "metric", "value", "low", "high", "level", "base"]
    return pd.DataFrame(rows, columns=columns)


def precision_recall(truth: ArrayLike, score: ArrayLike) -> pd.DataFrame:
    """List the points of the precision-recall curve: a row for each distinct score, falling."""
    truth, order, ends = _sorted(truth, score)
    hits = np.cumsum(truth[order])[ends]
    return pd.DataFrame({"recall": hits / truth.sum(), "precision": hits / (ends + 1)})


def _sorted(truth: ArrayLike, score: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    truth, score = np.asarray(truth, bool), np.asarray(score, float)
    order = np.argsort(-score, kind="stable")
    falling = score[order]
    return truth, order, np.flatnonzero(np.r_[falling[1:] != falling[:-1], True])


def _area(truth: np.ndarray, weight: np.ndarray, ends: np.ndarray) -> float:
    """Area from rows by falling score; `ends` are the last rows of each score."""
    total = np.cumsum(weight)[ends]
    hits = np.cumsum(np.where(truth, weight, 0.0))[ends]
    if not hits[-1]:
        return float("nan")
    gained = np.diff(hits, prepend=0.0)
    return float((gained * hits / np.maximum(total, 1e-300)).sum() / hits[-1])


def _range(draws: np.ndarray, level: float) -> tuple[float, float]:
    draws = draws[~np.isnan(draws)]
    if not len(draws):
        return float("nan"), float("nan")
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
