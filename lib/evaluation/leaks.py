"""Find what test rows tell a model before the test: shared keys, hidden targets, foreign fits.

Each `find_...` function returns a table of findings, empty when all is well; `require_clean` turns
findings into a `LeakError`.

Not found: copies that differ a little in every key; a feature that holds the target under much
noise; what several columns give away together only; and what was chosen by looking at test rows,
such as settings or the choice of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from scipy import sparse
from sklearn.base import BaseEstimator, clone

from lib.errors import WorkbookError

COLUMNS = ("leak", "where", "rows", "share", "examples")
"""Columns of a table of findings; `share` is of the rows that were looked at."""

MOST_LIKE = 0.95
"""Absolute rank correlation from which a feature counts as the target itself."""

SAME = 0.99
"""Absolute correlation from which a feature counts as the target among singletons."""

FEWEST = 10
"""Fewest rows on which a correlation is believed."""


class LeakError(WorkbookError):
    """Something in the training rows or features gives the test rows' target away."""


def find_shared_keys(
    train: pd.DataFrame, test: pd.DataFrame, keys: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """List the keys that test rows share with training rows.

    Parameters
    ----------
    train, test : pandas.DataFrame
        The two sides of a split.
    keys : mapping of str to sequence of str
        Name of a key and the columns that make it up, e.g. ``{"audio vector": AUDIO_9}``. A key
        with an empty part is not shared.

    Returns
    -------
    pandas.DataFrame
        One row a shared key, columns `COLUMNS`: `rows` counts test rows.

    Examples
    --------
    >>> train, test = pd.DataFrame({"id": ["a", "b"]}), pd.DataFrame({"id": ["b", "c"]})
    >>> find_shared_keys(train, test, {"track id": ["id"]})[["where", "rows", "share"]].values
    array([['track id', 1, 0.5]], dtype=object)
    """
    found = []
    for name, columns in keys.items():
        columns = list(columns)
        known = train[columns].dropna().drop_duplicates()
        shared = test[columns].merge(known, how="left", on=columns, indicator=True)
        hit = shared["_merge"].eq("both").to_numpy()
        if hit.any():
            values = shared.loc[hit, columns].drop_duplicates()
            found.append(_finding("shared between training and test", name, hit, values))
    return _table(found)


def find_target_copies(
    features: pd.DataFrame, target: pd.Series, groups: pd.Series | None = None
) -> pd.DataFrame:
    """List the features that are the target, or are it wherever a group has a single row.

    The mean popularity of an artist over all rows is the target itself for an artist with one
    row, shrunk towards the overall mean or not; among such rows its correlation with the target
    is 1. A mean taken over training rows only is not caught, because it is fair.

    Parameters
    ----------
    features : pandas.DataFrame, shape (n, k)
        Numeric features.
    target : pandas.Series, shape (n,)
        What is to be predicted, same index.
    groups : pandas.Series, shape (n,), optional
        What a feature may have been averaged over, e.g. the artist.

    Returns
    -------
    pandas.DataFrame
        One row a finding, columns `COLUMNS`.

    Examples
    --------
    >>> y = pd.Series(range(20))
    >>> find_target_copies(pd.DataFrame({"double": 2 * y}), y)["where"].tolist()
    ['double']
    """
    found = []
    everywhere = np.ones(len(target), dtype=bool)
    alone = None if groups is None else ~groups.duplicated(keep=False).to_numpy()
    for name in features.columns:
        values = features[name]
        examples = pd.DataFrame({name: values, "target": target})
        if _correlation(values.rank(), target.rank()) >= MOST_LIKE:
            found.append(_finding("feature is nearly the target", name, everywhere, examples))
        elif alone is not None and _correlation(values[alone], target[alone]) >= SAME:
            # Grouped means are only given away where nothing else is in the mean.
            leak = f"feature is the target where {groups.name} has one row"
            found.append(_finding(leak, name, alone, examples[alone]))
    return _table(found)


def find_foreign_fit(
    fitted: BaseEstimator,
    train: pd.DataFrame,
    test: pd.DataFrame,
    target: pd.Series | None = None,
    tolerance: float = 1e-8,
) -> pd.DataFrame:
    """Tell whether a transformer learnt from other rows than the training rows.

    A fresh clone is fitted on the training rows; what it makes of the test rows must equal what
    the fitted one makes of them. The transformer has to be deterministic.

    Parameters
    ----------
    fitted : sklearn transformer
        As it would be used.
    train, test : pandas.DataFrame
        Rows it may have seen, and rows it must not have seen.
    target : pandas.Series, optional
        Target of the training rows, for transformers that use it.
    tolerance : float, optional
        Largest difference that is put down to rounding, relative and absolute.

    Returns
    -------
    pandas.DataFrame
        Empty, or one row, columns `COLUMNS`.

    Examples
    --------
    >>> from sklearn.preprocessing import StandardScaler
    >>> train, test = pd.DataFrame({"a": [0.0, 1.0]}), pd.DataFrame({"a": [9.0]})
    >>> honest = StandardScaler().fit(train)
    >>> peeking = StandardScaler().fit(pd.concat([train, test]))
    >>> len(find_foreign_fit(honest, train, test)), len(find_foreign_fit(peeking, train, test))
    (0, 1)
    """
    name = type(fitted).__name__
    expected = _dense(clone(fitted).fit(train, target).transform(test))
    actual = _dense(fitted.transform(test))
    if expected.shape != actual.shape:
        hit = np.ones(len(test), dtype=bool)
        shapes = pd.DataFrame({"columns": [actual.shape[1]], "expected": [expected.shape[1]]})
        return _table([_finding("fitted on other rows than training", name, hit, shapes)])
    same = np.isclose(actual, expected, rtol=tolerance, atol=tolerance, equal_nan=True)
    hit = ~same.all(axis=1)
    if not hit.any():
        return _table([])
    row = int(hit.argmax())
    column = int((~same[row]).argmax())
    values = pd.DataFrame({"value": [actual[row, column]], "expected": [expected[row, column]]})
    return _table([_finding("fitted on other rows than training", name, hit, values)])


def find_foreign_columns(
    make: Callable[[pd.DataFrame], pd.DataFrame],
    train: pd.DataFrame,
    test: pd.DataFrame,
    target: str = "",
) -> pd.DataFrame:
    """List the columns that come out otherwise for training rows when test rows stand beside them.

    This catches what is computed over a whole table before it is split, such as a mean over an
    artist's rows or a number along the alphabet of all names. Where artists are kept whole, the
    artist's mean over all rows is the same for training rows with or without test rows; but it
    changes for test rows when their targets do, and that is looked for as well if `target` is
    named.

    Parameters
    ----------
    make : callable
        Takes a table and returns it, rows in the same order, with columns added.
    train, test : pandas.DataFrame
        The two sides of a split, without the columns to be made.
    target : str, optional
        Column to be predicted.

    Returns
    -------
    pandas.DataFrame
        One row a column, columns `COLUMNS`: `rows` counts training rows; for a column made with
        the target of test rows, rows of both sides.

    Examples
    --------
    >>> train, test = pd.DataFrame({"a": [1.0, 2.0]}), pd.DataFrame({"a": [9.0]})
    >>> def make(table):
    ...     return table.assign(twice=2 * table["a"], rank=table["a"].rank(pct=True))
    >>> find_foreign_columns(make, train, test)["where"].tolist()
    ['rank']
    """
    alone = make(train).reset_index(drop=True)
    together = pd.concat([train, test], ignore_index=True)
    beside = make(together)
    pairs = [("made with other rows than training", beside[: len(train)], alone)]
    if target:
        # Test rows swap targets: the highest goes to the row with the lowest, and so on.
        swapped = together[target].to_numpy(copy=True)
        order = len(train) + np.argsort(swapped[len(train) :], kind="stable")
        swapped[order] = swapped[order[::-1]]
        blind = make(together.assign(**{target: swapped}))
        pairs.append(("made with the target of test rows", beside, blind))
    found = []
    for name in alone.columns.difference(train.columns, sort=False):
        for leak, actual, expected in pairs:
            values = pd.DataFrame({"value": actual[name], "expected": expected[name]})
            if is_numeric_dtype(expected[name]):
                same = np.isclose(values["value"], values["expected"], equal_nan=True)
            else:
                same = values["value"].eq(values["expected"]) | values.isna().all(axis=1)
            differ = ~np.asarray(same)
            if differ.any():
                found.append(_finding(leak, name, differ, values[differ]))
                break
    return _table(found)


def require_clean(findings: pd.DataFrame, what: str) -> None:
    """Stop when anything was found.

    Parameters
    ----------
    findings : pandas.DataFrame
        From a `find_...` function.
    what : str
        What was looked at, e.g. ``"split first_artist, fold 2"``.

    Raises
    ------
    LeakError
        Naming each leak, the rows it touches and examples.
    """
    if findings.empty:
        return
    lines = [
        f"{f.where}: {f.leak}, {f.rows} rows ({f.share:.1%}), e.g. {f.examples}"
        for f in findings.itertuples()
    ]
    raise LeakError(
        f"{what}: nothing that gives the target away expected, found\n- "
        + "\n- ".join(lines)
        + "\nKeep whole groups in one fold, fit on training rows only, leave out what remembers."
    )


def _finding(leak: str, where: str, hit: np.ndarray, values: pd.DataFrame) -> tuple[object, ...]:
    examples = "; ".join(
        ", ".join(f"{value:.6g}" if isinstance(value, float) else str(value) for value in row)
        for row in values.head(3).itertuples(index=False)
    )
    return leak, where, int(hit.sum()), float(hit.mean()), examples


def _table(found: list[tuple[object, ...]]) -> pd.DataFrame:
    return pd.DataFrame(found, columns=list(COLUMNS))


def _correlation(left: pd.Series, right: pd.Series) -> float:
    known = left.notna() & right.notna()
    left, right = left[known].astype(float), right[known].astype(float)
    if len(left) < FEWEST or left.nunique() < 2 or right.nunique() < 2:
        return 0.0
    return abs(float(np.corrcoef(left, right)[0, 1]))


def _dense(table: object) -> np.ndarray:
    return table.toarray() if sparse.issparse(table) else np.asarray(table, dtype=float)
