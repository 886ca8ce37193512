"""How good lists of neighbours are: what they owe to popularity, whether they come out again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from lib.errors import DataError
from lib.playlists.counting.cooccurrence import Items, count_matrix, neighbours_by
from lib.playlists.counting.similarity import measure_named, similarity
from lib.playlists.shuffle import shuffled

Measures = Mapping[str, tuple[str, float]]
LEVEL = 0.95
LARGEST = 3_000_000
"""Entries that the checks read at most; of more playlists a random part is drawn."""
ROWS = 300
"""Items whose scores with all others are ranked."""

CHECKS = {
    "popularity": "popularity of the neighbours (0.5: as of all items)",
    "correlation": "rank correlation of score and the neighbour's popularity",
    "again": "neighbours found again in the other half of the playlists",
}
"""What `check_neighbours` computes."""


def usual_measures(shrinkage: float) -> dict[str, tuple[str, float]]:
    """Name the measures that are compared; PMI, the logarithm of lift, orders as lift does."""
    return {
        "shared playlists": ("count", 0.0),
        "cosine": ("cosine", 0.0),
        "Jaccard": ("jaccard", 0.0),
        "lift or PMI": ("lift", 0.0),
        "shrunk lift or PMI": ("lift", shrinkage),
    }


def thin(items: Items, seed: int, largest: int = LARGEST) -> Items:
    """Draw playlists at random that hold about `largest` entries; all when there are fewer."""
    n = items.holds.shape[0]
    if items.holds.nnz <= largest:
        return items
    kept = np.random.default_rng(seed).permutation(n)[: int(n * largest / items.holds.nnz)]
    return _part(items, np.sort(kept))


def check_neighbours(
    items: Items,
    measures: Measures,
    top: int = 10,
    min_count: int = 2,
    replicates: int = 400,
    seed: int = 42,
) -> pd.DataFrame:
    """Compute `CHECKS` for each measure, on the playlists as they are and shuffled.

    - *popularity*: mean over items of the mean place of their `top` neighbours among all items
      ordered by playlists, 0 for the rarest, 1 for the most frequent.
    - *correlation*: mean over items (at most `ROWS`, drawn at random) of Spearman's correlation
      between the scores of all partners in `min_count` playlists or more and how frequent they are.
    - *again*: the playlists are cut into two halves at random; share of an item's neighbours in
      one half that are its neighbours in the other, mean over items with neighbours in either.

    The intervals are of a bootstrap of items. They say how the mean would move with other items;
    the playlists, and the cut, are taken as they are.

    Parameters
    ----------
    items : Items
        From `lib.playlists.counting.cooccurrence.select_items`.
    measures : mapping of str to (str, float)
        See `lib.playlists.counting.cooccurrence.neighbours_by`.
    top, min_count : int, optional
        Neighbours of each item; only pairs that share so many playlists.
    replicates, seed : int, optional
        Bootstrap draws; seed of the cut, the shuffle and the draws.

    Returns
    -------
    pandas.DataFrame
        ``measure``, ``check``, ``value``, ``low``, ``high``, ``shuffled`` (the same on playlists
        whose items were dealt anew, lengths and frequencies kept), ``items`` (behind it).

    Raises
    ------
    DataError
        When no two items share `min_count` playlists.
    """
    real = _each_item(items, measures, top, min_count, seed)
    dealt = replace(items, holds=shuffled(items.holds, seed))
    null = _each_item(dealt, measures, top, min_count, seed)
    rows = []
    for (measure, check), values in real.items():
        values = values[~np.isnan(values)]
        if not len(values):
            raise DataError(
                f"{len(items.numbers):,} {items.level}s: none has a neighbour in {min_count} "
                "shared playlists; lower MIN_SHARED or MIN_PLAYLISTS, or take more playlists"
            )
        rng = np.random.default_rng(seed)
        draws = [rng.choice(values, len(values)).mean() for _ in range(replicates)]
        low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        other = null[measure, check]
        # Without any neighbour in shuffled playlists nothing is found again there.
        base = 0.0 if np.isnan(other).all() else float(np.nanmean(other))
        rows.append((measure, check, values.mean(), low, high, base, len(values)))
    columns = ["measure", "check", "value", "low", "high", "shuffled", "items"]
    return pd.DataFrame(rows, columns=columns)


def interval(row: object) -> dict[str, object]:
    """Give interval and baseline of a row of `check_neighbours`, for a metric."""
    told = {"low": row.low, "high": row.high, "level": LEVEL}
    return told | {"baseline": "shuffled playlists", "baseline_value": row.shuffled}


def strongest_pairs(neighbours: pd.DataFrame, top: int) -> pd.DataFrame:
    """List the pairs with the highest scores once each, of one measure's table of neighbours."""
    pair = np.sort(neighbours[["item", "neighbour"]].to_numpy(), axis=1)
    table = neighbours.assign(item=pair[:, 0], neighbour=pair[:, 1]).drop(columns="rank")
    table = table.drop_duplicates(["item", "neighbour"])
    order = table.sort_values(["score", "count", "item"], ascending=[False, False, True])
    return order.head(top).reset_index(drop=True)


