"""What is known of a candidate for a playlist: the features that the second stage ranks by.

All of it is computed from training playlists, the catalogue, and the query itself.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from lib.playlists.continuation.queries import Queries
from lib.recommenders.base import Ranked, Training
from lib.recommenders.blend import Pool
from lib.recommenders.rank import cleaned, in_batches

BATCH = 32
NEAR = 100
"""Nearest playlists that are looked at."""
LATE = 5
"""Last seeds of an ordered playlist that are looked at apart."""

OWN = (
    "blend score", "log blend rank", "log popularity", "log seeds", "ordered", "title",
    "seeds by the artist", "share of seeds by the artist", "seeds from the album",
    "share of seeds from the album", "late seeds by the artist", "late seeds from the album",
    "blend share of the artist", "blend share of the album", "candidates by the artist",
    "candidates from the album", "tracks by the artist", "tracks on the album",
    "share of the artist's tracks seeded", "share of the album's tracks seeded",
    "mean cosine", "greatest cosine", "second cosine", "least cosine", "spread of cosine",
    "late cosine", "mean chance", "greatest chance", "mean chance back", "greatest chance back",
    "share of seeds met", "mean likeness", "greatest likeness", "cohesion",
    "share of near playlists", "tracks of near playlists", "seeds of the nearest playlist",
    "log playlists met", "mean log popularity of seeds", "spread of log popularity of seeds",
    "artists per seed", "albums per seed", "log popularity over the seeds'",
)  # fmt: skip
"""Features beside the score and log rank of each recommender.

