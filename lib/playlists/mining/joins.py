"""Joining item sets that share all but their last item: the inner loop of the miner."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np
import scipy.sparse as sp

from lib.errors import ParameterError

BLOCK_CELLS = 4_000_000
"""Counts made at a time."""
BLOCK_ENTRIES = 8_000_000
"""Entries of a matrix of sets by playlists made at a time, unless one family has more."""

Emit = Callable[[np.ndarray, np.ndarray], None]


def rare_first(holds: sp.csr_array, min_count: int) -> tuple[sp.csr_array, np.ndarray, np.ndarray]:
    """Make the matrix of frequent items by playlists, the rarest first; columns and counts."""
    counts = np.bincount(holds.indices, minlength=holds.shape[1])
    order = np.argsort(counts, kind="stable")
    order = order[counts[order] >= min_count]
    if not len(order):
        raise ParameterError(
            f"min_count {min_count:,}: no item is left; the most frequent is in "
            f"{int(counts.max(initial=0)):,} playlists"
        )
    held = sp.csr_array(holds[:, order].T.tocsr(), dtype=np.int32)
    held.sort_indices()
    return held, order, counts[order]


def joined(parts: list[tuple]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Put pieces of (rows, columns, counts) together."""
    i, j, count = (np.concatenate(part) for part in zip(*parts, strict=True))
    return i, j, count


def above(
    shared: sp.csr_array, rows: np.ndarray, min_count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """List the cells right of the diagonal that reach the count, row by row."""
    cells = np.flatnonzero(shared.data >= min_count)
    i = rows[np.searchsorted(shared.indptr, cells, side="right") - 1]
    j = shared.indices[cells]
    right = j > i
    i, j, count = i[right], j[right].astype(np.int64), shared.data[cells[right]].astype(np.int64)
    order = np.lexsort((j, i))
    return i[order], j[order], count[order]


def families(i: np.ndarray, j: np.ndarray, count: np.ndarray) -> Iterator[tuple]:
    """Cut sets, sorted by `i`, into runs of whole families (the same `i`); only children go."""
    starts = np.flatnonzero(np.diff(i, prepend=-1))
    sizes = np.diff(starts, append=len(i))
    kept = np.repeat(sizes > 1, sizes)
    i, j, count = i[kept], j[kept], count[kept]
    if not len(i):
        return
    # A run ends with the family in which its share of the entries is used up.
    edges = np.append(np.flatnonzero(np.diff(i, prepend=-1)), len(i))
    for first, end in _cuts(np.cumsum(count)[edges[1:] - 1], BLOCK_ENTRIES):
        run = slice(edges[first], edges[end])
        yield i[run], j[run], count[run]


def grow(
    held: sp.csr_array, members: np.ndarray, i: np.ndarray, j: np.ndarray, _: np.ndarray,
    min_count: int, max_len: int, emit: Emit,
) -> None:  # fmt: skip
    """Join the sets that rows `i` and `j` of `held` make, family by family, and so on."""
    grown = np.concatenate([members[i], members[j][:, -1:]], axis=1)
    held = _together(held, i, j)
    across = held.T.tocsr()
    family = np.unique(i, return_inverse=True)[1]
    # A row meets no more rows than its family has.
    cells = np.cumsum(np.bincount(family)[family])
    for first, end in _cuts(cells, BLOCK_CELLS):
        i, j, count = above(held[first:end] @ across, np.arange(first, end), min_count)
        if not len(i):
            continue
        emit(np.concatenate([grown[i], grown[j][:, -1:]], axis=1), count)
        if grown.shape[1] + 1 < max_len:
            for run in families(i, j, count):
                grow(held, grown, *run, min_count, max_len, emit)


def _cuts(cost: np.ndarray, most: int) -> Iterator[tuple[int, int]]:
    """Cut rows into runs (first, end) of about `most`, given the running sum of their cost."""
    share = cost // most
    edges = np.append(np.flatnonzero(np.diff(share, prepend=-1)), len(cost))
    yield from itertools.pairwise(edges.tolist())


def _together(held: sp.csr_array, i: np.ndarray, j: np.ndarray) -> sp.csr_array:
    """Make the matrix of the sets joined from rows `i` and `j` by where `i` stands in `held`.

    A column is an entry of `held`: a playlist, told apart by the row it comes from.
    """
    first_row, last_row = int(i[0]), int(i[-1])
    begin, end = int(held.indptr[first_row]), int(held.indptr[last_row + 1])
    entry = np.arange(1, end - begin + 1, dtype=np.int32)
    pointer = held.indptr[first_row : last_row + 2] - begin
    shape = (last_row + 1 - first_row, held.shape[1])
    numbered = sp.csr_array((entry, held.indices[begin:end], pointer), shape=shape)
    sizes = np.diff(held.indptr)
    indices, lengths = [], []
    for first, last in _cuts(np.cumsum(sizes[i] + sizes[j], dtype=np.int64), BLOCK_ENTRIES):
        both = numbered[i[first:last] - first_row].multiply(held[j[first:last]]).tocsr()
        indices.append(both.data - 1)
        lengths.append(np.diff(both.indptr))
    pointer = np.concatenate([[0], *lengths]).cumsum()
    data = np.ones(pointer[-1], np.int32)
    return sp.csr_array((data, np.concatenate(indices), pointer), shape=(len(i), end - begin))
