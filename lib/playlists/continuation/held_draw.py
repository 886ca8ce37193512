"""Draw which playlists are held out, and which of their tracks are shown."""

from __future__ import annotations

import numpy as np

from lib.errors import DataError, ParameterError
from lib.playlists.continuation.challenge import Category
from lib.playlists.continuation.held_out import HeldPlaylists
from lib.playlists.continuation.queries import Queries
from lib.playlists.sample.scrambled import scramble
from lib.playlists.store import Store

ORDER, TRACKS = 101, 102
"""Streams of random numbers: for the order of playlists, for the choice of their seeds."""

Kinds = list[tuple[Category, int]]


def random_order(store: Store, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Put the playlists in an order that depends on their pids; also return what it goes by."""
    pids = store.table("playlists", ["pid"])["pid"].to_numpy(np.int64)
    keys = scramble(seed, ORDER, pids)
    return np.argsort(keys, kind="stable"), keys


def draw_playlists(
    store: Store, kinds: Kinds, each: int, order: np.ndarray, keys: np.ndarray
) -> list[np.ndarray]:
    """Draw different playlists for each category: the first in the order that are fit for it.

    Categories that need shorter playlists go first. Those treat all playlists that are long
    enough for a later category alike, so the later one still draws evenly from all lengths it
    allows; the other way round, long playlists would be missing from the first. Only when that
    leaves a category short do the ones that need long playlists go first.

    Parameters
    ----------
    store : Store
        The playlists.
    kinds : list of (Category, int)
        Categories, and the different tracks that a playlist needs for each.
    each : int
        Playlists wanted of each.
    order : numpy.ndarray of int
        Playlists to draw from, in this order.
    keys : numpy.ndarray of uint64, shape (playlists of the store,)
        From `random_order`.

    Returns
    -------
    list of numpy.ndarray of int64
        For each category up to `each` playlists, in the order; no playlist twice.

    Raises
    ------
    ParameterError
        When `each` is below 1, or a playlist that is long enough could have nothing to hide.
    DataError
        When no playlist is fit for any category.
    """
    if each < 1:
        raise ParameterError(f"playlists_each: expected 1 or more, found {each}")
    for category, length in kinds:
        if not 0 <= category.seeds < length:
            raise ParameterError(
                f"{category.name}: a shortest length above its {category.seeds} seeds, from 0, "
                f"expected, found {length}; something must be hidden"
            )
    names = store.table("playlists", ["name"])["name"]
    titled = (names.fillna("").str.strip() != "").to_numpy(bool)
    drawn = _draw_in_turn(store, kinds, each, order, keys, titled)
    if min(map(len, drawn)) < each:
        drawn = _draw_in_turn(store, kinds, each, order, None, titled)
    if not any(map(len, drawn)):
        raise DataError(
            f"{store.folder.name}: {len(order):,} playlists, {titled[order].sum():,} with a title; "
            f"the category that asks least needs {min(length for _, length in kinds)} different "
            "tracks, and a title where one is shown, so that nothing can be held out"
        )
    return drawn


def _draw_in_turn(
    store: Store,
    kinds: Kinds,
    each: int,
    order: np.ndarray,
    keys: np.ndarray | None,
    titled: np.ndarray,
) -> list[np.ndarray]:
    """Draw for one length after the other; without keys long ones first and evenly."""
    found: list[list[int]] = [[] for _ in kinds]
    free = store.lengths() > 0
    for length in sorted({length for _, length in kinds}, reverse=keys is None):
        wanting = [place for place, (_, needs) in enumerate(kinds) if needs == length]
        for row in order[(free & (store.lengths() >= length))[order]]:
            fit = [place for place in wanting if titled[row] or not kinds[place][0].title]
            if not fit or len(different_tracks(store, row)) < length:
                continue
            if keys is None:
                place = min(fit, key=lambda place: len(found[place]))
            else:  # by what is the playlist's own, so that others do not move it
                place = fit[int(keys[row]) % len(fit)]
            found[place].append(int(row))
            free[row] = False
            wanting = [place for place in wanting if len(found[place]) < each]
            if not wanting:
                break
    return [np.array(rows, np.int64) for rows in found]


def different_tracks(store: Store, row: int) -> np.ndarray:
    """Tracks of a playlist, each at its first place only."""
    tracks = np.asarray(store.tracks_of(row))
    _, first = np.unique(tracks, return_index=True)
    return tracks[np.sort(first)]


def show_and_hide(
    store: Store, kinds: Kinds, drawn: list[np.ndarray], keys: np.ndarray, seed: int
) -> HeldPlaylists:
    """Cut the tracks of drawn playlists into seeds and truth; arguments as `draw_playlists` has.

    Random seeds are the same for a pid, seed and number of seeds, whatever else is drawn.
    """
    names = store.table("playlists", ["name"])["name"]
    seeds, truth, titles, ordered = [], [], [], []
    for (category, _), rows in zip(kinds, drawn, strict=True):
        for row in rows:
            tracks = different_tracks(store, row)
            shown = np.arange(len(tracks)) < category.seeds
            if category.shuffled:
                rng = np.random.default_rng([seed, TRACKS, int(keys[row])])
                shown = rng.permutation(shown)
            seeds.append(tracks[shown].astype(np.int32))
            truth.append(tracks[~shown].astype(np.int32))
            ordered.append(not category.shuffled)
        titles += names.iloc[rows].str.strip().tolist() if category.title else [""] * len(rows)
    sizes = [len(rows) for rows in drawn]
    return HeldPlaylists(
        np.concatenate(drawn),
        np.repeat(np.arange(len(kinds)), sizes).astype(np.int8),
        tuple(category.name for category, _ in kinds),
        Queries(seeds, titles, np.array(ordered, bool)),
        truth,
    )
