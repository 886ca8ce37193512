"""Files that the page hands out: in a folder of its own, gone after a while."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

KEPT_S = 1800


class Outbox:
    """A temporary folder, removed with the object or by `close`.

    Gradio copies what it hands out, so nothing is needed here for long.

    Parameters
    ----------
    kept_s : float, optional
        Seconds that a file stays.
    """

    def __init__(self, kept_s: float = KEPT_S) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="workbook-page-")
        self.kept_s = kept_s

    def folder(self) -> Path:
        """Make a folder for one answer; clear those of long ago."""
        root = Path(self._folder.name)
        for old in root.iterdir():
            if time.time() - old.stat().st_mtime > self.kept_s:
                shutil.rmtree(old, ignore_errors=True)
        return Path(tempfile.mkdtemp(dir=root))

    def write(self, name: str, text: str) -> Path:
        """Write a text file in UTF-8, with the mark by which spreadsheets know it."""
        path = self.folder() / name
        path.write_text("\ufeff" + text, encoding="utf-8", newline="")
        return path

    def close(self) -> None:
        """Remove everything."""
        self._folder.cleanup()
