"""Matrix factors by singular value decomposition."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import scipy.sparse as sp
from sklearn.utils.extmath import randomized_svd

from lib.playlists.continuation.queries import Queries
from lib.recommenders.base import Ranked, Training, frequent, learnt
from lib.recommenders.rank import rank, seed_matrix


@dataclass
class PureSVD:
    """Score a playlist's seeds q by q V Vᵀ, with V the strongest right singular vectors.

    PureSVD of Cremonesi, Koren and Turrin (2010). For a training playlist this is its row of the
    truncated decomposition itself, so that folding in is exact.

    Parameters
    ----------
    dimensions : int
        Singular vectors; at most the playlists and tracks less one.
    min_playlists : int
        Tracks in fewer training playlists are not recommended, and as seeds are ignored.
    seed : int
        Of the randomised decomposition (Halko, Martinsson and Tropp 2011).
    """

    dimensions: int = 256
    min_playlists: int = 1
    seed: int = 42
    training: Training | None = field(default=None, init=False, repr=False)
    columns: np.ndarray | None = field(default=None, init=False, repr=False)
    vectors: np.ndarray | None = field(default=None, init=False, repr=False)

    def fit(self, training: Training) -> Self:
        """Decompose.

        Raises
        ------
        ParameterError
            When no track is in `min_playlists` playlists.
        """
        columns = frequent(training, self.min_playlists)
        holds = sp.csr_matrix(training.tracks[:, columns])
        dimensions = max(1, min(self.dimensions, min(holds.shape) - 1))
        found = randomized_svd(holds, dimensions, random_state=self.seed)[2]
        self.vectors = np.ascontiguousarray(found.T, np.float32)
        self.columns, self.training = columns, training
        return self

    def recommend(self, queries: Queries, k: int = 500) -> Ranked:
        """Answer from the seeds; without one that is in enough playlists there is no answer."""
        training = learnt(self)

        def score(part: Queries) -> np.ndarray:
            seeds = seed_matrix(part.seeds, training.tracks.shape[1])[:, self.columns]
            scores = (seeds @ self.vectors) @ self.vectors.T
            scores[np.diff(seeds.indptr) == 0] = -np.inf
            return scores

        return rank(queries, training, k, score, self.columns)
