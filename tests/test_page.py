"""The page without a browser: its API through gradio_client, checks, flags, and the command."""

from __future__ import annotations

import contextlib
import json
import re
import threading
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import psutil
import pytest
from explorer_data import catalogue
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from page_data import IMAGE, LINK, PASSWORD, TEMPLATE, load_all, pages, save_all, track_ids
from predict_data import HOSTILE, KINDS

from lib.apps import __main__ as command
from lib.apps.page import answers, serve, tab_about, tab_compare, tab_explore, tab_predict
from lib.apps.page.controls import on_control, setting_on
from lib.apps.page.flags import write_flag
from lib.apps.page.outbox import Outbox
from lib.apps.page.tab_playlist import show as show_playlist
from lib.apps.playlist.models import UNTESTED
from lib.apps.playlist.state import PlaylistBuilder
from lib.apps.view.csv_text import from_csv, to_csv
from lib.errors import DataError, WorkbookError
from lib.modelling.score import OUTPUT, score_tracks
from lib.pipeline import places
from lib.tracks.read_scoring import read_scoring

TRACK = "id00012"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("page")
    save_all(made)
    return made


@pytest.fixture(scope="module")
def data(folder):
    return load_all(folder)


@pytest.fixture(scope="module")
def served(folder):
    with pages(folder) as addresses:
        yield addresses


@pytest.fixture(scope="module")
def client(served):
    with contextlib.closing(Client(served["page"], verbose=False)) as made:
        yield made


def write_catalogue(path, data, rows=None):
    """Some tracks of the models' catalogue in the published layout."""
    frame = data.tracks.table.head(40 if rows is None else rows)
    frame = frame.assign(track_genre=[genres[0] for genres in frame["genres"]])
    names = {"loudness_db": "loudness", "tempo_bpm": "tempo"}
    frame.rename(columns=names).drop(columns=["genres", "first_artist"]).to_csv(path, index=False)
    return path


def test_only_these_functions_are_offered_and_each_is_described(client, served):
    told = client.view_api(return_format="dict")["named_endpoints"]
    assert set(told) == {
        "/predict", "/compare", "/continue", "/explore", "/dashboard", "/batch"
    }  # fmt: skip
    described = httpx.get(f"{served['page']}/gradio_api/info").json()["named_endpoints"]
    assert all(len(described[name]["description"]) > 60 for name in told)


def test_nothing_is_looked_up_outside(served, client, folder):
    asked = (folder / "asked").read_text().split()
    assert asked and set(asked) <= {"127.0.0.1", "localhost", "0.0.0.0"}
    config = httpx.get(f"{served['page']}/config").json()
    assert config["analytics_enabled"] is False
    page = httpx.get(served["page"]).text
    links = set(re.findall(r"(?:src|href)=\"(https?://[^\"]+)", page))
    assert all("127.0.0.1" in one or "localhost" in one for one in links), links


def test_prediction_is_that_of_the_scoring_notebook(client, data):
    row = data.tracks.row(TRACK)
    frame = data.tracks.table[data.tracks.table["track_id"] == TRACK].explode("genres")
    frame = frame.rename(columns={"genres": "track_genre"})
    values = {}
    for name in KINDS:
        found = client.predict({}, name, TRACK, api_name="/predict")
        scored = score_tracks(frame, data.models.get(name)[0]).iloc[0]
        assert found["prediction"] == pytest.approx(scored["predicted_popularity"], abs=0.005)
        assert scored["lower"] <= found["lower"] <= scored["lower"] + 0.01
        total = found["before_any_input"] + sum(found["contributions"].values())
        assert np.clip(total, 0, 100) == pytest.approx(found["prediction"], abs=1e-3)
        values[name] = found["prediction"]
    assert len(set(values.values())) == len(KINDS)
    assert found["model"] in KINDS and str(row["track_id"]) == TRACK


def test_out_of_the_training_range_is_told_not_refused(client):
    found = client.predict({"tempo_bpm": 299}, "linear", TRACK, api_name="/predict")
    assert found["outside_training"] == ["tempo_bpm"]
    assert "outside the training range" in found["words"]
    without = client.predict({"artist": "nobody"}, "linear", TRACK, api_name="/predict")
    assert "artist" in without["ignored"]


