"""Find a store's tracks by what people type: an id, an address, a name, "name – artist"."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as arrow
import pyarrow.compute as pc

from lib.playlists.describing.titles import reduced
from lib.playlists.fuzzy import TextIndex, alike, index_texts, nearest_texts
from lib.playlists.store import Store
from lib.playlists.texts import normalise_title

CLOSE = 0.8
"""Likeness from which a name is taken for the one that was typed."""
WORTH_A_LOOK = 0.5
"""Likeness from which a name is worth proposing."""
TIED = 0.02
OTHERS = 3
"""Other candidates that are told."""
_ADDRESS = re.compile(
    r"(?:spotify:track:|open\.spotify\.com/(?:intl-[a-z-]+/)?track/)([0-9A-Za-z]{22})"
)
_BETWEEN = re.compile(r"\s+(?:[–—-]|by)\s+", re.IGNORECASE)
_VERSION = re.compile(r"\s+-\s.*$|\s*[(\[].*$")


@dataclass(frozen=True)
class TrackNames:
    """What tracks are called, ready to be searched; made by `read_names`.

    Attributes
    ----------
    ids : pyarrow.Array of str
        Ids.
    name, short, artist : pyarrow.Array of str
        Normalised names, the same without "- Remastered" or "(feat. …)", and artists' names; ``""``
        where there is none.
    owner : numpy.ndarray of int32
        Numbers of the artists, -1 unknown.
    playlists : numpy.ndarray of int64
        Playlists that hold each track: of equally good candidates the most frequent is taken.
    index : TextIndex
        Of name and artist.
    """

    ids: arrow.Array
    name: arrow.Array
    short: arrow.Array
    artist: arrow.Array
    owner: np.ndarray
    playlists: np.ndarray
    index: TextIndex

    @property
    def named(self) -> bool:
        """Whether there are names at all."""
        return self.index.vectoriser is not None


@dataclass(frozen=True)
class Found:
    """What was found for one text.

    Attributes
    ----------
    asked : str
        The text.
    track : int
        Number of the track that it was taken for, -1 for none.
    how : str
        ``"id"``, ``"name"``, ``"close"`` (nearly the name) or ``"unknown"``.
    others : tuple of int
        Other candidates, the best first: tracks of other artists where a name is ambiguous, or what
        comes nearest to an unknown name.
    """

    asked: str
    track: int
    how: str
    others: tuple[int, ...] = ()


def read_names(store: Store) -> TrackNames:
    """Read and index the names of a store's tracks: 180,000 in some six seconds."""
    tracks = store.table("tracks", ["track_id", "track_name", "artist", "playlists"])
    owner = tracks["artist"].to_numpy(np.int32)
    names = tracks["track_name"]
    codes, written = pd.factorize(names)
    cut = [_VERSION.sub("", one) or one for one in written]
    short = pd.Series(np.array([*cut, None], object)[codes], dtype="str")
    artists = reduced(store.table("artists", ["artist_name"])["artist_name"], "normalised")
    behind = np.append(artists.fillna("").to_numpy(object), "")[owner]
    named = [reduced(one, "normalised").fillna("").to_numpy(object) for one in (names, short)]
    texts = [f"{name} {by}" if name else "" for name, by in zip(named[0], behind, strict=True)]
    heads = [len(name) for name in named[0]]
    return TrackNames(
        arrow.array(tracks["track_id"], arrow.string()),
        *(arrow.array(one, arrow.string()) for one in (*named, behind)),
        owner,
        tracks["playlists"].to_numpy(np.int64),
        index_texts(texts, heads),
    )


def find_track(names: TrackNames, text: str) -> Found:
    """Find the track that a text means.

    Tried in this order: an id or address; a name, with or without the artist, in either order,
    letter for letter but for case, accents and signs; a name nearly like it, see `CLOSE`. A name
    also stands for its versions ("- Remastered 2011"). Of several tracks the one in most playlists
    is taken, of equally frequent ones the first.

    Parameters
    ----------
    names : TrackNames
        From `read_names`.
    text : str
        E.g. ``"Creep – Radiohead"``, ``"creep"``, ``"spotify:track:…"``, an id.
    """
    text = text.strip()
    address = _ADDRESS.search(text)
    place = pc.index(names.ids, address.group(1) if address else text).as_py()
    if place >= 0:
        return Found(text, place, "id")
    whole = normalise_title(text)
    if address or not whole or not names.named:
        return Found(text, -1, "unknown")
    halves = [
        (normalise_title(text[: cut.start()]), normalise_title(text[cut.end() :]))
        for cut in _BETWEEN.finditer(text)
    ]
    found = [_called(names, *pair) for half in halves for pair in (half, half[::-1])]
    rows = np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)
    if not len(rows):
        rows = _called(names, whole)
    if len(rows):
        rows = _frequent_first(names, rows)
        return Found(text, int(rows[0]), "name", _of_others(names, rows))
    return _close(names, text, whole)


def _called(names: TrackNames, name: str, artist: str | None = None) -> np.ndarray:
    same = pc.or_(pc.equal(names.name, name), pc.equal(names.short, name))
    if artist is not None:
        same = pc.and_(same, pc.equal(names.artist, artist))
    return np.flatnonzero(same.to_numpy(zero_copy_only=False))


def _close(names: TrackNames, text: str, whole: str) -> Found:
    rows = nearest_texts(names.index, whole)
    scores = np.array([_likeness(names, row, whole) for row in rows])
    worth = scores >= WORTH_A_LOOK
    rows, scores = rows[worth], scores[worth]
    if not len(rows):
        return Found(text, -1, "unknown")
    if scores.max() < CLOSE:
        order = np.lexsort((-names.playlists[rows], -scores))
        return Found(text, -1, "unknown", tuple(rows[order][:OTHERS].tolist()))
    rows = _frequent_first(names, rows[scores >= scores.max() - TIED])
    return Found(text, int(rows[0]), "close", _of_others(names, rows))


def _likeness(names: TrackNames, row: int, whole: str) -> float:
    name, short, artist = (of[row].as_py() for of in (names.name, names.short, names.artist))
    versions = {name, short}
    asked = [*versions, *(f"{one} {artist}" for one in versions if artist)]
    return max(alike(whole, one) for one in asked)


def _frequent_first(names: TrackNames, rows: np.ndarray) -> np.ndarray:
    return rows[np.lexsort((rows, -names.playlists[rows]))]


def _of_others(names: TrackNames, rows: np.ndarray) -> tuple[int, ...]:
    """Keep the most frequent track of each other artist."""
    owner = names.owner[rows]
    _, first = np.unique(owner, return_index=True)
    others = rows[np.sort(first[owner[first] != owner[0]])]
    return tuple(others[:OTHERS].tolist())


def try_misspelt(names: TrackNames, tracks: np.ndarray) -> tuple[int, float]:
    """Look tracks up by name and artist with a letter left out.

    Returns
    -------
    right : int
        Of the tracks, how many come out with the same name and artist.
    milliseconds : float
        One of them took on average.
    """
    right, began_s = 0, time.perf_counter()
    for track in tracks:
        name, artist = (of[int(track)].as_py() for of in (names.name, names.artist))
        middle = len(name) // 2
        found = find_track(names, f"{name[:middle]}{name[middle + 1 :]} {artist}").track
        right += found >= 0 and (names.name[found].as_py(), names.artist[found].as_py()) == (
            name,
            artist,
        )
    return right, 1000 * (time.perf_counter() - began_s) / max(len(tracks), 1)
