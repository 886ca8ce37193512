"""Many users at once on the page's API: requests, errors, waiting, memory.

    python benchmarks/bench_page.py WORK [USERS] [SECONDS]

WORK is the folder of a profile's results, such as data/work/sample, in which 02_clean_tracks,
08_train_model and 22_train_more_models have run, and for playlists 11_explore_playlists and
16_evaluate_recommenders. The page runs in a process of its own; each user asks, reads the answer,
and asks again at once: two predictions, one comparison, one filter, and one playlist in turn.
"""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import psutil

from lib.apps.page.data import make_data, playlists_of
from lib.apps.page.layout import build_page
from lib.apps.page.outbox import Outbox
from lib.apps.page.serve import serving
from lib.modelling.stored.shelf import find_models
from lib.playlists.find_tracks import read_names
from lib.playlists.store import open_store
from lib.recommenders.base import training_from

USERS, SECONDS = 50, 60
TIMEOUT_S = 60
QUARTERS = 4


def serve(work: Path) -> None:
    """Serve the page; the address goes to standard output, and the end of input ends it."""
    tracks = pd.read_parquet(work / "02_clean_tracks" / "tracks.parquet")
    found = sorted(work.glob("stores/*/manifest.json"))
    playlists: object = "none"
    if found:
        store = open_store(found[0].parent)
        training = training_from(store, np.arange(len(store.offsets) - 1))
        folder = work / "16_evaluate_recommenders"
        scores = pd.read_parquet(folder / "scores.parquet")
        choice = folder / "models" / "continuation"
        playlists = playlists_of(store, training, read_names(store), choice, scores, 42)
    shelf = find_models(work, work / "none.json", work / "none")
    outbox = Outbox()
    data = make_data(shelf, tracks, tracks, "Benchmark", playlists)
    page = build_page(data, outbox, work / "page" / "flags.jsonl")
    with serving(page) as (url, _):
        models = ",".join(data.usable())
        print(f"{url} {int(bool(found))} {models}", flush=True)
        sys.stdin.read()
    outbox.close()


async def ask(client: httpx.AsyncClient, name: str, data: list[object]) -> str:
    """Ask one function; return what went wrong, or nothing."""
    sent = await client.post(f"/gradio_api/call/{name}", json={"data": data})
    if sent.status_code != 200:
        return f"{name}: HTTP {sent.status_code}"
    got = await client.get(f"/gradio_api/call/{name}/{sent.json()['event_id']}")
    if "event: complete" not in got.text:
        return f"{name}: {got.text[:200]}"
    return "" if json.loads(got.text.split("data: ", 1)[1])[0] else f"{name}: empty"


async def user(
    url: str, number: int, kinds: list[tuple[str, list[object]]], until_s: float,
    took: list[tuple[str, float]], wrong: Counter,
) -> None:  # fmt: skip
    """Ask one question after the other until the time is over."""
    draw = random.Random(number)
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S) as client:
        place = number
        while time.perf_counter() < until_s:
            name, data = kinds[place % len(kinds)]
            if name == "predict":
                data = [{"energy": draw.random()}, *data[1:]]
            began_s = time.perf_counter()
            try:
                problem = await ask(client, name, data)
            except httpx.HTTPError as error:
                problem = f"{name}: {type(error).__name__}"
            took.append((name, time.perf_counter() - began_s))
            wrong[problem] += bool(problem)
            place += 1


def main(work: Path, users: int, seconds: float) -> int:
    """Print the figures; 1 when anything went wrong."""
    command = [sys.executable, __file__, "--serve", str(work)]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    url, playlists, models = server.stdout.readline().split()
    ids = pd.read_parquet(work / "02_clean_tracks" / "tracks.parquet")["track_id"]
    first, last = models.split(",")[0], models.split(",")[-1]
    kinds = [("predict", [{}, first, ids[3]]), ("compare", [{}, ids[5]]),
             ("predict", [{}, last, ids[7]]),
             ("explore", [{"ranges": {"energy": [0.5, None]}}, 10])]  # fmt: skip
    kinds += [("continue", [[], "gym", "", 10, None])] if playlists == "1" else []
    process = psutil.Process(server.pid)
    took: list[tuple[str, float]] = []
    wrong: Counter = Counter()

    async def all_users(count: int, length_s: float) -> None:
        until_s = time.perf_counter() + length_s
        await asyncio.gather(*(user(url, n, kinds, until_s, took, wrong) for n in range(count)))

    asyncio.run(all_users(2, 3))  # what is made once is made now
    took.clear()
    memory = [process.memory_info().rss / 2**20]
    began_s, used_s = time.perf_counter(), sum(process.cpu_times()[:2])
    for _ in range(QUARTERS):
        asyncio.run(all_users(users, seconds / QUARTERS))
        memory.append(process.memory_info().rss / 2**20)
    passed_s = time.perf_counter() - began_s
    used_s = sum(process.cpu_times()[:2]) - used_s
    server.stdin.close()
    server.wait(timeout=30)
    print(f"{users} users, {passed_s:.0f} s: {len(took):,} requests, {wrong.total()} errors, "
          f"{len(took) / passed_s:.0f} a second")  # fmt: skip
    print(f"processor time of the page: {1000 * used_s / len(took):.0f} ms a request")
    for name in ("all", *sorted({name for name, _ in took})):
        ms = [1000 * s for one, s in took if name in ("all", one)]
        print(f"{name:<9} {len(ms):>6,} median {np.median(ms):6.0f} ms, "
              f"95 % {np.quantile(ms, 0.95):6.0f} ms, longest {max(ms):6.0f} ms")  # fmt: skip
    print("memory of the page, MB: " + ", ".join(f"{m:.0f}" for m in memory)
          + " (before, and after each quarter)")  # fmt: skip
    for problem, count in wrong.most_common(5):
        if problem:
            print(f"{count} x {problem}")
    return int(wrong.total() > 0)


if __name__ == "__main__":
    if sys.argv[1] == "--serve":
        serve(Path(sys.argv[2]))
    else:
        sys.exit(main(Path(sys.argv[1]), int((sys.argv[2:3] or [USERS])[0]),
                      float((sys.argv[3:4] or [SECONDS])[0])))  # fmt: skip
