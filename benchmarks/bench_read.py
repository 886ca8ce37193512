"""How long the catalogue's reader takes, beside pandas alone.

    .venv/bin/python benchmarks/bench_read.py [dataset.csv]

Prints the ratio of the two, measured in turns in one process. The reader does more: it decodes,
checks columns, types, empty cells and ranges.
"""

import sys
import time
from pathlib import Path

import pandas as pd

from lib.pipeline.places import SAMPLE
from lib.tracks.read import read_kaggle

ROUNDS = 5


def main() -> None:
    """Time both readers in turns and print the best of each."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE / "tracks" / "dataset.csv"
    readers = {"pandas.read_csv": pd.read_csv, "read_kaggle": read_kaggle}
    best = dict.fromkeys(readers, float("inf"))
    for _ in range(ROUNDS):
        for name, read in readers.items():
            started = time.perf_counter()
            read(path)
            best[name] = min(best[name], time.perf_counter() - started)
    print(f"{path} ({path.stat().st_size / 1e6:.1f} MB), best of {ROUNDS}")
    for name, seconds in best.items():
        print(f"  {name:16} {seconds:.3f} s  ({seconds / best['pandas.read_csv']:.2f} of pandas)")


if __name__ == "__main__":
    main()
