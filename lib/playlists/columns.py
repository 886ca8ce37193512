"""Names, units and types of the playlist tables' columns: the one place that says them.

Playlists, tracks, artists and albums are numbered from 0; the number is the row of the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyarrow as arrow

if TYPE_CHECKING:
    import pandera.pandas as pa

TYPES = {
    "int16": arrow.int16(),
    "int32": arrow.int32(),
    "int64": arrow.int64(),
    "str": arrow.string(),
    "bool": arrow.bool_(),
    "datetime64[s]": arrow.timestamp("s"),
}
"""How a column is stored; what may be missing is null there."""


class Column(NamedTuple):
    """One column: a key of `TYPES`, its unit, what it means, whether values may be missing."""

    kind: str
    unit: str
    description: str
    nullable: bool = False


PLAYLISTS = {
    "pid": Column("int64", "number", "The playlist's number in the source"),
    "name": Column("str", "text", "Title", nullable=True),
    "description": Column("str", "text", "Description", nullable=True),
    "collaborative": Column("bool", "true or false", "Several people edit it", nullable=True),
    "modified_at": Column("datetime64[s]", "UTC day", "Last change", nullable=True),
    "num_tracks": Column("int32", "entries", "Length that the source states", nullable=True),
    "num_albums": Column("int32", "albums", "Albums that the source states", nullable=True),
    "num_artists": Column("int32", "artists", "Artists that the source states", nullable=True),
    "num_followers": Column("int32", "people", "Followers", nullable=True),
    "num_edits": Column("int32", "sessions", "Editing sessions", nullable=True),
    "duration_ms": Column(
        "int64", "milliseconds", "Playing time that the source states", nullable=True
    ),
    "length": Column("int32", "entries", "Entries in the store"),
    "file": Column("int16", "number", "File it was read from, in the order of the manifest"),
}

TRACKS = {
    "track_id": Column("str", "id", "Spotify id, or the id of a plain table"),
    "track_name": Column("str", "text", "Title", nullable=True),
    "artist": Column("int32", "number", "Row in the artist table, -1 when unknown"),
    "album": Column("int32", "number", "Row in the album table, -1 when unknown"),
    "duration_ms": Column("int32", "milliseconds", "Length", nullable=True),
    "entries": Column("int32", "entries", "Entries in all playlists, repeats counted"),
    "playlists": Column("int32", "playlists", "Playlists that hold it at least once"),
}

ARTISTS = {
    "artist_id": Column("str", "id", "Spotify id", nullable=True),
    "artist_name": Column("str", "text", "Name", nullable=True),
    "entries": Column("int64", "entries", "Entries in all playlists, repeats counted"),
}

ALBUMS = {
    "album_id": Column("str", "id", "Spotify id", nullable=True),
    "album_name": Column("str", "text", "Name", nullable=True),
    "entries": Column("int64", "entries", "Entries in all playlists, repeats counted"),
}

TABLES = {"playlists": PLAYLISTS, "tracks": TRACKS, "artists": ARTISTS, "albums": ALBUMS}
"""The Parquet tables of a store."""


def stored_schema(table: str) -> arrow.Schema:
    """Arrow schema of a store's table.

    Examples
    --------
    >>> stored_schema("artists").names
    ['artist_id', 'artist_name', 'entries']
    """
    return arrow.schema(
        [
            arrow.field(name, TYPES[column.kind], nullable=column.nullable)
            for name, column in TABLES[table].items()
        ]
    )


def schema(table: str) -> pa.DataFrameSchema:
    """Build the schema of a store's table as pandas reads it; whole numbers may be missing."""
    import pandera.pandas as pa  # the processes that read slices do without it

    missing = {"int16": "Int16", "int32": "Int32", "int64": "Int64", "bool": "boolean"}
    columns = {
        name: pa.Column(
            missing.get(column.kind, column.kind) if column.nullable else column.kind,
            nullable=column.nullable,
            description=column.description,
            metadata={"unit": column.unit},
        )
        for name, column in TABLES[table].items()
    }
    return pa.DataFrameSchema(columns, strict=True)
