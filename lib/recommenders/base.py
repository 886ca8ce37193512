"""What all recommenders share: what they learn from, and what they answer.

A recommender is a dataclass of hyper-parameters with ``fit(training)``, which returns itself, and
``recommend(queries, k)``. Playlists that it has not seen are folded in from their seeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, Self

import numpy as np
import scipy.sparse as sp

from lib.errors import ParameterError
from lib.playlists.continuation.queries import Queries
from lib.playlists.describing.titles import reduced
from lib.playlists.sample.scrambled import scramble
from lib.playlists.store import Store, blocks, distinct_pairs

TIES = 103
"""Stream of random numbers by which equally popular tracks are ordered."""


@dataclass(frozen=True)
class Training:
    """The playlists that recommenders learn from.

    Attributes
    ----------
    tracks : scipy.sparse.csr_array of float32, shape (playlists, tracks)
        1 where a playlist holds a track, repeats or not; indices in rising order.
    titles : list of str
        Normalised titles of the playlists, ``""`` for none.
    artist, album : numpy.ndarray of int32, shape (tracks,)
        Numbers, -1 when unknown.
    """

    tracks: sp.csr_array
    titles: list[str]
    artist: np.ndarray
    album: np.ndarray

    @cached_property
    def by_track(self) -> sp.csr_array:
        """The matrix of tracks by playlists."""
        return sp.csr_array(self.tracks.T.tocsr())

    @cached_property
    def popularity(self) -> np.ndarray:
        """Playlists that hold each track, int64."""
        return np.bincount(self.tracks.indices, minlength=self.tracks.shape[1])

    @cached_property
    def known(self) -> np.ndarray:
        """Whether any of the playlists holds a track; the others stand in the catalogue only."""
        return self.popularity > 0

    @cached_property
    def log_popularity(self) -> np.ndarray:
        """Logarithm of 1 + popularity, float32."""
        return np.log1p(self.popularity).astype(np.float32)

    @cached_property
    def owned(self) -> tuple[np.ndarray, np.ndarray]:
        """Known tracks of each artist and of each album, int64, by their numbers."""
        return tuple(
            np.bincount(of[self.known & (of >= 0)], minlength=of.max(initial=0) + 1)
            for of in (self.artist, self.album)
        )

    @cached_property
    def lengths(self) -> np.ndarray:
        """Distinct tracks of each playlist, int64."""
        return np.diff(self.tracks.indptr).astype(np.int64)

    @cached_property
    def popular(self) -> np.ndarray:
        """All tracks in some playlist, int32, in the order of `place`."""
        return np.argsort(self.place)[: np.count_nonzero(self.popularity)].astype(np.int32)

    @cached_property
    def place(self) -> np.ndarray:
        """Place of each track in the order of popularity: int32, 0 is the most popular.

        Equally popular tracks are in a fixed random order. Their numbers would not do: a store
        numbers tracks as playlists name them, those held out as well, so low numbers hint at them.
        """
        place = np.empty(len(self.popularity), np.int32)
        numbers = scramble(0, TIES, np.arange(len(place)))
        place[np.lexsort((numbers, -self.popularity))] = np.arange(len(place), dtype=np.int32)
        return place


def training_from(store: Store, playlists: np.ndarray) -> Training:
    """Take some playlists of a store to learn from.

    Parameters
    ----------
    store : Store
        All playlists.
    playlists : numpy.ndarray of int, shape (chosen,)
        Their rows in the store, in any order, each once.

    Raises
    ------
    ParameterError
        When a playlist is not in the store, or is named twice.
    """
    playlists, n_tracks = np.asarray(playlists, np.int64), store.manifest["counts"]["tracks"]
    n_playlists = len(store.offsets) - 1
    if len(playlists) and not 0 <= playlists.min() <= playlists.max() < n_playlists:
        raise ParameterError(f"playlists: expected rows 0 to {n_playlists - 1:,} of the store")
    if len(np.unique(playlists)) < len(playlists):
        raise ParameterError("playlists: expected each once, found some more than once")
    begins, lengths = store.offsets[playlists], store.lengths()[playlists]
    offsets = np.concatenate([[0], lengths.cumsum()])
    itself = np.arange(n_tracks, dtype=np.int32)
    counts, indices = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)]
    for first, end in blocks(offsets):
        inner = offsets[first : end + 1] - offsets[first]
        places = np.arange(inner[-1]) + np.repeat(
            begins[first:end] - inner[:-1], lengths[first:end]
        )
        rows, columns = distinct_pairs(inner, store.entries[places], itself, n_tracks)
        counts.append(np.bincount(rows, minlength=end - first))
        indices.append(columns)
    pointer = np.concatenate([[0], np.concatenate(counts).cumsum()])
    entries = np.concatenate(indices)
    pointer = pointer.astype(np.int32 if len(entries) < 2**31 else np.int64)
    shape = (len(playlists), n_tracks)
    matrix = sp.csr_array((np.ones(len(entries), np.float32), entries, pointer), shape=shape)
    names = store.table("playlists", ["name"])["name"].iloc[playlists]
    about = store.table("tracks", ["artist", "album"])
    return Training(
        matrix,
        reduced(names, "normalised").fillna("").tolist(),
        about["artist"].to_numpy(np.int32),
        about["album"].to_numpy(np.int32),
    )


@dataclass(frozen=True)
class Ranked:
    """Recommended tracks, the best first.

    Attributes
    ----------
    tracks : numpy.ndarray of int32, shape (queries, k)
        Each at most once in a row, never a seed; -1 where there is no more answer. A row of -1 is
        a query that the recommender cannot answer.
    scores : numpy.ndarray of float32, shape (queries, k)
        Falling in each row, comparable within a row only; NaN where there is no track, or where
        it does not come from the recommender (see `fill`).
    """

    tracks: np.ndarray
    scores: np.ndarray

    @property
    def answered(self) -> np.ndarray:
        """Whether a query has any answer, shape (queries,)."""
        return (self.tracks >= 0).any(axis=1)


class Recommender(Protocol):
    """What a recommender does."""

    def fit(self, training: Training) -> Self:
        """Learn from playlists; returns itself."""
        ...

    def recommend(self, queries: Queries, k: int = 500) -> Ranked:
        """Answer each query with at most k tracks that are not among its seeds."""
        ...


def learnt(recommender: object) -> Training:
    """Return what a recommender was fitted on, its attribute ``training``.

    Raises
    ------
    ParameterError
        When it is not fitted yet.
    """
    training = getattr(recommender, "training", None)
    if training is None:
        raise ParameterError(f"{type(recommender).__name__}: not fitted; call fit(training) first")
    return training


def frequent(training: Training, min_playlists: int) -> np.ndarray:
    """Tracks in so many training playlists, int32, rising.

    Raises
    ------
    ParameterError
        When there is none.
    """
    columns = np.flatnonzero(training.popularity >= max(min_playlists, 1)).astype(np.int32)
    if not len(columns):
        most = training.popularity.max(initial=0)
        raise ParameterError(
            f"min_playlists {min_playlists:,}: no track is in so many training playlists; the "
            f"most popular is in {most:,}"
        )
    return columns
