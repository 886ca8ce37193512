"""Models at rest: a folder of XGBoost's own format, JSON and plain arrays, with a card.

Nothing in such a folder can run code when it is loaded. A pickle is refused, and no file is parsed
before its hash has been compared with the card's: XGBoost may crash on a damaged one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
import xgboost as xgb

from lib.errors import DataError
from lib.modelling.cards import card_text
from lib.modelling.conformal import Calibration
from lib.modelling.contract import VERSION
from lib.modelling.neighbours import Neighbours

FILES = ("point.ubj", "spread.ubj", "contract.json", "calibration.json", "neighbours.npz")
"""What a model folder holds beside its card (card.json) and the card's text (README.md)."""

CLUTTER = (".DS_Store", "Thumbs.db", "desktop.ini")
"""What file managers leave in any folder; never opened."""

PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".dill")
FIRST_BYTES = {".ubj": b"{", ".json": b"{", ".npz": b"PK\x03\x04"}
NEXT_STEP = "train the model again, or get the folder again"


@dataclass(frozen=True)
class PopularityModel:
    """All that scoring needs.

    Attributes
    ----------
    contract : dict
        See `lib.modelling.contract.make_contract`.
    point, spread : xgboost.Booster
        Models of the popularity and of the absolute error.
    calibration : Calibration
    neighbours : Neighbours
    """

    contract: dict[str, object]
    point: xgb.Booster
    spread: xgb.Booster
    calibration: Calibration
    neighbours: Neighbours


