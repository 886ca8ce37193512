"""Levels learnt from the target: shrinkage, fall-back, and no row that sees its own target."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import LinearRegression

from lib.evaluation.leaks import find_foreign_fit, find_target_copies
from lib.modelling.levels import KNOWN, CrossFitted, KeyLevel


def catalogue(seed=0, artists=40, spread=15.0, noise=8.0):
    """Tracks of artists with a level of their own; every third recording has a second release."""
    rng = np.random.default_rng(seed)
    rows = []
    for artist, count in enumerate(rng.integers(1, 12, artists)):
        level = 40 + spread * rng.normal()
        for _ in range(count):
            recording = len({row[1] for row in rows})
            popularity = level + noise * rng.normal()
            copies = 1 + (recording % 3 == 0)
            rows += [(f"artist {artist}", recording, popularity)] * copies
    return pd.DataFrame(rows, columns=["first_artist", "recording_id", "popularity"])


def level(X, y, **options):
    return KeyLevel(**options).fit(X, y)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.floats(0, 20))
def test_level_equals_the_formula_written_out(seed, k):
    tracks = catalogue(seed, artists=6)
    fitted = level(tracks, tracks["popularity"], shrinkage=k)
    once = tracks.groupby(["first_artist", "recording_id"])["popularity"].mean()
    overall = once.mean()
    for artist, values in once.groupby("first_artist"):
        row = fitted.transform(pd.DataFrame({"first_artist": [artist]}))[0]
        n = len(values)
        expected = [(values.sum() + k * overall) / (n + k), n]
        expected += [values.median(), values.min(), values.max()]
        assert row == pytest.approx(expected)


def test_shrinkage_is_the_ratio_of_the_planted_variances():
    found = [
        level(tracks, tracks["popularity"]).shrinkage_
        for tracks in (catalogue(seed, artists=300, spread=12, noise=9) for seed in range(5))
    ]
    assert np.mean(found) == pytest.approx((9 / 12) ** 2, rel=0.15)


def test_artists_that_do_not_differ_all_get_the_mean():
    tracks = pd.DataFrame({"first_artist": list("aabb"), "recording_id": range(4)})
    fitted = level(tracks, [10, 50, 50, 10])
    assert fitted.shrinkage_ == np.inf
    assert fitted.transform(tracks)[:, 0].tolist() == [30, 30, 30, 30]


def test_one_recording_an_artist_is_believed_half():
    tracks = pd.DataFrame({"first_artist": ["a", "b"], "recording_id": [0, 1]})
    assert level(tracks, [0, 40]).transform(tracks)[:, 0].tolist() == [10, 30]


def test_unseen_artists_fall_back_to_the_mean():
    tracks = catalogue()
    fitted = level(tracks, tracks["popularity"])
    row = fitted.transform(pd.DataFrame({"first_artist": ["nobody"]}))[0]
    once = tracks.groupby("recording_id")["popularity"].first()
    assert row[:2] == pytest.approx([once.mean(), 0])
    assert np.isnan(row[2:]).all()
    assert len(row) == len(KNOWN)


def encoder(group=("recording_id",)):
    return CrossFitted(KeyLevel(), group, n_folds=5, seed=1)


def test_targets_of_test_rows_change_nothing():
    tracks = catalogue()
    train, test = tracks.iloc[:150], tracks.iloc[150:]
    before = encoder().fit(train, train["popularity"]).transform(test)
    changed = test.assign(popularity=0.0)
    after = encoder().fit(train, train["popularity"]).transform(changed)
    np.testing.assert_array_equal(before, after)
    fitted = encoder().fit(train, train["popularity"])
    assert find_foreign_fit(fitted, train, test, train["popularity"]).empty
    peeking = encoder().fit(tracks, tracks["popularity"])
    assert len(find_foreign_fit(peeking, train, test, train["popularity"])) == 1


@pytest.mark.parametrize("seed", [0, 1])
def test_no_row_sees_its_own_target_nor_that_of_its_copy(seed):
    tracks = catalogue(seed)
    y = tracks["popularity"].to_numpy()
    before = encoder().fit_transform(tracks, y)
    for recording in (0, 3, 7):
        mine = (tracks["recording_id"] == recording).to_numpy()
        after = encoder().fit_transform(tracks, np.where(mine, 1000.0, y))
        np.testing.assert_array_equal(before[mine], after[mine])
        assert not np.array_equal(before[~mine], after[~mine])


def test_without_whole_recordings_a_copy_gives_the_target_away():
    tracks = catalogue()
    y = tracks["popularity"].to_numpy()
    tracks["track_id"] = range(len(tracks))
    loose = CrossFitted(KeyLevel(recording="track_id"), ("track_id",), seed=1)
    mine = np.zeros(len(tracks), bool)
    mine[:2] = True  # two releases of recording 0
    before = loose.fit_transform(tracks, y)
    after = clone(loose).fit_transform(tracks, np.where(mine, 1000.0, y))
    assert not np.array_equal(before[mine], after[mine])


def test_a_singleton_gets_the_mean_and_the_detector_tells_the_naive_mean_from_it():
    tracks = catalogue(artists=120)
    y, artist = tracks["popularity"], tracks["first_artist"]
    made = encoder().fit_transform(tracks, y)
    alone = ~artist.duplicated(keep=False)
    assert alone.sum() >= 5
    assert (made[alone, 1] == 0).all()
    naive = y.groupby(artist).transform("mean")
    features = pd.DataFrame({"honest": made[:, 0], "naive": naive})
    assert find_target_copies(features, y, artist)["where"].tolist() == ["naive"]


def test_groups_that_share_any_label_are_left_out_together():
    tracks = pd.DataFrame(
        {"first_artist": list("aabbcd"), "recording_id": [0, 1, 1, 2, 3, 4], "x": range(6)}
    )
    y = np.arange(6.0)
    tied = CrossFitted(LinearRegression(), ("first_artist", "recording_id"), PickX(), 3)
    before = tied.fit_transform(tracks, y)
    after = tied.fit_transform(tracks, np.where(np.arange(6) < 4, 100 - y, y))
    # Rows 0 to 3 hang together: none of their answers rests on any of their targets.
    np.testing.assert_array_equal(before[:4], after[:4])


class PickX(KeyLevel):
    """A transformer without a target: column x alone."""

    def __init__(self):
        super().__init__()

    def fit(self, X, y=None):
        assert y is None
        return self

    def transform(self, X):
        return X[["x"]].to_numpy(float)


def test_training_rows_get_what_a_fit_on_the_other_folds_says():
    tracks = catalogue()
    y = tracks["popularity"].to_numpy()
    made = encoder().fit_transform(tracks, y)
    refitted = encoder().fit(tracks, y).transform(tracks)
    # In sample the level follows the target more closely than out of fold.
    assert np.corrcoef(refitted[:, 0], y)[0, 1] > np.corrcoef(made[:, 0], y)[0, 1]
    assert made.dtype == np.float32
