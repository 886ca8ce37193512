"""Which artist, or track, comes right after which, more often than in random order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy.sparse as sp

from lib.errors import ParameterError
from lib.playlists.describing.tails import LEVEL, draw_groups, jackknife
from lib.playlists.sequence.sequences import Ordered, shuffled_within


def follow(
    ordered: Ordered, top: int = 150, min_expected: float = 5.0, draws: int = 20,
    groups: int = 50, seed: int = 42, level: str = "artist",
) -> tuple[pd.DataFrame, np.ndarray, float]:  # fmt: skip
    """Compare how often one artist directly follows another with playlists in random order.

    With a and b entries of two artists in a playlist of n, in random order b follows a
    ab / n times on average: (n - 1) pairs of neighbours, each (a, b) with probability
    ab / (n (n - 1)). How far chance goes among so many pairs is read off shuffles: a pair counts
    as beyond chance when its (observed - expected) / √expected exceeds the greatest of all pairs
    in every shuffle (Westfall and Young 1993).

    Parameters
    ----------
    ordered : Ordered
        The entries; they need the level.
    top : int, optional
        Artists with the most entries that are looked at.
    min_expected : float, optional
        Only pairs expected so often by chance.
    draws : int, optional
        Shuffles within playlists.
    groups, seed : int, optional
        Groups of playlists left out in turn, for intervals; seed of dealing and shuffles.
    level : str, optional
        ``"artist"``; or ``"track"``, then read track for artist.

    Returns
    -------
    pairs : pandas.DataFrame
        ``first``, ``then`` (places among the artists), ``observed``, ``expected``, ``ratio``,
        ``low``, ``high``, ``level``, ``z``, ``beyond``; the largest z first.
    artists : numpy.ndarray of int64
        Their numbers in the store, the most frequent first.
    limit : float
        Greatest z in the shuffles.
    """
    if level not in ordered.codes:
        raise ParameterError(f"follow: these playlists do not tell the {level}s of their tracks")
    code = ordered.codes[level]
    times = np.bincount(code[code >= 0])
    artists = np.argsort(-times, kind="stable")[:top]
    place = np.full(len(times) + 1, -1)  # the last is for no artist
    place[artists] = np.arange(len(artists))
    group = draw_groups(len(ordered.length), groups, seed)
    expected = _expected(ordered, place[code], len(artists), np.ones(len(group), bool))
    wanted = expected >= min_expected
    np.fill_diagonal(wanted, val=False)
    first, then = np.nonzero(wanted)
    mean = expected[first, then]
    numbers = _pair_numbers(first, then, len(artists))
    observed = _observed(ordered, place[code], numbers, group, groups)
    z = (observed.sum(axis=0) - mean) / np.sqrt(mean)
    limit = 0.0
    for draw in range(draws):
        none = shuffled_within(ordered, seed + draw)
        count = _observed(none, place[none.codes[level]], numbers, group, groups).sum(axis=0)
        limit = max(limit, ((count - mean) / np.sqrt(mean)).max(initial=0))
    by_group = np.array(
        [
            _expected(ordered, place[code], len(artists), group == g)[first, then]
            for g in range(groups)
        ]
    )
    ratio = observed.sum(axis=0) / np.maximum(mean, 1e-12)
    left = (observed.sum(axis=0) - observed) / np.maximum(mean - by_group, 1e-12)
    low, high = jackknife(ratio, left)
    table = pd.DataFrame({
        "first": first, "then": then, "observed": observed.sum(axis=0).astype(np.int64),
        "expected": mean, "ratio": ratio, "low": np.maximum(low, 0), "high": high, "level": LEVEL,
        "z": z, "beyond": z > limit,
    })  # fmt: skip
    order = np.argsort(-z, kind="stable")
    return table.iloc[order].reset_index(drop=True), artists, float(limit)


def _expected(ordered: Ordered, place: np.ndarray, width: int, kept: np.ndarray) -> np.ndarray:
    """Return the expected number of times that each artist follows each, in the playlists kept."""
    inside = (place >= 0) & kept[ordered.playlist]
    cells = (np.ones(inside.sum()), (ordered.playlist[inside], place[inside]))
    counts = sp.coo_array(cells, shape=(len(ordered.length), width)).tocsr()
    shares = sp.diags_array(1 / np.maximum(ordered.length, 1)) @ counts
    return (counts.T @ shares).toarray()


def _pair_numbers(first: np.ndarray, then: np.ndarray, width: int) -> np.ndarray:
    """Give each pair wanted its number, -1 for the others."""
    numbers = np.full((width, width), -1)
    numbers[first, then] = np.arange(len(first))
    return numbers


def _observed(
    ordered: Ordered, place: np.ndarray, numbers: np.ndarray, group: np.ndarray, groups: int
) -> np.ndarray:
    """Count the wanted pairs among neighbours, by group of playlists."""
    a, b = place[:-1], place[1:]
    inside = (a >= 0) & (b >= 0) & (ordered.playlist[:-1] == ordered.playlist[1:])
    number = numbers[a[inside], b[inside]]
    of = group[ordered.playlist[:-1][inside]][number >= 0]
    n = int(numbers.max(initial=-1)) + 1
    counts = np.bincount(of * n + number[number >= 0], minlength=groups * n)
    return counts.reshape(groups, n).astype(float)
