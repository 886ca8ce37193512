"""The run log, and the summary that is written from it."""

import json
import re
import shutil
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.errors import WorkbookError
from lib.pipeline import logbook, places, runlog, summary
from lib.pipeline.__main__ import main
from lib.pipeline.notebook import TRACKS_CSV
from lib.pipeline.sources import Source
from lib.pipeline.stages import stage
from lib.pipeline.step import Metric

SAMPLE = Source("sample", Path("/nowhere"), ((TRACKS_CSV, "ab" * 32),), True)
NAME = "01_explore_tracks"


@pytest.fixture(scope="module")
def empty_log(tmp_path_factory):
    """Make a log without runs once: MLflow takes seconds for its tables."""
    out = tmp_path_factory.mktemp("empty")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBOOK_OUT", str(out))
        with runlog._quiet():
            logbook.open_log()
    return out


@pytest.fixture
def out(tmp_path, monkeypatch, empty_log):
    monkeypatch.setenv("WORKBOOK_OUT", str(tmp_path / "out"))
    shutil.copytree(empty_log, tmp_path / "out")
    return tmp_path / "out"


def leave(folder: Path, value: float = 0.354, source=SAMPLE) -> dict:
    """Leave the record of a made-up run."""
    score = Metric(
        "R², new artist | audio+genres",
        value,
        "",
        "5 folds by first artist",
        77203,
        low=value - 0.01,
        high=value + 0.01,
        level=0.95,
        baseline="mean",
        baseline_value=-0.002,
        headline=True,
    )
    manifest = {
        "notebook": NAME,
        "profile": source.profile,
        "data": source.describe(),
        "parameters": {key: p.default for key, p in stage(NAME).parameters.items()},
        "inputs": {},
        "tables": {},
        "figures": [{"name": "fig", "title": "Popularity", "caption": "All <b>rows</b>."}],
        "key_findings": [],
        "findings": ["R² is above 0 & <script>alert(1)</script>."],
        "metrics": [asdict(score), asdict(Metric("rows", 7, "rows", "rows of the file", 7))],
    }
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "figures").mkdir(parents=True)
    matplotlib.image.imsave(folder / "figures" / "fig.png", np.full((3, 9, 3), value))
    (folder / "models" / "small").mkdir(parents=True)
    (folder / "models" / "small" / "card.json").write_text("{}")
    (folder / "table.parquet").write_bytes(b"rows of the user")
    places.write_json(folder / "cost.json", {"seconds": 1.25, "peak_mb": 321.4})
    runlog.leave(folder, manifest, 1.25)
    return manifest


def runs() -> list:
    client = logbook.open_log()
    return client.search_runs([client.get_experiment_by_name("sample").experiment_id])


def test_a_run_is_logged_whole(out, tmp_path):
    manifest = leave(tmp_path / "made")
    assert runlog.enter_pending() == 1
    (run,) = runs()
    assert run.info.run_name == NAME and run.info.status == "FINISHED"
    assert run.data.params == {key: str(v) for key, v in manifest["parameters"].items()}
    key = "R2 new artist audio and genres"
    assert run.data.metrics[key] == 0.354 and run.data.metrics[f"{key}/low"] == 0.344
    assert run.data.metrics[f"{key}/baseline"] == -0.002
    assert run.data.metrics["cost/peak_mb"] == 321.4
    tags = run.data.tags
    assert tags[f"data.{TRACKS_CSV}"] == SAMPLE.digests[0][1] and tags["data.generated"] == "True"
    assert re.match(r"[0-9a-f]{12}|unknown", tags["mlflow.source.git.commit"])
    assert tags["version.numpy"] == np.__version__
    assert run.inputs.dataset_inputs[0].dataset.digest == SAMPLE.digests[0][1][:32]
    files = {p.name for p in logbook.artifact(run, ".").rglob("*") if p.is_file()}
    assert files == {"fig.png", "card.json", "manifest.json", "cost.json", "context.json"}
    assert json.loads(logbook.artifact(run, "manifest.json").read_text("utf-8")) == manifest


def test_each_run_is_logged_once(out, tmp_path):
    leave(tmp_path / "made")
    record = next((logbook.log_dir() / "pending").iterdir())
    shutil.copytree(record, tmp_path / "kept")
    assert (runlog.enter_pending(), runlog.enter_pending()) == (1, 0)
    # Killed after the entry, before the record was removed.
    shutil.copytree(tmp_path / "kept", record)
    runlog.enter_pending()
    assert len(runs()) == 1 and not record.exists()


def test_a_half_entered_run_is_entered_again(out, tmp_path, monkeypatch):
    leave(tmp_path / "made")
    logbook.open_log()
    from mlflow import MlflowClient

    with monkeypatch.context() as patch:
        patch.setattr(MlflowClient, "log_artifacts", lambda *a: 1 / 0)
        with pytest.raises(WorkbookError, match="could not be logged"):
            runlog.enter_pending()
    assert len(list((logbook.log_dir() / "pending").iterdir())) == 1
    assert runlog.enter_pending() == 1
    (run,) = runs()
    assert run.info.status == "FINISHED"


