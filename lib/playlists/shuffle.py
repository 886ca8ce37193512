"""Playlists with the same lengths and tracks as before, but no taste: the null of every pattern."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

ROUNDS = 300
"""Most rounds of exchanges; a few dozen suffice unless an item is in nearly all playlists."""


def shuffled(holds: sp.csr_array, seed: int) -> sp.csr_array:
    """Deal the items out anew, each playlist and each item keeping its number of them.

    All items are shuffled over all places; where a playlist then holds an item twice, such places
    exchange their items with random ones until none is left. Playlists, items, and how often each
    comes up stay; what is gone is which items go together (a random matrix with given margins:
    Gotelli and Graves, Null Models in Ecology, 1996, chapter 4).

    Parameters
    ----------
    holds : scipy.sparse.csr_array, shape (playlists, items)
        1 where a playlist holds an item.
    seed : int
        Seed of the draws.

    Returns
    -------
    scipy.sparse.csr_array
        Of the same shape and type. Places that still repeat an item after `ROUNDS` are merged, so
        a matrix that is nearly full may lose a few.

    Examples
    --------
    >>> holds = sp.csr_array(np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]))
    >>> dealt = shuffled(holds, seed=1)
    >>> dealt.sum(axis=1).tolist(), dealt.sum(axis=0).tolist()
    ([2, 2, 2], [1, 2, 2, 1])
    """
    rng = np.random.default_rng(seed)
    n, width = holds.shape
    rows = np.repeat(np.arange(n, dtype=np.int64), np.diff(holds.indptr))
    items = rng.permutation(holds.indices)
    for _ in range(ROUNDS):
        repeats = _repeats(rows * width + items)
        if not len(repeats):
            break
        others = rng.integers(0, len(items), len(repeats))
        places = np.unique(np.concatenate([repeats, others]))
        items[places] = items[rng.permutation(places)]
    dealt = sp.csr_array(
        (np.ones(len(items), holds.dtype), items, holds.indptr.copy()), shape=(n, width)
    )
    dealt.sum_duplicates()
    dealt.data[:] = 1
    return dealt


def _repeats(keys: np.ndarray) -> np.ndarray:
    """Places whose key stands at a place before."""
    order = np.argsort(keys, kind="stable")
    again = np.diff(keys[order]) == 0
    return order[1:][again] if len(keys) else order
