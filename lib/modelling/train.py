"""Train the model that goes into use, and judge its intervals and bands out of fold."""

from __future__ import annotations

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from sklearn.base import clone

from lib.errors import DataError
from lib.modelling.bands import SCHEMES, band_chances, chance_columns
from lib.modelling.conformal import (
    calibrate,
    interval,
    shortest_window,
    spread_inputs,
    spread_model,
    spread_out_of_fold,
)
from lib.modelling.contract import column_names, feature_matrix, make_contract
from lib.modelling.estimators import xgboost
from lib.modelling.neighbours import make_neighbours
from lib.modelling.store import PopularityModel

FEATURES = "audio+genres"


def judge_intervals(
    tracks: pd.DataFrame, predictions: pd.DataFrame, trees: int, coverage: float, seed: int
) -> pd.DataFrame:
    """Give every track the interval and chances that it would have got before it was known.

    For each fold, the prediction, the spread and the calibration all come from the other folds.
    One thin thread remains: the errors of the other folds were made by models that had seen this
    fold. They reach it only through the spread model and the few numbers of a calibration (cross-
    conformal prediction, Vovk 2015).

    Parameters
    ----------
    tracks : pandas.DataFrame
        One row a track id, with the inputs of the feature set ``audio+genres``.
    predictions : pandas.DataFrame
        One model's rows of `lib.modelling.compare.cross_validate`, in the order of `tracks`.
    trees : int
        Trees of the point model, see `lib.modelling.conformal.spread_model`.
    coverage : float
        Share of tracks that the intervals are to hold.
    seed : int

    Returns
    -------
    pandas.DataFrame
        track_id, fold, popularity, prediction, spread, lower, upper, baseline_lower and
        baseline_upper (shortest interval of the training target, the same for all tracks of a
        fold), and the chances of the bands, see `chance_columns`.

    Raises
    ------
    DataError
        When `predictions` are not those of `tracks`, in order.
    """
    if not np.array_equal(predictions["track_id"], tracks["track_id"]):
        raise DataError("predictions: the tracks in their order, once each, expected; found others")
    fold, target, prediction = (
        predictions[name].to_numpy() for name in ("fold", "popularity", "prediction")
    )
    inputs = spread_inputs(feature_matrix(tracks, make_contract(tracks)), prediction)
    error = np.abs(target - prediction)
    spread = spread_out_of_fold(spread_model(trees, seed), inputs, error, fold)
    result = predictions[["track_id", "fold", "popularity", "prediction"]].reset_index(drop=True)
    result["spread"] = spread
    for number in np.unique(fold):
        rest, here = fold != number, fold == number
        law = calibrate(target[rest], prediction[rest], spread[rest], coverage)
        lower, upper = interval(law, prediction[here], spread[here])
        result.loc[here, ["lower", "upper"]] = np.column_stack([lower, upper])
        result.loc[here, ["baseline_lower", "baseline_upper"]] = shortest_window(
            target[rest], coverage
        )
        for edges in SCHEMES.values():
            chances = band_chances(law, prediction[here], spread[here], edges)
            result.loc[here, chance_columns(edges)] = chances
    return result


def fit_model(
    tracks: pd.DataFrame, held_out: pd.DataFrame, trees: int, coverage: float, seed: int
) -> tuple[PopularityModel, PopularityModel]:
    """Fit the model on all tracks, twice.

    The point model learns from all tracks; spread and calibration learn from the errors on tracks
    that were held out, since errors on training tracks are too small.

    Parameters
    ----------
    tracks : pandas.DataFrame
        As in `judge_intervals`.
    held_out : pandas.DataFrame
        From `judge_intervals`.
    trees, coverage, seed
        As in `judge_intervals`.

    Returns
    -------
    model, again : PopularityModel
        Two independent fits with the same seed, which should be equal.
    """
    contract = make_contract(tracks)
    matrix = feature_matrix(tracks, contract)
    target, prediction = (held_out[name].to_numpy() for name in ("popularity", "prediction"))
    inputs, error = spread_inputs(matrix, prediction), np.abs(target - prediction)
    point, spread = xgboost(FEATURES, trees, seed)[-1], spread_model(trees, seed)
    jobs = [(point, matrix, target), (point, matrix, target), (spread, inputs, error)]
    jobs.append(jobs[-1])
    fitted = Parallel(n_jobs=cpu_count(), prefer="threads", batch_size=1)(
        delayed(clone(model).fit)(x, y) for model, x, y in jobs
    )
    boosters = [one.get_booster() for one in fitted]
    for booster in boosters[:2]:
        booster.feature_names = column_names(contract)
    law = calibrate(target, prediction, held_out["spread"].to_numpy(), coverage)
    near = make_neighbours(tracks, contract["genres"], prediction)
    models = [
        PopularityModel(contract, boosters[number], boosters[number + 2], law, near)
        for number in (0, 1)
    ]
    return models[0], models[1]


def same_fit(model: PopularityModel, other: PopularityModel) -> bool:
    """Tell whether two models have the same trees, byte for byte."""
    return all(
        getattr(model, name).save_raw("ubj") == getattr(other, name).save_raw("ubj")
        for name in ("point", "spread")
    )
