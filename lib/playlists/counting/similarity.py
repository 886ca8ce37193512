"""How alike two items are, given how many playlists hold each of them and both."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lib.errors import ParameterError


def similarity(
    counts: np.ndarray, n_playlists: int, measure: str, shrinkage: float = 0.0
) -> np.ndarray:
    """Turn a matrix of counts into similarities.

    Parameters
    ----------
    counts : numpy.ndarray of int, shape (items, items)
        From `count_matrix`.
    n_playlists : int
        All playlists.
    measure : str
        A key of `MEASURES`.
    shrinkage : float, optional
        See `MEASURES`.

    Returns
    -------
    numpy.ndarray of float64, shape (items, items)
        PMI of items that never meet is minus infinity without shrinkage; an item in no playlist
        has NaN.

    Examples
    --------
    >>> counts = np.array([[4, 2], [2, 4]])
    >>> similarity(counts, 16, "jaccard").round(3).tolist()
    [[1.0, 0.333], [0.333, 1.0]]
    """
    each = np.diag(counts).astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return measure_named(measure)(
            counts.astype(float), each[:, None], each[None, :], n_playlists, shrinkage
        )


def _cosine(c, a, b, n, s):  # noqa: ANN001, ANN202
    return c / (np.sqrt(a * b) + s)


def _jaccard(c, a, b, n, s):  # noqa: ANN001, ANN202
    return c / (a + b - c + s)


def _lift(c, a, b, n, s):  # noqa: ANN001, ANN202
    return (c + s) / (a * b / n + s)


def _pmi(c, a, b, n, s):  # noqa: ANN001, ANN202
    return np.log(_lift(c, a, b, n, s))


def _count(c, a, b, n, s):  # noqa: ANN001, ANN202
    return c


MEASURES: dict[str, Callable[..., np.ndarray]] = {
    "cosine": _cosine,
    "jaccard": _jaccard,
    "lift": _lift,
    "pmi": _pmi,
    "count": _count,
}
"""Similarities of two items in a and b of n playlists, c of them in common.

- cosine: c / √(ab), also known as Ochiai's coefficient
- jaccard: c / (a + b - c)
- lift: c / e with e = ab / n, the count expected of independent items
- count: c, what the others are to improve on
- pmi: log(c / e), pointwise mutual information (Church and Hanks 1990)

`shrinkage` s draws rare pairs towards no association. Lift and PMI take (c + s) / (e + s), the
mean of a gamma prior around 1 after c events (DuMouchel 1999; s = 0.5 is the information component
of Norén, Hopstadius and Bate 2013); cosine and Jaccard add s to the denominator.
"""


def measure_named(name: str) -> Callable[..., np.ndarray]:
    """Return the function of a measure: of c, a, b, n and s, see `MEASURES`.

    Raises
    ------
    ParameterError
        When there is no such measure.
    """
    if name not in MEASURES:
        raise ParameterError(f"measure {name!r}: unknown; expected one of {', '.join(MEASURES)}")
    return MEASURES[name]
