"""A published clustering of playlists by their titles, and the one that was described, by names."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from threadpoolctl import threadpool_limits

from lib.playlists.clustering.cluster_scores import silhouettes
from lib.playlists.clustering.clusters import MEASURED, cluster, measure
from lib.playlists.clustering.lsa import fit_map
from lib.playlists.clustering.views import make_views, sampled
from lib.playlists.store import Store

CLUSTERS = 12
"""The published number."""
DIMENSIONS = 50
FEWEST_TITLES = 100


def title_clusters(store: Store, most: int, seed: int) -> dict[str, float] | None:
    """Cluster titles as the published code does; None without titles.

    TF-IDF of words and pairs of words (in five titles or more, at most 1,000, no English stop
    words), 50 singular vectors, k-means into `CLUSTERS`, silhouette in that space. A title
    without any such word is a point at zero, and all of these lie together.

    Returns
    -------
    dict of str to float
        ``playlists``, ``silhouette``, ``largest`` (share of playlists in the largest cluster),
        ``at_zero`` (share of playlists without any word kept).
    """
    names = store.table("playlists", ["name"])["name"]
    plain = [" ".join(re.sub(r"[^a-z0-9\s]", " ", name.lower()).split()) for name in names.dropna()]
    plain = [name for name in plain if name]
    if len(plain) < FEWEST_TITLES:
        return None
    plain = [plain[row] for row in sampled(len(plain), most, seed)]
    weights = TfidfVectorizer(
        max_features=1000, min_df=5, max_df=0.8, ngram_range=(1, 2), stop_words="english"
    ).fit_transform(plain)
    dims = min(DIMENSIONS, weights.shape[1] - 1)
    points = TruncatedSVD(dims, random_state=seed).fit_transform(weights)
    with threadpool_limits(1):
        labels = KMeans(CLUSTERS, n_init=3, random_state=seed).fit_predict(points)
    rows = sampled(len(points), MEASURED, seed)
    return {
        "playlists": len(points),
        "silhouette": float(silhouettes(points, labels[None], rows).mean()),
        "largest": float(np.bincount(labels).max() / len(labels)),
        "at_zero": float((np.diff(weights.indptr) == 0).mean()),
    }


def described_clusters(store: Store, most: int, seed: int) -> pd.DataFrame:
    """Cluster playlists as described, by names of tracks and artists, and shuffled ones likewise.

    Without names the tracks themselves stand for them.

    Returns
    -------
    pandas.DataFrame
        Rows ``playlists`` and ``shuffled`` (tracks dealt out anew): ``view``, ``silhouette``,
        ``error`` (its standard error), ``rows``.
    """
    views, _ = make_views(store, 200_000)
    view = views.get("names", views["tracks"])
    rows = sampled(view.holds.shape[0], most, seed)
    lines = {}
    for name, null in (("playlists", None), ("shuffled", seed)):
        bags = view.bags(rows, null)
        points = fit_map(bags, DIMENSIONS, seed).place(bags)
        value, error, _ = measure(points, cluster(points, CLUSTERS, seed), seed)
        told = {"view": view.name, "silhouette": value, "error": error}
        lines[name] = told | {"rows": int(points.any(axis=1).sum())}
    return pd.DataFrame(lines).T
