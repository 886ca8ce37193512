"""How much of a change between two periods is change within genres, and how much is their mix."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.errors import DataError
from lib.tracks.by_year import measures
from lib.tracks.year_trends import blocks, ends, redrawn

PARTS = ("total", "within", "mix")


def kitagawa(sizes: np.ndarray, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Split the difference of two means into change within strata and change of their mix.

    Within: the strata's changes of mean, weighted by their mean shares; mix: their changes of
    share, weighted by their mean means (Kitagawa, Components of a Difference Between Two Rates,
    Journal of the American Statistical Association, 1955). The two add up to the difference, with
    no rest. A stratum that is missing in one period has no change of mean: all it brings is mix.

    Parameters
    ----------
    sizes : numpy.ndarray of shape (..., 2, strata)
        Number of tracks in the first and the second period.
    sums : numpy.ndarray of shape (..., 2, strata)
        Sum of the measure over them.

    Returns
    -------
    total, within, mix : numpy.ndarray of shape (...,)

    Examples
    --------
    Both strata rise by 1, and the higher one grows from a half to all:

    >>> total, within, mix = kitagawa(np.array([[5, 5], [0, 4]]), np.array([[10, 20], [0, 20]]))
    >>> float(total), float(within), float(mix)
    (2.0, 0.75, 1.25)
    """
    sizes, sums = np.asarray(sizes, float), np.asarray(sums, float)
    there = sizes > 0
    means = sums / np.where(there, sizes, 1)
    # The missing period of a stratum takes the mean of the other one.
    means = np.where(there, means, means[..., ::-1, :])
    # A period without any track, as in a rare draw, has no shares and so no parts.
    everything = sizes.sum(axis=-1, keepdims=True)
    shares = sizes / np.where(everything > 0, everything, np.nan)
    first, second = means[..., 0, :], means[..., 1, :]
    share_1, share_2 = shares[..., 0, :], shares[..., 1, :]
    within = ((share_1 + share_2) / 2 * (second - first)).sum(axis=-1)
    mix = ((first + second) / 2 * (share_2 - share_1)).sum(axis=-1)
    total = (share_2 * second).sum(axis=-1) - (share_1 * first).sum(axis=-1)
    return total, within, mix


def decompose(
    cells: pd.DataFrame,
    early: tuple[int, int],
    late: tuple[int, int],
    strata: str = "genre",
    names: list[str] | None = None,
    replicates: int = 400,
    seed: int = 42,
) -> pd.DataFrame:
    """Split each measure's change between two periods by `kitagawa`, with intervals.

    The intervals are basic ones: twice the value less the quantiles of the replicates.

    Parameters
    ----------
    cells : pandas.DataFrame
        See `lib.tracks.by_year.CELLS`.
    early, late : tuple of int
        First and last year of each period, both included.
    strata : str, optional
        Column whose mix is held apart.
    names : list of str, optional
        Measures; by default all that the file has.
    replicates, seed : int, optional
        Of the bootstrap of artists.

    Returns
    -------
    pandas.DataFrame
        One row a measure and part: ``measure``, ``part`` (one of `PARTS`), ``value``, ``low``,
        ``high``, ``early`` and ``late`` (the periods' means), ``tracks`` (of both periods),
        ``shared`` (their share in strata that both periods have).

    Raises
    ------
    DataError
        When a period has no track.
    """
    names = measures(cells) if names is None else names
    year = cells["year"]
    period = np.where(year.between(*early), 0, np.where(year.between(*late), 1, -1))
    for number, years in enumerate((early, late)):
        if not (period == number).any():
            raise DataError(f"tracks of {years[0]} to {years[1]} expected, found none")
    codes, kinds = pd.factorize(cells[strata])
    places = 2 * len(kinds)
    place = np.where(period < 0, -1, period * len(kinds) + codes)
    terms = blocks(cells, place, places, ["tracks", *names])

    def parts(sums: np.ndarray) -> np.ndarray:
        table = sums.reshape(-1, 1 + len(names), 2, len(kinds))
        return np.stack(kitagawa(np.repeat(table[:, :1], len(names), axis=1), table[:, 1:]), -1)

    sums = np.asarray(terms.sum(axis=0))
    point = parts(sums)[0]
    # Draws that lose a stratum's few artists take from 'within'; the reflection puts that back.
    high, low = 2 * point - np.array(
        ends(parts(redrawn(terms, cells["artist_id"], replicates, seed)))
    )
    table = sums.reshape(1 + len(names), 2, len(kinds))
    sizes = table[0]
    shared = (sizes > 0).all(axis=0)
    means = table[1:].sum(axis=-1) / sizes.sum(axis=-1)
    return pd.DataFrame(
        [
            {
                "measure": name,
                "part": part,
                "value": point[m, p],
                "low": low[m, p],
                "high": high[m, p],
                "early": means[m, 0],
                "late": means[m, 1],
                "tracks": sizes.sum(),
                "shared": sizes[:, shared].sum() / sizes.sum(),
            }
            for m, name in enumerate(names)
            for p, part in enumerate(PARTS)
        ]
    )


def shares_by_period(cells: pd.DataFrame, strata: pd.Series, width: int = 10) -> pd.DataFrame:
    """Share of each stratum among the tracks of each period.

    Parameters
    ----------
    cells : pandas.DataFrame
        See `lib.tracks.by_year.CELLS`.
    strata : pandas.Series of str
        Stratum of each cell.
    width : int, optional
        Years of a period, counted so that a period begins at a multiple of it.

    Returns
    -------
    pandas.DataFrame
        One row a period (index ``period``, its first year), one column a stratum, the largest
        over all periods first; each row adds up to 1.
    """
    period = (cells["year"] // width * width).rename("period")
    table = cells.pivot_table(
        values="tracks", index=period, columns=strata.rename("stratum"), aggfunc="sum", fill_value=0
    )
    order = table.sum().sort_values(ascending=False, kind="stable").index
    return table[order].div(table.sum(axis=1), axis=0)


def most_moved(
    cells: pd.DataFrame, strata: pd.Series, early: tuple[int, int], late: tuple[int, int]
) -> tuple[str, float, str, float]:
    """Name the stratum that gained most share from one period to another, and who lost.

    Parameters
    ----------
    cells, strata
        As for `shares_by_period`.
    early, late : tuple of int
        First and last year of each period, both included.

    Examples
    --------
    >>> cells = pd.DataFrame({"year": [1990, 1991, 1995, 1995], "tracks": [3.0, 1.0, 1.0, 1.0]})
    >>> most_moved(cells, pd.Series(["a", "b", "a", "b"]), (1990, 1992), (1995, 1997))
    ('b', 0.25, 'a', -0.25)
    """
    first, last = (
        cells.loc[rows, "tracks"].groupby(strata[rows]).sum() / cells.loc[rows, "tracks"].sum()
        for rows in (cells["year"].between(*early), cells["year"].between(*late))
    )
    moved = last.sub(first, fill_value=0).sort_index()
    up, down = moved.idxmax(), moved.idxmin()
    return str(up), float(moved[up]), str(down), float(moved[down])
