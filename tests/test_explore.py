"""The explorer: exact filters, a table and a list, CSV that comes back, views without a browser."""

from __future__ import annotations

import io
import logging

import numpy as np
import pandas as pd
import pytest
from explorer_data import TITLES, catalogue
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.apps.explore import pictures
from lib.apps.explore.state import ROWS_A_PAGE, Explorer
from lib.apps.explore.view import ExploreView
from lib.apps.view.csv_text import comes_back, download_link, from_csv, to_csv
from lib.apps.view.guard import Guard
from lib.apps.view.html_text import escape, table_html
from lib.apps.view.labels import SHOWN
from lib.apps.view.picture import picture_html
from lib.errors import DataError, ParameterError
from lib.tracks.formulas import guard, unguard
from lib.tracks.genres import macro_genre
from lib.tracks.read import read_kaggle
from lib.tracks.read_scoring import read_scoring
from lib.tracks.texts import fold

TRACKS = catalogue()
BOTH = Explorer(TRACKS), Explorer(TRACKS)
NUMBERS = TRACKS.assign(duration_min=TRACKS["duration_ms"] / 60_000)
PLACES = {"title": "track_name", "artist": "artists", "album": "album_name"}


@pytest.fixture(autouse=True)
def no_fault_in_a_callback(caplog, request):
    """What `Button.click` swallows fails the test here."""
    yield
    if "a_fault_is_shown" in request.node.name:
        return
    told = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert not told, told


@pytest.fixture
def explorer():
    return Explorer(TRACKS)


def has_words(text: str, places: tuple[str, ...]) -> pd.Series:
    """Each word in one of the fields, by the plainest of means."""
    kept = pd.Series(True, index=TRACKS.index)
    for word in fold(text).split():
        found = pd.Series(False, index=TRACKS.index)
        for place in places:
            found |= TRACKS[PLACES[place]].fillna("").map(lambda cell, w=word: w in fold(cell))
        kept &= found
    return kept


words = st.sampled_from(["love", "LÓVE", "ove me", "r&b", "beyonce", "album 3", "", "  ", "zzz"])
ends = st.floats(-0.2, 1.2).map(lambda number: round(number, 2))
acts = st.one_of(
    st.tuples(st.just("text"), words, st.sampled_from([*PLACES, "title, artist or album"])),
    st.tuples(st.just("range"), st.sampled_from(["energy", "valence"]), ends, ends),
    st.tuples(st.just("range"), st.just("popularity"), st.integers(0, 50), st.integers(50, 100)),
    st.tuples(st.just("genre"), st.lists(st.sampled_from(TRACKS["track_genre"].unique().tolist()))),
    st.tuples(st.just("macro"), st.lists(st.sampled_from(["Latin", "Pop", "Folk"]), max_size=2)),
    st.tuples(st.just("explicit"), st.sampled_from([(), ("yes",), ("no",)])),
)


def act(explorer: Explorer, one: tuple) -> pd.Series:
    """Set a filter; gives what plain pandas says that it lets through."""
    kind, *what = one
    everything = pd.Series(True, index=TRACKS.index)
    if kind == "text":
        explorer.filters.search(*what)
        places = (what[1],) if what[1] in PLACES else tuple(PLACES)
        return has_words(what[0], places)
    if kind == "range":
        name, low, high = what[0], *sorted(what[1:])
        explorer.filters.set_range(name, low, high)
        return NUMBERS[name].between(low, high)
    if kind == "explicit":
        explorer.filters.choose("explicit", what[0])
        return TRACKS["explicit"] == (what[0] == ("yes",)) if what[0] else everything
    column = {"genre": "track_genre", "macro": "macro_genre"}[kind]
    explorer.filters.choose(column, what[0])
    names = macro_genre(TRACKS["track_genre"]) if kind == "macro" else TRACKS["track_genre"]
    return names.isin(what[0]) if what[0] else everything


