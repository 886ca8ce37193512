"""The popularity widget without a browser: controls move the state, and show what it says."""

import asyncio
import base64
import re

import pytest
from predict_data import HOSTILE, KINDS, make_shelf, named_rows, save_models, small

from lib.apps.predict import html
from lib.apps.predict.state import PredictState
from lib.apps.predict.view import PredictView, curve_figure, explained_figure
from lib.apps.predict.words import doubts, why
from lib.apps.view.later import Later


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    folder = tmp_path_factory.mktemp("work")
    save_models(folder, small())
    return make_shelf(folder)


@pytest.fixture
def view(shelf):
    made = PredictView(PredictState(shelf, named_rows(small())))
    yield made
    assert made.guard.faults == made.curve_guard.faults == []


def number_of(view) -> float:
    return float(re.search(r"wbp-number\">([\d.]+)<", view.number.value)[1])


def test_a_slider_moves_prediction_words_bars_and_curve(view):
    view.state.load("id00003")
    view.inputs.show()
    view.refresh()
    before = [one.value for one in (view.number, view.bars, view.picture, view.words)]
    view.inputs.controls["energy"].value = 0.02
    after = [one.value for one in (view.number, view.bars, view.picture, view.words)]
    assert view.state.setting["energy"] == 0.02
    assert all(one != two for one, two in zip(before, after, strict=True))
    told = view.state.told()
    assert number_of(view) == round(told.prediction, 1)
    assert html.escape(why(told)) in view.words.value
    assert "Changed since it was loaded" in view.track.value


def test_every_input_has_a_control_that_sets_it(view):
    view.state.choose("artist_trees")
    view.inputs.show()
    wanted = {
        "energy": 0.25,
        "tempo_bpm": 90.0,
        "duration_ms": 3.5,
        "key": 2,
        "mode": 0,
        "time_signature": 3,
        "explicit": True,
        "genres": ("jazz", "pop"),
        "artist": "artist 9",
    }
    assert list(view.inputs.controls) == list(view.state.setting)
    for name, value in wanted.items():
        view.inputs.controls[name].value = value
        assert view.state.setting[name] == (210_000 if name == "duration_ms" else value)


def test_what_a_track_holds_is_kept_to_the_last_digit(view):
    """The browser sends back what its sliders show: that is no change of the setting."""
    for track_id in ("id00001", "id00002"):
        view.state.load(track_id)
        view.inputs.show()
        exact = dict(view.state.setting)
        for control in view.inputs.controls.values():
            if hasattr(control, "step"):
                control.value = round(control.value, 6) + 1e-9
        assert view.state.setting == exact
        assert not view.state.loaded().changed


def test_ignored_inputs_are_greyed_and_say_why(view):
    view.chooser.value = "audio_trees"
    for name, control in view.inputs.controls.items():
        ignored = name in ("genres", "artist")
        assert control.disabled is ignored
        assert (
            "ignored: this model was trained on audio only" in view.inputs.notes[name].value
        ) is (ignored)
    assert (
        "Popularity of a track from audio alone"
        in {value: text for text, value in view.chooser.options}["audio_trees"]
    )


def test_the_chooser_changes_the_number_and_keeps_the_setting(view):
    before, numbers = dict(view.state.setting), set()
    for name in KINDS:
        view.chooser.value = name
        numbers.add(view.state.told().raw)
        assert number_of(view) == round(view.state.told().prediction, 1)
    assert len(numbers) == len(KINDS)
    assert view.state.setting == before
    assert "R², new artist: 0.310" in view.card.value
    assert "mean of the training rows: -0.001" in view.card.value


def test_a_card_tells_every_score_with_interval_and_baseline(shelf):
    from dataclasses import replace

    one = next(one for one in shelf if one.name == "artist_trees")
    known = one.card["metrics"][0] | {"name": "R², artist known", "value": 0.59}
    data = {"profile": "sample", "generated": True, "files": {"tracks/dataset.csv": "0" * 64}}
    more = dict(one.card) | {"metrics": [*one.card["metrics"], known], "data": data}
    text = html.card_html(replace(one, card=more))
    assert "R², new artist: 0.310</b>, interval 0.280 to 0.340; mean of the training rows" in text
    assert "R², artist known: 0.590" in text
    assert "tracks/dataset.csv, generated data (profile sample)" in text
    assert "no R²" in html.card_html(replace(one, card={"limits": ["<i>"]}))
    assert "<li>&lt;i&gt;" in html.card_html(replace(one, card={"limits": ["<i>"]}))


