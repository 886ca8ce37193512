"""The whole ladder as one recommender: several models, a blend of them, and a second stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import xgboost as xgb

from lib.errors import ParameterError
from lib.playlists.continuation.queries import Queries
from lib.recommenders.base import Ranked, Recommender, Training, learnt
from lib.recommenders.blend import Pool, Weights, blended, fit_weights, pool_answers
from lib.recommenders.candidates import describe, feature_names, unit_vectors
from lib.recommenders.ials import IALS
from lib.recommenders.rank import cleaned, fill
from lib.recommenders.rerank import Settings, reranked, train

DEPTH = 1000
"""Tracks of each recommender that are blended."""
CANDIDATES = 300
"""Tracks of the blend that the second stage orders."""


@dataclass
class TwoStage:
    """Recommenders that answer together; itself a recommender.

    `fit` teaches the recommenders, `choose` the weights and the trees: from validation playlists,
    which are neither among those of `fit` nor among those that are reported.

    Parameters
    ----------
    models : mapping of str to Recommender
        By name. The factors of the first `IALS` tell how alike tracks are.
    settings : Settings, optional
        Of the trees.
    rerank : bool, optional
        Whether there is a second stage.
    """

    models: Mapping[str, Recommender]
    settings: Settings = field(default_factory=Settings)
    rerank: bool = True
    training: Training | None = field(default=None, init=False, repr=False)
    vectors: np.ndarray | None = field(default=None, init=False, repr=False)
    weights: Weights | None = field(default=None, init=False, repr=False)
    booster: xgb.Booster | None = field(default=None, init=False, repr=False)

    def fit(self, training: Training) -> Self:
        """Fit every recommender on the same playlists."""
        for model in self.models.values():
            model.fit(training)
        return self.adopt(training)

    def adopt(self, training: Training) -> Self:
        """Take the recommenders as they are: all fitted on these playlists already."""
        self.training = training
        self.vectors = factors_of(self.models, training)
        self.weights = self.booster = None
        return self

    def choose(
        self,
        queries: Queries,
        truth: Sequence[np.ndarray],
        answers: Mapping[str, Ranked] | None = None,
    ) -> Self:
        """Choose weights and grow the trees.

        Parameters
        ----------
        queries : Queries
            Of validation playlists.
        truth : sequence of numpy.ndarray of int32
            Their hidden tracks.
        answers : mapping of str to Ranked, optional
            What the recommenders answered, if that is known already; see `answers_of`.
        """
        training = learnt(self)
        pool = self._pool(queries, answers)
        self.weights = fit_weights(pool, queries, truth)
        if self.rerank:
            first = blended(pool, self.weights.of(queries))
            features = describe(queries, first, pool, training, self.vectors, CANDIDATES)
            self.booster = train(features, first.tracks, truth, feature_names(pool), self.settings)
        return self

    def recommend(self, queries: Queries, k: int = 500) -> Ranked:
        """Answer with up to k tracks; where no recommender knows more, with popular ones.

        Raises
        ------
        ParameterError
            When weights are not chosen yet, or k is below 1.
        """
        return self.stages(queries, k)[-1]

    def stages(
        self, queries: Queries, k: int = 500, answers: Mapping[str, Ranked] | None = None
    ) -> tuple[Ranked, ...]:
        """Answer by the blend, and, where there is a second stage, by that as well."""
        if self.weights is None:
            raise ParameterError("TwoStage: no weights; call choose(queries, truth) after fit")
        if k < 1:
            raise ParameterError(f"k: expected 1 or more, found {k}")
        training = learnt(self)
        pool = self._pool(queries, answers)
        first = blended(pool, self.weights.of(queries), max(k, CANDIDATES))
        made = [first]
        if self.booster is not None:
            features = describe(queries, first, pool, training, self.vectors, CANDIDATES)
            made.append(reranked(first, features, self.booster))
        return tuple(fill(one, training, queries, k) for one in made)

    def _pool(self, queries: Queries, answers: Mapping[str, Ranked] | None) -> Pool:
        training = learnt(self)
        queries = cleaned(queries, training.tracks.shape[1])
        answers = answers_of(self.models, queries) if answers is None else answers
        # Weights and features go by place, so the order is always that of the models.
        return pool_answers({name: answers[name] for name in self.models}, training, DEPTH)


def answers_of(
    models: Mapping[str, Recommender], queries: Queries, depth: int = DEPTH
) -> dict[str, Ranked]:
    """Let each recommender answer."""
    return {name: model.recommend(queries, depth) for name, model in models.items()}


def factors_of(models: Mapping[str, Recommender], training: Training) -> np.ndarray:
    """Take the tracks' factors of the first `IALS`, of length 1; one column of zeros without."""
    n_tracks = training.tracks.shape[1]
    for model in models.values():
        if isinstance(model, IALS):
            # Behind the tracks stand vectors of artists and words.
            own = model.vectors[: len(model.columns)]
            return unit_vectors(model.columns, own, n_tracks)
    return np.zeros((n_tracks, 1), np.float32)
