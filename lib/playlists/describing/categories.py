"""Tables by category of playlists: means with intervals, beside all playlists, tested together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from lib.errors import ParameterError
from lib.playlists.describing.tails import LEVEL, draw_groups, gini, jackknife
from lib.playlists.store import BLOCK_ENTRIES, Store

LENGTHS = (1, 10, 25, 50, 100, 250)
FOLLOWERS = (0, 1, 2, 5, 10, 20, 50, 100, 1000)
"""First value of each band."""


def bands(values: pd.Series, starts: Sequence[int]) -> pd.DataFrame:
    """Sort whole numbers into bands; each label says the first and the last number of its band.

    Parameters
    ----------
    values : pandas.Series of int
        Missing ones, and those below the first band, are in none.
    starts : sequence of int
        First number of each band, rising.

    Returns
    -------
    pandas.DataFrame of bool
        One row a value, one column a band; bands without a value are left out.

    Examples
    --------
    >>> bands(pd.Series([9, 10, 24, 25, 400]), (1, 10, 25)).sum().to_dict()
    {'1 to 9': 1, '10 to 24': 2, '25 and more': 2}
    """
    numbers = values.astype("Float64").to_numpy(float, na_value=-np.inf)
    ends = [*(start - 1 for start in starts[1:]), np.inf]
    made = {}
    for start, end in zip(starts, ends, strict=True):
        label = f"{start:,} to {end:,}" if end != start else f"{start:,}"
        inside = (numbers >= start) & (numbers <= end)
        if inside.any():
            made[f"{start:,} and more" if end == np.inf else label] = inside
    return pd.DataFrame(made, index=values.index)


def compare_categories(
    members: pd.DataFrame, values: pd.DataFrame, fewest: int, replicates: int, seed: int
) -> pd.DataFrame:
    """Compare each category's mean of each measure with that of all playlists.

    Parameters
    ----------
    members : pandas.DataFrame of bool, shape (playlists, categories)
        A playlist may be in several categories or in none.
    values : pandas.DataFrame of float, shape (playlists, measures)
        Missing values are left out.
    fewest : int
        Categories with fewer playlists are left out, and so are those of nearly all playlists.
    replicates : int
        Bootstrap draws of the category's playlists behind each interval.
    seed : int
        Seed of the draws.

    Returns
    -------
    pandas.DataFrame
        One row a category and measure: ``category``, ``measure``, ``playlists`` (with a value),
        ``value``, ``low``, ``high``, ``level``, ``overall`` (mean of all), ``p`` (Welch's t test
        against the playlists outside the category; 1 where neither varies).
    """
    if replicates < 2:
        raise ParameterError(f"replicates: 2 or more expected, found {replicates}")
    ends = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    array = values.to_numpy(float)
    overall = np.nanmean(array, axis=0) if len(array) else np.full(values.shape[1], np.nan)
    seeds = np.random.SeedSequence(seed).spawn(members.shape[1])
    rows = []
    for name, one in zip(members, seeds, strict=True):
        inside = members[name].to_numpy(bool)
        own, others = array[inside], array[~inside]
        if len(own) < fewest or len(others) < fewest:
            continue
        low, high = np.quantile(_redrawn_means(own, replicates, one), ends, axis=0)
        for place, measure in enumerate(values):
            mine, rest = (part[np.isfinite(part[:, place]), place] for part in (own, others))
            if len(mine) < fewest or len(rest) < 2:
                continue
            rows.append((name, measure, len(mine), mine.mean(), low[place], high[place], LEVEL,
                         overall[place], _welch(mine, rest)))  # fmt: skip
    columns = ["category", "measure", "playlists", "value", "low", "high", "level", "overall", "p"]
    return pd.DataFrame(rows, columns=columns)


def judge(table: pd.DataFrame, false_share: float = 0.05) -> pd.DataFrame:
    """Say which of all comparisons differ, when so many are made.

    Benjamini and Yekutieli's procedure (2001): of those said to differ, the share that does not is
    at most `false_share` on average, whatever the measures have to do with each other.

    Parameters
    ----------
    table : pandas.DataFrame
        All comparisons that are made, with their ``p``.
    false_share : float, optional
        That share.

    Returns
    -------
    pandas.DataFrame
        With the columns ``q`` (adjusted p) and ``differs``.
    """
    q = stats.false_discovery_control(table["p"], method="by") if len(table) else table["p"]
    return table.assign(q=q, differs=q <= false_share)


def concentration(
    store: Store, members: pd.DataFrame, fewest: int, draws: int, seed: int
) -> pd.DataFrame:
    """Gini coefficient of the tracks within each category, beside that of random playlists.

    The Gini coefficient of a few playlists says little by itself: it grows with the number of
    entries. So the baseline are random playlists that hold as many entries together.

    Parameters
    ----------
    store : Store
        The playlists.
    members : pandas.DataFrame of bool, shape (playlists, categories)
        Who is in which.
    fewest : int
        Categories with fewer playlists are left out.
    draws : int
        Groups of playlists behind the interval (jackknife), and draws of random playlists.
    seed : int
        Seed of both.

    Returns
    -------
    pandas.DataFrame
        One row a category: ``category``, ``playlists``, ``entries``, ``tracks``, ``value``,
        ``low``, ``high``, ``level``, and ``random``, ``random_low``, ``random_high``: mean, least
        and greatest of the draws.
    """
    lengths = store.lengths()
    rng = np.random.default_rng(seed)
    rows = []
    for name in members:
        own = np.flatnonzero(members[name].to_numpy(bool))
        if len(own) < max(fewest, draws, 2):
            continue
        groups = draw_groups(len(own), draws, seed)
        parts = [_track_counts(store, own[groups == number]) for number in range(draws)]
        whole = np.sum(parts, axis=0)
        left = np.array([_gini(whole - part) for part in parts])
        low, high = jackknife(np.array(_gini(whole)), left)
        n = int(whole.sum())
        drawn = []
        for _ in range(draws):
            order = rng.permutation(len(lengths))
            enough = int(np.searchsorted(np.cumsum(lengths[order]), n)) + 1
            drawn.append(_gini(_track_counts(store, order[:enough])))
        rows.append((name, len(own), n, int((whole > 0).sum()), _gini(whole), float(low),
                     float(high), LEVEL, np.mean(drawn), min(drawn), max(drawn)))  # fmt: skip
    columns = ["category", "playlists", "entries", "tracks", "value", "low", "high", "level",
               "random", "random_low", "random_high"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _gini(counts: np.ndarray) -> float:
    return gini(counts[counts > 0])


def _track_counts(store: Store, playlists: np.ndarray) -> np.ndarray:
    """Count each track's entries in some playlists, a few million entries at a time."""
    playlists = np.sort(playlists)  # in the order of the file
    counts = np.zeros(store.manifest["counts"]["tracks"], np.int64)
    lengths = store.offsets[playlists + 1] - store.offsets[playlists]
    parts = np.cumsum(lengths) // BLOCK_ENTRIES
    for part in np.unique(parts):
        mine = parts == part
        begin, length = store.offsets[playlists[mine]], lengths[mine]
        places = np.repeat(begin - np.cumsum(length) + length, length)
        places += np.arange(len(places))
        counts += np.bincount(store.entries[places], minlength=len(counts))
    return counts


def _redrawn_means(values: np.ndarray, replicates: int, seed: np.random.SeedSequence) -> np.ndarray:
    rng = np.random.default_rng(seed)
    n = len(values)
    there = np.isfinite(values)
    sums = np.hstack([np.where(there, values, 0.0), there])
    means = np.empty((replicates, values.shape[1]))
    for draw in range(replicates):
        total, count = np.split(np.bincount(rng.integers(n, size=n), minlength=n) @ sums, 2)
        means[draw] = np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)
    # A draw without any value says nothing.
    whole = sums.sum(axis=0)
    mean = whole[: values.shape[1]] / np.maximum(whole[values.shape[1] :], 1)
    return np.where(np.isnan(means), mean, means)


def _welch(mine: np.ndarray, rest: np.ndarray) -> float:
    if mine.std() == 0 and rest.std() == 0:
        return 1.0 if mine[0] == rest[0] else 0.0
    return float(stats.ttest_ind(mine, rest, equal_var=False).pvalue)
