"""Which tracks are ever recommended, by popularity; and how widely tracks keep company."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.special import entr

from lib.errors import ParameterError
from lib.recommenders.base import Training

TIERS = (0, 1, 2, 5, 10, 30, 100)
"""Training playlists at which another tier of tracks begins."""
ROWS = 64


def tier_of(held: np.ndarray) -> np.ndarray:
    """Tell the tier of each count, a place in `TIERS`.

    Examples
    --------
    >>> tier_of(np.array([0, 1, 4, 5, 1000])).tolist()
    [0, 1, 2, 3, 6]
    """
    return np.searchsorted(TIERS, held, side="right") - 1


def tier_names() -> list[str]:
    """Name the tiers: numbers of training playlists.

    Examples
    --------
    >>> tier_names()
    ['0', '1', '2–4', '5–9', '10–29', '30–99', '100+']
    """
    names = [
        str(low) if high == low + 1 else f"{low}–{high - 1}"
        for low, high in itertools.pairwise(TIERS)
    ]
    return [*names, f"{TIERS[-1]}+"]


def exposure_by_tier(
    ranked: np.ndarray, truth: Sequence[np.ndarray], held: np.ndarray, counts: np.ndarray
) -> pd.DataFrame:
    """Set what is recommended against what is asked for, by popularity.

    Parameters
    ----------
    ranked : numpy.ndarray of int, shape (playlists, k)
        Recommendations, -1 for none.
    truth : sequence of numpy.ndarray
        Hidden tracks.
    held : numpy.ndarray of int, shape (tracks,)
        Training playlists that hold each track.
    counts : numpy.ndarray of int, shape (tracks,)
        What tiers go by: `held`, or playlists of the track's artist.

    Returns
    -------
    pandas.DataFrame
        A row a tier that has tracks: ``tier``, ``tracks``, ``known`` (share in a training
        playlist: no other can be recommended), ``ever`` (share recommended to anyone),
        ``recommended`` (share of all recommendations), ``asked`` (share of all hidden tracks),
        ``found`` (share of these that are in their playlist's list).
    """
    tier = tier_of(counts)
    n = len(TIERS)
    given = ranked[ranked >= 0]
    times = np.bincount(given, minlength=len(held))
    hidden = np.concatenate([np.zeros(0, np.int64), *truth])
    within = np.concatenate(
        [np.zeros(0, bool), *(np.isin(own, row) for own, row in zip(truth, ranked, strict=True))]
    )
    sizes = np.bincount(tier, minlength=n)
    asked = np.bincount(tier[hidden], minlength=n)
    with np.errstate(invalid="ignore"):
        table = pd.DataFrame(
            {
                "tier": tier_names(),
                "tracks": sizes,
                "known": np.bincount(tier, held > 0, n) / sizes,
                "ever": np.bincount(tier, times > 0, n) / sizes,
                "recommended": np.bincount(tier, times, n) / max(len(given), 1),
                "asked": asked / max(len(hidden), 1),
                "found": np.bincount(tier[hidden], within, n) / asked,
            }
        )
    return table[table["tracks"] > 0].reset_index(drop=True)


def artist_counts(training: Training) -> np.ndarray:
    """Training playlists that hold any track of each track's artist; the track's own without."""
    known = training.artist >= 0
    if not known.any():
        return training.popularity
    shape = (training.tracks.shape[1], int(training.artist.max()) + 1)
    owners = sp.csr_array(
        (np.ones(known.sum(), np.float32), (np.flatnonzero(known), training.artist[known])), shape
    )
    counts = np.bincount(sp.csr_array(training.tracks @ owners).indices, minlength=shape[1])
    return np.where(known, counts[np.maximum(training.artist, 0)], training.popularity)


def partners(training: Training, most: int, seed: int) -> pd.DataFrame:
    """Measure how widely tracks keep company: the entropy of their rows of co-occurrence.

    A track's row holds the playlists that it shares with each other track; p is that over their
    sum, the entropy H = -Σ p log₂ p. 2^H is the effective number of partners (Jost, Oikos 2006):
    so many, met equally often, would be as varied.

    Parameters
    ----------
    training : Training
    most : int
        Tracks of each tier at most, drawn at random.
    seed : int
        Of the draw.

    Returns
    -------
    pandas.DataFrame
        ``track``, ``held``, ``tier`` (see `tier_of`), ``partners`` (tracks ever met), ``bits`` (H;
        missing for a track that meets none), ``evenness`` (H / log₂ partners; missing below two).

    Raises
    ------
    ParameterError
        When `most` is below 1.
    """
    if most < 1:
        raise ParameterError(f"most: expected 1 or more, found {most}")
    rng = np.random.default_rng(seed)
    tier = tier_of(training.popularity)
    drawn = [
        np.sort(rng.permutation(np.flatnonzero(tier == one))[:most]) for one in range(1, len(TIERS))
    ]
    tracks = np.concatenate(drawn)
    met, bits = np.zeros(len(tracks), np.int64), np.full(len(tracks), np.nan)
    for first in range(0, len(tracks), ROWS):
        rows = sp.csr_array(training.by_track[tracks[first : first + ROWS]] @ training.tracks)
        for place in range(rows.shape[0]):
            inside = slice(rows.indptr[place], rows.indptr[place + 1])
            others = rows.indices[inside] != tracks[first + place]
            counts = rows.data[inside][others].astype(float)
            met[first + place] = len(counts)
            if len(counts):
                bits[first + place] = entr(counts / counts.sum()).sum() / np.log(2)
    with np.errstate(divide="ignore", invalid="ignore"):
        evenness = np.where(met > 1, bits / np.log2(met), np.nan)
    return pd.DataFrame(
        {"track": tracks, "held": training.popularity[tracks], "tier": tier[tracks],
         "partners": met, "bits": bits, "evenness": evenness}
    )  # fmt: skip


def in_words_tiers(table: pd.DataFrame, what: str) -> str:
    """Say which tracks are hardly ever recommended, from `exposure_by_tier`."""
    never = 1 - np.average(table["ever"], weights=table["tracks"])
    known = table[table["known"] > 0]
    parts = [
        f"{row.tier}: {row.asked:.1%} of what is hidden, {row.recommended:.1%} of what is "
        "recommended"
        for row in (known.iloc[0], known.iloc[-1])
    ]
    return (
        f"{never:.1%} of {table['tracks'].sum():,} tracks come up for none of the test playlists. "
        f"By {what}, {'; '.join(parts)}."
    )


def in_words_unknown(table: pd.DataFrame) -> str:
    """Say how many hidden tracks no training playlist holds, so that none can be found.

    Parameters
    ----------
    table : pandas.DataFrame
        From `exposure_by_tier` by playlists of the track.
    """
    asked = table.loc[table["known"] == 0, "asked"].sum()
    return f"{asked:.1%} of what is hidden is in no training playlist, and so beyond any list."


def in_words_company(table: pd.DataFrame) -> str:
    """Say how many partners rare and frequent tracks have, from `partners`."""
    names = tier_names()
    medians = table.assign(effective=2 ** table["bits"]).groupby("tier")["effective"].median()
    medians = medians.dropna()
    low, high = medians.index[0], medians.index[-1]
    return (
        f"a track in {names[low]} training playlists has effectively {medians.loc[low]:,.0f} "
        f"partners (median), one in {names[high]} {medians.loc[high]:,.0f}."
    )
