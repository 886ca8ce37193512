"""Association rules as a recommender: who holds these seeds often holds that track too."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import scipy.sparse as sp

from lib.playlists.continuation.queries import Queries
from lib.playlists.mining.miner import mine
from lib.playlists.mining.rules import make_rules
from lib.recommenders.base import Ranked, Training, learnt
from lib.recommenders.rank import rank, seed_matrix


@dataclass
class Rules:
    """Score of a track: confidences of the rules that bring it and whose antecedents are seeds.

    Parameters
    ----------
    min_count : int
        Playlists that must hold antecedent and consequent.
    max_len : int
        Most tracks of a rule, the one that it brings included.
    min_confidence : float
        Least confidence.
    power : float
        Confidences are raised to this power before they are added up.
    """

    min_count: int = 5
    max_len: int = 2
    min_confidence: float = 0.0
    power: float = 1.0
    training: Training | None = field(default=None, init=False, repr=False)
    antecedents: sp.csr_array | None = field(default=None, init=False, repr=False)
    consequents: sp.csr_array | None = field(default=None, init=False, repr=False)
    sizes: np.ndarray | None = field(default=None, init=False, repr=False)

    def fit(self, training: Training) -> Self:
        """Mine the rules that bring one track.

        Raises
        ------
        ParameterError
            When there would be too many; see `lib.playlists.mining.miner.mine`.
        """
        numbers = np.flatnonzero(training.popularity >= max(self.min_count, 1))
        holds = sp.csr_array(training.tracks[:, numbers].astype(np.int32))
        sets = mine(holds, max(self.min_count, 1), self.max_len)
        rules = make_rules(sets, self.min_confidence, max_consequent=1, measures=("confidence",))
        first, then = rules["antecedent"].to_numpy(), rules["consequent"].to_numpy()
        n, n_tracks = len(rules), training.tracks.shape[1]
        self.sizes = sets.length[first]
        members = sets.items[first]
        rows = np.repeat(np.arange(n), self.sizes)
        ones = np.ones(len(rows), np.float32)
        antecedents = sp.csr_array(
            (ones, (rows, numbers[members[members >= 0]])), shape=(n, n_tracks)
        )
        self.antecedents = sp.csr_array(antecedents.T.tocsr())
        confidence = rules["confidence"].to_numpy(np.float32) ** self.power
        self.consequents = sp.csr_array(
            (confidence, numbers[sets.items[then, 0]].astype(np.int32), np.arange(n + 1)),
            shape=(n, n_tracks),
        )
        self.training = training
        return self

    def recommend(self, queries: Queries, k: int = 500) -> Ranked:
        """Answer from the seeds; without a rule for them there is no answer."""
        training = learnt(self)

        def score(part: Queries) -> sp.csr_array:
            met = seed_matrix(part.seeds, training.tracks.shape[1]) @ self.antecedents
            met.data = (met.data == self.sizes[met.indices]).astype(np.float32)
            met.eliminate_zeros()
            return met @ self.consequents

        return rank(queries, training, k, score)
