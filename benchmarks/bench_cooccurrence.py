"""How long counting shared playlists takes, and how much memory.

    .venv/bin/python benchmarks/bench_cooccurrence.py [--store DIR] [--playlists 10000 100000]

On drawn playlists (or a store's), over the 10,000 most frequent tracks. On the first number of
playlists three ways, with equal results: `count_matrix`; the product of scipy alone; two loops
over each playlist's pairs and a dictionary. On each number `count_matrix` and `top_neighbours`,
in a fresh process with its peak memory; ``--playlists 10000 100000 1000000`` reaches the size of
the Million Playlist Dataset.
"""

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from lib.memory import peak_mb
from lib.playlists.counting.cooccurrence import Items, count_matrix, select_items, top_neighbours
from lib.playlists.sample.sample_draw import draw_slice
from lib.playlists.sample.sample_universe import make_universe
from lib.playlists.store import open_store

TOP = 10_000


def draw(n_playlists: int) -> Items:
    """Draw playlists as the generator does, without writing them."""
    universe = make_universe()
    lengths, columns = [], []
    for number in range(-(-n_playlists // 1000)):
        n = min(1000, n_playlists - 1000 * number)
        drawn = draw_slice(universe, number, n)
        row = np.repeat(np.arange(n), np.diff(drawn.offsets))
        # Numbers fall with popularity, so the first ones hold all frequent tracks.
        kept = drawn.tracks < 4 * TOP
        pairs = np.unique(row[kept] * (4 * TOP) + drawn.tracks[kept])
        lengths.append(np.bincount(pairs // (4 * TOP), minlength=n))
        columns.append((pairs % (4 * TOP)).astype(np.int32))
    pointer = np.concatenate([[0], *lengths]).cumsum()
    counts = sum(np.bincount(column, minlength=4 * TOP) for column in columns)
    numbers = np.argsort(-counts, kind="stable")[:TOP]
    place = np.full(4 * TOP, -1, np.int32)
    place[numbers] = np.arange(TOP, dtype=np.int32)
    column = np.concatenate([place[column] for column in columns])
    kept = column >= 0
    pointer = np.concatenate([[0], np.cumsum(kept)])[pointer]
    column = column[kept]
    data = np.ones(len(column), np.int32)
    holds = sp.csr_array((data, column, pointer), shape=(n_playlists, TOP))
    return Items("track", numbers, counts[numbers], holds)


def pair_loop(items: Items) -> Counter:
    """Count pairs with two loops and a dictionary."""
    counts: Counter = Counter()
    holds = items.holds
    for i in range(holds.shape[0]):
        tracks = sorted(holds.indices[holds.indptr[i] : holds.indptr[i + 1]].tolist())
        counts.update(combinations(tracks, 2))
    return counts


def timed(label: str, work, items: Items) -> tuple[object, float]:
    """Run and print."""
    started, cpu = time.perf_counter(), time.process_time()
    result = work(items)
    seconds = time.perf_counter() - started
    print(f"  {label:16} {seconds:8.1f} s {time.process_time() - cpu:8.1f} s processor", flush=True)
    return result, seconds


def compare(items: Items) -> None:
    """Run the three ways and compare what they give."""
    ours, seconds = timed("count_matrix", lambda i: count_matrix(i.holds), items)
    plain, scipy_s = timed("scipy alone", lambda i: (i.holds.T @ i.holds).tocsr(), items)
    assert (plain.toarray() == ours).all()
    del plain
    loop, loop_s = timed("pair loop", pair_loop, items)
    assert all(ours[i, j] == n for (i, j), n in loop.items())
    assert len(loop) == np.count_nonzero(np.triu(ours, 1))
    print(f"  {scipy_s / seconds:.1f} times as fast as scipy, {loop_s / seconds:.0f} as the loop")


def grow(items: Items) -> None:
    """Count, list neighbours, and print the memory."""
    counts, _ = timed("count_matrix", lambda i: count_matrix(i.holds), items)
    print(f"  {np.count_nonzero(counts) / counts.size:.0%} of the pairs meet")
    del counts
    timed("top_neighbours", lambda i: top_neighbours(i, "pmi", 20, 5, 0.5), items)
    print(f"  peak memory {peak_mb():,.0f} MB, playlists included", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", type=Path, help="a store instead of drawn playlists")
    parser.add_argument("--playlists", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--one", type=json.loads, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one is None:
        if not given.store:
            run_fresh(["compare", given.playlists[0]])
        for n in [0] if given.store else given.playlists:
            run_fresh(["grow", n], *(["--store", str(given.store)] if given.store else []))
        return
    what, n = given.one
    items = select_items(open_store(given.store), top=TOP) if given.store else draw(n)
    pairs = float((np.diff(items.holds.indptr).astype(float) ** 2).sum())
    print(f"{items.holds.shape[0]:,} playlists, {items.holds.nnz:,} entries, {pairs:,.0f} products")
    (compare if what == "compare" else grow)(items)


def run_fresh(what: list, *more: str) -> None:
    """Run one part in a process of its own, so that its memory is its own."""
    subprocess.run([sys.executable, __file__, "--one", json.dumps(what), *more], check=True)


if __name__ == "__main__":
    main()
