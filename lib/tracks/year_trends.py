"""Means by release year, with intervals that allow for artists.

Everything is made of the counts and sums of `lib.tracks.by_year.CELLS`. Intervals come from a
bootstrap of whole artists (Davison and Hinkley, Bootstrap Methods and their Application, 1997,
section 3.8), since an artist's tracks are alike.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from lib.errors import DataError
from lib.tracks.by_year import measures

LEVEL = 0.95
CHUNK_BYTES = 64 << 20
"""Memory for the draws that are weighted at once."""

NARROW: dict[str, float] = {
    "tempo_bpm": 6,
    "energy": 0.08,
    "valence": 0.08,
    "loudness_db": 1.5,
    "duration_min": 0.6,
    "explicit": 0.08,
}
"""Half width of an interval up to which a year's mean is called known, in the measure's unit."""

MOST_YEARS = 0.9
"""Share of the years from then on that have to be known: one odd year does not hide the others."""

COVER = 0.9
"""Share of the fixed weights that a year must have for its standardised mean to be shown."""


def redrawn(terms: sparse.csr_array, artist: pd.Series, replicates: int, seed: int) -> np.ndarray:
    """Column sums of `terms` when artists are drawn with replacement, each with all its rows.

    Parameters
    ----------
    terms : scipy.sparse.csr_array of shape (n, k)
        What is summed, one row a cell.
    artist : pandas.Series of length n
        Whose cell it is.
    replicates, seed : int
        Of the bootstrap.

    Returns
    -------
    numpy.ndarray of shape (replicates, k)
    """
    codes, names = pd.factorize(artist)
    shape = (len(names), len(codes))
    member = sparse.csr_array((np.ones(len(codes)), (codes, np.arange(len(codes)))), shape=shape)
    by_artist = (member @ terms).tocsr()
    rng = np.random.default_rng(seed)
    even = np.full(len(names), 1 / len(names))
    size = max(1, min(100, CHUNK_BYTES // (8 * (len(names) + terms.shape[1]))))
    parts = []
    for start in range(0, replicates, size):
        drawn = rng.multinomial(len(names), even, size=min(size, replicates - start))
        parts.append((by_artist.T @ drawn.T.astype(float)).T)
    return np.vstack(parts)


def blocks(
    cells: pd.DataFrame, place: np.ndarray, places: int, columns: list[str]
) -> sparse.csr_array:
    """Spread columns over places, so that their column sums are the sums in each place.

    Parameters
    ----------
    cells : pandas.DataFrame, n rows
        Holds the columns.
    place : numpy.ndarray of int, shape (n,)
        Place of each row from 0; rows below 0 count nowhere.
    places : int
        How many there are.
    columns : list of str

    Returns
    -------
    scipy.sparse.csr_array of shape (n, len(columns) * places)
        Column ``c * places + p`` holds column c of the rows in place p.
    """
    rows = np.flatnonzero(place >= 0)
    shape = (len(cells), places)
    return sparse.hstack(
        [
            sparse.csr_array((cells[name].to_numpy(float)[rows], (rows, place[rows])), shape=shape)
            for name in columns
        ]
    ).tocsr()


def ends(drawn: np.ndarray, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Percentile interval over the first axis; draws without a value are passed over.

    Examples
    --------
    >>> [round(float(end), 6) for end in ends(np.arange(101.0), level=0.9)]
    [5.0, 95.0]
    """
    empty = np.isnan(drawn).all(axis=0)
    filled = np.where(empty, 0.0, drawn)
    low, high = np.nanquantile(filled, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)


