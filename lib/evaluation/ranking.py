"""Scores of ranked lists of tracks against the tracks that playlists had hidden.

The measures are those of the RecSys Challenge 2018 (Zamani, Schedl, Lamere and Chen, "An analysis
of approaches taken in the ACM RecSys Challenge 2018", ACM TIST 2019, appendix A). A system's
answer is an int32 array of one row a playlist, the best track first, -1 where there is no more
answer; the truth is a list of int arrays, the hidden tracks of each playlist.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.errors import DataError, ParameterError

DEPTH = 500
"""Tracks that the challenge asks for."""
PER_CLICK = 10
"""Tracks that one click shows."""
ARTIST_CREDIT = 0.25
"""What a right artist with a wrong track counts."""

LABELS = {
    "r_precision": "R-precision with artist credit",
    "r_precision_tracks": "R-precision, tracks only",
    "ndcg": f"NDCG@{DEPTH}",
    "clicks": "clicks",
    "answered": "playlists answered",
}
"""How figures and reports call the scores; recall@k and hit_rate@k besides."""


def mark_hits(ranked: np.ndarray, truth: Sequence[np.ndarray]) -> np.ndarray:
    """Mark the recommended tracks that were hidden.

    Parameters
    ----------
    ranked : numpy.ndarray of int, shape (playlists, k)
        Recommended tracks; -1, for none, is no hit.
    truth : sequence of numpy.ndarray of int
        Hidden tracks of each playlist.

    Returns
    -------
    numpy.ndarray of bool, shape (playlists, k)

    Examples
    --------
    >>> mark_hits(np.array([[3, 1, -1]]), [np.array([1, 2])]).tolist()
    [[False, True, False]]
    """
    return np.array([np.isin(row, hidden) for row, hidden in zip(ranked, truth, strict=True)])


def score_playlists(
    ranked: np.ndarray,
    truth: Sequence[np.ndarray],
    artist: np.ndarray,
    depth: int = DEPTH,
    cut_offs: Sequence[int] = (10, 100, DEPTH),
) -> pd.DataFrame:
    """Score the list of each playlist.

    With R hidden tracks and hits among the first so many ranks:

    - ``r_precision_tracks``: hits in the first R ranks / R;
    - ``r_precision``: adds 0.25 / R for each different artist of a hidden track who stands at one
      of the first R ranks that missed. An exact hit earns no artist credit, so a perfect list
      scores 1; the appendix, read to the letter, would give it up to 1.25. This is the reading of
      the winning team (Volkovs et al., RecSys Challenge 2018);
    - ``ndcg``: Σ 1 / log2(rank + 1) over hits in the first `depth` ranks, over the same sum of a
      list that begins with all R (Järvelin and Kekäläinen 2002);
    - ``clicks``: ⌊(rank of the first hit - 1) / 10⌋, and `depth` / 10 + 1, which is 51, with no
      hit in the first `depth` ranks;
    - ``recall@k``: hits in the first k ranks / R; ``hit_rate@k``: 1 with any such hit;
    - ``answered``: 1 with any track in the list. A playlist without scores 0, clicks 51.

    Parameters
    ----------
    ranked : numpy.ndarray of int, shape (playlists, k)
        Track numbers, best first; -1 is a miss, and so is what lies beyond column k.
    truth : sequence of numpy.ndarray of int
        Hidden tracks of each playlist, each once, at least one.
    artist : numpy.ndarray of int, shape (tracks,)
        Artist of each track, -1 unknown: no credit.
    depth : int, optional
        Ranks that NDCG and clicks look at.
    cut_offs : sequence of int, optional
        The k of recall and hit rate.

    Returns
    -------
    pandas.DataFrame of float64
        One row a playlist; the columns above, cut-offs in the order given.

    Raises
    ------
    DataError
        When the shapes do not fit, or a row of the truth is empty or names a track twice.
    ParameterError
        When `depth` or a cut-off is below 1.

    Examples
    --------
    Two of three hidden tracks are found, at ranks 1 and 4; rank 2 has their artist, rank 3 none.
    R-precision is 1/3, with credit 1.25/3; NDCG is (1 + 1/log2 5) / (1 + 1/log2 3 + 1/2).

    >>> artist = np.array([7, 7, 7, 7, 9, 9])
    >>> scores = score_playlists(np.array([[0, 3, 4, 1]]), [np.array([0, 1, 2])], artist)
    >>> scores.loc[0, ["r_precision_tracks", "r_precision", "ndcg", "clicks"]].round(4).tolist()
    [0.3333, 0.4167, 0.6714, 0.0]

    An answer to another question, and none at all:

    >>> nothing = np.array([[4, 5], [-1, -1]])
    >>> scores = score_playlists(nothing, [np.array([0]), np.array([1])], artist)
    >>> scores[["r_precision", "ndcg", "clicks", "answered"]].values.tolist()
    [[0.0, 0.0, 51.0, 1.0], [0.0, 0.0, 51.0, 0.0]]
    """
    for name, value in (("depth", depth), *(("cut_offs", k) for k in cut_offs)):
        if value < 1:
            raise ParameterError(f"{name}: expected 1 or more, found {value}")
    ranked = _checked(ranked, len(truth), len(artist), "truth")
    sizes = _sizes(truth, len(artist))
    hits, credits = _hits_and_credits(ranked, truth, artist)
    found, each = hits.cumsum(axis=1, dtype=np.int32), np.arange(len(sizes))

    def hits_to(ranks: np.ndarray | int) -> np.ndarray:
        return found[each, np.minimum(ranks, found.shape[1]) - 1] if found.size else 0 * sizes

    gain = 1 / np.log2(np.arange(2, depth + 2))
    ideal = np.cumsum(gain)[np.minimum(sizes, depth) - 1]
    seen = hits[:, :depth]
    first = seen.argmax(axis=1) if seen.size else 0 * sizes
    # Added up rank by rank like the ideal, so that a perfect list scores 1 to the last digit.
    gained = np.where(seen, gain[: seen.shape[1]], 0.0).cumsum(axis=1)[:, -1:].sum(axis=1)
    exact = hits_to(sizes) / sizes
    scores = {
        "r_precision_tracks": exact,
        "r_precision": exact + ARTIST_CREDIT * credits / sizes,
        "ndcg": gained / ideal,
        "clicks": np.where(seen.any(axis=1), first // PER_CLICK, depth // PER_CLICK + 1),
    }
    scores |= {f"recall@{k}": hits_to(k) / sizes for k in cut_offs}
    scores |= {f"hit_rate@{k}": hits_to(k) > 0 for k in cut_offs}
    scores["answered"] = (ranked >= 0).any(axis=1)
    return pd.DataFrame(scores).astype(float)


def check_ranked(ranked: np.ndarray, seeds: Sequence[np.ndarray], n_tracks: int) -> None:
    """Stop unless each row ranks different tracks of the catalogue, none of them a seed.

    Parameters
    ----------
    ranked : numpy.ndarray of int, shape (playlists, k)
        Track numbers, best first, -1 after the last.
    seeds : sequence of numpy.ndarray of int
        Known tracks of each playlist, which are no answer.
    n_tracks : int
        Size of the catalogue.

    Raises
    ------
    DataError
        Naming the first row that is wrong, and how many are.

    Examples
    --------
    >>> check_ranked(np.array([[3, 1, -1]]), [np.array([0])], 4)
    """
    ranked = _checked(ranked, len(seeds), n_tracks, "seeds")
    ordered = np.sort(ranked, axis=1)
    again = (np.diff(ordered, axis=1) == 0) & (ordered[:, 1:] >= 0)
    _refuse(again, ordered[:, 1:], "ranks a track more than once")
    _refuse((ranked[:, :-1] < 0) & (ranked[:, 1:] >= 0), ranked[:, 1:], "goes on after -1, with")
    marked = np.zeros(n_tracks + 1, bool)  # -1 is the last place, which is never marked
    is_seed = np.zeros(ranked.shape, bool)
    for row, known in enumerate(seeds):
        marked[known] = True
        is_seed[row] = marked[ranked[row]]
        marked[known] = False
    _refuse(is_seed, ranked, "ranks a seed of its playlist,")


def padded(lists: Sequence[np.ndarray], width: int = DEPTH) -> np.ndarray:
    """Put lists of tracks into the rows of an array, cut or filled with -1.

    Examples
    --------
    >>> padded([np.array([4, 2, 9]), np.array([], int)], 2).tolist()
    [[4, 2], [-1, -1]]
    """
    rows = np.full((len(lists), width), -1, np.int32)
    for row, tracks in zip(rows, lists, strict=True):
        row[: len(tracks)] = tracks[:width]
    return rows


def _hits_and_credits(
    ranked: np.ndarray, truth: Sequence[np.ndarray], artist: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mark the hits, and count in each row the artists that earn credit."""
    # A row's tracks and artists are marked in arrays, which costs less than sorting all rows. The
    # last place of each, where -1 points to, is never marked.
    of = np.append(artist, -1)
    hidden = np.zeros(len(of), bool)
    sought = np.zeros(int(of.max()) + 2, bool)
    hits, credits = np.zeros(ranked.shape, bool), np.zeros(len(ranked), np.int64)
    for row, tracks in enumerate(truth):
        artists, top = of[tracks], ranked[row, : len(tracks)]
        hidden[tracks] = True
        sought[artists] = True
        sought[-1] = False
        hits[row] = hidden[ranked[row]]
        named = of[top[~hits[row, : len(tracks)]]]
        credits[row] = len(np.unique(named[sought[named]]))
        hidden[tracks] = False
        sought[artists] = False
    return hits, credits


