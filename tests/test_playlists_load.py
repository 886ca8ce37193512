"""Loading slices: the same whatever the cores, the order and the packing; every defect by name."""

from __future__ import annotations

import gzip
import itertools
import json
import os
from pathlib import Path

import mpd_data
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.errors import DataError, ParameterError
from lib.playlists.__main__ import main
from lib.playlists.columns import TABLES, schema
from lib.playlists.reading import ids, part_files, parts
from lib.playlists.reading import load as load_module
from lib.playlists.reading.load import load_mpd
from lib.playlists.reading.verify import (
    PUBLISHED,
    counts_table,
    findings,
    findings_table,
    report_text,
)
from lib.playlists.store import open_store

REAL = Path(os.environ.get("WORKBOOK_DATA", "")) / "mpd"


def as_read_slowly(folder: Path) -> dict[int, list[str]]:
    """Track ids by pid, as json.load sees them."""
    found = {}
    for path in sorted(folder.iterdir()):
        for playlist in json.loads(path.read_text("utf-8"))["playlists"]:
            found[playlist["pid"]] = [t["track_uri"][14:] for t in playlist["tracks"]]
    return found


def as_stored(store) -> dict[int, list[str]]:
    ids = store.table("tracks", ["track_id"])["track_id"].to_numpy()
    pids = store.table("playlists", ["pid"])["pid"]
    return {pid: ids[store.tracks_of(row)].tolist() for row, pid in enumerate(pids)}


def content(store) -> dict[str, bytes]:
    """All files of a store but the manifest."""
    names = [f"{n}.parquet" for n in TABLES] + ["offsets.npy", "entries.npy"]
    return {name: (store.folder / name).read_bytes() for name in names}


def only(store):
    found = findings(store)
    assert len(found) == 1, [f.text for f in found]
    return found[0]


@pytest.mark.parametrize("full", [True, False])
def test_the_store_holds_what_json_holds(tmp_path, full):
    folder = mpd_data.write_folder(tmp_path / "in", full=full)
    store = load_mpd(folder, tmp_path / "out")
    assert as_stored(store) == as_read_slowly(folder)
    for name in TABLES:
        schema(name).validate(store.table(name))
    playlists = store.table("playlists")
    assert playlists["name"].tolist() == [f"List {n}" for n in range(30)]
    assert playlists["num_followers"].tolist() == [1 + n % 3 for n in range(30)]
    assert playlists["length"].tolist() == store.lengths().tolist()
    tracks, artists = store.table("tracks"), store.table("artists")
    numbers = tracks["track_id"].str[-4:].astype(int)
    assert tracks["track_name"].tolist() == [f"Track é {n}" for n in numbers]
    assert artists["artist_name"][tracks["artist"]].tolist() == [f"Artist {n % 3}" for n in numbers]
    if full:
        assert store.manifest["absent"] == [
            "playlists.description",
            "playlists.num_albums",
            "playlists.duration_ms",
        ]
        albums = store.table("albums")
        assert albums["album_id"][tracks["album"]].str[-1].tolist() == [str(n % 5) for n in numbers]
        assert playlists["modified_at"].eq(pd.Timestamp("2017-04-29")).all()
        assert playlists["collaborative"].tolist() == [bool(n % 2) for n in range(30)]
    else:
        assert {"tracks.duration_ms", "artists.artist_id", "playlists.modified_at"} <= set(
            store.manifest["absent"]
        )
        assert (tracks["album"] == -1).all()
        assert store.manifest["counts"]["albums"] == 0
    assert store.manifest["findings"] == []


