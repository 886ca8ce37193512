"""Read the table of 1.2 million tracks in batches, and sum it up by year and artist.

The file (``tracks_features.csv``, Kaggle rodolfofigueroa/spotify-12m-songs; layout
`lib.tracks.read.FEATURES`) is parsed in one thread while another sums what has been parsed, and
no more than a few batches are held at a time.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from lib.errors import DataError
from lib.tracks.diagnose import check_bytes, check_header
from lib.tracks.read import FEATURES

ALL = "all"
"""The genre of every track of a file that has none."""

BLOCK_BYTES = 16 << 20
PENDING = 3
"""Batches that may wait to be summed."""

MISSING = ("", "#N/A", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null", "<NA>")
"""Texts that `pandas.read_csv` takes for a missing name, as the published count does."""

STEPS = ("name or album missing", "year 0", "tempo 0: no sound was found")
"""What is left out, in the published order."""

_SUMMED = ("tempo", "energy", "valence", "loudness", "duration_ms", "explicit")
_TEXTS = ("name", "album", "artists", "artist_ids")
_USED = ("id", *_TEXTS, *_SUMMED, "year")
_TYPES = {"int64": arrow.int64(), "float64": arrow.float64(), "bool": arrow.bool_()}
_ID_START, _ID_END = 2, 24
"""Where the first id stands in a text such as ``['2d0hyoQ5ynDBnkvAbJKORj', …]``."""


def summarise_features(path: Path | str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Count and sum the tracks of each year and first artist.

    Parameters
    ----------
    path : path
        CSV in UTF-8 with the 24 columns of `lib.tracks.read.FEATURES`.

    Returns
    -------
    cells : pandas.DataFrame
        See `lib.tracks.by_year.CELLS`; the genre is 'all', popularity is missing.
    steps : pandas.DataFrame
        ``step``, ``left_out``, ``rows``: rows as read, then what each of `STEPS` left.

    Raises
    ------
    DataError
        When the file is missing, empty, cut short or not UTF-8, a column is missing or extra, a
        value does not fit its column, or a track id stands there twice.
    """
    path = Path(path)
    _check_file(path)
    parts: list[arrow.Table] = []
    counts = [0, 0, 0, 0]
    ids: list[arrow.Array] = []
    waiting: deque[Future] = deque()

    def take() -> None:
        part, found = waiting.popleft().result()
        parts.append(part)
        counts[:] = [a + b for a, b in zip(counts, found, strict=True)]

    with ThreadPoolExecutor(1) as worker:
        first_row = 1
        for batch in _batches(path):
            waiting.append(worker.submit(_sum_batch, path, batch, first_row))
            ids.append(batch["id"])
            first_row += batch.num_rows
            if len(waiting) > PENDING:
                take()
        while waiting:
            take()
    if not counts[0]:
        raise DataError(f"{path}: a header but no rows; expected a {FEATURES.title}")
    _check_ids(path, arrow.chunked_array(ids))
    return _cells(parts), _steps(counts)


def _check_file(path: Path) -> None:
    check_bytes(path, FEATURES.title, text=False)
    with path.open("rb") as handle:
        first = handle.readline(1 << 16)
        handle.seek(-1, 2)
        last = handle.read(1)
    try:
        header = next(csv.reader([first.decode("utf-8-sig")]), [])
    except UnicodeDecodeError:
        raise DataError(f"{path}: not UTF-8; expected a {FEATURES.title} as CSV") from None
    check_header(path, FEATURES.title, FEATURES.file_columns, tuple(header))
    if last not in (b"\n", b"\r"):
        raise DataError(
            f"{path}: cut short: the last line has no line end, as when a download or copy broke "
            "off. Get the file again (if it is complete, add a line end to its last line)"
        )


def _batches(path: Path) -> Iterator[arrow.RecordBatch]:
    types = {
        name: _TYPES.get(str(_column(name).dtype), arrow.string()) for name in FEATURES.file_columns
    }
    try:
        with arrow_csv.open_csv(
            path,
            read_options=arrow_csv.ReadOptions(block_size=BLOCK_BYTES),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=types,
                include_columns=list(_USED),
                null_values=list(MISSING),
                strings_can_be_null=True,
            ),
        ) as batches:
            yield from batches
    except arrow.ArrowInvalid as error:
        raise DataError(
            f"{path}: does not fit the {FEATURES.title} ({error}). Mend the cell, or get the file "
            "again"
        ) from None


def _column(name: str) -> pa.Column:
    return FEATURES.schema.columns[FEATURES.names.get(name, name)]