BAD = [
    (({"energy": "x"}, "linear", TRACK), "energy: a number expected, found 'x'"),
    (({"energy": True}, "linear", TRACK), "energy: a number expected, found True"),
    (({"energy": None}, "linear", TRACK), "energy: a number expected"),
    (({"energy": 1.5}, "linear", TRACK), "energy: a number from 0 to 1"),
    (({"key": 1.5}, "linear", TRACK), "key: a whole number"),
    (({"tempo_bpm": 10**400}, "linear", TRACK), "a number expected"),
    (({"explicit": "yes"}, "linear", TRACK), "explicit: true or false"),
    (({"genres": "pop"}, "linear", TRACK), "genres: a list"),
    (({"genres": ["<b>polka"]}, "linear", TRACK), "&lt;b&gt;polka' is unknown"),
    (({"genres": ["pop"] * 101}, "linear", TRACK), "at most 100"),
    (({"artist": "x" * 301}, "linear", TRACK), "at most 300 letters"),
    (({"loud": 1}, "linear", TRACK), "'loud' is unknown"),
    (([1], "linear", TRACK), "values by name"),
    (({}, "linear", "nothing"), "not in the catalogue"),
    (({}, 5, TRACK), "model: a text expected"),
    (({}, "nobody", TRACK), "not on the shelf"),
    (({}, "broken", TRACK), "cannot be used"),
    (({"energy": 0.5}, "linear", ""), "expected as well"),
]


@pytest.mark.parametrize(("sent", "said"), BAD, ids=[said for _, said in BAD])
def test_what_cannot_be_is_refused_in_a_sentence(client, sent, said):
    with pytest.raises(AppError, match=re.escape(said)) as caught:
        client.predict(*sent, api_name="/predict")
    assert "fault" not in str(caught.value).lower()


def test_not_a_number_sent_as_such(served):
    url = f"{served['page']}/gradio_api/call/predict"
    body = json.dumps({"data": [{"energy": float("nan")}, "linear", TRACK]})
    sent = httpx.post(url, content=body, headers={"Content-Type": "application/json"})
    if sent.status_code == 200:  # a strict reader of JSON refuses it before
        told = httpx.get(f"{url}/{sent.json()['event_id']}").text
        assert "event: error" in told
    else:
        assert sent.status_code in (400, 422)


def asked_raw(address: str, function: str, data: str) -> str:
    """What a program gets that writes its question by hand."""
    url = f"{address}/gradio_api/call/{function}"
    body = f'{{"data": {data}}}'
    sent = httpx.post(url, content=body, headers={"Content-Type": "application/json"})
    return httpx.get(f"{url}/{sent.json()['event_id']}").text


@pytest.mark.parametrize(
    ("function", "data", "said"),
    [
        ("predict", f'[{{"artist": "\\ud800"}}, "linear", "{TRACK}"]', "artist: letters expected"),
        ("explore", '[{"text": "\\ud800"}, 1]', "text: letters expected"),
        ("continue", '[["\\ud800"], "", "", 5, null]', "tracks: letters expected"),
        ("predict", "[]", "not what this function takes"),
        ("batch", '["x", "linear"]', "not what this function takes"),
    ],
)
def test_what_fits_nothing_is_told_without_the_inside(served, function, data, said):
    told = asked_raw(served["page"], function, data)
    assert "event: error" in told and said in told
    assert "Fault" not in told and "object at 0x" not in told and "pydantic" not in told


@pytest.mark.parametrize("path", ["", "x.csv", "/etc/hostname", "http://example.org/x.csv"])
def test_only_what_was_uploaded_is_read_and_no_address_fetched(served, folder, path):
    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    for function, data in (("batch", [file, "linear"]), ("predict", [{"a": file}, "", ""])):
        told = asked_raw(served["page"], function, json.dumps(data))
        assert "event: error" in told and "upload" in told
        assert str(places.ROOT) not in told and str(Path.cwd()) not in told
    assert "example.org" not in (folder / "asked").read_text()


def test_the_page_is_one_process_that_takes_its_port_along(served):
    (server,) = [
        one for one in psutil.Process().children() if any("page_data" in a for a in one.cmdline())
    ]
    assert server.children() == []


def test_compare_gives_each_model_its_number_score_or_problem(client):
    found = {one["model"]: one for one in client.predict({}, TRACK, api_name="/compare")}
    assert set(found) == {*KINDS, "broken"}
    assert "point.ubj" in found["broken"]["problem"] and "prediction" not in found["broken"]
    assert "/" not in found["broken"]["problem"]
    for name in KINDS:
        alone = client.predict({}, name, TRACK, api_name="/predict")
        assert found[name]["prediction"] == alone["prediction"]
        assert "0.310 [0.280, 0.340]" in found[name]["score"]


