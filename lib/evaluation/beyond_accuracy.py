"""What is recommended, beyond whether it is right: how varied, how new, how widely spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import entr

from lib.errors import DataError, ParameterError
from lib.evaluation.intervals import LEVEL
from lib.evaluation.playlist_means import summarise
from lib.playlists.describing.tails import gini

POOLED = "all playlists"
"""Category of the measures of all lists together."""
HEAD_SHARE = 0.8
"""Entries that the head holds; the tracks outside are the long tail."""
RARE = 10
"""A track in fewer training playlists is rare."""

LIST_LABELS = {
    "distinct_artists": "different artists per track of a list",
    "distinct_albums": "different albums per track of a list",
    "top_artist_share": "share of a list by its most frequent artist",
    "novelty_bits": "novelty, bits",
    "tail_share": "share of a list from the long tail",
    "rare_share": f"share of a list in fewer than {RARE} training playlists",
}
"""What `list_variety` measures of each list."""
SYSTEM_LABELS = {
    "coverage": "share of the catalogue recommended to anyone",
    "gini": "Gini coefficient of recommendations over the catalogue",
    "artist_coverage": "share of artists recommended to anyone",
    "effective_artists": "effective number of artists recommended",
}
"""What `exposure` measures of all lists together."""


@dataclass(frozen=True)
class Catalogue:
    """What is known of the tracks from training playlists.

    Attributes
    ----------
    artist, album : numpy.ndarray of int, shape (tracks,)
        Their numbers, -1 unknown.
    held : numpy.ndarray of int, shape (tracks,)
        Training playlists that hold each track.
    n_playlists : int
        Training playlists.
    """

    artist: np.ndarray
    album: np.ndarray
    held: np.ndarray
    n_playlists: int

    def __post_init__(self) -> None:
        sizes = {len(self.artist), len(self.album), len(self.held)}
        if len(sizes) > 1 or self.n_playlists < max(self.held.max(initial=0), 1):
            raise DataError(
                f"catalogue: arrays of one length and counts up to {self.n_playlists:,} training "
                f"playlists expected, found lengths {sorted(sizes)} and counts up to "
                f"{self.held.max(initial=0):,}"
            )


def in_tail(held: np.ndarray) -> np.ndarray:
    """Mark the long tail: tracks beyond the head that makes up four fifths of all entries.

    Tracks are ranked by the playlists that hold them, and those with equally many stay together,
    in the head when it is not full without them.

    Examples
    --------
    >>> in_tail(np.array([5, 2, 2, 1, 0])).tolist()
    [False, False, False, True, True]
    """
    tracks = np.bincount(held)
    entries = tracks * np.arange(len(tracks))
    above = entries.sum() - np.cumsum(entries)  # held by more frequent tracks
    return (above >= HEAD_SHARE * entries.sum())[held]


def list_variety(ranked: np.ndarray, catalogue: Catalogue, length: int) -> pd.DataFrame:
    """Measure the first tracks of each list.

    - ``distinct_artists``, ``distinct_albums``: different ones / tracks whose artist or album is
      known; 1 when each is there once;
    - ``top_artist_share``: tracks by the list's most frequent artist / tracks of a known artist;
    - ``novelty_bits``: mean of -log₂ (training playlists that hold the track / all of them), the
      self-information of Zhou et al. (PNAS 2010); a track that none holds counts as held by one;
    - ``tail_share``: share of tracks in the long tail, see `in_tail`;
    - ``rare_share``: share of tracks in fewer than `RARE` training playlists.

    Parameters
    ----------
    ranked : numpy.ndarray of int, shape (playlists, k)
        Track numbers, best first, -1 where there is no more answer.
    catalogue : Catalogue
        The tracks.
    length : int
        Ranks to look at; a shorter list is measured as it is.

    Returns
    -------
    pandas.DataFrame of float64
        One row a playlist; missing where nothing is recommended, or no artist or album known.

    Examples
    --------
    >>> catalogue = Catalogue(np.array([0, 0, 1]), np.array([-1, -1, -1]), np.array([4, 2, 1]), 8)
    >>> lists = list_variety(np.array([[0, 1, 2]]), catalogue, 3)
    >>> lists.loc[0, ["distinct_artists", "top_artist_share", "novelty_bits"]].round(3).tolist()
    [0.667, 0.667, 2.0]
    """
    first = _first(ranked, length)
    there = first >= 0
    answers = there.sum(axis=1)
    bits = np.log2(catalogue.n_playlists) - np.log2(np.maximum(catalogue.held, 1))

    def mean(values: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            return np.where(there, values[first], 0).sum(axis=1) / answers

    distinct, top = _distinct(catalogue.artist, first)
    return pd.DataFrame(
        {
            "distinct_artists": distinct,
            "distinct_albums": _distinct(catalogue.album, first)[0],
            "top_artist_share": top,
            "novelty_bits": mean(bits),
            "tail_share": mean(in_tail(catalogue.held)),
            "rare_share": mean(catalogue.held < RARE),
        }
    )


def exposure(ranked: np.ndarray, catalogue: Catalogue, length: int) -> dict[str, float]:
    """Measure how the recommendations to all playlists spread over the catalogue.

    - ``coverage``: tracks recommended to anyone / all tracks;
    - ``gini``: Gini coefficient of how often each track is recommended, 0 when all are equally
      often, never recommended ones included;
    - ``artist_coverage``: artists recommended to anyone / all artists;
    - ``effective_artists``: as many artists, equally often recommended, would be as spread:
      exp(-Σ p log p) with p the share of recommendations by each (Jost, Oikos 2006).

    They grow with the number of playlists asked, so compare systems on the same ones.

    Parameters
    ----------
    ranked, catalogue, length
        As in `list_variety`.

    Returns
    -------
    dict of str to float
        Missing where nothing is recommended, or no artist known.

    Examples
    --------
    >>> catalogue = Catalogue(np.array([0, 0, 1, 2]), np.full(4, -1), np.array([4, 2, 1, 1]), 8)
    >>> found = exposure(np.array([[0, 2], [1, 2]]), catalogue, 2)
    >>> {name: round(value, 3) for name, value in found.items()}
    {'coverage': 0.75, 'gini': 0.375, 'artist_coverage': 0.667, 'effective_artists': 2.0}
    """
    first = _first(ranked, length)
    tracks = first[first >= 0]
    if not len(tracks):
        return dict.fromkeys(SYSTEM_LABELS, np.nan)
    times = np.bincount(tracks, minlength=len(catalogue.held))
    found = {"coverage": float((times > 0).mean()), "gini": gini(times)}
    known = catalogue.artist >= 0
    by_artist = np.bincount(catalogue.artist[known], times[known])
    all_artists = np.count_nonzero(np.bincount(catalogue.artist[known]))
    if not by_artist.any():
        return found | {"artist_coverage": np.nan, "effective_artists": np.nan}
    share = by_artist / by_artist.sum()
    found["artist_coverage"] = float(np.count_nonzero(by_artist) / all_artists)
    found["effective_artists"] = float(np.exp(entr(share).sum()))
    return found


def beyond_accuracy(
    ranked: np.ndarray,
    catalogue: Catalogue,
    category: np.ndarray,
    names: Sequence[str],
    lengths: Sequence[int],
    replicates: int,
    seed: int,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Tabulate `list_variety` and `exposure` of one system at several lengths of list.

    Parameters
    ----------
    ranked, catalogue
        As in `list_variety`.
    category, names, replicates, seed, level
        As in `lib.evaluation.playlist_means.summarise`.
    lengths : sequence of int
        Ranks to look at, e.g. 10 and 500.

    Returns
    -------
    pandas.DataFrame
        Columns ``length``, ``category``, ``metric``, ``playlists``, ``value``, ``low``, ``high``,
        ``level``. Measures of all lists together are of the category `POOLED` and have no interval;
        measures that no list has are left out.
    """
    parts = []
    for length in lengths:
        lists = list_variety(ranked, catalogue, length).dropna(axis=1, how="all")
        table = summarise(lists, category, names, replicates, seed, level)
        whole = exposure(ranked, catalogue, length)
        pooled = pd.DataFrame(
            {"category": POOLED, "metric": [*whole], "playlists": len(ranked),
             "value": [*whole.values()], "low": np.nan, "high": np.nan, "level": level}
        )  # fmt: skip
        both = pd.concat([table, pooled], ignore_index=True)
        both.insert(0, "length", length)
        parts.append(both)
    return pd.concat(parts, ignore_index=True)


def _first(ranked: np.ndarray, length: int) -> np.ndarray:
    ranked = np.asarray(ranked)
    if length < 1:
        raise ParameterError(f"length: expected 1 or more, found {length}")
    if ranked.ndim != 2 or not ranked.size:
        raise DataError(f"ranked: one row a playlist expected, found shape {ranked.shape}")
    return ranked[:, :length]


def _distinct(owner: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of different owners, and of the most frequent one, among each row's known ones."""
    owners = np.sort(np.append(owner, -1)[first], axis=1)
    begins = np.diff(owners, axis=1, prepend=-2) != 0  # equal owners stand in runs
    runs = np.flatnonzero(begins)
    times = np.diff(np.append(runs, owners.size))
    times[owners.ravel()[runs] < 0] = 0
    starts = np.append(0, begins.sum(axis=1).cumsum()[:-1])
    known = owners >= 0
    with np.errstate(invalid="ignore"):
        total = known.sum(axis=1)
        return (begins & known).sum(axis=1) / total, np.maximum.reduceat(times, starts) / total
