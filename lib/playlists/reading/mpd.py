"""The Million Playlist Dataset's files: which there are, and one of them as typed objects.

A file holds ``{"info": …, "playlists": […]}``. The full schema, the trimmed one of many copies
(no artist and album uri, no dates) and the challenge set are read alike: what is absent is None.
"""

from __future__ import annotations

import gzip
import mmap
import os
import re
import zlib
from pathlib import Path
from typing import Annotated

import msgspec

from lib.errors import DataError

SLICE_NAME = re.compile(r"mpd\.slice\.(\d+)-(\d+)\.json(\.gz)?$")
PLAYLISTS_PER_SLICE = 1000
BOM = b"\xef\xbb\xbf"
GZIP = b"\x1f\x8b"


Int32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class Track(msgspec.Struct, gc=False):
    """One entry of a playlist."""

    pos: Int32 | None = None
    artist_name: str | None = None
    track_uri: str | None = None
    artist_uri: str | None = None
    track_name: str | None = None
    album_uri: str | None = None
    duration_ms: Int32 | None = None
    album_name: str | None = None


class Playlist(msgspec.Struct, gc=False):
    """One playlist; the last two fields only in the challenge set."""

    pid: Int64
    tracks: list[Track]
    name: str | None = None
    collaborative: str | bool | None = None
    modified_at: Int32 | None = None
    num_tracks: Int32 | None = None
    num_albums: Int32 | None = None
    num_artists: Int32 | None = None
    num_followers: Int32 | None = None
    num_edits: Int32 | None = None
    duration_ms: Int64 | None = None
    description: str | None = None
    num_holdouts: Int32 | None = None
    num_samples: Int32 | None = None


class Slice(msgspec.Struct, gc=False):
    """One file."""

    playlists: list[Playlist]


DECODER = msgspec.json.Decoder(Slice)


class Finding(msgspec.Struct, frozen=True):
    """Something wrong with a file.

    Attributes
    ----------
    file : str
        Name of the file, without its folder.
    kind : str
        A short name of the defect, e.g. ``"cut short"``.
    place : str
        Where: byte, line, pid, position.
    text : str
        What is wrong, what was expected, what was done, what to do.
    lost_playlists : int or None
        Playlists that are not in the store because of it; None when nobody can know.
    lost_entries : int or None
        Entries likewise, those of lost playlists included.
    """

    file: str
    kind: str
    place: str
    text: str
    lost_playlists: int | None = 0
    lost_entries: int | None = 0


def slice_files(folder: Path | str) -> list[Path]:
    """List the slices of a folder in the order of their first pid, whatever the disk's order.

    Parameters
    ----------
    folder : path
        Folder with ``mpd.slice.<first>-<last>.json``, plain or ``.gz``, or with a folder ``data``
        that holds them, as in the published archive. One slice's path stands for itself.

    Raises
    ------
    DataError
        When there is no such folder, or no slice in it.
    """
    folder = Path(folder).expanduser()
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; expected one with MPD slices")
    for place in (folder, folder / "data"):
        found = [(m, p) for p in place.glob("*") if (m := SLICE_NAME.match(p.name))]
        if found:
            return [p for _, p in sorted(found, key=lambda f: (int(f[0][1]), f[1].name))]
    seen = sorted(p.name for p in folder.iterdir())
    raise DataError(
        f"{folder}: no MPD slice; expected files named mpd.slice.0-999.json (or .json.gz), found "
        + (", ".join(seen[:5]) + (f" and {len(seen) - 5} more" if len(seen) > 5 else "") or "none")
        + ". Name the folder that holds the slices"
    )


def promised_pids(path: Path | str) -> range | None:
    """Range of pids that a slice's name promises, None for another name.

    Examples
    --------
    >>> promised_pids("mpd.slice.1000-1999.json")
    range(1000, 2000)
    """
    match = SLICE_NAME.match(Path(path).name)
    return range(int(match[1]), int(match[2]) + 1) if match else None


def read_bytes(path: Path) -> bytes | mmap.mmap:
    """Give a file's content, unpacked when it is gzip, whatever its name.

    A plain file is mapped into memory, which spares copying 33 MB.

    Raises
    ------
    OSError
        When it cannot be read.
    EOFError, zlib.error
        When the gzip stream breaks off or is damaged.
    """
    with path.open("rb") as handle:
        if not os.fstat(handle.fileno()).st_size:
            return b""
        mapped = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
    # zlib.error: damage inside the stream; gzip.BadGzipFile is an OSError.
    return gzip.decompress(mapped) if mapped[:2] == GZIP else mapped


class UnusableError(Exception):
    """A slice that cannot be used; the argument is the `Finding`."""


def read_slice(path: Path) -> tuple[list[Playlist], list[Finding]]:
    """Decode one slice.

    Parameters
    ----------
    path : pathlib.Path
        The file, plain or gzip.

    Returns
    -------
    playlists : list of Playlist
        In the file's order.
    findings : list of Finding
        What was mended.

    Raises
    ------
    UnusableError
        When the file cannot be used.
    """
    from lib.playlists.reading import damage  # only bad files need it

    try:
        data = read_bytes(path)
    except (OSError, EOFError, zlib.error) as error:
        raise UnusableError(damage.explain_unreadable(path, error)) from None
    try:
        return DECODER.decode(data).playlists, []
    except (msgspec.DecodeError, UnicodeDecodeError):
        data, mended = damage.mend(path, bytes(data))
    try:
        return DECODER.decode(data).playlists, mended
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnusableError(damage.explain_undecodable(path, data, error)) from None