@settings(max_examples=50, deadline=None)
@given(
    st.lists(acts, max_size=6, unique_by=lambda one: (one[0], one[1] if one[0] == "range" else ""))
)
def test_filters_are_what_plain_pandas_says_in_any_order(several):
    one, other = BOTH
    one.reset(), other.reset()
    expected = pd.Series(True, index=TRACKS.index)
    for step in several:
        expected &= act(one, step)
    for step in several[::-1]:
        act(other, step)
    assert one.filters.mask().tolist() == expected.tolist() == other.filters.mask().tolist()
    left = one.left()
    assert left.rows == expected.sum()
    assert left.tracks == TRACKS.loc[expected, "track_id"].nunique()
    assert sorted(one.rows().tolist()) == np.flatnonzero(expected).tolist()
    one.reset()
    assert one.left().rows == len(TRACKS)


def test_every_number_can_be_filtered_and_an_end_counts(explorer):
    for name in SHOWN:
        value = float(NUMBERS[name].median())
        value = float(NUMBERS[name].sort_values().iloc[5]) if name != "mode" else value
        explorer.filters.set_range(name, value, None)
        assert explorer.left().rows == (NUMBERS[name] >= value).sum()
        explorer.filters.set_range(name, None, None)
    assert explorer.filters.active() == 0


def test_lists_are_counted_under_the_other_filters_only(explorer):
    explorer.filters.choose("track_genre", ["pop"])
    explorer.filters.set_range("energy", 0.5, None)
    loud = TRACKS[TRACKS["energy"] >= 0.5]
    assert explorer.filters.counts("track_genre") == loud["track_genre"].value_counts().to_dict()
    explorer.filters.choose("macro_genre", ["Latin"])
    assert set(explorer.genre_choices()) == {"salsa", "tango", "pop"}  # pop is chosen, and empty
    assert explorer.genre_choices()["pop"] == loud["track_genre"].eq("pop").sum() * 0
    assert explorer.left().rows == 0
    assert "Nothing found" in explorer.told()


def test_wrong_filters_are_refused(explorer):
    for wrong in (
        lambda: explorer.filters.set_range("speed", 0, 1),
        lambda: explorer.filters.set_range("energy", 1, 0),
        lambda: explorer.filters.set_range("energy", float("nan"), None),
        lambda: explorer.filters.choose("track_genre", ["polka"]),
        lambda: explorer.filters.search("x", "lyrics"),
        lambda: explorer.sort("row"),
        lambda: explorer.add(len(TRACKS)),
        lambda: explorer.remove(3),
    ):
        with pytest.raises(ParameterError, match=r"expected|unknown|not on the list"):
            wrong()
    assert explorer.left().rows == len(TRACKS)
    with pytest.raises(DataError, match="at least one row"):
        Explorer(TRACKS.iloc[:0])


@pytest.mark.parametrize("column", ["popularity", "energy", "duration_min", "track_name"])
@pytest.mark.parametrize("descending", [False, True])
def test_the_table_is_sorted_and_its_pages_are_all_of_it(explorer, column, descending):
    explorer.filters.set_range("valence", 0.3, 0.9)
    explorer.sort(column, descending)
    left = NUMBERS[NUMBERS["valence"].between(0.3, 0.9)]
    key = left[column] if column != "track_name" else left[column].str.lower()
    expected = key.sort_values(ascending=not descending, kind="stable").index.tolist()
    pages = []
    for _ in range(explorer.pages()):
        pages += explorer.page_rows().tolist()
        explorer.turn(1)
    assert pages == expected
    explorer.turn(-10_000)
    assert explorer.page == 0
    explorer.turn(10_000)
    explorer.filters.set_range("popularity", 100, None)
    assert len(explorer.page_rows()) == min(ROWS_A_PAGE, explorer.left().rows)


def test_the_list_takes_the_row_asked_for_and_each_track_once(explorer):
    first = int(explorer.page_rows()[3])
    assert explorer.add(first)
    assert explorer.listed == [first]
    twin = TRACKS.index[TRACKS["track_id"] == TRACKS["track_id"].iloc[0]].tolist()
    assert explorer.add(twin[0]) is (first not in twin)
    assert not explorer.add(twin[1])
    explorer.reset()
    assert first in explorer.listed
    explorer.remove(first)
    assert first not in explorer.listed


