"""The readers: what they make of good files, and what they say of bad ones."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.errors import DataError
from lib.tracks import read
from lib.tracks.columns import COLUMNS
from lib.tracks.read import read_by_year, read_kaggle, read_tidytuesday

HEADER = ",".join(read.KAGGLE.file_columns)
ROW = (
    "{n},5SuOikwiRyPMVoIQDJUgSV,Ada;Ben,Album,Title,{popularity},230666,False,0.676,0.461,1,-6.746,"
    "0,0.143,0.0322,1.01e-06,0.358,0.715,{tempo},4,acoustic"
)


def kaggle_text(n_rows: int = 3, **last: object) -> str:
    rows = [ROW.format(n=n, popularity=50, tempo=87.9) for n in range(n_rows - 1)]
    rows.append(ROW.format(**({"n": n_rows - 1, "popularity": 50, "tempo": 87.9} | last)))
    return "\n".join([HEADER, *rows]) + "\n"


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "dataset.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_good_file_comes_back_in_the_vocabulary(tmp_path):
    tracks = read_kaggle(write(tmp_path, kaggle_text()))
    assert list(tracks) == list(COLUMNS)
    assert tracks["tempo_bpm"].tolist() == [87.9] * 3
    assert tracks["explicit"].dtype == bool
    assert tracks["row"].tolist() == [0, 1, 2]


def test_columns_may_stand_in_another_order(tmp_path):
    frame = pd.read_csv(write(tmp_path, kaggle_text()))
    frame = frame.rename(columns={"Unnamed: 0": ""})[["track_genre", *[""], *frame.columns[1:-1]]]
    path = tmp_path / "other.csv"
    frame.to_csv(path, index=False)
    assert list(read_kaggle(path)) == list(COLUMNS)


def test_texts_that_look_like_missing_values_stay(tmp_path):
    text = kaggle_text().replace("Title", "NA").replace("Album", "None")
    tracks = read_kaggle(write(tmp_path, text))
    assert tracks["track_name"].tolist() == ["NA"] * 3
    assert tracks["album_name"].tolist() == ["None"] * 3


def test_byte_order_mark_windows_line_ends_and_quoted_line_breaks_are_read(tmp_path):
    text = kaggle_text().replace("Title", '"Two\nlines, ""quoted"""')
    tracks = read_kaggle(write(tmp_path, "\ufeff" + text))
    assert tracks["track_name"].tolist() == ['Two\nlines, "quoted"'] * 3
    assert len(read_kaggle(write(tmp_path, kaggle_text().replace("\n", "\r\n")))) == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", ["empty"]),
        (kaggle_text().replace(",tempo,", ",speed,"), ["missing column 'tempo'", "'speed'"]),
        (kaggle_text().replace("\n", ",x\n"), ["extra column 'x'"]),
        (kaggle_text(popularity="high"), ["'popularity'", "whole number", "row 3: 'high'"]),
        (kaggle_text(popularity=""), ["'popularity'", "row 3: ''"]),
        (kaggle_text(popularity=12.5), ["'popularity'", "row 3: '12.5'"]),
        (kaggle_text(popularity=101), ["'popularity'", "range (0, 100)", "row 3: 101"]),
        (kaggle_text(tempo=-1.5), ["'tempo'", "row 3: -1.5"]),
        (kaggle_text(tempo="nan"), ["'tempo'", "every row", "row 3"]),
        (kaggle_text()[:-30] + "\n", ["21 cells", "row 3 has", "cut short"]),
        (kaggle_text()[:-5], ["cut short", "no line end"]),
        (
            kaggle_text().replace("Ada", "Ad\u00e1").encode("latin-1"),
            ["not UTF-8", "line 2", "0xe1"],
        ),
        (kaggle_text().encode("utf-16"), ["UTF-16"]),
        (b"PK\x03\x04rest\n", ["ZIP"]),
        (b"version https://git-lfs.github.com/spec/v1\n", ["LFS"]),
        (HEADER + "\n", ["no rows"]),
        (kaggle_text(popularity="1_0"), ["'popularity'", "row 3: '1_0'"]),
        (kaggle_text().replace("5SuO", "5S O"), ["22 letters", "3 rows", "row 1"]),
        (kaggle_text(tempo=99), ["the id stands there before with other values", "row 3"]),
        (kaggle_text(n=0), ["the row number stands there before", "row 3"]),
        (kaggle_text().replace("Title", "  "), ["name of blanks", "row 1"]),
        (kaggle_text().replace("4,acoustic", "4,"), ["'track_genre'", "a text", "row 1: ''"]),
        (kaggle_text().encode("utf-16-le"), ["zero bytes", "UTF-16"]),
    ],
)
def test_a_bad_file_is_refused_by_name(tmp_path, content, said):
    path = write(tmp_path, content)
    with pytest.raises(DataError) as caught:
        read_kaggle(path)
    message = str(caught.value)
    assert str(path) in message
    for words in said:
        assert words in message
    assert len(message) < 2000


