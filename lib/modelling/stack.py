"""A stack: several models, weighed by what they predict for rows that they were not fitted on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import FeatureUnion, Pipeline

from lib.modelling.levels import CrossFitted

MEMBERS, WEIGHTS = "members", "weights"


def stack(
    members: Mapping[str, BaseEstimator], group: tuple[str, ...], n_folds: int, seed: int
) -> Pipeline:
    """Build a stack of models: a weighted sum of their predictions, no weight below 0.

    The weights come from predictions that are out of fold within the training rows, whole groups
    to a fold; were they taken from rows that a model was fitted on, the one that fits closest
    would get all the weight. Weights from 0 keep the stack between its members where they agree
    (Breiman, "Stacked regressions", Machine Learning 24, 1996). For other rows each member is
    fitted on all training rows.

    Parameters
    ----------
    members : mapping of str to sklearn estimator
        Unfitted; each takes the table of tracks.
    group : tuple of str
        Columns of which no value may stand in two folds, see `lib.modelling.ladder.GROUPS`.
    n_folds, seed : int
        Of the folds within the training rows.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Unfitted. `member_predictions` and `weights` look inside once it is fitted.
    """
    parts = [
        (name, CrossFitted(model, group, n_folds=n_folds, seed=seed))
        for name, model in members.items()
    ]
    return Pipeline([(MEMBERS, FeatureUnion(parts)), (WEIGHTS, LinearRegression(positive=True))])


def member_predictions(fitted: Pipeline, tracks: pd.DataFrame) -> dict[str, np.ndarray]:
    """Predict by each member of a fitted stack, fitted on all training rows.

    Returns
    -------
    dict of str to numpy.ndarray of float64, shape (n,)
    """
    names = [name for name, _ in fitted[MEMBERS].transformer_list]
    columns = fitted[MEMBERS].transform(tracks).astype(np.float64)
    return dict(zip(names, columns.T, strict=True))


def weights(fitted: Pipeline) -> dict[str, float]:
    """Weight of each member of a fitted stack; they need not sum to 1.

    Returns
    -------
    dict of str to float
    """
    names = [name for name, _ in fitted[MEMBERS].transformer_list]
    return dict(zip(names, fitted[WEIGHTS].coef_.tolist(), strict=True))
