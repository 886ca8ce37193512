"""The store: playlists as columns on disk, opened without being read.

A folder with ``playlists.parquet``, ``tracks.parquet``, ``artists.parquet``, ``albums.parquet``,
the manifest ``manifest.json``, and the entries as two memory-mapped arrays: ``offsets.npy``
(where each playlist's entries begin) and ``entries.npy`` (the track number of each entry, in the
order of the playlist; the position is the place). 66 million entries take 265 MB on disk and none
of the memory until they are touched.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as arrow
import pyarrow.parquet as pq
import scipy.sparse as sp

from lib.errors import DataError
from lib.playlists.columns import TABLES, stored_schema

FORMAT = 1
BLOCK_ENTRIES = 4_000_000
"""Entries handled at a time where all of them would take too much memory."""


@dataclass(frozen=True)
class Store:
    """An opened store.

    Attributes
    ----------
    folder : pathlib.Path
        Where it is.
    manifest : dict
        ``files``, ``findings``, ``counts``, ``absent`` fields, ``source``.
    offsets : numpy.ndarray of int64, shape (playlists + 1,)
        Entries of playlist i are ``offsets[i]`` to ``offsets[i + 1]``; memory-mapped.
    entries : numpy.ndarray of int32, shape (entries,)
        Track number of each entry; memory-mapped.
    """

    folder: Path
    manifest: dict
    offsets: np.ndarray
    entries: np.ndarray

    def table(self, name: str, columns: list[str] | None = None) -> pd.DataFrame:
        """Read ``"playlists"``, ``"tracks"``, ``"artists"`` or ``"albums"``, or some columns."""
        path = self.folder / f"{name}.parquet"
        table = pq.read_table(path, columns=columns, memory_map=True)
        frame = table.to_pandas(types_mapper=_NULLABLE.get)
        described = TABLES[name]
        # Without missing values the plain type is smaller and faster.
        plain = {c: str(frame[c].dtype).lower() for c in frame if not described[c].nullable}
        plain = {c: kind for c, kind in plain.items() if kind.startswith("int")}
        if "modified_at" in frame:
            plain["modified_at"] = "datetime64[s]"  # Parquet keeps milliseconds
        return frame.astype(plain)

    def lengths(self) -> np.ndarray:
        """Entries of each playlist, int64."""
        return np.diff(self.offsets)

    def tracks_of(self, playlist: int) -> np.ndarray:
        """Track numbers of one playlist, in order."""
        return self.entries[self.offsets[playlist] : self.offsets[playlist + 1]]

    def blocks(self, size: int = BLOCK_ENTRIES) -> Iterator[tuple[int, int]]:
        """Cut the playlists into runs (first, end) of about `size` entries."""
        return blocks(self.offsets, size)

    def incidence(self, place: np.ndarray | None = None, width: int = 0) -> sp.csr_array:
        """Matrix of playlists by tracks: 1 where the playlist holds the track, repeats or not.

        Parameters
        ----------
        place : numpy.ndarray of int32, shape (tracks,), optional
            Column of each track, -1 for none; tracks of one artist may share a column. By
            default each track has its own.
        width : int, optional
            Number of columns; by default the tracks.

        Returns
        -------
        scipy.sparse.csr_array of int32
            Rows are all playlists, also those left empty.
        """
        if place is None:
            width = self.manifest["counts"]["tracks"]
            place = np.arange(width, dtype=np.int32)
        counts, indices = [], [np.zeros(0, np.int32)]
        for first, end in self.blocks():
            offsets = self.offsets[first : end + 1]
            rows, columns = distinct_pairs(offsets, self.entries, place, width)
            counts.append(np.bincount(rows, minlength=end - first))
            indices.append(columns)
        pointer = np.concatenate([[0], *counts]).cumsum()
        data = np.ones(int(pointer[-1]), np.int32)
        shape = (len(self.offsets) - 1, width)
        return sp.csr_array((data, np.concatenate(indices), pointer), shape=shape)


_NULLABLE = {
    arrow.int16(): pd.Int16Dtype(),
    arrow.int32(): pd.Int32Dtype(),
    arrow.int64(): pd.Int64Dtype(),
    arrow.bool_(): pd.BooleanDtype(),
}


def blocks(offsets: np.ndarray, size: int = BLOCK_ENTRIES) -> Iterator[tuple[int, int]]:
    """Cut playlists into runs (first, end) of about `size` entries.

    Examples
    --------
    >>> list(blocks(np.array([0, 3, 5, 9]), size=4))
    [(0, 2), (2, 3)]
    """
    marks = np.searchsorted(offsets, np.arange(0, int(offsets[-1]), size))
    edges = np.unique([0, *marks.tolist(), len(offsets) - 1]) if len(offsets) > 1 else []
    yield from ((int(a), int(b)) for a, b in itertools.pairwise(edges))


def distinct_pairs(
    offsets: np.ndarray, entries: np.ndarray, place: np.ndarray, width: int
) -> tuple[np.ndarray, np.ndarray]:
    """List each (playlist, item) once, sorted, for a run of playlists.

    Parameters
    ----------
    offsets : numpy.ndarray of int64, shape (playlists + 1,)
        Where each begins in `entries`.
    entries : numpy.ndarray of int32
        Track numbers.
    place : numpy.ndarray of int32, shape (tracks,)
        Number wanted for each track, -1 for none.
    width : int
        More than the largest of these numbers.

    Returns
    -------
    rows : numpy.ndarray of int64
        Playlists, counted from the first of the run.
    items : numpy.ndarray of int32
        Wanted numbers.
    """
    wanted = place[entries[offsets[0] : offsets[-1]]]
    rows = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    inside = wanted >= 0
    width = max(width, 1)
    keys = np.sort(rows[inside] * width + wanted[inside])
    keys = keys[np.concatenate([[True], np.diff(keys) > 0])[: len(keys)]]
    rows = keys // width
    return rows, (keys - rows * width).astype(np.int32)


def open_store(folder: Path | str) -> Store:
    """Open a store.

    Raises
    ------
    DataError
        When it is missing, unfinished, damaged, or of another version.
    """
    folder = Path(folder)
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text("utf-8"))
        found = manifest["format"]
    except (OSError, ValueError, KeyError, TypeError):
        raise DataError(
            f"{folder}: no playlist store (manifest.json is missing or damaged); make it with "
            "python -m lib.playlists SLICES STORE"
        ) from None
    if found != FORMAT:
        raise DataError(f"{folder}: store of version {found}, expected {FORMAT}; make it again")
    try:
        arrays = [np.load(folder / f"{n}.npy", mmap_mode="r") for n in ("offsets", "entries")]
    except (OSError, ValueError) as error:
        raise DataError(f"{folder}: damaged ({error}); make the store again") from None
    if len(arrays[1]) != manifest["counts"]["entries"]:
        raise DataError(f"{folder}: damaged (entries.npy is incomplete); make the store again")
    return Store(folder, manifest, *arrays)


def unchanged(folder: Path, source: str) -> Store | None:
    """Open the store in a folder when it was made from this source; otherwise return None.

    Parameters
    ----------
    folder : pathlib.Path
        Where the store is, or is to be.
    source : str
        What stands as ``source`` in the manifest.

    Raises
    ------
    DataError
        When the folder holds something else than a store, which must not be replaced.
    """
    if not folder.exists():
        return None
    try:
        found = open_store(folder)
    except DataError:
        if any(folder.iterdir()) and not (folder / "manifest.json").exists():
            raise DataError(f"{folder}: exists and is no store; name another folder") from None
        return None
    return found if found.manifest.get("source") == source else None


def write_table(folder: Path, name: str, columns: dict[str, object]) -> arrow.Table:
    """Write one of the store's tables with exactly its columns and types, and return it."""
    schema = stored_schema(name)
    table = arrow.table({field.name: columns[field.name] for field in schema}, schema=schema)
    # A dictionary would not make names and ids smaller, only slower to write.
    path = folder / f"{name}.parquet"
    pq.write_table(table, path, compression="zstd", use_dictionary=False)
    return table


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """Give an empty folder to write to, which takes the place of `folder` in the end.

    After an error nothing has changed.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}.{os.getpid()}.", dir=folder.parent))
    new.chmod(0o755)
    try:
        yield new
        if folder.exists():
            folder.replace(new / ".old")
            try:
                new.replace(folder)
            except BaseException:
                (new / ".old").replace(folder)
                raise
            shutil.rmtree(folder / ".old")
        else:
            new.replace(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
