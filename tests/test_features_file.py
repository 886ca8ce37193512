"""The table of 1.2 million tracks: read in batches, summed up, refused when damaged."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pandas as pd
import pytest

from lib.errors import DataError, ParameterError
from lib.pipeline.places import ROOT
from lib.tracks import by_year, read_features, year_slopes
from lib.tracks.generate_features import PLANTED, PUBLISHED, write_features
from lib.tracks.read import FEATURES

ROWS = 12_000


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("features")
    planted = write_features(folder / "tracks_features.csv", ROWS, seed=4)
    return folder / "tracks_features.csv", planted


@pytest.fixture(scope="module")
def text(made):
    """The header and the first three rows."""
    return "".join(made[0].read_text("utf-8").splitlines(keepends=True)[:4])


def slowly(path):
    """The same with pandas, all rows held."""
    rows = pd.read_csv(path)
    left = [len(rows)]
    for keep in (
        lambda t: t.dropna(subset=["name", "album"]),
        lambda t: t[t["year"] != 0],
        lambda t: t[t["tempo"] != 0],
    ):
        rows = keep(rows)
        left.append(len(rows))
    return rows.assign(artist_id=rows["artist_ids"].str[2:24]), left


@pytest.mark.parametrize("block", [1 << 16, 1 << 24])
def test_batches_add_up_to_what_pandas_finds(made, block, monkeypatch):
    monkeypatch.setattr(read_features, "BLOCK_BYTES", block)
    path, planted = made
    cells, steps = read_features.summarise_features(path)
    rows, left = slowly(path)
    assert steps["rows"].tolist() == left
    assert steps["left_out"].tolist() == [
        0,
        *(planted[k] for k in ("nameless", "year_0", "tempo_0")),
    ]
    by_year.CELLS.validate(cells)
    grouped = rows.groupby(["year", "artist_id"])
    assert cells["tracks"].tolist() == grouped.size().tolist()
    assert cells["artist_id"].tolist() == [key for _, key in grouped.size().index]
    for ours, theirs, scale in (
        ("tempo_bpm", "tempo", 1),
        ("loudness_db", "loudness", 1),
        ("duration_min", "duration_ms", 60_000),
        ("explicit", "explicit", 1),
    ):
        assert cells[ours].to_numpy() == pytest.approx(grouped[theirs].sum() / scale)
    names = rows["artists"].str.strip("[]'\"")
    assert set(cells["artist"]) == set(names)


def test_the_planted_change_is_found_again(made):
    dated = by_year.load(made[0])
    assert by_year.without_genres(dated.cells) and dated.tracks is None
    slopes = year_slopes.slopes(dated.cells, shuffles=2, replicates=200).set_index("measure")
    for measure, truth in made[1]["within_per_decade"].items():
        row = slopes.loc[measure]
        assert abs(row["raw"] - truth) <= 0.75 * (row["raw_high"] - row["raw_low"]), measure


def test_defects_are_in_the_published_proportion():
    lost = sum(count for name, count in PUBLISHED.items() if name != "rows")
    assert PUBLISHED["rows"] - lost == 1_201_225


def test_the_command_writes_the_file_and_its_key(tmp_path):
    path = tmp_path / "new" / "tracks_features.csv"
    command = [sys.executable, "-m", "lib.tracks.generate_features", str(path), "--rows", "150"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "150 made-up tracks" in done.stdout
    assert json.loads((path.parent / PLANTED).read_text())["rows"] == 150 == len(pd.read_csv(path))
    assert tuple(pd.read_csv(path)) == FEATURES.file_columns
    with pytest.raises(ParameterError, match="at least 100"):
        write_features(path, 5)


def test_texts_that_pandas_takes_for_missing_are_missing(tmp_path, text):
    lines = text.splitlines(keepends=True)
    path = tmp_path / "tracks_features.csv"
    cells = lines[1].split(",")
    cells[1] = "NA"
    path.write_text(lines[0] + ",".join(cells) + "".join(lines[2:]), "utf-8")
    _, steps = read_features.summarise_features(path)
    assert steps["rows"].tolist()[:2] == [3, 2]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda t: "", "the file is empty"),
        (lambda t: t.rstrip("\n"), "cut short"),
        (lambda t: t.splitlines()[0] + "\n", "a header but no rows"),
        (lambda t: t.replace("loudness", "loud", 1), "missing column 'loudness' .found 'loud'"),
        (lambda t: re.sub(r",(\d{4}),", ",2999,", t, count=1), "column 'year'.*0 to 2,100.*2999"),
        (lambda t: t.replace("True", "maybe").replace("False", "maybe"), "does not fit"),
        (lambda t: t + "a,b\n", "does not fit"),
        (lambda t: re.sub(r"\['[0-9A-Za-z]{22}'\]", "[]", t, count=1), "column 'artist_ids'"),
        (lambda t: re.sub(r",(\d+\.\d+),(\d+),", ",,\\2,", t, count=1), "row 1 has none"),
        (lambda t: re.sub(r",(\d+\.\d+),(\d+),", ",-nan,\\2,", t, count=1), "row 1 has none"),
        (lambda t: re.sub(r"\n\"?\w{22}\"?,", "\n,", t, count=1), "column 'id'.*row 1 has none"),
        (
            lambda t: t + t.splitlines(keepends=True)[2],
            "column 'id': each track once.*found 1 rows",
        ),
    ],
)
def test_damaged_files_are_refused(tmp_path, text, spoil, said):
    path = tmp_path / "tracks_features.csv"
    path.write_text(spoil(text), "utf-8")
    with pytest.raises(DataError, match=re.compile(said, re.S)) as caught:
        by_year.load(path)
    assert str(path) in str(caught.value)


def test_what_is_not_there_or_not_text_is_refused(tmp_path, text):
    with pytest.raises(DataError, match="no such file"):
        by_year.load(tmp_path / "none.csv")
    path = tmp_path / "latin.csv"
    path.write_bytes(text.replace("name", "n\u00e4me", 1).encode("latin-1"))
    with pytest.raises(DataError, match="not UTF-8"):
        by_year.load(path)
    path.write_bytes(text.encode() + text.splitlines()[1].encode()[:60] + b"\xff\n")
    with pytest.raises(DataError, match="does not fit"):
        by_year.load(path)
