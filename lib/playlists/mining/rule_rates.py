"""False discovery rates of rules among all that were possible, not only those that were found."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from lib.errors import ParameterError
from lib.playlists.mining.item_sets import ItemSets

METHODS = ("by", "bh")


def false_discovery(p_value: np.ndarray, n_tests: float, method: str = "by") -> np.ndarray:
    """Turn p-values into the least false discovery rates at which they pass.

    Parameters
    ----------
    p_value : numpy.ndarray, shape (tested,)
        The smallest p-values of all tests; the others count as 1.
    n_tests : float
        All tests that were possible.
    method : {"by", "bh"}, optional
        Benjamini and Yekutieli 2001, for any dependence between tests, or Benjamini and Hochberg
        1995, for independent or positively dependent ones.

    Examples
    --------
    >>> false_discovery(np.array([0.03, 0.001]), n_tests=4, method="bh").tolist()
    [0.06, 0.004]
    """
    if method not in METHODS:
        raise ParameterError(f"method {method!r}: unknown; expected one of {', '.join(METHODS)}")
    if n_tests < len(p_value):
        raise ParameterError(f"n_tests: expected {len(p_value):,} or more, found {n_tests:,}")
    factor = _harmonic(n_tests) if method == "by" else 1.0
    order = np.argsort(p_value)
    raised = p_value[order] * (n_tests * factor) / np.arange(1, len(order) + 1)
    least = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1)
    found = np.empty(len(order))
    found[order] = least
    return found


def possible_rules(n_items: int, length: int, max_consequent: int | None = None) -> int:
    """Count the rules of so many items, so long, that there could be.

    Examples
    --------
    >>> possible_rules(3, 2), possible_rules(3, 3), possible_rules(3, 3, max_consequent=1)
    (6, 6, 3)
    """
    most = length - 1 if max_consequent is None else min(max_consequent, length - 1)
    ways = sum(math.comb(length, added) for added in range(1, most + 1))
    return math.comb(n_items, length) * ways


def discovered(
    rules: pd.DataFrame,
    tested: pd.DataFrame,
    sets: ItemSets,
    max_consequent: int | None = None,
    method: str = "by",
) -> np.ndarray:
    """Give each rule its false discovery rate among all possible rules of its length.

    Lengths are families of their own, as the many long rules would else leave the short ones no
    chance (layered critical values: Webb 2008). All frequent items count, whether or not a rule
    of them passed the support and the confidence.

    Parameters
    ----------
    rules, tested : pandas.DataFrame
        From `lib.playlists.mining.rules.make_rules` and
        `lib.playlists.mining.rule_tests.significance`.
    sets : ItemSets
        The sets that they were made from.
    max_consequent : int, optional
        As given to `make_rules`.
    method : {"by", "bh"}, optional
        See `false_discovery`.

    Returns
    -------
    numpy.ndarray of float64, shape (rules,)
    """
    length = sets.length[rules["both"].to_numpy()]
    rate = np.ones(len(rules))
    p_value = tested["p_value"].to_numpy()
    for k in np.unique(length).tolist():
        rows = np.flatnonzero(length == k)
        n_tests = possible_rules(int(sets.start[2]), k, max_consequent)
        rate[rows] = false_discovery(p_value[rows], n_tests, method)
    return rate


def _harmonic(n: float) -> float:
    """1 + 1/2 + … + 1/n."""
    if n < 1000:
        return sum(1 / i for i in range(1, int(n) + 1))
    return math.log(n) + np.euler_gamma + 1 / (2 * n)
