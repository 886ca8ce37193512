"""The promotion label: its ceiling is arithmetic, and a model reaches it and no more."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from lib.errors import DataError, ParameterError
from lib.evaluation import clustered
from lib.evaluation.claims import CONSTRUCTED, GENERATED, NO_BETTER
from lib.modelling.promotion import label
from lib.modelling.sound import sound_claims
from lib.plots import promotion as plots
from lib.tracks.columns import AUDIO_9

SHARES = st.floats(0.02, 0.98)
NOISES = st.floats(0.0, 0.49)


@pytest.fixture(scope="module")
def tracks() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.random((6_000, 9)), columns=list(AUDIO_9))
    artists = rng.integers(0, 1_500, len(frame)).astype(str)
    return frame.assign(duration_ms=rng.integers(60_000, 400_000, 6_000), first_artist=artists)


@pytest.fixture(scope="module")
def fits(tracks) -> dict[float, label.Fit]:
    return {fit.noise: fit for fit in label.fit_noises(tracks, [0.0, 0.05, 0.3], 1)}


def test_ceiling_is_that_of_the_published_counts():
    share = label.rule_share(label.PUBLISHED_POSITIVE, label.PUBLISHED_NOISE)
    best = label.ceiling(share, label.PUBLISHED_NOISE)
    said = {claim.key: claim.published for claim in sound_claims.PROMOTION_CLAIMS}
    assert round(best["auc"], 4) == 0.9193
    assert set(said) == set(label.MEASURES)
    for name, value in best.items():
        assert value == pytest.approx(said[name], abs=0.006)


@given(SHARES, NOISES, st.integers(0, 2**31))
@settings(max_examples=8, deadline=None)
def test_ceiling_is_what_the_rule_scores_on_simulated_labels(share, noise, seed):
    rule = np.arange(60_000) < share * 60_000
    noisy = label.flip(rule, noise, seed)
    best = label.ceiling(rule.mean(), noise)
    assert metrics.roc_auc_score(noisy, rule) == pytest.approx(best["auc"], abs=0.02)
    assert metrics.precision_score(noisy, rule) == pytest.approx(best["precision"], abs=0.05)
    assert metrics.recall_score(noisy, rule) == pytest.approx(best["recall"], abs=0.05)
    assert metrics.f1_score(noisy, rule) == pytest.approx(best["f1"], abs=0.05)
    assert metrics.accuracy_score(noisy, rule) == pytest.approx(best["accuracy"], abs=0.01)


@given(SHARES, NOISES)
def test_share_of_the_rule_is_recovered(share, noise):
    positive = share * (1 - noise) + (1 - share) * noise
    if noise < positive < 1 - noise:
        assert label.rule_share(positive, noise) == pytest.approx(share, abs=1e-6)


def test_flip_is_seeded_and_of_the_size_asked(tracks):
    yes = label.rule(tracks)
    assert np.array_equal(label.flip(yes, 0.1, 3), label.flip(yes, 0.1, 3))
    assert (label.flip(yes, 0.1, 3) ^ yes).mean() == pytest.approx(0.1, abs=0.02)
    assert np.array_equal(label.flip(yes, 0.0, 3), yes)


def test_rule_is_the_published_one(tracks):
    slow = [
        (row.valence > 0.6 and row.energy > 0.6) or row.danceability > 0.75
        for row in tracks.itertuples()
    ]
    assert label.rule(tracks).tolist() == slow


def test_model_reaches_the_ceiling_and_no_more(tracks, fits):
    fit = fits[0.05]
    artists = tracks["first_artist"].to_numpy()[fit.test]
    rule = label.rule(tracks)[fit.test].astype(float)
    scores = label.score_labels(fit.truth, {"XGBoost": fit.score, "rule": rule}, artists)
    by = scores.set_index(["model", "metric"])
    best = label.ceiling(label.rule(tracks).mean(), 0.05)
    own = by.loc[("XGBoost", "auc")]
    assert own["low"] <= best["auc"] <= own["high"]
    assert own["value"] == pytest.approx(metrics.roc_auc_score(fit.truth, fit.score))
    assert by.loc[("rule", "f1"), "value"] == pytest.approx(metrics.f1_score(fit.truth, rule))
    value, low, high = label.auc_difference(fit.truth, fit.score, rule, artists)
    assert low <= 0.005
    assert low < value < high
    assert metrics.roc_auc_score(fits[0.0].truth, fits[0.0].score) > 0.999
    table = sound_claims.judge_promotion(scores, best, "XGBoost", "rule", True)
    sound_claims.PROMOTION_SCHEMA.validate(table)
    assert set(table["verdict"]) <= {CONSTRUCTED, NO_BETTER}
    assert table.set_index("claim").loc["auc", "verdict"] == CONSTRUCTED
    away = dict.fromkeys(best, 2.0)
    judged = sound_claims.judge_promotion(scores, away, "XGBoost", "rule", False)
    assert set(judged["verdict"]) == {GENERATED}


def test_importance_is_in_the_rule_alone(tracks, fits):
    drops = label.auc_drops(fits[0.05], tracks, 2, 0)
    assert set(drops["input"][:3]) == set(label.RULE_FEATURES)
    assert drops.loc[drops["in_rule"], "low"].min() > 0.02
    assert drops.loc[~drops["in_rule"], "drop"].abs().max() < 0.02


@given(st.integers(0, 2**31), st.integers(5, 40))
@settings(max_examples=30, deadline=None)
def test_auc_and_its_influence(seed, n):
    rng = np.random.default_rng(seed)
    truth = np.r_[True, False, rng.random(n) < 0.4]
    score = rng.integers(0, 6, len(truth)).astype(float)
    area, influence = clustered.auc_influence(truth, score)
    assert area == pytest.approx(metrics.roc_auc_score(truth, score))
    assert influence.sum() == pytest.approx(0, abs=1e-9)
    pairs = [(a > b) + 0.5 * (a == b) for a in score[truth] for b in score[~truth]]
    assert area == pytest.approx(np.mean(pairs))


def test_clustered_error_is_that_of_the_bootstrap():
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(300), rng.integers(1, 5, 300))
    score = rng.normal(size=300)[groups] + rng.normal(size=len(groups))
    truth = score + rng.normal(size=len(groups)) + rng.normal(size=300)[groups] > 0.5
    area, influence = clustered.auc_influence(truth, score)
    drawn = []
    rows_of = [np.flatnonzero(groups == one) for one in range(300)]
    for _ in range(200):
        rows = np.concatenate([rows_of[one] for one in rng.integers(300, size=300)])
        drawn.append(metrics.roc_auc_score(truth[rows], score[rows]))
    assert clustered.clustered_error(influence, groups) == pytest.approx(np.std(drawn), rel=0.15)
    value, low, high = clustered.around(area, influence, groups)
    assert low < value < high


def test_bad_input_is_named(tracks):
    with pytest.raises(ParameterError, match="noise: a share from 0 to"):
        label.flip(label.rule(tracks), 0.7, 0)
    with pytest.raises(ParameterError, match="share: a number between 0 and 1"):
        label.ceiling(1.0, 0.1)
    with pytest.raises(ParameterError, match="between noise and"):
        label.rule_share(0.01, 0.05)
    with pytest.raises(DataError, match="rows of both kinds"):
        clustered.auc_influence([True, True], [1, 2])
    with pytest.raises(DataError, match="groups: at least two"):
        clustered.clustered_error([1, 2], ["a", "a"])
    with pytest.raises(DataError, match="counted: at least one"):
        clustered.share_influence([True], [False])


def test_figures_are_drawn(tracks, fits, tmp_path):
    lines = [
        {"noise": e, "metric": "AUC", "value": label.ceiling(0.3, e)["auc"]} for e in (0, 0.2, 0.5)
    ]
    dots = pd.DataFrame([{"noise": 0.1, "metric": "AUC", "value": 0.8, "low": 0.7, "high": 0.9}])
    plots.ceilings(pd.DataFrame(lines), dots, 0.05).savefig(tmp_path / "a.png")
    plots.drops(label.auc_drops(fits[0.3], tracks, 1, 0)).savefig(tmp_path / "b.png")
    table = pd.DataFrame({"label": ["a"], "tracks": [3], "mean": [1.0], "low": [0], "high": [2]})
    plots.popularity(table).savefig(tmp_path / "c.png")
