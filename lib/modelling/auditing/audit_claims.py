"""The published scores that are audited, and where and how each came about.

A claim is plain data plus three functions of `lib.modelling.auditing.audit_recipes`: which rows it
kept, which columns it made, which model it fitted. What a source leaves open stands in
`Claim.taken`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from lib.modelling.auditing import audit_recipes as made
from lib.tracks.columns import AUDIO_9

HONEST_TREES = 100
"""Most trees of a forest in the honest reruns; more of them change R² in the third decimal."""


@dataclass(frozen=True)
class Claim:
    """A published score and what it takes to rebuild it.

    Attributes
    ----------
    key : str
        Short name in tables.
    label : str
        Name for figures.
    source : str
        Where it was published.
    r2 : float
        The published R² on test rows.
    protocol : str
        The published protocol in words.
    taken : str
        What the source leaves open or does otherwise, and what is done here.
    rows : callable
        From the catalogue to the rows that were used, see `lib.modelling.auditing.audit.catalogue`.
    columns : callable
        Adds the columns that the model takes.
    model : callable
        From whether columns made over all rows are taken, as published, to an unfitted pipeline.
    features : tuple of str
        Columns that the published model sees.
    test_share, validation_share : float
        Shares of the rows, split one by one.
    with_zeros : callable, optional
        `rows` without the step that dropped popularity 0, where there was one.
    """

    key: str
    label: str
    source: str
    r2: float
    protocol: str
    taken: str
    rows: Callable[[pd.DataFrame], pd.DataFrame]
    columns: Callable[[pd.DataFrame], pd.DataFrame]
    model: made.Model
    features: tuple[str, ...]
    test_share: float = 0.2
    validation_share: float = 0.0
    with_zeros: Callable[[pd.DataFrame], pd.DataFrame] | None = None

    @property
    def target_in_features(self) -> bool:
        """Whether the published features hold the target of test rows."""
        return made.ARTIST_MEAN in self.features


_TEAM4 = "YShutko/Team4, docs/TRAINING_RUN_SUMMARY_20251114.md"
_PIPELINE = "YShutko/spotify_track_analytics_popularity_prediction, docs/ML_PIPELINE_SUMMARY.md"
_CI = "YShutko/CI_spotify_track_analysis, README.md and notebooks/ml_models.ipynb"
_ROWS_9 = "nine audio descriptors; 70/15/15, rows split at random, seed 42"
_ROWS_002 = "rows less exact copies (ids dropped first); 80/20, rows split at random, seed 42"
_MEAN = f"{_ROWS_002}; artist's mean popularity, over all rows, as a feature"
_STOP = "test rows were in the early-stopping set of the original; no early stopping here"
_TREES_002 = (*made.NUMBERS_TREES, made.ARTIST_MEAN, "explicit", "macro_genre")

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "xgboost_9",
        "XGBoost, 9 audio features",
        f"{_TEAM4} (old model); settings: HYPERPARAMETER_TUNING_RESULTS.md",
        0.4772,
        f"all rows (published: 114,000); {_ROWS_9}",
        _STOP,
        made.as_they_are,
        made.as_they_are,
        made.audio_9(
            max_depth=10,
            learning_rate=0.06885907419339467,
            n_estimators=450,
            min_child_weight=2,
            subsample=0.7159916066260988,
            colsample_bytree=0.8381031715240354,
            reg_alpha=0.0005451148158426499,
            reg_lambda=5.922287189195652e-05,
            gamma=5.775230154117669e-07,
        ),
        AUDIO_9,
        0.15,
        0.15,
    ),
    Claim(
        "xgboost_9_v2",
        "XGBoost, 9 features, cleaned",
        _TEAM4,
        0.1619,
        "most popular row of each audio vector, popularity 0 dropped (published: 78,310 rows); "
        f"{_ROWS_9}",
        f"{_STOP}; rows were sorted by an unstable sort, so their order, and with it the split, is "
        "not known: equals stay in the order of the file here",
        made.audio_v2_rows,
        made.as_they_are,
        made.audio_9(
            max_depth=9,
            learning_rate=0.0131,
            n_estimators=500,
            min_child_weight=7,
            subsample=0.689,
            colsample_bytree=0.798,
            reg_alpha=1.11e-07,
            reg_lambda=0.0241,
            gamma=4.35e-05,
        ),
        AUDIO_9,
        0.15,
        0.15,
        made.most_popular_copies,
    ),
    Claim(
        "xgboost_37",
        "XGBoost, 37 features",
        _PIPELINE,
        0.3882,
        "all rows (published: 114,000); 37 features with the genre as a number; 80/20, rows split "
        "at random, seed 42",
        f"{_STOP}; scaler and genre code fitted on training rows, which trees do not notice",
        made.as_they_are,
        made.as_they_are,
        made.boosted_37,
        made.RAW_37,
    ),
    Claim(
        "linear",
        "linear regression",
        _CI,
        0.252,
        f"{_ROWS_002}; 15 numbers, genres as 0/1 columns",
        "nothing",
        made.exact_rows,
        made.columns_linear,
        made.linear,
        (*made.NUMBERS_LINEAR, "explicit", "track_genre"),
    ),
    Claim(
        "forest",
        "random forest, artist mean",
        _CI,
        0.801,
        f"{_MEAN}; 300 trees without limit",
        f"honest reruns have at most {HONEST_TREES} trees",
        made.exact_rows,
        made.columns_trees,
        made.forest,
        _TREES_002,
    ),
    Claim(
        "xgboost_untuned",
        "XGBoost, artist mean",
        _CI,
        0.756,
        f"{_MEAN}; 400 trees, depth 6",
        "nothing",
        made.exact_rows,
        made.columns_trees,
        made.boosted(
            n_estimators=400, learning_rate=0.05, max_depth=6, subsample=0.8, colsample_bytree=0.8
        ),
        _TREES_002,
    ),
    Claim(
        "xgboost_tuned",
        "XGBoost tuned, artist mean",
        _CI,
        0.800,
        f"{_MEAN}; best of a random search: 750 trees, depth 11",
        "settings as published, to three digits",
        made.exact_rows,
        made.columns_trees,
        made.boosted(
            n_estimators=750,
            learning_rate=0.0292,
            max_depth=11,
            subsample=0.975,
            colsample_bytree=0.924,
            gamma=1.74,
            min_child_weight=1,
        ),
        _TREES_002,
    ),
    Claim(
        "peer_forest",
        "random forest, artist as a number",
        "MyroslavNatalchenko/IML_Music_Spotify_Project, README.md and random_forest_model.py",
        0.5441,
        "all rows with a name; artist and genre as numbers along the alphabet; 80/20, rows split "
        "at random, seed 42; 100 trees without limit",
        "honest reruns fit the codes on training rows; an artist never seen is -1",
        made.named_rows,
        made.columns_peer,
        made.peer_forest,
        made.PEER,
    ),
)
"""Every popularity claim of the audit."""


def published_split(claim: Claim, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions of training and test rows, drawn as published.

    `sklearn.model_selection.train_test_split` with `PUBLISHED_SEED`: the test rows first, then the
    validation rows out of the rest, where the source has some; these are left out here.

    Returns
    -------
    train, test : numpy.ndarray of int64
        Positions.
    """
    rest, test = train_test_split(
        np.arange(n_rows), test_size=claim.test_share, random_state=made.PUBLISHED_SEED
    )
    if claim.validation_share:
        share = claim.validation_share / (1 - claim.test_share)
        rest, _ = train_test_split(rest, test_size=share, random_state=made.PUBLISHED_SEED)
    return rest, test
