"""The fits of the audit: published scores as they were made, and the same models on fair splits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.pipeline import make_pipeline

from lib.modelling import estimators
from lib.modelling.auditing import audit_recipes as made
from lib.modelling.auditing.audit_claims import CLAIMS, HONEST_TREES, Claim, published_split
from lib.modelling.splits import group_folds, random_folds, repeated_group_folds
from lib.tracks.features import genre_multihot
from lib.tracks.twins import artist_groups

PUBLISHED = "as published"
HONEST_FIT = "artist mean from training rows"
WITH_ZEROS = "popularity 0 kept"
COPIES_TOGETHER = "copies kept together"
HONEST_SPLITS = ("recording", "first_artist")

ZEROS_AND_COPIES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "zeros dropped": made.without_zeros,
    "copies dropped": made.most_popular_copies,
    "both dropped": made.audio_v2_rows,
}
"""Rows that tell whether an easy zero or a copy made the first claim's score."""

LADDER_SPLITS = ("random", "unique_id", *HONEST_SPLITS)
LADDER_FEATURES = ("audio", "genres", "audio+genres")


@dataclass(frozen=True, eq=False)
class Trial:
    """One fit: what is fitted, on which rows, and where it is scored.

    Attributes
    ----------
    name : str
        The claim's key, or the feature set of the ladder.
    protocol : str
        How the rows were split and the features made.
    model : sklearn estimator
        Unfitted, for one core.
    frame : pandas.DataFrame
        Rows with features, ``popularity`` and ``first_artist``.
    train, test : numpy.ndarray of int64
        Positions of rows in `frame`.
    """

    name: str
    protocol: str
    model: BaseEstimator
    frame: pd.DataFrame
    train: np.ndarray
    test: np.ndarray


def catalogue(raw: pd.DataFrame, tracks: pd.DataFrame) -> pd.DataFrame:
    """Put the ids that notebook 02 found beside the rows of the file, nameless rows included.

    Parameters
    ----------
    raw : pandas.DataFrame
        As read, see `lib.tracks.read.read_kaggle`.
    tracks : pandas.DataFrame
        Table ``tracks``: ``row``, ``first_artist``, ``recording_id``, ``audio_id``.
    """
    return raw.merge(tracks[["row", *made.IDS]], how="left", on="row", validate="one_to_one")


def unique_ids(rows: pd.DataFrame, model_tracks: pd.DataFrame) -> pd.DataFrame:
    """Keep one row a track id: its first genre in the file, the mean of its popularities.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `catalogue`.
    model_tracks : pandas.DataFrame
        Table of notebook 03: ``track_id``, ``popularity``, ``genres``.

    Returns
    -------
    pandas.DataFrame
        In the order of `model_tracks`, with its ``genres``.
    """
    first = rows.dropna(subset=["first_artist"]).drop_duplicates("track_id")
    wanted = model_tracks[["track_id", "popularity", "genres"]]
    return wanted.merge(first.drop(columns="popularity"), on="track_id", validate="one_to_one")


def trees_share(n_rows: int, full_trees_rows: int) -> float:
    """Share of its trees that each model gets: fewer in proportion on small catalogues.

    Examples
    --------
    >>> trees_share(114_000, 30_000), trees_share(6_000, 30_000)
    (1.0, 0.2)
    """
    return min(1.0, n_rows / full_trees_rows)


def claim_trials(
    claim: Claim,
    rows: pd.DataFrame,
    ids: pd.DataFrame,
    folds: pd.DataFrame,
    n_tested: int,
    trees: float,
) -> list[Trial]:
    """List the fits that a claim needs: as published, one advantage less at a time, and honest.

    The rows stay those of the claim up to the split that keeps recordings whole; the honest
    splits then have one row a track id.

    Parameters
    ----------
    claim : Claim
    rows : pandas.DataFrame
        From `catalogue`.
    ids : pandas.DataFrame
        From `unique_ids`.
    folds : pandas.DataFrame
        Table ``folds`` of notebook 03.
    n_tested : int
        How many of the folds serve as test rows, each fitted on all others.
    trees : float
        Share of the published trees, see `trees_share`.
    """
    fair_model = _with_trees(claim.model(False), trees, HONEST_TREES)
    published_model = _with_trees(claim.model(True), trees)
    frame = claim.columns(claim.rows(rows))
    split = published_split(claim, len(frame))
    trials = [Trial(claim.key, PUBLISHED, published_model, frame, *split)]
    if claim.target_in_features:
        fair = frame.drop(columns=made.ARTIST_MEAN)
        trials.append(Trial(claim.key, HONEST_FIT, fair_model, fair, *split))
    if claim.with_zeros:
        more = claim.columns(claim.with_zeros(rows))
        split = published_split(claim, len(more))
        trials.append(Trial(claim.key, WITH_ZEROS, published_model, more, *split))
    kept = honest_columns(claim, (claim.with_zeros or claim.rows)(rows))
    # The row without a name has no recording: it stands alone.
    number = group_folds(
        kept["recording_id"].fillna(-1), folds["fold"].nunique(), made.PUBLISHED_SEED
    )
    trials += _held_out(claim.key, COPIES_TOGETHER, fair_model, kept, number, n_tested)
    fair = honest_columns(claim, ids)
    for name in HONEST_SPLITS:
        number = fold_numbers(ids, folds, name)
        trials += _held_out(claim.key, name, fair_model, fair, number, n_tested)
    return trials