def yearly(
    cells: pd.DataFrame,
    names: list[str] | None = None,
    strata: pd.Series | None = None,
    fewest_artists: int = 5,
    replicates: int = 400,
    seed: int = 42,
) -> pd.DataFrame:
    """Mean of each measure in each year, raw or with the mix of strata held fixed.

    With `strata`, a year's mean is the mean of its strata's means with weights that are the same
    in every year: the strata's shares of all tracks (direct standardisation; Kitagawa, Journal
    of the American Statistical Association, 1955). Strata without a track in the year are left
    out and the other weights rescaled; ``cover`` says how much weight is left. Where a stratum has
    a handful of artists in a year, the bootstrap knows too little of it: in repeated draws from the
    sample table and from a real one nine in ten of these intervals held the truth, not 19 in 20.

    A year whose tracks are all explicit, or none, is alike in every draw. Its interval is then
    that of Clopper and Pearson (Biometrika 26, 1934) with artists as the units.

    Parameters
    ----------
    cells : pandas.DataFrame
        See `lib.tracks.by_year.CELLS`.
    names : list of str, optional
        Measures; by default all that the file has.
    strata : pandas.Series of str, optional
        Stratum of each cell; None for the raw mean.
    fewest_artists : int, optional
        Years by fewer artists have no interval: a bootstrap of a handful says too little.
    replicates, seed : int, optional
        Of the bootstrap.

    Returns
    -------
    pandas.DataFrame
        One row a measure and year: ``measure``, ``year``, ``tracks``, ``artists``, ``mean``,
        ``low``, ``high``, ``cover``.
    """
    names = measures(cells) if names is None else names
    codes, years = pd.factorize(cells["year"], sort=True)
    groups, kinds = (np.zeros(len(cells), int), [""]) if strata is None else pd.factorize(strata)
    shape = (1 + len(names), len(years), len(kinds))
    terms = blocks(cells, codes * shape[2] + groups, shape[1] * shape[2], ["tracks", *names])
    weight = np.bincount(groups, cells["tracks"], minlength=shape[2])

    def means(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        table = sums.reshape(-1, *shape)
        there = table[:, :1] > 0
        cell_means = table[:, 1:] / np.where(there, table[:, :1], 1)
        used = there * weight
        total = used.sum(axis=-1)
        with np.errstate(invalid="ignore"):
            found = (cell_means * used).sum(axis=-1) / total
        return found, total[:, 0] / weight.sum()

    point, cover = means(np.asarray(terms.sum(axis=0)))
    low, high = ends(means(redrawn(terms, cells["artist_id"], replicates, seed))[0])
    artists = cells.groupby("year")["artist_id"].nunique().to_numpy()
    few = artists < fewest_artists
    if "explicit" in names:
        at = names.index("explicit")
        reach = ((1 - LEVEL) / 2) ** (1 / artists)
        high[at] = np.where(point[0, at] == 0, 1 - reach, high[at])
        low[at] = np.where(point[0, at] == 1, reach, low[at])
    tracks = cells.groupby("year")["tracks"].sum().to_numpy()
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "measure": name,
                    "year": years,
                    "tracks": tracks,
                    "artists": artists,
                    "mean": point[0, place],
                    "low": np.where(few, np.nan, low[place]),
                    "high": np.where(few, np.nan, high[place]),
                    "cover": cover[0],
                }
            )
            for place, name in enumerate(names)
        ],
        ignore_index=True,
    )


def known_from(trend: pd.DataFrame, fewest_artists: int = 20) -> pd.DataFrame:
    """From which year on the years' means are known well enough, but for one in ten.

    Parameters
    ----------
    trend : pandas.DataFrame
        See `yearly`.
    fewest_artists : int, optional
        A year by fewer artists is not known, however narrow its interval.

    Returns
    -------
    pandas.DataFrame
        One row a measure: ``measure``, ``half_width`` asked for (`NARROW`), ``year`` from which on
        `MOST_YEARS` of the years are known; missing when there is none.
    """
    table = []
    for measure, part in trend.groupby("measure", sort=False):
        half = (part["high"] - part["low"]) / 2
        good = (half <= NARROW[measure]) & (part["artists"] >= fewest_artists)
        later = good[::-1].expanding().mean()[::-1]
        begins = good & (later >= MOST_YEARS)
        year = part.loc[begins, "year"].min() if begins.any() else pd.NA
        table.append((measure, NARROW[measure], year))
    return pd.DataFrame(table, columns=["measure", "half_width", "year"]).astype({"year": "Int64"})


def window(known: pd.DataFrame, trend: pd.DataFrame, years_at_least: int = 10) -> tuple[int, int]:
    """First and last year in which all measures are known.

    Raises
    ------
    DataError
        When they are not, or for too few years.
    """
    last = int(trend["year"].max())
    if known["year"].isna().any() or last - int(known["year"].max()) + 1 < years_at_least:
        raise DataError(
            f"at least {years_at_least} years in a row with narrow intervals expected, up to "
            f"{last}, found fewer. Lower FEWEST_ARTISTS or PERIOD, or use a larger table"
        )
    return int(known["year"].max()), last


def largest_step(trend: pd.DataFrame, years: tuple[int, int], reach: int = 3) -> pd.DataFrame:
    """Find the year at which each measure's mean moved most, for how well it is known there.

    The step at a year is the mean of its year and the next ones less that of the ones before,
    `reach` of each, every year weighing the same. Steps are compared in multiples of the mean half
    width of the intervals of these years, so that noise in thin years does not win.

    Parameters
    ----------
    trend : pandas.DataFrame
        See `yearly`.
    years : tuple of int
        First and last year that are looked at; years without an interval are left out.
    reach : int, optional
        Years on either side.

    Returns
    -------
    pandas.DataFrame
        ``measure``, ``year`` (the first of the new level; the earliest of equal ones), ``step``,
        ``years`` (at which a step was looked for); measures with fewer than 2 `reach` years are
        left out.
    """
    rows = []
    used = trend[trend["year"].between(*years)].dropna(subset=["low"])
    for measure, part in used.groupby("measure", sort=False):
        table = part.set_index("year")
        if len(table) < 2 * reach:
            continue
        half = ((table["high"] - table["low"]) / 2).rolling(2 * reach).mean()
        moving = table["mean"].rolling(reach).mean()
        steps = (moving.shift(1 - reach) - moving.shift(1)).dropna()
        # A measure that is the same throughout, such as a share of 0, has steps and widths of 0.
        size = (steps.abs() / half.shift(1 - reach).loc[steps.index]).fillna(0.0)
        year = size.idxmax()
        rows.append((measure, int(year), float(steps[year]), len(steps)))
    return pd.DataFrame(rows, columns=["measure", "year", "step", "years"])