def test_an_export_comes_back_through_the_readers(explorer, tmp_path):
    explorer.filters.set_range("energy", 0.2, None)
    rows = explorer.rows()
    path = tmp_path / "tracks.csv"
    path.write_text(explorer.csv(rows), encoding="utf-8", newline="")
    found, wrote = read_scoring(path), TRACKS.iloc[rows]
    assert found["problem"].eq("").all()
    for name in ("energy", "tempo_bpm", "loudness_db", "popularity", "duration_ms"):
        assert found[name].tolist() == wrote[name].astype(float).tolist()
    assert found["track_name"].tolist() == wrote["track_name"].tolist()
    assert comes_back(explorer.csv(rows), wrote)
    assert not comes_back(explorer.csv(rows), wrote.assign(energy=wrote["energy"] + 1e-9))
    path.write_text(explorer.csv(range(len(TRACKS))), encoding="utf-8", newline="")
    again = read_kaggle(path)
    again[["artists", "track_name"]] = again[["artists", "track_name"]].apply(unguard)
    pd.testing.assert_frame_equal(again, TRACKS, check_dtype=False)


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
risky = st.tuples(st.sampled_from(["=", "+", "-", "@", "'", " =", "''+", "\t"]), texts).map("".join)


@settings(deadline=None)
@given(st.lists(texts | risky, min_size=1, max_size=8))
def test_no_cell_is_a_formula_and_every_text_comes_back(cells):
    guarded = guard(pd.Series(cells, dtype="str"))
    assert unguard(guarded).tolist() == cells
    assert not guarded.str.lstrip().str.match(r"[=+\-@＝＋－＠]").any()
    assert guarded.nunique() == pd.Series(cells).nunique()
    table = pd.DataFrame({"title": pd.Series(cells, dtype="str"), "loudness": -1.5})
    text = to_csv(table)
    assert from_csv(text)["title"].tolist() == cells
    assert pd.read_csv(io.StringIO(text))["loudness"].eq(-1.5).all()


def test_texts_from_data_stay_texts():
    page = table_html(pd.DataFrame({"<b>": ["<img onerror=run()>", None, "a'b\"c"]}), ["<b>"])
    assert "<img" not in page and "<b>" not in page
    assert "&lt;img onerror=run()&gt;" in page
    assert "a&#x27;b&quot;c" in page
    assert escape(pd.NA) == ""
    assert 'download="a&quot; onclick=&quot;b"' in download_link("x", 'a" onclick="b', 1)


def test_histogram_and_points_are_of_what_is_left(explorer):
    explorer.filters.set_range("energy", 0.25, 0.75)
    left = TRACKS[TRACKS["energy"].between(0.25, 0.75)]
    for column in ("popularity", "valence", "energy", "duration_min"):
        table = pictures.histogram(explorer, column)
        edges = [*table["low"], table["high"].iloc[-1]]
        values = NUMBERS.loc[left.index, column]
        counts, _ = np.histogram(values, edges)
        assert (table["left"] * len(left)).round(6).tolist() == counts.tolist()
        assert table["left"].sum() == pytest.approx(1)
        assert table["all"].sum() <= 1 + 1e-9
    found = pictures.points(explorer, pictures.Choice("valence", "loudness_db", pictures.MACRO))
    expected = left[["valence", "loudness_db"]].assign(m=macro_genre(left["track_genre"]))
    assert sorted(map(tuple, found.to_numpy().tolist())) == sorted(
        map(tuple, expected.to_numpy().tolist())
    )