Cosine, chance P(candidate | seed) and chance back P(seed | candidate) are of playlists that hold
both; likeness is the cosine of factor vectors, cohesion the length of the seeds' mean vector.
"""


def feature_names(pool: Pool) -> list[str]:
    """Name the columns that `describe` makes."""
    parts = [f"{what} {name}" for what in ("score", "log rank") for name in pool.names]
    return [*parts, *OWN]


def describe(
    queries: Queries,
    ranked: Ranked,
    pool: Pool,
    training: Training,
    vectors: np.ndarray,
    n_candidates: int = 300,
) -> np.ndarray:
    """Describe the first candidates of each query.

    Parameters
    ----------
    queries : Queries
        What was asked.
    ranked : Ranked
        Candidates, the best first: the blend's answers.
    pool : Pool
        What each recommender said, see `lib.recommenders.blend.pool_answers`.
    training : Training
        What the recommenders learnt from.
    vectors : numpy.ndarray of float32, shape (tracks, dimensions)
        Factors of tracks, of length 1; zeros where there are none.
    n_candidates : int, optional
        Candidates of each query.

    Returns
    -------
    numpy.ndarray of float32, shape (queries, candidates, features)
        Columns as in `feature_names`; NaN where there is no candidate, or nothing can be said.
    """
    queries = cleaned(queries, training.tracks.shape[1])
    n_candidates = min(n_candidates, ranked.tracks.shape[1])
    names = feature_names(pool)
    table = np.full((len(queries), n_candidates, len(names)), np.nan, np.float32)

    def some(first: int) -> None:
        for row in range(first, min(first + BATCH, len(queries))):
            tracks = ranked.tracks[row, :n_candidates]
            tracks = tracks[tracks >= 0]
            if not len(tracks):
                continue
            blend = np.nan_to_num(ranked.scores[row, : len(tracks)])
            seeds = queries.seeds[row]
            late = LATE if queries.ordered[row] else 0
            asked = (np.log1p(len(seeds)), late > 0, bool(queries.titles[row]))
            columns = [
                *_said(pool, row, tracks),
                blend,
                np.log1p(np.arange(len(tracks))),
                training.log_popularity[tracks],
                *asked,
                *_shared_owners(training, seeds, late, tracks, blend),
                *_met(training, seeds, late, tracks),
                *_alike(vectors, seeds, tracks),
                *_near(training, seeds, tracks),
                *_seeds(training, seeds, tracks),
            ]
            for place, values in enumerate(columns):
                table[row, : len(tracks), place] = values

    in_batches(some, len(queries), BATCH)
    return table


def unit_vectors(columns: np.ndarray, vectors: np.ndarray, n_tracks: int) -> np.ndarray:
    """Spread factors over all tracks and bring them to length 1, as `describe` wants them."""
    length = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    spread = np.zeros((n_tracks, vectors.shape[1]), np.float32)
    spread[columns] = vectors / length
    return spread


def _said(pool: Pool, row: int, tracks: np.ndarray) -> list[np.ndarray]:
    """Score and log rank of each recommender; a track that it does not name ranks behind all."""
    there = np.flatnonzero(pool.tracks[row] >= 0)
    order = np.argsort(pool.tracks[row, there])
    at = there[order[np.searchsorted(pool.tracks[row, there], tracks, sorter=order)]]
    ranks = []
    for one in pool.scores[row]:
        rank = np.empty(len(one))
        rank[np.argsort(-one, kind="stable")] = np.arange(len(one))
        rank[one <= 0] = len(one)
        ranks.append(np.log1p(rank[at]))
    return [*pool.values[row][:, at], *ranks]


def _shared_owners(
    training: Training, seeds: np.ndarray, late: int,
    tracks: np.ndarray, blend: np.ndarray,
) -> list[np.ndarray]:  # fmt: skip
    """Count what candidates share with seeds and with each other: artists and albums."""
    own, last, mass, crowd, size, share = [], [], [], [], [], []
    for owner, all_of in zip((training.artist, training.album), training.owned, strict=True):
        of = owner[tracks]
        same = (owner[seeds][:, None] == of) & (of >= 0)
        count = same.sum(axis=0)
        known = np.maximum(of, 0)
        # Unknown owners are counted together with number 0, and taken out again below.
        total = np.bincount(known, blend * (of >= 0))[known]
        among = np.bincount(known, of >= 0)[known]
        tracks_of = (all_of if len(all_of) else np.ones(1, int))[known]
        none = np.where(of >= 0, 1.0, np.nan)
        own += [count, count / max(len(seeds), 1)]
        last.append(same[len(seeds) - late :].sum(axis=0) if late else np.nan)
        mass.append(total / max(blend.sum(), 1e-9) * none)
        crowd.append(among * none)
        size.append(tracks_of * none)
        share.append(count / np.maximum(tracks_of, 1) * none)
    return [*own, *last, *mass, *crowd, *size, *share]


def _met(training: Training, seeds: np.ndarray, late: int, tracks: np.ndarray) -> list[np.ndarray]:
    """Compare the playlists of candidates with those of the seeds."""
    if not len(seeds):
        return [np.nan] * 11
    shared = sp.csr_array(training.by_track[seeds] @ training.tracks)
    both = shared[:, tracks].toarray()
    of_seed = np.maximum(training.popularity[seeds], 1)[:, None].astype(np.float32)
    of_track = np.maximum(training.popularity[tracks], 1).astype(np.float32)
    cosine = both / np.sqrt(of_seed * of_track)
    chance, back = both / of_seed, both / of_track
    ordered = np.sort(cosine, axis=0)
    return [
        cosine.mean(axis=0),
        ordered[-1],
        ordered[-2] if len(seeds) > 1 else np.nan,
        ordered[0],
        cosine.std(axis=0),
        cosine[len(seeds) - late :].mean(axis=0) if late else np.nan,
        chance.mean(axis=0),
        chance.max(axis=0),
        back.mean(axis=0),
        back.max(axis=0),
        (both > 0).mean(axis=0),
    ]


def _alike(vectors: np.ndarray, seeds: np.ndarray, tracks: np.ndarray) -> list[np.ndarray]:
    """Compare factor vectors."""
    if not len(seeds):
        return [np.nan] * 3
    likeness = vectors[seeds] @ vectors[tracks].T
    cohesion = np.linalg.norm(vectors[seeds].mean(axis=0))
    return [likeness.mean(axis=0), likeness.max(axis=0), cohesion]


def _near(training: Training, seeds: np.ndarray, tracks: np.ndarray) -> list[np.ndarray]:
    """Look at the playlists that hold most seeds."""
    if not len(seeds):
        return [np.nan] * 4
    met = training.by_track[seeds]
    counts = np.bincount(met.indices, minlength=met.shape[1])
    there = np.flatnonzero(counts)
    if not len(there):
        return [np.nan] * 3 + [0.0]
    order = np.lexsort((there, -counts[there]))[:NEAR]
    near = there[order]
    weight = counts[near] / counts[near].sum()
    rows = training.tracks[near]
    share = np.bincount(
        rows.indices, np.repeat(weight, np.diff(rows.indptr)), training.tracks.shape[1]
    )[tracks]
    lengths = (training.lengths[near] * weight).sum()
    return [share, lengths, counts[near[0]] / len(seeds), np.log1p(len(there))]


def _seeds(training: Training, seeds: np.ndarray, tracks: np.ndarray) -> list[np.ndarray]:
    """Describe the seeds themselves."""
    if not len(seeds):
        return [np.nan] * 5
    own = training.log_popularity[seeds]
    owners = [len(np.unique(of[seeds])) / len(seeds) for of in (training.artist, training.album)]
    return [own.mean(), own.std(), *owners, training.log_popularity[tracks] - own.mean()]
