"""What marks a cluster: title words, tracks and artists that are commoner in it than elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import scipy.sparse as sp

FEWEST = 3
"""Playlists of a cluster that must hold a thing before it may mark it."""


def profile(
    labels: np.ndarray, holds: sp.csr_array, names: Sequence[str], top: int = 5
) -> pd.DataFrame:
    """List what marks each cluster.

    Things are ranked by p log(p / q), with p the share of the cluster's playlists that hold the
    thing and q that of all playlists in a cluster: a thing's part in telling the cluster from the
    rest. Unlike the lift p / q alone it does not favour rarities (class-based TF-IDF does the same
    with counts of words).

    Parameters
    ----------
    labels : numpy.ndarray of int, shape (playlists,)
        Clusters from 0, -1 for none.
    holds : scipy.sparse.csr_array, shape (playlists, things)
        1 where a playlist holds a thing.
    names : sequence of str
        Names of the things.
    top : int, optional
        Things of each cluster at most.

    Returns
    -------
    pandas.DataFrame
        ``cluster``, ``rank`` from 1, ``name``, ``playlists`` (of the cluster that hold it),
        ``share``, ``overall`` (share of all), ``lift``. A cluster without a mark has no row.

    Examples
    --------
    >>> holds = sp.csr_array(np.array([[1, 0], [1, 0], [1, 0], [0, 1]]))
    >>> profile(np.array([0, 0, 0, 1]), holds, ["ada", "ben"])[["cluster", "name", "lift"]]
       cluster name      lift
    0        0  ada  1.333333
    """
    inside = np.flatnonzero(labels >= 0)
    number = int(labels.max(initial=-1)) + 1
    ones = np.ones(len(inside), np.float64)
    members = sp.csr_array((ones, (labels[inside], inside)), shape=(number, len(labels)))
    counts = sp.csr_array(members @ holds)
    sizes = np.bincount(labels[inside], minlength=number)
    overall = np.asarray(counts.sum(axis=0)).ravel() / max(len(inside), 1)
    tables = []
    for cluster in range(number):
        span = slice(counts.indptr[cluster], counts.indptr[cluster + 1])
        things, held = counts.indices[span], counts.data[span]
        share = held / max(sizes[cluster], 1)
        lift = share / overall[things]
        marks = np.flatnonzero((held >= FEWEST) & (lift > 1))
        order = np.lexsort((things[marks], -share[marks] * np.log(lift[marks])))[:top]
        best = marks[order]
        tables.append(
            pd.DataFrame(
                {
                    "cluster": cluster,
                    "rank": np.arange(1, len(best) + 1),
                    "name": [str(names[thing]) for thing in things[best]],
                    "playlists": held[best].astype(int),
                    "share": share[best],
                    "overall": overall[things[best]],
                    "lift": lift[best],
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def describe_clusters(
    labels: np.ndarray, silhouette: np.ndarray, profiles: dict[str, pd.DataFrame], words: int = 3
) -> pd.DataFrame:
    """Put sizes, silhouettes and marks of the clusters side by side.

    Parameters
    ----------
    labels : numpy.ndarray of int, shape (playlists,)
        Clusters from 0, -1 for none.
    silhouette : numpy.ndarray, shape (clusters,)
        Mean of each.
    profiles : dict of str to pandas.DataFrame
        Results of `profile` by what they are about, such as ``"title words"``.
    words : int, optional
        Marks to show of each.

    Returns
    -------
    pandas.DataFrame
        One row a cluster: ``cluster`` (from 1), ``playlists``, ``share``, ``silhouette``, and a
        column for each profile: marks as "name (share of the cluster's playlists, lift)".
    """
    sizes = np.bincount(labels[labels >= 0])
    table = pd.DataFrame(
        {
            "cluster": np.arange(1, len(sizes) + 1),
            "playlists": sizes,
            "share": sizes / sizes.sum(),
            "silhouette": silhouette,
        }
    )
    for name, found in profiles.items():
        best = found[found["rank"] <= words]
        texts = best["name"] + " (" + best["share"].map("{:.0%}".format)
        texts = texts + ", ×" + best["lift"].map("{:.1f}".format) + ")"
        table[name] = texts.groupby(best["cluster"]).agg("; ".join).reindex(range(len(sizes)))
    return table.fillna(dict.fromkeys(profiles, ""))


def short_names(labels: np.ndarray, profiles: dict[str, pd.DataFrame], words: int = 2) -> list[str]:
    """Name each cluster by its number (from 1) and what marks it most.

    The first profile that has marks for a cluster gives the words.
    """
    named = []
    for cluster in range(int(labels.max(initial=-1)) + 1):
        marks = [found.loc[found["cluster"] == cluster, "name"] for found in profiles.values()]
        best = next((one for one in marks if len(one)), pd.Series(dtype=str))
        named.append(": ".join(filter(None, (str(cluster + 1), ", ".join(best.head(words))))))
    return named