def honest_columns(claim: Claim, rows: pd.DataFrame) -> pd.DataFrame:
    """Add a claim's columns, those left out that were made over training and test rows."""
    return claim.columns(rows).drop(columns=[*made.OVER_ALL_ROWS], errors="ignore")


def zeros_and_copies_trials(rows: pd.DataFrame, trees: float) -> list[Trial]:
    """List the fits that part the zeros from the copies, for the first claim's model."""
    claim = CLAIMS[0]
    model = _with_trees(claim.model(True), trees)
    trials = []
    for name, keep in ZEROS_AND_COPIES.items():
        frame = keep(rows)
        split = published_split(claim, len(frame))
        trials.append(Trial(claim.key, name, model, frame, *split))
    return trials


def row_order_trials(
    claim: Claim, rows: pd.DataFrame, orders: int, trees: float, seed: int
) -> list[Trial]:
    """List fits as published but for the order of rows, which decides who is in the test."""
    model = _with_trees(claim.model(True), trees)
    frame = claim.columns(claim.rows(rows))
    rng = np.random.default_rng(seed)
    trials = []
    for number in range(orders):
        mixed = frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
        split = published_split(claim, len(mixed))
        trials.append(Trial(claim.key, f"row order {number + 1}", model, mixed, *split))
    return trials


def ladder_trials(
    rows: pd.DataFrame,
    ids: pd.DataFrame,
    folds: pd.DataFrame,
    n_tested: int,
    trees: int,
    seed: int,
) -> list[Trial]:
    """List the fits of the ladder: one XGBoost on audio, genres and both, on ever stricter splits.

    Raw rows have the one genre of the row, track ids all their genres.
    """
    named = rows.dropna(subset=["first_artist"]).reset_index(drop=True)
    named = named.assign(genres=[[genre] for genre in named["track_genre"]])
    n_folds = folds["fold"].nunique()
    numbers = {
        "random": random_folds(len(named), n_folds, seed),
        "unique_id": random_folds(len(ids), n_folds, seed),
        **{name: fold_numbers(ids, folds, name) for name in HONEST_SPLITS},
    }
    return [
        trial
        for features in LADDER_FEATURES
        for name in LADDER_SPLITS
        for trial in _held_out(
            features,
            name,
            _ladder_model(features, trees, seed),
            named if name == "random" else ids,
            numbers[name],
            n_tested,
        )
    ]


def repeated_trials(
    claims: Sequence[Claim],
    ids: pd.DataFrame,
    n_folds: int,
    repeats: int,
    trees: float,
    seed: int,
) -> list[Trial]:
    """List fits of several claims' models on new artists, for repeated folds.

    The protocol of a trial is its repeat and fold, such as ``"1.4"``. All claims share the folds.
    """
    folds = repeated_group_folds(artist_groups(ids), n_folds, repeats, seed)
    trials = []
    for claim in claims:
        frame = honest_columns(claim, ids)
        model = _with_trees(claim.model(False), trees, HONEST_TREES)
        for repeat, fold in enumerate(folds):
            for trial in _held_out(claim.key, "", model, frame, fold, n_folds):
                held = fold[trial.test[0]]
                trials.append(replace(trial, protocol=f"{repeat + 1}.{held + 1}"))
    return trials


def fold_numbers(ids: pd.DataFrame, folds: pd.DataFrame, split: str) -> np.ndarray:
    """Fold of each id in a split of the table ``folds``."""
    part = folds[folds["split"] == split].set_index("track_id")["fold"]
    return part.reindex(ids["track_id"]).to_numpy(dtype=np.int64)


def _with_trees(
    model: BaseEstimator, share: float, most_of_forest: int | None = None
) -> BaseEstimator:
    last = model[-1]
    if hasattr(last, "n_estimators"):
        trees = last.n_estimators
        if most_of_forest and isinstance(last, RandomForestRegressor):
            trees = min(trees, most_of_forest)
        last.set_params(n_estimators=max(1, round(share * trees)))
    return model


def _held_out(
    name: str,
    protocol: str,
    model: BaseEstimator,
    frame: pd.DataFrame,
    fold: np.ndarray,
    n_tested: int,
) -> list[Trial]:
    return [
        Trial(
            name, protocol, model, frame, np.flatnonzero(fold != held), np.flatnonzero(fold == held)
        )
        for held in np.unique(fold)[:n_tested]
    ]


def _ladder_model(features: str, trees: int, seed: int) -> BaseEstimator:
    if features in estimators.FEATURE_SETS:
        return estimators.xgboost(features, trees, seed)
    genres = ColumnTransformer([("genres", genre_multihot(), "genres")], sparse_threshold=0)
    return make_pipeline(genres, estimators.xgboost("audio", trees, seed)[-1])
