"""Load playlist slices into a store and report: ``python -m lib.playlists SLICES STORE``."""

from __future__ import annotations

import argparse
import sys

from lib.errors import WorkbookError
from lib.playlists.reading.load import load_mpd
from lib.playlists.reading.verify import report_text


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m lib.playlists", description=__doc__)
    parser.add_argument("slices", help="folder with mpd.slice.*.json or .json.gz")
    parser.add_argument("store", help="folder to write")
    parser.add_argument("--strict", action="store_true", help="stop at the first finding")
    parser.add_argument("--workers", type=int, help="processes; default: all cores")
    given = parser.parse_args(arguments)
    try:
        store = load_mpd(given.slices, given.store, given.strict, given.workers, progress=True)
    except WorkbookError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; what is done is kept, run again to go on", file=sys.stderr)
        return 130
    print(report_text(store))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
