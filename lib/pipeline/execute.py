"""Run one notebook through papermill, and say what went wrong in words a user can act on."""

from __future__ import annotations

import errno
import logging
import shutil
import sys
import threading
import time
from pathlib import Path

from lib.pipeline import places
from lib.pipeline.notebook import Stage
from lib.pipeline.sources import Source

SHOWN_LINES = 12


def run_notebook(
    owner: Stage,
    source: Source,
    values: dict[str, object],
    position: str,
    repeat: str,
    stopping: threading.Event,
) -> bool:
    """Run a notebook; what it printed and drew goes to ``data/work/<profile>/<name>.ipynb``.

    Parameters
    ----------
    owner : Stage
    source : Source
        The data that it reads.
    values : dict
        Its parameters.
    position : str
        Where the run stands, such as ``"3/9"``.
    repeat : str
        Command that repeats the run.
    stopping : threading.Event
        Set when the run is being stopped: then the end of a kernel is no failure to tell of.

    Returns
    -------
    bool
        Whether it ran to its end. If not, that has been printed, and the partial notebook kept.
    """
    # papermill takes a second to import; a run with nothing to do should not pay for it.
    import papermill
    from papermill.exceptions import PapermillExecutionError

    work = places.work_dir(source.profile)
    running = work / f".running-{owner.name}.ipynb"
    failed = places.out_dir() / "reports" / "failed" / f"{source.profile}-{owner.name}.ipynb"
    folder = "" if source.profile == "sample" else str(source.folder)
    label = f"[{position}] {owner.name}"
    say(f"{label}: {owner.question}")
    started_s = time.perf_counter()
    try:
        papermill.execute_notebook(
            places.ROOT / owner.path,
            running,
            {"PROFILE": source.profile, "DATA_DIR": folder, **values},
            kernel_name="python3",
            cwd=str(places.ROOT),
            progress_bar=False,
            # Else kernels tell of their loopback ports, and of being shut down, in every run.
            extra_arguments=["--log-level=CRITICAL"],
        )
        running.replace(work / f"{owner.name}.ipynb")
    except KeyboardInterrupt:
        # The process ends now; what the kernel's death does to waiting tasks is of no interest.
        logging.disable(logging.CRITICAL)
        raise
    except Exception as error:
        if stopping.is_set():
            return False
        trouble = _describe(error) if isinstance(error, PapermillExecutionError) else plain(error)
        kept = _keep(running, failed)
        say(
            f"\n{owner.name} failed{trouble}\n{kept}"
            "The last good report, and what this notebook made before, are untouched. "
            f"To repeat:\n  {repeat}"
        )
        return False
    finally:
        running.unlink(missing_ok=True)
    failed.unlink(missing_ok=True)
    say(f"{label}: done in {time.perf_counter() - started_s:.0f} s")
    return True


def say(text: str) -> None:
    """Print whole lines, also when several notebooks run side by side."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _describe(error: object) -> str:
    lines = error.source.strip().splitlines()
    shown = "\n".join(f"    {line}" for line in lines[:SHOWN_LINES])
    more = f"\n    … {len(lines) - SHOWN_LINES} more lines" if len(lines) > SHOWN_LINES else ""
    return f" in cell [{error.exec_count}]:\n{shown}{more}\n{error.ename}: {error.evalue}"


def plain(error: Exception) -> str:
    """Say what went wrong outside a notebook's cells."""
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return ": the disk is full; free some space and run again"
    hint = (
        ". The notebook's Python process ended by itself, most often for want of memory"
        if type(error).__name__ == "DeadKernelError"
        else ""
    )
    return f": {type(error).__name__}: {error}{hint}"


def _keep(running: Path, failed: Path) -> str:
    if not running.exists():
        return ""
    try:
        failed.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(running, failed)
    except OSError as error:
        failed.unlink(missing_ok=True)
        return f"The partial notebook could not be kept ({error.strerror}).\n"
    return f"Partial notebook: {failed}\n"
