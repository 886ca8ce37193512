"""Many small models on resampled artists: how much a conclusion owes to the tracks at hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from joblib import Parallel, cpu_count, delayed
from numpy.typing import ArrayLike
from scipy import stats
from xgboost import XGBRegressor

from lib.errors import DataError, ParameterError
from lib.evaluation.intervals import LEVEL
from lib.modelling.estimators import xgboost

SHARE = 0.1
"""Share of the training artists that each model of a panel learns from."""

TREES, RATE = 60, 0.1
"""Trees and learning rate of a panel's models: few rows bear no more."""


def draw_artists(artists: ArrayLike, count: int, seed: int) -> np.ndarray:
    """Draw as many artists as there are, with replacement, several times.

    Returns
    -------
    numpy.ndarray of float64, shape (count, n)
        How often each row's artist was drawn.
    """
    names, codes = np.unique(np.asarray(artists, dtype=str), return_inverse=True)
    draws = np.random.default_rng(seed).integers(len(names), size=(count, len(names)))
    return np.array([np.bincount(draw, minlength=len(names))[codes] for draw in draws], float)


def draw_parts(artists: ArrayLike, count: int, seed: int, share: float = SHARE) -> np.ndarray:
    """Draw a share of the artists, without replacement, several times.

    Returns
    -------
    numpy.ndarray of float64, shape (count, n)
        1 for rows whose artist was drawn, else 0.

    Raises
    ------
    DataError
        When the share of the artists is not even two artists.
    """
    names, codes = np.unique(np.asarray(artists, dtype=str), return_inverse=True)
    taken = int(share * len(names))
    if taken < 2:
        raise DataError(
            f"artists: at least {int(np.ceil(2 / share))} expected to draw a share of {share:g} "
            f"from, found {len(names)}; use a larger catalogue"
        )
    rng = np.random.default_rng(seed)
    draws = [rng.permutation(len(names)) < taken for _ in range(count)]
    return np.array([draw[codes] for draw in draws], dtype=float)


def fit_models(
    matrix: np.ndarray,
    target: np.ndarray,
    weights: np.ndarray,
    trees: int,
    rate: float,
    seed: int,
) -> list[XGBRegressor]:
    """Fit one model for each set of row weights.

    Parameters
    ----------
    matrix : numpy.ndarray of float32, shape (n, k)
        Training rows.
    target : numpy.ndarray, shape (n,)
    weights : numpy.ndarray, shape (models, n)
        From `draw_artists` or `draw_parts`; rows of weight 0 are left out. All 1 for models that
        differ by the chance in fitting alone.
    trees, rate : int, float
        Trees and learning rate; all else as in `lib.modelling.estimators.xgboost`.
    seed : int
        Each model gets a seed of its own.

    Returns
    -------
    list of xgboost.XGBRegressor
    """
    seeds = np.random.SeedSequence(seed).generate_state(len(weights)) // 2

    def fit(weight: np.ndarray, one: int) -> XGBRegressor:
        model = xgboost("audio", trees, int(one))[-1].set_params(learning_rate=rate)
        rows = weight > 0
        return model.fit(matrix[rows], target[rows], sample_weight=weight[rows])

    return Parallel(n_jobs=cpu_count(), prefer="threads", batch_size=1)(
        delayed(fit)(*one) for one in zip(weights, seeds, strict=True)
    )


def fit_panel(
    matrix: np.ndarray, target: np.ndarray, artists: ArrayLike, count: int, seed: int
) -> list[XGBRegressor]:
    """Fit `count` small models, each on another draw of a tenth of the artists (`draw_parts`)."""
    return fit_models(matrix, target, draw_parts(artists, count, seed), TREES, RATE, seed)


def predict_panel(models: Sequence[XGBRegressor], matrix: np.ndarray) -> np.ndarray:
    """Predict by every model, shape (models, n)."""
    predicted = Parallel(n_jobs=cpu_count(), prefer="threads", batch_size=1)(
        delayed(model.predict)(matrix) for model in models
    )
    return np.array(predicted, dtype=np.float64)


def panel_interval(
    draws: np.ndarray, level: float = LEVEL, comparisons: ArrayLike = 1, share: float = SHARE
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Average what the models of a panel say, with an interval that holds for all comparisons.

    Each model has learnt from a share q of the artists. The mean over all such draws is a
    U-statistic: its variance, over other artists that could have been in the catalogue, is at most
    q times that of one model (Hoeffding, Annals of Mathematical Statistics 19, 1948, theorem 5.2;
    for ensembles: Mentch & Hooker, Journal of Machine Learning Research 17, 2016). B models instead
    of all add 1 / B of it. The variance of one model is taken from the B models; since two draws
    share artists, theirs is smaller by up to the share q, which is made up for. So the half width
    is at most ``t s sqrt((q + 1 / B) / (1 - q))`` and rather too wide. (The spread of models on
    bootstrap samples would tell how one model varies, not the mean.)

    With m comparisons Student's t, with B - 1 degrees of freedom, is taken at
    ``1 - (1 - level) / (2 m)`` (Bonferroni): the chance that any of the m intervals misses is at
    most ``1 - level``, whichever of them is looked at afterwards.

    Parameters
    ----------
    draws : numpy.ndarray, shape (models, ...)
    level : float, optional
        Coverage of all intervals together.
    comparisons : int or array-like of int, optional
        How many are looked at together; broadcasts against ``draws[0]``.
    share : float, optional
        q.

    Returns
    -------
    mean, low, high : numpy.ndarray

    Raises
    ------
    ParameterError
        When there are fewer than two models, or `level` or `share` is not between 0 and 1.

    Examples
    --------
    >>> mean, low, high = panel_interval(np.array([1.0, 2.0, 3.0]))
    >>> float(mean), round(float(low), 2), round(float(high), 2)
    (2.0, -0.99, 4.99)
    """
    draws = np.asarray(draws, dtype=np.float64)
    if len(draws) < 2 or not 0 < level < 1 or not 0 < share < 1:
        raise ParameterError(
            "panel: two or more models, and a level and a share between 0 and 1 expected, found "
            f"{len(draws)} models, level {level}, share {share}"
        )
    mean = draws.mean(axis=0)
    error = draws.std(axis=0, ddof=1) * np.sqrt((share + 1 / len(draws)) / (1 - share))
    tail = (1 - level) / 2 / np.asarray(comparisons)
    half = stats.t.isf(tail, len(draws) - 1) * error
    return mean, mean - half, mean + half
