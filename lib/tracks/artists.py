"""Rank artists by popularity, and show what such a ranking is worth."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from lib.errors import ParameterError


def rank_artists(tracks: pd.DataFrame, min_tracks: int = 10, level: float = 0.95) -> pd.DataFrame:
    """Rank first artists by the mean popularity of their tracks, with a shrunken mean beside it.

    The highest of many means is high partly by luck, the more so the fewer tracks it rests on. The
    shrunken mean takes the expected luck off: artists' true means are taken to spread with variance
    b around a common mean m, tracks with variance w around their artist's; then the best linear
    guess at an artist with n tracks is m + (mean - m) b / (b + w / n). Both variances come from the
    analysis of variance of all artists (Searle, Casella and McCulloch, Variance Components, 1992,
    section 3.6), m is the mean of artists' means weighted by 1 / (b + w / n).

    Parameters
    ----------
    tracks : pandas.DataFrame
        One row a track id, with ``first_artist`` and ``popularity``.
    min_tracks : int, optional
        Fewest tracks of a ranked artist; all artists serve to estimate the variances.
    level : float, optional
        Coverage of the interval.

    Returns
    -------
    pandas.DataFrame
        Highest mean first: ``first_artist``, ``tracks``, ``mean``, ``low``, ``high`` (Student's t
        over the artist's tracks; missing for a single track), ``shrunken``.

    Raises
    ------
    ParameterError
        When no artist has that many tracks.

    Examples
    --------
    >>> tracks = pd.DataFrame({"first_artist": list("aabbc"), "popularity": [10, 20, 60, 70, 90]})
    >>> rank_artists(tracks, min_tracks=2)[["first_artist", "tracks", "mean"]]
      first_artist  tracks  mean
    0            b       2  65.0
    1            a       2  15.0
    """
    table = (
        tracks.dropna(subset=["first_artist"])
        .groupby("first_artist")["popularity"]
        .agg(tracks="size", mean="mean", sd="std")
        .reset_index()
    )
    if not (table["tracks"] >= min_tracks).any():
        raise ParameterError(
            f"min_tracks: expected at most {table['tracks'].max()}, the tracks of the artist who "
            f"has most; found {min_tracks}"
        )
    table["shrunken"] = _shrink(table)
    half_width = (
        table["sd"]
        / np.sqrt(table["tracks"])
        * stats.t.ppf((1 + level) / 2, table["tracks"].where(table["tracks"] > 1) - 1)
    )
    table["low"], table["high"] = table["mean"] - half_width, table["mean"] + half_width
    ranked = table[table["tracks"] >= min_tracks].sort_values(
        ["mean", "first_artist"], ascending=[False, True]
    )
    columns = ["first_artist", "tracks", "mean", "low", "high", "shrunken"]
    return ranked[columns].reset_index(drop=True)


def second_look(
    tracks: pd.DataFrame, min_tracks: int, count: int = 20, seed: int = 42
) -> dict[str, float]:
    """Rank artists on a random half of their tracks and look at the other half.

    Parameters
    ----------
    tracks : pandas.DataFrame
        As for `rank_artists`.
    min_tracks : int
        Fewest tracks of an artist in each half.
    count : int, optional
        Artists taken from the top.
    seed : int, optional
        Of the halving.

    Returns
    -------
    dict of str to float
        Means over the chosen artists: ``first`` (the half they were chosen by), ``shrunken`` (what
        that half promises after shrinkage), ``second`` (the half that was not looked at); ``drop``,
        first less second, with ``low`` and ``high`` (Student's t over the artists, 95 %; missing
        for one); and ``artists``, how many there are.

    Raises
    ------
    ParameterError
        When no artist has that many tracks in both halves.
    """
    order = np.random.default_rng(seed).permutation(len(tracks))
    shuffled = tracks.iloc[order]
    odd = shuffled.groupby("first_artist").cumcount() % 2 == 1
    first, second = rank_artists(shuffled[~odd], 1), shuffled[odd].groupby("first_artist")
    both = first.merge(
        second["popularity"].agg(n_second="size", second="mean"), on="first_artist", how="inner"
    )
    enough = both[(both["tracks"] >= min_tracks) & (both["n_second"] >= min_tracks)]
    if enough.empty:
        raise ParameterError(
            f"min_tracks: expected a number that some artist has twice over, found {min_tracks}"
        )
    top = enough.head(count)
    means = top.rename(columns={"mean": "first"})[["first", "shrunken", "second"]].mean()
    drop, n = top["mean"] - top["second"], len(top)
    half_width = drop.sem() * stats.t.ppf(0.975, n - 1) if n > 1 else np.nan
    interval = {"low": drop.mean() - half_width, "high": drop.mean() + half_width}
    return {"artists": n, **means.to_dict(), "drop": drop.mean(), **interval}


def _shrink(table: pd.DataFrame) -> pd.Series:
    n, mean = table["tracks"], table["mean"]
    rows, artists = n.sum(), len(table)
    if artists < 2 or rows == artists:
        # Nothing tells tracks' spread from artists', so nothing can be taken off.
        return mean
    grand = (n * mean).sum() / rows
    within = ((n - 1) * table["sd"].fillna(0.0) ** 2).sum() / (rows - artists)
    between_square = (n * (mean - grand) ** 2).sum() / (artists - 1)
    size = (rows - (n**2).sum() / rows) / (artists - 1)
    between = max((between_square - within) / size, 0.0)
    if between == 0.0:
        return pd.Series(grand, index=table.index)
    spread = between + within / n
    middle = (mean / spread).sum() / (1 / spread).sum()
    return middle + (mean - middle) * between / spread
