"""How strongly columns go together: rank correlation, share of variance, and their intervals.

The intervals come from a bootstrap of whole clusters (Davison and Hinkley, Bootstrap Methods and
their Application, 1997, section 3.8): artists are drawn with replacement, each with all its
tracks. A replicate then weights each cluster by how often it was drawn, so every statistic that is
made of sums costs one product of matrices.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import sparse, stats
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

CHUNK = 100
"""Replicates weighted at once: 100 x 18,000 artists take 14 MB."""

SHUFFLES = 20
"""Permutations behind the eta squared of shuffled groups."""


def spearman_table(
    tracks: pd.DataFrame,
    columns: Sequence[str],
    target: str = "popularity",
    cluster: str = "first_artist",
    replicates: int = 400,
    seed: int = 42,
    level: float = 0.95,
    practical: float = 0.05,
) -> pd.DataFrame:
    """Rank correlation of each column with the target, with intervals and corrected p values.

    Ranks are taken once, from all rows, and kept in the replicates. That is exact for no
    correlation and close for the weak ones that popularity has (a test compares it with ranking
    anew); for correlations beyond about .5 the interval is too wide or too narrow.

    Parameters
    ----------
    tracks : pandas.DataFrame
        Holds the columns; rows with a missing one are left out.
    columns : sequence of str
        Numbers or true/false.
    target, cluster : str, optional
        What to correlate with; the units drawn by the bootstrap.
    replicates, seed : int, optional
        Of the bootstrap.
    level : float, optional
        Coverage of the percentile interval.
    practical : float, optional
        Smallest ``|rho|`` that is flagged as worth talking about.

    Returns
    -------
    pandas.DataFrame
        Strongest first: ``column``, ``rho``, ``low``, ``high``, ``p`` (normal test of Fisher's z
        with the bootstrap's standard error), ``p_holm``, ``p_rows`` (the usual p value, which takes
        rows as independent), ``practical``, ``tracks``.
    """
    names = list(columns)
    used = tracks[[*names, target, cluster]].dropna(subset=[*names, target])
    ranks = used[[*names, target]].astype(float).rank()
    # Standardised ranks make the weighted sums small enough for plain floats.
    ranks = ((ranks - ranks.mean()) / ranks.std(ddof=0)).fillna(0.0).to_numpy()
    x, y = ranks[:, :-1], ranks[:, -1:]
    rho = (x * y).mean(axis=0)
    terms = np.hstack([np.ones_like(y), y, y * y, x, x * x, x * y])
    sums = _resampled_sums(terms, used[cluster], replicates, seed)
    n, sum_y, sum_yy = sums[:, 0:1], sums[:, 1:2], sums[:, 2:3]
    sum_x, sum_xx, sum_xy = np.split(sums[:, 3:], 3, axis=1)
    spread = (n * sum_xx - sum_x**2) * (n * sum_yy - sum_y**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        # A column without spread, here or in a replicate, correlates with nothing.
        drawn = np.nan_to_num((n * sum_xy - sum_x * sum_y) / np.sqrt(spread), posinf=0, neginf=0)
        z = np.nan_to_num(np.arctanh(rho) / np.arctanh(drawn).std(axis=0, ddof=1))
        t = rho * np.sqrt((len(used) - 2) / (1 - rho**2))
    tail = (1 - level) / 2
    table = pd.DataFrame(
        {
            "column": names,
            "rho": rho,
            "low": np.quantile(drawn, tail, axis=0),
            "high": np.quantile(drawn, 1 - tail, axis=0),
            "p": 2 * stats.norm.sf(np.abs(z)),
        }
    )
    table["p_holm"] = holm(table["p"])
    table["p_rows"] = 2 * stats.t.sf(np.abs(t), len(used) - 2)
    table["practical"] = table["rho"].abs() >= practical
    table["tracks"] = len(used)
    order = table["rho"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def eta_squared(
    tracks: pd.DataFrame,
    by: str,
    value: str = "popularity",
    cluster: str = "first_artist",
    replicates: int = 400,
    seed: int = 42,
    level: float = 0.95,
) -> tuple[float, float, float, float]:
    """Share of a column's variance that lies between groups.

    Returns
    -------
    tuple of float
        Eta squared, the ends of its interval, and the value that shuffled groups give on average.
        The interval is the basic one, twice the estimate less the quantiles of the replicates:
        drawing clusters with replacement leaves each group fewer of them, which inflates eta
        squared, and the reflection takes that back. Shuffled are the groups of blocks, a block
        being all rows of a cluster in a group, so that an artist's tracks stay together;
        shuffling rows instead would give (k - 1) / (n - 1), which is less than chance does here.
    """
    used = tracks[[by, value, cluster]].dropna(subset=[by, value])
    groups, names = pd.factorize(used[by])
    values = used[value].to_numpy(float)
    values = values - values.mean()
    rows = np.arange(len(used))
    member = sparse.csr_array((np.ones(len(used)), (rows, groups)), shape=(len(used), len(names)))
    terms = sparse.hstack(
        [member, member.multiply(values[:, None]), sparse.csr_array(values[:, None] ** 2)]
    ).tocsr()
    point = _eta_squared(np.asarray(terms.sum(axis=0)).reshape(1, -1))[0]
    drawn = _eta_squared(_resampled_sums(terms, used[cluster], replicates, seed))
    high, low = 2 * point - np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    shuffled = _shuffled_eta_squared(groups, values, used[cluster], seed)
    return float(point), max(low, 0.0), min(high, 1.0), shuffled


def _shuffled_eta_squared(
    groups: np.ndarray, values: np.ndarray, cluster: pd.Series, seed: int
) -> float:
    clusters = pd.factorize(cluster, use_na_sentinel=False)[0]
    rows = pd.DataFrame({"group": groups, "cluster": clusters, "value": values})
    blocks = rows.groupby(["group", "cluster"])["value"].agg(["size", "sum"]).reset_index()
    kinds = groups.max() + 1
    # Seeded apart from the bootstrap, whose draws these must not repeat.
    generator = np.random.default_rng((seed, 1))
    sums = []
    for _ in range(SHUFFLES):
        label = generator.permutation(blocks["group"].to_numpy())
        parts = [np.bincount(label, blocks[name], minlength=kinds) for name in ("size", "sum")]
        sums.append(np.hstack([*parts, (values**2).sum()]))
    return float(_eta_squared(np.array(sums)).mean())


def _eta_squared(sums: np.ndarray) -> np.ndarray:
    counts, totals = np.split(sums[:, :-1], 2, axis=1)
    correction = totals.sum(axis=1) ** 2 / counts.sum(axis=1)
    # A group that no drawn cluster belongs to has neither count nor total.
    between = (totals**2 / np.maximum(counts, 1)).sum(axis=1) - correction
    return between / (sums[:, -1] - correction)


def _resampled_sums(
    terms: np.ndarray | sparse.csr_array, cluster: pd.Series, replicates: int, seed: int
) -> np.ndarray:
    """Column sums of `terms` (rows, columns) in each replicate; shape (replicates, columns)."""
    codes, names = pd.factorize(cluster, use_na_sentinel=False)
    rows = np.arange(len(codes))
    member = sparse.csr_array((np.ones(len(codes)), (codes, rows)), shape=(len(names), len(codes)))
    by_cluster = member @ terms
    generator = np.random.default_rng(seed)
    even = np.full(len(names), 1 / len(names))
    parts = []
    for start in range(0, replicates, CHUNK):
        size = min(CHUNK, replicates - start)
        drawn = generator.multinomial(len(names), even, size=size).astype(float)
        part = drawn @ by_cluster
        parts.append(part.toarray() if sparse.issparse(part) else part)
    return np.vstack(parts)


def holm(p_values: pd.Series) -> np.ndarray:
    """Correct p values for their number (Holm, Scandinavian Journal of Statistics, 1979).

    Examples
    --------
    >>> holm(pd.Series([0.01, 0.04, 0.03])).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, float)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(stepped, 1.0)
    return corrected


