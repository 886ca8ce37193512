"""Cleaning recipes and the quality report, on small frames, on the sample, on the real file."""

import json
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.errors import DataError, ParameterError
from lib.plots import cleaning as plots
from lib.tracks import clean, facts
from lib.tracks.columns import AUDIO_9
from lib.tracks.features import tracks_by_id
from lib.tracks.generate import write_sample
from lib.tracks.quality import quality_report, require_enough, shortage
from lib.tracks.read import KAGGLE, read_kaggle
from lib.tracks.tables import TABLES, arrange
from lib.tracks.twin_report import twin_report
from lib.tracks.twins import add_ids

REAL = Path(os.environ.get("WORKBOOK_DATA", "")) / "tracks" / "dataset.csv"
needs_real = pytest.mark.skipif(
    not (os.environ.get("WORKBOOK_DATA") and REAL.is_file()), reason="WORKBOOK_DATA not set"
)


def catalogue(rows):
    """Build a catalogue from (id, artists, title, popularity, sound, genre)."""
    frame = pd.DataFrame(
        rows, columns=["track_id", "artists", "track_name", "popularity", "sound", "track_genre"]
    )
    sound = frame.pop("sound")
    fixed = {"explicit": False, "key": 1, "mode": 1, "time_signature": 4, "album_name": "Album"}
    audio = dict.fromkeys(AUDIO_9, sound / 10)
    frame = frame.assign(row=range(len(frame)), duration_ms=60_000, **fixed, **audio)
    frame["album_name"] = frame["album_name"].where(frame["track_name"].notna()).astype("str")
    texts = ["track_id", "artists", "track_name", "track_genre"]
    frame = frame.astype(dict.fromkeys(texts, "str"))
    return KAGGLE.schema.validate(frame[list(KAGGLE.schema.columns)])


def without_blanks(tracks):
    texts = {name: tracks[name].str.strip() for name in tracks.select_dtypes("str")}
    return tracks.assign(**texts).drop_duplicates(ignore_index=True)


small_catalogues = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.sampled_from(["Ada", "Ada;Bo", "Bo-Bo", "İx"]),
        st.sampled_from(["X", "x ", "X-", "_Y", "Y - Live", "Z"]),
        st.integers(0, 3),
        st.integers(0, 3),
        st.sampled_from(["pop", "j-pop"]),
    ),
    min_size=1,
    max_size=12,
).map(catalogue)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tracks")
    write_sample(folder, seed=7)
    planted = json.loads((folder / "planted.json").read_text("utf-8"))
    return read_kaggle(folder / "dataset.csv"), planted


def test_audio_v2_keeps_the_most_popular_and_the_first_of_equals():
    tracks = catalogue(
        [
            ("a", "Ada", "X", 2, 1, "pop"),
            ("b", "Ada", "X", 5, 1, "pop"),
            ("c", "Bo", "Y", 5, 1, "rock"),
            ("d", "Bo", "Z", 0, 2, "rock"),
        ]
    )
    kept, log = clean.audio_v2(tracks)
    assert kept["track_id"].tolist() == ["b"]
    assert log["rows_after"].tolist() == [4, 2, 1, 1, 1]
    assert log["removed"].tolist() == [0, 2, 1, 0, 0]


def test_exact_drops_copies_under_one_genre_only():
    tracks = catalogue(
        [
            ("a", "Ada;Bo", "X-Y", 2, 1, "j-pop"),
            ("b", "Ada;Bo", "X-Y", 2, 1, "j-pop"),
            ("a", "Ada;Bo", "X-Y", 2, 1, "pop"),
            ("n", None, None, 0, 1, "pop"),
        ]
    )
    kept, log = clean.exact(tracks)
    assert log["removed"].tolist() == [1, 1, 0, 0]
    assert kept["artists"].tolist() == ["ada and bo"] * 2
    assert kept["track_genre"].tolist() == ["j pop", "pop"]
    assert kept["duration_min"].eq(1).all()
    assert kept.shape[1] == 19


