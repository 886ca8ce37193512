"""How long 1.2 million tracks with release years take to read and sum up, beside pandas.

    .venv/bin/python benchmarks/bench_features.py [tracks_features.csv] [--rows N]

Without a file, one of the published size is generated first (time told apart). Each reader runs in
a process of its own, so that the peaks of memory are told apart. Fails when the reader takes 30 s
or 2 GB, or when the two disagree.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from lib.memory import peak_mb
from lib.tracks.by_year import load
from lib.tracks.generate_features import PUBLISHED, write_features

MOST_SECONDS, MOST_MB = 30, 2048


def with_workbook(path: Path) -> tuple[int, float]:
    """Rows that stay and their mean energy, by the workbook's reader."""
    cells = load(path).cells
    return int(cells["tracks"].sum()), float(cells["energy"].sum() / cells["tracks"].sum())


def with_pandas(path: Path) -> tuple[int, float]:
    """Sum up the same way with `pandas.read_csv`, all rows held."""
    rows = pd.read_csv(path).dropna(subset=["name", "album"])
    rows = rows[(rows["year"] != 0) & (rows["tempo"] != 0)]
    artist = rows["artist_ids"].str[2:24]
    sums = ["tempo", "energy", "valence", "loudness", "duration_ms", "explicit"]
    cells = rows.groupby(["year", artist])[sums].agg(["size", "sum"])
    count = cells[("energy", "size")].sum()
    return int(count), float(cells[("energy", "sum")].sum() / count)


READERS = {"lib.tracks.by_year.load": with_workbook, "pandas.read_csv": with_pandas}


def main() -> None:
    """Run both readers on one file and print time, peak and answers."""
    parser = argparse.ArgumentParser()
    parser.add_argument("path", type=Path, nargs="?")
    parser.add_argument("--rows", type=int, default=PUBLISHED["rows"])
    parser.add_argument("--reader", choices=READERS)
    given = parser.parse_args()
    if given.reader:
        started = time.perf_counter()
        answer = READERS[given.reader](given.path)
        print(json.dumps([time.perf_counter() - started, peak_mb(), *answer]))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = given.path or Path(folder) / "tracks_features.csv"
        if given.path is None:
            started = time.perf_counter()
            write_features(path, given.rows)
            print(f"generated {given.rows:,} rows in {time.perf_counter() - started:.1f} s")
        print(f"{path.name}: {path.stat().st_size / 1e6:.0f} MB")
        found = {}
        for name in READERS:
            done = subprocess.run(
                [sys.executable, __file__, str(path), "--reader", name],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            found[name] = json.loads(done.stdout)
            seconds, peak, rows, mean = found[name]
            print(f"  {name:24} {seconds:6.2f} s, peak {peak:6.0f} MB, {rows:,} rows, {mean:.6f}")
    ours, theirs = found.values()
    print(f"  time {ours[0] / theirs[0]:.2f}, peak {ours[1] / theirs[1]:.2f} of pandas")
    same = ours[2] == theirs[2] and abs(ours[3] - theirs[3]) < 1e-9
    if not same or ours[0] > MOST_SECONDS or ours[1] > MOST_MB:
        raise SystemExit(f"expected equal answers in {MOST_SECONDS} s and {MOST_MB} MB")


if __name__ == "__main__":
    main()
