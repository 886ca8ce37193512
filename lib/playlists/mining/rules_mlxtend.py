"""The same item sets and rules in mlxtend's interface, and its FP-Growth behind an estimate."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy.sparse as sp

from lib.playlists.mining.item_sets import ItemSets
from lib.playlists.mining.mine_estimate import estimate
from lib.playlists.mining.mine_plan import Limits, Plan, check_plan
from lib.playlists.mining.rules import MEASURES, members

MLXTEND_ENTRY_BYTES, MLXTEND_SET_BYTES = 1_000, 1_000
"""Memory that its tree takes an entry, and its tables of sets and rules a set."""
MLXTEND_SECONDS = 20e-6, 200e-6
"""Its time for an entry and for a set, measured with mlxtend 0.25.0."""


def as_mlxtend(rules: pd.DataFrame, sets: ItemSets) -> pd.DataFrame:
    """Give rules the columns that ``mlxtend.frequent_patterns.association_rules`` returns."""
    both, first, then = (
        rules[c] / sets.n_playlists for c in ("count", "antecedent_count", "consequent_count")
    )
    table = pd.DataFrame(
        {
            "antecedents": members(sets, rules["antecedent"]),
            "consequents": members(sets, rules["consequent"]),
            "antecedent support": first,
            "consequent support": then,
        }
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        for name, measure in MEASURES.items():
            table[name] = np.asarray(measure(both, first, then), float)
    table.insert(7, "representativity", 1.0)  # no playlist lacks a value
    return table


def mlxtend_plan(holds: sp.csr_array, min_count: int, max_len: int = 3) -> Plan:
    """Estimate what mlxtend's FP-Growth would cost: its tree has a node an entry, in Python."""
    plan = estimate(holds, min_count, max_len)
    entry_s, set_s = MLXTEND_SECONDS
    plan.seconds = plan.n_entries * entry_s + plan.total * set_s
    plan.entry_bytes, plan.set_bytes = MLXTEND_ENTRY_BYTES, MLXTEND_SET_BYTES
    return plan


def mlxtend_sets(
    holds: sp.csr_array, min_count: int, max_len: int = 3, limits: Limits | None = None
) -> pd.DataFrame:
    """Find item sets with mlxtend's FP-Growth.

    Parameters
    ----------
    holds, min_count, max_len
        See `lib.playlists.mining.miner.mine`.
    limits : Limits, optional
        What it may cost.

    Returns
    -------
    pandas.DataFrame
        ``support`` and ``itemsets``, sets of columns, for ``association_rules``.

    Raises
    ------
    ParameterError
        Before it begins, when it is likely to cost more than the limits.
    """
    from mlxtend.frequent_patterns import fpgrowth  # a second to import

    check_plan(mlxtend_plan(holds, min_count, max_len), limits or Limits())
    frame = pd.DataFrame.sparse.from_spmatrix(sp.csr_matrix(holds, dtype=bool))
    # Half a playlist less: mlxtend would round 0.07 × 100 up to 8.
    return fpgrowth(frame, (min_count - 0.5) / holds.shape[0], max_len=max_len)
