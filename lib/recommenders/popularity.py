"""The most popular tracks, whatever is asked: the floor for every other recommender."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np

from lib.playlists.continuation.queries import Queries
from lib.recommenders.base import Ranked, Training, learnt
from lib.recommenders.rank import fill, nothing


@dataclass
class Popularity:
    """Tracks in most training playlists; it answers every query."""

    training: Training | None = field(default=None, init=False, repr=False)

    def fit(self, training: Training) -> Self:
        """Count."""
        self.training = training
        return self

    def recommend(self, queries: Queries, k: int = 500) -> Ranked:
        """Answer with the same tracks, each query's seeds left out; scores are playlists."""
        training = learnt(self)
        tracks = fill(nothing(len(queries), k), training, queries, k).tracks
        scores = np.where(tracks >= 0, training.popularity[tracks], np.nan)
        return Ranked(tracks, scores.astype(np.float32))
