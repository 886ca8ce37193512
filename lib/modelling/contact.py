"""What a held-out track has in common with the training rows: its artist, its album's name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from lib.tracks.texts import album_key, plain_name

NEAR = 0.7
"""Cosine similarity of words from which two album names count as near-copies."""


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
        One row a split and track: `split`, `track_id`; `artist_known`; `album`: "known" when a
        training row has the album name, but for case, accents and punctuation; "near" when it has
        one with the same `album_key`, or one that shares most words (`NEAR`); else "new".
        An album name that two artists use by chance ("Greatest Hits") counts as known.
    """
    names = tracks[["track_id", "first_artist"]].assign(
        plain=plain_name(tracks["album_name"]), key=album_key(tracks["album_name"])
    )
    names["code"], unique = pd.factorize(names["plain"])
    near = near_copies(unique)
    parts = []
    for _, part in folds.groupby("split", sort=False):
        rows = part.merge(names, on="track_id", validate="1:1")
        for number in np.unique(rows["fold"]):
            test = rows["fold"] == number
            train, held = rows[~test], rows[test]
            known = held["plain"].isin(train["plain"])
            close = near @ pd.Index(unique).isin(train["plain"])
            alike = held["key"].isin(train["key"]) | close[held["code"]]
            kind = np.select([known, alike], ["known", "near"], "new")
            artist = held["first_artist"].isin(train["first_artist"])
            parts.append(held[["split", "track_id"]].assign(artist_known=artist, album=kind))
    return pd.concat(parts, ignore_index=True)


def near_copies(names: Sequence[str], least: float = NEAR) -> sparse.csr_array:
    """Say which names share most of their words.

    Words, since a model on TF-IDF of words knows no more of a name; "the" and its like not counted.

    Parameters
    ----------
    names : sequence of str, length n
    least : float, optional
        Cosine similarity of the counts of words, weighted by TF-IDF.

    Returns
    -------
    scipy.sparse.csr_array of bool, shape (n, n)
        A name is no copy of itself.

    Examples
    --------
    >>> near_copies(["blue", "hits summer two", "summer hits"]).toarray().astype(int).tolist()
    [[0, 0, 0], [0, 0, 1], [0, 1, 0]]
    """
    coder = TfidfVectorizer(token_pattern=r"\S+", stop_words="english", dtype=np.float32)
    words = sparse.csr_array(coder.fit_transform(names))
    others = words.T.tocsr()
    parts = []
    # In chunks: the products of all names with all names would not fit into memory.
    for start in range(0, len(names), 500):
        close = (words[start : start + 500] @ others).tocoo()
        keep = (close.data >= least) & (close.row + start != close.col)
        place = (close.row[keep], close.col[keep])
        parts.append(sparse.csr_array((np.ones(keep.sum(), bool), place), shape=close.shape))
    return sparse.vstack(parts, format="csr")
