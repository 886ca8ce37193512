"""Keep parts on disk, so that an interrupted load goes on where it stopped."""

from __future__ import annotations

import gc
import hashlib
import json
import signal
from pathlib import Path

import msgspec
import pyarrow as arrow

from lib.errors import DataError
from lib.playlists.reading.mpd import Finding
from lib.playlists.reading.parts import Part, build_part

FORMAT = 2
_EDGE_BYTES = 4096


def prepare_worker() -> None:
    """Set up a process that makes parts: Ctrl-C is for the parent, and no cycles to collect."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()


def state_of(files: list[Path]) -> list[list]:
    """Say what identifies files without reading them whole.

    Returns
    -------
    list of [name, bytes, time of change in ns, hash of the first and last 4 KB]
    """
    return [[p.name, p.stat().st_size, p.stat().st_mtime_ns, _edges(p)] for p in files]


def part_path(folder: Path, files: list[Path]) -> Path:
    """Name of the part that these files in their present state make."""
    text = json.dumps([FORMAT, state_of(files)])
    digest = hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
    return folder / f"{files[0].name.split('.json')[0]}.{digest}.arrow"


def write_part(path: Path, part: Part, findings: list[Finding]) -> None:
    """Write a part under another name, then rename, so that a part is whole or not there."""
    notes = {b"findings": msgspec.json.encode(findings)}
    tables = [
        part.playlists.replace_schema_metadata(notes),
        arrow.table({"codes": part.codes}),
        part.tracks,
        part.artists,
        part.albums,
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".unfinished")
    with arrow.OSFile(str(temporary), "wb") as sink:
        for table in tables:
            with arrow.ipc.new_stream(sink, table.schema) as writer:
                writer.write_table(table)
    temporary.replace(path)


def read_part(path: Path) -> tuple[Part, list[Finding]]:
    """Read a part back; its columns are memory-mapped."""
    with arrow.memory_map(str(path)) as source:
        playlists, codes, tracks, artists, albums = (
            arrow.ipc.open_stream(source).read_all() for _ in range(5)
        )
    findings = msgspec.json.decode(playlists.schema.metadata[b"findings"], type=list[Finding])
    part = Part(
        playlists=playlists.replace_schema_metadata(None),
        codes=codes["codes"].to_numpy(),
        tracks=tracks,
        artists=artists,
        albums=albums,
    )
    return part, findings


def make_part(folder: Path, files: list[Path]) -> Path:
    """Make the part of some files unless it is there; return where it is.

    Raises
    ------
    DataError
        When the disk is full or a file is gone.
    """
    try:
        path = part_path(folder, files)
        if not path.exists():
            write_part(path, *build_part(files))
        return path
    except OSError as error:
        raise DataError(
            f"{error.filename or folder}: {error.strerror or error}; check that the disk has room "
            "and that the files stay where they are. What is done is kept"
        ) from None


def _edges(path: Path) -> str:
    with path.open("rb") as handle:
        digest = hashlib.blake2b(handle.read(_EDGE_BYTES), digest_size=8)
        handle.seek(max(0, path.stat().st_size - _EDGE_BYTES))
        digest.update(handle.read(_EDGE_BYTES))
    return digest.hexdigest()
