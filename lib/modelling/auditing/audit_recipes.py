"""What the published scores were made with: which rows, which columns, which model.

Each model is a function of one truth value, whether it takes columns made over all rows as
published (the artist mean, codes along the alphabet) or fits them on training rows. It makes an
unfitted pipeline that picks its columns and runs on one core.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder
from xgboost import XGBRegressor

from lib.tracks import clean
from lib.tracks.columns import AUDIO_9
from lib.tracks.features_37 import features_37
from lib.tracks.genres import macro_genre

PUBLISHED_SEED = 42
"""Seed of every published split and model."""

Model = Callable[[bool], BaseEstimator]

ARTIST_MEAN = "artist_popularity"
"""Mean popularity of an artist over all rows, test rows included: the column of three claims."""

NUMBERS_LINEAR = (
    *AUDIO_9,
    "key",
    "mode",
    "time_signature",
    "duration_min",
    "energy_loudness",
    "mood",
)
NUMBERS_TREES = (*AUDIO_9, "duration_min", "energy_valence", "loudness_danceability")
PEER = (
    "artists",
    "duration_ms",
    "explicit",
    "danceability",
    "energy",
    "key",
    "loudness_db",
    "mode",
    "speechiness",
    "acousticness",
    "instrumentalness",
    "liveness",
    "valence",
    "tempo_bpm",
    "time_signature",
    "track_genre",
)
PEER_CODES = {"artists": "artist_code", "track_genre": "genre_code"}
OVER_ALL_ROWS = (ARTIST_MEAN, *PEER_CODES.values())
"""Columns that are made over training and test rows together, as published; not for honest fits."""

RAW_37 = (*AUDIO_9, "duration_ms", "explicit", "key", "mode", "time_signature", "track_genre")

IDS = ("first_artist", "recording_id", "audio_id")


def as_they_are(tracks: pd.DataFrame) -> pd.DataFrame:
    """Keep every row, and add no column."""
    return tracks


def named_rows(tracks: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows that have artist, album and title."""
    return clean.drop_nameless(tracks)


def exact_rows(tracks: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows of the recipe `lib.tracks.clean.exact`, with their ids for the audit."""
    named = clean.drop_nameless(tracks)
    kept = ~named.drop(columns=["row", "track_id", *IDS]).duplicated()
    rows = clean.exact(tracks.drop(columns=[*IDS]))[0]
    ids = named.loc[kept, ["track_id", *IDS]].reset_index(drop=True)
    return pd.concat([rows, ids], axis=1)


def most_popular_copies(tracks: pd.DataFrame) -> pd.DataFrame:
    """Keep the most popular row of each audio vector: `audio_v2` without dropping zeros."""
    ranked = tracks.sort_values("popularity", ascending=False, kind="stable")
    return ranked.drop_duplicates(list(AUDIO_9)).reset_index(drop=True)


def without_zeros(tracks: pd.DataFrame) -> pd.DataFrame:
    """Drop popularity 0, keep all copies."""
    return tracks[tracks["popularity"] > 0].reset_index(drop=True)


def audio_v2_rows(tracks: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows of the recipe `lib.tracks.clean.audio_v2`."""
    return clean.audio_v2(tracks)[0]


def columns_linear(rows: pd.DataFrame) -> pd.DataFrame:
    """Add the columns of the linear model; `mood` is a mean of three others."""
    return _with_minutes(rows).assign(
        energy_loudness=rows["energy"] * rows["loudness_db"],
        mood=rows[["danceability", "energy", "valence"]].mean(axis=1),
    )


def columns_trees(rows: pd.DataFrame) -> pd.DataFrame:
    """Add the columns of the tree models, with the artist mean over all these rows."""
    made = {
        "energy_valence": rows["energy"] * rows["valence"],
        "loudness_danceability": rows["loudness_db"] * rows["danceability"],
        "macro_genre": macro_genre(rows["track_genre"], "published"),
        # The leak, on purpose: over all rows, before anything is split.
        ARTIST_MEAN: rows.groupby("artists")["popularity"].transform("mean"),
    }
    return _with_minutes(rows).assign(**made)


def columns_peer(rows: pd.DataFrame) -> pd.DataFrame:
    """Add artist and genre as numbers along the alphabet, over all these rows."""
    codes = {made: rows[name].astype("category").cat.codes for name, made in PEER_CODES.items()}
    return rows.assign(**codes)


def _with_minutes(rows: pd.DataFrame) -> pd.DataFrame:
    return rows if "duration_min" in rows else rows.assign(duration_min=rows["duration_ms"] / 6e4)


def _one_hot(names: list[str]) -> tuple[str, BaseEstimator, list[str]]:
    return "one-hot", OneHotEncoder(handle_unknown="ignore", sparse_output=False), names


def linear(published: bool) -> BaseEstimator:
    """Build the linear regression: numbers standardised, genres as 0/1 columns."""
    columns = [
        ("scaled", StandardScaler(), list(NUMBERS_LINEAR)),
        _one_hot(["explicit", "track_genre"]),
    ]
    return make_pipeline(ColumnTransformer(columns), LinearRegression())


def _tree_columns(published: bool) -> ColumnTransformer:
    # Out of fold inside the training rows, shrunk, and the mean for artists never seen.
    folds = KFold(5, shuffle=True, random_state=PUBLISHED_SEED)
    honest = TargetEncoder(target_type="continuous", smooth=5.0, cv=folds)
    artist = (
        ("artist", "passthrough", [ARTIST_MEAN]) if published else ("artist", honest, ["artists"])
    )
    numbers = ("numbers", "passthrough", list(NUMBERS_TREES))
    return ColumnTransformer([numbers, artist, _one_hot(["explicit", "macro_genre"])])


def forest(published: bool) -> BaseEstimator:
    """Build the forest without limit on an artist mean: the published or a fitted one."""
    return make_pipeline(_tree_columns(published), _unlimited(300))


def _unlimited(trees: int) -> RandomForestRegressor:
    return RandomForestRegressor(n_estimators=trees, random_state=PUBLISHED_SEED, n_jobs=1)


def _xgb(**settings: float) -> XGBRegressor:
    return XGBRegressor(**settings, random_state=PUBLISHED_SEED, n_jobs=1)


def boosted(**settings: float) -> Model:
    """Build XGBoost with these settings on the columns of `forest`."""
    return lambda published: make_pipeline(_tree_columns(published), _xgb(**settings))


def audio_9(**settings: float) -> Model:
    """Build XGBoost with these settings on the nine audio descriptors."""
    columns = ColumnTransformer([("numbers", "passthrough", list(AUDIO_9))])
    return lambda published: make_pipeline(columns, _xgb(**settings))


def boosted_37(published: bool) -> BaseEstimator:
    """Build XGBoost on the published 37 features, fitted on training rows."""
    model = _xgb(
        n_estimators=200,
        max_depth=6,
        learning_rate=0.1,
        subsample=0.8,
        colsample_bytree=0.8,
        min_child_weight=3,
        gamma=0.1,
    )
    return make_pipeline(features_37(), model)


def peer_forest(published: bool) -> BaseEstimator:
    """Build the forest without limit on artist and genre as numbers along the alphabet."""
    code = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    names = list(PEER_CODES)
    numbers = [name for name in PEER if name not in names]
    columns: list[tuple[str, object, list[str]]] = [("numbers", "passthrough", numbers)]
    if published:
        columns = [("numbers", "passthrough", [PEER_CODES.get(name, name) for name in PEER])]
    else:
        columns.append(("codes", code, names))
    return make_pipeline(ColumnTransformer(columns), _unlimited(100))
