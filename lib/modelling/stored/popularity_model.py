"""A popularity model in memory: all that a prediction with its interval and reasons needs."""

from __future__ import annotations

from dataclasses import dataclass

import xgboost as xgb

from lib.modelling.conformal import Calibration
from lib.modelling.levels import KeyLevel
from lib.modelling.neighbours import Neighbours
from lib.modelling.stored.linear_model import LinearModel


@dataclass(frozen=True)
class Uncertainty:
    """How wrong predictions of one kind are.

    Attributes
    ----------
    spread : xgboost.Booster
        Model of the absolute error.
    calibration : Calibration
    """

    spread: xgb.Booster
    calibration: Calibration


@dataclass(frozen=True)
class PopularityModel:
    """All that scoring needs.

    Attributes
    ----------
    contract : dict
        See `lib.modelling.stored.contract.make_contract`.
    point : xgboost.Booster or LinearModel
        Model of the popularity.
    unseen : Uncertainty
        From tracks whose artist was held out with them.
    neighbours : Neighbours
    artists : KeyLevel or None
        Fitted levels of the artists, for a model with the artist among its inputs.
    known : Uncertainty or None
        For the same: from held-out tracks whose artist had other recordings in training.
    """

    contract: dict[str, object]
    point: xgb.Booster | LinearModel
    unseen: Uncertainty
    neighbours: Neighbours
    artists: KeyLevel | None = None
    known: Uncertainty | None = None