def test_a_playlist_is_continued_as_by_the_builder(client, data):
    ids = track_ids()
    of = data.playlists
    found = client.predict(ids[3:6], "Gym", "", 8, [ids[0]], api_name="/continue")
    builder = PlaylistBuilder(of.store, of.names, of.training, of.models)
    place = {one: at for at, one in enumerate(of.names.ids.to_pylist())}
    for one in ids[3:6]:
        builder.add(place[one])
    builder.set_title("Gym")
    builder.set_length(8)
    builder.dropped = {place[ids[0]]}
    answer = builder.continue_().tracks
    assert [one["name"] for one in found["tracks"]] == answer["name"].tolist()
    assert [one["reasons"] for one in found["tracks"]] == answer["reasons"].tolist()
    given = {one["track_id"] for one in found["tracks"]}
    assert len(given) == 8 and not given & {*ids[3:6], ids[0]}


def test_hostile_titles_come_back_as_text(client, data):
    ids = track_ids()
    found = client.predict([ids[5]], "", "popularity", 5, None, api_name="/continue")
    names = [one["name"] for one in found["tracks"]]
    for text in (IMAGE, LINK, TEMPLATE):
        assert any(name.startswith(text) for name in names)
    of = data.playlists
    builder = PlaylistBuilder(of.store, of.names, of.training, of.models)
    builder.add(0)
    assert "<img src=x" not in show_playlist(builder, builder.continue_())
    for row in range(len(data.tracks.table)):
        if data.tracks.table["track_name"].iloc[row] == HOSTILE:
            track = data.tracks.table["track_id"].iloc[row]
    values = [on_control(name, value) for name, value in data.tracks.setting(track).items()]
    shown = "".join(tab_predict.show(data, "linear", track, *values))
    shown += tab_compare.show(data, track, *values) + tab_about.show(data)
    shown += tab_explore.show(answers.explorer_of(data, {"text": "img"}), tab_explore.Choice())
    assert "<img src=x" not in shown and "&lt;img src=x" in shown


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (([], "", "", 5, None), "tracks or a title|neither"),
        ((["no such song at all"], "", "", 5, None), "no track is called"),
        (([], "gym", "nobody", 5, None), "unknown; expected one of"),
        (([], "gym", "", 0, None), "from 1 to 100"),
        (([], "gym", "", 101, None), "from 1 to 100"),
        (([], "x" * 201, "", 5, None), "at most 200 letters"),
        (([5], "gym", "", 5, None), "a text expected"),
        (("abc", "gym", "", 5, None), "a list of texts"),
    ],
)
def test_a_playlist_that_cannot_be_is_refused(client, sent, said):
    with pytest.raises(AppError) as caught:
        client.predict(*sent, api_name="/continue")
    text = str(caught.value)
    assert re.search(said, text) or ("track" in text and "title" in text), text
    assert "fault" not in text


def test_explore_counts_as_pandas_does(client):
    tracks = catalogue()
    filters = {"ranges": {"energy": [0.2, 0.7]}, "track_genre": ["pop", "tango"]}
    found = client.predict(filters, 5, api_name="/explore")
    mask = tracks["energy"].between(0.2, 0.7) & tracks["track_genre"].isin(["pop", "tango"])
    assert found["rows"] == mask.sum()
    assert found["different_tracks"] == tracks.loc[mask, "track_id"].nunique()
    wanted = tracks[mask]["popularity"].sort_values(ascending=False).head(5)
    assert [one["popularity"] for one in found["table"]] == wanted.tolist()
    assert client.predict({}, 0, api_name="/explore")["rows"] == len(tracks)


@pytest.mark.parametrize(
    ("filters", "rows", "said"),
    [
        ({"ranges": {"energy": [0.9, 0.1]}}, 5, "low end"),
        ({"ranges": {"energy": [0.9]}}, 5, "two ends"),
        ({"ranges": {"energy": ["a", None]}}, 5, "a number expected"),
        ({"ranges": {"loud": [0, 1]}}, 5, "'loud' is unknown"),
        ({"track_genre": ["polka"]}, 5, "'polka' is unknown"),
        ({"where": "lyrics"}, 5, "unknown"),
        ({"text": "x" * 301}, 5, "at most 300"),
        ({}, 101, "from 0 to 100"),
        (7, 5, "values by name"),
    ],
)
def test_filters_that_cannot_be_are_refused(client, filters, rows, said):
    with pytest.raises(AppError, match=said):
        client.predict(filters, rows, api_name="/explore")


