"""The state behind the popularity widget: no browser, no widgets."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from predict_data import HOSTILE, KINDS, make_shelf, named_rows, save_models, small

from lib.apps.predict.explained import as_tracks
from lib.apps.predict.inputs import MENUS
from lib.apps.predict.state import PredictState
from lib.apps.predict.words import facts_of, in_words
from lib.apps.text.stated_numbers import unfounded
from lib.errors import DataError, ParameterError
from lib.modelling.predict import predict_tracks
from lib.modelling.score import score_tracks

AUDIO = {
    "energy": st.floats(0, 1),
    "danceability": st.floats(0, 1),
    "loudness_db": st.floats(-60, 10),
    "tempo_bpm": st.floats(0, 300),
    "duration_ms": st.integers(0, 10**7),
    "key": st.integers(-1, 11),
    "mode": st.integers(0, 1),
    "time_signature": st.integers(0, 7),
    "explicit": st.booleans(),
    "genres": st.lists(st.sampled_from(["pop", "rock", "jazz", "polka"]), unique=True),
    "artist": st.sampled_from(["", "artist 3", "nobody"]),
}
ONE = st.sampled_from(list(AUDIO)).flatmap(lambda name: st.tuples(st.just(name), AUDIO[name]))


@pytest.fixture(scope="module")
def tracks():
    return small()


@pytest.fixture(scope="module")
def shelf(tracks, tmp_path_factory):
    folder = tmp_path_factory.mktemp("work")
    save_models(folder, tracks)
    return make_shelf(folder)


@pytest.fixture(scope="module")
def rows(tracks):
    return named_rows(tracks)


@pytest.fixture(scope="module")
def shared(shelf, rows):
    return PredictState(shelf, rows)


@pytest.fixture
def state(shelf, rows):
    return PredictState(shelf, rows)


def test_each_model_has_a_number_of_its_own(state):
    state.load("id00012")
    told = {name: state.told(name).raw for name in KINDS}
    assert len(set(told.values())) == len(KINDS)
    before = dict(state.setting)
    for name in KINDS:
        state.choose(name)
        assert state.told().raw == told[name]
        assert state.setting == before


def test_it_begins_with_the_model_of_the_workbook_or_the_one_named(shelf, rows):
    assert PredictState(shelf, rows).chosen == "popularity"
    assert PredictState(shelf, rows, "linear").chosen == "linear"
    others = [one for one in shelf if one.name not in ("popularity", "audio_trees")]
    assert PredictState(others, rows).chosen == "artist_trees"


def test_a_broken_model_is_named_and_the_others_stay_usable(state):
    before = state.told()
    with pytest.raises(DataError, match=r"model broken cannot be used: .*point\.ubj: changed"):
        state.choose("broken")
    assert state.chosen == "popularity"
    assert state.told() == before
    assert "point.ubj" in state.models.problems["broken"]
    with pytest.raises(ParameterError, match="not on the shelf; expected one of artist_trees"):
        state.choose("unheard of")


def test_a_model_that_breaks_later_is_named_as_well(tracks, rows, tmp_path):
    save_models(tmp_path, tracks, ("popularity", "linear"))
    state = PredictState(make_shelf(tmp_path), rows)
    (tmp_path / "22_x" / "models" / "linear" / "point.json").unlink()
    with pytest.raises(DataError, match="model linear cannot be used"):
        state.choose("linear")
    assert set(state.models.problems) == {"broken", "linear"}


def test_without_a_usable_model_or_a_track_it_says_so(shelf, rows):
    broken = [one for one in shelf if one.name == "broken"]
    with pytest.raises(DataError, match=r"found broken: .*run 08_train_model"):
        PredictState(broken, rows)
    with pytest.raises(DataError, match="at least one track"):
        PredictState(shelf, rows.head(0))


def test_models_of_one_name_are_told_apart(shelf, rows):
    from dataclasses import replace

    popular = [one for one in shelf if one.name == "popularity"]
    both = [*popular, replace(popular[0], where="pulled from a/b at 123")]
    state = PredictState(both, rows)
    assert list(state.models.shelf) == ["popularity", "popularity, pulled from a/b at 123"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_loaded_track_is_predicted_as_scoring_does(state, rows, kind):
    state.choose(kind)
    asked = rows[rows["track_id"].isin([f"id{number:05d}" for number in range(40)])]
    scores = score_tracks(asked.drop(columns="popularity"), state.model())
    by_id = scores.drop_duplicates("track_id").set_index("track_id")
    for track_id, row in by_id.iterrows():
        state.load(track_id)
        told = state.told()
        assert round(told.prediction, 2) == pytest.approx(row["predicted_popularity"], abs=0.0051)
        assert row["lower"] <= told.lower + 1e-9 < row["lower"] + 0.011
        assert row["upper"] - 0.011 < told.upper - 1e-9 <= row["upper"]
        name, points = row["reason_1"].rsplit(" ", 1)
        assert abs(told.parts[0].points) == pytest.approx(abs(float(points)), abs=0.051)
        assert name in [part.name for part in told.parts]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(KINDS), st.lists(ONE, max_size=6))
def test_any_setting_adds_up_and_is_told(shared, kind, changes):
    shared.choose(kind)
    for name, value in changes:
        shared.set(name, value)
        kept = shared.setting[name]
        assert (list(kept) if name == "genres" else kept) == value
    told = shared.told()
    assert told.raw == pytest.approx(told.base + sum(p.points for p in told.parts), abs=1e-3)
    assert 0 <= told.lower <= told.prediction <= told.upper <= 100
    assert sum(told.chances) == pytest.approx(1)
    plain = predict_tracks(as_tracks(shared.setting), shared.model()).table.iloc[0]
    assert told.prediction == plain["prediction"]
    assert unfounded(in_words(told), facts_of(told)) == []
    used = {one.name: one for one in shared.inputs() if one.used and one.low is not None}
    beyond = [n for n, one in used.items() if not one.low <= shared.setting[n] <= one.high]
    assert [one.name for one in told.outside] == beyond
    assert set(shared.ignored()) == {one.name for one in shared.inputs() if not one.used}


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(KINDS), st.data())
def test_an_ignored_input_changes_nothing_and_says_why(shared, kind, data):
    shared.choose(kind)
    ignored = sorted(set(shared.ignored()) & set(AUDIO))
    if not ignored:
        return
    name = data.draw(st.sampled_from(ignored))
    before = shared.told().raw
    shared.set(name, data.draw(AUDIO[name]))
    assert shared.told().raw == before
    assert shared.ignored()[name].startswith("this model was trained")


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_a_curve_passes_through_the_prediction(shared, data):
    shared.choose(data.draw(st.sampled_from(KINDS)))
    name = data.draw(st.sampled_from(sorted(set(AUDIO) - {"genres", "artist"})))
    shared.set(name, data.draw(AUDIO[name]))
    curve, told = shared.curve(name), shared.told()
    assert curve.x[curve.at] == shared.setting[name]
    assert curve.prediction[curve.at] == pytest.approx(told.prediction, abs=1e-6)
    assert curve.lower[curve.at] == pytest.approx(told.lower, abs=1e-6)
    assert (np.diff(curve.x) > 0).all()
    one = {one.name: one for one in shared.inputs()}[name]
    assert (curve.inside == ((curve.x >= one.low) & (curve.x <= one.high))).all()
    if name not in MENUS:
        assert {one.low, one.high} <= set(curve.x)
    for place in data.draw(st.lists(st.integers(0, len(curve.x) - 1), max_size=3)):
        moved = shared.setting | {name: curve.x[place]}
        alone = predict_tracks(as_tracks(moved), shared.model()).table.iloc[0]
        assert alone["prediction"] == pytest.approx(curve.prediction[place], abs=1e-6)


def test_a_curve_along_what_is_no_number_or_not_used_is_refused(state):
    for name in ("genres", "artist", "unheard of"):
        with pytest.raises(ParameterError, match=f"curve along '{name}'"):
            state.curve(name)


def test_search_finds_all_words_the_most_popular_first(state, rows):
    found = state.search("LOVE song")
    assert found["title"].str.contains("Love").all()
    assert found["popularity"].is_monotonic_decreasing
    one = rows.drop_duplicates("track_id")
    wanted = one[one["track_name"].str.contains("Love")].sort_values(
        ["popularity", "track_name", "track_id"], ascending=[False, True, True]
    )
    assert found["track_id"].tolist() == wanted["track_id"].head(12).tolist()
    assert state.search("id00003")["track_id"].tolist() == ["id00003"]
    several = state.search("artist 44")
    assert (several["artists"] + several["title"]).str.contains("44").all()
    assert "artist 44" in several["artists"].tolist()
    assert len(state.search("")) == len(state.search("zzzz")) == 0
    assert state.search("onerror")["title"].tolist() == [HOSTILE]


def test_an_unknown_track_is_named_and_changes_nothing(state):
    before = dict(state.setting)
    with pytest.raises(ParameterError, match="track 'nope': not in the catalogue"):
        state.load("nope")
    assert state.setting == before


def test_examples_come_in_an_order_of_the_seed(shelf, rows):
    def five(seed):
        state = PredictState(shelf, rows, seed=seed)
        ids = [state.track_id]
        for _ in range(4):
            state.example()
            ids.append(state.track_id)
        return ids

    assert five(1) == five(1) != five(2)
    assert len(set(five(1))) > 1


def test_a_track_of_training_is_said_to_be_one(shelf, rows):
    new = rows[rows["track_id"] == "id00001"].assign(track_id="new")
    state = PredictState(shelf, pd.concat([rows, new], ignore_index=True))
    state.load("id00001")
    known = state.loaded()
    assert known.seen and not known.changed
    state.load("new")
    assert not state.loaded().seen
    assert state.loaded().popularity == known.popularity
    state.set("energy", state.setting["energy"] / 2)
    assert state.loaded().changed


def test_two_settings_are_compared_and_can_be_gone_back_to(state):
    state.load("id00003")
    state.keep("A")
    assert state.compare() is None
    first = state.told()
    state.set("energy", 0.01)
    state.set("genres", ["jazz"])
    state.keep("B")
    second = state.told()
    found = state.compare()
    assert (found.first, found.second) == (first, second)
    assert sum(part.points for part in found.parts) == pytest.approx(
        second.raw - first.raw, abs=1e-3
    )
    unchanged = {p.name for p in found.parts} - {"energy", "genres"}
    state.choose("linear")
    linear = {part.name: part.points for part in state.compare().parts}
    assert all(linear[name] == 0 for name in unchanged)
    state.recall("A")
    assert state.told() == state.kept()["A"]
    with pytest.raises(ParameterError, match="slot 'C'"):
        state.keep("C")


def test_what_was_never_kept_cannot_be_recalled(state):
    with pytest.raises(ParameterError, match="nothing is kept as B yet"):
        state.recall("B")


def test_several_artists_read_as_a_list(shelf):
    rows = named_rows(small())
    state = PredictState(shelf, rows.assign(artists="First;Second"))
    assert state.loaded().artists == "First, Second"


def test_an_artist_counts_where_the_model_looks_at_artists(state):
    state.choose("artist_trees")
    moved = set()
    for number in range(30):
        state.load(f"id{number:05d}")
        known = state.told()
        assert known.known_artist
        state.set("artist", "")
        unseen = state.told()
        assert unseen.known_artist is False
        moved.add(unseen.raw - known.raw)
    assert len(moved) > 5
    assert "counts as unseen" in in_words(unseen)
    assert "artist 3" in state.artists("ARTIST 3")
    assert len(state.artists()) == 50


def test_what_is_no_input_or_no_value_is_refused_and_changes_nothing(state):
    before = dict(state.setting)
    for name, value in (("volume", 1), ("energy", 2), ("key", 2.5), ("genres", "pop")):
        with pytest.raises(ParameterError):
            state.set(name, value)
    assert state.setting == before
