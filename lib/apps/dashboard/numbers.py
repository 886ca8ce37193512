"""What is counted of the rows that filters leave: distributions, top artists, clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.apps.view.labels import SHOWN
from lib.tracks.by_year import Dated, rankings
from lib.tracks.means import mean_by

FEATURES = tuple(name for name in SHOWN if name not in ("key", "mode", "time_signature"))
"""Numbers whose distribution can be looked at, in the order of `SHOWN`."""
TOP = 10
"""Artists and albums that are shown."""
BINS = 40
WIDEST = 0.995
"""An axis holds all but the outermost half percent of the tracks on either side."""


@dataclass(frozen=True)
class Distribution:
    """How a number is distributed among the rows left, beside all rows.

    Attributes
    ----------
    bins : pandas.DataFrame
        ``low`` and ``high`` (ends; the high one belongs to the next bin), ``left`` and ``all``:
        shares of the rows left, and of all rows.
    rows : int
        Rows left that have the number.
    median, median_of_all : float
    outside : float
        Share of the rows left that lie beyond the axis.
    """

    bins: pd.DataFrame
    rows: int
    median: float
    median_of_all: float
    outside: float


def distribution(values: pd.Series, mask: np.ndarray, feature: str) -> Distribution | None:
    """Count a number of the rows left in equal bins; None when no row left has it.

    Parameters
    ----------
    values : pandas.Series of float, shape (n,)
        The number, of all rows; may be missing.
    mask : numpy.ndarray of bool, shape (n,)
        Rows that are left.
    feature : str
        One of `FEATURES`.
    """
    numbers = values.to_numpy(float)
    there = ~np.isnan(numbers)
    every, left = numbers[there], numbers[there & mask]
    if not len(left):
        return None
    edges = _edges(every, feature)
    table = {"low": edges[:-1], "high": edges[1:]}
    for name, own in (("left", left), ("all", every)):
        table[name] = np.histogram(own, edges)[0] / len(own)
    bins = pd.DataFrame(table)
    medians = float(np.median(left)), float(np.median(every))
    return Distribution(bins, len(left), *medians, max(0.0, 1 - float(bins["left"].sum())))


def top(tracks: pd.DataFrame, fewest: int) -> dict[str, pd.DataFrame]:
    """Rank artists and albums as 24_trends_by_year does.

    Parameters
    ----------
    tracks : pandas.DataFrame
        ``first_artist``, ``album``, ``popularity``.
    fewest : int
        Fewest tracks of an artist, see `lib.tracks.by_year.rankings`.

    Returns
    -------
    dict of str to pandas.DataFrame
        Title, which tells the fewest tracks, to table of `lib.tracks.artists.rank_artists`.
    """
    named = tracks.dropna(subset=["first_artist", "album"])
    return rankings(Dated(tracks[[]], tracks[[]], named), fewest) if len(named) else {}


def clusters(labels: pd.DataFrame, tracks: pd.DataFrame, mask: np.ndarray) -> pd.DataFrame:
    """Count the rows left in each cluster, and average their popularity.

    Parameters
    ----------
    labels : pandas.DataFrame
        ``cluster`` (0: none) and ``name`` of each row.
    tracks : pandas.DataFrame
        ``popularity`` and ``first_artist``, same rows.
    mask : numpy.ndarray of bool
        Rows that are left.

    Returns
    -------
    pandas.DataFrame
        One row a cluster: ``cluster``, ``name``, ``tracks``, ``share`` of the rows left that are
        in any, ``share_of_all``, and ``mean``, ``low``, ``high`` of `lib.tracks.means.mean_by`,
        missing where nothing, or a single artist, is left.
    """
    inside = labels["cluster"] > 0
    known = labels[inside].groupby("cluster")["name"].agg(["first", "size"])
    left = tracks.loc[inside & mask, ["popularity", "first_artist"]]
    left = left.assign(cluster=labels["cluster"])
    means = mean_by(left, "cluster").set_index("cluster").reindex(known.index)
    counts = means["tracks"].fillna(0).astype("int64")
    table = pd.DataFrame(
        {
            "name": known["first"],
            "tracks": counts,
            "share": counts / max(counts.sum(), 1),
            "share_of_all": known["size"] / known["size"].sum(),
        }
    )
    return table.join(means[["mean", "low", "high"]]).reset_index()


def _edges(values: np.ndarray, feature: str) -> np.ndarray:
    if feature == "popularity":  # whole numbers: as many in each bin
        return np.arange(-0.5, 102, 2)
    low, high = np.quantile(values, [1 - WIDEST, WIDEST])
    if high <= low:
        step = SHOWN[feature].step
        low, high = low - step, high + step
    return np.linspace(low, high, BINS + 1)
