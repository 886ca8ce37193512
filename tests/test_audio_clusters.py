"""Clusters of tracks: planted ones are found, data without any support none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from lib.errors import DataError, ParameterError
from lib.evaluation.claims import FAILS, GENERATED, HOLDS, IMPOSSIBLE, NO_CODE
from lib.modelling.sound import audio_cluster_told as told
from lib.modelling.sound import audio_clusters as made
from lib.modelling.sound import sound_claims
from lib.modelling.sound.cluster_means import ClusterMeans
from lib.plots import audio_clusters as plots
from lib.tracks.columns import AUDIO_9

NUMBERS = (2, 3, 4, 5, 6)


def planted(apart: float, seed: int = 0, each: int = 130) -> tuple[pd.DataFrame, np.ndarray]:
    """Tracks of four kinds of sound, their middles this many standard deviations apart."""
    rng = np.random.default_rng(seed)
    kind = np.repeat(np.arange(4), each)
    middle = apart * np.array([[0, 0], [1, 0], [0, 1], [1, 1]])[kind]
    values = rng.normal(size=(len(kind), 9))
    values[:, :5] += middle[:, [0]]
    values[:, 5:] += middle[:, [1]]
    frame = pd.DataFrame(values, columns=list(AUDIO_9))
    frame["tempo_bpm"] = 120 + frame["tempo_bpm"]
    artists = rng.integers(0, 90, len(kind)).astype(str)
    frame = frame.assign(first_artist=artists, popularity=10.0 * kind + rng.normal(size=len(kind)))
    return frame.assign(track_id=[f"t{one}" for one in range(len(kind))]), kind


def trial(frame: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    points = made.standardise(frame)
    return made.try_numbers(points, frame["first_artist"].to_numpy(), 3, 4, seed, NUMBERS)


@pytest.fixture(scope="module")
def clear():
    frame, kind = planted(6.0)
    return frame, kind, trial(frame)


def test_planted_clusters_are_found_and_named(clear):
    frame, kind, scores = clear
    choice = made.choose_number(scores, 0.75)
    assert choice.clusters == 4
    assert told.is_clear(scores, choice)
    text = told.verdict(scores, choice, True)
    assert text.startswith("The data support 4 clusters") and "Of 2, 3, 4, 5, 6 clusters" in text
    model = ClusterMeans(4, 0).fit(frame, frame["popularity"])
    assert metrics.adjusted_rand_score(kind, model.kmeans_.labels_) > 0.95
    folds = pd.Series(pd.factorize(frame["first_artist"])[0] % 4, frame["track_id"])
    r2 = told.explained(frame, folds, {"clusters": model}, 50, 0)
    assert r2["value"].item() > 0.9
    assert r2["low"].item() < r2["value"].item() < r2["high"].item()


@pytest.mark.parametrize("seed", [1, 2])
def test_shuffled_columns_support_none(clear, seed):
    frame = clear[0].copy()
    frame[list(AUDIO_9)] = made.shuffle_columns(frame[list(AUDIO_9)].to_numpy(), seed)
    scores = trial(frame, seed + 5)
    choice = made.choose_number(scores, 0.75)
    assert choice.supported == ()
    assert "no number of clusters clearly" in told.verdict(scores, choice, False)


def test_one_long_cloud_supports_none():
    frame, _ = planted(0.0)
    rng = np.random.default_rng(3)
    frame[list(AUDIO_9[:4])] += 3 * rng.normal(size=(len(frame), 1))
    choice = made.choose_number(trial(frame), 0.75)
    assert choice.supported == ()


def test_scores_are_those_of_scikit_learn(clear):
    frame, _, scores = clear
    points = made.standardise(frame)
    labels = made._label(points, [3], 1)[0]
    row = scores[(scores["draw"] == 0) & (scores["clusters"] == 3)].iloc[0]
    assert row["silhouette"] == pytest.approx(metrics.silhouette_score(points, labels), abs=1e-5)
    within = sum(
        ((points[labels == k] - points[labels == k].mean(axis=0)) ** 2).sum() for k in range(3)
    )
    assert np.exp(row["log_within"]) == pytest.approx(within)
    assert np.exp(row["log_one"]) == pytest.approx(points.size)


def test_error_of_the_silhouette_counts_new_fits():
    """Cut a skewed cloud in two: where the cut falls changes from sample to sample."""
    found = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        points = 0.6 * rng.normal(size=(400, 9)) + rng.exponential(size=(400, 1)) * np.r_[:9] / 5
        points = (points - points.mean(axis=0)) / points.std(axis=0)
        table = made.try_numbers(points, np.arange(400), 3, 2, seed, (2,))
        found.append(table.iloc[0])
    found = pd.DataFrame(found)
    spread = found["silhouette"].std()
    assert 0.5 * spread < found["error"].mean() < 4 * spread
    labels = made._label(points, [2], 4)
    plain = made._scores(points, labels, np.arange(400), [2], np.arange(400))["error"].item()
    assert found["error"].iloc[-1] > 1.5 * plain


def test_gap_is_the_difference_of_logs(clear):
    scores = clear[2]
    found = made.gaps(scores).set_index(["data", "clusters"]).loc[(made.CLOUD, 3)]
    at = scores[scores["clusters"] == 3]
    fall = at["log_within"] - at["log_one"]
    null = fall[at["data"] == made.CLOUD]
    assert found["gap"] == pytest.approx(null.mean() - fall[at["draw"] == 0].item())
    assert found["error"] == pytest.approx(null.std() * np.sqrt(1 + 1 / 4))


@given(st.integers(0, 2**31), st.integers(30, 60))
@settings(max_examples=20, deadline=None)
def test_nulls_keep_what_they_say(seed, n):
    rng = np.random.default_rng(seed)
    points = rng.exponential(size=(n, 3)) @ rng.normal(size=(3, 3))
    for null in (made.shuffle_columns, made.skewed_cloud):
        drawn = null(points, seed)
        assert np.array_equal(np.sort(drawn, axis=0), np.sort(points, axis=0))
    middle = points.mean(axis=0)
    _, _, axes = np.linalg.svd(points - middle, full_matrices=False)
    box = (points - middle) @ axes.T
    turned = (made.uniform_box(points, seed) - middle) @ axes.T
    assert (turned >= box.min(axis=0) - 1e-9).all()
    assert (turned <= box.max(axis=0) + 1e-9).all()


def test_skewed_cloud_keeps_rank_correlations():
    rng = np.random.default_rng(0)
    points = np.exp(rng.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], 4_000))
    drawn = made.skewed_cloud(points, 1)
    spearman = pd.DataFrame(drawn).corr("spearman").iloc[0, 1]
    assert spearman == pytest.approx(pd.DataFrame(points).corr("spearman").iloc[0, 1], abs=0.03)


def test_contrasts_are_plain_differences(clear):
    frame, kind, _ = clear
    table = told.contrasts(frame, kind).set_index(["cluster", "feature"])
    tempo = frame["tempo_bpm"]
    own = tempo[kind == 2].mean()
    assert table.loc[(2, "tempo_bpm"), "mean"] == pytest.approx(own)
    expected = (own - tempo.mean()) / tempo.std()
    assert table.loc[(2, "tempo_bpm"), "contrast"] == pytest.approx(expected)
    assert len(told.names(table.reset_index())) == 4
    flat = told.contrasts(frame, np.zeros(len(frame), int))
    assert told.names(flat) == ["1: near the average"]


def test_published_clusters_are_judged(clear):
    scores = clear[2]
    choice = made.choose_number(scores, 0.75)
    table = sound_claims.judge_clusters(choice, True, scores, 520, True).set_index("claim")
    sound_claims.CLUSTERS_SCHEMA.validate(table.reset_index())
    assert table.loc["six_clusters", "honest"] == 4
    assert set(table["verdict"]) == {NO_CODE}
    assert {FAILS, HOLDS, GENERATED, IMPOSSIBLE}.isdisjoint(table["verdict"])


def test_bad_input_is_named(clear):
    frame, _, scores = clear
    points, artists = made.standardise(frame), frame["first_artist"].to_numpy()
    with pytest.raises(ParameterError, match="pairs, nulls"):
        made.try_numbers(points, artists, 1, 2, 0)
    with pytest.raises(DataError, match="50 tracks: at least 60"):
        made.try_numbers(points[:50], artists[:50], 2, 2, 0)
    with pytest.raises(ParameterError, match="99 clusters"):
        made.choose_number(scores, 0.75, wanted=99)
    assert made.choose_number(scores, 0.75, wanted=3).clusters == 3
    silent = frame.assign(tempo_bpm=np.where(np.arange(len(frame)) < 5, 0, frame["tempo_bpm"]))
    assert len(made.usable(silent)) == len(frame) - 5


def test_figures_are_drawn(clear, tmp_path):
    frame, kind, scores = clear
    names = told.names(told.contrasts(frame, kind))
    plots.curves(scores, made.gaps(scores), 4, 6, 0.75).savefig(tmp_path / "a.png")
    formats = {name: words[2] for name, words in told.WORDS.items()}
    plots.heat(told.contrasts(frame, kind), names, formats).savefig(tmp_path / "b.png")
    means = pd.DataFrame({"cluster": range(4), "tracks": 9, "mean": 1.0, "low": 0, "high": 2})
    r2 = pd.DataFrame({"model": ["a"], "value": [0.1], "low": [0.0], "high": [0.2]})
    plots.popularity(means, names, r2).savefig(tmp_path / "c.png")
    table = told.cluster_rows(frame, kind, names)
    assert len(told.TRACK_CLUSTERS.validate(table)) == len(frame)
