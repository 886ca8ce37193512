"""How long playlist slices take to load, how much memory, and what the bare decoder would take.

    .venv/bin/python benchmarks/bench_mpd_load.py [--slices DIR] [--growth 10 100] [--rounds 1]

Runs in turns, each in a fresh process, on the same first 100 slices (generated when no folder is
named), and prints the best of each:

- ``store``: `lib.playlists.reading.load.load_mpd`, all cores, to a finished store on disk;
- ``bare``: only reads and decodes the same files into the same typed objects, on the same cores:
  the limit for anything built on this decoder;
- ``pandas``: `json.load`, a dictionary an entry, one DataFrame a slice, joined once, two Parquet
  files;
- ``appends``: the same, but each slice is appended to the DataFrame of those before, as first
  scripts do; the time grows with the square of the slices.

Then the loader alone on more and more slices: ``--growth 10 100 1000`` needs 35 GB of disk and
some minutes to generate them. Processes that start and libraries that they import count, the
libraries of the first process do not. Memory is the sum over the process and its
children, sampled (Linux; elsewhere the largest of them).
"""

import argparse
import importlib
import json
import multiprocessing
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from lib.playlists.reading.mpd import DECODER, read_bytes, slice_files

SAMPLE_SECONDS = 0.1


def decode(path: Path) -> int:
    """Decode one slice and count its playlists."""
    return len(DECODER.decode(read_bytes(path)).playlists)


def bare(files: list[Path], folder: Path) -> int:
    """Decode all files on all cores, keep nothing."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as pool:
        return sum(pool.map(decode, files, chunksize=max(1, min(len(files) // 8, 16))))


def with_appends(files: list[Path], folder: Path) -> int:
    """Load as a first script would: `json.load`, and each slice appended to a DataFrame."""
    import pandas as pd

    playlists, entries = pd.DataFrame(), pd.DataFrame()
    for heads, rows in dictionaries(files):
        playlists = pd.concat([playlists, pd.DataFrame(heads)])
        entries = pd.concat([entries, pd.DataFrame(rows)])
    playlists.to_parquet(folder / "playlists.parquet")
    entries.to_parquet(folder / "entries.parquet")
    return len(playlists)


def with_pandas(files: list[Path], folder: Path) -> int:
    """Load as a second script would: the same, but the slices' DataFrames joined once."""
    import pandas as pd

    playlists, entries = [], []
    for heads, rows in dictionaries(files):
        playlists.append(pd.DataFrame(heads))
        entries.append(pd.DataFrame(rows))
    pd.concat(playlists).to_parquet(folder / "playlists.parquet")
    pd.concat(entries).to_parquet(folder / "entries.parquet")
    return sum(map(len, playlists))


def dictionaries(files: list[Path]) -> Iterator[tuple[list[dict], list[dict]]]:
    """Read each slice into dictionaries: one a playlist, one an entry."""
    for path in files:
        heads, rows = [], []
        for playlist in json.loads(bytes(read_bytes(path)))["playlists"]:
            tracks = playlist.pop("tracks")
            heads.append(playlist)
            rows += [{"pid": playlist["pid"], **track} for track in tracks]
        yield heads, rows


def store(files: list[Path], folder: Path) -> int:
    """Load into a store."""
    from lib.playlists.reading.load import load_mpd

    return load_mpd(files[0].parent, folder / "store").manifest["counts"]["playlists"]


VARIANTS = {"store": store, "bare": bare, "pandas": with_pandas, "appends": with_appends}


def run_one(name: str, folder: Path) -> None:
    """Run a variant in this process and print what it took."""
    files = slice_files(folder)
    importlib.import_module({"store": "lib.playlists.reading.load"}.get(name, "pandas"))
    with tempfile.TemporaryDirectory() as out:
        started = time.perf_counter()
        playlists = VARIANTS[name](files, Path(out))
        seconds = time.perf_counter() - started
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(u.ru_utime + u.ru_stime for u in used)
    unit = 1024 if sys.platform != "darwin" else 1024**2
    largest = max(u.ru_maxrss for u in used) / unit
    print(json.dumps({"playlists": playlists, "s": seconds, "cpu_s": cpu, "mb": largest}))


