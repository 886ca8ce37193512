"""Pin models of the Hugging Face Hub: write a repository's models, as they are, into the lock."""

from __future__ import annotations

import difflib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from lib.errors import DataError
from lib.modelling.hub.kinds import Kind, check_folder
from lib.modelling.hub.lock import (
    ALLOWED,
    COMMIT,
    FLAT,
    INSTEAD,
    RUNS_CODE,
    Pinned,
    PinnedFile,
    check_repo_id,
    lock_text,
    read_lock,
    write_lock,
)
from lib.modelling.hub.pulling import pulled_folder, settle
from lib.modelling.stored.model_files import sha256

MOST_BYTES = 500 * 2**20
"""Of a model; the largest of this workbook are a few megabytes."""


def pin(
    repo_id: str,
    revision: str,
    lock: Path,
    cache: Path,
    kinds: Sequence[Kind],
    *,
    token: str | bool = False,
    endpoint: str | None = None,
    dry_run: bool = False,
    show: Callable[[str], object] = print,
) -> list[Pinned]:
    """Download a repository's models as they are now, check them, and write them into the lock.

    Each folder with a card.json is a model, the repository itself included. A model of the same
    name is replaced in the lock. What would change is shown before it is written.

    Parameters
    ----------
    repo_id : str
    revision : str
        Branch, tag or commit; the lock gets the commit.
    lock : pathlib.Path
        Lock file to change.
    cache : pathlib.Path
        As `pull`: the models are there afterwards.
    kinds : sequence of Kind
        Kinds of model that are accepted; a folder that fails its kind's check is refused.
    token, endpoint
        As `pull`.
    dry_run : bool, optional
        Leave the lock as it is.
    show : callable, optional
        Gets the difference, in the form of a patch.

    Raises
    ------
    DataError
        When there is no such repository or revision, no model in it, or a model that is refused.
        A repository of pickles is refused before any of its files is asked for.
    """
    from lib.modelling.hub import client as hub_client

    check_repo_id(repo_id)
    before = read_lock(lock)
    commit, sizes = hub_client.list_files(repo_id, revision, token, endpoint)
    if not COMMIT.fullmatch(commit or ""):
        raise DataError(f"{repo_id}: a commit of 40 hexadecimal digits expected, found {commit!r}")
    if COMMIT.fullmatch(revision) and commit != revision:
        raise DataError(f"{repo_id}: the commit {revision} was asked for, {commit} is answered")
    models = []
    folders = _model_folders(repo_id, list(sizes))
    _check_sizes(repo_id, folders, sizes)
    for name, folder, files in folders:
        place = cache / repo_id.replace("/", "--") / commit
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".pin-", dir=place) as temporary:
            arriving = Path(temporary)
            paths = [f"{folder}/{file}" if folder else file for file in files]
            hub_client.download(repo_id, commit, paths, arriving, token, endpoint)
            # Only the model's files: the client leaves notes of its own beside them.
            new = arriving / ".model"
            new.mkdir()
            for file, path in zip(files, paths, strict=True):
                (arriving / path).replace(new / file)
            try:
                check_folder(new, kinds)
            except DataError as error:
                there = f"{repo_id} at {commit[:12]}{f', {folder}' if folder else ''}"
                raise DataError(str(error).replace(str(new), there)) from None
            told = {
                file: PinnedFile(sha256(new / file), (new / file).stat().st_size) for file in files
            }
            pinned = Pinned(name, repo_id, commit, folder, told)
            settle(new, pulled_folder(pinned, cache), pinned)
        models.append(pinned)
    after = before | {one.name: one for one in models}
    show(_difference(before, after, lock))
    if not dry_run and after != before:
        write_lock(lock, after.values())
    return models


def _model_folders(repo_id: str, names: Sequence[str]) -> list[tuple[str, str, list[str]]]:
    """Find the models in a listing: name, folder and the files whose formats are allowed."""
    paths = [PurePosixPath(name) for name in names]
    cards = [path for path in paths if path.name == "card.json" and len(path.parts) <= 2]
    if not cards:
        unsafe = [path.name for path in paths if path.suffix.lower() in RUNS_CODE]
        if unsafe:
            raise DataError(
                f"{repo_id}: refused, nothing of it was fetched: {', '.join(unsafe[:5])}"
                f"{' and others' if len(unsafe) > 5 else ''} can run any code when loaded, as a "
                f"pickle does; expected a model folder of {', '.join(ALLOWED)} with a card.json; "
                f"{INSTEAD}"
            )
        raise DataError(
            f"{repo_id}: a model folder with a card.json expected, found "
            f"{', '.join(names[:5]) or 'no file'}; {INSTEAD}"
        )
    found = []
    for card in cards:
        folder = "" if card.parent == PurePosixPath(".") else str(card.parent)
        files = [path.name for path in paths if path.parent == card.parent]
        files = [f for f in files if Path(f).suffix.lower() in ALLOWED and FLAT.fullmatch(f)]
        name = folder or repo_id.rpartition("/")[2]
        if not FLAT.fullmatch(name):
            raise DataError(f"{repo_id}: the folder {folder!r} has a name that no model may have")
        found.append((name, folder, files))
    return found


def _check_sizes(
    repo_id: str, folders: Sequence[tuple[str, str, list[str]]], sizes: Mapping[str, int]
) -> None:
    for name, folder, files in folders:
        total = sum(sizes[f"{folder}/{file}" if folder else file] for file in files)
        if total > MOST_BYTES:
            raise DataError(
                f"{repo_id}, {name}: at most {MOST_BYTES:,} bytes expected of a model, found "
                f"{total:,}; nothing was fetched. Look at what the repository holds"
            )


def _difference(before: dict[str, Pinned], after: dict[str, Pinned], lock: Path) -> str:
    lines = difflib.unified_diff(
        *(lock_text(models.values()).splitlines() for models in (before, after)),
        f"{lock.name}, as it is",
        f"{lock.name}, pinned anew",
        lineterm="",
        n=1,
    )
    return "\n".join(lines) or f"{lock.name}: nothing changes"
