"""Columns derived from a row alone, the genres of a track as 0/1 columns, one row a track id."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer

from lib.errors import DataError

CUTS: dict[str, tuple[str, tuple[float, ...], tuple[str, ...]]] = {
    "energy_category": (
        "energy",
        (0, 0.33, 0.66, 1),
        ("Low Energy", "Medium Energy", "High Energy"),
    ),
    "popularity_category": (
        "popularity",
        (0, 33, 66, 100),
        ("Low Popularity", "Medium Popularity", "High Popularity"),
    ),
    "tempo_category": (
        "tempo_bpm",
        (0, 90, 120, 150, 300),
        ("Slow", "Moderate", "Fast", "Very Fast"),
    ),
}
"""Category column: the column it is cut from, the edges, the names.

A value on an edge belongs to the lower bin; the lowest edge belongs to the first.
"""

MOODS = ("Happy/High Energy", "Energetic/Sad", "Chill/Happy", "Sad/Low Energy")

CATEGORIES: dict[str, tuple[str, ...]] = {
    "mood_energy": MOODS,
    **{name: labels for name, (_, _, labels) in CUTS.items()},
}
"""Derived category columns and their values, in order."""

_OF_A_ROW = ("row", "popularity", "track_genre")


def add_derived(tracks: pd.DataFrame) -> pd.DataFrame:
    """Add the length in minutes, the mood and the categories of energy, popularity and tempo.

    Parameters
    ----------
    tracks : pandas.DataFrame, shape (n, k)
        With `duration_ms`, `valence`, `energy`, `tempo_bpm`, and `popularity` when known.

    Returns
    -------
    pandas.DataFrame, shape (n, k + 5)
        The columns `duration_min`, `mood_energy`, `energy_category`, `popularity_category` and
        `tempo_category` added; no `popularity_category` where there is no `popularity`. A value
        outside the edges of `CUTS`, or missing, has no category. A missing valence or energy
        counts as 0.5 for the mood, as published.

    Raises
    ------
    DataError
        When a column is missing.

    Examples
    --------
    >>> tracks = pd.DataFrame(
    ...     {"duration_ms": [90_000], "valence": [0.5], "energy": [0.66], "tempo_bpm": [120.0]}
    ... )
    >>> add_derived(tracks).iloc[0, 5:].tolist()
    ['Energetic/Sad', 'Medium Energy', 'Moderate']
    """
    _require(tracks, ("duration_ms", "valence", "energy", "tempo_bpm"))
    derived = {
        "duration_min": tracks["duration_ms"] / 60_000,
        "mood_energy": mood(tracks["valence"], tracks["energy"]),
    }
    for name, (column, edges, labels) in CUTS.items():
        if column in tracks:
            bins = pd.cut(tracks[column], edges, labels=list(labels), include_lowest=True)
            derived[name] = bins.astype("str")
    return tracks.assign(**derived)


def mood(valence: pd.Series, energy: pd.Series) -> pd.Series:
    """Name the quarter of the valence-energy square that each track lies in.

    Parameters
    ----------
    valence, energy : pandas.Series of float, shape (n,)
        From 0 to 1; a value of exactly 0.5, or none, belongs to the low half.

    Returns
    -------
    pandas.Series of str, shape (n,)
        One of `MOODS`.

    Examples
    --------
    >>> mood(pd.Series([0.5, 0.6]), pd.Series([0.6, 0.5])).tolist()
    ['Energetic/Sad', 'Chill/Happy']
    """
    happy, lively = valence > 0.5, energy > 0.5
    names = np.select([happy & lively, lively, happy], MOODS[:3], MOODS[3])
    return pd.Series(names, index=valence.index, dtype="str")


def tracks_by_id(tracks: pd.DataFrame) -> pd.DataFrame:
    """Keep one row a track id, with all its genres.

    In the public file a track stands once under each genre that found it. Everything but the
    genre repeats, save that some ids were seen with two popularities, on different days. Neither
    is the truer one, so the mean is kept: taking the highest would choose by the target.

    Parameters
    ----------
    tracks : pandas.DataFrame
        With `track_id`, `popularity` and `track_genre`; other columns are constant in an id.

    Returns
    -------
    pandas.DataFrame
        In order of first appearance, without `row` and `track_genre`; `popularity` is a float,
        `genres` the sorted list of the id's genres.

    Raises
    ------
    DataError
        When a column is missing.

    Examples
    --------
    >>> rows = pd.DataFrame(
    ...     {"track_id": list("aba"), "popularity": [3, 5, 4], "track_genre": list("xyw")}
    ... )
    >>> tracks_by_id(rows).values.tolist()
    [['a', 3.5, ['w', 'x']], ['b', 5.0, ['y']]]
    """
    _require(tracks, ("track_id", "popularity", "track_genre"))
    by_id = tracks.groupby("track_id", sort=False)["popularity"].mean()
    first = tracks.drop_duplicates("track_id")
    kept = first.drop(columns=[name for name in _OF_A_ROW if name in first])
    popularity = by_id.reindex(first["track_id"]).to_numpy(dtype="float64")
    genres = collect_genres(tracks["track_id"], tracks["track_genre"])
    kept = kept.assign(popularity=popularity, genres=genres.reindex(first["track_id"]).to_numpy())
    return kept.reset_index(drop=True)


def collect_genres(groups: pd.Series, genres: pd.Series) -> pd.Series:
    """List the distinct genres of each group, sorted.

    Parameters
    ----------
    groups, genres : pandas.Series, shape (n,)
        Group, e.g. the track id, and genre of each row.

    Returns
    -------
    pandas.Series of list of str
        Indexed by group.

    Examples
    --------
    >>> collect_genres(pd.Series([1, 1, 1]), pd.Series(["b", "a", "b"])).tolist()
    [['a', 'b']]
    """
    pairs = pd.DataFrame({"group": groups.to_numpy(), "genre": genres.to_numpy()})
    pairs = pairs.drop_duplicates().sort_values(["group", "genre"], ignore_index=True)
    starts = pairs.index[~pairs["group"].duplicated()].to_numpy()
    names = pairs["genre"].tolist()
    lists = [names[i:j] for i, j in zip(starts, [*starts[1:], len(names)], strict=True)]
    return pd.Series(lists, index=pd.Index(pairs["group"].to_numpy()[starts], name="group"))


def genre_multihot() -> CountVectorizer:
    """Make a transformer from lists of genres to one 0/1 column a genre.

    Returns
    -------
    sklearn.feature_extraction.text.CountVectorizer
        Unfitted. `fit` learns the genres of the training rows; `transform` takes a Series of
        lists, shape (n,), to a sparse matrix, shape (n, genres), and passes over genres that
        training did not have. `get_feature_names_out` names the columns.

    Examples
    --------
    >>> coder = genre_multihot().fit([["pop", "rock"], ["jazz"]])
    >>> coder.get_feature_names_out().tolist()
    ['jazz', 'pop', 'rock']
    >>> coder.transform([["rock", "jazz", "polka"]]).toarray().tolist()
    [[1.0, 0.0, 1.0]]
    """
    # A list of genres is its own list of terms, so `list` is all the analysis there is.
    return CountVectorizer(analyzer=list, binary=True, dtype=np.float32)


def feature_info(features: pd.DataFrame) -> pd.DataFrame:
    """Describe each feature.

    Parameters
    ----------
    features : pandas.DataFrame, shape (n, k)
        Numeric features.

    Returns
    -------
    pandas.DataFrame, shape (k, 6)
        Columns `feature`, `dtype`, `missing`, `unique`, `mean`, `sd` (of a sample, n - 1).

    Examples
    --------
    >>> feature_info(pd.DataFrame({"a": [1.0, 3.0]})).values.tolist()
    [['a', 'float64', 0, 2, 2.0, 1.4142135623730951]]
    """
    return pd.DataFrame(
        {
            "feature": features.columns.astype("str"),
            "dtype": [str(kind) for kind in features.dtypes],
            "missing": features.isna().sum().to_numpy(),
            "unique": features.nunique().to_numpy(),
            "mean": features.mean().to_numpy(),
            "sd": features.std().to_numpy(),
        }
    )


def _require(tracks: pd.DataFrame, names: tuple[str, ...]) -> None:
    missing = [name for name in names if name not in tracks]
    if missing:
        raise DataError(
            f"columns missing: {', '.join(missing)}; expected the workbook's names, found "
            f"{', '.join(map(str, tracks.columns))}. Read the file with lib.tracks.read"
        )
