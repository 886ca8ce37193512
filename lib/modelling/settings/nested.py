"""Nested cross-validation: settings are searched inside the training rows of every outer fold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import Pipeline
from tqdm import tqdm

from lib.modelling import estimators
from lib.modelling.ladder import GROUPS
from lib.modelling.settings.nested_plan import ALL_TRACKS, SMALL, Effort, trials_of
from lib.modelling.settings.search import Search, study_path
from lib.modelling.settings.tuning import Tuned, tune
from lib.modelling.settings.tuning_presets import FIXED, PRESETS, pipeline
from lib.modelling.splits import PROTOCOLS
from lib.modelling.stack import member_predictions, stack, weights

FEATURES = "audio+genres"
LINEAR, RIDGE = "linear", "ridge, tuned"
FOREST, BOOSTED = "random forest, tuned", "XGBoost, tuned"
STACK = "stack"
FIRST = "first trial"
TUNED_NAMES = {"ridge": RIDGE, "forest": FOREST, "xgboost": BOOSTED}


def space_name(preset: str) -> str:
    """Name the model that was tuned in a published space.

    Examples
    --------
    >>> space_name("xgboost, nine features")
    'XGBoost, published space (nine features)'
    """
    return f"{PRESETS[preset].model}, published space ({preset.partition(', ')[2]})"


def search(
    tracks: pd.DataFrame,
    fold: np.ndarray,
    wanted: Sequence[tuple[int, str]],
    size: Effort,
    seed: int,
    folder: Path,
    minutes: float = 0.0,
    split: str = "first_artist",
) -> dict[tuple[int, str], Tuned]:
    """Run or go on with the studies of several outer folds, side by side.

    Parameters
    ----------
    tracks : pandas.DataFrame
        Table ``model_tracks``.
    fold : numpy.ndarray of int64, shape (n,)
        Outer fold of each track.
    wanted : sequence of (int, str)
        Outer fold that is held out (`ALL_TRACKS` for none), and name of a preset.
    size : Effort
    seed : int
    folder : pathlib.Path
        Where the studies are kept, one file each.
    minutes : float, optional
        Limit for each study; 0 for none.
    split : str, optional
        Named split that the folds come from.

    Returns
    -------
    dict of (int, str) to Tuned
    """
    bar = tqdm(
        total=sum(trials_of(preset, size) for _, preset in wanted), desc="trials", mininterval=5
    )

    def one(number: int, preset: str) -> Tuned:
        held = fold == number
        trees = size.rf_trees if PRESETS[preset].model == "random forest" else size.xgb_trees
        task = Search(
            preset,
            tracks[~held],
            tracks.loc[held, list(PROTOCOLS[split].keys)],
            split,
            FEATURES,
            trees,
            size.inner_folds,
            # Each study draws trials of its own.
            int(np.random.SeedSequence([seed, number + 1]).generate_state(1)[0]) >> 1,
        )
        name = f"{preset.replace(', ', '-').replace(' ', '-')}-{'all' if number < 0 else number}"
        path = study_path(folder, name, task)
        return tune(task, path, trials_of(preset, size), minutes, bar)

    with bar:
        # Threads: the fits let go of the interpreter lock, and need no copies of the table.
        found = Parallel(n_jobs=cpu_count(), prefer="threads", batch_size=1)(
            delayed(one)(*key) for key in wanted
        )
    return dict(zip(wanted, found, strict=True))


def first_name(preset: str) -> str:
    """Name the model with the settings of a study's first trial, e.g. ``XGBoost, first trial``."""
    return f"{TUNED_NAMES[preset].partition(', ')[0]}, {FIRST}"


def tuned_pipeline(
    preset: str, settings: Mapping[str, object], size: Effort, seed: int
) -> Pipeline:
    """Build the unfitted pipeline with settings that a search found, see `Tuned.settings`."""
    trees = size.rf_trees if PRESETS[preset].model == "random forest" else size.xgb_trees
    model = pipeline(preset, FEATURES, trees, seed)
    if "early_stopping_rounds" in model[-1].get_params():
        # The number of trees is among the settings; there are no rows to stop by.
        model[-1].set_params(early_stopping_rounds=None)
    model[-1].set_params(**settings)
    return model