def _sum_batch(
    path: Path, batch: arrow.RecordBatch, first_row: int
) -> tuple[arrow.Table, list[int]]:
    table = arrow.Table.from_batches([batch])
    _check_values(path, table, first_row)
    counts = [table.num_rows]
    for rule in (
        pc.is_valid(pc.field("name")) & pc.is_valid(pc.field("album")),
        pc.field("year") != 0,
        pc.field("tempo") != 0,
    ):
        table = table.filter(rule)
        counts.append(table.num_rows)
    minutes = pc.divide(table["duration_ms"], 60_000.0)
    part = arrow.table(
        {
            "year": table["year"],
            "artist_id": pc.utf8_slice_codeunits(table["artist_ids"], _ID_START, _ID_END),
            "artist": table["artists"],
            "tracks": pc.cast(pc.is_valid(table["year"]), arrow.float64()),
            "tempo_bpm": table["tempo"],
            "energy": table["energy"],
            "valence": table["valence"],
            "loudness_db": table["loudness"],
            "duration_min": minutes,
            "explicit": pc.cast(table["explicit"], arrow.float64()),
        }
    )
    return _grouped(part), counts


def _grouped(table: arrow.Table) -> arrow.Table:
    sums = [name for name in table.column_names if name not in ("year", "artist_id", "artist")]
    done = table.group_by(["year", "artist_id"]).aggregate(
        [("artist", "min"), *((name, "sum") for name in sums)]
    )
    # Keys come first, then the sums in the order that they were asked for.
    return done.rename_columns(["year", "artist_id", "artist", *sums])


def _check_values(path: Path, table: arrow.Table, first_row: int) -> None:
    bad = []
    for name in ("id", *_SUMMED, "year"):
        found = table[name]
        # A text such as -nan is read as a number that is none.
        none = pc.is_null(found, nan_is_null=True)
        if pc.any(none).as_py():
            at = pc.index(none, True).as_py() + first_row
            bad.append(f"column {name!r}: expected a value in every row, row {at} has none")
        if name == "id":
            continue
        for check in _column(name).checks:
            low, high = check.statistics["min_value"], check.statistics["max_value"]
            reach = pc.min_max(found).as_py()
            if reach["min"] is not None and not low <= reach["min"] <= reach["max"] <= high:
                bad.append(
                    f"column {name!r}: expected {low:,} to {high:,}, found {reach['min']} to "
                    f"{reach['max']} in rows {first_row:,} to {first_row + len(found) - 1:,}"
                )
    ids = pc.match_substring_regex(table["artist_ids"], r"^\[['\"][0-9A-Za-z]{22}['\"]")
    if not pc.all(pc.fill_null(ids, False)).as_py():
        at = pc.index(pc.fill_null(ids, False), False).as_py()
        found = table["artist_ids"][at].as_py()
        bad.append(
            "column 'artist_ids': expected a list of ids such as "
            f"\"['4Zkj…']\", found {found!r} in row {at + first_row}"
        )
    if bad:
        raise DataError(
            f"{path}: does not fit the {FEATURES.title} (row 1 is the first below the header):"
            + "".join(f"\n  - {one}" for one in bad)
            + "\nMend these cells, or get the file again."
        )


def _check_ids(path: Path, ids: arrow.ChunkedArray) -> None:
    twice = len(ids) - pc.count_distinct(ids).as_py()
    if twice:
        counts = pc.value_counts(ids)
        first = counts.filter(pc.greater(counts.field("counts"), 1))[0]["values"].as_py()
        raise DataError(
            f"{path}: column 'id': each track once expected, found {twice:,} rows more than ids "
            f"(the first such id is {first!r}). Keep one row of each, or get the file again"
        )


def _cells(parts: list[arrow.Table]) -> pd.DataFrame:
    table = _grouped(arrow.concat_tables(parts))
    # The list's first name: quotes are double where the name holds an apostrophe.
    names = table["artist"]
    for pattern in (r'^\[(?:\'([^\']*)\'|"([^"]*)").*$', r"^\[\]$"):
        names = pc.replace_substring_regex(names, pattern, r"\1\2" if "(" in pattern else "")
    table = table.set_column(table.column_names.index("artist"), "artist", names)
    cells = table.to_pandas().sort_values(["year", "artist_id"], ignore_index=True)
    cells.insert(1, "genre", ALL)
    return cells.assign(popularity=float("nan"))


def _steps(counts: list[int]) -> pd.DataFrame:
    lost = [0, *(before - after for before, after in pairwise(counts))]
    return pd.DataFrame({"step": ["rows as read", *STEPS], "left_out": lost, "rows": counts})
