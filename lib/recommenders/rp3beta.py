"""Random walks from seeds over playlists to tracks, popular tracks held back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import scipy.sparse as sp

from lib.playlists.continuation.queries import Queries
from lib.recommenders.base import Ranked, Training, learnt
from lib.recommenders.rank import rank, seed_matrix
from lib.recommenders.walks import power, walk


@dataclass
class RP3Beta:
    """Score of track j: |j|^-β Σ |s|^-α |u|^-α over seeds s and playlists u that hold s and j.

    RP3β of Paudel, Christoffel, Newell and Bernstein (2017); with β = 0 their P3α (Cooper and
    others 2014). The transition probabilities are raised to the power α.
    """

    alpha: float = 0.6
    beta: float = 0.3
    training: Training | None = field(default=None, init=False, repr=False)

    def fit(self, training: Training) -> Self:
        """Keep the playlists; walks are made when asked for."""
        self.training = training
        return self

    def recommend(self, queries: Queries, k: int = 500) -> Ranked:
        """Answer from the seeds; without one that is in a training playlist there is no answer."""
        training = learnt(self)
        left = power(training.popularity, -self.alpha)
        middle, right = power(training.lengths, -self.alpha), power(training.popularity, -self.beta)

        def score(part: Queries) -> sp.csr_array:
            weights = [left[seeds] for seeds in part.seeds]
            seeds = seed_matrix(part.seeds, training.tracks.shape[1], weights)
            return walk(training, seeds, middle, right)

        return rank(queries, training, k, score)
