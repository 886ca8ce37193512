"""--fetch against a Hub on the loopback: it arrives whole, or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hub_stub import hub

PATH = "datasets/maharshipandya/spotify-tracks-dataset/resolve/main/dataset.csv"
FETCH = """
import sys
from pathlib import Path
from lib.errors import DataError
from lib.pipeline.fetch import fetch_tracks
try:
    fetch_tracks(Path(sys.argv[1]))
except DataError as error:
    sys.exit(f"refused: {error}")
"""


def fetch(raw: Path, endpoint: str) -> subprocess.CompletedProcess:
    # The Hub's client reads its settings when imported, hence a process of its own.
    settings = {"HF_ENDPOINT": endpoint, "HF_HUB_DISABLE_XET": "1", "HF_HOME": str(raw / "home")}
    return subprocess.run(
        [sys.executable, "-c", FETCH, str(raw)],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def left(raw: Path) -> list[str]:
    return sorted(str(path.relative_to(raw)) for path in (raw / "tracks").rglob("*"))


def test_the_file_arrives_and_a_second_fetch_keeps_it(tmp_path):
    with hub({PATH: b"a,b\n1,2\n" * 100_000}) as endpoint:
        done = fetch(tmp_path, endpoint)
    assert done.returncode == 0, done.stderr
    assert left(tmp_path) == ["tracks/dataset.csv"]
    assert (tmp_path / "tracks/dataset.csv").stat().st_size == 800_000
    again = fetch(tmp_path, "http://127.0.0.1:9")
    assert again.returncode == 0
    assert "is there already" in again.stderr


@pytest.mark.parametrize("trouble", ["no network", "no such file", "cut off"])
def test_a_fetch_that_fails_says_so_in_a_sentence_and_leaves_nothing(tmp_path, trouble):
    files = {} if trouble == "no such file" else {PATH: b"a,b\n" * 100_000}
    with hub(files, cut_after=1000 if trouble == "cut off" else None) as endpoint:
        done = fetch(tmp_path, "http://127.0.0.1:9" if trouble == "no network" else endpoint)
    assert done.returncode == 1
    message = done.stderr[done.stderr.index("refused: ") :].strip()
    assert "could not get dataset.csv from the Hub" in message
    assert "\n" not in message
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "tracks").exists()
