"""The world that generated playlists are drawn from: tracks, artists, albums, themes, plants.

A track is a number, counted in the order of popularity. How often a track is chosen follows the
published Million Playlist Dataset: so many tracks in 10, 100, 1,000 playlists, so many in one.
Everything else about a track (theme, artist, album, ids, names) is computed from its number.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from lib.errors import ParameterError
from lib.playlists.sample.sample_titles import THEMES
from lib.playlists.sample.scrambled import scramble

POPULARITY = (
    (1, 43_000),
    (100, 27_500),
    (1_000, 7_600),
    (10_333, 1_000),
    (70_229, 93),
    (330_000, 7.5),
    (430_000, 2.5),
    (700_000, 0.75),
    (1_200_000, 0.45),
    (4_200_000, 0.17),
)
"""Rank and expected entries among a million playlists; straight lines between, in logarithms."""
ARTISTS = 325_000
ARTIST_TAIL = 3.0
"""An artist's share of tracks falls with its number to the power 1 / ARTIST_TAIL - 1."""
TRACKS_PER_ALBUM = 6
BASE62 = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", np.uint8)


@dataclass(frozen=True)
class Universe:
    """What playlists are drawn from; made by `make_universe`.

    Attributes
    ----------
    seed : int
    n_themes : int
        Track t belongs to theme ``t % n_themes``.
    plant_share : float
        Share of a theme's playlists that get its pair, and likewise its rule.
    cumulative : numpy.ndarray of int64, shape (tracks,)
        Running sum of the tracks' weights.
    artist_of, album_of : numpy.ndarray of int32, shape (tracks,)
    by_artist : numpy.ndarray of int32, shape (tracks,)
        Tracks of artist 0, of artist 1, …, each in the order of popularity.
    artist_start : numpy.ndarray of int64, shape (artists + 1,)
        Where each artist's tracks begin in `by_artist`.
    pairs : numpy.ndarray of int, shape (themes, 2)
        Planted pairs of tracks.
    rules : numpy.ndarray of int, shape (themes, 3)
        Planted rules: the first two tracks bring the third.
    """

    seed: int
    n_themes: int
    plant_share: float
    cumulative: np.ndarray
    artist_of: np.ndarray
    album_of: np.ndarray
    by_artist: np.ndarray
    artist_start: np.ndarray
    pairs: np.ndarray
    rules: np.ndarray

    @property
    def n_tracks(self) -> int:
        """Tracks there are to choose from; a few slices show a part of them."""
        return len(self.cumulative)


@functools.lru_cache(maxsize=2)
def make_universe(
    seed: int = 7, size: float = 1.0, n_themes: int = len(THEMES), plant_share: float = 0.08
) -> Universe:
    """Make a universe.

    Parameters
    ----------
    seed : int, optional
        Seed of every draw.
    size : float, optional
        Tracks, artists and albums relative to the published million playlists.
    n_themes : int, optional
        Themes, 2 to 20.
    plant_share : float, optional
        See `Universe`.
    """
    if not 2 <= n_themes <= len(THEMES):
        raise ParameterError(f"n_themes: expected 2 to {len(THEMES)}, found {n_themes}")
    if not 0.001 <= size <= 10:
        raise ParameterError(f"size: expected 0.001 to 10, found {size}")
    ranks, counts = np.log(np.array(POPULARITY, float)).T
    n = int(POPULARITY[-1][0] * size) // n_themes * n_themes
    tracks = np.arange(n)
    weights = np.exp(np.interp(np.log((tracks + 0.5) / size), ranks, counts))
    cumulative = np.cumsum(np.round(weights * 1000).astype(np.int64))
    per_theme = max(int(ARTISTS * size) // n_themes, 2)
    share = scramble(seed, 1, tracks) / 2.0**64
    artist_of = (share**ARTIST_TAIL * per_theme).astype(np.int32) * n_themes + tracks % n_themes
    by_artist = np.argsort(artist_of, kind="stable").astype(np.int32)
    of_artist = np.bincount(artist_of, minlength=per_theme * n_themes)
    start = np.concatenate([[0], np.cumsum(of_artist)])
    albums = np.concatenate([[0], np.cumsum(-(-of_artist // TRACKS_PER_ALBUM))])
    album_of = np.empty(n, np.int32)
    owner = artist_of[by_artist]
    # An artist's tracks of like popularity share an album.
    album_of[by_artist] = albums[owner] + (np.arange(n) - start[owner]) // TRACKS_PER_ALBUM
    middle = max(n // n_themes // 200, 10) * n_themes
    steps = middle + 2 * n_themes * np.arange(5) + np.arange(n_themes)[:, None]
    return Universe(
        seed, n_themes, plant_share, cumulative, artist_of.astype(np.int32), album_of, by_artist,
        start, steps[:, :2], steps[:, 2:],
    )  # fmt: skip


def spotify_ids(seed: int, kind: int, numbers: np.ndarray) -> list[str]:
    """Give tracks (kind 10), artists (20) or albums (30) ids of 22 letters and digits.

    Examples
    --------
    >>> [len(text) for text in spotify_ids(7, 10, np.arange(2))]
    [22, 22]
    """
    letters = np.empty((len(numbers), 22), np.uint8)
    for half in (0, 1):
        rest = scramble(seed, kind + half, np.asarray(numbers))
        for place in range(10, -1, -1):
            rest, digit = np.divmod(rest, np.uint64(62))
            letters[:, 11 * half + place] = BASE62[digit]
    text = letters.tobytes().decode("ascii")
    return [text[i : i + 22] for i in range(0, len(text), 22)]
