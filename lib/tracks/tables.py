"""Schemas of the tables that notebooks make from a track catalogue.

All are strict: a missing or an extra column is an error. Descriptions and units are part of the
data dictionary.
"""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

from lib.tracks.columns import AUDIO_13, COLUMNS, column
from lib.tracks.features import CATEGORIES
from lib.tracks.features_37 import FEATURES_9, FEATURES_37, ONE_HOT, SCALED


def _one_of(values: tuple[str, ...], description: str) -> pa.Column:
    return pa.Column(
        "str", [pa.Check.isin(values)], description=description, metadata={"unit": "category"}
    )


def _names(description: str) -> pa.Column:
    filled = pa.Check(lambda lists: lists.map(len) > 0, error="at least one name")
    return pa.Column(object, [filled], description=description, metadata={"unit": "list of names"})


DERIVED: dict[str, pa.Column] = {
    "duration_min": column("float64", "minutes", "Length", 0, 24 * 60),
    "mood_energy": _one_of(
        CATEGORIES["mood_energy"], "Quarter of the valence-energy square, cut at 0.5"
    ),
    "energy_category": _one_of(CATEGORIES["energy_category"], "Energy cut at 0.33 and 0.66"),
    "popularity_category": _one_of(
        CATEGORIES["popularity_category"], "Popularity cut at 33 and 66"
    ),
    "tempo_category": _one_of(CATEGORIES["tempo_category"], "Tempo cut at 90, 120 and 150"),
}

MADE: dict[str, pa.Column] = {
    "first_artist": column("str", "name", "First of the credited artists"),
    "recording_id": column(
        "int64", "number", "Recording: same audio, or same title and first artist", 0, 2**31
    ),
    "audio_id": column("int64", "number", "Audio vector: nine equal descriptors", 0, 2**31),
    "n_ids": column("int64", "ids", "Track ids of the recording", 1, 2**31),
    "genres": _names("Genres under which the search found it"),
    "macro_genres": _names("Macro-genres of those genres, by the map of the run"),
}

POPULARITY_OF_IDS = column(
    "float64", "0 to 100", "Popularity; mean of its rows where an id has several", 0, 100
)


def _standard(what: str) -> pa.Column:
    return column(
        "float64", "standard deviations", f"{what}, standardised by mean and sd of training rows"
    )


def _flag(description: str) -> pa.Column:
    return column("int64", "0 or 1", description, 0, 1)


def _product(description: str) -> pa.Column:
    return column("float64", "0 to 1", description, 0, 1)


_PUBLISHED_SCALED = {
    "duration_ms": "Length in milliseconds",
    "loudness": "Mean loudness",
    "tempo": "Tempo",
    "duration_min": "Length in minutes",
    "key": "Pitch class",
}

_OF_37: dict[str, pa.Column] = {
    **{name: _standard(_PUBLISHED_SCALED[name]) for name in SCALED},
    "explicit": _flag("Marked as having explicit lyrics"),
    "energy_danceability": _product("energy x danceability"),
    "valence_energy": _product("valence x energy"),
    "acousticness_energy": _product("acousticness x energy"),
    "energy_squared": _product("energy squared"),
    "danceability_squared": _product("danceability squared"),
    "valence_squared": _product("valence squared"),
    "is_short_track": _flag("Shorter than 3 minutes"),
    "is_long_track": _flag("Longer than 5 minutes"),
    "high_energy_happy": _flag("Energy and valence above 0.7"),
    "low_energy_sad": _flag("Energy and valence below 0.3"),
    **{
        f"{column}_{level}": _flag(f"{column} is {level}")
        for column, levels in ONE_HOT.items()
        for level in levels
    },
    "track_genre_encoded": _standard("Genre's place in the alphabet"),
}


def _schema(description: str, columns: dict[str, pa.Column]) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(columns, strict=True, description=description)


_WITHOUT_GENRE_ROW = {
    name: column for name, column in COLUMNS.items() if name not in ("row", "track_genre")
}

AUDIO_V2 = _schema(
    "Published recipe: the most popular row of each audio vector, popularity above 0",
    COLUMNS | DERIVED,
)

EXACT = _schema(
    "Published recipe: rows less exact copies, texts levelled",
    {
        name: column
        for name, column in COLUMNS.items()
        if name not in ("row", "track_id", "duration_ms")
    }
    | {"duration_min": DERIVED["duration_min"]},
)

TRACKS = _schema(
    "Every row that has a name, with what ties it to others",
    COLUMNS | {name: MADE[name] for name in ("first_artist", "recording_id", "audio_id")},
)

RECORDINGS = _schema(
    "One row a recording; other columns are those of its most popular id",
    _WITHOUT_GENRE_ROW
    | {name: MADE[name] for name in ("first_artist", "recording_id", "n_ids", "genres")}
    | {
        "popularity": column(
            "float64",
            "0 to 100",
            "Popularity of the recording, from its ids as parameter KEEP_POPULARITY says",
            0,
            100,
        )
    },
)

FEATURES_37_TABLE = _schema(
    "Published random-row split, one side: id, target, 37 features",
    {"track_id": COLUMNS["track_id"], "popularity": COLUMNS["popularity"]}
    | {name: _OF_37[name] if name in _OF_37 else COLUMNS[name] for name in FEATURES_37},
)

FEATURES_9_TABLE = _schema(
    "Rows of audio_v2: id, target, the nine descriptors",
    {name: COLUMNS[name] for name in ("track_id", "popularity", *FEATURES_9)},
)

MODEL_TRACKS = _schema(
    "One row a track id: what a model may know before a track is out, and the target",
    {
        "track_id": COLUMNS["track_id"],
        **{name: MADE[name] for name in ("first_artist", "recording_id", "genres", "macro_genres")},
        "popularity": POPULARITY_OF_IDS,
        "explicit": COLUMNS["explicit"],
        **{name: COLUMNS[name] for name in AUDIO_13},
    },
)

FOLDS = pa.DataFrameSchema(
    {
        "track_id": COLUMNS["track_id"],
        "split": _one_of(("first_artist", "recording"), "What is kept whole in a fold"),
        "fold": column("int64", "number", "Fold that the track is tested in, from 0", 0, 1000),
    },
    strict=True,
    unique=["track_id", "split"],
    description="For each split, the fold of each track id of model_tracks",
)

TABLES: dict[str, pa.DataFrameSchema] = {
    "audio_v2": AUDIO_V2,
    "exact": EXACT,
    "tracks": TRACKS,
    "recordings": RECORDINGS,
    "features_37_train": FEATURES_37_TABLE,
    "features_37_test": FEATURES_37_TABLE,
    "features_9": FEATURES_9_TABLE,
    "model_tracks": MODEL_TRACKS,
    "folds": FOLDS,
}
"""Each table that a notebook saves, and its schema."""


def arrange(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Pick a table's columns, in the order of its schema."""
    return frame[list(TABLES[table].columns)]
