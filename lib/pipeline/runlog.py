"""The log of all runs: MLflow with a local SQLite file, no server.

A notebook that finishes leaves a record, which takes no time; the runner, or
``./run_all.sh --log``, enters the records into MLflow. Nothing is lost when that fails:
the records wait for the next time.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import re
import shutil
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from lib.errors import WorkbookError
from lib.pipeline import context, logbook, places
from lib.pipeline.stages import stage

RECORD = "workbook.record"
"""Tag of the MLflow run that holds a record's name, so that none is entered twice."""
BATCH = 100


def leave(folder: Path, manifest: dict, seconds: float) -> None:
    """Leave a record of a notebook's run, to be entered into the log later.

    Parameters
    ----------
    folder : pathlib.Path
        What the notebook made: its figures and models become part of the record, its tables do
        not.
    manifest : dict
        See `lib.pipeline.step.Step.finish`.
    seconds : float
        How long it took.
    """
    ended = datetime.now(UTC)
    name = f"{ended:%Y%m%dT%H%M%S.%f}-{manifest['notebook']}-{os.getpid()}"
    pending = logbook.log_dir() / "pending"
    made = places.fresh_dir(pending, name)
    for part in ("figures", "models"):
        if (folder / part).exists():
            shutil.copytree(folder / part, made / part)
    shutil.copyfile(folder / "cost.json", made / "cost.json")
    places.write_json(made / "manifest.json", manifest)
    stood_on = {
        "versions": context.versions(),
        "machine": context.machine(),
        "commit": context.commit(places.ROOT),
        "started_ms": round(ended.timestamp() * 1000 - seconds * 1000),
        "ended_ms": round(ended.timestamp() * 1000),
    }
    places.write_json(made / "context.json", stood_on)
    places.replace_dir(made, pending / name)


def enter_pending() -> int:
    """Enter the records that wait, oldest first, and remove them.

    Returns
    -------
    int
        How many were entered.

    Raises
    ------
    WorkbookError
        When the log cannot be written. What has not been entered still waits.
    """
    if not _waiting():
        return 0
    try:
        # Runs of two profiles may end together.
        with _quiet(), (logbook.log_dir() / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            waiting = _waiting()
            client = logbook.open_log()
            for record in waiting:
                _enter(client, record)
                shutil.rmtree(record)
    except Exception as error:  # of SQLAlchemy, Alembic, MLflow, the disk: one message for all
        first = str(error).strip().splitlines()[:1]
        raise WorkbookError(
            f"{logbook.log_dir() / 'mlflow.db'}: the run could not be logged "
            f"({type(error).__name__}: {''.join(first)}). Its record waits for the next "
            "run; see to space and rights, or move the file away to begin a new log"
        ) from error
    return len(waiting)


def _waiting() -> list[Path]:
    return sorted((logbook.log_dir() / "pending").glob("[0-9]*"))


def metric_key(name: str, used: set[str]) -> str:
    """Write a number's name in the letters that MLflow allows, differently from those used.

    Examples
    --------
    >>> metric_key("R², XGBoost (audio+genres)", set())
    'R2 XGBoost audio and genres'
    >>> metric_key("rows", {"rows"})
    'rows 2'
    """
    text = name.replace("²", "2").replace("+", " and ").replace("%", " percent")
    text = re.sub(r"[^\w\-. ]+", " ", text, flags=re.ASCII)
    text = re.sub(r"\s+", " ", text)[:200].strip(". ") or "number"
    key, count = text, 1
    while key in used:
        count += 1
        key = f"{text} {count}"
    used.add(key)
    return key


def _enter(client: object, record: Path) -> None:
    from mlflow.entities import Dataset, DatasetInput, Metric, Param, RunTag

    manifest, cost, stood_on = (
        json.loads((record / f"{name}.json").read_text("utf-8"))
        for name in ("manifest", "cost", "context")
    )
    data = manifest["data"]
    experiment = _experiment(client, manifest["profile"])
    for old in logbook.find_runs(
        client, experiment, f"tags.`{RECORD}` = '{record.name}'", finished=False
    ):
        if old.info.status == "FINISHED":
            return
        client.delete_run(old.info.run_id)
    tags = {
        RECORD: record.name,
        "mlflow.source.name": stage(manifest["notebook"]).path,
        "mlflow.source.git.commit": stood_on["commit"] or "unknown",
        "mlflow.note.content": "\n".join(f"- {text}" for text in manifest["findings"])[:5000],
        "machine": stood_on["machine"],
        logbook.DATA: logbook.identity(data),
        "data.generated": str(data["generated"]),
        **{f"data.{name}": digest for name, digest in data["files"].items()},
        **{f"version.{name}": version for name, version in stood_on["versions"].items()},
    }
    run = client.create_run(
        experiment, start_time=stood_on["started_ms"], run_name=manifest["notebook"], tags=tags
    ).info.run_id
    datasets = [
        Dataset(name, digest[:32], "local", json.dumps({"file": name}))
        for name, digest in data["files"].items()
    ]
    client.log_inputs(run, [DatasetInput(dataset, []) for dataset in datasets])
    numbers = _numbers(manifest["metrics"]) | {f"cost/{name}": n for name, n in cost.items()}
    metrics = [Metric(name, n, stood_on["ended_ms"], 0) for name, n in numbers.items()]
    params = [Param(name, str(value)) for name, value in manifest["parameters"].items()]
    client.log_batch(run, params=params[:BATCH])
    for first in range(0, len(metrics), BATCH):
        client.log_batch(run, metrics=metrics[first : first + BATCH])
    client.log_batch(run, tags=[RunTag("numbers", str(len(manifest["metrics"])))])
    client.log_artifacts(run, str(record))
    client.set_terminated(run, end_time=stood_on["ended_ms"])


def _numbers(metrics: list[dict]) -> dict[str, float]:
    """Flatten a manifest's numbers: each with its interval and baseline under names of their own.

    Protocols and rows stand in the run's artifact ``manifest.json``.
    """
    used: set[str] = set()
    numbers = {}
    for metric in metrics:
        key = metric_key(metric["name"], used)
        parts = {"": "value", "/low": "low", "/high": "high", "/baseline": "baseline_value"}
        for suffix, field in parts.items():
            if metric[field] is not None:
                numbers[key + suffix] = float(metric[field])
    return numbers


def _experiment(client: object, name: str) -> str:
    found = client.get_experiment_by_name(name)
    if found is not None:
        return found.experiment_id
    # The page then opens on the table of runs instead of on tools for language models.
    kind = {"mlflow.experimentKind": "custom_model_development"}
    return client.create_experiment(
        name, artifact_location=logbook.artifacts_address(name), tags=kind
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries' log lines from the user; errors are raised, not logged."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
