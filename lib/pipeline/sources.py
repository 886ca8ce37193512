"""The raw data of a run: which sets there are, where they lie, and what identifies them.

``WORKBOOK_DATA`` names another folder of raw data than ``data/raw``.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lib.errors import DataError
from lib.pipeline import places
from lib.pipeline.notebook import (
    BY_YEAR,
    MPD,
    PLAYLIST_TABLES,
    SPOTIFY_SONGS,
    TRACKS_CSV,
    TRACKS_FEATURES,
    Stage,
)
from lib.pipeline.stages import check_profile, lacking, raw_of

PUBLISHED_TRACKS = "b202fa49909b2d5cef71a04b1d21243cfeb36414535f2ca9272aa646721177bd"
"""The Kaggle catalogue of 114,000 rows; copies with other line ends have another hash."""

PLANTED = "planted*.json"
"""What a generator leaves beside the data it makes: the planted truth."""


@dataclass(frozen=True)
class RawSet:
    """A raw data set.

    Attributes
    ----------
    name : str
        Its file or folder, relative to the data folder.
    pattern : str
        Files that belong to it, for a folder; empty for a file.
    title : str
        What it is, for a reader.
    how : str
        How to get it, one sentence.
    """

    name: str
    pattern: str
    title: str
    how: str

    def files(self, folder: Path) -> list[Path]:
        """List the files of the set in a data folder, none when it is absent."""
        path = folder / self.name
        if self.pattern:
            return sorted(path.glob(self.pattern)) if path.is_dir() else []
        return [path] if path.is_file() else []


RAW_SETS: dict[str, RawSet] = {
    one.name: one
    for one in (
        RawSet(
            TRACKS_CSV,
            "",
            "Spotify Tracks Dataset (maharshipandya: Kaggle, Hugging Face)",
            "name its folder with --data-dir DIR, or get the file with ./run_all.sh --fetch",
        ),
        RawSet(
            BY_YEAR,
            "",
            "tracks with release dates (a third party's search results, November 2024)",
            f"put a Parquet table in the layout of data/README.md there, or put {SPOTIFY_SONGS} or "
            f"{TRACKS_FEATURES} (both to be had without asking) into the data folder",
        ),
        RawSet(
            SPOTIFY_SONGS,
            "",
            "spotify_songs (TidyTuesday, 21 January 2020)",
            "get spotify_songs.csv from TidyTuesday's data of 2020-01-21",
        ),
        RawSet(
            TRACKS_FEATURES,
            "",
            "Spotify 1.2M+ Songs (rodolfofigueroa: Kaggle)",
            "get tracks_features.csv from Kaggle (rodolfofigueroa/spotify-12m-songs)",
        ),
        RawSet(
            MPD,
            "mpd.slice.*.json*",
            "Million Playlist Dataset slices (Spotify)",
            "get the Million Playlist Dataset from AIcrowd (spotify-million-playlist-dataset-"
            f"challenge; free, after signing in), unpack its slices into {MPD}/ of the data folder",
        ),
        RawSet(
            PLAYLIST_TABLES,
            "*.parquet",
            "playlist tables (Politecnico di Milano 2018: Kaggle)",
            f"put playlist_tracks.parquet (playlist_id, track_id) into {PLAYLIST_TABLES}/ of the "
            "data folder",
        ),
    )
}


@dataclass(frozen=True)
class Source:
    """The raw data that a run, or one of its notebooks, reads.

    Attributes
    ----------
    profile : str
        ``"sample"`` or ``"full"``.
    folder : pathlib.Path
        Folder that the sets lie in.
    digests : tuple of (str, str)
        Name and digest of each set, see `digest`.
    generated : bool
        Whether the project made any of it itself.
    """

    profile: str
    folder: Path
    digests: tuple[tuple[str, str], ...]
    generated: bool

    def path(self, name: str) -> Path:
        """Path of a set's file or folder, e.g. ``"tracks/dataset.csv"``."""
        return self.folder / name

    def files(self, name: str) -> list[Path]:
        """List the files of a set."""
        return RAW_SETS[name].files(self.folder)

    def lacks(self, owner: Stage) -> list[str]:
        """Name the sets that a notebook cannot do without and that are not there."""
        return lacking(owner, dict(self.digests))

    def part(self, owner: Stage) -> Source:
        """Keep only the sets that are behind a notebook."""
        names = raw_of(owner)
        kept = tuple(pair for pair in self.digests if pair[0] in names)
        return Source(self.profile, self.folder, kept, self.generated)

    def headline(self) -> str:
        """Say in one line whose data this is."""
        if self.generated:
            made = {
                "tracks" if name.startswith("tracks/") else "playlists" for name, _ in self.digests
            }
            what = " and ".join(sorted(made, reverse=True)) or "data"
            return f"Generated sample: made-up {what}, none of these numbers is about real music"
        return "; ".join(_title(name, digest) for name, digest in self.digests)

    def label(self) -> str:
        """Name the profile, the sets and the beginnings of their digests."""
        named = (f"{name} · sha256 {digest[:12]}" for name, digest in self.digests)
        return " · ".join([f"profile {self.profile}", *named])

    def describe(self) -> dict[str, object]:
        """Return what identifies the data, without any path of this machine.

        ``published`` is true when the catalogue is, byte for byte, the public one.
        """
        return {
            "profile": self.profile,
            "files": dict(self.digests),
            "generated": self.generated,
            "published": (TRACKS_CSV, PUBLISHED_TRACKS) in self.digests,
        }


