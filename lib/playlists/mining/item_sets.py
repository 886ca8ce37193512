"""Item sets that many playlists hold, and how to look one up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from lib.errors import ParameterError


@dataclass(frozen=True)
class ItemSets:
    """All sets of items that at least `min_count` playlists hold, up to a length.

    Sets are numbered: the single items first, then pairs, and so on; those of one length in the
    order of their items.

    Attributes
    ----------
    n_playlists : int
        All playlists, also those without any item.
    n_items : int
        Columns of the matrix they were found in.
    min_count, max_len : int
        What was asked for.
    items : numpy.ndarray of int32, shape (sets, longest)
        Columns of each set's items, rising; -1 behind the last.
    length : numpy.ndarray of int64, shape (sets,)
        Items of each.
    count : numpy.ndarray of int64, shape (sets,)
        Playlists that hold all of them.
    """

    n_playlists: int
    n_items: int
    min_count: int
    max_len: int
    items: np.ndarray
    length: np.ndarray
    count: np.ndarray

    @cached_property
    def start(self) -> np.ndarray:
        """Number of the first set of each length; ``start[k]`` to ``start[k + 1]`` hold k items."""
        return np.searchsorted(self.length, np.arange(self.items.shape[1] + 2))

    @cached_property
    def _single(self) -> np.ndarray:
        """Number of the set that an item is alone in, -1 when it is not frequent."""
        single = np.full(self.n_items, -1)
        single[self.items[: self.start[2], 0]] = np.arange(self.start[2])
        return single

    @cached_property
    def _keys(self) -> np.ndarray:
        """A rising number for each set of two or more: its beginning's number and its last item.

        Every part of a frequent set is frequent, so that the beginning is a set of the list.
        """
        keys = [np.zeros(0, np.int64)]
        for k in range(2, self.items.shape[1] + 1):
            rows = slice(self.start[k], self.start[k + 1])
            parent = self._number(self.items[rows, : k - 1], keys)
            keys.append(parent * self.n_items + self.items[rows, k - 1])
        return np.concatenate(keys)

    def number(self, wanted: np.ndarray) -> np.ndarray:
        """Look up sets.

        Parameters
        ----------
        wanted : numpy.ndarray of int, shape (sets, k)
            Columns of the items, rising.

        Returns
        -------
        numpy.ndarray of int64
            Their numbers, -1 for sets that are not in the list.

        Examples
        --------
        >>> items = np.array([[0, -1], [2, -1], [0, 2]])
        >>> sets = ItemSets(9, 3, 1, 2, items, np.array([1, 1, 2]), np.array([5, 4, 3]))
        >>> sets.number(np.array([[0, 2], [0, 1]])).tolist()
        [2, -1]
        """
        return self._number(wanted, [self._keys])

    def _number(self, wanted: np.ndarray, keys: list[np.ndarray]) -> np.ndarray:
        found = self._single[wanted[:, 0]]
        known = keys[0] if len(keys) == 1 else np.concatenate(keys)
        for column in wanted.T[1:]:
            key = np.where(found < 0, -1, found * self.n_items + column)
            place = np.searchsorted(known, key)
            there = place < len(known)
            there[there] = known[place[there]] == key[there]
            found = np.where(there, place + self.start[2], -1)
        return found

    def table(self) -> pd.DataFrame:
        """List the sets in mlxtend's form: ``support`` and ``itemsets`` (frozen sets of int)."""
        rows = zip(self.items.tolist(), self.length.tolist(), strict=True)
        itemsets = [frozenset(row[:k]) for row, k in rows]
        support = self.count / self.n_playlists
        return pd.DataFrame({"support": support, "itemsets": pd.Series(itemsets, dtype=object)})


def count_of(min_support: float, n_playlists: int) -> int:
    """Turn a share of the playlists into the least number of playlists.

    Raises
    ------
    ParameterError
        When the share is not above 0 and at most 1.

    Examples
    --------
    >>> count_of(0.07, 100), count_of(0.001, 45446)
    (7, 46)
    """
    if not 0 < min_support <= 1:
        raise ParameterError(f"min_support: expected above 0 and at most 1, found {min_support}")
    # 0.07 × 100 is a little more than 7 in floating point.
    return max(math.ceil(min_support * n_playlists * (1 - 1e-12)), 1)


def gather(
    n_playlists: int, n_items: int, min_count: int, max_len: int, found: list[list]
) -> ItemSets:
    """Put item sets found piece by piece in order.

    Parameters
    ----------
    n_playlists, n_items, min_count, max_len : int
        See `ItemSets`.
    found : list of list of (numpy.ndarray, numpy.ndarray)
        For each length from 1 the pieces: items (sets, length) in any order, and counts.
    """
    found = [pieces for pieces in found if pieces]
    total = sum(len(counts) for pieces in found for _, counts in pieces)
    items = np.full((total, max(len(found), 1)), -1, np.int32)
    length, count = np.empty(total, np.int64), np.empty(total, np.int64)
    start = 0
    for k, pieces in enumerate(found, 1):
        members = np.sort(np.concatenate([piece for piece, _ in pieces]), axis=1)
        order = np.lexsort(members.T[::-1])
        rows = slice(start, start + len(order))
        items[rows, :k] = members[order]
        length[rows] = k
        count[rows] = np.concatenate([counts for _, counts in pieces])[order]
        start += len(order)
    return ItemSets(n_playlists, n_items, min_count, max_len, items, length, count)
