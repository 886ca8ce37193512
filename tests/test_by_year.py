"""Tracks by release year: the sample, cells, yearly means, slopes, and what a change is made of."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.errors import DataError, ParameterError
from lib.pipeline.notebook import BY_YEAR, SPOTIFY_SONGS, TRACKS_FEATURES
from lib.pipeline.places import SAMPLE
from lib.pipeline.sources import find_source
from lib.pipeline.stages import lacking, stage
from lib.tracks import by_year, generate_by_year, year_mix, year_slopes, year_told, year_trends
from lib.tracks.columns import COLUMNS
from lib.tracks.generate_features import write_features
from lib.tracks.read import TIDYTUESDAY, read_by_year
from lib.tracks.search_families import FURTHER, search_family

FILE = SAMPLE / "tracks" / generate_by_year.FILE
FAST = {"replicates": 100, "seed": 3}


@pytest.fixture(scope="module")
def planted():
    return json.loads((SAMPLE / "tracks" / generate_by_year.PLANTED).read_text("utf-8"))


@pytest.fixture(scope="module")
def dated():
    return by_year.load(FILE)


@pytest.fixture(scope="module")
def recent(dated):
    return dated.cells[dated.cells["year"] >= 1975]


@pytest.fixture(scope="module")
def slopes(recent):
    return year_slopes.slopes(recent, shuffles=40, replicates=300, seed=3).set_index("measure")


def test_the_committed_sample_comes_out_again(planted):
    frame, truth = generate_by_year.generate_by_year()
    assert truth == planted
    pd.testing.assert_frame_equal(pd.read_parquet(FILE), frame, check_dtype=False)
    other, _ = generate_by_year.generate_by_year(seed=5)
    assert not other["track_id"].equals(frame["track_id"])


def test_flaws_are_those_that_were_planted(planted):
    rows = read_by_year(FILE)
    ids = rows.drop_duplicates("track_id")
    catalogue = pd.read_csv(SAMPLE / "tracks" / "dataset.csv")
    assert len(rows) == planted["rows"] and len(ids) == planted["unique_ids"]
    assert rows.duplicated().sum() == planted["exact_duplicate_rows"] > 0
    assert (ids["tempo_bpm"] == 0).sum() == planted["zero_tempo_ids"] > 0
    assert ids["release_year"].isna().sum() == planted["undated_ids"] > 0
    assert (ids["release_year"] == 1900).sum() == planted["misdated_ids"] > 0
    assert (ids["release_date"].str.len() == 4).sum() == planted["year_only_ids"]
    assert ids["track_id"].isin(catalogue["track_id"]).sum() == planted["shared_ids"] > 500


def test_cells_add_up_to_the_tracks(dated, planted):
    cells = by_year.CELLS.validate(dated.cells)
    lost = planted["zero_tempo_ids"] + planted["undated_ids"]
    assert cells["tracks"].sum() == pytest.approx(planted["unique_ids"] - lost)
    assert len(dated.tracks) == planted["unique_ids"] - lost == dated.steps["rows"].iloc[-1]
    steps = dated.steps
    assert (steps["rows"].shift(1) - steps["rows"]).iloc[1:].tolist() == list(steps["left_out"][1:])
    ids = read_by_year(FILE).drop_duplicates("track_id")
    ids = ids[ids["release_year"].eq(2000) & ids["tempo_bpm"].gt(0)]
    year = cells[cells["year"] == 2000]
    for name in ("energy", "popularity", "explicit"):
        assert year[name].sum() == pytest.approx(ids[name].astype(float).sum())
    assert year["duration_min"].sum() == pytest.approx(ids["duration_ms"].sum() / 60_000)


def test_yearly_means_and_intervals_are_those_of_a_slow_bootstrap(recent):
    part = recent[recent["year"] >= 2019]
    table = year_trends.yearly(part, ["energy"], replicates=400, seed=1).set_index("year")
    rng = np.random.default_rng(8)
    groups = dict(iter(part.groupby("artist_id")))
    names, drawn = list(groups), []
    for _ in range(200):
        again = pd.concat([groups[names[i]] for i in rng.integers(0, len(names), len(names))])
        sums = again.groupby("year")[["energy", "tracks"]].sum()
        drawn.append(sums["energy"] / sums["tracks"])
    slow = pd.concat(drawn, axis=1).quantile([0.025, 0.975], axis=1)
    sums = part.groupby("year")[["energy", "tracks"]].sum()
    assert table["mean"].to_numpy() == pytest.approx(sums["energy"] / sums["tracks"])
    width = (table["high"] - table["low"]).mean()
    assert np.abs(table["low"] - slow.loc[0.025]).max() < 0.35 * width
    assert np.abs(table["high"] - slow.loc[0.975]).max() < 0.35 * width


def test_standardised_means_are_weighted_by_hand(recent):
    table = year_trends.yearly(recent, ["energy"], strata=recent["genre"], **FAST)
    table = table.set_index("year")
    weight = recent.groupby("genre")["tracks"].sum()
    one = recent[recent["year"] == 1976].groupby("genre")[["energy", "tracks"]].sum()
    means = one["energy"] / one["tracks"]
    there = weight[means.index]
    assert table.loc[1976, "mean"] == pytest.approx((means * there).sum() / there.sum())
    assert table.loc[1976, "cover"] == pytest.approx(there.sum() / weight.sum())


def test_a_year_by_few_artists_has_no_interval_and_is_not_known(dated):
    trend = year_trends.yearly(dated.cells, **FAST)
    few = trend["artists"] < 5
    assert few.any() and trend.loc[few, "low"].isna().all() and trend.loc[~few, "low"].notna().all()
    known = year_trends.known_from(trend)
    for row in known.itertuples():
        part = trend[trend["measure"] == row.measure].set_index("year")
        half = (part["high"] - part["low"]) / 2
        good = (half <= year_trends.NARROW[row.measure]) & (part["artists"] >= 20)
        begins = [y for y in part.index if good[y] and good.loc[y:].mean() >= 0.9]
        assert row.year == begins[0]
    assert year_trends.window(known, trend, 20) == (known["year"].max(), 2024)
    with pytest.raises(DataError, match="at least 60 years"):
        year_trends.window(known, trend, 60)
    assert year_trends.known_from(trend, 10**6)["year"].isna().all()


def test_a_year_without_explicit_tracks_has_an_interval_all_the_same(dated):
    none = dated.cells.assign(explicit=0.0)
    trend = year_trends.yearly(none[none["year"] > 1970], ["explicit"], **FAST)
    # The largest share that leaves no explicit track in so many artists a chance of 1 in 40.
    chance = (1 - trend["high"]) ** trend["artists"]
    assert trend["low"].eq(0).all() and chance.to_numpy() == pytest.approx(0.025)
    every = dated.cells.assign(explicit=dated.cells["tracks"])
    trend = year_trends.yearly(every[every["year"] > 1970], ["explicit"], **FAST)
    assert trend["high"].to_numpy() == pytest.approx(1) and (trend["low"] < 0.995).all()


def test_one_year_or_one_artist_has_no_slope(recent):
    with pytest.raises(DataError, match="found 1 years"):
        year_slopes.slopes(recent[recent["year"] == 2010], shuffles=2, **FAST)
    one = recent[recent["artist_id"] == recent["artist_id"].value_counts().index[0]]
    with pytest.raises(DataError, match="and 1 artists"):
        year_slopes.slopes(one, shuffles=2, **FAST)
    # A period by a single artist is missing in one draw of three.
    lone = recent[recent["year"] > 1975]
    lone = pd.concat([lone, recent[recent["year"] == 1975].head(1)])
    parts = year_mix.decompose(lone, (1975, 1975), (2000, 2024), replicates=50, seed=3)
    assert np.isfinite(parts[["value", "low", "high"]]).all(axis=None)


def test_planted_change_within_genres_is_found_again(slopes, planted):
    for measure, truth in planted["within_per_decade"].items():
        row = slopes.loc[measure]
        # Five 95 % intervals at once: one may miss a little.
        half = (row["within_high"] - row["within_low"]) / 2
        assert abs(row["within"] - truth) <= 1.5 * half, measure
        if truth:
            assert year_told.sure(row["within_low"], row["within_high"])
            assert not row["null_low"] <= row["within"] <= row["null_high"]


def test_planted_mix_draws_the_raw_line_where_no_genre_changed(slopes, recent, dated):
    tempo = slopes.loc["tempo_bpm"]
    assert tempo["raw_low"] > 0 and not year_told.sure(tempo["within_low"], tempo["within_high"])
    parts = year_mix.decompose(recent, (1975, 1994), (2005, 2024), replicates=200, seed=3)
    parts = parts[parts["measure"] == "tempo_bpm"].set_index("part")
    assert parts.loc["mix", "low"] > 0 and parts.loc["within", "low"] < 0
    shares = year_mix.shares_by_period(dated.cells[dated.cells["year"] > 1950], recent["genre"])
    assert shares.sum(axis=1).to_numpy() == pytest.approx(1)
    moved = year_mix.most_moved(recent, recent["genre"], (1975, 1979), (2020, 2024))
    up, gained, down, lost = moved
    assert (up, down) == ("hip hop", "jazz") and gained > 0.1 and lost < -0.1


def test_shuffled_years_show_nothing(recent, slopes):
    rng = np.random.default_rng(0)
    order = np.lexsort((rng.random(len(recent)), recent["genre"]))
    mixed = recent.sort_values("genre", kind="stable").assign(year=recent["year"].to_numpy()[order])
    found = year_slopes.slopes(mixed, shuffles=20, replicates=200, seed=3).set_index("measure")
    sure = [year_told.sure(r.within_low, r.within_high) for r in found.itertuples()]
    assert sum(sure) <= 1
    # Two in a hundred of the change that was there, at most a fifth.
    assert (found["within"].abs() < 0.2 * slopes["within"].abs()).drop("tempo_bpm").all()
    assert (slopes["null"].abs() < 0.1 * slopes["within"].abs()).drop("tempo_bpm").all()


def test_slopes_are_those_of_least_squares_with_genre_dummies(recent):
    part = recent[recent["year"] >= 2010]
    slope = year_slopes.slopes(part, shuffles=2, **FAST).set_index("measure")
    mean = part["energy"] / part["tracks"]
    root = np.sqrt(part["tracks"].to_numpy())
    for kind, design in (
        ("raw", np.ones((len(part), 1))),
        ("within", pd.get_dummies(part["genre"]).to_numpy(float)),
    ):
        x = np.column_stack([part["year"] / 10, design]) * root[:, None]
        best = np.linalg.lstsq(x, mean * root, rcond=None)[0][0]
        assert slope.loc["energy", kind] == pytest.approx(best)


def test_each_stratum_has_the_slope_of_least_squares(recent):
    table = year_slopes.by_stratum(recent, recent["genre"], 5, **FAST)
    assert (table["low"] <= table["slope"]).all() and (table["slope"] <= table["high"]).all()
    rows = table.set_index(["stratum", "measure"])
    for genre in ("jazz", "techno"):
        part = recent[recent["genre"] == genre]
        fit = np.polyfit(
            part["year"] / 10, part["energy"] / part["tracks"], 1, w=part["tracks"] ** 0.5
        )
        assert rows.loc[(genre, "energy"), "slope"] == pytest.approx(fit[0])
    text = year_told.strata_told(table)
    assert text.startswith(f"Of {recent['genre'].nunique()} families") and "energy rose in" in text
    assert year_slopes.by_stratum(recent, recent["genre"], 10**6, **FAST).empty


counts = st.lists(st.integers(0, 9), min_size=4, max_size=4)
means = st.lists(st.floats(-5, 5), min_size=4, max_size=4)


@settings(max_examples=150, deadline=None)
@given(counts, counts, means, means)
def test_the_parts_add_up_with_no_rest(n_1, n_2, m_1, m_2):
    n_1[0], n_2[1] = n_1[0] + 1, n_2[1] + 1
    sizes = np.array([n_1, n_2])
    sums = sizes * np.array([m_1, m_2])
    total, within, mix = year_mix.kitagawa(sizes, sums)
    assert total == pytest.approx(within + mix, abs=1e-9)
    plain = sums[1].sum() / sizes[1].sum() - sums[0].sum() / sizes[0].sum()
    assert total == pytest.approx(plain, abs=1e-9)
    # By hand: one stratum after the other.
    slow = 0.0
    for n, m, p, q in zip(n_1, m_1, n_2, m_2, strict=True):
        if n and p:
            slow += (n / sum(n_1) + p / sum(n_2)) / 2 * (q - m)
    assert within == pytest.approx(slow, abs=1e-9)


def test_equal_strata_are_all_mix_and_equal_shares_all_within():
    sizes = np.array([[9, 1], [1, 9]])
    total, within, mix = year_mix.kitagawa(sizes, sizes * np.array([1.0, 3.0]))
    assert within == 0 and mix == pytest.approx(total)
    total, within, mix = year_mix.kitagawa(np.array([[5, 5], [9, 9]]), np.array([[5, 0], [18, 9]]))
    assert mix == 0 and within == pytest.approx(total)


def test_decompose_names_a_period_without_tracks(recent):
    with pytest.raises(DataError, match="1800 to 1810"):
        year_mix.decompose(recent, (1800, 1810), (2010, 2020), **FAST)


def test_search_genres_have_families():
    genres = pd.Series(["acid jazz", "hip hop", "drill", "Rock", "nonsense", "r&b"])
    expected = ["Jazz/Blues", "Hip-Hop/Rap", "Hip-Hop/Rap", "Rock", "Other", "R&B/Soul"]
    assert search_family(genres).tolist() == expected
    names = [name for text in FURTHER.values() for name in text.split(", ")]
    assert len(names) == len(set(names))


def test_a_step_is_found_where_it_is():
    years = np.arange(1990, 2020)
    rng = np.random.default_rng(1)
    mean = np.where(years >= 2008, 0.4, 0.5) + rng.normal(0, 0.005, len(years))
    trend = pd.DataFrame({"measure": "valence", "year": years, "mean": mean})
    trend = trend.assign(low=mean - 0.02, high=mean + 0.02)
    row = year_trends.largest_step(trend, (1990, 2019)).iloc[0]
    assert row["year"] == 2008 and row["step"] == pytest.approx(-0.1, abs=0.01)
    assert row["years"] == 30 - 2 * 3 + 1
    assert year_trends.largest_step(trend, (1990, 1994)).empty


def test_sources_are_chosen_and_refused(tmp_path):
    assert by_year.choose(["a", "b"], "b") == "b"
    with pytest.raises(ParameterError, match="SOURCE 'c'"):
        by_year.choose(["a", "b"], "c")
    rows = pd.read_parquet(FILE)
    path = tmp_path / "undated.parquet"
    rows.assign(release_year=pd.NA).astype({"release_year": "Int64"}).to_parquet(path, index=False)
    with pytest.raises(DataError, match="no track with a release year"):
        by_year.load(path)


def test_tidytuesday_goes_the_same_way(tmp_path):
    rows = pd.read_parquet(FILE).head(400).dropna(subset=["release_year"])
    names = {
        "artist_name": "track_artist",
        "popularity": "track_popularity",
        "album_name": "track_album_name",
        "release_date": "track_album_release_date",
        "search_genre": "playlist_subgenre",
    }
    table = rows.rename(columns=names)
    for name in ("track_album_id", "playlist_name", "playlist_id", "playlist_genre"):
        table[name] = "x"
    columns = TIDYTUESDAY.file_columns
    path = tmp_path / "spotify_songs.csv"
    table[list(columns)].to_csv(path, index=False)
    dated = by_year.load(path)
    assert "explicit" not in by_year.measures(dated.cells)
    by_year.CELLS.validate(dated.cells)
    expected = rows[rows["tempo"] > 0]["track_id"].nunique()
    assert dated.cells["tracks"].sum() == pytest.approx(expected)
    assert not by_year.without_genres(dated.cells)
    table.loc[:4, "track_artist"] = None
    table[list(columns)].to_csv(path, index=False)
    steps = by_year.load(path).steps.set_index("step")
    assert steps.loc["rows as read", "rows"] == len(table)
    assert steps.loc["no artist named", "left_out"] == 5


def test_one_file_with_release_dates_is_enough(tmp_path):
    owner = stage("24")
    assert all(lacking(owner, {one}) == [] for one in (BY_YEAR, SPOTIFY_SONGS, TRACKS_FEATURES))
    with pytest.raises(
        DataError, match=r"tracks_by_year_nov2024\.parquet: no such file.*spotify_songs"
    ):
        find_source("full", str(tmp_path), [owner])
    write_features(tmp_path / TRACKS_FEATURES, 100)
    source = find_source("full", str(tmp_path), [owner])
    assert [name for name, _ in source.digests] == [TRACKS_FEATURES]
    assert source.generated and "made-up tracks" in source.headline()
    assert [name for name, _ in find_source("sample", owners=[owner]).digests] == [BY_YEAR]


def test_rankings_need_popularity(dated):
    panels = by_year.rankings(dated, 10)
    assert [title.split(",")[0] for title in panels] == ["Artists", "Albums"]
    assert (next(iter(panels.values()))["tracks"] >= 10).all()
    assert by_year.rankings(by_year.Dated(dated.cells, dated.steps, None), 10) == {}


def test_sentences_follow_the_tables(slopes, recent):
    table = slopes.reset_index()
    told = year_told.null_told(table)
    assert "energy" in told.split("changed more")[0] and "no sure change of tempo" in told
    flipped = table.assign(
        within=-table["within"], within_low=-table["within_high"], within_high=-table["within_low"]
    )
    assert "the opposite one for energy, valence" in year_told.agreement_told(table, flipped, "x")
    parts = year_mix.decompose(recent, (1975, 1984), (2015, 2024), **FAST)
    text = year_told.change_told(parts, "loudness_db")
    assert text.startswith("Loudness (decibel) went from -1") and text.count(" to ") == 4
    assert "of it" not in year_told.change_told(parts, "loudness_db", split=False)
    assert year_told.null_told(table, "over all tracks").startswith("Over all tracks, energy")
    text = year_told.spread_told(parts, parts)
    assert text.startswith("Of the tracks") and text.endswith("within families meet.")
    far = parts.assign(low=parts["low"] + 100, high=parts["high"] + 100)
    assert "hangs on how genres are drawn" in year_told.spread_told(parts, far)


def test_measures_are_described():
    assert set(by_year.MEASURES) == set(by_year.UNITS) == set(year_trends.NARROW)
    assert set(by_year.MEASURES) - {"duration_min"} <= set(COLUMNS)
