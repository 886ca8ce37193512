"""Add parts up to a store: one dictionary of tracks, artists and albums for all playlists."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as arrow
import pyarrow.compute as pc

from lib.playlists.columns import stored_schema
from lib.playlists.reading.ids import IdTable, have_ids, ids_of_words
from lib.playlists.reading.inspect_playlists import pids as name_pids
from lib.playlists.reading.mpd import Finding
from lib.playlists.reading.part_select import select
from lib.playlists.reading.parts import Part, column_words
from lib.playlists.store import FORMAT, blocks, distinct_pairs, write_table

BLOCK_ENTRIES = 1_000_000
"""Entries counted at a time on each core."""


class Merge:
    """A store in the making: give it parts in order, then `finish`.

    Parameters
    ----------
    folder : pathlib.Path
        Empty folder; the entries are written there as they come, so that memory does not grow
        with them.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ids = IdTable()
        self.known = {"artists": IdTable(), "albums": IdTable()}
        self.names: dict[str, list[arrow.ChunkedArray]] = defaultdict(list)
        self.tracks: list[arrow.Table] = []
        self.playlists = [stored_schema("playlists").empty_table()]
        self.file_of_pid: dict[int, int] = {}
        self.n_entries = 0
        self._entries = (folder / "entries.npy").open("wb")
        self._write_header()

    def __enter__(self) -> Merge:
        return self

    def __exit__(self, *error: object) -> None:
        self._entries.close()

    def drop_repeated(self, part: Part, files: list[str], base: int) -> tuple[Part, list[Finding]]:
        """Leave out playlists whose pid has been there before.

        Parameters
        ----------
        part : Part
            The next part.
        files : list of str
            Names of all files.
        base : int
            Number of the part's first file among them.
        """
        pids = part.playlists["pid"].to_pylist()
        places = part.playlists["file"].to_pylist()
        seen, again = self.file_of_pid, []
        for row, (pid, place) in enumerate(zip(pids, places, strict=True)):
            if pid in seen:
                again.append(row)
            else:
                seen[pid] = base + place
        if not again:
            return part, []
        keep = np.ones(len(pids), bool)
        keep[again] = False
        by_place = defaultdict(list)
        for row in again:
            by_place[base + places[row], seen[pids[row]]].append(row)
        lengths = part.lengths()
        findings = [
            Finding(
                files[file],
                "pid twice",
                name_pids([pids[row] for row in rows]),
                f"{len(rows):,} playlists whose pid stands there before, in {files[first]}. The "
                "first is kept, these are left out. Remove the copy, or give them other pids",
                len(rows),
                int(lengths[rows].sum()),
            )
            for (file, first), rows in by_place.items()
        ]
        return select(part, keep), findings

    def add(self, part: Part, base: int) -> None:
        """Add the next part; `base` is the number of its first file."""
        numbers = {}
        for kind in ("artists", "albums"):
            table = getattr(part, kind)
            numbers[kind], first = self.known[kind].number(column_words(table))
            self.names[kind].append(table["name"].take(first))
        codes, first = self.ids.number(column_words(part.tracks))
        tracks = part.tracks.drop_columns("words").take(first)
        for kind in ("artist", "album"):
            old = tracks[kind].to_numpy()
            # The last number, -1, stands for none.
            new = np.append(numbers[f"{kind}s"], np.int32(-1))[old]
            tracks = tracks.set_column(tracks.column_names.index(kind), kind, arrow.array(new))
        self.tracks.append(tracks)
        self._entries.write(codes[part.codes].tobytes())
        self.n_entries += len(part.codes)
        files = pc.add(part.playlists["file"], arrow.scalar(base, arrow.int16()))
        place = part.playlists.column_names.index("file")
        field = part.playlists.schema.field("file")
        self.playlists.append(part.playlists.set_column(place, field, files))

    def finish(self, manifest: dict) -> None:
        """Write what is not written yet; `manifest` goes in with counts and absent fields."""
        self._entries.seek(0)
        self._write_header()
        self._entries.close()
        tracks = {field.name: arrow.array([], field.type) for field in stored_schema("tracks")}
        if self.tracks:
            table = arrow.concat_tables(self.tracks)
            tracks |= {name: table[name] for name in table.column_names}
        tracks["track_id"] = ids_of_words(self.ids.words)
        names = {}
        for kind, table in self.known.items():
            ids = pc.if_else(arrow.array(have_ids(table.words)), ids_of_words(table.words), None)
            chunks = [chunk for column in self.names[kind] for chunk in column.chunks]
            names[kind] = (ids, arrow.chunked_array(chunks, arrow.string()))
        complete(self.folder, arrow.concat_tables(self.playlists), tracks, names, manifest)

    def _write_header(self) -> None:
        # The length stands in the header; numpy leaves room for it to grow.
        described = {"descr": "<i4", "fortran_order": False, "shape": (self.n_entries,)}
        np.lib.format.write_array_header_1_0(self._entries, described)


