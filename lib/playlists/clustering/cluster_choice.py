"""Which number of clusters the data support, if any, by the scores of a trial."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.errors import ParameterError


@dataclass(frozen=True)
class Choice:
    """A number of clusters, and whether the data call for it.

    Attributes
    ----------
    clusters : int
    supported : tuple of int
        Numbers that are both stable and better than shuffled data; empty when there is none, and
        `clusters` then is a matter of convenience.
    above_null : tuple of int
        Numbers whose silhouette is above that of shuffled data.
    """

    clusters: int
    supported: tuple[int, ...]
    above_null: tuple[int, ...]


def choose(scores: pd.DataFrame, min_stability: float, wanted: int = 0) -> Choice:
    """Choose a number of clusters from the scores of a trial.

    A number is supported when its silhouette, less twice its standard error, is above that of
    every shuffled data set at the same number, and its stability, less its standard error, is
    above theirs and at least `min_stability`. Of several the smallest is taken whose silhouette is
    within twice its error of the highest. When there is none, the one whose stability exceeds the
    null's most is taken, of those above the null if any is.

    Parameters
    ----------
    scores : pandas.DataFrame
        See `lib.playlists.clustering.cluster_trials.Trial`; the data of the first row are the real
        ones, all others the null.
    min_stability : float
        Mean adjusted Rand index that two fits must reach.
    wanted : int, optional
        Number to take whatever the data say.

    Raises
    ------
    ParameterError
        When the number wanted could not be tried.
    """
    own = scores["data"] == scores["data"].iloc[0]
    real = scores[own].set_index("clusters")
    null = scores[~own].groupby("clusters")
    above = real["silhouette"] - 2 * real["error"] > null["silhouette"].max()
    surely = real["stability"] - real["stability_sd"] / np.sqrt(real["pairs"])
    stable = (surely >= min_stability) & (surely > null["stability"].max())
    supported = real[above & stable]
    if wanted and wanted not in real.index:
        tried = f"{real.index.min()} to {real.index.max()}"
        raise ParameterError(f"{wanted} clusters: expected {tried} for so few playlists")
    if wanted:
        chosen = wanted
    elif len(supported):
        best = supported.loc[supported["silhouette"].idxmax()]
        near = supported["silhouette"] >= best["silhouette"] - 2 * best["error"]
        chosen = supported.index[near].min()
    else:
        excess = real["stability"] - null["stability"].max()
        chosen = (excess[above] if above.any() else excess).idxmax()
    return Choice(int(chosen), tuple(supported.index), tuple(real.index[above]))
