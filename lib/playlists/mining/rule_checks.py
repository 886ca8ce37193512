"""How well rules last in playlists that they were not found in, and how many chance confirms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import scipy.sparse as sp

from lib.errors import ParameterError
from lib.playlists.mining.item_sets import ItemSets
from lib.playlists.mining.miner import mine
from lib.playlists.mining.rule_judge import FALSE_DISCOVERY_RATE, simple_rules
from lib.playlists.mining.rule_rates import discovered
from lib.playlists.mining.rule_tests import significance
from lib.playlists.shuffle import shuffled

SPLITS = 4
"""Random halvings, if nothing else is said."""
REPLICATES_AT_ONCE = 50


def halves(holds: sp.csr_array, seed: int) -> tuple[sp.csr_array, sp.csr_array]:
    """Split playlists in two at random; those that hold the same items stay together.

    Examples
    --------
    >>> holds = sp.csr_array(np.eye(8, dtype=int)[[0, 0, 0, 1, 2, 3, 4, 5]])
    >>> [sorted(part.indices.tolist()) for part in halves(holds, seed=1)]
    [[1, 2, 4, 5], [0, 0, 0, 3]]
    """
    rng = np.random.default_rng(seed)
    value = rng.integers(2**62, size=holds.shape[1], dtype=np.int64)
    ones = sp.csr_array((np.ones(holds.nnz, np.int64), holds.indices, holds.indptr), holds.shape)
    # A sum of random numbers tells sets of items apart; it may overflow.
    _, copy_of = np.unique(ones @ value, return_inverse=True)
    none = np.diff(holds.indptr) == 0
    copy_of[none] = len(copy_of) + np.flatnonzero(none)  # without any item there is no copy
    group = np.unique(copy_of, return_inverse=True)[1]
    place = rng.permutation(group.max(initial=-1) + 1)[group]
    middle = np.sort(place)[len(place) // 2] if len(place) else 0
    return holds[np.flatnonzero(place < middle)], holds[np.flatnonzero(place >= middle)]


def confirmed(
    rules: pd.DataFrame, sets: ItemSets, other: ItemSets, min_confidence: float
) -> np.ndarray:
    """Tell which rules hold in other playlists as well, with their support and this confidence.

    Parameters
    ----------
    rules : pandas.DataFrame
        From `lib.playlists.mining.rules.make_rules`.
    sets : ItemSets
        The sets that they were made from.
    other : ItemSets
        Sets of the same items in other playlists; its `min_count` is the support asked for.
    min_confidence : float
        Least confidence there.

    Returns
    -------
    numpy.ndarray of bool, shape (rules,)
    """
    there = np.zeros(len(rules), bool)
    both, first = (rules[name].to_numpy() for name in ("both", "antecedent"))
    for k, part in np.unique(np.stack([sets.length[both], sets.length[first]], 1), axis=0):
        rows = np.flatnonzero((sets.length[both] == k) & (sets.length[first] == part))
        found = other.number(sets.items[both[rows], :k])
        kept = found >= 0
        rows, found = rows[kept], found[kept]
        before = other.number(sets.items[first[rows], :part])
        there[rows] = other.count[found] / other.count[before] >= min_confidence
    return there


def stability(
    holds: sp.csr_array,
    min_count: int,
    min_confidence: float,
    max_len: int,
    seed: int,
    splits: int = SPLITS,
) -> pd.DataFrame:
    """Find rules in one half of the playlists and look for them in the other.

    Parameters
    ----------
    holds : scipy.sparse.csr_array, shape (playlists, items)
        1 where a playlist holds an item.
    min_count : int
        Least playlists of a rule among all; half of them, rounded up, in each half.
    min_confidence : float
        Least confidence in each half.
    max_len : int
        Most items of a rule; one item follows.
    seed : int
        Seed of the splits.
    splits : int, optional
        Random splits.

    Returns
    -------
    pandas.DataFrame
        Two rows a split: ``split``; ``kind``, ``"all"`` rules of the first half but redundant
        ones, or those ``"beyond chance"`` there, at a false discovery rate of 5 %; ``rules``;
        ``confirmed`` (share of them that are rules in the second half), ``chance`` (the same with
        the second half dealt out anew, each playlist and item keeping its number). Shares of no
        rules are NaN.
    """
    if splits < 1:
        raise ParameterError(f"splits: expected 1 or more, found {splits}")
    least, rows = -(-min_count // 2), []
    for split in range(splits):
        ours, theirs = halves(holds, seed + split)
        # A copy is dealt out, as `shuffled` may shorten the row pointers that it is given.
        dealt = shuffled(theirs.copy(), seed + split)
        sets = mine(ours, least, max_len)
        rules = simple_rules(sets, min_confidence)
        rate = discovered(rules, significance(rules, sets, ours), sets, max_consequent=1)
        there = [
            confirmed(rules, sets, mine(half, least, max_len), min_confidence)
            for half in (theirs, dealt)
        ]
        for kind, kept in (("all", rate <= 1), ("beyond chance", rate <= FALSE_DISCOVERY_RATE)):
            shares = [found[kept].mean() if kept.any() else np.nan for found in there]
            rows.append((split, kind, int(kept.sum()), *shares))
    return pd.DataFrame(rows, columns=["split", "kind", "rules", "confirmed", "chance"])


def held_out_confidence(
    holds: sp.csr_array, min_count: int, max_len: int, tops: Sequence[int], replicates: int,
    seed: int,
) -> pd.DataFrame:  # fmt: skip
    """Compare the confidence of the best rules of one half with theirs in the other half.

    The best of many are best by luck as well, which they have once only: the winner's curse.

    Parameters
    ----------
    holds, min_count, max_len, seed
        See `stability`.
    tops : sequence of int
        Numbers of best rules, by confidence.
    replicates : int
        Bootstrap replicates over the playlists of the other half (rules stay).

    Returns
    -------
    pandas.DataFrame
        A row a number of rules: ``top``, ``rules`` (those whose antecedent occurs in the other
        half), mean ``training`` and ``held_out`` confidence of these, ``low``, ``high`` (95 %
        percentile interval of `held_out`), ``base`` (mean confidence when nothing is known: the
        share of the other half's playlists that hold what follows).
    """
    ours, theirs = halves(holds, seed)
    sets = mine(ours, -(-min_count // 2), max_len)
    rules = simple_rules(sets, 0.0)
    rules = rules.sort_values(["confidence", "count"], ascending=False, kind="stable")
    rules = rules.head(max(tops))
    first = _held(theirs, sets, rules["antecedent"].to_numpy())
    both = _held(theirs, sets, rules["both"].to_numpy())
    base = _held(theirs, sets, rules["consequent"].to_numpy()).sum(axis=1) / theirs.shape[0]
    weighted = [
        np.stack([first @ weights, both @ weights])
        for weights in _weights(theirs.shape[0], replicates, seed)
    ]
    counts = np.concatenate(weighted, axis=2)
    rows = []
    for top in tops:
        there = np.flatnonzero(counts[0, :top, 0] > 0)
        if not len(there):
            continue
        with np.errstate(invalid="ignore"):
            means = np.nanmean(counts[1, there] / counts[0, there], axis=0)
        low, high = np.quantile(means[1:], [0.025, 0.975])
        trained = rules["confidence"].to_numpy()[there].mean()
        rows.append((top, len(there), trained, means[0], low, high, base[there].mean()))
    columns = ["top", "rules", "training", "held_out", "low", "high", "base"]
    return pd.DataFrame(rows, columns=columns)


def _weights(n: int, replicates: int, seed: int) -> Iterator[np.ndarray]:
    """Weights of playlists: 1 for all first, then Poisson's for each bootstrap replicate."""
    rng = np.random.default_rng(seed)
    yield np.ones((n, 1), np.float32)
    for begin in range(0, replicates, REPLICATES_AT_ONCE):
        size = min(REPLICATES_AT_ONCE, replicates - begin)
        yield rng.poisson(1.0, (n, size)).astype(np.float32)


def _held(holds: sp.csr_array, sets: ItemSets, numbers: np.ndarray) -> sp.csr_array:
    """Make the matrix of item sets by playlists, 1 where a playlist holds the set."""
    across = sp.csr_array(holds.T.tocsr(), dtype=np.float32)
    items = sets.items[numbers]
    both = across[items[:, 0]]
    for place in range(1, items.shape[1]):
        longer = items[:, place] >= 0
        added = across[np.where(longer, items[:, place], items[:, 0])]
        both = both.multiply(added).tocsr()
    return both
