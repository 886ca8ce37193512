"""Read tracks that are to be scored: strict about columns, lenient about rows.

A catalogue to learn from has to be right in every cell (`lib.tracks.read`). A list of tracks to
score may have a bad row or two; the good rows should not wait for them. Here a bad cell is named
in the row's own ``problem`` and every row keeps its place.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as arrow
import pyarrow.csv as arrow_csv

from lib.errors import DataError
from lib.tracks.columns import AUDIO_13, COLUMNS
from lib.tracks.diagnose import check_bytes, explain_bad_cells
from lib.tracks.formulas import unguard
from lib.tracks.read import KAGGLE

TITLE = "list of tracks to score (Kaggle layout)"
NUMBERS = AUDIO_13
TEXTS = ("track_id", "track_genre")
REQUIRED = (*TEXTS, "explicit", *NUMBERS)
"""Columns without which nothing can be scored, in the workbook's names."""

OPTIONAL = ("artists", "album_name", "track_name", "popularity")
"""Columns that are carried along when present; a model may look at the artists, at none else."""

_FLAGS = {"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0, "1.0": 1.0, "0.0": 0.0}
_IN_FILE = {new: old for old, new in KAGGLE.names.items()}


def read_scoring(path: Path | str) -> pd.DataFrame:
    """Read a CSV of tracks to score.

    The layout is that of the Kaggle catalogue; the column without a name, the popularity, titles
    and names may be absent. The order of the columns does not matter. Other columns are left
    out, and named in ``frame.attrs["ignored"]``.

    Parameters
    ----------
    path : path
        CSV in UTF-8.

    Returns
    -------
    pandas.DataFrame
        One row a row of the file, in its order: the columns of `REQUIRED` and those of
        `OPTIONAL` that are there, then ``problem``, as `scorable_rows` makes them.

    Raises
    ------
    DataError
        When the file is missing, empty, no CSV in UTF-8 or cut short; when a column of
        `REQUIRED` is absent or stands there twice; when a row has more or fewer cells than the
        header; when there are no rows.
    """
    path = Path(path)
    data = check_bytes(path, TITLE)
    first = re.split(rb"[\r\n]", data, maxsplit=1)[0].decode("utf-8-sig")
    header = next(csv.reader(io.StringIO(first)), [])
    known = {_IN_FILE.get(name, name): name for name in (*REQUIRED, *OPTIONAL)}
    kept = [name for name in header if name in known]
    ignored = [name for name in header if name not in known and name]
    _require_columns(path, kept, ignored)
    types = {name: arrow.string() for name in header}
    try:
        table = arrow_csv.read_csv(
            arrow.BufferReader(data),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=types,
                include_columns=kept,
                null_values=[""],
                strings_can_be_null=True,
            ),
        )
    except arrow.ArrowInvalid as error:
        raise explain_bad_cells(path, TITLE, data, types, [], (), error) from None
    if table.num_rows == 0:
        raise DataError(f"{path}: a header but no rows; expected a {TITLE}. Add the tracks to it")
    frame = table.to_pandas().rename(columns=known)
    for name in {*TEXTS, "artists", "album_name", "track_name"} & set(frame):
        frame[name] = unguard(frame[name])
    frame = scorable_rows(frame)
    frame.attrs["ignored"] = tuple(ignored)
    return frame


