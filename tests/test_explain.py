"""Contributions add up to the prediction, are Shapley's, and the fast ones are compared fairly."""

import itertools
import math

import numpy as np
import pytest
import xgboost as xgb
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.errors import DataError, ParameterError
from lib.modelling.reasons.explain import agreement, contributions
from lib.modelling.reasons.shap_values import read_trees, shap_values, sum_of_leaves


def fit(matrix, target, trees=6, **settings):
    settings = {"max_depth": 3, "eta": 0.5, "min_child_weight": 1, "nthread": 1} | settings
    return xgb.train(settings, xgb.DMatrix(matrix, target), trees)


def data(seed, rows=80, columns=4):
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, 5, (rows, columns)).astype(np.float32)
    return matrix, matrix[:, 0] * matrix[:, 1] + 3 * matrix[:, -1] + rng.normal(0, 1, rows)


def expectation(tree, row, known, node=0):
    """Average over the training rows at each split on a feature that is not known."""
    if tree.left[node] < 0:
        return float(tree.threshold[node])
    left, right = tree.left[node], tree.right[node]
    if tree.feature[node] in known:
        below = row[tree.feature[node]] < tree.threshold[node]
        return expectation(tree, row, known, left if below else right)
    return sum(
        tree.cover[child] / tree.cover[node] * expectation(tree, row, known, child)
        for child in (left, right)
    )


def shapley(booster, row):
    """By the definition, over all orders."""
    trees, base = read_trees(booster)
    features = range(len(row))

    def value(known):
        return base + sum(expectation(tree, row, known) for tree in trees)

    orders = list(itertools.permutations(features))
    total = np.zeros(len(row) + 1)
    total[-1] = value(frozenset())
    for order in orders:
        for place, feature in enumerate(order):
            before = frozenset(order[:place])
            total[feature] += (value(before | {feature}) - value(before)) / len(orders)
    return total


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), depth=st.integers(1, 5), trees=st.integers(1, 3))
def test_shapley_values_are_those_of_the_definition(seed, depth, trees):
    matrix, target = data(seed)
    booster = fit(matrix, target, trees, max_depth=depth)
    found = shap_values(booster, matrix[:3])
    assert found == pytest.approx(np.array([shapley(booster, row) for row in matrix[:3]]), abs=1e-9)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_shallow_trees_as_xgboost_has_it(seed):
    matrix, target = data(seed)
    booster = fit(matrix, target, subsample=0.7, seed=seed)
    theirs = contributions(booster, xgb.DMatrix(matrix), exact=True)
    assert shap_values(booster, matrix) == pytest.approx(theirs, abs=1e-4)


def test_long_paths_add_up_where_32_bits_do_not():
    rng = np.random.default_rng(0)
    genre = rng.integers(0, 40, 4000)
    matrix = np.column_stack([np.eye(40)[genre], rng.random(4000)]).astype(np.float32)
    target = 3.0 * genre + 10 * matrix[:, -1]
    booster = fit(
        matrix, target, 20, max_depth=0, max_leaves=40, grow_policy="lossguide", tree_method="hist"
    )
    rows = matrix[:200]
    whole = sum_of_leaves(booster, rows)
    assert shap_values(booster, rows).sum(axis=1) == pytest.approx(whole, abs=1e-9)
    assert booster.predict(xgb.DMatrix(rows)) == pytest.approx(whole, abs=1e-3)
    theirs = contributions(booster, xgb.DMatrix(rows), exact=True).sum(axis=1, dtype=float)
    # If this ever fails, XGBoost has become exact and the own computation may go.
    assert np.abs(theirs - whole).max() > 1e-3


def test_missing_values_go_where_the_trees_send_them():
    matrix, target = data(1)
    matrix[::3, 0] = np.nan
    matrix[::5, 3] = np.nan
    booster = fit(matrix, target)
    theirs = contributions(booster, xgb.DMatrix(matrix), exact=True)
    assert shap_values(booster, matrix) == pytest.approx(theirs, abs=1e-4)


def test_features_never_asked_and_trees_without_splits_give_nothing():
    matrix, target = data(2)
    matrix[:, 2] = 7
    assert (shap_values(fit(matrix, target), matrix)[:, 2] == 0).all()
    flat = shap_values(fit(matrix, np.full(len(matrix), 5.0)), matrix)
    assert (flat[:, :-1] == 0).all()
    assert flat[:, -1] == pytest.approx(5, abs=1e-6)


def test_no_rows():
    matrix, target = data(3)
    assert shap_values(fit(matrix, target), matrix[:0]).shape == (0, 5)


def test_refuses_other_columns_and_other_boosters():
    matrix, target = data(4)
    with pytest.raises(DataError, match="4 columns expected"):
        shap_values(fit(matrix, target), matrix[:, :3])
    others = ({"booster": "dart"}, {"booster": "gblinear"}, {"objective": "binary:logistic"})
    for other in others:
        settings = {"nthread": 1} | other
        booster = xgb.train(settings, xgb.DMatrix(matrix, target > target.mean()), 2)
        with pytest.raises(ParameterError, match="reg:squarederror"):
            shap_values(booster, matrix)


def test_agreement_by_hand():
    exact = np.array([[4.0, -3, 2, 0.5], [1, 2, -3, 4], [4.0, 3, -1, 2]])
    fast = np.array([[4.0, 2, -3, 0.1], [-1, 2, 3, 4], [0.1, 3, 4, -2]])
    found = agreement(fast, exact, 3)
    assert found["first"] == pytest.approx(2 / 3)
    assert found["set"] == pytest.approx(2 / 3)
    assert found["order"] == pytest.approx(1 / 3)
    assert found["shared"] == pytest.approx(8 / 3)
    # |exact| is 9, 8, 6, 6.5 over all rows: the usual three are 0, 1, 3.
    assert found["always"] == pytest.approx(1 / 3)
    assert found["rank"] == pytest.approx(np.mean([0.8, 1.0, -0.8]))


def test_agreement_with_itself_is_full():
    values = np.random.default_rng(0).normal(size=(50, 6))
    found = agreement(values, values)
    assert {found[key] for key in ("first", "set", "order")} == {1.0}
    assert math.isclose(found["rank"], 1)
