"""The log of all runs: MLflow with a local SQLite file, no server.

A notebook that finishes leaves a record, which takes no time; the runner, or
``./run_all.sh --log``, enters the records into MLflow. Nothing is lost when that fails:
the records wait for the next time.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

from lib.errors import WorkbookError
from lib.pipeline import context, places

RECORD = "workbook.record"
"""Tag of the MLflow run that holds a record's name, so that none is entered twice."""
DATA = "data.identity"
BATCH = 100


def log_dir() -> Path:
    """Folder of the log: ``mlflow.db``, ``artifacts`` and the records that wait in ``pending``."""
    return places.out_dir() / "data" / "work" / "log"


def address() -> str:
    """Tracking address of the log, as MLflow wants it."""
    return f"sqlite:///{log_dir() / 'mlflow.db'}"


def exists() -> bool:
    """Tell whether anything was ever logged."""
    return (log_dir() / "mlflow.db").exists()


def serve(port: int) -> int:
    """Enter what waits, and serve MLflow's page on this machine until Ctrl-C.

    Returns
    -------
    int
        Exit code of MLflow's server.
    """
    enter_pending()
    if not exists():
        raise WorkbookError("the run log is empty; ./run_all.sh fills it")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    print(f"Log of all runs: http://127.0.0.1:{port} (Ctrl-C ends it)", file=sys.stderr)
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", address()]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    return subprocess.run(command, check=False).returncode


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
    pending = log_dir() / "pending"
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
    waiting = sorted((log_dir() / "pending").glob("[0-9]*"))
    if not waiting:
        return 0
    try:
        with _quiet():
            client = open_log()
            for record in waiting:
                _enter(client, record)
                shutil.rmtree(record)
    except Exception as error:  # of SQLAlchemy, Alembic, MLflow, the disk: one message for all
        first = str(error).strip().splitlines()[:1]
        raise WorkbookError(
            f"{log_dir() / 'mlflow.db'}: the run could not be logged ({type(error).__name__}: "
            f"{''.join(first)}). Its record waits for the next run; see to space and rights, or "
            "move the file away to begin a new log"
        ) from error
    return len(waiting)


def open_log() -> object:
    """Open the log.

    Returns
    -------
    mlflow.MlflowClient
        Of the SQLite file, which is made if need be.
    """
    log_dir().mkdir(parents=True, exist_ok=True)
    # MLflow reports its use to its makers unless told not to, and takes seconds to import.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=address())


def latest_runs(client: object, notebook: str, data: dict) -> list:
    """Read the newest runs of a notebook on some data from the log.

    Parameters
    ----------
    client : mlflow.MlflowClient
    notebook : str
        Its name without ``.ipynb``.
    data : dict
        See `lib.pipeline.sources.Source.describe`.

    Returns
    -------
    list of mlflow.entities.Run
        Finished runs, the newest first, at most two.
    """
    experiment = client.get_experiment_by_name(data["profile"])
    if experiment is None:
        return []
    where = f"tags.`{DATA}` = '{identity(data)}' and attributes.run_name = '{notebook}'"
    return list(itertools.islice(_pages(client, experiment.experiment_id, where), 2))


def identity(data: dict) -> str:
    """Boil what identifies some data down to 32 hexadecimal digits."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:32]


def artifact(run: object, name: str) -> Path:
    """Path of a file or folder that a run left in the log."""
    return Path(url2pathname(urlparse(run.info.artifact_uri).path)) / name


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
    for old in _pages(client, experiment, f"tags.`{RECORD}` = '{record.name}'", finished=False):
        if old.info.status == "FINISHED":
            return
        client.delete_run(old.info.run_id)
    tags = {
        RECORD: record.name,
        "mlflow.source.name": f"notebooks/{manifest['notebook']}.ipynb",
        "mlflow.source.git.commit": stood_on["commit"] or "unknown",
        "mlflow.note.content": "\n".join(f"- {text}" for text in manifest["findings"])[:5000],
        "machine": stood_on["machine"],
        DATA: identity(data),
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
    place = (log_dir() / "artifacts" / name).as_uri()
    # The page then opens on the table of runs instead of on tools for language models.
    kind = {"mlflow.experimentKind": "custom_model_development"}
    return client.create_experiment(name, artifact_location=place, tags=kind)


def _pages(client: object, experiment: str, where: str, finished: bool = True) -> Iterator:
    where += " and attributes.status = 'FINISHED'" if finished else ""
    token = None
    while True:
        page = client.search_runs(
            [experiment],
            where,
            order_by=["attributes.start_time DESC"],
            page_token=token,
        )
        yield from page
        token = page.token
        if not token:
            return


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
