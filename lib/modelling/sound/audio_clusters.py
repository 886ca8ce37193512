"""How many clusters tracks fall into by their sound, beside data that have none."""

from __future__ import annotations

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from scipy.stats import norm, rankdata
from sklearn.cluster import KMeans
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from lib.errors import DataError, ParameterError
from lib.evaluation.clustered import clustered_error
from lib.playlists.clustering.cluster_choice import Choice, choose
from lib.playlists.clustering.cluster_scores import adjusted_rand, cross_table, silhouettes
from lib.playlists.clustering.cluster_trials import SUBSAMPLE
from lib.playlists.clustering.views import sampled
from lib.tracks.columns import AUDIO_9

NUMBERS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12)
"""Numbers of clusters that are tried."""
PER_CLUSTER = 30
"""A number is tried only where there are so many tracks a cluster on average."""
REAL = "tracks"
STARTS = 4
"""Starts of each k-means; with fewer the nulls scatter by bad luck."""
MEASURED = 1_500
"""Tracks whose silhouette is measured at most; always among all others."""


def usable(tracks: pd.DataFrame) -> pd.DataFrame:
    """Leave out tracks without a detected tempo: a 0 is no tempo."""
    return tracks[tracks["tempo_bpm"] > 0].reset_index(drop=True)


def standardise(tracks: pd.DataFrame) -> np.ndarray:
    """Turn the nine audio descriptors into standard deviations from their mean, shape (n, 9)."""
    return StandardScaler().fit_transform(tracks[list(AUDIO_9)].to_numpy(float))


def shuffle_columns(points: np.ndarray, seed: int) -> np.ndarray:
    """Shuffle each column by itself: the values stay, what goes with what is lost."""
    return np.random.default_rng(seed).permuted(points, axis=0)


def uniform_box(points: np.ndarray, seed: int) -> np.ndarray:
    """Draw points evenly from the box around the data along its principal axes.

    Tibshirani, Walther and Hastie (Journal of the Royal Statistical Society B 63, 2001), choice
    (b): one cloud as long and as flat as the data, but without any clump.
    """
    middle = points.mean(axis=0)
    _, _, axes = np.linalg.svd(points - middle, full_matrices=False)
    turned = (points - middle) @ axes.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    return np.random.default_rng(seed).uniform(low, high, points.shape) @ axes + middle


def skewed_cloud(points: np.ndarray, seed: int) -> np.ndarray:
    """Draw one cloud with the data's own values in each column and its rank correlations.

    The values of a normal cloud are replaced, column by column and rank by rank, by those of the
    data (Iman and Conover, Communications in Statistics B 11, 1982).
    """
    shape = np.corrcoef(norm.ppf((rankdata(points, axis=0) - 0.5) / len(points)), rowvar=False)
    rng = np.random.default_rng(seed)
    cloud = rng.multivariate_normal(np.zeros(len(shape)), shape, len(points), method="eigh")
    places = cloud.argsort(axis=0).argsort(axis=0)
    return np.take_along_axis(np.sort(points, axis=0), places, axis=0)


SHUFFLED, CLOUD, SKEWED = "shuffled columns", "even cloud", "skewed cloud"
NULLS = {SHUFFLED: shuffle_columns, CLOUD: uniform_box, SKEWED: skewed_cloud}
"""Data without clusters, by name: each keeps what another one loses."""
ASKED = (SHUFFLED, CLOUD)
"""Nulls that a number of clusters must beat. The third is only shown: two real clusters that
differ in everything look to it like one skewed cloud, so it would never let them pass."""


