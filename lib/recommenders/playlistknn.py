"""Tracks of the training playlists that are most like the one to continue."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
import scipy.sparse as sp

from lib.playlists.continuation.queries import Queries
from lib.recommenders.base import Ranked, Training, learnt
from lib.recommenders.rank import rank, seed_matrix
from lib.recommenders.side import owned
from lib.recommenders.walks import onward, power, reach, strongest


@dataclass
class PlaylistKNN:
    """k nearest playlists, rare seeds weigh more, near playlists much more.

    Playlist u with the seeds q is similar by s(u) = |u|^-1/2 Σ t(i) / ((|i| - 1)^ρ + 1) over seeds
    i that it holds; |i| is the playlists of a track, t(i) the weight of a seed, see `late`. The k
    best weigh ((s - s_min) / s_max)^power, and a track has the sum of the weights of those that
    hold it (Kelen, Berecz, Béres and Benczúr, RecSys Challenge 2018). With k = 0 all playlists
    that hold a seed count, and s_min is 0.

    Parameters
    ----------
    k : int
        Nearest playlists.
    rho : float
        Exponent ρ.
    power : float
        Sharpness.
    late : int
        For ordered seeds t is 1 + max(position, late) / 2, so that the last of many weigh more;
        0 means that all weigh the same.
    length : float
        Exponent of |u|.
    artists : float
        Playlists are similar by artists as well: for each artist a of seeds that u holds,
        artists × √(seeds of a) / ((|a| - 1)^ρ + 1) is added to the sum. 0 leaves them out; at a
        million playlists this takes most of a query's time.
    """

    k: int = 4000
    rho: float = 0.4
    power: float = 2.0
    late: int = 30
    length: float = 0.5
    artists: float = 0.3
    training: Training | None = field(default=None, init=False, repr=False)
    owners: sp.csr_array | None = field(default=None, init=False, repr=False)
    by_artist: sp.csr_array | None = field(default=None, init=False, repr=False)

    def fit(self, training: Training) -> Self:
        """Keep the playlists, and who is in them; neighbours are found when asked for."""
        if self.artists:
            self.owners = owned(training.artist)
            held = sp.csr_array((training.tracks @ self.owners).T.tocsr())
            held.data[:] = 1
            self.by_artist = held
        self.training = training
        return self

    def recommend(self, queries: Queries, k: int = 500) -> Ranked:
        """Answer from the seeds; not when neither they nor their artists are in any playlist."""
        training = learnt(self)
        rare = rarity(training.popularity, self.rho)
        lengths = power(training.lengths, -self.length)

        def score(part: Queries) -> sp.csr_array:
            weights = [
                rare[seeds] * late_weights(len(seeds), ordered, self.late)
                for seeds, ordered in zip(part.seeds, part.ordered, strict=True)
            ]
            seeds = seed_matrix(part.seeds, training.tracks.shape[1], weights)
            similar = reach(training, seeds)
            if self.artists:
                similar = similar + self.by_artists(part)
            similar.data *= lengths[similar.indices]
            near = nearest(sp.csr_array(similar), self.k, self.power)
            return onward(training, near)

        return rank(queries, training, k, score)

    def by_artists(self, queries: Queries) -> sp.csr_array:
        """Similarity of queries and playlists by their artists."""
        artists = seed_matrix(queries.seeds, self.owners.shape[0]) @ self.owners
        rare = self.artists * rarity(np.diff(self.by_artist.indptr), self.rho)
        artists.data = np.sqrt(artists.data) * rare[artists.indices]
        return artists @ self.by_artist


def rarity(counts: np.ndarray, rho: float) -> np.ndarray:
    """Give what is rare more weight, 1 / ((count - 1)^ρ + 1), float32."""
    return (1 / (np.maximum(counts - 1, 0) ** rho + 1)).astype(np.float32)


def late_weights(n: int, ordered: bool, late: int) -> np.ndarray:
    """Weight seeds by position; see `PlaylistKNN`.

    Examples
    --------
    >>> late_weights(4, True, 2).tolist()
    [2.0, 2.0, 2.0, 2.5]
    """
    if not ordered or not late:
        return np.ones(n)
    return 1 + np.maximum(np.arange(n), late) / 2


def nearest(similar: sp.csr_array, k: int, sharpness: float) -> sp.csr_array:
    """Keep the k most similar playlists of each row, with sharpened weights.

    Examples
    --------
    >>> nearest(sp.csr_array([[1.0, 4.0, 2.0, 3.0]]), 3, 2.0).toarray().tolist()
    [[0.0, 0.25, 0.0, 0.0625]]
    """
    near = strongest(similar, k)
    rows = np.flatnonzero(np.diff(near.indptr))
    best, least = np.ones(near.shape[0], np.float32), np.zeros(near.shape[0], np.float32)
    if len(rows):
        best[rows] = np.maximum.reduceat(near.data, near.indptr[rows])
        least[rows] = np.minimum.reduceat(near.data, near.indptr[rows])
    # Where none was left out, the least similar one counts as well.
    least[np.diff(near.indptr) == np.diff(similar.indptr)] = 0
    sizes = np.diff(near.indptr)
    data = ((near.data - np.repeat(least, sizes)) / np.repeat(best, sizes)) ** sharpness
    near = sp.csr_array((data, near.indices, near.indptr), shape=near.shape)
    near.eliminate_zeros()
    return near
