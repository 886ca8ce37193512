"""Why a track is recommended: exact counts from the training playlists, and what it shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from lib.playlists.continuation.queries import Queries
from lib.playlists.texts import normalise_title
from lib.recommenders.base import Training
from lib.recommenders.rank import cleaned

LEAST = 2
"""Playlists from which a count is a reason; one playlist may be anybody's."""
Z = 1.96
KINDS = {
    "together": "together with a seed",
    "titled": "in playlists of that title",
    "artist": "by a seed's artist",
    "album": "on a seed's album",
}
"""Kinds of reasons, and what they say."""


@dataclass(frozen=True)
class Links:
    """What ties recommended tracks to their playlists; arrays of shape (queries, k) but for one.

    Attributes
    ----------
    given : numpy.ndarray of int64, shape (queries,)
        Known seeds of each query.
    seed : numpy.ndarray of int32
        The seed that says most for the track, -1 for none, see `links`.
    shared, of : numpy.ndarray of int32
        Training playlists that hold both, and that hold the seed; 0 for none.
    times : numpy.ndarray of float32
        shared / of, over the track's share of all training playlists; 0 for none.
    artist, album : numpy.ndarray of int32
        Seeds by the track's artist, and from its album.
    titled, called : numpy.ndarray of int32
        Training playlists of the same normalised title that hold the track, and all of that title.
    """

    given: np.ndarray
    seed: np.ndarray
    shared: np.ndarray
    of: np.ndarray
    times: np.ndarray
    artist: np.ndarray
    album: np.ndarray
    titled: np.ndarray
    called: np.ndarray

    @property
    def chance(self) -> np.ndarray:
        """P(track | seed) of the best reason, 0 for none."""
        return self.shared / np.maximum(self.of, 1)

    def has(self) -> dict[str, np.ndarray]:
        """Tell which of `KINDS` each track has."""
        return {
            "together": self.seed >= 0,
            "titled": self.titled >= LEAST,
            "artist": self.artist > 0,
            "album": self.album > 0,
        }


def links(queries: Queries, tracks: np.ndarray, training: Training) -> Links:
    """Count what ties recommended tracks to their playlists.

    A seed says something for a track when they share `LEAST` playlists or more, and the lower end
    of the 95 % interval of shared / of (Wilson, JASA 1927) is above the track's share of all
    playlists. The best is the one with the highest lower end, so that 812 of 3,020 says more than
    2 of 9; of equals the first.

    Parameters
    ----------
    queries : Queries
        What was asked; unknown and repeated seeds are left out.
    tracks : numpy.ndarray of int, shape (queries, k)
        Answers, -1 for none.
    training : Training
        Playlists that are counted: those that the recommenders learnt from.
    """
    queries = cleaned(queries, training.tracks.shape[1])
    names = ("seed", "shared", "of", "artist", "album", "titled", "called")
    found = {name: np.zeros(tracks.shape, np.int32) for name in names}
    found["seed"][:] = -1
    times = np.zeros(tracks.shape, np.float32)
    same_title = playlists_called(training)
    share = np.maximum(training.popularity, 1) / max(training.tracks.shape[0], 1)
    for row, (seeds, title) in enumerate(zip(queries.seeds, queries.titles, strict=True)):
        there = np.flatnonzero(tracks[row] >= 0)
        own = tracks[row, there]
        if len(seeds) and len(own):
            shared = together(training, seeds, own)
            of = training.popularity[seeds]
            best = _best(shared, of, share[own])
            known, columns = best >= 0, np.arange(len(own))
            best = np.maximum(best, 0)
            found["seed"][row, there] = np.where(known, seeds[best], -1)
            found["shared"][row, there] = np.where(known, shared[best, columns], 0)
            found["of"][row, there] = np.where(known, of[best], 0)
            chance = shared[best, columns] / np.maximum(of[best], 1)
            times[row, there] = np.where(known, chance / share[own], 0)
            for name in ("artist", "album"):
                owner = getattr(training, name)
                same = (owner[seeds][:, None] == owner[own]) & (owner[own] >= 0)
                found[name][row, there] = same.sum(axis=0)
        rows = same_title.get(normalise_title(title), ()) if title else ()
        if len(rows):
            held = np.bincount(training.tracks[rows].indices, minlength=training.tracks.shape[1])
            found["titled"][row, there], found["called"][row, there] = held[own], len(rows)
    given = np.array([len(seeds) for seeds in queries.seeds], np.int64)
    return Links(given, **found, times=times)


def together(training: Training, seeds: np.ndarray, tracks: np.ndarray) -> np.ndarray:
    """Count the training playlists that hold both of a seed and a track, int64 (seeds, tracks)."""
    both = training.by_track[seeds] @ sp.csr_array(training.by_track[tracks]).T
    return np.rint(both.toarray()).astype(np.int64)


def playlists_called(training: Training) -> dict[str, np.ndarray]:
    """List the training playlists of each normalised title."""
    titles = pd.Series(training.titles, dtype=object)
    rows = dict(titles.groupby(titles).indices)
    rows.pop("", None)
    return rows


def _best(shared: np.ndarray, of: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Choose the seed (its place) for each track, -1 for none."""
    n = np.maximum(of, 1)[:, None]
    p = shared / n
    # Lower end of Wilson's interval.
    low = (p + Z**2 / (2 * n) - Z * np.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))) / (1 + Z**2 / n)
    good = (shared >= LEAST) & (low > share)
    low = np.where(good, low, -1)
    return np.where(good.any(axis=0), low.argmax(axis=0), -1)


def in_words(found: Links, row: int, place: int, called: dict[int, str], title: str) -> str:
    """Say the reasons for one track, the strongest first.

    Parameters
    ----------
    found : Links
    row, place : int
        Query and place of the track in its answer.
    called : dict of int to str
        Names of the seeds, by number.
    title : str
        The playlist's title.

    Returns
    -------
    str
        ``""`` when nothing ties the track to the playlist.
    """
    names = ("seed", "shared", "of", "times", "artist", "album", "titled", "called")
    one = {name: getattr(found, name)[row, place] for name in names}
    said = []
    if one["seed"] >= 0:
        said.append(
            f"in {one['shared']:,} of the {one['of']:,} playlists that contain "
            f"{called[int(one['seed'])]}, {_short(float(one['times']))} times its share of all"
        )
    if one["titled"] >= LEAST:
        said.append(f"in {one['titled']:,} of {one['called']:,} playlists called ‘{title}’")
    if one["artist"]:
        said.append(f"by the artist of {one['artist']:,} of the tracks given")
    if one["album"]:
        said.append(f"on the album of {one['album']:,} of the tracks given")
    return "; ".join(said)


def _short(times: float) -> str:
    return f"{times:.1f}" if times < 9.95 else f"{times:,.0f}"
