"""How long mining item sets and making rules takes, beside mlxtend, and how much memory.

    .venv/bin/python benchmarks/bench_rules.py [--store DIR] [--support 0.001]
                                               [--playlists 10000 100000]

On a store's playlists (or 10,000 drawn ones), sets of up to three tracks: `mine` and `make_rules`
against mlxtend's FP-Growth on a sparse table and its `association_rules`, both from the same
matrix, with equal results. On the other numbers of drawn playlists ours only, over the 10,000 most
frequent tracks. Each in a fresh process.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from bench_cooccurrence import TOP, draw

from lib.memory import peak_mb
from lib.playlists.counting.cooccurrence import select_items
from lib.playlists.mining.item_sets import count_of
from lib.playlists.mining.mine_estimate import estimate
from lib.playlists.mining.miner import mine
from lib.playlists.mining.rules import MEASURES, make_rules
from lib.playlists.mining.rules_mlxtend import as_mlxtend, mlxtend_sets
from lib.playlists.store import open_store

MIN_CONFIDENCE = 0.1
OURS_TIMES = 5


def clocked(work) -> tuple[object, float, float]:
    """Run; return the result, seconds of the clock and of the processor."""
    started, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - started, time.process_time() - cpu


def mined_rules(holds: sp.csr_array, least: int) -> tuple[object, object]:
    """Mine, and make the rules with every measure."""
    sets = mine(holds, least)
    return sets, make_rules(sets, MIN_CONFIDENCE, measures=tuple(MEASURES))


def ours(holds: sp.csr_array, least: int, times: int = 1) -> tuple[object, object, float, float]:
    """Run ours; print and return what was found and the least seconds, clock and processor."""
    before = peak_mb()
    print(f"  estimate: {estimate(holds, least).describe()}")
    runs = [clocked(lambda: mined_rules(holds, least)) for _ in range(times)]
    sets, rules = runs[0][0]
    seconds, cpu = min(run[1] for run in runs), min(run[2] for run in runs)
    print(f"  {len(sets.count):,} item sets, {len(rules):,} rules, all with every measure")
    print(f"  ours: {seconds:.2f} s ({cpu:.2f} s processor), the least of {times}")
    print(f"  memory {before:,.0f} MB before, {peak_mb():,.0f} MB at the peak", flush=True)
    return sets, rules, seconds, cpu


def compare(holds: sp.csr_array, least: int) -> None:
    """Run both and compare what they find and how long they take."""
    sets, rules, seconds, cpu = ours(holds, least, OURS_TIMES)
    from mlxtend.frequent_patterns import association_rules

    theirs, sets_s, sets_cpu = clocked(lambda: mlxtend_sets(holds, least))
    table, rules_s, rules_cpu = clocked(
        lambda: association_rules(theirs, metric="confidence", min_threshold=MIN_CONFIDENCE)
    )
    print(f"  mlxtend: sets {sets_s:.1f} s ({sets_cpu:.1f} s processor), rules {rules_s:.1f} s")
    print(f"  memory {peak_mb():,.0f} MB at the peak")
    found = dict(zip(theirs["itemsets"], theirs["support"], strict=True))
    mined = sets.table()
    assert found == dict(zip(mined["itemsets"], mined["support"], strict=True))
    values = list(MEASURES)
    keyed = []
    for one in (as_mlxtend(rules, sets), table):
        keys = zip(one["antecedents"], one["consequents"], strict=True)
        keyed.append(dict(zip(keys, one[values].to_numpy(), strict=True)))
    assert keyed[0].keys() == keyed[1].keys()
    assert all(np.array_equal(row, keyed[1][key]) for key, row in keyed[0].items())
    print("  equal: item sets, supports, rules, every measure to the last bit")
    ratio, cpu_ratio = (sets_s + rules_s) / seconds, (sets_cpu + rules_cpu) / cpu
    print(f"  {ratio:.0f} times as fast by the clock, {cpu_ratio:.0f} by the processor", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", type=Path, help="a store to compare on instead of drawn ones")
    parser.add_argument("--support", type=float, default=0.001, help="least share of playlists")
    parser.add_argument("--playlists", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--one", type=json.loads, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one is None:
        wanted = [0, *given.playlists[1:]] if given.store else given.playlists
        for place, n in enumerate(wanted):
            command = [sys.executable, __file__, "--one", json.dumps([n, place])]
            command += ["--support", str(given.support)]
            command += ["--store", str(given.store)] if given.store and not n else []
            subprocess.run(command, check=True)
        return
    n, place = given.one
    items = select_items(open_store(given.store), top=100_000) if given.store else draw(n)
    holds = items.holds
    least = count_of(given.support, holds.shape[0])
    # Only frequent tracks, so that mlxtend is not kept busy with the others.
    holds = sp.csr_array(holds[:, np.flatnonzero(items.playlists >= least)[: 2 * TOP]])
    print(f"{holds.shape[0]:,} playlists, {holds.nnz:,} entries, {least:,} playlists or more")
    if place == 0:
        compare(holds, least)
    else:
        ours(holds, least)


if __name__ == "__main__":
    main()
