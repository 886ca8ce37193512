"""Shapley values of boosted trees in 64 bits, whatever the depth of the trees.

XGBoost computes them in 32 bits by taking features out of a path one after the other, and each
such step may subtract nearly equal numbers: the error grows with the number of features on a path,
and trees over genre columns have long ones. Here nothing is subtracted.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass

import numpy as np
import xgboost as xgb

from lib.errors import DataError, ParameterError

MOST_FEATURES = 62
"""Features on one path: what a row answers to them is packed into a 64-bit number."""


@dataclass(frozen=True)
class Tree:
    """A regression tree as arrays, one entry a node; the root is node 0.

    Attributes
    ----------
    left, right : numpy.ndarray of int64, shape (m,)
        Children; -1 at a leaf.
    feature : numpy.ndarray of int64, shape (m,)
        Column that the node asks for.
    threshold : numpy.ndarray of float32, shape (m,)
        A row whose value lies below goes left. At a leaf: the leaf's value.
    missing_left : numpy.ndarray of bool, shape (m,)
        Whether a row without a value goes left.
    cover : numpy.ndarray of float64, shape (m,)
        Weight of the training rows that came by.
    """

    left: np.ndarray
    right: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    missing_left: np.ndarray
    cover: np.ndarray


def read_trees(booster: xgb.Booster) -> tuple[list[Tree], float]:
    """Take the trees and the base score out of a booster.

    Raises
    ------
    ParameterError
        When it is not a plain model of trees for one number: linear, dropout, of several classes,
        or split by categories.
    """
    learner = json.loads(bytes(booster.save_raw("json")))["learner"]
    model, about = learner["gradient_booster"], learner["learner_model_param"]
    kinds = {
        int(kind) for tree in model.get("model", {}).get("trees", ()) for kind in tree["split_type"]
    }
    if (
        model["name"] != "gbtree"
        or not learner["objective"]["name"] == "reg:squarederror"
        or int(about["num_target"]) > 1
        or kinds - {0}
    ):
        raise ParameterError(
            f"booster: trees (gbtree) with objective reg:squarederror, one target and numeric "
            f"splits expected, found {model['name']}, {learner['objective']['name']}, "
            f"{about['num_target']} targets, split types {sorted(kinds)}"
        )
    trees = [
        Tree(
            left=np.array(tree["left_children"], dtype=np.int64),
            right=np.array(tree["right_children"], dtype=np.int64),
            feature=np.array(tree["split_indices"], dtype=np.int64),
            threshold=np.array(tree["split_conditions"], dtype=np.float32),
            missing_left=np.array(tree["default_left"], dtype=bool),
            cover=np.array(tree["sum_hessian"], dtype=np.float64),
        )
        for tree in model["model"]["trees"]
    ]
    return trees, float(about["base_score"].strip("[]"))


def shap_values(booster: xgb.Booster, matrix: np.ndarray) -> np.ndarray:
    """Split each prediction into what its features add (path-dependent tree Shapley values).

    The value of a set of features is the prediction where the others are averaged over the
    training rows at each split (Lundberg et al., Nature Machine Intelligence 2, 2020, algorithm
    1). A leaf of value ``v`` whose path asks d features gives feature i

    ``v (o_i - z_i) * integral over t in 0..1 of prod_{j != i} ((1 - t) z_j + t o_j)``,

    where ``o_j`` is 1 if the row takes the path at every node that asks j, else 0, and ``z_j`` is
    the share of training rows that do, multiplied over these nodes: the weights
    ``s! (d - 1 - s)! / d!`` of Shapley's sum over sets are the integrals of
    ``t^s (1 - t)^(d - 1 - s)``. The integrand is a polynomial of degree d - 1, so ceil(d / 2)
    Gauss-Legendre nodes give it exactly, and all its factors are positive, so nothing cancels.

    Parameters
    ----------
    booster : xgboost.Booster
    matrix : numpy.ndarray, shape (n, k)
        Rows, in the columns of the booster.

    Returns
    -------
    numpy.ndarray of float64, shape (n, k + 1)
        In the target's unit; the last column is the mean prediction. Rows sum to the prediction,
        up to XGBoost's own rounding of it.

    Raises
    ------
    DataError
        When the columns are not as many as the booster's.
    ParameterError
        As `read_trees`, or when a path asks more than 62 features.
    """
    matrix = np.asarray(matrix, dtype=np.float32)
    if matrix.ndim != 2 or matrix.shape[1] != booster.num_features():
        raise DataError(
            f"matrix: {booster.num_features()} columns expected, found shape {matrix.shape}"
        )
    trees, base = read_trees(booster)
    # A column a row of memory: each leaf adds to a few columns.
    total = np.zeros((matrix.shape[1] + 1, len(matrix)))
    total[-1] = base
    for tree in trees:
        _add_tree(total, tree, matrix)
    return total.T.copy()


def sum_of_leaves(booster: xgb.Booster, matrix: np.ndarray) -> np.ndarray:
    """Predict in 64 bits: the base score and the value of each tree's leaf that a row falls in.

    XGBoost adds the same numbers in 32 bits; over some hundred trees it may end a ten-thousandth
    of a point away.

    Returns
    -------
    numpy.ndarray of float64, shape (n,)
    """
    trees, base = read_trees(booster)
    leaf = booster.predict(
        xgb.DMatrix(matrix, feature_names=booster.feature_names), pred_leaf=True, strict_shape=True
    ).reshape(len(matrix), -1)
    total = np.full(len(matrix), base)
    for number, tree in enumerate(trees):
        total += tree.threshold[leaf[:, number].astype(np.int64)].astype(np.float64)
    return total


def _add_tree(total: np.ndarray, tree: Tree, matrix: np.ndarray) -> None:
    inner = np.flatnonzero(tree.left >= 0)
    asked = matrix[:, tree.feature[inner]]
    goes_left = np.where(np.isnan(asked), tree.missing_left[inner], asked < tree.threshold[inner])
    taken = {}
    for column, node in enumerate(inner):
        taken[tree.left[node]] = goes_left[:, column]
        taken[tree.right[node]] = ~goes_left[:, column]
    # Depth first; a path is, by feature: the rows that take it there, and the share that did.
    todo: list[tuple[int, dict[int, tuple[np.ndarray, float]]]] = [(0, {})]
    while todo:
        node, path = todo.pop()
        if tree.left[node] < 0:
            _add_leaf(total, path, float(tree.threshold[node]))
            continue
        feature = int(tree.feature[node])
        for child in (int(tree.left[node]), int(tree.right[node])):
            share = tree.cover[child] / tree.cover[node]
            rows = taken[child]
            if feature in path:
                rows, share = rows & path[feature][0], share * path[feature][1]
            todo.append((child, path | {feature: (rows, share)}))


def _add_leaf(total: np.ndarray, path: dict[int, tuple[np.ndarray, float]], value: float) -> None:
    features = list(path)
    if len(features) > MOST_FEATURES:
        raise ParameterError(
            f"booster: at most {MOST_FEATURES} features on a path expected, found {len(features)}"
        )
    z = np.array([share for _, share in path.values()])
    total[-1] += value * z.prod()
    if not features:
        return
    code = np.zeros(total.shape[1], dtype=np.int64)
    for place, (rows, _) in enumerate(path.values()):
        code |= rows.astype(np.int64) << place
    # Rows that answer alike get the same, and there are few kinds of answers.
    kinds, kind_of_row = np.unique(code, return_inverse=True)
    o = (kinds[:, None] >> np.arange(len(features))) & 1
    t, weights = _quadrature((len(features) + 1) // 2)
    factors = (1 - t) * z[:, None] + t * o[:, :, None]
    integral = (factors.prod(axis=1, keepdims=True) / factors) @ weights
    total[features] += (value * (o - z) * integral).T[:, kind_of_row]


@functools.cache
def _quadrature(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre nodes and weights on 0 to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return (nodes + 1) / 2, weights / 2
