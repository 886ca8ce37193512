"""Published ways to score playlist continuation, rebuilt, and honest ones on the same playlists.

Each function returns one number a playlist, so that steps from one to the other are paired.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd

from lib.errors import DataError
from lib.evaluation.intervals import LEVEL
from lib.evaluation.ranking import DEPTH, check_ranked, mark_hits, score_playlists
from lib.playlists.continuation.held_draw import different_tracks
from lib.playlists.continuation.holdout import hold_out_random
from lib.playlists.continuation.queries import Queries
from lib.playlists.store import Store
from lib.recommenders.base import Ranked, Training, learnt, training_from
from lib.recommenders.cooccurrence import Cooccurrence
from lib.recommenders.itemknn import ItemKNN
from lib.recommenders.popularity import Popularity
from lib.recommenders.rank import rank, seed_matrix
from lib.recommenders.walks import walk

SHOWN = 0.8
"""Share of a playlist, from its beginning, that is shown; the rest is hidden."""
MIN_LENGTH = 10
"""Fewest different tracks of a playlist that is asked about, as published."""
MOST_HELD = 10
"""At most one playlist in so many is asked about, and as many again are left out of training."""
FIRST = 10


@dataclass
class PublishedHybrid:
    """Shared playlists with the seeds and popularity, each over its largest value, as published.

    Parameters
    ----------
    weight : float
        Weight of the shared playlists; popularity has the rest.
    """

    weight: float = 0.7
    training: Training | None = field(default=None, init=False, repr=False)

    def fit(self, training: Training) -> Self:
        """Keep the playlists."""
        self.training = training
        return self

    def recommend(self, queries: Queries, k: int = DEPTH) -> Ranked:
        """Answer from the seeds; without any known one by popularity."""
        training = learnt(self)
        popularity = training.popularity / max(training.popularity.max(initial=0), 1)
        floor = np.where(popularity > 0, (1 - self.weight) * popularity, -np.inf)

        def score(part: Queries) -> np.ndarray:
            seeds = seed_matrix(part.seeds, training.tracks.shape[1])
            shared = walk(training, seeds, None, None).toarray()
            for row, known in enumerate(part.seeds):
                shared[row, known] = 0
            most = np.maximum(shared.max(axis=1, keepdims=True), 1)
            return (floor + self.weight * shared / most).astype(np.float32)

        everything = np.arange(training.tracks.shape[1], dtype=np.int32)
        return rank(queries, training, k, score, everything)


MODELS = {
    "popularity": Popularity,
    "co-occurrence": Cooccurrence,
    "hybrid": PublishedHybrid,
    "item-kNN": ItemKNN,
}
"""The published models whose code can be asked about a playlist, and a plain good one beside."""


@dataclass(frozen=True)
class Asked:
    """Playlists to score by, what is shown and hidden of them, and what may be learned from.

    Attributes
    ----------
    playlists : numpy.ndarray of int64
        Their rows in the store.
    queries : Queries
        Their first tracks.
    truth : list of numpy.ndarray of int32
        Their last tracks.
    others, everything : Training
        Playlists without these, and all playlists with these: the published way.
    """

    playlists: np.ndarray
    queries: Queries
    truth: list[np.ndarray]
    others: Training
    everything: Training


def ask(store: Store, most: int, seed: int) -> Asked:
    """Hold playlists out whole and cut each into its first and last tracks.

    Raises
    ------
    DataError
        When there are too few playlists for ten to be held out.
    """
    n = len(store.offsets) - 1
    each = min(most, n // MOST_HELD)
    if each < FIRST:
        raise DataError(
            f"{store.folder}: {FIRST * MOST_HELD} playlists or more expected to hold {FIRST} out, "
            f"found {n:,}; load more"
        )
    held = hold_out_random(store, (5,), each, (MIN_LENGTH,), seed)
    rows = held.test.playlists
    seeds, truth = [], []
    for row in rows:
        tracks = different_tracks(store, row).astype(np.int32)
        end = int(SHOWN * len(tracks))
        seeds.append(tracks[:end])
        truth.append(tracks[end:])
    queries = Queries(seeds, [""] * len(rows), np.ones(len(rows), bool))
    both = (training_from(store, chosen) for chosen in (held.train, np.arange(n)))
    return Asked(rows, queries, truth, *both)


def scored(asked: Asked, model: str, training: Training, k: int = DEPTH) -> pd.DataFrame:
    """Score one of `MODELS`, fitted on a training; a row a playlist.

    Returns
    -------
    pandas.DataFrame
        The columns of `lib.evaluation.ranking.score_playlists`, and ``precision@10``;
        ``first_hit``, the ranks before the first hit, `k` without one.
    """
    ranked = MODELS[model]().fit(training).recommend(asked.queries, k).tracks
    check_ranked(ranked, asked.queries.seeds, training.tracks.shape[1])
    scores = score_playlists(ranked, asked.truth, training.artist)
    sizes = np.array([len(hidden) for hidden in asked.truth])
    scores["precision@10"] = scores["recall@10"] * sizes / FIRST
    hits = mark_hits(ranked, asked.truth)
    scores["first_hit"] = np.where(hits.any(axis=1), hits.argmax(axis=1), k).astype(float)
    return scores


def share_in_top(store: Store, playlists: Sequence[int], top: np.ndarray) -> np.ndarray:
    """Share of each playlist's different tracks that are among `top`: published as R-precision."""
    return np.array([np.isin(different_tracks(store, row), top).mean() for row in playlists])


