"""What the searches of nested cross-validation found, as tables for notebooks and figures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
import optuna
import pandas as pd
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.importance import FanovaImportanceEvaluator, get_param_importances

from lib.evaluation.corrected import Difference, corrected_t
from lib.modelling.settings.studies import quiet
from lib.modelling.settings.tuning import Tuned
from lib.modelling.settings.tuning_presets import PRESETS

BY_HAND = {
    "mean": "mean",
    "linear, audio+genres": "ridge, by hand",
    "random forest, audio+genres": "random forest, by hand",
    "XGBoost, audio+genres": "XGBoost, by hand",
}
"""Models of notebook 04 whose settings were set by hand, and their names here."""


def trial_table(found: Mapping[tuple[int, str], Tuned]) -> pd.DataFrame:
    """Put the trials of all studies into one table, with the columns preset and fold before.

    Parameters
    ----------
    found : mapping of (int, str) to Tuned
        From `lib.modelling.settings.nested.search`.
    """
    return _after_keys({key: tuned.trials for key, tuned in found.items()})


def settings_table(found: Mapping[tuple[int, str], Tuned]) -> pd.DataFrame:
    """Tabulate the best settings of each study: preset, fold, score, settings (JSON)."""
    rows = {
        key: pd.DataFrame(
            {"score": [tuned.score], "settings": [json.dumps(tuned.settings, sort_keys=True)]}
        )
        for key, tuned in found.items()
    }
    return _after_keys(rows)


def place_in_range(preset: str, trials: pd.DataFrame) -> pd.DataFrame:
    """Say where in the ranges of its space each best trial lies, and the first trial.

    Parameters
    ----------
    preset : str
    trials : pandas.DataFrame
        From `trial_table`.

    Returns
    -------
    pandas.DataFrame
        Columns setting, fold, place (0 at the low end, 1 at the high one, on the scale of the
        space), kind ("best" or "first"). Settings without a range are left out.
    """
    rows = []
    part = trials[trials["preset"] == preset]
    for kind, chosen in (("best", part[part["best"]]), ("first", part[part["trial"] == 0][:1])):
        for row in chosen.itertuples():
            values = json.loads(row.settings)
            for name, axis in PRESETS[preset].space.items():
                if isinstance(axis, FloatDistribution | IntDistribution):
                    ends = np.array([axis.low, axis.high, values[name]], dtype=float)
                    low, high, here = np.log(ends) if axis.log else ends
                    place = (here - low) / (high - low)
                    rows.append((name, row.fold, float(place), kind))
    return pd.DataFrame(rows, columns=["setting", "fold", "place", "kind"])


def settings_importance(preset: str, trials: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Share each setting's part in how far trials lead, over all studies of a space.

    Functional analysis of variance on a forest (Hutter, Hoos & Leyton-Brown, ICML 2014), as Optuna
    does it. The lead over the first trial of the same study makes studies comparable, and pruned
    trials count as well. With few trials it is a rough picture, hence the spread.

    Parameters
    ----------
    preset : str
    trials : pandas.DataFrame
        From `trial_table`.
    seed : int

    Returns
    -------
    pandas.DataFrame
        Columns setting, left_out (the study left out, None for none), share; most important first.
        Empty with fewer than three trials or when all lead alike.
    """
    quiet()
    part = trials[(trials["preset"] == preset) & trials["lead"].notna()]
    tables = [(None, part)]
    folds = part["fold"].unique()
    if len(folds) > 1:
        tables += [(int(fold), part[part["fold"] != fold]) for fold in folds]
    rows = []
    for left_out, table in tables:
        if len(table) >= 3 and np.ptp(table["lead"]) > 0:
            study = optuna.create_study(direction="maximize")
            study.add_trials([_as_trial(preset, row) for row in table.itertuples()])
            shares = get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=seed))
            rows += [(name, left_out, share) for name, share in shares.items()]
    return pd.DataFrame(rows, columns=["setting", "left_out", "share"])


