"""Submissions: what is written reads back and is valid, and each broken rule is named."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import numpy as np
import pytest

from lib.errors import DataError, ParameterError
from lib.playlists.continuation.challenge import read_challenge
from lib.playlists.continuation.submission import (
    TRACKS_EACH,
    check_submission,
    read_submission,
    write_submission,
)
from lib.playlists.generate import generate_mpd
from lib.playlists.reading.load import load_mpd

TEAM = ("The Anchors", "anchors@example.org")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a challenge set, ids of tracks, and a ranking without seeds for each playlist."""
    folder = tmp_path_factory.mktemp("sample")
    generate_mpd(folder / "in", 2, 60, size=0.002, n_themes=4, per_category=2, workers=1)
    challenge = read_challenge(folder / "in" / "challenge_set.json")
    store = load_mpd(folder / "in", folder / "out", workers=1)
    ids = store.table("tracks")["track_id"].to_numpy(object)
    ranked, rng = [], np.random.default_rng(0)
    for pid in challenge.playlists["pid"]:
        seeds = challenge.seeds.loc[challenge.seeds["pid"] == pid, "track_id"]
        ranked.append(rng.permutation(np.flatnonzero(~np.isin(ids, seeds)))[:TRACKS_EACH])
    return challenge, ids, np.array(ranked)


@pytest.fixture
def valid(made, tmp_path) -> Path:
    challenge, ids, ranked = made
    write_submission(tmp_path / "s.csv", *TEAM, challenge.playlists["pid"], ranked, ids)
    return tmp_path / "s.csv"


@pytest.mark.parametrize("name", ["s.csv", "s.csv.gz"])
@pytest.mark.parametrize("contest", ["", "main"])
def test_what_is_written_reads_back_and_is_valid(made, tmp_path, name, contest):
    challenge, ids, ranked = made
    pids = challenge.playlists["pid"]
    for _ in range(2):
        write_submission(tmp_path / name, *TEAM, pids, ranked, ids, contest)
    found = read_submission(tmp_path / name)
    assert (found.team, found.email, found.contest) == (*TEAM, contest)
    assert found.pids.tolist() == pids.tolist()
    assert (np.array(found.track_ids)[found.ranked] == ids[ranked]).all()
    assert check_submission(tmp_path / name, challenge) == []
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_file_is_laid_out_as_the_rules_say(made, valid):
    challenge, ids, ranked = made
    lines = valid.read_text().splitlines()
    assert lines[0] == "team_info,The Anchors,anchors@example.org"
    fields = lines[1].split(",")
    assert fields[0] == str(challenge.playlists["pid"][0])
    assert fields[1:] == [f"spotify:track:{ids[t]}" for t in ranked[0]]
    assert len(lines) == 1 + len(challenge.playlists)


def test_same_lists_same_bytes(made, tmp_path):
    challenge, ids, ranked = made
    for name in ("a.csv.gz", "b.csv.gz"):
        write_submission(tmp_path / name, *TEAM, challenge.playlists["pid"], ranked, ids)
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()


def test_comments_blanks_and_spaces_are_allowed(made, valid):
    lines = valid.read_text().splitlines()
    loose = ["# a comment", "", *(line.replace(",", " , ") for line in lines), "", "#end"]
    valid.write_text("\r\n".join(loose))
    assert check_submission(valid, made[0]) == []
    assert read_submission(valid).team == TEAM[0]


def broken(how: str, lines: list[list[str]], challenge) -> None:
    """Break a rule in the fields of the lines; playlist line 3 has the third place."""
    if how == "header missing":
        del lines[0]
    elif how == "header short":
        lines[0].pop()
    elif how == "header odd":
        lines[0].insert(1, "side")
    elif how == "header late":
        lines.insert(2, lines.pop(0))
    elif how == "499":
        lines[2].pop()
    elif how == "501":
        lines[2].append(lines[3][1])
    elif how == "repeated":
        lines[2][9] = lines[2][4]
    elif how == "seed":
        pid = challenge.seeds["pid"].iloc[-1]
        line = next(line for line in lines if line[0] == str(pid))
        line[7] = f"spotify:track:{challenge.seeds['track_id'].iloc[-1]}"
    elif how == "malformed":
        lines[2][5] = "spotify:album:" + lines[2][5][14:]
    elif how == "bare id":
        lines[2][5] = lines[2][5][14:]
    elif how == "missing":
        del lines[3]
    elif how == "twice":
        lines.append(lines[2])
    elif how == "foreign":
        lines.append(["77", *lines[2][1:]])
    elif how == "no pid":
        lines[2][0] = "x7"


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("header missing", ["line 1: team_info,<team>,<e-mail> expected"]),
        ("header short", ["line 1: team_info,<team>,<e-mail> expected .*'team_info,The Anchors'"]),
        ("header odd", ["line 1: team_info"]),
        ("header late", ["line 1: team_info", "line 3: 'team_info' is no pid"]),
        ("499", ["line 3: pid {2}: 499 tracks, expected exactly 500"]),
        ("501", ["line 3: pid {2}: 501 tracks, expected exactly 500"]),
        ("repeated", ["line 3: pid {2}: 1 tracks repeated, e.g. 'spotify:track:"]),
        ("seed", [r"line \d+: pid \d+: 1 seeds of the playlist recommended, e.g. 'spotify:track:"]),
        ("malformed", ["line 3: pid {2}: 1 tracks not of the form .* e.g. 'spotify:album:"]),
        ("bare id", ["line 3: pid {2}: 1 tracks not of the form spotify:track:<id>"]),
        ("missing", ["pid {3}: no line, expected one"]),
        ("twice", [r"line \d+: pid {2}: answered before, in line 3"]),
        ("foreign", [r"line \d+: pid 77: not in the challenge set"]),
        ("no pid", ["line 3: 'x7' is no pid", "pid {2}: no line"]),
    ],
)
def test_each_broken_rule_is_named_with_its_line(made, valid, how, said):
    lines = [line.split(",") for line in valid.read_text().splitlines()]
    pids = [line[0] for line in lines]
    broken(how, lines, made[0])
    valid.write_text("\n".join(",".join(line) for line in lines))
    found = check_submission(valid, made[0])
    if how in ("501", "foreign"):  # what was put in may be a seed or repeated besides
        found = [text for text in found if "seeds of" not in text and "repeated" not in text]
    assert len(found) == len(said), found
    for text, pattern in zip(found, said, strict=True):
        assert re.match(pattern.format(*pids), text), (text, pattern)


