"""The report on a track: who is similar, what is said, and what the two files hold."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scoring_data import catalogue as scoring_catalogue
from scoring_data import fit

from lib.apps.text.generated_text import Told
from lib.apps.text.stated_numbers import unfounded
from lib.apps.track_report import facts as track_facts
from lib.apps.track_report import report as track_report
from lib.apps.track_report.changes import changes_of, fit_panel, strongest_changes
from lib.apps.track_report.facts import ReportModel, gather
from lib.apps.track_report.find_in_catalogue import find_row, track_names
from lib.apps.track_report.page import framed, leading_parts, page_html
from lib.apps.track_report.pdf import write_pdf
from lib.apps.track_report.place import percentile_rank, place_in_genre
from lib.apps.track_report.report import write_files, write_track_report
from lib.apps.track_report.sentences import (
    change_rows,
    said_of_changes,
    said_of_place,
    said_of_similar,
)
from lib.apps.track_report.similar_tracks import (
    alike_in_kind,
    lift_over_random,
    similar_tracks,
    sound_of,
)
from lib.apps.track_report.words import words_for
from lib.errors import ParameterError
from lib.modelling.estimators import STANDARDISED
from lib.modelling.predict import predict_tracks

NASTY = "<img src=x onerror=alert(1)> \"&' {{ 7*7 }}"
ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}
CARD = {
    "name": "Test model",
    "data": {"generated": True},
    "limits": ["Only a test."],
    "metrics": [
        {"name": "R², m", "value": 0.3, "low": 0.2, "high": 0.4, "protocol": "artist held out"},
        {"name": "mean width of 90% intervals", "value": 40.0, "baseline_value": 60.0},
    ],
}


@pytest.fixture(scope="module")
def tracks():
    table = scoring_catalogue()
    number = table.index.astype(str)
    table = table.assign(
        track_name=[f"Song {one}" for one in number],
        artists=table["first_artist"] + ";Guest",
        album_name="Album",
    )
    # A twin with the same sound, one with the same title and other sound; both one recording.
    for place in (3, 4):
        table.loc[place, "recording_id"] = table.loc[5, "recording_id"]
    table.loc[4, list(STANDARDISED)] = table.loc[5, list(STANDARDISED)]
    return table


@pytest.fixture(scope="module")
def reported(tracks):
    model, _, held_out = fit(tracks)
    return ReportModel(model, CARD, held_out)


@pytest.fixture(scope="module")
def report(tracks, reported):
    return gather("id00005", reported, tracks, fit_panel(tracks, 6, 0))


def test_similar_equal_the_plain_way(tracks):
    sound, row = sound_of(tracks), 5
    values = tracks[list(STANDARDISED)].to_numpy(float)
    values = (values - values.mean(axis=0)) / values.std(axis=0)
    plain = sorted(
        (float(np.linalg.norm(values[other] - values[row])), other)
        for other in range(len(tracks))
        if tracks["recording_id"][other] != tracks["recording_id"][row]
    )
    found = similar_tracks(tracks, sound, row, 7)
    assert found.rows.tolist() == [other for _, other in plain[:7]]
    assert found.distances == pytest.approx([far for far, _ in plain[:7]])
    assert not {3, 4, 5} & set(found.rows.tolist())
    genre = tracks["genres"][row][0]
    of_genre = [far for far, other in plain if genre in tracks["genres"][other]]
    assert found.random[genre] == pytest.approx(np.median(of_genre))


def test_a_genre_all_of_which_is_near_is_said_so(tracks):
    few = tracks.assign(genres=[["only"] if r in (5, 900 - 1) else ["x"] for r in range(900)])
    few.loc[899, list(STANDARDISED)] = few.loc[5, list(STANDARDISED)]
    text = said_of_similar(similar_tracks(few, sound_of(few), 5))
    assert "Of all tracks there, all are nearer" in text


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=30), st.integers(1, 9), st.integers(0, 99))
def test_no_twin_and_no_recording_twice(recordings, count, seed):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.integers(0, 3, (len(recordings), 10)), columns=list(STANDARDISED))
    table = table.assign(recording_id=recordings, genres=[["a"]] * len(recordings))
    row = int(rng.integers(len(recordings)))
    found = similar_tracks(table, sound_of(table), row, count)
    own = [recordings[one] for one in found.rows]
    assert recordings[row] not in own and len(own) == len(set(own))
    assert len(own) == min(count, len(set(recordings)) - 1)
    assert (np.diff(found.distances) >= 0).all()
    assert said_of_similar(found)


def test_lift_equals_counting(tracks):
    table = tracks.head(60).reset_index(drop=True)
    sound = sound_of(table)
    kind = alike_in_kind(table, sound, np.array([5, 20]), count=4)
    near = similar_tracks(table, sound, 5, 4).rows
    artist = table["first_artist"]
    assert kind["artist"][0] == (artist[near] == artist[5]).mean()
    others = [r for r in range(60) if table["recording_id"][r] != table["recording_id"][5]]
    assert kind["artist_random"][0] == pytest.approx((artist[others] == artist[5]).mean())
    shared = [bool(set(table["genres"][r]) & set(table["genres"][5])) for r in others]
    assert kind["genre_random"][0] == pytest.approx(np.mean(shared))


def test_lift_finds_planted_kinship_and_no_other(tracks):
    rng = np.random.default_rng(0)
    level = rng.normal(size=300)[pd.factorize(tracks["first_artist"])[0]]
    planted = tracks.assign(energy=level, valence=level, recording_id=range(len(tracks)))
    asked = np.arange(0, 900, 9)
    for table, found in ((planted, True), (planted.assign(first_artist=tracks["key"]), False)):
        lift = lift_over_random(alike_in_kind(table, sound_of(table), asked), 200, 0)
        assert (lift.loc["artist", "low"] > 1) == found
        assert lift.loc["artist", "low"] <= lift.loc["artist", "lift"] <= lift.loc["artist", "high"]


def test_a_track_is_found(tracks):
    table = tracks.assign(track_name=tracks["track_name"].mask(tracks.index == 7, "Mr. Brightside"))
    names = track_names(table)
    assert find_row(table, " id00007 ") == (7, "")
    for text in ("mr brightside", "Mr Brightside - artist 2", "Mr Brightsde"):
        row, note = find_row(table, text, names)
        assert row == 7 and "Mr. Brightside – artist 2, Guest" in note
    with pytest.raises(ParameterError, match=r"did you mean Mr\. Brightside"):
        find_row(table, "Mrs Bridget", names)
    with pytest.raises(ParameterError, match="An id is id00000"):
        find_row(table, "qqqq", names)


@given(st.lists(st.integers(0, 5), min_size=1), st.integers(0, 5))
def test_percentile_rank_counts(values, one):
    plain = sum(2 * (value < one) + (value == one) for value in values) / (2 * len(values))
    assert percentile_rank(np.array(values), one) == pytest.approx(100 * plain)


def test_place_leaves_twins_out(tracks):
    genre = tracks["genres"][5][0]
    place = place_in_genre(tracks, 5, tracks["popularity"], genre)
    others = [r for r in range(len(tracks)) if genre in tracks["genres"][r] and r not in (3, 4, 5)]
    assert place.others == len(others) == sum(place.counts)
    assert place.more_popular == place.predicted_more
    assert f"{len(others):,} other tracks of {genre}" in said_of_place(place)
    alone = tracks.assign(genres=[["only"] if r == 5 else ["x"] for r in range(len(tracks))])
    assert place_in_genre(alone, 5, tracks["popularity"], "only") is None


def test_the_held_out_prediction_is_shown(tracks, reported, report):
    known = reported.held_out.set_index("track_id").loc["id00005"]
    assert report.seen and report.held_out
    assert report.told.prediction == pytest.approx(np.clip(known["prediction"], 0, 100))
    assert (report.told.lower, report.told.upper) == (known["lower"], known["upper"])
    stored = predict_tracks(tracks.iloc[[5]], reported.model)
    assert f"says {stored.table['prediction'].iloc[0]:.0f}" in report.words.text
    points = sum(part.points for part in leading_parts(report)) + stored.base
    assert points == pytest.approx(stored.table["raw"].iloc[0], abs=1e-3)


def told_a_writer(monkeypatch, *given):
    """The facts that a language model would be told, and the templated words."""
    asked = []

    def tell(facts, words, service):
        asked.append((facts, words))
        return Told(words)

    with monkeypatch.context() as patch:
        patch.setattr(track_facts, "tell", tell)
        gather(*given)
    return asked[0]


def test_a_truth_between_an_end_and_its_rounding_is_just_outside(report):
    told = replace(report.told, prediction=41.6, lower=10.6, upper=70.4)
    for truth, where in ((10, "just outside it"), (71, "just outside it"), (72, "outside it.")):
        assert f", lies {where}" in words_for(told, told, False, False, float(truth))
    assert "lies inside it." in words_for(told, told, False, False, 11.0)


def test_a_writer_is_told_what_the_words_say_and_reasons_that_add_up(tracks, reported, monkeypatch):
    new = tracks.assign(track_id=tracks["track_id"].where(tracks.index != 5, "new"))
    for track_id, of, table in (
        ("id00005", reported, tracks),
        ("id00005", replace(reported, held_out=None), tracks),
        ("new", reported, new),
    ):
        facts, words = told_a_writer(monkeypatch, track_id, of, table)
        assert unfounded(words, facts) == []
        value = {fact.label: fact.value for fact in facts}
        added = [value[one] for one in value if one.startswith("points that")]
        base = value["prediction before any input is looked at"]
        assert base + sum(added) == pytest.approx(
            value["sum of that and all contributions"], abs=0.3
        )


def test_without_it_the_prediction_is_called_flattered(tracks, reported):
    told = gather("id00005", replace(reported, held_out=None), tracks)
    assert told.seen and not told.held_out and told.effects is None
    assert "flattered" in told.words.text and any("flattered" in one for one in told.caveats)
    assert "not asked" in said_of_changes(told.effects)


def test_a_new_track_is_neither(tracks, reported):
    new = tracks.assign(track_id=tracks["track_id"].where(tracks.index != 5, "new"))
    told = gather("new", reported, new)
    assert not told.seen and not told.held_out and "learnt from" not in told.words.text


def test_changes_leave_twins_out_and_say_none(tracks, report):
    assert set(report.effects["says"]) <= {"none", "higher", "lower"}
    none = report.effects.assign(says="none")
    assert said_of_changes(none).startswith("None: of")
    assert change_rows(none).empty
    one = none.head(3).assign(says=["higher", "lower", "none"], effect=[1.0, -2.0, 9.0])
    one["input"] = ["energy", "key", "mode"]
    assert strongest_changes(one)["effect"].tolist() == [-2.0, 1.0]
    assert len(change_rows(one)) == 2 and "1 come with" in said_of_changes(one)
    # Others are there, but too few to support a value.
    few = tracks.assign(recording_id=np.where(tracks.index < 897, 0, tracks.index))
    assert "No single change" in said_of_changes(changes_of(few, 5, fit_panel(tracks, 2, 0)))


class Seen(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_data(self, data):
        self.text += data


def renamed(report, title):
    return replace(report, row=report.row.where(report.row.index != "track_name", title))


def test_all_that_comes_from_data_is_text(report):
    nasty = renamed(report, NASTY)
    nasty = replace(
        nasty,
        words=Told(NASTY, NASTY, NASTY),
        known=((NASTY, NASTY),),
        similar=report.similar.assign(title=NASTY, artists=NASTY, genres=NASTY),
        places=tuple(replace(place, genre=NASTY) for place in report.places),
        caveats=(NASTY,),
        card=CARD | {"name": NASTY},
    )
    page = Seen(page_html(nasty, NASTY))
    assert page.text.count("<img src=x") > 12
    assert "49" not in re.findall(r"\{\{.*?\}\}", page.text)
    assert not {"img", "script", "iframe", "object", "form"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    frame = Seen(framed(page_html(nasty, ""), NASTY))
    assert frame.tags == ["div", "iframe"]


def test_the_page_asks_for_nothing(report):
    page = page_html(report, "now")
    seen = Seen(page)
    links = [value for name, value in seen.attributes if name in ("src", "href", "action")]
    assert links == ["data:,"] and "url(" not in page and "@import" not in page
    assert "default-src 'none'" in page and "prefers-color-scheme: dark" in page
    assert "made-up track" in seen.text
    for part in leading_parts(report):
        assert part.phrase in seen.text and f"{part.points:+.1f}" in seen.text


def test_the_scale_is_read_out_as_the_words_say(report):
    ends = replace(report.told, prediction=41.6, lower=10.6, upper=70.4)
    page = Seen(page_html(replace(report, told=ends), ""))
    [said] = [value for name, value in page.attributes if value and value.startswith("Predicted")]
    assert said.startswith("Predicted 42 of 100; the 90 % interval runs from 10 to 71.")


def pdf_text(path):
    """All text of an unpacked PDF, by the tables that map its codes to letters."""
    data = path.read_bytes()
    fonts = {}
    for number, table in re.findall(rb"/F(\d+) (\d+) 0 R", data):
        font = re.search(rb"\n%s 0 obj(.*?)endobj" % table, data, re.S)[1]
        maps = re.search(rb"/ToUnicode (\d+) 0 R", font)[1]
        body = re.search(rb"\n%s 0 obj(.*?)endobj" % maps, data, re.S)[1]
        pairs = re.findall(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>", body)
        fonts[number] = {
            bytes.fromhex(code.decode()): bytes.fromhex(sign.decode()).decode("utf-16-be")
            for code, sign in pairs
        }
    text, font = "", {}
    shown = re.compile(rb"/F(\d+) [\d.]+ Tf|\(((?:\\.|[^\\()])*)\) ?Tj|\[(.*?)\] ?TJ", re.S)
    for name, plain, spaced in shown.findall(data):
        if name:
            font = fonts.get(name, {})
            continue
        pieces = [plain] if plain else re.findall(rb"\(((?:\\.|[^\\()])*)\)", spaced)
        for piece in pieces:
            raw = re.sub(rb"\\(.)", lambda m: ESCAPES.get(m[1], m[1]), piece, flags=re.S)
            text += "".join(font.get(raw[at : at + 2], "") for at in range(0, len(raw), 2))
        text += " "
    return text


def test_the_pdf_opens_and_says_the_same(report, tmp_path):
    write_pdf(tmp_path / "a.pdf", report, "Made now.", compress=False)
    data = (tmp_path / "a.pdf").read_bytes()
    assert data.startswith(b"%PDF-1.") and data.rstrip().endswith(b"%%EOF")
    assert len(re.findall(rb"/Type /Page\b", data)) in (2, 3)
    text = " ".join(pdf_text(tmp_path / "a.pdf").split())
    for said in ("Song 5", "artist 1, Guest", "of 100", "Only a test.", "Made now.", "Test model"):
        assert said in text
    assert report.words.text.split(";")[0] in text
    assert said_of_place(report.places[0])[:40] in text
    assert "stands for a sign" not in text


@pytest.mark.parametrize(
    "title",
    ["夜に駆ける", "😀 family 👨‍👩‍👧 x", "مرحبا", "a" * 300, "\x00\x07\ttab", "$x^2$ **b**"],
)
def test_any_title(report, tmp_path, title):
    page = page_html(renamed(report, title), "")
    assert title.replace("\x00", "") in page.replace("\x00", "")
    write_pdf(tmp_path / "a.pdf", renamed(report, title), "", compress=False)
    text = pdf_text(tmp_path / "a.pdf")
    lacking = title[0] in "夜😀\x00"
    assert ("□" in text) == lacking and ("stands for a sign" in text) == lacking


def test_letters_from_right_to_left_stand_in_the_order_in_which_they_are_seen(report, tmp_path):
    for title, seen in (("בד`ע", "ע`דב"), ("Ima ایما", "Ima امیا"), ("(אב) 12", "12 (בא)")):
        similar = report.similar.assign(title=title)
        known = (("Album", title), *report.known)
        mine = replace(renamed(report, title), similar=similar, known=known)
        write_pdf(tmp_path / "a.pdf", mine, "", compress=False)
        text = pdf_text(tmp_path / "a.pdf")
        assert text.count(seen) == 2 + len(similar) and title not in text
    long = "אבגד " * 40
    write_pdf(tmp_path / "a.pdf", renamed(report, long), "", compress=False)
    assert pdf_text(tmp_path / "a.pdf").count("דגבא") == 40


def test_two_files_by_name(tracks, reported, tmp_path):
    odd = tracks.assign(track_id=tracks["track_id"].where(tracks.index != 5, "../a/b"))
    html, pdf = write_track_report("../a/b", reported, odd, tmp_path / "new")
    assert html.parent == pdf.parent == tmp_path / "new" and html.name == "track____a_b.html"
    assert sorted(tmp_path.glob("new/*")) == sorted([html, pdf])
    assert Path(html).read_text("utf-8").startswith("<!DOCTYPE html>")
    assert not list((tmp_path / "new").glob(".*"))


def test_both_files_or_none(report, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device", "x.pdf")

    with monkeypatch.context() as patch:
        patch.setattr(track_report, "write_pdf", full)
        with pytest.raises(ParameterError, match=r"No space left.*name a folder"):
            write_files(report, tmp_path)
    assert not list(tmp_path.iterdir())
    html, pdf = write_files(report, tmp_path)
    before = html.read_bytes(), pdf.read_bytes()
    plain = Path.replace

    def not_the_pdf(self, target):
        if str(target).endswith(".pdf"):
            raise OSError(13, "Permission denied", str(target))
        return plain(self, target)

    monkeypatch.setattr(Path, "replace", not_the_pdf)
    with pytest.raises(ParameterError, match="Permission denied"):
        write_files(renamed(report, "Another title"), tmp_path)
    assert (html.read_bytes(), pdf.read_bytes()) == before
    pdf.unlink()
    html.unlink()
    with pytest.raises(ParameterError):
        write_files(report, tmp_path)
    assert not list(tmp_path.iterdir())


def test_mistakes_are_named(tracks, reported, report, tmp_path):
    with pytest.raises(ParameterError, match="'nobody': an id of the catalogue's 900 tracks"):
        gather("nobody", reported, tracks)
    with pytest.raises(ParameterError, match="row -1"):
        similar_tracks(tracks, sound_of(tracks), -1)
    (tmp_path / "file").write_text("")
    with pytest.raises(ParameterError, match="cannot be written there"):
        write_files(report, tmp_path / "file")


def test_generated_words_are_marked(tracks, reported, monkeypatch):
    asked = []

    def tell(facts, templated, service):
        asked.append((facts, templated, service))
        return Told("Words <b>of</b> a model.", "Text generated by m.")

    monkeypatch.setattr(track_facts, "tell", tell)
    page = Seen(page_html(gather("id00005", reported, tracks, service="m"), ""))
    assert "Text generated by m." in page.text and "<b>of</b>" in page.text
    facts, templated, service = asked[0]
    assert service == "m" and "Predicted" in templated and len(facts) > 5
