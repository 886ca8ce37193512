"""Which labels (genres of tracks, themes of titles) share playlists, observed over expected.

Playlists have no genres by themselves. Labels come from elsewhere: a catalogue that knows a
track's genres, or the words of a title. The null deals the labelled things out anew over the
playlists (`lib.playlists.shuffle`), each playlist and each thing keeping its number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy import stats

from lib.errors import DataError
from lib.playlists.describing.tails import LEVEL, draw_groups, jackknife
from lib.playlists.shuffle import shuffled
from lib.playlists.store import Store


def labelled(
    store: Store, genres: Mapping[str, Sequence[str]]
) -> tuple[sp.csr_array, sp.csr_array, list[str], pd.Series]:
    """Find the tracks of a store in a catalogue that knows their genres.

    Parameters
    ----------
    store : Store
        The playlists.
    genres : mapping of str to sequence of str
        Genres of each track id of the catalogue.

    Returns
    -------
    holds : scipy.sparse.csr_array of int32, shape (playlists, matched tracks)
        1 where a playlist holds a matched track.
    weights : scipy.sparse.csr_array of float64, shape (matched tracks, genres)
        Share of each genre in a track: 1 / its number of genres.
    names : list of str
        Genres, sorted.
    match : pandas.Series
        ``tracks``, ``of tracks``, ``entries`` (share of all entries), ``playlists`` (share that
        holds two matched tracks or more), ``median`` (matched tracks a playlist).
    """
    table = store.table("tracks", ["track_id", "entries"])
    numbers = np.flatnonzero(table["track_id"].isin(list(genres)))
    place = np.full(len(table), -1, np.int32)
    place[numbers] = np.arange(len(numbers), dtype=np.int32)
    holds = store.incidence(place, max(len(numbers), 1))
    of = [sorted(set(genres[one])) for one in table["track_id"].iloc[numbers]]
    names = sorted({name for several in of for name in several})
    column = {name: at for at, name in enumerate(names)}
    cells = [(row, column[name], 1 / len(several))
             for row, several in enumerate(of) for name in several]  # fmt: skip
    row, where, share = (np.array(x) for x in zip(*cells, strict=True)) if cells else ([], [], [])
    weights = sp.coo_array((share, (row, where)), shape=(holds.shape[1], len(names))).tocsr()
    held = np.diff(holds.indptr)
    match = {"tracks": len(numbers), "of tracks": len(table),
             "entries": table["entries"].iloc[numbers].sum() / max(len(store.entries), 1),
             "playlists": (held > 1).mean(), "median": float(np.median(held))}  # fmt: skip
    return holds, weights, names, pd.Series(match)


def mix(
    holds: sp.csr_array, weights: sp.csr_array, names: Sequence[str], min_expected: float = 5.0,
    draws: int = 20, groups: int = 50, seed: int = 42,
) -> tuple[pd.DataFrame, pd.Series]:  # fmt: skip
    """Compare the pairs of labels within playlists with things dealt out anew.

    Every pair of two different things in a playlist counts for the pairs of their labels; a
    playlist of m things has weight 1 / (m - 1), so that each thing counts the same. A thing with
    several labels is shared between them; its own labels make no pair with each other.

    Parameters
    ----------
    holds : scipy.sparse.csr_array, shape (playlists, things)
        1 where a playlist holds a thing.
    weights : scipy.sparse.csr_array, shape (things, labels)
        Share of each label in a thing.
    names : sequence of str
        The labels.
    min_expected : float, optional
        Only pairs of labels expected so often.
    draws : int, optional
        Data sets dealt out anew, whose mean is the expectation.
    groups, seed : int, optional
        Groups of playlists left out in turn, for intervals; seed of dealing and draws.

    Returns
    -------
    pairs : pandas.DataFrame
        ``first`` <= ``second`` (names), ``observed``, ``expected`` (weighted pairs), ``ratio``,
        ``low``, ``high``, ``level``, ``q`` (p-values of all pairs judged together, Benjamini and
        Yekutieli 2001) and ``differs`` (q at most 0.05). Intervals and tests are of the ratio's
        square root, whose error hardly depends on its size (Bartlett 1936), so that a pair seen
        once is not taken for surely rare. One never seen has no interval, and does not differ.
    within : pandas.Series
        Share of the pairs with the same label: ``value``, ``expected``, ``low``, ``high``,
        ``level``, ``playlists`` (with two things or more).

    Raises
    ------
    DataError
        When fewer playlists than groups hold two things.
    """
    holds = holds[np.diff(holds.indptr) > 1]
    if holds.shape[0] < groups:
        raise DataError(
            f"{holds.shape[0]:,} playlists hold two labelled things or more: expected at least "
            f"{groups}, one a group; lower GROUPS, or use a catalogue that knows more of them"
        )
    group = draw_groups(holds.shape[0], groups, seed)
    observed = pair_weights(holds, weights, group, groups)
    dealt = [pair_weights(shuffled(holds, seed + d), weights, group, groups) for d in range(draws)]
    expected = np.mean(dealt, axis=0)
    first, second = np.triu_indices(len(names))
    o, e = observed[:, first, second], expected[:, first, second]
    fine = (e.sum(axis=0) >= min_expected) & (e.sum(axis=0) > 2 * e.max(axis=0))
    first, second, o, e = first[fine], second[fine], o[:, fine], e[:, fine]
    ratio = o.sum(axis=0) / e.sum(axis=0)
    left = np.sqrt(np.maximum(o.sum(axis=0) - o, 0) / (e.sum(axis=0) - e))
    low, high = (np.maximum(end, 0) ** 2 for end in jackknife(np.sqrt(ratio), left))
    low, high = (np.where(ratio > 0, end, np.nan) for end in (low, high))
    error = np.sqrt((groups - 1) * left.var(axis=0))
    seen = (ratio > 0) & (error > 0)
    t = np.divide(np.sqrt(ratio) - 1, error, out=np.zeros(len(ratio)), where=seen)
    p = 2 * stats.t.sf(np.abs(t), groups - 1)
    q = stats.false_discovery_control(p, method="by") if len(p) else p
    table = pd.DataFrame({
        "first": np.array(names)[first], "second": np.array(names)[second],
        "observed": o.sum(axis=0), "expected": e.sum(axis=0), "ratio": ratio,
        "low": low, "high": high, "level": LEVEL, "q": q, "differs": q <= 0.05,
    })  # fmt: skip
    return table, _within(observed, expected, holds.shape[0])


def pair_weights(
    holds: sp.csr_array, weights: sp.csr_array, group: np.ndarray, groups: int
) -> np.ndarray:
    """Sum the weights of pairs of labels within playlists, by group of playlists.

    Returns
    -------
    numpy.ndarray of float64, shape (groups, labels, labels)
        Symmetric; on the diagonal each unordered pair once, elsewhere too.
    """
    held = np.diff(holds.indptr)
    scale = sp.diags_array(1 / np.maximum(held - 1, 1)).tocsr()
    sums = np.zeros((groups, weights.shape[1], weights.shape[1]))
    labels = (holds @ weights).toarray()
    for one in range(groups):
        rows = np.flatnonzero(group == one)
        mine = labels[rows]
        both = (mine / np.maximum(held[rows] - 1, 1)[:, None]).T @ mine
        times = np.asarray((scale[rows][:, rows] @ holds[rows]).sum(axis=0)).ravel()
        itself = (weights.T @ (sp.diags_array(times) @ weights)).toarray()
        sums[one] = both - itself
    diagonal = np.arange(weights.shape[1])
    sums[:, diagonal, diagonal] /= 2
    return sums


def _within(observed: np.ndarray, expected: np.ndarray, playlists: int) -> pd.Series:
    def share(pairs: np.ndarray) -> np.ndarray:
        same = np.trace(pairs, axis1=-2, axis2=-1)
        whole = (pairs.sum(axis=(-2, -1)) + same) / 2
        return np.divide(same, whole, out=np.zeros_like(same), where=whole > 0)

    value = share(observed.sum(axis=0))
    low, high = jackknife(value, share(observed.sum(axis=0) - observed))
    chance = float(share(expected.sum(axis=0)))
    return pd.Series({"value": float(value), "expected": chance, "low": float(low),
                      "high": float(high), "level": LEVEL, "playlists": playlists})  # fmt: skip
