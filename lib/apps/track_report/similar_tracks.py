"""Tracks that sound alike: other recordings, nearest by ten standardised descriptors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist

from lib.errors import ParameterError
from lib.evaluation.intervals import LEVEL
from lib.modelling.estimators import STANDARDISED

MEASURES = {"Euclidean": "sqeuclidean", "cosine": "cosine"}
NEAREST = 8
CHUNK = 100
"""Tracks asked about at once: of 90,000 others that takes 70 MB."""


@dataclass(frozen=True)
class Alike:
    """Tracks that sound like one.

    Attributes
    ----------
    rows : numpy.ndarray of int64
        Positions in the catalogue, the nearest first; each recording once.
    distances : numpy.ndarray
        Euclidean, in standard deviations of a descriptor.
    random : dict of str to float
        By genre of the track: median distance to the genre's tracks of other recordings.
    family : numpy.ndarray
        Distances to all tracks of its genres.
    """

    rows: np.ndarray
    distances: np.ndarray
    random: dict[str, float]
    family: np.ndarray

    @property
    def nearer(self) -> float:
        """Of all tracks of its genres, the share that lies nearer than the last of `rows`."""
        if not len(self.rows) or not len(self.family):
            return 0.0
        return float((self.family < self.distances[-1]).mean())


def sound_of(catalogue: pd.DataFrame) -> np.ndarray:
    """Standardise the descriptors of sound over the catalogue, float64 (n, 10).

    A descriptor that is the same for all tracks counts for nothing.
    """
    values = catalogue[list(STANDARDISED)].to_numpy(dtype=np.float64)
    spread = values.std(axis=0)
    return (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1)


def similar_tracks(
    catalogue: pd.DataFrame, sound: np.ndarray, row: int, count: int = NEAREST
) -> Alike:
    """Find the tracks that sound most like one.

    Left out are the track itself and its twins: all of the same recording, so the same audio, or
    the same title by the same artist, see `lib.tracks.twins.recording_ids`. Of equally near tracks
    the earlier one in the catalogue comes first.

    Parameters
    ----------
    catalogue : pandas.DataFrame, shape (n, k)
        With recording_id and genres.
    sound : numpy.ndarray, shape (n, 10)
        From `sound_of`.
    row : int
        Position of the track.
    count : int, optional
        Tracks wanted; there may be fewer.

    Raises
    ------
    ParameterError
        When there is no such row.
    """
    if not 0 <= row < len(catalogue):
        raise ParameterError(f"row {row}: expected 0 to {len(catalogue) - 1:,}")
    recording = catalogue["recording_id"].to_numpy()
    other = recording != recording[row]
    distance = np.sqrt(((sound - sound[row]) ** 2).sum(axis=1))
    rows = _nearest(distance, recording, other, count)
    own = set(catalogue["genres"].iloc[row])
    member = {g: np.array([g in genres for genres in catalogue["genres"]]) & other for g in own}
    random = {
        genre: float(np.median(distance[inside]))
        for genre, inside in sorted(member.items())
        if inside.any()
    }
    family = np.logical_or.reduce(list(member.values())) if member else np.zeros(len(other), bool)
    return Alike(rows, distance[rows], random, distance[family])


def _nearest(
    distance: np.ndarray, recording: np.ndarray, other: np.ndarray, count: int
) -> np.ndarray:
    far = np.where(other, distance, np.inf)
    # A recording may have many ids: looking at some hundreds is enough but for odd catalogues.
    for looked_at in (min(50 * count, len(far) - 1), len(far) - 1):
        bound = np.partition(far, looked_at)[looked_at]
        order = np.flatnonzero(other & (far <= bound))
        order = order[np.argsort(far[order], kind="stable")]
        _, first = np.unique(recording[order], return_index=True)
        if len(first) >= count:
            break
    return order[np.sort(first)[:count]].astype(np.int64)


def alike_in_kind(
    catalogue: pd.DataFrame,
    sound: np.ndarray,
    asked: np.ndarray,
    measure: str = "Euclidean",
    count: int = NEAREST,
) -> pd.DataFrame:
    """Measure for some tracks how often similar ones are of the same artist, or share a genre.

    Parameters
    ----------
    catalogue, sound
        As in `similar_tracks`; the catalogue with first_artist.
    asked : numpy.ndarray of int
        Positions of the tracks asked about.
    measure : {"Euclidean", "cosine"}
    count : int, optional

    Returns
    -------
    pandas.DataFrame
        A row a track asked about: first_artist; artist and genre, shares of its similar tracks;
        artist_random and genre_random, shares of all tracks that could have been answered, which
        is what drawing them at random gives on average.
    """
    recording = catalogue["recording_id"].to_numpy()
    artist = pd.factorize(catalogue["first_artist"])[0]
    holds = _genre_matrix(catalogue["genres"])
    rows = []
    for begin in range(0, len(asked), CHUNK):
        part = asked[begin : begin + CHUNK]
        distances = cdist(sound[part], sound, MEASURES[measure])
        # A track at the centre has no direction; it is taken as far from all.
        distances = np.nan_to_num(distances, nan=2.0)
        for row, distance in zip(part, distances, strict=True):
            other = recording != recording[row]
            near = _nearest(distance, recording, other, count)
            same_artist = artist == artist[row]
            same_genre = holds[:, holds[row]].any(axis=1)
            kinds = (same_artist[near], same_genre[near], same_artist[other], same_genre[other])
            rows.append([kind.mean() if len(kind) else 0.0 for kind in kinds])
    names = ["artist", "genre", "artist_random", "genre_random"]
    table = pd.DataFrame(rows, columns=names)
    table.insert(0, "first_artist", catalogue["first_artist"].to_numpy()[asked])
    return table


def lift_over_random(
    table: pd.DataFrame, replicates: int, seed: int, level: float = LEVEL
) -> pd.DataFrame:
    """Compare similar tracks with tracks drawn at random.

    The interval draws whole artists, as their tracks are alike (percentile bootstrap, Efron &
    Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13).

    Parameters
    ----------
    table : pandas.DataFrame
        From `alike_in_kind`.
    replicates : int
    seed : int
    level : float, optional

    Returns
    -------
    pandas.DataFrame
        By kind (artist, genre): share, random (mean shares), lift (their ratio), low, high (of
        the lift). A kind that random tracks never share has no lift.
    """
    codes, names = pd.factorize(table["first_artist"])
    sums = table.drop(columns="first_artist").groupby(codes).sum().to_numpy()
    draws = np.random.default_rng(seed).multinomial(
        len(names), np.full(len(names), 1 / len(names)), size=replicates
    )
    drawn = pd.DataFrame(draws @ sums, columns=list(table.columns[1:]))
    found = {}
    for kind in ("artist", "genre"):
        share, random = table[kind].mean(), table[f"{kind}_random"].mean()
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = (drawn[kind] / drawn[f"{kind}_random"]).to_numpy()
        ratios = ratios[np.isfinite(ratios)]
        ends = [(1 - level) / 2, (1 + level) / 2]
        low, high = np.quantile(ratios, ends) if len(ratios) else (np.nan, np.nan)
        lift = share / random if random else np.nan
        found[kind] = {"share": share, "random": random, "lift": lift, "low": low, "high": high}
    return pd.DataFrame.from_dict(found, orient="index")


def _genre_matrix(genres: pd.Series) -> np.ndarray:
    pairs = genres.reset_index(drop=True).explode().dropna()
    codes, names = pd.factorize(pairs)
    holds = np.zeros((len(genres), max(len(names), 1)), dtype=bool)
    holds[pairs.index.to_numpy(), codes] = True
    return holds