def scorable_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn cells into numbers where they are some, and say of each row what keeps it from scoring.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, k)
        Columns in the workbook's names; cells may be texts or numbers.

    Returns
    -------
    pandas.DataFrame, shape (n, m)
        Columns of `REQUIRED`, then those of `OPTIONAL` that are there, then ``problem``: empty,
        or what is missing, no number, or impossible (outside the range of
        `lib.tracks.columns.COLUMNS`). Numbers are floats, missing where the cell is bad;
        ``explicit`` is 0.0 or 1.0. A bad ``popularity`` is no hindrance: it is left out, and named
        in a column ``doubt`` that only then is there. A ``problem`` or ``doubt`` already in
        `frame` is kept.

    Raises
    ------
    DataError
        When a column of `REQUIRED` is missing, or there are no rows.

    Examples
    --------
    >>> row = dict.fromkeys(NUMBERS, "0.5") | {"key": "1", "mode": "1", "time_signature": "4"}
    >>> row |= {"track_id": "a", "track_genre": "pop", "explicit": "True", "duration_ms": "180000"}
    >>> scorable_rows(pd.DataFrame([row, row | {"energy": "loud"}]))["problem"].tolist()
    ['', "energy: 'loud' is no number"]
    """
    absent = [name for name in REQUIRED if name not in frame]
    if absent:
        names = ", ".join(_IN_FILE.get(name, name) for name in absent)
        raise DataError(f"{TITLE}: missing columns: {names}; add them, every one is an input")
    if not len(frame):
        raise DataError(f"{TITLE}: at least one row expected, found none")
    result = pd.DataFrame(index=frame.index)
    problems: list[list[str]] = [[] for _ in range(len(frame))]
    for name in TEXTS:
        texts = frame[name].astype("str")
        result[name] = texts.where(texts.str.strip().ne("") & frame[name].notna())
        _note(problems, result[name].isna(), f"{name} is missing", None)
    lowered = frame["explicit"].astype("str").str.strip().str.lower()
    result["explicit"] = lowered.map(_FLAGS).astype("float64")
    _note_cells(
        problems, frame["explicit"], result["explicit"], "explicit", "neither true nor false"
    )
    for name in NUMBERS:
        result[name] = _numbers(problems, frame[name], name)
    for name in OPTIONAL:
        if name in frame:
            result[name] = frame[name]
    if "popularity" in frame:
        cells = frame["popularity"]
        values = pd.to_numeric(cells, errors="coerce").astype("float64")
        result["popularity"] = values.where(values.between(0, 100))
        blank = cells.isna() | cells.astype("str").str.strip().eq("")
        bad = result["popularity"].isna() & ~blank
        if bad.any():
            what = "popularity left out: '" + cells.astype("str") + "' is no number from 0 to 100"
            result["doubt"] = what.where(bad, "")
    if "doubt" in frame:
        result["doubt"] = frame["doubt"]
    told = ["; ".join(parts) for parts in problems]
    if "problem" in frame:
        # What was said of the cells as read is clearer than what can be said of them now.
        told = [old or new for old, new in zip(frame["problem"].fillna(""), told, strict=True)]
    problem = pd.Series(told, frame.index, dtype="str")
    return result.assign(problem=problem)


def _require_columns(path: Path, kept: list[str], ignored: list[str]) -> None:
    wrong = [f"column {name!r} stands there twice" for name in kept if kept.count(name) > 1]
    if len([*kept, *ignored]) == 1 and (cuts := [c for c in ";\t|" if c in [*kept, *ignored][0]]):
        raise DataError(
            f"{path}: not a {TITLE}: cells are separated by {cuts[0]!r}, a comma is expected; save "
            "it as CSV with commas, and with a point in decimal numbers"
        )
    alike = {other.strip().casefold(): other for other in ignored}
    for name in (_IN_FILE.get(name, name) for name in REQUIRED):
        if name not in kept:
            close = difflib.get_close_matches(name, alike, n=1)
            found = f" (found {alike[close[0]]!r})" if close else ""
            wrong.append(f"missing column {name!r}{found}")
    if wrong:
        needed = ", ".join(_IN_FILE.get(name, name) for name in REQUIRED)
        raise DataError(
            f"{path}: not a {TITLE}: {'; '.join(dict.fromkeys(wrong))}. Needed are {needed}"
        )


def _numbers(problems: list[list[str]], cells: pd.Series, name: str) -> pd.Series:
    shown = _IN_FILE.get(name, name)
    values = pd.to_numeric(cells, errors="coerce").astype("float64")
    values = values.where(np.isfinite(values))
    _note_cells(problems, cells, values, shown, "no number")
    if str(COLUMNS[name].dtype) == "int64":
        _note(
            problems, values.notna() & (values % 1 != 0), f"{shown}: {{}} is no whole number", cells
        )
    (check,) = COLUMNS[name].checks
    low, high = check.statistics["min_value"], check.statistics["max_value"]
    outside = values.notna() & ~values.between(low, high)
    _note(problems, outside, f"{shown}: {{}} is outside {low:g} to {high:.0f}", cells)
    return values


def _note_cells(
    problems: list[list[str]], cells: pd.Series, values: pd.Series, name: str, what: str
) -> None:
    blank = cells.isna() | cells.astype("str").str.strip().eq("")
    _note(problems, blank, f"{name} is missing", None)
    _note(problems, values.isna() & ~blank, f"{name}: {{}} is {what}", cells)


def _note(problems: list[list[str]], hit: pd.Series, text: str, cells: pd.Series | None) -> None:
    for row in np.flatnonzero(hit.to_numpy()):
        told = "" if cells is None else cells.iloc[row]
        problems[row].append(text.format(repr(told) if isinstance(told, str) else told))
