"""Every kind of popularity model: what it predicts, why, for whom, and what it must not know."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoring_data import TREES, catalogue, estimator, fit, input_rows, judge, out_of_fold
from sklearn.base import clone

from lib.errors import DataError
from lib.evaluation.leaks import find_target_copies
from lib.modelling import bands, predict, score, train
from lib.modelling.estimators import FEATURE_SETS
from lib.modelling.levels import KeyLevel
from lib.modelling.stored import recipes
from lib.modelling.stored.contract import (
    ARTIST,
    ARTIST_COLUMNS,
    column_names,
    columns_of_inputs,
    feature_matrix,
    make_contract,
)
from lib.modelling.stored.recipes import LINEAR, RECIPES

AUDIO = FEATURE_SETS["audio"]
WITH_ARTIST = RECIPES["artist_trees"]


@pytest.fixture(scope="module")
def tracks():
    """A catalogue whose artists differ, a few of them with one recording only."""
    frame = catalogue()
    level = np.random.default_rng(0).normal(0, 15, len(frame))[frame["recording_id"] // 3]
    frame["first_artist"] = frame["first_artist"].where(
        frame.index < len(frame) - 60, "single " + frame["track_id"]
    )
    return frame.assign(popularity=(frame["popularity"] + level).clip(0, 100))


@pytest.fixture(scope="module")
def models(tracks):
    return {name: fit(tracks, name)[0] for name in RECIPES}


@pytest.mark.parametrize("name", RECIPES)
def test_a_model_predicts_what_its_estimator_does(tracks, models, name):
    fitted = clone(estimator(name)).fit(tracks, tracks["popularity"])
    told = predict.predict_tracks(tracks, models[name])
    assert told.table["raw"].to_numpy() == pytest.approx(fitted.predict(tracks), abs=1e-3)
    if RECIPES[name].artist:
        ours = feature_matrix(tracks, models[name].contract, models[name].artists)
        assert np.array_equal(
            ours, fitted.columns_.transform(tracks).astype(np.float32), equal_nan=True
        )
        assert column_names(models[name].contract)[-5:] == list(ARTIST_COLUMNS)


@pytest.mark.parametrize("name", RECIPES)
def test_contributions_add_up_to_the_prediction(tracks, models, name):
    told = predict.predict_tracks(tracks, models[name])
    exact = 1e-9 if RECIPES[name].kind == LINEAR else 2e-3
    total = told.base + told.adds.sum(axis=1)
    assert total.to_numpy() == pytest.approx(told.table["raw"].to_numpy(), abs=exact)
    assert list(told.adds) == [one.name for one in predict.inputs_of(models[name]) if one.used]
    # The base is what is said of the training tracks on average, but for trees that saw few rows.
    assert told.base == pytest.approx(tracks["popularity"].mean(), abs=3)


def test_linear_contributions_are_the_change_from_the_mean_track(tracks, models):
    told = predict.predict_tracks(tracks, models["linear"])
    assert told.adds.mean().to_numpy() == pytest.approx(np.zeros(15), abs=1e-6)
    moved = tracks.assign(energy=tracks["energy"] + 0.25, key=(tracks["key"] + 1) % 12)
    after = predict.predict_tracks(moved, models["linear"])
    slope = (after.adds["energy"] - told.adds["energy"]).to_numpy()
    assert slope == pytest.approx(np.full(len(tracks), slope[0]), abs=1e-4) and slope[0] > 1
    others = [name for name in told.adds if name not in ("energy", "key")]
    pd.testing.assert_frame_equal(after.adds[others], told.adds[others])


def test_models_give_different_answers(tracks, models):
    one = tracks.iloc[[7]]
    said = {name: predict.predict_tracks(one, m).table["raw"].iloc[0] for name, m in models.items()}
    assert len({round(value, 6) for value in said.values()}) == len(RECIPES)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 899), min_size=1, max_size=6), st.sampled_from(list(RECIPES)))
def test_a_track_alone_gets_what_it_gets_among_others(tracks, models, rows, name):
    some = tracks.iloc[rows]
    told = predict.predict_tracks(some, models[name])
    whole = predict.predict_tracks(tracks, models[name])
    pd.testing.assert_frame_equal(told.table, whole.table.iloc[rows], rtol=0, atol=1e-6)
    pd.testing.assert_frame_equal(told.adds, whole.adds.iloc[rows], rtol=0, atol=1e-6)
    table = told.table
    assert table["prediction"].between(table["lower"], table["upper"]).all()
    assert table["lower"].ge(0).all() and table["upper"].le(100).all()
    for edges in bands.SCHEMES.values():
        chances = table[bands.chance_columns(edges)]
        assert chances.sum(axis=1).to_numpy() == pytest.approx(np.ones(len(rows)))
        assert (chances >= 0).all(axis=None)


@pytest.mark.parametrize("name", ["linear", "artist_trees"])
def test_many_tracks_and_many_askers_change_nothing(tracks, models, name):
    whole = predict.predict_tracks(tracks, models[name])
    many = pd.concat([tracks] * 6, ignore_index=True)
    assert len(many) > 2 * predict.ROWS_A_THREAD
    told = predict.predict_tracks(many, models[name])
    expected = pd.concat([whole.table] * 6, ignore_index=True)
    pd.testing.assert_frame_equal(told.table, expected, rtol=0, atol=1e-6)
    parts = [tracks.iloc[begin : begin + 9] for begin in range(0, 540, 9)]
    with ThreadPoolExecutor(8) as pool:
        asked = list(pool.map(lambda part: predict.predict_tracks(part, models[name]), parts))
    together = pd.concat([one.table for one in asked])
    pd.testing.assert_frame_equal(together, whole.table.head(540), rtol=0, atol=1e-6)


def test_an_unseen_artist_gets_the_prior(tracks, models):
    model, some = models["artist_trees"], tracks.head(30)
    levels = KeyLevel().fit(tracks, tracks["popularity"])
    own = columns_of_inputs(model.contract)[ARTIST]
    names = ("", None, "Nobody", "ARTIST 1")
    frames = [some.assign(first_artist=name) for name in names]
    frames.append(some.drop(columns="first_artist"))
    told = [predict.predict_tracks(frame, model).table for frame in frames]
    for frame, table in zip(frames, told, strict=True):
        matrix = feature_matrix(frame, model.contract, model.artists)[:, own]
        prior = np.array([levels.mean_, 0, np.nan, np.nan, np.nan], dtype=np.float32)
        assert np.array_equal(matrix, np.tile(prior, (30, 1)), equal_nan=True)
        assert not table["known_artist"].any()
        pd.testing.assert_frame_equal(table, told[0])
    known = predict.predict_tracks(some, model).table
    assert known["known_artist"].all()
    assert (known["raw"] != told[0]["raw"]).mean() > 0.9
    narrower = (
        (known["upper"] - known["lower"]).mean(),
        (told[0]["upper"] - told[0]["lower"]).mean(),
    )
    assert narrower[0] < narrower[1]


def test_knowing_the_artist_helps_and_not_knowing_does_not_hurt(tracks):
    for split, gain in (("recording", (0.03, 1.0)), ("first_artist", (-0.06, 0.06))):
        r2 = {}
        for name in ("popularity", "artist_trees"):
            made = out_of_fold(tracks, name=name, split=split)
            error = (made["popularity"] - made["prediction"]).var()
            r2[name] = 1 - error / made["popularity"].var()
        assert gain[0] < r2["artist_trees"] - r2["popularity"] < gain[1], split


def test_unseen_artists_are_not_taken_for_artists_with_one_recording():
    """Here artists with a single recording are popular, and all others are not."""
    frame = catalogue(900)
    single = frame["recording_id"] < 150
    frame["first_artist"] = np.where(single, frame["track_id"], frame["first_artist"])
    noise = np.random.default_rng(1).normal(0, 4, 900)
    frame["popularity"] = (np.where(single, 80, 20) + noise).clip(0, 100)
    fitted = clone(estimator("artist_trees")).fit(frame, frame["popularity"])
    unseen = fitted.predict(frame.assign(first_artist=recipes.UNSEEN))
    assert unseen.mean() == pytest.approx(frame["popularity"].mean(), abs=6)
    # Without the second copy of each row they are.
    alone = clone(fitted.regressor).fit(
        fitted.columns_.fit_transform(frame, frame["popularity"]), frame["popularity"]
    )
    naive = alone.predict(fitted.columns_.transform(frame.assign(first_artist=recipes.UNSEEN)))
    assert naive.mean() > unseen.mean() + 20


def training_levels(frame):
    """The five columns of the artist that training rows get."""
    columns = clone(estimator("artist_trees").columns)
    return columns.fit_transform(frame, frame["popularity"])[:, -5:]


def test_no_training_row_finds_its_own_target_in_its_artist(tracks):
    planted = tracks.copy()
    own = planted.index[-3:]
    # One recording under three ids, and so with three chances to meet itself.
    planted.loc[own, ["first_artist", "recording_id"]] = ["planted", 10_000]
    planted.loc[own, "popularity"] = 100.0
    assert (training_levels(planted)[-3:, 1] == 0).all()
    # Other targets for one recording: its own rows see the same, whatever the target.
    rows = np.flatnonzero(planted["first_artist"] == "artist 5")[:1]
    moved = planted.assign(popularity=planted["popularity"].where(planted.index != rows[0], 99.0))
    before, after = (training_levels(frame)[rows] for frame in (planted, moved))
    assert before[:, 1:] == pytest.approx(after[:, 1:])
    frame = pd.DataFrame(training_levels(planted), columns=ARTIST_COLUMNS, index=planted.index)
    groups = planted["first_artist"]
    assert find_target_copies(frame, planted["popularity"], groups).empty
    naive = KeyLevel().fit(planted, planted["popularity"]).transform(planted)
    naive = pd.DataFrame(naive, columns=ARTIST_COLUMNS, index=planted.index)
    assert len(find_target_copies(naive, planted["popularity"], groups))


def test_where_artists_do_not_differ_their_level_is_worth_nothing():
    frame = catalogue(600)
    frame["popularity"] = np.random.default_rng(5).uniform(0, 100, 600).round()
    made = out_of_fold(frame, name="artist_trees", split="recording")
    assert np.corrcoef(made["popularity"], made["prediction"])[0, 1] < 0.12


def test_known_and_unseen_artists_are_judged_apart(tracks):
    made = {
        split: out_of_fold(tracks, name="artist_trees", split=split)
        for split in ("first_artist", "recording")
    }
    unseen, known = (judge(tracks, one, "artist_trees") for one in made.values())
    assert unseen.table["track_id"].tolist() == tracks["track_id"].tolist()
    assert not known.table["track_id"].isin(tracks["track_id"].tail(60)).any()
    size = len(column_names(make_contract(tracks, WITH_ARTIST))) - len(ARTIST_COLUMNS) + 1
    assert (unseen.inputs[:, size] == 0).all() and (known.inputs[:, size] > 0).all()
    for one in (unseen, known):
        held = one.table["popularity"].between(one.table["lower"], one.table["upper"])
        assert held.mean() == pytest.approx(0.9, abs=0.04)
    lent = train.borrowed_intervals(known, unseen, TREES, 0.9, 0)
    assert lent.drop(columns=["lower", "upper"]).equals(
        known.table.drop(columns=["lower", "upper"])
    )
    width = [(table["upper"] - table["lower"]).mean() for table in (lent, known.table)]
    assert width[0] > width[1]


def test_a_held_out_fold_sees_only_other_folds_targets(tracks):
    made = out_of_fold(tracks, name="artist_trees", split="recording")
    here = (made["fold"] == 0).to_numpy()
    moved = tracks.assign(popularity=tracks["popularity"].where(~here, 77.0))
    before, after = (
        train._held_out_matrix(frame, made["fold"].to_numpy(), WITH_ARTIST)[0]
        for frame in (tracks, moved)
    )
    assert np.array_equal(before[here], after[here], equal_nan=True)
    assert not np.array_equal(before[~here], after[~here], equal_nan=True)


@pytest.mark.parametrize("name", RECIPES)
def test_scores_are_the_models_predictions(tracks, models, name):
    some = tracks.head(90)
    told = predict.predict_tracks(some, models[name]).table.set_index(some["track_id"])
    rows = input_rows(some).assign(artists=lambda frame: frame["artists"] + "; a guest")
    scores = score.score_tracks(rows, models[name])
    assert tuple(scores.columns) == score.OUTPUT
    told = told.loc[rows["track_id"]].reset_index(drop=True)
    assert scores["predicted_popularity"].to_numpy() == pytest.approx(told["prediction"], abs=0.006)
    assert scores["lower"].to_numpy() == pytest.approx(told["lower"], abs=0.011)
    assert scores["upper"].to_numpy() == pytest.approx(told["upper"], abs=0.011)
    chances = told[bands.chance_columns(bands.SCHEMES["0-33-66-100"])].max(axis=1)
    assert scores["band_chance"].to_numpy() == pytest.approx(chances, abs=0.0006)
    reasons = scores[["reason_1", "reason_2", "reason_3"]].to_numpy().ravel()
    named = {reason.rsplit(" ", 1)[0] for reason in reasons}
    used = {one.name for one in predict.inputs_of(models[name]) if one.used}
    assert named <= used
    flags = score.score_tracks(rows.assign(track_genre="polka"), models[name])["flags"]
    assert flags.str.contains("unknown genre").any() == ("genres" in used)


def test_an_unseen_artist_is_flagged_and_only_where_it_matters(tracks, models):
    rows = input_rows(tracks.head(40)).assign(track_id=lambda frame: "x" + frame["track_id"])
    flags = score.score_tracks(rows, models["artist_trees"])["flags"]
    assert not flags.str.contains("artist").any()
    cases = {"unseen artist": rows.assign(artists="Nobody;artist 1")}
    cases["no artist given: taken as unseen"] = rows.drop(columns="artists")
    for said, frame in cases.items():
        assert score.score_tracks(frame, models["artist_trees"])["flags"].str.contains(said).all()
        assert not score.score_tracks(frame, models["forest"])["flags"].str.contains("artist").any()
    empty = rows.assign(artists=[None, " "] * (len(rows) // 2) + [""] * (len(rows) % 2))
    told = score.score_tracks(empty, models["artist_trees"])
    assert told["flags"].str.contains("no artist given").all()
    without = score.score_tracks(cases["no artist given: taken as unseen"], models["artist_trees"])
    assert told["predicted_popularity"].equals(without["predicted_popularity"])


def test_every_input_is_listed_with_what_becomes_of_it(tracks, models):
    for name, model in models.items():
        inputs = {one.name: one for one in predict.inputs_of(model)}
        assert list(inputs) == [*AUDIO, "genres", "artist"]
        assert all(one.unit for one in inputs.values())
        assert all(bool(one.reason) != one.used for one in inputs.values())
        for one in AUDIO:
            assert (inputs[one].low, inputs[one].high) == (tracks[one].min(), tracks[one].max())
        assert inputs["artist"].used == RECIPES[name].artist
        assert inputs["genres"].used == ("genres" in RECIPES[name].features)
    inputs = {one.name: one for one in predict.inputs_of(models["audio_trees"])}
    assert inputs["genres"].reason == "this model was trained on audio only"
    assert (inputs["explicit"].kind, inputs["key"].kind) == ("flag", "whole number")
    inputs = {one.name: one for one in predict.inputs_of(models["forest"])}
    assert inputs["artist"].reason == "this model was trained on audio and genres"
    assert inputs["genres"].choices == ("jazz", "pop", "rock")
    choices = predict.inputs_of(models["artist_trees"])[-1].choices
    assert set(choices) == set(tracks["first_artist"]) and list(choices) == sorted(choices)


def test_bad_inputs_are_named(tracks, models):
    some = tracks.head(3)
    with pytest.raises(DataError, match="missing inputs: energy, genres"):
        predict.predict_tracks(some.drop(columns=["energy", "genres"]), models["popularity"])
    predict.predict_tracks(some.drop(columns="genres"), models["audio_trees"])
    for bad in (np.nan, np.inf):
        with pytest.raises(DataError, match="none in tempo_bpm"):
            predict.predict_tracks(some.assign(tempo_bpm=bad), models["linear"])
    with pytest.raises(DataError, match="at least one row"):
        predict.predict_tracks(some.head(0), models["linear"])
    with pytest.raises(DataError, match=r"numbers expected.*loud"):
        predict.predict_tracks(some.assign(energy="loud"), models["forest"])
