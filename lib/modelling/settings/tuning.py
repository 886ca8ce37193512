"""Search for settings by Optuna, on training rows only, in a study that can be resumed.

A study is one file of JSON lines (Optuna's journal), so a run that was stopped goes on where it
was, and one that asks for more trials adds to those it has. Trial number k draws from a seed made
of the study's seed and k: an interrupted study has the same trials as one that ran through.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
from numpy.typing import ArrayLike
from optuna.trial import FrozenTrial, TrialState
from sklearn.base import BaseEstimator, clone
from tqdm import tqdm

from lib.errors import DataError, ParameterError
from lib.evaluation.regression import r2
from lib.modelling.settings.search import InnerFold, Search, contents, inner_folds, require_apart
from lib.modelling.settings.studies import counted_trials, opened
from lib.modelling.settings.tuning_presets import PRESETS, pipeline

TPE_AFTER = 5
"""Trials before the sampler learns from those that went before."""

STATES = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}


@dataclass(frozen=True, eq=False)
class Tuned:
    """What a search found.

    Attributes
    ----------
    settings : dict of str to object
        For the last step of `lib.modelling.settings.tuning_presets.pipeline`; the number of trees
        is the mean of the inner folds where they stopped early.
    first : dict of str to object
        The same for the first trial; where that failed, those of the best.
    score : float
        Mean R² of the best trial over the inner folds. It was picked for being high: too good.
    trials : pandas.DataFrame
        One row a trial: trial, state, score (mean R² of the inner folds it came to), lead (the same
        less the first trial's on these folds), folds (inner folds it came to), trees (their mean),
        settings (JSON), best, error.
    """

    settings: dict[str, object]
    first: dict[str, object]
    score: float
    trials: pd.DataFrame


def tune(
    search: Search, path: Path, trials: int, minutes: float = 0.0, progress: tqdm | None = None
) -> Tuned:
    """Run a study up to a number of trials, or go on with it.

    A trial scores its settings on one inner fold after the other. After each fold but the last it
    is given up when it is behind the median of the trials before it (Optuna's median pruner);
    what is compared is the mean lead over the first trial on the same folds, so that an easy fold
    does not count. XGBoost stops adding trees by the inner fold it is scored on. The first trial
    takes the preset's first settings. A trial that fails is kept with its error.

    Parameters
    ----------
    search : Search
    path : pathlib.Path
        File of the study. Trials beyond `trials` that it may hold are not looked at.
    trials : int
        Trials in all, those of earlier runs included.
    minutes : float, optional
        No trial begins after this time; 0 for no limit. The first trial always runs.
    progress : tqdm, optional
        Bar to move on by one a trial.

    Returns
    -------
    Tuned

    Raises
    ------
    LeakError
        When a held-out row, or a row that shares a key with one, is among the training rows.
    DataError
        When the file is in use, is no study, or was made from other rows, space, seed or
        packages; when no trial succeeded.
    ParameterError
        When `trials` is below 1, or the preset, the split or the features are unknown.
    """
    if trials < 1:
        raise ParameterError(f"trials: a whole number from 1 expected, found {trials}")
    require_apart(search)
    began = time.monotonic()
    folds: list[InnerFold] = []
    with opened(path, contents(search)) as study:
        for number in range(trials):
            if len(counted_trials(study)) <= number:
                if number and minutes and time.monotonic() - began > 60 * minutes:
                    break
                folds = folds or inner_folds(search)
                _run_trial(study, search, folds, number)
            if progress is not None:
                progress.update()
        return _found(study, search, path, trials)


def _run_trial(study: optuna.Study, search: Search, folds: list[InnerFold], number: int) -> None:
    preset = PRESETS[search.preset]
    seed = int(np.random.SeedSequence([search.seed, number]).generate_state(1)[0])
    study.sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=TPE_AFTER)
    before = counted_trials(study)
    if not before and not study.get_trials(deepcopy=False, states=[TrialState.WAITING]):
        study.enqueue_trial(dict(preset.first))
    first = before[0].user_attrs.get("scores", []) if before else None
    trial = study.ask(dict(preset.space))
    model = pipeline(search.preset, search.features, search.trees, search.seed)[-1]
    scores, trees, pruned = [], [], False
    try:
        model.set_params(**trial.params)
        for place, fold in enumerate(folds):
            score, grown = _fit(clone(model), fold)
            scores.append(score)
            trees.append(grown)
            trial.report(_lead(scores, first), place)
            pruned = place + 1 < len(folds) and trial.should_prune()
            if pruned:
                break
    except Exception as error:  # whatever a library raises for odd settings: named in the table
        text = f"{type(error).__name__}: {error}".splitlines()[0]
        trial.set_user_attr("error", text)
        study.tell(trial, state=TrialState.FAIL)
        return
    trial.set_user_attr("scores", scores)
    trial.set_user_attr("trees", trees)
    if pruned:
        study.tell(trial, state=TrialState.PRUNED)
    else:
        study.tell(trial, float(np.mean(scores)))


def _fit(model: BaseEstimator, fold: InnerFold) -> tuple[float, int]:
    """Fit on the inner training rows; return R² on the inner fold, and the trees in use."""
    early = getattr(model, "early_stopping_rounds", None)
    if early:
        model.fit(fold.fit_x, fold.fit_y, eval_set=[(fold.score_x, fold.score_y)], verbose=False)
    else:
        model.fit(fold.fit_x, fold.fit_y)
    trees = model.best_iteration + 1 if early else getattr(model, "n_estimators", 0)
    score = r2(fold.score_y, model.predict(fold.score_x))
    if not np.isfinite(score):
        raise ValueError(f"R² is {score}: all targets of the inner fold are equal")
    return score, int(trees)


def _found(study: optuna.Study, search: Search, path: Path, trials: int) -> Tuned:
    counted = counted_trials(study)[:trials]
    complete = [trial for trial in counted if trial.state == TrialState.COMPLETE]
    if not complete:
        errors = [str(trial.user_attrs["error"]) for trial in counted if trial.user_attrs]
        raise DataError(
            f"{path}: at least one trial that succeeds expected, found {len(counted)} failed, the "
            f"last with {errors[-1] if errors else 'no error'}; look at the settings' ranges"
        )
    best = max(complete, key=lambda trial: trial.value)
    first = counted[0] if counted[0].state == TrialState.COMPLETE else best
    settings, set_first = (_settings(search.preset, trial) for trial in (best, first))
    return Tuned(settings, set_first, best.value, _trial_table(counted, best))


def _settings(preset: str, trial: FrozenTrial) -> dict[str, object]:
    settings = dict(PRESETS[preset].fixed) | trial.params
    if settings.pop("early_stopping_rounds", None):
        settings["n_estimators"] = round(float(np.mean(trial.user_attrs["trees"])))
    return settings


def _trial_table(counted: list[FrozenTrial], best: FrozenTrial) -> pd.DataFrame:
    rows = []
    first = counted[0].user_attrs.get("scores", [])
    for number, trial in enumerate(counted):
        scores = trial.user_attrs.get("scores", [])
        rows.append(
            {
                "trial": number,
                "state": STATES[trial.state],
                "score": _mean(scores),
                "lead": _lead(scores, first) if first else np.nan,
                "folds": len(scores),
                "trees": _mean(trial.user_attrs.get("trees", [])),
                "settings": json.dumps(trial.params, sort_keys=True),
                "best": trial.number == best.number,
                "error": str(trial.user_attrs.get("error", "")),
            }
        )
    return pd.DataFrame(rows)


def _lead(scores: list[float], first: list[float] | None) -> float:
    """Mean lead over the first trial on the same folds; the first trial is level with itself."""
    if first is None:
        return 0.0
    # Without a first trial that worked, every trial is measured from 0.
    return _mean(scores) - _mean(first[: len(scores)] or [0.0])


def _mean(values: ArrayLike) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
