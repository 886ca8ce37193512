"""Order and mixing: equal to slow counts, planted effects found, none in shuffles."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.errors import DataError, ParameterError
from lib.pipeline import places
from lib.playlists.reading.load import load_mpd
from lib.playlists.reading.plain_tables import load_tables
from lib.playlists.sequence import mixing, next_entries, order, order_told, sequences

LISTS = st.lists(st.lists(st.integers(-1, 3), max_size=14), min_size=5, max_size=12)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return load_mpd(places.SAMPLE / "mpd", tmp_path_factory.mktemp("stores") / "sample")


@pytest.fixture(scope="module")
def ordered(store):
    return sequences.in_order(store)


def ordered_of(lists):
    """Playlists of these artists."""
    length = np.array([len(one) for one in lists])
    place = np.array([at for one in lists for at in range(len(one))], int)
    artists = np.array([artist for one in lists for artist in one], int)
    playlist = np.repeat(np.arange(len(lists)), length)
    return sequences.Ordered(playlist, place, length, {"artist": artists})


@settings(max_examples=25, deadline=None)
@given(LISTS)
def test_next_entries_equal_a_slow_count(lists):
    lists = lists + [[0] * 12] * (len(lists) + 2)  # some in each group
    found = order.count_next(ordered_of(lists), draws=2, groups=2, seed=1)
    for row in found.itertuples():
        observed = expected = 0.0
        for one in lists:
            n, pairs = len(one), sum(a == b >= 0 for a, b in itertools.permutations(one, 2))
            observed += sum(a == b >= 0 for a, b in zip(one, one[row.step :], strict=False))
            expected += max(n - row.step, 0) * pairs / max(n * (n - 1), 1)
        assert row.observed == observed
        assert row.expected == pytest.approx(expected)


def test_expected_numbers_are_means_over_all_orders():
    one = [0, 0, 1, 2, 0, -1]
    orders = list(itertools.permutations(one))
    # Playlists long enough that ten steps ahead exist keep the table from being left out.
    far = list(range(100, 130)) + [100] * 3
    table = order.count_next(ordered_of([one, *[far] * 4]), 2, 2, 1)
    alone = order.count_next(ordered_of([[], *[far] * 4]), 2, 2, 1)
    for step in (1, 2, 4):
        mean = np.mean(
            [sum(a == b == 0 for a, b in zip(o, o[step:], strict=False)) for o in orders]
        )
        values = [part.set_index("step").loc[step, "expected"] for part in (table, alone)]
        assert values[0] - values[1] == pytest.approx(mean)
    pairs, artists, _ = next_entries.follow(ordered_of([one, []]), 3, 1e-6, 2, 2, 1)
    for row in pairs.itertuples():
        a, b = artists[row.first], artists[row.then]
        mean = np.mean([sum(step == (a, b) for step in itertools.pairwise(o)) for o in orders])
        assert row.expected == pytest.approx(mean)
        assert row.observed == sum(step == (a, b) for step in itertools.pairwise(one))


def test_runs_of_an_artist_are_found_and_shuffles_have_none(ordered):
    found = order.count_next(ordered, 10, 50, 1).set_index(["what", "step"])
    for what in ("artist", "album", "track"):
        first = found.loc[(what, 1)]
        assert first["low"] > 1.2
        assert first["shuffled_low"] < 1 < first["shuffled_high"] < 1.15
    none = order.count_next(sequences.shuffled_within(ordered, 8), 2, 50, 1)
    assert none["ratio"].between(0.88, 1.13).all()
    assert ((none["low"] < 1) & (none["high"] > 1)).mean() > 0.8
    assert "not told from chance" in order_told.in_words_next(none[none["what"] == "artist"])
    assert "more often than chance" in order_told.in_words_next(found.loc[["artist"]].reset_index())


def test_planted_neighbours_are_found_and_shuffles_have_none(store, ordered):
    pairs, artists, limit = next_entries.follow(ordered, 150, 3, 20, 50, 42)
    path = places.SAMPLE / "mpd" / "planted.json"
    told = order_told.planted_steps(path, store, pairs, artists)
    assert told["tested"] >= 5
    assert told["found"] == told["beyond"] >= 5  # nothing that was not planted
    assert f"{told['found']} of these" in order_told.in_words_planted(told)
    assert "Furthest" in order_told.in_words_follow(
        order_told.named_pairs(store, pairs, artists), limit
    )
    tracks, numbers, _ = next_entries.follow(ordered, 300, 0.3, 20, 50, 42, "track")
    told = order_told.planted_steps(path, store, tracks, numbers, "track")
    assert told["found"] > 0.9 * told["tested"] >= 5
    assert "neighbouring tracks" in order_told.in_words_planted(told, "track")
    shuffled = sequences.shuffled_within(ordered, 77)
    none, names, limit = next_entries.follow(shuffled, 150, 3, 20, 50, 42)
    assert not none["beyond"].any()
    assert order_told.planted_steps(path, store, none, names)["found"] == 0
    none, *_ = next_entries.follow(shuffled, 300, 0.3, 20, 50, 42, "track")
    assert not none["beyond"].any()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.integers(-1, 3), min_size=10, max_size=25), min_size=4, max_size=8))
def test_profiles_equal_a_slow_mean(lists):
    ordered = ordered_of(lists)
    values = ordered.codes["artist"].astype(float)
    values[values < 0] = np.nan
    table = pd.DataFrame({"number": values})
    found = order.profile_positions(ordered, table, 10, 2, 2, 1)
    for tenth in range(10):
        means = []
        for one in lists:
            known = [x for x in one if x >= 0]
            mine = [x for i, x in enumerate(one) if x >= 0 and (i + 0.5) * 10 // len(one) == tenth]
            if mine:
                means.append(np.mean(mine) - np.mean(known))
        assert found["value"][tenth] == pytest.approx(np.mean(means) if means else 0)


def test_a_planted_slope_is_found_and_shuffles_have_none():
    rng = np.random.default_rng(3)
    lists = [sorted(rng.integers(0, 50, rng.integers(20, 60)), reverse=True) for _ in range(200)]
    ordered = ordered_of(lists)
    table = pd.DataFrame({"number": ordered.codes["artist"].astype(float)})
    found = order.profile_positions(ordered, table, 20, 10, 20, 1)
    assert (np.diff(found["value"]) < 0).all()
    assert found["low"].iloc[0] > 15
    assert found["shuffled_high"].max() < 2
    told = order_told.in_words_profile(found, "the number")
    assert "above the mean; in the last" in told
    mixed = table.loc[np.lexsort((rng.random(len(table)), ordered.playlist))].reset_index(drop=True)
    none = order.profile_positions(ordered, mixed, 20, 10, 20, 1)
    assert ((none["low"] < 0) & (none["high"] > 0)).sum() >= 8


def test_values_of_entries(store, ordered):
    values = order.entry_values(store, ordered)
    assert list(values) == list(order.QUANTITIES)
    artists = ordered.codes["artist"][ordered.playlist == 3]
    expected = [(artists == one).sum() > 1 for one in artists]
    assert values["same artist"][ordered.playlist == 3].tolist() == expected
    assert ordered.codes["track"][ordered.playlist == 3].tolist() == store.tracks_of(3).tolist()
    part = sequences.in_order(store, largest=9_000, seed=2)
    assert len(part.length) < len(ordered.length)
    assert part.place.max() == part.length.max() - 1


def tables(folder, columns):
    folder.mkdir()
    rows = pd.DataFrame(
        {"playlist_id": [1, 1, 2], "track_id": ["b", "a", "a"], "position": [1, 0, 0]}
    )
    path = folder / "playlist_tracks.csv"
    rows[columns].to_csv(path, index=False)
    return load_tables(path, folder / "store"), folder


def test_tables_without_positions_are_refused(tmp_path, store):
    sequences.check_order(store, places.SAMPLE / "mpd")
    columns = ["playlist_id", "track_id", "position"]
    sequences.check_order(*tables(tmp_path / "with", columns))
    with pytest.raises(
        DataError, match=r"no column 'position'; found playlist_id, track_id.*not in"
    ):
        sequences.check_order(*tables(tmp_path / "without", columns[:2]))


def labels(rng, n_things, n_labels):
    several = rng.random((n_things, n_labels)) < 0.3
    several[np.arange(n_things), rng.integers(0, n_labels, n_things)] = True
    return sp.csr_array(several / several.sum(axis=1, keepdims=True))


def test_pairs_of_labels_equal_a_slow_count():
    rng = np.random.default_rng(5)
    holds, weights = sp.csr_array(rng.random((9, 12)) < 0.4, dtype=np.int32), labels(rng, 12, 3)
    group = np.arange(9) % 2
    found = mixing.pair_weights(holds, weights, group, 2).sum(axis=0)
    expected, dense = np.zeros((3, 3)), weights.toarray()
    for row in holds.toarray():
        things = np.flatnonzero(row)
        for a, b in itertools.combinations(things, 2):
            both = np.outer(dense[a], dense[b])
            expected += (both + both.T - np.diag(np.diag(both))) / (len(things) - 1)
    assert found == pytest.approx(expected)
    # Each thing counts the same: the pairs of a playlist of m things weigh m / 2.
    held = np.diff(holds.indptr)
    assert np.triu(found).sum() == pytest.approx(held[held > 1].sum() / 2)


def playlists_of(rng, taste, n=300):
    """Things of four labels; a playlist draws `taste` of them from labels 0 and 1, or 2 and 3."""
    own = np.arange(80) % 4
    rows = []
    for number in range(n):
        side = own // 2 == number % 2
        weight = np.where(side, taste, 1 - taste)
        rows.append(rng.choice(80, 12, replace=False, p=weight / weight.sum()))
    cells = (np.ones(12 * n, np.int32), (np.repeat(np.arange(n), 12), np.concatenate(rows)))
    weights = sp.coo_array((np.ones(80), (np.arange(80), own))).tocsr()
    return sp.coo_array(cells, shape=(n, 80)).tocsr(), weights


def test_planted_mixing_is_found_and_dealt_playlists_have_none():
    rng = np.random.default_rng(6)
    names = ["a", "b", "c", "d"]
    holds, weights = playlists_of(rng, 0.8)
    table, within = mixing.mix(holds, weights, names, 1, 10, 30, 1)
    rows = table.set_index(["first", "second"])
    assert rows.loc[("a", "b"), "low"] > 1.1
    assert rows.loc[("a", "c"), "high"] < 0.9
    assert rows["differs"].all()
    assert within["low"] > within["expected"]
    assert (
        "“a” and “b”" in (said := order_told.in_words_mix(table, within, "genre")) or "“c”" in said
    )
    holds, weights = playlists_of(rng, 0.5)
    table, within = mixing.mix(holds, weights, names, 1, 10, 30, 1)
    assert not table["differs"].any()
    assert within["low"] < within["expected"] < within["high"]
    assert table["ratio"].between(0.9, 1.1).all()


def test_rare_pairs_of_labels_are_not_taken_for_surely_rare():
    names, covered, false = list("abcdefghijkl"), [], 0
    own = sp.eye_array(12).tocsr()
    for seed in range(6):
        rng = np.random.default_rng(seed)
        rows = np.array([rng.choice(12, 2, replace=False) for _ in range(330)])
        cells = (np.ones(660, np.int32), (np.repeat(np.arange(330), 2), rows.ravel()))
        table, _ = mixing.mix(sp.coo_array(cells).tocsr(), own, names, 3, 4, 50, seed)
        covered += ((table["low"] <= 1) & (table["high"] >= 1))[table["observed"] > 0].tolist()
        false += table["differs"].any()
        never = table["observed"] == 0
        assert table.loc[never, ["low", "high"]].isna().all(axis=None)
        assert not table.loc[never, "differs"].any()
        assert (table["low"] <= table["ratio"])[~never].all()
        assert (table["high"] >= table["ratio"])[~never].all()
    assert np.mean(covered) > 0.94
    assert not false


def test_tracks_are_matched_by_id(store):
    ids = store.table("tracks", ["track_id"])["track_id"]
    genres = {ids[0]: ["rock", "pop", "rock"], ids[5]: ["pop"], "unknown": ["jazz"]}
    holds, weights, names, match = mixing.labelled(store, genres)
    assert names == ["pop", "rock"]
    assert weights.toarray().tolist() == [[0.5, 0.5], [1.0, 0.0]]
    entries = np.isin(store.entries, [0, 5])
    assert match["entries"] == pytest.approx(entries.mean())
    assert (match["tracks"], match["of tracks"]) == (2, len(ids))
    assert holds.sum() == sum(len({0, 5} & set(store.tracks_of(i))) for i in range(480))
    none = mixing.labelled(store, {"unknown": ["jazz"]})
    assert none[3]["tracks"] == none[3]["playlists"] == 0
    assert "0 of" in order_told.in_words_match(none[3])
    with pytest.raises(DataError, match="0 playlists hold two labelled things"):
        mixing.mix(*none[:3])


def test_dates_go_with_nothing_in_generated_playlists(store):
    table = order_told.with_month(store, 100, 1)
    assert len(table) == 3
    assert not table["differs"].any()
    assert "none is beyond chance" in order_told.in_words_months(table)


def test_what_cannot_be_done_is_refused(ordered, store):
    values = order.entry_values(store, ordered)
    with pytest.raises(ParameterError, match="min_length: expected 10 or more, found 3"):
        order.profile_positions(ordered, values, 3)
    with pytest.raises(DataError, match="of 245 entries or more: expected at least 50"):
        order.profile_positions(ordered, values, 245)
    nameless = sequences.Ordered(ordered.playlist, ordered.place, ordered.length, {})
    with pytest.raises(ParameterError, match="do not tell the artists"):
        next_entries.follow(nameless)


def test_planted_truth_is_where_it_is_said():
    truth = json.loads((places.SAMPLE / "mpd" / "planted.json").read_text("utf-8"))
    assert len(truth["pairs"]) == len(truth["rules"]) == 8
