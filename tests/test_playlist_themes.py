from math import comb

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lib.errors import ParameterError
from lib.pipeline import places
from lib.playlists.describing import categories, category_told, diversity, themes
from lib.playlists.describing.tails import gini
from lib.playlists.generate import SAMPLE, planted_themes
from lib.playlists.reading.load import load_mpd
from lib.playlists.reading.plain_tables import load_tables
from lib.playlists.sample import sample_titles
from lib.playlists.sample.sample_universe import make_universe

OURS = {"rap": "rap and hip hop", "indie": "indie and alternative"}
"""Planted themes that have another name in the rules."""


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return load_mpd(places.SAMPLE / "mpd", tmp_path_factory.mktemp("stores") / "sample")


@pytest.fixture(scope="module")
def titles(store):
    return store.table("playlists", ["name"])["name"]


@pytest.fixture(scope="module")
def values(store):
    return diversity.measure_playlists(store)[0]


@pytest.fixture(scope="module")
def truth():
    universe = make_universe(*(SAMPLE[n] for n in ("seed", "size", "n_themes", "plant_share")))
    return planted_themes(universe, SAMPLE["n_slices"], SAMPLE["per_slice"])


def planted_members(truth):
    names = list(sample_titles.THEMES)[: SAMPLE["n_themes"]]
    return pd.DataFrame({OURS.get(n, n): truth == i for i, n in enumerate(names)})


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("GYM!!! 🔥", {"workout"}),
        ("Summer '17 Workout", {"summer", "workout"}),
        ("R&B / soul", {"rnb and soul"}),
        ("hip-hop", {"rap and hip hop"}),
        ("90's Country", {"throwback", "country"}),
        ("Año nuevo", set()),
        ("carnival rapture", set()),  # words inside other words do not count
        ("", set()),
        (None, set()),
        ("🔥🔥", set()),
    ],
)
def test_titles_name_themes(title, expected):
    row = themes.theme_table([title]).iloc[0]
    assert set(row.index[row]) == expected


def test_planted_themes_are_found_in_titles(titles, truth):
    planted = planted_members(truth)
    found = themes.theme_table(titles)
    only = themes.only_theme(found)
    named = only >= 0
    right = planted.reindex(columns=list(themes.THEMES), fill_value=False).to_numpy()
    assert right[np.flatnonzero(named), only[named]].mean() > 0.9
    assert named.mean() > 0.6


def test_coverage_counts_every_title_once_or_says_so(titles):
    found = themes.theme_table(titles)
    table = themes.coverage(found)
    number = found.sum(axis=1)
    assert table.loc[themes.NONE, "playlists"] == (number == 0).sum()
    assert table.loc["several themes", "playlists"] == (number > 1).sum()
    assert table["playlists"][:-2].sum() == number.sum()
    assert table["playlists"][:-2].is_monotonic_decreasing
    top = table.index[0]
    assert table.loc[top, "also another"] == pytest.approx((number[found[top]] > 1).mean())
    assert f"{(number == 0).sum()} answer" in category_told.coverage_in_words(found)


def plain_diversity(owners):
    """The four measures of one playlist's owners, by the definitions."""
    n, counts = len(owners), np.unique(owners, return_counts=True)[1]
    share = counts / n if n else counts
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
    return {
        "distinct": len(counts) / n if n else np.nan,
        "at_ten": sum(1 - comb(n - c, 10) / comb(n, 10) for c in counts) if n >= 10 else np.nan,
        "shannon": -(share * np.log(share)).sum() if n else np.nan,
        "gini_simpson": np.mean([owners[i] != owners[j] for i, j in pairs]) if pairs else np.nan,
    }


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from(["a", "a", "b", "c", "d", None]), min_size=1, max_size=25),
        min_size=1, max_size=6,
    )
)  # fmt: skip
def test_diversity_equals_its_definition(tmp_path_factory, playlists):
    folder = tmp_path_factory.mktemp("plain")
    rows = [(number, f"t{owner}", owner) for number, own in enumerate(playlists) for owner in own]
    table = pd.DataFrame(rows, columns=["playlist_id", "track_id", "artist"])
    table.to_parquet(folder / "e.parquet")
    store = load_tables(folder / "e.parquet", folder / "s")
    found = diversity.diversity(store, "artist")
    for number, own in enumerate(playlists):
        expected = plain_diversity([owner for owner in own if owner])
        np.testing.assert_allclose(found.iloc[number], list(expected.values()), atol=1e-9)


def test_diversity_in_blocks(store, monkeypatch):
    whole = diversity.diversity(store, "artist"), diversity.tier_shares(store)[0]
    monkeypatch.setattr("lib.playlists.store.BLOCK_ENTRIES", 700)
    monkeypatch.setattr("lib.playlists.store.blocks.__defaults__", (700,))
    monkeypatch.setattr("lib.playlists.store.Store.blocks.__defaults__", (700,))
    assert len(list(store.blocks())) > 10
    pd.testing.assert_frame_equal(diversity.diversity(store, "artist"), whole[0])
    pd.testing.assert_frame_equal(diversity.tier_shares(store)[0], whole[1])


def test_tiers_are_thirds_and_follow_popularity(store):
    shares, tiers = diversity.tier_shares(store)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    share = tiers["entries"] / tiers["entries"].sum()
    assert share.between(0.28, 0.39).all()
    assert (tiers["fewest"].to_numpy()[:-1] > tiers["most"].to_numpy()[1:]).all()
    assert tiers["tracks"].sum() == store.manifest["counts"]["tracks"]
    tracks = store.table("tracks", ["playlists"])["playlists"].to_numpy()
    head = tracks[store.tracks_of(5)] >= tiers["fewest"][0]
    assert shares["head"][5] == pytest.approx(head.mean())


