"""Models of the number of playlists that a track is in, and what they score on tracks held out."""

from __future__ import annotations

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from xgboost import XGBClassifier, XGBRegressor

from lib.evaluation.intervals import cluster_bootstrap, paired_differences, score_intervals
from lib.evaluation.leaks import find_shared_keys, require_clean
from lib.evaluation.rare_class import rare_scores
from lib.modelling.counts.count_features import (
    CATALOGUE,
    OTHERS,
    SPLITS,
    TARGET,
    has_albums,
    inner_folds,
    levels_of_others,
)
from lib.modelling.splits import group_folds

MEAN, LOOKUP = "mean", "look-up"
ONE_OUT, LEAKY = "XGBoost, leave one out", "XGBoost, published features"
FEATURES: dict[str, tuple[str, ...]] = {
    "XGBoost, catalogue": CATALOGUE,
    "XGBoost, + artist's others": (*CATALOGUE, *OTHERS["artist"]),
    "XGBoost, + album's others": (*CATALOGUE, *OTHERS["artist"], *OTHERS["album"]),
}
"""Fair models and what they see, the least first."""

FITTED = {"track": 3, "album": 2, "artist": 1}
"""How many of `FEATURES` tell something on a split: a new artist has no others."""

INNER = 5
"""Folds inside the training rows, from which a training row learns its others' counts."""

SETTINGS = {
    "learning_rate": 0.12,
    "grow_policy": "lossguide",
    "max_depth": 0,
    "max_leaves": 31,
    "subsample": 0.8,
    "colsample_bytree": 0.8,
    "tree_method": "hist",
    "max_bin": 64,
    "n_jobs": 1,
}


def fair_models(tracks: pd.DataFrame, split: str = "track") -> dict[str, tuple[str, ...]]:
    """Choose those of `FEATURES` that tell something on a split of these tracks."""
    number = min(FITTED[split], len(FEATURES) if has_albums(tracks) else len(FEATURES) - 1)
    return dict(list(FEATURES.items())[:number])


def possible_splits(tracks: pd.DataFrame) -> dict[str, str]:
    """Choose those of `SPLITS` that are not the same thing for these tracks; names to labels."""
    names = [name for name in SPLITS if name != "album" or has_albums(tracks)]
    return {name: SPLITS[name].label for name in names}


def predict_counts(
    tracks: pd.DataFrame,
    published: pd.DataFrame,
    least: int,
    n_folds: int,
    trees: int,
    seed: int,
) -> pd.DataFrame:
    """Predict each track's count, and whether it is rare, by models fitted on the other folds.

    All models of a split meet the same folds. Before a fit the two sides are searched for shared
    keys. The look-up answers with the mean of the artist's other tracks on the album, else of the
    artist's other tracks, else of all.

    Parameters
    ----------
    tracks : pandas.DataFrame
        From `lib.modelling.counts.count_features.count_tracks`.
    published : pandas.DataFrame
        From `lib.modelling.counts.count_published.published_features`, same rows.
    least : int
        Playlists from which a track is in the rare class.
    n_folds, trees, seed : int
        Folds of each split; trees of each model; seed of folds and models.

    Returns
    -------
    pandas.DataFrame
        A block of all tracks for each split and model, the plainest first: ``split``, ``model``,
        ``fold``, ``row`` (of `tracks`), ``artist``, ``target``, ``prediction`` (both on the scale
        of `TARGET`), ``rare``, ``score`` (likelier rare when higher), ``named`` (said to be rare).

    Raises
    ------
    LeakError
        When a fold shares what its split keeps apart.
    """
    rare = (tracks["playlists"] >= least).to_numpy()
    jobs, answers, folds = [], {}, {}
    for split in possible_splits(tracks):
        key = SPLITS[split].keys[0]
        folds[split] = group_folds(tracks[key], n_folds, seed)
        inner = inner_folds(tracks, split, INNER, seed + 1)
        for fold in range(n_folds):
            known = folds[split] != fold
            shared = find_shared_keys(tracks[known], tracks[~known], {key: [key]})
            require_clean(shared, f"split {split}, fold {fold}")
            tables = feature_tables(tracks, published, split, known, inner)
            jobs += [(split, fold, name, table, known) for name, table in tables.items()]
            plain = plain_answers(tracks, levels_of_others(tracks, known), known, rare, least)
            answers |= {(split, fold, name): answer for name, answer in plain.items()}
    target = tracks[TARGET].to_numpy()
    fitted = Parallel(n_jobs=cpu_count(), prefer="threads", batch_size=1)(
        delayed(_fit_predict)(table, target, rare, known, trees, seed) for *_, table, known in jobs
    )
    answers |= {job[:3]: answer for job, answer in zip(jobs, fitted, strict=True)}
    blocks = []
    for split, model in dict.fromkeys((split, model) for split, _, model in answers):
        found = np.empty((3, len(tracks)))
        for fold in range(n_folds):
            found[:, folds[split] == fold] = answers[split, fold, model]
        block = {"split": split, "model": model, "fold": folds[split]}
        block |= {"row": np.arange(len(tracks)), "artist": tracks["artist"], "target": target}
        block |= {"prediction": found[0], "rare": rare, "score": found[1]}
        blocks.append(pd.DataFrame(block | {"named": found[2] > 0}))
    return pd.concat(blocks, ignore_index=True)


