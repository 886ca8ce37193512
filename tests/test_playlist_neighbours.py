"""Neighbours and views: planted pairs are found, shuffled ones are not; words and bags by hand."""

from __future__ import annotations

from dataclasses import replace

import mpd_data
import numpy as np
import pandas as pd
import pytest
from mpd_data import plain_tables

from lib.errors import DataError, ParameterError
from lib.pipeline import places
from lib.playlists.clustering import views
from lib.playlists.counting import cooccurrence, neighbours, together
from lib.playlists.names import names_of
from lib.playlists.reading.load import load_mpd
from lib.playlists.reading.raw_sets import load_set
from lib.playlists.shuffle import shuffled

SAMPLE = places.SAMPLE / "mpd"


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return load_mpd(SAMPLE, tmp_path_factory.mktemp("sample") / "store", workers=1)


def test_planted_pairs_are_first_neighbours_and_not_when_shuffled(sample):
    items = cooccurrence.select_items(sample, "track", 10_000, 5)
    measures = neighbours.usual_measures(0.5)
    planted = together.planted_pairs(SAMPLE / "planted.json", sample, items)
    dealt = replace(items, holds=shuffled(items.holds, 0))
    tables = [cooccurrence.neighbours_by(one, measures, 10, 2) for one in (items, dealt)]
    found = together.planted_found(planted, tables, measures)
    for measure in ("cosine", "Jaccard", "lift or PMI", "shrunk lift or PMI"):
        assert found.loc[measure, "first"] == 1
        assert found.loc[measure, "listed, shuffled"] <= 1 / 8
    assert "On shuffled playlists at most 0" in together.in_words_planted(found, planted)


def test_checks_see_taste_and_not_its_absence(sample):
    items = cooccurrence.select_items(sample, "track", 10_000, 10)
    measures = neighbours.usual_measures(0.5)
    real = neighbours.check_neighbours(items, measures, replicates=100)
    again = real[real["check"] == "again"].set_index("measure")
    assert (again["low"] > again["shuffled"])[["cosine", "Jaccard", "lift or PMI"]].all()
    dealt = replace(items, holds=shuffled(items.holds, 1))
    null = neighbours.check_neighbours(dealt, measures, replicates=100)
    near = (null["value"] - null["shuffled"]).abs()
    assert near[null["check"] == "again"].max() < 0.05
    assert (null["low"] <= null["value"]).all()
    assert (null["value"] <= null["high"]).all()
    popular = real[real["check"] == "popularity"].set_index("measure")["value"]
    assert popular["shared playlists"] > 0.9 > popular["cosine"] > popular["lift or PMI"]


def test_the_overlap_of_halves_by_hand():
    def half(pairs):
        return pd.DataFrame(pairs, columns=["item", "neighbour"])

    first, second = half([(0, 1), (0, 2), (1, 0)]), half([(0, 2), (0, 3), (0, 4), (2, 0)])
    found = neighbours._overlap([first, second], 5)
    assert found.tolist() == pytest.approx([1 / 3, 0, 0])


