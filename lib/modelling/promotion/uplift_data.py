"""Real tracks with a made-up treatment: who gets it, and what it does, are known exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.linear_model import Ridge
from sklearn.preprocessing import MultiLabelBinarizer, StandardScaler

from lib.errors import DataError
from lib.tracks.columns import AUDIO_9

FEWEST = 200
"""Tracks below which nothing is estimated."""


@dataclass(frozen=True)
class Tracks:
    """What is known of tracks before any treatment.

    Attributes
    ----------
    features : numpy.ndarray of float32, shape (n, k)
        Audio, length, explicit, macro-genres: all that estimators see.
    popularity : numpy.ndarray, shape (n,)
        Observed; taken for what a track has without the treatment.
    appeal : numpy.ndarray, shape (n,)
        What a promoter thinks of a track, a function of the features: mean 0, variance 1.
    response : numpy.ndarray, shape (n,)
        How much more than others a track gains, a function of the features: mean 0, variance 1.
    surprise : numpy.ndarray, shape (n,)
        What of the popularity the features leave open: mean 0, variance 1.
    artists : numpy.ndarray, shape (n,)
        First artist.
    folds : numpy.ndarray of int, shape (n,)
        Fold in which the artist is held out.
    """

    features: np.ndarray
    popularity: np.ndarray
    appeal: np.ndarray
    response: np.ndarray
    surprise: np.ndarray
    artists: np.ndarray
    folds: np.ndarray


@dataclass(frozen=True)
class Trial:
    """Tracks of which some were treated.

    Attributes
    ----------
    tracks : Tracks
    treated : numpy.ndarray of bool, shape (n,)
    outcome : numpy.ndarray, shape (n,)
        Popularity, plus the effect where treated; may leave 0 to 100.
    effect : numpy.ndarray, shape (n,)
        True effect on each track.
    chance : numpy.ndarray, shape (n,)
        True chance of the treatment.
    units : numpy.ndarray, shape (n,)
        What is independent: the artist, or one draw of it.
    """

    tracks: Tracks
    treated: np.ndarray
    outcome: np.ndarray
    effect: np.ndarray
    chance: np.ndarray
    units: np.ndarray


def describe_tracks(table: pd.DataFrame, folds: pd.Series) -> Tracks:
    """Turn a table of tracks into what a trial is made of.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a recording: audio, duration_ms, explicit, macro_genres, popularity, first_artist.
    folds : pandas.Series
        Fold of each track id on the split by first artist.

    Raises
    ------
    DataError
        With fewer than `FEWEST` tracks, popularity that is all the same, or tracks without a
        fold.
    """
    if len(table) < FEWEST or table["popularity"].nunique() < 2:
        raise DataError(
            f"tracks: at least {FEWEST} of different popularity expected, found {len(table)}; "
            "load more tracks"
        )
    fold = table["track_id"].map(folds)
    if fold.isna().any():
        raise DataError(
            f"folds: one for each track expected, found none for {fold.isna().sum():,}, such as "
            f"{table['track_id'][fold.isna()].iloc[0]!r}; run 03_engineer_features again"
        )
    genres = MultiLabelBinarizer().fit_transform(table["macro_genres"])
    plain = table[[*AUDIO_9, "duration_ms", "explicit"]].to_numpy(float)
    features = np.column_stack([plain, genres])
    popularity = table["popularity"].to_numpy(float)
    scaled = StandardScaler().fit_transform(features)
    guess = Ridge(1.0).fit(scaled, popularity).predict(scaled)
    mood = table["valence"].rank(pct=True) * table["danceability"].rank(pct=True)
    soft = table["acousticness"] > table["acousticness"].median()
    return Tracks(
        features.astype(np.float32),
        popularity,
        _unit(guess),
        _unit(mood.to_numpy() - 0.25 * soft.to_numpy()),
        _unit(popularity - guess),
        table["first_artist"].to_numpy(),
        fold.to_numpy(int),
    )


def treat(
    tracks: Tracks,
    effect: float,
    spread: float,
    strength: float,
    seed: int,
    hidden: float = 0.0,
    rows: np.ndarray | None = None,
    units: np.ndarray | None = None,
) -> Trial:
    """Treat some tracks, the more appealing rather, and add the effect to their popularity.

    A track's effect is `effect` + `spread` x response, so its mean over all tracks is `effect`
    exactly. Its chance of the treatment is expit(`strength` x (appeal + 0.5 tanh(2 appeal)) +
    `hidden` x surprise): with `hidden` at 0 it depends on features alone.

    Parameters
    ----------
    tracks : Tracks
    effect, spread : float
        Mean and standard deviation of the true effect, popularity points.
    strength : float
        How much the chance depends on the appeal; 0 for a fair coin.
    seed : int
        Seed of the coins.
    hidden : float, optional
        How much it depends on what no feature tells.
    rows : numpy.ndarray of int, optional
        Tracks to take, also more than once; all by default.
    units : numpy.ndarray, optional
        Of each row; the artist by default.
    """
    own = tracks.appeal + 0.5 * np.tanh(2 * tracks.appeal)
    chance = expit(strength * own + hidden * tracks.surprise)
    true = effect + spread * tracks.response
    rows = np.arange(len(chance)) if rows is None else rows
    taken = Tracks(**{name: value[rows] for name, value in vars(tracks).items()})
    treated = np.random.default_rng(seed).random(len(rows)) < chance[rows]
    outcome = taken.popularity + np.where(treated, true[rows], 0.0)
    units = taken.artists if units is None else units
    return Trial(taken, treated, outcome, true[rows], chance[rows], units)


def draw_artists(tracks: Tracks, most: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw artists with replacement, with all their tracks, up to about `most` tracks.

    The catalogue is then the population, and its mean effect is the truth that an interval from
    the draw should cover.

    Returns
    -------
    rows : numpy.ndarray of int, shape (m,)
        Tracks drawn.
    units : numpy.ndarray of int, shape (m,)
        Number of the draw that each came with.
    """
    codes, names = pd.factorize(tracks.artists)
    size = np.bincount(codes)
    count = max(2, min(len(names), round(most / size.mean())))
    drawn = np.random.default_rng(seed).integers(len(names), size=count)
    order = np.argsort(codes, kind="stable")
    starts = np.r_[0, np.cumsum(size)]
    rows = [order[starts[one] : starts[one + 1]] for one in drawn]
    return np.concatenate(rows), np.repeat(np.arange(count), size[drawn])


def _unit(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / values.std()
