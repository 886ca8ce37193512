"""Fit and score the trials of the audit, and run the leak detector on their splits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from sklearn.base import clone
from sklearn.ensemble import RandomForestRegressor
from tqdm import tqdm

from lib.evaluation.inspection import Inspection, inspect_split
from lib.evaluation.intervals import cluster_bootstrap, score_intervals
from lib.evaluation.regression import r2
from lib.modelling import audit_recipes as made
from lib.modelling import estimators
from lib.modelling.audit_claims import CLAIMS, Claim, published_split
from lib.modelling.audit_trials import HONEST_SPLITS, Trial, fold_numbers
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


def inspect_published(claim: Claim, rows: pd.DataFrame) -> Inspection:
    """Run the leak detector on a claim's own split and features."""
    frame = claim.columns(claim.rows(rows))
    train, test = (frame.iloc[side] for side in published_split(claim, len(frame)))
    averaged = "artists" if claim.target_in_features else None
    return inspect_split(train, test, claim.features, groups=averaged)


def inspect_honest(
    ids: pd.DataFrame, folds: pd.DataFrame, n_tested: int, texts: Sequence[str] = ()
) -> dict[tuple[str, int], Inspection]:
    """Run the leak detector on the honest splits, with the features of all claims together.

    The artist may be known where only recordings are kept whole, so it is allowed there.

    Parameters
    ----------
    ids, folds, n_tested
        As for `lib.modelling.audit_trials.claim_trials`.
    texts : sequence of str, optional
        Columns that no audited model sees, looked over as well, e.g. the album name.

    Returns
    -------
    dict of (str, int) to Inspection
        By split and fold.
    """
    frame = ids
    for claim in CLAIMS:
        frame = claim.columns(frame)
    frame = frame.drop(columns=made.ARTIST_MEAN)
    features = {name for claim in CLAIMS for name in claim.features} - {made.ARTIST_MEAN}
    features |= set(texts)
    found = {}
    for split in HONEST_SPLITS:
        number = fold_numbers(ids, folds, split)
        allowed = ("artists",) if split == "recording" else ()
        for held in np.unique(number)[:n_tested]:
            train, test = frame[number != held], frame[number == held]
            found[split, int(held)] = inspect_split(
                train, test, sorted(features), groups="first_artist", allowed=allowed
            )
    return found


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
        drawn = cluster_bootstrap(truth, {"m": guess}, tested["artist"], replicates, seed)
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
    train, test = trial.frame.iloc[trial.train], trial.frame.iloc[trial.test]
    lookup = estimators.audio_lookup().fit(train, train["popularity"])
    seen = pd.MultiIndex.from_frame(train[list(AUDIO_9)])
    return pd.DataFrame(
        {
            "popularity": test["popularity"].to_numpy(dtype=float),
            "artist": test["first_artist"].fillna("").to_numpy(),
            "model": prediction,
            "mean": train["popularity"].mean(),
            "lookup": lookup.predict(test),
            "known": pd.MultiIndex.from_frame(test[list(AUDIO_9)]).isin(seen),
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
