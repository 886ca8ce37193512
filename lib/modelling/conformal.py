"""How sure a prediction is: intervals and chances from out-of-fold errors.

A second model learns how large the errors of the first one are. Errors divided by that *spread*
are alike enough to be pooled: within a cell of similar spread and prediction, the empirical law of
the divided errors, moved and stretched to a new track, is its predictive distribution. (Split
conformal prediction with normalised scores, Papadopoulos et al. 2002; in cells, Vovk et al. 2005,
"Mondrian"; as a distribution, Boström et al. 2021.) One object
so gives intervals and the chance of every popularity band, and they cannot contradict each other.
Boosted quantile regression would do as well, but each quantile takes longer to fit than the point
model.

Errors of tracks whose artist was held out make the coverage hold for artists never seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from joblib import Parallel, cpu_count, delayed
from sklearn.base import clone
from xgboost import XGBRegressor

from lib.errors import DataError, ParameterError
from lib.modelling.estimators import xgboost

LOW, HIGH = 0.0, 100.0
LEAST_SPREAD = 1.0
"""Spread is at least one popularity point, so a division by it is harmless."""

LEVELS = 201
"""Points at which the law of the divided errors is kept: every half per cent."""

ROWS_A_CELL = 300
MOST_A_SIDE = 5
"""Cells form a square: so many classes of spread, each with so many of prediction."""


@dataclass(frozen=True)
class Calibration:
    """Laws of the divided errors, by cell of spread and prediction.

    Attributes
    ----------
    coverage : float
        Share of tracks that `interval` is to hold.
    spread_edges : numpy.ndarray, shape (side - 1,)
        Spreads that separate the classes of spread.
    prediction_edges : numpy.ndarray, shape (side, side - 1)
        Predictions that separate the cells of each class.
    low, high : numpy.ndarray, shape (side * side,)
        Ends of the interval, in spreads from the prediction.
    quantiles : numpy.ndarray, shape (side * side, LEVELS)
        Quantiles of the divided errors at evenly spaced levels from 0 to 1.
    """

    coverage: float
    spread_edges: np.ndarray
    prediction_edges: np.ndarray
    low: np.ndarray
    high: np.ndarray
    quantiles: np.ndarray


def spread_model(trees: int, seed: int) -> XGBRegressor:
    """Build the model of the absolute error: a quarter of the trees at twice the learning rate."""
    model = xgboost("audio+genres", max(trees // 4, 1), seed)[-1]
    return model.set_params(learning_rate=2 * model.learning_rate)


def spread_inputs(matrix: np.ndarray, prediction: np.ndarray) -> np.ndarray:
    """Put the prediction beside the features, as float32, shape (n, k + 1)."""
    return np.column_stack([matrix, np.asarray(prediction, dtype=np.float32)])


def spread_out_of_fold(
    model: XGBRegressor, inputs: np.ndarray, error: np.ndarray, fold: np.ndarray
) -> np.ndarray:
    """Predict the absolute error of every track from the errors of the other folds.

    Parameters
    ----------
    model : XGBRegressor
        Unfitted, from `spread_model`.
    inputs : numpy.ndarray, shape (n, k)
        From `spread_inputs`, with out-of-fold predictions.
    error : numpy.ndarray, shape (n,)
        Absolute out-of-fold errors.
    fold : numpy.ndarray of int, shape (n,)

    Returns
    -------
    numpy.ndarray, shape (n,)
        At least `LEAST_SPREAD`.
    """
    numbers = np.unique(fold)
    fitted = Parallel(n_jobs=cpu_count(), prefer="threads", batch_size=1)(
        delayed(clone(model).fit)(inputs[fold != number], error[fold != number])
        for number in numbers
    )
    spread = np.empty(len(error))
    for number, one in zip(numbers, fitted, strict=True):
        spread[fold == number] = one.predict(inputs[fold == number])
    return np.maximum(spread, LEAST_SPREAD)


def calibrate(
    target: np.ndarray, prediction: np.ndarray, spread: np.ndarray, coverage: float
) -> Calibration:
    """Learn the laws of the divided errors.

    In each cell the interval is the window of ``ceil(coverage * (n + 1))`` neighbouring errors
    that is shortest on average once it is cut at 0 and 100. Where many tracks have popularity 0
    this is a window from 0 upwards.

    Parameters
    ----------
    target, prediction, spread : numpy.ndarray, shape (n,)
        Out of fold.
    coverage : float
        Between 0 and 1.

    Raises
    ------
    ParameterError, DataError
        When `coverage` is no share, or there are too few rows for it.
    """
    if not 0 < coverage < 1:
        raise ParameterError(f"coverage: a number between 0 and 1 expected, found {coverage}")
    rows = len(target)
    needed = round(20 / (1 - coverage))
    if rows < needed:
        raise DataError(
            f"calibration: at least {needed} tracks expected for a coverage of "
            f"{coverage}, found {rows}"
        )
    side = int(np.clip(np.sqrt(rows // max(ROWS_A_CELL, needed)), 1, MOST_A_SIDE))
    cuts = np.arange(1, side) / side
    spread_edges = np.quantile(spread, cuts)
    of_spread = np.searchsorted(spread_edges, spread, side="right")
    prediction_edges = np.array(
        [np.quantile(prediction[_or_all(of_spread == number)], cuts) for number in range(side)]
    )
    cell = _cells(spread_edges, prediction_edges, prediction, spread)
    divided = (target - prediction) / spread
    low, high, quantiles = np.empty(side**2), np.empty(side**2), np.empty((side**2, LEVELS))
    for number in range(side**2):
        here = _or_all(cell == number)
        low[number], high[number] = _shortest(
            np.sort(divided[here]), prediction[here], spread[here], coverage
        )
        quantiles[number] = np.quantile(divided[here], np.linspace(0, 1, LEVELS))
    return Calibration(coverage, spread_edges, prediction_edges, low, high, quantiles)


def interval(
    calibration: Calibration, prediction: np.ndarray, spread: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give each track its interval, cut at 0 and 100 and wide enough to hold the prediction.

    Returns
    -------
    lower, upper : numpy.ndarray, shape (n,)
    """
    law = calibration
    place = _cells(law.spread_edges, law.prediction_edges, prediction, spread)
    lower = prediction + law.low[place] * spread
    upper = prediction + law.high[place] * spread
    lower, upper = np.minimum(lower, prediction), np.maximum(upper, prediction)
    return np.clip(lower, LOW, HIGH), np.clip(upper, LOW, HIGH)


