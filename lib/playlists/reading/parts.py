"""Turn slices into a part: the columns of their playlists, with a dictionary of their own.

A part is what one worker makes of a few slices. Its numbers count tracks, artists and albums in
the order in which they first appear, so that parts added up in the order of the slices give the
same numbers however the slices were cut into parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

import numpy as np
import pyarrow as arrow

from lib.playlists.columns import stored_schema
from lib.playlists.reading.ids import (
    WORD_BYTES,
    IdTable,
    OddIdError,
    is_uri,
    words_of_names,
    words_of_uris,
)
from lib.playlists.reading.inspect_playlists import Inspection
from lib.playlists.reading.mpd import Finding, Playlist, UnusableError, read_slice

CHUNK = 100
"""Playlists turned into columns at a time: what that takes stays in the processor's cache."""

_TRACK_FIELDS = {
    "track_name": arrow.string(),
    "duration_ms": arrow.int32(),
    "artist_uri": arrow.string(),
    "artist_name": arrow.string(),
    "album_uri": arrow.string(),
    "album_name": arrow.string(),
}


@dataclass(frozen=True)
class Part:
    """Playlists of a few slices.

    Attributes
    ----------
    playlists : pyarrow.Table
        Columns of `lib.playlists.columns.PLAYLISTS`; ``file`` counts from 0 within the part.
    codes : numpy.ndarray of int32, shape (entries,)
        Track of each entry, playlist after playlist, as a row of `tracks`.
    tracks : pyarrow.Table
        ``words`` (ids, see `lib.playlists.reading.ids`), ``track_name``, ``duration_ms``,
        ``artist`` and ``album`` (rows, -1 for none).
    artists, albums : pyarrow.Table
        ``words`` and ``name``. Words identify a row across parts.
    """

    playlists: arrow.Table
    codes: np.ndarray
    tracks: arrow.Table
    artists: arrow.Table
    albums: arrow.Table

    def lengths(self) -> np.ndarray:
        """Count each playlist's entries."""
        return self.playlists["length"].to_numpy()


def build_part(files: list[Path]) -> tuple[Part, list[Finding]]:
    """Read slices into one part.

    Returns
    -------
    part : Part
        Without the files that cannot be used.
    findings : list of Finding
        In the order of the files.
    """
    gather, findings = _Gather(), list[Finding]()
    for place, path in enumerate(files):
        try:
            playlists, mended = read_slice(path)
        except UnusableError as unusable:
            findings.append(unusable.args[0])
            continue
        inspection = Inspection(path.name)
        for start in range(0, len(playlists), CHUNK):
            gather.add(place, playlists[start : start + CHUNK], inspection)
        findings += mended + inspection.findings()
        del playlists  # before the next ones take as much
    return gather.part(), findings


class _Gather:
    """The columns so far."""

    def __init__(self) -> None:
        self.ids = IdTable()
        self.playlists = [_playlist_table([], np.zeros(0, np.int32), 0)]
        self.codes = [np.zeros(0, np.int32)]
        self.columns: dict[str, list[arrow.Array]] = {name: [] for name in _TRACK_FIELDS}

    def add(self, place: int, playlists: list[Playlist], inspection: Inspection) -> None:
        """Add some playlists of file number `place`, and note what is wrong inside them."""
        inspection.check_lengths(playlists, [len(p.tracks) for p in playlists])
        left_out = False
        try:
            codes, first = self._number(playlists)
        except OddIdError:
            left_out = True
            inspection.drop_without_uri(playlists)
            codes, first = self._number(playlists)
        tracks = [track for playlist in playlists for track in playlist.tracks]
        lengths = np.fromiter((len(p.tracks) for p in playlists), np.int32, len(playlists))
        stated = [track.pos for track in tracks]
        order = inspection.order(playlists, stated, lengths, left_out)
        self.codes.append(codes if order is None else codes[order])
        self.playlists.append(_playlist_table(playlists, lengths, place))
        new = [tracks[i] for i in first.tolist()]
        for name, column in self.columns.items():
            column.append(arrow.array(list(map(attrgetter(name), new)), _TRACK_FIELDS[name]))

    def _number(self, playlists: list[Playlist]) -> tuple[np.ndarray, np.ndarray]:
        """Give the entries their tracks' numbers; also where each new track stands first."""
        uris = [track.track_uri for playlist in playlists for track in playlist.tracks]
        return self.ids.number(words_of_uris(uris))

    def part(self) -> Part:
        """Put the columns together."""
        columns = {
            name: arrow.chunked_array(pieces, _TRACK_FIELDS[name]).combine_chunks()
            for name, pieces in self.columns.items()
        }
        keys, artists, artist = _dictionary("artist", columns)
        # Without an id an album is known by its name and its artist.
        _, albums, album = _dictionary("album", columns, keys)
        tracks = {
            "words": words_column(self.ids.words),
            "track_name": columns["track_name"],
            "duration_ms": columns["duration_ms"],
            "artist": artist,
            "album": album,
        }
        return Part(
            playlists=arrow.concat_tables(self.playlists).combine_chunks(),
            codes=np.concatenate(self.codes),
            tracks=arrow.table(tracks),
            artists=artists,
            albums=albums,
        )


