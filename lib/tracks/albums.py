"""Album names, and the artists and popularities that stand under each."""

from __future__ import annotations

import itertools

import pandas as pd

COUNTS = ("artist_ids", "album_ids", "album_artists")
"""Columns of `catalogue_counts`."""

ARTIST_BANDS = (1, 2, 5, 15)
"""Upper ends of the bands of `artist_band`; the last band has no upper end."""


def catalogue_counts(tracks: pd.DataFrame) -> pd.DataFrame:
    """Count, for each track, the ids of its artist, those of its album name, its album's artists.

    Counts over the whole table, test rows included: no target is in them, but nobody could have
    had them on the day of release.

    Parameters
    ----------
    tracks : pandas.DataFrame, shape (n, k)
        One row a track id, with `first_artist` and `album_name`.

    Returns
    -------
    pandas.DataFrame, shape (n, 3)
        Columns `COUNTS`, same index.

    Examples
    --------
    >>> tracks = pd.DataFrame({"first_artist": list("aab"), "album_name": list("xyy")})
    >>> catalogue_counts(tracks).values.tolist()
    [[2, 1, 1], [2, 2, 2], [1, 2, 2]]
    """
    album = tracks.groupby("album_name")["first_artist"]
    return pd.DataFrame(
        {
            "artist_ids": tracks.groupby("first_artist")["first_artist"].transform("size"),
            "album_ids": album.transform("size"),
            "album_artists": album.transform("nunique"),
        }
    )


def album_table(tracks: pd.DataFrame) -> pd.DataFrame:
    """Summarise the popularity under each album name.

    Parameters
    ----------
    tracks : pandas.DataFrame
        One row a track id, with `album_name`, `first_artist` and `popularity`.

    Returns
    -------
    pandas.DataFrame
        One row an album name, lowest mean first: `album_name`, `artists`, `tracks`, `mean`, `low`
        and `high` (10 % and 90 % quantile of its tracks), `zero` (share of tracks with
        popularity 0).
    """
    groups = tracks.assign(_zero=tracks["popularity"].eq(0)).groupby("album_name")
    popularity = groups["popularity"]
    table = pd.DataFrame(
        {
            "artists": groups["first_artist"].nunique(),
            "tracks": popularity.size(),
            "mean": popularity.mean(),
            "low": popularity.quantile(0.1),
            "high": popularity.quantile(0.9),
            "zero": groups["_zero"].mean(),
        }
    )
    return table.reset_index().sort_values(["mean", "album_name"], ignore_index=True)


def artist_band(album_artists: pd.Series) -> pd.Series:
    """Put numbers of first artists on an album into bands, as ordered categories.

    Examples
    --------
    >>> artist_band(pd.Series([1, 2, 3, 16])).tolist()
    ['1', '2', '3–5', '16 or more']
    """
    names = [str(ARTIST_BANDS[0])]
    for low, high in itertools.pairwise(ARTIST_BANDS):
        names.append(f"{high}" if high == low + 1 else f"{low + 1}–{high}")
    names.append(f"{ARTIST_BANDS[-1] + 1} or more")
    return pd.cut(album_artists, [0, *ARTIST_BANDS, float("inf")], labels=names)
