"""Tracks that share most training playlists with the seeds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import scipy.sparse as sp

from lib.playlists.continuation.queries import Queries
from lib.recommenders.base import Ranked, Training, learnt
from lib.recommenders.rank import rank, seed_matrix
from lib.recommenders.walks import walk


@dataclass
class Cooccurrence:
    """Score of a track: playlists shared with each seed, summed over the seeds.

    Without a seed, or with seeds in no training playlist, there is no answer.
    """

    training: Training | None = field(default=None, init=False, repr=False)

    def fit(self, training: Training) -> Self:
        """Keep the playlists; counts are made when asked for."""
        self.training = training
        return self

    def recommend(self, queries: Queries, k: int = 500) -> Ranked:
        """Answer from the seeds; scores are sums of shared playlists."""
        training = learnt(self)

        def score(part: Queries) -> sp.csr_array:
            seeds = seed_matrix(part.seeds, training.tracks.shape[1])
            return walk(training, seeds, None, None)

        return rank(queries, training, k, score)
