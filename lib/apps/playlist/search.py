"""Search the tracks of a store while somebody types: words, beginnings of words, misspelt ones."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from lib.playlists.find_tracks import CLOSE, WORTH_A_LOOK, TrackNames, find_track
from lib.playlists.fuzzy import alike, nearest_texts
from lib.playlists.texts import normalise_title

ENOUGH = 8
CANDIDATES = 60
"""Nearest texts that are compared letter by letter."""


def search_tracks(names: TrackNames, text: str, most: int = ENOUGH) -> list[int]:
    """Find tracks by title, artist, both, an id or an address.

    First comes the track that the text names (`lib.playlists.find_tracks.find_track`); then tracks
    in whose title or artist every word of the text begins a word, the most frequent in playlists
    first; then those most like the text, letter by letter, as it may be misspelt. Ties go by
    number.

    Parameters
    ----------
    names : TrackNames
        From `lib.playlists.find_tracks.read_names`.
    text : str
        What was typed so far.
    most : int, optional
        Tracks wanted.

    Returns
    -------
    list of int
        Numbers of tracks, each once; empty when nothing comes near.
    """
    whole = normalise_title(text)
    if not text.strip():
        return []
    meant = find_track(names, text)
    found = [meant.track] if meant.how in ("id", "name") else []
    if meant.how == "id" or not whole or not names.named:
        return found[:most]
    found += _begun(names, whole.split())[: most + len(found)]
    found = list(dict.fromkeys(found))
    if len(found) < most:
        found += _alike(names, whole)
    return list(dict.fromkeys(found))[:most]


def _begun(names: TrackNames, words: list[str]) -> list[int]:
    """Tracks in whose name or artist each word begins a word, the most frequent first."""
    texts = pc.binary_join_element_wise("", names.name, names.artist, " ")
    kept = np.ones(len(names.ids), bool)
    for word in words:
        kept &= pc.match_substring(texts, f" {word}").to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(kept)
    return rows[np.lexsort((rows, -names.playlists[rows]))].tolist()


def _alike(names: TrackNames, whole: str) -> list[int]:
    rows = nearest_texts(names.index, whole, CANDIDATES)
    likeness = []
    for row in rows.tolist():
        name, artist = (of[row].as_py() for of in (names.name, names.artist))
        likeness.append(max(alike(whole, one) for one in (name, f"{name} {artist}")))
    scores = np.array(likeness)
    worth = scores >= (WORTH_A_LOOK + CLOSE) / 2
    rows, scores = rows[worth], scores[worth]
    return rows[np.lexsort((rows, -names.playlists[rows], -scores))].tolist()
