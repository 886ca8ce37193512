"""Search spaces as plain data: those of the published studies, and the workbook's own.

A space says which settings of an estimator are tried and in which range; Optuna's distributions
are its words. The published ones keep their ranges, so that a rerun shows what they find under a
fair protocol; features, rows and folds are the workbook's for all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from sklearn.pipeline import Pipeline

from lib.errors import ParameterError
from lib.modelling import estimators


@dataclass(frozen=True)
class Preset:
    """A search space and where it comes from.

    Attributes
    ----------
    model : {"ridge", "random forest", "XGBoost"}
        Which pipeline of `lib.modelling.estimators` is tuned.
    source : str
        Repository and file, or "this workbook".
    note : str
        What was left out or taken where the source is silent.
    space : dict of str to optuna distribution
        Settings of the pipeline's last step.
    first : dict of str to object
        Settings of the first trial: the source's best ones, or those set by hand in notebook 04.
    fixed : dict of str to object, optional
        Settings that are not searched but differ from `lib.modelling.estimators`.
    """

    model: str
    source: str
    note: str
    space: Mapping[str, BaseDistribution]
    first: Mapping[str, object]
    fixed: Mapping[str, object] = field(default_factory=dict)


_DEPTHWISE = {"grow_policy": "depthwise", "max_leaves": 0}
_REGULARISATION = FloatDistribution(1e-8, 10, log=True)
_SHARE = FloatDistribution(0.6, 1.0)

PRESETS: dict[str, Preset] = {
    "ridge": Preset(
        "ridge",
        "this workbook",
        "",
        {"alpha": FloatDistribution(0.01, 10_000, log=True)},
        {"alpha": 1.0},
    ),
    "forest": Preset(
        "random forest",
        "this workbook",
        "each tree draws at most a third of the rows, which keeps a trial short",
        {
            "min_samples_leaf": IntDistribution(1, 40, log=True),
            "max_features": FloatDistribution(0.05, 0.4),
            "max_samples": FloatDistribution(0.1, 0.35),
        },
        {"min_samples_leaf": 5, "max_features": 0.25, "max_samples": 0.2},
    ),
    "xgboost": Preset(
        "XGBoost",
        "this workbook",
        "trees by early stopping on the inner fold; leaves instead of depth, larger leaves and "
        "stronger penalties than any of the sources tried",
        {
            "learning_rate": FloatDistribution(0.04, 0.2, log=True),
            "max_leaves": IntDistribution(8, 192, log=True),
            "min_child_weight": FloatDistribution(2, 300, log=True),
            "subsample": FloatDistribution(0.5, 1.0),
            "colsample_bytree": FloatDistribution(0.2, 1.0),
            "reg_lambda": FloatDistribution(0.1, 300, log=True),
            "reg_alpha": FloatDistribution(1e-3, 30, log=True),
        },
        {
            "learning_rate": 0.05,
            "max_leaves": 31,
            "min_child_weight": 30.0,
            "subsample": 0.8,
            "colsample_bytree": 0.8,
            "reg_lambda": 1.0,
            "reg_alpha": 1e-3,
        },
        {"early_stopping_rounds": 30},
    ),
    "xgboost, nine features": Preset(
        "XGBoost",
        "first study, src/train_full_dataset.py: Optuna, 50 trials, unseeded",
        "the source stops early on rows that include its test rows; here on the inner fold",
        {
            "max_depth": IntDistribution(3, 10),
            "learning_rate": FloatDistribution(0.01, 0.3, log=True),
            "n_estimators": IntDistribution(100, 500, step=50),
            "min_child_weight": IntDistribution(1, 10),
            "subsample": _SHARE,
            "colsample_bytree": _SHARE,
            "reg_alpha": _REGULARISATION,
            "reg_lambda": _REGULARISATION,
            "gamma": FloatDistribution(1e-8, 1, log=True),
        },
        {
            "max_depth": 9,
            "learning_rate": 0.0131,
            "n_estimators": 500,
            "min_child_weight": 7,
            "subsample": 0.689,
            "colsample_bytree": 0.798,
            "reg_alpha": 1.11e-7,
            "reg_lambda": 0.0241,
            "gamma": 4.35e-5,
        },
        {**_DEPTHWISE, "early_stopping_rounds": 50},
    ),
    "xgboost, aggressive": Preset(
        "XGBoost",
        "first study, its documents only: 100 trials",
        "the document gives upper ends for depth, trees, rate and penalties; the other ranges are "
        "those of the study's script, as are the first settings, with the fewest trees and levels "
        "allowed; scale_pos_weight, which regression does not have, is left out",
        {
            "max_depth": IntDistribution(4, 12),
            "learning_rate": FloatDistribution(0.005, 0.3, log=True),
            "n_estimators": IntDistribution(200, 800, step=50),
            "min_child_weight": IntDistribution(1, 10),
            "subsample": _SHARE,
            "colsample_bytree": _SHARE,
            "colsample_bylevel": _SHARE,
            "reg_alpha": FloatDistribution(1e-8, 100, log=True),
            "reg_lambda": FloatDistribution(1e-8, 100, log=True),
            "gamma": FloatDistribution(1e-8, 1, log=True),
        },
        {
            "max_depth": 9,
            "learning_rate": 0.0131,
            "n_estimators": 500,
            "min_child_weight": 7,
            "subsample": 0.689,
            "colsample_bytree": 0.798,
            "colsample_bylevel": 1.0,
            "reg_alpha": 1.11e-7,
            "reg_lambda": 0.0241,
            "gamma": 4.35e-5,
        },
        {**_DEPTHWISE, "early_stopping_rounds": 50},
    ),
    "forest, nine features": Preset(
        "random forest",
        "first study, tune_random_forest.py: Optuna, 50 trials",
        "the source fits with all rows for each tree, so a trial takes minutes",
        {
            "n_estimators": IntDistribution(50, 500, step=50),
            "max_depth": IntDistribution(5, 50),
            "min_samples_split": IntDistribution(2, 20),
            "min_samples_leaf": IntDistribution(1, 10),
            "max_features": CategoricalDistribution(("sqrt", "log2", 0.5, 0.8, 1.0)),
            "bootstrap": CategoricalDistribution((True, False)),
        },
        {
            "n_estimators": 250,
            "max_depth": 18,
            "min_samples_split": 15,
            "min_samples_leaf": 5,
            "max_features": "sqrt",
            "bootstrap": True,
        },
        {"max_samples": None},
    ),
    "xgboost, artist mean": Preset(
        "XGBoost",
        "third study, ml_models.ipynb: RandomizedSearchCV, 40 draws, 3 folds of random rows",
        "searched by TPE here, since all spaces are; no early stopping, as in the source",
        {
            "n_estimators": IntDistribution(200, 800),
            "max_depth": IntDistribution(3, 12),
            "learning_rate": FloatDistribution(0.01, 0.21),
            "subsample": _SHARE,
            "colsample_bytree": _SHARE,
            "gamma": FloatDistribution(0, 5),
            "min_child_weight": IntDistribution(1, 10),
        },
        {
            "n_estimators": 750,
            "max_depth": 11,
            "learning_rate": 0.0292,
            "subsample": 0.975,
            "colsample_bytree": 0.924,
            "gamma": 1.74,
            "min_child_weight": 1,
        },
        _DEPTHWISE,
    ),
}
"""Every search space, by name."""

FIXED: dict[str, Mapping[str, object]] = {
    "nine features": {
        **PRESETS["xgboost, nine features"].first,
        **_DEPTHWISE,
    },
    "37 features": {
        "n_estimators": 200,
        "max_depth": 6,
        "learning_rate": 0.1,
        "subsample": 0.8,
        "colsample_bytree": 0.8,
        "min_child_weight": 3,
        "gamma": 0.1,
        **_DEPTHWISE,
    },
    "artist mean": {
        **PRESETS["xgboost, artist mean"].first,
        **_DEPTHWISE,
    },
}
"""Settings of XGBoost that the published studies ended with, by what sets the study apart."""


def pipeline(preset: str, features: str, trees: int, seed: int) -> Pipeline:
    """Build the unfitted pipeline whose last step a preset tunes, with its fixed settings.

    Parameters
    ----------
    preset : str
        A name of `PRESETS`.
    features : str
        A name of `lib.modelling.estimators.FEATURE_SETS`.
    trees : int
        Trees of the forest, most trees of XGBoost; where the space has ``n_estimators`` a trial
        puts its own number in their place.
    seed : int

    Raises
    ------
    ParameterError
        When the preset is unknown.
    """
    if preset not in PRESETS:
        raise ParameterError(f"preset {preset!r}: one of {'; '.join(PRESETS)} expected")
    build = {
        "ridge": lambda: estimators.linear(features),
        "random forest": lambda: estimators.random_forest(features, trees, seed),
        "XGBoost": lambda: estimators.xgboost(features, trees, seed),
    }
    model = build[PRESETS[preset].model]()
    model[-1].set_params(**PRESETS[preset].fixed)
    return model
