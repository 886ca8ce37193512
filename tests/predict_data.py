"""A small catalogue with names, and a shelf of small models, for the tests of prediction."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
from scoring_data import catalogue, fit

from lib.modelling.stored import shelf, store
from lib.modelling.stored.recipes import RECIPES

KINDS = ("popularity", "audio_trees", "linear", "artist_trees")
METRICS = [
    {
        "name": "R², new artist",
        "value": 0.31,
        "unit": "",
        "low": 0.28,
        "high": 0.34,
        "baseline": "mean of the training rows",
        "baseline_value": -0.001,
    },
    {
        "name": "mean width of 90% intervals",
        "value": 41.5,
        "unit": "popularity points",
        "low": None,
        "high": None,
        "baseline": "one interval for all tracks",
        "baseline_value": 66.2,
    },
]
HOSTILE = "<img src=x onerror=alert(1)>"


def named_rows(tracks: pd.DataFrame) -> pd.DataFrame:
    """The catalogue as 02_clean_tracks leaves it: a row a genre, with titles and artists."""
    names = [f"Song {number} {'of Love' * (number % 3 == 0)}" for number in range(len(tracks))]
    names[7] = HOSTILE
    named = tracks.assign(track_name=names, artists=tracks["first_artist"], album_name="Album")
    rows = named.drop(columns=["macro_genres", "recording_id"]).explode("genres")
    return rows.rename(columns={"genres": "track_genre"}).reset_index(drop=True)


def save_models(folder: Path, tracks: pd.DataFrame, kinds: tuple[str, ...] = KINDS) -> None:
    """Train and store models as notebooks do, and beside them one that is broken."""
    for kind in kinds:
        about = {"name": RECIPES[kind].title, "purpose": "For tests.", "protocol": "three folds"}
        about |= {"data": {"tracks": len(tracks)}, "settings": {}, "metrics": METRICS}
        about |= {"limits": ["Made up."], "commit": ""}
        store.save_model(folder / "22_x" / "models" / kind, fit(tracks, kind)[0], about)
    broken = folder / "22_x" / "models" / "broken"
    shutil.copytree(broken.with_name(kinds[0]), broken)
    (broken / "point.ubj").write_bytes(b"{ no longer")


def make_shelf(folder: Path) -> list[shelf.OnShelf]:
    """The shelf of the stored models; no lock, no cache."""
    return shelf.find_models(folder, folder / "none.json", folder / "cache")


def small() -> pd.DataFrame:
    """Few tracks, so that the models are quick to fit."""
    return catalogue(400, 5)
