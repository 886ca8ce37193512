"""Popularity from nothing but the cluster that a track falls into."""

from __future__ import annotations

from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from lib.tracks.columns import AUDIO_9


class ClusterMeans(RegressorMixin, BaseEstimator):
    """Answer with the mean target of the training rows in the row's cluster.

    Parameters
    ----------
    clusters : int
        Clusters of the nine standardised descriptors, by k-means on training rows.
    seed : int
    """

    def __init__(self, clusters: int, seed: int) -> None:
        self.clusters = clusters
        self.seed = seed

    def fit(self, X: pd.DataFrame, y: np.ndarray) -> Self:
        """Standardise, cluster and average the training rows."""
        self.scaler_ = StandardScaler().fit(X[list(AUDIO_9)].to_numpy(float))
        points = self.scaler_.transform(X[list(AUDIO_9)].to_numpy(float))
        with threadpool_limits(1):
            self.kmeans_ = KMeans(self.clusters, n_init=3, random_state=self.seed).fit(points)
        labels = self.kmeans_.labels_
        rows = np.bincount(labels, minlength=self.clusters)
        self.means_ = np.bincount(labels, np.asarray(y, float), self.clusters) / rows
        return self

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Look up the mean of each row's cluster, shape (n,)."""
        points = self.scaler_.transform(X[list(AUDIO_9)].to_numpy(float))
        return self.means_[self.kmeans_.predict(points)]
