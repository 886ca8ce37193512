"""How a model's prediction moves with one input, for single tracks and on average."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from sklearn.inspection import partial_dependence
from xgboost import XGBRegressor

from lib.evaluation.intervals import LEVEL
from lib.modelling.panel import panel_interval

POINTS = 20
"""Values of a curve."""


def values_between(values: np.ndarray, tail: float = 0.01, count: int = POINTS) -> np.ndarray:
    """Choose values from the `tail` to the ``1 - tail`` quantile; all of them where they are few.

    Half of the values are quantiles and half are evenly spaced, so that a curve is drawn well both
    where tracks are dense and over the whole range.

    Examples
    --------
    >>> values_between(np.array([0.0, 1.0, 1.0])).tolist()
    [0.0, 1.0]
    """
    distinct = np.unique(values)
    if len(distinct) <= count:
        return distinct
    shares = np.linspace(tail, 1 - tail, count // 2)
    low, high = np.quantile(values, [tail, 1 - tail])
    return np.unique([*np.quantile(values, shares), *np.linspace(low, high, count // 2)])


def individual(
    model: XGBRegressor, rows: np.ndarray, column: int, values: np.ndarray
) -> np.ndarray:
    """Predict each row with each value in one column, less the row's prediction at the middle one.

    Individual conditional expectation, centred (Goldstein et al., Journal of Computational and
    Graphical Statistics 24, 2015).

    Returns
    -------
    numpy.ndarray, shape (rows, values)
    """
    found = partial_dependence(
        model, rows, [column], custom_values={column: values}, kind="individual", method="brute"
    )["individual"][0]
    return found - found[:, [len(values) // 2]]


def curve(
    models: Sequence[XGBRegressor], rows: np.ndarray, column: int, values: np.ndarray
) -> pd.DataFrame:
    """Average `individual` over rows and over a panel, with an interval for the whole curve.

    Parameters
    ----------
    models : sequence of fitted regressors
        From `lib.modelling.panel.fit_panel`.
    rows : numpy.ndarray, shape (n, k)
    column : int
    values : numpy.ndarray
        Rising, two or more.

    Returns
    -------
    pandas.DataFrame
        value, effect (0 at the middle value), low, high.
    """
    draws = np.array([individual(model, rows, column, values).mean(axis=0) for model in models])
    effect, low, high = panel_interval(draws, comparisons=len(values) - 1)
    return pd.DataFrame({"value": values, "effect": effect, "low": low, "high": high})


def low_to_high(
    models: Sequence[XGBRegressor],
    rows: np.ndarray,
    training: np.ndarray,
    columns: Mapping[str, int],
    level: float = LEVEL,
) -> pd.DataFrame:
    """Compare the mean predictions with an input low and high, all else as it is.

    Parameters
    ----------
    models : sequence of fitted regressors
        From `lib.modelling.panel.fit_panel`.
    rows : numpy.ndarray, shape (n, k)
        Tracks to average over.
    training : numpy.ndarray, shape (m, k)
        Low and high are its 10 % and 90 % quantiles, or the ends where these are equal.
    columns : mapping of str to int
    level : float, optional
        Coverage of all intervals together.

    Returns
    -------
    pandas.DataFrame
        input, from, to, effect (mean over rows and models), low, high.
    """
    ends, draws = [], []
    for column in columns.values():
        low, high = np.quantile(training[:, column], [0.1, 0.9], method="nearest")
        if low == high:
            low, high = training[:, column].min(), training[:, column].max()
        means = []
        for value in (low, high):
            changed = rows.copy()
            changed[:, column] = value
            means.append([model.predict(changed).mean(dtype=np.float64) for model in models])
        ends.append((low, high))
        draws.append(np.subtract(means[1], means[0]))
    effect, low, high = panel_interval(np.array(draws).T, level, len(columns))
    table = pd.DataFrame(ends, columns=["from", "to"], dtype=float)
    table.insert(0, "input", list(columns))
    return table.assign(effect=effect, low=low, high=high)
