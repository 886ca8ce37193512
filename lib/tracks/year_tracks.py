"""Tracks with their release years, one row each: what a page filters, counts and ranks."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

from lib.tracks.columns import AUDIO_9, COLUMNS, column

FEATURES = (*AUDIO_9, "duration_min", "explicit")
"""What is told of each track's sound."""


def _float(name: str) -> pa.Column:
    """Take a column of `COLUMNS` as a number with a point, as sums by year need it."""
    known = COLUMNS[name]
    unit = known.metadata["unit"]
    return pa.Column(
        "float64",
        known.checks,
        nullable=name == "explicit",
        description=known.description,
        metadata={"unit": "1 for yes, 0 for no" if unit == "true or false" else unit},
    )


YEAR_TRACKS = pa.DataFrameSchema(
    {
        "track_id": COLUMNS["track_id"],
        "year": column("int64", "year", "Release year as published", 1800, 2100),
        "artist_id": column("str", "id", "First artist; the name where the file has no ids"),
        "first_artist": column("str", "name", "First artist"),
        "album": column("str", "text", "Album and first artist", nullable=True),
        "genres": pa.Column(
            object,
            [pa.Check(lambda lists: lists.map(len) > 0, error="at least one genre")],
            description="Search genres that it was found under, by name",
            metadata={"unit": "list of names"},
        ),
        "popularity": _float("popularity"),
        **{name: _float(name) for name in AUDIO_9},
        "duration_min": column("float64", "minutes", "Length", 0, 24 * 60),
        "explicit": _float("explicit"),
    },
    strict=True,
    unique=["track_id"],
    description="Tracks with a release year: one row a track id",
)


def list_tracks(rows: pd.DataFrame) -> pd.DataFrame:
    """Put the rows of a track, one a genre, into one row.

    Parameters
    ----------
    rows : pandas.DataFrame
        One row a pair of track id and genre, cleaned: ``track_id``, ``release_year``,
        ``track_genre``, ``artist_id``, ``first_artist``, ``album_name``, ``popularity`` and
        `FEATURES`, but for ``explicit``, which may be absent. Where the rows of a track differ,
        the first one counts.

    Returns
    -------
    pandas.DataFrame
        See `YEAR_TRACKS`; in the order in which the tracks are first found.
    """
    unique = rows.drop_duplicates("track_id")
    genres: dict[str, list[str]] = {}
    for track, genre in zip(rows["track_id"], rows["track_genre"], strict=True):
        genres.setdefault(track, []).append(genre)
    table = pd.DataFrame(
        {
            "track_id": unique["track_id"],
            "year": unique["release_year"].astype("int64"),
            "artist_id": unique["artist_id"],
            "first_artist": unique["first_artist"],
            "album": unique["album_name"] + " – " + unique["first_artist"],
            "genres": [sorted(genres[track]) for track in unique["track_id"]],
        }
    )
    for name in ("popularity", *FEATURES):
        table[name] = unique[name].astype(float) if name in unique else float("nan")
    return table.reset_index(drop=True)


def no_tracks() -> pd.DataFrame:
    """Return the table without a row, for a file that is read without holding its rows."""
    types = {name: column.dtype.type for name, column in YEAR_TRACKS.columns.items()}
    return pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in types.items()})
