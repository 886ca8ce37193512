"""Change a decade, over all tracks and within genres, beside a null of shuffled years."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from lib.errors import DataError
from lib.tracks.by_year import measures
from lib.tracks.year_trends import blocks, ends, redrawn

FEWEST_ARTISTS = 5
"""With fewer a bootstrap of artists says nothing."""


def slopes(
    cells: pd.DataFrame, replicates: int = 400, shuffles: int = 100, seed: int = 42
) -> pd.DataFrame:
    """Change a decade by least squares: over all tracks, and within genres.

    The slope within genres takes both year and measure as deviations from the genre's mean, so a
    changing mix of genres adds nothing to it. The null shuffles years among the cells of a genre:
    an artist's tracks of a year under a genre stay together.

    Parameters
    ----------
    cells : pandas.DataFrame
        See `lib.tracks.by_year.CELLS`; only the years looked at.
    replicates, shuffles, seed : int, optional
        Of the bootstrap of artists, and of the null.

    Returns
    -------
    pandas.DataFrame
        One row a measure: ``measure``, ``raw``, ``raw_low``, ``raw_high``, ``within``,
        ``within_low``, ``within_high``, ``null`` (mean of the shuffles), ``null_low``,
        ``null_high`` (middle 95 % of them); units of the measure a decade.

    Raises
    ------
    DataError
        When no genre has two years, or there are fewer than `FEWEST_ARTISTS` artists.
    """
    artists = cells["artist_id"].nunique()
    if artists < FEWEST_ARTISTS or (cells.groupby("genre")["year"].nunique() < 2).all():
        raise DataError(
            f"tracks of a genre from two years and by {FEWEST_ARTISTS} artists expected for a "
            f"change a decade, found {cells['year'].nunique()} years and {artists} artists; take "
            "more years"
        )
    names = measures(cells)
    decade = (cells["year"].to_numpy(float) - cells["year"].mean()) / 10
    genre, kinds = pd.factorize(cells["genre"])
    order = np.argsort(genre, kind="stable")
    rng = np.random.default_rng((seed, 1))
    found = {}
    for kind, codes, places in (("raw", np.zeros_like(genre), 1), ("within", genre, len(kinds))):
        columns = _columns(cells, decade, names)
        terms = blocks(columns, codes, places, list(columns))
        found[kind] = _slope(np.asarray(terms.sum(axis=0)), places, names)[0]
        drawn = _slope(redrawn(terms, cells["artist_id"], replicates, seed), places, names)
        found[f"{kind}_low"], found[f"{kind}_high"] = ends(drawn)
    null = []
    for _ in range(shuffles):
        # Sorting by genre, then by chance, pairs each cell with another of its genre.
        shuffled = np.empty_like(decade)
        shuffled[order] = decade[np.lexsort((rng.random(len(genre)), genre))]
        null.append(_slope(_sums(cells, shuffled, genre, len(kinds), names), len(kinds), names)[0])
    found["null"] = np.mean(null, axis=0)
    found["null_low"], found["null_high"] = ends(np.array(null))
    return pd.DataFrame({"measure": names, **found})


def by_stratum(
    cells: pd.DataFrame,
    strata: pd.Series,
    fewest_artists: int = 20,
    replicates: int = 400,
    seed: int = 42,
) -> pd.DataFrame:
    """Change a decade by least squares in each stratum by itself.

    Parameters
    ----------
    cells : pandas.DataFrame
        See `lib.tracks.by_year.CELLS`; only the years looked at.
    strata : pandas.Series of str
        Stratum of each cell.
    fewest_artists : int, optional
        Strata by fewer artists, or of a single year, are left out.
    replicates, seed : int, optional
        Of the bootstrap of artists.

    Returns
    -------
    pandas.DataFrame
        One row a stratum and measure, in the order of the strata's names: ``stratum``,
        ``measure``, ``tracks``, ``artists``, ``slope``, ``low``, ``high``.
    """
    names = measures(cells)
    tables = []
    for stratum, part in cells.groupby(strata.to_numpy()):
        artists = part["artist_id"].nunique()
        if artists < fewest_artists or part["year"].nunique() < 2:
            continue
        decade = (part["year"].to_numpy(float) - part["year"].mean()) / 10
        terms = sparse.csr_array(_columns(part, decade, names).to_numpy())
        low, high = ends(_slope(redrawn(terms, part["artist_id"], replicates, seed), 1, names))
        found = {"stratum": stratum, "measure": names, "tracks": part["tracks"].sum()}
        found |= {"artists": artists, "slope": _slope(np.asarray(terms.sum(axis=0)), 1, names)[0]}
        tables.append(pd.DataFrame(found | {"low": low, "high": high}))
    columns = ["stratum", "measure", "tracks", "artists", "slope", "low", "high"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


def _columns(cells: pd.DataFrame, decade: np.ndarray, names: list[str]) -> pd.DataFrame:
    n = cells["tracks"].to_numpy(float)
    table = {"n": n, "t": n * decade, "tt": n * decade**2}
    for name in names:
        values = cells[name].to_numpy(float)
        table |= {name: values, f"t {name}": values * decade}
    return pd.DataFrame(table)


def _sums(
    cells: pd.DataFrame, decade: np.ndarray, codes: np.ndarray, places: int, names: list[str]
) -> np.ndarray:
    columns = _columns(cells, decade, names)
    return np.concatenate([np.bincount(codes, columns[name], places) for name in columns])


def _slope(sums: np.ndarray, places: int, names: list[str]) -> np.ndarray:
    """Pooled slopes from sums (replicates, (3 + 2 measures) * places); (replicates, measures)."""
    table = sums.reshape(-1, 3 + 2 * len(names), places)
    n = np.where(table[:, 0] > 0, table[:, 0], 1)
    t, tt, y, ty = table[:, 1], table[:, 2], table[:, 3::2], table[:, 4::2]
    spread = (tt - t**2 / n).sum(axis=-1)
    # A draw in which no genre has two years has no slope.
    spread = np.where(spread > 0, spread, np.nan)
    return (ty - t[:, None] * y / n[:, None]).sum(axis=-1) / spread[:, None]
