"""Mean popularity by group and along a column, with intervals that allow for artists.

Tracks of one artist resemble each other, so a mean over tracks is less certain than their number
suggests. The intervals here count artists, not tracks, as the independent units.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from lib.errors import ParameterError


def mean_by(
    tracks: pd.DataFrame,
    by: str,
    value: str = "popularity",
    cluster: str = "first_artist",
    level: float = 0.95,
) -> pd.DataFrame:
    """Mean of a column in each group, with an interval that allows for clusters.

    The mean is a ratio of two cluster sums; its variance is the sum over clusters of the squared
    sum of deviations, times G / (G - 1), over the squared number of rows (Cochran, Sampling
    Techniques, 3rd ed. 1977, section 9A.5, with the number of sampled clusters unbounded). The
    interval takes Student's t with G - 1 degrees of freedom.

    Parameters
    ----------
    tracks : pandas.DataFrame
        Holds the three columns; rows without group or value are left out.
    by, value : str
        Column of groups, column to average.
    cluster : str, optional
        Column of the units taken as independent; rows without one share a cluster.
    level : float, optional
        Coverage of the interval.

    Returns
    -------
    pandas.DataFrame
        One row a group, in the group's order: `by`, ``tracks``, ``clusters``, ``mean``, ``low``,
        ``high``. The interval is missing for a group with a single cluster.
    """
    used = pd.DataFrame(
        {by: tracks[by], "_value": tracks[value].astype(float), "_cluster": tracks[cluster]}
    ).dropna(subset=[by, "_value"])
    used["_cluster"] = pd.factorize(used["_cluster"], use_na_sentinel=False)[0]
    grouped = used.groupby(by, observed=True)["_value"]
    used["_value"] -= grouped.transform("mean")
    table = grouped.agg(tracks="size", mean="mean")
    sums = used.groupby([by, "_cluster"], observed=True)["_value"].sum()
    squares = (sums**2).groupby(level=0, observed=True).agg(["size", "sum"])
    count = squares["size"].where(squares["size"] > 1)
    half_width = (
        np.sqrt(squares["sum"] * count / (count - 1))
        / table["tracks"]
        * stats.t.ppf((1 + level) / 2, count - 1)
    )
    table = table.assign(
        clusters=squares["size"],
        low=table["mean"] - half_width,
        high=table["mean"] + half_width,
    )
    return table.reset_index()[[by, "tracks", "clusters", "mean", "low", "high"]]


def mean_difference(
    tracks: pd.DataFrame,
    flag: str,
    value: str = "popularity",
    cluster: str = "first_artist",
    level: float = 0.95,
) -> tuple[float, float, float]:
    """Mean where a true/false column is true, less the mean where it is false.

    The interval is the one of `mean_by`, except that an artist with tracks on both sides counts
    as one cluster.

    Returns
    -------
    tuple of float
        Difference, and the low and high end of its interval.

    Raises
    ------
    ParameterError
        When one side is empty.
    """
    yes = tracks[flag].to_numpy(bool)
    values = tracks[value].to_numpy(float)
    if yes.all() or not yes.any():
        raise ParameterError(f"{flag}: expected both true and false among the tracks, found one")
    difference = values[yes].mean() - values[~yes].mean()
    influence = np.where(
        yes,
        (values - values[yes].mean()) / yes.sum(),
        -(values - values[~yes].mean()) / (~yes).sum(),
    )
    codes = pd.factorize(tracks[cluster], use_na_sentinel=False)[0]
    sums = np.bincount(codes, weights=influence)
    variance = (sums**2).sum() * len(sums) / (len(sums) - 1)
    half_width = np.sqrt(variance) * stats.t.ppf((1 + level) / 2, len(sums) - 1)
    return difference, difference - half_width, difference + half_width


def rank_bins(values: pd.Series, bins: int = 10) -> pd.Series:
    """Cut into bins of equal count as far as ties allow: equal values never part.

    A value goes to the bin that its mean rank falls into, so a large tie fills a bin of its own
    and the bins that it swallows stay empty.

    Returns
    -------
    pandas.Series of Int64
        Bin numbers from 0; missing where the value is.

    Examples
    --------
    >>> rank_bins(pd.Series([0, 0, 0, 0, 5, 6, 7, 8]), bins=4).tolist()
    [1, 1, 1, 1, 2, 2, 3, 3]
    """
    middle = (values.rank() - 0.5) / values.notna().sum()
    return np.floor(middle * bins).clip(upper=bins - 1).astype("Int64")


def binned_curve(
    tracks: pd.DataFrame,
    column: str,
    value: str = "popularity",
    cluster: str = "first_artist",
    bins: int = 10,
    edges: Sequence[float] | None = None,
) -> pd.DataFrame:
    """Mean of `value` along a column, with the intervals of `mean_by`.

    Parameters
    ----------
    tracks : pandas.DataFrame
        Holds the three columns.
    column, value, cluster : str
        What to move along, what to average, what to take as independent.
    bins : int, optional
        Bins of equal count (`rank_bins`); a column with at most two values more keeps them all.
    edges : sequence of float, optional
        Bins from edge to edge instead, the left one included, open at both ends.

    Returns
    -------
    pandas.DataFrame
        One row a bin that is not empty: ``column``, ``from``, ``centre`` (median), ``to``,
        ``tracks``, ``clusters``, ``mean``, ``low``, ``high``.
    """
    numbers = tracks[column].astype(float)
    if edges is not None:
        place = pd.Series(np.digitize(numbers, edges), tracks.index).where(numbers.notna())
    else:
        place = numbers if numbers.nunique() <= bins + 2 else rank_bins(numbers, bins)
    frame = tracks[[value, cluster]].assign(bin=place, number=numbers)
    frame = frame.dropna(subset=["bin", value])
    reach = frame.groupby("bin")["number"].agg(["min", "median", "max"])
    reach.columns = ["from", "centre", "to"]
    means = mean_by(frame, "bin", value, cluster).set_index("bin")
    curve = reach.join(means).reset_index(drop=True)
    curve.insert(0, "column", column)
    return curve


def ends(table: pd.DataFrame, by: str, each: int = 5, value: str = "mean") -> list[str]:
    """Name the groups with the lowest and the highest means, lowest first.

    Examples
    --------
    >>> ends(pd.DataFrame({"g": ["a", "b", "c"], "mean": [3, 1, 2]}), "g", each=1)
    ['b', 'a']
    """
    ordered = table.sort_values(value, kind="stable")[by].tolist()
    return ordered if len(ordered) <= 2 * each else [*ordered[:each], *ordered[-each:]]
