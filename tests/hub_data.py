"""For the tests of the Hub: a small kind of model, the stub, and a client that is logged in."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

import pytest
from hub_stub import Hub, serve
from huggingface_hub import close_session, constants

from lib.errors import DataError
from lib.modelling.hub.kinds import Kind, Terms, read_card
from lib.modelling.hub.lock import Pinned, PinnedFile

REPO = "someone/their-models"
SECRET = "hf_" + "s" * 34
FILES = {"trees.ubj": b"{" + bytes(range(256)) * 300, "arrays.npz": b"PK\x03\x04" + b"x" * 2000}
METRICS = [{"name": "R², new artist", "value": 0.25, "low": 0.2, "high": 0.3}]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def model_files(**changes: object) -> dict[str, bytes]:
    """A whole model by file name."""
    card = {"format": "toy", "name": "Toy", "metrics": METRICS, "protocol": "p", "limits": ["l"]}
    card |= {"files": {name: sha256(content) for name, content in FILES.items()}} | changes
    return {"card.json": json.dumps(card).encode(), "README.md": b"# Toy\n", **FILES}


def write_model(folder: Path, **changes: object) -> Path:
    folder.mkdir(parents=True)
    for name, content in model_files(**changes).items():
        (folder / name).write_bytes(content)
    return folder


def check(folder: Path) -> dict[str, object]:
    card = read_card(folder)
    for name, digest in card["files"].items():
        if not (folder / name).is_file() or sha256((folder / name).read_bytes()) != digest:
            raise DataError(f"{folder / name}: missing or changed")
    return card


def pinned(name: str, commit: str, repo: str = REPO, **changes: object) -> Pinned:
    told = {file: PinnedFile(sha256(c), len(c)) for file, c in model_files(**changes).items()}
    return Pinned(name, repo, commit, name, told)


def in_repository(*names: str, **changes: object) -> dict[str, bytes]:
    """Files of a repository with a folder for each name."""
    files = {f"{n}/{file}": c for n in names for file, c in model_files(**changes).items()}
    return files | {"README.md": b"# All\n"}


TOY = Kind(
    "toy",
    "tabular-regression",
    lambda card: card.get("format") == "toy",
    check,
    {"trees.ubj": "trees", "arrays.npz": "EVERY TRAINING TRACK"},
    lambda card: Terms("mit", "Made up.", ("owner/data",)),
)


@pytest.fixture
def stub():
    with serve(Hub()) as one:
        one.add(REPO, in_repository("toy"))
        yield one
    close_session()


@pytest.fixture(autouse=True)
def client(monkeypatch, tmp_path):
    """Plain HTTP, an empty cache, short waits, and a user who is logged in."""
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "client"))
    (tmp_path / "token").write_text(SECRET)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.01)))