def complete(
    folder: Path,
    playlists: arrow.Table,
    tracks: dict[str, object],
    names: dict[str, tuple[object, object]],
    manifest: dict,
) -> None:
    """Write all of a store but its entries, which are there already.

    Parameters
    ----------
    folder : pathlib.Path
        Holds ``entries.npy``.
    playlists : pyarrow.Table
        The table of playlists.
    tracks : dict
        Columns of the track table, without the counts.
    names : dict
        For ``"artists"`` and ``"albums"`` their ids and their names.
    manifest : dict
        What else the manifest says.
    """
    offsets = np.concatenate([[0], np.cumsum(playlists["length"].to_numpy(), dtype=np.int64)])
    np.save(folder / "offsets.npy", offsets)
    tables = {"playlists": {name: playlists[name] for name in playlists.column_names}}
    entries = np.load(folder / "entries.npy", mmap_mode="r")
    n_entries, n_playlists = count_tracks(offsets, entries, len(tracks["track_id"]))
    tables["tracks"] = tracks | {"entries": n_entries, "playlists": n_playlists}
    for kind in ("artist", "album"):
        ids, called = names[f"{kind}s"]
        owner = np.asarray(tracks[kind])
        known = owner >= 0
        of_each = np.bincount(owner[known], n_entries[known], len(ids)).astype(np.int64)
        tables[f"{kind}s"] = {f"{kind}_id": ids, f"{kind}_name": called, "entries": of_each}
    with ThreadPoolExecutor() as pool:
        made = list(pool.map(partial(write_table, folder), tables, tables.values()))
    absent = [
        f"{name}.{column}"
        for name, table in zip(tables, made, strict=True)
        for column in table.column_names
        if table.schema.field(column).nullable and table[column].null_count == len(table)
    ]
    counts = {"playlists": len(playlists), "entries": len(entries)}
    counts |= {name: len(tables[name]["entries"]) for name in ("tracks", "artists", "albums")}
    manifest = {"format": FORMAT, "counts": counts, "absent": absent} | manifest
    text = json.dumps(manifest, indent=1, ensure_ascii=False)
    (folder / "manifest.json").write_text(text + "\n", "utf-8")


def count_tracks(
    offsets: np.ndarray, entries: np.ndarray, n_tracks: int
) -> tuple[np.ndarray, np.ndarray]:
    """Count each track's entries, and the playlists that hold it, block by block on all cores.

    Examples
    --------
    >>> entries, playlists = count_tracks(np.array([0, 3, 4]), np.array([1, 0, 1, 1], np.int32), 2)
    >>> entries.tolist(), playlists.tolist()
    ([1, 3], [1, 2])
    """
    n_entries, n_playlists = np.zeros(n_tracks, np.int32), np.zeros(n_tracks, np.int32)
    place = np.arange(n_tracks, dtype=np.int32)

    def count(block: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        run = offsets[block[0] : block[1] + 1]
        _, tracks = distinct_pairs(run, entries, place, n_tracks)
        held = (entries[run[0] : run[-1]], tracks)
        return tuple(np.bincount(one, minlength=n_tracks) for one in held)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for of_entries, of_playlists in pool.map(count, blocks(offsets, BLOCK_ENTRIES)):
            n_entries += of_entries.astype(np.int32)
            n_playlists += of_playlists.astype(np.int32)
    return n_entries, n_playlists
