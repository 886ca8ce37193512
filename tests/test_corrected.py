"""Repeated folds, and the test that allows for their shared rows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lib.errors import DataError, ParameterError
from lib.evaluation.corrected import corrected_t
from lib.modelling.splits import group_folds, repeated_group_folds

VALUES = st.lists(st.floats(-1, 1), min_size=2, max_size=30).filter(lambda x: np.std(x) > 1e-6)


@given(VALUES)
def test_without_shared_rows_it_is_the_plain_t_test(values):
    found = corrected_t(values, test_share=1e-12)
    plain = stats.ttest_1samp(values, 0)
    assert found.t == pytest.approx(plain.statistic, rel=1e-6)
    assert found.p == pytest.approx(plain.pvalue, rel=1e-5, abs=1e-12)
    assert found.mean == pytest.approx(np.mean(values))


@given(VALUES, st.floats(0.05, 0.9), st.floats(0.5, 0.99))
def test_it_is_more_careful_and_interval_and_p_value_agree(values, test_share, level):
    found = corrected_t(values, test_share, level)
    assert abs(found.t) <= abs(stats.ttest_1samp(values, 0).statistic) + 1e-9
    outside = found.low > 0 or found.high < 0
    if abs(found.p - (1 - level)) > 1e-9:
        assert outside == (found.p < 1 - level)


def test_hand_worked_example():
    # Variance 0.02, five folds of a fifth: error = sqrt((1/5 + 1/4) * 0.02).
    found = corrected_t([[0.3, 0.1, 0.5], [0.3, 0.3, 0.3]], test_share=1 / 3)
    error = np.sqrt((1 / 6 + 0.5) * np.var([0.3, 0.1, 0.5, 0.3, 0.3, 0.3], ddof=1))
    assert found.folds == 6
    assert found.t == pytest.approx(0.3 / error)


def test_false_alarms_are_rare_where_the_plain_test_cries_wolf():
    # Two models of equal worth: fold scores share a part, as folds that share training rows do.
    rng = np.random.default_rng(0)
    plain = corrected = 0
    for _ in range(400):
        shared = rng.normal(0, np.sqrt(0.2))
        values = shared + rng.normal(0, np.sqrt(0.8), 10)
        plain += stats.ttest_1samp(values, 0).pvalue < 0.05
        corrected += corrected_t(values, test_share=0.2).p < 0.05
    assert plain > 100
    assert corrected < 60


def test_equal_differences_and_bad_input():
    assert corrected_t([0.0, 0.0], 0.2).p == 1
    assert corrected_t([0.1, 0.1], 0.2).p == 0
    for values in ([0.1], [0.1, np.nan]):
        with pytest.raises(DataError, match="two or more finite"):
            corrected_t(values, 0.2)
    with pytest.raises(ParameterError, match="test_share"):
        corrected_t([0.1, 0.2], 1.0)


def test_repeats_are_different_draws_that_keep_groups_whole():
    groups = pd.Series(np.arange(400) // 2)
    folds = repeated_group_folds(groups, 5, 3, seed=4)
    assert len(folds) == 3
    for fold in folds:
        assert pd.Series(fold).groupby(groups).nunique().eq(1).all()
    assert (folds[0] != folds[1]).mean() > 0.5
    longer = repeated_group_folds(groups, 5, 4, seed=4)
    assert all((a == b).all() for a, b in zip(folds, longer, strict=False))
    assert not any((group_folds(groups, 5, 4) == fold).all() for fold in folds[1:])
    with pytest.raises(ParameterError, match="repeats"):
        repeated_group_folds(groups, 5, 0, seed=4)
