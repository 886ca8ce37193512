"""Which rules are more than chance: exact tests within playlists of like length, many at a time.

Long playlists hold more of everything, so that any two tracks meet more often than independence
over all playlists would have it; Fisher's test finds thousands of such pairs in playlists dealt
out at random. Here a rule is tested within bands of like length, and a longer rule among the
playlists that hold the rest of its antecedent, for each of its items (Webb 2007).
"""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy import stats

from lib.errors import ParameterError
from lib.playlists.mining.item_sets import ItemSets

BAND_RATIO = 1.1
"""Lengths of a band differ by less: then the mean of their squares is within 0.1 % of the square
of their mean, and that is the factor by which chance meetings would be underestimated."""
CHUNK_CELLS = 20_000_000


def length_bands(holds: sp.csr_array, ratio: float = BAND_RATIO) -> np.ndarray:
    """Put playlists into bands of like length, counting kept items only.

    Parameters
    ----------
    holds : scipy.sparse.csr_array, shape (playlists, items)
        1 where a playlist holds an item.
    ratio : float, optional
        A band's greatest length over its least; ``numpy.inf`` for one band.

    Returns
    -------
    numpy.ndarray of int64, shape (playlists,)
        Band of each from 0, without gaps.

    Examples
    --------
    >>> holds = sp.csr_array(np.tril(np.ones((12, 12), int)))
    >>> length_bands(holds, ratio=1.5).tolist()
    [0, 1, 2, 3, 3, 4, 4, 5, 5, 5, 5, 6]
    """
    if not ratio > 1:
        raise ParameterError(f"ratio: expected above 1, found {ratio}")
    length = np.maximum(np.diff(holds.indptr), 1)
    # Rounded, so that a length that is a power of the ratio begins a band.
    band = np.floor(np.round(np.log(length) / np.log(ratio), 9))
    return np.unique(band, return_inverse=True)[1]


def count_by_band(
    across: sp.csr_array, bands: np.ndarray, sets: ItemSets, numbers: np.ndarray
) -> np.ndarray:
    """Count the playlists of each band that hold a set.

    Parameters
    ----------
    across : scipy.sparse.csr_array of int32, shape (items, playlists)
        1 where a playlist holds an item.
    bands : numpy.ndarray of int, shape (playlists,)
        From `length_bands`.
    sets : ItemSets
        Sets of these items.
    numbers : numpy.ndarray of int, shape (wanted,)
        Numbers of sets.

    Returns
    -------
    numpy.ndarray of int32, shape (wanted, bands)
    """
    n_bands = int(bands.max(initial=-1)) + 1
    counts = np.zeros((len(numbers), n_bands), np.int32)
    sizes = np.diff(across.indptr).astype(np.int64)
    for k in np.unique(sets.length[numbers]).tolist():
        rows = np.flatnonzero(sets.length[numbers] == k)
        items = sets.items[numbers[rows], :k]
        cost = np.cumsum(sizes[items].sum(axis=1)) // CHUNK_CELLS
        edges = [*np.flatnonzero(np.diff(cost, prepend=-1)), len(rows)]
        for first, end in itertools.pairwise(edges):
            both = across[items[first:end, 0]]
            for column in items[first:end, 1:].T:
                both = both.multiply(across[column]).tocsr()
            set_of = np.repeat(np.arange(end - first), np.diff(both.indptr))
            cells = np.bincount(
                set_of * n_bands + bands[both.indices], minlength=(end - first) * n_bands
            )
            counts[rows[first:end]] = cells.reshape(end - first, n_bands)
    return counts


def significance(
    rules: pd.DataFrame, sets: ItemSets, holds: sp.csr_array, bands: np.ndarray | None = None
) -> pd.DataFrame:
    """Test whether rules hold more often than chance.

    A → C with one item in A: given how many playlists of each band hold A, and how many C, those
    that hold both are a sum of hypergeometric numbers (Fisher's test in strata, as Cochran 1954,
    Mantel and Haenszel 1959). With more items, for each item x of A: the same among the playlists
    that hold the rest of A, with x in place of A; the largest p-value counts, so that every item
    has to add something. A hypergeometric number is a sum of independent 0s and 1s (Vatutin and
    Mikhailov 1982), hence the sum's upper tail is at most that of the binomial with its mean, from
    one above the mean on (Hoeffding 1956): the p-values are safe, and somewhat too large.

    Parameters
    ----------
    rules : pandas.DataFrame
        From `lib.playlists.mining.rules.make_rules`.
    sets : ItemSets
        The sets that they were made from.
    holds : scipy.sparse.csr_array, shape (playlists, items)
        What the sets were found in.
    bands : numpy.ndarray of int, shape (playlists,), optional
        Band of each playlist; `length_bands` of `holds` by default, zeros for the plain test.

    Returns
    -------
    pandas.DataFrame
        ``expected`` (playlists that would hold both by chance, under the item tested with the
        largest p-value), ``p_value``; the index of `rules`.
    """
    bands = length_bands(holds) if bands is None else bands
    across = sp.csr_array(holds.T.tocsr(), dtype=np.int32)
    across.sort_indices()
    in_band = np.bincount(bands)
    first, then = (rules[name].to_numpy() for name in ("antecedent", "consequent"))
    count = rules["count"].to_numpy()
    expected, p_value = np.zeros(len(rules)), np.zeros(len(rules))
    size = max(1, CHUNK_CELLS // (4 * len(in_band)))
    for k, added in np.unique(np.stack([sets.length[first], sets.length[then]], 1), axis=0):
        chosen = np.flatnonzero((sets.length[first] == k) & (sets.length[then] == added))
        for rows in np.array_split(chosen, -(-len(chosen) // size)):
            items, after = sets.items[first[rows], :k], sets.items[then[rows], :added]
            for place in range(k):
                base = np.delete(items, place, axis=1)
                wanted = [first[rows], sets.number(np.sort(np.hstack([base, after]), axis=1))]
                wanted += [sets.number(base)] if k > 1 else []
                unique, where = np.unique(np.concatenate(wanted), return_inverse=True)
                counted = count_by_band(across, bands, sets, unique)
                own, others, *rest = (counted[part] for part in np.split(where, len(wanted)))
                mean, p = _tail(count[rows], own, others, rest[0] if rest else in_band[None, :])
                worse = p >= p_value[rows]
                p_value[rows] = np.where(worse, p, p_value[rows])
                expected[rows] = np.where(worse, mean, expected[rows])
    return pd.DataFrame({"expected": expected, "p_value": p_value}, index=rules.index)


def _tail(
    count: np.ndarray, own: np.ndarray, others: np.ndarray, all_of: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the sum of hypergeometric numbers, and bound of its tail from `count` on."""
    trials = np.minimum(own, others).sum(axis=1)
    # A band's own playlists are among all of it, so that nothing is divided by zero.
    mean = (own / np.maximum(all_of, 1) * others).sum(axis=1)
    with np.errstate(invalid="ignore"):
        tail = stats.binom.sf(count - 1, trials, np.minimum(mean / np.maximum(trials, 1), 1))
    return mean, np.where(count >= mean + 1, tail, 1.0)
