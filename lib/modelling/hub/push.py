"""Models to the Hugging Face Hub: what would go, told without a request; and the push."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lib.errors import DataError
from lib.modelling.hub.card import repository_text
from lib.modelling.hub.kinds import NOT_DESCRIBED, Kind, Terms, check_folder, model_files
from lib.modelling.hub.lock import check_name, check_repo_id

REPOSITORY_CARD = "README.md"


@dataclass(frozen=True)
class PlannedFile:
    """A file that would be sent.

    Attributes
    ----------
    path : str
        In the repository.
    content : bytes
    sha256 : str
    holds : str
        What it holds, of the training data above all.
    """

    path: str
    content: bytes
    sha256: str
    holds: str


@dataclass(frozen=True)
class Plan:
    """All that a push would send.

    Attributes
    ----------
    repo_id : str
    files : tuple of PlannedFile
    terms : dict of str to Terms
        By name of the model.
    """

    repo_id: str
    files: tuple[PlannedFile, ...]
    terms: dict[str, Terms]

    def __str__(self) -> str:
        """Tell repository, files, sizes, hashes, contents and terms."""
        width = max(len(file.path) for file in self.files)
        total = sum(len(file.content) for file in self.files)
        lines = [f"{self.repo_id}: {len(self.files)} files, {total:,} bytes"]
        lines += [
            f"  {file.path:<{width}}  {len(file.content):>11,} bytes  SHA-256 {file.sha256}\n"
            f"  {'':<{width}}  {file.holds}"
            for file in self.files
        ]
        lines += [f"{name}: {terms.licence}. {terms.why}" for name, terms in self.terms.items()]
        return "\n".join(lines)


def plan_push(repo_id: str, folders: Sequence[Path], kinds: Sequence[Kind]) -> Plan:
    """Check model folders and list what would be sent; no request is made.

    Parameters
    ----------
    repo_id : str
        ``owner/name``.
    folders : sequence of pathlib.Path
        Model folders; each goes to a folder of its own name.
    kinds : sequence of Kind
        Kinds of model that may be pushed.

    Raises
    ------
    DataError
        When a folder is of no such kind, does not pass its check, or two have one name.
    """
    check_repo_id(repo_id)
    names = [folder.name for folder in folders]
    twice = {name for name in names if names.count(name) > 1}
    if twice or not names:
        raise DataError(
            f"{repo_id}: one or more models of different names expected, found "
            f"{', '.join(sorted(twice)) + ' twice' if twice else 'none'}; run the notebooks first "
            "(./run_all.sh)"
        )
    models, files = {}, []
    for folder in folders:
        kind, card = check_folder(folder, kinds)
        models[folder.name] = (kind, card, kind.terms(card))
        for name in model_files(folder):
            check_name(folder, name)
            content = (folder / name).read_bytes()
            holds = kind.holds.get(name, NOT_DESCRIBED)
            files.append(_planned(f"{folder.name}/{name}", content, holds))
    text = repository_text(repo_id, models).encode()
    files.insert(0, _planned(REPOSITORY_CARD, text, "the page that the Hub shows; no track"))
    return Plan(repo_id, tuple(files), {name: terms for name, (_, _, terms) in models.items()})


def push(plan: Plan, token: str, *, private: bool = True, endpoint: str | None = None) -> str:
    """Create the repository if it is not there, and send the plan's files in one commit.

    What an earlier push left in the folders of these models, and is not theirs now, is removed in
    the same commit.

    Parameters
    ----------
    plan : Plan
        From `plan_push`.
    token : str
        The user's own, given for this push.
    private : bool, optional
        Whether only the owner can see the repository. One that exists and is public is refused
        then.
    endpoint : str, optional
        Another Hub.

    Returns
    -------
    str
        Hash of the commit, 40 hexadecimal digits.

    Raises
    ------
    DataError
        When the Hub refuses or cannot be reached, or the repository is public against the wish.
        The token is in no message.
    """
    if not isinstance(token, str) or not token:
        raise DataError(f"{plan.repo_id}: a push needs a token given for it; none was")
    # Imported here: a second of import time that a plan should not pay.
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    from lib.modelling.hub import client as hub_client

    api = hub_client.api(token, endpoint)
    with hub_client.plain_errors(plan.repo_id):
        api.create_repo(plan.repo_id, private=private, exist_ok=True)
        info = api.model_info(plan.repo_id)
        if private and info.private is not True:
            raise DataError(
                f"{plan.repo_id}: a private repository expected, found a public one; nothing was "
                "sent. Add --public if all may see the models, or name another repository"
            )
        ours = {file.path for file in plan.files}
        there = [one.rfilename for one in info.siblings or []]
        stale = [p for p in there if p not in ours and PurePosixPath(p).parts[0] in plan.terms]
        operations = [CommitOperationAdd(file.path, file.content) for file in plan.files]
        operations += [CommitOperationDelete(path) for path in stale]
    try:
        with hub_client.plain_errors(plan.repo_id):
            message = f"Models: {', '.join(plan.terms)}"
            return api.create_commit(plan.repo_id, operations, commit_message=message).oid
    except DataError as error:
        raise DataError(
            f"{error}. A push is one commit, so of this one all is there or nothing: look at the "
            "repository's history, then push again"
        ) from None


def _planned(path: str, content: bytes, holds: str) -> PlannedFile:
    return PlannedFile(path, content, hashlib.sha256(content).hexdigest(), holds)
