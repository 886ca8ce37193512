"""A stack weighs its members by what they say of rows that they were not fitted on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import nnls
from sklearn.base import BaseEstimator, RegressorMixin, clone
from tuning_data import catalogue

from lib.evaluation.regression import r2
from lib.modelling import compare, estimators
from lib.modelling.splits import group_folds
from lib.modelling.stack import member_predictions, stack, weights
from lib.tracks.twins import artist_groups, link

ROWS = catalogue(400)
GROUP = ("first_artist", "recording_id")
FOLD = group_folds(artist_groups(ROWS), 4, seed=2)
FIT, TEST = ROWS[FOLD != 0].reset_index(drop=True), ROWS[FOLD == 0]


class Memory(RegressorMixin, BaseEstimator):
    """Knows the target of each artist that it has seen, and nothing else."""

    def fit(self, X, y):
        self.known_ = pd.Series(np.asarray(y)).groupby(X["first_artist"].to_numpy()).mean()
        return self

    def predict(self, X):
        return X["first_artist"].map(self.known_).fillna(50.0).to_numpy()


def members():
    return {
        "linear": estimators.linear("audio+genres"),
        "XGBoost": estimators.xgboost("audio+genres", 20, 0),
    }


def test_it_is_nonnegative_least_squares_on_out_of_fold_predictions():
    fold = group_folds(link(*(FIT[name] for name in GROUP)), 3, seed=1)
    target = FIT["popularity"].to_numpy()
    inside = np.empty((len(FIT), 2))
    outside = np.empty((len(TEST), 2))
    for column, model in enumerate(members().values()):
        for number in range(3):
            here = fold == number
            fitted = clone(model).fit(FIT[~here], target[~here])
            inside[here, column] = fitted.predict(FIT[here])
        outside[:, column] = clone(model).fit(FIT, target).predict(TEST)
    centre = inside.mean(axis=0)
    weight, _ = nnls(inside - centre, target - target.mean())
    expected = target.mean() + (outside - centre) @ weight
    fitted = stack(members(), GROUP, 3, seed=1).fit(FIT, FIT["popularity"])
    np.testing.assert_allclose(list(weights(fitted).values()), weight, atol=1e-4)
    np.testing.assert_allclose(fitted.predict(TEST), expected, atol=1e-3)
    alone = member_predictions(fitted, TEST)
    np.testing.assert_allclose(alone["XGBoost"], outside[:, 1], rtol=1e-5)


def test_a_member_that_remembers_its_rows_gets_no_say():
    given = members() | {"memory": Memory()}
    assert r2(FIT["popularity"], Memory().fit(FIT, FIT["popularity"]).predict(FIT)) > 0.4
    fitted = stack(given, GROUP, 3, seed=1).fit(FIT, FIT["popularity"])
    assert weights(fitted)["memory"] < 0.1
    assert all(weight >= 0 for weight in weights(fitted).values())
    # Cut at random rows instead, it would be trusted.
    careless = stack(given, ("track_id",), 3, seed=1).fit(FIT, FIT["popularity"])
    assert weights(careless)["memory"] > weights(fitted)["memory"]


def test_test_rows_have_no_part_in_it():
    one = stack(members(), GROUP, 3, seed=1).fit(FIT, FIT["popularity"])
    all_rows = one.predict(TEST)
    np.testing.assert_allclose(one.predict(TEST.iloc[:3]), all_rows[:3], rtol=1e-5)
    again = clone(one).fit(FIT, FIT["popularity"])
    np.testing.assert_array_equal(again.predict(TEST), all_rows)


def test_cross_validation_takes_it_as_any_other_model():
    folds = pd.DataFrame({"track_id": ROWS["track_id"], "split": "first_artist", "fold": FOLD})
    models = {"mean": estimators.mean(), "stack": stack(members(), GROUP, 3, seed=1)}
    predictions = compare.cross_validate(ROWS, folds, models)
    part = predictions[predictions["model"] == "stack"]
    assert r2(part["popularity"], part["prediction"]) > 0.3


@pytest.mark.parametrize("n_folds", [2, 5])
def test_weights_follow_the_number_of_folds(n_folds):
    fitted = stack(members(), GROUP, n_folds, seed=1).fit(FIT, FIT["popularity"])
    assert set(weights(fitted)) == set(members())
