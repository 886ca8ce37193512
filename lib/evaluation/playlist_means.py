"""Means of scores over playlists, by category, with bootstrap intervals; differences in pairs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.errors import DataError, ParameterError
from lib.evaluation.intervals import LEVEL

OVERALL = "mean over categories"
"""Where each category weighs the same."""
BLOCK_DRAWS = 2_000_000
"""Playlists drawn at a time."""


def summarise(
    scores: pd.DataFrame,
    category: np.ndarray,
    names: Sequence[str],
    replicates: int,
    seed: int,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Average the scores of playlists in each category, and over the categories.

    A replicate draws, within each category, as many playlists as it has, with replacement
    (stratified bootstrap: Davison and Hinkley 1997, section 3.2). The draws depend on the seed
    and the size of the category, so every system scored on these playlists meets the same.

    Parameters
    ----------
    scores : pandas.DataFrame
        One row a playlist, e.g. from `lib.evaluation.ranking.score_playlists`. A missing value
        is left out of its mean.
    category : numpy.ndarray of int, shape (playlists,)
        Number of each playlist's category.
    names : sequence of str
        Names of the categories; those without a playlist are left out.
    replicates : int
        Draws behind each interval.
    seed : int
        Seed of the draws.
    level : float, optional
        Coverage of the percentile intervals.

    Returns
    -------
    pandas.DataFrame
        Columns ``category``, ``metric``, ``playlists``, ``value``, ``low``, ``high``, ``level``;
        the last rows, of category `OVERALL`, hold the mean of the categories' means. With a
        single playlist in a category the intervals that it enters are missing.

    Raises
    ------
    DataError
        When a category is missing or has no name, or there is no playlist.
    ParameterError
        When `replicates` is below 2 or `level` not between 0 and 1.

    Examples
    --------
    >>> scores = pd.DataFrame({"ndcg": [0.1, 0.3, 0.8, 0.8]})
    >>> table = summarise(scores, np.array([0, 0, 1, 1]), ["first 5", "random 5"], 99, seed=1)
    >>> table[["category", "playlists", "value"]].round(3).values.tolist()
    [['first 5', 2, 0.2], ['random 5', 2, 0.8], ['mean over categories', 4, 0.5]]
    """
    if replicates < 2:
        raise ParameterError(f"replicates: a whole number from 2 expected, found {replicates}")
    if not 0 < level < 1:
        raise ParameterError(f"level: a number between 0 and 1 expected, found {level}")
    category = np.asarray(category)
    if len(category) != len(scores) or not len(scores):
        raise DataError(
            f"category: one for each of {len(scores):,} playlists expected, found {len(category):,}"
        )
    if category.min() < 0 or category.max() >= len(names):
        raise DataError(
            f"category: numbers from 0 to {len(names) - 1} expected, found {category.min()} to "
            f"{category.max()}"
        )
    present = np.unique(category)
    values = scores.to_numpy(float)
    groups = [values[category == code] for code in present]
    means = np.array([_mean(group, np.ones((1, len(group))))[0] for group in groups])
    draws = np.array(
        [
            _drawn_means(group, replicates, [seed, code])
            for code, group in zip(present, groups, strict=True)
        ]
    )
    means = np.concatenate([means, means.mean(axis=0, keepdims=True)])
    draws = np.concatenate([draws, draws.mean(axis=0, keepdims=True)])
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=1)
    counts = [len(group) for group in groups]
    rows = [*(names[code] for code in present), OVERALL]
    index = pd.MultiIndex.from_product([rows, scores.columns], names=["category", "metric"])
    columns = {
        "playlists": np.repeat([*counts, sum(counts)], values.shape[1]),
        "value": means.ravel(),
        "low": low.ravel(),
        "high": high.ravel(),
        "level": level,
    }
    return pd.DataFrame(columns, index).reset_index()


def paired_difference(
    scores: pd.DataFrame,
    others: pd.DataFrame,
    category: np.ndarray,
    names: Sequence[str],
    replicates: int,
    seed: int,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Average what one system scores above another on the same playlists.

    The difference is taken playlist by playlist and then drawn as in `summarise`: what makes a
    playlist easy or hard for both systems drops out, and the interval is much narrower than those
    of the two means. With thousands of playlists a difference too small to matter can still be
    sure, so read its size as well (Ihemelandu and Ekstrand, SIGIR 2023).

    Parameters
    ----------
    scores, others : pandas.DataFrame
        One row a playlist, the same playlists and columns in both.
    category, names, replicates, seed, level
        As in `summarise`.

    Returns
    -------
    pandas.DataFrame
        As from `summarise`; the first system less the second.

    Raises
    ------
    DataError
        When the two tables differ in rows or columns.

    Examples
    --------
    >>> one, other = pd.DataFrame({"ndcg": [0.2, 0.9]}), pd.DataFrame({"ndcg": [0.1, 0.8]})
    >>> table = paired_difference(one, other, np.zeros(2, int), ["first 5"], 99, seed=1)
    >>> table.loc[0, ["value", "low", "high"]].astype(float).round(3).tolist()
    [0.1, 0.1, 0.1]
    """
    if scores.shape != others.shape or list(scores) != list(others):
        raise DataError(
            "scores of two systems: the same playlists and columns expected, found "
            f"{len(scores):,} rows of {', '.join(scores)} and {len(others):,} of "
            f"{', '.join(others)}"
        )
    difference = pd.DataFrame(scores.to_numpy(float) - others.to_numpy(float), columns=[*scores])
    return summarise(difference, category, names, replicates, seed, level)


def _drawn_means(values: np.ndarray, replicates: int, seed: list[int]) -> np.ndarray:
    """Means of resampled rows, shape (replicates, columns); the seed is a category's own."""
    n = len(values)
    if n < 2:
        return np.full((replicates, values.shape[1]), np.nan)
    rng = np.random.default_rng(seed)
    size = max(1, BLOCK_DRAWS // n)
    parts = []
    for first in range(0, replicates, size):
        rows = min(size, replicates - first)
        drawn = rng.integers(n, size=(rows, n)) + n * np.arange(rows)[:, None]
        times = np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n)
        parts.append(_mean(values, times.astype(float)))
    return np.concatenate(parts)


def _mean(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Means of the columns, each row counted so many times; missing values are left out."""
    known = ~np.isnan(values)
    with np.errstate(divide="ignore", invalid="ignore"):  # nothing known: missing
        return times @ np.where(known, values, 0) / (times @ known)
