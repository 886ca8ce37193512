"""Which models of the Hugging Face Hub are used: repository, commit, and each file's hash.

The lock file is small and in git. A file that is not named in it is never fetched, and one whose
name promises a format that can run code is refused when the lock is read, before any request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from lib.errors import DataError
from lib.files import written_whole

FORMAT = 1
ALLOWED = {
    ".ubj": "XGBoost's own format",
    ".json": "JSON",
    ".npz": "plain arrays",
    ".md": "text",
}
"""Formats that hold data and no code, by the end of the name."""

RUNS_CODE = (
    *(".pkl", ".pickle", ".joblib", ".dill", ".pt", ".pth", ".bin", ".ckpt", ".npy", ".h5"),
    *(".keras", ".py", ".pyc", ".so", ".dll", ".sh", ".ipynb", ".exe", ".whl", ".jar"),
)
"""Formats that run code when they are loaded, or may do so (arrays of objects are pickled)."""

INSTEAD = (
    "use a model that this workbook trained (./run_all.sh --only 08_train_model), or a repository "
    "that ./run_all.sh --publish-models filled"
)
FLAT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
REPO_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
COMMIT = re.compile(r"[0-9a-f]{40}")
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class PinnedFile:
    """What a file must be: its SHA-256 in hexadecimal, and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Pinned:
    """One model of the lock.

    Attributes
    ----------
    name : str
    repo_id : str
        ``owner/name`` on the Hub.
    revision : str
        Commit, 40 hexadecimal digits; a branch may move.
    folder : str
        Folder of the repository that the model lies in, empty for the repository itself.
    files : dict of str to PinnedFile
        By name; a model folder has no folders in it.
    """

    name: str
    repo_id: str
    revision: str
    folder: str
    files: dict[str, PinnedFile]

    def path_of(self, file: str) -> str:
        """Path of a file in the repository."""
        return f"{self.folder}/{file}" if self.folder else file


def check_name(where: object, name: str) -> None:
    """Refuse a file by its name alone.

    Raises
    ------
    DataError
        When the name has folders in it, or an ending that is not in `ALLOWED`.

    Examples
    --------
    >>> check_name("owner/name", "point.ubj")
    >>> check_name("owner/name", "model.pkl")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    lib.errors.DataError: owner/name: model.pkl can run code when it is loaded
    """
    ending = Path(name).suffix.lower()
    if ending in RUNS_CODE:
        raise DataError(
            f"{where}: {name} can run code when it is loaded ({ending}), so it is not fetched; "
            f"expected only {', '.join(ALLOWED)}: {INSTEAD}"
        )
    if ending not in ALLOWED or not FLAT.fullmatch(name):
        raise DataError(
            f"{where}: a file name ending in {', '.join(ALLOWED)} expected, without folders, "
            f"found {name!r}; {INSTEAD}"
        )


def check_repo_id(repo_id: str) -> None:
    """Refuse what cannot be the name of a repository.

    Raises
    ------
    DataError
        When it is not ``owner/name``.
    """
    if not isinstance(repo_id, str) or not REPO_ID.fullmatch(repo_id):
        raise DataError(f"repository {repo_id!r}: owner/name expected, such as me/my-models")


def read_lock(path: Path) -> dict[str, Pinned]:
    """Read and check a lock file; one that does not exist pins nothing.

    Raises
    ------
    DataError
        When it is damaged, of another format, or names a file that could run code.
    """
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text("utf-8"), object_pairs_hook=_no_name_twice)
        if content["format"] != FORMAT:
            raise DataError(
                f"{path}: format {FORMAT} expected, found {content['format']!r}; write it anew "
                "with ./run_all.sh --pin-models REPO"
            )
        models = [_entry(name, raw) for name, raw in content["models"].items()]
    except DataError as error:
        raise DataError(f"{path.name}: {error}") from None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(
            f"{path}: no lock of models ({type(error).__name__}: {error}); get it back from git, "
            "or write it anew with ./run_all.sh --pin-models REPO"
        ) from None
    return {one.name: one for one in models}


def write_lock(path: Path, models: Iterable[Pinned]) -> None:
    """Write a lock file: to a temporary name first, then renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as temporary:
        temporary.write_text(lock_text(models), encoding="utf-8")


def lock_text(models: Iterable[Pinned]) -> str:
    """Write the lock as JSON, models and files in the order of their names."""
    entries = {one.name: asdict(one) for one in sorted(models, key=lambda one: one.name)}
    for entry in entries.values():
        del entry["name"]
        entry["files"] = dict(sorted(entry["files"].items()))
    content = {"format": FORMAT, "models": entries}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _no_name_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # Python would silently take the last, which need not be the one that was looked at.
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(n for n in names if names.count(n) > 1)!r} stands there twice")
    return content


def _entry(name: str, raw: Mapping[str, object]) -> Pinned:
    files = {file: PinnedFile(**told) for file, told in raw["files"].items()}
    one = Pinned(name, raw["repo_id"], raw["revision"], raw["folder"], files)
    check_repo_id(one.repo_id)
    right = {
        "name": FLAT.fullmatch(name),
        "folder": not one.folder or FLAT.fullmatch(one.folder),
        "revision (a commit of 40 hexadecimal digits)": COMMIT.fullmatch(one.revision),
        "files (card.json among them)": "card.json" in files,
        "files (SHA-256 and size)": all(
            SHA256.fullmatch(file.sha256) and type(file.size) is int and file.size >= 0
            for file in files.values()
        ),
    }
    wrong = [what for what, good in right.items() if not good]
    if wrong:
        raise DataError(
            f"model {name!r}: wrong {', '.join(wrong)}; pin it again with ./run_all.sh "
            f"--pin-models {one.repo_id}"
        )
    for file in files:
        check_name(f"model {name!r} of {one.repo_id}", file)
    return one
