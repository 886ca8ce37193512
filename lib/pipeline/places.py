"""Where things are: the work between notebooks, reports; and how they are replaced.

``WORKBOOK_OUT`` names another folder for ``data/work`` and ``reports``.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

import lib
from lib.files import written_whole

ROOT = Path(lib.__file__).resolve().parent.parent
RAW = ROOT / "data" / "raw"
MANIFEST = "manifest.json"
SAMPLE = ROOT / "data" / "sample"


def out_dir() -> Path:
    """Folder that holds ``data/work`` and ``reports``: the repository, or ``WORKBOOK_OUT``."""
    return Path(os.environ.get("WORKBOOK_OUT") or ROOT).resolve()


def work_dir(profile: str) -> Path:
    """Folder of the tables, figures and manifests that notebooks leave for each other."""
    return out_dir() / "data" / "work" / profile


def store_dir(profile: str, name: str) -> Path:
    """Folder of a store of playlists, which stays from run to run."""
    return work_dir(profile) / "stores" / name


def report_dir(profile: str) -> Path:
    """Folder of the profile's report."""
    return out_dir() / "reports" / profile


def sha256(path: Path) -> str:
    """Hash a file; remembered until the file's size or time of change differs."""
    stat = path.stat()
    return _sha256(path, stat.st_size, stat.st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _sha256(path: Path, size: int, mtime_ns: int) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def read_manifest(path: Path) -> dict | None:
    """Read what a notebook left about its run; None when it is missing or damaged."""
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    keys = {"notebook", "data", "parameters", "inputs", "tables", "figures", "metrics"}
    keys |= {"findings", "key_findings"}
    if not (isinstance(manifest, dict) and keys <= manifest.keys()):
        return None
    # Those of an earlier version have no headline.
    whole = all({"headline", "text", "caveat"} <= one.keys() for one in manifest["key_findings"])
    return manifest if whole else None


def write_json(path: Path, content: object) -> None:
    """Write JSON to a temporary name, then rename, so that nobody reads half a file."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def fresh_dir(parent: Path, name: str) -> Path:
    """Make an empty folder beside where `name` will stand; clear those of dead processes."""
    parent.mkdir(parents=True, exist_ok=True)
    clear_dead(parent, name)
    return Path(tempfile.mkdtemp(prefix=f".{name}.{os.getpid()}.", dir=parent))


def clear_dead(parent: Path, name: str = "*") -> None:
    """Remove the unfinished folders that `fresh_dir` made for processes no longer alive."""
    for old in parent.glob(f".{name}.*.*"):
        stem, pid, _ = old.name.removeprefix(".").rsplit(".", 2)
        if not old.is_dir() or _is_alive(pid):
            continue
        aside, target = old / stem, parent / stem
        if aside.exists() and not target.exists():
            # The process was killed between the two renames of `replace_dir`.
            aside.replace(target)
        shutil.rmtree(old, ignore_errors=True)


def replace_dir(new: Path, target: Path) -> None:
    """Put the folder `new` in the place of `target`, which stays if that fails."""
    new.chmod(0o755)
    old = fresh_dir(target.parent, target.name)
    aside = old / target.name
    try:
        if target.exists():
            target.replace(aside)
        new.replace(target)
    except BaseException:  # Ctrl-C between the two renames as well
        if aside.exists() and not target.exists():
            aside.replace(target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
