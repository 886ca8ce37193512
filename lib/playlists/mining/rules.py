"""Association rules: who holds these tracks often holds that one too.

From item sets as `lib.playlists.mining.miner.mine` finds them; all rules and measures equal those
of mlxtend, see `lib.playlists.mining.rules_mlxtend`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import scipy.sparse as sp

from lib.errors import ParameterError
from lib.playlists.counting.cooccurrence import Items
from lib.playlists.mining.item_sets import ItemSets
from lib.playlists.mining.mine_plan import Limits

RULE_BYTES = 250
"""Memory a rule takes while rules are made."""


def _lift(both, first, then):  # noqa: ANN001, ANN202
    return both / first / then


def _leverage(both, first, then):  # noqa: ANN001, ANN202
    return both - first * then


def _conviction(both, first, then):  # noqa: ANN001, ANN202
    confidence = both / first
    return np.where(confidence < 1, (1 - then) / (1 - confidence), np.inf)


def _zhang(both, first, then):  # noqa: ANN001, ANN202
    most = np.maximum(both * (1 - first), first * (then - both))
    return np.where(most == 0, 0, _leverage(both, first, then) / most)


def _certainty(both, first, then):  # noqa: ANN001, ANN202
    return np.where(then == 1, 0, (both / first - then) / (1 - then))


MEASURES: dict[str, Callable[..., np.ndarray]] = {
    "support": lambda both, first, then: both,
    "confidence": lambda both, first, then: both / first,
    "lift": _lift,
    "leverage": _leverage,
    "conviction": _conviction,
    "zhangs_metric": _zhang,
    "jaccard": lambda both, first, then: both / (first + then - both),
    "certainty": _certainty,
    "kulczynski": lambda both, first, then: (both / first + both / then) / 2,
}
"""Measures of a rule A → C from the supports s of A and C together, of A, and of C.

