"""The runner, used as a user does: one sample run, then what follows from it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lib.pipeline import places, sources
from lib.pipeline.notebook_list import STAGES

pytestmark = [pytest.mark.notebooks, pytest.mark.xdist_group("runner")]
FAST = "02_clean_tracks"


def cli(out: Path, *arguments: str, **kwargs) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "lib.pipeline", *arguments],
        cwd=places.ROOT,
        env=environment(out),
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        **kwargs,
    )


def environment(out: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "WORKBOOK_DATA"}
    return kept | {"WORKBOOK_OUT": str(out), "MPLBACKEND": "Agg"}


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def catalogue(folder: Path, text: str | None = None) -> Path:
    """Put a raw folder together, by default the sample's file under another hash."""
    path = folder / "tracks" / "dataset.csv"
    path.parent.mkdir(parents=True)
    if text is None:
        text = (places.SAMPLE / "tracks" / "dataset.csv").read_text("utf-8")
        # The null row, at another popularity: not the sample's hash any more.
        text = re.sub(r"(\n\d+,\w{22},,,,)0,", r"\g<1>1,", text)
    path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def out(sample_run) -> Path:
    return sample_run


def test_the_sample_run_leaves_a_whole_report(out):
    report = out / "reports" / "sample"
    assert (report / "index.html").stat().st_size > 5_000
    metrics = json.loads((report / "metrics.json").read_text("utf-8"))
    assert {metric["notebook"] for metric in metrics["metrics"]} == {s.name for s in STAGES}
    for metric in metrics["metrics"]:
        assert metric["protocol"] and metric["rows"] >= 0
    for s in STAGES:
        assert (report / "notebooks" / f"{s.name}.html").exists()
    assert "enerated" in (report / "index.html").read_text("utf-8")
    leftovers = [p.name for p in (out / "data/work/sample").iterdir() if p.name.startswith(".")]
    assert sorted(leftovers) == [".lock", ".stale.sqlite"]


def test_a_second_run_does_nothing(out):
    before = tree(out)
    done = cli(out)
    assert done.returncode == 0, done.stderr
    assert "question" not in done.stderr and "[1/" not in done.stderr
    assert "Up to date" in done.stderr
    after = tree(out)
    assert {name for name in after if after[name] != before.get(name)} <= {
        "data/work/sample/.stale.sqlite"
    }


def test_a_changed_parameter_runs_what_depends_on_it(out, tmp_path):
    mine = tmp_path / "out"
    shutil.copytree(out, mine)
    # Up to 04 only: the later notebooks would say nothing new here.
    done = cli(mine, "--only", "04", "-p", "03.FOLDS=4")
    assert done.returncode == 0, done.stderr
    assert re.findall(r"\] (\d\d_\w+): done", done.stderr) == [
        "03_engineer_features",
        "04_compare_models",
    ]
    manifest = json.loads(
        (mine / "data/work/sample/03_engineer_features/manifest.json").read_text()
    )
    assert manifest["parameters"]["FOLDS"] == 4


def test_a_notebook_run_by_hand_with_other_parameters_is_run_again(out, tmp_path):
    mine = tmp_path / "out"
    shutil.copytree(out, mine)
    path = mine / "data/work/sample/01_explore_tracks/manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    manifest["parameters"]["MIN_TRACKS"] = 3
    path.write_text(json.dumps(manifest), encoding="utf-8")
    done = cli(mine, "--only", "01", "--no-report")
    assert "01_explore_tracks: done" in done.stderr, done.stderr


def test_plain_papermill_runs_what_is_missing_first(tmp_path):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "papermill", "notebooks/03_engineer_features.ipynb"),
            *(str(tmp_path / "out.ipynb"), "-p", "FOLDS", "3"),
        ],
        cwd=places.ROOT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made = tmp_path / "data/work/sample"
    assert (made / "02_clean_tracks/manifest.json").exists()
    assert (
        json.loads((made / "03_engineer_features/manifest.json").read_text())["parameters"]["FOLDS"]
        == 3
    )
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--profile", "ful"], "did you mean full"),
        (["--profile", "full", "--data-dir", "/nonexistent"], "no such file"),
        (["--data-dir", "x", "--profile", "sample"], "--profile full"),
        (["--only", "99"], "expected one of 01_explore_tracks"),
        (["-p", "01_explore_tracks.MIN_TRACK=3"], "did you mean MIN_TRACKS"),
        (["-p", "01_explore_tracks.MIN_TRACKS=many"], "a whole number"),
        (["-p", "01_explore_tracks.MIN_TRACKS=0"], "from 1 to 1000"),
        (["-p", "MIN_TRACKS=3"], "NOTEBOOK.NAME=VALUE"),
        (["-p", "10.TRACKS=my.csv", "-p", "10.OUTPUT=my.csv"], "another file to write"),
        (["--nonsense"], "unrecognized arguments"),
    ],
)
def test_a_wrong_command_is_refused_before_anything_runs(tmp_path, arguments, said):
    done = cli(tmp_path, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "reports").exists()


