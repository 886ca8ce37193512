"""Popularity in bands: names, true bands, and the chance of each."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from lib.modelling.conformal import Calibration, chance_up_to

SCHEMES: dict[str, tuple[int, ...]] = {
    "0-33-66-100": (0, 33, 66, 100),
    "0-40-70-100": (0, 40, 70, 100),
}
"""Edges by name. A band holds its upper edge; the lowest holds both, as the published cuts do."""


def band_names(edges: tuple[int, ...]) -> list[str]:
    """Name the bands.

    Examples
    --------
    >>> band_names((0, 33, 66, 100))
    ['0–33', '33–66', '66–100']
    """
    return [f"{low}–{high}" for low, high in pairwise(edges)]


def chance_columns(edges: tuple[int, ...]) -> list[str]:
    """Name the columns that hold the chances of a scheme's bands.

    Examples
    --------
    >>> chance_columns((0, 33, 66, 100))
    ['chance_0_33', 'chance_33_66', 'chance_66_100']
    """
    return [f"chance_{low}_{high}" for low, high in pairwise(edges)]


def band_of(popularity: np.ndarray, edges: tuple[int, ...]) -> np.ndarray:
    """Give the number of each popularity's band, from 0, shape (n,).

    Examples
    --------
    >>> band_of(np.array([0, 33, 34, 100]), (0, 33, 66, 100)).tolist()
    [0, 0, 1, 2]
    """
    return np.searchsorted(edges[1:-1], popularity, side="left")


def band_chances(
    calibration: Calibration, prediction: np.ndarray, spread: np.ndarray, edges: tuple[int, ...]
) -> np.ndarray:
    """Give the chance of each band.

    Parameters
    ----------
    calibration : Calibration
    prediction, spread : numpy.ndarray, shape (n,)
    edges : tuple of int
        One of `SCHEMES`.

    Returns
    -------
    numpy.ndarray, shape (n, bands)
        Rows sum to 1.
    """
    up_to = [chance_up_to(calibration, prediction, spread, edge) for edge in edges[1:]]
    return np.diff(np.column_stack([np.zeros(len(prediction)), *up_to]), axis=1)