def test_albums_without_id_are_told_apart_by_their_artists(tmp_path):
    lists = [mpd_data.playlist(0, [0, 1, 3, 4, 5], full=False)]
    for entry, album in zip(
        lists[0]["tracks"], ("Hits", "Hits", "Hits", "More", None), strict=True
    ):
        entry["album_name"] = album
    lists[0]["tracks"][4]["artist_name"] = None
    mpd_data.write_slice(tmp_path / "in", 0, lists, last=1)
    store = load_mpd(tmp_path / "in", tmp_path / "out", workers=1)
    # Tracks 0 and 3 are by artist 0, tracks 1 and 4 by artist 1, the last by nobody.
    assert store.table("tracks")["artist"].tolist() == [0, 1, 0, 1, -1]
    assert store.table("tracks")["album"].tolist() == [0, 1, 0, 2, -1]
    assert store.table("albums")["album_name"].tolist() == ["Hits", "Hits", "More"]
    assert store.table("albums")["album_id"].isna().all()


def test_counts_are_those_of_a_slow_count(tmp_path):
    store = load_mpd(mpd_data.write_folder(tmp_path / "in"), tmp_path / "out")
    lists = as_stored(store).values()
    tracks = store.table("tracks")
    for row in tracks.itertuples():
        assert row.entries == sum(ids.count(row.track_id) for ids in lists)
        assert row.playlists == sum(row.track_id in ids for ids in lists)
    assert tracks["entries"].sum() > tracks["playlists"].sum()  # repeats are there
    by_artist = tracks.groupby("artist")["entries"].sum()
    assert store.table("artists")["entries"].tolist() == by_artist.tolist()
    dense = store.incidence().toarray()
    assert dense.max() == 1
    assert dense.sum(axis=0).tolist() == tracks["playlists"].tolist()
    place = np.full(dense.shape[1], -1)
    place[[5, 2]] = [0, 1]
    assert (store.incidence(place, 2).toarray() == dense[:, [5, 2]]).all()
    small = list(store.blocks(size=9))
    assert small[0][0] == 0
    assert small[-1][1] == 30
    assert all(a[1] == b[0] for a, b in itertools.pairwise(small))


def test_workers_packing_order_and_batches_make_no_difference(tmp_path, monkeypatch):
    folder = mpd_data.write_folder(tmp_path / "in", 5)
    expected = content(load_mpd(folder, tmp_path / "one", workers=1))
    monkeypatch.setattr(load_module, "ALONE_BYTES", 0)
    assert content(load_mpd(folder, tmp_path / "two", workers=2)) == expected
    packed = tmp_path / "packed"
    packed.mkdir()
    for path in sorted(folder.iterdir(), reverse=True):
        (packed / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    assert content(load_mpd(packed, tmp_path / "gz", workers=1)) == expected
    monkeypatch.setattr(load_module, "batches", lambda files: [files[:2], files[2:]])
    assert content(load_mpd(folder, tmp_path / "batches", workers=1)) == expected
    indented = tmp_path / "indented"
    indented.mkdir()
    for path in folder.iterdir():
        text = json.dumps(json.loads(path.read_text()), indent=4)
        (indented / path.name).write_text(text)
    assert content(load_mpd(indented, tmp_path / "pretty", workers=1)) == expected


def test_an_interrupted_load_goes_on_where_it_stopped(tmp_path, monkeypatch):
    folder = mpd_data.write_folder(tmp_path / "in", 4)
    expected = content(load_mpd(folder, tmp_path / "whole"))
    made, build = [], part_files.build_part

    def stop_at_third(files):
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(files)
        return build(files)

    monkeypatch.setattr(part_files, "build_part", stop_at_third)
    with pytest.raises(KeyboardInterrupt):
        load_mpd(folder, tmp_path / "out", workers=1)
    assert not (tmp_path / "out").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "out.parts", "whole"]
    # A slice that has changed in between is read anew.
    changed = folder / "mpd.slice.0-9.json"
    changed.write_bytes(changed.read_bytes() + b" ")
    again = []
    monkeypatch.setattr(part_files, "build_part", lambda files: again.append(files) or build(files))
    store = load_mpd(folder, tmp_path / "out", workers=1)
    assert [f[0].name for f in again] == [
        "mpd.slice.0-9.json",
        "mpd.slice.20-29.json",
        "mpd.slice.30-39.json",
    ]
    assert content(store) == expected
    assert not (tmp_path / "out.parts").exists()


