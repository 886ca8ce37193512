"""How central an item is in a network, and how much of that is its popularity."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy import stats

from lib.errors import ParameterError
from lib.playlists.counting.cooccurrence import Items
from lib.playlists.networks.backbone import Network, find_backbone, halves

LEVEL = 0.95
BATCH = 256
"""Sources of shortest paths that are followed at a time."""

CENTRALITIES = {
    "degree": "degree: other items it is tied to",
    "strength": "strength: playlists shared beyond chance",
    "pagerank": "PageRank: share of a random walk's time",
    "betweenness": "betweenness: share of shortest paths through it",
}


def centralities(network: Network, pivots: int = 200, seed: int = 42) -> pd.DataFrame:
    """Measure how central each item is in the backbone.

    Parameters
    ----------
    network : Network
        From `lib.playlists.networks.backbone.find_backbone`.
    pivots : int, optional
        Sources drawn for betweenness.
    seed : int, optional
        Seed of that draw.

    Returns
    -------
    pandas.DataFrame
        A row an item: ``playlists`` (its popularity), the keys of `CENTRALITIES`, and
        ``betweenness_error``, the standard error from drawing sources.
    """
    weights = network.matrix()
    between, error = betweenness(network.matrix(None), pivots, seed)
    return pd.DataFrame(
        {
            "playlists": network.items.playlists,
            "degree": np.diff(weights.indptr),
            "strength": weights.sum(axis=1),
            "pagerank": pagerank(weights),
            "betweenness": between,
            "betweenness_error": error,
        }
    )


def pagerank(weights: sp.csr_array, damping: float = 0.85, tolerance: float = 1e-12) -> np.ndarray:
    """Share of the time that a random walk spends at each node (Brin and Page 1998).

    With probability `damping` the walk follows an edge, drawn in proportion to its weight;
    otherwise, and from a node without edges, it goes anywhere.

    Parameters
    ----------
    weights : scipy.sparse.csr_array, shape (nodes, nodes)
        Not negative; from row to column.
    damping : float, optional
        Between 0 and 1.
    tolerance : float, optional
        Largest sum of changes at which the iteration ends.

    Returns
    -------
    numpy.ndarray, shape (nodes,)
        Summing to 1.

    Examples
    --------
    >>> star = sp.csr_array(np.array([[0, 1, 1], [1, 0, 0], [1, 0, 0]]))
    >>> pagerank(star).round(3).tolist()
    [0.486, 0.257, 0.257]
    """
    if not 0 < damping < 1:
        raise ParameterError(f"damping: expected between 0 and 1, found {damping}")
    n = weights.shape[0]
    total = np.asarray(weights.sum(axis=1), float)
    onward = (sp.diags_array(1 / np.where(total == 0, 1, total)) @ weights).T.tocsr()
    rank = np.full(n, 1 / n)
    for _ in range(1000):
        following = damping * (onward @ rank) + (1 - damping) / n
        change = np.abs(following - rank).sum()
        rank = following
        if change < tolerance:
            break
    # A walk without an edge to follow goes anywhere as well: the same, but for the sum.
    return rank / rank.sum()


def betweenness(
    ties: sp.csr_array, pivots: int = 200, seed: int = 42
) -> tuple[np.ndarray, np.ndarray]:
    """Share of the shortest paths between two others that lead through each node, by sampling.

    Brandes' accumulation (2001) from sources drawn without replacement (Brandes and Pich 2007),
    a level of distance at a time for many sources together. Every tie has length 1.

    Parameters
    ----------
    ties : scipy.sparse.csr_array, shape (nodes, nodes)
        Symmetric, 1 where two are tied; no diagonal.
    pivots : int, optional
        Sources; with as many as there are nodes the result is exact.
    seed : int, optional
        Seed of the draw.

    Returns
    -------
    share, error : numpy.ndarray, shape (nodes,)
        The share, averaged over pairs of other nodes (0 to 1), and its standard error.
    """
    if pivots < 2:
        raise ParameterError(f"pivots: expected 2 or more, found {pivots}")
    n = ties.shape[0]
    drawn = np.random.default_rng(seed).permutation(n)[:pivots]
    total, squares = np.zeros(n), np.zeros(n)
    for begin in range(0, len(drawn), BATCH):
        share = _dependencies(ties, drawn[begin : begin + BATCH])
        total += share.sum(axis=0)
        squares += (share**2).sum(axis=0)
    m, pairs = len(drawn), max((n - 1) * (n - 2), 1)
    mean = total / m
    variance = np.maximum(squares / m - mean**2, 0) * m / max(m - 1, 1)
    return mean * n / pairs, n * np.sqrt(variance / m * (1 - m / n)) / pairs


def _dependencies(ties: sp.csr_array, sources: np.ndarray) -> np.ndarray:
    """Sum over targets of the share of the source's shortest paths through each node."""
    rows = np.arange(len(sources))
    paths = np.zeros((len(sources), ties.shape[0]))
    paths[rows, sources] = 1
    distance = np.where(paths > 0, 0, -1)
    front, far = paths, 0
    while front.any():
        far += 1
        # Rows of a dense matrix times a symmetric sparse one.
        front = (ties @ front.T).T * (distance < 0)
        distance[front > 0] = far
        paths = paths + front
    through = np.zeros_like(paths)
    for level in range(far - 1, 1, -1):  # nothing is handed on to the source
        there = distance == level
        handed = np.divide(1 + through, paths, out=np.zeros_like(paths), where=there)
        through += (ties @ handed.T).T * paths * (distance == level - 1)
    return through


