"""What stands where in playlists, and what comes next, beside shuffled playlists.

The null throughout is the same playlist with its entries in random order. It keeps all that a
playlist holds, so that whatever is beyond it is a matter of order alone.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.errors import DataError, ParameterError
from lib.playlists.describing.tails import LEVEL, draw_groups, jackknife
from lib.playlists.sequence.sequences import Ordered, shuffle_order, together
from lib.playlists.store import Store

PARTS = 10
"""Parts of a playlist in a profile of positions."""
LAGS = 10
"""Steps ahead that are looked at."""

QUANTITIES = {
    "popularity": "playlists of the track, orders of magnitude",
    "duration": "length of the track, minutes",
    "same artist": "share whose artist stands in the playlist elsewhere",
}
"""What `entry_values` tells of an entry."""


def entry_values(store: Store, ordered: Ordered) -> pd.DataFrame:
    """Tell of each entry those of `QUANTITIES` that the store knows; missing values are NaN."""
    table = store.table("tracks", ["playlists", "duration_ms"]).iloc[ordered.codes["track"]]
    values = {"popularity": np.log10(table["playlists"].to_numpy(float))}
    duration = table["duration_ms"].astype("Float64").to_numpy(float, na_value=np.nan) / 60_000
    if np.isfinite(duration).any():
        values["duration"] = duration
    if "artist" in ordered.codes:
        code = ordered.codes["artist"]
        number, times = together(ordered, code)
        values["same artist"] = np.where(code >= 0, times[number] > 1, np.nan)
    return pd.DataFrame(values)


def profile_positions(
    ordered: Ordered, values: pd.DataFrame, min_length: int = 20, draws: int = 20,
    groups: int = 50, seed: int = 42,
) -> pd.DataFrame:  # fmt: skip
    """Mean of each quantity in the tenths of a playlist, less the mean of that playlist.

    Parameters
    ----------
    ordered : Ordered
        The entries.
    values : pandas.DataFrame, shape (entries, quantities)
        From `entry_values`.
    min_length : int, optional
        Only playlists of so many entries, at least `PARTS`.
    draws : int, optional
        Shuffles within playlists beside it.
    groups, seed : int, optional
        Groups of playlists left out in turn, for intervals; seed of dealing and shuffles.

    Returns
    -------
    pandas.DataFrame
        A row a quantity and tenth: ``quantity``, ``tenth`` (from 1), ``value`` (mean over
        playlists of the difference from the playlist's mean), ``low``, ``high``, ``level``,
        ``shuffled_low``, ``shuffled_high`` (least and greatest of the draws), ``playlists``.
    """
    if min_length < PARTS:
        raise ParameterError(f"min_length: expected {PARTS} or more, found {min_length}")
    long = ordered.length >= min_length
    if long.sum() < groups:
        raise DataError(
            f"{long.sum():,} playlists of {min_length} entries or more: expected at least "
            f"{groups}, one a group; lower MIN_LENGTH or GROUPS"
        )
    group = draw_groups(int(long.sum()), groups, seed)
    kept = long[ordered.playlist]
    row = (np.cumsum(long) - 1)[ordered.playlist[kept]]
    length = ordered.length[ordered.playlist[kept]]
    tenth = ((2 * ordered.place[kept] + 1) * PARTS) // (2 * length)
    rng = np.random.default_rng(seed)
    orders = [shuffle_order(row, rng) for _ in range(draws)]
    rows = []
    for name in values:
        column = values.loc[kept, name].to_numpy(float)
        sums, count = _profile(row, tenth, column, group, groups)
        whole = sums.sum(axis=0) / np.maximum(count.sum(axis=0), 1)
        left = (sums.sum(axis=0) - sums) / np.maximum(count.sum(axis=0) - count, 1)
        low, high = jackknife(whole, left)
        none = []
        for order in orders:
            s, c = _profile(row, tenth, column[order], group, groups)
            none.append(s.sum(axis=0) / np.maximum(c.sum(axis=0), 1))
        rows.append(pd.DataFrame({
            "quantity": name, "tenth": np.arange(PARTS) + 1, "value": whole, "low": low,
            "high": high, "level": LEVEL, "shuffled_low": np.min(none, axis=0),
            "shuffled_high": np.max(none, axis=0), "playlists": int(long.sum()),
        }))  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def count_next(ordered: Ordered, draws: int = 20, groups: int = 50, seed: int = 42) -> pd.DataFrame:
    """How often the entry k places on has the same artist, album or track, over chance.

    In a playlist of n entries in random order, two places hold entries of the same artist with
    probability Σ m (m - 1) / (n (n - 1)), where m counts the entries of each artist; there are
    n - k pairs of places k apart. The expectation is exact, no shuffle is needed for it.

    Parameters
    ----------
    ordered : Ordered
        The entries.
    draws : int, optional
        Shuffles within playlists, to see how far chance goes.
    groups, seed : int, optional
        As in `profile_positions`.

    Returns
    -------
    pandas.DataFrame
        A row a level and step: ``what``, ``step`` (1 to `LAGS`), ``observed``, ``expected``,
        ``ratio``, ``low``, ``high``, ``level``, ``shuffled_low``, ``shuffled_high`` (least and
        greatest ratio of the draws), ``playlists``. Levels of which nothing is
        expected without one of the groups are left out.
    """
    group = draw_groups(len(ordered.length), groups, seed)
    rng = np.random.default_rng(seed)
    orders = [shuffle_order(ordered.playlist, rng) for _ in range(draws)]
    steps = np.arange(1, LAGS + 1)
    n = ordered.length
    places = np.maximum(n[None, :] - steps[:, None], 0) / np.maximum(n * (n - 1), 1)
    rows = []
    for what, code in ordered.codes.items():
        number, times = together(ordered, code)
        both = np.bincount(ordered.playlist, np.where(code >= 0, times[number] - 1, 0), len(n))
        expected = np.stack([np.bincount(group, one * both, groups) for one in places], axis=1)
        rest = expected.sum(axis=0) - expected
        if not (rest > 1e-9 * expected.sum(axis=0)).all():
            continue
        observed = _same_ahead(ordered, code, group, groups)
        whole = observed.sum(axis=0) / expected.sum(axis=0)
        left = (observed.sum(axis=0) - observed) / rest
        low, high = jackknife(whole, left)
        none = [
            _same_ahead(ordered, code[order], group, groups).sum(axis=0) / expected.sum(axis=0)
            for order in orders
        ]
        rows.append(pd.DataFrame({
            "what": what, "step": steps, "observed": observed.sum(axis=0).astype(np.int64),
            "expected": expected.sum(axis=0), "ratio": whole, "low": low, "high": high,
            "level": LEVEL, "shuffled_low": np.min(none, axis=0),
            "shuffled_high": np.max(none, axis=0), "playlists": len(n),
        }))  # fmt: skip
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=["what", "step"])


def _same_ahead(ordered: Ordered, code: np.ndarray, group: np.ndarray, groups: int) -> np.ndarray:
    """Count entries with the same code so many steps ahead, by group and step."""
    counts = np.zeros((groups, LAGS))
    for step in range(1, LAGS + 1):
        same = (code[step:] == code[:-step]) & (code[step:] >= 0)
        same &= ordered.playlist[step:] == ordered.playlist[:-step]
        counts[:, step - 1] = np.bincount(group[ordered.playlist[step:][same]], minlength=groups)
    return counts


def _profile(
    row: np.ndarray, tenth: np.ndarray, values: np.ndarray, group: np.ndarray, groups: int
) -> tuple[np.ndarray, np.ndarray]:
    """Sum over each group's playlists the tenth's mean less the playlist's; and count them."""
    there, n = np.isfinite(values), len(group)
    filled = np.where(there, values, 0.0)
    mean = np.bincount(row, filled, n) / np.maximum(np.bincount(row, there, n), 1)
    cell = row * PARTS + tenth
    count = np.bincount(cell, there, n * PARTS)
    total = np.bincount(cell, np.where(there, filled - mean[row], 0), n * PARTS)
    each = np.divide(total, count, out=np.zeros(len(count)), where=count > 0).reshape(n, PARTS)
    sums, counts = np.zeros((groups, PARTS)), np.zeros((groups, PARTS))
    np.add.at(sums, group, each)
    np.add.at(counts, group, (count > 0).reshape(n, PARTS))
    return sums, counts
