"""A small catalogue and a small model for the tests of store and scoring."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.modelling import compare, train
from lib.modelling.splits import group_folds
from lib.modelling.stored import recipes
from lib.tracks.columns import AUDIO_9

TREES = 24


def catalogue(rows: int = 900, seed: int = 3) -> pd.DataFrame:
    """One row a track id, as the table model_tracks."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.random((rows, len(AUDIO_9))).round(4), columns=list(AUDIO_9))
    frame["loudness_db"] = (-30 * frame["loudness_db"]).round(2)
    frame["tempo_bpm"] = (60 + 120 * frame["tempo_bpm"]).round(2)
    frame["duration_ms"] = rng.integers(90_000, 400_000, rows)
    frame["key"] = rng.integers(0, 12, rows)
    frame["mode"] = rng.integers(0, 2, rows)
    frame["time_signature"] = rng.choice([3, 4], rows)
    frame["explicit"] = rng.random(rows) < 0.2
    pools = (["jazz"], ["pop"], ["pop", "rock"], ["rock"])
    place = rng.integers(0, len(pools), rows)
    frame["genres"] = [pools[number] for number in place]
    frame["macro_genres"] = frame["genres"]
    frame["track_id"] = [f"id{number:05d}" for number in range(rows)]
    frame["first_artist"] = [f"artist {number // 3}" for number in range(rows)]
    frame["recording_id"] = np.arange(rows)
    noise = rng.normal(0, 3 + 4 * place, rows)
    level = 15 * place + 20 * frame["energy"] + noise
    frame["popularity"] = level.clip(0, 100).round().astype(float)
    return frame


def estimator(name: str, seed: int = 0):
    """A recipe's estimator with few trees that learn fast."""
    made = recipes.make_estimator(recipes.RECIPES[name], TREES, 6, seed)
    for step in ("xgbregressor", "regressor"):
        if f"{step}__learning_rate" in made.get_params():
            made.set_params(**{f"{step}__learning_rate": 0.2})
    return made


def out_of_fold(
    tracks: pd.DataFrame, folds: int = 3, name: str = "popularity", split: str = "first_artist"
) -> pd.DataFrame:
    """Held-out predictions, artists or recordings kept whole."""
    keys = {"first_artist": "first_artist", "recording": "recording_id"}
    number = group_folds(tracks[keys[split]], folds, 0)
    table = tracks[["track_id"]].assign(split=split, fold=number)
    return compare.cross_validate(tracks, table, {"m": estimator(name)})


def judge(tracks: pd.DataFrame, made: pd.DataFrame, name: str = "popularity") -> train.Judged:
    """The intervals of `out_of_fold` predictions."""
    return train.judge_intervals(tracks, made, recipes.RECIPES[name], TREES, 0.9, 0)


def judge_all(tracks: pd.DataFrame, name: str) -> list[train.Judged]:
    """All that the calibration of a model rests on."""
    splits = ("first_artist", "recording") if recipes.RECIPES[name].artist else ("first_artist",)
    made = [out_of_fold(tracks, name=name, split=split) for split in splits]
    return [judge(tracks, one, name) for one in made]


def fit(tracks: pd.DataFrame, name: str = "popularity", seed: int = 0):
    """A model, its twin, and the held-out intervals."""
    judged = judge_all(tracks, name)
    made = estimator(name, seed)
    pair = train.fit_model(tracks, recipes.RECIPES[name], made, judged, TREES, 0.9, seed)
    return *pair, judged[0].table


def input_rows(tracks: pd.DataFrame) -> pd.DataFrame:
    """The same tracks as rows to score, a row a genre."""
    rows = tracks.drop(columns=["macro_genres", "recording_id"])
    rows = rows.rename(columns={"first_artist": "artists"})
    return rows.explode("genres").rename(columns={"genres": "track_genre"}).reset_index(drop=True)


def as_csv(rows: pd.DataFrame) -> str:
    """The rows as a file in the Kaggle layout."""
    names = {"loudness_db": "loudness", "tempo_bpm": "tempo"}
    return rows.rename(columns=names).to_csv(index=False)
