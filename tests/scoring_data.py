"""A small catalogue and a small model for the tests of store and scoring."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.modelling import compare, estimators, train
from lib.modelling.splits import group_folds
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


def out_of_fold(tracks: pd.DataFrame, folds: int = 3) -> pd.DataFrame:
    """Held-out predictions of XGBoost, artists kept whole."""
    number = group_folds(tracks["first_artist"], folds, 0)
    split = tracks[["track_id"]].assign(split="first_artist", fold=number)
    models = {
        "m": estimators.xgboost("audio+genres", TREES, 0).set_params(
            xgbregressor__learning_rate=0.2
        )
    }
    return compare.cross_validate(tracks, split, models)


def fit(tracks: pd.DataFrame):
    """A model, its twin, and the held-out intervals."""
    held_out = train.judge_intervals(tracks, out_of_fold(tracks), TREES, 0.9, 0)
    return *train.fit_model(tracks, held_out, TREES, 0.9, 0), held_out


def input_rows(tracks: pd.DataFrame) -> pd.DataFrame:
    """The same tracks as rows to score, a row a genre."""
    rows = tracks.drop(columns=["macro_genres", "first_artist", "recording_id"])
    return rows.explode("genres").rename(columns={"genres": "track_genre"}).reset_index(drop=True)


def as_csv(rows: pd.DataFrame) -> str:
    """The rows as a file in the Kaggle layout."""
    names = {"loudness_db": "loudness", "tempo_bpm": "tempo"}
    return rows.rename(columns=names).to_csv(index=False)
