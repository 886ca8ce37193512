"""More by the same artists, and from the same albums: rare tracks as well."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import scipy.sparse as sp

from lib.playlists.continuation.queries import Queries
from lib.recommenders.base import Ranked, Training, learnt
from lib.recommenders.rank import rank, seed_matrix
from lib.recommenders.side import owned


@dataclass
class Content:
    """Score of a track: (shares of the seeds by its artist, from its album) × popularity.

    The shares are weighted by 1 - album and album, popularity is (|j| + 1)^popular with |j| the
    training playlists that hold the track. A seed that is in none counts by its artist and album.

    Parameters
    ----------
    album : float
        Weight of the album, from 0 to 1.
    popular : float
        Exponent of popularity.
    """

    album: float = 0.3
    popular: float = 0.5
    training: Training | None = field(default=None, init=False, repr=False)
    artists: sp.csr_array | None = field(default=None, init=False, repr=False)
    albums: sp.csr_array | None = field(default=None, init=False, repr=False)

    def fit(self, training: Training) -> Self:
        """Note who made what."""
        self.artists, self.albums = owned(training.artist), owned(training.album)
        self.training = training
        return self

    def recommend(self, queries: Queries, k: int = 500) -> Ranked:
        """Answer from the seeds; without one of known artist or album there is no answer."""
        training = learnt(self)
        liked = ((training.popularity + 1.0) ** self.popular).astype(np.float32)

        def score(part: Queries) -> sp.csr_array:
            shares = [np.full(len(seeds), 1 / max(len(seeds), 1)) for seeds in part.seeds]
            seeds = seed_matrix(part.seeds, training.tracks.shape[1], shares)
            scores = (seeds @ self.artists @ self.artists.T) * (1 - self.album)
            scores = sp.csr_array(scores + seeds @ self.albums @ self.albums.T * self.album)
            scores.data *= liked[scores.indices]
            return scores

        return rank(queries, training, k, score)