def measure(name: str, folder: Path) -> dict[str, float]:
    """Run a variant in a fresh process and watch the memory of all that it starts."""
    command = [sys.executable, __file__, "--one", name, "--slices", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peak = [0.0]
    watcher = threading.Thread(target=watch, args=(process, peak))
    watcher.start()
    out, _ = process.communicate()
    watcher.join()
    if process.returncode:
        raise SystemExit(f"{name}: failed")
    result = json.loads(out.splitlines()[-1])
    result["mb"] = max(result["mb"], peak[0])
    return result


def watch(process: subprocess.Popen, peak: list[float]) -> None:
    """Keep the largest sum of resident memory over a process and its descendants, in MB."""
    page = os.sysconf("SC_PAGE_SIZE") / 1024**2
    while process.poll() is None and Path("/proc").is_dir():
        family, pages = [process.pid], 0
        while family:
            pid = family.pop()
            try:
                statm = Path(f"/proc/{pid}/statm").read_text().split()
                # Shared pages (memory-mapped files, libraries) are not the process's own.
                pages += int(statm[1]) - int(statm[2])
                for task in Path(f"/proc/{pid}/task").iterdir():
                    family += map(int, (task / "children").read_text().split())
            except (OSError, IndexError):
                continue
        peak[0] = max(peak[0], pages * page)
        time.sleep(SAMPLE_SECONDS)


def first_slices(folder: Path, n: int, to: Path) -> Path:
    """Make a folder of links to the first n slices."""
    to.mkdir()
    for path in slice_files(folder)[:n]:
        (to / path.name).symlink_to(path.absolute())
    return to


def main() -> None:
    """Measure and print."""
    from lib.playlists.generate import generate_mpd

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--slices", type=Path, help="folder of slices; generated when missing")
    parser.add_argument("--growth", type=int, nargs="*", default=[10, 100], help="slices")
    parser.add_argument("--compare", type=int, default=100, help="slices for the comparison")
    parser.add_argument("--rounds", type=int, default=1, help="the best of so many is printed")
    parser.add_argument("--one", choices=VARIANTS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        return run_one(given.one, given.slices)
    work = Path(tempfile.mkdtemp(prefix="bench_mpd."))
    try:
        slices = given.slices or work / "slices"
        if given.slices is None:
            n = max([given.compare, *given.growth])
            print(f"generating {n:,} slices …")
            generate_mpd(slices, n, progress=True)
        compare(first_slices(slices, given.compare, work / "compare"), given.rounds)
        for n in given.growth:
            folder = first_slices(slices, n, work / str(n))
            report(f"store, {len(slice_files(folder)):,} slices", measure("store", folder), folder)
    finally:
        shutil.rmtree(work)


def compare(folder: Path, rounds: int) -> None:
    """Run them in turns, and print the best of each with its ratio."""
    best: dict[str, dict[str, float]] = {}
    for _ in range(rounds):
        for name in VARIANTS:
            found = measure(name, folder)
            if name not in best or found["s"] < best[name]["s"]:
                best[name] = found
    for name, found in best.items():
        report(name, found, folder)
    ours = best["store"]
    for name in ("pandas", "appends"):
        print(
            f"store is {best[name]['s'] / ours['s']:.1f} times as fast as {name} "
            f"(processor time {best[name]['cpu_s'] / ours['cpu_s']:.1f})"
        )
    print(
        f"store takes {ours['s'] / best['bare']['s']:.2f} times as long as bare decoding "
        f"(processor time {ours['cpu_s'] / best['bare']['cpu_s']:.2f})"
    )


def report(name: str, found: dict[str, float], folder: Path) -> None:
    """Print one line."""
    size = sum(path.stat().st_size for path in slice_files(folder)) / 1e6
    print(
        f"{name:20} {found['s']:8.1f} s {found['cpu_s']:8.1f} s processor {found['mb']:7.0f} MB "
        f"{size / found['s']:7.0f} MB/s",
        flush=True,
    )


if __name__ == "__main__":
    main()