def test_a_part_of_the_playlists_is_counted_anew(sample):
    items = cooccurrence.select_items(sample, "track", 100)
    part = neighbours.thin(items, 0, largest=items.holds.nnz // 3)
    assert abs(part.holds.nnz / items.holds.nnz - 1 / 3) < 0.1
    assert (part.playlists == part.holds.toarray().sum(axis=0)).all()
    assert neighbours.thin(items, 0) is items


def test_no_neighbours_at_all_are_refused(tmp_path):
    store = load_set(plain_tables(tmp_path / "in", [[1, 2], [3, 4], [5]]), tmp_path / "out")
    items = cooccurrence.select_items(store)
    with pytest.raises(DataError, match="none has a neighbour in 2 shared playlists"):
        neighbours.check_neighbours(items, neighbours.usual_measures(0.5), replicates=50)


def test_the_strongest_block_stands_together(tmp_path):
    lists = [[0, 1, 2]] * 6 + [[3, 4, 5]] * 6 + [[0, 3]]
    store = load_set(plain_tables(tmp_path / "in", lists), tmp_path / "out")
    items = cooccurrence.select_items(store)
    near = cooccurrence.top_neighbours(items, "cosine", top=2)
    pairs = neighbours.strongest_pairs(near, 10)
    assert len(pairs.drop_duplicates(["item", "neighbour"])) == len(pairs) == 6
    places, cosine = neighbours.strongest_block(items, pairs, 10)
    names = names_of(store, "track", items.numbers[places])
    assert {*names[:3]} in (
        {"track t0", "track t1", "track t2"},
        {"track t3", "track t4", "track t5"},
    )
    assert np.isnan(np.diag(cosine)).all()
    assert cosine[0, 1] > 0.9 > cosine[0, 4]


def test_what_a_threshold_keeps_is_told(tmp_path):
    store = load_set(plain_tables(tmp_path / "in", [[1, 1, 2], [1, 3], [4]]), tmp_path / "out")
    items = cooccurrence.select_items(store, "track", 10, 2)
    one = together.kept(store, items)
    assert one.to_dict() == pytest.approx(
        {"items": 1, "of": 4, "least": 2, "entries": 3 / 6, "playlists": 2 / 3, "held": 2 / 3}
    )
    text = together.in_words_kept(one, "track")
    assert text.startswith("Kept: 1 of 4 tracks, those in 2 playlists or more; they make up 50.0%")


def test_examples_name_neighbours_with_shared_playlists(tmp_path):
    lists = [[0, 1, 2]] * 3 + [[0, 1], [0], [2]]
    store = load_set(plain_tables(tmp_path / "in", lists), tmp_path / "out")
    items = cooccurrence.select_items(store)
    measures = neighbours.usual_measures(0.5)
    near = cooccurrence.neighbours_by(items, measures, 5)
    table = together.examples(store, items, near, np.array([1, 0]), top=1)
    assert table.index.tolist() == [("track t1 (in 4)", 1), ("track t0 (in 5)", 1)]
    assert table["cosine"].tolist() == ["track t0 (4)", "track t1 (4)"]
    assert list(table) == list(measures)
    pairs = neighbours.strongest_pairs(near[near["measure"] == "cosine"], 3)
    called = dict(enumerate(names_of(store, "track", items.numbers)))
    text = together.in_words_pairs(pairs, called)
    assert text == ("The strongest pair by cosine is “track t0” and “track t1”: 0.89, 4 playlists.")


def test_sentences_name_the_measure_that_the_numbers_name():
    rows = [
        ("a", "popularity", 0.9, 0.8), ("b", "popularity", 0.2, 0.3),
        ("a", "again", 0.5, 0.45), ("b", "again", 0.3, 0.0),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["measure", "check", "value", "shuffled"])
    text = together.in_words_bias(table)
    assert "a 0.90 (0.80)" in text
    assert "“a” names the most frequent ones and “b” the rarest" in text
    text = together.in_words_again(table)
    assert "a 50.0% (45.0%); b 30.0% (0.0%)" in text
    assert "Furthest from its shuffled value is “b”, nearest “a”" in text


def test_a_planted_track_that_is_not_kept_is_not_found(tmp_path, sample):
    items = cooccurrence.select_items(sample, "track", 1)
    planted = together.planted_pairs(SAMPLE / "planted.json", sample, items)
    assert (planted[["first", "second"]] <= 0).all(axis=None)
    empty = pd.DataFrame(columns=["measure", "item", "neighbour", "rank"])
    found = together.planted_found(planted, [empty, empty], ["cosine"])
    assert found.loc["cosine"].tolist() == [0, 0, 0, 0]


def test_a_pair_is_found_when_each_is_the_first_of_the_other():
    planted = pd.DataFrame({"first": [0, 2, 4], "second": [1, 3, 5]})
    rows = [(0, 1, 1), (1, 0, 1), (2, 3, 1), (3, 2, 2), (4, 5, 1)]
    near = pd.DataFrame(rows, columns=["item", "neighbour", "rank"]).assign(measure="m")
    found = together.planted_found(planted, [near, near.iloc[2:]], ["m"])
    assert found.loc["m"].tolist() == pytest.approx([1 / 3, 2 / 3, 0, 1 / 3])


# --------------------------------------------------------------------- views


def test_views_hold_tracks_words_of_names_and_titles(tmp_path):
    lists = [mpd_data.playlist(pid, [pid % 2, 2]) for pid in range(4)]
    for one, title in zip(lists, ("Chill Out", "chill!", "CHILL out 🌊", None), strict=True):
        one["name"] = title
    mpd_data.write_slice(tmp_path / "in", 0, lists, last=3)
    store = load_mpd(tmp_path / "in", tmp_path / "out", workers=1)
    made, items = views.make_views(store, 10)
    assert list(made) == list(views.VIEWS)
    tracks = made["tracks"]
    assert tracks.labels[0] == "Track é 2 – Artist 2"
    assert (tracks.bags().toarray() == items.holds.toarray()).all()
    titles = made["titles"]
    assert titles.labels.tolist() == ["chill", "out"]
    assert titles.bags().toarray().tolist() == [[1, 1], [1, 0], [1, 1], [0, 0]]
    names = made["names"]
    # Playlists 0 and 2 hold tracks 0 and 2, whose names have these words.
    assert names.labels.tolist() == ["artist", "track"]
    assert names.bags(np.array([2])).toarray().tolist() == [[2, 2]]


def test_a_null_keeps_lengths_and_frequencies_and_moves_the_rest(sample):
    made, _ = views.make_views(sample, 500)
    view = made["tracks"]
    real, null = view.bags(), view.bags(null=0)
    # A few are lost, as the most frequent tracks are in nearly all playlists of the sample.
    for axis in (0, 1):
        lost = real.sum(axis=axis) - null.sum(axis=axis)
        assert 0 <= lost.sum() < 0.003 * real.nnz
        assert (lost >= 0).all()
    assert (null != real).nnz > 0
    assert (null != view.bags(null=0)).nnz == 0
    assert made["names"].bags(null=0).shape == made["names"].bags().shape


def test_views_without_names_are_left_out(tmp_path):
    store = load_set(plain_tables(tmp_path / "in", [[1, 2], [2, 1]]), tmp_path / "out")
    made, items = views.make_views(store, 10)
    assert list(made) == ["tracks"]
    assert len(items.numbers) == 2
    rows = views.sampled(1_000, 10, seed=1)
    assert len(set(rows)) == 10
    assert (np.diff(rows) > 0).all()
    with pytest.raises(ParameterError, match="most"):
        views.sampled(3, 0, seed=1)
