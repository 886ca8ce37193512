"""Similarities to the seeds, each seed weighted anew for every playlist."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import scipy.sparse as sp

from lib.playlists.continuation.queries import Queries
from lib.recommenders.base import Ranked, Training, learnt
from lib.recommenders.rank import rank, seed_matrix
from lib.recommenders.walks import by_seeds, power, reach, strongest


@dataclass
class Ridge:
    """Similarities of every track to each seed, combined by a ridge regression of a playlist's own.

    The features of track j are S(s, j) for the seeds s, with
    S(s, j) = |s|^-α |j|^-(1-α) Σ |u|^(β-1) o(u)^γ over training playlists u that hold both, and
    o(u) the seeds in u. Weights w minimise Σ (w·S(·, j) - y(j))² + λ|w|², y is 1 for the seeds
    and 0 for all other tracks: w = (SSᵀ + λ)⁻¹ S y. A track scores w·S(·, j). Team HAIR of the
    RecSys Challenge 2018 had a support vector machine in the place of the regression.

    Parameters
    ----------
    alpha : float or tuple of (float, float)
        α; two numbers are for one seed and for many, see `lib.recommenders.walks.by_seeds`.
    beta, gamma, ridge : float
        β, γ and λ.
    most : int
        Only so many playlists count, those with the highest |u|^(β-1) o(u)^γ; 0 for all.
    """

    alpha: float | tuple[float, float] = (0.95, 0.75)
    beta: float = 0.7
    gamma: float = 1.0
    ridge: float = 1.0
    most: int = 5_000
    training: Training | None = field(default=None, init=False, repr=False)

    def fit(self, training: Training) -> Self:
        """Keep the playlists; the rest is each query's own."""
        self.training = training
        return self

    def recommend(self, queries: Queries, k: int = 500) -> Ranked:
        """Answer from the seeds; without one that is in a training playlist there is no answer."""
        training = learnt(self)
        n_tracks = training.tracks.shape[1]
        popularity = training.popularity
        lengths = power(training.lengths, self.beta - 1)

        def score(part: Queries) -> sp.csr_array:
            shared = reach(training, seed_matrix(part.seeds, n_tracks))
            shared.data **= self.gamma
            shared.data *= lengths[shared.indices]
            shared = strongest(shared, self.most)
            weight, pointer = np.zeros(len(lengths), np.float32), shared.indptr
            data, indices = [np.zeros(0, np.float32)], [np.zeros(0, np.int32)]
            for row, (seeds, alpha) in enumerate(
                zip(part.seeds, by_seeds(self.alpha, part.seeds), strict=True)
            ):
                inside = slice(pointer[row], pointer[row + 1])
                near = shared.indices[inside]
                weight[near] = shared.data[inside]
                features = training.by_track[seeds]
                features.data = weight[features.indices] * np.repeat(
                    power(popularity[seeds], -alpha), np.diff(features.indptr)
                )
                features.eliminate_zeros()
                weight[near] = 0
                columns, scores = self.combine(features @ training.tracks, seeds, alpha)
                data.append(scores)
                indices.append(columns)
            ends = np.cumsum([len(one) for one in indices])
            shape = (len(part), n_tracks)
            return sp.csr_array((np.concatenate(data), np.concatenate(indices), ends), shape=shape)

        return rank(queries, training, k, score)

    def combine(
        self, similar: sp.csr_array, seeds: np.ndarray, alpha: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Fit a query's weights and score the tracks that its seeds lead to.

        Parameters
        ----------
        similar : scipy.sparse.csr_array of float32, shape (seeds, tracks)
            S, without the factors |j|^-(1-α).
        seeds : numpy.ndarray of int32
            The seeds.
        alpha : float
            α for so many seeds.

        Returns
        -------
        columns, scores : numpy.ndarray of int32, of float32
            Tracks and their scores.
        """
        met = np.zeros(similar.shape[1], bool)
        met[similar.indices] = True
        columns = np.flatnonzero(met).astype(np.int32)
        column = np.cumsum(met) - 1
        features = np.zeros((len(seeds), len(columns)), np.float32)
        rows = np.repeat(np.arange(len(seeds)), np.diff(similar.indptr))
        features[rows, column[similar.indices]] = similar.data
        features *= power(self.training.popularity[columns], alpha - 1)
        gram = (features @ features.T).astype(float)
        gram[np.diag_indices(len(seeds))] += self.ridge
        # A seed in no training playlist has met nothing, and gets weight 0.
        target = features[:, column[seeds[met[seeds]]]].sum(axis=1)
        weights = np.linalg.solve(gram, target).astype(np.float32)
        return columns, weights @ features
