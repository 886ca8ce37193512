"""How unequally entries are spread over tracks, artists and albums, and how that grows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats

from lib.errors import DataError, ParameterError
from lib.playlists.counting.cooccurrence import LEVELS
from lib.playlists.store import Store

LEVEL = 0.95
"""Coverage of the intervals."""

STATISTICS = {
    "gini": "Gini coefficient",
    "top 1 %": "entries held by the top 1 % of items",
    "once": "items with a single entry",
}
"""What `tail_statistics` computes."""


def gini(counts: np.ndarray) -> float:
    """Gini coefficient of whole numbers: 0 when all are equal, near 1 when one has all.

    Examples
    --------
    >>> gini(np.array([3, 3, 3])), gini(np.array([0, 0, 0, 8]))
    (0.0, 0.75)
    """
    sizes, items = _by_size(counts)
    shares = np.cumsum(items * sizes) / (items @ sizes)
    # Twice the area between the Lorenz curve and the diagonal, its corners joined by lines.
    before = np.append(0.0, shares[:-1])
    return float(1 - (items / items.sum()) @ (shares + before))


def lorenz(counts: np.ndarray, points: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Lorenz curve: the share of entries that the least frequent items hold together.

    Returns
    -------
    items, entries : numpy.ndarray, shape (points,)
        Cumulative shares from 0 to 1.
    """
    sizes, items = _by_size(counts)
    x = np.append(0.0, np.cumsum(items) / items.sum())
    y = np.append(0.0, np.cumsum(items * sizes) / (items @ sizes))
    # More points at the upper end, where the curve is steep.
    at = 1 - np.linspace(1, 0, points) ** 3
    return at, np.interp(at, x, y)


def tail_statistics(counts: np.ndarray) -> np.ndarray:
    """Compute `STATISTICS` of the items that have at least one entry.

    Examples
    --------
    >>> tail_statistics(np.array([1, 1, 1, 5, 0])).tolist()
    [0.375, 0.625, 0.75]
    """
    sizes, items = _by_size(counts[counts > 0])
    n, total = items.sum(), items @ sizes
    top = max(1, round(n / 100))
    # Entries of the largest items; of those at the border only as many as are needed.
    taken = np.clip(top - (np.cumsum(items[::-1]) - items[::-1]), 0, items[::-1])
    once = items[sizes == 1].sum() / n
    return np.array([gini(counts[counts > 0]), taken @ sizes[::-1] / total, once])


def draw_groups(n: int, groups: int, seed: int) -> np.ndarray:
    """Deal n playlists at random into groups of equal size (but for one), numbered from 0.

    Raises
    ------
    ParameterError
        With fewer than two groups.
    DataError
        With fewer playlists than groups.
    """
    if groups < 2:
        raise ParameterError(f"groups: expected 2 or more, found {groups}")
    if n < groups:
        raise DataError(f"{n:,} playlists: expected at least {groups}, one a group")
    return np.random.default_rng(seed).permutation(np.arange(n) % groups)


def jackknife(whole: np.ndarray, without: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Interval of a statistic from its values without each group of playlists in turn.

    The delete-a-group jackknife (Kott 2001): the variance is (G - 1) / G · Σ (without_g - mean)²,
    the interval Student's t with G - 1 degrees of freedom.

    Parameters
    ----------
    whole : numpy.ndarray, shape (...)
        The statistic of all playlists.
    without : numpy.ndarray, shape (groups, ...)
        That of all but one group.

    Returns
    -------
    low, high : numpy.ndarray, shape (...)
    """
    groups = len(without)
    error = np.sqrt((groups - 1) * without.var(axis=0))
    half = stats.t.ppf((1 + LEVEL) / 2, groups - 1) * error
    return whole - half, whole + half


def measure_tails(store: Store, groups: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure the tails of tracks, artists and albums, and how they change as playlists are added.

    One pass over the entries for each group of playlists; at any time there are a handful of
    arrays of as many numbers as there are tracks.

    Parameters
    ----------
    store : Store
        The playlists.
    groups : int
        Groups that the playlists are dealt into at random.
    seed : int
        Seed of the dealing.

    Returns
    -------
    tails : pandas.DataFrame
        One row a level and statistic: ``level``, ``statistic``, ``items``, ``value``, ``low``,
        ``high``, and ``even``, the same statistic when as many entries are dealt to the same
        items at random. Levels without an item are left out.
    growth : pandas.DataFrame
        One row a level and number of playlists: ``level``, ``playlists``, ``items``, ``gini``.
    """
    lengths = store.lengths()
    group = draw_groups(len(lengths), groups, seed)
    owners = {level: owner for level, owner in _owners(store) if (owner >= 0).any()}
    totals = {level: _counts(store, level) for level in owners}
    sofar = {level: np.zeros_like(total) for level, total in totals.items()}
    without = {level: [] for level in owners}
    sizes = np.bincount(group, minlength=groups).cumsum()
    marks = {2**power for power in range(groups.bit_length() - 1)} | {groups // 2, groups}
    growth = []
    for number, counts in enumerate(_group_counts(store, group, groups), start=1):
        for level, owner in owners.items():
            here = _fold(counts, owner, len(totals[level]))
            without[level].append(tail_statistics(totals[level] - here))
            sofar[level] += here
            if number in marks:
                seen = sofar[level][sofar[level] > 0]
                growth.append((level, sizes[number - 1], len(seen), gini(seen)))
    rows = []
    rng = np.random.default_rng(seed)
    for level, total in totals.items():
        value = tail_statistics(total)
        low, high = jackknife(value, np.array(without[level]))
        even = tail_statistics(_dealt_evenly(total, rng))
        for column, name in enumerate(STATISTICS):
            numbers = (array[column] for array in (value, low, high, even))
            rows.append((level, name, int((total > 0).sum()), *numbers))
    columns = ["level", "statistic", "items", "value", "low", "high", "even"]
    growth = pd.DataFrame(growth, columns=["level", "playlists", "items", "gini"])
    return pd.DataFrame(rows, columns=columns), growth


def _by_size(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count how many items have each number of entries; far fewer numbers than items."""
    items = np.bincount(counts) if counts.max(initial=0) < 10**7 else None
    if items is None:
        return np.unique(counts, return_counts=True)
    sizes = np.flatnonzero(items)
    return sizes, items[sizes]


def _owners(store: Store) -> Iterator[tuple[str, np.ndarray]]:
    n_tracks = store.manifest["counts"]["tracks"]
    yield "track", np.arange(n_tracks, dtype=np.int32)
    for level in LEVELS[1:]:
        yield level, store.table("tracks", [level])[level].to_numpy(np.int32)


def _counts(store: Store, level: str) -> np.ndarray:
    return store.table(f"{level}s", ["entries"])["entries"].to_numpy(np.int64)


def _fold(counts: np.ndarray, owner: np.ndarray, n: int) -> np.ndarray:
    known = owner >= 0
    return np.bincount(owner[known], counts[known], n).astype(np.int64)


def _group_counts(store: Store, group: np.ndarray, groups: int) -> Iterator[np.ndarray]:
    """Count the entries of each track in each group, one group after the other."""
    kind = np.uint8 if groups <= 256 else np.uint16
    of_entry = np.repeat(group.astype(kind), store.lengths())
    n_tracks = store.manifest["counts"]["tracks"]
    for number in range(groups):
        # Found by number and then read: what is copied is one group's entries.
        yield np.bincount(store.entries[np.flatnonzero(of_entry == number)], minlength=n_tracks)


def _dealt_evenly(counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    items = int((counts > 0).sum())
    return rng.multinomial(counts.sum(), np.full(items, 1 / items))
