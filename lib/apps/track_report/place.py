"""Where a track stands among the tracks of its genres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

BIN = 5
"""Popularity points of a histogram's bin."""


@dataclass(frozen=True)
class Place:
    """A track among the tracks of one genre.

    Attributes
    ----------
    genre : str
    others : int
        Tracks of the genre of other recordings.
    popularity, prediction : float
        Of the track.
    more_popular, predicted_more : float
        Percentile ranks: of `others`, the share in hundredths with a lower value, those with the
        same value counted half.
    counts : tuple of int
        Histogram of the others' popularity in bins of `BIN` points; the last holds 100.
    """

    genre: str
    others: int
    popularity: float
    prediction: float
    more_popular: float
    predicted_more: float
    counts: tuple[int, ...]


def percentile_rank(values: np.ndarray, one: float) -> float:
    """Share of values below one, ties counted half, in hundredths.

    Examples
    --------
    >>> percentile_rank(np.array([1.0, 2.0, 2.0, 3.0]), 2.0)
    50.0
    """
    return float(100 * ((values < one).mean() + (values == one).mean() / 2))


def place_in_genre(
    catalogue: pd.DataFrame, row: int, prediction: pd.Series, genre: str
) -> Place | None:
    """Rank a track among those of a genre; its twins are not counted.

    Parameters
    ----------
    catalogue : pandas.DataFrame
        One row a track id, with genres, recording_id and popularity.
    row : int
        Label of the track in the catalogue's index.
    prediction : pandas.Series
        By the same labels: of the track, and of the others of the genre.
    genre : str

    Returns
    -------
    Place or None
        None when no other recording has the genre.
    """
    own = catalogue.loc[row]
    inside = members(catalogue, genre) & (catalogue["recording_id"] != own["recording_id"])
    others = catalogue.index[inside]
    if not len(others):
        return None
    popularity, mine = catalogue.loc[others, "popularity"].to_numpy(float), float(own["popularity"])
    predicted, said = prediction.loc[others].to_numpy(float), float(prediction.loc[row])
    edges = np.arange(0, 101, BIN)
    return Place(
        genre,
        len(others),
        mine,
        said,
        percentile_rank(popularity, mine),
        percentile_rank(predicted, said),
        tuple(np.histogram(popularity, edges)[0].tolist()),
    )


def members(catalogue: pd.DataFrame, genre: str) -> np.ndarray:
    """Tell which tracks have a genre, bool (n,)."""
    return np.array([genre in genres for genres in catalogue["genres"]], dtype=bool)
