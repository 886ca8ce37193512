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
from types import SimpleNamespace

import explorer_data
import gradio as gr
import numpy as np
import pandas as pd
from gradio import networking
from mpd_data import playlist, track_id, write_slice
from predict_data import make_shelf, named_rows, save_models, small

from lib.apps.dashboard.state import Dashboard
from lib.apps.dashboard.tables import Released, Sounds
from lib.apps.page import tab_dashboard
from lib.apps.page.data import PageData, Playlists, make_data
from lib.apps.page.layout import build_page
from lib.apps.page.outbox import Outbox
from lib.apps.page.serve import serving
from lib.apps.playlist.models import UNTESTED
from lib.pipeline.places import write_json
from lib.playlists.find_tracks import read_names
from lib.playlists.reading.load import load_mpd
from lib.playlists.store import open_store
from lib.recommenders.base import training_from
from lib.recommenders.cooccurrence import Cooccurrence
from lib.recommenders.popularity import Popularity
from lib.tracks.by_year import to_cells
from lib.tracks.columns import AUDIO_9
from lib.tracks.features import tracks_by_id
from lib.tracks.year_tracks import list_tracks

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


def dated_rows(n: int = 600, seed: int = 7) -> pd.DataFrame:
    """Rows of tracks with release years, a row a genre, as `lib.tracks.by_year` cleans them."""
    rng = np.random.default_rng(seed)
    rows = pd.DataFrame(rng.random((n, len(AUDIO_9))), columns=list(AUDIO_9))
    rows["loudness_db"], rows["tempo_bpm"] = -20 * rows["loudness_db"], 60 + 99 * rows["tempo_bpm"]
    rows["track_id"] = [f"dated{number:04d}" for number in range(n)]
    rows["release_year"] = rng.integers(1990, 2020, n)
    singer = rng.integers(0, 24, n)
    names = [IMAGE, LINK, TEMPLATE, "Beyoncé", *(f"Singer {number}" for number in range(20))]
    rows["first_artist"] = [names[number] for number in singer]
    rows["artist_id"] = [f"artist{number}" for number in singer]
    rows["album_name"] = [f"Album {number} <b>" for number in rng.integers(0, 4, n)]
    rows["popularity"], rows["explicit"] = rng.integers(0, 101, n), rng.random(n) < 0.2
    rows["duration_min"] = rng.uniform(1, 8, n)
    rows["track_genre"] = rng.choice(["pop", "hip-hop", "acid jazz"], n)
    return pd.concat([rows, rows.iloc[::5].assign(track_genre="rock")], ignore_index=True)


def released() -> Released:
    """Tracks with release years, as 24_trends_by_year leaves them."""
    rows = dated_rows()
    return Released(to_cells(rows), list_tracks(rows), "tracks/dated.parquet", True, 40, 3)


def sounds(tracks: pd.DataFrame) -> Sounds:
    """Clusters of two thirds of a catalogue's tracks, as 25_cluster_tracks leaves them."""
    ids = sorted(set(tracks["track_id"]))
    ids = [one for number, one in enumerate(ids) if number % 3]
    cluster = [number % 2 + 1 for number in range(len(ids))]
    table = pd.DataFrame({"track_id": ids, "cluster": cluster})
    names = {1: f"1: {IMAGE}", 2: "2: calm (0.20)"}
    return Sounds(table.assign(name=table["cluster"].map(names)), f"None is clear {IMAGE}.")


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
    whose = f"Test data {IMAGE}"
    return make_data(
        shelf, tracks, catalogue, whose, playlists, released=released(), sounds=sounds(tracks)
    )


@contextlib.contextmanager
def pages(folder: Path, what: str = "all"):
    """Pages served by a process of their own; gives their addresses by kind.

    ``what`` may be "dashboard", for that tab alone, which needs no models. What Gradio's loops
    leave behind is then not among the warnings of the tests.
    """
    with (folder / "log").open("w") as log:
        command = [sys.executable, __file__, str(folder), what]
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


def serve_dashboard(folder: Path) -> None:
    """Serve the tab Dashboard alone: with all tables, and with none but the catalogue."""
    catalogue = tracks_by_id(named_rows(small()))
    boards = {
        "page": Dashboard(catalogue, released(), sounds(catalogue)),
        "without": Dashboard(catalogue),
    }
    with contextlib.ExitStack() as stack:
        addresses = {}
        for kind, board in boards.items():
            with gr.Blocks(analytics_enabled=False) as page, gr.Tab("Dashboard") as tab:
                tab_dashboard.build(SimpleNamespace(dashboard=board, headline="Test data"), tab)
            addresses[kind], _ = stack.enter_context(serving(page))
        write_json(folder / "addresses.json", addresses)
        sys.stdin.read()


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
    without = replace(without, dashboard=Dashboard(data.tracks.table))
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
    {"all": serve_all, "dashboard": serve_dashboard}[sys.argv[2]](Path(sys.argv[1]))
