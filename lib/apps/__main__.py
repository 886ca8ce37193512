"""Serve the page: ``python -m lib.apps``."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from lib.errors import DataError, ParameterError, WorkbookError
from lib.modelling.stored.shelf import find_models
from lib.pipeline import places, sources
from lib.pipeline.command import command_line
from lib.pipeline.hub_commands import LOCK, cache_dir
from lib.pipeline.notebook import TRACKS_CSV
from lib.pipeline.stages import stage
from lib.playlists.find_tracks import read_names
from lib.playlists.store import open_store
from lib.recommenders.base import training_from
from lib.recommenders.fitted import chosen_on
from lib.tracks.read import read_kaggle

SEED = 42
PUBLIC = """\
--share makes a public address: until this command ends, whoever has it can see and download the
titles, artists and popularity of all tracks in the catalogue, ask every model, upload files to this
machine and write flags onto its disk. What visitors send goes through servers of gradio.live. The
licence of the data has to allow that."""


def main(arguments: list[str] | None = None) -> int:
    """Serve the page until Ctrl-C, or SIGTERM.

    Returns
    -------
    int
        0 when it was served, 2 when it cannot be.
    """
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    profile = options.profile or ("full" if options.data_dir else "sample")
    try:
        if not 0 <= options.port <= 65_535:
            raise ParameterError(f"--port: 0 to 65535 expected, found {options.port}")
        if profile == "sample" and options.data_dir:
            raise ParameterError("--data-dir: the profile 'sample' has data of its own; leave it")
        _serve(options, profile)
    except KeyboardInterrupt:
        print("\nEnded.")
        return 0
    except WorkbookError as error:
        print(f"python -m lib.apps: {error}", file=sys.stderr)
    except OSError as error:
        print(f"python -m lib.apps: {error.strerror}: {error.filename}", file=sys.stderr)
    return 2


def _serve(options: argparse.Namespace, profile: str) -> None:
    source = sources.find_source(profile, options.data_dir)
    _require(source, "02_clean_tracks", "08_train_model")
    # Both count only when they are set before the libraries are loaded.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from lib.apps.dashboard.tables import NO_RELEASED, NO_SOUNDS, released_of, sounds_of
    from lib.apps.page.data import make_data
    from lib.apps.page.layout import build_page
    from lib.apps.page.outbox import Outbox
    from lib.apps.page.serve import NOT_SHARED, USER, serving

    if options.share:
        hint = "" if options.password else "\nAdd --password WORD to let in only those who know it."
        print(PUBLIC + hint, file=sys.stderr)
    began_s = time.perf_counter()
    work = places.work_dir(profile)
    whose = source.part(stage("34_share_page")).headline()
    dated, clustered = "24_trends_by_year", "25_cluster_tracks"
    data = make_data(
        find_models(work, LOCK, cache_dir()),
        pd.read_parquet(work / "02_clean_tracks" / "tracks.parquet"),
        read_kaggle(source.path(TRACKS_CSV)),
        whose,
        _playlists(source),
        pd.read_parquet(work / "08_train_model" / "intervals.parquet"),
        SEED,
        released_of(work / dated) if _ran(source, dated) else NO_RELEASED,
        sounds_of(work / clustered) if _ran(source, clustered) else NO_SOUNDS,
    )
    with contextlib.ExitStack() as stack:
        outbox = stack.enter_context(contextlib.closing(Outbox()))
        page = build_page(data, outbox, work / "page" / "flags.jsonl")
        how = options.port, options.share, options.password
        local, public = stack.enter_context(serving(page, *how))
        print(f"{whose}. Ready after {time.perf_counter() - began_s:.0f} s:")
        print(f"  on this machine: {local}")
        if options.share:
            print(f"  for everybody: {public}" if public else f"  {NOT_SHARED}")
        if options.password:
            print(f"  user {USER}, with your password")
        print("Ctrl-C ends it.", flush=True)
        while True:
            time.sleep(3600)


def _require(source: sources.Source, *names: str) -> None:
    """See that notebooks have run on this data."""
    for name in names:
        if not _ran(source, name):
            raise DataError(
                f"{name} has not run on this data, so there is nothing to show; run it, and the "
                f"models to choose from, with: {command_line(source, ['22_train_more_models'])}"
            )


def _ran(source: sources.Source, name: str) -> bool:
    manifest = places.read_manifest(places.work_dir(source.profile) / name / places.MANIFEST)
    return manifest is not None and manifest["data"] == source.part(stage(name)).describe()


def _playlists(source: sources.Source) -> object:
    """Fit what playlists are continued with, or say why it cannot be."""
    from lib.apps.page.data import playlists_of

    names = stage("11_explore_playlists").stores
    made = [n for n in names if n in dict(source.digests) and _store(source, n).exists()]
    needed = ("11_explore_playlists", "16_evaluate_recommenders")
    if not made or not all(_ran(source, name) for name in needed):
        command = command_line(source, [needed[1]])
        print(f"No recommenders for playlists yet; make them with: {command}", file=sys.stderr)
        return "Playlists: no recommenders were made for this data; notebook 16 makes them."
    print("Learning from playlists …", file=sys.stderr)
    folder = places.work_dir(source.profile) / needed[1]
    choice = folder / "models" / "continuation"
    tested = [name for name in made if chosen_on(choice, name)]
    store = open_store(_store(source, (tested or made)[0]).parent)
    training = training_from(store, np.arange(len(store.offsets) - 1))
    scores = pd.read_parquet(folder / "scores.parquet")
    return playlists_of(store, training, read_names(store), choice, scores, SEED)


def _store(source: sources.Source, name: str) -> Path:
    return places.store_dir(source.profile, name) / places.MANIFEST


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lib.apps",
        description="Serve the page: predict, compare, continue playlists, explore, score files.",
        allow_abbrev=False,
    )
    parser.add_argument("--profile", help="sample (the default) or full")
    parser.add_argument("--data-dir", default="", help="folder of the full profile's raw data")
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; 0 for any that is free")
    parser.add_argument("--share", action="store_true", help="a public address as well")
    parser.add_argument(
        "--password", default=os.environ.get("WORKBOOK_PASSWORD", ""),
        help="let in only who knows it (or set WORKBOOK_PASSWORD, which ps does not show)",
    )  # fmt: skip
    return parser


if __name__ == "__main__":
    sys.exit(main())
