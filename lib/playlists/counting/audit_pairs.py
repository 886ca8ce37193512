"""A published way to count pairs of tracks that corrupts the counts, beside the right one.

The loop goes over each track of a playlist and each later one, and swaps the two where they are
not in order. The swap overwrites the outer track, so that it goes on with the other one: some
pairs are counted many times, most never. A "confidence" made of such counts can exceed 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from lib.errors import DataError
from lib.playlists.clustering.views import sampled
from lib.playlists.counting.cooccurrence import Items, select_items
from lib.playlists.store import Store

TRACK_SHARE, PAIR_SHARE = 0.001, 0.0001
"""Published thresholds: tracks in 1,000 and pairs in 100 of the million playlists."""
MIN_TRACK, MIN_PAIR = 10, 5
"""Never fewer playlists than these; a few shared playlists are no rule."""
MIN_CONFIDENCE = 0.1
SAVED = 10_000
"""Rules that were saved, those of the highest lift; the published averages are of these."""
CHUNK = 4_000_000


@dataclass(frozen=True)
class PairAudit:
    """Rules from both ways to count, of the same playlists and tracks.

    Attributes
    ----------
    playlists, tracks, least : int
        Playlists looked at, tracks kept, and playlists asked of a pair.
    rules : dict of str to pandas.DataFrame
        ``"published loop"`` and ``"correct"``: ``first``, ``then``, ``count``, ``confidence``,
        ``lift``, the highest lift first.
    missed : float
        Share of the pairs with a shared playlist that the loop never counts.
    items : Items
        The tracks.
    """

    playlists: int
    tracks: int
    least: int
    rules: dict[str, pd.DataFrame]
    missed: float
    items: Items


def loop_pairs(tracks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """List the pairs that the published loop counts in one playlist, in its order.

    The outer track is at each step the smallest so far, so that no loop is needed.

    Parameters
    ----------
    tracks : numpy.ndarray of int, shape (n,)
        Ranks of the tracks in the order that the loop compares them by.

    Returns
    -------
    smaller, larger : numpy.ndarray of int, shape (n (n - 1) / 2,)

    Examples
    --------
    Three tracks have the pairs (3, 5), (4, 5) and (3, 4); the loop counts one of them twice.

    >>> [part.tolist() for part in loop_pairs(np.array([5, 3, 4]))]
    [[3, 3, 3], [5, 4, 4]]
    """
    n = len(tracks)
    later = np.tri(n, dtype=bool).T
    rows = np.where(later, tracks, np.iinfo(np.int64).max)
    smallest = np.minimum.accumulate(rows, axis=1)
    first, second = np.nonzero(np.triu(np.ones((n, n), bool), 1))
    larger = np.maximum(smallest[first, second - 1], tracks[second])
    return smallest[first, second], larger


def audit_pairs(store: Store, most: int, seed: int) -> PairAudit:
    """Make rules from the published loop and from correct counts.

    Parameters
    ----------
    store : Store
        The playlists.
    most : int
        Playlists to look at; a random sample where there are more.
    seed : int
        Seed of that sample.

    Raises
    ------
    DataError
        When neither way gives a rule.
    """
    n_all = len(store.offsets) - 1
    rows = sampled(n_all, most, seed)
    least_track = max(MIN_TRACK, int(np.ceil(TRACK_SHARE * n_all)))
    items = select_items(store, "track", 10**7, least_track)
    holds = sp.csr_array(items.holds[rows])
    least = max(MIN_PAIR, int(np.ceil(PAIR_SHARE * len(rows))))
    counts = {"published loop": _loop_counts(store, items, rows)}
    right = sp.csr_array(holds.T @ holds)
    counts["correct"] = sp.csr_array(sp.triu(right, 1))
    each = np.bincount(holds.indices, minlength=holds.shape[1])
    rules = {name: _rules(one, each, len(rows), least) for name, one in counts.items()}
    if not any(map(len, rules.values())):
        raise DataError(
            f"{store.folder}: pairs of tracks in {least} playlists with confidence "
            f"{MIN_CONFIDENCE} expected, found none among {len(rows):,} playlists; load more"
        )
    # Of the true pairs, those without a stored count in the loop's matrix, whichever its order.
    loop = counts["published loop"]
    either = sp.csr_array(sp.triu(loop + loop.T, 1))
    seen = either.astype(bool).multiply(counts["correct"].astype(bool)).nnz
    missed = 1 - seen / counts["correct"].nnz
    kept = Items(items.level, items.numbers, each, holds)
    return PairAudit(len(rows), holds.shape[1], least, rules, missed, kept)


def told_rules(audit: PairAudit) -> pd.DataFrame:
    """Describe both sets of rules: how many, of what confidence and lift.

    Returns
    -------
    pandas.DataFrame
        One row a way to count: ``counted``, ``rules``, ``above_1`` (share with a confidence above
        1), ``highest``, ``mean`` (of the `SAVED` of the highest lift), ``highest_lift``.
    """
    lines = []
    for name, rules in audit.rules.items():
        saved = rules.head(SAVED)
        line = {"counted": name, "rules": len(rules)}
        line["above_1"] = (rules["confidence"] > 1).mean() if len(rules) else 0.0
        line["highest"] = rules["confidence"].max()
        line["mean"] = saved["confidence"].mean()
        lines.append(line | {"highest_lift": rules["lift"].max()})
    return pd.DataFrame(lines)


def _loop_counts(store: Store, items: Items, rows: np.ndarray) -> sp.csr_array:
    """Count as the loop does; tracks are compared by their ids, as texts."""
    width = len(items.numbers)
    ids = store.table("tracks", ["track_id"])["track_id"].to_numpy(str)[items.numbers]
    order = np.argsort(ids, kind="stable")
    place = np.full(store.manifest["counts"]["tracks"], -1, np.int64)
    place[items.numbers[order]] = np.arange(width)
    total = sp.csr_array((width, width), dtype=np.int64)
    parts: list[tuple[np.ndarray, np.ndarray]] = []
    held = 0
    for last, row in enumerate(rows, 1):
        ranks = place[store.tracks_of(row)]
        parts.append(loop_pairs(ranks[ranks >= 0]))
        held += len(parts[-1][0])
        if held > CHUNK or last == len(rows):
            both = [np.concatenate(one) for one in zip(*parts, strict=True)]
            ones = np.ones(held, np.int64)
            total = total + sp.coo_array((ones, tuple(both)), shape=(width, width)).tocsr()
            parts, held = [], 0
    # Back to the columns of the items.
    back = sp.coo_array(total)
    return sp.csr_array((back.data, (order[back.row], order[back.col])), shape=(width, width))


def _rules(counts: sp.csr_array, each: np.ndarray, n: int, least: int) -> pd.DataFrame:
    pairs = sp.coo_array(counts)
    kept = pairs.data >= least
    one, other, count = pairs.row[kept], pairs.col[kept], pairs.data[kept]
    twice = one != other
    table = pd.DataFrame(
        {
            "first": np.concatenate([one, other[twice]]),
            "then": np.concatenate([other, one[twice]]),
            "count": np.concatenate([count, count[twice]]),
        }
    )
    table["confidence"] = table["count"] / each[table["first"]]
    table["lift"] = table["confidence"] * n / each[table["then"]]
    table = table[table["confidence"] >= MIN_CONFIDENCE]
    return table.sort_values("lift", ascending=False, kind="stable", ignore_index=True)
