"""Communities of a network: found, held against chance, and looked for in other playlists."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from lib.playlists.counting.cooccurrence import Items
from lib.playlists.describing.tails import LEVEL, draw_groups, jackknife
from lib.playlists.mining.rule_tests import length_bands
from lib.playlists.networks.backbone import Network, dealt_anew, find_backbone, halves

SWAPS = 20
"""Rounds in which all edges are offered a swap; after a few nothing changes any more."""
SMALLEST = 3
"""Items from which on a community counts as one."""


@dataclass(frozen=True)
class Judged:
    """Communities and what they are worth.

    Attributes
    ----------
    community : numpy.ndarray of int64, shape (items,)
        Community of each item from 0, the largest first; -1 for items in none.
    modularity : float
        Of the backbone as it is.
    rewired, dealt : numpy.ndarray
        The same, found anew in rewired networks and in those of playlists dealt out anew.
    agreement : numpy.ndarray
        Adjusted Rand index between the communities of two halves of the playlists, a cut each,
        over the items that have one in both.
    held_out : pandas.Series
        `held_out` of one half's communities in the other half; likewise `held_out_dealt`.
    held_out_dealt : pandas.Series
    """

    community: np.ndarray
    modularity: float
    rewired: np.ndarray
    dealt: np.ndarray
    agreement: np.ndarray
    held_out: pd.Series
    held_out_dealt: pd.Series


def find_communities(edges: pd.DataFrame, size: int, seed: int) -> np.ndarray:
    """Cut a network into communities by Louvain's method (Blondel and others 2008).

    Parameters
    ----------
    edges : pandas.DataFrame
        ``first``, ``second``, ``excess``.
    size : int
        Number of nodes.
    seed : int
        Seed of the order in which nodes are moved.

    Returns
    -------
    numpy.ndarray of int64, shape (size,)
        Numbered by size, the largest 0; equally large ones by their first node. Nodes in groups
        of fewer than `SMALLEST` are in none, -1.
    """
    graph = nx.Graph()
    graph.add_nodes_from(range(size))
    columns = (edges[name].tolist() for name in ("first", "second", "excess"))
    graph.add_weighted_edges_from(zip(*columns, strict=True))
    found = nx.community.louvain_communities(graph, seed=seed)
    found = sorted((c for c in found if len(c) >= SMALLEST), key=lambda c: (-len(c), min(c)))
    community = np.full(size, -1)
    for number, nodes in enumerate(found):
        community[list(nodes)] = number
    return community


def other_orders(network: Network, community: np.ndarray, draws: int, seed: int) -> pd.Series:
    """Find the communities of one network again, moving its nodes in other orders.

    Parameters
    ----------
    network : Network
        The backbone.
    community : numpy.ndarray of int, shape (items,)
        From `find_communities` with this seed.
    draws, seed : int
        Other orders, and the seed of the first less one.

    Returns
    -------
    pandas.Series
        ``inside`` (items in a community), ``least``, ``most`` (communities, over all orders),
        ``agreement`` (the least adjusted Rand index with `community`, items in none being alone).
    """
    found = [find_communities(network.edges, network.size, seed + 1 + one) for one in range(draws)]
    counts = [int(one.max(initial=-1)) + 1 for one in (community, *found)]
    agree = min(adjusted_rand_score(_alone(community), _alone(one)) for one in found)
    return pd.Series({"inside": (community >= 0).sum(), "least": min(counts),
                      "most": max(counts), "agreement": agree})  # fmt: skip


def modularity(edges: pd.DataFrame, community: np.ndarray) -> float:
    """Weight within communities less that expected from the strengths alone (Newman 2006).

    Parameters
    ----------
    edges : pandas.DataFrame
        ``first``, ``second``, ``excess``; each edge once.
    community : numpy.ndarray of int, shape (nodes,)
        A node of -1 is alone.

    Examples
    --------
    >>> edges = pd.DataFrame({"first": [0, 2], "second": [1, 3], "excess": [1.0, 1.0]})
    >>> modularity(edges, np.array([0, 0, 1, 1])), modularity(edges, np.array([0, 0, 0, 0]))
    (0.5, 0.0)
    """
    total = edges["excess"].sum()
    if not total:
        return 0.0
    own = _alone(community)
    first, second = own[edges["first"]], own[edges["second"]]
    inside = edges["excess"].to_numpy()[first == second].sum() / total
    ends = np.concatenate([first, second])
    strength = np.bincount(ends, np.tile(edges["excess"].to_numpy(), 2)) / (2 * total)
    return float(inside - (strength**2).sum())


def rewired(edges: pd.DataFrame, size: int, seed: int) -> pd.DataFrame:
    """Swap the ends of edges at random, so that each node keeps its number of edges.

    Two edges a–b and c–d become a–d and c–b, unless that would tie a node to itself or repeat an
    edge (Maslov and Sneppen 2002). Weights go with the first end, so strengths are kept roughly.

    Returns
    -------
    pandas.DataFrame
        ``first`` < ``second``, ``excess``; as many edges as before.
    """
    rng = np.random.default_rng(seed)
    one, other = edges["first"].to_numpy().copy(), edges["second"].to_numpy().copy()
    half = len(edges) // 2
    for _ in range(SWAPS if half else 0):
        order = rng.permutation(len(edges))
        turned = rng.random(len(edges)) < 0.5
        one, other = np.where(turned, other, one), np.where(turned, one, other)
        a, b = order[:half], order[half : 2 * half]
        new = np.concatenate([_keys(one[a], other[b], size), _keys(one[b], other[a], size)])
        _, number, times = np.unique(new, return_inverse=True, return_counts=True)
        repeats = np.isin(new, _keys(one, other, size)) | (times[number] > 1)
        itself = np.concatenate([one[a] == other[b], one[b] == other[a]])
        fine = ~(repeats | itself).reshape(2, half).any(axis=0)
        a, b = a[fine], b[fine]
        other[a], other[b] = other[b].copy(), other[a].copy()
    first, second = np.minimum(one, other), np.maximum(one, other)
    return pd.DataFrame({"first": first, "second": second, "excess": edges["excess"].to_numpy()})


def held_out(items: Items, community: np.ndarray, groups: int, seed: int) -> pd.Series:
    """Measure communities on playlists that they were not found in.

    Of the pairs of kept items that stand together in a playlist, the share within a community,
    less that share if items were spread at random over playlists of like length: a modularity
    whose null is 0, as nothing is fitted to these playlists.

    Parameters
    ----------
    items : Items
        The playlists to measure on.
    community : numpy.ndarray of int, shape (items,)
        Found elsewhere; pairs with an item of -1 are within none.
    groups, seed : int
        Groups of playlists left out in turn, for the interval; and the dealing's seed.

    Returns
    -------
    pandas.Series
        ``value`` (the difference), ``low``, ``high``, ``level``, ``inside``, ``expected``,
        ``playlists``.
    """
    holds, bands = items.holds, length_bands(items.holds)
    group = draw_groups(holds.shape[0], groups, seed)
    width = int(community.max(initial=-1)) + 2  # the last place is for items in none
    number = np.where(community < 0, width - 1, community)
    rows = np.repeat(np.arange(holds.shape[0]), np.diff(holds.indptr))
    size = np.diff(holds.indptr).astype(float)
    own = np.bincount(rows * width + number[holds.indices], minlength=len(size) * width)
    own = own.reshape(-1, width)[:, :-1].astype(float)
    within, pairs = (own * (own - 1)).sum(axis=1) / 2, size * (size - 1) / 2
    by_item = (bands.max() + 1) * holds.shape[1]
    keys = bands[rows] * holds.shape[1] + holds.indices
    whole = np.bincount(keys, minlength=by_item)

    def value(left: np.ndarray, counts: np.ndarray) -> tuple[float, float]:
        in_band = np.maximum(np.bincount(bands[left], minlength=bands.max() + 1), 1)
        counts = counts.reshape(len(in_band), -1).astype(float)

        def by_chance(mine: np.ndarray) -> float:
            return float(((mine.sum(axis=1) ** 2 - (mine**2).sum(axis=1)) / 2 / in_band).sum())

        chance = sum(by_chance(counts[:, community == one]) for one in range(width - 1))
        return within[left].sum() / max(pairs[left].sum(), 1), chance / max(by_chance(counts), 1)

    inside, expected = value(np.ones(len(size), bool), whole)
    without = [
        np.subtract(*value(group != one, whole - np.bincount(keys[group[rows] == one],
                                                             minlength=by_item)))
        for one in range(groups)
    ]  # fmt: skip
    low, high = jackknife(np.array(inside - expected), np.array(without))
    return pd.Series(
        {"value": inside - expected, "low": float(low), "high": float(high), "level": LEVEL,
         "inside": inside, "expected": expected, "playlists": len(size)}
    )  # fmt: skip


def judge(
    network: Network, false_share: float, min_shared: int, draws: int, groups: int, seed: int
) -> Judged:
    """Find the communities of a network and hold them against chance.

    Parameters
    ----------
    network : Network
        The backbone.
    false_share, min_shared : float, int
        What it was made with.
    draws : int
        Rewired networks, networks of playlists dealt out anew, and cuts into halves, each.
    groups : int
        Groups behind the interval of `held_out`.
    seed : int
        Seed of everything random.
    """
    items, size = network.items, network.size
    community = find_communities(network.edges, size, seed)
    chance, dealt, agreement = [], [], []
    for draw in range(draws):
        one = rewired(network.edges, size, seed + draw)
        chance.append(modularity(one, find_communities(one, size, seed)))
        one = _strongest(find_backbone(dealt_anew(items, seed + draw)), len(network.edges))
        dealt.append(modularity(one, find_communities(one, size, seed)))
        parts = [
            find_backbone(half, false_share, min_shared) for half in halves(items, seed + draw)
        ]
        found = [find_communities(part.edges, size, seed) for part in parts]
        both = (found[0] >= 0) & (found[1] >= 0)
        agreement.append(adjusted_rand_score(*(each[both] for each in found)) if both.any() else 0)
        if not draw:
            held = held_out(parts[1].items, found[0], groups, seed)
            other = dealt_anew(parts[1].items, seed)
            held_dealt = held_out(other, found[0], groups, seed)
    return Judged(
        community, modularity(network.edges, community), np.array(chance), np.array(dealt),
        np.array(agreement), held, held_dealt,
    )  # fmt: skip


def _alone(community: np.ndarray) -> np.ndarray:
    """Make each node that is in no community one of its own."""
    own = community.max(initial=-1) + 1 + np.arange(len(community))
    return np.where(community < 0, own, community)


def _strongest(network: Network, n: int) -> pd.DataFrame:
    """Give as many pairs as another backbone has: those furthest above what is expected."""
    pairs = network.pairs.dropna(subset="expected")
    pairs = pairs.assign(excess=pairs["count"] - pairs["expected"]).query("excess > 0")
    beyond = (pairs["excess"] / np.sqrt(pairs["expected"])).to_numpy()
    return pairs.iloc[np.argsort(-beyond, kind="stable")[:n]].reset_index(drop=True)


def _keys(one: np.ndarray, other: np.ndarray, size: int) -> np.ndarray:
    return np.minimum(one, other).astype(np.int64) * size + np.maximum(one, other)
