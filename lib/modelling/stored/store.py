"""Models at rest: a folder of XGBoost's own format, JSON and plain arrays, with a card.

Nothing in such a folder can run code when it is loaded. A pickle is refused, and no file is parsed
before its hash has been compared with the card's. XGBoost, which crashes on files that were made to
be wrong, reads none before `lib.modelling.stored.tree_file` has.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
import xgboost as xgb

from lib.errors import DataError
from lib.modelling.stored.cards import card_text, wrong_in_card
from lib.modelling.stored.contract import VERSION, wrong_in_contract
from lib.modelling.stored.model_files import (
    CLUTTER,
    FIRST_BYTES,
    NAMES,
    NEXT_STEP,
    PICKLES,
    file_names,
    first_bytes,
    read_json,
    replace_folder,
    sha256,
    write_json,
)
from lib.modelling.stored.model_parts import check_parts, read_parts, write_parts
from lib.modelling.stored.popularity_model import PopularityModel
from lib.modelling.stored.recipes import KINDS, LINEAR

FORMAT = "popularity-model"


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
        write_parts(new, model)
        kind, artist = model.contract["kind"], model.contract["artist"]
        card = {
            "format": FORMAT,
            "contract_version": VERSION,
            "kind": kind,
            "artist": artist,
            "packages": {
                package.__name__: package.__version__ for package in (np, pd, sklearn, xgb)
            },
            **about,
            "files": {name: sha256(new / name) for name in file_names(kind == LINEAR, artist)},
        }
        write_json(new / "card.json", card)
        (new / "README.md").write_text(card_text(card, model.contract), encoding="utf-8")
        new.chmod(0o755)
        replace_folder(new, folder)
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
    card = check_model(folder)
    contract = read_json(folder / "contract.json")
    said, found = ([one.get(name) for name in ("kind", "artist")] for one in (card, contract))
    if said != found:
        raise DataError(f"{folder}: kind and artist {said} expected, found {found}; {NEXT_STEP}")
    if wrong := wrong_in_contract(contract):
        raise DataError(f"{folder / 'contract.json'}: wrong {wrong}; {NEXT_STEP}")
    try:
        model = read_parts(folder, contract)
        check_parts(model)
        return model
    except DataError:  # names the file itself
        raise
    except Exception as error:  # a file that was made to be wrong raises what it likes
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise DataError(f"{folder}: a file that cannot be read ({first}); {NEXT_STEP}") from None


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
        if path.suffix.lower() in PICKLES or first_bytes(path).startswith(b"\x80"):
            raise DataError(
                f"{path}: a pickle can run code when it is loaded, so none is; expected only "
                f"{', '.join(NAMES)}"
            )
        if path.name not in (*NAMES, "card.json", "README.md", *CLUTTER):
            raise DataError(
                f"{path}: unknown {'folder' if path.is_dir() else 'file'}; expected only "
                f"{', '.join(NAMES)} and the card. If it is yours, move it elsewhere"
            )
    card = read_json(folder / "card.json")
    _check_card(folder, card)
    for path in sorted(folder.iterdir()):
        if path.name in NAMES and path.name not in card["files"]:
            raise DataError(f"{path}: not in the card's list of files; {NEXT_STEP}")
    for name, expected in card["files"].items():
        path = folder / name
        if not path.is_file():
            raise DataError(f"{path}: missing from the model; {NEXT_STEP}")
        if (found := sha256(path)) != expected:
            raise DataError(
                f"{path}: changed since the model was saved: SHA-256 {str(expected)[:12]}… "
                f"expected, found {found[:12]}…; {NEXT_STEP}"
            )
        if not first_bytes(path).startswith(FIRST_BYTES[path.suffix]):
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


def _check_card(folder: Path, card: Mapping[str, object]) -> None:
    if card.get("format") != FORMAT or card.get("contract_version") != VERSION:
        raise DataError(
            f"{folder}: format {FORMAT!r}, contract version {VERSION} expected, found "
            f"{card.get('format')!r}, version {card.get('contract_version')}; {NEXT_STEP}"
        )
    for name in ("packages", "files"):
        if not isinstance(card.get(name), dict):
            raise DataError(f"{folder / 'card.json'}: no table {name!r} in it; {NEXT_STEP}")
    if wrong := wrong_in_card(card):
        raise DataError(
            f"{folder / 'card.json'}: texts, lists of texts, and scores that are numbers "
            f"expected, found another thing under {wrong!r}; {NEXT_STEP}"
        )
    theirs = str(card["packages"].get("xgboost", "none"))
    if theirs.split(".")[0] != xgb.__version__.split(".")[0]:
        raise DataError(
            f"{folder}: made by XGBoost {theirs}, here is {xgb.__version__}; {NEXT_STEP}"
        )
    kind, artist = card.get("kind"), card.get("artist")
    if kind not in KINDS or not isinstance(artist, bool):
        raise DataError(
            f"{folder}: kind one of {', '.join(KINDS)}, artist true or false expected, found "
            f"{kind!r} and {artist!r}; {NEXT_STEP}"
        )
    needed = file_names(kind == LINEAR, artist)
    if set(card["files"]) != set(needed):
        raise DataError(
            f"{folder}: card for {', '.join(sorted(needed))} expected, found "
            f"{', '.join(sorted(map(str, card['files'])))}; {NEXT_STEP}"
        )
