"""How much a model leans on each input: gain, permutation, and how stable the ranking is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform
from xgboost import XGBRegressor

from lib.errors import DataError, ParameterError
from lib.evaluation.intervals import LEVEL
from lib.modelling.stored.contract import columns_of_inputs
from lib.tracks.means import mean_by

NOISE = "noise"
"""Name of the column of pure chance that an input has to beat."""


def input_columns(contract: Mapping[str, object]) -> dict[str, list[int]]:
    """Say which columns each input has: the genres are one input, and noise comes last.

    Parameters
    ----------
    contract : mapping
        From `lib.modelling.stored.contract.make_contract`.

    Returns
    -------
    dict of str to list of int
        Of `lib.modelling.stored.contract.feature_matrix` with the column of `add_noise`.
    """
    columns = columns_of_inputs(contract)
    return columns | {NOISE: [sum(map(len, columns.values()))]}


def add_noise(matrix: np.ndarray, seed: int) -> np.ndarray:
    """Add a column of standard normal draws, which no target can depend on; shape (n, k + 1)."""
    noise = np.random.default_rng(seed).standard_normal(len(matrix))
    return np.column_stack([matrix, noise.astype(np.float32)])


def gain_shares(model: XGBRegressor, columns: Mapping[str, Sequence[int]]) -> pd.Series:
    """Share of the training error's reduction that the splits on each input brought.

    Parameters
    ----------
    model : xgboost.XGBRegressor
        Fitted on a matrix without column names.
    columns : mapping of str to sequence of int
        Columns of each input, see `input_columns`.

    Returns
    -------
    pandas.Series
        By input; sums to 1 (0 where no tree splits).
    """
    by_column = model.get_booster().get_score(importance_type="total_gain")
    gain = pd.Series(
        {name: sum(by_column.get(f"f{c}", 0.0) for c in own) for name, own in columns.items()}
    )
    return gain / (gain.sum() or 1.0)


def permuted_increase(
    model: XGBRegressor,
    matrix: np.ndarray,
    target: np.ndarray,
    columns: Mapping[str, Sequence[int]],
    repeats: int,
    seed: int,
) -> pd.DataFrame:
    """How much the squared error of each row grows when an input comes from another row.

    The columns of an input are shuffled together, so that a track gets all the genres of another
    one (Breiman 2001; Fisher, Rudin & Dominici 2019).

    Parameters
    ----------
    model : fitted regressor
    matrix, target : numpy.ndarray, shapes (n, k) and (n,)
        Rows that training did not have.
    columns : mapping of str to sequence of int
        Columns of each input, or group of inputs.
    repeats : int
        Shuffles; the increase is their mean.
    seed : int

    Returns
    -------
    pandas.DataFrame, shape (n, inputs)
        In squared units of the target.

    Raises
    ------
    ParameterError
        When there is no repeat.
    """
    if repeats < 1:
        raise ParameterError(f"repeats: a whole number from 1 expected, found {repeats}")
    rng = np.random.default_rng(seed)
    error = (model.predict(matrix).astype(np.float64) - target) ** 2
    total = {name: np.zeros(len(matrix)) for name in columns}
    for name, own in columns.items():
        for _ in range(repeats):
            values = matrix[rng.permutation(len(matrix))][:, own]
            # Most tracks lack most genres: only rows that change need another prediction.
            rows = np.flatnonzero((values != matrix[:, own]).any(axis=1))
            if len(rows):
                changed = matrix[rows]
                changed[:, own] = values[rows]
                after = (model.predict(changed).astype(np.float64) - target[rows]) ** 2
                total[name][rows] += (after - error[rows]) / repeats
    return pd.DataFrame(total)


def r2_drops(
    increase: pd.DataFrame,
    target: np.ndarray,
    artists: ArrayLike,
    replicates: int,
    seed: int,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Turn increases of squared error into drops of R², with intervals that draw whole artists.

    Parameters
    ----------
    increase : pandas.DataFrame
        From `permuted_increase`.
    target : numpy.ndarray, shape (n,)
    artists : array-like, shape (n,)
    replicates, seed : int
        Of the bootstrap.
    level : float, optional

    Returns
    -------
    pandas.DataFrame
        One row an input, largest first: input, drop, low, high, and, where there is an input
        `NOISE`, over_noise, the lower end of the interval of what the drop is above noise's on
        the same draws.
    """
    codes, names = pd.factorize(np.asarray(artists))
    terms = np.column_stack([np.ones(len(target)), target, target**2, increase.to_numpy()])
    by_artist = pd.DataFrame(terms).groupby(codes).sum().to_numpy()
    even = np.full(len(names), 1 / len(names))
    drawn = np.random.default_rng(seed).multinomial(len(names), even, size=replicates)
    point = _drop(by_artist.sum(axis=0, keepdims=True))[0]
    draws = _drop(drawn @ by_artist)
    low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    table = pd.DataFrame({"input": increase.columns, "drop": point, "low": low, "high": high})
    if NOISE in increase:
        above = draws - draws[:, [increase.columns.get_loc(NOISE)]]
        table["over_noise"] = np.quantile(above, (1 - level) / 2, axis=0)
    return table.sort_values("drop", ascending=False, kind="stable", ignore_index=True)


