"""Draw the playlists of one generated slice, from the seed and the slice's number alone."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from lib.playlists.sample.sample_titles import DESCRIPTIONS, playlist_titles
from lib.playlists.sample.sample_universe import Universe

SHORTEST, LONGEST = 5, 250
MEDIAN_LENGTH, LENGTH_SPREAD = 53.4, 0.92
"""Of the log-normal law of lengths before it is cut to 5 to 250; the mean is the published 66.3."""
SHARE_THEME = 0.7
"""Entries drawn from the playlist's own theme; the others from all tracks."""
SHARE_SAME_ARTIST = 0.15
"""Entries by the artist of an entry before."""
SHARE_REPEATS = 0.006
"""Entries that repeat an entry before."""
RULE_CONFIDENCE = 0.85
PAIR_TOGETHER = 0.9
DAY_S = 86_400
LAST_DAY = 17_470
"""1 November 2017, in days since 1970."""


@dataclass(frozen=True)
class Drawn:
    """Playlists of one slice.

    Attributes
    ----------
    themes : numpy.ndarray of int, shape (playlists,)
        Theme of each, the truth behind title and tracks.
    offsets : numpy.ndarray of int, shape (playlists + 1,)
        Where each one's entries begin.
    tracks : numpy.ndarray of int, shape (entries,)
        Track of each entry.
    titles : list of str
        Ready for JSON.
    descriptions : list of str
        Ready for JSON, empty for none.
    followers, edits, modified_at : numpy.ndarray of int
    collaborative : numpy.ndarray of bool
    """

    themes: np.ndarray
    offsets: np.ndarray
    tracks: np.ndarray
    titles: list[str]
    descriptions: list[str]
    followers: np.ndarray
    edits: np.ndarray
    modified_at: np.ndarray
    collaborative: np.ndarray


def draw_slice(universe: Universe, number: int, n_playlists: int) -> Drawn:
    """Draw a slice's playlists.

    Parameters
    ----------
    universe : Universe
        Where tracks come from.
    number : int
        The slice's number, from 0.
    n_playlists : int
        Playlists in it.
    """
    rng = np.random.default_rng([universe.seed, number])
    n_themes = universe.n_themes
    weight = 1 / (np.arange(n_themes) + 6.0)
    themes = rng.choice(n_themes, n_playlists, p=weight / weight.sum())
    offsets = np.concatenate([[0], np.cumsum(_lengths(rng, n_playlists))])
    owner = np.repeat(np.arange(n_playlists), np.diff(offsets))
    tracks = _draw_tracks(rng, universe, themes[owner], owner)
    for _ in range(2):  # few tracks stand twice in a playlist by chance
        again = _repeats(owner, tracks)
        tracks[again] = _draw_tracks(rng, universe, themes[owner[again]], owner[again])
    copied = np.flatnonzero(rng.random(len(tracks)) < SHARE_REPEATS)
    begin = offsets[owner[copied]]
    tracks[copied] = tracks[begin + (rng.random(len(copied)) * (copied - begin)).astype(int)]
    # Planted tracks come only where they are planted.
    planted = np.isin(tracks, np.concatenate([universe.pairs.ravel(), universe.rules.ravel()]))
    tracks[planted] += n_themes
    _plant(rng, universe, themes, offsets, tracks)
    described = rng.random(n_playlists) < 0.019
    followers = 1 + np.where(
        rng.random(n_playlists) < 0.754, 0, np.minimum(rng.pareto(1.1, n_playlists) + 1, 70_000)
    )
    age_days = np.minimum(rng.exponential(250, n_playlists), 2500).astype(int)
    texts = rng.integers(0, len(DESCRIPTIONS), n_playlists)
    return Drawn(
        themes=themes,
        offsets=offsets,
        tracks=tracks,
        titles=playlist_titles(rng, themes, n_themes),
        descriptions=[DESCRIPTIONS[i] if d else "" for i, d in zip(texts, described, strict=True)],
        followers=followers.astype(int),
        edits=1 + np.minimum(rng.exponential(17, n_playlists), 200).astype(int),
        modified_at=(LAST_DAY - age_days) * DAY_S,
        collaborative=rng.random(n_playlists) < 0.023,
    )


@functools.cache
def _length_weights() -> np.ndarray:
    lengths = np.arange(SHORTEST, LONGEST + 1)
    z = np.log(lengths / MEDIAN_LENGTH) / LENGTH_SPREAD
    return np.cumsum(np.round(1e9 * np.exp(-z * z / 2) / lengths).astype(np.int64))


def _lengths(rng: np.random.Generator, n: int) -> np.ndarray:
    weights = _length_weights()
    return SHORTEST + np.searchsorted(weights, rng.integers(0, weights[-1], n), side="right")


def _draw_tracks(
    rng: np.random.Generator, universe: Universe, themes: np.ndarray, owner: np.ndarray
) -> np.ndarray:
    """Draw one track an entry; `themes` and `owner` are the theme and playlist of each entry."""
    n = len(themes)
    draws = rng.integers(0, universe.cumulative[-1], n)
    tracks = np.searchsorted(universe.cumulative, draws, side="right")
    own = rng.random(n) < SHARE_THEME
    # The track of the same rank in the playlist's theme: themes are dealt out like cards.
    tracks = np.where(own, tracks - tracks % universe.n_themes + themes, tracks)
    follows = rng.random(n) < SHARE_SAME_ARTIST
    share = rng.random(n) ** 4
    if not n:
        return tracks
    leader = np.maximum.accumulate(np.where(follows, 0, np.arange(n)))
    artist = universe.artist_of[tracks[leader]]
    start = universe.artist_start[artist]
    of_artist = universe.artist_start[artist + 1] - start
    theirs = universe.by_artist[start + (share * of_artist).astype(int)]
    return np.where(follows & (owner[leader] == owner), theirs, tracks)


def _repeats(owner: np.ndarray, tracks: np.ndarray) -> np.ndarray:
    """Entries whose track stands in the playlist before."""
    keys = owner * (int(tracks.max(initial=0)) + 1) + tracks
    order = np.argsort(keys, kind="stable")
    same = np.concatenate([[False], np.diff(keys[order]) == 0])
    return np.sort(order[same[: len(order)]])


def _plant(
    rng: np.random.Generator,
    universe: Universe,
    themes: np.ndarray,
    offsets: np.ndarray,
    tracks: np.ndarray,
) -> None:
    """Put planted tracks in the place of others: five places in a row hold pair and rule."""
    n = len(themes)
    length = np.diff(offsets)
    start = rng.integers(0, length)
    chance = rng.random((n, 5))
    pair = chance[:, 0] < universe.plant_share
    rule = chance[:, 1] < universe.plant_share
    alone = chance[:, 2] >= PAIR_TOGETHER  # half of them lack the first, half the second
    put = np.stack(
        [
            pair & ~(alone & (chance[:, 3] < 0.5)),
            pair & ~(alone & (chance[:, 3] >= 0.5)),
            rule,
            rule,
            rule & (chance[:, 4] < RULE_CONFIDENCE),
        ],
        axis=1,
    )
    items = np.concatenate([universe.pairs, universe.rules], axis=1)[themes]
    rows, places = np.nonzero(put)
    tracks[offsets[rows] + (start[rows] + places) % length[rows]] = items[rows, places]
