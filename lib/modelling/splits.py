"""Named ways of holding rows out, and the fold numbers behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold

from lib.errors import DataError, ParameterError


@dataclass(frozen=True)
class Protocol:
    """What a split holds out together, and the question its score answers.

    Attributes
    ----------
    name : str
        Name of the split in tables.
    label : str
        Short name for figures.
    sentence : str
        What is held out, for a reader who sees only the number.
    keys : tuple of str
        Columns of which no value may stand both in training and in test rows.
    prevents : str
        The leak that it keeps out.
    lets_through : str
        The leaks that it does not keep out.
    """

    name: str
    label: str
    sentence: str
    keys: tuple[str, ...]
    prevents: str
    lets_through: str


PROTOCOLS: dict[str, Protocol] = {
    "first_artist": Protocol(
        "first_artist",
        "new artist",
        "all tracks of a first artist are held out together: the artist is unknown in training",
        ("track_id", "recording_id", "first_artist"),
        "copies of a recording, and what is known of the artist from other tracks",
        "albums shared by several first artists, guests who are first elsewhere, and features "
        "that were computed from the target of all rows",
    ),
    "recording": Protocol(
        "recording",
        "new recording",
        "all releases of a recording are held out together; the artist may have other recordings "
        "in training, or none",
        ("track_id", "recording_id"),
        "copies of a recording, under one id or several",
        "the artist's level and albums, which other tracks tell",
    ),
    "audio_vector": Protocol(
        "audio_vector",
        "new audio vector",
        "all rows with the same nine audio values are held out together",
        ("track_id", "audio_id"),
        "copies of a sound file, under one id or several",
        "re-issues whose audio was computed anew (same title and artist), and the artist's level",
    ),
    "unique_id": Protocol(
        "unique_id",
        "random track ids",
        "track ids are held out one by one, each with all its rows",
        ("track_id",),
        "the same track under several genres",
        "the same recording under several ids, and the artist's level",
    ),
    "random": Protocol(
        "random",
        "random rows",
        "rows are held out one by one, so a recording may stand in training as well: not a fair "
        "test, for comparison only",
        (),
        "nothing",
        "the same track under several genres, the same recording under several ids, and the "
        "artist's level",
    ),
}
"""Every split of the workbook, by name. None of them keeps out a feature that was computed from
the target of test rows; `lib.evaluation.inspection.inspect_split` looks for those."""


def group_folds(groups: pd.Series, n_folds: int, seed: int) -> np.ndarray:
    """Give each row a fold so that no group is cut.

    Large groups are dealt out first, each to the fold with the fewest rows, so folds are as large
    as each other; among groups of one size chance decides. The fold of a group does not depend on
    the order of the rows.

    Parameters
    ----------
    groups : pandas.Series, shape (n,)
        What belongs together, e.g. the first artist.
    n_folds : int
        Number of folds, at least 2.
    seed : int
        Seed of the draw.

    Returns
    -------
    numpy.ndarray of int64, shape (n,)
        Fold from 0 to ``n_folds - 1``.

    Raises
    ------
    DataError
        When a group is missing, or there are fewer groups than folds.
    ParameterError
        When there are fewer than two folds.

    Examples
    --------
    >>> group_folds(pd.Series(["a", "b", "a", "b"]), 2, seed=0)
    array([1, 0, 1, 0])
    """
    _check_folds(n_folds)
    missing = int(groups.isna().sum())
    if missing:
        raise DataError(
            f"column {groups.name!r}: a group for each row expected, found {missing} rows without; "
            "drop them, or give each a group of its own"
        )
    codes, names = pd.factorize(groups, sort=True)
    if len(names) < n_folds:
        raise DataError(
            f"column {groups.name!r}: at least {n_folds} groups expected for {n_folds} folds, "
            f"found {len(names)}; ask for fewer folds"
        )
    # GroupKFold breaks ties by the group's number; numbers drawn at random make it a draw.
    # (Its own shuffle balances the count of groups instead of rows.)
    codes = np.random.default_rng(seed).permutation(len(names))[codes]
    folds = np.empty(len(groups), dtype=np.int64)
    for fold, (_, test) in enumerate(GroupKFold(n_folds).split(codes, groups=codes)):
        folds[test] = fold
    return folds


def repeated_group_folds(
    groups: pd.Series, n_folds: int, repeats: int, seed: int
) -> list[np.ndarray]:
    """Draw `group_folds` several times, each from a seed of its own.

    Which leak the folds prevent is up to the groups, see `PROTOCOLS`. Scores of different draws
    share their rows, so they are not independent: compare models on them with
    `lib.evaluation.corrected.corrected_t`.

    Parameters
    ----------
    groups, n_folds
        As for `group_folds`.
    repeats : int
        Number of draws, at least 1.
    seed : int
        Seed of all draws; the first draws do not depend on how many follow.

    Returns
    -------
    list of numpy.ndarray of int64, shape (n,)
        A fold for each row, `repeats` times.

    Raises
    ------
    DataError
        As `group_folds`.
    ParameterError
        When there are fewer than two folds or no repeat.
    """
    if repeats < 1:
        raise ParameterError(f"repeats: a whole number from 1 expected, found {repeats}")
    seeds = np.random.SeedSequence(seed).generate_state(repeats)
    return [group_folds(groups, n_folds, int(one)) for one in seeds]


def random_folds(n_rows: int, n_folds: int, seed: int) -> np.ndarray:
    """Give each row a fold at random, groups or not: the split that leaks copies.

    Parameters
    ----------
    n_rows, n_folds : int
        Rows and folds; fold sizes differ by at most one.
    seed : int
        Seed of the draw.

    Returns
    -------
    numpy.ndarray of int64, shape (n_rows,)

    Raises
    ------
    DataError
        When there are fewer rows than folds.
    ParameterError
        When there are fewer than two folds.

    Examples
    --------
    >>> np.bincount(random_folds(10, 3, seed=0))
    array([4, 3, 3])
    """
    _check_folds(n_folds)
    if n_rows < n_folds:
        raise DataError(f"rows: at least {n_folds} expected, found {n_rows}; ask for fewer folds")
    return np.random.default_rng(seed).permutation(np.arange(n_rows) % n_folds)


def _check_folds(n_folds: int) -> None:
    if n_folds < 2:
        raise ParameterError(f"n_folds: a whole number from 2 expected, found {n_folds}")
