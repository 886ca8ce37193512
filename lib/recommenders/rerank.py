"""The second stage: boosted trees put the blend's first candidates in a better order.

The trees learn on validation queries, whose playlists no recommender has seen, which of the
candidates are hidden tracks (Volkovs and others, RecSys Challenge 2018, ranked in two stages).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xgboost as xgb

from lib.errors import ParameterError
from lib.evaluation.ranking import mark_hits
from lib.recommenders.base import Ranked

BINS = 128
FEW_ROWS = 50_000


@dataclass(frozen=True)
class Settings:
    """How the trees are grown; the defaults were chosen by hand, see notebook 16.

    Attributes
    ----------
    rounds, depth : int
        Trees, and levels of a tree.
    eta : float
        Learning rate.
    min_weight : float
        Least sum of second derivatives in a leaf.
    row_share, column_share : float
        Shares of rows and features that a tree sees.
    seed : int
        Of these draws.
    """

    rounds: int = 250
    depth: int = 5
    eta: float = 0.06
    min_weight: float = 40.0
    row_share: float = 0.8
    column_share: float = 0.5
    seed: int = 42


def train(
    features: np.ndarray,
    tracks: np.ndarray,
    truth: Sequence[np.ndarray],
    names: Sequence[str],
    settings: Settings | None = None,
) -> xgb.Booster:
    """Learn how likely a candidate is a hidden track.

    Parameters
    ----------
    features : numpy.ndarray of float32, shape (queries, candidates, features)
        From `lib.recommenders.candidates.describe`, for validation queries.
    tracks : numpy.ndarray of int32, shape (queries, candidates or more)
        The candidates, -1 for none.
    truth : sequence of numpy.ndarray of int32
        Hidden tracks of each query.
    names : sequence of str
        Features, see `lib.recommenders.candidates.feature_names`.
    settings : Settings, optional
        How the trees are grown.

    Raises
    ------
    ParameterError
        When no candidate is a hidden track, or all are: there is nothing to learn.
    """
    settings = settings or Settings()
    tracks = tracks[:, : features.shape[1]]
    hits = mark_hits(tracks, truth)
    there = tracks >= 0
    labels = hits[there]
    if labels.all() or not labels.any():
        raise ParameterError(
            f"rerank: {labels.sum():,} of {labels.size:,} candidates are hidden tracks; expected "
            "some, and not all. Validate on more playlists"
        )
    rows = xgb.QuantileDMatrix(features[there], labels, max_bin=BINS)
    parameters = {
        "objective": "binary:logistic",
        "eta": settings.eta,
        "max_depth": settings.depth,
        "min_child_weight": settings.min_weight,
        "subsample": settings.row_share,
        "colsample_bytree": settings.column_share,
        "tree_method": "hist",
        "max_bin": BINS,
        # Few rows are done before a second thread has begun.
        "nthread": 1 if len(labels) < FEW_ROWS else os.cpu_count(),
        "seed": settings.seed,
    }
    booster = xgb.train(parameters, rows, settings.rounds)
    booster.set_attr(features="\n".join(names))
    return booster


def reranked(ranked: Ranked, features: np.ndarray, booster: xgb.Booster) -> Ranked:
    """Put the described candidates into the trees' order; those behind them stay behind.

    Parameters
    ----------
    ranked : Ranked
        The blend's answers.
    features : numpy.ndarray of float32, shape (queries, candidates, features)
        Of the first candidates.
    booster : xgboost.Booster
        From `train`.

    Returns
    -------
    Ranked
        Scores of candidates are the trees' log odds; those of the rest lie below them, in the
        blend's order.

    Raises
    ------
    ParameterError
        When the features are not those that the trees learnt from.
    """
    width = features.shape[1]
    if features.shape[2] != booster.num_features():
        raise ParameterError(
            f"rerank: {features.shape[2]} features, expected {booster.num_features()}; the trees "
            "were trained with other recommenders. Train them again"
        )
    tracks, scores = ranked.tracks.copy(), ranked.scores.copy()
    there = tracks[:, :width] >= 0
    odds = np.full(there.shape, -np.inf, np.float32)
    if there.any():
        odds[there] = booster.inplace_predict(features[there], predict_type="margin")
    order = np.argsort(-odds, axis=1, kind="stable")
    tracks[:, :width] = np.take_along_axis(tracks[:, :width], order, axis=1)
    sorted_odds = np.take_along_axis(odds, order, axis=1)
    scores[:, :width] = np.where(np.isfinite(sorted_odds), sorted_odds, np.nan)
    rest = scores[:, width:]
    if rest.size and there.any():
        least = np.where(there, odds, np.inf).min(axis=1, keepdims=True)
        scores[:, width:] = least - 1 + (rest - rest[:, :1])
    return Ranked(tracks, scores)


def importance(booster: xgb.Booster) -> dict[str, float]:
    """Share of the total gain of each feature, the greatest first."""
    names = booster.attr("features").split("\n")
    gains = booster.get_score(importance_type="total_gain")
    named = {names[int(code[1:])]: gain for code, gain in gains.items()}
    total = sum(named.values()) or 1.0
    return {name: gain / total for name, gain in sorted(named.items(), key=lambda one: -one[1])}
