"""The prediction along one input, all others as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lib.apps.predict.explained import as_tracks
from lib.apps.predict.inputs import MENUS
from lib.errors import ParameterError
from lib.modelling.predict import Input, predict_tracks
from lib.modelling.stored.popularity_model import PopularityModel
from lib.tracks.columns import COLUMNS

POINTS = 61
BEYOND = 0.1
"""Part of the training range that is shown on each side of it, where there can be such values."""


@dataclass(frozen=True)
class Curve:
    """Predictions along one input.

    Attributes
    ----------
    name : str
        Of the input.
    x : numpy.ndarray, shape (n,)
        Values of the input, rising, in the column's unit; the set one is among them.
    prediction, lower, upper : numpy.ndarray, shape (n,)
    inside : numpy.ndarray of bool, shape (n,)
        Whether training tracks reached as far.
    at : int
        Place of the set value.
    """

    name: str
    x: np.ndarray
    prediction: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    inside: np.ndarray
    at: int


def along(
    setting: Mapping[str, object], name: str, model: PopularityModel, inputs: tuple[Input, ...]
) -> Curve:
    """Predict along one input.

    Parameters
    ----------
    setting : mapping
        All sixteen inputs by name.
    name : str
        The input that moves.
    model : PopularityModel
    inputs : tuple of Input
        The model's.

    Raises
    ------
    ParameterError
        When the model does not use the input, or it is no number.
    """
    one = {one.name: one for one in inputs if one.used and one.low is not None}.get(name)
    if one is None:
        usable = ", ".join(one.name for one in inputs if one.used and one.low is not None)
        raise ParameterError(f"curve along {name!r}: a number that the model uses: {usable}")
    values = _values(one, float(setting[name]))
    tracks = as_tracks(setting, len(values))
    tracks[name] = values.astype(int) if one.kind == "whole number" else values
    table = predict_tracks(tracks, model).table
    return Curve(
        name,
        values,
        *(table[column].to_numpy() for column in ("prediction", "lower", "upper")),
        inside=(values >= one.low) & (values <= one.high),
        at=int(np.searchsorted(values, float(setting[name]))),
    )


def _values(one: Input, current: float) -> np.ndarray:
    if one.name in MENUS:
        values = [float(value) for _, value in MENUS[one.name]]
        return np.unique([value for value in values if value >= 0] + [current])
    limits = COLUMNS[one.name].checks[0].statistics
    span = max(one.high - one.low, 1e-6)
    low = max(min(one.low - BEYOND * span, current), limits["min_value"])
    high = min(max(one.high + BEYOND * span, current), limits["max_value"])
    values = np.linspace(low, high, POINTS)
    values = values.round() if one.kind == "whole number" else values
    # The ends of training are points of the curve, so that what lies beyond begins where it should.
    return np.unique([*values, one.low, one.high, current])
