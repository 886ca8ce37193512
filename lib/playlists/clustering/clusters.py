"""Clusters of playlists: points on a map, grouped by k-means, and how well each one lies."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_limits

from lib.playlists.clustering.cluster_scores import silhouettes
from lib.playlists.clustering.lsa import BLOCK, Map
from lib.playlists.clustering.views import View, sampled

MEASURED = 4_000
"""Playlists whose silhouette is measured, all where there are no more; always among all others."""
BATCH = 2_048
STARTS = 3
STEPS = 50
MANY = 50_000


def place_all(view: View, chart: Map) -> np.ndarray:
    """Place all playlists of a view on a map, a block at a time; zero where nothing is known."""
    blocks = range(0, view.holds.shape[0], BLOCK)
    return np.concatenate([chart.place(view.bags(slice(at, at + BLOCK))) for at in blocks])


def cluster(points: np.ndarray, number: int, seed: int) -> np.ndarray:
    """Cluster points by k-means: many in mini-batches (Sculley 2010) before all together.

    Parameters
    ----------
    points : numpy.ndarray, shape (n, dimensions)
        Of length 1, so that distances rank as cosines do; points at zero get no cluster.
    number : int
        Clusters.
    seed : int
        Seed of the starts.

    Returns
    -------
    numpy.ndarray of int64, shape (n,)
        Clusters from 0, the largest first; -1 for none.
    """
    # On few points threads cost more than they give.
    with threadpool_limits(1 if len(points) < MANY else None), warnings.catch_warnings():
        # Fewer different points than clusters: there are then fewer clusters.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return label_points(points, [number], seed)[0]


def measure(points: np.ndarray, labels: np.ndarray, seed: int) -> tuple[float, float, np.ndarray]:
    """Mean silhouette of a clustering, its standard error, and the mean of each cluster.

    The error is that of the playlists as a sample, with the clusters as they are.
    """
    there = labels >= 0
    points, labels = points[there], labels[there]
    rows = sampled(len(points), MEASURED, seed)
    found = silhouettes(points, labels[None], rows)[0]
    size = np.maximum(np.bincount(labels[rows], minlength=labels.max() + 1), 1)
    mean = np.bincount(labels[rows], found, labels.max() + 1) / size
    return float(found.mean()), float(found.std(ddof=1) / np.sqrt(len(found))), mean


def label_points(points: np.ndarray, numbers: list[int], seed: int) -> np.ndarray:
    """Cluster points into each of several numbers of clusters, see `cluster`."""
    labels = np.full((len(numbers), len(points)), -1)
    there = points.any(axis=1)
    for place, number in enumerate(numbers):
        labels[place, there] = _kmeans(points[there], number, seed)
    return labels


def _kmeans(points: np.ndarray, number: int, seed: int) -> np.ndarray:
    if len(points) <= BATCH:
        found = KMeans(number, n_init=STARTS, random_state=seed).fit_predict(points)
    else:
        fits = (_from_batches(points, number, seed + start) for start in range(STARTS))
        found = min(fits, key=lambda fit: fit.inertia_).labels_
    _, found, sizes = np.unique(found, return_inverse=True, return_counts=True)
    place = np.empty(len(sizes), np.int64)
    place[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    return place[found]


def _from_batches(points: np.ndarray, number: int, seed: int) -> KMeans:
    """Find the place with mini-batches, and the bottom of it with a few steps over all points."""
    batches = MiniBatchKMeans(number, batch_size=BATCH, n_init=1, random_state=seed).fit(points)
    start = batches.cluster_centers_
    return KMeans(number, init=start, n_init=1, max_iter=STEPS).fit(points)
