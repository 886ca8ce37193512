import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as sk

from lib.errors import DataError
from lib.evaluation.regression import METRICS, r2, scores

# Few distinct values, so that ties are common on both sides.
VALUE = st.integers(0, 12).map(float)
ROWS = st.lists(st.tuples(VALUE, VALUE, st.integers(0, 4)), min_size=2, max_size=60)


def slow_auc(target, prediction):
    """Compare every pair."""
    ordered = np.sort(target)
    threshold = ordered[int(np.ceil(len(ordered) * 9 / 10)) - 1]
    top, rest = prediction[target >= threshold], prediction[target < threshold]
    if not len(top) or not len(rest):
        return np.nan
    return float(np.mean([(a > b) + (a == b) / 2 for a in top for b in rest]))


def slow_scores(target, prediction):
    constant = len(set(target)) == 1 or len(set(prediction)) == 1
    return {
        "r2": np.nan if len(set(target)) == 1 else sk.r2_score(target, prediction),
        "mae": sk.mean_absolute_error(target, prediction),
        "rmse": sk.root_mean_squared_error(target, prediction),
        "spearman": 0.0 if constant else stats.spearmanr(target, prediction).statistic,
        "top_decile_auc": slow_auc(target, prediction),
    }


@given(ROWS)
def test_unit_weights_equal_the_libraries(rows):
    target, prediction, _ = np.array(rows).T
    assert scores(target, prediction) == pytest.approx(
        slow_scores(target, prediction), abs=1e-9, nan_ok=True
    )


@given(ROWS.filter(lambda rows: any(row[2] for row in rows)))
def test_whole_weights_equal_repeated_rows(rows):
    target, prediction, weight = np.array(rows).T
    times = weight.astype(int)
    repeated = slow_scores(np.repeat(target, times), np.repeat(prediction, times))
    assert scores(target, prediction, weight) == pytest.approx(repeated, abs=1e-9, nan_ok=True)


def test_fractional_weights_equal_scikit_learn():
    rng = np.random.default_rng(0)
    target, prediction, weight = rng.normal(size=(3, 300))
    weight = np.abs(weight)
    found = scores(target, prediction, weight)
    assert found["r2"] == pytest.approx(sk.r2_score(target, prediction, sample_weight=weight))
    assert found["mae"] == pytest.approx(
        sk.mean_absolute_error(target, prediction, sample_weight=weight)
    )
    assert found["rmse"] == pytest.approx(
        sk.root_mean_squared_error(target, prediction, sample_weight=weight)
    )


def test_auc_equals_scikit_learn_on_many_rows():
    rng = np.random.default_rng(1)
    target = rng.integers(0, 100, 5000).astype(float)
    prediction = np.round(0.3 * target + rng.normal(0, 20, 5000))
    top = target >= np.quantile(target, 0.9, method="inverted_cdf")
    expected = sk.roc_auc_score(top, prediction)
    assert scores(target, prediction)["top_decile_auc"] == pytest.approx(expected)


def test_ties_at_the_quantile_belong_to_the_top():
    # Nine tenths lie at or below 5; with its ties the top holds six rows of ten.
    target = np.array([0, 1, 2, 3, 5, 5, 5, 5, 5, 9])
    prediction = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
    assert scores(target, prediction)["top_decile_auc"] == 1.0
    assert scores(target, -prediction)["top_decile_auc"] == 0.0


def test_r2_is_the_score_of_that_name():
    found = scores([1, 2, 3, 8], [1, 3, 2, 5], [1, 1, 2, 1])
    assert tuple(found) == METRICS
    assert r2([1, 2, 3, 8], [1, 3, 2, 5], [1, 1, 2, 1]) == found["r2"]


FOLDED = st.lists(st.tuples(VALUE, VALUE, st.integers(1, 3), st.integers(0, 2)), min_size=2)


@given(FOLDED)
def test_folds_change_the_rank_scores_only_and_average_them(rows):
    target, prediction, weight, fold = np.array(rows).T
    pooled, found = scores(target, prediction, weight), scores(target, prediction, weight, fold)
    for name in ("r2", "mae", "rmse"):
        assert found[name] == pytest.approx(pooled[name], nan_ok=True)
    parts = [fold == number for number in np.unique(fold)]
    each = [scores(target[p], prediction[p], weight[p]) for p in parts]
    for name in ("spearman", "top_decile_auc"):
        values, sizes = (
            np.array([score[name] for score in each]),
            np.array([weight[part].sum() for part in parts]),
        )
        known = ~np.isnan(values)
        expected = (values * sizes)[known].sum() / sizes[known].sum() if known.any() else np.nan
        assert found[name] == pytest.approx(expected, abs=1e-9, nan_ok=True)


@given(st.lists(st.tuples(VALUE, st.integers(0, 3)), min_size=2, max_size=60))
def test_a_constant_in_each_fold_orders_nothing(rows):
    target, fold = np.array(rows).T
    # Means of the training rows: low where the held-out targets are high.
    prediction = np.array([target[fold != number].sum() for number in fold]) / len(target)
    found = scores(target, prediction, fold=fold)
    assert found["spearman"] == 0
    assert found["top_decile_auc"] == 0.5 or np.isnan(found["top_decile_auc"])


def test_folds_without_weight_are_passed_over():
    found = scores([1, 2, 3, 9, 1], [1, 2, 3, 1, 9], [1, 1, 1, 0, 0], [0, 0, 0, 1, 1])
    assert found["spearman"] == 1
    assert found["top_decile_auc"] == 1


def test_a_constant_prediction_orders_nothing():
    found = scores([1, 2, 3, 4], [2.5] * 4)
    assert found["spearman"] == 0
    assert found["top_decile_auc"] == 0.5
    assert found["r2"] == 0


def test_equal_targets_have_no_variance_to_explain():
    found = scores([3, 3, 3], [1, 2, 3])
    assert np.isnan(found["r2"])
    assert np.isnan(found["top_decile_auc"])
    assert found["mae"] == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([], []), "same length"),
        (([1, 2], [1]), "same length"),
        (([1, np.nan], [1, 2]), "target.*found 1"),
        (([1, 2], [1, np.inf]), "prediction.*found 1"),
        (([1, 2], [1, 2], [1]), "sample_weight"),
        (([1, 2], [1, 2], [0, 0]), "not all 0"),
        (([1, 2], [1, 2], [-1, 2]), "weights from 0"),
        (([1, 2], [1, 2], [np.nan, 2]), "weights from 0"),
        (([1, 2], [1, 2], None, [0]), "fold: shape"),
    ],
)
def test_bad_input_is_named(arguments, words):
    with pytest.raises(DataError, match=words):
        scores(*arguments)