def test_another_catalogue_is_not_announced_as_the_published_one(tmp_path):
    raw = catalogue(tmp_path / "raw")
    assert not sources.find_source("full", str(raw)).generated
    assert "of your own" in sources.find_source("full", str(raw)).headline()
    (raw / "tracks" / "planted.json").write_text("{}", encoding="utf-8")
    assert sources.find_source("full", str(raw)).generated
    assert "made-up" in sources.find_source("full", str(raw)).headline()


def test_a_damaged_state_or_manifest_is_made_anew(out, tmp_path):
    mine = tmp_path / "out"
    shutil.copytree(out, mine)
    work = mine / "data/work/sample"
    (work / ".stale.sqlite").write_text("junk", encoding="utf-8")
    (work / "04_compare_models" / "manifest.json").write_text("{", encoding="utf-8")
    done = cli(mine, "--only", "02")
    assert done.returncode == 0, done.stderr
    text = (mine / "reports/sample/index.html").read_text("utf-8")
    assert "04_compare_models" in text[text.index("Not in this report") :]


def test_a_killed_swap_is_put_right(tmp_path):
    aside = tmp_path / ".sample.999999999.abc" / "sample"
    aside.mkdir(parents=True)
    (aside / "index.html").write_text("last", encoding="utf-8")
    places.clear_dead(tmp_path)
    assert (tmp_path / "sample" / "index.html").read_text("utf-8") == "last"
    assert [path.name for path in tmp_path.iterdir()] == ["sample"]


def test_bad_data_stops_the_run_and_keeps_the_last_report(tmp_path):
    raw = catalogue(tmp_path / "raw")
    run = ["--profile", "full", "--data-dir", str(raw), "--only", FAST]
    good = cli(tmp_path, *run)
    assert good.returncode == 0, good.stderr
    report = tree(tmp_path / "reports")
    tables = tree(tmp_path / "data/work/full" / FAST)

    path = raw / "tracks" / "dataset.csv"
    path.write_text(path.read_text("utf-8").replace(",tempo,", ",speed,", 1), encoding="utf-8")
    bad = cli(tmp_path, *run)
    assert bad.returncode == 1
    assert "02_clean_tracks failed in cell" in bad.stderr
    assert "missing column 'tempo'" in bad.stderr
    assert "--profile full --data-dir" in bad.stderr and "--only 02_clean_tracks" in bad.stderr
    # A kernel that is shut down may print one of its own before.
    assert "Traceback" not in bad.stderr[bad.stderr.index("02_clean_tracks failed") :]
    kept = tree(tmp_path / "reports")
    assert (tmp_path / "reports/failed/full-02_clean_tracks.ipynb").exists()
    assert {name: kept[name] for name in report} == report
    assert tree(tmp_path / "data/work/full" / FAST) == tables
    assert not list((tmp_path / "data/work/full").glob(".*_*"))


def test_ctrl_c_keeps_what_was_there_and_leaves_nothing_half_made(out, tmp_path):
    mine = tmp_path / "out"
    shutil.copytree(out, mine)
    report = tree(mine / "reports")
    code = (
        # A test run in the background may have been told to ignore Ctrl-C, and so would we.
        "import signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from lib.pipeline.__main__ import main\n"
        "sys.exit(main(['-p', '02.KEEP_POPULARITY=mean']))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=places.ROOT,
        env=environment(mine),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        for line in process.stderr:
            if "02_clean_tracks" in line:
                break
        time.sleep(3)
        os.killpg(process.pid, signal.SIGINT)
        said = process.stderr.read()
    assert process.returncode == 130, said
    assert "Stopped" in said
    assert "Traceback" not in said
    assert tree(mine / "reports") == report
    assert not list((mine / "data/work/sample").glob(".*_*"))


def test_a_full_disk_ends_in_one_message(out, tmp_path):
    """A file size limit is the nearest thing to a full disk that needs no rights."""
    mine = tmp_path / "out"
    shutil.copytree(out, mine)
    report = tree(mine / "reports")
    # What is stale is told by a file that would not fit either; without it 02 runs all the same.
    (mine / "data/work/sample/.stale.sqlite").unlink()
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (350_000, 350_000))\n"
        "from lib.pipeline.__main__ import main\n"
        "sys.exit(main(['-p', '02.KEEP_POPULARITY=mean', '--only', '02']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=places.ROOT,
        env=environment(mine),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "02_clean_tracks failed" in done.stderr
    assert tree(mine / "reports") | report == tree(mine / "reports")
    assert not list((mine / "data/work/sample").glob(".*_*"))
