"""Uplift on a made-up treatment: estimates find the known truth, and fail where they must."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.errors import DataError, ParameterError
from lib.evaluation import qini
from lib.modelling.promotion import uplift, uplift_coverage, uplift_data
from lib.plots import uplift as plots
from lib.tracks.columns import AUDIO_9

EFFECT, SPREAD, STRENGTH = 5.0, 3.0, 0.7


@pytest.fixture(scope="module")
def tracks() -> uplift_data.Tracks:
    rng = np.random.default_rng(0)
    n = 2_500
    frame = pd.DataFrame(rng.random((n, 9)), columns=list(AUDIO_9))
    artist = rng.integers(0, 600, n)
    kinds = np.array(["Pop", "Rock", "Folk"])
    frame["macro_genres"] = [[kinds[one % 3]] for one in artist]
    frame["duration_ms"], frame["explicit"] = rng.integers(60_000, 400_000, n), rng.random(n) < 0.1
    level = 30 * frame["danceability"] + 8 * (artist % 3) + 4 * rng.normal(size=600)[artist]
    frame["popularity"] = level + 8 * rng.normal(size=n)
    frame["first_artist"] = artist.astype(str)
    frame["track_id"] = [f"t{one}" for one in range(n)]
    return uplift_data.describe_tracks(frame, pd.Series(artist % 5, frame["track_id"]))


@pytest.fixture(scope="module")
def trial(tracks) -> uplift_data.Trial:
    return uplift_data.treat(tracks, EFFECT, SPREAD, STRENGTH, 1)


@pytest.fixture(scope="module")
def parts(trial) -> uplift.Parts:
    return fit(trial)


def fit(trial: uplift_data.Trial) -> uplift.Parts:
    return uplift.run_trials({"": trial}, 0)[""]


def near(truth: float, trial: uplift_data.Trial, parts: uplift.Parts) -> bool:
    """Whether the truth is within three standard errors of the doubly robust estimate."""
    row = uplift.average_effects(trial, parts).set_index("estimator").loc[uplift.ROBUST]
    return abs(row["value"] - truth) < 3 / 1.96 * (row["high"] - row["value"])


def test_truth_is_what_was_asked_for(tracks, trial):
    assert trial.effect.mean() == pytest.approx(EFFECT)
    assert trial.effect.std() == pytest.approx(SPREAD)
    lifted = trial.outcome - tracks.popularity
    assert np.allclose(lifted, np.where(trial.treated, trial.effect, 0))
    again = uplift_data.treat(tracks, EFFECT, SPREAD, STRENGTH, 1)
    assert np.array_equal(again.treated, trial.treated)
    assert np.allclose(uplift_data.treat(tracks, 1, 0, 0, 1).chance, 0.5)


def test_naive_is_wrong_and_robust_is_right(trial, parts):
    found = uplift.average_effects(trial, parts).set_index("estimator")
    assert found.loc[uplift.NAIVE, "low"] > EFFECT
    assert near(EFFECT, trial, parts)
    assert found.loc[uplift.NAIVE, "value"] > found.loc[uplift.ROBUST, "value"] + 1


def test_robust_scores_against_a_slow_reference(trial, parts):
    score = uplift.robust_scores(trial, parts)
    for i in range(0, len(score), 97):
        y, m0, m1, e = trial.outcome[i], parts.untreated[i], parts.treated[i], parts.chance[i]
        one = m1 + (y - m1) / e if trial.treated[i] else m1
        none = m0 if trial.treated[i] else m0 + (y - m0) / (1 - e)
        assert score[i] == pytest.approx(one - none)
    sums = pd.Series(score - score.mean()).groupby(trial.units).sum()
    error = np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1)) / len(score)
    row = uplift.average_effects(trial, parts).set_index("estimator").loc[uplift.ROBUST]
    assert (row["high"] - row["low"]) / 2 / error == pytest.approx(1.964, abs=0.01)


@given(st.integers(0, 2**31))
@settings(max_examples=10, deadline=None)
def test_either_model_may_be_wrong(tracks, seed):
    trial = uplift_data.treat(tracks, EFFECT, SPREAD, STRENGTH, seed)
    off = np.zeros(len(trial.outcome))
    no_outcome = uplift.Parts(off, off, trial.chance)
    truth = uplift.Parts(tracks.popularity, tracks.popularity + trial.effect, off + 0.5)
    weighted = uplift.robust_scores(trial, no_outcome)
    error = weighted.std() / np.sqrt(len(weighted))
    assert weighted.mean() == pytest.approx(EFFECT, abs=6 * error)
    assert uplift.robust_scores(trial, truth).mean() == pytest.approx(EFFECT)


def test_no_outcome_is_predicted_from_itself(trial, parts):
    fold, artist = trial.tracks.folds, trial.tracks.artists
    assert pd.Series(fold).groupby(artist).nunique().max() == 1
    changed = trial.outcome.copy()
    changed[fold == 2] += 1_000
    after = fit(replace(trial, outcome=changed))
    assert np.allclose(after.untreated[fold == 2], parts.untreated[fold == 2])
    assert not np.allclose(after.untreated[fold == 1], parts.untreated[fold == 1])


def test_a_rare_genre_sends_no_chance_to_an_end(tracks):
    """Four tracks of one artist, all treated, are all that is known of a genre."""
    x = np.column_stack([tracks.features, np.zeros(len(tracks.folds), np.float32)])
    artist = np.flatnonzero(tracks.artists == tracks.artists[0])
    fold = tracks.folds[artist[0]]
    new = np.flatnonzero(tracks.folds != fold)[0]
    x[np.r_[artist, new], -1] = 1
    trial = uplift_data.treat(replace(tracks, features=x), EFFECT, SPREAD, 0.0, 1)
    treated = trial.treated.copy()
    treated[artist] = True
    found = fit(replace(trial, treated=treated)).chance
    assert uplift.CLIP < found[new] < 0.97


def test_a_leak_is_refused_or_told(tracks, trial):
    """The outcome among the features, and folds that part an artist's tracks."""
    apart = replace(tracks, folds=np.arange(len(tracks.folds)) % 5)
    with pytest.raises(DataError, match="each artist in one expected"):
        fit(replace(trial, tracks=apart))
    leaky = np.column_stack([tracks.features, trial.outcome])
    leaky = replace(trial, tracks=replace(tracks, features=leaky))
    assert not near(EFFECT, leaky, fit(leaky))