@pytest.mark.parametrize(("keep", "popularity"), [("max", 9), ("median", 4), ("mean", 4.25)])
def test_recordings_keep_one_row_with_all_genres(keep, popularity):
    tracks = catalogue(
        [
            ("a", "Ada", "X", 0, 1, "pop"),
            ("b", "Ada;Bo", "x - Remastered 2011", 9, 2, "rock"),
            ("c", "Ada", "X (feat. Cy)", 3, 3, "pop"),
            ("d", "Cy", "W", 5, 2, "ska"),
            ("e", "Cy", "V", 5, 5, "ska"),
        ]
    )
    kept, log = clean.recordings(tracks, keep)
    # a, b, c share title and first artist; d has the sound of b.
    assert kept["track_id"].tolist() == ["b", "e"]
    assert kept["n_ids"].tolist() == [4, 1]
    assert kept["genres"].tolist() == [["pop", "rock", "ska"], ["ska"]]
    assert kept["popularity"].iloc[0] == popularity
    assert log["rows_after"].tolist() == [5, 5, 2]


def test_recordings_refuse_an_unknown_way_to_keep():
    with pytest.raises(ParameterError, match=r"'best'.*max, median, mean"):
        clean.recordings(catalogue([("a", "Ada", "X", 0, 1, "pop")]), "best")


@given(small_catalogues)
@settings(max_examples=25, deadline=None)
def test_each_log_adds_up_and_recipes_are_idempotent(tracks):
    before = tracks.copy()
    for name, recipe in clean.RECIPES.items():
        kept, log = recipe(tracks)
        assert log["rows_before"].iloc[0] == len(tracks)
        assert log["rows_after"].iloc[-1] == len(kept)
        assert (log["rows_before"].iloc[1:].to_numpy() == log["rows_after"].iloc[:-1]).all(), name
        assert (log["removed"] == log["rows_before"] - log["rows_after"]).all()
    pd.testing.assert_frame_equal(tracks, before)
    once, _ = clean.audio_v2(tracks)
    pd.testing.assert_frame_equal(clean.audio_v2(once)[0], once)
    once, _ = clean.exact(tracks)
    twice, _ = clean.exact(once)
    pd.testing.assert_frame_equal(without_blanks(twice), without_blanks(once))


@given(small_catalogues)
@settings(max_examples=25, deadline=None)
def test_audio_v2_equals_a_slow_reference(tracks):
    best = {}
    for row in tracks.to_dict("records"):
        sound = tuple(row[name] for name in AUDIO_9)
        if sound not in best or row["popularity"] > best[sound]["popularity"]:
            best[sound] = row
    expected = {row["row"] for row in best.values() if row["popularity"] > 0}
    assert set(clean.audio_v2(tracks)[0]["row"]) == expected


def test_quality_report_counts_and_shows_the_first(sample):
    tracks, planted = sample
    report = quality_report(tracks).set_index("check")
    assert report.loc["rows", "rows"] == planted["rows"]
    assert report.loc["missing artists", "rows"] == 1
    assert report.loc["missing artists", "example"].startswith(f"row {planted['null_row']}:")
    copies = report.loc["copies by exact row, row number ignored", "rows"]
    assert copies == planted["exact_duplicate_rows"]
    assert report.loc["copies by track id", "rows"] == planted["rows"] - planted["unique_ids"]
    assert report.loc["popularity 0", "rows"] == planted["zero_rows"]
    assert report.loc["tempo_bpm 0", "rows"] == planted["zero_tempo_rows"]
    assert report.loc["time_signature 0", "rows"] == planted["zero_time_signature_rows"]
    several = report.loc["ids with several popularities"]
    assert several["rows"] == len(planted["two_popularities"])
    assert several["example"].split(":")[0] in planted["two_popularities"]
    outside = report[report.index.str.contains("outside")]
    assert len(outside) >= 15
    assert (outside["rows"] == 0).all()


def test_quality_report_finds_values_out_of_range(sample):
    tracks = sample[0].copy()
    tracks.loc[5, "energy"] = 1.5
    tracks.loc[6, "tempo_bpm"] = np.nan
    report = quality_report(tracks).set_index("check")
    assert report.loc["energy outside 0 to 1", "rows"] == 1
    assert report.loc["energy outside 0 to 1", "example"] == "row 5: 1.5"
    assert report.loc["missing tempo_bpm", "rows"] == 1
    assert report.loc["tempo_bpm outside 0 to 300", "rows"] == 0


def test_the_sample_fits_every_schema_of_notebook_02(sample):
    tracks, planted = sample
    TABLES["audio_v2"].validate(clean.audio_v2(tracks)[0])
    TABLES["exact"].validate(clean.exact(tracks)[0])
    TABLES["tracks"].validate(add_ids(clean.drop_nameless(tracks)))
    TABLES["recordings"].validate(clean.recordings(tracks)[0])
    TABLES["features_9"].validate(arrange("features_9", clean.audio_v2(tracks)[0]))
    assert len(clean.drop_nameless(tracks)) == planted["rows"] - 1


