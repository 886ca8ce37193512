"""Tracks similar to the seeds: cosine, or asymmetric cosine with weighted playlists."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import scipy.sparse as sp

from lib.playlists.continuation.queries import Queries
from lib.recommenders.base import Ranked, Training, learnt
from lib.recommenders.rank import rank, seed_matrix
from lib.recommenders.walks import by_seeds, onward, power, reach, strongest


@dataclass
class ItemKNN:
    """Score of track j: the sum over seeds s of |s|^-α |j|^-(1-α) Σ |u|^(β-1), u holding both.

    |s| and |j| are the playlists that hold a track, |u| the tracks of playlist u. With α = 1/2
    and β = 1 this is the cosine. Asymmetric cosine is from Aiolli (2013), the weighting of
    playlists from the entry of team HAIR to the RecSys Challenge 2018. No neighbour is cut off.

    Parameters
    ----------
    alpha : float or tuple of (float, float)
        α; two numbers are for one seed and for many, see `lib.recommenders.walks.by_seeds`.
    beta : float
        β.
    most : int
        Only so many playlists are walked through, those with the highest sums of seeds' weights
        times |u|^(β-1); 0 for all. It bounds the time of a query among a million playlists.
    """

    alpha: float | tuple[float, float] = (0.9, 0.6)
    beta: float = 0.7
    most: int = 5_000
    training: Training | None = field(default=None, init=False, repr=False)

    def fit(self, training: Training) -> Self:
        """Keep the playlists; similarities are made when asked for."""
        self.training = training
        return self

    def recommend(self, queries: Queries, k: int = 500) -> Ranked:
        """Answer from the seeds; without one that is in a training playlist there is no answer."""
        training = learnt(self)
        popularity, lengths = training.popularity, power(training.lengths, self.beta - 1)

        def score(part: Queries) -> sp.csr_array:
            alphas = by_seeds(self.alpha, part.seeds)
            weights = [
                power(popularity[seeds], -alpha)
                for seeds, alpha in zip(part.seeds, alphas, strict=True)
            ]
            seeds = seed_matrix(part.seeds, training.tracks.shape[1], weights)
            scores = onward(training, strongest(reach(training, seeds, lengths), self.most))
            exponents = np.repeat(alphas - 1, np.diff(scores.indptr))
            scores.data *= (popularity[scores.indices] ** exponents).astype(np.float32)
            return scores

        return rank(queries, training, k, score)


def cosine() -> ItemKNN:
    """Item-kNN with the plain cosine."""
    return ItemKNN(alpha=0.5, beta=1.0)