def test_intervals_cover_the_truth_as_often_as_they_say(tracks):
    repeated = uplift_coverage.repeat_trials(tracks, EFFECT, SPREAD, STRENGTH, 12, 1_200, 3)
    table = uplift_coverage.coverage(repeated, EFFECT).set_index("estimator")
    assert table.loc[uplift.ROBUST, "covered"] >= 10
    assert table.loc[uplift.NAIVE, "covered"] <= 3
    assert abs(table.loc[uplift.ROBUST, "bias"]) < abs(table.loc[uplift.NAIVE, "bias"]) / 3
    assert (table["low"] <= table["share"]).all()
    fewer = uplift_coverage.repeat_trials(tracks, EFFECT, SPREAD, STRENGTH, 2, 1_200, 3)
    pd.testing.assert_frame_equal(fewer, repeated[repeated["repeat"] < 2].reset_index(drop=True))


def test_it_fails_where_it_must(tracks):
    hidden = uplift_data.treat(tracks, EFFECT, SPREAD, STRENGTH, 1, hidden=1.0)
    nothing = uplift_data.treat(tracks, 0.0, 0.0, STRENGTH, 1)
    far = uplift_data.treat(tracks, EFFECT, SPREAD, 6.0, 1)
    parts = uplift.run_trials({"hidden": hidden, "nothing": nothing, "far": far}, 0)
    assert not near(EFFECT, hidden, parts["hidden"])
    assert near(0, nothing, parts["nothing"])
    assert uplift.overlap(parts["far"])["share"] < 0.6
    assert uplift.overlap(parts["nothing"])["share"] > 0.9


def test_drawn_artists_come_with_all_their_tracks(tracks):
    rows, units = uplift_data.draw_artists(tracks, 1_000, 5)
    artist = pd.Series(tracks.artists[rows]).groupby(units)
    assert artist.nunique().max() == 1
    size = pd.Series(tracks.artists).value_counts()
    assert all(len(part) == size[part.iloc[0]] for _, part in artist)
    assert len(rows) == pytest.approx(1_000, rel=0.3)


def slow_area(score: np.ndarray, gain: np.ndarray) -> float:
    """Mean over the ranks of what has been gained by then, ties in every order at once."""
    order = np.argsort(-score, kind="stable")
    total = np.r_[0, np.cumsum(gain[order])] / len(gain)
    return float(((total[1:] + total[:-1]) / 2).mean())


