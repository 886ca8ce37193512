"""What the dashboard reads of 24_trends_by_year and 25_cluster_tracks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

NO_RELEASED = "Tracks with release years: 24_trends_by_year has not run on this data."
NO_SOUNDS = "Clusters of sound: 25_cluster_tracks has not run on this data."


@dataclass(frozen=True)
class Released:
    """Tracks with release years: a data set of its own, beside the catalogue.

    Attributes
    ----------
    cells : pandas.DataFrame
        Table ``by_year``, see `lib.tracks.by_year.CELLS`.
    tracks : pandas.DataFrame or None
        Table ``year_tracks``, see `lib.tracks.year_tracks.YEAR_TRACKS`; None where the file was
        read without holding its rows.
    source : str
        The raw set, such as ``"tracks/spotify_songs.csv"``.
    generated : bool
        Whether it is made up.
    replicates, seed : int
        Of the notebook's intervals; with these the page's are the same.
    """

    cells: pd.DataFrame
    tracks: pd.DataFrame | None
    source: str
    generated: bool
    replicates: int
    seed: int


@dataclass(frozen=True)
class Sounds:
    """Clusters of the catalogue's recordings by their sound.

    Attributes
    ----------
    labels : pandas.DataFrame
        Table ``track_clusters``: ``track_id``, ``cluster`` (from 1), ``name``.
    verdict : str
        How many clusters the data support, if any, as the notebook says it.
    """

    labels: pd.DataFrame
    verdict: str


def released_of(folder: Path) -> Released | str:
    """Read what 24_trends_by_year left in its folder, or say why there is nothing to read."""
    paths = [folder / f"{name}.parquet" for name in ("by_year", "year_tracks")]
    if not all(path.exists() for path in paths):
        return f"{NO_RELEASED} Run it, and ask again."
    cells, tracks = (pd.read_parquet(path) for path in paths)
    made = _manifest(folder)
    data, used = made["data"], made["parameters"]
    return Released(
        cells,
        tracks if len(tracks) else None,
        used["SOURCE"] or next(iter(data["files"])),
        bool(data["generated"]),
        int(used["REPLICATES"]),
        int(used["SEED"]),
    )


def sounds_of(folder: Path) -> Sounds | str:
    """Read what 25_cluster_tracks left in its folder, or say why there is nothing to read."""
    path = folder / "track_clusters.parquet"
    if not path.exists():
        return f"{NO_SOUNDS} Run it, and ask again."
    # The verdict is the first thing that the notebook finds.
    return Sounds(pd.read_parquet(path), str(_manifest(folder)["findings"][0]))


def _manifest(folder: Path) -> dict:
    return json.loads((folder / "manifest.json").read_text("utf-8"))
