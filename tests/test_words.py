"""Predictions in words: every number a fact, and sentences that read well."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.apps.predict.explained import Explained, Outside, Part, differences
from lib.apps.predict.inputs import MENUS, check_value, phrase, value_text
from lib.apps.predict.words import compared, facts_of, how_wide, in_words, of_track, why
from lib.apps.text.stated_numbers import Fact, unfounded
from lib.errors import ParameterError

PLAIN = Explained(
    prediction=41.26,
    raw=41.26,
    lower=12.34,
    upper=65.1,
    coverage=0.9,
    base=33.2,
    parts=(
        Part("genres", phrase("genres", ["k-pop"]), 8.21),
        Part("energy", phrase("energy", 0.93), -2.14),
        Part("mode", phrase("mode", 0), 1.0),
        Part("key", phrase("key", 1), 0.6),
        Part("explicit", phrase("explicit", True), 0.39),
    ),
    chances=(0.4, 0.5, 0.1),
    mean_width=47.3,
    plain_width=62.0,
    neighbours=(("k-pop", 38.4),),
    outside=(),
    unknown_genres=(),
    genres_used=True,
    genres=("k-pop",),
    artist="",
    known_artist=None,
)
# No letters of which a number in words could be made.
NAMES = st.text("aeklmpr ", min_size=1, max_size=12).map(lambda t: " ".join(t.split())).filter(bool)
SCORES = st.floats(0, 100)
VALUES = {
    "energy": st.floats(-1, 2),
    "tempo_bpm": st.floats(0, 400),
    "loudness_db": st.floats(-80, 20),
    "duration_ms": st.integers(1, 10**8),
    "time_signature": st.integers(0, 7),
    "key": st.integers(-1, 11),
    "explicit": st.booleans(),
    "genres": st.lists(NAMES, unique=True, max_size=4),
    "artist": NAMES | st.just(""),
}
NUMERIC = ("energy", "tempo_bpm", "loudness_db", "duration_ms")


def changed(**values):
    from dataclasses import replace

    return replace(PLAIN, **values)


@st.composite
def explained(draw):
    names = draw(st.lists(st.sampled_from(list(VALUES)), min_size=1, unique=True))
    points = st.floats(-60, 60)
    parts = [Part(name, phrase(name, draw(VALUES[name])), draw(points)) for name in names]
    parts.sort(key=lambda part: -abs(part.points))
    base = draw(SCORES)
    raw = base + sum(part.points for part in parts)
    prediction = min(max(raw, 0), 100)
    beyond = [name for name in names if name in NUMERIC]
    ends = [sorted([draw(VALUES[name]), draw(VALUES[name])]) for name in beyond]
    genres = draw(VALUES["genres"])
    return Explained(
        prediction=prediction,
        raw=raw,
        lower=draw(st.floats(0, prediction)),
        upper=draw(st.floats(prediction, 100)),
        coverage=draw(st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.975])),
        base=base,
        parts=tuple(parts),
        chances=(0.2, 0.3, 0.5),
        mean_width=draw(st.none() | SCORES),
        plain_width=draw(st.none() | SCORES),
        neighbours=tuple((genre, draw(SCORES)) for genre in genres),
        outside=tuple(
            Outside(name, high + 1, low, high)
            for name, (low, high) in zip(beyond, ends, strict=True)
        ),
        unknown_genres=tuple(genres[:2]),
        genres_used=draw(st.booleans()),
        genres=tuple(genres),
        artist=draw(VALUES["artist"]),
        known_artist=draw(st.none() | st.booleans()),
    )


@given(explained(), st.integers(0, 5))
def test_every_number_is_a_fact(told, reasons):
    text = in_words(told, reasons)
    assert unfounded(text, facts_of(told, reasons)) == []
    assert not re.search(r"-0\.0\b|\bnan\b|\binf\b|  |\.\.", text)
    assert text.endswith(".")


@given(explained())
def test_what_is_named_and_the_rest_add_up(told):
    facts = {fact.label: fact.value for fact in facts_of(told)}
    sums = [value for label, value in facts.items() if label.startswith("points that")]
    total = facts["prediction before any input is looked at"] + sum(sums)
    # At most five numbers, each rounded to a tenth, and their sum rounded as well. Equal phrases
    # of two inputs would hide one another, so such a draw shows nothing.
    if len({part.phrase for part in told.parts}) == len(told.parts):
        assert total == pytest.approx(facts["sum of that and all contributions"], abs=0.31)


def test_a_plain_case_reads_so():
    assert in_words(PLAIN) == (
        "Predicted 41 of 100; the 90 % interval runs from 12 to 66. Before any input is looked "
        "at, the model says 33.2; from there the genre k-pop adds 8.2 points, energy 0.93 takes "
        "2.1 and the minor mode adds 1.0; the other 2 inputs together add 1.0. The training "
        "tracks of its genre k-pop that sound most like it have a popularity of 38 on average. "
        "The interval is 54 points wide, wider than this model's mean of 47; the same interval "
        "for all tracks takes 62."
    )


def test_singular_and_plural():
    one = changed(parts=(Part("genres", phrase("genres", ["jazz", "pop"]), 1.04),))
    assert "the genres jazz and pop add 1.0 point." in why(one)
    two = changed(parts=(*PLAIN.parts[:3], Part("explicit", phrase("explicit", False), 0.5)))
    assert "the other input adds 0.5." in why(two)
    assert "1 point wide" in how_wide(changed(lower=41.0, upper=42.0))
    still = changed(parts=(Part("energy", "energy 0.93", 0.04),))
    assert why(still).endswith("no input moves it from there.")


def test_what_is_doubtful_is_said():
    text = in_words(
        changed(
            outside=(Outside("tempo_bpm", 250.0, 0.0, 243.372),),
            unknown_genres=("polka",),
            artist="Nobody",
            known_artist=False,
            raw=-3.14,
            prediction=0.0,
        )
    )
    for said in (
        "Tempo 250 beats a minute is outside the training range, 0 to 243.372 beats a",
        "Training had no genre polka, so it counts as none.",
        "Training had no artist Nobody, who counts as unseen.",
        "That makes -3.1, below what popularity can be: 0 is shown.",
    ):
        assert said in text
    assert "No genre is given." in in_words(changed(genres=(), neighbours=()))
    assert "The artist counts as unseen." in in_words(changed(known_artist=False))
    assert "flattered" in of_track(55.0, seen=True) and "55." in of_track(55.0, seen=True)


@given(explained(), st.data())
def test_a_difference_is_the_sum_of_its_parts(told, data):
    other = changed(
        raw=data.draw(st.floats(-20, 120)),
        base=told.base,
        parts=tuple(
            Part(part.name, part.phrase, data.draw(st.floats(-60, 60))) for part in told.parts
        ),
    )
    parts = differences(told, other)
    gap = sum(part.points for part in other.parts) - sum(part.points for part in told.parts)
    assert sum(part.points for part in parts) == pytest.approx(gap)
    sizes = [abs(part.points) for part in parts]
    assert sizes == sorted(sizes, reverse=True)
    text = compared(told, other)
    rounded = [Fact("of 100", round(one.prediction)) for one in (told, other)]
    rounded += [Fact("points", round(part.points, 1)) for part in parts]
    rounded.append(Fact("change", round(other.raw - told.raw, 1)))
    rounded.append(Fact("0 to 100", round(sum(part.points for part in parts[3:]), 1)))
    left = [part for part in parts if f"{abs(part.points):.1f}" != "0.0"][:3]
    rest = sum(part.points for part in parts if part not in left)
    rounded.append(Fact("all else", round(rest, 1)))
    assert unfounded(text, rounded) == []


def test_compared_reads_so():
    other = changed(raw=35.0, prediction=35.0, parts=(Part("energy", phrase("energy", 0.1), -3.0),))
    first = changed(parts=(Part("energy", phrase("energy", 0.93), 3.26),))
    assert compared(first, other) == (
        "A is predicted 41, B 35 of 100. B is 6.3 points lower than A: energy -6.3, before "
        "predictions are cut at 0 and 100."
    )
    assert compared(first, first) == "A is predicted 41, B 41 of 100. B is as high as A."


def test_each_menu_value_has_words_of_its_own():
    for name, choices in MENUS.items():
        texts = [value_text(name, value) for _, value in choices]
        assert len(set(texts)) == len(choices)
        for text, value in choices:
            assert value_text(name, check_value(name, value)) == text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("energy", "loud"),
        ("energy", float("nan")),
        ("energy", 1.5),
        ("energy", None),
        ("duration_ms", -1),
        ("key", 2.5),
        ("mode", 3),
        ("explicit", "maybe"),
        ("genres", "pop"),
        ("genres", [3]),
        ("artist", 7),
    ],
)
def test_what_no_track_can_have_is_refused(name, value):
    with pytest.raises(ParameterError, match=f"{name}: .*expected"):
        check_value(name, value)
