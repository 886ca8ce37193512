"""How good a partition is, and how alike two partitions are."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from lib.errors import DataError

LEVEL = 0.95
"""Coverage of the intervals."""
BLOCK_CELLS = 8_000_000


def silhouettes(points: np.ndarray, labels: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Silhouette of some points among all, for many partitions at once (Rousseeuw 1987).

    (b - a) / max(a, b), with a the mean distance to the others of the point's own cluster and b
    the least mean distance to another cluster; 0 for a point alone in its cluster. Distances are
    measured once for all partitions, a block of rows at a time. The mean over randomly chosen
    `rows` estimates the mean over all without bias, as distances go to all points.

    Parameters
    ----------
    points : numpy.ndarray, shape (n, dimensions)
    labels : numpy.ndarray of int, shape (partitions, n)
        Clusters, numbered from 0.
    rows : numpy.ndarray of int, shape (m,)
        Points to measure.

    Returns
    -------
    numpy.ndarray of float64, shape (partitions, m)

    Raises
    ------
    DataError
        When a partition has fewer than two clusters.
    """
    sizes = [np.bincount(one) for one in labels]
    if min((size > 0).sum() for size in sizes) < 2:
        raise DataError("labels: at least two clusters expected, found one")
    points = points.astype(np.float32)
    starts = np.concatenate([[0], np.cumsum([len(size) for size in sizes])])
    belongs = np.zeros((len(points), starts[-1]), np.float32)
    for start, one in zip(starts[:-1], labels, strict=True):
        belongs[np.arange(len(points)), start + one] = 1
    squares = (points**2).sum(axis=1)
    found = np.empty((len(labels), len(rows)))
    step = max(1, BLOCK_CELLS // len(points))
    for first in range(0, len(rows), step):
        chosen = rows[first : first + step]
        distance = squares[chosen, None] - 2 * points[chosen] @ points.T + squares
        distance = np.sqrt(np.maximum(distance, 0))
        distance[np.arange(len(chosen)), chosen] = 0
        sums = (distance @ belongs).astype(float)
        for number, (start, size) in enumerate(zip(starts[:-1], sizes, strict=True)):
            part = sums[:, start : start + len(size)]
            found[number, first : first + step] = _silhouette(part, size, labels[number][chosen])
    return found


def _silhouette(sums: np.ndarray, sizes: np.ndarray, own: np.ndarray) -> np.ndarray:
    places = np.arange(len(own))
    inside = sums[places, own] / np.maximum(sizes[own] - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = np.where(sizes > 0, sums / sizes, np.inf)
    means[places, own] = np.inf
    outside = means.min(axis=1)
    most = np.maximum(inside, outside)
    scores = np.divide(outside - inside, most, out=np.zeros(len(own)), where=most > 0)
    return np.where(sizes[own] > 1, scores, 0.0)


def cross_table(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Count the playlists in each cluster of one partition and each of the other; -1 is in none.

    Examples
    --------
    >>> cross_table(np.array([0, 0, 1, -1]), np.array([1, 1, 0, 0])).tolist()
    [[0, 2], [1, 0]]
    """
    both = (first >= 0) & (second >= 0)
    width = int(second.max(initial=-1)) + 1
    keys = first[both].astype(np.int64) * width + second[both]
    shape = (int(first.max(initial=-1)) + 1, width)
    return np.bincount(keys, minlength=shape[0] * shape[1]).reshape(shape)


def overlaps(table: np.ndarray) -> np.ndarray:
    """Turn a cross table into shares that two clusters have in common (Jaccard), 0 to 1.

    Examples
    --------
    >>> overlaps(np.array([[3, 0], [1, 4]])).round(2).tolist()
    [[0.75, 0.0], [0.12, 0.8]]
    """
    either = table.sum(axis=1)[:, None] + table.sum(axis=0) - table
    return table / np.maximum(either, 1)


def adjusted_rand(table: np.ndarray) -> np.ndarray:
    """Compute the adjusted Rand index of cross tables: 1 for the same clusters, 0 by chance.

    Hubert and Arabie, "Comparing partitions", 1985, equation 5.

    Parameters
    ----------
    table : numpy.ndarray, shape (..., clusters, clusters)
        One table or a stack of them.

    Returns
    -------
    numpy.ndarray of float64, shape (...)

    Examples
    --------
    >>> tables = np.array([[[3, 0], [0, 4]], [[2, 2], [2, 2]]])
    >>> adjusted_rand(tables).round(3).tolist()
    [1.0, -0.167]
    """
    counts = np.asarray(table, float)
    n = counts.sum(axis=(-2, -1))
    both = (counts * (counts - 1)).sum(axis=(-2, -1))
    one, other = (_pairs(counts.sum(axis=axis)) for axis in (-1, -2))
    expected = one * other / np.maximum(n * (n - 1), 1)
    most = (one + other) / 2
    same = most == expected
    return np.where(same, 1.0, (both - expected) / np.where(same, 1.0, most - expected))


def shared_information(table: np.ndarray) -> np.ndarray:
    """Compute the mutual information of cross tables over the mean of the two entropies, 0 to 1.

    Unlike the adjusted Rand index it is above 0 by chance. Tables as there.

    Examples
    --------
    >>> shared_information(np.array([[[3, 0], [0, 4]], [[2, 2], [2, 2]]])).tolist()
    [1.0, 0.0]
    """
    counts = np.asarray(table, float)
    rows, columns = (stats.entropy(counts.sum(axis=axis), axis=-1) for axis in (-1, -2))
    joint = stats.entropy(counts.reshape(*counts.shape[:-2], -1), axis=-1)
    total = rows + columns
    none = total == 0
    share = np.where(none, 1.0, 2 * (total - joint) / np.where(none, 1.0, total))
    return np.clip(share, 0, 1)


def _pairs(counts: np.ndarray) -> np.ndarray:
    return (counts * (counts - 1)).sum(axis=-1)


def compare_partitions(
    partitions: dict[str, np.ndarray], replicates: int, seed: int
) -> pd.DataFrame:
    """Compare partitions of the same playlists, pair by pair.

    Parameters
    ----------
    partitions : dict of str to numpy.ndarray of int, shape (playlists,)
        Clusters from 0, -1 for a playlist in none.
    replicates : int
        Bootstrap draws of playlists behind the intervals; as many draws of tables with the same
        sizes of clusters but no connection are the null.
    seed : int
        Seed of the draws.

    Returns
    -------
    pandas.DataFrame
        One row a pair and score: ``first``, ``second``, ``score`` (``"adjusted Rand"`` or
        ``"shared information"``), ``playlists``, ``value``, ``low``, ``high``, ``level``,
        ``null`` (mean) and ``null_high`` (upper end of its range).
    """
    rng = np.random.default_rng(seed)
    scores = {"adjusted Rand": adjusted_rand, "shared information": shared_information}
    ends = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    rows = []
    names = list(partitions)
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            table = cross_table(partitions[first], partitions[second])
            table = table[table.any(axis=1)][:, table.any(axis=0)]
            n = int(table.sum())
            draws = rng.multinomial(n, table.ravel() / n, replicates).reshape(-1, *table.shape)
            margins = stats.random_table(table.sum(axis=1), table.sum(axis=0), seed=rng)
            null = margins.rvs(replicates)
            for name, score in scores.items():
                low, high = np.quantile(score(draws), ends)
                chance = score(null)
                rows.append((first, second, name, n, float(score(table)), low, high, LEVEL,
                             chance.mean(), np.quantile(chance, ends[1])))  # fmt: skip
    columns = ["first", "second", "score", "playlists", "value", "low", "high", "level", "null",
               "null_high"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)