def mean_absolute(values: pd.DataFrame, artists: ArrayLike) -> pd.DataFrame:
    """Mean absolute contribution of each input, with intervals that count artists.

    Parameters
    ----------
    values : pandas.DataFrame, shape (n, inputs)
        Contributions, see `grouped`.
    artists : array-like, shape (n,)

    Returns
    -------
    pandas.DataFrame
        Largest first: input, mean, low, high.
    """
    long = values.abs().assign(artist=np.asarray(artists)).melt("artist", var_name="input")
    table = mean_by(long, "input", "value", "artist")[["input", "mean", "low", "high"]]
    return table.sort_values("mean", ascending=False, kind="stable", ignore_index=True)


def grouped(values: np.ndarray, columns: Mapping[str, Sequence[int]]) -> pd.DataFrame:
    """Add up the contributions of each input's columns; the base value is left out.

    Parameters
    ----------
    values : numpy.ndarray, shape (n, k + 1)
        From `lib.modelling.reasons.shap_values.shap_values`.
    columns : mapping of str to sequence of int

    Returns
    -------
    pandas.DataFrame, shape (n, inputs)
    """
    return pd.DataFrame({name: values[:, list(own)].sum(axis=1) for name, own in columns.items()})


def correlated_groups(frame: pd.DataFrame, least: float = 0.5) -> list[list[str]]:
    """Group columns whose ranks go together.

    Parameters
    ----------
    frame : pandas.DataFrame
        Training rows.
    least : float, optional
        Groups are merged while the mean absolute Spearman correlation between two of them is at
        least this (average linkage).

    Returns
    -------
    list of list of str
        Groups of two or more, in the order of the columns.
    """
    correlation = frame.corr("spearman").abs().fillna(0.0).to_numpy()
    distance = (1 - correlation).clip(0, 1)
    np.fill_diagonal(distance, 0)
    tree = hierarchy.linkage(squareform(distance, checks=False), method="average")
    code = hierarchy.fcluster(tree, 1 - least, criterion="distance")
    groups = pd.Series(frame.columns).groupby(code, sort=False).agg(list)
    return [group for group in groups if len(group) > 1]


def rank_table(importances: pd.DataFrame) -> pd.DataFrame:
    """Rank the inputs within each model, 1 the most important, and tell how far ranks move.

    Parameters
    ----------
    importances : pandas.DataFrame, shape (models, inputs)

    Returns
    -------
    pandas.DataFrame
        Most important first: input, rank (mean), low, high (lowest and highest of any model).
    """
    ranks = importances.rank(axis=1, ascending=False)
    table = pd.DataFrame({"rank": ranks.mean(), "low": ranks.min(), "high": ranks.max()})
    return table.sort_values("rank", kind="stable").rename_axis("input").reset_index()


def kendall_w(importances: pd.DataFrame) -> float:
    """Agreement of several rankings of the same inputs: 1 all equal, 1 / models by chance.

    Kendall's coefficient of concordance with its correction for ties (Kendall & Babington Smith
    1939): with m rankings the mean Spearman correlation of two of them is ``(m W - 1) / (m - 1)``
    where nothing is tied.

    Parameters
    ----------
    importances : pandas.DataFrame, shape (models, inputs)

    Raises
    ------
    DataError
        When there are fewer than two models or inputs, or each model ties all inputs.

    Examples
    --------
    >>> kendall_w(pd.DataFrame([[1, 2, 3], [1, 2, 3]]))
    1.0
    """
    models, inputs = importances.shape
    ranks = stats.rankdata(importances.to_numpy(), axis=1)
    ties = sum((np.unique(row, return_counts=True)[1] ** 3).sum() - inputs for row in ranks)
    scale = models**2 * (inputs**3 - inputs) - models * ties
    if models < 2 or inputs < 2 or scale == 0:
        raise DataError(
            f"importances: two or more models and inputs that differ expected, found {models} "
            f"models and {inputs} inputs"
        )
    return float(12 * ((ranks.sum(axis=0) - models * (inputs + 1) / 2) ** 2).sum() / scale)


def _drop(sums: np.ndarray) -> np.ndarray:
    count, total, squares = sums[:, :1], sums[:, 1:2], sums[:, 2:3]
    return sums[:, 3:] / (squares - total**2 / count)
