"""Counts of shared playlists: equal to a count by hand, whatever the order, blocks and threads."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import mpd_data
import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.errors import ParameterError
from lib.playlists.counting import cooccurrence
from lib.playlists.counting.cooccurrence import (
    Items,
    count_matrix,
    select_items,
    top_neighbours,
)
from lib.playlists.counting.similarity import MEASURES, similarity
from lib.playlists.reading.load import load_mpd

LISTS = st.lists(st.lists(st.integers(0, 8), max_size=9), min_size=1, max_size=12)


def matrix(lists: list[list[int]], n: int = 9) -> sp.csr_array:
    rows = [(i, j) for i, items in enumerate(lists) for j in set(items)]
    row, column = np.array(rows, int).reshape(-1, 2).T
    return sp.csr_array((np.ones(len(rows), np.int32), (row, column)), shape=(len(lists), n))


def items_of(holds: sp.csr_array) -> Items:
    n = holds.shape[1]
    return Items("track", np.arange(n), np.asarray(holds.sum(axis=0)), holds)


def by_hand(lists: list[list[int]]) -> Counter:
    """Count pairs with two loops."""
    pairs = Counter()
    for items in lists:
        pairs.update(itertools.product(set(items), repeat=2))
    return pairs


@settings(max_examples=60, deadline=None)
@given(LISTS, st.integers(1, 40), st.randoms(use_true_random=False))
def test_counts_equal_a_count_by_hand(lists, cells, random):
    pairs = by_hand(lists)
    before = cooccurrence.BLOCK_CELLS
    cooccurrence.BLOCK_CELLS = cells
    try:
        counts = count_matrix(matrix(lists))
        shuffled = [random.sample(items, len(items)) * 2 for items in lists]
        random.shuffle(shuffled)
        again = count_matrix(matrix(shuffled), threads=1)
    finally:
        cooccurrence.BLOCK_CELLS = before
    assert {(i, j): counts[i, j] for i, j in zip(*np.nonzero(counts), strict=True)} == pairs
    assert (counts == counts.T).all()
    assert np.diag(counts).tolist() == [pairs[i, i] for i in range(9)]
    assert (counts == again).all()


FORMULAS = {
    "count": lambda c, a, b, n, s: c,
    "cosine": lambda c, a, b, n, s: c / (np.sqrt(np.float64(a * b)) + s),
    "jaccard": lambda c, a, b, n, s: c / (a + b - c + s),
    "lift": lambda c, a, b, n, s: (c + s) / (a * b / n + s),
    "pmi": lambda c, a, b, n, s: np.log((c + s) / (a * b / n + s)),
}


@settings(max_examples=60, deadline=None)
@given(LISTS, st.sampled_from(list(MEASURES)), st.integers(1, 4), st.sampled_from([0.0, 0.5, 3]))
def test_neighbours_equal_a_full_sort(lists, measure, top, shrinkage):
    pairs, holds = by_hand(lists), matrix(lists)
    found = top_neighbours(items_of(holds), measure, top, shrinkage=shrinkage)
    expected = []
    for i in range(9):
        scored = [
            (FORMULAS[measure](c, pairs[i, i], pairs[j, j], len(lists), shrinkage), c, -j)
            for (first, j), c in pairs.items()
            if first == i != j
        ]
        expected += [(i, -j, c) for _, c, j in sorted(scored, reverse=True)[:top]]
    assert list(zip(found["item"], found["neighbour"], found["count"], strict=True)) == expected
    full = similarity(count_matrix(holds), len(lists), measure, shrinkage) if pairs else None
    for row in found.itertuples():
        assert row.score == pytest.approx(full[row.item, row.neighbour])
    assert (found.groupby("item")["rank"].min() == 1).all()


def test_independent_items_have_lift_one_and_shrinkage_draws_towards_it():
    lists = [[0, 1], [0], [1], []]
    counts = count_matrix(matrix(lists, 2))
    assert similarity(counts, 4, "lift")[0, 1] == 1
    rare = count_matrix(matrix([[0, 1]] + [[]] * 99, 2))
    assert similarity(rare, 100, "lift")[0, 1] == 100
    assert similarity(rare, 100, "lift", shrinkage=0.5)[0, 1] == pytest.approx(1.5 / 0.51)
    assert similarity(count_matrix(matrix([[0], [1]], 2)), 2, "pmi")[0, 1] == -math.inf


def test_artists_and_albums_count_once_a_playlist(tmp_path):
    store = load_mpd(mpd_data.write_folder(tmp_path / "in"), tmp_path / "out")
    tracks = store.table("tracks")
    for level in ("artist", "album"):
        items = select_items(store, level)
        lists = [tracks[level].iloc[store.tracks_of(i)].tolist() for i in range(30)]
        pairs = by_hand(lists)
        counts = count_matrix(items.holds)
        for (i, a), (j, b) in itertools.product(enumerate(items.numbers), repeat=2):
            assert counts[i, j] == pairs[a, b]
        assert items.playlists.tolist() == np.diag(counts).tolist()
        assert (np.diff(items.playlists) <= 0).all()
    few = select_items(store, "track", top=7, min_playlists=3)
    frequent = tracks["playlists"].sort_values(ascending=False, kind="stable")
    assert few.numbers.tolist() == frequent.index[:7].tolist()
    assert few.playlists.tolist() == frequent[:7].tolist()
    assert np.asarray(few.holds.sum(axis=0)).tolist() == few.playlists.tolist()


def test_what_cannot_be_done_is_refused(tmp_path, monkeypatch):
    store = load_mpd(mpd_data.write_folder(tmp_path / "in"), tmp_path / "out")
    for wrong, said in (
        ({"level": "song"}, "level 'song': unknown"),
        ({"top": 0}, "top: expected 1"),
        ({"min_playlists": 999}, "no track is left; the most frequent is in"),
    ):
        with pytest.raises(ParameterError, match=said):
            select_items(store, **wrong)
    with pytest.raises(ParameterError, match="measure 'x'"):
        top_neighbours(select_items(store), "x")
    monkeypatch.setattr(cooccurrence, "LARGEST_MATRIX", 5)
    with pytest.raises(ParameterError, match="neighbours only"):
        count_matrix(select_items(store).holds)
