"""Models from the Hugging Face Hub: pulled as pinned, each file checked before it is parsed.

A pulled model lies in a folder of its own below a cache folder. It gets there whole and checked,
by a rename, so nothing half-written and nothing tampered with is ever there to be loaded.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from lib.errors import DataError
from lib.modelling.hub.lock import Pinned, PinnedFile
from lib.modelling.stored.model_files import sha256


def pulled_folder(pinned: Pinned, cache: Path) -> Path:
    """Where a pinned model lies, or will lie, below the cache folder."""
    return cache / pinned.repo_id.replace("/", "--") / pinned.revision / pinned.name


def pull(
    pinned: Pinned,
    cache: Path,
    *,
    offline: bool = False,
    token: str | bool = False,
    endpoint: str | None = None,
) -> Path:
    """Get a pinned model; one that is in the cache costs no request.

    Parameters
    ----------
    pinned : Pinned
        From `lib.modelling.hub.lock.read_lock`.
    cache : pathlib.Path
        Folder of pulled models. Files that the Hub's own client has in its cache are taken from
        there, when they are the pinned ones.
    offline : bool, optional
        Make no request; ``HF_HUB_OFFLINE`` does the same.
    token : str or False, optional
        Sent only when given.
    endpoint : str, optional
        Another Hub.

    Returns
    -------
    pathlib.Path
        A folder with exactly the pinned files, for `lib.modelling.stored.store.load_model`.

    Raises
    ------
    DataError
        When a file cannot be had, or is not the pinned one; such a copy is removed.
    """
    folder = pulled_folder(pinned, cache)
    if folder.is_dir():
        check_pulled(folder, pinned)
        return folder
    # Imported here: a second of import time that a cached model should not pay.
    from lib.modelling.hub import client as hub_client

    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".pull-", dir=folder.parent) as temporary:
        new, arriving = Path(temporary, "model"), Path(temporary, "arriving")
        new.mkdir()
        absent = []
        for file, told in pinned.files.items():
            found = hub_client.in_client_cache(
                pinned.repo_id, pinned.revision, pinned.path_of(file)
            )
            if found and _differs(found, told) is None:
                shutil.copyfile(found, new / file)
            else:
                absent.append(file)
        if absent and (offline or hub_client.is_offline()):
            raise DataError(
                f"{pinned.name} ({pinned.repo_id} at {pinned.revision[:12]}): not in the cache "
                f"{cache} ({', '.join(absent)} missing), and offline; get it with a network first: "
                "./run_all.sh --pull-models"
            )
        if absent:
            paths = [pinned.path_of(file) for file in absent]
            there = (pinned.repo_id, pinned.revision)
            hub_client.download(*there, paths, arriving, token, endpoint)
            for file, path in zip(absent, paths, strict=True):
                (arriving / path).replace(new / file)
        for file, told in pinned.files.items():
            if wrong := _differs(new / file, told):
                raise DataError(
                    f"{pinned.repo_id} at {pinned.revision[:12]}, file {file}: not what was "
                    f"pinned: {wrong}; it was thrown away. Ask its owner, or look at the "
                    f"repository and pin it again: ./run_all.sh --pin-models {pinned.repo_id}"
                )
        settle(new, folder, pinned)
    return folder


def check_pulled(folder: Path, pinned: Pinned) -> None:
    """Compare a pulled folder with the lock, and remove it when they differ.

    Raises
    ------
    DataError
        When a file is missing or is not the pinned one. Nothing is parsed.
    """
    for file, told in pinned.files.items():
        if wrong := _differs(folder / file, told):
            try:
                aside = Path(tempfile.mkdtemp(prefix=".bad-", dir=folder.parent))
                folder.replace(aside / "model")
                shutil.rmtree(aside, ignore_errors=True)
                done = "this copy was removed"
            except OSError as error:
                done = f"remove this copy by hand ({error.strerror})"
            raise DataError(
                f"{folder / file}: not what {pinned.repo_id} at {pinned.revision[:12]} was pinned "
                f"with: {wrong}; {done}, get it again: ./run_all.sh --pull-models"
            )


def _differs(path: Path, told: PinnedFile) -> str | None:
    """Say how a file differs from what was pinned; None when it does not."""
    if not path.is_file():
        return "the file is missing"
    if (size := path.stat().st_size) != told.size:
        return f"{told.size:,} bytes expected, found {size:,}"
    if (found := sha256(path)) != told.sha256:
        return f"SHA-256 {told.sha256} expected, found {found}"
    return None


def settle(new: Path, folder: Path, pinned: Pinned) -> None:
    """Rename a checked folder into its place, unless another process was faster.

    Raises
    ------
    DataError
        When a folder stands there that is not the pinned one; it is removed.
    """
    try:
        new.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
        check_pulled(folder, pinned)
