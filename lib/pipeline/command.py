"""The command that repeats a run."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from lib.pipeline import places
from lib.pipeline.sources import Source
from lib.pipeline.stages import stage


def command_line(
    source: Source, only: Sequence[str] = (), overrides: dict[str, dict[str, object]] | None = None
) -> str:
    """Write the command that repeats a run.

    Examples
    --------
    >>> from pathlib import Path
    >>> source = Source("full", Path("/data"), (), False)
    >>> command_line(source, ["01_explore_tracks"], {"01_explore_tracks": {"SEED": 3}})
    './run_all.sh --profile full --data-dir /data --only 01_explore_tracks \
-p 01_explore_tracks.SEED=3'
    """
    words = ["./run_all.sh"]
    if source.profile != "sample":
        words += ["--profile", source.profile]
        if source.folder != places.RAW:
            words += ["--data-dir", str(source.folder)]
    for name in only:
        words += ["--only", stage(name).name]
    for name, values in (overrides or {}).items():
        for key, value in values.items():
            words += ["-p", f"{name}.{key}={value}"]
    return shlex.join(words)
