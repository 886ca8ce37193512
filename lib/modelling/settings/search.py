"""What a search for settings sees: training rows, inner folds; and what tells studies apart."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
import sklearn
import xgboost
from optuna.distributions import distribution_to_json
from scipy import sparse
from sklearn.base import clone

from lib.evaluation.leaks import find_shared_keys, require_clean
from lib.modelling.estimators import FEATURE_SETS
from lib.modelling.ladder import GROUPS
from lib.modelling.settings.tuning_presets import PRESETS, pipeline
from lib.modelling.splits import PROTOCOLS, group_folds
from lib.tracks.twins import link


@dataclass(frozen=True, eq=False)
class Search:
    """What is tuned on which rows: all that decides the trials of a study.

    Attributes
    ----------
    preset : str
        Search space, a name of `lib.modelling.settings.tuning_presets.PRESETS`.
    tracks : pandas.DataFrame
        Training rows only, with ``popularity``, the keys of the split and the features.
    held_out : pandas.DataFrame
        Rows that the search must not see, with the keys of the split; may be empty.
    split : str
        Named split that the outer folds come from; the inner folds keep the same things whole.
    features : str
    trees : int
        See `lib.modelling.settings.tuning_presets.pipeline`.
    n_folds : int
        Inner folds.
    seed : int
    """

    preset: str
    tracks: pd.DataFrame
    held_out: pd.DataFrame
    split: str
    features: str
    trees: int
    n_folds: int
    seed: int


@dataclass(frozen=True, eq=False)
class InnerFold:
    """Training rows of an inner fold and the rows that score it, as the last step sees them."""

    fit_x: np.ndarray | sparse.spmatrix
    fit_y: np.ndarray
    score_x: np.ndarray | sparse.spmatrix
    score_y: np.ndarray


def require_apart(search: Search) -> None:
    """Make sure that the search cannot see a held-out row, nor one that shares a key with it.

    Raises
    ------
    LeakError
        When it could.
    """
    keys = {key: [key] for key in PROTOCOLS[search.split].keys}
    found = find_shared_keys(search.tracks, search.held_out, keys)
    require_clean(found, f"tuning of {search.preset}, split {search.split}")


def inner_folds(search: Search) -> list[InnerFold]:
    """Cut the training rows into inner folds that keep whole what the split keeps whole.

    Scalers and genre columns do not depend on what is tuned; they are fitted once a fold.
    """
    rows, target = search.tracks, search.tracks["popularity"].to_numpy(dtype=float)
    names = GROUPS[search.split]
    tied = link(*(rows[name] for name in names)).rename(" or ".join(names))
    fold = group_folds(tied, search.n_folds, search.seed)
    before = pipeline(search.preset, search.features, search.trees, search.seed)[:-1]
    parts = []
    for number in range(search.n_folds):
        here = fold == number
        fitted = clone(before)
        fit_x = fitted.fit_transform(rows[~here])
        score_x = fitted.transform(rows[here].drop(columns="popularity"))
        parts.append(InnerFold(fit_x, target[~here], score_x, target[here]))
    return parts


def contents(search: Search) -> dict[str, str]:
    """Name all that decides a study's trials; a study with other contents is another study."""
    preset = PRESETS[search.preset]
    space = {name: distribution_to_json(kind) for name, kind in preset.space.items()}
    chosen = {"space": space, "first": dict(preset.first), "fixed": dict(preset.fixed)}
    settings = {"features": search.features, "trees": search.trees, "split": search.split}
    settings |= {"inner folds": search.n_folds, "seed": search.seed}
    packages = (optuna, sklearn, xgboost, np)
    return {
        "rows": _hash(search.tracks, search.features, search.split),
        "space": json.dumps(chosen, sort_keys=True),
        "settings": json.dumps(settings, sort_keys=True),
        "packages": ", ".join(f"{one.__name__} {one.__version__}" for one in packages),
    }


def study_path(folder: Path, name: str, search: Search) -> Path:
    """Name the file of a study after its contents, so that other contents get another file."""
    text = json.dumps(contents(search), sort_keys=True)
    return folder / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}.jsonl"


def _hash(tracks: pd.DataFrame, features: str, split: str) -> str:
    names = [*FEATURE_SETS[features], *PROTOCOLS[split].keys, "popularity"]
    rows = tracks[list(dict.fromkeys(names))].copy()
    if "genres" in rows:
        rows["genres"] = rows["genres"].str.join(";")
    values = pd.util.hash_pandas_object(rows, index=False).to_numpy()
    return hashlib.sha256(values.tobytes()).hexdigest()
