"""Points in many dimensions drawn in two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from lib.errors import DataError
from lib.playlists.clustering.views import sampled

PERPLEXITY = 30
ROUNDS = 500


@dataclass(frozen=True)
class Flat:
    """Some points in two dimensions.

    Attributes
    ----------
    rows : numpy.ndarray of int, shape (m,)
        Which points.
    plane : numpy.ndarray, shape (m, 2)
        Their first two principal components.
    explained : float
        Share of the variance on that plane.
    neighbours : numpy.ndarray, shape (m, 2)
        t-SNE, which keeps near points near and says nothing about far ones.
    """

    rows: np.ndarray
    plane: np.ndarray
    explained: float
    neighbours: np.ndarray


def flatten(points: np.ndarray, most: int, seed: int) -> Flat:
    """Draw points in two dimensions, by principal components and by t-SNE.

    Parameters
    ----------
    points : numpy.ndarray, shape (n, dimensions)
        Points at zero are left out.
    most : int
        Points to draw at most; a random sample of them where there are more.
    seed : int
        Seed of the sample.

    Raises
    ------
    DataError
        With fewer than four points.
    """
    there = np.flatnonzero(points.any(axis=1))
    rows = there[sampled(len(there), most, seed)]
    if len(rows) < 4:
        raise DataError(f"{len(rows)} playlists to draw, expected at least 4")
    axes = PCA(2, random_state=seed).fit(points[there])
    perplexity = min(PERPLEXITY, (len(rows) - 1) / 3)
    method = TSNE(perplexity=perplexity, init="pca", max_iter=ROUNDS, random_state=seed)
    with threadpool_limits(1):  # on a busy machine two threads are slower than one
        drawn = method.fit_transform(points[rows])
    return Flat(
        rows, axes.transform(points[rows]), float(axes.explained_variance_ratio_.sum()), drawn
    )
