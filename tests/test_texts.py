"""Titles and album names as features: each rule, each row by itself, and keys of album names."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.errors import DataError
from lib.tracks.albums import album_table, artist_band, catalogue_counts
from lib.tracks.texts import (
    TEXT_RULES,
    TEXT_SHAPES,
    WORDS,
    album_key,
    album_rules,
    plain_name,
    text_features,
)


def of(title="x", album="y"):
    return text_features(pd.DataFrame({"track_name": [title], "album_name": [album]})).iloc[0]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("remix", "Song - Someone Remix"),
        ("edit", "Song (Radio Edit)"),
        ("live", "Song - Ao Vivo"),
        ("acoustic", "Song (Acústico)"),
        ("version", "Song - Demo"),
        ("remaster", "Song - 2011 Remastered"),
        ("edition", "Album (Deluxe Edition)"),
        ("instrumental", "Song (Instrumental)"),
        ("guest", "Song (feat. Somebody)"),
        ("cover", "Karaoke Favourites"),
        ("speed", "Song - Sped Up"),
        ("film", "Film (Original Motion Picture Soundtrack)"),
        ("classical", "Sonata No. 2 in B flat"),
        ("christmas", "WEIHNACHTSLIEDER"),
        ("halloween", "Halloween Party"),
        ("hits", "Éxitos"),
        ("collection", "The Essential Somebody: Gold"),
        ("playlist", "Good Vibes"),
        ("occasion", "Road Trip"),
        ("calm", "Lo-fi to sleep"),
        ("children", "Lullabies"),
        ("decade", "80's"),
        ("volume", "Album, Vol. 2"),
        ("short", "Album EP"),
        ("intro", "Interlude"),
    ],
)
def test_each_rule_answers_for_its_words_on_either_side(rule, text):
    assert of(title=text)[f"title_{rule}"] == 1
    assert of(album=text)[f"album_{rule}"] == 1
    assert of()[f"title_{rule}"] == of()[f"album_{rule}"] == 0


def test_every_rule_is_tested():
    marks = test_each_rule_answers_for_its_words_on_either_side.pytestmark[0]
    assert {rule for rule, _ in marks.args[1]} == set(WORDS)


@pytest.mark.parametrize("text", ["Alive", "Deliver", "Minority", "Shits", "Golden", "Topaz"])
def test_a_rule_wants_whole_words(text):
    assert of(title=text)[[f"title_{name}" for name in WORDS]].sum() == 0


@pytest.mark.parametrize(
    ("text", "year"), [("Hits 2021", 2021), ("1984", 1984), ("12021", None), ("1920", None)]
)
def test_a_year_is_found_between_1950_and_2049(text, year):
    found = of(album=text)["album_year"]
    assert found == year if year else np.isnan(found)


def test_marks_of_writing():
    made = of("¿Qué? (1) - Привет", "AB cd 12")
    names = ("exclaims", "brackets", "dash", "beyond_latin")
    assert made[[f"title_{name}" for name in names]].tolist() == [1, 1, 1, 1]
    assert made[[f"album_{name}" for name in names]].tolist() == [0, 0, 0, 0]
    shapes = made[["album_words", "album_characters", "album_digits", "album_capitals"]]
    assert shapes.tolist() == [3, 8, 2, 0.25]


def test_a_single_bears_its_title():
    made = of("Song (feat. Bo)", "Song")
    assert made["album_is_title"] == made["title_in_album"] == 1
    assert of("Song", "Song Book")["album_is_title"] == 0


texts = st.text(max_size=12)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=6))
def test_each_row_answers_for_itself(pairs):
    frame = pd.DataFrame(pairs, columns=["track_name", "album_name"]).astype("str")
    together = text_features(frame)
    assert list(together) == [*TEXT_RULES, *TEXT_SHAPES]
    assert (together.dtypes == np.float32).all()
    alone = pd.concat([text_features(frame.iloc[[i]]) for i in range(len(frame))])
    pd.testing.assert_frame_equal(together, alone)


def test_missing_texts_are_named():
    with pytest.raises(DataError, match=r"'album_name'.*no such column"):
        text_features(pd.DataFrame({"track_name": ["a"]}))
    with pytest.raises(DataError, match=r"'track_name'.*1 rows without"):
        text_features(pd.DataFrame({"track_name": ["a", None], "album_name": ["b", "c"]}))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Hits 2021", "HITS 2022", True),
        ("Hits, Vol. 1", "Hits (Deluxe)", True),
        ("Hits", "Misses", False),
        ("1984", "1989", False),
    ],
)
def test_album_keys(one, other, same):
    keys = album_key(pd.Series([one, other]))
    assert (keys[0] == keys[1]) is same


def test_plain_names_keep_numbers_and_brackets():
    names = plain_name(pd.Series(["Hits! 2021", "hits 2021", "Hits (2021)", "Hits 2022"]))
    assert names.tolist() == ["hits 2021", "hits 2021", "hits 2021", "hits 2022"]


def test_catalogue_counts_and_album_table():
    tracks = pd.DataFrame(
        {
            "first_artist": list("aabc"),
            "album_name": list("xyyy"),
            "popularity": [50.0, 0.0, 0.0, 30.0],
        },
        index=[7, 5, 3, 1],
    )
    counts = catalogue_counts(tracks)
    assert counts.index.tolist() == [7, 5, 3, 1]
    assert counts.to_numpy().tolist() == [[2, 1, 1], [2, 3, 3], [1, 3, 3], [1, 3, 3]]
    table = album_table(tracks).set_index("album_name")
    assert table.index.tolist() == ["y", "x"]
    assert table.loc["y", ["artists", "tracks", "mean"]].tolist() == [3, 3, 10]
    assert table.loc["y", "zero"] == pytest.approx(2 / 3)
    assert table.loc["y", "high"] == pytest.approx(np.quantile([0, 0, 30], 0.9))


def test_album_rules_count_the_tracks_they_find():
    tracks = pd.DataFrame(
        {
            "track_name": ["a", "b", "c"],
            "album_name": ["Live Hits", "Live", "C"],
            "popularity": [0.0, 20, 40],
        }
    )
    table = album_rules(pd.concat([tracks, text_features(tracks)], axis=1))
    assert table.index.tolist()[0] == "live"
    assert table.loc["live"].tolist() == [2, 10, 0.5]
    assert table.loc["is_title", "mean"] == 40
    assert set(table.index) == {"live", "hits", "is_title"}


def test_artist_bands_are_ordered_and_complete():
    bands = artist_band(pd.Series([1, 2, 3, 5, 6, 15, 16, 400]))
    assert bands.tolist() == [
        "1", "2", "3–5", "3–5", "6–15", "6–15", "16 or more", "16 or more",
    ]  # fmt: skip
    assert bands.cat.ordered
