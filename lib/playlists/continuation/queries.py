"""What a recommender is asked: playlists to continue, by some of their tracks, title or both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lib.errors import ParameterError


@dataclass(frozen=True)
class Queries:
    """Playlists to continue.

    Attributes
    ----------
    seeds : list of numpy.ndarray of int32
        Known tracks of each playlist, each once, in the order of the playlist; may be empty.
    titles : list of str
        Titles, ``""`` where there is none or it is not given.
    ordered : numpy.ndarray of bool, shape (playlists,)
        Whether the seeds are the playlist's first tracks; otherwise they are from anywhere in it.

    Raises
    ------
    ParameterError
        When the three are not of the same length.

    Examples
    --------
    >>> seeds = [np.array([4, 2], np.int32), np.zeros(0, np.int32)]
    >>> queries = Queries(seeds, ["", "road trip"], np.array([True, False]))
    >>> len(queries), queries.take([1]).titles
    (2, ['road trip'])
    """

    seeds: list[np.ndarray]
    titles: list[str]
    ordered: np.ndarray

    def __post_init__(self) -> None:
        lengths = len(self.seeds), len(self.titles), len(self.ordered)
        if len(set(lengths)) > 1:
            raise ParameterError(
                "queries: seeds, titles and ordered of the same length expected, found "
                f"{lengths[0]:,}, {lengths[1]:,} and {lengths[2]:,}"
            )

    def __len__(self) -> int:
        return len(self.seeds)

    def take(self, rows: np.ndarray | list[int]) -> Queries:
        """Return some of the queries, by place."""
        rows = np.asarray(rows, np.int64)
        return Queries(
            [self.seeds[row] for row in rows],
            [self.titles[row] for row in rows],
            self.ordered[rows],
        )
