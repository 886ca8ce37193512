import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.errors import DataError, ParameterError
from lib.modelling.splits import PROTOCOLS, group_folds, random_folds

NAMES = st.lists(st.integers(0, 30), min_size=1, max_size=200)


@given(NAMES, st.integers(2, 6), st.integers(0, 5))
def test_groups_stay_whole_and_folds_are_all_there(names, n_folds, seed):
    groups = pd.Series(names, name="artist")
    if groups.nunique() < n_folds:
        with pytest.raises(DataError, match=r"artist.*fewer folds"):
            group_folds(groups, n_folds, seed)
        return
    folds = group_folds(groups, n_folds, seed)
    assert pd.Series(folds).groupby(groups.to_numpy()).nunique().eq(1).all()
    assert set(folds) == set(range(n_folds))
    # Dealt to the emptiest fold, folds differ by no more than the largest group.
    sizes = np.bincount(folds)
    assert sizes.max() - sizes.min() <= groups.value_counts().max()


@given(NAMES.filter(lambda names: len(set(names)) >= 3), st.randoms(use_true_random=False))
def test_fold_of_a_group_does_not_depend_on_row_order(names, random):
    mixed = list(names)
    random.shuffle(mixed)
    first = dict(zip(names, group_folds(pd.Series(names), 3, seed=1), strict=True))
    second = dict(zip(mixed, group_folds(pd.Series(mixed), 3, seed=1), strict=True))
    assert first == second


def test_seed_decides_the_draw():
    groups = pd.Series([f"artist {n}" for n in range(500)])
    first = group_folds(groups, 5, seed=1)
    assert (first == group_folds(groups, 5, seed=1)).all()
    assert (first != group_folds(groups, 5, seed=2)).mean() > 0.5


def test_folds_do_not_follow_the_alphabet():
    groups = pd.Series(np.arange(10_000))
    folds = group_folds(groups, 5, seed=0)
    means = groups.groupby(folds).mean()
    assert means.max() - means.min() < 400  # 5 standard errors; sorted folds lie 2,000 apart


def test_bad_input_is_named():
    with pytest.raises(DataError, match=r"'artist'.*found 1 rows without"):
        group_folds(pd.Series(["a", None, "b"], name="artist"), 2, seed=0)
    with pytest.raises(ParameterError, match="found 1"):
        group_folds(pd.Series(["a", "b"]), 1, seed=0)
    with pytest.raises(ParameterError):
        random_folds(10, 0, seed=0)
    with pytest.raises(DataError):
        random_folds(3, 4, seed=0)


@given(st.integers(2, 300), st.integers(2, 10), st.integers(0, 3))
def test_random_folds_are_of_one_size(n_rows, n_folds, seed):
    if n_rows < n_folds:
        return
    sizes = np.bincount(random_folds(n_rows, n_folds, seed), minlength=n_folds)
    assert sizes.max() - sizes.min() <= 1
    assert sizes.sum() == n_rows


def test_protocols_are_named_by_their_key():
    assert all(name == protocol.name for name, protocol in PROTOCOLS.items())
    assert all("track_id" in PROTOCOLS[name].keys for name in ("first_artist", "recording"))
