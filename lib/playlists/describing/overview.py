"""What a store of playlists holds, in tables small enough to read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lib.playlists.columns import TABLES
from lib.playlists.continuation.challenge import CATEGORIES, ChallengeSet
from lib.playlists.describing.tails import draw_groups, jackknife
from lib.playlists.names import names_of
from lib.playlists.store import Store, distinct_pairs

QUANTILES = {"min": 0, "5 %": 0.05, "median": 0.5, "95 %": 0.95, "max": 1}

_CODES = {("tracks", "artist"), ("tracks", "album")}


def playlist_numbers(store: Store) -> pd.DataFrame:
    """Return each playlist's numbers that are there at all.

    Returns
    -------
    pandas.DataFrame
        ``length`` (entries), ``repeats`` (entries of a track that came before in the playlist)
        and, where the source has them, ``num_followers`` and ``num_edits``.
    """
    wanted = ["length", "num_followers", "num_edits"]
    table = store.table("playlists", wanted).dropna(axis="columns", how="all")
    n_tracks = store.manifest["counts"]["tracks"]
    place, distinct = np.arange(n_tracks, dtype=np.int32), [np.zeros(0, np.int64)]
    for first, end in store.blocks():
        rows, _ = distinct_pairs(store.offsets[first : end + 1], store.entries, place, n_tracks)
        distinct.append(np.bincount(rows, minlength=end - first))
    table.insert(1, "repeats", table["length"] - np.concatenate(distinct))
    return table


def spread(numbers: pd.DataFrame) -> pd.DataFrame:
    """Describe each column of `playlist_numbers`: mean and `QUANTILES`."""
    rows = {}
    for name, column in numbers.items():
        values = column.dropna().to_numpy(float)
        rows[name] = [values.mean(), *np.quantile(values, list(QUANTILES.values()))]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["mean", *QUANTILES])


def shares(numbers: pd.DataFrame, groups: int, seed: int) -> pd.DataFrame:
    """Estimate what is claimed of playlists in general, with intervals.

    Parameters
    ----------
    numbers : pandas.DataFrame
        From `playlist_numbers`.
    groups, seed : int
        See `lib.playlists.describing.tails.draw_groups`.

    Returns
    -------
    pandas.DataFrame
        Indexed by the claim: ``value``, ``low``, ``high``. Correlations are of ranks
        (Spearman); those of a column that is absent, or constant, are left out.
    """
    length = numbers["length"].to_numpy(float)
    claims = {
        "mean length": length,
        "playlists with a repeat": (numbers["repeats"] > 0).to_numpy(float),
    }
    if "num_followers" in numbers:
        one = numbers["num_followers"].fillna(0) == 1
        claims["playlists with one follower"] = one.to_numpy(float)
    group = draw_groups(len(numbers), groups, seed)
    n = np.bincount(group, minlength=groups)
    rows = {}
    for name, values in claims.items():
        sums = np.bincount(group, values, groups)
        whole, without = sums.sum() / n.sum(), (sums.sum() - sums) / (n.sum() - n)
        rows[name] = (whole, *jackknife(whole, without))
    for other in ("num_followers", "num_edits"):
        if other not in numbers:
            continue
        ranks = [numbers[name].astype(float).rank() for name in ("length", other)]
        ranks = [rank.fillna(0).to_numpy() for rank in ranks]
        if all(np.ptp(rank) > 0 for rank in ranks):
            whole, without = _correlations(*ranks, group, groups)
            name = f"rank correlation of length and {other.removeprefix('num_')}"
            rows[name] = (whole, *jackknife(whole, without))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["value", "low", "high"])


def completeness(store: Store) -> pd.DataFrame:
    """Tell how much of each field is there; one column is read at a time.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``table.field``: ``present`` (share of rows), ``description``. Fields that the
        store itself counts are left out.
    """
    rows = {}
    for table, columns in TABLES.items():
        path = store.folder / f"{table}.parquet"
        for name, column in columns.items():
            if not column.nullable and (table, name) not in _CODES:
                continue
            cells = pq.read_table(path, columns=[name], memory_map=True)[name]
            missing = pc.sum(pc.less(cells, 0)).as_py() if not column.nullable else cells.null_count
            present = 1 - (missing or 0) / len(cells) if len(cells) else 0.0
            rows[f"{table}.{name}"] = (present, column.description)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["present", "description"])


def most_frequent(store: Store, level: str, top: int = 15) -> pd.DataFrame:
    """List the most frequent tracks, artists or albums.

    Returns
    -------
    pandas.DataFrame
        ``name``, ``entries``, ``share`` (of all entries).
    """
    entries = store.table(f"{level}s", ["entries"])["entries"].to_numpy(np.int64)
    numbers = np.argsort(-entries, kind="stable")[:top]
    shares = entries[numbers] / max(len(store.entries), 1)
    names = names_of(store, level, numbers)
    return pd.DataFrame({"name": names, "entries": entries[numbers], "share": shares})


def months_modified(store: Store) -> pd.Series:
    """Count the playlists last changed in each month, months without one included.

    Returns
    -------
    pandas.Series of int
        Indexed by the first day of the month; empty where no playlist has a date.
    """
    changed = store.table("playlists", ["modified_at"])["modified_at"].dropna()
    if not len(changed):
        return pd.Series(dtype="int64")
    counts = changed.dt.to_period("M").value_counts()
    whole = pd.period_range(counts.index.min(), counts.index.max(), freq="M")
    counts = counts.reindex(whole, fill_value=0)
    return counts.set_axis(counts.index.to_timestamp()).rename("playlists")


def challenge_table(challenge: ChallengeSet, store: Store) -> pd.DataFrame:
    """Describe the challenge set by category.

    Returns
    -------
    pandas.DataFrame
        Indexed by category: ``playlists``, ``seeds`` (known tracks a playlist), ``hidden``
        (median of the tracks to find), ``length`` (median of all), ``known_seeds`` (share of the
        seed tracks that the store has in a playlist; missing without seeds).
    """
    lists = challenge.playlists.set_index("pid")
    ids = store.table("tracks", ["track_id"])["track_id"]
    seeds = challenge.seeds.assign(known=challenge.seeds["track_id"].isin(ids))
    known = seeds.groupby(seeds["pid"].map(lists["category"]), observed=False)["known"].mean()
    grouped = lists.groupby("category", observed=False)
    table = pd.DataFrame(
        {"playlists": grouped.size(), "seeds": {c.name: c.seeds for c in CATEGORIES}}
    )
    table["hidden"] = grouped["num_holdouts"].median()
    table["length"] = grouped["num_tracks"].median()
    table["known_seeds"] = known
    return table.loc[[category.name for category in CATEGORIES]]


def _correlations(
    a: np.ndarray, b: np.ndarray, group: np.ndarray, groups: int
) -> tuple[np.ndarray, np.ndarray]:
    """Pearson's correlation of all rows, and of all but each group's."""
    a, b = a - a.mean(), b - b.mean()
    columns = (np.ones(len(a)), a, b, a * a, b * b, a * b)
    sums = np.array([np.bincount(group, column, groups) for column in columns])
    results = []
    for n, sa, sb, saa, sbb, sab in (sums.sum(axis=1), sums.sum(axis=1)[:, None] - sums):
        spread = np.sqrt((saa - sa**2 / n) * (sbb - sb**2 / n))
        results.append((sab - sa * sb / n) / spread)
    return results[0], results[1]
