"""The published 37-feature and 9-feature tables, with all that is fitted seeing training rows only.

The published pipeline fitted its scaler and its genre code on all rows before it split them. Here
both are steps of an unfitted pipeline.
"""

from __future__ import annotations

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder, StandardScaler

from lib.tracks.columns import AUDIO_9, KAGGLE_NAMES
from lib.tracks.features import add_derived

NUMERIC = (
    "duration_ms",
    "explicit",
    "danceability",
    "energy",
    "key",
    "loudness",
    "speechiness",
    "acousticness",
    "instrumentalness",
    "liveness",
    "valence",
    "tempo",
    "duration_min",
)
INTERACTIONS = (
    "energy_danceability",
    "valence_energy",
    "acousticness_energy",
    "energy_squared",
    "danceability_squared",
    "valence_squared",
    "is_short_track",
    "is_long_track",
    "high_energy_happy",
    "low_energy_sad",
)
ONE_HOT: dict[str, tuple[object, ...]] = {
    "mode": (1,),
    "time_signature": (1, 3, 4, 5),
    "mood_energy": ("Energetic/Sad", "Happy/High Energy", "Sad/Low Energy"),
    "energy_category": ("Medium Energy", "High Energy"),
    "tempo_category": ("Moderate", "Fast", "Very Fast"),
}
"""Levels that have a column. The published drop-first leaves out mode 0, time signature 0,
Chill/Happy, Low Energy and Slow; any other level, such as time signature 2, has all zeros."""

FEATURES_37 = (
    *NUMERIC,
    *INTERACTIONS,
    *(f"{column}_{level}" for column, levels in ONE_HOT.items() for level in levels),
    "track_genre_encoded",
)
"""The names and their order as published, `loudness` and `tempo` without their units."""

FEATURES_9 = AUDIO_9

SCALED = ("duration_ms", "loudness", "tempo", "duration_min", "key")
"""Columns that are standardised; so is the genre code."""


def features_37() -> Pipeline:
    """Make the transformer from catalogue rows to the published 37 features.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Unfitted. `fit` learns from the rows it is given, and from nothing else: the mean and
        standard deviation of `SCALED`, the alphabetical code of their genres, and its mean and
        standard deviation. `transform` takes a DataFrame with the columns of the Kaggle file in
        the workbook's names, shape (n, k), to one with the columns `FEATURES_37`, shape (n, 37).
        A genre that training did not have gets the code -1. The code orders genres by their
        alphabet, which means nothing; it is kept because the published model used it.

    """
    code = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    columns = ColumnTransformer(
        [
            ("scaled", StandardScaler(), list(SCALED)),
            ("genre", make_pipeline(code, StandardScaler()), ["track_genre"]),
        ],
        remainder="passthrough",
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    return Pipeline(
        [
            ("expand", FunctionTransformer(expand)),
            ("columns", columns),
            ("arrange", FunctionTransformer(_arrange)),
        ]
    )


def expand(tracks: pd.DataFrame) -> pd.DataFrame:
    """Compute the features that need no fitting; the scaled ones are still in their units.

    Parameters
    ----------
    tracks : pandas.DataFrame, shape (n, k)
        With the columns of the Kaggle file, in the workbook's names.

    Returns
    -------
    pandas.DataFrame, shape (n, 37)
        `FEATURES_37`, but with `track_genre` in the place of its code.
    """
    published = {name: theirs for theirs, name in KAGGLE_NAMES.items()}
    source = add_derived(tracks).rename(columns=published)
    energy, dance, valence = source["energy"], source["danceability"], source["valence"]
    made = source[list(NUMERIC)].assign(
        explicit=source["explicit"].astype("int64"),
        energy_danceability=energy * dance,
        valence_energy=valence * energy,
        acousticness_energy=source["acousticness"] * energy,
        energy_squared=energy**2,
        danceability_squared=dance**2,
        valence_squared=valence**2,
        is_short_track=(source["duration_min"] < 3).astype("int64"),
        is_long_track=(source["duration_min"] > 5).astype("int64"),
        high_energy_happy=((energy > 0.7) & (valence > 0.7)).astype("int64"),
        low_energy_sad=((energy < 0.3) & (valence < 0.3)).astype("int64"),
    )
    levels = {
        f"{column}_{level}": source[column].eq(level).astype("int64")
        for column, values in ONE_HOT.items()
        for level in values
    }
    return made.assign(**levels, track_genre=source["track_genre"])


def random_row_split(
    tracks: pd.DataFrame, seed: int, test_share: float = 0.2
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split rows one by one, as published: 91,200 and 22,800 of 114,000.

    A track that stands under several genres ends on both sides, so no score on this split is a
    fair one; it is here to show what that does.

    Returns
    -------
    train, test : pandas.DataFrame
        Shuffled rows.
    """
    train, test = train_test_split(tracks, test_size=test_share, random_state=seed)
    return train, test


def _arrange(columns: pd.DataFrame) -> pd.DataFrame:
    return columns.rename(columns={"track_genre": "track_genre_encoded"})[list(FEATURES_37)]
