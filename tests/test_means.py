"""Means with intervals against the formula written out, a bootstrap, and simulation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lib.errors import ParameterError
from lib.tracks import means

patient = settings(deadline=None)  # a busy machine is no failure
NUMBERS = st.lists(st.integers(0, 12), min_size=1, max_size=60)


def made(rows=400, seed=3):
    """Tracks of 40 artists, each with a level of its own."""
    draw = np.random.default_rng(seed)
    artist = draw.integers(0, 40, rows)
    level = draw.normal(40, 12, 40)[artist]
    return pd.DataFrame(
        {
            "first_artist": [f"artist {number}" for number in artist],
            "popularity": np.clip(level + draw.normal(0, 10, rows), 0, 100).round(),
            "duration_ms": draw.integers(30_000, 900_000, rows),
            "explicit": draw.random(rows) < 0.2,
            "energy": draw.random(rows),
            "time_signature": draw.choice([0, 3, 4], rows),
            "track_genre": draw.choice(list("abcd"), rows),
        }
    )


@pytest.fixture(scope="module")
def rows():
    return made()


def test_mean_by_equals_the_formula_written_out(rows):
    table = means.mean_by(rows, "track_genre").set_index("track_genre")
    for genre, part in rows.groupby("track_genre"):
        mean = sum(part["popularity"]) / len(part)
        squares = 0.0
        for artist in set(part["first_artist"]):
            squares += sum(part.loc[part["first_artist"] == artist, "popularity"] - mean) ** 2
        count = part["first_artist"].nunique()
        error = (squares * count / (count - 1)) ** 0.5 / len(part)
        reach = error * stats.t.ppf(0.975, count - 1)
        assert table.loc[genre, ["mean", "low", "high"]].tolist() == pytest.approx(
            [mean, mean - reach, mean + reach]
        )
        assert table.loc[genre, ["tracks", "clusters"]].tolist() == [len(part), count]


@patient
@given(st.lists(st.integers(0, 100), min_size=2, max_size=30))
def test_one_track_an_artist_gives_the_usual_t_interval(values):
    tracks = pd.DataFrame(
        {"popularity": values, "first_artist": range(len(values)), "all": "everything"}
    )
    found = means.mean_by(tracks, "all").iloc[0]
    reach = stats.sem(values) * stats.t.ppf(0.975, len(values) - 1)
    assert found["low"] == pytest.approx(np.mean(values) - reach, abs=1e-9)
    assert found["high"] == pytest.approx(np.mean(values) + reach, abs=1e-9)


def test_a_single_artist_has_no_interval():
    tracks = pd.DataFrame({"popularity": [1, 2, 9], "first_artist": list("xxy"), "g": list("aab")})
    table = means.mean_by(tracks, "g")
    assert table["mean"].tolist() == [1.5, 9]
    assert table[["low", "high"]].isna().all(axis=None)


def test_intervals_cover_when_artists_matter():
    """An interval that took tracks as independent would cover about half the time here."""
    draw = np.random.default_rng(7)
    hits = 0
    for _ in range(300):
        artist = np.repeat(np.arange(30), draw.integers(1, 20, 30))
        values = draw.normal(0, 5, 30)[artist] + draw.normal(0, 3, len(artist))
        tracks = pd.DataFrame({"popularity": values, "first_artist": artist, "all": 1})
        found = means.mean_by(tracks, "all").iloc[0]
        hits += found["low"] <= 0 <= found["high"]
    assert 0.90 <= hits / 300 <= 0.98


def test_difference_matches_a_bootstrap_of_artists(rows):
    difference, low, high = means.mean_difference(rows, "explicit")
    yes = rows["explicit"]
    assert difference == pytest.approx(
        rows.loc[yes, "popularity"].mean() - rows.loc[~yes, "popularity"].mean()
    )
    draw = np.random.default_rng(0)
    groups = [part for _, part in rows.groupby("first_artist")]
    drawn = []
    for _ in range(200):
        again = pd.concat([groups[number] for number in draw.integers(0, len(groups), len(groups))])
        by = again.groupby("explicit")["popularity"].mean()
        drawn.append(by[True] - by[False])
    assert (high - low) / 2 == pytest.approx(1.96 * np.std(drawn), rel=0.2)
    with pytest.raises(ParameterError, match="explicit: expected both true and false"):
        means.mean_difference(rows.assign(explicit=True), "explicit")


@patient
@given(NUMBERS, st.integers(1, 12))
def test_rank_bins_never_part_ties_and_keep_order(values, bins):
    values = pd.Series(values, dtype=float)
    found = means.rank_bins(values, bins)
    assert found.between(0, bins - 1).all()
    assert (found.groupby(values).min() == found.groupby(values).max()).all()
    assert found[values.sort_values().index].is_monotonic_increasing


def test_rank_bins_are_even_without_ties():
    found = means.rank_bins(pd.Series(np.random.default_rng(0).permutation(1000)), 10)
    assert found.value_counts().tolist() == [100] * 10


@pytest.mark.parametrize("column", ["energy", "time_signature", "duration_ms"])
def test_curve_bins_partition_the_tracks(rows, column):
    curve = means.binned_curve(rows, column)
    assert curve["tracks"].sum() == len(rows)
    assert (curve["from"].to_numpy()[1:] > curve["to"].to_numpy()[:-1]).all()
    for _, line in curve.iterrows():
        part = rows[rows[column].between(line["from"], line["to"])]
        assert line["tracks"] == len(part)
        assert line["mean"] == pytest.approx(part["popularity"].mean())
        assert line["centre"] == pytest.approx(part[column].median())


def test_curve_between_edges_takes_the_left_one_in(rows):
    tracks = rows.head(5).assign(energy=[0.1, 0.2, 0.29, 0.3, None])
    curve = means.binned_curve(tracks, "energy", edges=[0.2, 0.3])
    assert curve["tracks"].tolist() == [1, 2, 1]
    assert curve["from"].tolist() == [0.1, 0.2, 0.3]


def test_ends_names_the_lowest_and_highest():
    table = pd.DataFrame({"g": list("abcdef"), "mean": [5, 3, 9, 1, 7, 2]})
    assert means.ends(table, "g", 2) == ["d", "f", "e", "c"]
    assert means.ends(table, "g", 3) == ["d", "f", "b", "a", "e", "c"]
