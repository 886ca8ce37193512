"""Do stated chances come true: coverage of intervals, reliability of chances, scores of bands."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lib.evaluation.intervals import LEVEL
from lib.tracks.means import mean_by, rank_bins


def coverage_by(frame: pd.DataFrame, by: str, level: float = LEVEL) -> pd.DataFrame:
    """Tabulate how often intervals hold the truth, and how wide they are.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns popularity, lower, upper, first_artist and `by`.
    by : str
        Column of groups.
    level : float, optional
        Coverage of the coverage's own interval, which takes artists as independent
        (`lib.tracks.means.mean_by`); cut at 0 and 1.

    Returns
    -------
    pandas.DataFrame
        One row a group: `by`, tracks, clusters, coverage, low, high, width (mean, in points).
    """
    held = frame["popularity"].between(frame["lower"], frame["upper"])
    frame = frame.assign(held=held, width=frame["upper"] - frame["lower"])
    table = mean_by(frame, by, "held", level=level).rename(columns={"mean": "coverage"})
    width = frame.groupby(by, observed=True)["width"].mean()
    table[["low", "high"]] = table[["low", "high"]].clip(0, 1)
    return table.assign(width=table[by].map(width).astype(float))


def reliability(
    chance: ArrayLike, came_true: ArrayLike, groups: ArrayLike, bins: int = 10
) -> pd.DataFrame:
    """Set stated chances beside what happened.

    Parameters
    ----------
    chance : array-like, shape (n,)
        Stated chances.
    came_true : array-like of bool, shape (n,)
    groups : array-like, shape (n,)
        Units taken as independent, e.g. the first artist.
    bins : int, optional
        Bins of equally many rows, as far as ties allow.

    Returns
    -------
    pandas.DataFrame
        One row a bin: stated (mean), observed, low, high, tracks.
    """
    frame = pd.DataFrame(
        {
            "stated": np.asarray(chance, dtype=float),
            "observed": np.asarray(came_true, dtype=float),
            "first_artist": np.asarray(groups),
        }
    )
    frame["bin"] = rank_bins(frame["stated"], bins)
    table = mean_by(frame, "bin", "observed").rename(columns={"mean": "observed"})
    table["stated"] = table["bin"].map(frame.groupby("bin")["stated"].mean()).astype(float)
    table[["low", "high"]] = table[["low", "high"]].clip(0, 1)
    return table[["stated", "observed", "low", "high", "tracks"]]


def band_scores(confusion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Accuracy and macro-F1 from counts.

    Macro-F1 is the plain mean of the bands' F1, 2·TP / (true + said); a band that is neither
    there nor said counts 0, as in scikit-learn.

    Parameters
    ----------
    confusion : numpy.ndarray, shape (..., k, k)
        Counts by true band and said band.

    Returns
    -------
    accuracy, macro_f1 : numpy.ndarray, shape (...)

    Examples
    --------
    >>> accuracy, f1 = band_scores(np.array([[2, 0], [2, 0]]))
    >>> round(float(accuracy), 3), round(float(f1), 3)
    (0.5, 0.333)
    """
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    both = confusion.sum(axis=-1) + confusion.sum(axis=-2)
    f1 = np.divide(2.0 * hits, both, out=np.zeros(both.shape), where=both > 0)
    return hits.sum(axis=-1) / confusion.sum(axis=(-2, -1)), f1.mean(axis=-1)


def band_score_intervals(
    true: np.ndarray,
    said: np.ndarray,
    groups: ArrayLike,
    bands: int,
    replicates: int,
    seed: int,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Accuracy and macro-F1 with percentile intervals from a bootstrap of whole groups.

    Counts are added up by group first, so a replicate is one product of small tables.

    Parameters
    ----------
    true, said : numpy.ndarray of int, shape (n,)
        Numbers of bands, from 0.
    groups : array-like, shape (n,)
        What is drawn, e.g. the first artist.
    bands : int
        Number of bands.
    replicates, seed : int
    level : float, optional

    Returns
    -------
    pandas.DataFrame
        Two rows: metric ("accuracy", "macro-F1"), value, low, high, level.
    """
    codes, names = pd.factorize(np.asarray(groups))
    cells = (codes * bands + true) * bands + said
    counts = np.bincount(cells, minlength=len(names) * bands * bands)
    counts = counts.reshape(len(names), -1).astype(float)
    rng = np.random.default_rng(seed)
    drawn = np.empty((replicates, bands * bands))
    for number in range(replicates):
        picked = rng.integers(len(names), size=len(names))
        drawn[number] = np.bincount(picked, minlength=len(names)) @ counts
    points = band_scores(counts.sum(axis=0).reshape(bands, bands))
    draws = band_scores(drawn.reshape(replicates, bands, bands))
    rows = [
        (name, float(point), *np.quantile(draw, [(1 - level) / 2, (1 + level) / 2]), level)
        for name, point, draw in zip(("accuracy", "macro-F1"), points, draws, strict=True)
    ]
    return pd.DataFrame(rows, columns=["metric", "value", "low", "high", "level"])