def test_the_same_odd_address_is_named_in_each_line(made, valid):
    lines = valid.read_text().splitlines()
    for place in (2, 4, 5):
        lines[place] = lines[place].rpartition(",")[0] + ",spotify:track:short"
    valid.write_text("\n".join(lines))
    found = check_submission(valid, made[0])
    assert [text.split(":")[0] for text in found] == ["line 3", "line 5", "line 6"]


def test_an_interrupted_write_leaves_the_file_as_it_was(made, valid):
    challenge, ids, ranked = made
    odd, before = ids.copy(), valid.read_bytes()
    odd[ranked[-1, 0]] = "\ud800"  # cannot be written
    with pytest.raises(UnicodeEncodeError):
        write_submission(valid, *TEAM, challenge.playlists["pid"], ranked, odd)
    assert valid.read_bytes() == before
    assert [path.name for path in valid.parent.iterdir()] == ["s.csv"]


def test_violations_are_bounded(made, valid):
    lines = valid.read_text().splitlines()
    valid.write_text("\n".join([lines[0], *(line.rpartition(",")[0] for line in lines[1:])]))
    found = check_submission(valid, made[0], most=4)
    assert len(found) == 5
    assert found[-1] == f"{len(lines) - 1:,} violations in all; the first 4 are listed"
    valid.write_text("")
    assert len(check_submission(valid, made[0])) == len(lines)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("none.csv", None),
        ("s.csv", b"team_info,\xff\xfe,x"),
        ("s.csv.gz", b"team_info,a,b"),
        ("cut.csv.gz", gzip.compress(b"# a comment\n" * 5000, mtime=0)[:60]),
        ("bad.csv.gz", gzip.compress(b"# a comment\n" * 9, mtime=0)[:12] + b"\xff" * 40),
    ],
    ids=["missing", "not text", "not gzip", "cut short", "damaged"],
)
def test_what_cannot_be_read_is_named(made, tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    for use in (read_submission, lambda path: check_submission(path, made[0])):
        with pytest.raises(DataError, match=f"{name}: no readable submission"):
            use(tmp_path / name)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: team_info"),
        ("1,2,3\n", "line 1: team_info"),
        ("team_info,a,b\n5,x\n", "line 2: a pid and 500 tracks expected, found '5' and 1"),
        ("team_info,a,b\n" + "5" + ",x" * 500, r"'x' \(1 such\): expected spotify:track:<id>"),
        ("team_info,a,b\n" + "5" * 19 + ",x" * 500, "line 2: a pid"),
    ],
)
def test_reading_stops_at_what_is_no_submission(tmp_path, text, said):
    (tmp_path / "s.csv").write_text(text)
    with pytest.raises(DataError, match=said):
        read_submission(tmp_path / "s.csv")


def test_nothing_is_written_that_breaks_the_rules(made, valid):
    challenge, ids, ranked = made
    pids, before = challenge.playlists["pid"], valid.read_bytes()

    def write(error, said, **change):
        content = {"pids": pids, "ranked": ranked, "track_ids": ids} | change
        team, email = content.pop("team", TEAM[0]), content.pop("email", TEAM[1])
        with pytest.raises(error, match=said):
            write_submission(valid, team, email, **content)

    short, twice = ranked.copy(), ranked.copy()
    short[3, -1], twice[3, -1] = -1, twice[3, 0]
    write(DataError, f"pid {pids[3]}: 500 different tracks expected", ranked=short)
    write(DataError, f"pid {pids[3]}: 500 different tracks expected", ranked=twice)
    write(DataError, "500 tracks for each of", ranked=ranked[:, :499])
    write(DataError, "500 tracks for each of", ranked=ranked[1:])
    write(DataError, "different playlists expected", pids=[pids[0]] * len(pids))
    write(DataError, "500 different tracks", track_ids=ids[:5])
    write(ParameterError, "team 'a,b': text without comma", team="a,b")
    write(ParameterError, "email ' ': text", email=" ")
    write(ParameterError, "contest 'side'", contest="side")
    assert valid.read_bytes() == before
    assert [path.name for path in valid.parent.iterdir()] == ["s.csv"]
