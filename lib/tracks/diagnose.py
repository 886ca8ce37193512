"""Say what is wrong with a table file: which column, which rows, what was expected.

Only used once a fast reader has refused a file, so clarity counts here and speed does not.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections import defaultdict
from pathlib import Path

import pandera.pandas as pa
import pyarrow as arrow

from lib.errors import DataError

SHOWN = 5
"""Rows and values named in a message before it says how many more there are."""

_NOT_CSV = {
    b"PK\x03\x04": "a ZIP archive or an Excel file (.xlsx); unpack it, or save it as CSV UTF-8",
    b"\xd0\xcf\x11\xe0": "an old Excel file (.xls); save it as CSV UTF-8",
    b"\x1f\x8b": "a gzip file; unpack it first",
    b"PAR1": "a Parquet file; expected CSV",
    b"version https://git-lfs": "a Git LFS pointer, not the data; fetch the file itself",
    b"<!DOCTYPE": "a web page, not the data; download the file itself",
    b"<html": "a web page, not the data; download the file itself",
    b"\xff\xfe": "UTF-16; save it as UTF-8",
    b"\xfe\xff": "UTF-16; save it as UTF-8",
}


_FORMS = {
    "int64": re.compile(r"[+-]?\d+"),
    "double": re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:nan|inf)", re.I),
    "bool": re.compile("true|false", re.I),
}
"""What a cell of a type may look like; a text may be anything."""


def check_bytes(path: Path, title: str, text: bool = True) -> bytes:
    """Read a file and refuse what cannot be a whole table in UTF-8.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    title : str
        What messages call its layout.
    text : bool, optional
        Whether it must be CSV text; otherwise only presence and emptiness are checked.

    Returns
    -------
    bytes
        The content; empty when `text` is false.

    Raises
    ------
    DataError
        When the file is missing, empty, another format or encoding, or cut short.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file; expected a {title}")
    if path.stat().st_size == 0:
        raise DataError(f"{path}: the file is empty; expected a {title}. Get it again")
    if not text:
        return b""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); expected a {title}") from None
    for start, what in _NOT_CSV.items():
        if data.startswith(start):
            raise DataError(f"{path}: this is {what} (expected a {title} as CSV in UTF-8)")
    if b"\0" in data:
        raise DataError(
            f"{path}: holds zero bytes, so it is no text in UTF-8 (UTF-16 without a mark, or a "
            f"binary file); expected a {title} as CSV in UTF-8"
        )
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{path}: not UTF-8: line {line} holds the byte 0x{data[error.start]:02x}. It may be "
            "Latin-1 or Windows-1252; save it as UTF-8, "
            "for example: iconv -f WINDOWS-1252 -t UTF-8 old.csv > new.csv"
        ) from None
    if not data.endswith((b"\n", b"\r")):
        last = data.rsplit(b"\n", 1)[-1].decode("utf-8", "replace")
        raise DataError(
            f"{path}: cut short: the last line has no line end, as when a download or copy broke "
            f"off. It ends with {last[-60:]!r}. Get the file again "
            "(if it is complete, add a line end to its last line)"
        )
    return data


def check_header(path: Path, title: str, expected: tuple[str, ...], found: tuple[str, ...]) -> None:
    """Compare the columns of a file with those of its layout; their order does not matter.

    Raises
    ------
    DataError
        When a column is missing, extra or there twice.
    """
    missing = [name for name in expected if name not in found]
    extra = [name for name in found if name not in expected]
    twice = sorted({name for name in found if found.count(name) > 1})
    if not (missing or extra or twice):
        return
    parts = []
    for name in missing:
        close = difflib.get_close_matches(name, extra, n=1)
        parts.append(f"missing column {_show(name)}" + (f" (found {close[0]!r})" if close else ""))
    parts += [f"extra column {_show(name)}" for name in extra]
    parts += [f"column {_show(name)} stands there twice" for name in twice]
    raise DataError(
        f"{path}: not a {title}: {'; '.join(parts)}. "
        f"Expected these {len(expected)} columns: {', '.join(_show(n) for n in expected)}"
    )


