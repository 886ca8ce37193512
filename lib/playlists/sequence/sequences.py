"""Playlists as sequences: the entries in order, and the same in random order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from lib.errors import DataError
from lib.playlists.store import Store

LARGEST = 3_000_000
"""Entries that are looked at; of more playlists a random part is drawn."""


@dataclass(frozen=True)
class Ordered:
    """Entries of some playlists, in order.

    Attributes
    ----------
    playlist : numpy.ndarray of int64, shape (entries,)
        Playlist of each, from 0 without gaps.
    place : numpy.ndarray of int64, shape (entries,)
        Place in the playlist, from 0.
    length : numpy.ndarray of int64, shape (playlists,)
        Entries of each playlist.
    codes : dict of str to numpy.ndarray of int64, shape (entries,)
        ``"track"``, ``"artist"`` and ``"album"`` of each entry, -1 when unknown.
    """

    playlist: np.ndarray
    place: np.ndarray
    length: np.ndarray
    codes: dict[str, np.ndarray]


def check_order(store: Store, folder: Path) -> None:
    """Refuse playlists whose entries stand in no order.

    Parameters
    ----------
    store : Store
        The playlists.
    folder : pathlib.Path
        The raw files that it was made from.

    Raises
    ------
    DataError
        When it was made from a table without a column ``position``.
    """
    names = [one["name"] for one in store.manifest["files"]]
    tables = [name for name in names if not name.startswith("mpd.slice.")]
    for name in tables:
        path = Path(folder) / name
        columns = (
            pq.read_schema(path).names if path.suffix == ".parquet" else pd.read_csv(path, nrows=0)
        )
        if "position" not in list(columns):
            raise DataError(
                f"{path}: no column 'position'; found {', '.join(columns)}. The table says which "
                "tracks a playlist holds and not in which order, so that what stands first or next "
                "would be an accident of its rows. Choose MPD slices, or add the column"
            )


def in_order(store: Store, largest: int = LARGEST, seed: int = 42) -> Ordered:
    """Read the entries of a store; of a large one those of playlists drawn at random."""
    length = store.lengths()
    n, kept = len(length), np.arange(len(length))
    if length.sum() > largest:
        order = np.random.default_rng(seed).permutation(n)
        kept = np.sort(order[: max(1, int(n * largest / length.sum()))])
    length = length[kept]
    place = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    tracks = np.asarray(store.entries[np.repeat(store.offsets[kept], length) + place], np.int64)
    table = store.table("tracks", ["artist", "album"])
    codes = {level: table[level].to_numpy(np.int64)[tracks] for level in ("artist", "album")}
    codes = {level: one for level, one in codes.items() if (one >= 0).any()}
    return Ordered(
        np.repeat(np.arange(len(kept)), length), place, length, {"track": tracks, **codes}
    )


def shuffled_within(ordered: Ordered, seed: int) -> Ordered:
    """Put the entries of each playlist into random order."""
    order = shuffle_order(ordered.playlist, np.random.default_rng(seed))
    return replace(ordered, codes={level: code[order] for level, code in ordered.codes.items()})


def shuffle_order(playlist: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Places of the entries when each playlist is put into random order; playlists rise."""
    return np.lexsort((rng.random(len(playlist)), playlist))


def together(ordered: Ordered, code: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the pair of playlist and code of each entry, and the entries of each pair."""
    keys = ordered.playlist * (code.max(initial=0) + 2) + code + 1
    _, number, times = np.unique(keys, return_inverse=True, return_counts=True)
    return number, times
