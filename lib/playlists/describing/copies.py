"""Find playlists that hold the same tracks, or nearly the same."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.playlists.store import Store

BANDS, ROWS = 16, 4
"""Smallest hashes a playlist: 16 bands of 4. Two playlists are compared when all four of a band
agree, which two of Jaccard similarity j do with probability 1 - (1 - j⁴)¹⁶: 99.98 % at 0.8, 65 %
at 0.5 and 12 % at 0.3."""
MARGIN = 0.2
"""A candidate is only compared track by track when the share of its 64 hashes that agree is less
than this below the wanted similarity: at 0.8 four standard errors."""
BLOCK = 200_000
"""Entries hashed at a time: what fits into the processor's cache."""
NEXT = 20
"""Playlists of a band's bucket are compared with so many after them in the bucket."""


def near_copies(
    store: Store, least: float = 0.8, min_tracks: int = 5, seed: int = 42
) -> pd.DataFrame:
    """Find pairs of playlists whose sets of tracks are alike.

    Candidates come from min-wise hashes in bands (Broder 1997; Indyk and Motwani 1998), so that
    a million playlists are not compared with each other; each candidate is then compared track by
    track. A pair may be missed, see `BANDS`, and of a large bunch of copies only some pairs are
    listed; a pair that is listed is one.

    Parameters
    ----------
    store : Store
        The playlists.
    least : float, optional
        Jaccard similarity of the two sets of tracks from which a pair is listed.
    min_tracks : int, optional
        Shorter playlists are left out.
    seed : int, optional
        Seed of the hashes.

    Returns
    -------
    pandas.DataFrame
        ``first``, ``second`` (rows of the playlist table, first < second), ``shared`` tracks,
        ``jaccard``; the most alike first.
    """
    rows = np.flatnonzero(store.lengths() >= min_tracks)
    signatures = _signatures(store, seed)[rows]
    pairs = [np.zeros(0, np.int64)]
    for band in range(BANDS):
        keys = _mixed(signatures[:, band * ROWS : (band + 1) * ROWS])
        order = np.argsort(keys, kind="stable")
        for step in range(1, NEXT + 1):
            same = np.flatnonzero(keys[order[step:]] == keys[order[:-step]])
            first, second = _likely(signatures, order[same], order[same + step], least - MARGIN)
            pairs.append(rows[first] * len(store.offsets) + rows[second])
    found = []
    for first, second in zip(
        *np.divmod(np.unique(np.concatenate(pairs)), len(store.offsets)), strict=True
    ):
        a, b = (np.unique(store.tracks_of(row)) for row in (first, second))
        shared = len(np.intersect1d(a, b, assume_unique=True))
        found.append((first, second, shared, shared / (len(a) + len(b) - shared)))
    table = pd.DataFrame(found, columns=["first", "second", "shared", "jaccard"])
    table = table[table["jaccard"] >= least]
    order = ["jaccard", "shared", "first", "second"]
    return table.sort_values(order, ascending=[False, False, True, True], ignore_index=True)


def _signatures(store: Store, seed: int) -> np.ndarray:
    """Smallest hash of each playlist's tracks under each function, uint32."""
    rng = np.random.default_rng(seed)
    # Each track's random number is looked up once; a function is a multiplication of it by an odd
    # number, of which the upper half is kept (Dietzfelbinger and others 1997).
    numbers = rng.integers(2**64, size=store.manifest["counts"]["tracks"], dtype=np.uint64)
    factors = rng.integers(2**64, size=BANDS * ROWS, dtype=np.uint64) | np.uint64(1)
    made = np.zeros((len(store.offsets) - 1, BANDS * ROWS), np.uint32)
    for first, end in store.blocks(BLOCK):
        offsets = store.offsets[first : end + 1]
        full = np.flatnonzero(np.diff(offsets))
        if not len(full):
            continue
        values = numbers[store.entries[offsets[0] : offsets[-1]]]
        starts = offsets[:-1][full] - offsets[0]
        for function, factor in enumerate(factors):
            hashes = (values * factor) >> np.uint64(32)
            made[first + full, function] = np.minimum.reduceat(hashes, starts)
    return made


def _likely(
    signatures: np.ndarray, first: np.ndarray, second: np.ndarray, least: float
) -> tuple[np.ndarray, np.ndarray]:
    """Keep the pairs of which enough hashes agree; a block at a time."""
    kept = [np.zeros(0, bool)]
    for begin in range(0, len(first), 100_000):
        part = slice(begin, begin + 100_000)
        kept.append((signatures[first[part]] == signatures[second[part]]).mean(axis=1) >= least)
    chosen = np.concatenate(kept)
    return first[chosen], second[chosen]


def _mixed(part: np.ndarray) -> np.ndarray:
    """Mix the columns of uint32 into one number of 64 bits a row."""
    key = np.zeros(len(part), np.uint64)
    for column in part.T:
        key = (key ^ column) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    return key
