"""Readable names of a store's tracks, artists and albums."""

from __future__ import annotations

import numpy as np
import pyarrow as arrow
import pyarrow.parquet as pq

from lib.playlists.store import Store

_NAMES = {"track": "track_name", "artist": "artist_name", "album": "album_name"}


def names_of(store: Store, level: str, numbers: np.ndarray, artist: bool = True) -> list[str]:
    """Name items of a store.

    Parameters
    ----------
    store : Store
        The playlists.
    level : str
        ``"track"``, ``"artist"`` or ``"album"``.
    numbers : array-like of int
        Rows in the table of the level.
    artist : bool, optional
        Put the artist behind a track's name.

    Returns
    -------
    list of str
        ``"Name – Artist"``, ``"Name"``; the id where there is no name, and the level and the
        number (from 0) where there is no id either.
    """
    numbers = np.asarray(numbers, np.int64)
    columns = [_NAMES[level], f"{level}_id", *(["artist"] if level == "track" else [])]
    table = _rows(store, level, columns, numbers)
    names, ids = (table[column].to_pylist() for column in columns[:2])
    shown = [
        name or (f"{level} {one}" if one else f"{level} number {number}")
        for name, one, number in zip(names, ids, numbers.tolist(), strict=True)
    ]
    if level != "track" or not artist:
        return shown
    of_each = table["artist"].to_numpy()
    called = _rows(store, "artist", ["artist_name"], of_each[of_each >= 0])
    by = iter(called["artist_name"].to_pylist())
    behind = [next(by) if owner >= 0 else None for owner in of_each]
    return [f"{name} – {one}" if one else name for name, one in zip(shown, behind, strict=True)]


def _rows(store: Store, level: str, columns: list[str], numbers: np.ndarray) -> arrow.Table:
    path = store.folder / f"{level}s.parquet"
    return pq.read_table(path, columns=columns, memory_map=True).take(arrow.array(numbers))
