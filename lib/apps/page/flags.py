"""What visitors found wrong: a line of JSON each, in a local file that does not grow for ever."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime
from pathlib import Path

from lib.errors import DataError

MOST_FLAGS = 1_000
MOST_BYTES = 1_000_000
_WRITING = threading.Lock()


def write_flag(
    path: Path, flag: dict[str, object], most: int = MOST_FLAGS, most_bytes: int = MOST_BYTES
) -> int:
    """Add a flag to the file.

    Parameters
    ----------
    path : pathlib.Path
        Made, with its folder, where it is not there.
    flag : dict
        Plain data.
    most, most_bytes : int, optional
        Lines and bytes that the file holds at most.

    Returns
    -------
    int
        Lines that the file has now.

    Raises
    ------
    DataError
        When the file is full: nothing is written, nothing lost.
    """
    told = {"at": datetime.now(UTC).isoformat(timespec="seconds")} | flag
    line = (json.dumps(told, ensure_ascii=False) + "\n").encode()
    with _WRITING:
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_bytes() if path.exists() else b""
        lines = before.count(b"\n")
        if lines >= most or len(before) + len(line) > most_bytes:
            raise DataError(
                "flags: there is no room for more; tell whoever runs this page to look at "
                f"{path.name} and to put it away"
            )
        with path.open("ab") as file:
            file.write(line)
    return lines + 1
