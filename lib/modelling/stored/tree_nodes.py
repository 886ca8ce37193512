"""The nodes of boosted trees: are they trees, and are their numbers such as can be used."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

DEEPEST = 200
"""Levels of a tree; XGBoost walks down some of them by recursion, so their number has a bound."""

BOUND = 1e30
"""Of every number: sums of a million of them are still finite in 32 bits."""

LIGHTEST, TOLERANCE = 1e-6, 0.01
"""Least sum of second derivatives in a node, and how far (relative) it may be from its children's;
rounding alone makes 2e-7."""

NO_PARENT = 2**31 - 1
"""What XGBoost writes as the parent of a root."""

OF_NODES = {
    "left_children": ">i4",
    "right_children": ">i4",
    "parents": ">i4",
    "split_indices": ">i4",
    "split_conditions": ">f4",
    "base_weights": ">f4",
    "sum_hessian": ">f4",
    "loss_changes": ">f4",
    "default_left": "u1",
    "split_type": "u1",
}
"""A tree's arrays with a value for each node."""

OF_CATEGORIES = {
    "categories": ">i4",
    "categories_nodes": ">i4",
    "categories_segments": ">i8",
    "categories_sizes": ">i8",
}


def check_nodes(nodes: Mapping[str, np.ndarray], sizes: np.ndarray, width: int) -> None:
    """Check that the nodes of each tree are one tree, and hold numbers that can be used."""
    starts = np.cumsum(sizes) - sizes
    own, size = np.repeat(starts, sizes), np.repeat(sizes, sizes)

    def every(good: np.ndarray, name: str, expected: str) -> None:
        if not good.all():
            first = int(np.argmin(good))
            tree = int(np.searchsorted(starts, first, side="right")) - 1
            where = f"tree {tree}, node {first - starts[tree]}, {name}"
            found = nodes[name][first] if name in nodes else "another"
            raise ValueError(f"{where}: {expected} expected, found {found}")

    left, right = (nodes[f"{side}_children"].astype(np.int64) for side in ("left", "right"))
    leaf = left == -1
    for name, child in (("left_children", left), ("right_children", right)):
        every(
            np.where(leaf, child == -1, (child > 0) & (child < size)),
            name, "both -1, or two nodes of the tree,",
        )  # fmt: skip
    left, right = left + own, right + own
    above = np.flatnonzero(~leaf)
    below = np.concatenate([left[above], right[above]])
    times = np.bincount(below, minlength=len(left))
    times[starts] += 1
    every(times == 1, "children", "each node the child of one")
    parent = np.full(len(left), NO_PARENT)
    parent[below] = np.tile(above - own[above], 2)
    every(nodes["parents"] == parent, "parents", "the node whose child it is")
    # Each node has one parent, so what is not reached from a root hangs on a circle.
    reached, front = np.zeros(len(left), dtype=bool), starts
    for _ in range(DEEPEST):
        reached[front] = True
        inner = front[~leaf[front]]
        front = np.concatenate([left[inner], right[inner]])
    every(reached, "children", f"a path from the root of fewer than {DEEPEST} steps")
    feature = nodes["split_indices"]
    every((feature >= 0) & (feature < width), "split_indices", f"a feature below {width}")
    for name in ("split_conditions", "base_weights", "sum_hessian", "loss_changes"):
        every(np.abs(nodes[name]) <= BOUND, name, f"a number within ±{BOUND:g}")
    # Contributions are shared out by weight: XGBoost fails on shares that are none.
    weight = nodes["sum_hessian"].astype(np.float64)
    every(weight >= LIGHTEST, "sum_hessian", f"at least {LIGHTEST:g}")
    sums = weight.copy()
    sums[above] = weight[left[above]] + weight[right[above]]
    every(np.abs(sums / weight - 1) < TOLERANCE, "sum_hessian", "the sum of its children's")
    every(nodes["default_left"] <= 1, "default_left", "0 or 1")
    every(nodes["split_type"] == 0, "split_type", "0, as of a numeric split,")


def typed_array(value: object, kind: str) -> np.ndarray:
    """Take an array of UBJSON, which must be of this very type."""
    if not isinstance(value, np.ndarray) or value.dtype != np.dtype(kind):
        raise ValueError(f"an array of type {np.dtype(kind).name} expected")
    return value


def listed_array(value: object, kind: str) -> np.ndarray:
    """Make an array of a JSON list of numbers; XGBoost takes no 2 for a 2.0."""
    real = np.dtype(kind).kind == "f"
    if not isinstance(value, list) or {type(one) for one in value} - {float if real else int}:
        raise ValueError(f"a list of {'real' if real else 'whole'} numbers expected")
    # Not yet in 32 bits, in which a large number would be infinite.
    return np.array(value, dtype=np.float64 if real else kind)
