"""Calls to the Hugging Face Hub: no token unless one is given, and errors in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from huggingface_hub import (
    HfApi,
    constants,
    get_session,
    get_token,
    hf_hub_download,
    hf_hub_url,
    try_to_load_from_cache,
)
from huggingface_hub.errors import (
    GatedRepoError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from lib.errors import DataError, WorkbookError

CONNECT_TIMEOUT_S = 15
SECRET = re.compile(r"hf_\w+|(?i:bearer)\s+\S+")
ACCESS = "if it is yours, or you were given access, run 'hf auth login' and add --token-from-login"


def login_token() -> str:
    """Return the user's own token, from ``hf auth login`` or the variable ``HF_TOKEN``.

    Raises
    ------
    DataError
        When there is none, or it holds a character that no token has. It is never shown.
    """
    token = get_token()
    if not token:
        raise DataError(
            "no Hugging Face token found: run 'hf auth login', or set HF_TOKEN, then try again"
        )
    if not re.fullmatch(r"[!-~]+", token):
        raise DataError(
            "the Hugging Face token holds a space or a sign that no token has (it is not shown "
            "here): run 'hf auth login' again, or set HF_TOKEN anew"
        )
    return token


def is_offline() -> bool:
    """Whether the user forbade requests with ``HF_HUB_OFFLINE``."""
    return constants.is_offline_mode()


def api(token: str | bool = False, endpoint: str | None = None) -> HfApi:
    """Return the client; with ``token=False`` it sends none, whoever is logged in."""
    return HfApi(endpoint=endpoint, token=token)


def list_files(
    repo_id: str, revision: str, token: str | bool = False, endpoint: str | None = None
) -> tuple[str, dict[str, int]]:
    """Ask for the commit that a branch, tag or commit stands for, and for its files.

    Returns
    -------
    commit : str
    sizes : dict of str to int
        Bytes of each file, by its path.

    Raises
    ------
    DataError
        When the repository or the revision is not there, or not to be had.
    """
    with plain_errors(repo_id, revision):
        info = api(token, endpoint).model_info(
            repo_id, revision=revision, timeout=CONNECT_TIMEOUT_S, files_metadata=True
        )
        files = sorted(info.siblings or [], key=lambda one: one.rfilename)
        return info.sha, {one.rfilename: one.size or 0 for one in files}


def download(
    repo_id: str,
    revision: str,
    paths: Iterable[str],
    into: Path,
    token: str | bool = False,
    endpoint: str | None = None,
) -> None:
    """Download files of a commit into a folder, under their paths in the repository.

    The client beneath tries again when the Hub is busy or the line breaks, and compares sizes;
    contents are for the caller to compare.

    Raises
    ------
    DataError
        When a file cannot be had; what arrived until then stays in the folder.
    """
    paths = list(paths)
    with plain_errors(repo_id, revision):
        # The client asks a dead network six times, half a minute long; we ask once.
        url = hf_hub_url(repo_id, paths[0], revision=revision, endpoint=endpoint)
        get_session().head(url, timeout=CONNECT_TIMEOUT_S)
    for path in paths:
        with plain_errors(repo_id, revision, path):
            hf_hub_download(
                repo_id,
                path,
                revision=revision,
                local_dir=into,
                # An empty one: the client would take a damaged file of its cache unseen.
                cache_dir=into / ".cache",
                token=token,
                endpoint=endpoint,
            )


def in_client_cache(repo_id: str, revision: str, path: str) -> Path | None:
    """Find a file that the Hub's own client has in its cache; no request is made."""
    found = try_to_load_from_cache(repo_id, path, revision=revision)
    return Path(found) if isinstance(found, str) else None


@contextmanager
def plain_errors(repo_id: str, revision: str = "main", path: str = "") -> Iterator[None]:
    """Turn whatever the client or the disk raises into one sentence, without any token in it."""
    try:
        yield
    except WorkbookError:
        raise
    except Exception as error:  # the client, its transport and the disk raise a dozen kinds
        raise DataError(_sentence(error, repo_id, revision, path)) from None


def _sentence(error: Exception, repo_id: str, revision: str, path: str) -> str:
    """Name the thing, what was expected, what was found, and the next step."""
    short = revision[:12]
    what = f"{repo_id} at {short}{f', file {path}' if path else ''}"
    cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
    status = getattr(getattr(cause, "response", None), "status_code", None)
    if isinstance(error, GatedRepoError):
        return (
            f"{what}: the repository is gated, its owner must let you in; ask for access at "
            f"https://huggingface.co/{repo_id}, then run 'hf auth login' and add --token-from-login"
        )
    if isinstance(error, RevisionNotFoundError):
        return f"{what}: the repository has no such branch, tag or commit; look at its history"
    if isinstance(error, RemoteEntryNotFoundError):
        return f"{what}: the repository has no such file at this commit; pin it again"
    if isinstance(error, RepositoryNotFoundError):
        return f"{what}: no such repository, or a private one; check the name, and {ACCESS}"
    if status in (401, 403):
        return f"{what}: the Hub refuses (HTTP {status}); {ACCESS} with the rights it takes"
    if status:
        later = status == 429 or status >= 500
        then = "try again in some minutes" if later else "check the names, and try again"
        return f"{what}: the Hub answered with HTTP {status}; {then}"
    if isinstance(cause, OfflineModeIsEnabled):
        return f"{what}: HF_HUB_OFFLINE is set, so the Hub is not asked; unset it"
    # Of the client's own transport, which is no dependency of ours to import.
    if any(kind.__name__ == "TransportError" for e in (error, cause) for kind in type(e).__mro__):
        return f"{what}: the Hub could not be reached, or the line broke; check the network"
    first = (str(cause).strip().splitlines() or [type(cause).__name__])[0]
    return f"{what}: could not be had ({SECRET.sub('…', first)}); check the network, and try again"
