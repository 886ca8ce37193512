"""Correlations and shares of variance against scipy, slow bootstraps and simulation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lib.tracks import associate

patient = settings(deadline=None)  # a busy machine is no failure


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


def test_spearman_equals_scipy_and_the_interval_equals_ranking_anew(rows):
    names = ["energy", "time_signature", "duration_ms"]
    rows = rows.assign(energy=rows["energy"] + 0.004 * rows["popularity"])
    table = associate.spearman_table(rows, names, replicates=600, seed=1).set_index("column")
    draw = np.random.default_rng(2)
    groups = [part for _, part in rows.groupby("first_artist")]
    drawn = []
    for _ in range(300):
        again = pd.concat([groups[number] for number in draw.integers(0, len(groups), len(groups))])
        drawn.append([stats.spearmanr(again[name], again["popularity"])[0] for name in names])
    exact = np.std(drawn, axis=0)
    for name, spread in zip(names, exact, strict=True):
        rho, p = stats.spearmanr(rows[name], rows["popularity"])
        found = table.loc[name]
        assert found["rho"] == pytest.approx(rho)
        assert found["p_rows"] == pytest.approx(p, rel=1e-6)
        assert (found["high"] - found["low"]) / 3.92 == pytest.approx(spread, rel=0.2)
        assert found["low"] < rho < found["high"]
        assert found["practical"] == (abs(rho) >= 0.05)
    assert table["rho"].abs().is_monotonic_decreasing


def test_copied_rows_do_not_narrow_the_interval(rows):
    once = associate.spearman_table(rows, ["energy"]).iloc[0]
    many = associate.spearman_table(pd.concat([rows] * 20), ["energy"]).iloc[0]
    assert many["p_rows"] < once["p_rows"]
    assert [many["rho"], many["low"], many["high"]] == pytest.approx(
        [once["rho"], once["low"], once["high"]]
    )


def test_bootstrap_repeats_with_its_seed_and_in_chunks(rows, monkeypatch):
    first = associate.spearman_table(rows, ["energy"], replicates=50, seed=5)
    assert first.equals(associate.spearman_table(rows, ["energy"], replicates=50, seed=5))
    assert not first.equals(associate.spearman_table(rows, ["energy"], replicates=50, seed=6))
    monkeypatch.setattr(associate, "CHUNK", 7)
    chunked = associate.spearman_table(rows, ["energy"], replicates=50, seed=5)
    pd.testing.assert_frame_equal(first, chunked)


def test_a_column_without_spread_correlates_with_nothing(rows):
    found = associate.spearman_table(rows.assign(same=1), ["same", "energy"]).set_index("column")
    assert found.loc["same", ["rho", "low", "high"]].tolist() == [0, 0, 0]
    assert found.loc["same", ["p", "p_rows"]].tolist() == [1, 1]


@patient
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_is_between_p_and_bonferroni_and_keeps_order(values):
    corrected = associate.holm(pd.Series(values))
    assert (corrected >= np.array(values) - 1e-12).all()
    assert (corrected <= np.minimum(np.array(values) * len(values), 1) + 1e-12).all()
    assert (np.diff(corrected[np.argsort(values, kind="stable")]) >= 0).all()


def test_eta_squared_equals_the_sums_of_squares(rows):
    share, low, high, shuffled = associate.eta_squared(rows, "track_genre")
    between = sum(
        len(part) * (part["popularity"].mean() - rows["popularity"].mean()) ** 2
        for _, part in rows.groupby("track_genre")
    )
    total = ((rows["popularity"] - rows["popularity"].mean()) ** 2).sum()
    assert share == pytest.approx(between / total)
    assert 0 <= low <= share <= high <= 1
    assert 0 < shuffled < 1


def test_shuffled_groups_keep_an_artist_together():
    """One track an artist: shuffling rows; many alike: as if each artist were a single row."""
    draw = np.random.default_rng(4)
    level = draw.normal(0, 1, 600)
    tracks = pd.DataFrame(
        {"first_artist": range(600), "genre": np.arange(600) % 30, "popularity": level}
    )
    expected = 29 / 599
    once = associate.eta_squared(tracks, "genre", replicates=20)[3]
    again = associate.eta_squared(pd.concat([tracks] * 8), "genre", replicates=20)[3]
    assert once == pytest.approx(expected, rel=0.2)
    assert again == pytest.approx(expected, rel=0.2)
    assert again > 3 * 29 / (8 * 600 - 1)


def test_shuffled_groups_equal_a_slow_shuffle_of_blocks(rows):
    draw = np.random.default_rng(7)
    blocks = [part for _, part in rows.groupby(["first_artist", "track_genre"])]
    found = []
    for _ in range(150):
        names = draw.permutation([part["track_genre"].iloc[0] for part in blocks])
        mixed = pd.concat([p.assign(g=name) for p, name in zip(blocks, names, strict=True)])
        means = mixed.groupby("g")["popularity"].transform("mean")
        found.append(means.var(ddof=0) / mixed["popularity"].var(ddof=0))
    error = np.std(found) / np.sqrt(associate.SHUFFLES)
    shuffled = associate.eta_squared(rows, "track_genre", replicates=20, seed=1)[3]
    assert shuffled == pytest.approx(np.mean(found), abs=4 * error)


def test_interval_of_eta_squared_covers_where_drawing_artists_inflates_it():
    """The plain quantiles of the replicates would cover about half the time here."""
    draw = np.random.default_rng(1)
    genre, artist = np.repeat(np.arange(24), 100), np.repeat(np.arange(240), 10)
    level = draw.normal(0, 1, 24)
    truth = level.var() / (level.var() + 3)
    hits = 0
    for seed in range(60):
        noise = draw.normal(0, 1, 240)[artist] + draw.normal(0, np.sqrt(2), 2400)
        tracks = {"genre": genre, "first_artist": artist, "popularity": level[genre] + noise}
        found = associate.eta_squared(pd.DataFrame(tracks), "genre", replicates=100, seed=seed)
        hits += found[1] <= truth <= found[2]
    assert hits >= 51


def test_correlation_order_puts_partners_together():
    draw = np.random.default_rng(0)
    first, second = draw.normal(size=(2, 500))
    table = pd.DataFrame(
        {
            "a": first,
            "x": second,
            "b": -first + 0.1 * draw.normal(size=500),
            "flat": 1.0,
            "y": second + 0.1 * draw.normal(size=500),
        }
    )
    order = associate.correlation_order(table.corr())
    assert sorted(order) == sorted(table.columns)
    assert abs(order.index("a") - order.index("b")) == 1
    assert abs(order.index("x") - order.index("y")) == 1
    pairs = associate.strongest_pairs(table.corr(), 2)
    assert {frozenset(pair[:2]) for pair in pairs} == {frozenset("ab"), frozenset("xy")}