def chance_up_to(
    calibration: Calibration, prediction: np.ndarray, spread: np.ndarray, edge: float
) -> np.ndarray:
    """Give the chance that popularity is at most `edge`, shape (n,)."""
    if edge >= HIGH:
        return np.ones(len(prediction))
    law = calibration
    place = _cells(law.spread_edges, law.prediction_edges, prediction, spread)
    divided = (edge - prediction) / spread
    levels = np.linspace(0, 1, LEVELS)
    chance = np.empty(len(prediction))
    for number in np.unique(place):
        here = place == number
        chance[here] = np.interp(divided[here], law.quantiles[number], levels)
    return chance


def shortest_window(values: np.ndarray, coverage: float) -> tuple[float, float]:
    """Find the shortest interval that holds a share of the values: the baseline, same for all.

    Examples
    --------
    >>> shortest_window(np.array([0, 0, 0, 50, 100]), 0.5)
    (0.0, 0.0)
    """
    ordered = np.sort(values)
    count = min(int(np.ceil(coverage * (len(ordered) + 1))), len(ordered))
    width = ordered[count - 1 :] - ordered[: len(ordered) - count + 1]
    start = int(width.argmin())
    return float(ordered[start]), float(ordered[start + count - 1])


def _cells(
    spread_edges: np.ndarray,
    prediction_edges: np.ndarray,
    prediction: np.ndarray,
    spread: np.ndarray,
) -> np.ndarray:
    of_spread = np.searchsorted(spread_edges, spread, side="right")
    of_prediction = (prediction_edges[of_spread] <= prediction[:, None]).sum(axis=1)
    return of_spread * len(prediction_edges) + of_prediction


def _or_all(rows: np.ndarray) -> np.ndarray:
    # Equal spreads or predictions may leave a cell empty: it takes the law of all tracks.
    return rows if rows.any() else np.ones_like(rows)


def _shortest(
    divided: np.ndarray, prediction: np.ndarray, spread: np.ndarray, coverage: float
) -> tuple[float, float]:
    count = min(int(np.ceil(coverage * (len(divided) + 1))), len(divided))
    starts = np.unique(np.linspace(0, len(divided) - count, 11).astype(int))
    widths = [
        np.mean(
            np.clip(prediction + divided[start + count - 1] * spread, LOW, HIGH)
            - np.clip(prediction + divided[start] * spread, LOW, HIGH)
        )
        for start in starts
    ]
    start = starts[int(np.argmin(widths))]
    return float(divided[start]), float(divided[start + count - 1])
