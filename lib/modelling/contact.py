"""What a held-out track has in common with the training rows: its artist, its album's name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from lib.tracks.texts import album_key, plain_name

NEAR = 0.7
"""Likeness from which two album names count as near-copies."""

FLOOR = 0.3
"""Likeness below which two album names have nothing to do with each other."""


def find_contact(tracks: pd.DataFrame, folds: pd.DataFrame) -> pd.DataFrame:
    """Say of each held-out track what of it the training rows have as well.

    Parameters
    ----------
    tracks : pandas.DataFrame
        With `track_id`, `first_artist` and `album_name`.
    folds : pandas.DataFrame
        Columns `track_id`, `split`, `fold`.

    Returns
    -------
    pandas.DataFrame
        One row a split and track: `split`, `track_id`; `artist_known`; `likeness`, the highest of
        its album name to one in training (`likeness`; 1 where one has the same `album_key`);
        `album`: "known" when a training row has the album name, but for case, accents and
        punctuation; else "near" when `likeness` is `NEAR` or more; else "new".
        An album name that two artists use by chance ("Greatest Hits") counts as known.
    """
    names = tracks[["track_id", "first_artist"]].assign(
        plain=plain_name(tracks["album_name"]), key=album_key(tracks["album_name"])
    )
    names["code"], unique = pd.factorize(names["plain"])
    alike = likeness(unique)
    parts = []
    for _, part in folds.groupby("split", sort=False):
        rows = part.merge(names, on="track_id", validate="1:1")
        for number in np.unique(rows["fold"]):
            test = rows["fold"] == number
            train, held = rows[~test], rows[test]
            seen = np.flatnonzero(pd.Index(unique).isin(train["plain"]))
            highest = alike[:, seen].max(axis=1).toarray().ravel()[held["code"]]
            highest = np.where(held["key"].isin(train["key"]), 1.0, highest)
            known = held["plain"].isin(train["plain"])
            made = held[["split", "track_id"]].assign(
                artist_known=held["first_artist"].isin(train["first_artist"]),
                likeness=np.where(known, 1.0, highest),
                album=np.select([known, highest >= NEAR], ["known", "near"], "new"),
            )
            parts.append(made)
    return pd.concat(parts, ignore_index=True)


def likeness(names: Sequence[str], floor: float = FLOOR) -> sparse.csr_array:
    """Compare the words of all names with each other.

    Words, since a model on TF-IDF of words knows no more of a name; "the" and its like not counted.

    Parameters
    ----------
    names : sequence of str, length n
    floor : float, optional
        Lower values are left at 0.

    Returns
    -------
    scipy.sparse.csr_array of float32, shape (n, n)
        Cosine similarity of the counts of words, weighted by TF-IDF: 1 for the same words, 0 for
        none in common. The diagonal is 0.

    Examples
    --------
    >>> found = likeness(["blue", "hits summer nights", "summer hits"]).toarray()
    >>> [[f"{value:.1f}" for value in row] for row in found]
    [['0.0', '0.0', '0.0'], ['0.0', '0.0', '0.7'], ['0.0', '0.7', '0.0']]
    """
    coder = TfidfVectorizer(token_pattern=r"\S+", stop_words="english", dtype=np.float32)
    words = sparse.csr_array(coder.fit_transform(names))
    others = words.T.tocsr()
    parts = []
    # In chunks: the products of all names with all names would not fit into memory.
    for start in range(0, len(names), 500):
        close = (words[start : start + 500] @ others).tocoo()
        keep = (close.data >= floor) & (close.row + start != close.col)
        place = (close.row[keep], close.col[keep])
        parts.append(sparse.csr_array((close.data[keep], place), shape=close.shape))
    return sparse.vstack(parts, format="csr")
