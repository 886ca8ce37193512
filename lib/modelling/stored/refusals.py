"""Try on copies of a model folder what must be refused, and return what is said to it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from lib.errors import DataError
from lib.modelling.hub.lock import check_name
from lib.modelling.stored import store

LOADED = "loaded"


def refusals(folder: Path, pickled: bytes) -> dict[str, str]:
    """Load a model as it is, and with each of several things wrong.

    Parameters
    ----------
    folder : pathlib.Path
        A good model folder; it is copied, not touched.
    pickled : bytes
        A pickle to put into a copy.

    Returns
    -------
    dict of str to str
        By trial: `LOADED`, or the message of the refusal.
    """
    trials: dict[str, Callable[[Path], object]] = {
        "the model as it is": lambda copy: None,
        "a pickle beside its files": lambda copy: (copy / "point.pkl").write_bytes(pickled),
        "a pickle by the name of its trees": lambda copy: _trees(copy).write_bytes(pickled),
        "one byte changed, the size the same": lambda copy: _change_a_byte(_trees(copy)),
        "a file missing": lambda copy: _trees(copy).unlink(),
        "a pickle on the Hub": lambda copy: check_name("someone/their-models", "model.pkl"),
    }
    return {name: _answer(folder, trial) for name, trial in trials.items()}


def _answer(folder: Path, trial: Callable[[Path], object]) -> str:
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(shutil.copytree(folder, Path(temporary, folder.name)))
        try:
            trial(copy)
            store.load_model(copy)
        except DataError as error:
            return str(error).replace(temporary, "…")
    return LOADED


def _trees(folder: Path) -> Path:
    """Pick the model's largest file of trees; every kind has one, for the spread at least."""
    return max(folder.glob("*.ubj"), key=lambda path: path.stat().st_size)


def _change_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
