"""Names, units, types and ranges of a track catalogue's columns: the one place that says them.

Inside the workbook a column carries its unit in its name (``duration_ms``, ``tempo_bpm``,
``loudness_db``). `KAGGLE_NAMES`, `TIDYTUESDAY_NAMES`, `BY_YEAR_NAMES` and `FEATURES_NAMES` map the
columns of the four public files to this vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandera.pandas as pa

AUDIO_9 = (
    "danceability",
    "energy",
    "loudness_db",
    "speechiness",
    "acousticness",
    "instrumentalness",
    "liveness",
    "valence",
    "tempo_bpm",
)
"""The nine continuous descriptors; together they serve as a recording's audio fingerprint."""

AUDIO_13 = (*AUDIO_9, "duration_ms", "key", "mode", "time_signature")
"""All that the file tells of a track's sound."""


def column(
    kind: str | type,
    unit: str,
    description: str,
    low: float | None = None,
    high: float | None = None,
    nullable: bool = False,
) -> pa.Column:
    """Describe one column: its type, its unit, what it means, and the closed range of its values.

    Parameters
    ----------
    kind : str or type
        What `pandera.pandas.Column` takes as a dtype.
    unit : str
        Unit or form of the values.
    description : str
        A short phrase for the data dictionary.
    low, high : float, optional
        Range; both or neither.
    nullable : bool, optional
        Whether values may be missing.

    Returns
    -------
    pandera.pandas.Column
    """
    checks = [] if low is None else [pa.Check.in_range(low, high)]
    return pa.Column(
        kind, checks, nullable=nullable, description=description, metadata={"unit": unit}
    )


COLUMNS: dict[str, pa.Column] = {
    "row": column("int64", "row number", "Position in the published file", 0, 2**31),
    "track_id": column("str", "Spotify id", "One release of a recording; a recording has several"),
    "artists": column("str", "names, ';' between", "Credited artists, first artist first"),
    "album_name": column("str", "text", "Album the track was found on"),
    "track_name": column("str", "text", "Title"),
    "popularity": column("int64", "0 to 100", "Popularity when collected", 0, 100),
    "duration_ms": column("int64", "milliseconds", "Length", 0, 24 * 3_600_000),
    "explicit": column("bool", "true or false", "Marked as having explicit lyrics"),
    "danceability": column("float64", "0 to 1", "How suitable for dancing", 0, 1),
    "energy": column("float64", "0 to 1", "Perceived intensity", 0, 1),
    "key": column("int64", "pitch class, -1 unknown", "0 is C, 1 is C sharp, … 11 is B", -1, 11),
    "loudness_db": column("float64", "decibel", "Mean loudness (`loudness` in the file)", -60, 10),
    "mode": column("int64", "0 or 1", "1 major, 0 minor", 0, 1),
    "speechiness": column("float64", "0 to 1", "Share of spoken word", 0, 1),
    "acousticness": column("float64", "0 to 1", "Confidence that the track is acoustic", 0, 1),
    "instrumentalness": column("float64", "0 to 1", "Confidence that there are no vocals", 0, 1),
    "liveness": column("float64", "0 to 1", "Confidence that an audience is heard", 0, 1),
    "valence": column("float64", "0 to 1", "Musical positiveness", 0, 1),
    "tempo_bpm": column(
        "float64", "beats a minute", "Tempo (`tempo` in the file); 0 means not detected", 0, 300
    ),
    "time_signature": column("int64", "beats a bar", "0 means not detected", 0, 7),
    "track_genre": column("str", "text", "Genre under which the search found the row"),
}
"""The Kaggle catalogue's 21 columns, in the file's order, under the workbook's names."""

EXTRA_COLUMNS: dict[str, pa.Column] = {
    "album_id": column("str", "Spotify id", "Album"),
    "artist_id": column("str", "Spotify id", "First artist"),
    "release_date": column("str", "YYYY, YYYY-MM or YYYY-MM-DD", "Release date as published"),
    "release_year": column("Int64", "year", "First four digits of the release date", 1900, 2100),
    "playlist_id": column("str", "Spotify id", "Playlist the row was taken from"),
    "playlist_name": column("str", "text", "Name of that playlist"),
    "playlist_genre": column("str", "text", "Genre of that playlist, one of six"),
    "track_number": column("int64", "position on the album", "From 1", 1, 10_000),
    "collected_on": column("str", "YYYY-MM-DD", "Day the row was collected"),
    "artist_genres": column("str", "names, ';' between", "Genres of the artist", nullable=True),
    "artist_popularity": column("int64", "0 to 100", "Spotify's popularity of the artist", 0, 100),
    "artist_followers": column("int64", "accounts", "Followers of the artist", 0, 10**10),
    "artist_ids": column("str", "list of Spotify ids, as text", "Credited artists, first first"),
    "disc_number": column("int64", "disc of the album", "From 1", 0, 1000),
    "published_year": column("int64", "year", "Year of release; 0 means unknown", 0, 2100),
}
"""Columns that only the files with release dates have."""

KAGGLE_NAMES = {"": "row", "loudness": "loudness_db", "tempo": "tempo_bpm"}
TIDYTUESDAY_NAMES = {
    "track_artist": "artists",
    "track_popularity": "popularity",
    "track_album_id": "album_id",
    "track_album_name": "album_name",
    "track_album_release_date": "release_date",
    "playlist_subgenre": "track_genre",
    "loudness": "loudness_db",
    "tempo": "tempo_bpm",
}
BY_YEAR_NAMES = {
    "artist_name": "artists",
    "search_genre": "track_genre",
    "data_collection_date": "collected_on",
    "loudness": "loudness_db",
    "tempo": "tempo_bpm",
}
FEATURES_NAMES = {
    "id": "track_id",
    "name": "track_name",
    "album": "album_name",
    "loudness": "loudness_db",
    "tempo": "tempo_bpm",
    "year": "published_year",
}


def schema(names: Sequence[str], nullable: tuple[str, ...] = ()) -> pa.DataFrameSchema:
    """Build the schema of a table with exactly these columns.

    Parameters
    ----------
    names : sequence of str
        Columns, each a key of `COLUMNS` or `EXTRA_COLUMNS`.
    nullable : tuple of str, optional
        Columns that may be empty in this table.

    Returns
    -------
    pandera.pandas.DataFrameSchema
        Strict: a missing or an extra column is an error.

    Examples
    --------
    >>> list(schema(["track_id", "popularity"]).columns)
    ['track_id', 'popularity']
    """
    known = COLUMNS | EXTRA_COLUMNS
    columns = {name: known[name] for name in names}
    for name in nullable:
        columns[name] = _nullable(columns[name])
    return pa.DataFrameSchema(columns, strict=True)


def _nullable(column: pa.Column) -> pa.Column:
    return pa.Column(
        column.dtype,
        column.checks,
        nullable=True,
        description=column.description,
        metadata=column.metadata,
    )
