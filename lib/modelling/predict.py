"""What a model says of tracks: prediction, interval, chances of bands, and what each input adds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xgboost as xgb
from joblib import Parallel, cpu_count, delayed

from lib.errors import DataError
from lib.modelling.bands import SCHEMES, band_chances, chance_columns
from lib.modelling.conformal import HIGH, LEAST_SPREAD, LOW, interval, spread_inputs
from lib.modelling.estimators import FEATURE_SETS
from lib.modelling.reasons.explain import contributions
from lib.modelling.reasons.importance import grouped
from lib.modelling.stored.contract import (
    ARTIST,
    GENRES,
    audio_names,
    column_names,
    columns_of_inputs,
    feature_matrix,
    known_artist,
)
from lib.modelling.stored.linear_model import LinearModel
from lib.modelling.stored.popularity_model import PopularityModel, Uncertainty
from lib.tracks.columns import COLUMNS

ROWS_A_THREAD = 2_000
"""Rows for which another thread is worth its start."""

KIND_OF_COLUMN = {"bool": "flag", "int64": "whole number", "float64": "number"}


@dataclass(frozen=True)
class Prediction:
    """What a model says of tracks.

    Attributes
    ----------
    table : pandas.DataFrame, shape (n, 12)
        prediction, cut at 0 and 100; raw, before that; lower and upper, ends of the interval;
        known_artist, whether the model knows other recordings of the artist, always false where
        it does not look at artists; and the chances of the bands, see
        `lib.modelling.bands.chance_columns`. Popularity points and shares.
    adds : pandas.DataFrame, shape (n, inputs)
        Popularity points that each input of the model adds to ``base`` or takes from it; the
        genres are one input, and so is the artist. ``base`` and a row sum to ``raw``.
    base : float
        Prediction where nothing is known of a track.
    """

    table: pd.DataFrame
    adds: pd.DataFrame
    base: float


@dataclass(frozen=True)
class Input:
    """One input, for a form that asks for it.

    Attributes
    ----------
    name : str
        Of the column; ``genres`` or ``artist``.
    used : bool
        Whether the model looks at it.
    kind : {"number", "whole number", "flag", "genres", "artist"}
    unit : str
    low, high : float or None
        Lowest and highest value: of training, or of what there can be where it is not used.
    choices : tuple of str
        Genres and artists that training had.
    reason : str
        Why it is not used; empty where it is.
    """

    name: str
    used: bool
    kind: str
    unit: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    reason: str = ""


def predict_tracks(tracks: pd.DataFrame, model: PopularityModel) -> Prediction:
    """Predict tracks.

    Parameters
    ----------
    tracks : pandas.DataFrame, shape (n, k)
        The model's inputs by name (see `inputs_of`): numbers, ``genres`` as a list for each track,
        and ``first_artist``, which may be empty or absent for an unseen artist. Other columns are
        passed over.
    model : PopularityModel

    Returns
    -------
    Prediction
        With the rows and index of `tracks`.

    Raises
    ------
    DataError
        When there are no rows, or an input is absent or no number.
    """
    matrix = _checked_matrix(tracks, model)
    raw, parts = _shared_out(lambda rows: _raw_and_parts(model, rows), matrix)
    known = known_artist(matrix, model.contract)
    chances = [name for edges in SCHEMES.values() for name in chance_columns(edges)]
    rest = np.empty((len(matrix), 2 + len(chances)))
    inputs = spread_inputs(matrix, raw)
    for sure, rows in ((model.unseen, ~known), (model.known, known)):
        if not rows.any():
            continue
        (spread,) = _shared_out(lambda some, sure=sure: (_spread(sure, some),), inputs[rows])
        told = [*interval(sure.calibration, raw[rows], spread)]
        told += [
            band_chances(sure.calibration, raw[rows], spread, edges) for edges in SCHEMES.values()
        ]
        rest[rows] = np.column_stack(told)
    columns = {"prediction": np.clip(raw, LOW, HIGH), "raw": raw}
    columns |= {"lower": rest[:, 0], "upper": rest[:, 1], "known_artist": known}
    columns |= dict(zip(chances, rest[:, 2:].T, strict=True))
    adds = grouped(parts, columns_of_inputs(model.contract)).set_axis(tracks.index)
    return Prediction(pd.DataFrame(columns, index=tracks.index), adds, float(parts[0, -1]))


def inputs_of(model: PopularityModel) -> tuple[Input, ...]:
    """List every input that any model takes, and what this one does with it.

    Returns
    -------
    tuple of Input
        The fourteen of `lib.modelling.estimators.FEATURE_SETS` ``audio``, genres, artist.
    """
    contract = model.contract
    trained = {feature["name"]: feature for feature in contract["features"]}
    there = [name for name in (GENRES, ARTIST) if contract[name]]
    without = f"this model was trained on {' and '.join(['audio', *there])}"
    without += "" if there else " only"
    inputs = []
    for name in FEATURE_SETS["audio"]:
        column = COLUMNS[name]
        (low, high), used = _allowed(name), name in trained
        if used:
            low, high = trained[name]["low"], trained[name]["high"]
        kind, unit = KIND_OF_COLUMN[str(column.dtype)], column.metadata["unit"]
        reason = "" if used else f"this model was trained without {name}"
        inputs.append(Input(name, used, kind, unit, low, high, reason=reason))
    artists = () if model.artists is None else sorted(model.artists.table_.index)
    for name, unit, choices in (
        (GENRES, "names", contract["genres"]),
        (ARTIST, "name", artists),
    ):
        reason = "" if contract[name] else without
        inputs.append(Input(name, not reason, name, unit, choices=tuple(choices), reason=reason))
    return tuple(inputs)


def _raw_and_parts(model: PopularityModel, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if isinstance(model.point, LinearModel):
        return model.point.predict(matrix), model.point.contributions(matrix)
    data = xgb.DMatrix(matrix, feature_names=column_names(model.contract), nthread=1)
    both = model.point.predict(data), contributions(model.point, data)
    return both[0].astype(np.float64), both[1].astype(np.float64)


def _spread(sure: Uncertainty, inputs: np.ndarray) -> np.ndarray:
    spread = sure.spread.inplace_predict(inputs, validate_features=False)
    return np.maximum(spread.astype(np.float64), LEAST_SPREAD)


def _shared_out(
    work: Callable[[np.ndarray], tuple[np.ndarray, ...]], matrix: np.ndarray
) -> list[np.ndarray]:
    """Let threads work on parts of many rows: XGBoost lets go of the interpreter lock."""
    parts = np.array_split(matrix, min(cpu_count(), 1 + len(matrix) // ROWS_A_THREAD))
    if len(parts) == 1:
        return list(work(matrix))
    done = Parallel(n_jobs=len(parts), prefer="threads")(delayed(work)(part) for part in parts)
    return [np.concatenate(columns) for columns in zip(*done, strict=True)]


def _allowed(name: str) -> tuple[float, float]:
    if not COLUMNS[name].checks:
        return 0.0, 1.0
    (check,) = COLUMNS[name].checks
    return float(check.statistics["min_value"]), float(check.statistics["max_value"])


def _checked_matrix(tracks: pd.DataFrame, model: PopularityModel) -> np.ndarray:
    needed = audio_names(model.contract) + ([GENRES] if model.contract["genres"] else [])
    absent = [name for name in needed if name not in tracks]
    if not len(tracks):
        raise DataError("tracks: at least one row expected, found none; add one")
    if absent:
        raise DataError(f"tracks: missing inputs: {', '.join(absent)}; give each a column")
    names = column_names(model.contract)
    if isinstance(model.point, xgb.Booster) and model.point.feature_names != names:
        raise DataError("model: its features are not those of its contract; train it again")
    try:
        matrix = feature_matrix(tracks, model.contract, model.artists)
    except (TypeError, ValueError) as error:
        raise DataError(f"tracks: numbers expected, found {error}; put in numbers") from None
    bad = ~np.isfinite(matrix[:, : len(model.contract["features"])]).all(axis=0)
    if bad.any():
        names = ", ".join(np.array(audio_names(model.contract))[bad])
        raise DataError(f"tracks: a number for each expected, found none in {names}; fill it in")
    return matrix