def test_every_column_of_every_table_is_described():
    for name, schema in TABLES.items():
        assert schema.strict, name
        for column in schema.columns.values():
            assert column.description, (name, column.name)
            assert column.metadata["unit"], (name, column.name)


def test_facts_are_compared_within_their_tolerance():
    table = facts.compare_facts({"recordings": 77_290, "unique ids": 89_740})
    assert table["agrees"].tolist() == [True, False]


def test_figures_show_the_numbers_they_are_given():
    log = pd.DataFrame(
        {"step": ["one", "two"], "rows_before": [1200, 1000], "rows_after": [1000, 1000]}
    ).assign(removed=[200, 0])
    figure = plots.rows_through_recipes({"raw": log})
    figure.draw_without_rendering()
    assert [text.get_text() for text in figure.axes[0].texts] == ["1,000  (−200)", "1,000"]
    figure = plots.popularity_by_recipe({"a": pd.Series([0, 0, 10, 100]), "b": pd.Series([5])})
    figure.draw_without_rendering()
    bars = figure.axes[0].patches
    assert figure.axes[0].get_title(loc="left").endswith("mean 27.5, zeros 50.0 %")
    assert [bars[2].get_height(), bars[19].get_height(), bars[20].get_height()] == [0.25, 0.25, 0.5]
    figure = plots.popularity_ranges(pd.Series([0.0, 0, 3, 60]))
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == [
        "median: 1.5",
        "mean: 15.8",
        "all equal: 2",
    ]
    report = pd.DataFrame({"key": ["same id"], "share": [0.4], "split_share": [0.35]})
    figure = plots.cut_twins(report.assign(split_low=0.34, split_high=0.36))
    assert [text.get_text() for text in figure.axes[0].texts] == ["40.0 %", "35.0 %"]
    zeros = pd.DataFrame({"ids_of_recording": ["1"], "ids": [7], "share": [0.2]})
    figure = plots.zeros_by_ids(zeros.assign(low=0.1, high=0.3))
    assert figure.axes[0].get_xticklabels()[0].get_text() == "1\n7 ids"


@needs_real
def test_every_published_fact_is_found_in_the_real_file():
    tracks = read_kaggle(REAL)
    cleaned = {name: recipe(tracks) for name, recipe in clean.RECIPES.items()}
    named = add_ids(clean.drop_nameless(tracks))
    reports = twin_report(named), twin_report(tracks_by_id(named))
    table = facts.compare_facts(
        facts.find_table_facts(tracks)
        | facts.find_cleaning_facts(cleaned, *reports)
        | facts.find_feature_facts(tracks)
    )
    assert table["fact"].tolist() == list(facts.PUBLISHED)
    assert table.loc[~table["agrees"], "fact"].tolist() == []
    steps = cleaned["audio_v2"][1].set_index("step")["rows_after"]
    assert steps[["same audio vector", "popularity 0"]].tolist() == [83_467, 78_310]
    assert len(cleaned["exact"][0]) == 113_422


def enough():
    """A catalogue that is just large enough: 100 rows, 20 artists, two popularities."""
    rows = [(f"id{i}", f"artist {i % 20}", "x", int(i == 0), i % 10, "pop") for i in range(100)]
    return catalogue(rows)


def test_a_catalogue_at_the_limits_is_enough():
    require_enough(enough())
    by_id = tracks_by_id(add_ids(enough())).drop(columns="artists")
    assert shortage(by_id) == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: rows[:1], "100 rows with artist, album and title expected, found 1$"),
        (lambda rows: rows[1:], "100 rows .* found 99$"),
        (lambda rows: rows.assign(track_name=None), "100 rows .* found 0$"),
        (lambda rows: rows.assign(artists="Ada;Bo"), "20 first artists expected, found 1$"),
        (lambda rows: rows.replace("artist 7", "artist 8"), "20 first artists expected, found 19$"),
        (lambda rows: rows.assign(popularity=0), "2 different popularities expected, found 1$"),
    ],
)
def test_a_catalogue_that_is_too_small_or_too_even_is_refused(change, words):
    tracks = change(enough())
    assert re.search(words, shortage(tracks))
    with pytest.raises(DataError, match=rf"catalogue of {len(tracks)} rows.*generated sample"):
        require_enough(tracks)
