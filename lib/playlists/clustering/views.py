"""Three views of a playlist: its tracks, the words in their names, the words of its title."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.feature_extraction.text import CountVectorizer

from lib.errors import ParameterError
from lib.playlists.counting.cooccurrence import Items, select_items
from lib.playlists.names import names_of
from lib.playlists.shuffle import shuffled
from lib.playlists.store import Store
from lib.playlists.texts import normalise_title

VIEWS = {
    "tracks": "which tracks it holds",
    "names": "the words in its tracks' and artists' names",
    "titles": "the words of its title",
}
MOST_WORDS = 20_000
"""Words kept of the names, the most frequent ones."""


@dataclass(frozen=True)
class View:
    """Playlists as bags of things.

    Attributes
    ----------
    name : str
        A key of `VIEWS`.
    holds : scipy.sparse.csr_array, shape (playlists, things)
        1 where a playlist holds a track, or its title a word. This is what a null deals out anew.
    words : scipy.sparse.csr_array, shape (things, words), optional
        Words of each thing; without it a thing stands for itself.
    labels : numpy.ndarray of str
        What the columns of `bags` are: words, or tracks as "name – artist".
    """

    name: str
    holds: sp.csr_array
    words: sp.csr_array | None
    labels: np.ndarray

    def bags(self, rows: np.ndarray | slice = slice(None), null: int | None = None) -> sp.csr_array:
        """Count the labels in some playlists; with a seed `null`, in playlists dealt out anew."""
        holds = self.holds[rows]
        holds = holds if null is None else shuffled(holds, null)
        return holds if self.words is None else holds @ self.words


def make_views(store: Store, top: int, min_playlists: int = 2) -> tuple[dict[str, View], Items]:
    """Make those views that the store has the columns for.

    Parameters
    ----------
    store : Store
        The playlists.
    top : int
        Most frequent tracks to keep at most.
    min_playlists : int, optional
        Only tracks in so many playlists: one in a single playlist ties it to no other.

    Returns
    -------
    views : dict of str to View
        By name, in the order of `VIEWS`; names and titles only where there are any.
    items : Items
        The tracks kept.
    """
    items = select_items(store, "track", top, min_playlists)
    absent = store.manifest["absent"]
    holds = sp.csr_array(items.holds, dtype=np.float32)
    labels = names_of(store, "track", items.numbers)
    made = {"tracks": View("tracks", holds, None, np.array(labels))}
    if "tracks.track_name" not in absent:
        words, terms = _words(map(normalise_title, labels), 1)
        made["names"] = View("names", holds, words, terms)
    if "playlists.name" not in absent:
        titles = store.table("playlists", ["name"])["name"].fillna("")
        words, terms = _words(map(normalise_title, titles), 2)
        made["titles"] = View("titles", words, None, terms)
    return made, items


def sampled(n: int, most: int, seed: int) -> np.ndarray:
    """Choose rows at random where there are more than `most`, in their order.

    Examples
    --------
    >>> sampled(3, 5, seed=0).tolist(), len(sampled(9, 5, seed=0))
    ([0, 1, 2], 5)
    """
    if most < 1:
        raise ParameterError(f"most: expected 1 or more, found {most}")
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, most, replace=False))


def _words(texts: object, least: int) -> tuple[sp.csr_array, np.ndarray]:
    """Split texts into words of two characters or more; words in fewer than `least` go."""
    counter = CountVectorizer(
        token_pattern=r"\S\S+", lowercase=False, binary=True, max_features=MOST_WORDS,
        min_df=least, dtype=np.float32,
    )  # fmt: skip
    try:
        counts = counter.fit_transform(pd.Series(list(texts), dtype=object))
    except ValueError:  # no word is left
        return sp.csr_array((0, 0), dtype=np.float32), np.array([], str)
    return sp.csr_array(counts), counter.get_feature_names_out()
