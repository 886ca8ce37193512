"""How varied each playlist is: artists, albums, and how popular its tracks are."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import gammaln, xlogy

from lib.playlists.store import Store

DRAWN = 10
"""Entries drawn for the number of distinct artists or albums at equal length."""
TIERS = ("head", "middle", "tail")
MEASURES = {
    "distinct": "distinct {level}s per entry",
    "at_ten": f"distinct {{level}}s among {DRAWN} entries drawn",
    "shannon": "Shannon entropy of {level}s, nats",
    "gini_simpson": "chance that two entries differ in {level}",
}
"""Measures of a playlist and what they are; ``level`` is artist or album."""


def diversity(store: Store, level: str) -> pd.DataFrame:
    """Measure how varied the artists or albums of each playlist are.

    Entries whose artist or album is unknown are left out. With n entries, n_i of them by artist i:

    - ``distinct``: artists / n, which falls with length by itself;
    - ``at_ten``: Σ (1 - C(n - n_i, 10) / C(n, 10)), the artists expected among ten entries drawn
      (rarefaction: Hurlbert 1971), the same at any length; missing below ten entries;
    - ``shannon``: -Σ p_i log p_i with p_i = n_i / n, which rises with length by itself;
    - ``gini_simpson``: 1 - Σ n_i (n_i - 1) / (n (n - 1)), the same at any length (Simpson 1949);
      missing below two entries.

    Parameters
    ----------
    store : Store
        The playlists.
    level : str
        ``"artist"`` or ``"album"``.

    Returns
    -------
    pandas.DataFrame of float64
        One row a playlist, one column a measure; missing where no entry has an artist.
    """
    owner = store.table("tracks", [level])[level].to_numpy(np.int64)
    width = int(owner.max(initial=0)) + 1
    parts = []
    for first, end in store.blocks():
        offsets = store.offsets[first : end + 1]
        owners = owner[store.entries[offsets[0] : offsets[-1]]]
        rows = np.repeat(np.arange(end - first), np.diff(offsets))
        known = owners >= 0
        keys = np.sort(rows[known] * width + owners[known])
        starts = np.flatnonzero(np.concatenate([[True], np.diff(keys) > 0])[: len(keys)])
        times = np.diff(np.append(starts, len(keys))).astype(float)
        parts.append(_measures(keys[starts] // width, times, end - first))
    return pd.concat(parts, ignore_index=True)


def _measures(rows: np.ndarray, times: np.ndarray, n_rows: int) -> pd.DataFrame:
    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(rows, values, n_rows)

    n = total(times)
    of = n[rows]
    with np.errstate(divide="ignore", invalid="ignore"):
        # log of C(n - n_i, 10) / C(n, 10); nobody is missed when fewer than ten others are there.
        rest = of - times
        missed = gammaln(rest + 1) - gammaln(rest - DRAWN + 1)
        missed -= gammaln(of + 1) - gammaln(of - DRAWN + 1)
        missed = np.where(rest >= DRAWN, np.exp(missed), 0.0)
        share = times / of
        return pd.DataFrame(
            {
                "distinct": total(np.ones(len(rows))) / n,
                "at_ten": np.where(n >= DRAWN, total(1 - missed), np.nan),
                "shannon": np.where(n > 0, -total(xlogy(share, share)), np.nan),
                "gini_simpson": np.where(n > 1, 1 - total(times * (times - 1)) / (n * (n - 1)),
                                         np.nan),
            }
        )  # fmt: skip


def track_tiers(playlists: np.ndarray, entries: np.ndarray) -> np.ndarray:
    """Cut tracks into head, middle and tail, which hold a third of all entries each.

    Tracks are ranked by the playlists that hold them, and those with equally many stay together,
    so the thirds are as even as that allows.

    Parameters
    ----------
    playlists, entries : numpy.ndarray of int, shape (tracks,)
        Playlists that hold each track; its entries.

    Returns
    -------
    numpy.ndarray of int8, shape (tracks,)
        Place in `TIERS`.

    Examples
    --------
    >>> track_tiers(np.array([9, 3, 3, 3, 1, 1]), np.array([9, 3, 3, 3, 4, 5])).tolist()
    [0, 1, 1, 1, 2, 2]
    """
    counts = np.bincount(playlists, entries)
    above = counts.sum() - np.cumsum(counts)  # entries of more frequent tracks
    middle = (above + counts / 2) / max(counts.sum(), 1)
    return np.minimum(3 * middle[playlists], 2).astype(np.int8)


def tier_shares(store: Store) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Share of each playlist's entries in each tier, and what the tiers are.

    Returns
    -------
    shares : pandas.DataFrame of float64
        One row a playlist, one column a tier; missing for an empty playlist.
    tiers : pandas.DataFrame
        One row a tier: ``tier``, ``tracks``, ``entries``, ``fewest`` and ``most`` playlists that
        hold one of its tracks.
    """
    tracks = store.table("tracks", ["playlists", "entries"])
    held, entries = tracks["playlists"].to_numpy(), tracks["entries"].to_numpy()
    tier = track_tiers(held, entries)
    n_tiers, parts = len(TIERS), []
    for first, end in store.blocks():
        offsets = store.offsets[first : end + 1]
        rows = np.repeat(np.arange(end - first), np.diff(offsets))
        keys = rows * n_tiers + tier[store.entries[offsets[0] : offsets[-1]]]
        counts = np.bincount(keys, minlength=(end - first) * n_tiers).reshape(-1, n_tiers)
        with np.errstate(invalid="ignore"):
            parts.append(counts / counts.sum(axis=1, keepdims=True))
    grouped = pd.DataFrame({"tier": tier, "held": held, "entries": entries}).groupby("tier")
    about = grouped.agg(
        tracks=("held", "size"), entries=("entries", "sum"), fewest=("held", "min"),
        most=("held", "max"),
    ).reset_index()  # fmt: skip
    about["tier"] = [TIERS[place] for place in about["tier"]]
    return pd.DataFrame(np.concatenate(parts), columns=list(TIERS)), about


def measure_playlists(store: Store) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure each playlist in every way that the store's columns allow.

    Returns
    -------
    values : pandas.DataFrame of float64
        One row a playlist; columns "artist distinct", …, "album distinct", … where there are
        artists and albums, and those of `TIERS`.
    tiers : pandas.DataFrame
        See `tier_shares`.
    """
    shares, tiers = tier_shares(store)
    parts = []
    for level in ("artist", "album"):
        if (store.table("tracks", [level])[level] >= 0).any():
            parts.append(diversity(store, level).add_prefix(f"{level} "))
    return pd.concat([*parts, shares], axis=1), tiers