def find_source(profile: str, data_dir: str = "", owners: Sequence[Stage] = ()) -> Source:
    """Find the raw data of a profile.

    Parameters
    ----------
    profile : str
        ``"sample"`` or ``"full"``.
    data_dir : str, optional
        Folder of the full profile's raw data; empty for ``WORKBOOK_DATA`` or ``data/raw``.
    owners : sequence of Stage, optional
        Notebooks whose sets are to be found; by default all there are, but at least one.

    Raises
    ------
    ParameterError
        When the profile is unknown.
    DataError
        When a set is missing.
    """
    check_profile(profile)
    if profile == "sample":
        folder = places.SAMPLE
    else:
        named = data_dir or os.environ.get("WORKBOOK_DATA", "")
        folder = Path(named).expanduser().resolve() if named else places.RAW
    found = {name: one.files(folder) for name, one in RAW_SETS.items()}
    there = [name for name in RAW_SETS if found[name]]
    absent = [name for owner in owners for name in lacking(owner, there)]
    for name in absent if owners or there else [TRACKS_CSV]:
        raise DataError(missing(name, folder, profile))
    read = {name for owner in owners for name in raw_of(owner)} if owners else set(there)
    names = [name for name in there if name in read]
    digests = tuple((name, digest(found[name])) for name in names)
    return Source(profile, folder, digests, any(_generated(folder, *pair) for pair in digests))


def missing(name: str, folder: Path, profile: str) -> str:
    """Say that a set is missing, and how to get it."""
    one = RAW_SETS[name]
    what = f"no file {one.pattern} there" if one.pattern else "no such file"
    return f"{folder / name}: {what}. The profile {profile!r} reads {one.title}; {one.how}"


def digest(files: list[Path]) -> str:
    """Hash a set.

    One file: its SHA-256. Several: a SHA-256 over their names, sizes, beginnings and ends, since a
    million playlists are 33 GB and are asked about in every run.
    """
    if len(files) == 1:
        return places.sha256(files[0])
    total = hashlib.sha256()
    for path in files:
        with path.open("rb") as handle:
            size = path.stat().st_size
            total.update(f"{path.name}\0{size}\0".encode())
            total.update(handle.read(65536))
            handle.seek(max(0, size - 65536))
            total.update(handle.read(65536))
    return total.hexdigest()


def _generated(folder: Path, name: str, found: str) -> bool:
    path = folder / name
    beside = path if path.is_dir() else path.parent
    sample = RAW_SETS[name].files(places.SAMPLE)
    return any(beside.glob(PLANTED)) or (bool(sample) and found == digest(sample))


def _title(name: str, found: str) -> str:
    if name == TRACKS_CSV and found != PUBLISHED_TRACKS:
        return "A catalogue of your own: not, byte for byte, the published Spotify Tracks Dataset"
    return RAW_SETS[name].title
