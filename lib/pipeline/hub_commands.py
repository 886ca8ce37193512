"""Hand over what concerns models and the Hub to ``python -m lib.apps.models``.

By a process of its own, as the pipeline knows no model.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from lib.errors import ParameterError
from lib.pipeline import places

LOCK = places.ROOT / "models_widgets" / "models.lock.json"


def cache_dir() -> Path:
    """Folder of the models pulled from the Hub."""
    return places.out_dir() / "data" / "work" / "hub"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that concern models and the Hub."""
    group = parser.add_argument_group("models and the Hugging Face Hub")
    group.add_argument(
        "--publish-models",
        metavar="OWNER/NAME",
        help="send the models that the profile's notebooks trained; private unless --public",
    )
    group.add_argument(
        "--pull-models",
        action="store_true",
        help="get the models that models_widgets/models.lock.json names, checked",
    )
    group.add_argument(
        "--pin-models",
        metavar="OWNER/NAME[@REVISION]",
        help="write a repository's models, as they are at that commit, into that file",
    )
    group.add_argument(
        "--dry-run", action="store_true", help="with --publish-models or --pin-models: only show"
    )
    group.add_argument("--public", action="store_true", help="with --publish-models: for all")
    group.add_argument(
        "--token-from-login",
        action="store_true",
        help="send the token of 'hf auth login', or HF_TOKEN; else none is ever sent",
    )


def hand_over(options: argparse.Namespace, profile: str) -> int | None:
    """Carry out a command on models.

    Returns
    -------
    int or None
        Its exit code; None when no such command was given.

    Raises
    ------
    ParameterError
        When an option is given without the command that it belongs to, or two commands are.
    """
    given = [n for n in ("publish_models", "pull_models", "pin_models") if getattr(options, n)]
    _refuse(len(given) > 1, "--publish-models, --pull-models, --pin-models", "one at a time")
    sends = options.publish_models or options.pin_models
    _refuse(options.dry_run and not sends, "--dry-run", "with --publish-models or --pin-models")
    _refuse(options.public and not options.publish_models, "--public", "with --publish-models")
    _refuse(options.token_from_login and not given, "--token-from-login", "with one of the three")
    where = ["--lock", str(LOCK), "--cache", str(cache_dir())]
    if options.publish_models:
        what = ["publish", options.publish_models, "--work", str(places.work_dir(profile))]
        what += ["--public"] if options.public else []
    elif options.pin_models:
        what = ["pin", options.pin_models, *where]
    elif options.pull_models:
        what = ["pull", *where]
    else:
        return None
    what += ["--dry-run"] if options.dry_run else []
    what += ["--token-from-login"] if options.token_from_login else []
    command = [sys.executable, "-m", "lib.apps.models", *what]
    return subprocess.run(command, cwd=places.ROOT, check=False).returncode


def _refuse(wrong: object, option: str, expected: str) -> None:
    if wrong:
        raise ParameterError(f"{option}: expected {expected}; see ./run_all.sh --help")
