"""The playlist builder: seeds unique, drops for good, answers as those of notebook 20, CSV back."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mpd_data import playlist, track, track_id, write_slice

from lib.apps.playlist.models import UNTESTED, scores_in_words
from lib.apps.playlist.search import search_tracks
from lib.apps.playlist.state import LONGEST, PlaylistBuilder
from lib.apps.playlist.view import PlaylistView
from lib.apps.view.csv_text import from_csv
from lib.errors import DataError, ParameterError
from lib.playlists.find_tracks import read_names
from lib.playlists.reading.load import load_mpd
from lib.recommenders.base import training_from
from lib.recommenders.continue_playlist import continue_playlist
from lib.recommenders.cooccurrence import Cooccurrence
from lib.recommenders.popularity import Popularity

NAMES = {
    0: ("Creep", "Radiohead"),
    1: ("Creep", "TLC"),
    2: ("=LOVE", "-M-"),
    3: ("<img src=x onerror=run()>", "Radiohead"),
    4: ("Wonderwall", "Oasis"),
}
N = 30


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Twenty playlists over thirty tracks; track 0 is more frequent than 1."""
    folder = tmp_path_factory.mktemp("lists")
    rng = np.random.default_rng(5)
    lists = []
    for pid in range(20):
        numbers = [*rng.permutation(np.arange(5, N))[:12].tolist(), 0, 2, 4]
        numbers += [1, 3] if pid % 4 == 0 else []
        one = playlist(pid, numbers, name=("Gym", "Road trip")[pid % 2])
        for entry in one["tracks"]:
            number = next(n for n in numbers if entry["track_uri"].endswith(track_id(n)))
            if number in NAMES:
                name, artist = NAMES[number]
                uri = f"spotify:artist:{'N' * 20}{list(NAMES.values()).index((name, artist)):02d}"
                if artist == "Radiohead":
                    uri = f"spotify:artist:{'N' * 20}77"
                entry |= {"track_name": name, "artist_name": artist, "artist_uri": uri}
        lists.append(one)
    assert track(0, 0)["track_uri"].endswith(track_id(0))
    write_slice(folder / "in", 0, lists)
    store = load_mpd(folder / "in", folder / "out", workers=1)
    data, names = training_from(store, np.arange(20)), read_names(store)
    models = {
        "co-occurrence": Cooccurrence().fit(data),
        "popularity": Popularity().fit(data),
    }
    place = dict(zip(names.ids.to_pylist(), range(len(names.ids)), strict=True))
    return store, names, data, models, [place[track_id(number)] for number in range(N)]


def builder_of(made) -> PlaylistBuilder:
    store, names, data, models, _ = made
    return PlaylistBuilder(store, names, data, models)


def test_search_by_title_artist_both_id_and_with_mistakes(made):
    _, names, _, _, place = made
    creep, other, wonder = place[0], place[1], place[4]
    for text in ("creep", "CREEP", "cree"):
        assert search_tracks(names, text)[:2] == [creep, other]  # the more frequent one first
    for text in ("Creep – Radiohead", "radiohead creep", "creep radio", track_id(0)):
        assert search_tracks(names, text)[0] == creep
    assert search_tracks(names, "tlc") == [other]
    assert search_tracks(names, "wonderwal oasys")[0] == wonder
    assert search_tracks(names, "onderwall")[0] == wonder
    assert search_tracks(names, "radiohead", most=1) == [creep]
    for nothing in ("", "   ", "qqqqqqqq"):
        assert search_tracks(names, nothing) == []


def test_an_answer_is_that_of_the_notebook(made):
    store, names, data, models, place = made
    builder = builder_of(made)
    for number in (place[0], place[4]):
        assert builder.add(number)
    builder.set_title("gym")
    found = builder.continue_()
    ids = [track_id(0), track_id(4)]
    expected = continue_playlist(ids, "gym", models["co-occurrence"], data, store, names, 10)
    assert found.tracks["track"].tolist() == expected.tracks["track"].tolist()
    assert found.tracks["reasons"].tolist() == expected.tracks["reasons"].tolist()
    assert found.notes == expected.notes


acts = st.lists(
    st.tuples(st.sampled_from(["add", "remove", "move", "keep", "drop", "ask", "model", "length"]),
              st.integers(0, 40), st.integers(-3, 3)),
    max_size=20,
)  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts)
def test_seeds_are_unique_and_what_is_dropped_stays_away(made, several):
    builder, gone = builder_of(made), set()
    builder.add(0)
    for what, number, by in several:
        answer = [] if builder.answer is None else builder.answer.tracks["track"].tolist()
        seeds = list(builder.seeds)
        if what == "add":
            assert builder.add(number % N) is (number % N not in seeds)
            gone.discard(number % N)
        elif what == "remove" and seeds:
            builder.remove(seeds[number % len(seeds)])
        elif what == "move" and seeds:
            one = seeds[number % len(seeds)]
            builder.move(one, by)
            rest = [other for other in seeds if other != one]
            assert [other for other in builder.seeds if other != one] == rest
            wanted = min(max(seeds.index(one) + by, 0), len(seeds) - 1)
            assert builder.seeds.index(one) == wanted
        elif what == "keep" and answer:
            builder.keep(answer[number % len(answer)])
            assert builder.seeds[-1] == answer[number % len(answer)]
        elif what == "drop" and answer:
            builder.drop(answer[number % len(answer)])
            gone.add(answer[number % len(answer)])
        elif what == "model":
            builder.set_model(("co-occurrence", "popularity")[number % 2])
        elif what == "length":
            builder.set_length(1 + number)
        elif what == "ask" and builder.seeds and len(builder.seeds) + len(gone) < N:
            tracks = builder.continue_().tracks
            assert tracks["rank"].tolist() == list(range(1, len(tracks) + 1))
            assert len(tracks) == min(builder.length, N - len(set(builder.seeds) | gone))
        shown = set() if builder.answer is None else set(builder.answer.tracks["track"])
        assert len(set(builder.seeds)) == len(builder.seeds)
        assert not shown & gone
        assert builder.dropped == gone
        assert builder.kept <= set(builder.seeds)
        if what in ("ask", "keep", "add"):
            assert not shown & set(builder.seeds)
    table = from_csv(builder.csv())
    names = builder.names
    assert table["track_id"].tolist() == [names.ids[one].as_py() for one in builder.seeds]
    assert table["position"].tolist() == [str(n + 1) for n in range(len(builder.seeds))]
    kept = {one for one, how in zip(builder.seeds, table["origin"], strict=True) if how != "chosen"}
    assert kept == builder.kept


