"""Run the notebooks that are stale, in order, and then the report.

doit decides what is stale: a notebook runs again when it, the part of ``lib`` it reaches, its raw
data, the tables it reads, its parameters or the locked package versions have changed.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import sqlite3
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
from doit.cmd_base import ModuleTaskLoader
from doit.doit_cmd import DoitMain
from doit.exceptions import BaseFail, TaskFailed
from doit.reporter import ZeroReporter
from doit.task import Task
from doit.tools import config_changed

from lib.errors import ParameterError, WorkbookError
from lib.pipeline import places
from lib.pipeline.command import command_line
from lib.pipeline.execute import plain, run_notebook, say
from lib.pipeline.imports import reached_files
from lib.pipeline.notebook import Stage
from lib.pipeline.notebook_list import STAGES
from lib.pipeline.report import write_report
from lib.pipeline.runlog import enter_pending
from lib.pipeline.sources import Source, find_source, missing
from lib.pipeline.stages import check_parameters, stage, with_upstream


def run(
    profile: str = "sample",
    data_dir: str = "",
    only: Sequence[str] = (),
    overrides: dict[str, dict[str, object]] | None = None,
    report: bool = True,
    jobs: int = 0,
) -> bool:
    """Bring the notebooks and the report of a profile up to date.

    Parameters
    ----------
    profile : str
        ``"sample"`` or ``"full"``.
    data_dir : str, optional
        Folder of the raw data; see `lib.pipeline.sources.find_source`.
    only : sequence of str, optional
        Notebooks; just they and what they need are brought up to date. Empty for all.
    overrides : dict, optional
        Parameter values by notebook name and parameter name.
    report : bool, optional
        Whether to write the report as well.
    jobs : int, optional
        Notebooks that run side by side. 0 for two on the small data of the sample, where starting
        a kernel takes much of the time, and one on real data, where a notebook uses all cores.

    Returns
    -------
    bool
        Whether all of it worked. A failure has been printed by then, and the last good report
        and tables are as they were.

    Raises
    ------
    ParameterError, DataError
        Before anything runs: for an unknown profile, notebook or parameter, or a missing file.
    """
    overrides = overrides or {}
    values = {s.name: check_parameters(s, overrides.get(s.name, {})) for s in STAGES}
    source = find_source(profile, data_dir, [stage(name) for name in only])
    wanted = with_upstream(*only) if only else [s for s in STAGES if not source.lacks(s)]
    work = places.work_dir(profile)
    work.mkdir(parents=True, exist_ok=True)
    repeat = command_line(source, only, overrides)
    stopping = threading.Event()
    jobs = jobs or (2 if profile == "sample" else 1)
    with _alone(work, profile):
        _check_state(work / ".stale.sqlite")
        tasks = {
            f"task_{owner.name}": _maker(
                _stage_task(owner, source, values[owner.name], wanted, repeat, stopping)
            )
            for owner in wanted
        }
        if report:
            # A report tells of all that ran on this data, whatever part of it is run now.
            whole = find_source(profile, data_dir) if only else source
            tasks["task_report"] = _maker(_report_task(whole, wanted))
        settings = {
            "backend": "sqlite3",
            "dep_file": str(work / ".stale.sqlite"),
            "reporter": _Reporter,
            "verbosity": 2,
        }
        main = DoitMain(
            ModuleTaskLoader(tasks), config_filenames=(), extra_config={"GLOBAL": settings}
        )
        # One notebook at a time runs in this very thread, which is 0 in doit's counting.
        side_by_side = ["--process", str(jobs if jobs > 1 else 0), "--parallel-type", "thread"]
        others = set(psutil.Process().children(recursive=True))
        try:
            worked = main.run(["run", *side_by_side]) == 0
            if not only:
                _tell_skipped(source)
            return worked
        finally:
            stopping.set()
            _end_kernels(others)
            places.clear_dead(work)
            for left in work.glob(".running-*.ipynb"):
                left.unlink(missing_ok=True)


def _end_kernels(others: set[psutil.Process]) -> None:
    """End the notebooks that still run after Ctrl-C, but no process that was there before."""
    kernels = set(psutil.Process().children(recursive=True)) - others
    if kernels:
        # What the kernels' death does to waiting threads is of no interest.
        logging.disable(logging.CRITICAL)
    for kernel in kernels:
        with contextlib.suppress(psutil.NoSuchProcess):
            kernel.kill()
    psutil.wait_procs(kernels, timeout=10)


def _tell_skipped(source: Source) -> None:
    """Name the notebooks whose raw data is not there, and how to get it."""
    skipped: dict[str, list[str]] = {}
    for owner in STAGES:
        for name in source.lacks(owner):
            skipped.setdefault(name, []).append(owner.name)
    for name, notebooks in skipped.items():
        why = missing(name, source.folder, source.profile)
        say(f"Skipped {', '.join(notebooks)}: {why}")


def _maker(task: dict[str, object]) -> object:
    return lambda: dict(task)


def _stage_task(
    owner: Stage,
    source: Source,
    values: dict[str, object],
    wanted: list[Stage],
    repeat: str,
    stopping: threading.Event,
) -> dict[str, object]:
    source = source.part(owner)
    work = places.work_dir(source.profile)
    notebook = places.ROOT / owner.path
    made_before = [path for need in owner.needs for path in _made_by(stage(need), work, source)]
    named = {
        kind: [
            places.ROOT / str(values[name])
            for name, parameter in owner.parameters.items()
            if parameter.file == kind and values[name]
        ]
        for kind in ("read", "written")
    }
    both = {path.resolve() for path in named["read"]} & {p.resolve() for p in named["written"]}
    if both:
        raise ParameterError(
            f"{owner.name}: a file to read and another one to write expected, found "
            f"{', '.join(map(str, both))} for both; name another file to write"
        )
    # A model folder changes with its card; a missing file is for the notebook to name.
    read = [path / "card.json" if path.is_dir() else path for path in named["read"]]
    reached = reached_files([notebook], places.ROOT)
    # The report's own pages are made after the notebooks, and change none.
    rooms = {path.parent for path in reached} - {places.ROOT / "lib" / "pipeline"}
    depends = [
        notebook,
        *reached,
        *sorted(page for room in rooms for page in room.glob("templates/*")),
        *_raw_files(owner, source),
        *made_before,
        *(path for path in read if path.exists()),
        places.ROOT / "requirements.lock",
    ]
    made = [*_made_by(owner, work, source), *named["written"]]
    position = f"{wanted.index(owner) + 1}/{len(wanted)}"
    return {
        "basename": owner.name,
        # What a notebook prints goes into the notebook; threads would mix up a capture.
        "io": {"capture": False},
        "actions": [(run_notebook, [owner, source, values, position, repeat, stopping])],
        "file_dep": [str(path) for path in depends],
        "targets": [
            str(path)
            for path in (work / owner.name / "manifest.json", work / f"{owner.name}.ipynb", *made)
        ],
        "uptodate": [
            config_changed({"parameters": values, "data": source.describe()}),
            # The notebook may have been run by hand with other parameters since.
            lambda: _made_with(work / owner.name / "manifest.json", values, source),
        ],
    }


def _made_by(owner: Stage, work: Path, source: Source) -> list[Path]:
    folder = work / owner.name
    tables = [folder / f"{table}.parquet" for table in owner.makes]
    models = [folder / "models" / name / "card.json" for name in owner.models]
    there = dict(source.digests)
    names = [name for name in owner.stores if name in there]
    stores = [places.store_dir(source.profile, name) / places.MANIFEST for name in names]
    return [*tables, *models, *stores]


def _raw_files(owner: Stage, source: Source) -> list[Path]:
    there = dict(source.digests)
    return [path for n in (*owner.raw, *owner.any_of) if n in there for path in source.files(n)]


def _report_task(source: Source, wanted: list[Stage]) -> dict[str, object]:
    work = places.work_dir(source.profile)
    names = {s.name for s in wanted} | {
        s.name for s in STAGES if (work / s.name / "manifest.json").exists()
    }
    depends = [work / name / "manifest.json" for name in sorted(names)]
    depends += [work / f"{name}.ipynb" for name in sorted({s.name for s in wanted})]
    depends += [places.ROOT / "lib" / "pipeline" / f"{name}.py" for name in ("report", "summary")]
    depends += sorted((places.ROOT / "lib" / "pipeline" / "templates").iterdir())
    return {
        "basename": "report",
        "actions": [(_write_report, [source])],
        "file_dep": [str(path) for path in depends],
        "targets": [
            str(places.report_dir(source.profile) / name)
            for name in (
                "index.html",
                "metrics.json",
                "summary.md",
                "summary.html",
                *(f"notebooks/{s.name}.html" for s in wanted),
            )
        ],
        "uptodate": [config_changed({"data": source.describe()})],
    }


class _Reporter(ZeroReporter):
    """Says nothing of what goes well, and does not keep what goes wrong to itself."""

    def add_failure(self, task: Task, fail: BaseFail) -> None:
        """Print what a task did not print itself."""
        # A `TaskFailed` is an action that returned False after its own message.
        if not isinstance(fail, TaskFailed):
            print(f"{task.name} failed: {fail.get_msg().strip()}", file=sys.stderr)


def _check_state(path: Path) -> None:
    """Make sure that the record of what is stale can be written, before anything runs."""
    try:
        with contextlib.closing(sqlite3.connect(path)) as state, state:
            state.execute("CREATE TABLE probe (x BLOB)")
            state.execute("INSERT INTO probe VALUES (zeroblob(50000))")
            state.execute("DROP TABLE probe")
    except sqlite3.OperationalError as error:
        raise WorkbookError(
            f"{path}: cannot be written ({error}); free some space, or see to the folder's rights"
        ) from None
    except sqlite3.DatabaseError:
        # Damaged: without it the notebooks just run again.
        path.unlink()


def _made_with(manifest: Path, values: dict[str, object], source: Source) -> bool:
    made = places.read_manifest(manifest)
    if made is None:
        return False
    pictures = [manifest.parent / "figures" / f"{figure['name']}.png" for figure in made["figures"]]
    return (
        made["parameters"] == values
        and made["data"] == source.describe()
        and all(path.exists() for path in pictures)
    )


def _write_report(source: Source) -> bool:
    try:
        enter_pending()
        index = write_report(source)
    except WorkbookError as error:
        print(f"\n{error}\nThe last report, if any, is untouched.", file=sys.stderr)
        return False
    except Exception as error:  # of whatever kind: the user gets one message, and keeps the last
        print(
            f"\nThe report failed{plain(error)}\nThe last one, if any, is untouched.",
            file=sys.stderr,
        )
        return False
    print(f"Report: {index}\nLog of all runs: ./run_all.sh --log", file=sys.stderr)
    return True


@contextlib.contextmanager
def _alone(work: Path, profile: str) -> Iterator[None]:
    with (work / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WorkbookError(
                f"another run of the profile {profile!r} is under way; wait for its end"
            ) from None
        yield
