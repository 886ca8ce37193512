"""The published forests for playlist counts, refitted as published and with fair features."""

from __future__ import annotations

import numpy as np
import pandas as pd
from joblib import cpu_count
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.model_selection import train_test_split

from lib.evaluation.intervals import cluster_bootstrap, score_intervals
from lib.evaluation.rare_class import rare_scores
from lib.modelling.counts.count_features import (
    SPLITS,
    TARGET,
    count_tracks,
    inner_folds,
    levels_of_others,
    smallest_rare,
)
from lib.modelling.counts.count_models import INNER, fair_models
from lib.modelling.counts.count_published import published_features
from lib.modelling.splits import group_folds
from lib.playlists.store import Store

PUBLISHED, TRACK, ARTIST = "as published", "own count out of the features", "artist unknown as well"
"""The three ways, from the published one to the fair one for new artists."""
TEST_FOLDS = 5
"""One of so many folds is tested: a fifth of the tracks, as published."""
PUBLISHED_SEED = 42


def forest_claims(
    store: Store, trees: int, most: int, replicates: int, seed: int
) -> tuple[pd.DataFrame, int]:
    """Refit the published forests: R² of the count, and accuracy and PR-AUC of the rare class.

    As published: six features made over all rows, a fifth of the tracks tested, drawn at random.
    Then the same forests with the fair features of `lib.modelling.counts.count_models`, on tracks
    held out, and on artists held out.

    Parameters
    ----------
    store : Store
        The playlists.
    trees : int
        Trees of each forest, of depth 10 at most (published: 100).
    most : int
        Training tracks at most, drawn at random where there are more.
    replicates, seed : int
        Of the bootstrap of artists among the test tracks; seed of all draws but the published.

    Returns
    -------
    table : pandas.DataFrame
        Columns way, metric (``"r2"``, ``"pr_auc"``, ``"accuracy"``, ``"gain"`` …), value, low,
        high, level, base (share of the rare class among the test tracks), rows.
    least : int
        Playlists from which a track counted as rare.
    """
    tracks = count_tracks(store)
    least = smallest_rare(tracks)
    rare = (tracks["playlists"] >= least).to_numpy()
    parts = []
    for way in (PUBLISHED, TRACK, ARTIST):
        values, known = _set_up(store, tracks, rare, way, seed)
        train = np.flatnonzero(known)
        if len(train) > most:
            train = np.sort(np.random.default_rng(seed).choice(train, most, replace=False))
        parts.append(_fitted(values, tracks, rare, train, ~known, trees, replicates, seed, way))
    return pd.concat(parts, ignore_index=True), least


def _set_up(
    store: Store, tracks: pd.DataFrame, rare: np.ndarray, way: str, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Features of all tracks, and which are known, for one of the ways."""
    if way == PUBLISHED:
        rows = np.arange(len(tracks))
        drawn = train_test_split(rows, test_size=0.2, random_state=PUBLISHED_SEED, stratify=rare)
        return published_features(store).to_numpy(), ~np.isin(rows, drawn[1])
    split = "track" if way == TRACK else "artist"
    known = group_folds(tracks[SPLITS[split].keys[0]], TEST_FOLDS, seed) != 0
    inner = inner_folds(tracks, split, INNER, seed + 1)
    made = tracks.join(levels_of_others(tracks, known, inner))
    return made[list(list(fair_models(tracks, split).values())[-1])].to_numpy(float), known


def _fitted(
    values: np.ndarray,
    tracks: pd.DataFrame,
    rare: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
    trees: int,
    replicates: int,
    seed: int,
    way: str,
) -> pd.DataFrame:
    target = tracks[TARGET].to_numpy()
    # Not even the look of a missing value is left to the forest: the published ones took 0.
    values = np.nan_to_num(values, nan=0.0 if way == PUBLISHED else -1.0)
    common = {"n_estimators": trees, "max_depth": 10, "random_state": PUBLISHED_SEED}
    common["n_jobs"] = cpu_count()
    count = RandomForestRegressor(**common).fit(values[train], target[train])
    chance = RandomForestClassifier(**common).fit(values[train], rare[train])
    artist = tracks["artist"].to_numpy()[test]
    guess = {way: count.predict(values[test])}
    drawn = cluster_bootstrap(target[test], guess, artist, replicates, seed, ranks=False)
    r2 = score_intervals(drawn).query("metric == 'r2'").assign(base=rare[test].mean())
    score = chance.predict_proba(values[test])
    score = score[:, list(chance.classes_).index(True)]
    named = {way: score >= 0.5}
    table = rare_scores(rare[test], {way: score}, named, artist, replicates, seed)
    both = pd.concat([r2, table]).rename(columns={"model": "way"})
    return both.assign(rows=int(test.sum()))
