"""The network of items that stand together in more playlists than chance would have it.

Almost every two frequent items share some playlist, so that the network of all shared playlists is
one dense ball. Its backbone keeps the pairs that a test of the playlists themselves finds: the
number shared, against the number expected if each item were spread at random over playlists of like
length (`lib.playlists.mining.rule_tests`). The better known disparity filter looks at the weights
only and takes a popular item's many chance meetings for ties; `disparity` is here to compare.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import scipy.sparse as sp

from lib.errors import DataError, ParameterError
from lib.playlists.counting.cooccurrence import Items, count_matrix
from lib.playlists.mining.item_sets import ItemSets
from lib.playlists.mining.rule_rates import false_discovery
from lib.playlists.mining.rule_tests import significance
from lib.playlists.shuffle import shuffled


@dataclass(frozen=True)
class Network:
    """Items, and the pairs of the backbone.

    Attributes
    ----------
    items : Items
        The nodes, the most frequent first.
    pairs : pandas.DataFrame
        All pairs that share a playlist: ``first`` < ``second`` (places among the items),
        ``count`` (playlists shared), ``expected`` (by chance), ``rate`` (least false discovery
        rate at which the pair is kept; 1 for pairs that were not tested).
    edges : pandas.DataFrame
        The pairs kept, with ``excess``, the playlists shared beyond those expected.
    """

    items: Items
    pairs: pd.DataFrame
    edges: pd.DataFrame

    @property
    def size(self) -> int:
        """Number of nodes."""
        return self.items.holds.shape[1]

    def matrix(self, weight: str | None = "excess") -> sp.csr_array:
        """Symmetric matrix of the edges' weights without a diagonal; ones without a weight."""
        return symmetric(self.edges, self.size, weight)


def symmetric(edges: pd.DataFrame, size: int, weight: str | None = "excess") -> sp.csr_array:
    """Make a symmetric matrix of edges, each given once.

    Examples
    --------
    >>> edges = pd.DataFrame({"first": [0], "second": [2], "excess": [1.5]})
    >>> symmetric(edges, 3).toarray().tolist()
    [[0.0, 0.0, 1.5], [0.0, 0.0, 0.0], [1.5, 0.0, 0.0]]
    """
    one, other = edges["first"].to_numpy(), edges["second"].to_numpy()
    values = np.ones(len(edges)) if weight is None else edges[weight].to_numpy(float)
    rows, columns = np.concatenate([one, other]), np.concatenate([other, one])
    made = sp.coo_array((np.tile(values, 2), (rows, columns)), shape=(size, size))
    return made.tocsr()


def find_backbone(items: Items, false_share: float = 0.05, min_shared: int = 2) -> Network:
    """Test every pair of items that shares playlists, and keep those beyond chance.

    Parameters
    ----------
    items : Items
        From `lib.playlists.counting.cooccurrence.select_items`.
    false_share : float, optional
        Share of chance pairs among those kept, on average (Benjamini and Yekutieli 2001, over
        all pairs of items whether they meet or not).
    min_shared : int, optional
        Pairs that share fewer playlists are not kept.

    Raises
    ------
    ParameterError
        When the share is not between 0 and 1.
    DataError
        When there are fewer than two items.
    """
    if not 0 < false_share < 1:
        raise ParameterError(f"false_share: expected between 0 and 1, found {false_share}")
    size = items.holds.shape[1]
    if size < 2:
        raise DataError(
            f"{size} {items.level}: expected 2 or more to make pairs; lower MIN_PLAYLISTS"
        )
    pairs = shared_pairs(items)
    tested = pairs[pairs["count"] >= min_shared]
    found = significance(
        pd.DataFrame({"antecedent": tested["first"], "consequent": tested["second"],
                      "count": tested["count"]}), _singles(items), items.holds,
    )  # fmt: skip
    pairs = pairs.join(found["expected"])
    rate = false_discovery(found["p_value"].to_numpy(), size * (size - 1) / 2)
    pairs["rate"] = pd.Series(rate, index=tested.index).reindex(pairs.index, fill_value=1.0)
    edges = pairs[pairs["rate"] <= false_share]
    edges = edges.assign(excess=edges["count"] - edges["expected"]).reset_index(drop=True)
    return Network(items, pairs, edges)


def shared_pairs(items: Items) -> pd.DataFrame:
    """List the pairs of different items that share a playlist, each once, with the count."""
    counts = np.triu(count_matrix(items.holds), 1)
    first, second = np.nonzero(counts)
    return pd.DataFrame({"first": first, "second": second, "count": counts[first, second]})


def disparity(pairs: pd.DataFrame, size: int) -> np.ndarray:
    """Return the disparity filter's p-value of each pair, the smaller of its two ends'.

    An item of degree k spreads its strength s over its pairs; if the shares were cut at random, a
    share of w / s or more would come up with probability (1 - w / s)^(k - 1) (Serrano, Boguñá and
    Vespignani 2009).

    Parameters
    ----------
    pairs : pandas.DataFrame
        ``first``, ``second``, ``count``: the weights.
    size : int
        Number of items.

    Returns
    -------
    numpy.ndarray, shape (pairs,)
        1 where the end has no other pair.
    """
    weights = pairs["count"].to_numpy(float)
    ends = [pairs["first"].to_numpy(), pairs["second"].to_numpy()]
    both = np.concatenate(ends)
    strength = np.bincount(both, np.tile(weights, 2), minlength=size)
    degree = np.bincount(both, minlength=size)
    return np.minimum(*((1 - weights / strength[end]) ** (degree[end] - 1) for end in ends))


def dealt_anew(items: Items, seed: int) -> Items:
    """Give the same items in playlists dealt out anew: `lib.playlists.shuffle.shuffled`."""
    return replace(items, holds=shuffled(items.holds, seed))


def halves(items: Items, seed: int) -> tuple[Items, Items]:
    """Cut the playlists into two halves at random; the items stay, with the playlists they have."""
    order = np.random.default_rng(seed).permutation(items.holds.shape[0])
    middle = len(order) // 2
    return part_of(items, np.sort(order[:middle])), part_of(items, np.sort(order[middle:]))


def part_of(items: Items, playlists: np.ndarray) -> Items:
    """Keep some playlists; the items stay, also those in none of these."""
    holds = items.holds[playlists]
    each = np.bincount(holds.indices, minlength=holds.shape[1])
    return replace(items, holds=holds, playlists=each)


def compare_filters(network: Network, dealt: Network, false_share: float) -> pd.DataFrame:
    """Count the pairs that two filters keep, of the playlists and of playlists dealt out anew.

    Returns
    -------
    pandas.DataFrame
        Indexed by filter: ``kept``, ``share`` (of the pairs that meet), and both ``shuffled``.
    """
    rows: dict[str, list[float]] = {
        "all pairs that meet": [],
        "disparity filter": [],
        "pair test": [],
    }
    for one in (network, dealt):
        passed = disparity(one.pairs, one.size) < false_share
        for name, n in zip(rows, (len(one.pairs), passed.sum(), len(one.edges)), strict=True):
            rows[name] += [int(n), n / max(len(one.pairs), 1)]
    columns = ["kept", "share", "kept, shuffled", "share, shuffled"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _singles(items: Items) -> ItemSets:
    """Give the items as sets of one, which the test looks up."""
    n_playlists, size = items.holds.shape
    alone = np.arange(size, dtype=np.int32)[:, None]
    return ItemSets(
        n_playlists, size, 0, 1, alone, np.ones(size, np.int64), items.playlists.astype(np.int64)
    )