def strongest_block(items: Items, pairs: pd.DataFrame, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Take the items of the strongest pairs and put those next to each other that go together.

    Parameters
    ----------
    items : Items
        All items.
    pairs : pandas.DataFrame
        From `strongest_pairs`.
    size : int
        Most items.

    Returns
    -------
    places : numpy.ndarray of int
        Places among the items, in the order of a hierarchical clustering (average linkage).
    cosine : numpy.ndarray of float64, shape (places, places)
        NaN on the diagonal.
    """
    both = pd.unique(pairs[["item", "neighbour"]].to_numpy().ravel())
    places = np.sort(both[:size])
    cosine = similarity(count_matrix(items.holds[:, places]), items.holds.shape[0], "cosine")
    if len(places) > 2:
        apart = squareform(1 - cosine.clip(0, 1), checks=False)
        order = hierarchy.leaves_list(hierarchy.linkage(apart, "average", optimal_ordering=True))
        places, cosine = places[order], cosine[np.ix_(order, order)]
    np.fill_diagonal(cosine, np.nan)
    return places, cosine


def partner_ranks(neighbours: pd.DataFrame, pairs: Sequence[tuple[int, int]]) -> np.ndarray:
    """Rank of each pair's second item among the first one's neighbours, and the other way round.

    Parameters
    ----------
    neighbours : pandas.DataFrame
        Of one measure.
    pairs : sequence of (int, int)
        Places among the items, -1 for an item that is not there.

    Returns
    -------
    numpy.ndarray of float64, shape (pairs, 2)
        NaN where it is no neighbour.
    """
    rank = neighbours.set_index(["item", "neighbour"])["rank"]
    return np.array([[rank.get((a, b), np.nan), rank.get((b, a), np.nan)] for a, b in pairs])


def _part(items: Items, rows: np.ndarray) -> Items:
    holds = items.holds[rows]
    return replace(items, holds=holds, playlists=np.asarray(holds.sum(axis=0), np.int64))


def _each_item(
    items: Items, measures: Measures, top: int, min_count: int, seed: int
) -> dict[tuple[str, str], np.ndarray]:
    """Each check's value for each item, NaN where it has none."""
    n, rng = len(items.numbers), np.random.default_rng(seed)
    # Equally frequent items share the mean of their places.
    popular = (stats.rankdata(items.playlists) - 1) / max(n - 1, 1)
    table = neighbours_by(items, measures, top, min_count)
    order = rng.permutation(items.holds.shape[0])
    cut = len(order) // 2
    halves = [_part(items, np.sort(part)) for part in (order[:cut], order[cut:])]
    halves = [neighbours_by(half, measures, top, min_count) for half in halves]
    rows = np.sort(rng.permutation(n)[:ROWS])
    shared = (items.holds[:, rows].T @ items.holds).toarray().astype(float)
    shared[np.arange(len(rows)), rows] = 0
    found = {}
    for name, (measure, shrinkage) in measures.items():
        near = table[table["measure"] == name]
        mean = pd.Series(popular[near["neighbour"]]).groupby(near["item"].to_numpy()).mean()
        found[name, "popularity"] = mean.to_numpy()
        score = measure_named(measure)
        each, n_all = items.playlists.astype(float), items.holds.shape[0]
        with np.errstate(divide="ignore", invalid="ignore"):  # items that a part does not hold
            values = score(shared, each[rows][:, None], each[None, :], n_all, shrinkage)
        found[name, "correlation"] = np.array(
            [_spearman(v[c], each[c]) for v, c in zip(values, shared >= min_count, strict=True)]
        )
        found[name, "again"] = _overlap([h[h["measure"] == name] for h in halves], n)
    return found


def _spearman(a: np.ndarray, b: np.ndarray) -> float:
    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return np.nan
    return float(np.corrcoef(stats.rankdata(a), stats.rankdata(b))[0, 1])


def _overlap(halves: Sequence[pd.DataFrame], n: int) -> np.ndarray:
    """Neighbours in both lists, over the length of the longer one."""
    keys = [half["item"].to_numpy() * n + half["neighbour"].to_numpy() for half in halves]
    both = np.bincount(np.intersect1d(*keys) // n, minlength=n)
    longer = np.maximum(*(np.bincount(half["item"], minlength=n) for half in halves))
    return both[longer > 0] / longer[longer > 0]