def test_a_number_beyond_its_control_is_named(data):
    setting = data.tracks.setting(TRACK)
    values = {name: on_control(name, setting[name]) for name in answers.INPUTS}
    for name, value, said in (
        ("duration_ms", 1441, "length: 0 to 1440 (minutes) expected, found 1441"),
        ("loudness_db", 11, "loudness: -60 to 10 (decibel) expected, found 11"),
        ("loudness_db", None, "loudness: a value expected, found none"),
        ("loudness_db", "loud", "loudness: a number expected, found 'loud'"),
    ):
        with pytest.raises(WorkbookError, match=re.escape(said)):
            setting_on(data, list((values | {name: value}).values()), TRACK)


def test_a_protocol_is_told_only_of_what_was_tested(data):
    of = replace(data.playlists, protocol="held out whole")
    assert "held out whole" not in tab_about.show(replace(data, playlists=of))
    of = replace(of, worth={"popularity": "NDCG 0.100", "blend": UNTESTED})
    assert "held out whole" in tab_about.show(replace(data, playlists=of))


def test_two_questions_do_not_share_filters(data):
    first = answers.explorer_of(data, {"track_genre": ["pop"]})
    second = answers.explorer_of(data, {"ranges": {"energy": [0.5, None]}})
    assert first.filters.active() == second.filters.active() == 1
    assert data.explorer.filters.active() == 0


def test_batch_writes_what_notebook_10_writes(client, data, tmp_path):
    path = write_catalogue(tmp_path / "my.csv", data)
    rows = pd.read_csv(path)
    rows.loc[1, "track_id"] = LINK
    rows["energy"] = rows["energy"].astype(object)
    rows.loc[2, "energy"] = "loud"
    rows.to_csv(path, index=False)
    file, summary = client.predict(handle_file(str(path)), "linear", api_name="/batch")
    text = Path(file).read_bytes().decode("utf-8-sig")
    expected = score_tracks(read_scoring(path), data.models.get("linear")[0])
    assert tuple(from_csv(text).columns) == OUTPUT
    pd.testing.assert_frame_equal(from_csv(text), from_csv(to_csv(expected)))
    assert f"'{LINK[:10]}" in text and f"\n{LINK[:10]}" not in text.replace('"', "")
    assert "39 of 40 rows were scored" in summary and "loud" in summary
    assert "<img src=x" not in summary