def save_model(folder: Path, model: PopularityModel, about: Mapping[str, object]) -> None:
    """Write a model folder: to a temporary name first, then renamed.

    Parameters
    ----------
    folder : pathlib.Path
        Where it is to stand; a model that stands there is replaced.
    model : PopularityModel
    about : mapping
        What the card tells, as JSON can hold it: ``name``, ``purpose``, ``protocol``, ``data``
        (what identifies the training data), ``settings``, ``metrics`` (a list of name, value,
        unit, low, high, baseline, baseline_value), ``limits`` (a list), ``commit``.

    Raises
    ------
    DataError
        When the folder holds something that is not a model.
    """
    if folder.exists() and not (folder / "card.json").is_file():
        raise DataError(f"{folder}: not a model folder, so it is not replaced; name another")
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        model.point.save_model(new / "point.ubj")
        model.spread.save_model(new / "spread.ubj")
        _write_json(new / "contract.json", model.contract)
        lists = {name: _plain(value) for name, value in asdict(model.calibration).items()}
        _write_json(new / "calibration.json", lists)
        np.savez(new / "neighbours.npz", **_arrays(model.neighbours))
        card = {
            "format": "popularity-model",
            "contract_version": VERSION,
            "packages": {
                package.__name__: package.__version__ for package in (np, pd, sklearn, xgb)
            },
            **about,
            "files": {name: _sha256(new / name) for name in FILES},
        }
        _write_json(new / "card.json", card)
        (new / "README.md").write_text(card_text(card, model.contract), encoding="utf-8")
        new.chmod(0o755)
        _replace(new, folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def load_model(folder: Path) -> PopularityModel:
    """Check a model folder and load it.

    Raises
    ------
    DataError
        When a file is missing, changed, extra, a pickle or in an unknown format; when the
        contract's version or XGBoost's major version is another one.
    """
    check_model(folder)
    contract = _read_json(folder / "contract.json")
    calibration = _read_json(folder / "calibration.json")
    try:
        for name in calibration.keys() - {"coverage"}:
            calibration[name] = np.array(calibration[name], dtype=np.float64)
        law = Calibration(**calibration)
        boosters = [xgb.Booster(model_file=folder / name) for name in FILES[:2]]
        with np.load(folder / "neighbours.npz", allow_pickle=False) as arrays:
            kept = {field.name: arrays[field.name] for field in fields(Neighbours)}
    except (xgb.core.XGBoostError, TypeError, ValueError, KeyError) as error:
        first = str(error).strip().splitlines()[0]
        raise DataError(f"{folder}: a file that cannot be read ({first}); {NEXT_STEP}") from None
    kept["genres"] = tuple(kept["genres"].tolist())
    return PopularityModel(contract, *boosters, law, Neighbours(**kept))


def check_model(folder: Path) -> dict[str, object]:
    """Return the card of a model folder whose files are all there and unchanged.

    Raises
    ------
    DataError
        As `load_model`; nothing but JSON is parsed.
    """
    if not (folder / "card.json").is_file():
        raise DataError(
            f"{folder}: a model folder with a card.json expected, found "
            f"{'none in it' if folder.is_dir() else 'no such folder'}; name the folder that "
            "08_train_model made"
        )
    for path in sorted(folder.iterdir()):
        if path.suffix in PICKLES or _first_bytes(path).startswith(b"\x80"):
            raise DataError(
                f"{path}: a pickle can run code when it is loaded, so none is; expected only "
                f"{', '.join(FILES)}"
            )
        if path.name not in (*FILES, "card.json", "README.md", *CLUTTER):
            raise DataError(
                f"{path}: unknown {'folder' if path.is_dir() else 'file'}; expected only "
                f"{', '.join(FILES)} and the card. If it is yours, move it elsewhere"
            )
    card = _read_json(folder / "card.json")
    if card.get("format") != "popularity-model" or card.get("contract_version") != VERSION:
        raise DataError(
            f"{folder}: format 'popularity-model', contract version {VERSION} expected, found "
            f"{card.get('format')!r}, version {card.get('contract_version')}; {NEXT_STEP}"
        )
    for name in ("packages", "files"):
        if not isinstance(card.get(name), dict):
            raise DataError(f"{folder / 'card.json'}: no table {name!r} in it; {NEXT_STEP}")
    theirs = str(card["packages"].get("xgboost", "none"))
    if theirs.split(".")[0] != xgb.__version__.split(".")[0]:
        raise DataError(
            f"{folder}: made by XGBoost {theirs}, here is {xgb.__version__}; {NEXT_STEP}"
        )
    for name in FILES:
        path, expected = folder / name, card["files"].get(name)
        if not path.is_file():
            raise DataError(f"{path}: missing from the model; {NEXT_STEP}")
        if (found := _sha256(path)) != expected:
            raise DataError(
                f"{path}: changed since the model was saved: SHA-256 {str(expected)[:12]}… "
                f"expected, found {found[:12]}…; {NEXT_STEP}"
            )
        if not _first_bytes(path).startswith(FIRST_BYTES[path.suffix]):
            raise DataError(f"{path}: not in the format its name promises; {NEXT_STEP}")
    return card


def git_commit(folder: Path) -> str:
    """Name the commit of a folder's repository, with "+changes" if files differ; or nothing."""
    command = ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+changes"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _arrays(neighbours: Neighbours) -> dict[str, np.ndarray]:
    named = {field.name: getattr(neighbours, field.name) for field in fields(Neighbours)}
    return named | {"genres": np.array(neighbours.genres, dtype=np.str_)}


def _plain(value: object) -> object:
    return value.tolist() if isinstance(value, np.ndarray) else value


def _first_bytes(path: Path) -> bytes:
    if not path.is_file():
        return b""
    with path.open("rb") as handle:
        return handle.read(4)


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _write_json(path: Path, content: object) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    path.write_text(text, encoding="utf-8")


def _read_json(path: Path) -> dict[str, object]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DataError(f"{path}: no JSON ({error}); {NEXT_STEP}") from None
    if not isinstance(content, dict):
        raise DataError(f"{path}: a JSON object expected; {NEXT_STEP}")
    return content


def _replace(new: Path, target: Path) -> None:
    aside = target.with_name(f".{target.name}.old.{os.getpid()}")
    if target.exists():
        target.replace(aside)
    try:
        new.replace(target)
    except BaseException:
        if aside.exists():
            aside.replace(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)
