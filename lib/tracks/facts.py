"""What is published about the public Kaggle file, to be checked against what is found in it."""

from __future__ import annotations

import pandas as pd

from lib.tracks.clean import Cleaned
from lib.tracks.features import CATEGORIES, add_derived
from lib.tracks.genres import macro_table

# Fact: published value, tolerance. Counts are exact but for the number of recordings, which hangs
# on how titles are normalised; shares were published with three digits, on other random splits.
PUBLISHED: dict[str, tuple[float, float]] = {
    "rows": (114_000, 0),
    "genres": (114, 0),
    "fewest rows of a genre": (1000, 0),
    "most rows of a genre": (1000, 0),
    "unique ids": (89_741, 0),
    "rows without artist, album and title": (1, 0),
    "exact copies, row number ignored": (450, 0),
    "rows with popularity 0": (16_020, 0),
    "ids with several popularities": (720, 0),
    "rows with tempo 0": (157, 0),
    "rows with time signature 0": (163, 0),
    "mean popularity": (33.238535, 5e-7),
    "audio_v2: rows after one row an audio vector": (83_467, 0),
    "audio_v2: rows at the end": (78_310, 0),
    "exact: rows at the end": (113_422, 0),
    "exact: artist texts": (31_427, 0),
    "exact: album texts": (46_150, 0),
    "exact: titles": (72_377, 0),
    "random split: share of test rows with the same id in training": (0.316, 0.005),
    "random split: share of test rows with the same audio in training": (0.369, 0.005),
    "recordings": (77_200, 100),
    "ids: share in a recording with several ids": (0.219, 0.002),
    "recordings with several ids: mean popularity range": (17.8, 0.1),
    "recordings with several ids: median popularity range": (7, 0),
    "ids with a twin: share at 0": (0.294, 0.002),
    "ids without a twin: share at 0": (0.051, 0.001),
    "ids at 0: share with a twin above 0": (0.35, 0.005),
    "mood_energy: Happy/High Energy": (43_249, 0),
    "mood_energy: Energetic/Sad": (38_810, 0),
    "mood_energy: Chill/Happy": (8_766, 0),
    "mood_energy: Sad/Low Energy": (23_175, 0),
    "energy_category: Low Energy": (15_836, 0),
    "energy_category: Medium Energy": (37_279, 0),
    "energy_category: High Energy": (60_885, 0),
    "popularity_category: Low Popularity": (55_582, 0),
    "popularity_category: Medium Popularity": (50_786, 0),
    "popularity_category: High Popularity": (7_632, 0),
    "tempo_category: Slow": (16_402, 0),
    "tempo_category: Moderate": (36_935, 0),
    "tempo_category: Fast": (40_753, 0),
    "tempo_category: Very Fast": (19_910, 0),
    "published macro-genre: Other": (63, 0),
    "published macro-genre: Electronic/Dance": (13, 0),
    "published macro-genre: Pop": (9, 0),
    "published macro-genre: Rock": (8, 0),
    "published macro-genre: Metal/Hardcore": (6, 0),
    "published macro-genre: Latin": (5, 0),
}


def compare_facts(found: dict[str, float]) -> pd.DataFrame:
    """Put what was found beside what is published.

    Parameters
    ----------
    found : dict of str to float
        Values by fact, keys of `PUBLISHED`.

    Returns
    -------
    pandas.DataFrame
        Columns `fact`, `published`, `found`, `tolerance`, `agrees`.

    Examples
    --------
    >>> compare_facts({"rows": 114_000, "genres": 113})["agrees"].tolist()
    [True, False]
    """
    rows = []
    for fact, value in found.items():
        published, tolerance = PUBLISHED[fact]
        agrees = abs(value - published) <= tolerance + 1e-12
        rows.append((fact, published, value, tolerance, bool(agrees)))
    return pd.DataFrame(rows, columns=["fact", "published", "found", "tolerance", "agrees"])


def find_table_facts(tracks: pd.DataFrame) -> dict[str, float]:
    """Count in the table as read what `PUBLISHED` says of it; see `compare_facts`."""
    per_genre = tracks["track_genre"].value_counts()
    nameless = tracks[["artists", "album_name", "track_name"]].isna().all(axis=1)
    return {
        "rows": len(tracks),
        "genres": len(per_genre),
        "fewest rows of a genre": int(per_genre.min()),
        "most rows of a genre": int(per_genre.max()),
        "unique ids": tracks["track_id"].nunique(),
        "rows without artist, album and title": int(nameless.sum()),
        "exact copies, row number ignored": int(tracks.drop(columns="row").duplicated().sum()),
        "rows with popularity 0": int(tracks["popularity"].eq(0).sum()),
        "ids with several popularities": int(
            tracks.groupby("track_id")["popularity"].nunique().gt(1).sum()
        ),
        "rows with tempo 0": int(tracks["tempo_bpm"].eq(0).sum()),
        "rows with time signature 0": int(tracks["time_signature"].eq(0).sum()),
        "mean popularity": tracks["popularity"].mean(),
    }


def find_cleaning_facts(
    cleaned: dict[str, Cleaned], by_row: pd.DataFrame, by_id: pd.DataFrame
) -> dict[str, float]:
    """Gather what `PUBLISHED` says of the recipes and of the twins; see `compare_facts`.

    Parameters
    ----------
    cleaned : dict of str to Cleaned
        Result of each recipe in `lib.tracks.clean.RECIPES`.
    by_row, by_id : pandas.DataFrame
        `lib.tracks.twins.twin_report` of the rows, and of one row a track id.
    """
    audio_v2, audio_log = cleaned["audio_v2"]
    exact, _ = cleaned["exact"]
    rows, ids = by_row.set_index("key"), by_id.set_index("key")
    recording = ids.loc["same recording (any of them)"]
    return {
        "audio_v2: rows after one row an audio vector": int(
            audio_log.set_index("step").loc["same audio vector", "rows_after"]
        ),
        "audio_v2: rows at the end": len(audio_v2),
        "exact: rows at the end": len(exact),
        "exact: artist texts": exact["artists"].nunique(),
        "exact: album texts": exact["album_name"].nunique(),
        "exact: titles": exact["track_name"].nunique(),
        "random split: share of test rows with the same id in training": rows.loc[
            "same id", "split_share"
        ],
        "random split: share of test rows with the same audio in training": rows.loc[
            "same audio vector", "split_share"
        ],
        "recordings": len(cleaned["recordings"][0]),
        "ids: share in a recording with several ids": recording["share"],
        "recordings with several ids: mean popularity range": recording["range_mean"],
        "recordings with several ids: median popularity range": recording["range_median"],
        "ids with a twin: share at 0": recording["zeros_twins"],
        "ids without a twin: share at 0": recording["zeros_single"],
        "ids at 0: share with a twin above 0": recording["zeros_beside_hit"],
    }


def find_feature_facts(tracks: pd.DataFrame) -> dict[str, float]:
    """Count what `PUBLISHED` says of the derived columns and macro-genres; see `compare_facts`."""
    derived = add_derived(tracks)
    found: dict[str, float] = {}
    for column, labels in CATEGORIES.items():
        counts = derived[column].value_counts()
        found |= {f"{column}: {label}": int(counts.get(label, 0)) for label in labels}
    macros = macro_table(tracks["track_genre"])["published"].value_counts()
    named = [fact for fact in PUBLISHED if fact.startswith("published macro-genre")]
    return found | {fact: int(macros.get(fact.partition(": ")[2], 0)) for fact in named}
