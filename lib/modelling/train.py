"""Train the models that go into use, and judge their intervals and bands out of fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
import xgboost as xgb
from joblib import Parallel, cpu_count, delayed
from sklearn.base import BaseEstimator, clone

from lib.errors import DataError
from lib.modelling.bands import SCHEMES, band_chances, chance_columns
from lib.modelling.conformal import (
    LEAST_SPREAD,
    calibrate,
    interval,
    shortest_window,
    spread_inputs,
    spread_model,
    spread_out_of_fold,
)
from lib.modelling.levels import KeyLevel
from lib.modelling.neighbours import make_neighbours
from lib.modelling.stored.contract import (
    column_names,
    feature_matrix,
    genre_names,
    known_artist,
    make_contract,
)
from lib.modelling.stored.linear_model import LinearModel, from_pipeline
from lib.modelling.stored.popularity_model import PopularityModel, Uncertainty
from lib.modelling.stored.recipes import LINEAR, Recipe, fitted_parts


@dataclass(frozen=True)
class Judged:
    """Held-out tracks with the intervals that they would have got before they were known.

    Attributes
    ----------
    table : pandas.DataFrame
        track_id, fold, popularity, prediction, spread, lower, upper, baseline_lower and
        baseline_upper (shortest interval of the training target, the same for all tracks of a
        fold), and the chances of the bands, see `chance_columns`.
    inputs : numpy.ndarray of float32, shape (n, k + 1)
        What the model knew of each track, and its prediction.
    """

    table: pd.DataFrame
    inputs: np.ndarray


def judge_intervals(
    tracks: pd.DataFrame,
    predictions: pd.DataFrame,
    recipe: Recipe,
    trees: int,
    coverage: float,
    seed: int,
) -> Judged:
    """Give every track the interval and chances that it would have got before it was known.

    For each fold, the prediction, the spread and the calibration all come from the other folds.
    One thin thread remains: the errors of the other folds were made by models that had seen this
    fold. They reach it only through the spread model and the few numbers of a calibration (cross-
    conformal prediction, Vovk 2015).

    Parameters
    ----------
    tracks : pandas.DataFrame
        One row a track id, with the inputs of the feature set ``audio+genres``, and
        ``first_artist`` and ``recording_id`` for a model with the artist.
    predictions : pandas.DataFrame
        One model's rows of `lib.modelling.compare.cross_validate`, one split, in the order of
        `tracks`. Where the split is not by artist and the recipe has the artist, only tracks
        whose artist is in other folds are judged: the others are what the split by artist is for.
    recipe : Recipe
    trees : int
        See `lib.modelling.conformal.spread_model`.
    coverage : float
        Share of tracks that the intervals are to hold.
    seed : int

    Raises
    ------
    DataError
        When `predictions` are not those of `tracks`, in order.
    """
    if not np.array_equal(predictions["track_id"], tracks["track_id"]):
        raise DataError("predictions: the tracks in their order, once each, expected; found others")
    matrix, known = _held_out_matrix(tracks, predictions["fold"].to_numpy(), recipe)
    kept = known if known.any() else ~known
    names = ["track_id", "fold", "popularity", "prediction"]
    result = predictions.loc[kept, names].reset_index(drop=True)
    fold, target, prediction = (result[name].to_numpy() for name in names[1:])
    inputs = spread_inputs(matrix[kept], prediction)
    error = np.abs(target - prediction)
    spread = spread_out_of_fold(spread_model(trees, seed), inputs, error, fold)
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
    return Judged(result, inputs)


def borrowed_intervals(
    judged: Judged, other: Judged, trees: int, coverage: float, seed: int
) -> pd.DataFrame:
    """Give held-out tracks the intervals of another kind of track, to see whether they would do.

    For each fold, spread and calibration come from tracks of the other kind that are not in it.

    Parameters
    ----------
    judged, other : Judged
        Tracks that get intervals, and those whose errors make them; of one model.
    trees, coverage, seed
        As in `judge_intervals`.

    Returns
    -------
    pandas.DataFrame
        The table of `judged` with other lower and upper ends.
    """
    result = judged.table.copy()
    target, prediction, spread = (
        other.table[name].to_numpy() for name in ("popularity", "prediction", "spread")
    )
    for number in result["fold"].unique():
        here = result["fold"].eq(number).to_numpy()
        rest = ~other.table["track_id"].isin(result.loc[here, "track_id"]).to_numpy()
        error = np.abs(target - prediction)[rest]
        model = spread_model(trees, seed).fit(other.inputs[rest], error)
        own = result.loc[here, "prediction"].to_numpy()
        expected = np.maximum(model.predict(judged.inputs[here]), LEAST_SPREAD)
        law = calibrate(target[rest], prediction[rest], spread[rest], coverage)
        result.loc[here, ["lower", "upper"]] = np.column_stack(interval(law, own, expected))
    return result


def fit_model(
    tracks: pd.DataFrame,
    recipe: Recipe,
    estimator: BaseEstimator,
    judged: Sequence[Judged],
    trees: int,
    coverage: float,
    seed: int,
) -> tuple[PopularityModel, PopularityModel]:
    """Fit a model on all tracks, twice.

    The point model learns from all tracks; spread and calibration learn from the errors on tracks
    that were held out, since errors on training tracks are too small.

    Parameters
    ----------
    tracks, recipe, trees, coverage, seed
        As in `judge_intervals`.
    estimator : sklearn estimator
        Unfitted, from `lib.modelling.stored.recipes.make_estimator`.
    judged : sequence of Judged
        Of the split by artist; for a model with the artist that of the split by recording too.

    Returns
    -------
    model, again : PopularityModel
        Two independent fits with the same seed, which should be equal.
    """
    target = tracks["popularity"].to_numpy()
    jobs = [(estimator, tracks, target)] * 2
    for one in judged:
        error = np.abs(one.table["popularity"] - one.table["prediction"]).to_numpy()
        jobs += [(spread_model(trees, seed), one.inputs, error)] * 2
    fitted = Parallel(n_jobs=cpu_count(), prefer="threads", batch_size=1)(
        delayed(clone(model).fit)(x, y) for model, x, y in jobs
    )
    laws = [
        calibrate(*one.table[["popularity", "prediction", "spread"]].to_numpy().T, coverage)
        for one in judged
    ]
    contract = make_contract(tracks, recipe)
    near = make_neighbours(tracks, genre_names(tracks), judged[0].table["prediction"].to_numpy())
    models = []
    for number in (0, 1):
        regressor, artists = fitted_parts(fitted[number])
        if recipe.kind == LINEAR:
            point = from_pipeline(fitted[number], feature_matrix(tracks, contract), contract)
        else:
            point = regressor.get_booster()
            point.feature_names = column_names(contract)
        spreads = [one.get_booster() for one in fitted[2 + number :: 2]]
        sure = [Uncertainty(*pair) for pair in zip(spreads, laws, strict=True)]
        models.append(PopularityModel(contract, point, sure[0], near, artists, *sure[1:]))
    return models[0], models[1]


def same_fit(model: PopularityModel, other: PopularityModel) -> bool:
    """Tell whether two models are the same: trees byte for byte, numbers to the last digit."""
    return [_bytes(one) for one in _learnt(model)] == [_bytes(one) for one in _learnt(other)]


def _held_out_matrix(
    tracks: pd.DataFrame, fold: np.ndarray, recipe: Recipe
) -> tuple[np.ndarray, np.ndarray]:
    contract = make_contract(tracks, recipe)
    if not recipe.artist:
        return feature_matrix(tracks, contract), np.zeros(len(tracks), dtype=bool)
    parts = {}
    for number in np.unique(fold):
        rest, here = tracks[fold != number], tracks[fold == number]
        levels = KeyLevel().fit(rest, rest["popularity"])
        parts[number] = feature_matrix(here.drop(columns="popularity"), contract, levels)
    matrix = np.empty((len(tracks), next(iter(parts.values())).shape[1]), dtype=np.float32)
    for number, values in parts.items():
        matrix[fold == number] = values
    return matrix, known_artist(matrix, contract)


def _learnt(model: PopularityModel) -> list[object]:
    sure = [one.spread for one in (model.unseen, model.known) if one is not None]
    return [model.point, *sure, *([] if model.artists is None else [model.artists])]


def _bytes(learnt: object) -> bytes:
    if isinstance(learnt, xgb.Booster):
        return bytes(learnt.save_raw("ubj"))
    if isinstance(learnt, LinearModel):
        return b"".join(np.asarray(value).tobytes() for value in asdict(learnt).values())
    head = "\n".join([repr((learnt.mean_, learnt.shrinkage_)), *learnt.table_.index])
    return head.encode() + learnt.table_.to_numpy(dtype=float).tobytes()
