"""Read track catalogues into the workbook's vocabulary, and say what does not fit.

Four layouts are known: the Kaggle catalogue (``dataset.csv``), TidyTuesday's
``spotify_songs.csv``, a Parquet table with release dates, and the table of 1.2 million tracks
(``tracks_features.csv``, which `lib.tracks.read_features` reads in batches).
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from lib.errors import DataError
from lib.tracks import columns as c
from lib.tracks.diagnose import (
    check_bytes,
    check_header,
    explain_bad_cells,
    explain_schema_errors,
)
from lib.tracks.row_facts import check_rows


@dataclass(frozen=True)
class Layout:
    """A published file's layout.

    Attributes
    ----------
    title : str
        What messages call it.
    file_columns : tuple of str
        Columns in the file's order, in the file's spelling.
    names : dict of str to str
        From the file's spelling to the workbook's, where they differ.
    schema : pandera.pandas.DataFrameSchema
        The table after renaming.
    """

    title: str
    file_columns: tuple[str, ...]
    names: dict[str, str]
    schema: pa.DataFrameSchema


def _layout(
    title: str, file_columns: str, names: dict[str, str], nullable: tuple[str, ...]
) -> Layout:
    in_file = tuple(file_columns.split(","))
    return Layout(title, in_file, names, c.schema([names.get(n, n) for n in in_file], nullable))


KAGGLE = _layout(
    "Kaggle track catalogue",
    ",track_id,artists,album_name,track_name,popularity,duration_ms,explicit,danceability,energy,"
    "key,loudness,mode,speechiness,acousticness,instrumentalness,liveness,valence,tempo,"
    "time_signature,track_genre",
    c.KAGGLE_NAMES,
    nullable=("artists", "album_name", "track_name"),
)
TIDYTUESDAY = _layout(
    "TidyTuesday spotify_songs table",
    "track_id,track_name,track_artist,track_popularity,track_album_id,track_album_name,"
    "track_album_release_date,playlist_name,playlist_id,playlist_genre,playlist_subgenre,"
    "danceability,energy,key,loudness,mode,speechiness,acousticness,instrumentalness,liveness,"
    "valence,tempo,duration_ms",
    c.TIDYTUESDAY_NAMES,
    nullable=("artists", "album_name", "track_name"),
)
BY_YEAR = _layout(
    "table of tracks with release dates",
    "track_name,track_id,artist_name,artist_id,album_name,release_date,duration_ms,explicit,"
    "track_number,popularity,data_collection_date,danceability,energy,key,loudness,mode,"
    "speechiness,acousticness,instrumentalness,liveness,valence,tempo,time_signature,"
    "artist_genres,artist_popularity,artist_followers,search_genre,release_year",
    c.BY_YEAR_NAMES,
    nullable=("artist_genres", "release_year"),
)
FEATURES = _layout(
    "table of 1.2 million tracks (tracks_features)",
    "id,name,album,album_id,artists,artist_ids,track_number,disc_number,explicit,danceability,"
    "energy,key,loudness,mode,speechiness,acousticness,instrumentalness,liveness,valence,tempo,"
    "duration_ms,time_signature,year,release_date",
    c.FEATURES_NAMES,
    nullable=("album_name", "track_name"),
)

_ARROW_TYPES = {
    "int64": arrow.int64(),
    "float64": arrow.float64(),
    "bool": arrow.bool_(),
}


def read_kaggle(path: Path | str) -> pd.DataFrame:
    """Read the Kaggle ``dataset.csv``, or any file in its layout.

    Parameters
    ----------
    path : path
        CSV in UTF-8 with the 21 published columns, the first without a name.

    Returns
    -------
    pandas.DataFrame
        One row a published row, in the file's order; columns and types of
        `lib.tracks.columns.COLUMNS`.

    Raises
    ------
    DataError
        When the file is missing, empty, cut short or not UTF-8; when a column is missing, extra
        or holds a text where a number belongs; when a value lies outside its range; when rows
        contradict each other (see `lib.tracks.row_facts.check_rows`). The message names columns
        and rows.
    """
    tracks = _read_csv(Path(path), KAGGLE)
    check_rows(Path(path), KAGGLE.title, tracks)
    return tracks


def read_tidytuesday(path: Path | str) -> pd.DataFrame:
    """Read TidyTuesday's ``spotify_songs.csv``.

    ``playlist_subgenre`` becomes ``track_genre``; ``NA`` and empty cells are missing values.
    The file has neither ``explicit`` nor ``time_signature``. A column ``release_year`` is added.

    Parameters
    ----------
    path : path
        CSV in UTF-8 with the 23 published columns.

    Returns
    -------
    pandas.DataFrame
        One row a published row (a track stands under several playlists).

    Raises
    ------
    DataError
        As `read_kaggle`.
    """
    tracks = _read_csv(Path(path), TIDYTUESDAY, null_values=("", "NA"))
    return tracks.assign(release_year=tracks["release_date"].str[:4].astype("Int64"))


def read_by_year(path: Path | str) -> pd.DataFrame:
    """Read a Parquet table of search results with release dates.

    ``search_genre`` becomes ``track_genre``.

    Parameters
    ----------
    path : path
        Parquet file with the 28 columns of `BY_YEAR`.

    Returns
    -------
    pandas.DataFrame
        One row a search result; ``release_year`` is missing where no date was published.

    Raises
    ------
    DataError
        When the file is missing or no Parquet, or its columns or values do not fit.
    """
    path = Path(path)
    check_bytes(path, BY_YEAR.title, text=False)
    try:
        table = pq.read_table(path)
    except arrow.ArrowInvalid as error:
        raise DataError(f"{path}: no readable Parquet file ({error}); get it again") from None
    check_header(path, BY_YEAR.title, BY_YEAR.file_columns, tuple(table.column_names))
    tracks = table.to_pandas(ignore_metadata=True).rename(columns=BY_YEAR.names)
    tracks["release_year"] = tracks["release_year"].astype("Int64")
    return _fit(path, BY_YEAR, tracks[list(BY_YEAR.schema.columns)])


def _read_csv(path: Path, layout: Layout, null_values: tuple[str, ...] = ("",)) -> pd.DataFrame:
    data = check_bytes(path, layout.title)
    first_line = re.split(rb"[\r\n]", data, maxsplit=1)[0].decode("utf-8-sig")
    header = next(csv.reader([first_line]), [])
    check_header(path, layout.title, layout.file_columns, tuple(header))
    kinds = {name: str(column.dtype) for name, column in layout.schema.columns.items()}
    types = {
        name: _ARROW_TYPES.get(kinds[layout.names.get(name, name)], arrow.string())
        for name in layout.file_columns
    }
    required = [
        name
        for name in layout.file_columns
        if not layout.schema.columns[layout.names.get(name, name)].nullable
    ]
    try:
        table = arrow_csv.read_csv(
            arrow.BufferReader(data),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=types, null_values=list(null_values), strings_can_be_null=True
            ),
        )
    except arrow.ArrowInvalid as error:
        raise explain_bad_cells(
            path, layout.title, data, types, required, null_values, error
        ) from None
    empty = {name: pc.sum(pc.is_null(table[name])).as_py() for name in required}
    if any(empty.values()):
        raise explain_bad_cells(path, layout.title, data, types, required, null_values, None)
    if table.num_rows == 0:
        raise DataError(f"{path}: a header but no rows; expected a {layout.title}. Get it again")
    tracks = table.to_pandas().rename(columns=layout.names)
    return _fit(path, layout, tracks[list(layout.schema.columns)])


def _fit(path: Path, layout: Layout, tracks: pd.DataFrame) -> pd.DataFrame:
    try:
        return layout.schema.validate(tracks, lazy=True)
    except pa.errors.SchemaErrors as errors:
        in_file = {new: old for old, new in layout.names.items()}
        raise explain_schema_errors(path, layout.title, errors, in_file) from None