def test_old_line_ends_are_read(tmp_path):
    assert len(read_kaggle(write(tmp_path, kaggle_text().replace("\n", "\r")))) == 3


def test_a_cut_at_a_line_end_shows_in_the_last_genre(tmp_path):
    rows = [
        ROW.format(n=n, popularity=5, tempo=80).replace("acoustic", genre)
        for n, genre in enumerate(["blues"] * 4 + ["folk"] * 4 + ["jazz"] * 4)
    ]
    whole = "\n".join([HEADER, *rows]) + "\n"
    assert len(read_kaggle(write(tmp_path, whole))) == 12
    cut = "\n".join([HEADER, *rows[:-1]]) + "\n"
    with pytest.raises(DataError, match=r"cut short at a line end.*'jazz', has 3 rows.* 4"):
        read_kaggle(write(tmp_path, cut))


def test_a_parquet_with_texts_for_numbers_names_the_column(tmp_path):
    frame = pd.DataFrame({name: ["x"] for name in read.BY_YEAR.file_columns})
    frame["release_year"] = 2000
    frame.to_parquet(tmp_path / "t.parquet")
    with pytest.raises(DataError, match=r"'popularity': expected dtype\('int64'\)") as caught:
        read_by_year(tmp_path / "t.parquet")
    assert "TypeError" not in str(caught.value)


def test_a_long_list_of_bad_rows_is_counted_not_printed(tmp_path):
    text = kaggle_text(500).replace(",50,", ",fifty,")
    with pytest.raises(DataError, match=r"500 rows.* and 495 more"):
        read_kaggle(write(tmp_path, text))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"nothing\.csv: no such file"):
        read_kaggle(tmp_path / "nothing.csv")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(cut=st.integers(0, len(kaggle_text()) - 2))
def test_no_cut_passes_unnoticed(tmp_path, cut):
    """Wherever a download breaks off, short of a row's end, the reader says so."""
    text = kaggle_text()[:cut]
    whole_rows_only = text.endswith("\n") and text.count("\n") > 1
    path = write(tmp_path, text)
    if whole_rows_only:
        assert len(read_kaggle(path)) == text.count("\n") - 1
    else:
        with pytest.raises(DataError):
            read_kaggle(path)


def test_tidytuesday_maps_to_the_same_vocabulary(tmp_path):
    path = tmp_path / "spotify_songs.csv"
    row = (
        "6f807x0ima9a1j3VPbc7VN,Title,Artist,66,2oCs0DGTsRO98Gh5ZSl2Cx,Album,{date},List,"
        "37i9dQZF1DXcZDD7cfEKhW,pop,dance pop,0.748,0.916,6,-2.634,1,0.0583,0.102,0,0.0653,0.518,"
        "122.036,194754"
    )
    lines = [",".join(read.TIDYTUESDAY.file_columns), row.format(date="2019-06-14")]
    lines.append(row.format(date="1999").replace("Title,Artist", "NA,NA"))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    tracks = read_tidytuesday(path)
    assert tracks["release_year"].tolist() == [2019, 1999]
    assert tracks["track_genre"].tolist() == ["dance pop"] * 2
    assert tracks["artists"].isna().tolist() == [False, True]


def test_by_year_refuses_what_is_no_parquet(tmp_path):
    path = tmp_path / "table.parquet"
    path.write_text("not parquet", encoding="utf-8")
    with pytest.raises(DataError, match="no readable Parquet"):
        read_by_year(path)
    pd.DataFrame({"track_id": ["x"]}).to_parquet(path)
    with pytest.raises(DataError, match="missing column 'track_name'"):
        read_by_year(path)


real = Path(os.environ.get("WORKBOOK_DATA", "/nonexistent")) / "tracks"


@pytest.mark.skipif(not (real / "dataset.csv").exists(), reason="WORKBOOK_DATA names no real data")
def test_published_facts_of_the_real_files():
    tracks = read_kaggle(real / "dataset.csv")
    assert tracks.shape == (114_000, 21)
    assert tracks["track_genre"].value_counts().eq(1000).all()
    assert tracks["track_id"].nunique() == 89_741
    assert int((tracks["popularity"] == 0).sum()) == 16_020
    assert tracks["popularity"].mean() == pytest.approx(33.238535, abs=1e-6)
    assert tracks.index[tracks["artists"].isna()].tolist() == [65_900]
    songs = read_tidytuesday(real / "spotify_songs.csv")
    assert (len(songs), songs["track_id"].nunique()) == (32_833, 28_356)
    assert (songs["release_year"].min(), songs["release_year"].max()) == (1957, 2020)
    years = read_by_year(real / "tracks_by_year_nov2024.parquet")
    assert (len(years), years["track_id"].nunique()) == (77_566, 63_382)
    assert years["track_genre"].nunique() == 146
