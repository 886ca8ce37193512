"""Read plain playlist tables, one row an entry, into the same store as the slices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as arrow
import pyarrow.parquet as pq

from lib.errors import DataError
from lib.playlists.columns import stored_schema
from lib.playlists.reading.load import fingerprint
from lib.playlists.reading.merge import complete
from lib.playlists.store import Store, open_store, replaced, unchanged

_REQUIRED = ("playlist_id", "track_id")
_PLAYLIST_FIELDS = ("num_tracks", "num_albums", "num_artists", "num_followers", "num_edits")


def load_tables(
    entries: Path | str,
    store: Path | str,
    tracks: Path | str | None = None,
    playlists: Path | str | None = None,
) -> Store:
    """Turn plain tables, CSV or Parquet, into a store, or open it if it holds them already.

    Parameters
    ----------
    entries : path
        One row an entry: ``playlist_id``, ``track_id``; at will ``position`` (otherwise the order
        of the rows), ``title`` (the playlist's), ``track_name``, ``artist``.
    store : path
        Folder of the store; replaced when the tables have changed since.
    tracks : path, optional
        One row a track: ``track_id`` and any of ``track_name``, ``artist_id``, ``artist``,
        ``album_id``, ``album_name``, ``duration_ms`` or ``duration_s``.
    playlists : path, optional
        One row a playlist: ``playlist_id`` and any of ``title``, ``num_followers``, ``num_edits``.

    Returns
    -------
    Store
        Playlists in the order of their ids. Ids of playlists that are no whole numbers are
        replaced by their rank, and stand as titles where there are none.

    Raises
    ------
    DataError
        When a file is missing or unreadable, lacks a required column, or a cell of one is empty;
        when a track or playlist is described twice.
    """
    target = Path(store).expanduser().absolute()
    source = _source(entries, tracks, playlists)
    found = unchanged(target, source)
    if found is not None:
        return found
    table = _read(Path(entries), _REQUIRED).reset_index(drop=True)
    pid = _numbers(table["playlist_id"])
    keys = [table["position"]] if "position" in table else []
    order = np.lexsort([np.arange(len(table)), *keys, pid])
    table, pid = table.iloc[order], pid[order]
    numbers, first = np.unique(pid, return_index=True)
    codes, ids = pd.factorize(table["track_id"].to_numpy())
    heads = table.iloc[first].reset_index(drop=True)
    about = _read(Path(playlists), _REQUIRED[:1]) if playlists else heads
    about = _aligned(about, "playlist_id", heads["playlist_id"], playlists)
    if "title" not in about and not pd.api.types.is_integer_dtype(table["playlist_id"]):
        about["title"] = heads["playlist_id"].astype(str)
    described = table.drop_duplicates("track_id")
    details = _read(Path(tracks), _REQUIRED[1:]) if tracks else described
    details = _aligned(details, "track_id", pd.Series(ids), tracks)
    schema = stored_schema("playlists")
    lengths = np.diff([*first, len(table)])
    columns = {field.name: arrow.nulls(len(numbers), field.type) for field in schema}
    columns |= {"pid": numbers, "length": lengths.astype(np.int32)}
    columns["file"] = np.zeros(len(numbers), np.int16)
    for ours, theirs in (("name", "title"), *((name, name) for name in _PLAYLIST_FIELDS)):
        if theirs in about:
            columns[ours] = _cells(about[theirs], schema.field(ours).type)
    with replaced(target) as new:
        np.save(new / "entries.npy", codes.astype(np.int32))
        named = {}
        track = {"track_id": _cells(pd.Series(ids), arrow.string())}
        for kind in ("artist", "album"):
            track[kind], named[f"{kind}s"] = _dictionary(kind, details)
        track["track_name"] = _column(details, "track_name", arrow.string())
        if "duration_s" in details and "duration_ms" not in details:
            details["duration_ms"] = (details["duration_s"] * 1000).round()
        track["duration_ms"] = _column(details, "duration_ms", arrow.int32())
        about_file = {
            "name": Path(entries).name,
            "bytes": Path(entries).stat().st_size,
            "playlists": len(numbers),
            "entries": len(table),
        }
        playlists_table = arrow.table(columns, schema=schema)
        manifest = {"source": source, "files": [about_file], "findings": []}
        complete(new, playlists_table, track, named, manifest)
    return open_store(target)


def _source(*paths: Path | str | None) -> str:
    """Identify the tables in their present state; a missing one is named when it is read."""
    files = [Path(path).expanduser() if path else None for path in paths]
    return "-".join(fingerprint([f]) if f and f.is_file() else "" for f in files)


def _read(path: Path, required: tuple[str, ...]) -> pd.DataFrame:
    path = path.expanduser()
    if not path.is_file():
        raise DataError(f"{path}: no such file; expected a table with {', '.join(required)}")
    try:
        parquet = path.suffix == ".parquet"
        table = pq.read_table(path).to_pandas() if parquet else pd.read_csv(path)
    except (arrow.ArrowInvalid, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"{path}: no readable table ({error}); get it again") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    missing = [name for name in required if name not in table]
    if missing:
        raise DataError(
            f"{path}: missing column {', '.join(map(repr, missing))}; found "
            f"{', '.join(map(repr, table.columns))}"
        )
    for name in required:
        empty = np.flatnonzero(table[name].isna())
        if len(empty):
            raise DataError(
                f"{path}: column {name!r} is empty in {len(empty):,} rows, the first is row "
                f"{empty[0]}; every entry needs one"
            )
    if not len(table):
        raise DataError(f"{path}: no rows; expected one an entry")
    return table


def _numbers(ids: pd.Series) -> np.ndarray:
    if pd.api.types.is_integer_dtype(ids):
        return ids.to_numpy(np.int64)
    return np.unique(ids.astype(str).to_numpy(), return_inverse=True)[1].astype(np.int64)


def _aligned(
    table: pd.DataFrame, key: str, wanted: pd.Series, path: Path | str | None
) -> pd.DataFrame:
    """Bring a table's rows into the order of the wanted keys; rows of others are left out."""
    twice = table[key][table[key].duplicated()]
    if len(twice):
        raise DataError(f"{path}: {key} {twice.iloc[0]!r} there more than once; expected once")
    return table.set_index(key).reindex(wanted.to_numpy()).reset_index()


def _dictionary(kind: str, details: pd.DataFrame) -> tuple[np.ndarray, tuple[object, object]]:
    """Count the artists or albums by id, or by name where there is no id."""
    name = details.get("artist") if kind == "artist" else details.get("album_name")
    ids = details.get(f"{kind}_id")
    key = name if ids is None else ids
    if key is None:
        return np.full(len(details), -1, np.int32), (_nulls(0), _nulls(0))
    codes, _ = pd.factorize(key)
    rows = np.flatnonzero(~pd.Series(codes).duplicated() & (codes >= 0))
    picked = [
        _nulls(len(rows)) if column is None else _cells(column.iloc[rows], arrow.string())
        for column in (ids, name)
    ]
    return codes.astype(np.int32), (picked[0], picked[1])


def _column(table: pd.DataFrame, name: str, kind: arrow.DataType) -> arrow.Array:
    return _cells(table[name], kind) if name in table else arrow.nulls(len(table), kind)


def _cells(values: pd.Series, kind: arrow.DataType) -> arrow.Array:
    if kind == arrow.string():
        if pd.api.types.is_float_dtype(values):
            values = values.astype("Int64")
        return arrow.array([None if pd.isna(v) else str(v) for v in values], kind)
    return arrow.array(values.astype("Int64"), kind)


def _nulls(n: int) -> arrow.Array:
    return arrow.nulls(n, arrow.string())
