"""The files of a model folder: names, hashes, JSON, and a folder that appears all at once."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

from lib.errors import DataError

FILES = ("contract.json", "spread.ubj", "calibration.json", "neighbours.npz")
"""What every model folder holds beside its point model, card.json and README.md."""

TREES, COEFFICIENTS = "point.ubj", "point.json"
"""The point model: XGBoost's own format, or a linear model's numbers."""

OF_ARTIST = ("artists.json", "spread_known.ubj", "calibration_known.json")
"""What a model with the artist among its inputs holds as well."""

NAMES = (*FILES, TREES, COEFFICIENTS, *OF_ARTIST)
"""Every file that the card may list."""

CLUTTER = (".DS_Store", "Thumbs.db", "desktop.ini")
"""What file managers leave in any folder; never opened."""

PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".dill")
FIRST_BYTES = {".ubj": b"{", ".json": b"{", ".npz": b"PK\x03\x04"}
LARGEST_JSON = 64_000_000
"""Bytes of a JSON file that is read; models of a whole catalogue have a small part of it."""

NEXT_STEP = "train the model again, or get the folder again"


def file_names(linear: bool, artist: bool) -> tuple[str, ...]:
    """Name the files of a model folder, without the card.

    Examples
    --------
    >>> file_names(linear=True, artist=False)[-1]
    'point.json'
    """
    point = COEFFICIENTS if linear else TREES
    return (*FILES, point, *(OF_ARTIST if artist else ()))


def sha256(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def first_bytes(path: Path) -> bytes:
    """Read the first four bytes of a file; nothing of what is none."""
    if not path.is_file():
        return b""
    with path.open("rb") as handle:
        return handle.read(4)


def write_json(path: Path, content: object) -> None:
    """Write JSON, the same bytes for the same content."""
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    path.write_text(text, encoding="utf-8")


def json_text(path: Path) -> str:
    """Read the text of a JSON file.

    Raises
    ------
    ValueError
        When it is not UTF-8, or larger than any that a model has.
    """
    if (size := path.stat().st_size) > LARGEST_JSON:
        raise ValueError(f"{size:,} bytes, more than the {LARGEST_JSON:,} that are read")
    return path.read_text("utf-8")


def read_json(path: Path) -> dict[str, object]:
    """Read a JSON object.

    Raises
    ------
    DataError
        When it is none.
    """
    try:
        content = json.loads(json_text(path))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: no JSON ({error}); {NEXT_STEP}") from None
    if not isinstance(content, dict):
        raise DataError(f"{path}: a JSON object expected; {NEXT_STEP}")
    return content


def replace_folder(new: Path, target: Path) -> None:
    """Put the folder `new` in the place of `target`, which stays if that fails."""
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