def _dictionary(
    kind: str, columns: dict[str, arrow.Array], owners: np.ndarray | None = None
) -> tuple[np.ndarray, arrow.Table, np.ndarray]:
    """Give the artists or albums of new tracks their numbers.

    Returns
    -------
    words : numpy.ndarray of uint64, shape (tracks, 3)
    table : pyarrow.Table
        ``words`` and ``name`` of each artist or album.
    codes : numpy.ndarray of int32, shape (tracks,)
        Row of each track's artist or album, -1 for none.
    """
    uris, names = columns[f"{kind}_uri"], columns[f"{kind}_name"]
    table, known = IdTable(), np.ones(len(uris), bool)
    try:
        words = words_of_uris(uris, kind)
        numbers, first = table.number(words)
    except OddIdError:  # some have no id, or an odd one
        words = _words_one_by_one(kind, uris, names, owners)
        known = words.any(axis=1)
        numbers, first = table.number(words[known])
    codes = np.full(len(uris), -1, np.int32)
    codes[known] = numbers
    rows = {"words": words_column(table.words), "name": names.take(np.flatnonzero(known)[first])}
    return words, arrow.table(rows), codes


def _words_one_by_one(
    kind: str, uris: arrow.Array, names: arrow.Array, owners: np.ndarray | None
) -> np.ndarray:
    """Words of artists or albums, each by its id, else by its name and owner; zero for neither."""
    words = np.zeros((len(uris), 3), np.uint64)
    if uris.null_count == names.null_count == len(uris):
        return words
    behind = [""] * len(uris) if owners is None else [one.tobytes().hex() for one in owners]
    made: dict[tuple, np.ndarray] = {}  # many tracks have the same artist
    for i, key in enumerate(zip(uris.to_pylist(), names.to_pylist(), behind, strict=True)):
        if key not in made:
            uri, name, owner = key
            if is_uri(uri, kind):
                made[key] = words_of_uris([uri], kind)[0]
            elif uri or name is not None:
                made[key] = words_of_names([f"{uri}\0" if uri else f"{name}\0{owner}"])[0]
            else:
                made[key] = np.zeros(3, np.uint64)
        words[i] = made[key]
    return words


def words_column(words: np.ndarray) -> arrow.Array:
    """Hold words in a table without copying them."""
    buffer = arrow.py_buffer(np.ascontiguousarray(words))
    return arrow.Array.from_buffers(arrow.binary(WORD_BYTES), len(words), [None, buffer])


def column_words(table: arrow.Table) -> np.ndarray:
    """Return a table's column ``words`` as an array of shape (rows, 3)."""
    column = table["words"].combine_chunks()
    if not len(column):
        return np.zeros((0, 3), np.uint64)
    begin = column.offset * 3
    flat = np.frombuffer(column.buffers()[1], np.uint64)[begin : begin + 3 * len(column)]
    return flat.reshape(-1, 3)


def _playlist_table(playlists: list[Playlist], lengths: np.ndarray, file: int) -> arrow.Table:
    columns = {}
    for field in stored_schema("playlists"):
        if field.name == "length":
            values: object = lengths
        elif field.name == "file":
            values = np.full(len(playlists), file, np.int16)
        else:
            values = list(map(attrgetter(field.name), playlists))
            if field.name == "collaborative":
                # The published files write it as a text.
                values = [v if v is None else str(v).lower() == "true" for v in values]
        columns[field.name] = arrow.array(values, field.type)
    return arrow.table(columns, schema=stored_schema("playlists"))
