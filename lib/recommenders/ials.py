"""Matrix factors by implicit alternating least squares."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Self

import numpy as np
import scipy.sparse as sp

from lib.playlists.continuation.queries import Queries
from lib.recommenders.base import Ranked, Training, frequent, learnt
from lib.recommenders.rank import rank, seed_matrix
from lib.recommenders.side import Side, side_of
from lib.recommenders.walks import by_seeds


@dataclass
class IALS:
    """Implicit ALS (Hu, Koren and Volinsky 2008) as Rendle and others revisited it (2021).

    Playlist and track vectors x and v minimise Σ (x·v - 1)² over entries, plus alpha0 Σ (x·v)²
    over all pairs, plus reg (n + alpha0 m)|x|² for each vector, with n its entries and m the
    vectors of the other side. irspack does the training. A new playlist's vector is the exact
    minimum for its seeds, tracks' vectors held fixed: with the tracks' Gram matrix diagonal (the
    vectors are rotated once) this costs as much as a system of as many equations as seeds.

    Artists and the words of titles can stand beside the tracks as further columns, each with a
    vector, so that a seed in no training playlist counts by its artist and a title without seeds
    has an answer. A cell's error weighs as much as the cell's value, 1 for tracks.

    Parameters
    ----------
    dimensions : int
        Length of the vectors.
    alpha0, reg : float
        See above.
    fold_reg : float or tuple of (float, float)
        Takes the place of reg when a new playlist is folded in: with few seeds more is better. Two
        numbers are for one seed and for many, see `lib.recommenders.walks.by_seeds`.
    epochs : int
        Rounds of training.
    artists, titles : float
        Values of an artist's and a word's cells; 0 for no such columns.
    min_playlists : int
        Tracks in fewer training playlists have no vector: they are not recommended, and as seeds
        are ignored. Above 1 this is for catalogues of millions.
    seed : int
        Of the vectors that training starts from.
    threads : int, optional
        The cores by default. Then results repeat up to rounding; to the last bit with 1.
    """

    dimensions: int = 256
    alpha0: float = 0.07
    reg: float = 0.003
    fold_reg: float | tuple[float, float] = (0.014, 0.006)
    epochs: int = 10
    artists: float = 0.0
    titles: float = 0.0
    min_playlists: int = 1
    seed: int = 42
    threads: int | None = None
    training: Training | None = field(default=None, init=False, repr=False)
    columns: np.ndarray | None = field(default=None, init=False, repr=False)
    vectors: np.ndarray | None = field(default=None, init=False, repr=False)
    strengths: np.ndarray | None = field(default=None, init=False, repr=False)
    side: Side | None = field(default=None, init=False, repr=False)

    def fit(self, training: Training) -> Self:
        """Train the vectors of tracks, then of artists and words.

        Raises
        ------
        ParameterError
            When no track is in `min_playlists` playlists.
        """
        columns = frequent(training, self.min_playlists)
        holds = training.tracks
        side = side_of(training, self.artists, self.titles)
        if len(columns) < holds.shape[1] or self.artists or self.titles:
            more = side.columns(holds, training.titles)
            holds = sp.hstack([holds[:, columns], more], format="csr")
        model = irspack_ials()(
            sp.csr_matrix(holds),
            n_components=self.dimensions,
            alpha0=self.alpha0,
            reg=self.reg,
            random_seed=self.seed,
            n_threads=self.threads,
        )
        model.start_learning()
        for _ in range(self.epochs):
            model.run_epoch()
        vectors = model.get_item_embedding()
        strengths, axes = np.linalg.eigh((vectors.T @ vectors).astype(float))
        self.vectors = np.ascontiguousarray(vectors @ axes.astype(np.float32))
        self.strengths = strengths.clip(0)
        self.columns, self.side, self.training = columns, side, training
        return self

    def recommend(self, queries: Queries, k: int = 500) -> Ranked:
        """Answer from what has a vector: seeds, their artists, words; without any, not at all."""
        training, n = learnt(self), len(self.columns)

        def score(part: Queries) -> np.ndarray:
            seeds = seed_matrix(part.seeds, training.tracks.shape[1])[:, self.columns]
            known = sp.hstack([seeds, self.side.of_queries(part)], format="csr")
            playlists = np.zeros((len(part), self.vectors.shape[1]), np.float32)
            ridges = by_seeds(self.fold_reg, part.seeds)
            for row, (a, b) in enumerate(pairwise(known.indptr)):
                vectors, weights = self.vectors[known.indices[a:b]], known.data[a:b]
                playlists[row] = self.fold_in(vectors, weights, ridges[row])
            scores = playlists @ self.vectors[:n].T
            scores[np.diff(known.indptr) == 0] = -np.inf
            return scores

        return rank(queries, training, k, score, self.columns)

    def fold_in(self, seeds: np.ndarray, weights: np.ndarray, fold_reg: float) -> np.ndarray:
        """Find a playlist's vector from those of its seeds.

        With D = alpha0 VᵀV + fold_reg (n + alpha0 m), diagonal here, the seeds' vectors S and
        their weights C on a diagonal it is (D + SᵀCS)⁻¹ SᵀC1, which is D⁻¹ Tᵀ (1 + T D⁻¹ Tᵀ)⁻¹ √C1
        with T = √C S.

        Parameters
        ----------
        seeds : numpy.ndarray, shape (n, dimensions)
            Vectors of tracks, artists, words.
        weights : numpy.ndarray, shape (n,)
            Values of their cells.
        fold_reg : float
            That for so many seeds.
        """
        n, root = len(seeds), np.sqrt(weights)
        ridge = fold_reg * (n + self.alpha0 * len(self.vectors))
        diagonal = self.alpha0 * self.strengths + ridge
        scaled = seeds * root[:, None]
        inner = (scaled / diagonal) @ scaled.T
        inner[np.diag_indices(n)] += 1
        return (scaled / diagonal).T @ np.linalg.solve(inner, root)


def irspack_ials() -> type:
    """Import irspack's class, which warns of what pydantic will drop one day."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        from irspack import IALSRecommender
    return IALSRecommender
