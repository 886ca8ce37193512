"""The published features of a track's playlist count, which hold the count.

An artist's playlists include those that hold the track, and positions in playlists exist once for
each entry: with one entry their deviation is 0.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.playlists.store import Store, distinct_pairs

PUBLISHED = (
    "avg_position",
    "std_position",
    "position_consistency",
    "artist_popularity",
    "album_popularity",
    "duration_normalized",
)
"""Features of the published models, by the names of their source."""


def published_features(store: Store, rows: np.ndarray | None = None) -> pd.DataFrame:
    """Make the published features of tracks, from all entries of these tracks.

    Mean and standard deviation (0 for a single entry) of positions in playlists; 1 / (1 + the
    deviation); log(1 + playlists that hold the artist, or the album, at least once), 0 where that
    is not known; duration as a standard score, 0 where there is none.

    Parameters
    ----------
    store : Store
        The playlists.
    rows : numpy.ndarray of int, optional
        Tracks; entries of others are not looked at. All by default.

    Returns
    -------
    pandas.DataFrame
        Columns `PUBLISHED`, one row for each of `rows`.
    """
    n = store.manifest["counts"]["tracks"]
    rows = np.arange(n) if rows is None else np.asarray(rows)
    used = np.zeros(n, bool)
    used[rows] = True
    entries, places, squares = np.zeros(n), np.zeros(n), np.zeros(n)
    owners = {}
    for name in ("artist", "album"):
        numbers = store.table("tracks", [name])[name].to_numpy(np.int32)
        owners[name] = np.where(used, numbers, -1).astype(np.int32)
    # The last place is for no artist or album: nothing is counted there.
    held = {name: np.zeros(int(owner.max(initial=-1)) + 2) for name, owner in owners.items()}
    for first, end in store.blocks():
        offsets = store.offsets[first : end + 1]
        track = store.entries[offsets[0] : offsets[-1]]
        place = np.arange(len(track)) - np.repeat(offsets[:-1] - offsets[0], np.diff(offsets))
        for power, total in enumerate((entries, places, squares)):
            total += np.bincount(track, place.astype(float) ** power, n)
        for name, owner in owners.items():
            _, items = distinct_pairs(offsets, store.entries, owner, len(held[name]))
            held[name] += np.bincount(items, minlength=len(held[name]))
    entries, places, squares = entries[rows], places[rows], squares[rows]
    mean = places / np.maximum(entries, 1)
    spread = np.sqrt(np.maximum(squares - entries * mean**2, 0) / np.maximum(entries - 1, 1))
    spread[entries < 2] = 0
    minutes = store.table("tracks", ["duration_ms"])["duration_ms"].iloc[rows]
    minutes = minutes.astype("float64").reset_index(drop=True) / 60_000
    table = pd.DataFrame({"avg_position": mean, "std_position": spread})
    table["position_consistency"] = 1 / (1 + spread)
    for name, owner in owners.items():
        table[f"{name}_popularity"] = np.log1p(held[name][owner[rows]])
    table["duration_normalized"] = ((minutes - minutes.mean()) / minutes.std()).fillna(0)
    return table[list(PUBLISHED)]
