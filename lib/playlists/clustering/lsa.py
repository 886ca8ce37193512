"""Latent semantic analysis: playlists as points, near each other when they hold like things."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.preprocessing import normalize

from lib.errors import DataError

MIN_BAGS = 3
"""A label is kept when so many of the fitted bags hold it."""
BLOCK = 20_000
"""Bags that are placed at a time."""


@dataclass(frozen=True)
class Map:
    """A fitted map from bags to points.

    Attributes
    ----------
    columns : numpy.ndarray of int
        Labels kept.
    weights : TfidfTransformer
        Inverse document frequencies; the logarithm of counts within a bag.
    axes : numpy.ndarray of float32, shape (dimensions, labels kept)
        Right singular vectors.
    strengths : numpy.ndarray, shape (dimensions,)
        Singular values, falling.
    """

    columns: np.ndarray
    weights: TfidfTransformer
    axes: np.ndarray
    strengths: np.ndarray

    def cut(self, dims: int) -> Map:
        """Keep the strongest dimensions only."""
        return Map(self.columns, self.weights, self.axes[:dims], self.strengths[:dims])

    def place(self, bags: sp.csr_array) -> np.ndarray:
        """Place bags as points of length 1, a block at a time.

        Returns
        -------
        numpy.ndarray of float32, shape (bags, dimensions)
            Zero for a bag that holds none of the labels kept.
        """
        points = np.zeros((bags.shape[0], len(self.axes)), np.float32)
        for first in range(0, bags.shape[0], BLOCK):
            block = sp.csr_matrix(bags[first : first + BLOCK])[:, self.columns]
            points[first : first + BLOCK] = self.weights.transform(block) @ self.axes.T
        # Rounding leaves a trace of length where there is none.
        points[np.linalg.norm(points, axis=1) < 1e-6] = 0
        return normalize(points, copy=False)


def fit_map(bags: sp.csr_array, dims: int, seed: int) -> Map:
    """Fit TF-IDF weights and the strongest singular vectors (Deerwester and others 1990).

    Parameters
    ----------
    bags : scipy.sparse.csr_array, shape (bags, labels)
        Counts.
    dims : int
        Dimensions wanted; fewer where there are not as many bags or labels.
    seed : int
        Seed of the randomised decomposition.

    Raises
    ------
    DataError
        When fewer than three labels are in `MIN_BAGS` bags.
    """
    columns = np.flatnonzero(np.bincount(bags.indices, minlength=bags.shape[1]) >= MIN_BAGS)
    if len(columns) < 3:
        raise DataError(
            f"{bags.shape[0]:,} playlists: only {len(columns)} of {bags.shape[1]:,} labels are in "
            f"{MIN_BAGS} of them or more, expected 3; load more playlists"
        )
    kept = sp.csr_matrix(bags)[:, columns]
    kept = kept[np.diff(kept.indptr) > 0]
    weights = TfidfTransformer(sublinear_tf=True).fit(kept)
    dims = min(dims, min(kept.shape) - 1)
    found = TruncatedSVD(dims, random_state=seed).fit(weights.transform(kept))
    return Map(columns, weights, found.components_.astype(np.float32), found.singular_values_)


def count_dimensions(strengths: np.ndarray, null: list[np.ndarray]) -> int:
    """Count the dimensions that are stronger than any of shuffled data.

    Parallel analysis (Horn 1965) against the strongest dimension of the nulls (Dobriban and Owen
    2019). Their first one is left aside: data that are not centred have it, shuffled or not. With
    fewer than three there is no dimension to prefer, and all are kept.

    Examples
    --------
    >>> count_dimensions(np.array([9.0, 7, 6, 3, 2]), [np.array([9.0, 4, 4, 4, 1])])
    3
    """
    above = int((strengths > max(one[1] for one in null)).sum())
    return above if above > 2 else len(strengths)
