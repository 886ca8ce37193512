"""Tracks by release year: three published layouts brought to one table of counts and sums.

The table, called *cells* here, has a row for each year, genre and first artist. All that
`lib.tracks.year_trends` and `lib.tracks.year_mix` say comes from it, whichever file it is of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from lib.errors import DataError, ParameterError
from lib.tracks.artists import rank_artists
from lib.tracks.columns import column
from lib.tracks.read import read_by_year, read_tidytuesday
from lib.tracks.read_features import ALL, summarise_features
from lib.tracks.titles import first_artist
from lib.tracks.year_tracks import list_tracks

MEASURES: dict[str, str] = {
    "tempo_bpm": "tempo (beats a minute)",
    "energy": "energy (0 to 1)",
    "valence": "valence (0 to 1)",
    "loudness_db": "loudness (decibel)",
    "duration_min": "duration (minutes)",
    "explicit": "explicit tracks (share)",
}
"""What is followed over the years, and how figures call it."""

UNITS: dict[str, str] = {
    "tempo_bpm": "beats a minute",
    "energy": "",
    "valence": "",
    "loudness_db": "decibel",
    "duration_min": "minutes",
    "explicit": "share",
}
"""Unit of each measure, as the report writes it."""

SUMS = (*MEASURES, "popularity")

CELLS = pa.DataFrameSchema(
    {
        "year": column("int64", "year", "Release year as published", 1800, 2100),
        "genre": column("str", "text", "Search genre; 'all' where the file has none"),
        "artist_id": column("str", "id", "First artist; the name where the file has no ids"),
        "artist": column("str", "name", "First artist"),
        "tracks": column(
            "float64", "tracks", "Tracks; one under k genres counts 1/k in each", 0, 10**9
        ),
        **{
            name: column(
                "float64",
                f"sum of {UNITS.get(name, 'popularity points') or 'scores, 0 to 1 each'}",
                f"Sum of {name} over these tracks",
                nullable=name in ("explicit", "popularity"),
            )
            for name in SUMS
        },
    },
    strict=True,
    description="Counts and sums by release year, genre and first artist",
)


@dataclass(frozen=True)
class Dated:
    """Tracks with release years, as read and cleaned.

    Attributes
    ----------
    cells : pandas.DataFrame
        See `CELLS`.
    steps : pandas.DataFrame
        What was left out: ``step``, ``left_out``, ``rows`` or tracks that stay.
    tracks : pandas.DataFrame or None
        One row a track id with ``first_artist``, ``album``, ``popularity``, ``release_year``;
        None for a file that is read without holding its rows.
    listed : pandas.DataFrame or None
        The same tracks with genres and sound, see `lib.tracks.year_tracks.YEAR_TRACKS`.
    """

    cells: pd.DataFrame
    steps: pd.DataFrame
    tracks: pd.DataFrame | None
    listed: pd.DataFrame | None = None


def choose(there: Sequence[str], wanted: str = "") -> str:
    """Return the raw set to read: the wanted one, or the first there is.

    Raises
    ------
    ParameterError
        When the wanted one is not there.

    Examples
    --------
    >>> choose(["tracks/a.parquet", "tracks/b.csv"])
    'tracks/a.parquet'
    """
    if wanted and wanted not in there:
        raise ParameterError(
            f"SOURCE {wanted!r}: not in the data folder; found {', '.join(there) or 'none'}. Put "
            "it there, or leave SOURCE empty"
        )
    return wanted or there[0]


def load(path: Path | str) -> Dated:
    """Read one of the three files, told by its name's ending.

    Parameters
    ----------
    path : path
        ``*.parquet`` (`lib.tracks.read.read_by_year`), ``spotify_songs.csv``
        (`lib.tracks.read.read_tidytuesday`), or else a CSV of the layout
        `lib.tracks.read.FEATURES`.

    Raises
    ------
    DataError
        As the readers; or when no track with a year is left.
    """
    path = Path(path)
    if path.suffix == ".parquet":
        dated = _from_rows(read_by_year(path))
    elif path.name == "spotify_songs.csv":
        dated = _from_rows(read_tidytuesday(path))
    else:
        cells, steps = summarise_features(path)
        dated = Dated(cells, steps, None)
    if dated.cells.empty:
        raise DataError(f"{path}: no track with a release year; expected some. Get the file again")
    return dated


def measures(cells: pd.DataFrame) -> list[str]:
    """List the `MEASURES` that the file has."""
    return [name for name in MEASURES if cells[name].notna().all()]


def to_cells(rows: pd.DataFrame) -> pd.DataFrame:
    """Count and sum rows by year, genre and first artist.

    Parameters
    ----------
    rows : pandas.DataFrame
        One row a pair of track id and genre: ``track_id``, ``release_year``, ``track_genre``,
        ``artist_id``, ``first_artist``, and the columns of `SUMS` that there are.

    Returns
    -------
    pandas.DataFrame
        See `CELLS`, in the order of its keys. A track under k genres counts 1/k in each, so the
        counts add up to the number of tracks.
    """
    share = 1 / rows.groupby("track_id")["track_genre"].transform("size")
    sums = pd.DataFrame({"tracks": share})
    for name in SUMS:
        sums[name] = rows[name].astype(float) * share if name in rows else float("nan")
    keys = {
        "year": rows["release_year"].astype("int64"),
        "genre": rows["track_genre"],
        "artist_id": rows["artist_id"],
    }
    cells = sums.assign(**keys).groupby(list(keys), as_index=False).sum(min_count=1)
    # An artist's name may be spelt in several ways: the first in order is taken.
    names = rows.groupby("artist_id")["first_artist"].min()
    cells.insert(3, "artist", cells["artist_id"].map(names))
    return cells


def rankings(dated: Dated, min_tracks: int) -> dict[str, pd.DataFrame]:
    """Rank artists, and albums with at least half as many tracks, by mean popularity.

    Parameters
    ----------
    dated : Dated
        See `load`.
    min_tracks : int
        Fewest tracks of an artist; lowered to the most that any has, but not below two.

    Returns
    -------
    dict of str to pandas.DataFrame
        Title to table of `lib.tracks.artists.rank_artists`; empty for a file that has no
        popularity or no artist with two tracks.
    """
    panels: dict[str, pd.DataFrame] = {}
    if dated.tracks is None:
        return panels
    wanted = (("Artists", "first_artist", min_tracks), ("Albums", "album", min_tracks // 2))
    for what, key, fewest in wanted:
        named = dated.tracks.assign(first_artist=dated.tracks[key])
        fewest = max(2, min(fewest, int(named["first_artist"].value_counts().max())))
        if (named["first_artist"].value_counts() >= fewest).any():
            panels[f"{what}, {fewest} tracks or more"] = rank_artists(named, fewest)
    return panels


def _from_rows(rows: pd.DataFrame) -> Dated:
    steps = [("rows as read", 0, len(rows))]

    def keep(what: str, kept: pd.DataFrame) -> pd.DataFrame:
        steps.append((what, steps[-1][2] - len(kept), len(kept)))
        return kept

    rows = keep("no artist named", rows.dropna(subset=["artists"]))
    if "artist_id" not in rows:
        rows = rows.assign(artist_id=first_artist(rows["artists"]))
    rows = keep("exact copies, and copies of a track under its genre", _pairs(rows))
    rows = keep("no release year", rows.dropna(subset=["release_year"]))
    rows = keep("tempo 0: no sound was found", rows[rows["tempo_bpm"] > 0])
    rows = rows.assign(
        first_artist=first_artist(rows["artists"]), duration_min=rows["duration_ms"] / 60_000
    )
    unique = rows.drop_duplicates("track_id")
    keep("further genres of a track (kept, as fractions)", unique)
    tracks = unique[["track_id", "track_name", "first_artist", "artist_id", "popularity"]].assign(
        album=unique["album_name"] + " – " + unique["first_artist"],
        release_year=unique["release_year"].astype("int64"),
    )
    table = pd.DataFrame(steps, columns=["step", "left_out", "rows"])
    return Dated(to_cells(rows), table, tracks.reset_index(drop=True), list_tracks(rows))


def _pairs(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.drop_duplicates(["track_id", "track_genre"])


def without_genres(cells: pd.DataFrame) -> bool:
    """Tell whether the file has no genres, so that mix cannot be held apart."""
    return bool((cells["genre"] == ALL).all())
