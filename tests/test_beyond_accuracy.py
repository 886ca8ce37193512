"""Variety and spread of recommendations: as a slow count of each list says."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.errors import DataError, ParameterError
from lib.evaluation.beyond_accuracy import (
    POOLED,
    RARE,
    SYSTEM_LABELS,
    Catalogue,
    beyond_accuracy,
    exposure,
    in_tail,
    list_variety,
)
from lib.evaluation.playlist_means import OVERALL
from lib.evaluation.ranking import padded

TRACKS = 30
RNG = np.random.default_rng(0)
CATALOGUE = Catalogue(
    artist=RNG.integers(-1, 6, TRACKS),
    album=RNG.integers(-1, 12, TRACKS),
    held=np.sort(RNG.integers(0, 60, TRACKS)),
    n_playlists=80,
)
LISTS = st.lists(
    st.lists(st.integers(0, TRACKS - 1), unique=True, max_size=12), min_size=1, max_size=7
)


def shares(owner: np.ndarray, tracks: list[int]) -> tuple[float, float]:
    counts = Counter(int(owner[t]) for t in tracks if owner[t] >= 0)
    total = sum(counts.values())
    return (len(counts) / total, max(counts.values()) / total) if total else (math.nan, math.nan)


def tail_by_hand(held: np.ndarray) -> set[int]:
    """Take classes of equally frequent tracks until four fifths are reached."""
    head, entries = set(), 0
    for count in sorted(set(held.tolist()), reverse=True):
        if entries >= 0.8 * held.sum():
            break
        same = np.flatnonzero(held == count).tolist()
        head.update(same)
        entries += count * len(same)
    return set(range(len(held))) - head


@settings(max_examples=100, deadline=None)
@given(LISTS, st.integers(1, 12))
def test_lists_are_measured_as_by_hand(lists, length):
    found = list_variety(padded([np.array(x, int) for x in lists], 12), CATALOGUE, length)
    tail = tail_by_hand(CATALOGUE.held)
    for row, tracks in enumerate(lists):
        first = tracks[:length]
        n = len(first) or math.nan
        artists, top = shares(CATALOGUE.artist, first)
        bits = [-math.log2(max(CATALOGUE.held[t], 1) / CATALOGUE.n_playlists) for t in first]
        expected = {
            "distinct_artists": artists,
            "distinct_albums": shares(CATALOGUE.album, first)[0],
            "top_artist_share": top,
            "novelty_bits": sum(bits) / n,
            "tail_share": sum(t in tail for t in first) / n,
            "rare_share": sum(CATALOGUE.held[t] < RARE for t in first) / n,
        }
        assert found.loc[row].to_dict() == pytest.approx(expected, nan_ok=True)


@settings(max_examples=100, deadline=None)
@given(LISTS, st.integers(1, 12))
def test_exposure_is_as_by_hand(lists, length):
    found = exposure(padded([np.array(x, int) for x in lists], 12), CATALOGUE, length)
    shown = Counter(t for tracks in lists for t in tracks[:length])
    if not shown:
        assert np.isnan([*found.values()]).all()
        return
    times = sorted(shown.get(t, 0) for t in range(TRACKS))
    # Mean absolute difference of two tracks, over twice the mean.
    apart = sum(abs(a - b) for a in times for b in times) / TRACKS**2
    assert found["gini"] == pytest.approx(apart / (2 * sum(times) / TRACKS))
    assert found["coverage"] == pytest.approx(len(shown) / TRACKS)
    by = Counter()
    for track, n in shown.items():
        if CATALOGUE.artist[track] >= 0:
            by[int(CATALOGUE.artist[track])] += n
    if by:
        total = sum(by.values())
        entropy = -sum(n / total * math.log(n / total) for n in by.values())
        assert found["effective_artists"] == pytest.approx(math.exp(entropy))
        known = len(set(CATALOGUE.artist.tolist()) - {-1})
        assert found["artist_coverage"] == pytest.approx(len(by) / known)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=20))
def test_the_tail_is_what_four_fifths_do_without(held):
    held = np.array(held)
    assert set(np.flatnonzero(in_tail(held)).tolist()) == tail_by_hand(held)


def test_extremes():
    everyone_the_same = np.tile(np.arange(5), (50, 1))
    all_different = np.arange(30).reshape(6, 5)
    narrow, wide = (exposure(r, CATALOGUE, 5) for r in (everyone_the_same, all_different))
    assert narrow["coverage"] == 5 / 30
    assert narrow["gini"] == pytest.approx(25 / 30)
    assert (wide["coverage"], wide["gini"]) == (1, pytest.approx(0))
    popular, rare = (list_variety(r[None], CATALOGUE, 5) for r in (np.arange(25, 30), np.arange(5)))
    assert (popular["novelty_bits"] < rare["novelty_bits"]).all()
    assert popular["tail_share"].item() == 0 < rare["tail_share"].item()


def test_the_table_holds_means_by_category_and_what_pools_all_lists():
    ranked = np.random.default_rng(1).permuted(np.tile(np.arange(TRACKS), (40, 1)), axis=1)
    ranked[7] = -1
    category = np.arange(40) % 2
    table = beyond_accuracy(ranked, CATALOGUE, category, ["a", "b"], (5, 20), 50, seed=3)
    lists = list_variety(ranked, CATALOGUE, 5)
    indexed = table.set_index(["length", "category", "metric"])
    row = indexed.loc[(5, "b", "novelty_bits")]
    expected = np.nanmean(lists["novelty_bits"].to_numpy()[category == 1])
    assert row["value"] == pytest.approx(expected)
    assert row["low"] < row["value"] < row["high"]
    pooled = table[table["category"] == POOLED]
    assert set(pooled["metric"]) == set(SYSTEM_LABELS)
    assert pooled["low"].isna().all()
    assert indexed.loc[(20, POOLED, "gini"), "value"] == exposure(ranked, CATALOGUE, 20)["gini"]
    assert {"a", "b", OVERALL, POOLED} == set(table["category"])


def test_without_albums_there_are_no_album_measures():
    no_albums = Catalogue(CATALOGUE.artist, np.full(TRACKS, -1), CATALOGUE.held, 80)
    ranked = np.arange(20).reshape(4, 5)
    table = beyond_accuracy(ranked, no_albums, np.zeros(4, int), ["a"], (5,), 10, seed=3)
    assert "distinct_albums" not in set(table["metric"])
    nobody = Catalogue(np.full(TRACKS, -1), no_albums.album, CATALOGUE.held, 80)
    found = pd.Series(exposure(ranked, nobody, 5))
    assert found.isna().tolist() == [False, False, True, True]


def test_bad_input_is_named():
    with pytest.raises(ParameterError, match="length: expected 1 or more, found 0"):
        list_variety(np.zeros((1, 3), int), CATALOGUE, 0)
    with pytest.raises(DataError, match=r"one row a playlist expected, found shape \(3,\)"):
        exposure(np.zeros(3, int), CATALOGUE, 5)
    with pytest.raises(DataError, match=r"counts up to 20 training playlists .* up to 5"):
        Catalogue(CATALOGUE.artist, CATALOGUE.album, CATALOGUE.held, 20)
    with pytest.raises(DataError, match=r"lengths \[2, 30\]"):
        Catalogue(CATALOGUE.artist, np.zeros(2, int), CATALOGUE.held, 80)
