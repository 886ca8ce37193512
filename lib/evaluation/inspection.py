"""Look a split and its features over for every leak that the detector knows, in one call.

`lib.evaluation.leaks` holds the single checks; here are the look-up scores, which find columns that
remember rows without being told which, and `inspect_split`, which runs everything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype, is_string_dtype
from sklearn.base import BaseEstimator

from lib.errors import DataError
from lib.evaluation.leaks import (
    COLUMNS,
    find_foreign_fit,
    find_shared_keys,
    find_target_copies,
)
from lib.tracks.columns import AUDIO_9
from lib.tracks.titles import first_artist
from lib.tracks.twins import title_ids

FEWEST_ROWS = 50
"""Fewest test rows with a known key on which a look-up score is believed."""

ROWS_A_VALUE = 20
"""Most training rows a value for a key to count as memory. A genre has hundreds: a category."""

NEARLY_ALL = 0.9
"""R² on rows with a known key from which a look-up table is the target itself in other words: no
category tells so much, however many rows each of its values has."""

TOO_GOOD = 0.1
"""R² on rows with a known key from which a look-up table is suspicious."""

SHUFFLES = 199
"""Times that the training means are dealt out anew among the values, to see what luck does."""

LUCK = 0.01
"""Share of shuffled tables as good as the true one from which a score may be luck."""

LOOKUPS = (
    "key",
    "rows",
    "share",
    "rows_a_value",
    "r2_known",
    "luck",
    "r2_all",
    "suspicious",
    "examples",
)
"""Columns of `find_lookup_scores`."""


@dataclass(frozen=True)
class Inspection:
    """What `inspect_split` found.

    Attributes
    ----------
    findings : pandas.DataFrame
        Leaks, columns `lib.evaluation.leaks.COLUMNS`; for `lib.evaluation.leaks.require_clean`.
    lookups : pandas.DataFrame
        Score of each look-up table, see `find_lookup_scores`.
    """

    findings: pd.DataFrame
    lookups: pd.DataFrame


def find_lookup_scores(
    train: pd.DataFrame,
    test: pd.DataFrame,
    target: str,
    keys: Mapping[str, Sequence[str]] | Sequence[str],
) -> pd.DataFrame:
    """Score, for each key, a table of training means by the key's value.

    A key with few rows a value can only predict by remembering rows. When its table predicts the
    test rows nevertheless, something ties rows across the split: an album name that several first
    artists share, say. Such a key is suspicious when its table explains `TOO_GOOD` of the variance
    of at least `FEWEST_ROWS` test rows that it knows, hardly any table with the means shuffled
    among the values does as well, and it has at most `ROWS_A_VALUE` training rows a value. Keys of
    many rows a value, such as the genre, are scored as well, and suspicious only from an R² of
    `NEARLY_ALL`: such a key is the target written otherwise, as bands or codes.

    Parameters
    ----------
    train, test : pandas.DataFrame
        The two sides of a split.
    target : str
        Column to be predicted.
    keys : sequence of str, or mapping of str to sequence of str
        Columns to try one by one; or names of keys and the columns that make each up.

    Returns
    -------
    pandas.DataFrame
        One row a key, most telling first, columns `LOOKUPS`: test rows whose value is known in
        training, and their share; training rows a value; R² on the known rows against their own
        mean; luck, the share of shuffled tables that do as well (both NaN without known rows);
        R² on all test rows, the training mean standing in for unknown values; the verdict; and
        the values with most test rows.

    Examples
    --------
    >>> train = pd.DataFrame({"album": ["a", "a", "b", "b"], "popularity": [0, 0, 60, 60]})
    >>> test = pd.DataFrame({"album": ["a", "b", "c"], "popularity": [0, 60, 30]})
    >>> find_lookup_scores(train, test, "popularity", ["album"])[["rows", "r2_known"]].values
    array([[2., 1.]])
    """
    if not isinstance(keys, Mapping):
        keys = {name: [name] for name in keys}
    rows = [_lookup(train, test, target, name, list(columns)) for name, columns in keys.items()]
    table = pd.DataFrame(rows, columns=list(LOOKUPS))
    order = ["suspicious", "r2_known"]
    return table.sort_values(order, ascending=False, kind="stable", ignore_index=True)


def inspect_split(
    train: pd.DataFrame,
    test: pd.DataFrame,
    features: Sequence[str],
    target: str = "popularity",
    groups: str | None = None,
    fitted: Sequence[BaseEstimator] = (),
    allowed: Sequence[str] = (),
) -> Inspection:
    """Look for every known way in which test rows were told to a model beforehand.

    - Twins: rows of both sides with the same track id, audio vector, or title and first artist,
      as far as the tables have these columns.
    - Features that are the target, or are it where a group has one row.
    - Features that remember rows: look-up tables by each feature, and by the audio vector.
    - Transformers that learnt from other rows than the training rows.

    What it cannot find is named in `lib.evaluation.leaks`: nothing else is looked for.

    Parameters
    ----------
    train, test : pandas.DataFrame
        The two sides of a split, with the features, the target and what identifies a track.
    features : sequence of str
        Columns that the model sees, texts included. Lists, such as genres, are passed over.
    target : str, optional
        Column to be predicted.
    groups : str, optional
        Column over which a feature may have been averaged, e.g. ``"first_artist"``.
    fitted : sequence of sklearn transformers, optional
        As they would be used; each takes `train` and `test` whole.
    allowed : sequence of str, optional
        Features that may remember, since the question allows it: the artist, when only
        recordings are kept whole. They are scored, and not held against the split.

    Returns
    -------
    Inspection

    Raises
    ------
    DataError
        When a feature, the target or the group is not in both tables.
    """
    wanted = [*features, target, *([groups] if groups else [])]
    missing = [name for name in wanted if name not in train or name not in test]
    if missing:
        raise DataError(
            f"split: columns {', '.join(wanted)} expected on both sides, without: "
            f"{', '.join(missing)}"
        )
    both = pd.concat([train, test], ignore_index=True)
    sides = len(train)
    both, twins = _twin_keys(both)
    found = [find_shared_keys(both[:sides], both[sides:], twins)]
    numbers = [name for name in features if is_numeric_dtype(both[name])]
    group = both[groups] if groups else None
    found.append(find_target_copies(both[numbers].astype("float64"), both[target], group))
    keys = {name: [name] for name in features if _hashable(both[name])}
    if "audio vector" in twins:
        keys["audio vector"] = twins["audio vector"]
    lookups = find_lookup_scores(both[:sides], both[sides:], target, keys)
    blamed = lookups[lookups["suspicious"] & ~lookups["key"].isin(list(allowed))]
    found.append(blamed.rename(columns={"key": "where"}).assign(leak=_blame)[list(COLUMNS)])
    found += [find_foreign_fit(one, train, test, train[target]) for one in fitted]
    filled = [table for table in found if len(table)]
    findings = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=[*COLUMNS])
    return Inspection(findings, lookups)


def _lookup(
    train: pd.DataFrame, test: pd.DataFrame, target: str, name: str, columns: list[str]
) -> tuple[object, ...]:
    means = train.groupby(columns)[target].agg(["mean", "size"]).reset_index()
    held = test[columns].merge(means, how="left", on=columns)
    truth = test[target].to_numpy(dtype=float)
    known = held["mean"].notna().to_numpy()
    share = float(known.mean()) if len(test) else 0.0
    rows_a_value = float(means["size"].mean()) if len(means) else 0.0
    filled = held["mean"].fillna(train[target].mean()).to_numpy()
    r2_all = _r2(truth, filled)
    if not known.any():
        return name, 0, share, rows_a_value, np.nan, np.nan, r2_all, False, ""
    y, guess = truth[known], held.loc[known, "mean"].to_numpy()
    luck = _luck(y, guess, held.loc[known, columns])
    r2_known = _r2(y, guess)
    suspicious = (
        known.sum() >= FEWEST_ROWS
        and r2_known >= (TOO_GOOD if rows_a_value <= ROWS_A_VALUE else NEARLY_ALL)
        and luck <= LUCK
    )
    values, counts = test.loc[known, columns].value_counts(), []
    for value, rows in values.head(3).items():
        counts.append(f"{', '.join(f'{part}' for part in value)}: {rows} test rows")
    row = name, int(known.sum()), share, rows_a_value, r2_known, luck, r2_all
    return *row, bool(suspicious), "; ".join(counts)


def _luck(truth: np.ndarray, guess: np.ndarray, values: pd.DataFrame) -> float:
    code = values.groupby(list(values), sort=False).ngroup().to_numpy()
    rows, total = np.bincount(code), np.bincount(code, weights=truth)
    mean = np.zeros(len(rows))
    mean[code] = guess
    # Squared error less the part that no table changes.
    error = (mean * (rows * mean - 2 * total)).sum()
    rng = np.random.default_rng(0)
    mixed = [rng.permutation(mean) for _ in range(SHUFFLES)]
    as_good = sum((m * (rows * m - 2 * total)).sum() <= error for m in mixed)
    return (1 + as_good) / (1 + SHUFFLES)


def _blame(lookups: pd.DataFrame) -> list[str]:
    return [f"a table of its training means has R² {r:.2f}" for r in lookups["r2_known"]]


def _r2(truth: np.ndarray, guess: np.ndarray) -> float:
    spread = ((truth - truth.mean()) ** 2).sum()
    return float(1 - ((truth - guess) ** 2).sum() / spread) if spread > 0 else float("nan")


def _hashable(values: pd.Series) -> bool:
    return is_numeric_dtype(values) or is_bool_dtype(values) or is_string_dtype(values)


def _twin_keys(both: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    keys: dict[str, list[str]] = {}
    if "track_id" in both:
        keys["track id"] = ["track_id"]
    if set(AUDIO_9) <= set(both):
        keys["audio vector"] = list(AUDIO_9)
    if {"track_name", "artists"} <= set(both):
        named = both[["track_name", "artists"]].dropna()
        # Numbers tell copies apart, texts make examples: each number's first text stands for it.
        text = named["track_name"] + " / " + first_artist(named["artists"])
        both = both.assign(_title_and_artist=text.groupby(title_ids(named)).transform("first"))
        keys["title and first artist"] = ["_title_and_artist"]
    return both, keys
