"""What is odd in a catalogue as read: gaps, copies, values out of range, zeros."""

from __future__ import annotations

import pandas as pd

from lib.errors import DataError
from lib.tracks.clean import drop_nameless
from lib.tracks.columns import AUDIO_9, COLUMNS
from lib.tracks.titles import first_artist

FEWEST_ROWS = 100
FEWEST_ARTISTS = 20
"""Fewest rows and first artists of a catalogue that can be described and split into folds."""


def shortage(tracks: pd.DataFrame) -> str:
    """Say what keeps a catalogue from being described and split into folds.

    Parameters
    ----------
    tracks : pandas.DataFrame
        Rows of a catalogue as read, or one row a track id with `first_artist` and `popularity`.

    Returns
    -------
    str
        Empty when there are at least `FEWEST_ROWS` rows with names, by at least `FEWEST_ARTISTS`
        first artists, not all of the same popularity.

    Examples
    --------
    >>> shortage(pd.DataFrame({"first_artist": ["Ada"] * 100, "popularity": range(100)}))
    'at least 20 first artists expected, found 1'
    """
    named = drop_nameless(tracks) if "artists" in tracks else tracks
    artists = named["first_artist"] if "first_artist" in named else first_artist(named["artists"])
    for what, fewest, found in (
        ("rows with artist, album and title", FEWEST_ROWS, len(named)),
        ("first artists", FEWEST_ARTISTS, artists.nunique()),
        ("different popularities", 2, named["popularity"].nunique()),
    ):
        if found < fewest:
            return f"at least {fewest} {what} expected, found {found}"
    return ""


def require_enough(tracks: pd.DataFrame) -> None:
    """Refuse a catalogue that is too small or too even to say anything about popularity.

    Raises
    ------
    DataError
        When there is a `shortage`.
    """
    lacking = shortage(tracks)
    if lacking:
        raise DataError(
            f"catalogue of {len(tracks):,} rows: {lacking}. Artists are the units of folds and "
            "intervals, and popularity has to vary. Use a larger catalogue, or the generated "
            "sample (profile 'sample')"
        )


def quality_report(tracks: pd.DataFrame) -> pd.DataFrame:
    """Count what is odd in a catalogue as read.

    Parameters
    ----------
    tracks : pandas.DataFrame, shape (n, k)
        See `lib.tracks.read.read_kaggle`.

    Returns
    -------
    pandas.DataFrame
        One row a check: `check`, `rows` it concerns, their `share`, and an `example`, the first
        such row, as "row 7: the value". Copies are counted beyond the first; "ids with several
        popularities" counts ids, and its share is of the ids.
    """
    popularities = tracks.groupby("track_id", sort=False)["popularity"].agg(["nunique", list])
    several = popularities[popularities["nunique"] > 1]
    checks = [("rows", pd.Series(True, index=tracks.index), "track_id")]
    checks += [(f"missing {name}", tracks[name].isna(), "track_id") for name in tracks]
    keys = {
        "exact row, row number ignored": [name for name in tracks if name != "row"],
        "track id": ["track_id"],
        "audio vector": list(AUDIO_9),
    }
    checks += [
        (f"copies by {key}", tracks.duplicated(names), "track_id") for key, names in keys.items()
    ]
    for name, column in COLUMNS.items():
        for check in column.checks:
            limits = check.statistics
            low, high = limits["min_value"], limits["max_value"]
            outside = ~tracks[name].between(low, high) & tracks[name].notna()
            checks.append((f"{name} outside {low} to {high}", outside, name))
    zeros = ("popularity", "duration_ms", "tempo_bpm", "time_signature")
    checks += [(f"{name} 0", tracks[name].eq(0), "track_id") for name in zeros]
    report = pd.DataFrame([_check(tracks, *check) for check in checks])
    example = f"{several.index[0]}: {several['list'].iloc[0]}" if len(several) else ""
    report.loc[len(report)] = [
        "ids with several popularities",
        len(several),
        len(several) / max(len(popularities), 1),
        example,
    ]
    return report


def _check(tracks: pd.DataFrame, check: str, hit: pd.Series, show: str) -> dict[str, object]:
    rows = int(hit.sum())
    example = ""
    if rows:
        first = tracks.loc[hit.idxmax()]
        example = f"row {first['row']}: {first[show]}"
    return {"check": check, "rows": rows, "share": rows / max(len(tracks), 1), "example": example}