def explain_bad_cells(
    path: Path,
    title: str,
    data: bytes,
    types: dict[str, arrow.DataType],
    required: list[str],
    null_values: tuple[str, ...],
    error: Exception | None,
) -> DataError:
    """Find the cells that kept a CSV file from being read, and put them into one message.

    Parameters
    ----------
    path, title
        As in `check_bytes`.
    data : bytes
        The file's content.
    types : dict
        Expected type by column, in the file's spelling.
    required : list of str
        Columns that must not be empty.
    null_values : tuple of str
        Texts that mean a missing value.
    error : Exception or None
        The fast reader's own complaint, used when nothing more exact is found.

    Returns
    -------
    DataError
        To be raised by the caller.
    """
    rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    header = next(rows)
    forms = [(name, _form_of(types[name]), name in required) for name in header]
    wrong_width: list[tuple[int, int]] = []
    bad: dict[str, list[tuple[int, str]]] = defaultdict(list)
    total = 0
    for total, row in enumerate(rows, start=1):
        if not row:
            continue
        if len(row) != len(header):
            wrong_width.append((total, len(row)))
            continue
        for (name, form, needed), cell in zip(forms, row, strict=True):
            if (cell in null_values and needed) or (
                form and cell not in null_values and not form.fullmatch(cell)
            ):
                bad[name].append((total, cell))
    problems = []
    if wrong_width:
        shown = listed([f"row {n} has {found}" for n, found in wrong_width])
        cut = (
            " The last row is one of them: the file may have been cut short; get it again."
            if wrong_width[-1][0] == total
            else ""
        )
        problems.append(f"rows without {len(header)} cells: {len(wrong_width)}: {shown}.{cut}")
    for name, cells in bad.items():
        shown = listed([f"row {n}: {cell!r}" for n, cell in cells])
        problems.append(
            f"column {_show(name)}: expected {_type_name(types[name])}, found something else in "
            f"{len(cells)} rows: {shown}"
        )
    if not problems:
        problems = [str(error)]
    return refuse(path, title, problems)


def explain_schema_errors(
    path: Path, title: str, errors: pa.errors.SchemaErrors, in_file: dict[str, str]
) -> DataError:
    """Put a table's range and type errors into one message.

    Parameters
    ----------
    path, title
        As in `check_bytes`.
    errors : pandera.errors.SchemaErrors
        All failures of a lazy validation.
    in_file : dict of str to str
        From the workbook's column names to the file's, where they differ.

    Returns
    -------
    DataError
        To be raised by the caller.
    """
    problems = []
    cases = errors.failure_cases
    # A column of another type fails its range as well; the type says it all.
    mistyped = cases.loc[cases["check"].astype(str).str.startswith("dtype("), "column"]
    cases = cases[~cases["column"].isin(mistyped) | cases.index.isin(mistyped.index)]
    for (column, check), group in cases.groupby(["column", "check"], sort=False):
        expected = (
            str(check)
            .replace("in_range(", "a value in range (")
            .replace("not_nullable", "a value in every row")
        )
        rows = [
            f"row {int(index) + 1}: {value}"
            for index, value in zip(group["index"], group["failure_case"], strict=True)
            if index is not None
        ]
        shown = listed(rows) or str(group["failure_case"].iloc[0])
        problems.append(
            f"column {_show(in_file.get(column, column))}: expected {expected}, "
            f"{len(group)} rows do not fit: {shown}"
        )
    return refuse(path, title, problems)


def refuse(path: Path, title: str, problems: list[str]) -> DataError:
    """Put what does not fit into one error, to be raised by the caller."""
    lines = "".join(f"\n  - {problem}" for problem in problems)
    return DataError(
        f"{path}: does not fit the {title} (row 1 is the first below the header):{lines}\n"
        "Mend these cells, or get the file again."
    )


def listed(items: list[str]) -> str:
    """Name the first few items and count the others.

    Examples
    --------
    >>> listed(["a", "b", "c", "d", "e", "f", "g"])
    'a, b, c, d, e and 2 more'
    """
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return ", ".join(items[:SHOWN]) + more


def _form_of(kind: arrow.DataType) -> re.Pattern[str] | None:
    return _FORMS.get(str(kind))


def _type_name(kind: arrow.DataType) -> str:
    return {"int64": "a whole number", "double": "a number", "bool": "True or False"}.get(
        str(kind), "a text"
    )


def _show(name: str) -> str:
    return repr(name) if name else "'' (the row number, without a name)"
