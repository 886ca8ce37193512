"""What the page answers from, small: models, a catalogue, playlists, with hostile titles in all."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import explorer_data
import numpy as np
from gradio import networking
from mpd_data import playlist, track_id, write_slice
from predict_data import make_shelf, named_rows, save_models, small

from lib.apps.page.data import PageData, Playlists, make_data
from lib.apps.page.layout import build_page
from lib.apps.page.outbox import Outbox
from lib.apps.page.serve import serving
from lib.apps.playlist.models import UNTESTED
from lib.pipeline.places import write_json
from lib.playlists.find_tracks import read_names
from lib.playlists.load import load_mpd
from lib.playlists.store import open_store
from lib.recommenders.base import training_from
from lib.recommenders.cooccurrence import Cooccurrence
from lib.recommenders.popularity import Popularity

IMAGE = "<img src=x onerror=run()>"
LINK = '=HYPERLINK("http://example.org")'
TEMPLATE = "${alert(1)} {{value}}"
NAMES = {0: IMAGE, 1: LINK, 2: TEMPLATE, 3: "Creep"}
N_TRACKS = 30
PASSWORD = "sesame"


def save_all(folder: Path) -> None:
    """Twenty playlists over thirty tracks, those of `NAMES` in every one; and models."""
    rng = np.random.default_rng(5)
    lists = []
    for pid in range(20):
        numbers = [*NAMES, *rng.permutation(np.arange(4, N_TRACKS))[:12].tolist()]
        one = playlist(pid, numbers, name=("Gym", "Road trip")[pid % 2])
        for entry, number in zip(one["tracks"], numbers, strict=True):
            entry["track_name"] = NAMES.get(number, f"Song {number}")
        lists.append(one)
    write_slice(folder / "in", 0, lists)
    load_mpd(folder / "in", folder / "out", workers=1)
    save_models(folder / "work", small())


def load_all(folder: Path) -> PageData:
    """What the page answers from, of what was saved."""
    store = open_store(folder / "out")
    training, names = training_from(store, np.arange(20)), read_names(store)
    models = {
        "co-occurrence": Cooccurrence().fit(training),
        "popularity": Popularity().fit(training),
    }
    worth = dict.fromkeys(models, UNTESTED)
    playlists = Playlists(store, names, training, models, worth, "none")
    catalogue = explorer_data.catalogue()
    tracks, shelf = named_rows(small()), make_shelf(folder / "work")
    return make_data(shelf, tracks, catalogue, f"Test data {IMAGE}", playlists)


@contextlib.contextmanager
def pages(folder: Path):
    """Pages served by a process of their own; gives their addresses by kind.

    What Gradio's loops leave behind is then not among the warnings of the tests.
    """
    with (folder / "log").open("w") as log:
        command = [sys.executable, __file__, str(folder)]
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=log, stdout=log)
        try:
            for _ in range(400):
                if (folder / "addresses.json").exists():
                    break
                assert server.poll() is None, (folder / "log").read_text()
                time.sleep(0.1)
            yield json.loads((folder / "addresses.json").read_text())
        finally:
            server.stdin.close()  # which is what it waits for
            assert server.wait(timeout=30) == 0, (folder / "log").read_text()


def serve_all(folder: Path) -> None:
    """Serve the page, one without playlists, one with a password, one that cannot be shared."""
    data, look_up = load_all(folder), socket.getaddrinfo

    def noting(host, *args, **kwargs):
        with (folder / "asked").open("a") as file:
            file.write(f"{host.decode() if isinstance(host, bytes) else host}\n")
        return look_up(host, *args, **kwargs)

    def no_tunnel(*args, **kwargs):
        raise RuntimeError("no network")

    socket.getaddrinfo = noting
    networking.setup_tunnel = no_tunnel
    without = replace(data, playlists=None, no_playlists="Playlists: none here")
    kinds = {
        "page": (data, {}),
        "without": (without, {}),
        "closed": (data, {"password": PASSWORD}),
        "shared": (without, {"share": True}),
    }
    with contextlib.ExitStack() as stack:
        addresses = {}
        for kind, (one, how) in kinds.items():
            outbox = stack.enter_context(contextlib.closing(Outbox()))
            page = build_page(one, outbox, folder / "flags.jsonl")
            local, public = stack.enter_context(serving(page, **how))
            addresses |= {kind: local, f"{kind} public": public}
        write_json(folder / "addresses.json", addresses)
        sys.stdin.read()


def track_ids() -> list[str]:
    """Ids of the playlists' tracks."""
    return [track_id(number) for number in range(N_TRACKS)]


if __name__ == "__main__":
    serve_all(Path(sys.argv[1]))
