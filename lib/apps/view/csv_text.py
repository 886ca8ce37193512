"""Tables to CSV and back, with no cell that a spreadsheet would run as a formula."""

from __future__ import annotations

import base64
import io
import tempfile
from pathlib import Path

import pandas as pd

from lib.apps.view.html_text import escape
from lib.tracks.formulas import guard, unguard
from lib.tracks.read_scoring import OPTIONAL, REQUIRED, read_scoring


def to_csv(table: pd.DataFrame) -> str:
    r"""Write a table as CSV; texts are guarded as `lib.tracks.formulas.guard` says.

    Numbers stay numbers, also negative ones, and come back to the last digit.

    Examples
    --------
    >>> to_csv(pd.DataFrame({"title": ["=LOVE", "a, b"], "loudness": [-5.25, -7.0]}))
    'title,loudness\r\n\'=LOVE,-5.25\r\n"a, b",-7.0\r\n'
    """
    texts = table.select_dtypes(["str", "object"]).columns
    safe = table.assign(**{name: guard(table[name].astype("str")) for name in texts})
    # Line ends of RFC 4180; with these a lone carriage return in a title is quoted as well.
    return safe.to_csv(index=False, lineterminator="\r\n")


def from_csv(text: str) -> pd.DataFrame:
    """Read what `to_csv` wrote: all cells as texts, an empty one as ``""``.

    Examples
    --------
    >>> from_csv(to_csv(pd.DataFrame({"title": ["=LOVE", "NA", ""]})))["title"].tolist()
    ['=LOVE', 'NA', '']
    """
    # Without the wish for line ends as they are, a lone "\\r" in a title would come back as "\\n".
    table = pd.read_csv(io.StringIO(text, newline=""), dtype="str", keep_default_na=False)
    return table.apply(unguard)


def comes_back(text: str, tracks: pd.DataFrame) -> bool:
    """Tell whether a CSV of tracks, read to be scored, holds what it was written from.

    Parameters
    ----------
    text : str
        See `lib.apps.explore.state.Explorer.csv`.
    tracks : pandas.DataFrame
        What was written, in the workbook's names.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tracks.csv"
        path.write_text(text, encoding="utf-8", newline="")
        read = read_scoring(path)
    same = []
    for name in (*REQUIRED, *OPTIONAL):
        found, wrote = read[name], tracks[name]
        if pd.api.types.is_numeric_dtype(found):
            same.append(found.to_numpy() == wrote.to_numpy(float))
        else:
            same.append(found.fillna("").to_numpy(object) == wrote.fillna("").to_numpy(object))
    return bool(len(read) == len(tracks) and all(one.all() for one in same))


def download_link(text: str, file_name: str, rows: int) -> str:
    """Write a link (HTML) that saves a CSV without asking a server for it.

    Parameters
    ----------
    text : str
        The CSV.
    file_name : str
        Name that the browser proposes.
    rows : int
        For the words of the link.
    """
    # With the mark in front spreadsheets take the file for UTF-8; the readers here skip it.
    data = base64.b64encode(("\ufeff" + text).encode()).decode()
    size = f"{len(data) * 3 / 4 / 1e6:.1f} MB" if len(data) > 100_000 else f"{len(data) // 1365} kB"
    name = escape(file_name)
    return (
        f'<a class="wb-link" download="{name}" href="data:text/csv;base64,{data}">'
        f"Save {name}</a> <span class='wb-quiet'>{rows:,} rows, {size}</span>"
    )
