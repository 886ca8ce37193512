"""Scores and errors of parts of the predictions: by fold, by band of popularity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.evaluation.regression import METRICS, scores

BANDS = (0, 20, 40, 60, 80, 100)
"""Edges of the popularity bands; a band holds its lower edge, the last one both."""


def fold_scores(predictions: pd.DataFrame) -> pd.DataFrame:
    """Score every fold by itself.

    Returns
    -------
    pandas.DataFrame
        Columns split, model, fold, rows and one column for each of `METRICS`.
    """
    rows = [
        [*key, len(part), *scores(part["popularity"], part["prediction"]).values()]
        for key, part in predictions.groupby(["split", "model", "fold"], sort=False)
    ]
    return pd.DataFrame(rows, columns=["split", "model", "fold", "rows", *METRICS])


def error_bands(predictions: pd.DataFrame, bands: Sequence[float] = BANDS) -> pd.DataFrame:
    """Summarise one model's errors by bands of true popularity.

    Parameters
    ----------
    predictions : pandas.DataFrame
        Columns popularity and prediction.
    bands : sequence of float, optional
        Rising edges. A band holds its lower edge, the last one both; a band without tracks is
        left out.

    Returns
    -------
    pandas.DataFrame
        Columns band (text such as ``"0–20"``), rows, bias (mean of prediction minus truth), and
        the 5 %, 25 %, 50 %, 75 % and 95 % quantiles of the absolute error as q05 … q95.

    Examples
    --------
    >>> frame = pd.DataFrame({"popularity": [0, 20, 100], "prediction": [10, 10, 40]})
    >>> error_bands(frame)[["band", "rows", "bias", "q50"]].values.tolist()
    [['0–20', 1, 10.0, 10.0], ['20–40', 1, -10.0, 10.0], ['80–100', 1, -60.0, 60.0]]
    """
    error = predictions["prediction"] - predictions["popularity"]
    place = np.searchsorted(bands[1:-1], predictions["popularity"], side="right")
    rows = []
    for number in np.unique(place):
        part = error[place == number]
        quantiles = part.abs().quantile([0.05, 0.25, 0.5, 0.75, 0.95])
        rows.append([f"{bands[number]}–{bands[number + 1]}", len(part), part.mean(), *quantiles])
    names = ["band", "rows", "bias", "q05", "q25", "q50", "q75", "q95"]
    return pd.DataFrame(rows, columns=names)
