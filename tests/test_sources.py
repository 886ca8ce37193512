"""Raw data sets: found, told apart, and named when missing."""

import shutil
from pathlib import Path

import pytest

from lib.errors import DataError, ParameterError
from lib.pipeline import places, sources
from lib.pipeline.notebook import MPD, PLAYLIST_TABLES, TRACKS_CSV, Stage
from lib.pipeline.stages import lacking, stage

TRACKS = stage("02")
PLAYLISTS = Stage("01_explore_tracks", "", (), (), (), {}, any_of=(MPD, PLAYLIST_TABLES))


def slices(folder: Path, count: int) -> Path:
    (folder / MPD).mkdir(parents=True)
    for n in range(count):
        (folder / MPD / f"mpd.slice.{n * 1000}-{n * 1000 + 999}.json").write_text("x" * 200_000)
    return folder


def test_all_sets_that_are_there_are_found(tmp_path):
    slices(tmp_path, 2)
    source = sources.find_source("full", str(tmp_path))
    assert [name for name, _ in source.digests] == [MPD]
    assert source.lacks(TRACKS) == [TRACKS_CSV]
    assert len(source.files(MPD)) == 2 and not source.generated
    assert "Million Playlist" in source.headline() and MPD in source.label()
    assert str(tmp_path) not in str(source.describe())


def test_a_missing_set_is_named_with_how_to_get_it(tmp_path):
    with pytest.raises(DataError, match=r"dataset\.csv: no such file.*--fetch"):
        sources.find_source("full", str(tmp_path))
    slices(tmp_path, 1)
    with pytest.raises(DataError, match=r"dataset\.csv: no such file.*--fetch"):
        sources.find_source("full", str(tmp_path), [TRACKS])
    with pytest.raises(ParameterError):
        sources.find_source("fulll", str(tmp_path))


@pytest.mark.parametrize("place", [0, 199_999])
def test_a_changed_slice_changes_the_digest(tmp_path, place):
    slices(tmp_path, 2)
    before = sources.find_source("full", str(tmp_path)).describe()
    path = tmp_path / MPD / "mpd.slice.1000-1999.json"
    text = path.read_text()
    path.write_text(text[:place] + "y" + text[place + 1 :])
    assert sources.find_source("full", str(tmp_path)).describe() != before
    path.write_text(text)
    assert sources.find_source("full", str(tmp_path)).describe() == before


def test_generated_data_is_known_wherever_it_lies(tmp_path):
    (tmp_path / "tracks").mkdir()
    shutil.copyfile(places.SAMPLE / TRACKS_CSV, tmp_path / TRACKS_CSV)
    source = sources.find_source("full", str(tmp_path))
    assert source.generated and "made-up tracks" in source.headline()
    slices(tmp_path, 1)
    assert "tracks and playlists" in sources.find_source("full", str(tmp_path)).headline()
    (tmp_path / "tracks" / "dataset.csv").unlink()
    assert not sources.find_source("full", str(tmp_path)).generated
    (tmp_path / MPD / sources.PLANTED).write_text("{}")
    assert sources.find_source("full", str(tmp_path)).generated


def test_one_of_several_sets_is_enough(monkeypatch):
    monkeypatch.setattr("lib.pipeline.stages.STAGES", (PLAYLISTS,))
    assert lacking(PLAYLISTS, {PLAYLIST_TABLES}) == [] == lacking(PLAYLISTS, {MPD})
    assert lacking(PLAYLISTS, {TRACKS_CSV}) == [MPD]
    told = sources.missing(MPD, Path("data"), "full")
    assert "AIcrowd" in told and "mpd.slice" in told
