"""From scores to ranked tracks: seeds left out, ties in order, short answers filled."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import scipy.sparse as sp
from threadpoolctl import threadpool_limits

from lib.errors import ParameterError
from lib.playlists.continuation.queries import Queries
from lib.recommenders.base import Ranked, Training

BATCH = 64
"""Queries that a thread answers at a time."""
DENSE_CELLS = 20_000_000
"""Scores that a thread holds at a time where every track has one: 80 MB."""
Scores = np.ndarray | sp.csr_array
"""Scores of queries by tracks: dense with -inf for no answer, or sparse (none where not stored)."""


def rank(
    queries: Queries,
    training: Training,
    k: int,
    score: Callable[[Queries], Scores],
    columns: np.ndarray | None = None,
) -> Ranked:
    """Score queries a batch at a time on all cores, and keep the k best tracks of each.

    Equal scores are ordered by popularity, see `Training.place`. A track that no
    training playlist holds is never an answer: it is in the catalogue only because a playlist
    holds it that was held out, so that naming it would give hidden tracks away.

    Parameters
    ----------
    queries : Queries
        As given; see `cleaned`.
    training : Training
        What was learnt from.
    k : int
        Tracks wanted.
    score : callable
        From cleaned queries to scores of (queries, tracks), see `Scores`.
    columns : numpy.ndarray of int32, optional
        The tracks that dense scores are for; to be given with such scores.

    Raises
    ------
    ParameterError
        When k is below 1, or a seed is no track.
    """
    ranked = nothing(len(queries), k)
    queries = cleaned(queries, training.tracks.shape[1])
    place, known = training.place, training.known
    batch = BATCH if columns is None else min(BATCH, max(DENSE_CELLS // max(len(columns), 1), 1))

    def one(first: int) -> None:
        part = queries.take(np.arange(first, min(first + batch, len(queries))))
        found = score(part)
        for row, seeds in enumerate(part.seeds):
            if isinstance(found, np.ndarray):
                here, values = columns, found[row]
            else:
                inside = slice(found.indptr[row], found.indptr[row + 1])
                here, values = found.indices[inside], found.data[inside]
            if not known[here].all():
                here, values = here[known[here]], values[known[here]]
            best, values = best_of_row(here, values, seeds, place, k)
            ranked.tracks[first + row, : len(best)] = best
            ranked.scores[first + row, : len(best)] = values

    in_batches(one, len(queries), batch)
    return ranked


def in_batches(work: Callable[[int], None], n: int, size: int) -> None:
    """Do `work` from each first of `size` on, on all cores; a single batch without more ado."""
    if n <= size:
        if n:
            work(0)
        return
    # BLAS would start threads of its own in each of ours.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(work, range(0, n, size)):
            pass


def best_of_row(
    tracks: np.ndarray, values: np.ndarray, seeds: np.ndarray, place: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Order the k best tracks that are no seeds: by score, then by place.

    Examples
    --------
    >>> tracks, values = np.arange(5), np.array([2.0, 1.0, 3.0, 2.0, -np.inf])
    >>> place = np.array([4, 2, 1, 0, 3])
    >>> best_of_row(tracks, values, np.array([2]), place, 500)[0].tolist()
    [3, 0, 1]
    """
    most = k + len(seeds)
    least = np.partition(values, -most)[-most] if len(values) > most else -np.inf
    # All that tie with the last one stay in until they are ordered.
    kept = np.flatnonzero((values >= least) & (values > -np.inf))
    kept = kept[~np.isin(tracks[kept], seeds)]
    tracks, values = tracks[kept], values[kept]
    order = np.lexsort((place[tracks], -values))[:k]
    return tracks[order], values[order]


def cleaned(queries: Queries, n_tracks: int) -> Queries:
    """Leave out unknown seeds (-1), and repeats after the first; the order stays.

    Raises
    ------
    ParameterError
        When a seed is neither a track's number nor -1.

    Examples
    --------
    >>> queries = Queries([np.array([3, -1, 2, 3])], [""], np.array([True]))
    >>> cleaned(queries, 4).seeds
    [array([3, 2], dtype=int32)]
    """
    seeds = []
    for row, given in enumerate(queries.seeds):
        given = np.asarray(given, np.int64)
        if len(given) and not -1 <= given.min() <= given.max() < n_tracks:
            wrong = given[(given < -1) | (given >= n_tracks)][0]
            raise ParameterError(
                f"query {row}: seed {wrong} is no track; expected 0 to {n_tracks - 1:,}, or -1 "
                "for a track that is not in the catalogue"
            )
        given = given[given >= 0]
        _, first = np.unique(given, return_index=True)
        seeds.append(given[np.sort(first)].astype(np.int32))
    return Queries(seeds, queries.titles, queries.ordered)


def seed_matrix(
    seeds: list[np.ndarray], n_tracks: int, weights: list[np.ndarray] | None = None
) -> sp.csr_array:
    """Put seeds into a matrix of float32, shape (queries, tracks), with weights or ones."""
    pointer = np.concatenate([[0], np.cumsum([len(one) for one in seeds], dtype=np.int64)])
    indices = np.concatenate([np.zeros(0, np.int32), *seeds]).astype(np.int32)
    data = np.ones(len(indices)) if weights is None else np.concatenate([np.zeros(0), *weights])
    matrix = sp.csr_array((data.astype(np.float32), indices, pointer), shape=(len(seeds), n_tracks))
    matrix.sort_indices()
    return matrix


def nothing(n: int, k: int) -> Ranked:
    """Make room for the answers to n queries, none of them given yet.

    Raises
    ------
    ParameterError
        When k is below 1.
    """
    if k < 1:
        raise ParameterError(f"k: expected 1 or more, found {k}")
    return Ranked(np.full((n, k), -1, np.int32), np.full((n, k), np.nan, np.float32))


def fill(ranked: Ranked, training: Training, queries: Queries, k: int = 500) -> Ranked:
    """Top up short answers with the most popular tracks.

    Parameters
    ----------
    ranked : Ranked
        Answers to the queries; of longer ones the first k are kept.
    training : Training
        For the order of popularity.
    queries : Queries
        Their seeds are left out.
    k : int, optional
        Tracks wanted, at least 1.

    Returns
    -------
    Ranked
        What was added has no score (NaN). Rows stay short only when all tracks are used up.
    """
    filled = nothing(len(queries), k)
    tracks, scores = filled.tracks, filled.scores
    width = min(k, ranked.tracks.shape[1])
    tracks[:, :width], scores[:, :width] = ranked.tracks[:, :width], ranked.scores[:, :width]
    seeds = cleaned(queries, training.tracks.shape[1]).seeds
    for row in np.flatnonzero((tracks < 0).any(axis=1)):
        have = tracks[row][tracks[row] >= 0]
        used = np.concatenate([have, seeds[row]])
        # As many as are used may have to be passed over.
        more = training.popular[: k + len(used)]
        more = more[~np.isin(more, used)][: k - len(have)]
        tracks[row, len(have) : len(have) + len(more)] = more
    return filled