def test_a_damaged_log_keeps_the_record(out, tmp_path):
    leave(tmp_path / "made")
    (logbook.log_dir() / "mlflow.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(WorkbookError, match=r"mlflow\.db: the run could not be logged"):
        runlog.enter_pending()
    assert len(list((logbook.log_dir() / "pending").iterdir())) == 1


def test_records_of_the_same_second_stay_apart(out, tmp_path):
    for n in range(3):
        leave(tmp_path / f"made{n}")
    assert runlog.enter_pending() == 3


def test_the_summary_tells_what_the_log_holds(out, tmp_path):
    leave(tmp_path / "made", 0.25)
    runlog.enter_pending()
    leave(tmp_path / "made", 0.354)
    other = Source("sample", Path("/nowhere"), ((TRACKS_CSV, "cd" * 32),), True)
    leave(tmp_path / "made", 0.9, other)
    runlog.enter_pending()
    folder = tmp_path / "report"
    folder.mkdir()
    summary.write_summary(SAMPLE, [NAME, "02_clean_tracks"], folder)
    text = (folder / "summary.md").read_text("utf-8")
    row = next(line for line in text.splitlines() if line.startswith("| R²"))
    assert "**0.354** [0.344, 0.364]" in row and "mean: −0.002" in row and "77,203" in row
    # The run before, on the same data; not the one on other data.
    assert "| 0.250 |" in row and "0.9" not in row
    assert "## 02_clean_tracks" not in text and "nothing of the last run of 02_clean" in text
    picture = matplotlib.image.imread(folder / "summary" / f"{NAME}.png")
    assert picture[0, 0, 0] == pytest.approx(0.354, abs=0.01)
    page = (folder / "summary.html").read_text("utf-8")
    assert "<script>alert" not in page and "&lt;script&gt;" in page
    assert f'src="summary/{NAME}.png"' in page and "<td>" in page
    assert not re.search(r'(src|href)="(http|//)', page)


def test_without_a_log_the_summary_is_empty(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBOOK_OUT", str(tmp_path))
    summary.write_summary(SAMPLE, [NAME], tmp_path)
    assert NAME not in (tmp_path / "summary.md").read_text("utf-8")
    assert not logbook.exists()


def test_the_page_of_an_empty_log_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("WORKBOOK_OUT", str(tmp_path))
    assert main(["--log"]) == 2
    assert "the run log is empty" in capsys.readouterr().err


@given(st.lists(st.text(max_size=260), max_size=6))
def test_metric_keys_are_allowed_and_differ(names):
    from mlflow.utils.validation import _validate_metric_name

    used: set[str] = set()
    keys = [runlog.metric_key(name, used) for name in names]
    assert len(set(keys)) == len(keys)
    for key in keys:
        _validate_metric_name(f"{key}/baseline")


def test_a_log_that_was_moved_goes_on_where_it_lies(out, tmp_path, monkeypatch):
    leave(tmp_path / "made", 0.25)
    runlog.enter_pending()
    moved = out.with_name("Übungen & mehr")
    out.rename(moved)
    monkeypatch.setenv("WORKBOOK_OUT", str(moved))
    leave(tmp_path / "made", 0.354)
    runlog.enter_pending()
    folder = tmp_path / "report"
    folder.mkdir()
    summary.write_summary(SAMPLE, [NAME], folder)
    text = (folder / "summary.md").read_text("utf-8")
    assert "**0.354**" in text and "| 0.250 |" in text
    assert not out.exists()
    for run in runs():
        assert logbook.artifact(run, "manifest.json").is_relative_to(moved)


def test_what_was_removed_from_the_log_is_named_and_costs_no_report(out, tmp_path):
    leave(tmp_path / "made")
    runlog.enter_pending()
    shutil.rmtree(logbook.log_dir() / "artifacts")
    folder = tmp_path / "report"
    folder.mkdir()
    summary.write_summary(SAMPLE, [NAME], folder)
    assert f"nothing of the last run of {NAME}" in (folder / "summary.md").read_text("utf-8")


def test_two_runs_that_end_together_are_logged_once_each(out, tmp_path):
    for n in range(4):
        leave(tmp_path / f"made{n}")
    logbook.open_log()
    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(runlog.enter_pending) for _ in range(2)]
        assert sum(one.result() for one in done) == 4
    assert len(runs()) == 4


def test_a_taken_port_is_named(out, capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert main(["--log", "--port", str(port)]) == 2
    assert f"--port {port}: a free port" in capsys.readouterr().err
    assert main(["--log", "--port", "99999"]) == 2
