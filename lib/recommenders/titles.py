"""Tracks of the playlists with the same title, or one of similar words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import CountVectorizer

from lib.playlists.continuation.queries import Queries
from lib.playlists.texts import normalise_title
from lib.recommenders.base import Ranked, Training, learnt
from lib.recommenders.rank import rank

PRIOR_TRACKS = 2_000
"""The most popular tracks, which stand in every answer if only at its end."""
K1, B = 1.2, 0.75
"""BM25's usual constants: saturation of repeats, and how much length counts."""


@dataclass
class Titles:
    """Score of a track: weights of the training playlists that hold it, by their titles.

    A playlist weighs 1 for the same title (`lib.playlists.texts.normalise_title`), plus similar ×
    r^sharp, with r the similarity of the titles relative to that of the query with itself: BM25
    (Robertson and Zaragoza 2009) over words and pieces of words. Seeds do not matter, other than
    that they are not recommended. Without a title, or with one like no other, there is no answer;
    `lib.recommenders.rank.fill` adds popular tracks.

    Parameters
    ----------
    similar, sharp : float
        See above; similar 0 counts same titles only.
    pieces : (int, int)
        Lengths of the pieces of words, in characters; (0, 0) for whole words only.
    prior : float
        Playlists of all kinds are added with a weight of so many in all, so that a few playlists
        with the title do not decide alone (Dirichlet smoothing: Zhai and Lafferty 2004).
    """

    similar: float = 0.1
    sharp: float = 2.0
    pieces: tuple[int, int] = (3, 4)
    prior: float = 3.0
    training: Training | None = field(default=None, init=False, repr=False)
    codes: dict[str, int] | None = field(default=None, init=False, repr=False)
    held: sp.csr_array | None = field(default=None, init=False, repr=False)
    index: sp.csr_array | None = field(default=None, init=False, repr=False)
    rarity: np.ndarray | None = field(default=None, init=False, repr=False)
    vectoriser: CountVectorizer | None = field(default=None, init=False, repr=False)

    def fit(self, training: Training) -> Self:
        """Add up the playlists of each title, and index its words."""
        counts = Counter(title for title in training.titles if title)
        self.codes = {title: code for code, title in enumerate(sorted(counts))}
        rows = np.array([row for row, title in enumerate(training.titles) if title], np.int64)
        codes = np.array([self.codes[training.titles[row]] for row in rows], np.int32)
        shape = (len(counts), len(training.titles))
        ones = np.ones(len(rows), np.float32)
        self.held = sp.csr_array((ones, (codes, rows)), shape=shape) @ training.tracks
        self.training = training
        if counts:
            self._index(list(self.codes), np.array([counts[title] for title in self.codes]))
        return self

    def _index(self, titles: list[str], counts: np.ndarray) -> None:
        """Weight the words of all titles by BM25, a title as often as playlists have it."""
        self.vectoriser = CountVectorizer(analyzer=self.tokens, dtype=np.float32)
        found = sp.csr_array(self.vectoriser.fit_transform(titles))
        with_it = counts @ (found > 0)
        n = counts.sum()
        self.rarity = np.log(1 + (n - with_it + 0.5) / (with_it + 0.5)).astype(np.float32)
        lengths = found.sum(axis=1)
        norm = K1 * (1 - B + B * lengths / (counts @ lengths / n))
        found.data *= (K1 + 1) / (found.data + np.repeat(norm, np.diff(found.indptr)))
        self.index = sp.csr_array(found.T.tocsr())

    def tokens(self, title: str) -> list[str]:
        """Cut a normalised title into words and pieces of words.

        Examples
        --------
        >>> Titles(pieces=(3, 3)).tokens("rock mix")
        ['rock', 'mix', '<ro', 'roc', 'ock', 'ck>', '<mi', 'mix', 'ix>']
        """
        words = title.split()
        first, last = self.pieces
        marked = [f"<{word}>" for word in words] if first else []
        pieces = [
            word[i : i + n]
            for n in range(first, last + 1)
            for word in marked
            for i in range(len(word) - n + 1)
        ]
        return words + pieces

    def recommend(self, queries: Queries, k: int = 500) -> Ranked:
        """Answer from the titles, normalised or not."""
        training = learnt(self)
        known = training.popular[:PRIOR_TRACKS]
        share = self.prior * training.popularity / max(len(training.titles), 1)

        def score(part: Queries) -> sp.csr_array:
            weights = self.weigh([normalise_title(title) for title in part.titles])
            scores = weights @ self.held
            scores.data += share[scores.indices].astype(np.float32)
            # Popular tracks that no such playlist holds have their share as well.
            answered = np.flatnonzero(np.diff(weights.indptr))
            rows, tracks = np.repeat(answered, len(known)), np.tile(known, len(answered))
            values = np.tile(share[known], len(answered)).astype(np.float32)
            popular = sp.csr_array((values, (rows, tracks)), shape=scores.shape)
            return sp.csr_array(scores.maximum(popular))

        return rank(queries, training, k, score)

    def weigh(self, titles: list[str]) -> sp.csr_array:
        """Weights of the known titles for each of these, shape (titles, known titles)."""
        rows = [row for row, title in enumerate(titles) if title in self.codes]
        codes = [self.codes[titles[row]] for row in rows]
        shape = (len(titles), len(self.codes))
        same = sp.csr_array((np.ones(len(rows), np.float32), (rows, codes)), shape=shape)
        if not self.similar or self.index is None:
            return same
        asked = sp.csr_array(self.vectoriser.transform(titles))
        asked.data = self.rarity[asked.indices]
        near = asked @ self.index
        # A title is as long as the mean one here: what it would score with itself.
        itself = np.maximum(asked.sum(axis=1), 1e-9)
        relative = near.data / np.repeat(itself, np.diff(near.indptr))
        near.data = (self.similar * np.minimum(relative, 1) ** self.sharp).astype(np.float32)
        return sp.csr_array(same + near)
