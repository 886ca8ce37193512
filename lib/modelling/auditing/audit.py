"""Fit and score the trials of the audit, and run the leak detector on their splits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from sklearn.base import clone
from sklearn.ensemble import RandomForestRegressor
from tqdm import tqdm

from lib.evaluation.intervals import cluster_bootstrap, score_intervals
from lib.evaluation.regression import r2
from lib.modelling.auditing.audit_trials import Trial
from lib.tracks.columns import AUDIO_9


def fit_trials(trials: Sequence[Trial]) -> list[tuple[Trial, np.ndarray]]:
    """Fit all trials side by side, the costly ones first, and show how far it is.

    Returns
    -------
    list of (Trial, numpy.ndarray)
        Each trial and the predictions for its test rows, in the order of `trials`.
    """
    costly_first = sorted(range(len(trials)), key=lambda place: _cost(trials[place]), reverse=True)
    running = Parallel(
        n_jobs=cpu_count(), prefer="threads", batch_size=1, return_as="generator_unordered"
    )(delayed(_fit_predict)(place, trials[place]) for place in costly_first)
    done = dict(tqdm(running, total=len(trials), desc="fits", mininterval=5))
    return [(trial, done[place]) for place, trial in enumerate(trials)]


def score_trials(
    predicted: Sequence[tuple[Trial, np.ndarray]], replicates: int, seed: int
) -> pd.DataFrame:
    """Score trials, those of several folds pooled, and measure what their split gives away.

    Returns
    -------
    pandas.DataFrame
        One row a name and protocol, in the order of first appearance: name, protocol, rows_train
        (of the first fold), rows, r2, low, high, level (bootstrap of first artists); mean_r2 (of
        the training mean), lookup_r2 (of a table of audio vectors), known (share of test rows
        whose audio vector is in training), r2_known and r2_new (the model on those rows and on
        the others, each against their own mean; NaN where there are too few).
    """
    groups: dict[tuple[str, str], list[tuple[Trial, np.ndarray]]] = {}
    for trial, prediction in predicted:
        groups.setdefault((trial.name, trial.protocol), []).append((trial, prediction))
    lines = []
    for (name, protocol), parts in groups.items():
        tested = pd.concat([_tested(trial, guess) for trial, guess in parts], ignore_index=True)
        truth, guess = tested["popularity"], tested["model"]
        drawn = cluster_bootstrap(
            truth, {"m": guess}, tested["artist"], replicates, seed, ranks=False
        )
        interval = score_intervals(drawn).set_index("metric").loc["r2"]
        line = {"name": name, "protocol": protocol, "rows_train": len(parts[0][0].train)}
        line |= {"rows": len(tested), "r2": interval["value"], "low": interval["low"]}
        line |= {"high": interval["high"], "level": interval["level"]}
        line |= {"mean_r2": r2(truth, tested["mean"]), "lookup_r2": r2(truth, tested["lookup"])}
        line["known"] = tested["known"].mean()
        for side, rows in (("r2_known", tested["known"]), ("r2_new", ~tested["known"])):
            enough = rows.sum() >= 50 and np.ptp(truth[rows]) > 0
            line[side] = r2(truth[rows], guess[rows]) if enough else np.nan
        lines.append(line)
    return pd.DataFrame(lines)


def _tested(trial: Trial, prediction: np.ndarray) -> pd.DataFrame:
    target = trial.frame["popularity"].to_numpy(dtype=float)
    sound = trial.frame.groupby(list(AUDIO_9), sort=False).ngroup().to_numpy()
    train, test = trial.train, trial.test
    mean = target[train].mean()
    # The look-up table: the mean of the training rows with the same sound, else that of all.
    rows = np.bincount(sound[train], minlength=sound.max() + 1)
    total = np.bincount(sound[train], weights=target[train], minlength=sound.max() + 1)
    known = rows[sound[test]] > 0
    return pd.DataFrame(
        {
            "popularity": target[test],
            "artist": trial.frame["first_artist"].iloc[test].fillna("").to_numpy(),
            "model": prediction,
            "mean": mean,
            "lookup": np.where(known, total[sound[test]] / np.maximum(rows[sound[test]], 1), mean),
            "known": known,
        }
    )


def _fit_predict(place: int, trial: Trial) -> tuple[int, np.ndarray]:
    train = trial.frame.iloc[trial.train]
    fitted = clone(trial.model).fit(train, train["popularity"])
    # Without the target, a model cannot look at it even by mistake.
    test = trial.frame.iloc[trial.test].drop(columns="popularity")
    return place, fitted.predict(test)


def _cost(trial: Trial) -> tuple[bool, int]:
    model = trial.model[-1]
    forest = isinstance(model, RandomForestRegressor)
    return forest, getattr(model, "n_estimators", 0) * len(trial.train)
