"""Find all item sets that enough playlists hold: exact, on sparse matrices, a piece at a time.

Sets grow item by item, the rarest first, so that a set's playlists are those of its rarest items
(Eclat: Zaki 2000). With Q the matrix of the sets that share all but their last item by the
playlists that hold them, QQᵀ counts the playlists of every two of them joined, in compiled code.
Each playlist is told apart by what the sets share, so that one product serves many such families.
The result equals FP-Growth's.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import scipy.sparse as sp

from lib.errors import ParameterError
from lib.playlists.mining.item_sets import ItemSets, gather
from lib.playlists.mining.joins import BLOCK_CELLS, above, families, grow, joined, rare_first
from lib.playlists.mining.mine_estimate import estimate
from lib.playlists.mining.mine_plan import Limits, check_plan


def mine(
    holds: sp.csr_array,
    min_count: int,
    max_len: int = 3,
    limits: Limits | None = None,
    threads: int | None = None,
) -> ItemSets:
    """Find all sets of items that at least `min_count` playlists hold.

    Parameters
    ----------
    holds : scipy.sparse.csr_array of int, shape (playlists, items)
        1 where a playlist holds an item, see `lib.playlists.counting.cooccurrence.select_items`.
    min_count : int
        Least number of playlists; `lib.playlists.mining.item_sets.count_of` makes it from a
        support.
    max_len : int, optional
        Most items of a set.
    limits : Limits, optional
        What it may cost.
    threads : int, optional
        The cores by default; the result does not depend on it.

    Raises
    ------
    ParameterError
        When a number is out of range; before the work begins, when it is likely to cost more than
        the limits (see `estimate`); while it runs, when there are more sets than they allow.

    Examples
    --------
    >>> holds = sp.csr_array(np.array([[1, 1, 1], [1, 1, 0], [0, 1, 1], [1, 1, 1]]))
    >>> sets = mine(holds, min_count=2)
    >>> [(row[:k].tolist(), int(n)) for row, k, n in zip(sets.items, sets.length, sets.count)]
    ... # doctest: +NORMALIZE_WHITESPACE
    [([0], 3), ([1], 4), ([2], 3), ([0, 1], 3), ([0, 2], 2), ([1, 2], 3), ([0, 1, 2], 2)]
    """
    limits = limits or Limits()
    check_plan(estimate(holds, min_count, max_len), limits)
    held, column, count = rare_first(holds, min_count)
    single = (column[:, None].astype(np.int32), count)
    found: list[list] = [[single], *([] for _ in range(max_len - 1))]
    made = len(column)

    def keep(pieces: list) -> None:
        nonlocal made
        for members, counts in pieces:
            found[members.shape[1] - 1].append((column[members].astype(np.int32), counts))
            made += len(counts)
        if made > limits.sets:
            raise _too_many(limits.sets, min_count, max_len)

    if max_len > 1 and len(column) > 1:
        pool = ThreadPoolExecutor(threads or os.cpu_count())
        try:
            begun = _begin(held, min_count, limits.sets, pool)
            keep([(np.stack(begun[:2], axis=1), begun[2])])
            if max_len > 2:
                work = partial(_family_tree, held, min_count, max_len, limits.sets)
                for pieces in pool.map(work, families(*begun)):
                    keep(pieces)
        finally:
            pool.shutdown(cancel_futures=True)
    return gather(holds.shape[0], holds.shape[1], min_count, max_len, found)


def _too_many(sets: int, min_count: int, max_len: int) -> ParameterError:
    return ParameterError(
        f"min_count {min_count:,}, max_len {max_len}: stopped at more than the {sets:,} item sets "
        "allowed. Raise the support, lower the length, or keep fewer tracks"
    )


def _begin(
    held: sp.csr_array, min_count: int, most: int, pool: ThreadPoolExecutor
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find the pairs of rows that share enough columns, on all cores."""
    across = held.T.tocsr()
    n = held.shape[0]
    size = max(1, BLOCK_CELLS // n)

    def one(first: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        rows = np.arange(first, min(first + size, n))
        i, j, count = above(held[rows] @ across[:, first:], rows - first, min_count)
        return i + first, j + first, count

    parts, made = [], 0
    for part in pool.map(one, range(0, n, size)):
        parts.append(part)
        made += len(part[0])
        if made > most:
            raise _too_many(most, min_count, 2)
    return joined(parts)


def _family_tree(held: sp.csr_array, min_count: int, max_len: int, most: int, run: tuple) -> list:
    """Find all that grows from a run of pairs: pieces of members (rows of `held`) and counts."""
    pieces: list[tuple[np.ndarray, np.ndarray]] = []

    def emit(members: np.ndarray, count: np.ndarray) -> None:
        pieces.append((members.astype(np.int32), count))
        if sum(len(found) for _, found in pieces) > most:
            raise _too_many(most, min_count, max_len)

    grow(held, np.arange(held.shape[0])[:, None], *run, min_count, max_len, emit)
    return pieces
