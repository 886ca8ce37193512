"""The log of all runs as MLflow keeps it: where it lies, opened, read, and served as a page."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

from lib.errors import WorkbookError
from lib.pipeline import places

DATA = "data.identity"
"""Tag of an MLflow run that holds what identifies its data."""


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
    """Serve MLflow's page on this machine until Ctrl-C.

    Returns
    -------
    int
        Exit code of MLflow's server; 0 after Ctrl-C.

    Raises
    ------
    WorkbookError
        When nothing was ever logged, or the port is taken.
    """
    _require_free(port)
    if not exists():
        raise WorkbookError("the run log is empty; ./run_all.sh fills it")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    _follow_move()
    print(f"Log of all runs: http://127.0.0.1:{port} (Ctrl-C ends it)", file=sys.stderr)
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", address()]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    try:
        return subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:
        return 0


def _require_free(port: int) -> None:
    # Left to itself the server would say so in the midst of its own lines, and go on trying.
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            raise WorkbookError(
                f"--port {port}: a free port from 1 to 65535 expected, found {error}; another log "
                "may be open there already. Name another one, e.g. --port 5001"
            ) from None


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

    _follow_move()
    return MlflowClient(tracking_uri=address())


def _follow_move() -> None:
    """Bring the log in line with where it lies now: MLflow keeps whole paths of artifacts."""
    if not exists():
        return
    with contextlib.closing(sqlite3.connect(log_dir() / "mlflow.db")) as log, log:
        if not log.execute("SELECT 1 FROM sqlite_master WHERE name = 'experiments'").fetchone():
            return
        for number, name, old in log.execute(
            "SELECT experiment_id, name, artifact_location FROM experiments"
        ).fetchall():
            new = artifacts_address(name)
            if old == new or not old.endswith(f"/log/artifacts/{name}"):
                continue
            moved = "UPDATE experiments SET artifact_location = ? WHERE experiment_id = ?"
            log.execute(moved, (new, number))
            moved = "UPDATE runs SET artifact_uri = ? || substr(artifact_uri, ?)"
            moved += " WHERE experiment_id = ? AND substr(artifact_uri, 1, ?) = ?"
            log.execute(moved, (new, len(old) + 1, number, len(old), old))


def artifacts_address(profile: str) -> str:
    """Address of the files that the runs of a profile leave in the log."""
    return (log_dir() / "artifacts" / profile).as_uri()


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
    return list(itertools.islice(find_runs(client, experiment.experiment_id, where), 2))


def identity(data: dict) -> str:
    """Boil what identifies some data down to 32 hexadecimal digits."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:32]


def artifact(run: object, name: str) -> Path:
    """Path of a file or folder that a run left in the log."""
    return Path(url2pathname(urlparse(run.info.artifact_uri).path)) / name


def find_runs(client: object, experiment: str, where: str, finished: bool = True) -> Iterator:
    """Go through the runs of an experiment that a filter finds, the newest first."""
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