def test_files_that_cannot_be_are_refused(client, data, served, tmp_path):
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(AppError, match="missing column") as caught:
        client.predict(handle_file(str(wrong)), "linear", api_name="/batch")
    assert "/gradio/" not in str(caught.value) and "wrong.csv" in str(caught.value)
    wrong.write_bytes(b"\x00\xff\x00binary")
    with pytest.raises(AppError, match=r"wrong\.csv"):
        client.predict(handle_file(str(wrong)), "linear", api_name="/batch")
    text = tmp_path / "tracks.exe"
    text.write_text("x", encoding="utf-8")
    with pytest.raises(AppError):
        client.predict(handle_file(str(text)), "linear", api_name="/batch")
    with pytest.raises(AppError, match=r"not in the list of choices|not on the shelf"):
        client.predict(handle_file(str(wrong)), "nobody", api_name="/batch")
    rows = pd.read_csv(write_catalogue(tmp_path / "many.csv", data))
    many = tmp_path / "many.csv"
    pd.concat([rows] * (answers.MOST_ROWS // len(rows) + 1)).to_csv(many, index=False)
    with pytest.raises(AppError, match=f"at most {answers.MOST_ROWS:,} rows expected here"):
        client.predict(handle_file(str(many)), "linear", api_name="/batch")
    big = {"files": ("big.csv", b"x" * (serve.UPLOAD_MB * 2**20 + 1))}
    assert httpx.post(f"{served['page']}/gradio_api/upload", files=big).status_code == 413
    with pytest.raises(AppError):  # a file of the server that nobody uploaded
        secret = {"path": "/etc/hostname", "meta": {"_type": "gradio.FileData"}}
        client.predict(secret, "linear", api_name="/batch")


def test_controls_show_a_track_and_give_back_its_values_to_the_last_digit(data):
    for track in data.tracks.table["track_id"].head(30):
        setting = data.tracks.setting(track)
        values = [on_control(name, setting[name]) for name in answers.INPUTS]
        assert setting_on(data, values, track) == {n: setting[n] for n in answers.INPUTS}
        place = answers.INPUTS.index("tempo_bpm")
        values[place] += 3
        assert setting_on(data, values, track)["tempo_bpm"] == values[place]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
NAMED = st.dictionaries(st.sampled_from([*answers.INPUTS, "x"]), JSON, max_size=4)
FILTERS = st.dictionaries(
    st.sampled_from(["text", "where", "macro_genre", "explicit", "ranges", "x"]),
    JSON | st.dictionaries(st.sampled_from(["energy", "key"]), st.lists(JSON, max_size=3)),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(JSON | NAMED, JSON | st.just(TRACK), JSON | FILTERS, JSON, st.lists(JSON) | JSON)
def test_anything_sent_is_answered_or_refused(data, inputs, track, filters, value, tracks):
    """Whatever comes in: an answer, or a sentence; never another error."""
    for ask in (
        lambda: answers.predict_answer(
            data, answers.setting_of(data, inputs, track), answers.model_of(data, "linear")
        ),
        lambda: answers.model_of(data, value),
        lambda: answers.explore_answer(data, filters, 3),
        lambda: answers.explore_answer(data, {}, value),
        lambda: answers.continue_answer(data, tracks, value, value, 5, value),
        lambda: answers.continue_answer(data, [], "gym", "", value, None),
    ):
        try:
            json.dumps(ask())
        except WorkbookError as error:
            assert len(str(error)) > 10


def test_flags_are_lines_of_json_and_end_somewhere(tmp_path):
    path = tmp_path / "page" / "flags.jsonl"
    threads = [
        threading.Thread(target=lambda: [write_flag(path, {"note": "é\n"}) for _ in range(5)])
        for _ in range(4)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) == 20 and {json.loads(line)["note"] for line in lines} == {"é\n"}
    before = path.read_bytes()
    for bound in ({"most": 20}, {"most_bytes": len(before) + 10}):
        with pytest.raises(DataError, match="no room for more"):
            write_flag(path, {"note": ""}, **bound)
    assert path.read_bytes() == before


def test_a_flag_tells_what_was_set(data, tmp_path):
    setting = data.tracks.setting(TRACK)
    values = [on_control(name, setting[name]) for name in answers.INPUTS]
    path = tmp_path / "flags.jsonl"
    tab_predict._flag(data, path, "linear", TRACK, *values, "too high")
    (told,) = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert told["note"] == "too high" and told["model"] == "linear"
    assert told["setting"]["energy"] == setting["energy"]


def test_old_files_go(tmp_path):
    outbox = Outbox(kept_s=-1)
    first = outbox.write("a.csv", "=x")
    assert first.read_bytes() == b"\xef\xbb\xbf=x"
    second = outbox.write("b.csv", "y")
    assert second.exists() and not first.exists()
    outbox.close()
    assert not second.exists()


def test_a_page_without_playlists_says_why(served):
    with contextlib.closing(Client(served["without"], verbose=False)) as client:
        with pytest.raises(AppError, match="Playlists: none here"):
            client.predict([], "gym", "", 5, None, api_name="/continue")
        assert client.predict({}, "linear", TRACK, api_name="/predict")["prediction"] > 0


def test_a_password_is_asked_for(served):
    assert httpx.get(f"{served['closed']}/config").status_code == 401
    who = (serve.USER, PASSWORD)
    with contextlib.closing(Client(served["closed"], verbose=False, auth=who)) as client:
        assert client.predict({}, "linear", TRACK, api_name="/predict")["prediction"] > 0


def test_sharing_without_network_leaves_the_page_on_this_machine(served):
    assert served["shared public"] == ""
    assert httpx.get(served["shared"]).status_code == 200


def test_a_port_that_is_taken_is_named(served):
    taken = int(served["page"].rsplit(":", 1)[1])
    with (
        pytest.raises(WorkbookError, match=f"--port {taken}: not free"),
        serve.serving(None, taken),
    ):
        pass


def test_there_is_one_place_that_launches():
    found = [
        path.relative_to(places.ROOT).as_posix()
        for folder in ("lib", "notebooks", "models_widgets")
        for path in (places.ROOT / folder).rglob("*")
        if path.suffix in (".py", ".ipynb") and ".launch(" in path.read_text("utf-8")
    ]
    assert found == ["lib/apps/page/serve.py"]
    text = (places.ROOT / found[0]).read_text("utf-8")
    assert 'HOST = "127.0.0.1"' in text and "share=bool(share)" in text


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ([], "./run_all.sh --only 22_train_more_models"),
        (["--port", "70000"], "--port: 0 to 65535"),
        (["--profile", "ful"], "did you mean full"),
        (["--profile", "sample", "--data-dir", "x"], "data of its own"),
        (["--data-dir", "/nowhere/at/all"], "no such file"),
    ],
)
def test_a_command_that_cannot_be_carried_out(given_, said, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("WORKBOOK_OUT", str(tmp_path))
    assert command.main(given_) == 2
    assert said in capsys.readouterr().err
