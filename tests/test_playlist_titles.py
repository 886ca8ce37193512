"""Titles: reduced, counted, told apart."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lib.playlists.describing import titles
from lib.playlists.reading.load import load_mpd
from tests.mpd_data import playlist, write_slice

NAMES = ["Chill", "chill...", "CHILL 🌊", "Rock", "rock", "Café", None, "Cafe", "!!!"]


def test_rules_by_hand():
    series = pd.Series(NAMES, dtype="str")
    assert titles.reduced(series, "published rule").tolist()[:6] == [
        *("chill", "chill", "chill 🌊", "rock", "rock", "café")
    ]
    normal = titles.reduced(series, "normalised")
    assert normal.tolist()[:6] == ["chill"] * 3 + ["rock"] * 2 + ["cafe"]
    assert normal.isna().tolist() == [name is None for name in NAMES]


def test_distinct_titles_and_titles_of_one_playlist():
    table = titles.distinct_titles(pd.Series(NAMES, dtype="str"))
    assert table.loc["as written", "titles"] == 8
    assert table.loc["as written", "alone"] == 1
    # chill, chill 🌊, rock, café, cafe, and the empty one of signs only
    assert table.loc["published rule", "titles"] == 6
    assert table.loc["published rule", "alone"] == pytest.approx(4 / 8)
    assert table["published"].isna().tolist() == [False, False, True]


@given(st.text(max_size=30) | st.text("rRnband&'` ()", max_size=12))
@example("🄐")
@example("R (n' B")
def test_reducing_twice_changes_nothing(title):
    for rule in titles.RULES.values():
        assert rule(rule(title)) == rule(title)


@given(st.lists(st.sampled_from(NAMES[:6]), max_size=12))
def test_coarser_rules_tell_fewer_titles_apart(names):
    table = titles.distinct_titles(pd.Series(names, dtype="str"))["titles"]
    assert table["as written"] >= table["published rule"] >= table["normalised"]
    assert table["as written"] == len(set(names))


def test_frequent_titles_name_their_spellings(tmp_path):
    lists = [playlist(pid, list(range(5 + pid))) for pid in range(len(NAMES))]
    for one, name in zip(lists, NAMES, strict=True):
        one["name"] = name
    write_slice(tmp_path / "in", 0, lists)
    store = load_mpd(tmp_path / "in", tmp_path / "out", workers=1)
    found = titles.frequent_titles(store, top=2)
    assert found["title"].tolist() == ["chill", "cafe"]
    assert found["playlists"].tolist() == [3, 2]
    assert found["spellings"].tolist() == [3, 2]
    assert found["median_length"].tolist() == [6, 11]
    assert found["most_written"][0] in NAMES[:3]
    titled = len([name for name in NAMES if name and name != "!!!"])
    assert found["share"][0] == pytest.approx(3 / titled)


def test_no_titles_at_all_give_empty_tables(tmp_path):
    lists = [playlist(pid, [1, 2, 3, 4, 5]) | {"name": None} for pid in range(2)]
    write_slice(tmp_path / "in", 0, lists)
    store = load_mpd(tmp_path / "in", tmp_path / "out", workers=1)
    assert titles.frequent_titles(store).empty
    written = store.table("playlists", ["name"])["name"]
    assert titles.distinct_titles(written)["titles"].tolist() == [0, 0, 0]
