"""Load a raw data set, slices or plain tables, into a store: whichever its folder holds."""

from __future__ import annotations

from pathlib import Path

from lib.errors import DataError
from lib.playlists.reading.load import load_mpd
from lib.playlists.reading.plain_tables import load_tables
from lib.playlists.store import Store

_TABLES = ("playlist_tracks", "tracks", "playlists")
_ENDS = (".parquet", ".csv")


def load_set(
    folder: Path | str, store: Path | str, strict: bool = False, progress: bool = False
) -> Store:
    """Load the slices or the plain tables of a folder into a store, unless it holds them already.

    Parameters
    ----------
    folder : path
        Holds MPD slices, or ``playlist_tracks.parquet`` (or ``.csv``; ``playlist_id``,
        ``track_id``) and, at will, ``tracks`` and ``playlists`` that describe these.
    store : path
        Folder of the store.
    strict : bool, optional
        Stop at the first thing that is wrong with a slice; a bad table always stops.
    progress : bool, optional
        Show what is done of the slices.

    Raises
    ------
    DataError
        When the folder holds neither, or what it holds cannot be used.
    """
    folder = Path(folder).expanduser()
    entries, tracks, playlists = (_table(folder, name) for name in _TABLES)
    slices = any(folder.glob("**/mpd.slice.*"))
    if entries and slices:
        raise DataError(
            f"{folder}: holds both slices and {entries.name}; keep each set in a folder of its own"
        )
    if entries:
        return load_tables(entries, store, tracks, playlists)
    if folder.is_dir() and not slices:
        names = sorted(path.name for path in folder.iterdir())
        raise DataError(
            f"{folder}: expected mpd.slice.*.json, or playlist_tracks.parquet with playlist_id and "
            f"track_id; found {', '.join(names[:5]) or 'nothing'}"
        )
    return load_mpd(folder, store, strict, progress=progress)


def _table(folder: Path, name: str) -> Path | None:
    paths = (folder / f"{name}{end}" for end in _ENDS)
    return next((path for path in paths if path.is_file()), None)