def test_a_store_is_reused_until_its_slices_change(tmp_path, monkeypatch):
    folder = mpd_data.write_folder(tmp_path / "in", 2)
    load_mpd(folder, tmp_path / "out")
    with monkeypatch.context() as patched:
        patched.setattr(part_files, "build_part", None)
        load_mpd(folder, tmp_path / "out")
    mpd_data.write_slice(folder, 20, mpd_data.playlists(20, 10))
    assert load_mpd(folder, tmp_path / "out").manifest["counts"]["playlists"] == 30


GOOD = mpd_data.text(mpd_data.playlists(10, 10), indent=1)
UNUSABLE = [
    (GOOD[: len(GOOD) // 2], "cut short", ["byte 12,0", "line 40", "after pid 15", "get it again"]),
    ("", "empty file", ["nothing is there"]),
    ("  \n", "empty file", ["nothing is there"]),
    (GOOD.replace('"pid": 13', '"pid" 13'), "wrong JSON", ["expected ':'", "after pid 12 began"]),
    (GOOD + "}", "wrong JSON", ["trailing characters"]),
    (GOOD.replace("List 14", "Caf\u00e9").encode("latin-1"), "wrong encoding", ["0xe9", "iconv"]),
    (GOOD.encode("utf-16"), "not JSON", ["UTF-16"]),
    (b"PK\x03\x04rest", "not JSON", ["ZIP"]),
    (GOOD.encode()[:100] + b"\0" * 50, "wrong encoding", ["zero bytes", "byte 100"]),
    (gzip.compress(GOOD.encode(), mtime=0)[:-9], "cut short", ["gzip", "get it again"]),
    (gzip.compress(GOOD.encode(), mtime=0)[:-5] + b"12345", "damaged gzip", ["CRC"]),
    ('{"tracks": []}', "no slice", ["'playlists'", "found an object with 'tracks'"]),
    ("[1, 2]", "no slice", ["found a list"]),
    (
        GOOD.replace('"pos": 2,', '"pos": "2",', 1),
        "wrong layout",
        ["pid 10", "entry 2", "'int", "got 'str'", "10 playlists"],
    ),
    (GOOD.replace('"pid": 13,', ""), "wrong layout", ["missing required field 'pid'"]),
]


@pytest.mark.parametrize(("bad", "kind", "said"), UNUSABLE, ids=lambda v: str(v)[:20])
def test_an_unusable_file_is_left_out_and_named(tmp_path, bad, kind, said):
    folder = mpd_data.write_folder(tmp_path / "in")
    path = mpd_data.write_slice(folder, 10, bad)
    store = load_mpd(folder, tmp_path / "out")
    found = next(f for f in findings(store) if f.kind != "gap in pids")
    assert (found.file, found.kind) == (path.name, kind)
    for words in said:
        assert words in f"{found.place} {found.text}"
    assert len(found.text) < 500
    # The other files are as if it had never been there.
    path.unlink()
    assert (
        content(store)["entries.npy"] == content(load_mpd(folder, tmp_path / "two"))["entries.npy"]
    )
    assert store.manifest["counts"]["playlists"] == 20
    mpd_data.write_slice(folder, 10, bad)
    with pytest.raises(DataError, match=rf"{path.name}: {kind}") as caught:
        load_mpd(folder, tmp_path / "strict", strict=True)
    assert str(path) in str(caught.value)
    assert not (tmp_path / "strict").exists()


def test_a_byte_order_mark_and_half_characters_lose_nothing(tmp_path):
    folder = mpd_data.write_folder(tmp_path / "in")
    expected = content(load_mpd(folder, tmp_path / "clean"))
    path = folder / "mpd.slice.10-19.json"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    store = load_mpd(folder, tmp_path / "out")
    assert only(store).kind == "byte-order mark"
    assert content(store) == expected
    text = path.read_text("utf-8-sig").replace('"List 13"', '"Half \\ud83c of it"')
    path.write_text(text)
    store = load_mpd(folder, tmp_path / "out")
    assert only(store).kind == "half character"
    assert "after pid 12 began" in only(store).place
    assert store.table("playlists")["name"][13] == "Half \ufffd of it"
    with pytest.raises(DataError, match="half character"):
        load_mpd(folder, tmp_path / "out", strict=True)


def test_a_file_that_breaks_late_leaves_no_trace(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "CHUNK", 3)
    folder = mpd_data.write_folder(tmp_path / "in")
    (folder / "mpd.slice.10-19.json").unlink()
    # A track that was forgotten with its file comes again later.
    mpd_data.write_slice(folder, 20, [mpd_data.playlist(20, [93, 90]), *mpd_data.playlists(21, 9)])
    expected = content(load_mpd(folder, tmp_path / "clean"))
    lists = mpd_data.playlists(10, 10)
    lists[0] = mpd_data.playlist(10, [90, 91, 92])
    lists[8]["tracks"][2]["pos"] = "two"
    mpd_data.write_slice(folder, 10, lists)
    store = load_mpd(folder, tmp_path / "out")
    assert "pid 18), entry 2" in findings(store)[0].place
    # Only the numbers of the files differ.
    found = content(store)
    del expected["playlists.parquet"], found["playlists.parquet"]
    assert found == expected
    # All three in one part: what came after is numbered as if the file were not there.
    monkeypatch.setattr(load_module, "batches", lambda files: [files])
    found = content(load_mpd(folder, tmp_path / "one"))
    del found["playlists.parquet"]
    assert found == expected


def test_repeated_pids_are_left_out_and_counted(tmp_path):
    folder = mpd_data.write_folder(tmp_path / "in")
    expected = content(load_mpd(folder, tmp_path / "clean"))
    inside = [*mpd_data.playlists(10, 10), mpd_data.playlist(12, [90, 91])]
    mpd_data.write_slice(folder, 10, inside)
    store = load_mpd(folder, tmp_path / "out")
    found = only(store)
    assert (found.kind, found.place, found.lost_playlists, found.lost_entries) == (
        "pid twice",
        "pid 12",
        1,
        2,
    )
    assert content(store) == expected  # tracks 90 and 91 have not left a trace
    copy = folder / "mpd.slice.20-29.json.gz"
    copy.write_bytes(gzip.compress((folder / "mpd.slice.20-29.json").read_bytes()))
    store = load_mpd(folder, tmp_path / "out")
    last = findings(store)[-1]
    assert (last.file, last.lost_playlists) == (copy.name, 10)
    assert "in mpd.slice.20-29.json" in last.text
    assert store.manifest["counts"]["playlists"] == 30


def test_entries_without_uri_are_left_out_with_their_places(tmp_path):
    lists = mpd_data.playlists(10, 10)
    del lists[2]["tracks"][1]["track_uri"]
    lists[4]["tracks"][0]["track_uri"] = "spotify:local:Ada:x"
    lists[5]["tracks"][3]["track_uri"] = "spotify:track:" + "é" * 11
    lists[6]["tracks"][3]["track_uri"] = "spotify:track:" + "?" * 22
    folder = mpd_data.write_folder(tmp_path / "in")
    mpd_data.write_slice(folder, 10, lists)
    store = load_mpd(folder, tmp_path / "out")
    found = only(store)
    assert (found.kind, found.lost_entries) == ("track without uri", 4)
    assert "pid 12 entry 1: no track_uri" in found.place
    assert "pid 14 entry 0: 'spotify:local:Ada:x'" in found.place
    left = as_stored(store)
    assert len(left[12]) == len(lists[2]["tracks"]) - 1
    assert left[12] == [t["track_uri"][14:] for i, t in enumerate(lists[2]["tracks"]) if i != 1]


def test_lengths_and_positions_are_checked(tmp_path):
    folder = mpd_data.write_folder(tmp_path / "in")
    lists = mpd_data.playlists(10, 10)
    lists[3]["num_tracks"] = 99
    lists[5]["tracks"].reverse()
    lists[6]["tracks"][-1]["pos"] = 77
    mpd_data.write_slice(folder, 10, lists)
    store = load_mpd(folder, tmp_path / "out")
    by_kind = {f.kind: f for f in findings(store)}
    assert set(by_kind) == {"num_tracks disagrees", "positions"}
    assert "pid 13 states 99" in by_kind["num_tracks disagrees"].text
    assert by_kind["positions"].place == "pids 15, 16"
    lists[5]["tracks"].reverse()
    assert as_stored(store)[15] == [t["track_uri"][14:] for t in lists[5]["tracks"]]


def test_gaps_are_named(tmp_path):
    folder = tmp_path / "in"
    mpd_data.write_slice(folder, 0, mpd_data.playlists(0, 7))
    mpd_data.write_slice(folder, 20, mpd_data.playlists(20, 9) + mpd_data.playlists(55, 1))
    store = load_mpd(folder, tmp_path / "out")
    kinds = {(f.file, f.kind): f for f in findings(store)}
    gap = kinds["mpd.slice.0-9.json", "gap in pids"]
    assert gap.place == "7 to 9"
    assert "7 of the 10" in gap.text
    assert kinds["mpd.slice.20-29.json", "slice missing"].place == "pids 10 to 19"
    assert kinds["mpd.slice.20-29.json", "pid outside range"].place == "55"
    assert (gap.lost_playlists, gap.lost_entries) == (3, None)
    table = findings_table(store)
    assert list(table) == ["file", "kind", "place", "text", "lost_playlists", "lost_entries"]
    assert "7 to 9" in report_text(store)


def test_pids_in_another_file_are_not_lost(tmp_path):
    lists = mpd_data.playlists(0, 20)
    mpd_data.write_slice(tmp_path / "in", 0, [*lists[:4], *lists[10:17]])
    mpd_data.write_slice(tmp_path / "in", 10, [*lists[4:10], *lists[17:19]])
    found = {(f.file, f.kind): f for f in findings(load_mpd(tmp_path / "in", tmp_path / "out"))}
    first = found["mpd.slice.0-9.json", "gap in pids"]
    assert (first.lost_playlists, first.lost_entries) == (0, 0)
    assert first.text.endswith("Of the missing ones 6 stand in other files")
    second = found["mpd.slice.10-19.json", "gap in pids"]
    assert (second.lost_playlists, second.lost_entries) == (1, None)
    assert len(found) == 4


IDS = st.lists(st.integers(0, 60), max_size=80)


def as_words(numbers: list[int], letter: str = "x") -> np.ndarray:
    return ids.words_of_uris([f"spotify:track:{letter * 20}{number:02d}" for number in numbers])


@settings(max_examples=60, deadline=None)
@given(st.lists(IDS, max_size=6))
def test_ids_are_numbered_as_by_a_dictionary(calls):
    table, expected = ids.IdTable(), {}
    for numbers in calls:
        before = len(expected)
        wanted = [expected.setdefault(number, len(expected)) for number in numbers]
        found, first = table.number(as_words(numbers))
        assert found.tolist() == wanted
        assert [numbers[i] for i in first] == list(expected)[before:]
        assert [numbers.index(numbers[i]) for i in first] == first.tolist()
    assert (table.words == as_words(list(expected))).all()
    assert len(table) == len(expected)


def test_ids_in_a_crowded_table_and_odd_ones(monkeypatch):
    def crowd(words):
        """Begin all hashes alike, so that each id looks for a place behind the others."""
        text = words.view(np.uint8).astype(np.uint64)
        return text[:, -3] * 2**30 + text[:, -2] * 2**15 + text[:, -1] * 2

    monkeypatch.setattr(ids, "hash_words", crowd)
    table, numbers = ids.IdTable(), list(range(99))
    assert table.number(as_words(numbers))[0].tolist() == numbers
    assert table.number(as_words(numbers[::-1]))[0].tolist() == numbers[::-1]
    odd = as_words([3, 7, 8], "?")
    with pytest.raises(ids.OddIdError):
        table.number(np.concatenate([as_words([5], "y"), odd]))
    assert len(table) == 99
    assert table.number(as_words([5, 4], "y"))[0].tolist() == [99, 100]
    monkeypatch.setattr(ids, "hash_words", lambda words: np.ones(len(words), np.uint64))
    with pytest.raises(ArithmeticError, match="same 63-bit hash"):
        ids.IdTable().number(as_words([1, 2]))


def test_folders_that_cannot_be_loaded(tmp_path):
    with pytest.raises(DataError, match=r"nowhere: no such folder"):
        load_mpd(tmp_path / "nowhere", tmp_path / "out")
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "notes.txt").write_text("x")
    with pytest.raises(
        DataError, match=r"no MPD slice.* mpd\.slice\.0-999\.json.*found notes\.txt"
    ):
        load_mpd(tmp_path / "none", tmp_path / "out")
    mpd_data.write_slice(tmp_path / "bad", 0, "{")
    with pytest.raises(DataError, match=r"not one playlist in 1 files: mpd\.slice\.0-9.*cut short"):
        load_mpd(tmp_path / "bad", tmp_path / "out")
    folder = mpd_data.write_folder(tmp_path / "in")
    with pytest.raises(DataError, match="exists and is no store"):
        load_mpd(folder, tmp_path / "none")
    with pytest.raises(ParameterError, match="workers"):
        load_mpd(folder, tmp_path / "out", workers=0)
    with pytest.raises(DataError, match="no playlist store"):
        open_store(tmp_path / "none")
    assert not (tmp_path / "out").exists()


def test_a_damaged_store_says_so(tmp_path):
    store = load_mpd(mpd_data.write_folder(tmp_path / "in"), tmp_path / "out")
    entries = store.folder / "entries.npy"
    entries.write_bytes(entries.read_bytes()[:-8])
    with pytest.raises(DataError, match="damaged"):
        open_store(store.folder)


def test_published_totals_are_compared_for_a_thousand_slices_only(tmp_path):
    store = load_mpd(mpd_data.write_folder(tmp_path / "in"), tmp_path / "out")
    table = counts_table(store)
    assert table["published"].isna().all()
    store.manifest["files"] *= 334
    del store.manifest["files"][1000:]
    table = counts_table(store)
    assert table["published"].to_dict() == PUBLISHED
    assert not table["agrees"].any()
    store.manifest["counts"].update(PUBLISHED)
    assert counts_table(store)["agrees"].all()
    assert "agrees" in report_text(store)


def test_the_command_reports_and_fails_with_a_message(tmp_path, capsys):
    folder = mpd_data.write_folder(tmp_path / "in")
    assert main([str(folder), str(tmp_path / "out")]) == 0
    out = capsys.readouterr()
    assert "nothing wrong found" in out.out
    assert "3 of 3 slices" in out.err
    mpd_data.write_slice(folder, 10, "{")
    assert main([str(folder), str(tmp_path / "out"), "--strict"]) == 1
    assert "error: " in capsys.readouterr().err
    # The store of before is still there.
    assert open_store(tmp_path / "out").manifest["counts"]["playlists"] == 30


@pytest.mark.skipif(not REAL.is_dir(), reason="WORKBOOK_DATA names no folder with mpd")
def test_real_slices(tmp_path):
    store = load_mpd(REAL, tmp_path / "out")
    assert (
        store.manifest["counts"] | {"playlists": 6071, "entries": 602_480}
        == (store.manifest["counts"])
    )
    assert store.table("playlists")["num_followers"].min() == 10
    assert np.median(store.lengths()) == 88
    assert {"playlists.modified_at", "artists.artist_id", "tracks.duration_ms"} <= set(
        store.manifest["absent"]
    )
    full = load_mpd(REAL.parent / "mpd_full_schema", tmp_path / "full")
    assert full.manifest["counts"]["playlists"] == 37
    assert full.manifest["counts"]["entries"] == 2023
    assert only(full).place == "37 to 999"
    with pytest.raises(DataError, match=r"mpd\.slice\.0-999\.json: cut short at byte 1,048,576"):
        load_mpd(REAL.parent / "mpd_damaged", tmp_path / "damaged")
