"""What a run stood on: versions of the packages, the machine, the git commit."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

from lib.pipeline import places


def versions() -> dict[str, str]:
    """List Python and the project's direct dependencies with the versions that are installed."""
    project = tomllib.loads((places.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [Requirement(text) for text in project["dependencies"]]
    found = {"Python": platform.python_version()}
    for requirement in wanted:
        if requirement.marker is None or requirement.marker.evaluate():
            try:
                found[requirement.name] = importlib.metadata.version(requirement.name)
            except importlib.metadata.PackageNotFoundError:
                found[requirement.name] = "not installed under this name"
    return found


def machine() -> str:
    """Name the operating system and the number of processors."""
    return f"{platform.platform()}, {os.cpu_count()} processors"


def commit(root: Path) -> str:
    """Name the commit that `root` stands at; empty without git, repository or first commit."""
    try:
        top, head = _git(root, "rev-parse", "--show-toplevel", "HEAD").splitlines()
        changed = _git(root, "status", "--porcelain")
    except (OSError, ValueError, subprocess.CalledProcessError):
        return ""
    if Path(top).resolve() != root.resolve():
        # The workbook lies unpacked inside another project's repository.
        return ""
    return head[:12] + (" with uncommitted changes" if changed else "")


def _git(root: Path, *words: str) -> str:
    command = ["git", "-C", str(root), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
