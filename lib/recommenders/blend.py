"""Several recommenders' answers in one: ranks on one scale, weighted by how much is known.

Weights are chosen on validation playlists, one set for each kind of query (see `kind_of`), and
never on those that are reported.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from lib.errors import ParameterError
from lib.evaluation.ranking import mark_hits
from lib.playlists.continuation.queries import Queries
from lib.recommenders.base import Ranked, Training

SEED_BOUNDS = (1, 2, 8, 18, 51)
"""Numbers of seeds at which another kind begins: around 0, 1, 5, 10, 25 and 100 seeds."""
STEPS = (0.5, 0.2, 0.08)
"""Relative steps of the search for weights, the coarse ones first."""
TIE = 1e-12
GAIN = 1e-5
"""Mean NDCG that a step has to bring."""


@dataclass(frozen=True)
class Pool:
    """All tracks that some recommender answers queries with, and their scores on one scale.

    Attributes
    ----------
    names : tuple of str
        The recommenders.
    tracks : numpy.ndarray of int32, shape (queries, width)
        Each once in a row, in the order of popularity; -1 behind the last.
    scores : numpy.ndarray of float32, shape (queries, recommenders, width)
        1 - log(rank) / log(depth + 1): from 1 for a recommender's first track to nearly 0 for its
        last; 0 for tracks it does not name. Scores of recommenders are not alike enough to be
        added, whatever their scale; ranks are.
    values : numpy.ndarray of float32, shape (queries, recommenders, width)
        The recommenders' own scores, brought to 1 for the first track and 0 for the last; NaN for
        tracks that one does not name.
    """

    names: tuple[str, ...]
    tracks: np.ndarray
    scores: np.ndarray
    values: np.ndarray


def kind_of(queries: Queries) -> np.ndarray:
    """Tell the kind of each query: by its number of seeds, their order, and a title.

    Returns
    -------
    numpy.ndarray of int64, shape (queries,)
        4 × step of the number of seeds, + 2 when the seeds are the first of the playlist (two or
        more), + 1 with a title.

    Examples
    --------
    >>> seeds = [np.arange(0), np.arange(1), np.arange(25)]
    >>> kind_of(Queries(seeds, ["x", "", "x"], np.array([False, True, True]))).tolist()
    [1, 4, 19]
    """
    n = np.array([len(seeds) for seeds in queries.seeds], np.int64)
    step = np.searchsorted(SEED_BOUNDS, n, side="right")
    ordered = np.asarray(queries.ordered, bool) & (n > 1)
    titled = np.array([bool(title) for title in queries.titles], bool)
    return 4 * step + 2 * ordered + titled


def pool_answers(answers: Mapping[str, Ranked], training: Training, depth: int = 500) -> Pool:
    """Put the answers of several recommenders to the same queries together.

    Parameters
    ----------
    answers : mapping of str to Ranked
        By recommender.
    training : Training
        What they learnt from; tracks are ordered by its popularity.
    depth : int, optional
        Tracks to take of each.

    Raises
    ------
    ParameterError
        When there is no recommender.
    """
    if not answers:
        raise ParameterError("answers: expected those of one recommender or more, found none")
    names, rows = tuple(answers), len(next(iter(answers.values())).tracks)
    scaled = [_scaled(one, depth) for one in answers.values()]
    found = np.concatenate([tracks for tracks, _, _ in scaled], axis=1)
    place = np.append(training.place, np.iinfo(np.int32).max)  # the last is for -1
    by_place = np.sort(place[found], axis=1)
    first = np.ones(by_place.shape, bool)
    first[:, 1:] = np.diff(by_place, axis=1) != 0
    first &= by_place < place[-1]
    column = np.cumsum(first, axis=1) - 1
    width = max(int(first.sum(axis=1).max(initial=0)), 1)
    track_at = np.argsort(training.place)
    tracks = np.full((rows, width), -1, np.int32)
    row, _ = np.nonzero(first)
    tracks[row, column[first]] = track_at[by_place[first]]
    scores = np.zeros((rows, len(names), width), np.float32)
    values = np.full(scores.shape, np.nan, np.float32)
    for number, (own, by_rank, by_score) in enumerate(scaled):
        for row in range(rows):
            there = np.flatnonzero(own[row] >= 0)
            at = np.searchsorted(by_place[row], place[own[row, there]])
            scores[row, number, column[row, at]] = by_rank[row, there]
            values[row, number, column[row, at]] = by_score[row, there]
    return Pool(names, tracks, scores, values)


def blended(pool: Pool, weights: np.ndarray, k: int = 500) -> Ranked:
    """Rank the tracks of a pool by the weighted sum of their scores.

    Parameters
    ----------
    pool : Pool
        From `pool_answers`.
    weights : numpy.ndarray, shape (queries, recommenders)
        Of each query.
    k : int, optional
        Tracks wanted; of equal ones the most popular first.
    """
    total = np.einsum("qm,qmt->qt", weights.astype(np.float32), pool.scores)
    total[pool.tracks < 0] = -np.inf
    order = np.argsort(-total, axis=1, kind="stable")[:, :k]
    tracks = np.full((len(total), k), -1, np.int32)
    scores = np.full((len(total), k), np.nan, np.float32)
    tracks[:, : order.shape[1]] = np.take_along_axis(pool.tracks, order, axis=1)
    scores[:, : order.shape[1]] = np.take_along_axis(total, order, axis=1)
    scores[tracks < 0] = np.nan
    return Ranked(tracks, scores)


@dataclass(frozen=True)
class Weights:
    """Weights of recommenders for each kind of query.

    Attributes
    ----------
    names : tuple of str
        The recommenders.
    kinds : numpy.ndarray of int64, shape (kinds,)
        From `kind_of`, rising.
    values : numpy.ndarray of float64, shape (kinds, recommenders)
        None negative; each row adds up to 1.
    """

    names: tuple[str, ...]
    kinds: np.ndarray
    values: np.ndarray

    def of(self, queries: Queries) -> np.ndarray:
        """Look up the weights of queries; a kind that was not met borrows from the nearest."""
        # A difference in seeds counts more than one in order, and that more than a title.
        asked, met = kind_of(queries)[:, None], self.kinds
        distance = 4 * np.abs(asked // 4 - met // 4)
        distance += 2 * (asked // 2 % 2 != met // 2 % 2) + (asked % 2 != met % 2)
        return self.values[distance.argmin(axis=1)]


def fit_weights(pool: Pool, queries: Queries, truth: Sequence[np.ndarray]) -> Weights:
    """Choose the weights with the highest mean NDCG, for each kind of query apart.

    A coordinate search: one weight at a time is raised or lowered by a share of the mean weight,
    as long as that helps, in ever smaller steps. It begins three times, from equal weights, from
    the best recommender alone and from half of each, so that the blend is never below its best
    member on the playlists it is chosen on.

    Parameters
    ----------
    pool : Pool
        Answers to validation queries.
    queries : Queries
        These queries.
    truth : sequence of numpy.ndarray of int32
        Their hidden tracks.
    """
    kinds, of = np.unique(kind_of(queries), return_inverse=True)
    hits = mark_hits(pool.tracks, truth)
    sizes = np.array([len(tracks) for tracks in truth])

    def one(number: int) -> np.ndarray:
        rows = np.flatnonzero(of == number)
        return _search(pool.scores[rows], pool.tracks[rows] >= 0, hits[rows], sizes[rows])

    with ThreadPoolExecutor(os.cpu_count()) as workers:
        values = np.array(list(workers.map(one, range(len(kinds)))))
    return Weights(pool.names, kinds, values)


def _search(
    scores: np.ndarray, there: np.ndarray, hits: np.ndarray, sizes: np.ndarray
) -> np.ndarray:
    def ndcg(weights: np.ndarray) -> float:
        return mean_ndcg(scores, there, hits, sizes, weights)

    alone = np.eye(scores.shape[1])
    best = alone[int(np.argmax([ndcg(one) for one in alone]))]
    equal = np.full(len(best), 1 / len(best))
    return max((_climb(start, ndcg) for start in (equal, best, (equal + best) / 2)), key=ndcg)


def _climb(weights: np.ndarray, ndcg: Callable[[np.ndarray], float]) -> np.ndarray:
    best = ndcg(weights)
    for step in STEPS:
        improved = True
        while improved:
            improved = False
            for place in range(len(weights)):
                for change in (step, -step):
                    tried = weights.copy()
                    tried[place] = max(tried[place] + change * 2 / len(weights), 0)
                    if not tried.any():
                        continue
                    tried /= tried.sum()
                    score = ndcg(tried)
                    if score > best + GAIN:
                        weights, best, improved = tried, score, True
    return weights


def mean_ndcg(
    scores: np.ndarray, there: np.ndarray, hits: np.ndarray, sizes: np.ndarray,
    weights: np.ndarray, depth: int = 500,
) -> float:  # fmt: skip
    """Mean NDCG of a pool's rows under weights; equals `lib.evaluation.ranking`'s.

    Parameters
    ----------
    scores : numpy.ndarray of float32, shape (queries, recommenders, width)
        See `Pool`.
    there, hits : numpy.ndarray of bool, shape (queries, width)
        Where there is a track, and a hidden one.
    sizes : numpy.ndarray of int, shape (queries,)
        Hidden tracks of each query.
    weights : numpy.ndarray, shape (recommenders,)
        The same for all.
    depth : int, optional
        Ranks that count.
    """
    total = np.einsum("m,qmt->qt", weights.astype(np.float32), scores).astype(float)
    # Less than a step of a single float: equal totals keep the order of their columns.
    key = TIE * np.arange(total.shape[1]) - total
    key[~there] = np.inf
    ordered, gain = np.sort(key, axis=1), 1 / np.log2(np.arange(2, depth + 2))
    gained = np.zeros(len(sizes))
    for row, hit in enumerate(hits):
        ranks = np.searchsorted(ordered[row], key[row, hit])
        gained[row] = gain[ranks[ranks < depth]].sum()
    ideal = np.cumsum(gain)[np.minimum(sizes, depth) - 1]
    return float((gained / ideal).mean())


def _scaled(answer: Ranked, depth: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut answers at a depth; bring ranks, and scores, to 1 to 0. What was added has 0 and NaN."""
    tracks, scores = answer.tracks[:, :depth], answer.scores[:, :depth]
    ranks = np.arange(1, tracks.shape[1] + 1)
    scored = (tracks >= 0) & np.isfinite(scores)
    by_rank = np.where(scored, 1 - np.log(ranks) / np.log(depth + 1), 0).astype(np.float32)
    low = np.where(scored, scores, np.inf).min(axis=1, initial=np.inf, keepdims=True)
    high = np.where(scored, scores, -np.inf).max(axis=1, initial=-np.inf, keepdims=True)
    with np.errstate(invalid="ignore"):
        values = np.where(high > low, (scores - low) / (high - low), 1.0)
    return tracks, by_rank, np.where(scored, values, np.nan).astype(np.float32)
