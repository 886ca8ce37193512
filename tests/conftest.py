"""What tests share across files and processes: a run of the sample, a JupyterLab, a browser."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from lab_browser import chromium, jupyterlab

from lib.pipeline import places


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory) -> Path:
    """All notebooks, run on the sample once for all test processes: to be copied, not changed."""
    root = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        root = root.parent
    folder, said = root / "sample_run", root / "sample_run.log"
    with (root / "sample_run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.exists():
            kept = {name: value for name, value in os.environ.items() if name != "WORKBOOK_DATA"}
            done = subprocess.run(
                [sys.executable, "-m", "lib.pipeline"],
                cwd=places.ROOT,
                env=kept | {"WORKBOOK_OUT": str(folder), "MPLBACKEND": "Agg"},
                capture_output=True,
                text=True,
                check=False,
            )
            said.write_text(f"{done.returncode}\n{done.stderr}", encoding="utf-8")
    code, _, text = said.read_text("utf-8").partition("\n")
    assert code == "0", text
    return folder


@pytest.fixture(scope="session")
def lab(tmp_path_factory, sample_run):
    """A JupyterLab on copies of the notebooks and of the sample run."""
    home = tmp_path_factory.mktemp("lab")
    shutil.copytree(sample_run / "data", home / "out" / "data")
    with jupyterlab(home) as url:
        yield url


@pytest.fixture(scope="module")
def browser():
    """A Chromium that reaches loopback only; while it is open no other event loop can run."""
    with chromium() as running:
        yield running
