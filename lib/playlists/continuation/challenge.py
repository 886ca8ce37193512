"""Read the challenge set: playlists with a title, some seed tracks or both, the rest held back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from lib.errors import DataError
from lib.playlists.reading.inspect_playlists import Inspection, pids
from lib.playlists.reading.mpd import Finding, Playlist, UnusableError, read_slice
from lib.playlists.reading.verify import describe


@dataclass(frozen=True)
class Category:
    """One of the challenge's ten kinds of playlist.

    Attributes
    ----------
    name : str
        What tables call it.
    seeds : int
        Known tracks.
    title : bool
        Whether the title is known.
    shuffled : bool
        Whether the seeds are from anywhere in the playlist; otherwise they are its first ones.
    """

    name: str
    seeds: int
    title: bool
    shuffled: bool = False


CATEGORIES = (
    Category("title only", 0, True),
    Category("title and first 1", 1, True),
    Category("title and first 5", 5, True),
    Category("first 5", 5, False),
    Category("title and first 10", 10, True),
    Category("first 10", 10, False),
    Category("title and first 25", 25, True),
    Category("title and random 25", 25, True, shuffled=True),
    Category("title and first 100", 100, True),
    Category("title and random 100", 100, True, shuffled=True),
)
"""As in the official description (Chen, Lamere, Schedl, Zamani 2018, table 1)."""
PUBLISHED_PER_CATEGORY = 1000


@dataclass(frozen=True)
class ChallengeSet:
    """The challenge set as two tables.

    Attributes
    ----------
    playlists : pandas.DataFrame
        ``pid``, ``name`` (missing where the title is not given), ``category``, ``num_tracks``,
        ``num_holdouts``, ``num_samples``; in the file's order.
    seeds : pandas.DataFrame
        ``pid``, ``position``, ``track_id``, ``artist_id`` (missing where absent),
        ``artist_name``, ``track_name``.
    findings : list of Finding
        What is wrong.
    """

    playlists: pd.DataFrame
    seeds: pd.DataFrame
    findings: list[Finding]


def read_challenge(path: Path | str, strict: bool = False) -> ChallengeSet:
    """Read and check ``challenge_set.json``, plain or gzip.

    Parameters
    ----------
    path : path
        The file.
    strict : bool, optional
        Stop at the first thing that is wrong, also when a category does not have 1,000 playlists.

    Raises
    ------
    DataError
        When the file cannot be read, a playlist fits none of the ten categories, or `strict`
        finds something.
    """
    path = Path(path).expanduser()
    try:
        there = path.is_file()
    except OSError as error:  # a name that is too long, for one
        raise DataError(f"CHALLENGE_SET {path}: {error.strerror}; name another file") from None
    if not there:
        raise DataError(f"{path}: no such file; expected the challenge set, challenge_set.json")
    playlists, findings = _read(path)
    categories = [_category(path, playlist) for playlist in playlists]
    findings += _check_counts(path.name, playlists)
    inspection = Inspection(path.name)
    inspection.drop_without_uri(playlists)
    findings += inspection.findings()
    numbers = np.array([p.pid for p in playlists])
    unique, counts = np.unique(numbers, return_counts=True)
    if (counts > 1).any():
        raise DataError(f"{path}: {pids(unique[counts > 1].tolist())} there more than once")
    if (numbers < 0).any():
        raise DataError(f"{path}: pid {numbers.min()}; expected whole numbers from 0")
    table = pd.DataFrame(
        {
            "pid": numbers,
            "name": pd.array([p.name for p in playlists], "str"),
            "category": pd.Categorical(categories, [c.name for c in CATEGORIES]),
            "num_tracks": pd.array([p.num_tracks for p in playlists], "Int32"),
            "num_holdouts": pd.array([p.num_holdouts for p in playlists], "Int32"),
            "num_samples": np.array([len(p.tracks) for p in playlists], np.int32),
        }
    )
    sizes = table["category"].value_counts(sort=False)
    odd = sizes[sizes != PUBLISHED_PER_CATEGORY]
    if strict and len(odd):
        shown = ", ".join(f"{name!r} {n:,}" for name, n in odd.items())
        raise DataError(f"{path}: expected {PUBLISHED_PER_CATEGORY:,} a category, found {shown}")
    if strict and findings:
        raise DataError(f"{path}: {describe(findings[0])}")
    entries = [(p.pid, t) for p in playlists for t in p.tracks]
    seeds = pd.DataFrame(
        {
            "pid": np.array([pid for pid, _ in entries], np.int64),
            "position": pd.array([t.pos for _, t in entries], "Int32"),
            "track_id": pd.array([t.track_uri.rpartition(":")[2] for _, t in entries], "str"),
            "artist_id": pd.array(
                [t.artist_uri and t.artist_uri.rpartition(":")[2] for _, t in entries], "str"
            ),
            "artist_name": pd.array([t.artist_name for _, t in entries], "str"),
            "track_name": pd.array([t.track_name for _, t in entries], "str"),
        }
    )
    return ChallengeSet(table, seeds, findings)


def _read(path: Path) -> tuple[list[Playlist], list[Finding]]:
    try:
        playlists, notes = read_slice(path)
    except UnusableError as unusable:
        raise DataError(f"{path}: {describe(unusable.args[0])}") from None
    if not playlists:
        raise DataError(f"{path}: holds no playlist; expected the challenge set")
    return playlists, notes


def _category(path: Path, playlist: Playlist) -> str:
    """Tell the category by the number of seeds, the title, and whether the seeds come first."""
    n = len(playlist.tracks)
    first = [t.pos for t in playlist.tracks] == list(range(n))
    title = playlist.name is not None
    fitting = [c for c in CATEGORIES if c.seeds == n and c.title == title]
    for category in fitting:
        if category.shuffled != first or len(fitting) == 1:
            return category.name
    known = ", ".join(c.name for c in CATEGORIES)
    raise DataError(
        f"{path}: pid {playlist.pid}: {n} seed tracks {'with' if title else 'without'} a title fit "
        f"none of the ten categories ({known})"
    )


def _check_counts(file: str, playlists: list[Playlist]) -> list[Finding]:
    """Check num_samples, and that samples and hold-outs make up the playlist."""
    wrong = [
        p
        for p in playlists
        if p.num_samples not in (None, len(p.tracks))
        or (
            None not in (p.num_tracks, p.num_holdouts)
            and p.num_tracks - p.num_holdouts != len(p.tracks)
        )
    ]
    if not wrong:
        return []
    text = (
        f"{len(wrong):,} playlists whose num_samples, num_holdouts and num_tracks disagree with "
        "their seeds. Kept with the seeds that are there"
    )
    return [Finding(file, "num_tracks disagrees", pids([p.pid for p in wrong]), text)]
