"""Small slices for tests, made in code."""

from __future__ import annotations

import json
import string
from pathlib import Path

import pandas as pd

LETTERS = string.digits + string.ascii_letters


def track_id(number: int) -> str:
    """Id of 22 letters and digits."""
    return "T" * 18 + f"{number:04d}"


def track(number: int, pos: int, full: bool = True) -> dict:
    """One entry; every third track is by the same artist."""
    entry = {
        "pos": pos,
        "artist_name": f"Artist {number % 3}",
        "track_uri": f"spotify:track:{track_id(number)}",
        "track_name": f"Track é {number}",
    }
    if full:
        entry |= {
            "artist_uri": f"spotify:artist:{'A' * 21}{number % 3}",
            "album_uri": f"spotify:album:{'B' * 21}{number % 5}",
            "album_name": f"Album {number % 5}",
            "duration_ms": 1000 * number,
        }
    return entry


def playlist(pid: int, numbers: list[int], full: bool = True, **other: object) -> dict:
    """One playlist of these tracks."""
    content = {
        "name": f"List {pid}",
        "pid": pid,
        "num_tracks": len(numbers),
        "num_followers": 1 + pid % 3,
        "num_edits": 2,
        "num_artists": len({n % 3 for n in numbers}),
        "tracks": [track(n, pos, full) for pos, n in enumerate(numbers)],
    }
    if full:
        content |= {"collaborative": "true" if pid % 2 else "false", "modified_at": 1493424000}
    return content | other


def playlists(first: int, n: int, full: bool = True) -> list[dict]:
    """Playlists of five to eight tracks, some of them twice in a playlist."""
    return [
        playlist(pid, [(pid * 7 + i * i) % 40 for i in range(5 + pid % 4)], full)
        for pid in range(first, first + n)
    ]


def text(content: list[dict], indent: int | None = None) -> str:
    """Put playlists into a slice."""
    return json.dumps({"info": {"version": "v1"}, "playlists": content}, indent=indent)


def write_slice(folder: Path, first: int, content: list[dict] | bytes | str, last: int = 0) -> Path:
    """Write a slice of ten pids."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"mpd.slice.{first}-{last or first + 9}.json"
    if isinstance(content, list):
        content = text(content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def write_folder(folder: Path, n_slices: int = 3, full: bool = True) -> Path:
    """Write whole slices of ten playlists."""
    for number in range(n_slices):
        write_slice(folder, 10 * number, playlists(10 * number, 10, full))
    return folder


def plain_tables(folder: Path, lists: list[list[int]]) -> Path:
    """Write a plain table of entries: a list of track numbers a playlist."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [(pid, f"t{one}") for pid, some in enumerate(lists) for one in some]
    table = pd.DataFrame(rows, columns=["playlist_id", "track_id"])
    table.to_parquet(folder / "playlist_tracks.parquet")
    return folder
