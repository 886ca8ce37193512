"""How popular the training tracks are that sound most like a track."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from lib.modelling.estimators import STANDARDISED

NEAREST = 20
"""Training tracks that a level is the mean of."""

FEWEST = 5
SAME = 1e-6
"""Distance below which two tracks are copies of one recording, which is no neighbour of itself."""

CHUNK = 4000


@dataclass(frozen=True)
class Neighbours:
    """Training tracks by genre.

    Attributes
    ----------
    genres : tuple of str
    starts : numpy.ndarray of int64, shape (genres + 1,)
        Where each genre's tracks begin in `rows`.
    rows : numpy.ndarray of int32
        Training tracks, genre after genre; a track stands under each of its genres.
    sound : numpy.ndarray of float32, shape (n, 10)
        The columns `lib.modelling.estimators.STANDARDISED`, standardised.
    popularity : numpy.ndarray of float32, shape (n,)
    predicted : numpy.ndarray of float32, shape (n,)
        What models predicted that had not seen the track's artist.
    mean, sd : numpy.ndarray of float64, shape (10,)
        What `sound` was standardised by.
    seen : numpy.ndarray of uint64, shape (n,)
        Hashes of the training track ids, sorted.
    """

    genres: tuple[str, ...]
    starts: np.ndarray
    rows: np.ndarray
    sound: np.ndarray
    popularity: np.ndarray
    predicted: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    seen: np.ndarray


def make_neighbours(tracks: pd.DataFrame, genres: list[str], predicted: np.ndarray) -> Neighbours:
    """Arrange the training tracks by genre.

    Parameters
    ----------
    tracks : pandas.DataFrame
        With track_id, popularity, genres and the columns `STANDARDISED`.
    genres : list of str
        Genres of the contract.
    predicted : numpy.ndarray, shape (n,)
        Predictions made while the track's artist was held out.
    """
    values = tracks[list(STANDARDISED)].to_numpy(dtype=np.float64)
    mean, sd = values.mean(axis=0), values.std(axis=0)
    sd[sd == 0] = 1
    pairs = tracks["genres"].reset_index(drop=True).explode()
    code = pd.Index(genres).get_indexer(pairs)
    order = np.argsort(code, kind="stable")
    return Neighbours(
        genres=tuple(genres),
        starts=np.searchsorted(code[order], np.arange(len(genres) + 1)).astype(np.int64),
        rows=pairs.index.to_numpy()[order].astype(np.int32),
        sound=((values - mean) / sd).astype(np.float32),
        popularity=tracks["popularity"].to_numpy(dtype=np.float32),
        predicted=np.asarray(predicted, dtype=np.float32),
        mean=mean,
        sd=sd,
        seen=np.sort(hash_ids(tracks["track_id"])),
    )


def neighbour_level(neighbours: Neighbours, tracks: pd.DataFrame) -> np.ndarray:
    """Average the popularity of the nearest training tracks of the row's own genre.

    Distance is Euclidean over ten standardised descriptors. Copies of the track itself are left
    out, so a track of the training catalogue does not see its own popularity.

    Parameters
    ----------
    neighbours : Neighbours
    tracks : pandas.DataFrame, shape (n, k)
        With ``track_genre`` and the columns `STANDARDISED`.

    Returns
    -------
    numpy.ndarray, shape (n,)
        NaN where the genre is unknown or has too few tracks.
    """
    values = tracks[list(STANDARDISED)].to_numpy(dtype=np.float64)
    sound = ((values - neighbours.mean) / neighbours.sd).astype(np.float32)
    code = pd.Index(neighbours.genres).get_indexer(tracks["track_genre"])
    level = np.full(len(tracks), np.nan)
    for genre in np.unique(code[code >= 0]):
        rows = neighbours.rows[neighbours.starts[genre] : neighbours.starts[genre + 1]]
        asked = np.flatnonzero(code == genre)
        for begin in range(0, len(asked), CHUNK):
            part = asked[begin : begin + CHUNK]
            distance = cdist(sound[part], neighbours.sound[rows])
            level[part] = _mean_nearest(distance, neighbours.popularity[rows])
    return level


def seen_in_training(neighbours: Neighbours, track_ids: pd.Series) -> np.ndarray:
    """Tell which ids the model was trained on, shape (n,)."""
    wanted, seen = hash_ids(track_ids), neighbours.seen  # sorted
    place = np.searchsorted(seen, wanted).clip(max=len(seen) - 1)
    return seen[place] == wanted


def training_reference(neighbours: Neighbours) -> pd.DataFrame:
    """Give back what a drift report compares with.

    Returns
    -------
    pandas.DataFrame, shape (n, 11)
        The training tracks' descriptors in their own units, rounded to what 32 bits keep, and
        ``predicted_popularity``, as predicted while their artist was held out.
    """
    values = neighbours.sound.astype(np.float64) * neighbours.sd + neighbours.mean
    frame = pd.DataFrame(values, columns=list(STANDARDISED)).astype(np.float32)
    return frame.assign(predicted_popularity=neighbours.predicted)


def hash_ids(track_ids: pd.Series) -> np.ndarray:
    """Hash track ids to 64 bits, the same on every machine."""
    return pd.util.hash_array(track_ids.to_numpy(dtype=object), categorize=False)


def _mean_nearest(distance: np.ndarray, popularity: np.ndarray) -> np.ndarray:
    distance[distance < SAME] = np.inf
    count = min(NEAREST, distance.shape[1])
    nearest = np.argpartition(distance, count - 1, axis=1)[:, :count]
    usable = np.isfinite(np.take_along_axis(distance, nearest, axis=1))
    found = usable.sum(axis=1)
    total = (popularity[nearest] * usable).sum(axis=1, dtype=np.float64)
    return np.where(found >= FEWEST, total / np.maximum(found, 1), np.nan)
