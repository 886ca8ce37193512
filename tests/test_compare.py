import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import RandomForestRegressor
from xgboost import XGBRegressor

from lib.errors import DataError, ParameterError
from lib.evaluation.breakdown import BANDS, error_bands, fold_scores
from lib.evaluation.leaks import LeakError, find_foreign_fit
from lib.evaluation.regression import METRICS, scores
from lib.modelling import compare, estimators
from lib.modelling.splits import group_folds, random_folds
from lib.modelling.tables import PREDICTIONS
from lib.tracks.clean import drop_nameless
from lib.tracks.columns import AUDIO_9
from lib.tracks.features import tracks_by_id
from lib.tracks.generate import write_sample
from lib.tracks.read import read_kaggle
from lib.tracks.twins import add_ids, artist_groups


def model_tracks(path):
    return tracks_by_id(add_ids(drop_nameless(read_kaggle(path))))


def fold_table(tracks, n_folds, **groups):
    parts = [
        pd.DataFrame(
            {
                "track_id": tracks["track_id"],
                "split": name,
                "fold": group_folds(group, n_folds, seed=1),
            }
        )
        for name, group in groups.items()
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def tracks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tracks")
    write_sample(folder, seed=11)
    return model_tracks(folder / "dataset.csv")


@pytest.fixture(scope="module")
def folds(tracks):
    return fold_table(
        tracks, 3, first_artist=artist_groups(tracks), recording=tracks["recording_id"]
    )


@pytest.fixture(scope="module")
def predictions(tracks, folds):
    return compare.cross_validate(tracks, folds, estimators.ladder(5, 20, seed=0))


class Spy(RegressorMixin, BaseEstimator):
    """Notes which tracks it is fitted on and predicts the number of its training rows."""

    def __init__(self, notes):
        self.notes = notes

    def __sklearn_clone__(self):
        return Spy(self.notes)

    def fit(self, X, y):
        assert list(X["popularity"]) == list(y)
        self.trained_ = set(X["track_id"])
        return self

    def predict(self, X):
        assert "popularity" not in X
        self.notes.append((self.trained_, set(X["track_id"])))
        return np.full(len(X), float(len(self.trained_)))


def test_each_fold_is_fitted_without_itself(tracks, folds):
    notes = []
    made = compare.cross_validate(tracks, folds, {"spy": Spy(notes)})
    everything = set(tracks["track_id"])
    assert len(notes) == 6
    for trained, tested in notes:
        assert trained | tested == everything
        assert not trained & tested
    for (_, fold), part in made.groupby(["split", "fold"]):
        assert part["prediction"].eq(len(tracks) - len(part)).all(), fold


def test_predictions_are_complete_and_fit_the_schema(tracks, folds, predictions):
    PREDICTIONS.validate(predictions)
    models = list(estimators.ladder(1, 1, 0))
    assert len(predictions) == len(tracks) * len(models) * 2
    assert predictions["model"].unique().tolist() == models
    merged = predictions.merge(folds, on=["track_id", "split"], suffixes=("", "_given"))
    assert merged["fold"].eq(merged["fold_given"]).all()
    truth = predictions["track_id"].map(tracks.set_index("track_id")["popularity"])
    assert predictions["popularity"].eq(truth).all()


def test_mean_and_lookup_are_the_training_mean_on_clean_splits(predictions):
    wide = predictions.pivot_table("prediction", ["split", "track_id"], "model")
    assert np.allclose(wide["mean"], wide["audio look-up"])
    assert (
        predictions[predictions["model"] == "mean"]
        .groupby(["split", "fold"])["prediction"]
        .nunique()
        .max()
        == 1
    )


def test_genres_and_audio_beat_the_mean_and_nothing_is_too_good(predictions):
    table = fold_scores(predictions).groupby("model")["r2"].mean()
    for model in ("genre look-up", "linear, audio+genres", "XGBoost, audio+genres"):
        assert 0.15 < table[model] < 0.6
    assert abs(table["mean"]) < 0.02


def test_same_seed_same_predictions(tracks, folds, predictions):
    model = "random forest, audio"
    again = compare.cross_validate(tracks, folds, {model: estimators.random_forest("audio", 5, 0)})
    before = predictions[predictions["model"] == model].reset_index(drop=True)
    pd.testing.assert_frame_equal(again, before)


def test_folds_that_cut_a_recording_stop_the_comparison(tracks):
    cut = pd.DataFrame(
        {
            "track_id": tracks["track_id"],
            "split": "recording",
            "fold": random_folds(len(tracks), 3, 0),
        }
    )
    with pytest.raises(LeakError, match=r"split recording, fold 0[\s\S]*recording_id"):
        compare.cross_validate(tracks, cut, {"mean": estimators.mean()})


def test_artist_mean_over_all_rows_stops_the_comparison(tracks, folds):
    leaky = tracks.assign(
        artist_mean=tracks.groupby("first_artist")["popularity"].transform("mean")
    )
    with pytest.raises(LeakError, match="artist_mean"):
        compare.cross_validate(leaky, folds, {"mean": estimators.mean()})


def test_bad_folds_are_named(tracks, folds):
    mean = {"mean": estimators.mean()}
    with pytest.raises(ParameterError, match="'nobody'"):
        compare.cross_validate(tracks, folds.assign(split="nobody"), mean)
    with pytest.raises(DataError, match="found 1 tracks without"):
        compare.cross_validate(tracks, folds.iloc[1:], mean)
    with pytest.raises(DataError, match=r"folds, split first_artist.*found 1 repeats"):
        compare.cross_validate(tracks, pd.concat([folds, folds.iloc[[0]]]), mean)
    with pytest.raises(DataError, match=r"tracks, split.*found 1 repeats"):
        compare.cross_validate(pd.concat([tracks, tracks.iloc[[0]]]), folds, mean)


def test_score_and_difference_tables(tracks, predictions):
    artists = tracks.set_index("track_id")["first_artist"]
    drawn = compare.bootstrap_splits(predictions, artists, 30, 0)
    table = compare.score_table(predictions, drawn)
    assert len(table) == 2 * 9 * len(METRICS)
    assert (table["rows"] == len(tracks)).all()
    one = predictions[
        predictions["split"].eq("recording") & predictions["model"].eq("linear, audio")
    ]
    found = table[table["split"].eq("recording") & table["model"].eq("linear, audio")]
    expected = scores(one["popularity"], one["prediction"], fold=one["fold"])
    assert found.set_index("metric")["value"].to_dict() == pytest.approx(expected)
    assert (table["low"] <= table["high"]).all()
    base = table[table["model"] == "mean"]
    assert base["value"].eq(base["baseline_value"]).all()
    nothing = base.set_index("metric")[["value", "low", "high"]]
    assert nothing.loc["spearman"].eq(0).all(axis=None)
    assert nothing.loc["top_decile_auc"].eq(0.5).all(axis=None)
    steps = compare.difference_table(drawn, estimators.STEPS)
    assert len(steps) == 2 * len(estimators.STEPS) * len(METRICS)
    r2 = table[table["metric"] == "r2"].set_index(["split", "model"])["value"]
    for row in steps[steps["metric"] == "r2"].itertuples():
        assert row.value == pytest.approx(r2[row.split, row.model] - r2[row.split, row.other])


def test_known_and_unknown_artists_are_scored_apart(tracks, predictions):
    artists = tracks.set_index("track_id")["first_artist"]
    part = predictions[predictions["split"].eq("recording")]
    part = part[part["model"].isin(["mean", "linear, audio"])]
    table = compare.scores_by_known_artist(part, artists, 20, 0)
    rows = table.groupby("artist")["rows"].first()
    assert rows.sum() == len(tracks)
    one = part[part["model"] == "linear, audio"].assign(artist=part["track_id"].map(artists))
    for name, found in table[table["model"] == "linear, audio"].groupby("artist"):
        known = [
            ((one["artist"] == row.artist) & (one["fold"] != row.fold)).any()
            for row in one.itertuples()
        ]
        chosen = one[np.array(known) == (name == "known")]
        assert len(chosen) == rows[name]
        expected = scores(chosen["popularity"], chosen["prediction"], fold=chosen["fold"])
        assert found.set_index("metric")["value"].to_dict() == pytest.approx(expected)


def test_a_part_that_is_too_small_is_left_out(tracks, predictions):
    artists = tracks.set_index("track_id")["first_artist"]
    part = predictions[predictions["split"].eq("first_artist") & predictions["model"].eq("mean")]
    table = compare.scores_by_known_artist(part, artists, 5, 0)
    assert set(table["artist"]) == {"unknown"}
    assert compare.scores_by_known_artist(part.head(20), artists, 5, 0).empty


def test_order_of_predictions_does_not_matter(tracks, predictions):
    artists = tracks.set_index("track_id")["first_artist"]
    part = predictions[predictions["model"].isin(["mean", "linear, audio"])]
    shuffled = pd.concat(
        [rows.sample(frac=1, random_state=i) for i, (_, rows) in enumerate(part.groupby("model"))]
    )
    first = compare.score_table(part, compare.bootstrap_splits(part, artists, 5, 0))
    second = compare.score_table(shuffled, compare.bootstrap_splits(shuffled, artists, 5, 0))
    keys = ["split", "model", "metric"]
    pd.testing.assert_series_equal(
        first.set_index(keys)["value"].sort_index(), second.set_index(keys)["value"].sort_index()
    )


def test_bands_hold_their_lower_edge_and_100():
    frame = pd.DataFrame({"popularity": [0, 19.5, 20, 80, 100], "prediction": [5.0] * 5})
    table = error_bands(frame).set_index("band")
    assert table["rows"].to_dict() == {"0–20": 2, "20–40": 1, "80–100": 2}
    assert table.loc["80–100", "bias"] == -85
    assert table.loc["0–20", "q50"] == pytest.approx(9.75)
    assert len(BANDS) == 6


def test_one_a_recording_keeps_the_most_popular(tracks):
    kept = compare.one_a_recording(tracks)
    best = tracks.groupby("recording_id")["popularity"].max()
    assert kept["recording_id"].is_unique
    assert len(kept) == len(best)
    assert kept.set_index("recording_id")["popularity"].sort_index().equals(best)
    mixed = compare.one_a_recording(tracks.sample(frac=1, random_state=0))
    assert set(mixed["track_id"]) == set(kept["track_id"])


def test_audio_lookup_answers_from_its_memory_only():
    rows = pd.DataFrame({name: [0.1, 0.1, 0.2] for name in AUDIO_9})
    model = estimators.audio_lookup().fit(rows, [10, 20, 60])
    assert model.predict(rows).tolist() == [15, 15, 60]
    assert model.predict(rows.assign(energy=0.5)).tolist() == [30, 30, 30]


def test_genre_lookup_averages_genre_means():
    train = pd.DataFrame({"genres": [["pop"], ["pop", "rock"], ["jazz"]]})
    model = estimators.genre_lookup().fit(train, [60, 30, 0])
    test = pd.DataFrame({"genres": [["pop"], ["rock", "jazz"], ["polka"], ["jazz", "polka"]]})
    assert model.predict(test).tolist() == [45, 15, 30, 0]


def test_pipelines_learn_nothing_from_test_rows(tracks, folds):
    fold = folds[folds["split"] == "first_artist"]["fold"].to_numpy()
    train, test = tracks[fold != 0], tracks[fold == 0]
    for name in ("linear", "xgboost"):
        build = getattr(estimators, name)
        extra = () if name == "linear" else (5, 0)
        for features in estimators.FEATURE_SETS:
            prepare = build(features, *extra)[:-1]
            fitted = prepare.fit(train)
            assert find_foreign_fit(fitted, train, test).empty


def test_trees_get_dense_numbers_with_true_zeros(tracks):
    prepared = estimators.xgboost("audio+genres", 1, 0)[:-1].fit_transform(tracks)
    assert isinstance(prepared, np.ndarray)
    assert prepared.dtype == np.float32
    zeros = tracks["mode"].eq(0).to_numpy()
    names = estimators.xgboost("audio+genres", 1, 0)[:-1].fit(tracks).get_feature_names_out()
    column = list(names).index("numbers__mode")
    assert (prepared[zeros, column] == 0).all()
    n_genres = tracks["genres"].explode().nunique()
    assert prepared.shape == (len(tracks), 14 + n_genres)


def test_popularity_is_no_feature():
    assert all("popularity" not in names for names in estimators.FEATURE_SETS.values())


def test_ladder_uses_its_parameters():
    models = estimators.ladder(7, 9, seed=5)
    assert isinstance(models["mean"], DummyRegressor)
    for name, model in models.items():
        last = model[-1] if hasattr(model, "steps") else model
        if isinstance(last, RandomForestRegressor):
            assert (last.n_estimators, last.random_state) == (7, 5), name
        if isinstance(last, XGBRegressor):
            assert (last.n_estimators, last.random_state) == (9, 5), name
    assert {name for pair in estimators.STEPS for name in pair} <= set(models)
    with pytest.raises(ParameterError, match="audio"):
        estimators.linear("lyrics")


@pytest.mark.skipif("WORKBOOK_DATA" not in os.environ, reason="needs the real catalogue")
def test_real_new_artist_scores_are_the_known_ones():
    real = model_tracks(Path(os.environ["WORKBOOK_DATA"]) / "tracks" / "dataset.csv")
    folds = fold_table(real, 5, first_artist=artist_groups(real))
    folds = folds[folds["split"] == "first_artist"]
    models = {name: estimators.xgboost(name, 150, 0) for name in estimators.FEATURE_SETS}
    made = compare.cross_validate(real, folds, models)
    r2 = {
        name: scores(part["popularity"], part["prediction"])["r2"]
        for name, part in made.groupby("model")
    }
    assert r2["audio"] == pytest.approx(0.10, abs=0.02)
    assert r2["audio+genres"] == pytest.approx(0.355, abs=0.03)
