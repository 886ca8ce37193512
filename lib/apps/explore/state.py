"""Explore a catalogue: what the filters leave, a table page by page, a list to keep."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.apps.explore.filters import TEXTS, Filters
from lib.apps.view.csv_text import to_csv
from lib.apps.view.labels import MS_A_MINUTE, SHOWN, minutes
from lib.errors import DataError, ParameterError
from lib.tracks.genres import macro_genre
from lib.tracks.read import KAGGLE

GENRES = ("macro_genre", "track_genre")
ROWS_A_PAGE = 10
_IN_FILE = {new: old for old, new in KAGGLE.names.items()}


@dataclass(frozen=True)
class Left:
    """What the filters leave: rows, different track ids among them, and rows of the catalogue."""

    rows: int
    tracks: int
    of_rows: int


class Explorer:
    """A catalogue under filters.

    A row is one place where a search for a genre found a track, so a track may have several.

    Parameters
    ----------
    tracks : pandas.DataFrame
        From `lib.tracks.read.read_kaggle`, not changed here.
    seed : int, optional
        Of the sample that is drawn where there are too many points.

    Attributes
    ----------
    filters : Filters
        Of `SHOWN`'s numbers, of ``macro_genre``, ``track_genre`` and ``explicit`` ("yes", "no").
    listed : list of int
        Rows on the list, in the order in which they were added; each track id once.
    page : int
        Page of the table, from 0.
    mixed : numpy.ndarray of int64
        All rows in random order: the first of them are the sample.
    """

    def __init__(self, tracks: pd.DataFrame, seed: int = 42) -> None:
        if not len(tracks):
            raise DataError("catalogue: at least one row expected, found none")
        self.tracks = tracks.reset_index(drop=True)
        self.macro = macro_genre(self.tracks["track_genre"])
        numbers = self.tracks.assign(duration_min=self.tracks["duration_ms"] / MS_A_MINUTE)
        explicit = self.tracks["explicit"].map({True: "yes", False: "no"})
        names = pd.DataFrame(
            {
                "macro_genre": self.macro,
                "track_genre": self.tracks["track_genre"],
                "explicit": explicit,
            }
        )
        self.filters = Filters(
            numbers[list(SHOWN)],
            names,
            pd.DataFrame({place: self.tracks[name] for place, name in TEXTS.items()}),
        )
        self._ids = pd.factorize(self.tracks["track_id"])[0]
        self.mixed = np.random.default_rng(seed).permutation(len(self.tracks))
        self._orders: dict[tuple[str, bool], np.ndarray] = {}
        self.listed: list[int] = []
        self.sort("popularity", descending=True)

    def reset(self) -> None:
        """Set no filter, and go to the first page of the most popular; the list stays."""
        self.filters.reset()
        self.sort("popularity", descending=True)

    def limits(self, column: str) -> tuple[float, float]:
        """Return the ends of a slider: the column's values, rounded outwards to its step.

        A column with a single value is given one step of room, as no slider is without.
        """
        values, step = self.filters.values(column), SHOWN[column].step
        low = float(np.floor(np.nanmin(values) / step) * step)
        high = float(np.ceil(np.nanmax(values) / step) * step)
        return round(low, 6), round(high if high > low else low + step, 6)

    def left(self) -> Left:
        """Count what is left."""
        mask = self.filters.mask()
        return Left(int(mask.sum()), np.count_nonzero(np.bincount(self._ids[mask])), len(mask))

    def genre_choices(self) -> dict[str, int]:
        """Count the rows of each genre that the other filters leave; those with none are out.

        Chosen genres stay in, so that they can be given up again.
        """
        chosen = self.filters.chosen.get("track_genre", ())
        counts = self.filters.counts("track_genre")
        return {name: n for name, n in counts.items() if n or name in chosen}

    def sort(self, column: str, descending: bool = False) -> None:
        """Order the table by a column, and go to its first page.

        Rows with equal values stand in the file's order, missing values last.

        Raises
        ------
        ParameterError
            When there is no such column.
        """
        known = [*SHOWN, "track_name", "artists", "album_name", "track_genre"]
        if column not in known:
            raise ParameterError(f"sort by {column!r}: unknown; expected one of {', '.join(known)}")
        self.sorted_by, self.page = (column, descending), 0

    def rows(self) -> np.ndarray:
        """Return the rows that are left, in the order of the table, int64."""
        if self.sorted_by not in self._orders:
            column, descending = self.sorted_by
            of = self.filters.values(column) if column in SHOWN else self.tracks[column].str.lower()
            ordered = pd.Series(of).reset_index(drop=True)
            ordered = ordered.sort_values(ascending=not descending, kind="stable")
            self._orders[self.sorted_by] = ordered.index.to_numpy()
        order = self._orders[self.sorted_by]
        return order[self.filters.mask()[order]]

    def pages(self) -> int:
        """Count the pages of the table, 1 for an empty one."""
        return max(1, -(-int(self.filters.mask().sum()) // ROWS_A_PAGE))

    def turn(self, pages: int) -> None:
        """Turn so many pages on, or back if negative; not beyond the ends."""
        self.page = min(max(self.page + pages, 0), self.pages() - 1)

    def page_rows(self) -> np.ndarray:
        """Return the rows of the page; a page that filters took away gives the last one."""
        self.turn(0)
        first = self.page * ROWS_A_PAGE
        return self.rows()[first : first + ROWS_A_PAGE]

    def table(self, rows: np.ndarray | list[int]) -> pd.DataFrame:
        """Show rows as they read, with the column that the table is sorted by."""
        some = self.tracks.iloc[rows]
        shown = pd.DataFrame(
            {
                "title": some["track_name"].fillna("(no title)"),
                "artist": some["artists"].fillna("(unknown)").str.replace(";", ", "),
                "genre": some["track_genre"],
                "popularity": some["popularity"],
                "length": [minutes(ms / MS_A_MINUTE) for ms in some["duration_ms"]],
            }
        )
        column = self.sorted_by[0]
        if column == "album_name":
            shown["album"] = some["album_name"].fillna("(unknown)")
        elif column in SHOWN and SHOWN[column].words not in shown:
            shown[SHOWN[column].words] = [format(v, SHOWN[column].form) for v in some[column]]
        return shown

    def add(self, row: int) -> bool:
        """Put a row on the list; False when its track is there already.

        Raises
        ------
        ParameterError
            When there is no such row.
        """
        if not 0 <= row < len(self.tracks):
            raise ParameterError(f"row {row}: expected 0 to {len(self.tracks) - 1:,}")
        if self._ids[row] in self._ids[self.listed]:
            return False
        self.listed.append(int(row))
        return True

    def remove(self, row: int) -> None:
        """Take a row from the list.

        Raises
        ------
        ParameterError
            When it is not there.
        """
        if row not in self.listed:
            raise ParameterError(f"row {row}: not on the list of {len(self.listed)} tracks")
        self.listed.remove(row)

    def csv(self, rows: np.ndarray | list[int]) -> str:
        """Write rows in the layout of the published file, see `lib.apps.view.csv_text.to_csv`.

        `lib.tracks.read_scoring.read_scoring` reads it; so does `lib.tracks.read.read_kaggle`,
        unless what was filtered looks to it like a file that was cut short.
        """
        table = self.tracks.iloc[rows].rename(columns=_IN_FILE)
        return to_csv(table[list(KAGGLE.file_columns)])

    def told(self) -> str:
        """Say what is left, in a sentence."""
        left = self.left()
        if not left.rows:
            return "Nothing found: no row passes all filters. Widen one, or reset them."
        if not self.filters.active():
            return f"All {left.rows:,} rows, {left.tracks:,} different tracks."
        share = 100 * left.rows / left.of_rows
        return (
            f"{left.rows:,} of {left.of_rows:,} rows ({share:.1f} %), {left.tracks:,} different "
            "tracks."
        )

    def medians(self) -> pd.DataFrame:
        """Set the medians of what is left beside those of all rows.

        Returns
        -------
        pandas.DataFrame
            Columns number (with its unit), left and all, as they read; nothing left is empty.
        """
        mask = self.filters.mask()
        rows = []
        for name, one in SHOWN.items():
            values = self.filters.values(name)
            some = format(np.median(values[mask]), one.form) if mask.any() else ""
            rows.append((one.label, some, format(np.median(values), one.form)))
        return pd.DataFrame(rows, columns=["number", "left", "all"])

    def most_special(self) -> str:
        """Name the number by which what is left differs most from all rows.

        By the distance of the medians over the interquartile range of all rows; a number whose
        range is 0 is left out.
        """
        mask = self.filters.mask()
        if mask.all() or not mask.any():
            return "No number sets them apart."
        found = {}
        for name in SHOWN:
            values = self.filters.values(name)
            low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
            if high > low:
                found[name] = (np.median(values[mask]) - middle) / (high - low)
        name = max(found, key=lambda one: abs(found[one]))
        return (
            f"What sets them apart most is {SHOWN[name].words}: its median is {found[name]:+.2f} "
            "interquartile ranges from that of all rows."
        )
