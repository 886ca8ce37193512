"""Tracks as points, near each other when they stand in the same playlists."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import scipy.sparse as sp
from sklearn.preprocessing import normalize
from sklearn.utils.extmath import randomized_svd

from lib.playlists.continuation.queries import Queries
from lib.recommenders.base import Ranked, Training, frequent, learnt
from lib.recommenders.rank import rank

ROWS = 1_000


@dataclass
class Embeddings:
    """Tracks' vectors from the positive pointwise mutual information of their pairs.

    A playlist is a sentence, its window all of it, as in item2vec (Barkan and Koenigstein 2016).
    Skip-gram with s negative samples implicitly factors the matrix of PMI - log s (Levy and
    Goldberg 2014); here its positive part is factored outright, U √Σ, which is repeatable and
    needs no training by samples. A track scores the cosine with the sum of the seeds' vectors.

    Parameters
    ----------
    dimensions : int
        Length of the vectors.
    negatives : float
        s above.
    smoothing : float
        Exponent of the context's frequency.
    top : int
        Only so many tracks, the most popular, have a vector; the matrix has at most top² cells.
    min_playlists : int
        Only tracks in so many training playlists have a vector.
    seed : int
        Of the randomised decomposition.
    """

    dimensions: int = 200
    negatives: float = 1.0
    smoothing: float = 0.75
    top: int = 25_000
    min_playlists: int = 3
    seed: int = 42
    training: Training | None = field(default=None, init=False, repr=False)
    columns: np.ndarray | None = field(default=None, init=False, repr=False)
    vectors: np.ndarray | None = field(default=None, init=False, repr=False)

    def fit(self, training: Training) -> Self:
        """Count pairs and factor.

        Raises
        ------
        ParameterError
            When no track is in `min_playlists` playlists.
        """
        columns = frequent(training, self.min_playlists)
        columns = np.sort(columns[np.argsort(training.place[columns])[: self.top]])
        holds = sp.csr_array(training.tracks[:, columns])
        matrix = self.information(holds)
        dimensions = max(1, min(self.dimensions, len(columns) - 1))
        left, strengths, _ = randomized_svd(matrix, dimensions, random_state=self.seed, n_iter=3)
        self.vectors = normalize((left * np.sqrt(strengths)).astype(np.float32))
        self.columns, self.training = columns, training
        return self

    def information(self, holds: sp.csr_array) -> sp.csr_matrix:
        """Positive PMI of all pairs of different tracks, shape (columns, columns)."""
        other = holds.T.tocsr()
        # How often a track stands in a pair: the lengths of its playlists, itself left out.
        often = other @ (np.diff(holds.indptr) - 1.0)
        context = often**self.smoothing
        context /= max(context.sum(), 1)
        blocks = []
        for first in range(0, holds.shape[1], ROWS):
            block = sp.csr_array(other[first : first + ROWS] @ holds)
            rows = first + np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
            expected = often[rows] * context[block.indices] * self.negatives
            with np.errstate(divide="ignore"):
                block.data = np.log(block.data / expected).astype(np.float32)
            block.data[(block.data < 0) | (rows == block.indices)] = 0
            block.eliminate_zeros()
            blocks.append(sp.csr_matrix(block))
        return sp.vstack(blocks, format="csr")

    def recommend(self, queries: Queries, k: int = 500) -> Ranked:
        """Answer from the seeds; without one that has a vector there is no answer."""
        training = learnt(self)
        column = np.full(training.tracks.shape[1], -1, np.int32)
        column[self.columns] = np.arange(len(self.columns), dtype=np.int32)

        def score(part: Queries) -> np.ndarray:
            points = np.zeros((len(part), self.vectors.shape[1]), np.float32)
            for row, seeds in enumerate(part.seeds):
                known = column[seeds]
                points[row] = self.vectors[known[known >= 0]].sum(axis=0)
            scores = normalize(points) @ self.vectors.T
            scores[~points.any(axis=1)] = -np.inf
            return scores

        return rank(queries, training, k, score, self.columns)