def beyond_popularity(values: np.ndarray, playlists: np.ndarray) -> np.ndarray:
    """Tell what of a centrality an item's popularity does not: ranks, less a smooth curve.

    Parameters
    ----------
    values, playlists : numpy.ndarray, shape (items,)
        The centrality, and the playlists of each item.

    Returns
    -------
    numpy.ndarray of float64, shape (items,)
        Rank of the value (0 lowest, 1 highest) minus a cubic least-squares curve in the rank of
        the popularity; equal values share a rank.
    """
    ranks = [(stats.rankdata(one) - 0.5) / len(one) for one in (values, playlists)]
    curve = np.polynomial.Polynomial.fit(ranks[1], ranks[0], min(3, len(np.unique(playlists)) - 1))
    return ranks[0] - curve(ranks[1])


def popularity_table(
    table: pd.DataFrame, items: Items, false_share: float, min_shared: int, pivots: int,
    replicates: int, seed: int,
) -> pd.DataFrame:  # fmt: skip
    """Correlate each centrality with popularity, and what is left of it in two halves.

    The playlists are cut into two halves at random and a backbone made of each. What is left of a
    centrality beyond popularity in one half is correlated with the same in the other: noise would
    give 0.

    Parameters
    ----------
    table : pandas.DataFrame
        From `centralities`, for all playlists.
    items : Items
        The items.
    false_share, min_shared : float, int
        As for the backbone.
    pivots, seed : int
        As in `centralities`; the seed also cuts the halves and draws items.
    replicates : int
        Bootstrap draws of items behind each interval.

    Returns
    -------
    pandas.DataFrame
        Two rows a centrality: ``measure``, ``check`` (``"popularity"`` or ``"again"``), ``value``
        (Spearman's or Pearson's correlation), ``low``, ``high``, ``level``, ``items``.
    """
    parts = [
        centralities(find_backbone(half, false_share, min_shared), pivots, seed)
        for half in halves(items, seed)
    ]
    rows = []
    for measure in CENTRALITIES:
        ranked = np.stack([stats.rankdata(table[name]) for name in (measure, "playlists")], 1)
        left = np.stack([beyond_popularity(half[measure], half["playlists"]) for half in parts], 1)
        for check, pair in (("popularity", ranked), ("again", left)):
            value, low, high = correlate(pair, replicates, seed)
            rows.append((measure, check, value, low, high, LEVEL, len(table)))
    columns = ["measure", "check", "value", "low", "high", "level", "items"]
    return pd.DataFrame(rows, columns=columns)


def correlate(pair: np.ndarray, replicates: int, seed: int) -> tuple[float, float, float]:
    """Pearson's correlation of two columns, with an interval from a bootstrap of rows.

    Parameters
    ----------
    pair : numpy.ndarray, shape (rows, 2)
        The columns; of ranks, for Spearman's. A constant column has correlation 0.
    replicates, seed : int
        Draws, and their seed.

    Returns
    -------
    value, low, high : float
        The ends cover `LEVEL`.
    """
    rng = np.random.default_rng(seed)
    centred = pair - pair.mean(axis=0)
    products = np.column_stack([centred, centred**2, centred[:, 0] * centred[:, 1]])
    n = len(pair)
    draws = np.array(
        [np.bincount(rng.integers(n, size=n), minlength=n) @ products for _ in range(replicates)]
    )
    both = np.vstack([products.sum(axis=0), draws]) / n
    spread = np.sqrt((both[:, 2] - both[:, 0] ** 2) * (both[:, 3] - both[:, 1] ** 2))
    values = np.divide(both[:, 4] - both[:, 0] * both[:, 1], spread,
                       out=np.zeros(len(both)), where=spread > 1e-12)  # fmt: skip
    low, high = np.quantile(values[1:], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(values[0]), float(low), float(high)
