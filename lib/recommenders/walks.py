"""From seeds to the playlists that hold them, and on to those playlists' other tracks.

Co-occurrence counts, item-kNN and P3/RP3 all are such walks, and differ only in the weights of
seeds, playlists and tracks. A walk needs no matrix of similarities: a query costs its seeds'
playlists times their length, and memory is that of the training playlists.
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from lib.recommenders.base import Training

MANY = 25
"""Seeds that count as many."""


def walk(
    training: Training, seeds: sp.csr_array, playlist: np.ndarray | None, track: np.ndarray | None
) -> sp.csr_array:
    """Sum seed weight × playlist weight × track weight over all ways from a seed to a track.

    Parameters
    ----------
    training : Training
        The playlists.
    seeds : scipy.sparse.csr_array of float32, shape (queries, tracks)
        Weights of the seeds.
    playlist : numpy.ndarray of float32, shape (playlists,), optional
        Weights of the playlists on the way, 1 by default.
    track : numpy.ndarray of float32, shape (tracks,), optional
        Weights of the tracks reached, 1 by default.

    Returns
    -------
    scipy.sparse.csr_array of float32, shape (queries, tracks)
        The seeds themselves are reached as well.
    """
    return onward(training, reach(training, seeds, playlist), track)


def reach(
    training: Training, seeds: sp.csr_array, playlist: np.ndarray | None = None
) -> sp.csr_array:
    """Walk the first half: weights of the playlists that hold seeds, (queries, playlists)."""
    reached = seeds @ training.by_track
    if playlist is not None:
        reached.data *= playlist[reached.indices]
    return reached


def onward(
    training: Training, playlists: sp.csr_array, track: np.ndarray | None = None
) -> sp.csr_array:
    """Walk the second half: from weighted playlists to their tracks, (queries, tracks)."""
    scores = playlists @ training.tracks
    if track is not None:
        scores.data *= track[scores.indices]
    return scores


def strongest(weights: sp.csr_array, most: int) -> sp.csr_array:
    """Keep the strongest playlists of each row, of equals those that come first; 0 keeps all.

    Examples
    --------
    >>> strongest(sp.csr_array([[1.0, 4.0, 2.0, 3.0, 2.0]]), 3).toarray().tolist()
    [[0.0, 4.0, 2.0, 3.0, 0.0]]
    """
    sizes = np.diff(weights.indptr)
    if not most or (sizes <= most).all():
        return weights
    kept = np.ones(len(weights.data), bool)
    for row in np.flatnonzero(sizes > most):
        inside = slice(weights.indptr[row], weights.indptr[row + 1])
        values, columns = weights.data[inside], weights.indices[inside]
        least = np.partition(values, -most)[-most]
        chosen = values > least
        equal = np.flatnonzero(values == least)
        chosen[equal[np.argsort(columns[equal])[: most - chosen.sum()]]] = True
        kept[inside] = chosen
    pointer = np.concatenate([[0], np.minimum(sizes, most).cumsum()])
    return sp.csr_array((weights.data[kept], weights.indices[kept], pointer), shape=weights.shape)


def power(counts: np.ndarray, exponent: float) -> np.ndarray:
    """Raise counts to a power, as float32; a count of 0 (never walked through) gives 0."""
    raised = np.zeros(len(counts), np.float32)
    some = counts > 0
    raised[some] = counts[some].astype(float) ** exponent
    return raised


def by_seeds(value: float | tuple[float, float], seeds: list[np.ndarray]) -> np.ndarray:
    """Give each query its hyper-parameter, which may depend on the number of seeds.

    Parameters
    ----------
    value : float or tuple of (float, float)
        One for all; or one for a single seed and one for `MANY` and more, between them it moves
        with the logarithm of the number.
    seeds : list of numpy.ndarray
        Of each query.

    Examples
    --------
    >>> by_seeds((0.9, 0.6), [np.arange(n) for n in (1, 5, 100)]).round(2).tolist()
    [0.9, 0.75, 0.6]
    """
    few, many = np.broadcast_to(value, 2)
    numbers = np.array([max(len(one), 1) for one in seeds])
    return few + (many - few) * np.minimum(np.log(numbers) / np.log(MANY), 1)
