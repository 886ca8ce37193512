"""Filters on a catalogue, each by itself and all at once; the numbers behind linked controls."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as arrow
import pyarrow.compute as pc

from lib.errors import ParameterError
from lib.tracks.texts import fold

EVERYWHERE = "title, artist or album"
TEXTS = {"title": "track_name", "artist": "artists", "album": "album_name"}
"""Where a text is looked for, and the column it is in."""


class Filters:
    """Which rows of a table are left; a row is left when every filter lets it through.

    Each filter remembers the rows it lets through, so that moving one costs one comparison.

    Parameters
    ----------
    numbers : pandas.DataFrame
        Columns that ranges are set on.
    names : pandas.DataFrame
        Columns of names that are chosen from, such as genres.
    texts : pandas.DataFrame
        Columns that are searched; keys of `TEXTS`. Missing texts are empty.
    """

    def __init__(self, numbers: pd.DataFrame, names: pd.DataFrame, texts: pd.DataFrame) -> None:
        self.n_rows = len(numbers)
        self._numbers = {name: numbers[name].to_numpy(np.float64) for name in numbers}
        self._codes, self._names = {}, {}
        for name in names:
            codes, known = pd.factorize(names[name], sort=True)
            self._codes[name], self._names[name] = codes, known.tolist()
        folded = {name: _folded(texts[name]) for name in texts}
        together = zip(*(one.to_pylist() for one in folded.values()), strict=True)
        # A word holds no line end, so none is found across two fields.
        folded[EVERYWHERE] = arrow.array(["\n".join(parts) for parts in together], arrow.string())
        self._texts = folded
        self.reset()

    def reset(self) -> None:
        """Let all rows through."""
        self.ranges: dict[str, tuple[float, float]] = {}
        self.chosen: dict[str, tuple[str, ...]] = {}
        self.text, self.where = "", EVERYWHERE
        self._kept: dict[str, np.ndarray] = {}

    def set_range(self, column: str, low: float | None, high: float | None) -> None:
        """Keep rows from `low` to `high`, ends included; None for no end, twice for no filter.

        A missing value lies in no range.

        Raises
        ------
        ParameterError
            When there is no such column, or the range is upside down.
        """
        _require(column, self._numbers, "column")
        if low is None and high is None:
            self.ranges.pop(column, None)
            self._kept.pop(column, None)
            return
        low, high = (-np.inf if low is None else low), (np.inf if high is None else high)
        if not low <= high:
            raise ParameterError(f"{column}: expected a low end up to {high:g}, found {low:g}")
        values = self._numbers[column]
        self.ranges[column] = low, high
        self._kept[column] = (values >= low) & (values <= high)

    def choose(self, column: str, names: Iterable[str]) -> None:
        """Keep rows of these names; of none: of all.

        Raises
        ------
        ParameterError
            When a name, or the column, is unknown.
        """
        _require(column, self._names, "column")
        names = tuple(dict.fromkeys(names))
        for name in names:
            _require(name, self._names[column], column)
        self.chosen.pop(column, None)
        self._kept.pop(column, None)
        if names:
            self.chosen[column] = names
            wanted = [self._names[column].index(name) for name in names]
            self._kept[column] = np.isin(self._codes[column], wanted)

    def search(self, text: str, where: str = EVERYWHERE) -> None:
        """Keep rows that hold every word of a text, in any order and also inside longer words.

        Case and accents do not count: both sides are reduced by `lib.tracks.texts.fold`.

        Raises
        ------
        ParameterError
            When there is no such place to look.
        """
        _require(where, self._texts, "place to search")
        self.text, self.where = text, where
        self._kept.pop("text", None)
        kept = None
        for word in fold(text).split():
            found = pc.match_substring(self._texts[where], word).to_numpy(zero_copy_only=False)
            kept = found if kept is None else kept & found
        if kept is not None:
            self._kept["text"] = kept

    def mask(self, but: str = "") -> np.ndarray:
        """Tell which rows are left, bool (rows,); without the filter on one column, if wanted."""
        kept = np.ones(self.n_rows, bool)
        for name, own in self._kept.items():
            if name != but:
                kept &= own
        return kept

    def counts(self, column: str) -> dict[str, int]:
        """Count rows by name, as all filters but the column's own leave them; sorted by name."""
        _require(column, self._names, "column")
        left = self._codes[column][self.mask(but=column)]
        found = np.bincount(left[left >= 0], minlength=len(self._names[column]))
        return dict(zip(self._names[column], found.tolist(), strict=True))

    def values(self, column: str) -> np.ndarray:
        """Return the numbers of a column, float64 (rows,)."""
        _require(column, self._numbers, "column")
        return self._numbers[column]

    def active(self) -> int:
        """Count the filters that are set."""
        return len(self._kept)


def _folded(texts: pd.Series) -> arrow.Array:
    codes, written = pd.factorize(texts.fillna(""))
    made = np.array([fold(text) for text in written], object)
    return arrow.array(made[codes], arrow.string())


def _require(name: str, known: Iterable[str], what: str) -> None:
    if name not in known:
        listed = list(known)
        more = f", … ({len(listed):,} in all)" if len(listed) > 20 else ""
        raise ParameterError(
            f"{what} {name!r}: unknown; expected one of {', '.join(listed[:20])}{more}"
        )
