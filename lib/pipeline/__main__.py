"""The command line behind ``run_all.sh``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections import defaultdict
from pathlib import Path

from lib.errors import ParameterError, WorkbookError
from lib.pipeline import places
from lib.pipeline.hub_commands import add_options, hand_over
from lib.pipeline.logbook import serve
from lib.pipeline.notebook_list import STAGES
from lib.pipeline.parameters import describe_parameter
from lib.pipeline.runlog import enter_pending
from lib.pipeline.stages import PROFILES, parse_value, stage


def main(arguments: list[str] | None = None) -> int:
    """Parse the command line, fetch and run.

    Returns
    -------
    int
        0 when all of it worked, 1 when a notebook or the report failed, 2 when the command cannot
        be carried out, 130 after Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        if options.list:
            print(_listing())
            return 0
        if options.log:
            enter_pending()
            return serve(options.port)
        overrides = _overrides(options.p)
        for name in options.only:
            stage(name)
        profile = options.profile or ("full" if options.data_dir else "sample")
        if profile == "sample" and options.data_dir:
            raise ParameterError(
                "--data-dir: the profile 'sample' has data of its own; add --profile full"
            )
        if (exit_code := hand_over(options, profile)) is not None:
            return exit_code
        if options.fetch:
            from lib.pipeline.fetch import fetch_tracks

            fetch_tracks(places.RAW)
            if not options.profile:
                print("Now run: ./run_all.sh --profile full", file=sys.stderr)
                return 0
        from lib.pipeline.run import run

        # Relative to where the user stood, not to the repository that run_all.sh goes to.
        here = Path(os.environ.get("WORKBOOK_FROM", ""))
        data_dir = str(here / options.data_dir) if options.data_dir else ""
        if options.jobs < 0:
            raise ParameterError(f"--jobs: a whole number from 1 expected, found {options.jobs}")
        worked = run(
            profile, data_dir, options.only, overrides, not options.no_report, options.jobs
        )
        if worked and not options.no_report:
            print(f"Up to date: {places.report_dir(profile) / 'index.html'}", file=sys.stderr)
        return 0 if worked else 1
    except WorkbookError as error:
        print(f"run_all.sh: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"run_all.sh: {error.strerror}: {error.filename}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(
            "\nStopped. Finished notebooks are kept, the last good report is untouched; "
            "the same command goes on from here.",
            file=sys.stderr,
        )
        return 130


def _interrupt(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./run_all.sh",
        description="Set up the workbook, run its notebooks where they are stale, and write "
        "reports/PROFILE/index.html. './run_all.sh test' passes the tests instead.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--profile",
        help=f"{' or '.join(PROFILES)}: generated data (the default), or your own files",
    )
    parser.add_argument(
        "--data-dir",
        default="",
        metavar="DIR",
        help="folder with tracks/dataset.csv for the profile full (else WORKBOOK_DATA, data/raw)",
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NOTEBOOK",
        help="just this notebook and what it needs; may be given more than once",
    )
    parser.add_argument(
        "-p",
        action="append",
        default=[],
        metavar="NOTEBOOK.NAME=VALUE",
        help="set a notebook's parameter; may be given more than once",
    )
    parser.add_argument(
        "--fetch",
        action="store_true",
        help="first get dataset.csv from the Hugging Face Hub into data/raw/tracks",
    )
    parser.add_argument(
        "--jobs",
        type=int,
        default=0,
        metavar="N",
        help="notebooks that run side by side (default: 2 on the sample, 1 on real data)",
    )
    parser.add_argument("--list", action="store_true", help="show the notebooks and parameters")
    parser.add_argument("--log", action="store_true", help="serve the log of all runs as a page")
    parser.add_argument("--port", type=int, default=5000, help="where to, on 127.0.0.1 (5000)")
    parser.add_argument("--no-report", action="store_true", help="leave the report as it is")
    add_options(parser)
    return parser


def _overrides(texts: list[str]) -> dict[str, dict[str, object]]:
    overrides: dict[str, dict[str, object]] = defaultdict(dict)
    for text in texts:
        target, equals, value = text.partition("=")
        notebook, dot, name = target.rpartition(".")
        if not (equals and dot and notebook and name):
            raise ParameterError(f"-p {text}: expected NOTEBOOK.NAME=VALUE")
        owner = stage(notebook)
        overrides[owner.name][name] = parse_value(owner, name, value)
    return dict(overrides)


def _listing() -> str:
    lines = []
    for owner in STAGES:
        lines.append(f"{owner.name}: {owner.question}")
        for name, parameter in owner.parameters.items():
            accepts = describe_parameter(parameter)
            lines.append(f"    {name}={parameter.default}  {parameter.help} ({accepts})")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