def try_numbers(
    points: np.ndarray,
    artists: np.ndarray,
    pairs: int,
    nulls: int,
    seed: int,
    numbers: tuple[int, ...] = NUMBERS,
) -> pd.DataFrame:
    """Cluster tracks into several numbers of clusters and score each; the nulls likewise.

    Parameters
    ----------
    points : numpy.ndarray, shape (n, k)
        From `standardise`.
    artists : numpy.ndarray, shape (n,)
        Drawn whole for the stability and for the silhouette's error.
    pairs : int
        Pairs of fits behind the stability, each on `SUBSAMPLE` of the artists; the adjusted Rand
        index compares the tracks in both (Ben-Hur, Elisseeff and Guyon 2002).
    nulls : int
        Data sets of each of `NULLS`; the first of each has a stability as well, from one pair.
    seed : int
        Seed of every draw.
    numbers : tuple of int, optional
        Numbers of clusters.

    Returns
    -------
    pandas.DataFrame
        One row a data set and number: ``data`` (`REAL`, or one of `NULLS`), ``draw`` (0 for real
        data), ``clusters``, ``silhouette``, ``error`` (of the silhouette: the larger of how it
        scatters over artists while the clusters stay, and how it does over the fits behind the
        stability), ``calinski_harabasz``, ``davies_bouldin``, ``log_within`` (log of the summed
        squared distances to centres), ``log_one`` (the same with one cluster), ``largest`` (share
        of tracks), ``stability``, ``stability_sd``, ``pairs``.

    Raises
    ------
    DataError
        When there are too few tracks for two clusters.
    ParameterError
        When `pairs` is below 2 or `nulls` below 2.
    """
    if pairs < 2 or nulls < 2:
        raise ParameterError(f"pairs, nulls: at least 2 each expected, found {pairs} and {nulls}")
    tried = [k for k in numbers if 2 <= k <= len(points) // PER_CLUSTER]
    if not tried:
        raise DataError(
            f"{len(points):,} tracks: at least {2 * PER_CLUSTER} expected for two clusters; "
            "load more tracks"
        )
    sets = [(REAL, 0, points, pairs)]
    for name, make in NULLS.items():
        for draw in range(1, nulls + 1):
            # One pair on the first set of each kind, to be looked at, not to be judged by.
            sets.append((name, draw, make(points, seed + draw), int(draw == 1)))
    measured = sampled(len(points), MEASURED, seed)
    with threadpool_limits(1):
        run = Parallel(n_jobs=cpu_count(), prefer="threads")
        whole = run(delayed(_label)(data, tried, seed) for _, _, data, _ in sets)
        again = run(
            delayed(_agreement)(data, artists, tried, seed + 100 * pair, measured)
            for _, _, data, count in sets
            for pair in range(count)
        )
        tables = run(
            delayed(_scores)(data, labels, artists, tried, measured)
            for (_, _, data, _), labels in zip(sets, whole, strict=True)
        )
    found = iter(again)
    for (name, draw, _, count), table in zip(sets, tables, strict=True):
        drawn = [next(found) for _ in range(count)]
        alike = np.array([one for one, _ in drawn]).reshape(-1, len(tried))
        table["stability"] = alike.mean(axis=0) if count else np.nan
        table["stability_sd"] = alike.std(axis=0, ddof=1) if count > 1 else np.nan
        if count > 1:
            # Jackknife that leaves out a share of the artists: a fit on the rest scatters less
            # than one on a new sample, by this factor (Shao and Wu, Annals of Statistics 17, 1989).
            factor = np.sqrt(SUBSAMPLE / (1 - SUBSAMPLE))
            spread = np.concatenate([each for _, each in drawn]).std(axis=0, ddof=1)
            table["error"] = np.maximum(table["error"], factor * spread)
        table["pairs"] = count
        table.insert(0, "draw", draw)
        table.insert(0, "data", name)
    return pd.concat(tables, ignore_index=True)


def gaps(scores: pd.DataFrame) -> pd.DataFrame:
    """Gap statistic of each number of clusters against each null, beside that of one cluster.

    Gap(k): mean over null data of log W(k), less log W(k) of the data, W the summed squared
    distances to centres (Tibshirani, Walther and Hastie 2001). What counts here is how far it is
    above Gap(1): by how much more than in data without clusters k clusters are better than one.

    Returns
    -------
    pandas.DataFrame
        ``data`` (the null), ``clusters``, ``gap`` (above that of one cluster), ``error`` (spread
        over null data, times sqrt(1 + 1 / nulls)).
    """
    fall = (scores["log_one"] - scores["log_within"]).rename("fall")
    table = scores[["data", "draw", "clusters"]].assign(fall=fall)
    own = table[table["draw"] == 0].set_index("clusters")["fall"]
    null = table[table["draw"] > 0].groupby(["data", "clusters"], sort=False)["fall"]
    found = null.agg(["mean", "std", "size"]).reset_index()
    found["gap"] = found["clusters"].map(own) - found["mean"]
    found["error"] = found["std"] * np.sqrt(1 + 1 / found["size"])
    return found[["data", "clusters", "gap", "error"]]


def choose_number(scores: pd.DataFrame, min_stability: float, wanted: int = 0) -> Choice:
    """Choose a number as `lib.playlists.clustering.cluster_choice.choose` does, but for two things.

    A supported number also has a gap, see `gaps`, of more than twice its error above the nulls of
    `ASKED`. And the stability only has to reach `min_stability`: data without clusters can be cut
    the same way each time, an even cloud across its longest side, shuffled columns where one
    column has two humps; so a stability above theirs cannot be asked for.
    """
    scores = scores[scores["data"].isin((REAL, *ASKED))].copy()
    scores.loc[scores["draw"] > 0, "stability"] = -1.0
    found = gaps(scores)
    beyond = (found["gap"] > 2 * found["error"]).groupby(found["clusters"]).all()
    allowed = scores["clusters"].isin(beyond.index[beyond])
    every = choose(scores, min_stability, wanted)
    narrow = choose(scores[allowed], min_stability) if allowed.any() else every
    supported = narrow.supported if allowed.any() else ()
    number = narrow.clusters if supported and not wanted else every.clusters
    return Choice(number, supported, every.above_null)


def _label(points: np.ndarray, tried: list[int], seed: int) -> np.ndarray:
    """Cluster into each number of clusters, shape (numbers, n)."""
    fits = (KMeans(k, n_init=STARTS, random_state=seed).fit(points) for k in tried)
    return np.array([fit.labels_ for fit in fits], dtype=np.int64)


def _agreement(
    points: np.ndarray, artists: np.ndarray, tried: list[int], seed: int, measured: np.ndarray
) -> tuple[list[float], np.ndarray]:
    """Cluster two random shares of the artists; compare the tracks in both, and how tight each is.

    Returns
    -------
    alike : list of float
        Adjusted Rand index of each number of clusters.
    tight : numpy.ndarray, shape (2, numbers)
        Silhouette of each share, over those of the rows `measured` that it holds.
    """
    codes, names = pd.factorize(artists)
    halves, tight = [], []
    for one in (seed, seed + 1):
        drawn = np.random.default_rng(one).permutation(len(names)) < SUBSAMPLE * len(names)
        rows = np.flatnonzero(drawn[codes])
        labels = np.full((len(tried), len(points)), -1)
        labels[:, rows] = _label(points[rows], tried, one)
        halves.append(labels)
        here = np.flatnonzero(np.isin(rows, measured))
        tight.append(silhouettes(points[rows], labels[:, rows], here).mean(axis=1))
    alike = [float(adjusted_rand(cross_table(*both))) for both in zip(*halves, strict=True)]
    return alike, np.array(tight)


def _scores(
    points: np.ndarray, labels: np.ndarray, artists: np.ndarray, tried: list[int], rows: np.ndarray
) -> pd.DataFrame:
    found = silhouettes(points, labels, rows)
    return pd.DataFrame(
        {
            "clusters": tried,
            "silhouette": found.mean(axis=1),
            "error": [clustered_error(one, artists[rows]) for one in found],
            "calinski_harabasz": [calinski_harabasz_score(points, one) for one in labels],
            "davies_bouldin": [davies_bouldin_score(points, one) for one in labels],
            "log_within": [np.log(_within(points, one)) for one in labels],
            "log_one": np.log(_within(points, np.zeros(len(points), int))),
            "largest": [np.bincount(one).max() / len(one) for one in labels],
        }
    )


def _within(points: np.ndarray, labels: np.ndarray) -> float:
    size = np.bincount(labels)
    squares = sum((np.bincount(labels, column) ** 2 / size).sum() for column in points.T)
    return float((points**2).sum() - squares)
