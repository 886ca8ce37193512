"""What would change a track's prediction: asked of small models, fitted once for all tracks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from xgboost import XGBRegressor

from lib.modelling import panel
from lib.modelling.estimators import STANDARDISED
from lib.modelling.reasons import whatif
from lib.modelling.stored.contract import (
    GENRES,
    audio_names,
    columns_of_inputs,
    feature_matrix,
    make_contract,
)
from lib.modelling.stored.recipes import RECIPES

MODELS = 24
"""Small models behind each interval."""


@dataclass(frozen=True)
class Panel:
    """Small boosted trees of sound and genres, each of another tenth of the artists.

    Attributes
    ----------
    models : sequence of XGBRegressor
    matrix : numpy.ndarray of float32, shape (n, k)
        The catalogue, in its order.
    singles : dict of str to int
        Column of each input that can be changed by itself.
    genres : list of int
        Columns of the genres.
    """

    models: Sequence[XGBRegressor]
    matrix: np.ndarray
    singles: dict[str, int]
    genres: list[int]


def fit_panel(catalogue: pd.DataFrame, models: int = MODELS, seed: int = 42) -> Panel:
    """Fit the small models: some seconds for 90,000 tracks.

    Parameters
    ----------
    catalogue : pandas.DataFrame
        One row a track id: inputs of ``audio+genres``, popularity, first_artist.
    models : int, optional
    seed : int, optional

    Raises
    ------
    lib.errors.DataError
        When there are too few artists to draw a tenth of.
    """
    contract = make_contract(catalogue, RECIPES["popularity"])
    columns = columns_of_inputs(contract)
    matrix = feature_matrix(catalogue, contract)
    target = catalogue["popularity"].to_numpy(float)
    fitted = panel.fit_panel(matrix, target, catalogue["first_artist"], models, seed)
    singles = {name: columns[name][0] for name in audio_names(contract)}
    return Panel(fitted, matrix, singles, columns[GENRES])


def changes_of(catalogue: pd.DataFrame, row: int, fitted: Panel) -> pd.DataFrame:
    """Compare the predictions for a track with those for it with one input changed.

    Only values are tried that several tracks have which are like it in all else and of another
    recording, see `lib.modelling.reasons.whatif.candidates`.

    Returns
    -------
    pandas.DataFrame
        From `lib.modelling.reasons.whatif.what_would_change`; empty when no change is supported.
    """
    recording = catalogue["recording_id"].to_numpy()
    others = fitted.matrix[recording != recording[row]]
    asked = fitted.matrix[[row]]
    near = [fitted.singles[name] for name in STANDARDISED]
    tried = whatif.candidates(asked, others, fitted.singles, near, fitted.genres)
    if tried.empty:
        return tried.assign(effect=0.0, low=0.0, high=0.0, says="none")
    return whatif.what_would_change(fitted.models, asked, tried, fitted.singles)


def strongest_changes(effects: pd.DataFrame, count: int = 6) -> pd.DataFrame:
    """Keep, of the changes told from none, the largest of each input, the largest first."""
    told = effects[effects["says"] != "none"]
    order = told["effect"].abs().sort_values(ascending=False, kind="stable").index
    return told.loc[order].drop_duplicates("input").head(count).reset_index(drop=True)