def feature_tables(
    tracks: pd.DataFrame,
    published: pd.DataFrame,
    split: str,
    known: np.ndarray,
    inner: np.ndarray,
) -> dict[str, pd.DataFrame]:
    """Make what each XGBoost of a fold sees; the fair ones learn from known rows only."""
    fair = fair_models(tracks, split)
    crossed = tracks.join(levels_of_others(tracks, known, inner))
    one_out = tracks.join(levels_of_others(tracks, known))
    tables = {name: crossed[list(columns)] for name, columns in fair.items()}
    tables[ONE_OUT] = one_out[list(list(fair_models(tracks).values())[-1])]
    return tables | {LEAKY: published}


def plain_answers(
    tracks: pd.DataFrame, levels: pd.DataFrame, known: np.ndarray, rare: np.ndarray, least: int
) -> dict[str, np.ndarray]:
    """Answer for rows that are not known without a model; levels without inner folds.

    Returns
    -------
    dict of str to numpy.ndarray, shape (3, rows not known)
        Prediction, score, and whether rare is said, for `MEAN` and `LOOKUP`.
    """
    target = tracks[TARGET].to_numpy()
    mean = target[known].mean()
    looked = levels["album_level"].fillna(levels["artist_level"]).fillna(mean)[~known].to_numpy()
    same = np.full((~known).sum(), mean)
    share = np.full_like(same, rare[known].mean())
    return {
        MEAN: np.stack([same, share, share >= 0.5]),
        LOOKUP: np.stack([looked, looked, looked >= np.log1p(least)]),
    }


def score_counts(predicted: pd.DataFrame, replicates: int, seed: int) -> pd.DataFrame:
    """Score all models of all splits: R² and the scores of the rare class.

    Returns
    -------
    pandas.DataFrame
        Columns split, model, metric (``"r2"`` and `lib.evaluation.rare_class.METRICS`), value,
        low, high, level (bootstrap of artists), baseline_value (R² of the mean of the training
        rows; share of the rare class; accuracy of saying never), rows.
    """
    parts = []
    for split, part in predicted.groupby("split", sort=False):
        models = dict(list(part.groupby("model", sort=False)))
        first = next(iter(models.values()))
        drawn = cluster_bootstrap(
            first["target"],
            {name: rows["prediction"].to_numpy() for name, rows in models.items()},
            first["artist"],
            replicates,
            seed,
            ranks=False,
        )
        r2 = score_intervals(drawn).query("metric == 'r2'")
        of_mean = r2.set_index("model").loc[MEAN, "value"]
        rare = rare_scores(
            first["rare"],
            {name: rows["score"] for name, rows in models.items()},
            {name: rows["named"] for name, rows in models.items()},
            first["artist"],
            replicates,
            seed,
        )
        base = rare.pop("base")
        beside = {"accuracy": 1 - base, "gain": 0.0 * base}
        values = [beside.get(metric, base)[row] for row, metric in rare["metric"].items()]
        both = pd.concat([r2.assign(baseline_value=of_mean), rare.assign(baseline_value=values)])
        both.insert(0, "split", split)
        parts.append(both.assign(rows=len(first)))
    return pd.concat(parts, ignore_index=True)


def differences(
    predicted: pd.DataFrame, pairs: list[tuple[str, str]], replicates: int, seed: int
) -> pd.DataFrame:
    """Tabulate R² of the first model of each pair less the second's, on every split.

    Returns
    -------
    pandas.DataFrame
        Columns split, model, other, value, low, high, level (paired bootstrap of artists); pairs
        of which a split lacks a model are left out there.
    """
    parts = []
    for split, part in predicted.groupby("split", sort=False):
        models = dict(list(part.groupby("model", sort=False)))
        first = next(iter(models.values()))
        guesses = {name: rows["prediction"].to_numpy() for name, rows in models.items()}
        drawn = cluster_bootstrap(
            first["target"], guesses, first["artist"], replicates, seed, ranks=False
        )
        there = [pair for pair in pairs if set(pair) <= set(models)]
        table = paired_differences(drawn, there).query("metric == 'r2'").drop(columns="metric")
        parts.append(table.assign(split=split))
    return pd.concat(parts, ignore_index=True)


def _fit_predict(
    table: pd.DataFrame,
    target: np.ndarray,
    rare: np.ndarray,
    known: np.ndarray,
    trees: int,
    seed: int,
) -> np.ndarray:
    values = table.to_numpy(np.float32)
    common = SETTINGS | {"n_estimators": trees, "random_state": seed}
    count = XGBRegressor(min_child_weight=20, **common).fit(values[known], target[known])
    # A weight counts cases by their variance here: of a rare class there is little.
    chance = XGBClassifier(min_child_weight=1, **common).fit(values[known], rare[known])
    score = chance.predict_proba(values[~known])[:, 1]
    return np.stack([count.predict(values[~known]), score, score >= 0.5])
