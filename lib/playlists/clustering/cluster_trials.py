"""How many clusters of playlists the data support."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp
from joblib import Parallel, cpu_count, delayed
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score
from threadpoolctl import threadpool_limits

from lib.errors import DataError, ParameterError
from lib.playlists.clustering.cluster_scores import adjusted_rand, cross_table, silhouettes
from lib.playlists.clustering.clusters import MEASURED, label_points
from lib.playlists.clustering.lsa import Map, count_dimensions, fit_map
from lib.playlists.clustering.views import View, sampled

NUMBERS = (2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30)
"""Numbers of clusters that are tried."""
PER_CLUSTER = 30
"""A number is tried only where there are so many playlists a cluster on average."""
MOST_DIMENSIONS = 50
SUBSAMPLE = 0.8
"""Share of the playlists in each fit behind the stability (Ben-Hur, Elisseeff and Guyon 2002)."""


@dataclass(frozen=True)
class Trial:
    """Clusterings of one view into several numbers of clusters, beside the same of shuffled data.

    Attributes
    ----------
    view : str
        Name of the view.
    playlists : int
        Playlists fitted on; those with a thing that others have.
    chart : Map
        The map they were placed on.
    scores : pandas.DataFrame
        One row a data set and number of clusters: ``data`` (``"playlists"`` or ``"shuffled"``),
        ``draw``, ``clusters``, ``silhouette``, ``error`` (its standard error, playlists being a
        sample), ``calinski_harabasz``, ``davies_bouldin``, ``stability`` (mean of the
        pairs), ``stability_sd`` (among the pairs), ``pairs``, ``largest`` (share of the playlists
        in the largest cluster).
    shuffled : numpy.ndarray, shape (playlists, dimensions)
        Points of the first shuffled data set, on a map of its own.
    """

    view: str
    playlists: int
    chart: Map
    scores: pd.DataFrame
    shuffled: np.ndarray


def try_numbers(
    view: View, most: int, pairs: int, nulls: int, seed: int, numbers: tuple[int, ...] = NUMBERS
) -> Trial:
    """Cluster a view into several numbers of clusters and score each, and likewise shuffled data.

    Every fit is the whole of it: weights, singular vectors and k-means are fitted anew on each
    shuffled data set and on each subsample. The number of dimensions comes from parallel analysis,
    see `lib.playlists.clustering.lsa.count_dimensions`, and is the same for all.

    Parameters
    ----------
    view : View
        Bags of playlists.
    most : int
        Playlists to fit on at most; a random sample of them where there are more.
    pairs : int
        Pairs of subsamples behind the stability: of each pair both are clustered, and the
        adjusted Rand index compares the playlists that they share.
    nulls : int
        Shuffled data sets; one pair of subsamples each.
    seed : int
        Seed of every draw.
    numbers : tuple of int, optional
        Numbers of clusters.

    Raises
    ------
    DataError
        When there are too few playlists or labels for two clusters.
    ParameterError
        When `pairs` is below 2 or `nulls` below 1.
    """
    if pairs < 2 or nulls < 1:
        raise ParameterError(f"pairs, nulls: at least 2 and 1 expected, found {pairs} and {nulls}")
    rows = sampled(view.holds.shape[0], most, seed)
    rows = rows[np.diff(view.holds.indptr)[rows] > 0]
    draws = range(nulls + 1)
    data = [view.bags(rows, null=seed + draw if draw else None) for draw in draws]
    charts = _together(delayed(fit_map)(bags, MOST_DIMENSIONS, seed) for bags in data)
    strengths = [chart.strengths for chart in charts]
    dims = count_dimensions(strengths[0], strengths[1:])
    charts = [chart.cut(dims) for chart in charts]
    placed = [chart.place(bags) for chart, bags in zip(charts, data, strict=True)]
    placed = [points[points.any(axis=1)] for points in placed]
    tried = _possible(placed[0], numbers)
    whole = _together(delayed(label_points)(points, tried, seed) for points in placed)
    twice = [range(2 * (1 if draw else pairs)) for draw in draws]
    again = iter(
        _together(
            delayed(_fit_again)(bags, dims, tried, seed + i)
            for bags, seeds in zip(data, twice, strict=True)
            for i in seeds
        )
    )
    tables = []
    for draw in draws:
        found = [next(again) for _ in twice[draw]]
        agreement = [
            [adjusted_rand(cross_table(*both)) for both in zip(*pair, strict=True)]
            for pair in zip(found[::2], found[1::2], strict=True)
        ]
        table = _scores(placed[draw], whole[draw], tried, seed)
        table["stability"] = np.mean(agreement, axis=0)
        table["stability_sd"] = np.std(agreement, axis=0, ddof=1) if not draw else np.nan
        table["pairs"] = len(agreement)
        table.insert(0, "draw", draw)
        table.insert(0, "data", "shuffled" if draw else "playlists")
        tables.append(table)
    scores = pd.concat(tables, ignore_index=True)
    return Trial(view.name, len(placed[0]), charts[0], scores, placed[1])


def try_views(
    views: dict[str, View], wanted: int, most: int, pairs: int, nulls: int, seed: int
) -> tuple[dict[str, Trial], dict[str, str]]:
    """Try each view, see `try_numbers`; a number `wanted` is tried as well.

    Returns
    -------
    trials : dict of str to Trial
    left_out : dict of str to str
        Views that are too small, and why.

    Raises
    ------
    DataError
        When no view is large enough.
    """
    numbers = tuple(sorted({*NUMBERS, wanted} - {0}))
    trials, left_out = {}, {}
    for name, view in views.items():
        try:
            trials[name] = try_numbers(view, most, pairs, nulls, seed, numbers)
        except DataError as error:
            left_out[name] = str(error)
    if not trials:
        raise DataError("; ".join(f"{name}: {why}" for name, why in left_out.items()))
    return trials, left_out


def _together(calls: object) -> list:
    """Run calls side by side, one thread each: these are many small ones."""
    with threadpool_limits(1), warnings.catch_warnings():
        # Fewer different points than clusters: there are then fewer clusters.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return Parallel(n_jobs=cpu_count(), prefer="threads")(calls)


def _fit_again(bags: sp.csr_array, dims: int, numbers: list[int], seed: int) -> np.ndarray:
    """Fit a map on a share of the bags and cluster it; -1 for the others."""
    n = bags.shape[0]
    rows = sampled(n, max(2, round(SUBSAMPLE * n)), seed)
    labels = np.full((len(numbers), n), -1)
    labels[:, rows] = label_points(fit_map(bags[rows], dims, seed).place(bags[rows]), numbers, seed)
    return labels


def _possible(points: np.ndarray, numbers: tuple[int, ...]) -> list[int]:
    # Titles of the same words are the same point; no more clusters than points.
    distinct = len(np.unique(points.round(4), axis=0))
    most = min(len(points) // PER_CLUSTER, distinct)
    tried = [number for number in numbers if 2 <= number <= most]
    if not tried:
        raise DataError(
            f"{len(points):,} playlists, {distinct:,} of them different: expected at least "
            f"{2 * PER_CLUSTER}, and two different ones, for two clusters; load more playlists"
        )
    return tried


def _scores(points: np.ndarray, labels: np.ndarray, numbers: list[int], seed: int) -> pd.DataFrame:
    rows = sampled(len(points), MEASURED, seed)
    found = silhouettes(points, labels, rows)
    return pd.DataFrame(
        {
            "clusters": numbers,
            "silhouette": found.mean(axis=1),
            "error": found.std(axis=1, ddof=1) / np.sqrt(len(rows)),
            "calinski_harabasz": [calinski_harabasz_score(points, one) for one in labels],
            "davies_bouldin": [davies_bouldin_score(points, one) for one in labels],
            "largest": [np.bincount(one).max() / len(one) for one in labels],
        }
    )
