"""Small playlists to learn from, and questions, for the tests of recommenders."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from lib.playlists.continuation.queries import Queries
from lib.recommenders.base import Training

N_TRACKS = 40
WORDS = ("rock", "summer", "party", "old songs", "gym", "")


def training(seed: int = 0, n: int = 80) -> Training:
    """Playlists in two groups, so that there is something to learn; track 39 is in none."""
    rng = np.random.default_rng(seed)
    liked = np.where(np.arange(N_TRACKS) % 2 == np.arange(n)[:, None] % 2, 0.35, 0.08)
    held = rng.random((n, N_TRACKS)) < liked
    held[:, 39] = False
    held[0, :] = False
    titles = [WORDS[row % 6] for row in range(n)]
    artist = np.minimum(np.arange(N_TRACKS) // 3, 12).astype(np.int32)
    artist[:2] = -1
    album = (np.arange(N_TRACKS) // 2 % 15).astype(np.int32)
    return Training(sp.csr_array(held.astype(np.float32)), titles, artist, album)


def dense(data: Training) -> np.ndarray:
    return data.tracks.toarray().astype(float)


def ask(*seeds: list[int], titles: list[str] | None = None, ordered: bool = False) -> Queries:
    arrays = [np.array(one, np.int32) for one in seeds]
    return Queries(arrays, titles or [""] * len(seeds), np.full(len(seeds), ordered))