def own_tracks_ndcg(store: Store, playlists: Sequence[int], popularity: np.ndarray) -> np.ndarray:
    """Rank a playlist's own first ten tracks by popularity, relevant being what it holds.

    Published as NDCG. What is ranked is drawn from the truth, so every rank is a hit.
    """
    found = []
    gain = 1 / np.log2(np.arange(2, FIRST + 2))
    for row in playlists:
        tracks = np.asarray(store.tracks_of(row))
        listed = tracks[:FIRST][np.argsort(-popularity[tracks[:FIRST]], kind="stable")]
        relevant = np.isin(listed, tracks)
        ideal = gain[: min(FIRST, len(tracks))]
        found.append((gain[: len(listed)] * relevant).sum() / ideal.sum())
    return np.array(found)


def hits_over_ten(asked: Asked, top: np.ndarray) -> np.ndarray:
    """Hits of 500 tracks among the hidden ones over 10, or over 500 when more than 10.

    Published as the precision of the first 10.
    """
    hits = np.array([np.isin(hidden, top).sum() for hidden in asked.truth])
    return np.where(hits <= FIRST, hits / FIRST, hits / len(top))


def ratio_interval(
    top: np.ndarray, bottom: np.ndarray, replicates: int, seed: int, level: float = LEVEL
) -> tuple[float, float, float]:
    """Ratio of two means over the same playlists, with a bootstrap interval of playlists.

    Raises
    ------
    DataError
        When the second mean is 0.

    Examples
    --------
    >>> ratio_interval(np.array([0.2, 0.4]), np.array([0.1, 0.2]), 50, seed=0)[0]
    2.0
    """
    if not bottom.sum():
        raise DataError("ratio: a second mean above 0 expected, found 0; ask about more playlists")
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(top), size=(replicates, len(top)))
    below = bottom[drawn].sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = top[drawn].sum(axis=1) / below
    low, high = np.quantile(ratios[below > 0], [(1 - level) / 2, (1 + level) / 2])
    return float(top.sum() / bottom.sum()), float(low), float(high)


def mean_interval(
    values: np.ndarray, replicates: int, seed: int, level: float = LEVEL
) -> tuple[float, float, float]:
    """Mean over playlists with a bootstrap interval."""
    return ratio_interval(values, np.ones(len(values)), replicates, seed, level)