def promises(
    trials: pd.DataFrame, by_fold: pd.DataFrame, models: Mapping[str, tuple[str, str]]
) -> pd.DataFrame:
    """Set what the inner folds promised beside what the held-out rows gave.

    Parameters
    ----------
    trials : pandas.DataFrame
        From `trial_table`.
    by_fold : pandas.DataFrame
        Columns model, fold, r2 on the held-out rows of each outer fold.
    models : mapping of str to (str, str)
        By preset, the names in `by_fold` of the model with the best settings and of the one with
        those of the first trial.

    Returns
    -------
    pandas.DataFrame
        One row a study of these presets: preset, fold, inner_first, inner_best, outer_first,
        outer_best, promised and kept (best less first, inside and on held-out rows).
    """
    outer = by_fold.set_index(["model", "fold"])["r2"]
    rows = []
    for preset, (tuned, untuned) in models.items():
        part = trials[(trials["preset"] == preset) & (trials["fold"] >= 0)]
        for fold, study in part.groupby("fold"):
            # Both scores are means over all inner folds: neither trial was pruned.
            first = study.loc[study["trial"] == 0, "score"].iloc[0]
            best = study.loc[study["best"], "score"].iloc[0]
            held = outer[untuned, fold], outer[tuned, fold]
            rows.append((preset, fold, first, best, *held, best - first, held[1] - held[0]))
    inner = ["inner_first", "inner_best", "outer_first", "outer_best"]
    return pd.DataFrame(rows, columns=["preset", "fold", *inner, "promised", "kept"])


def verdict(low: float, high: float, test: Difference) -> str:
    """Say whether a difference is one, by the bootstrap's interval and the corrected test.

    Parameters
    ----------
    low, high : float
        Interval of the paired bootstrap: other test tracks, same fitted models.
    test : Difference
        From `lib.evaluation.corrected.corrected_t`: other training tracks as well.

    Returns
    -------
    str

    Examples
    --------
    >>> verdict(0.001, 0.01, Difference(0.005, -0.002, 0.012, 0.95, 1.5, 0.2, 3))
    'adds on these folds, but within the noise of fitting on other tracks'
    """
    if low <= 0 <= high:
        return "within noise"
    word = "adds" if low > 0 else "costs"
    if test.low <= 0 <= test.high:
        return f"{word} on these folds, but within the noise of fitting on other tracks"
    return f"{word}, by the bootstrap and by the corrected test"


def space_table() -> pd.DataFrame:
    """List every search space: preset, model, source, tried (settings and ranges), note."""
    rows = [
        {
            "preset": name,
            "model": preset.model,
            "source": preset.source,
            "tried": "; ".join(f"{n} {_range(kind)}" for n, kind in preset.space.items()),
            "note": preset.note,
        }
        for name, preset in PRESETS.items()
    ]
    return pd.DataFrame(rows)


def by_hand(predictions: pd.DataFrame, split: str, folds: Sequence[int]) -> pd.DataFrame:
    """Take notebook 04's predictions of the mean and of the models that `BY_HAND` names.

    Parameters
    ----------
    predictions : pandas.DataFrame
        From `lib.modelling.compare.cross_validate`.
    split : str
    folds : sequence of int
        Outer folds that are wanted.
    """
    rows = predictions[(predictions["split"] == split) & predictions["fold"].isin(folds)]
    rows = rows[rows["model"].isin(BY_HAND)]
    return rows.assign(model=rows["model"].map(BY_HAND))


def difference_tests(
    differences: pd.DataFrame, by_fold: pd.DataFrame, test_share: float
) -> pd.DataFrame:
    """Put the corrected test over folds beside each paired bootstrap of R².

    Parameters
    ----------
    differences : pandas.DataFrame
        Columns model, other, value, low, high, level of R².
    by_fold : pandas.DataFrame
        Columns model, fold, r2.
    test_share : float
        Share of the tracks that an outer fold tests on.

    Returns
    -------
    pandas.DataFrame
        `differences`, and the columns folds_mean, folds_low, folds_high, p, verdict.
    """
    wide = by_fold.pivot_table("r2", "fold", "model")
    rows = []
    for row in differences.itertuples():
        test = corrected_t(wide[row.model] - wide[row.other], test_share, row.level)
        rows.append((test.mean, test.low, test.high, test.p, verdict(row.low, row.high, test)))
    columns = ["folds_mean", "folds_low", "folds_high", "p", "verdict"]
    return pd.concat(
        [differences.reset_index(drop=True), pd.DataFrame(rows, columns=columns)], axis=1
    )


def _range(kind: BaseDistribution) -> str:
    if isinstance(kind, FloatDistribution | IntDistribution):
        return f"{kind.low:g} to {kind.high:g}{' (log)' if kind.log else ''}"
    return "one of " + ", ".join(str(choice) for choice in kind.choices)


def _after_keys(tables: Mapping[tuple[int, str], pd.DataFrame]) -> pd.DataFrame:
    parts = []
    for (number, preset), part in tables.items():
        part = part.copy()
        part.insert(0, "preset", preset)
        part.insert(1, "fold", number)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _as_trial(preset: str, row: object) -> optuna.trial.FrozenTrial:
    return optuna.trial.create_trial(
        params=json.loads(row.settings),
        distributions=dict(PRESETS[preset].space),
        value=row.lead,
    )
