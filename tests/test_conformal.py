"""Intervals, bands, their calibration, collapse and drift, against plain references."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoring_data import catalogue, out_of_fold
from scoring_data import judge as judge_tracks
from sklearn.metrics import accuracy_score, f1_score

from lib.errors import DataError, ParameterError
from lib.evaluation import calibration as judge
from lib.modelling import bands, conformal, health


def draw(rows, seed):
    rng = np.random.default_rng(seed)
    prediction = rng.uniform(0, 70, rows)
    spread = rng.uniform(2, 20, rows)
    target = prediction + spread * rng.standard_t(4, rows)
    target = np.where(rng.random(rows) < 0.1, 0, target).clip(0, 100)
    return target, prediction, spread


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.9, 0.95])
def test_new_tracks_lie_in_their_interval_as_often_as_promised(coverage):
    law = conformal.calibrate(*draw(8000, 0), coverage)
    target, prediction, spread = draw(8000, 1)
    lower, upper = conformal.interval(law, prediction, spread)
    held = (target >= lower) & (target <= upper)
    assert abs(held.mean() - coverage) < 0.02
    wide = spread > np.median(spread)
    assert abs(held[wide].mean() - held[~wide].mean()) < 0.05
    assert (upper - lower)[wide].mean() > (upper - lower)[~wide].mean()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(200, 900), st.sampled_from([0.5, 0.9]))
def test_the_window_holds_its_share_of_the_tracks_it_was_learnt_from(seed, rows, coverage):
    target, prediction, spread = draw(rows, seed)
    law = conformal.calibrate(target, prediction, spread, coverage)
    lower, upper = conformal.interval(law, prediction, spread)
    # The ends are tracks themselves, up to rounding.
    assert ((target >= lower - 1e-9) & (target <= upper + 1e-9)).mean() >= coverage
    assert (lower <= prediction.clip(0, 100)).all() and (prediction.clip(0, 100) <= upper).all()
    assert lower.min() >= 0 and upper.max() <= 100


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 20), min_size=3, max_size=30), st.sampled_from([0.3, 0.5, 0.9]))
def test_the_shortest_window_is_the_shortest_of_all(values, coverage):
    low, high = conformal.shortest_window(np.array(values), coverage)
    count = min(int(np.ceil(coverage * (len(values) + 1))), len(values))
    best = min(
        b - a
        for a in values
        for b in values
        if a <= b and sum(a <= v <= b for v in values) >= count
    )
    assert high - low == best
    assert sum(low <= v <= high for v in values) >= count


def test_chances_are_the_empirical_shares():
    target, *_ = draw(6000, 2)
    law = conformal.calibrate(target, np.full(6000, 30.0), np.full(6000, 5.0), 0.9)
    same = (np.array([30.0]), np.array([5.0]))
    for edge in (10, 33, 66):
        chance = conformal.chance_up_to(law, *same, edge)[0]
        assert chance == pytest.approx((target <= edge).mean(), abs=0.01)
    assert conformal.chance_up_to(law, *same, 100)[0] == 1


@given(st.floats(-20, 120), st.floats(1, 40))
def test_band_chances_sum_to_one(prediction, spread):
    law = conformal.calibrate(*draw(600, 3), 0.9)
    for edges in bands.SCHEMES.values():
        chances = bands.band_chances(law, np.array([prediction]), np.array([spread]), edges)
        assert chances.sum() == pytest.approx(1)
        assert (chances >= 0).all()


def test_bands_are_those_of_the_published_cuts():
    popularity = np.array([0, 33, 33.5, 34, 66, 67, 100])
    cut = pd.cut(pd.Series(popularity), [0, 33, 66, 100], labels=False, include_lowest=True)
    assert bands.band_of(popularity, (0, 33, 66, 100)).tolist() == cut.tolist()


def test_too_few_tracks_and_no_share():
    with pytest.raises(DataError, match="at least 200 tracks"):
        conformal.calibrate(*draw(199, 0), 0.9)
    with pytest.raises(ParameterError, match="between 0 and 1"):
        conformal.calibrate(*draw(300, 0), 1.0)


def test_a_fold_gets_nothing_from_its_own_targets():
    """Other targets in one fold leave its intervals as they were, given the predictions."""
    tracks = catalogue()
    first = out_of_fold(tracks)
    held_out = judge_tracks(tracks, first).table
    other = first.assign(popularity=first["popularity"].where(first["fold"] != 0, 77.0))
    moved = judge_tracks(tracks, other).table
    here = (first["fold"] == 0).to_numpy()
    names = ["spread", "baseline_lower", "baseline_upper"]
    pd.testing.assert_frame_equal(held_out.loc[here, names], moved.loc[here, names])
    assert not held_out.loc[~here, "spread"].equals(moved.loc[~here, "spread"])
    with pytest.raises(DataError, match="in their order"):
        judge_tracks(tracks[::-1], first)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(5, 80))
def test_band_scores_are_those_of_scikit_learn(seed, rows):
    rng = np.random.default_rng(seed)
    true, said = rng.integers(0, 3, (2, rows))
    table = judge.band_score_intervals(true, said, np.arange(rows) // 2, 3, 20, 0)
    values = table.set_index("metric")["value"]
    assert values["accuracy"] == pytest.approx(accuracy_score(true, said))
    expected = f1_score(true, said, average="macro", labels=[0, 1, 2], zero_division=0)
    assert values["macro-F1"] == pytest.approx(expected)
    assert (table["low"] <= table["high"]).all()


def test_coverage_counts_and_widths():
    frame = pd.DataFrame(
        {
            "popularity": [1, 5, 9, 50],
            "lower": [0, 6, 0, 50],
            "upper": [2, 9, 9, 60],
            "first_artist": list("abcd"),
            "kind": list("xxyy"),
        }
    )
    table = judge.coverage_by(frame, "kind").set_index("kind")
    assert table["coverage"].tolist() == [0.5, 1.0]
    assert table["width"].tolist() == [2.5, 9.5]
    assert table.loc["x", ["low", "high"]].tolist() == [0, 1]


def test_honest_chances_lie_on_the_line():
    rng = np.random.default_rng(0)
    chance = rng.random(20_000)
    table = judge.reliability(chance, rng.random(20_000) < chance, np.arange(20_000))
    assert len(table) == 10
    assert (table["stated"] - table["observed"]).abs().max() < 0.03
    assert ((table["low"] <= table["stated"]) & (table["stated"] <= table["high"])).sum() >= 8


def test_collapse_is_seen():
    rng = np.random.default_rng(0)
    target = rng.uniform(0, 100, 500)
    alive = health.collapse_checks(target, target + rng.normal(0, 20, 500))
    assert alive["passed"].all()
    dead = health.collapse_checks(target, np.full(500, 33.0))
    assert not dead["passed"].any()
    narrow = health.collapse_checks(target, 60 + target / 20).set_index("check")
    assert not narrow.loc["largest share in ten points below", "passed"]


def psi_slow(reference, current):
    edges = sorted({np.quantile(reference, k / 10, method="lower") for k in range(1, 10)})
    total = 0.0
    spans = list(zip([-np.inf, *edges], [*edges, np.inf], strict=True))
    for low, high in spans:
        p, q = (
            (sum(low < v <= high for v in values) + 0.5) / (len(values) + 0.5 * len(spans))
            for values in (reference, current)
        )
        total += (q - p) * np.log(q / p)
    return total


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(0, 9), min_size=2, max_size=60),
    st.lists(st.integers(0, 9), min_size=1, max_size=60),
)
def test_population_stability_is_its_formula(reference, current):
    found = health.population_stability(reference, current)
    assert found == pytest.approx(psi_slow(reference, current), abs=1e-9)
    assert found >= 0


def test_drift_is_named():
    rng = np.random.default_rng(0)
    old = pd.DataFrame({"a": rng.normal(size=3000), "b": rng.normal(size=3000)})
    new = pd.DataFrame({"a": rng.normal(size=2000), "b": rng.normal(1, 1, 2000)})
    report = health.drift_report(old, new, ["a", "b"])
    assert report["column"].tolist() == ["b", "a"]
    assert report["verdict"].tolist() == ["drifted", "stable"]
    assert report.loc[0, "ks"] == pytest.approx(0.38, abs=0.03)
    few = health.drift_report(old, new.head(health.FEWEST - 1), ["b"])
    assert few["verdict"].tolist() == ["too few"]
    with pytest.raises(DataError, match="current table: values in column 'c'"):
        health.drift_report(old.assign(c=1.0), new, ["c"])
