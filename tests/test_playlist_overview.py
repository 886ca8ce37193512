"""The overview of playlists: tails, copies, completeness, raw sets, the sample."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpd_data import plain_tables, playlist, write_folder, write_slice
from scipy import stats

from lib.errors import DataError, ParameterError
from lib.pipeline import places
from lib.playlists.continuation import challenge
from lib.playlists.describing import copies, overview, tails, told
from lib.playlists.generate import write_sample
from lib.playlists.names import names_of
from lib.playlists.reading import verify
from lib.playlists.reading.load import load_mpd
from lib.playlists.reading.raw_sets import load_set
from lib.playlists.store import open_store

REAL = Path(os.environ.get("WORKBOOK_DATA", ""))
COUNTS = st.lists(st.integers(0, 9), min_size=1, max_size=40).filter(any)
SAMPLE = places.SAMPLE / "mpd"


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    return load_mpd(SAMPLE, tmp_path_factory.mktemp("sample") / "store", workers=1)


def content_of(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


# ---------------------------------------------------------------- the sample


def test_the_committed_sample_is_what_the_generator_writes(tmp_path):
    write_sample(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert sorted(path.name for path in SAMPLE.iterdir()) == names
    for name in names:
        assert content_of(SAMPLE / name) == content_of(tmp_path / name), name


# ------------------------------------------------------------------ raw sets


def test_a_folder_is_loaded_by_what_it_holds(tmp_path):
    slices = load_set(write_folder(tmp_path / "slices", 1), tmp_path / "a")
    assert slices.manifest["counts"]["playlists"] == 10
    tables = load_set(plain_tables(tmp_path / "tables", [[1, 2], [2, 3, 3]]), tmp_path / "b")
    assert tables.manifest["counts"]["entries"] == 5
    with pytest.raises(DataError, match="no such folder"):
        load_set(tmp_path / "nowhere", tmp_path / "c")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.txt").write_text("x")
    with pytest.raises(DataError, match=r"expected mpd\.slice.*found x\.txt"):
        load_set(tmp_path / "other", tmp_path / "c")
    plain_tables(tmp_path / "slices", [[1]])
    with pytest.raises(DataError, match=r"both slices and playlist_tracks\.parquet"):
        load_set(tmp_path / "slices", tmp_path / "c")


def test_plain_tables_are_read_again_only_when_they_changed(tmp_path, monkeypatch):
    from lib.playlists.reading import plain_tables as module

    folder, calls = plain_tables(tmp_path / "in", [[1, 2], [2, 3]]), []
    read = module._read
    monkeypatch.setattr(module, "_read", lambda *given: calls.append(given[0].name) or read(*given))
    for _ in range(2):
        store = load_set(folder, tmp_path / "out")
        assert store.manifest["counts"]["entries"] == 4
    assert calls == ["playlist_tracks.parquet"]
    about = pd.DataFrame({"playlist_id": [0, 1], "title": ["a", "b"]})
    about.to_csv(folder / "playlists.csv", index=False)
    store = load_set(folder, tmp_path / "out")
    assert store.table("playlists")["name"].tolist() == ["a", "b"]
    plain_tables(folder, [[1, 2, 3], [2, 3]])
    assert load_set(folder, tmp_path / "out").manifest["counts"]["entries"] == 5


def test_what_is_no_store_is_not_replaced(tmp_path):
    folder = plain_tables(tmp_path / "in", [[1]])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letters.txt").write_text("dear")
    with pytest.raises(DataError, match="exists and is no store"):
        load_set(folder, tmp_path / "mine")
    assert (tmp_path / "mine" / "letters.txt").read_text() == "dear"


# --------------------------------------------------------------------- tails


def slow_gini(counts: list[int]) -> float:
    n, total = len(counts), sum(counts)
    return sum(abs(a - b) for a in counts for b in counts) / (2 * n * total)


@given(COUNTS)
def test_gini_is_half_the_mean_difference(counts):
    assert tails.gini(np.array(counts)) == pytest.approx(slow_gini(counts), abs=1e-12)


@given(COUNTS)
def test_tail_statistics_equal_a_plain_count(counts):
    there = sorted((c for c in counts if c), reverse=True)
    top = max(1, round(len(there) / 100))
    expected = [slow_gini(there), sum(there[:top]) / sum(there), there.count(1) / len(there)]
    assert tails.tail_statistics(np.array(counts)) == pytest.approx(expected, abs=1e-12)


@given(COUNTS)
def test_lorenz_curves_rise_from_nothing_to_all_below_the_diagonal(counts):
    items, entries = tails.lorenz(np.array(counts), points=50)
    assert (items[0], entries[0], items[-1]) == (0, 0, 1)
    assert entries[-1] == pytest.approx(1)
    assert (np.diff(entries) >= -1e-12).all()
    assert (entries <= items + 1e-12).all()


def test_the_jackknife_of_a_mean_is_the_usual_interval():
    values = np.random.default_rng(1).normal(size=30)
    without = np.array([np.delete(values, i).mean() for i in range(30)])
    low, high = tails.jackknife(values.mean(), without)
    expected = stats.t.interval(0.95, 29, values.mean(), stats.sem(values))
    assert (low, high) == pytest.approx(expected)


def test_intervals_of_the_gini_hold_other_draws_of_playlists(tmp_path):
    """Playlists drawn from one world: the interval of each draw against the mean of all."""
    rng, values, ranges = np.random.default_rng(3), [], []
    world = rng.zipf(1.6, size=400).clip(max=60)
    for number in range(40):
        lists = [
            rng.choice(400, rng.integers(5, 30), p=world / world.sum()).tolist() for _ in range(60)
        ]
        store = load_set(plain_tables(tmp_path / f"in{number}", lists), tmp_path / f"out{number}")
        table, _ = tails.measure_tails(store, 20, seed=number)
        row = table.iloc[0]
        values.append(row["value"])
        ranges.append((row["low"], row["high"]))
    hits = sum(low <= np.mean(values) <= high for low, high in ranges)
    assert hits >= 34  # of 40; 95 % would be 38


def test_tails_grow_to_the_whole_and_leave_out_levels_that_are_absent(tmp_path):
    lists = [[1, 2, 3], [1, 1, 4], [1], [5, 2]]
    store = load_set(plain_tables(tmp_path / "in", lists), tmp_path / "out")
    table, growth = tails.measure_tails(store, 4, seed=0)
    assert set(table["level"]) == {"track"}
    entries = np.array([4, 2, 1, 1, 1])
    assert table["value"].tolist() == pytest.approx(tails.tail_statistics(entries).tolist())
    last = growth.iloc[-1]
    assert (last["playlists"], last["items"]) == (4, 5)
    assert last["gini"] == pytest.approx(tails.gini(entries))
    assert growth["playlists"].tolist() == [1, 2, 4]
    with pytest.raises(DataError, match="4 playlists: expected at least 5"):
        tails.measure_tails(store, 5, seed=0)
    with pytest.raises(ParameterError, match="groups"):
        tails.draw_groups(10, 1, seed=0)


def test_artists_are_folded_from_their_tracks(sample):
    table, growth = tails.measure_tails(sample, 8, seed=0)
    for level in ("artist", "album"):
        entries = sample.table(f"{level}s")["entries"].to_numpy()
        value = table.query("level == @level and statistic == 'gini'")["value"].item()
        assert value == pytest.approx(tails.gini(entries))
        assert growth.query("level == @level")["items"].iloc[-1] == len(entries)
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()
    gini = table[table["statistic"] == "gini"]
    assert (gini["low"] > gini["even"]).all()


# ------------------------------------------------------------------ overview


def test_numbers_count_repeats_and_leave_out_what_is_absent(tmp_path):
    lists = [[1, 2, 2, 2, 3], [4, 5], [6, 6]]
    store = load_set(plain_tables(tmp_path / "in", lists), tmp_path / "out")
    numbers = overview.playlist_numbers(store)
    assert numbers.to_dict("list") == {"length": [5, 2, 2], "repeats": [2, 0, 1]}
    assert overview.spread(numbers).loc["length"].tolist() == pytest.approx([3, 2, 2, 2, 4.7, 5])
    claims = overview.shares(numbers, 3, seed=0)
    assert claims["value"].tolist() == pytest.approx([3, 2 / 3])


def test_claims_equal_plain_formulas(sample):
    numbers = overview.playlist_numbers(sample)
    claims = overview.shares(numbers, 10, seed=1)
    one = (numbers["num_followers"] == 1).mean()
    assert claims.loc["playlists with one follower", "value"] == pytest.approx(one)
    rho = stats.spearmanr(numbers["length"], numbers["num_edits"].astype(float)).statistic
    found = claims.loc["rank correlation of length and edits"]
    assert found["value"] == pytest.approx(rho)
    assert found["low"] < rho < found["high"]


def test_completeness_is_the_share_of_rows_with_a_value(tmp_path):
    lists = [playlist(pid, [pid, pid + 1, pid + 2]) for pid in range(4)]
    lists[0]["name"] = None
    for one in lists:
        for track in one["tracks"]:
            track.pop("album_uri")
            track.pop("album_name")
    write_slice(tmp_path / "in", 0, lists, last=3)
    store = load_mpd(tmp_path / "in", tmp_path / "out", workers=1)
    present = overview.completeness(store)["present"]
    assert present["playlists.name"] == 0.75
    assert present["playlists.description"] == 0
    assert present["tracks.artist"] == 1
    assert present["tracks.album"] == 0
    assert present["albums.album_name"] == 0


def test_months_are_whole_and_in_order(tmp_path, sample):
    lists = [playlist(pid, [1, 2, 3]) for pid in range(3)]
    for one, day in zip(lists, ("2016-11-30", "2017-02-01", "2017-02-28"), strict=True):
        one["modified_at"] = int(pd.Timestamp(day).timestamp())
    write_slice(tmp_path / "in", 0, lists, last=2)
    store = load_mpd(tmp_path / "in", tmp_path / "out", workers=1)
    months = overview.months_modified(store)
    assert months.tolist() == [1, 0, 0, 2]
    assert months.index[0] == pd.Timestamp("2016-11-01")
    plain = load_set(plain_tables(tmp_path / "plain", [[1]]), tmp_path / "out2")
    assert overview.months_modified(plain).empty
    assert overview.months_modified(sample).sum() == 480


def test_names_fall_back_to_ids_and_numbers(tmp_path, sample):
    store = load_set(plain_tables(tmp_path / "in", [[7, 8]]), tmp_path / "out")
    assert names_of(store, "track", [1, 0, 1]) == ["track t8", "track t7", "track t8"]
    tracks, artists = sample.table("tracks"), sample.table("artists")
    row = tracks.iloc[5]
    named = f"{row['track_name']} – {artists['artist_name'][row['artist']]}"
    assert names_of(sample, "track", [5]) == [named]
    assert names_of(sample, "track", [5], artist=False) == [row["track_name"]]
    assert names_of(sample, "artist", [3]) == [artists["artist_name"][3]]
    top = overview.most_frequent(sample, "track", 3)
    assert top["entries"].tolist() == tracks["entries"].nlargest(3).tolist()


def test_the_challenge_set_by_category(sample):
    given_set = challenge.read_challenge(SAMPLE / "challenge_set.json")
    table = overview.challenge_table(given_set, sample)
    assert table["playlists"].tolist() == [8] * 10
    assert table.index.tolist() == [c.name for c in challenge.CATEGORIES]
    assert (table["hidden"] > 0).all()
    assert np.isnan(table["known_seeds"].iloc[0])
    ids = set(sample.table("tracks")["track_id"])
    mine = given_set.playlists.query("category == 'first 5'")["pid"]
    seeds = given_set.seeds[given_set.seeds["pid"].isin(mine)]["track_id"]
    assert table.loc["first 5", "known_seeds"] == pytest.approx(np.mean([s in ids for s in seeds]))
    assert "8 playlists in each of 10 categories" in told.challenge(table)


# ---------------------------------------------------------------- sentences


def test_sentences_follow_the_numbers(sample, tmp_path):
    text = told.verified("s", sample, verify.findings_table(sample), verify.counts_table(sample))
    assert text.endswith("Nothing wrong was found.")
    numbers = overview.playlist_numbers(sample)
    assert "have a single follower" in told.lengths("s", numbers, overview.shares(numbers, 9, 0))
    chosen = numbers[numbers["num_followers"] > 1]
    text = told.lengths("s", chosen, overview.shares(chosen, 9, 0))
    assert "at least 2 followers: the set was chosen by that" in text
    folder = write_folder(tmp_path / "in", 1)
    content = json.loads((folder / "mpd.slice.0-9.json").read_text())
    content["playlists"][3]["num_tracks"] += 1
    content["playlists"].pop()
    (folder / "mpd.slice.0-9.json").write_text(json.dumps(content))
    store = load_mpd(folder, tmp_path / "out", workers=1)
    text = told.verified("s", store, verify.findings_table(store), verify.counts_table(store))
    assert "2 findings: " in text
    assert "num_tracks disagrees (1)" in text
    assert "1 playlist and 0 entries are known to be missing" in text


# -------------------------------------------------------------------- copies


def test_copies_are_found_and_nothing_else(tmp_path):
    rng = np.random.default_rng(0)
    lists = [rng.choice(3000, 40, replace=False).tolist() for _ in range(300)]
    lists[17] = lists[4][::-1]
    lists[200] = [*lists[9][:-2], 5000, 5001]
    lists[250] = lists[30][:20]  # half of it: similarity 0.5
    lists[280] = lists[281] = [1, 2, 3, 4]  # too short
    store = load_set(plain_tables(tmp_path / "in", lists), tmp_path / "out")
    found = copies.near_copies(store)
    assert found[["first", "second"]].to_numpy().tolist() == [[4, 17], [9, 200]]
    assert found["jaccard"].tolist() == pytest.approx([1, 38 / 42])
    assert found["shared"].tolist() == [40, 38]
    text = (
        "s: 4 playlists have a near-copy; 2 such pairs were found, 1 of them with the same tracks."
    )
    assert told.near_copies("s", found) == text
    assert "no two playlists" in told.near_copies("s", found.iloc[:0])


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.lists(st.integers(0, 12), min_size=5, max_size=9, unique=True), min_size=2, max_size=9
    )
)
def test_near_copies_equal_a_comparison_of_all(tmp_path_factory, lists):
    folder = tmp_path_factory.mktemp("copies")
    store = load_set(plain_tables(folder / "in", lists), folder / "out")
    found = {(r.first, r.second): r.jaccard for r in copies.near_copies(store).itertuples()}
    for (i, a), (j, b) in (
        ((i, a), (j, b)) for i, a in enumerate(lists) for j, b in enumerate(lists) if i < j
    ):
        alike = len({*a} & {*b}) / len({*a} | {*b})
        if (i, j) in found:
            assert found[i, j] == pytest.approx(alike)
        assert ((i, j) in found) <= (alike >= 0.8)
        # Among so few lists a bucket never overflows; equal ones share all their hashes.
        assert ((i, j) in found) or alike < 1 or j - i > copies.NEXT


# ---------------------------------------------------------------- real files


@pytest.mark.skipif(not (REAL / "mpd").is_dir(), reason="WORKBOOK_DATA names no folder with mpd")
def test_real_slices(tmp_path):
    store = load_set(REAL / "mpd", tmp_path / "out")
    numbers = overview.playlist_numbers(store)
    assert int(numbers["num_followers"].min()) == 10
    assert round(numbers["length"].mean()) == 99
    found = copies.near_copies(store)
    assert 9 <= len(found) <= 20
    present = overview.completeness(store)["present"]
    assert present["playlists.modified_at"] == present["tracks.album"] == 0
    assert overview.most_frequent(store, "artist", 1)["name"].tolist() == ["Drake"]


@pytest.mark.skipif(
    not (REAL / "polimi2018").is_dir(), reason="WORKBOOK_DATA names no folder with polimi2018"
)
def test_real_tables(tmp_path):
    store = load_set(REAL / "polimi2018", tmp_path / "out")
    assert store.manifest["counts"]["playlists"] == 45_446
    assert overview.most_frequent(store, "track", 1)["name"][0].startswith("track ")
    assert open_store(tmp_path / "out").manifest["source"]
