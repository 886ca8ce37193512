"""The ladder of rungs, contact with the training rows, scores by part, and what was tried."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from lib.evaluation.inspection import inspect_split
from lib.evaluation.leaks import LeakError, require_clean
from lib.evaluation.regression import METRICS, r2
from lib.modelling import beyond, compare, contact, ladder
from lib.modelling.splits import group_folds
from lib.plots import ladder as plots
from lib.tracks import albums, texts
from lib.tracks.clean import drop_nameless
from lib.tracks.features import tracks_by_id
from lib.tracks.generate import write_sample
from lib.tracks.read import read_kaggle
from lib.tracks.twins import add_ids, artist_groups

DATA = os.environ.get("WORKBOOK_DATA", "")


def model_tracks(path):
    tracks = tracks_by_id(add_ids(drop_nameless(read_kaggle(path))))
    made = [tracks, texts.text_features(tracks), albums.catalogue_counts(tracks)]
    return pd.concat(made, axis=1).drop(columns=["artists", "audio_id"])


@pytest.fixture(scope="module")
def tracks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tracks")
    write_sample(folder, seed=11)
    return model_tracks(folder / "dataset.csv")


@pytest.fixture(scope="module")
def folds(tracks):
    groups = {"first_artist": artist_groups(tracks), "recording": tracks["recording_id"]}
    parts = [
        tracks[["track_id"]].assign(split=name, fold=group_folds(group, 2, 1))
        for name, group in groups.items()
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def kinds(tracks, folds):
    return contact.find_contact(tracks, folds)


def split_of(folds, name):
    return folds[folds["split"] == name]


def test_contact_equals_a_plain_search(tracks, folds, kinds):
    few = tracks.sample(60, random_state=3)
    plain = dict(zip(tracks["track_id"], texts.plain_name(tracks["album_name"]), strict=True))
    key = dict(zip(tracks["track_id"], texts.album_key(tracks["album_name"]), strict=True))
    artist = dict(zip(tracks["track_id"], tracks["first_artist"], strict=True))
    for split, part in folds.groupby("split"):
        fold = dict(zip(part["track_id"], part["fold"], strict=True))
        found = kinds[kinds["split"] == split].set_index("track_id")
        for one in few["track_id"]:
            train = [other for other in fold if fold[other] != fold[one]]
            known = plain[one] in {plain[other] for other in train}
            assert (found.loc[one, "album"] == "known") == known
            if not known and key[one] in {key[other] for other in train}:
                assert found.loc[one, "album"] == "near"
            assert found.loc[one, "artist_known"] == (artist[one] in {artist[o] for o in train})


def test_no_artist_is_known_to_the_split_by_artist(kinds):
    assert not kinds.loc[kinds["split"] == "first_artist", "artist_known"].any()
    assert kinds.loc[kinds["split"] == "recording", "artist_known"].mean() > 0.5


def test_near_copies_share_words_and_are_symmetric():
    names = ["christmas songs 22", "christmas songs 21", "songs of christmas 22", "blue", "the"]
    found = contact.near_copies(names).toarray()
    assert not found.diagonal().any()
    assert (found == found.T).all()
    assert found[0, 2]
    assert not found[3:].any()


def test_near_copies_do_not_depend_on_the_chunks(tracks):
    names = texts.plain_name(tracks["album_name"]).unique()[:700]
    found = contact.near_copies(names)
    backwards = contact.near_copies(names[::-1])
    assert (found.toarray() == backwards.toarray()[::-1, ::-1]).all()


@pytest.fixture(scope="module")
def new(tracks, folds):
    models = ladder.rungs("first_artist", 15, seed=0)
    return compare.cross_validate(tracks, split_of(folds, "first_artist"), models)


def test_rungs_are_those_that_steps_name():
    for split in ladder.GROUPS:
        names = set(ladder.rungs(split, 1, 0))
        assert {name for pair in ladder.STEPS for name in pair} <= names
    assert {name for pair in ladder.LEVEL_STEPS for name in pair} <= names


def test_settings_reach_every_boosted_rung():
    boosted = [m for m in ladder.rungs("recording", 7, 3).values() if hasattr(m, "steps")]
    models = [m[-1] for m in boosted if "n_estimators" in m[-1].get_params()]
    assert len(models) == 7
    for model in models:
        assert model.get_params() | ladder.SETTINGS == model.get_params()
        assert (model.n_estimators, model.random_state, model.n_jobs) == (7, 3, 1)


def test_a_fit_is_repeatable_and_blind_to_the_targets_of_test_rows(tracks, folds):
    fold = tracks["track_id"].map(split_of(folds, "recording").set_index("track_id")["fold"])
    train, test = tracks[fold == 0], tracks[fold == 1]
    model = ladder.rungs("recording", 5, seed=0)[ladder.ALL]
    first = clone(model).fit(train, train["popularity"]).predict(test)
    again = clone(model).fit(train, train["popularity"]).predict(test.assign(popularity=0.0))
    np.testing.assert_array_equal(first, again)


def test_scores_by_part_equal_scores_of_those_rows(tracks, new, kinds):
    of_new = kinds[kinds["split"] == "first_artist"].set_index("track_id")["album"]
    parts = {name: of_new.isin(some) for name, some in ladder.PARTS.items()}
    artists = tracks.set_index("track_id")["first_artist"]
    table, steps = ladder.score_parts(new, parts, artists, 60, 0, ladder.STEPS)
    assert set(table["metric"]) == set(METRICS)
    for name, part in parts.items():
        rows = new[new["track_id"].map(part)]
        mine = table[(table["part"] == name) & (table["metric"] == "r2")].set_index("model")
        for model, block in rows.groupby("model"):
            expected = r2(block["popularity"], block["prediction"])
            assert mine.loc[model, "value"] == pytest.approx(expected)
            assert mine.loc[model, "rows"] == len(block)
        differ = steps[(steps["part"] == name) & (steps["metric"] == "r2")]
        for row in differ.itertuples():
            expected = mine.loc[row.model, "value"] - mine.loc[row.other, "value"]
            assert row.value == pytest.approx(expected)


def test_compilations_are_what_the_album_look_up_knows(tracks, new, kinds):
    of_new = kinds[kinds["split"] == "first_artist"].set_index("track_id")["album"]
    looked = new[new["model"] == "album look-up"]
    known = looked["track_id"].map(of_new) == "known"
    error = (looked["popularity"] - looked["prediction"]).abs()
    # The planted compilations have one popularity each.
    assert known.mean() > 0.03
    assert error[known].max() < 1e-9
    assert error[~known].mean() > 10


def test_the_detector_blames_the_album_name(tracks, folds):
    fold = tracks["track_id"].map(split_of(folds, "first_artist").set_index("track_id")["fold"])
    train, test = tracks[fold == 0], tracks[fold == 1]
    with pytest.raises(LeakError, match="album_name: a table of its training means"):
        require_clean(inspect_split(train, test, ["album_name"]).findings, "fold 1")
    looked = ladder.lookup_by_fold(tracks, split_of(folds, "first_artist"), ["album_name"])
    assert looked["fold"].tolist() == [0, 1]
    assert looked["suspicious"].all()


@pytest.mark.parametrize("split", list(ladder.GROUPS))
def test_every_try_fits_and_stays_in_reach(tracks, split):
    train, test = tracks.iloc[::2], tracks.iloc[1::2]
    for name, model in beyond.tries(split, 4, 0).items():
        answer = clone(model).fit(train, train["popularity"]).predict(test)
        assert np.isfinite(answer).all(), name
        assert answer.min() > -20, name
        assert answer.max() < 120, name


def test_two_stages_multiply_chance_and_level(tracks):
    some = tracks.iloc[:1500]
    fitted = beyond.TwoStage(ladder.boosted([], 5, 0)).fit(some, some["popularity"])
    seen = fitted.columns_.transform(some)
    chance = fitted.above_.predict_proba(seen)[:, 1]
    np.testing.assert_allclose(fitted.predict(some), chance * fitted.level_.predict(seen))
    assert chance.mean() == pytest.approx((some["popularity"] > 0).mean(), abs=0.05)


def test_monotone_constraints_hold(tracks):
    model = beyond.tries("first_artist", 20, 0)["monotone constraints"]
    fitted = model.fit(tracks, tracks["popularity"])
    for name, sign in beyond.DIRECTIONS.items():
        one = tracks.iloc[[5] * 30].copy()
        one[name] = np.linspace(tracks[name].min(), tracks[name].max(), 30)
        assert (np.diff(fitted.predict(one)) * sign >= -1e-4).all(), name


def test_duration_shape_knows_training_rows_only():
    train = pd.DataFrame({"duration_ms": [100_000, 200_000], "genres": [["a"], ["b"]]})
    other = pd.DataFrame({"duration_ms": [200_500, 200_000], "genres": [["a"], ["c"]]})
    made = beyond.DurationShape().fit(train).transform(other)
    usual = np.log1p(train["duration_ms"])
    expected = np.log1p(other["duration_ms"]) - [usual[0], usual.mean()]
    np.testing.assert_allclose(made, np.column_stack([expected, [0, 1]]))


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.001, 0.02, "helps"),
        (0.001, 0.003, "helps a little"),
        (0, 0.02, "no difference shown"),
        (-0.02, 0, "no difference shown"),
        (-0.02, -0.01, "hurts"),
    ],
)
def test_verdicts(low, high, said):
    assert beyond.verdict(low, high) == said


def test_back_transformed_targets_return():
    values = np.array([0.0, 1, 50, 99.5, 100])
    np.testing.assert_allclose(beyond._square(np.sqrt(values)), values)
    np.testing.assert_allclose(beyond._expit(beyond._logit(values)), values, atol=1e-9)


def test_figures_draw(tracks):
    table = pd.DataFrame(
        {
            "model": ["a", "b", "a", "b"],
            "part": ["p", "p", "q", "q"],
            "value": [0.1, 0.2, -3.0, 0.4],
            "low": [0.0, 0.1, -4.0, 0.3],
            "high": [0.2, 0.3, -2.0, 0.5],
        }
    )
    figure = plots.scores_by_part(table, {"p": "P", "q": "Q"}, "R²", bound=(0.3, "line"))
    assert "-3.0" in [text.get_text() for text in figure.axes[0].texts]
    plots.error_by_artists(table.assign(value=table["value"].abs()), {"p": 3, "q": 4})
    listed = albums.album_table(tracks)
    empty = listed.iloc[:0]
    plots.album_popularity(tracks["popularity"], tracks["popularity"], {"x": listed, "y": empty})


@pytest.mark.skipif(
    not (Path(DATA) / "tracks" / "dataset.csv").is_file() or not DATA,
    reason="WORKBOOK_DATA names no folder with tracks/dataset.csv",
)
def test_a_fifth_of_the_public_file_stands_on_shared_albums():
    tracks = tracks_by_id(drop_nameless(read_kaggle(Path(DATA) / "tracks" / "dataset.csv")))
    tracks["first_artist"] = tracks["artists"].str.split(";").str[0]
    shared = albums.catalogue_counts(tracks)["album_artists"] > 1
    assert shared.mean() == pytest.approx(0.218, abs=0.001)
    zero = tracks["popularity"].eq(0).groupby(shared).mean()
    assert zero[True] > 10 * zero[False]