@given(st.lists(st.integers(0, 2000) | st.none(), min_size=1, max_size=40))
def test_bands_hold_what_their_labels_say(numbers):
    series = pd.Series(numbers, dtype="Int64")
    members = categories.bands(series, categories.LENGTHS)
    assert (members.sum(axis=1) == (series.fillna(0) >= 1)).all()
    for label in members:
        low, _, high = label.replace(",", "").partition(" ")
        end = int(high.split()[-1]) if high.startswith("to") else np.inf
        inside = series[members[label]].astype(int)
        assert len(inside)
        assert inside.between(int(low), end).all()
    assert list(categories.bands(pd.Series([1, 1]), (0, 1, 2))) == ["1"]


def test_comparisons_equal_plain_ones(values, truth):
    members = planted_members(truth)
    table = categories.compare_categories(members, values, 20, 100, 1)
    assert set(table["category"]) == set(members)
    for row in table.iloc[::7].itertuples():
        inside = members[row.category].to_numpy()
        mine = values.loc[inside, row.measure].dropna()
        rest = values.loc[~inside, row.measure].dropna()
        assert row.playlists == len(mine)
        assert row.value == pytest.approx(mine.mean())
        assert row.overall == pytest.approx(values[row.measure].mean())
        assert row.p == pytest.approx(stats.ttest_ind(mine, rest, equal_var=False).pvalue)
        half = 1.96 * mine.std() / np.sqrt(len(mine))
        assert row.low == pytest.approx(row.value - half, abs=0.5 * half)
        assert row.high == pytest.approx(row.value + half, abs=0.5 * half)
    with pytest.raises(ParameterError, match="replicates"):
        categories.compare_categories(members, values, 20, 1, 1)


def test_few_and_missing_values():
    values = pd.DataFrame({"a": [1.0] * 50, "b": [np.nan] * 45 + [1.0, 2, 3, 4, 5]})
    members = pd.DataFrame({"x": [True] * 25 + [False] * 25, "few": [True] * 3 + [False] * 47})
    table = categories.compare_categories(members, values, 5, 20, 1)
    assert table[["category", "measure"]].to_numpy().tolist() == [["x", "a"]]
    assert table["p"].tolist() == [1.0]
    assert not categories.judge(table)["differs"].any()
    assert len(categories.judge(table.iloc[:0])) == 0


def test_planted_differences_are_found_and_shuffled_ones_are_not(store, values, truth):
    members = planted_members(truth)
    found = categories.judge(categories.compare_categories(members, values, 20, 50, 1))
    assert found["differs"].sum() >= 5
    false = []
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(len(truth))
        table = categories.compare_categories(planted_members(truth[order]), values, 20, 2, 1)
        false.append(categories.judge(table)["differs"].sum())
    # The rule allows one false finding or more in at most one of twenty.
    assert np.count_nonzero(false) <= 2


def test_judgement_is_benjamini_yekutieli():
    p = np.array([0.0001, 0.004, 0.02, 0.6])
    told = categories.judge(pd.DataFrame({"p": p}), 0.05)
    harmonic = (1 / np.arange(1, 5)).sum()
    expected = np.minimum.accumulate((p * 4 * harmonic / np.arange(1, 5))[::-1])[::-1]
    np.testing.assert_allclose(told["q"], np.minimum(expected, 1))
    assert told["differs"].tolist() == [True, True, False, False]


def test_concentration_beside_random_playlists(store, truth, monkeypatch):
    members = planted_members(truth)
    table = categories.concentration(store, members, 20, 8, 1).set_index("category")
    assert (table["low"] > table["random_high"]).mean() > 0.8  # themes have tracks of their own
    row = table.loc["workout"]
    own = np.flatnonzero(members["workout"])
    entries = np.concatenate([store.tracks_of(one) for one in own])
    counts = np.unique(entries, return_counts=True)[1]
    assert row["value"] == pytest.approx(gini(counts))
    assert (row["playlists"], row["entries"], row["tracks"]) == (
        len(own),
        len(entries),
        len(counts),
    )
    monkeypatch.setattr(categories, "BLOCK_ENTRIES", 300)
    again = categories.concentration(store, members[["workout"]], 20, 8, 1).iloc[0]
    assert again["value"] == row["value"]
    random = pd.DataFrame({"x": np.random.default_rng(3).random(len(truth)) < 0.3})
    same = categories.concentration(store, random, 20, 8, 1).iloc[0]
    assert same["low"] < same["random_high"]
    text = category_told.concentration_in_words(table.reset_index(), "theme")
    assert f"of {len(table)} categories" in text


def test_sentences_fit_what_differs():
    rows = [("theme", c, "head", 50, v, v - 0.1, v + 0.1, 0.95, 0.5, 0.0, 0.0, d)
            for c, v, d in (("a", 0.9, True), ("b", 0.7, True), ("c", 0.1, False))]  # fmt: skip
    table = pd.DataFrame(rows, columns=list(category_told.CATEGORIES_SCHEMA.columns))
    (text,) = category_told.extremes(table, "theme", "head")
    assert "2 of 3 categories differ in share of head tracks: most for a" in text
    assert "least" not in text
    (text,) = category_told.extremes(table.assign(differs=False), "theme", "head")
    assert "no category differs clearly" in text
    assert category_told.extremes(table, "length", "head") == []
    assert "theme 2 of 3" in category_told.number_in_words(table, 0.05)
    assert len(category_told.CATEGORIES_SCHEMA.validate(category_told.as_table(table))) == 3
    assert len(category_told.told_rows(table, [])) == 3
