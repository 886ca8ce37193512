"""The catalogue's tracks, one an id: found by text, drawn as examples, put into a setting."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.apps.explore.filters import Filters
from lib.apps.predict.inputs import ARTIST, GENRES, check_value
from lib.errors import DataError, ParameterError
from lib.modelling.estimators import FEATURE_SETS
from lib.tracks.features import tracks_by_id

FOUND = 12
ARTISTS = 50


class TrackSearch:
    """Tracks to be looked up.

    Parameters
    ----------
    tracks : pandas.DataFrame
        The catalogue, a row a genre of a track: ``tracks`` of 02_clean_tracks.

    Attributes
    ----------
    table : pandas.DataFrame
        One row a track id, from `lib.tracks.features.tracks_by_id`.

    Raises
    ------
    DataError
        When there are no tracks.
    """

    def __init__(self, tracks: pd.DataFrame) -> None:
        if not len(tracks):
            raise DataError("catalogue: at least one track expected, found none")
        self.table = tracks_by_id(tracks)
        self._place = pd.Index(self.table["track_id"])
        texts = {"title": self.table["track_name"], "artist": self.table["artists"]}
        self._words = Filters(self.table[[]], self.table[[]], pd.DataFrame(texts))
        self._artists = self.table["first_artist"].value_counts(sort=True).index.tolist()

    def find(self, text: str, limit: int = FOUND) -> pd.DataFrame:
        """Find tracks that hold every word of a text in title or artist, or have it as their id.

        Returns
        -------
        pandas.DataFrame
            track_id, title, artists, popularity: the most popular first, of equal ones by title
            and id; at most `limit`.
        """
        wanted = text.strip()
        if not wanted:
            rows = self.table.iloc[:0]
        elif wanted in self._place:
            rows = self.table.iloc[[self._place.get_loc(wanted)]]
        else:
            self._words.search(wanted)
            rows = self.table[self._words.mask()]
        order = ["popularity", "track_name", "track_id"]
        rows = rows.sort_values(order, ascending=[False, True, True]).head(limit)
        names = ["track_id", "track_name", "artists", "popularity"]
        return rows[names].rename(columns={"track_name": "title"}).reset_index(drop=True)

    def artists(self, text: str, among: set[str] | None, limit: int = ARTISTS) -> list[str]:
        """List artists whose name holds a text, those with most tracks first.

        Parameters
        ----------
        text : str
            Case does not count; empty for all.
        among : set of str or None
            Artists that may be named; None for all.
        limit : int, optional
        """
        lower = text.strip().casefold()
        allowed = (n for n in self._artists if n and (among is None or n in among))
        found = (name for name in allowed if lower in name.casefold())
        return [name for _, name in zip(range(limit), found, strict=False)]

    def row(self, track_id: str) -> pd.Series:
        """Return a track's row.

        Raises
        ------
        ParameterError
            When the catalogue has no such track.
        """
        if track_id not in self._place:
            raise ParameterError(
                f"track {track_id!r}: not in the catalogue; search by title or artist, and take an "
                "id from what is found"
            )
        return self.table.iloc[self._place.get_loc(track_id)]

    def setting(self, track_id: str) -> dict[str, object]:
        """Return the sixteen inputs of a track, the value of each to the last digit."""
        row = self.row(track_id)
        values = {name: row[name] for name in FEATURE_SETS["audio"]}
        values |= {GENRES: tuple(row[GENRES]), ARTIST: str(row["first_artist"])}
        return {name: check_value(name, value) for name, value in values.items()}

    def drawn(self, seed: int, number: int) -> str:
        """Return the id of a track drawn at random: the same for the same seed and number."""
        return str(self._place[np.random.default_rng([seed, number]).integers(len(self._place))])
