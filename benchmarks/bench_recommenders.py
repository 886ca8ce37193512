"""How long recommenders take to learn and to answer, and how much memory.

    .venv/bin/python benchmarks/bench_recommenders.py [--store DIR] [--slices 5]
                                                      [--models "playlist kNN" iALS] [--asked 200]
                                                      [--members-only]

Learns from a store's playlists less some (or from generated ones), then asks in two ways: one
playlist at a time, as a person does (the median), and all together, as a challenge does. At the
end the blend and the second stage of all that were asked. Each model's peak memory is that of the
process so far. At the size of the whole data set, with 1,000 slices of `lib.playlists.generate`
loaded by `python -m lib.playlists`:

    … --store STORE --asked 10000 --models iALS "item kNN" "playlist kNN" --members-only
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from lib.memory import peak_mb
from lib.playlists.continuation.holdout import hold_out
from lib.playlists.generate import generate_mpd
from lib.playlists.reading.load import load_mpd
from lib.playlists.store import Store, open_store
from lib.recommenders.base import training_from
from lib.recommenders.ladder import BLENDED, ladder
from lib.recommenders.two_stage import TwoStage

ALONE = 60


def asked_alone(model, queries) -> float:
    """Median milliseconds of single questions, after one that warms up."""
    times = []
    rows = np.linspace(0, len(queries) - 1, min(ALONE, len(queries))).astype(int)
    for row in [rows[0], *rows]:
        started = time.perf_counter()
        model.recommend(queries.take(np.array([row])), 500)
        times.append(time.perf_counter() - started)
    return 1000 * float(np.median(times[1:]))


def asked_together(model, queries) -> float:
    """Milliseconds a playlist when all are asked at once."""
    started = time.perf_counter()
    model.recommend(queries, 500)
    return 1000 * (time.perf_counter() - started) / len(queries)


def show(name: str, fit_s: float, model, queries) -> None:
    """Time one recommender and print a line."""
    together, alone = asked_together(model, queries), asked_alone(model, queries)
    print(
        f"{name:14} learns in {fit_s:8.1f} s, answers in {alone:7.1f} ms alone, {together:6.2f} ms "
        f"among {len(queries):,}; peak {peak_mb():,.0f} MB",
        flush=True,
    )


def bench(store: Store, wanted: list[str] | None, asked: int, blended: bool) -> None:
    """Learn, ask, print."""
    categories = len(hold_out(store, playlists_each=1).test.names)
    held = hold_out(store, playlists_each=max(1, asked // categories))
    training = training_from(store, held.train)
    n, entries = training.tracks.shape[0], training.tracks.nnz
    print(f"{n:,} playlists, {entries:,} entries, {training.tracks.shape[1]:,} tracks")
    models = ladder(training, seed=42)
    chosen = wanted or [name for name in models if name != "EASE"]
    queries = held.test.queries
    for name in chosen:
        started = time.perf_counter()
        models[name].fit(training)
        show(name, time.perf_counter() - started, models[name], queries)
    for name, rerank in (("blend", False), ("rerank", True)) if blended else ():
        members = {one: models[one] for one in BLENDED if one in chosen}
        two = TwoStage(members, rerank=rerank).adopt(training)
        started = time.perf_counter()
        two.choose(held.validation.queries, held.validation.truth)
        show(name, time.perf_counter() - started, two, queries)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", type=Path, help="a store instead of generated playlists")
    parser.add_argument("--slices", type=int, default=5, help="slices to generate (5)")
    parser.add_argument("--models", nargs="+", help="names of recommenders; default: all but EASE")
    parser.add_argument("--asked", type=int, default=200, help="playlists to ask for (200)")
    parser.add_argument("--members-only", action="store_true", help="no blend, no second stage")
    given = parser.parse_args()
    how = given.models, given.asked, not given.members_only
    if given.store:
        bench(open_store(given.store), *how)
        return
    with tempfile.TemporaryDirectory() as folder:
        generate_mpd(Path(folder) / "slices", given.slices, size=given.slices / 100)
        bench(load_mpd(Path(folder) / "slices", Path(folder) / "store"), *how)


if __name__ == "__main__":
    main()
