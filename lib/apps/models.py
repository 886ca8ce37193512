"""Publish, pull and pin models: what ``run_all.sh`` hands over to."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lib.apps.continuation_kind import CONTINUATION
from lib.errors import WorkbookError
from lib.modelling.hub.kinds import POPULARITY, check_folder
from lib.modelling.hub.lock import read_lock
from lib.modelling.hub.pin import pin
from lib.modelling.hub.pulling import pull

KINDS = (POPULARITY, CONTINUATION)


def main(arguments: list[str] | None = None) -> int:
    """Carry out one of the three.

    Returns
    -------
    int
        0 when it worked, 2 when it cannot be carried out.
    """
    options = _parser().parse_args(arguments)
    try:
        token = False
        if options.token_from_login:
            from lib.modelling.hub.client import login_token

            token = login_token()
        if options.what == "publish":
            _publish(options, token)
        elif options.what == "pin":
            repo_id, _, revision = options.repo.partition("@")
            wanted = (repo_id, revision or "main", options.lock, options.cache, KINDS)
            found = pin(*wanted, token=token, dry_run=options.dry_run)
            done = "Would be pinned" if options.dry_run else "Pinned"
            print(f"{done}: {', '.join(f'{one.name} at {one.revision}' for one in found)}")
        else:
            _pull(options, token)
        return 0
    except WorkbookError as error:
        print(f"run_all.sh: {error}", file=sys.stderr)
    except OSError as error:
        print(f"run_all.sh: {error.strerror}: {error.filename}", file=sys.stderr)
    return 2


def _publish(options: argparse.Namespace, token: str | bool) -> None:
    from lib.modelling.hub.push import plan_push, push

    cards = sorted(options.work.glob("[!.]*/models/[!.]*/card.json"))
    plan = plan_push(options.repo, [card.parent for card in cards], KINDS)
    print(plan)
    print(
        "A repository that is not there yet is made public; one that is there stays as it is."
        if options.public
        else "A repository that is not there yet is made private; a public one gets nothing."
    )
    if options.dry_run:
        print("A dry run: no request was made, nothing was sent.")
        return
    if not token:
        raise WorkbookError(
            "--publish-models sends your Hugging Face token, so say that it may: add "
            "--token-from-login (after 'hf auth login', or with HF_TOKEN set). Nothing was sent"
        )
    commit = push(plan, token, private=not options.public)
    print(f"Published in one commit: {commit}")
    print(f"To use it elsewhere: ./run_all.sh --pin-models {options.repo}@{commit}")


def _pull(options: argparse.Namespace, token: str | bool) -> None:
    pinned = read_lock(options.lock)
    if not pinned:
        print(f"{options.lock.name} names no model; pin some with --pin-models REPO.")
    for one in pinned.values():
        folder = pull(one, options.cache, offline=options.offline, token=token)
        check_folder(folder, KINDS)
        print(f"{one.name}: {one.repo_id} at {one.revision[:12]}, checked: {folder}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lib.apps.models", allow_abbrev=False)
    commands = parser.add_subparsers(dest="what", required=True)
    parsers = {
        "publish": commands.add_parser("publish", help="send trained models to the Hub"),
        "pull": commands.add_parser("pull", help="get the models of the lock"),
        "pin": commands.add_parser("pin", help="write a repository's models into the lock"),
    }
    for name, one in parsers.items():
        one.add_argument(
            "--token-from-login", action="store_true", help="send your Hugging Face token"
        )
        if name != "pull":
            one.add_argument("repo", help="OWNER/NAME; with pin also @REVISION")
            one.add_argument("--dry-run", action="store_true", help="only show what would change")
        if name != "publish":
            one.add_argument("--lock", type=Path, required=True, help="the lock file")
            one.add_argument("--cache", type=Path, required=True, help="folder of pulled models")
    publish = parsers["publish"]
    publish.add_argument("--work", type=Path, required=True, help="folder of a profile's results")
    publish.add_argument("--public", action="store_true", help="let everybody see the repository")
    parsers["pull"].add_argument("--offline", action="store_true", help="make no request")
    return parser


if __name__ == "__main__":
    sys.exit(main())
