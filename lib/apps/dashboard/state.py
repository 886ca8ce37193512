"""The dashboard: two data sets, one set of filters, and what these leave of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.apps.dashboard.numbers import Distribution, clusters, distribution, top
from lib.apps.dashboard.picked import Picked, Picker
from lib.apps.dashboard.tables import NO_RELEASED, NO_SOUNDS, Released, Sounds
from lib.apps.view.labels import MS_A_MINUTE
from lib.errors import DataError
from lib.tracks.by_year import measures
from lib.tracks.means import mean_by
from lib.tracks.year_trends import yearly

FEW = 30
"""Tracks below which what is shown says little."""
NO_ROWS = (
    "This table is read without holding its tracks: it gives trends, but no distributions, artists "
    "and albums."
)


@dataclass(frozen=True)
class Left:
    """What the filters leave of one data set.

    Attributes
    ----------
    tracks, of_tracks : int
        Tracks left, and all there are.
    artists : int
        First artists of those left.
    years : tuple of int or None
        First and last release year of those left.
    popularity : tuple of float or None
        Mean popularity of those left, and the ends of its 95 % interval, missing for one artist.
    distribution : Distribution or None
        Of the number that was asked for.
    notes : tuple of str
        What to know of it, in sentences.
    """

    tracks: int
    of_tracks: int
    artists: int
    years: tuple[int, int] | None
    popularity: tuple[float, float, float] | None
    distribution: Distribution | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """What the dashboard shows for one set of filters.

    Attributes
    ----------
    picked, feature : Picked, str
        What was asked for.
    released : Left or None
        Of the tracks with release years.
    catalogue : Left
    trend : pandas.DataFrame or None
        See `lib.tracks.year_trends.yearly`; None where nothing is left.
    top : dict of str to pandas.DataFrame
        See `lib.apps.dashboard.numbers.top`.
    clusters : pandas.DataFrame or None
        See `lib.apps.dashboard.numbers.clusters`; None where nothing is left.
    """

    picked: Picked
    feature: str
    released: Left | None
    catalogue: Left
    trend: pd.DataFrame | None
    top: dict[str, pd.DataFrame]
    clusters: pd.DataFrame | None


class Dashboard:
    """Two data sets that share their filters, but are never mixed.

    Nothing changes after it is made, so any number of visitors can ask it at once.

    Parameters
    ----------
    catalogue : pandas.DataFrame
        One row a track id, from `lib.tracks.features.tracks_by_id`.
    released : Released or str
        Tracks with release years, or why there are none.
    sounds : Sounds or str
        Clusters of the catalogue's recordings, or why there are none.

    Attributes
    ----------
    genres, families : tuple of str
        Those of both data sets.
    trend : pandas.DataFrame or None
        By year, of all tracks.
    no_released, no_sounds : str
        Why there are none; empty when there are.
    """

    def __init__(
        self,
        catalogue: pd.DataFrame,
        released: Released | str = NO_RELEASED,
        sounds: Sounds | str = NO_SOUNDS,
    ) -> None:
        if not len(catalogue):
            raise DataError("catalogue: at least one track expected, found none")
        self.catalogue = catalogue.reset_index(drop=True).assign(
            duration_min=catalogue["duration_ms"].to_numpy(float) / MS_A_MINUTE,
            album=(catalogue["album_name"] + " – " + catalogue["first_artist"]).to_numpy(),
            tempo_bpm=lambda rows: rows["tempo_bpm"].where(rows["tempo_bpm"] > 0),
        )
        self._in_catalogue = Picker(self.catalogue[["genres", "first_artist"]])
        self.released = released if isinstance(released, Released) else None
        self.no_released = "" if self.released else str(released)
        self.sounds = sounds if isinstance(sounds, Sounds) else None
        self.no_sounds = "" if self.sounds else str(sounds)
        pickers = [self._in_catalogue]
        self.trend = None
        if self.released:
            cells = self.released.cells.rename(columns={"genre": "genres"})
            self._in_cells = Picker(cells[["genres", "year"]].assign(first_artist=cells["artist"]))
            pickers.append(self._in_cells)
            self.trend = self._trend(self.released.cells)
            if self.released.tracks is not None:
                rows = self.released.tracks[["genres", "first_artist", "year"]]
                self._in_released = Picker(rows)
        self.genres = tuple(sorted({name for one in pickers for name in one.genres}))
        self.families = tuple(sorted({name for one in pickers for name in one.families}))
        if self.sounds:
            found = self.catalogue[["track_id"]].merge(
                self.sounds.labels, "left", "track_id", validate="1:1"
            )
            self._labels = found.assign(cluster=found["cluster"].fillna(0).astype("int64"))

    def look(self, picked: Picked, feature: str, fewest: int) -> Seen:
        """Count what filters leave.

        Parameters
        ----------
        picked : Picked
        feature : str
            Number whose distribution is wanted, one of `lib.apps.dashboard.numbers.FEATURES`.
        fewest : int
            Fewest tracks of an artist in the ranking.
        """
        mask = self._in_catalogue.mask(picked)
        notes = []
        if picked.years:
            notes.append("The catalogue has no release dates: the years asked for do not count.")
        catalogue = self._left(self.catalogue, mask, feature, notes)
        ranked, released, trend = self.catalogue[mask], None, None
        if self.released:
            chosen = self._in_cells.mask(picked)
            trend = self._trend(self.released.cells[chosen])
            if self.released.tracks is None:
                released = self._left_of_cells(self.released.cells[chosen])
            else:
                some = self._in_released.mask(picked)
                released = self._left(self.released.tracks, some, feature, [])
                ranked = self.released.tracks[some]
        kinds = None
        if self.sounds and (self._labels["cluster"].gt(0) & mask).any():
            kinds = clusters(self._labels, self.catalogue, mask)
        best = top(ranked, fewest)
        return Seen(picked, feature, released, catalogue, trend, best, kinds)

    def clustered(self) -> tuple[pd.DataFrame, np.ndarray]:
        """Return the catalogue's tracks that are in a cluster, and its number, from 1."""
        inside = (self._labels["cluster"] > 0).to_numpy()
        return self.catalogue[inside], self._labels.loc[inside, "cluster"].to_numpy()

    @property
    def ranks_released(self) -> bool:
        """Whether artists and albums are those of the tracks with release years."""
        return self.released is not None and self.released.tracks is not None

    def _trend(self, cells: pd.DataFrame) -> pd.DataFrame | None:
        if not len(cells):
            return None
        every = self.released.cells
        rated = every["popularity"].notna().all()
        names = measures(every) + (["popularity"] if rated else [])
        drawing = {"replicates": self.released.replicates, "seed": self.released.seed}
        return yearly(cells, names, **drawing)

    def _left(self, tracks: pd.DataFrame, mask: np.ndarray, feature: str, notes: list[str]) -> Left:
        artist = "artist_id" if "artist_id" in tracks else "first_artist"
        some = tracks.loc[mask, ["popularity", artist]]
        years = popularity = None
        if len(some):
            mean = mean_by(some.assign(all=0), "all", cluster=artist).iloc[0]
            popularity = tuple(float(mean[name]) for name in ("mean", "low", "high"))
            if "year" in tracks:
                own = tracks.loc[mask, "year"]
                years = int(own.min()), int(own.max())
        shown = distribution(tracks[feature], mask, feature)
        told = [*notes, *_few(len(some))]
        artists = some[artist].nunique()
        return Left(len(some), len(tracks), artists, years, popularity, shown, tuple(told))

    def _left_of_cells(self, cells: pd.DataFrame) -> Left:
        n_tracks, n_all = (round(one["tracks"].sum()) for one in (cells, self.released.cells))
        years = (int(cells["year"].min()), int(cells["year"].max())) if len(cells) else None
        notes = (NO_ROWS, *_few(n_tracks))
        return Left(n_tracks, n_all, cells["artist_id"].nunique(), years, None, None, notes)


def _few(tracks: int) -> list[str]:
    if not tracks:
        return ["Nothing left: no track passes all filters. Widen one, or reset them."]
    if tracks < FEW:
        return [f"Only {tracks:,} left, fewer than {FEW}: too few to say much about any kind."]
    return []