def published_models(tracks: int, size: Effort, seed: int) -> dict[str, Pipeline]:
    """Build XGBoost with the settings that the published studies ended with.

    Parameters
    ----------
    tracks : int
        Below `SMALL` no more trees than `size` allows, at a rate raised by as much.
    size : Effort
    seed : int

    Returns
    -------
    dict of str to sklearn.pipeline.Pipeline
        On the workbook's features.
    """
    models = {}
    for name, settings in FIXED.items():
        model = estimators.xgboost(FEATURES, size.xgb_trees, seed)
        model[-1].set_params(**settings)
        if tracks < SMALL:
            cut = model[-1].n_estimators / size.xgb_trees
            rate = model[-1].learning_rate * cut
            model[-1].set_params(n_estimators=size.xgb_trees, learning_rate=rate)
        models[f"XGBoost, published settings ({name})"] = model
    return models


def predict_held_out(
    tracks: pd.DataFrame,
    fold: np.ndarray,
    found: Mapping[tuple[int, str], Tuned],
    size: Effort,
    seed: int,
    source_folds: int,
    split: str = "first_artist",
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fit what the searches found on the training rows of each outer fold, predict its test rows.

    Parameters
    ----------
    tracks, fold, size, seed, split
        As for `search`.
    found : mapping of (int, str) to Tuned
        From `search`, with the presets of `TUNED_NAMES` for every fold: these are fitted with their
        best settings and with those of the first trial. Others are fitted where they were searched.
    source_folds : int
        Number of folds, from 0, that are fitted with the settings the published studies ended with.

    Returns
    -------
    predictions : pandas.DataFrame
        As from `lib.modelling.compare.cross_validate`, the rows of the tested folds only.
    stack_weights : pandas.DataFrame
        Columns fold, member, weight.
    """
    numbers = sorted({number for number, _ in found if number != ALL_TRACKS})
    jobs = [(number, STACK, _stack_of(found, number, size, seed, split)) for number in numbers]
    for (number, preset), tuned in found.items():
        if number == ALL_TRACKS:
            continue
        if preset in TUNED_NAMES:
            job = (first_name(preset), tuned_pipeline(preset, tuned.first, size, seed))
        else:
            job = (space_name(preset), tuned_pipeline(preset, tuned.settings, size, seed))
        jobs.append((number, *job))
    for number in numbers[:source_folds]:
        jobs += [(number, *item) for item in published_models(len(tracks), size, seed).items()]
    done = Parallel(n_jobs=cpu_count(), prefer="threads", batch_size=1)(
        delayed(_fit_predict)(name, model, tracks, fold == number) for number, name, model in jobs
    )
    blocks, shares = [], []
    for (number, _, _), (predictions, weight) in zip(jobs, done, strict=True):
        for name, values in predictions.items():
            block = tracks.loc[fold == number, ["track_id"]].assign(
                split=split,
                model=name,
                fold=number,
                popularity=tracks.loc[fold == number, "popularity"].astype("float64"),
                prediction=values,
            )
            blocks.append(block)
        shares += [(number, member, value) for member, value in weight.items()]
    table = pd.concat(blocks, ignore_index=True)
    return table, pd.DataFrame(shares, columns=["fold", "member", "weight"])


def _stack_of(
    found: Mapping[tuple[int, str], Tuned], number: int, size: Effort, seed: int, split: str
) -> Pipeline:
    members = {LINEAR: estimators.linear(FEATURES).set_params(ridge=LinearRegression())}
    for preset, name in TUNED_NAMES.items():
        members[name] = tuned_pipeline(preset, found[number, preset].settings, size, seed)
    return stack(members, GROUPS[split], size.inner_folds, seed)


def _fit_predict(
    name: str, model: Pipeline, tracks: pd.DataFrame, test: np.ndarray
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Fit without the test rows; a stack answers for its members too, and tells their weights."""
    fitted = model.fit(tracks[~test], tracks.loc[~test, "popularity"])
    # Without the target, a model cannot look at it even by mistake.
    rows = tracks[test].drop(columns="popularity")
    predicted = {name: fitted.predict(rows)}
    if name != STACK:
        return predicted, {}
    return member_predictions(fitted, rows) | predicted, weights(fitted)
