"""Judge rules: which are redundant, which are within chance, and what passes where nothing is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy.sparse as sp

from lib.playlists.mining.item_sets import ItemSets
from lib.playlists.mining.miner import mine
from lib.playlists.mining.rule_rates import METHODS, discovered
from lib.playlists.mining.rule_tests import significance
from lib.playlists.mining.rules import improvement, make_rules
from lib.playlists.shuffle import shuffled

FALSE_DISCOVERY_RATE = 0.05


def judged(sets: ItemSets, holds: sp.csr_array, min_confidence: float) -> pd.DataFrame:
    """Make the rules of item sets, with one item that follows, and judge them.

    Parameters
    ----------
    sets : ItemSets
        From `lib.playlists.mining.miner.mine`.
    holds : scipy.sparse.csr_array, shape (playlists, items)
        What they were found in.
    min_confidence : float
        Least confidence.

    Returns
    -------
    pandas.DataFrame
        As `make_rules`, and ``improvement``, ``expected``, ``p_value``, ``false_rate`` (false
        discovery rate at which it passes; 1 when redundant), ``times`` (count over expected
        count), ``fate``: ``"redundant"``, ``"within chance"`` or ``"kept"``.
    """
    rules = make_rules(sets, min_confidence, max_consequent=1)
    rules["improvement"] = improvement(rules, sets)
    useful = rules["improvement"] > 0
    tested = significance(rules[useful], sets, holds)
    rate = discovered(rules[useful], tested, sets, max_consequent=1)
    tested["false_rate"] = rate
    rules = rules.join(tested)
    rules["times"] = rules["count"] / rules["expected"]
    rules["false_rate"] = rules["false_rate"].fillna(1.0)
    passed = np.where(rules["false_rate"] <= FALSE_DISCOVERY_RATE, "kept", "within chance")
    rules["fate"] = np.where(useful, passed, "redundant")
    return rules


def null_trial(
    holds: sp.csr_array, min_count: int, max_len: int, min_confidence: float, seed: int
) -> pd.DataFrame:
    """Count the rules that pass each test, in playlists as they are and dealt out anew.

    Returns
    -------
    pandas.DataFrame
        ``playlists`` (as they are, dealt out anew), ``test`` (Fisher over all playlists, within
        bands of length), ``items`` of a rule, ``rules`` tested (no redundant ones), ``passed`` at
        a false discovery rate of 5 % and, ``passed_bh``, by Benjamini and Hochberg's rule.
    """
    rows = []
    cases = {"as they are": holds, "dealt out anew": shuffled(holds.copy(), seed)}
    for playlists, matrix in cases.items():
        sets = mine(matrix, min_count, max_len)
        rules = simple_rules(sets, min_confidence)
        length = sets.length[rules["both"].to_numpy()]
        plain = np.zeros(matrix.shape[0], np.int64)
        for test, bands in (("all playlists", plain), ("like length", None)):
            tested = significance(rules, sets, matrix, bands)
            passed = [
                discovered(rules, tested, sets, 1, method) <= FALSE_DISCOVERY_RATE
                for method in METHODS
            ]
            for k in range(2, max_len + 1):
                of = length == k
                counts = [int(one[of].sum()) for one in passed]
                rows.append((playlists, test, k, int(of.sum()), *counts))
    columns = ["playlists", "test", "items", "rules", "passed", "passed_bh"]
    return pd.DataFrame(rows, columns=columns)


def simple_rules(sets: ItemSets, min_confidence: float) -> pd.DataFrame:
    """Make the rules with one item that follows, without the redundant ones."""
    rules = make_rules(sets, min_confidence, max_consequent=1)
    return rules[improvement(rules, sets) > 0].reset_index(drop=True)
