"""Count how many playlists hold two tracks (artists, albums) together, and measure how alike.

With B the matrix of playlists by items, 1 where the playlist holds the item however often, the
counts are BᵀB: exact, symmetric, each item's playlists on the diagonal. It is made a block of
rows at a time, on all cores, so that memory is bounded whatever the number of playlists.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from lib.errors import ParameterError
from lib.playlists.counting.similarity import measure_named
from lib.playlists.store import Store, distinct_pairs

LEVELS = ("track", "artist", "album")
LARGEST_MATRIX = 20_000
"""Items whose full matrix of counts is still made: 1.6 GB."""
BLOCK_CELLS = 4_000_000


@dataclass(frozen=True)
class Items:
    """Items above a threshold, and which playlists hold them.

    Attributes
    ----------
    level : str
        ``"track"``, ``"artist"`` or ``"album"``.
    numbers : numpy.ndarray of int64, shape (items,)
        Rows in the store's table of the level; the most frequent first.
    playlists : numpy.ndarray of int64, shape (items,)
        Playlists that hold each.
    holds : scipy.sparse.csr_array of int32, shape (playlists, items)
        1 where a playlist holds an item.
    """

    level: str
    numbers: np.ndarray
    playlists: np.ndarray
    holds: sp.csr_array


def select_items(
    store: Store, level: str = "track", top: int = 10_000, min_playlists: int = 1
) -> Items:
    """Choose the most frequent items of a store.

    Parameters
    ----------
    store : Store
        The playlists.
    level : str, optional
        ``"track"``, ``"artist"`` or ``"album"``.
    top : int, optional
        At most so many; of equally frequent ones those that come first in the store.
    min_playlists : int, optional
        Only items in so many playlists.

    Raises
    ------
    ParameterError
        When the level is unknown, a number is below 1, or no item is left.
    """
    if level not in LEVELS:
        raise ParameterError(f"level {level!r}: unknown; expected one of {', '.join(LEVELS)}")
    for name, value in (("top", top), ("min_playlists", min_playlists)):
        if value < 1:
            raise ParameterError(f"{name}: expected 1 or more, found {value}")
    if level == "track":
        counts = store.table("tracks", ["playlists"])["playlists"].to_numpy(np.int64)
        owner = np.arange(len(counts), dtype=np.int32)
    else:
        owner = store.table("tracks", [level])[level].to_numpy(np.int32)
        counts = _count_playlists(store, owner, store.manifest["counts"][f"{level}s"])
    numbers = np.argsort(-counts, kind="stable")[:top]
    numbers = numbers[counts[numbers] >= min_playlists]
    if not len(numbers):
        most = f"the most frequent is in {counts.max():,}" if len(counts) else "there is none"
        raise ParameterError(f"min_playlists {min_playlists:,}: no {level} is left; {most}")
    place = np.full(len(counts) + 1, -1, np.int32)  # the last place is for no artist or album
    place[numbers] = np.arange(len(numbers), dtype=np.int32)
    holds = store.incidence(place[owner], len(numbers))
    return Items(level, numbers, counts[numbers], holds)


def count_matrix(holds: sp.csr_array, threads: int | None = None) -> np.ndarray:
    """Count the playlists that two items share.

    Parameters
    ----------
    holds : scipy.sparse.csr_array of int, shape (playlists, items)
        1 where a playlist holds an item.
    threads : int, optional
        The cores by default; the result does not depend on it.

    Returns
    -------
    numpy.ndarray of int32, shape (items, items)
        Symmetric, each item's playlists on the diagonal.

    Raises
    ------
    ParameterError
        When the matrix would take more than `LARGEST_MATRIX` items; `top_neighbours` needs none.

    Examples
    --------
    >>> count_matrix(sp.csr_array(np.array([[1, 1, 0], [0, 1, 1]]))).tolist()
    [[1, 1, 0], [1, 2, 1], [0, 1, 1]]
    """
    n = holds.shape[1]
    if n > LARGEST_MATRIX:
        raise ParameterError(
            f"{n:,} items: their matrix of counts would take {n * n * 4 / 1e9:,.0f} GB; expected "
            f"at most {LARGEST_MATRIX:,}. Raise the threshold, or ask for neighbours only"
        )
    counts = np.zeros((n, n), np.int32)

    def fill(first: int, block: sp.csr_array) -> None:
        counts[first : first + block.shape[0]] = block.toarray()

    for _ in _blocks(holds, fill, threads):
        pass
    return counts


def top_neighbours(
    items: Items,
    measure: str = "cosine",
    top: int = 20,
    min_count: int = 1,
    shrinkage: float = 0.0,
    threads: int | None = None,
) -> pd.DataFrame:
    """List each item's most similar ones, without ever holding the matrix of counts.

    Parameters
    ----------
    items : Items
        From `select_items`.
    measure : str, optional
        A key of `lib.playlists.counting.similarity.MEASURES`.
    top : int, optional
        Neighbours of each item.
    min_count : int, optional
        Only pairs that share so many playlists.
    shrinkage : float, optional
        See there.
    threads : int, optional
        The cores by default; the result does not depend on it.

    Returns
    -------
    pandas.DataFrame
        ``item`` and ``neighbour`` (places among `items`), ``rank`` from 1, ``count`` (shared
        playlists), ``score``; equal scores in the order of counts, then of places.
    """
    chosen = {measure: (measure, shrinkage)}
    return neighbours_by(items, chosen, top, min_count, threads).drop(columns="measure")


def neighbours_by(
    items: Items,
    measures: Mapping[str, tuple[str, float]],
    top: int = 20,
    min_count: int = 1,
    threads: int | None = None,
) -> pd.DataFrame:
    """List each item's most similar ones by several measures, counting once for all of them.

    Parameters
    ----------
    items : Items
        From `select_items`.
    measures : mapping of str to (str, float)
        For each name in the table a key of `lib.playlists.counting.similarity.MEASURES` and a
        shrinkage.
    top, min_count, threads
        As in `top_neighbours`.

    Returns
    -------
    pandas.DataFrame
        That of `top_neighbours`, with a column ``measure`` in front; one measure after the other.
    """
    scores_of = [(measure_named(one), shrinkage) for one, shrinkage in measures.values()]
    each, n_playlists = items.playlists.astype(float), items.holds.shape[0]

    def best(first: int, block: sp.csr_array) -> list[np.ndarray]:
        rows = first + np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
        columns, counts = block.indices, block.data
        kept = (rows != columns) & (counts >= min_count)
        rows, columns, counts = rows[kept], columns[kept], counts[kept]
        ends = np.searchsorted(rows, np.arange(first, first + block.shape[0] + 1))
        found, shared = [], counts.astype(float)
        for score, shrinkage in scores_of:
            scores = score(shared, each[rows], each[columns], n_playlists, shrinkage)
            places = _first_of_each(ends, columns, counts, scores, top)
            fields = [rows[places], columns[places], counts[places], scores[places]]
            found.append(np.rec.fromarrays(fields, names="item,neighbour,count,score"))
        return found

    blocks = list(_blocks(items.holds, best, threads))
    tables = {
        name: pd.DataFrame(np.concatenate([block[place] for block in blocks]))
        for place, name in enumerate(measures)
    }
    table = pd.concat(tables, names=["measure"]).reset_index("measure").reset_index(drop=True)
    rank = table.groupby(["measure", "item"], sort=False).cumcount().to_numpy() + 1
    table.insert(3, "rank", rank)
    return table


def _first_of_each(
    ends: np.ndarray, columns: np.ndarray, counts: np.ndarray, scores: np.ndarray, top: int
) -> np.ndarray:
    """Places of the best scores of each row, best first; row i ends where row i + 1 begins."""
    chosen = [np.zeros(0, np.int64)]
    for begin, end in itertools.pairwise(ends):
        places = np.arange(begin, end)
        if len(places) > top:
            least = np.partition(scores[begin:end], -top)[-top]
            places = places[scores[begin:end] >= least]
        order = np.lexsort((columns[places], -counts[places], -scores[places]))[:top]
        chosen.append(places[order])
    return np.concatenate(chosen)


def _blocks(
    holds: sp.csr_array, use: Callable[[int, sp.csr_array], object], threads: int | None
) -> Iterator[object]:
    """Count a block of rows at a time and hand it to `use`, on all cores."""
    n = holds.shape[1]
    transposed = holds.T.tocsr()
    size = max(1, BLOCK_CELLS // max(n, 1))

    def one(first: int) -> object:
        # The product's inner loops run outside Python's lock. (Half of them could be spared, as
        # the counts are symmetric, but cutting the right factor for each block costs as much.)
        return use(first, transposed[first : first + size] @ holds)

    with ThreadPoolExecutor(threads or os.cpu_count()) as pool:
        yield from pool.map(one, range(0, n, size))


def _count_playlists(store: Store, owner: np.ndarray, n: int) -> np.ndarray:
    """Count the playlists that hold each artist or album."""
    counts = np.zeros(n, np.int64)
    for first, end in store.blocks():
        _, items = distinct_pairs(store.offsets[first : end + 1], store.entries, owner, n)
        counts += np.bincount(items, minlength=n)
    return counts
