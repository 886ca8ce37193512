import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib.errors import DataError, ParameterError
from lib.evaluation.intervals import (
    cluster_bootstrap,
    paired_differences,
    score_intervals,
)
from lib.evaluation.regression import METRICS, scores


def artists_and_predictions(seed, n_artists=60, level_sd=10.0):
    """Tracks whose targets share an artist's level; two predictions of different quality."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(n_artists), rng.integers(1, 8, n_artists))
    level = rng.normal(0, level_sd, n_artists)
    target = np.round(40 + level[group] + rng.normal(0, 5, len(group)))
    good = np.round(0.5 * target + rng.normal(20, 6, len(group)))
    poor = np.round(0.2 * target + rng.normal(32, 6, len(group)))
    return group, target, {"good": good, "poor": poor}


def test_draws_equal_scores_of_repeated_rows():
    group, target, predictions = artists_and_predictions(0)
    replicates, seed = 20, 7
    found = cluster_bootstrap(target, predictions, group, replicates, seed)
    for draw, child in enumerate(np.random.SeedSequence(seed).spawn(replicates)):
        names = np.random.default_rng(child).integers(60, size=60)
        rows = np.concatenate([np.flatnonzero(group == name) for name in names])
        for model, values in enumerate(predictions.values()):
            expected = list(scores(target[rows], values[rows]).values())
            assert found.draws[draw, model] == pytest.approx(expected)
    for model, values in enumerate(predictions.values()):
        assert found.point[model] == pytest.approx(list(scores(target, values).values()))


def test_draws_compare_ranks_within_folds():
    group, target, predictions = artists_and_predictions(4)
    fold = group % 3
    predictions["mean"] = np.array([target[fold != number].mean() for number in fold])
    found = cluster_bootstrap(target, predictions, group, 10, 7, fold)
    for draw, child in enumerate(np.random.SeedSequence(7).spawn(10)):
        names = np.random.default_rng(child).integers(60, size=60)
        rows = np.concatenate([np.flatnonzero(group == name) for name in names])
        for model, values in enumerate(predictions.values()):
            expected = list(scores(target[rows], values[rows], fold=fold[rows]).values())
            assert found.draws[draw, model] == pytest.approx(expected)
    assert (found.draws[:, 2, METRICS.index("spearman")] == 0).all()
    assert (found.draws[:, 2, METRICS.index("top_decile_auc")] == 0.5).all()
    pooled = cluster_bootstrap(target, predictions, group, 10, 7)
    assert pooled.point[2, METRICS.index("spearman")] < -0.01


@pytest.mark.parametrize("seed", range(4))
def test_without_ranks_the_other_scores_are_the_same(seed):
    group, target, predictions = artists_and_predictions(seed)
    full = cluster_bootstrap(target, predictions, group, 30, seed)
    fast = cluster_bootstrap(target, predictions, group, 30, seed, ranks=False)
    np.testing.assert_allclose(fast.point[:, :3], full.point[:, :3])
    np.testing.assert_allclose(fast.draws[:, :, :3], full.draws[:, :, :3])
    assert np.isnan(fast.draws[:, :, 3:]).all()
    assert len(METRICS) == 5


def test_without_ranks_equal_targets_leave_r2_undefined():
    group = np.arange(40) % 9
    for target in (0.1, 0.7, 33.3, 98.6):
        drawn = cluster_bootstrap([target] * 40, {"m": range(40)}, group, 20, 0, ranks=False)
        assert np.isnan(drawn.draws[:, 0, 0]).all()
        assert np.isfinite(drawn.draws[:, 0, 1]).all()


def test_an_undefined_score_has_no_interval():
    drawn = cluster_bootstrap([4, 4, 4, 4], {"m": [1, 2, 3, 4]}, [1, 1, 2, 2], 5, 0)
    table = score_intervals(drawn).set_index("metric")[["value", "low", "high"]]
    assert table.loc["r2"].isna().all()
    assert table.loc["mae"].notna().all()


def test_same_seed_same_draws_and_names_of_groups_do_not_matter():
    group, target, predictions = artists_and_predictions(1)
    first = cluster_bootstrap(target, predictions, group, 10, 3)
    named = pd.Series(group).map("artist {}".format)
    second = cluster_bootstrap(target, predictions, named, 10, 3)
    assert (first.draws == second.draws).all()
    assert (first.draws != cluster_bootstrap(target, predictions, group, 10, 4).draws).any()


def test_tables_hold_percentiles_and_paired_differences():
    group, target, predictions = artists_and_predictions(2)
    drawn = cluster_bootstrap(target, predictions, group, 50, 0)
    table = score_intervals(drawn, level=0.9).set_index(["model", "metric"])
    mae = drawn.draws[:, 1, METRICS.index("mae")]
    low, high = np.quantile(mae, [0.05, 0.95])
    assert table.loc[("poor", "mae"), "low"] == pytest.approx(low)
    assert table.loc[("poor", "mae"), "high"] == pytest.approx(high)
    pair = paired_differences(drawn, [("good", "poor")], level=0.9)
    r2 = pair.set_index("metric").loc["r2"]
    both = drawn.draws[:, :, METRICS.index("r2")]
    assert r2["value"] == pytest.approx(drawn.point[0, 0] - drawn.point[1, 0])
    assert r2["low"] == pytest.approx(np.quantile(both[:, 0] - both[:, 1], 0.05))
    assert (r2["model"], r2["other"], r2["level"]) == ("good", "poor", 0.9)


def test_pairing_narrows_a_difference_and_none_is_none():
    group, target, predictions = artists_and_predictions(3)
    predictions["twin"] = predictions["good"] + 0.5
    drawn = cluster_bootstrap(target, predictions, group, 200, 0)
    alone = score_intervals(drawn).set_index(["model", "metric"]).loc[("good", "mae")]
    pairs = paired_differences(drawn, [("good", "twin"), ("good", "good")])
    pairs = pairs[pairs["metric"] == "mae"].set_index("other")
    assert pairs.loc["twin", "high"] - pairs.loc["twin", "low"] < (alone["high"] - alone["low"]) / 2
    assert pairs.loc["good", ["value", "low", "high"]].eq(0).all()


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    # The error is the artist's level, so rows of an artist stand and fall together.
    truth = 8 * np.sqrt(2 / np.pi)
    hits, naive_hits, rounds = 0, 0, 150
    for seed in range(rounds):
        rng = np.random.default_rng(seed)
        group = np.repeat(np.arange(80), 6)
        target = rng.normal(0, 8, 80)[group]
        prediction = {"zero": np.zeros(len(target))}
        for groups in (group, np.arange(len(group))):
            drawn = cluster_bootstrap(target, prediction, groups, 100, seed, ranks=False)
            mae = score_intervals(drawn, level=0.9).set_index("metric").loc["mae"]
            covered = mae["low"] <= truth <= mae["high"]
            hits += covered and groups is group
            naive_hits += covered and groups is not group
    assert stats.binomtest(int(hits), rounds, 0.9).pvalue > 0.001
    assert naive_hits / rounds < 0.7  # drawing rows instead of artists pretends to know more


def test_replicates_without_spread_are_passed_over():
    group = np.array([0] * 3 + [1] * 3)
    target = np.array([5.0, 5, 5, 9, 9, 9])
    drawn = cluster_bootstrap(target, {"m": np.arange(6.0)}, group, 40, 0)
    assert np.isnan(drawn.draws[:, 0, 0]).any()
    assert np.isfinite(score_intervals(drawn)[["low", "high"]].to_numpy()).all()


@pytest.mark.parametrize(
    ("groups", "replicates", "error"),
    [
        ([1, 2], 10, DataError),
        ([1, 1, 1], 10, DataError),
        (["a", None, "b"], 10, DataError),
        ([1, 2, 3], 1, ParameterError),
    ],
)
def test_bad_input_is_refused(groups, replicates, error):
    with pytest.raises(error):
        cluster_bootstrap([1, 2, 3], {"m": [1, 2, 3]}, groups, replicates, 0)


def test_unknown_models_and_levels_are_refused():
    drawn = cluster_bootstrap([1, 2, 3], {"m": [1, 2, 4]}, [1, 2, 3], 5, 0)
    with pytest.raises(ParameterError, match="nobody"):
        paired_differences(drawn, [("m", "nobody")])
    with pytest.raises(ParameterError, match="level"):
        score_intervals(drawn, level=95)
