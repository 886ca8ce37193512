"""What would change a prediction: differences of model predictions, with intervals.

Nothing here is about cause and effect. A model is asked about a track that is as the given one
but for a single input, and only where training held tracks like that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from xgboost import XGBRegressor

from lib.errors import DataError, ParameterError
from lib.evaluation.intervals import LEVEL
from lib.modelling.panel import panel_interval, predict_panel

VALUES = 8
"""Values tried of an input that has more."""

NEAREST = 60
"""Training tracks that a track is set among."""

LEAST = 5
"""Of these, how many must lie nearest to a value for it to be tried."""


def grid(values: np.ndarray, count: int = VALUES) -> np.ndarray:
    """Choose values to try: all if they are few, else evenly spaced quantiles.

    Examples
    --------
    >>> grid(np.array([3.0, 4.0, 4.0])).tolist()
    [3.0, 4.0]
    >>> grid(np.arange(100.0), 4).tolist()
    [12.0, 37.0, 62.0, 87.0]
    """
    distinct = np.unique(values)
    # Up to twelve pitch classes are kept apart.
    if len(distinct) <= max(count, 13):
        return distinct
    return np.unique(np.quantile(values, (np.arange(count) + 0.5) / count, method="nearest"))


def choose_tracks(
    ids: pd.Series, prediction: np.ndarray, held_out: np.ndarray, wanted: str = ""
) -> np.ndarray:
    """Choose tracks to ask about: the wanted one, or three held-out ones by their prediction.

    Parameters
    ----------
    ids : pandas.Series of str, shape (n,)
    prediction : numpy.ndarray, shape (n,)
    held_out : numpy.ndarray of bool, shape (n,)
    wanted : str, optional
        A track id; empty for the tracks nearest to the lowest tenth, the median and the highest
        tenth of the held-out predictions.

    Returns
    -------
    numpy.ndarray of int64
        Positions.

    Raises
    ------
    ParameterError
        When the wanted track is not there.
    """
    if wanted:
        found = np.flatnonzero(ids == wanted)
        if not len(found):
            raise ParameterError(
                f"TRACK_ID {wanted!r}: an id of this catalogue expected, e.g. {ids.iloc[0]}; "
                "leave it empty for three examples"
            )
        return found[:1]
    rows = np.flatnonzero(held_out)
    order = rows[np.argsort(prediction[rows], kind="stable")]
    return order[[len(order) // 10, len(order) // 2, len(order) * 9 // 10]]


def candidates(
    rows: np.ndarray,
    training: np.ndarray,
    columns: Mapping[str, int],
    near: Sequence[int],
    tags: Sequence[int],
) -> pd.DataFrame:
    """List the single changes that the training tracks support.

    A track is set among the `NEAREST` training tracks that share a tag with it and are most alike
    in the other inputs; a value is tried if at least `LEAST` of these lie nearer to it than to any
    other value of the input's grid.

    Parameters
    ----------
    rows : numpy.ndarray, shape (n, k)
        Tracks to ask about.
    training : numpy.ndarray, shape (m, k)
        Tracks that the models have learnt from.
    columns : mapping of str to int
        Inputs to change, and their columns.
    near : sequence of int
        Columns by which tracks are alike (standardised, Euclidean); the one that is changed is
        left out.
    tags : sequence of int
        0/1 columns of which one has to be shared, such as genres; a track without any is set
        among all.

    Returns
    -------
    pandas.DataFrame
        row (position), input, from, to, like_it (neighbours near the value).

    Raises
    ------
    DataError
        When `rows` and `training` differ in their columns.
    """
    if rows.ndim != 2 or training.ndim != 2 or rows.shape[1] != training.shape[1]:
        raise DataError(
            f"rows: the {training.shape[1:]} columns of the training rows expected, found shape "
            f"{rows.shape}"
        )
    near = list(near)
    scale = training[:, near].std(axis=0)
    scale[scale == 0] = 1
    sound, asked = training[:, near] / scale, rows[:, near] / scale
    tagged = training[:, list(tags)] > 0
    grids = {name: grid(training[:, column]) for name, column in columns.items()}
    cells = {name: _cell(training[:, column], grids[name]) for name, column in columns.items()}
    found = []
    for number, row in enumerate(rows):
        own = tagged[:, row[list(tags)] > 0].any(axis=1)
        pool = np.flatnonzero(own) if own.any() else np.arange(len(training))
        squares = (sound[pool] - asked[number]) ** 2
        distance = squares.sum(axis=1)
        for name, column in columns.items():
            apart = distance - squares[:, near.index(column)] if column in near else distance
            nearest = pool[np.argsort(apart, kind="stable")[:NEAREST]]
            alike = np.bincount(cells[name][nearest], minlength=len(grids[name]))
            here = _cell(row[[column]], grids[name])[0]
            for place in np.flatnonzero(alike >= LEAST):
                if place != here:
                    found.append((number, name, row[column], grids[name][place], alike[place]))
    table = pd.DataFrame(found, columns=["row", "input", "from", "to", "like_it"])
    return table.astype({"row": int, "from": float, "to": float, "like_it": int})


def what_would_change(
    models: Sequence[XGBRegressor],
    rows: np.ndarray,
    changes: pd.DataFrame,
    columns: Mapping[str, int],
    level: float = LEVEL,
) -> pd.DataFrame:
    """Compare the predictions for changed tracks with those for the tracks as they are.

    Parameters
    ----------
    models : sequence of fitted regressors
        See `lib.modelling.panel.fit_panel`.
    rows : numpy.ndarray, shape (n, k)
    changes : pandas.DataFrame
        From `candidates`.
    columns : mapping of str to int
        Column of each input.
    level : float, optional
        Coverage of all intervals of a track together (Bonferroni over its changes), so the best
        of them may be picked afterwards.

    Returns
    -------
    pandas.DataFrame
        `changes`, and effect, low, high: by how much the prediction for the changed track differs,
        in the target's unit. ``says`` is "higher" or "lower" where the interval leaves out 0,
        else "none".
    """
    effect = differences(models, rows, changes, columns)
    tried = changes.groupby("row")["row"].transform("size").to_numpy()
    mean, low, high = panel_interval(effect, level, tried)
    says = np.select([low > 0, high < 0], ["higher", "lower"], "none")
    return changes.assign(effect=mean, low=low, high=high, says=says)


def differences(
    models: Sequence[XGBRegressor],
    rows: np.ndarray,
    changes: pd.DataFrame,
    columns: Mapping[str, int],
) -> np.ndarray:
    """Subtract the predictions for the tracks as they are from those for the changed tracks.

    Returns
    -------
    numpy.ndarray, shape (models, changes)
    """
    changed = rows[changes["row"]]
    changed[np.arange(len(changes)), changes["input"].map(columns).astype(int)] = changes["to"]
    draws = predict_panel(models, np.concatenate([rows, changed]))
    return draws[:, len(rows) :] - draws[:, changes["row"]]


def by_track(effects: pd.DataFrame, tracks: int) -> pd.DataFrame:
    """Tell for each track whether any change is told from none.

    Returns
    -------
    pandas.DataFrame of bool, shape (tracks, 2)
        Columns higher and lower.
    """
    rows = range(tracks)
    hit = {says: effects.loc[effects["says"] == says, "row"] for says in ("higher", "lower")}
    return pd.DataFrame({says: np.isin(rows, found) for says, found in hit.items()})


def by_input(effects: pd.DataFrame, inputs: Sequence[str], tracks: int) -> pd.DataFrame:
    """Share of tracks for which a change of each input is told from none: input, higher, lower."""
    parts = [by_track(effects[effects["input"] == name], tracks).mean() for name in inputs]
    return pd.DataFrame(parts, index=pd.Index(inputs, name="input")).reset_index()


def sentence(effects: pd.DataFrame, units: Mapping[str, str] | None = None) -> str:
    """Say in words what `what_would_change` found for one track: computed, and no advice.

    Parameters
    ----------
    effects : pandas.DataFrame
        Rows of one track.
    units : mapping of str to str, optional
        Unit of an input's values.

    Examples
    --------
    >>> sentence(pd.DataFrame({"says": ["none"]}))
    'Raises the prediction: none of 1 changes tried. Lowers it: none.'
    """
    parts = []
    for says, start in (("higher", "Raises the prediction"), ("lower", "Lowers it")):
        part = effects[effects["says"] == says]
        of = f" of {len(effects)} changes tried" if says == "higher" else ""
        if part.empty:
            parts.append(f"{start}: none{of}.")
            continue
        best = part.loc[part["effect"].abs().idxmax()]
        unit = f" {units[best['input']]}" if units and units.get(best["input"]) else ""
        parts.append(
            f"{start}: {len(part)}{of}, most of all {best['input']} {best['from']:,.3g} → "
            f"{best['to']:,.3g}{unit}, for which the model's prediction would differ by "
            f"{best['effect']:+.2f} [{best['low']:+.2f}, {best['high']:+.2f}]."
        )
    return " ".join(parts)


def _cell(values: np.ndarray, choices: np.ndarray) -> np.ndarray:
    """Position of the nearest choice."""
    return np.searchsorted((choices[1:] + choices[:-1]) / 2, values)
