"""The dashboard's filters: the same ones for every data set, as far as it has what they ask for."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.apps.explore.filters import Filters
from lib.tracks.search_families import search_family


@dataclass(frozen=True)
class Picked:
    """What is asked for; what is empty asks for nothing.

    Attributes
    ----------
    first, last : int or None
        Release years, both included.
    families, genres : tuple of str
        Genre families, and genres as `genre_names` writes them: one of each has to fit.
    artist : str
        Every word has to be found in the first artist's name; case and accents do not count.
    """

    first: int | None = None
    last: int | None = None
    families: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    artist: str = ""

    @property
    def years(self) -> bool:
        """Whether years are asked for."""
        return self.first is not None or self.last is not None


def genre_names(genres: pd.Series) -> pd.Series:
    """Write genres alike in all data sets.

    Examples
    --------
    >>> genre_names(pd.Series(["hip-hop", "hip hop"])).tolist()
    ['hip hop', 'hip hop']
    """
    return genres.str.replace("-", " ", regex=False)


class Picker:
    """Find the rows of a table that filters leave.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``genres`` (a list of names, or one name), ``first_artist``, and ``year`` where there is
        one. A row is left when one of its genres, its artist and its year fit.

    Attributes
    ----------
    genres, families : tuple of str
        Those of the table, by name.
    dated : bool
        Whether it has years.
    """

    def __init__(self, rows: pd.DataFrame) -> None:
        self.n_rows, self.dated = len(rows), "year" in rows
        pairs = rows.reset_index(drop=True).explode("genres")
        self._row = pairs.index.to_numpy()
        genre = genre_names(pairs["genres"].astype("str"))
        names = pd.DataFrame({"genre": genre, "family": search_family(genre)})
        years = pairs[["year"]] if self.dated else pairs[[]]
        self._filters = Filters(years, names, pd.DataFrame({"artist": pairs["first_artist"]}))
        self.genres, self.families = (tuple(self._filters.counts(name)) for name in names)

    def mask(self, picked: Picked) -> np.ndarray:
        """Tell which rows are left, bool (rows,); years count only where the table has some."""
        filters = copy(self._filters)  # what is heavy is shared, what is set is not
        filters.reset()
        left = np.zeros(self.n_rows, bool)
        asked = (("genre", picked.genres, self.genres), ("family", picked.families, self.families))
        for column, wanted, known in asked:
            there = [name for name in wanted if name in known]
            if wanted and not there:
                return left
            filters.choose(column, there)
        if self.dated:
            filters.set_range("year", picked.first, picked.last)
        filters.search(picked.artist, "artist")
        left[self._row[filters.mask()]] = True
        return left
