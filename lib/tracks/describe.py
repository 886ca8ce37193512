"""Describe a catalogue: what it holds, one row a track, shares of categories, filters."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.errors import ParameterError
from lib.tracks.columns import AUDIO_9, COLUMNS
from lib.tracks.features import CATEGORIES, add_derived
from lib.tracks.titles import first_artist

CONTINUOUS_10 = (*AUDIO_9, "duration_ms")
"""Columns with a continuous scale."""

NUMERIC_15 = (*CONTINUOUS_10, "key", "mode", "time_signature", "explicit", "credited_artists")
"""Every number known of a track beside its popularity."""

LYRICS = ("not explicit", "explicit")


def overview(tracks: pd.DataFrame) -> pd.DataFrame:
    """Count what a catalogue holds.

    Parameters
    ----------
    tracks : pandas.DataFrame
        As read, see `lib.tracks.read.read_kaggle`.

    Returns
    -------
    pandas.DataFrame
        Columns ``what``, ``count``, ``share`` (0 to 1) and ``of`` (what it is a share of).
    """
    rows = len(tracks)
    by_id = tracks.groupby("track_id")["popularity"].agg(["size", "nunique", "max"])
    ids = len(by_id)
    content = [name for name in tracks.columns if name != "row"]
    text = ["artists", "album_name", "track_name"]
    lines = [
        ("rows", rows, rows, "rows"),
        ("track ids", ids, rows, "rows"),
        ("ids on several rows", (by_id["size"] > 1).sum(), ids, "track ids"),
        ("ids with more than one popularity", (by_id["nunique"] > 1).sum(), ids, "track ids"),
        ("rows equal to an earlier row", tracks.duplicated(content).sum(), rows, "rows"),
        ("genres", tracks["track_genre"].nunique(), rows, "rows"),
        ("artist credits as written", tracks["artists"].nunique(), rows, "rows"),
        ("album names", tracks["album_name"].nunique(), rows, "rows"),
        ("track names", tracks["track_name"].nunique(), rows, "rows"),
        ("rows without artist, album or name", tracks[text].isna().any(axis=1).sum(), rows, "rows"),
        ("rows with several artists", tracks["artists"].str.contains(";").sum(), rows, "rows"),
        ("explicit rows", tracks["explicit"].sum(), rows, "rows"),
        ("rows with popularity 0", (tracks["popularity"] == 0).sum(), rows, "rows"),
        ("ids with popularity 0 throughout", (by_id["max"] == 0).sum(), ids, "track ids"),
        ("rows with tempo 0", (tracks["tempo_bpm"] == 0).sum(), rows, "rows"),
        ("rows with time signature 0", (tracks["time_signature"] == 0).sum(), rows, "rows"),
    ]
    table = pd.DataFrame(lines, columns=["what", "count", "base", "of"]).astype({"count": "int64"})
    table["share"] = table["count"] / table["base"]
    return table[["what", "count", "share", "of"]]


def column_summary(tracks: pd.DataFrame) -> pd.DataFrame:
    """Say for each published column how full it is and how far it reaches.

    Returns
    -------
    pandas.DataFrame
        One row a column: ``column``, ``unit``, ``missing`` and ``zeros`` (rows), ``distinct``,
        and ``low``, ``median``, ``high`` for numbers.
    """
    rows = []
    for name in [name for name in COLUMNS if name in tracks and name != "row"]:
        values = tracks[name]
        number = pd.api.types.is_numeric_dtype(values)
        low, median, high = values.astype(float).quantile([0, 0.5, 1]) if number else [np.nan] * 3
        rows.append(
            {
                "column": name,
                "unit": COLUMNS[name].metadata["unit"],
                "missing": int(values.isna().sum()),
                "zeros": int((values == 0).sum()) if number else 0,
                "distinct": values.nunique(),
                "low": low,
                "median": median,
                "high": high,
            }
        )
    return pd.DataFrame(rows)


def add_groups(tracks: pd.DataFrame) -> pd.DataFrame:
    """Add what the description groups by.

    Parameters
    ----------
    tracks : pandas.DataFrame
        Rows of a catalogue, or one row a track id.

    Returns
    -------
    pandas.DataFrame
        With ``first_artist``, ``credited_artists`` (their number; both missing where there is no
        artist), ``lyrics`` (explicit or not), and the columns of `lib.tracks.features.CATEGORIES`,
        all categories ordered.
    """
    derived = add_derived(tracks)
    ordered = {name: pd.Categorical(derived[name], CATEGORIES[name], True) for name in CATEGORIES}
    lyrics = np.where(tracks["explicit"], LYRICS[1], LYRICS[0])
    return tracks.assign(
        first_artist=first_artist(tracks["artists"]),
        credited_artists=tracks["artists"].str.count(";") + 1,
        lyrics=pd.Categorical(lyrics, LYRICS, True),
        **ordered,
    )


def shares(values: pd.Series) -> pd.DataFrame:
    """Count each category.

    Returns
    -------
    pandas.DataFrame
        ``category``, ``tracks``, ``share``; ordered categories in their order, others by count.

    Examples
    --------
    >>> shares(pd.Series(["b", "a", "b", "b"]))
      category  tracks  share
    0        b       3   0.75
    1        a       1   0.25
    """
    ordered = isinstance(values.dtype, pd.CategoricalDtype) and values.cat.ordered
    counts = values.value_counts(sort=not ordered)
    counts = counts.sort_index() if ordered else counts
    return pd.DataFrame(
        {
            "category": counts.index.astype(str),
            "tracks": counts.to_numpy(),
            "share": counts.to_numpy() / max(counts.sum(), 1),
        }
    )


def within(tracks: pd.DataFrame, **ranges: tuple[float, float]) -> pd.DataFrame:
    """Filter tracks by closed ranges, e.g. ``within(tracks, energy=(0.8, 1))``.

    Returns
    -------
    pandas.DataFrame
        The tracks inside all ranges, in their order; a missing value lies in no range.

    Raises
    ------
    ParameterError
        When a column is unknown or a range is upside down.

    Examples
    --------
    >>> within(pd.DataFrame({"energy": [0.2, 0.8, 0.9]}), energy=(0.8, 1)).index.tolist()
    [1, 2]
    """
    kept = pd.Series(True, index=tracks.index)
    for name, (low, high) in ranges.items():
        if name not in tracks:
            raise ParameterError(f"{name}: unknown column; expected one of {list(tracks.columns)}")
        if low > high:
            raise ParameterError(f"{name}: expected a low end up to {high}, found {low}")
        kept &= tracks[name].between(low, high)
    return tracks[kept]
