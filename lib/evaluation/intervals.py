"""Intervals: a bootstrap of whole groups for scores and their differences."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from numpy.typing import ArrayLike

from lib.errors import DataError, ParameterError
from lib.evaluation.regression import METRICS, Prepared, prepare, score_vector

LEVEL = 0.95
"""Coverage of every interval unless told otherwise."""


@dataclass(frozen=True)
class Bootstrap:
    """Scores of several models on the same rows, and how they vary when groups are redrawn.

    Attributes
    ----------
    models : tuple of str
    point : numpy.ndarray, shape (models, metrics)
        Scores on the rows as they are, metrics in the order of `METRICS`.
    draws : numpy.ndarray, shape (replicates, models, metrics)
        Scores on each replicate, the same replicate for all models.
    """

    models: tuple[str, ...]
    point: np.ndarray
    draws: np.ndarray


def cluster_bootstrap(
    target: ArrayLike,
    predictions: Mapping[str, ArrayLike],
    groups: ArrayLike,
    replicates: int,
    seed: int,
    folds: ArrayLike | None = None,
    ranks: bool = True,
) -> Bootstrap:
    """Score models on resampled groups of rows.

    A replicate draws as many groups as there are, with replacement, each with all its rows
    (Davison & Hinkley 1997, section 3.8). A group drawn twice gives its rows weight 2, so a
    replicate costs one pass over the rows and no sorting. All models see the same draws, so
    differences are paired.

    Parameters
    ----------
    target : array-like, shape (n,)
    predictions : mapping of str to array-like, shape (n,)
        Prediction of each model for the same rows.
    groups : array-like, shape (n,)
        What is drawn, e.g. the first artist.
    replicates : int
        Number of draws.
    seed : int
        Seed of the draws; the result does not depend on the number of cores.
    folds : array-like, shape (n,), optional
        Fold of each row where the predictions of several fits are pooled: ranks are then compared
        within a fold only, see `lib.evaluation.regression.scores`.
    ranks : bool, optional
        Without the scores that compare ranks, which are then missing, the others come out the
        same a hundred times as fast: a group's part in them is a handful of sums.

    Returns
    -------
    Bootstrap

    Raises
    ------
    DataError
        When lengths differ, a group is missing, or there are fewer than two groups.
    ParameterError
        When `replicates` is below 2.
    """
    if replicates < 2:
        raise ParameterError(f"replicates: a whole number from 2 expected, found {replicates}")
    codes, names = pd.factorize(np.asarray(groups))
    if len(codes) != len(np.asarray(target)) or (codes < 0).any() or len(names) < 2:
        raise DataError(
            f"groups: a group for each of {len(np.asarray(target))} rows and at least two groups "
            f"expected, found {len(codes)} rows, {int((codes < 0).sum())} without group, "
            f"{len(names)} groups"
        )
    prepared = [prepare(target, values, folds) for values in predictions.values()]
    sorted_codes = [codes[p.order] for p in prepared]
    seeds = np.random.SeedSequence(seed).spawn(replicates)
    if not ranks:
        sums = _group_sums(prepared, sorted_codes, len(names))
        point = _scores_of_sums(np.ones(len(names)), sums)
        draws = [_scores_of_sums(_times_drawn(len(names), one), sums) for one in seeds]
        return Bootstrap(tuple(predictions), point, np.array(draws))
    point = np.array([score_vector(p, np.ones(len(codes))) for p in prepared])
    # NumPy lets go of the interpreter lock in its loops, so threads share arrays and still gain.
    draws = Parallel(n_jobs=cpu_count(), prefer="threads", batch_size=8)(
        delayed(_replicate)(prepared, sorted_codes, len(names), one) for one in seeds
    )
    return Bootstrap(tuple(predictions), point, np.array(draws))


def score_intervals(bootstrap: Bootstrap, level: float = LEVEL) -> pd.DataFrame:
    """Tabulate each model's scores with percentile intervals.

    Parameters
    ----------
    bootstrap : Bootstrap
    level : float, optional
        Coverage.

    Returns
    -------
    pandas.DataFrame
        Columns model, metric, value, low, high, level. An undefined score is missing, with its
        interval.
    """
    return _table(bootstrap.models, bootstrap.point, bootstrap.draws, level)


def paired_differences(
    bootstrap: Bootstrap, pairs: list[tuple[str, str]], level: float = LEVEL
) -> pd.DataFrame:
    """Tabulate the difference, first minus second, of pairs of models on the same rows.

    Parameters
    ----------
    bootstrap : Bootstrap
    pairs : list of (str, str)
        Names of models.
    level : float, optional
        Coverage of the percentile interval.

    Returns
    -------
    pandas.DataFrame
        Columns model, other, metric, value, low, high, level.

    Raises
    ------
    ParameterError
        When a model is unknown.
    """
    unknown = {name for pair in pairs for name in pair} - set(bootstrap.models)
    if unknown:
        raise ParameterError(
            f"pairs: models among {', '.join(bootstrap.models)} expected, found "
            f"{', '.join(sorted(unknown))}"
        )
    first = [bootstrap.models.index(a) for a, _ in pairs]
    second = [bootstrap.models.index(b) for _, b in pairs]
    point = bootstrap.point[first] - bootstrap.point[second]
    draws = bootstrap.draws[:, first] - bootstrap.draws[:, second]
    table = _table([a for a, _ in pairs], point, draws, level)
    table.insert(1, "other", np.repeat([b for _, b in pairs], len(METRICS)))
    return table


def _replicate(
    prepared: list[Prepared],
    sorted_codes: list[np.ndarray],
    n_groups: int,
    seed: np.random.SeedSequence,
) -> list[np.ndarray]:
    count = _times_drawn(n_groups, seed)
    return [score_vector(p, count[c]) for p, c in zip(prepared, sorted_codes, strict=True)]


def _times_drawn(n_groups: int, seed: np.random.SeedSequence) -> np.ndarray:
    drawn = np.random.default_rng(seed).integers(n_groups, size=n_groups)
    return np.bincount(drawn, minlength=n_groups).astype(np.float64)


def _group_sums(prepared: list[Prepared], codes: list[np.ndarray], n_groups: int) -> np.ndarray:
    """Sum over the rows of each group, shape (models, 5, groups).

    The sums are rows, targets, their squares, absolute errors, their squares.
    """
    parts = []
    for p, code in zip(prepared, codes, strict=True):
        target, error = p.target_values[p.target_code], p.absolute_error
        columns = (np.ones(len(code)), target, target**2, error, error**2)
        parts.append([np.bincount(code, values, n_groups) for values in columns])
    return np.array(parts)


def _scores_of_sums(count: np.ndarray, sums: np.ndarray) -> np.ndarray:
    rows, target, target_squares, error, squares = (sums @ count).T
    spread = target_squares - target**2 / rows
    # Rounding leaves a trace of spread where all targets are equal.
    spread = np.where(spread > 1e-9 * target_squares, spread, np.nan)
    result = np.full((len(rows), len(METRICS)), np.nan)
    result[:, :3] = np.column_stack([1 - squares / spread, error / rows, np.sqrt(squares / rows)])
    return result


def _table(
    models: tuple[str, ...] | list[str], point: np.ndarray, draws: np.ndarray, level: float
) -> pd.DataFrame:
    if not 0 < level < 1:
        raise ParameterError(f"level: a number between 0 and 1 expected, found {level}")
    # A replicate on which a score is undefined (all its targets equal) says nothing about it.
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):
        # A score that is undefined on all of them has no interval.
        low, high = np.nanquantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    index = pd.MultiIndex.from_product([range(len(models)), METRICS], names=["model", "metric"])
    table = pd.DataFrame(
        {"value": point.ravel(), "low": low.ravel(), "high": high.ravel(), "level": level}, index
    ).reset_index()
    table["model"] = [models[position] for position in table["model"]]
    return table