@given(st.integers(0, 2**31), st.integers(2, 60))
@settings(max_examples=50, deadline=None)
def test_qini_against_a_slow_reference(seed, n):
    rng = np.random.default_rng(seed)
    score, gain = rng.permutation(n).astype(float), rng.normal(size=n)
    assert qini.auuc(score, gain) == pytest.approx(slow_area(score, gain))
    assert qini.qini(score, gain) == pytest.approx(slow_area(score, gain) - gain.mean() / 2)
    tied = np.floor(score / 3)
    draws = [slow_area(tied + 0.1 * rng.random(n), gain) for _ in range(300)]
    assert qini.auuc(tied, gain) == pytest.approx(np.mean(draws), abs=0.2)
    assert qini.qini(np.zeros(n), gain) == pytest.approx(0)
    assert qini.qini(gain, gain) >= qini.qini(score, gain) - 1e-9
    times = rng.integers(1, 4, n)
    share, total = qini.gain_curve(score, gain, times)
    again = qini.gain_curve(np.repeat(score, times), np.repeat(gain, times))
    assert np.allclose((share, total), again)


def test_qini_of_a_random_order_is_zero_and_of_the_truth_is_not(trial, parts):
    rng = np.random.default_rng(4)
    rankings = {"random": rng.random(len(trial.outcome)), "truth": trial.effect}
    score = uplift.robust_scores(trial, parts)
    areas, curves = qini.judge_rankings(rankings, score, trial.units, 200, 0)
    at = areas[areas["measure"] == "Qini"].set_index("ranking")
    assert at.loc["random", "low"] <= 0 <= at.loc["random", "high"]
    assert at.loc["truth", "low"] > 0
    ends = curves.groupby("ranking")["total"].agg(["first", "last"])
    assert np.allclose(ends["first"], 0)
    assert np.allclose(ends["last"], score.mean())


def test_raw_gains_are_right_for_a_fair_coin_only(tracks, trial):
    coin = uplift_data.treat(tracks, EFFECT, SPREAD, 0.0, 1)
    found = {}
    for name, one in (("coin", coin), ("appeal", trial)):
        share, total = qini.raw_gains(one.effect, one.outcome, one.treated)
        true = np.interp(share, *qini.gain_curve(one.effect, one.effect))
        found[name] = np.nanmax(np.abs(total - true))
    assert found["coin"] < 1.5 < found["appeal"]


def test_bad_input_is_named(tracks, trial):
    with pytest.raises(DataError, match="fold 0: treated and untreated"):
        uplift.cross_fit(replace(trial, treated=np.ones(len(trial.outcome), bool)), 0)
    with pytest.raises(DataError, match="at least 200 of different popularity"):
        uplift_data.describe_tracks(pd.DataFrame({"popularity": [1.0, 2.0]}), pd.Series())
    frame = pd.DataFrame({"popularity": range(300), "track_id": [f"t{i}" for i in range(300)]})
    with pytest.raises(DataError, match="found none for 299, such as 't1'"):
        uplift_data.describe_tracks(frame, pd.Series({"t0": 1}))
    with pytest.raises(DataError, match="gain: one for each of 2"):
        qini.gain_curve([1, 2], [1])
    with pytest.raises(DataError, match="groups: one for each"):
        qini.judge_rankings({"a": [1, 2]}, [1, 2], ["x", "x"], 10, 0)
    with pytest.raises(ParameterError, match="replicates"):
        qini.judge_rankings({"a": [1, 2]}, [1, 2], ["x", "y"], 1, 0)


def test_figures_are_drawn(tracks, trial, parts, tmp_path):
    seen = (trial.chance, trial.treated, tracks.popularity, trial.effect)
    plots.who_is_treated(*seen).savefig(tmp_path / "a.png")
    found = uplift.average_effects(trial, parts)
    plots.estimates({"as above": found}, {"as above": EFFECT}).savefig(tmp_path / "b.png")
    plots.repeats(found.assign(repeat=0, covers=[True, False, True]), 5).savefig(tmp_path / "c.png")
    score = uplift.robust_scores(trial, parts)
    _, curves = qini.judge_rankings({"two models": parts.effect}, score, trial.units, 20, 0)
    truths = {"two models": qini.gain_curve(parts.effect, trial.effect)}
    raw = qini.raw_gains(parts.effect, trial.outcome, trial.treated)
    plots.gains(curves, truths, raw).savefig(tmp_path / "d.png")
