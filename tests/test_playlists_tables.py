"""Plain playlist tables: the same store as from slices."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.errors import DataError
from lib.playlists.columns import TABLES, schema
from lib.playlists.reading.plain_tables import load_tables

REAL = Path(os.environ.get("WORKBOOK_DATA", "")) / "polimi2018"
ENTRIES = pd.DataFrame(
    {
        "playlist_id": [7, 3, 7, 3, 3],
        "track_id": ["b", "a", "a", "c", "a"],
        "artist": ["B", "A", "A", None, "A"],
    }
)


def lists(store) -> dict[int, list[str]]:
    ids = store.table("tracks")["track_id"].to_numpy()
    pids = store.table("playlists")["pid"]
    return {pid: ids[store.tracks_of(row)].tolist() for row, pid in enumerate(pids)}


def test_rows_keep_their_order_and_positions_go_before_it(tmp_path):
    ENTRIES.to_parquet(tmp_path / "e.parquet")
    store = load_tables(tmp_path / "e.parquet", tmp_path / "out")
    assert lists(store) == {3: ["a", "c", "a"], 7: ["b", "a"]}
    for name in TABLES:
        schema(name).validate(store.table(name))
    tracks = store.table("tracks").set_index("track_id")
    assert tracks["entries"].to_dict() == {"a": 3, "c": 1, "b": 1}
    assert tracks["playlists"].to_dict() == {"a": 2, "c": 1, "b": 1}
    assert tracks["artist"].to_dict() == {"a": 0, "c": -1, "b": 1}
    assert store.table("artists")["artist_name"].tolist() == ["A", "B"]
    assert store.table("artists")["entries"].tolist() == [3, 1]
    ENTRIES.assign(position=[1, 2, 0, 1, 0]).to_csv(tmp_path / "e.csv", index=False)
    store = load_tables(tmp_path / "e.csv", tmp_path / "out")
    assert lists(store) == {3: ["a", "c", "a"], 7: ["a", "b"]}


def test_details_of_tracks_and_playlists_are_joined(tmp_path):
    ENTRIES[["playlist_id", "track_id"]].to_csv(tmp_path / "e.csv", index=False)
    about = {"track_id": ["c", "a", "x"], "artist_id": [5, 6, 7], "duration_s": [10, 20, 30]}
    pd.DataFrame(about).to_csv(tmp_path / "t.csv", index=False)
    about = {"playlist_id": [7, 3], "title": ["seven", "three"], "num_followers": [1, 2]}
    pd.DataFrame(about).to_csv(tmp_path / "p.csv", index=False)
    store = load_tables(
        tmp_path / "e.csv", tmp_path / "out", tmp_path / "t.csv", tmp_path / "p.csv"
    )
    tracks = store.table("tracks").set_index("track_id")
    assert tracks["duration_ms"].fillna(-1).to_dict() == {"a": 20_000, "c": 10_000, "b": -1}
    assert store.table("artists")["artist_id"].tolist() == ["6", "5"]
    playlists = store.table("playlists")
    assert playlists["name"].tolist() == ["three", "seven"]
    assert playlists["num_followers"].tolist() == [2, 1]


def test_ids_that_are_no_numbers_become_ranks(tmp_path):
    ENTRIES.assign(playlist_id=["x", "k", "x", "k", "k"]).to_csv(tmp_path / "e.csv", index=False)
    store = load_tables(tmp_path / "e.csv", tmp_path / "out")
    assert lists(store) == {0: ["a", "c", "a"], 1: ["b", "a"]}
    assert store.table("playlists")["name"].tolist() == ["k", "x"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("playlist,track_id\n1,a\n", r"missing column 'playlist_id'; found 'playlist', 'track_id'"),
        ("playlist_id,track_id\n1,a\n2,\n", r"'track_id' is empty in 1 rows, the first is row 1"),
        ("playlist_id,track_id\n", "no rows"),
        ("", "no readable table"),
    ],
)
def test_bad_tables_are_refused_by_name(tmp_path, text, said):
    (tmp_path / "e.csv").write_text(text)
    with pytest.raises(DataError, match=said) as caught:
        load_tables(tmp_path / "e.csv", tmp_path / "out")
    assert str(tmp_path / "e.csv") in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_track_described_twice_is_refused(tmp_path):
    ENTRIES.to_csv(tmp_path / "e.csv", index=False)
    pd.DataFrame({"track_id": ["a", "a"]}).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(DataError, match="track_id 'a' there more than once"):
        load_tables(tmp_path / "e.csv", tmp_path / "out", tmp_path / "t.csv")


@pytest.mark.skipif(not REAL.is_dir(), reason="WORKBOOK_DATA names no folder with polimi2018")
def test_polimi(tmp_path):
    store = load_tables(
        REAL / "playlist_tracks.parquet",
        tmp_path / "out",
        REAL / "tracks.parquet",
        REAL / "playlists.parquet",
    )
    counts = store.manifest["counts"]
    assert (counts["playlists"], counts["entries"]) == (45_446, 1_092_110)
    slow = pd.read_parquet(REAL / "playlist_tracks.parquet").groupby("track_id").size()
    tracks = store.table("tracks")
    assert (slow[tracks["track_id"].astype(int)].to_numpy() == tracks["playlists"]).all()
    assert np.round(store.lengths().mean()) == 24