def _sizes(truth: Sequence[np.ndarray], n_tracks: int) -> np.ndarray:
    """Count the hidden tracks of each row, after a look at whether they can be right."""
    sizes = np.array([len(tracks) for tracks in truth], np.int64)
    tracks = np.concatenate([np.zeros(0, np.int64), *truth])
    rows = np.repeat(np.arange(len(sizes)), sizes)
    order = np.lexsort((tracks, rows))
    again = (np.diff(tracks[order]) == 0) & (np.diff(rows[order]) == 0)
    for what, bad in (
        ("one or more hidden tracks expected, found none", np.flatnonzero(sizes == 0)),
        (f"tracks from 0 to {n_tracks - 1:,} expected, found others",
         rows[(tracks < 0) | (tracks >= n_tracks)]),
        ("different tracks expected, found one repeated", rows[order][1:][again]),
    ):  # fmt: skip
        if len(bad):
            raise DataError(f"truth: row {bad[0]}: {what}")
    return sizes


def _checked(ranked: np.ndarray, n_rows: int, n_tracks: int, against: str) -> np.ndarray:
    ranked = np.asarray(ranked)
    if ranked.ndim != 2 or len(ranked) != n_rows or not np.issubdtype(ranked.dtype, np.integer):
        raise DataError(
            f"ranked: whole numbers in {n_rows:,} rows, as many as {against} has, expected; found "
            f"{ranked.dtype} of shape {ranked.shape}"
        )
    _refuse((ranked < -1) | (ranked >= n_tracks), ranked, f"not of the {n_tracks:,} tracks:")
    return ranked


def _refuse(wrong: np.ndarray, values: np.ndarray, what: str) -> None:
    rows = np.flatnonzero(wrong.any(axis=1))
    if len(rows):
        track = values[rows[0]][wrong[rows[0]]][0]
        raise DataError(
            f"ranked: row {rows[0]} {what} track {track}; different tracks of the catalogue, none "
            f"a seed, expected in each row ({len(rows):,} of {len(wrong):,} rows differ)"
        )