def test_a_broken_model_shows_its_error_and_the_last_one_stays(view):
    number = view.number.value
    view.chooser.value = "broken"
    assert "model broken cannot be used" in view.guard.box.value
    assert view.chooser.value == view.state.chosen == "popularity"
    assert view.number.value == number
    view.chooser.value = "linear"
    assert view.guard.box.value == ""


def test_a_track_is_searched_loaded_and_shown(view):
    view.text.value = "of love"
    assert len(view.found.options) == 12
    view.load.click()
    first = view.state.search("of love").iloc[0]
    assert view.state.track_id == first["track_id"]
    assert f"is {first['popularity']:.0f}." in view.track.value
    assert "flattered" in view.track.value
    view.text.value = "nothing of the kind"
    assert view.load.disabled
    assert "nothing found" in view.found.options[0][0]
    before = view.state.track_id
    view.example.click()
    assert view.state.track_id != before


def test_titles_stay_text(view):
    view.text.value = "onerror"
    view.load.click()
    assert "<img src=x" not in view.track.value
    assert html.escape(HOSTILE) in view.track.value
    view.state.choose("artist_trees")
    view.inputs.controls["artist"].value = HOSTILE
    shown = view.words.value + view.bars.value
    assert HOSTILE not in shown
    assert html.escape(HOSTILE) in shown


def test_a_value_just_beyond_training_does_not_read_as_inside(view):
    (one,) = [one for one in view.state.inputs() if one.name == "energy"]
    view.state.set("energy", one.high + 0.0004)
    view.inputs.mark()
    note = view.inputs.notes["energy"].value
    assert f"to {one.high:.5f}".rstrip("0") in note and f"to {one.high + 0.0004:.5f}" not in note


def test_beyond_training_is_shown_and_not_clipped(view):
    slider = view.inputs.controls["tempo_bpm"]
    slider.value = 290.0
    assert view.state.setting["tempo_bpm"] == 290.0
    assert "outside" in view.inputs.notes["tempo_bpm"].value
    (doubt,) = doubts(view.state.told())
    assert doubt in view.words.value


def test_a_longer_track_than_the_slider_moves_its_end(view):
    row = view.state.tracks.table.index[0]
    view.state.tracks.table.loc[row, "duration_ms"] = 5_237_295
    view.state.load(view.state.tracks.table["track_id"][row])
    view.inputs.show()
    assert view.inputs.controls["duration_ms"].value == pytest.approx(87.3)
    assert view.state.setting["duration_ms"] == 5_237_295


def test_two_settings_are_kept_compared_and_gone_back_to(view):
    view.keepers["A"].click()
    assert "keep another one as B" in view.compared.value
    first = dict(view.state.setting)
    view.inputs.controls["energy"].value = 0.01
    view.keepers["B"].click()
    assert html.escape(view.state.compare().words) in view.compared.value
    view.recallers["A"].click()
    assert view.state.setting == first
    assert view.inputs.controls["energy"].value == pytest.approx(first["energy"], abs=0.0051)


@pytest.mark.parametrize("name", ["energy", "duration_ms", "key", "explicit", "time_signature"])
def test_curves_are_drawn(view, name):
    view.along.value = name
    drawn = base64.b64decode(view.picture.value.split("base64,")[1].split('"')[0])
    assert drawn.startswith(b"\x89PNG") and len(drawn) > 5000
    assert curve_figure(view.state, name).axes[0].get_ylim() == (0, 100)
    assert len(explained_figure(view.state).axes) == 2


def test_what_is_slow_waits_until_nothing_moves():
    calls = []

    async def moving():
        later = Later(lambda: calls.append(1), delay_s=0.05)
        for _ in range(5):
            later()
            await asyncio.sleep(0.01)
        assert calls == []
        await asyncio.sleep(0.1)

    asyncio.run(moving())
    assert calls == [1]
    Later(lambda: calls.append(2))()
    assert calls == [1, 2]
