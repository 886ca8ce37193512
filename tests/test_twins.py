"""Recordings, audio vectors and what twins do to splits."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.errors import DataError, ParameterError
from lib.tracks.clean import drop_nameless
from lib.tracks.columns import AUDIO_9
from lib.tracks.features import tracks_by_id
from lib.tracks.generate import write_sample
from lib.tracks.read import read_kaggle
from lib.tracks.titles import first_artist, normalise_title
from lib.tracks.twin_report import (
    SPLITS,
    compare_definitions,
    in_other_folds,
    popularity_ranges,
    twin_report,
    zeros_by_ids,
    zeros_by_twin,
)
from lib.tracks.twins import add_ids, artist_groups, link, recording_ids


@pytest.fixture(scope="module")
def planted_ids(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tracks")
    write_sample(folder, seed=7)
    ids = tracks_by_id(add_ids(drop_nameless(read_kaggle(folder / "dataset.csv"))))
    return ids, json.loads((folder / "planted.json").read_text("utf-8"))


def tracks_of(rows):
    frame = pd.DataFrame(rows, columns=["track_id", "artists", "track_name", "sound"])
    return frame.assign(**dict.fromkeys(AUDIO_9, frame["sound"]))


@pytest.mark.parametrize(
    ("title", "together", "apart"),
    [
        ("Song", "song", "song"),
        ("  SÖNG!! ", "song", "song"),
        ("Song (feat. Ada & Bo)", "song", "song"),
        ("Song [with Ada]", "song", "song"),
        ("Song feat. Ada", "song", "song"),
        ("Song ft. Ada - Remix", "song", "song"),
        ("Song - Remastered 2011", "song", "song"),
        ("Song - 2011 Remaster", "song", "song"),
        ("Song (Deluxe Edition)", "song", "song"),
        ("Song – Single Version / Mono", "song", "song"),
        ("Song - Live", "song", "song live"),
        ("Song - Ada Remix", "song", "song ada remix"),
        ("Song (Acoustic Version)", "song", "song acoustic version"),
        ("Song-Smith", "song smith", "song smith"),
        ("Love Me Two Times", "love me two times", "love me two times"),
        ("Without You", "without you", "without you"),
        ("Left & Right", "left and right", "left and right"),
        ("(Intro)", "intro", "intro"),
        ("???", "???", "???"),
        ("失落沮喪歌", "失落沮喪歌", "失落沮喪歌"),
        ("1999", "1999", "1999"),
    ],
)
def test_titles_lose_what_differs_between_releases(title, together, apart):
    assert normalise_title(title) == together
    if "ft. Ada" not in title:
        assert normalise_title(title, "apart") == apart


def test_marks_that_carry_vowels_stay():
    assert normalise_title("कि") != normalise_title("के")
    assert normalise_title("か") != normalise_title("が")


def test_unknown_versions_are_refused():
    with pytest.raises(ParameterError, match="together, apart"):
        normalise_title("Song", "some")


@given(st.text(min_size=1, max_size=30), st.sampled_from(["together", "apart"]))
@settings(max_examples=200, deadline=None)
def test_a_title_never_becomes_empty_without_cause(title, versions):
    normal = normalise_title(title, versions)
    assert bool(normal) or not title.strip()
    assert normalise_title(title.upper().lower(), versions) == normalise_title(
        title.upper().lower().strip() + " ", versions
    )


def test_first_artist_is_the_first_credit():
    assert first_artist(pd.Series(["A;B", " C ; D", "E"])).tolist() == ["A", "C", "E"]


def test_links_chain_through_title_and_sound():
    tracks = tracks_of(
        [
            ("a", "Ada", "X", 1),
            ("b", "Ada", "X - Remastered", 2),
            ("c", "Bo", "Y", 2),
            ("d", "Bo", "X", 3),
            ("e", "Ada", "X!", 4),
            ("a", "Ada", "X", 1),
        ]
    )
    # c has the sound of b, which has the title of a; d is a namesake by someone else.
    assert recording_ids(tracks).tolist() == [0, 0, 0, 1, 0, 0]


def test_a_missing_title_is_refused():
    with pytest.raises(DataError, match=r"1 rows without, first at position 1"):
        recording_ids(tracks_of([("a", "Ada", "X", 1), ("b", "Ada", None, 2)]))


def slow_link(labels):
    groups = [{i} for i in range(len(labels[0]))]
    for label in labels:
        for value in set(label):
            rows = {i for i, other in enumerate(label) if other == value}
            hit = [g for g in groups if g & rows]
            groups = [g for g in groups if not g & rows] + [set().union(*hit)]
    groups.sort(key=min)
    return [next(k for k, g in enumerate(groups) if i in g) for i in range(len(labels[0]))]


@given(
    st.lists(st.tuples(*[st.integers(0, 6)] * 3), min_size=1, max_size=15),
)
@settings(max_examples=150, deadline=None)
def test_link_equals_a_slow_reference(rows):
    labels = [list(column) for column in zip(*rows, strict=True)]
    assert link(*map(pd.Series, labels)).tolist() == slow_link(labels)


def test_numbers_do_not_depend_on_the_index():
    tracks = tracks_of([("a", "Ada", "X", 1), ("b", "Bo", "Y", 2), ("c", "Ada", "X", 3)])
    moved = tracks.set_index(pd.Index([9, 4, 7]))
    assert recording_ids(moved).tolist() == recording_ids(tracks).tolist() == [0, 1, 0]
    assert recording_ids(moved).index.tolist() == [9, 4, 7]


def test_planted_recordings_are_found_again(planted_ids):
    ids, planted = planted_ids
    wide = ids.set_index("track_id")["recording_id"]
    narrow = recording_ids(ids, "apart").set_axis(ids["track_id"])
    for group in planted["recordings"]:
        assert len(set(wide[group])) == 1
        assert len(set(narrow[group])) == 1
    # A handful of made-up titles differ by a comma only.
    assert abs(narrow.nunique() - (planted["unique_recordings"] - 1)) <= 5
    for one, other in planted["white_label"]:
        assert wide[one] == wide[other]
    for studio, live in planted["live_version"]:
        assert wide[studio] == wide[live]
        assert narrow[studio] != narrow[live]
    for one, other in planted["same_title"]:
        assert wide[one] != wide[other]


def test_planted_zeros_sit_among_copies(planted_ids):
    ids, planted = planted_ids
    report = twin_report(ids).set_index("key").loc["same recording (any of them)"]
    assert report["zeros_twins"] > 3 * report["zeros_single"]
    zero = ids.loc[ids["popularity"] == 0, "track_id"]
    assert abs(len(zero) - planted["zero_ids"]) <= 1


def test_twin_report_on_hand_counted_rows():
    tracks = add_ids(
        tracks_of(
            [
                ("a", "Ada", "X", 1),
                ("a", "Ada", "X", 1),
                ("b", "Ada", "x", 2),
                ("c", "Bo", "Y", 1),
                ("d", "Cy", "Z", 3),
            ]
        )
    ).assign(popularity=[4, 4, 0, 10, 0])
    report = twin_report(tracks).set_index("key")
    assert report["groups"].tolist() == [1, 1, 1, 1]
    assert report["rows"].tolist() == [2, 3, 3, 4]
    assert report["range_mean"].tolist() == [0, 6, 4, 10]
    assert report.loc["same recording (any of them)", "zeros_twins"] == 0.25
    assert report.loc["same recording (any of them)", "zeros_single"] == 1
    assert report["zeros_beside_hit"].tolist() == [0, 0, 0.5, 0.5]


def test_split_share_is_that_of_the_split(planted_ids):
    ids, _ = planted_ids
    report = twin_report(ids, seed=3).set_index("key").loc["same audio vector"]
    shares = []
    for seed in range(3, 3 + SPLITS):
        order = np.random.RandomState(seed).permutation(len(ids))
        held = -(-len(ids) // 5)
        test, train = ids.iloc[order[:held]], ids.iloc[order[held:]]
        shares.append(test["audio_id"].isin(train["audio_id"]).mean())
    assert report["split_share"] == pytest.approx(np.mean(shares))
    # Nearly all of the splits lie where one more is to lie.
    inside = [report["split_low"] <= share <= report["split_high"] for share in shares]
    assert SPLITS - 3 <= sum(inside) <= SPLITS


def test_small_reports_by_hand():
    ids = pd.DataFrame({"recording_id": [0, 0, 1, 2, 2, 2], "popularity": [0.0, 5, 0, 1, 1, 3]})
    assert popularity_ranges(ids).tolist() == [5, 2]
    table = zeros_by_ids(ids.assign(first_artist=list("aabcdd")))
    assert table["ids_of_recording"].tolist() == ["1", "2", "3"]
    assert table["ids"].tolist() == [1, 2, 3]
    assert table["share"].tolist() == [1, 0.5, 0]
    cut = in_other_folds(ids["recording_id"], np.array([0, 1, 0, 1, 1, 1]))
    assert cut.tolist() == [True, True, False, False, False, False]


def test_shares_at_zero_take_artists_as_the_units(planted_ids):
    ids, _ = planted_ids
    table = zeros_by_twin(ids).set_index("twin")
    twin = ids["recording_id"].duplicated(keep=False)
    assert table["ids"].to_dict() == {False: (~twin).sum(), True: twin.sum()}
    assert table.loc[True, "share"] == (ids.loc[twin, "popularity"] == 0).mean()
    assert ((table["low"] < table["share"]) & (table["share"] < table["high"])).all()
    assert ((table["low"] >= 0) & (table["high"] <= 1)).all()
    # Ten copies of each id tell nothing new.
    many = zeros_by_twin(pd.concat([ids[twin]] * 10)).set_index("twin")
    assert many.loc[True, ["low", "high"]].tolist() == pytest.approx(
        table.loc[True, ["low", "high"]].tolist()
    )


def test_wider_definitions_make_fewer_recordings(planted_ids):
    table = compare_definitions(planted_ids[0]).set_index("definition")["recordings"]
    both = "audio or title and artist, versions "
    assert table[both + "together (used here)"] <= table[both + "apart"]
    assert table[both + "apart"] <= table.iloc[:2].min()


def test_artist_groups_cut_neither_artist_nor_recording(planted_ids):
    ids, _ = planted_ids
    groups = artist_groups(ids)
    assert groups.groupby(ids["first_artist"]).nunique().max() == 1
    assert groups.groupby(ids["recording_id"]).nunique().max() == 1
    # White labels tie two artists each; nothing chains on from there.
    assert ids.groupby(groups.to_numpy())["first_artist"].nunique().max() <= 3
