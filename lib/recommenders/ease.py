"""A linear model of all tracks on all others, in closed form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from scipy.linalg import lapack

from lib.errors import ParameterError
from lib.playlists.continuation.queries import Queries
from lib.recommenders.base import Ranked, Training, learnt
from lib.recommenders.rank import rank

MOST_TRACKS = 25_000
"""Tracks that EASE still takes: 2.5 GB."""
ROWS = 1_000


@dataclass
class EASE:
    """Score a playlist's seeds q by q B, with B minimising |X - XB|² + Σ λ(i) |B(i, ·)|².

    X is playlists by tracks, and B has a zero diagonal: with P = (XᵀX + λ)⁻¹ it is
    B(i, j) = -P(i, j) / P(j, j) (EASE: Steck 2019). λ(i) is ridge + dropout / (1 - dropout) |i|,
    |i| the playlists of a track, which is training on playlists that lose tracks at random (EDLAE:
    Steck 2020).

    Parameters
    ----------
    ridge : float
        See above, above 0.
    dropout : float
        Share of the tracks lost, 0 or more and below 1; 0 is EASE.
    """

    ridge: float = 1000.0
    dropout: float = 0.0
    training: Training | None = field(default=None, init=False, repr=False)
    inverse: np.ndarray | None = field(default=None, init=False, repr=False)

    def fit(self, training: Training) -> Self:
        """Invert.

        Raises
        ------
        ParameterError
            When a number is out of range, or there are more than `MOST_TRACKS` tracks.
        """
        if self.ridge <= 0 or not 0 <= self.dropout < 1:
            raise ParameterError(
                f"ridge {self.ridge}, dropout {self.dropout}: expected above 0; from 0 to below 1"
            )
        n = training.tracks.shape[1]
        if n > MOST_TRACKS:
            raise ParameterError(
                f"EASE: {n:,} tracks take {n * n * 4 / 1e9:,.1f} GB; expected at most "
                f"{MOST_TRACKS:,}. Keep the tracks of more playlists only, or choose iALS"
            )
        weights = self.ridge + self.dropout / (1 - self.dropout) * training.popularity
        gram = np.empty((n, n), np.float32, order="F")
        for first in range(0, n, ROWS):
            block = training.by_track[first : first + ROWS] @ training.tracks
            gram[:, first : first + ROWS] = block.toarray().T
        gram[np.diag_indices(n)] += weights.astype(np.float32)
        # Cholesky's factor, then the inverse, in the place of the matrix: half the work of `inv`.
        factor, failed = lapack.spotrf(gram, lower=0, overwrite_a=1)
        inverse, _ = lapack.spotri(factor, lower=0, overwrite_c=1)
        if failed:
            raise ParameterError(f"ridge {self.ridge}: too small to invert; raise it")
        for first in range(0, n, ROWS):  # it is the upper half only
            rows = slice(first, first + ROWS)
            inverse[rows, rows] = np.triu(inverse[rows, rows])
            inverse[rows, rows] += np.triu(inverse[rows, rows], 1).T
            inverse[first + ROWS :, rows] = inverse[rows, first + ROWS :].T
        self.inverse, self.training = inverse.T, training
        return self

    def recommend(self, queries: Queries, k: int = 500) -> Ranked:
        """Answer from the seeds; without one that is in a training playlist there is no answer."""
        training = learnt(self)
        diagonal = self.inverse.diagonal()
        known = training.known

        def score(part: Queries) -> np.ndarray:
            scores = np.full((len(part), len(diagonal)), -np.inf, np.float32)
            for row, seeds in enumerate(part.seeds):
                seeds = seeds[known[seeds]]
                if len(seeds):
                    scores[row] = self.inverse[seeds].sum(axis=0) / -diagonal
                    scores[row, ~known] = -np.inf
            return scores

        return rank(queries, training, k, score, np.arange(len(diagonal), dtype=np.int32))