- support s(AC), confidence s(AC) / s(A) (Agrawal, Imielinski, Swami 1993)
- lift confidence / s(C), 1 when A and C are independent
- leverage s(AC) - s(A) s(C) (Piatetsky-Shapiro 1991)
- conviction (1 - s(C)) / (1 - confidence), infinite at confidence 1 (Brin et al. 1997)
- zhangs_metric leverage / max(s(AC) (1 - s(A)), s(A) (s(C) - s(AC))), from -1 to 1 (Zhang 2000)
- jaccard, certainty and kulczynski as mlxtend defines them
"""
MAIN = ("support", "confidence", "lift", "leverage", "conviction", "zhangs_metric")


def without_common(items: Items, most: float) -> Items:
    """Leave out items in more than a share of the playlists: they come with everything.

    Raises
    ------
    ParameterError
        When no item is left.
    """
    kept = np.flatnonzero(items.playlists <= most * items.holds.shape[0])
    if not len(kept):
        raise ParameterError(f"most {most}: no {items.level} is in so small a share of playlists")
    holds = sp.csr_array(items.holds[:, kept])
    return Items(items.level, items.numbers[kept], items.playlists[kept], holds)


def make_rules(
    sets: ItemSets,
    min_confidence: float = 0.1,
    max_consequent: int | None = None,
    measures: Sequence[str] = MAIN,
    limits: Limits | None = None,
) -> pd.DataFrame:
    """Make all rules of the item sets.

    Parameters
    ----------
    sets : ItemSets
        From `lib.playlists.mining.miner.mine`.
    min_confidence : float, optional
        Least confidence.
    max_consequent : int, optional
        Most items that follow; by default as many as there are.
    measures : sequence of str, optional
        Keys of `MEASURES`.
    limits : Limits, optional
        Memory that rules may take.

    Returns
    -------
    pandas.DataFrame
        A row a rule: ``antecedent``, ``consequent``, ``both`` (numbers of item sets), ``count``
        (playlists that hold both), ``antecedent_count``, ``consequent_count``, the measures.

    Raises
    ------
    ParameterError
        When the confidence is not from 0 to 1, or there are more rules than memory allows.
    """
    if not 0 <= min_confidence <= 1:
        raise ParameterError(f"min_confidence: expected 0 to 1, found {min_confidence}")
    limits, n = limits or Limits(), sets.n_playlists
    parts, made = [np.zeros((3, 0), np.int64)], 0
    for k in range(2, sets.items.shape[1] + 1):
        both = np.arange(sets.start[k], sets.start[k + 1])
        items = sets.items[both, :k]
        for mask in range(1, 2**k - 1):
            first = [place for place in range(k) if mask >> place & 1]
            if max_consequent is not None and k - len(first) > max_consequent:
                continue
            antecedent = sets.number(items[:, first])
            # In supports, not counts: so every number equals mlxtend's to the last bit.
            confidence = (sets.count[both] / n) / (sets.count[antecedent] / n)
            kept = confidence >= min_confidence
            rest = [place for place in range(k) if place not in first]
            consequent = sets.number(items[kept][:, rest])
            parts.append(np.stack([antecedent[kept], consequent, both[kept]]))
            made += len(consequent)
            if made * RULE_BYTES / 1e6 > limits.memory_mb:
                raise ParameterError(
                    f"min_confidence {min_confidence}: more than {made:,} rules, "
                    f"{made * RULE_BYTES / 1e6:,.0f} MB; allowed {limits.memory_mb:,.0f}. Raise it"
                )
    numbers = np.concatenate(parts, axis=1)
    numbers = numbers[:, np.lexsort((numbers[0], numbers[2]))]
    names = ("antecedent", "consequent", "both")
    rules = pd.DataFrame(dict(zip(names, numbers, strict=True)))
    for name, column in (("count", 2), ("antecedent_count", 0), ("consequent_count", 1)):
        rules[name] = sets.count[numbers[column]]
    both, first, then = (rules[c] / n for c in ("count", "antecedent_count", "consequent_count"))
    with np.errstate(divide="ignore", invalid="ignore"):
        for name in measures:
            rules[name] = np.asarray(MEASURES[name](both, first, then), float)
    return rules


def improvement(rules: pd.DataFrame, sets: ItemSets) -> np.ndarray:
    """Tell by how much a rule's confidence exceeds that of all simpler ones.

    Simpler rules bring the same from a part of the antecedent, nothing at all included (Bayardo,
    Agrawal, Gunopulos 2000). At or below zero a rule is redundant: it asks for more and promises
    no more.

    Parameters
    ----------
    rules : pandas.DataFrame
        From `make_rules`, of any confidence.
    sets : ItemSets
        The sets that they were made from.

    Returns
    -------
    numpy.ndarray of float64, shape (rules,)
        Exactly 0 when the best simpler rule has the same confidence.
    """
    count, then, first = (rules[c].to_numpy() for c in ("count", "consequent", "antecedent"))
    own = rules["antecedent_count"].to_numpy()
    best = rules["consequent_count"].to_numpy() / sets.n_playlists
    sizes, adds = sets.length[first], sets.length[then]
    for size, added in np.unique(np.stack([sizes, adds], axis=1), axis=0):
        rows = np.flatnonzero((sizes == size) & (adds == added))
        items, after = sets.items[first[rows], :size], sets.items[then[rows], :added]
        for mask in range(1, 2**size - 1):
            part = items[:, [place for place in range(size) if mask >> place & 1]]
            joined = sets.number(np.sort(np.concatenate([part, after], axis=1), axis=1))
            simpler = sets.count[joined] / sets.count[sets.number(part)]
            best[rows] = np.maximum(best[rows], simpler)
    # Equal fractions give equal quotients, as division is rounded correctly.
    return count / own - best


def members(sets: ItemSets, numbers: Sequence[int]) -> pd.Series:
    """List item sets by their numbers, as frozen sets of columns."""
    places = np.asarray(numbers)
    rows = zip(sets.items[places].tolist(), sets.length[places].tolist(), strict=True)
    return pd.Series([frozenset(row[:k]) for row, k in rows], dtype=object)


def with_names(rules: pd.DataFrame, sets: ItemSets, names: Sequence[str]) -> pd.DataFrame:
    """Put readable ``if`` and ``then`` before rules; `names` are those of the columns."""
    named = {}
    for label, column in (("if", "antecedent"), ("then", "consequent")):
        places = rules[column].to_numpy()
        rows = zip(sets.items[places].tolist(), sets.length[places].tolist(), strict=True)
        named[label] = [" + ".join(names[item] for item in row[:k]) for row, k in rows]
    return pd.concat([pd.DataFrame(named, index=rules.index), rules], axis=1)