def test_names_come_back_from_the_csv_and_are_no_formulas(made):
    builder, place = builder_of(made), made[4]
    for number in (place[2], place[3]):
        builder.add(number)
    assert "'=LOVE,'-M-" in builder.csv()
    table = from_csv(builder.csv())
    assert table["track_name"].tolist() == ["=LOVE", "<img src=x onerror=run()>"]
    assert table["artist_name"].tolist() == ["-M-", "Radiohead"]


def test_forgotten_drops_may_come_back(made):
    builder = builder_of(made)
    builder.add(0)
    first = int(builder.continue_().tracks["track"].iloc[0])
    builder.drop(first)
    assert first not in builder.continue_().tracks["track"].tolist()
    assert "dropped, and so left out: 1." in builder.answer.notes
    builder.forget_dropped()
    assert builder.continue_().tracks["track"].iloc[0] == first


def test_what_fills_the_list_is_said_of_the_ranks_that_are_shown(made):
    builder = builder_of(made)
    builder.add(0)
    builder.set_length(LONGEST)
    found = builder.continue_()
    assert len(found.tracks) == N - 1
    filled = found.tracks["score"].isna()
    said = [note for note in found.notes if note.startswith("from rank")]
    assert len(said) == int(filled.any() and not filled.all())
    for note in said:
        assert note.startswith(f"from rank {int(found.tracks.loc[filled, 'rank'].iloc[0])} on")


def test_mistakes_are_refused(made):
    builder = builder_of(made)
    for wrong in (
        builder.continue_,
        lambda: builder.add(N),
        lambda: builder.remove(3),
        lambda: builder.move(3, 1),
        lambda: builder.keep(3),
        lambda: builder.drop(3),
        lambda: builder.set_length(0),
        lambda: builder.set_length(LONGEST + 1),
        lambda: builder.set_model("magic"),
        lambda: builder.set_title("x" * 201),
    ):
        with pytest.raises(ParameterError):
            wrong()
    for number in range(N):
        builder.add(number)
    with pytest.raises(DataError, match="are given"):
        builder.continue_()


def test_scores_are_those_of_the_evaluation_or_none(made, tmp_path):
    import json

    import pandas as pd

    store = made[0]
    rows = [
        ("blend", 0.6, 0.5, 0.7), ("popularity", 0.4, np.nan, np.nan),
    ]  # fmt: skip
    scores = pd.DataFrame(rows, columns=["recommender", "value", "low", "high"])
    from lib.evaluation.playlist_means import OVERALL

    scores = scores.assign(category=OVERALL, metric="ndcg", playlists=76)
    card = {"playlists": store.folder.name, "seed": 1}
    (tmp_path / "card.json").write_text(json.dumps(card))
    names = ["blend", "popularity", "new one"]
    assert scores_in_words(names, scores, tmp_path, store) == {
        "blend": "NDCG 0.600 [0.500, 0.700] on 76 held-out playlists; popularity 0.400",
        "popularity": "NDCG 0.400 on 76 held-out playlists",
        "new one": UNTESTED,
    }
    (tmp_path / "card.json").write_text(json.dumps(card | {"playlists": "others"}))
    assert set(scores_in_words(names, scores, tmp_path, store).values()) == {UNTESTED}


def test_the_view_builds_continues_keeps_drops_and_saves(made, caplog):
    builder, place = builder_of(made), made[4]
    view = PlaylistView(builder, {"co-occurrence": "NDCG <b>"})
    assert "NDCG &lt;b&gt;" in view.score.value
    view.ask.click()
    assert "neither a track nor a title" in view.guard.box.value
    view.text.value = "radiohead"
    assert "&lt;img src=x" in view.matches_table.value and "<img" not in view.matches_table.value
    view.add_buttons[0].click()
    view.add_buttons[1].click()
    assert builder.seeds == [place[0], place[3]] and view.guard.box.value == ""
    view.move_buttons[0][1].click()
    assert builder.seeds == [place[3], place[0]]
    view.remove_buttons[0].click()
    assert builder.seeds == [place[0]]
    view.title.value, view.length.value, view.model.value = "gym", 5, "popularity"
    view.ask.click()
    first = builder.answer.tracks["track"].tolist()
    assert len(first) == 5 and "5 tracks by popularity" in view.said.value
    view.keep_buttons[1].click()
    view.drop_buttons[0].click()
    assert builder.seeds == [place[0], first[1]] and builder.dropped == {first[0]}
    view.ask.click()
    assert first[0] not in builder.answer.tracks["track"].tolist()
    view.export.click()
    assert "playlist.csv" in view.link.value and "2 rows" in view.link.value
    view.forget.click()
    assert not builder.dropped
    view.title.value = "x" * 500
    assert "at most 200 letters" in view.guard.box.value
    view.text.value = "qqqqqqqqqq"
    assert "Nothing found" in view.matches_table.value
    assert not view.guard.faults
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]
