"""What else a playlist holds: artists, and the words of its title, as further columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import CountVectorizer

from lib.playlists.continuation.queries import Queries
from lib.playlists.texts import normalise_title
from lib.recommenders.base import Training
from lib.recommenders.rank import seed_matrix


@dataclass(frozen=True)
class Side:
    """Further columns of training playlists, and the same columns for queries.

    Attributes
    ----------
    owners : scipy.sparse.csr_array of float32, shape (tracks, artists)
        1 for a track's artist.
    words : CountVectorizer or None
        Knows the words of the titles, and whole titles.
    artist_weight, title_weight : float
        Value of a cell; 0 for no such columns.
    """

    owners: sp.csr_array
    words: CountVectorizer | None
    artist_weight: float
    title_weight: float

    def columns(self, held: sp.csr_array, titles: list[str]) -> sp.csr_array:
        """Give the columns of playlists from their tracks and normalised titles.

        Returns
        -------
        scipy.sparse.csr_array of float32, shape (playlists, artists + words)
            No columns for what has weight 0.
        """
        parts = [sp.csr_array((held.shape[0], 0), dtype=np.float32)]
        if self.artist_weight:
            artists = sp.csr_array(held @ self.owners)
            artists.data[:] = self.artist_weight
            parts.append(artists)
        if self.words is not None:
            words = sp.csr_array(self.words.transform(titles))
            words.data[:] = self.title_weight
            parts.append(words)
        return sp.csr_array(sp.hstack(parts, format="csr"), dtype=np.float32)

    def of_queries(self, queries: Queries) -> sp.csr_array:
        """Give the columns of queries."""
        held = seed_matrix(queries.seeds, self.owners.shape[0])
        return self.columns(held, [normalise_title(title) for title in queries.titles])


def side_of(training: Training, artist_weight: float, title_weight: float) -> Side:
    """Find the artists and words of the training playlists; words in at least two titles."""
    owners = owned(training.artist)
    words = None
    if title_weight:
        words = CountVectorizer(analyzer=words_of, min_df=2, dtype=np.float32)
        try:
            words.fit(training.titles)
        except ValueError:  # no word is left
            words = None
    return Side(owners, words, artist_weight, title_weight)


def words_of(title: str) -> list[str]:
    """Cut a normalised title into its words and, when there are several, the whole.

    Examples
    --------
    >>> words_of("old songs"), words_of("rock"), words_of("")
    (['old', 'songs', 'old songs'], ['rock'], [])
    """
    words = title.split()
    return [*words, title] if len(words) > 1 else words


def owned(owner: np.ndarray) -> sp.csr_array:
    """Make the matrix of tracks by owners (artists, albums), float32; -1 is no owner.

    Examples
    --------
    >>> owned(np.array([1, -1, 0])).toarray().tolist()
    [[0.0, 1.0], [0.0, 0.0], [1.0, 0.0]]
    """
    tracks = np.flatnonzero(owner >= 0)
    shape = (len(owner), int(owner.max(initial=-1)) + 1)
    return sp.csr_array((np.ones(len(tracks), np.float32), (tracks, owner[tracks])), shape=shape)