def correlation_order(matrix: pd.DataFrame) -> list[str]:
    """Order columns so that strongly correlated ones stand together.

    Average-linkage clustering on the distance ``1 - |r|``, leaves in optimal order (Bar-Joseph et
    al., Bioinformatics, 2001). A column without variance counts as uncorrelated.

    Parameters
    ----------
    matrix : pandas.DataFrame of shape (columns, columns)
        Correlations.
    """
    if len(matrix) < 3:
        return list(matrix.columns)
    distance = 1 - matrix.abs().fillna(0.0).to_numpy().clip(0, 1)
    np.fill_diagonal(distance, 0.0)
    condensed = squareform(distance, checks=False)
    tree = hierarchy.linkage(condensed, method="average", optimal_ordering=True)
    return [matrix.columns[leaf] for leaf in hierarchy.leaves_list(tree)]


def strongest_pairs(matrix: pd.DataFrame, count: int = 6) -> list[tuple[str, str, float]]:
    """List the pairs of columns with the largest absolute correlations, strongest first.

    Examples
    --------
    >>> strongest_pairs(pd.DataFrame({"a": [1, -0.5], "b": [-0.5, 1]}, index=["a", "b"]))
    [('a', 'b', -0.5)]
    """
    first, second = np.triu_indices(len(matrix), k=1)
    values = matrix.to_numpy()[first, second]
    order = np.argsort(-np.abs(np.nan_to_num(values)), kind="stable")[:count]
    names = matrix.columns
    return [(names[first[i]], names[second[i]], float(values[i])) for i in order]
