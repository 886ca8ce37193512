"""Compare models on named splits: out-of-fold predictions, then scores with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from sklearn.base import BaseEstimator, clone

from lib.errors import DataError, ParameterError
from lib.evaluation.intervals import (
    LEVEL,
    Bootstrap,
    cluster_bootstrap,
    paired_differences,
    score_intervals,
)
from lib.evaluation.leaks import find_shared_keys, find_target_copies, require_clean
from lib.modelling.splits import PROTOCOLS
from lib.tracks.quality import shortage
from lib.tracks.twin_report import in_other_folds

BASELINE = "mean"
"""Name of the model that every score is set beside."""


def cross_validate(
    tracks: pd.DataFrame,
    folds: pd.DataFrame,
    models: Mapping[str, BaseEstimator],
) -> pd.DataFrame:
    """Predict every track by models that were fitted on the other folds.

    Before anything is fitted, each fold is searched for values of its split's keys (see
    `lib.modelling.splits.PROTOCOLS`) that stand on both sides, and the numeric features for
    copies of the target.

    Parameters
    ----------
    tracks : pandas.DataFrame
        One row a ``track_id`` with ``popularity``, ``first_artist``, ``recording_id`` and the
        features that the models pick.
    folds : pandas.DataFrame
        Columns ``track_id``, ``split``, ``fold``; may hold more tracks than `tracks`.
    models : mapping of str to sklearn estimator
        Unfitted; each fold fits a clone on one core, several side by side.

    Returns
    -------
    pandas.DataFrame
        Columns track_id, split, model, fold, popularity, prediction: a block of
        ``len(tracks)`` rows for each split and model, in the order of `tracks`.

    Raises
    ------
    LeakError
        When a fold or a feature gives the target away.
    DataError
        When a track id repeats or a track has no fold in some split.
    ParameterError
        When a split is not a named one.
    """
    tracks = tracks.reset_index(drop=True)
    by_split = {name: _fold_of(tracks, part, name) for name, part in folds.groupby("split")}
    _require_no_copies(tracks)
    for name, fold in by_split.items():
        for number in np.unique(fold):
            test = fold == number
            keys = {key: [key] for key in PROTOCOLS[name].keys}
            found = find_shared_keys(tracks[~test], tracks[test], keys)
            require_clean(found, f"split {name}, fold {number}")
    jobs = [
        (split, model, number)
        for model in models
        for split, fold in by_split.items()
        for number in np.unique(fold)
    ]
    # Threads: the fits let go of the interpreter lock, and need no copies of the table.
    predicted = Parallel(n_jobs=cpu_count(), prefer="threads", batch_size=1)(
        delayed(_fit_predict)(models[model], tracks, by_split[split] == number)
        for split, model, number in jobs
    )
    out_of_fold = {(s, m): np.full(len(tracks), np.nan) for s in by_split for m in models}
    for (split, model, number), values in zip(jobs, predicted, strict=True):
        out_of_fold[split, model][by_split[split] == number] = values
    blocks = [
        pd.DataFrame(
            {
                "track_id": tracks["track_id"],
                "split": split,
                "model": model,
                "fold": by_split[split],
                "popularity": tracks["popularity"].astype("float64"),
                "prediction": values,
            }
        )
        for (split, model), values in out_of_fold.items()
    ]
    return pd.concat(blocks, ignore_index=True)


def bootstrap_splits(
    predictions: pd.DataFrame, groups: pd.Series, replicates: int, seed: int, ranks: bool = True
) -> dict[str, Bootstrap]:
    """Resample the groups of every split; the draws serve `score_table` and `difference_table`.

    The folds' predictions are pooled; ranks are compared within folds.

    Parameters
    ----------
    predictions : pandas.DataFrame
        From `cross_validate`.
    groups : pandas.Series
        Group of each track, indexed by track id. The first artist suits every split: tracks of an
        artist are alike, whether or not the split keeps them together.
    replicates, seed, ranks
        See `lib.evaluation.intervals.cluster_bootstrap`.

    Returns
    -------
    dict of str to Bootstrap
        By split.
    """
    result = {}
    for split, part in predictions.groupby("split", sort=False):
        models = {
            name: rows.set_index("track_id") for name, rows in part.groupby("model", sort=False)
        }
        first = next(iter(models.values()))
        result[str(split)] = cluster_bootstrap(
            first["popularity"],
            {name: rows["prediction"].reindex(first.index) for name, rows in models.items()},
            groups.reindex(first.index),
            replicates,
            seed,
            first["fold"],
            ranks,
        )
    return result


def score_table(
    predictions: pd.DataFrame, bootstraps: Mapping[str, Bootstrap], level: float = LEVEL
) -> pd.DataFrame:
    """Tabulate every score with its interval and the baseline's score beside it.

    Parameters
    ----------
    predictions : pandas.DataFrame
        From `cross_validate`; must hold the model `BASELINE`.
    bootstraps : mapping of str to Bootstrap
        From `bootstrap_splits`.
    level : float, optional
        Coverage of the intervals.

    Returns
    -------
    pandas.DataFrame
        Columns split, model, metric, value, low, high, level, baseline_value, rows.
    """
    parts = []
    for split, bootstrap in bootstraps.items():
        table = score_intervals(bootstrap, level)
        beside = table[table["model"] == BASELINE].set_index("metric")["value"]
        table.insert(0, "split", split)
        table["baseline_value"] = table["metric"].map(beside)
        table["rows"] = predictions.loc[predictions["split"] == split, "track_id"].nunique()
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def scores_by_known_artist(
    predictions: pd.DataFrame, artists: pd.Series, replicates: int, seed: int
) -> pd.DataFrame:
    """Score apart the tracks whose artist has other tracks in training, and all others.

    Each part is scored as if it were the whole: R² is measured against the part's own mean.

    Parameters
    ----------
    predictions : pandas.DataFrame
        From `cross_validate`, of one split.
    artists : pandas.Series
        First artist of each track, indexed by track id.
    replicates, seed : int
        As for `bootstrap_splits`.

    Returns
    -------
    pandas.DataFrame
        As `score_table`, and the column ``artist``: "known" or "unknown". A part that is too
        small to be scored (`lib.tracks.quality.shortage`) is left out.
    """
    artist = predictions["track_id"].map(artists)
    known = in_other_folds(artist, predictions["fold"].to_numpy())
    parts = []
    for name, part in (("known", predictions[known]), ("unknown", predictions[~known])):
        tracks = part.assign(first_artist=artist).drop_duplicates("track_id")
        if not shortage(tracks):
            drawn = bootstrap_splits(part, artists, replicates, seed)
            parts.append(score_table(part, drawn).assign(artist=name))
    columns = ["split", "model", "metric", "value", "low", "high", "level"]
    empty = pd.DataFrame(columns=[*columns, "baseline_value", "rows", "artist"])
    return pd.concat(parts, ignore_index=True) if parts else empty


def difference_table(
    bootstraps: Mapping[str, Bootstrap],
    pairs: Sequence[tuple[str, str]],
    level: float = LEVEL,
) -> pd.DataFrame:
    """Tabulate paired differences, first model minus second, on every split.

    Returns
    -------
    pandas.DataFrame
        Columns split, model, other, metric, value, low, high, level.
    """
    parts = [
        paired_differences(bootstrap, list(pairs), level).assign(split=split)
        for split, bootstrap in bootstraps.items()
    ]
    table = pd.concat(parts, ignore_index=True)
    return table[["split", *table.columns.drop("split")]]


def one_a_recording(tracks: pd.DataFrame) -> pd.DataFrame:
    """Keep the most popular release of each recording; ties go to the first track id."""
    best = tracks.sort_values(["popularity", "track_id"], ascending=[False, True])
    return best.drop_duplicates("recording_id").sort_index()


def _fold_of(tracks: pd.DataFrame, part: pd.DataFrame, split: str) -> np.ndarray:
    if split not in PROTOCOLS:
        raise ParameterError(
            f"split {split!r}: one of {', '.join(PROTOCOLS)} expected; name it in PROTOCOLS first"
        )
    for name, ids in (("tracks", tracks["track_id"]), ("folds", part["track_id"])):
        repeated = ids[ids.duplicated()]
        if len(repeated):
            raise DataError(
                f"{name}, split {split}: one row a track id expected, found {len(repeated)} "
                f"repeats, e.g. {repeated.iloc[0]}; merge the rows of an id first"
            )
    fold = tracks["track_id"].map(part.set_index("track_id")["fold"])
    if fold.isna().any():
        raise DataError(
            f"split {split}: a fold for each track expected, found {int(fold.isna().sum())} tracks "
            "without; make the folds from the same tracks"
        )
    return fold.to_numpy(dtype=np.int64)


def _require_no_copies(tracks: pd.DataFrame) -> None:
    numbers = tracks.select_dtypes(["number", "bool"]).drop(columns=["popularity", "recording_id"])
    found = find_target_copies(numbers, tracks["popularity"], tracks["first_artist"])
    require_clean(found, "features")


def _fit_predict(model: BaseEstimator, tracks: pd.DataFrame, test: np.ndarray) -> np.ndarray:
    fitted = clone(model).fit(tracks[~test], tracks.loc[~test, "popularity"])
    # Without the target, a model cannot look at it even by mistake.
    return fitted.predict(tracks[test].drop(columns="popularity"))
