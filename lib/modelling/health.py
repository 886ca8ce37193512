"""Is a model alive, and is new data like the old: collapse checks and drift."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from lib.errors import DataError
from lib.evaluation.regression import r2

WINDOW = 10.0
"""Width, in popularity points, of the window that must not hold half of the predictions."""

FEWEST = 100
"""Fewest values from which a drift is believed: with fewer the index is mostly chance."""

PSI_BINS = 10
PSI_SHIFT, PSI_LARGE = 0.1, 0.25
"""Usual marks of the population stability index: below the first stable, above the second not."""


def collapse_checks(target: ArrayLike, prediction: ArrayLike) -> pd.DataFrame:
    """Tell whether predictions say anything, or have collapsed to a constant.

    Parameters
    ----------
    target, prediction : array-like, shape (n,)
        Out of fold, in popularity points.

    Returns
    -------
    pandas.DataFrame
        Columns check, value, limit, unit, passed. R² must be above 0, the standard deviation
        above 5, the range above 20, the share of distinct values (of tracks) above 0.3, the largest
        share in any ten points below 0.5.
    """
    prediction = np.asarray(prediction, dtype=float)
    ordered = np.sort(prediction)
    reach = np.searchsorted(ordered, ordered + WINDOW, side="right") - np.arange(len(ordered))
    values = {
        "R² above": (r2(target, prediction), 0.0, ""),
        "standard deviation above": (prediction.std(), 5.0, "popularity points"),
        "range above": (np.ptp(prediction), 20.0, "popularity points"),
        "share of distinct values above": (len(np.unique(prediction)) / len(ordered), 0.3, "share"),
        "largest share in ten points below": (reach.max() / len(ordered), 0.5, "share"),
    }
    rows = [
        (
            check,
            value,
            limit,
            unit,
            bool(value < limit if check.endswith("below") else value > limit),
        )
        for check, (value, limit, unit) in values.items()
    ]
    return pd.DataFrame(rows, columns=["check", "value", "limit", "unit", "passed"])


def population_stability(reference: ArrayLike, current: ArrayLike) -> float:
    """Compare two samples by the shares in the reference's tenths.

    The sum over bins of ``(q - p) * ln(q / p)``, p and q the shares of the two samples (Siddiqi
    2006). Bins are cut at the reference's deciles; equal values stay together. Half a row is
    added to each bin, so that an empty bin costs much but not everything.

    Examples
    --------
    >>> population_stability(range(100), range(100))
    0.0
    """
    reference, current = np.asarray(reference, float), np.asarray(current, float)
    edges = np.unique(np.quantile(reference, np.arange(1, PSI_BINS) / PSI_BINS, method="lower"))
    # Searching from the left puts an edge's own value below it: a column of 0 and 1 has two bins.
    counts = [
        np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1) + 0.5
        for values in (reference, current)
    ]
    p, q = (count / count.sum() for count in counts)
    return float(((q - p) * np.log(q / p)).sum())


def drift_report(
    reference: pd.DataFrame, current: pd.DataFrame, columns: list[str]
) -> pd.DataFrame:
    """Compare two tables column by column.

    Parameters
    ----------
    reference, current : pandas.DataFrame
        What the model was trained on, and what it is used on; missing values are left out.
    columns : list of str
        Numeric columns of both: features, and the prediction.

    Returns
    -------
    pandas.DataFrame
        Largest drift first: column, psi, ks (largest distance of the two distribution functions),
        verdict ("stable", "shifted", "drifted" by the marks of the index; "too few" where either
        table has fewer than `FEWEST` values), rows, current_rows.

    Raises
    ------
    DataError
        When a column is missing or has no values.
    """
    rows = []
    for name in columns:
        samples = []
        for what, frame in (("reference", reference), ("current", current)):
            values = frame[name].dropna() if name in frame else ()
            if not len(values):
                raise DataError(f"{what} table: values in column {name!r} expected, found none")
            samples.append(np.asarray(values, dtype=float))
        psi = population_stability(*samples)
        verdict = "stable" if psi < PSI_SHIFT else "shifted" if psi < PSI_LARGE else "drifted"
        if min(map(len, samples)) < FEWEST:
            verdict = "too few"
        ks = stats.ks_2samp(*samples, method="asymp").statistic
        rows.append((name, psi, float(ks), verdict, *map(len, samples)))
    names = ["column", "psi", "ks", "verdict", "rows", "current_rows"]
    return pd.DataFrame(rows, columns=names).sort_values("psi", ascending=False, ignore_index=True)