def test_a_sample_is_said_to_be_one(explorer, monkeypatch):
    monkeypatch.setattr(pictures, "DRAWN", 20)
    choice = pictures.Choice()
    assert "random sample of 20 of the 160" in pictures.caption(explorer, choice)
    before = pictures.points(explorer, choice)
    assert len(before) == 20
    explorer.filters.set_range("energy", 0.5, None)
    after = pictures.points(explorer, choice)
    stayed = before[before["x"] >= 0.5]
    assert after.head(len(stayed)).to_numpy().tolist() == stayed.to_numpy().tolist()
    explorer.filters.set_range("energy", 7, None)
    assert "No row passes" in pictures.caption(explorer, choice)
    for colour in (pictures.NO_COLOUR, pictures.MACRO, "popularity"):
        page = picture_html(pictures.draw(explorer, pictures.Choice(colour=colour)), '"x"')
        assert page.startswith("<img") and 'alt="&quot;x&quot;"' in page


def test_the_view_follows_its_controls():
    view = ExploreView(Explorer(TRACKS))
    before = view.picture.value
    view.controls.ranges["energy"].value = (0.5, view.controls.ranges["energy"].max)
    rows = (TRACKS["energy"] >= 0.5).sum()
    assert f"{rows:,} of 160 rows" in view.told.value
    assert view.picture.value != before
    view.controls.names["macro_genre"].value = ("Latin",)
    assert {name for _, name in view.controls.names["track_genre"].options} == {"salsa", "tango"}
    view.controls.text.value = "<img"
    assert "&lt;img src=x onerror=run()&gt;" in view.rows.value
    assert "<img" not in view.rows.value
    view.adders[0].click()
    assert len(view.state.listed) == 1
    assert "&lt;img" in view.list_rows.value
    view.export_list.click()
    assert "tracks_listed.csv" in view.list_link.value
    view.export.click()
    assert "tracks_filtered.csv" in view.links.value
    view.removers[0].click()
    assert view.state.listed == []
    view.controls.text.value = "nobody is called so"
    assert "Nothing found" in view.told.value
    assert view.links.value == ""
    view.controls.reset.click()
    assert "All 160 rows" in view.told.value
    assert view.controls.ranges["energy"].value[0] == view.controls.ranges["energy"].min
    view.order.value, view.falling.value = "energy", False
    assert view.state.page_rows()[0] == TRACKS["energy"].idxmin()
    view.on.click()
    assert view.state.page == 1
    for name, value in (("x", "key"), ("colour", pictures.MACRO), ("bars", "duration_min")):
        before = view.picture.value
        view.pickers[name].value = value
        assert view.picture.value != before
    assert not view.guard.faults and view.guard.box.value == ""


def test_a_view_begins_with_the_filters_that_are_set(explorer):
    explorer.filters.search("love", "title")
    explorer.filters.choose("macro_genre", ["Latin"])
    explorer.filters.choose("explicit", ["no"])
    explorer.filters.set_range("energy", 0.25, None)
    explorer.filters.set_range("mode", 1, 1)
    view = ExploreView(explorer)
    shown = view.controls
    assert (shown.text.value, shown.where.value) == ("love", "title")
    assert shown.names["macro_genre"].value == ("Latin",)
    assert (shown.names["explicit"].value, shown.names["mode"].value) == ("no", 1)
    assert shown.ranges["energy"].value == (0.25, shown.ranges["energy"].max)
    before = explorer.filters.active()
    shown.ranges["popularity"].value = (10, 90)
    assert explorer.filters.active() == before + 1


def test_a_mistake_is_shown_and_a_fault_is_shown_kept_and_told(caplog):
    import ipywidgets as widgets

    guarded = Guard()
    button, trouble = widgets.Button(), [DataError("no <such> file")]

    def act(_):
        if trouble:
            raise trouble[0]

    button.on_click(guarded(act))
    button.click()
    assert "no &lt;such&gt; file" in guarded.box.value and "wb-error" in guarded.box.value
    assert guarded.faults == [] and not caplog.records
    trouble[0] = ZeroDivisionError("a fault")
    button.click()  # the button swallows it
    assert guarded.faults == trouble
    assert "A fault of the workbook" in guarded.box.value
    assert any(one.levelno == logging.ERROR for one in caplog.records)
    trouble.clear()
    button.click()
    assert guarded.box.value == ""


def test_titles_are_hard_ones():
    assert any(title.startswith("=") for title in TITLES)
