"""Hold playlists out whole, to ask recommenders for what is hidden of them.

Which playlists are drawn, and which of their tracks are shown, follows from the seed and the
playlist's pid alone, so that adding playlists to a store or asking for more of them leaves the
draws of the others as they are. A playlist that holds a track several times counts as holding it
once, at its first place.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lib.errors import DataError, ParameterError
from lib.playlists.continuation.challenge import CATEGORIES, Category
from lib.playlists.continuation.held_draw import Kinds, draw_playlists, random_order, show_and_hide
from lib.playlists.continuation.held_out import HoldOut, check_holdout
from lib.playlists.store import Store

PROTOCOLS = ("challenge", "random")
LARGEST_SHARE = 1 / 3
"""Of the playlists, at most so many are held out when nothing is said."""
LEAST_LEFT = 1 / 2
"""Of the playlists, at least so many have to be left to learn from."""
USUAL_EACH = 800
"""Playlists of a category, where there are enough; a mean over four has an error of .004."""


def hold_out(store: Store, protocol: str = "", playlists_each: int = 0, seed: int = 42) -> HoldOut:
    """Hold playlists out by one of the two protocols, in numbers that suit the store.

    Parameters
    ----------
    store : Store
        The playlists.
    protocol : {"", "challenge", "random"}, optional
        See `hold_out_challenge` and `hold_out_random`; by default the first where playlists have
        titles, the second where they have none.
    playlists_each : int, optional
        Playlists of a category; by default 800, or as many as leave two thirds to learn from.
    seed : int, optional
        Seed of the draws.

    Raises
    ------
    ParameterError
        When the protocol is unknown, or so many playlists are wanted that fewer than half are left
        to learn from.
    """
    titled = store.table("playlists", ["name"])["name"].notna().any()
    protocol = protocol or PROTOCOLS[0 if titled else 1]
    if protocol not in PROTOCOLS:
        raise ParameterError(
            f"protocol {protocol!r}: unknown; expected one of {', '.join(PROTOCOLS)}"
        )
    categories = len(CATEGORIES) if protocol == "challenge" else 4
    most = int(LARGEST_SHARE * (len(store.offsets) - 1) / (2 * categories))
    each = playlists_each or max(1, min(USUAL_EACH, most))
    if protocol == "challenge":
        holdout = hold_out_challenge(store, each, seed=seed)
    else:
        holdout = hold_out_random(store, playlists_each=each, seed=seed)
    n = len(store.offsets) - 1
    if playlists_each and len(holdout.train) < LEAST_LEFT * n:
        fits = int((1 - LEAST_LEFT) * n / (2 * categories))
        raise ParameterError(
            f"playlists_each {playlists_each:,}: leaves {len(holdout.train):,} of {n:,} playlists "
            f"to learn from, expected half or more; {fits:,} is sure to, 0 takes what suits"
        )
    return holdout


def hold_out_random(
    store: Store,
    seeds_per_playlist: Sequence[int] = (1, 5, 10, 25),
    playlists_each: int = 800,
    min_lengths: Sequence[int] = (11, 15, 20, 35),
    seed: int = 42,
) -> HoldOut:
    """Hold out playlists of which some random tracks are shown, and no title.

    Parameters
    ----------
    store : Store
        The playlists.
    seeds_per_playlist : sequence of int, optional
        Tracks shown; a category each.
    playlists_each : int, optional
        Playlists of each category in validation, and as many in test.
    min_lengths : sequence of int, optional
        Fewest different tracks of a playlist, for each category; more than its seeds.
    seed : int, optional
        Seed of the draws.

    Returns
    -------
    HoldOut
        Categories in the order given; where there are too few playlists, test and validation
        share them and `HoldOut.short` says so.

    Raises
    ------
    ParameterError
        When a number is out of range, or the lengths do not fit the seeds.
    DataError
        When not one playlist is long enough.
    """
    if len(seeds_per_playlist) != len(min_lengths) or not len(min_lengths):
        raise ParameterError(
            f"min_lengths: one for each of {len(seeds_per_playlist)} seed counts expected, found "
            f"{len(min_lengths)}"
        )
    kinds = [
        (Category(f"random {seeds}", seeds, title=False, shuffled=True), length)
        for seeds, length in zip(seeds_per_playlist, min_lengths, strict=True)
    ]
    return _from_one_pool(store, kinds, playlists_each, seed)


def hold_out_challenge(
    store: Store, playlists_each: int, min_hidden: int = 10, seed: int = 42
) -> HoldOut:
    """Hold out playlists in the ten categories of the RecSys Challenge 2018.

    How its organisers chose by length is not published. Here a playlist needs `min_hidden`
    different tracks besides the seeds, and a title where the category shows one.

    Parameters
    ----------
    store : Store
        The playlists.
    playlists_each : int
        Playlists of each category in validation, and as many in test (published: 1,000).
    min_hidden : int, optional
        Fewest hidden tracks.
    seed : int, optional
        Seed of the draws.

    Returns
    -------
    HoldOut
        Categories in the order of `lib.playlists.continuation.challenge.CATEGORIES`; where there
        are too few playlists, test and validation share them and `HoldOut.short` says so.

    Raises
    ------
    ParameterError
        When a number is below 1.
    DataError
        When not one playlist is long enough.
    """
    return _from_one_pool(store, _challenge_kinds(min_hidden), playlists_each, seed)


def hold_out_latest(
    store: Store, playlists_each: int, share: float = 0.1, min_hidden: int = 10, seed: int = 42
) -> HoldOut:
    """Hold out the playlists that were changed last, in the challenge's ten categories.

    Where whole playlists are drawn at random, a recommender learns from playlists of days to come
    (Ji, Sun, Zhang and Li, TOIS 2023). Here the test playlists are drawn from the latest `share`
    of all, validation from the `share` before, and training playlists are those changed earlier;
    one without a date is in none. The rest of the two shares is not learned from either.

    Parameters
    ----------
    store : Store
        Playlists with ``modified_at``.
    playlists_each, min_hidden, seed
        As in `hold_out_challenge`.
    share : float, optional
        Share of the dated playlists, above 0 and below 0.5. Playlists of one day are in random
        order.

    Raises
    ------
    ParameterError
        When a number is out of range.
    DataError
        When the store has no dates, or not one playlist is long enough.
    """
    if not 0 < share < 0.5:
        raise ParameterError(f"share: a number above 0 and below 0.5 expected, found {share}")
    modified = store.table("playlists", ["modified_at"])["modified_at"]
    dated = np.flatnonzero(modified.notna())
    if not len(dated):
        raise DataError(
            f"{store.folder}: modified_at expected for playlists, found none; slices of the full "
            "schema have it. Without, use hold_out_challenge"
        )
    order, keys = random_order(store, seed)
    days = modified.to_numpy().astype(np.int64)
    latest = order[np.isin(order, dated)]
    latest = latest[np.argsort(-days[latest], kind="stable")]
    size = max(1, round(share * len(latest)))
    pools = latest[:size], latest[size : 2 * size]
    kinds = _challenge_kinds(min_hidden)
    test, validation = (
        draw_playlists(store, kinds, playlists_each, order[np.isin(order, pool)], keys)
        for pool in pools
    )
    return _hold_out(store, kinds, np.sort(latest[2 * size :]), validation, test,
                     playlists_each, keys, seed)  # fmt: skip


def _challenge_kinds(min_hidden: int) -> Kinds:
    if min_hidden < 1:
        raise ParameterError(f"min_hidden: expected 1 or more, found {min_hidden}")
    return [(category, category.seeds + min_hidden) for category in CATEGORIES]


def _from_one_pool(store: Store, kinds: Kinds, each: int, seed: int) -> HoldOut:
    order, keys = random_order(store, seed)
    drawn = draw_playlists(store, kinds, 2 * each, order, keys)
    # Test is served first; where there are too few for both, they share evenly.
    in_test = [min(each, (len(rows) + 1) // 2) for rows in drawn]
    test = [rows[:n] for rows, n in zip(drawn, in_test, strict=True)]
    validation = [rows[n:] for rows, n in zip(drawn, in_test, strict=True)]
    train = np.setdiff1d(np.arange(len(order)), np.concatenate(drawn))
    return _hold_out(store, kinds, train, validation, test, each, keys, seed)


def _hold_out(
    store: Store,
    kinds: Kinds,
    train: np.ndarray,
    validation: list[np.ndarray],
    test: list[np.ndarray],
    each: int,
    keys: np.ndarray,
    seed: int,
) -> HoldOut:
    parts = [show_and_hide(store, kinds, rows, keys, seed) for rows in (validation, test)]
    short = tuple(
        f"{part}, {category.name}: {len(rows):,} of {each:,}"
        for part, drawn in (("validation", validation), ("test", test))
        for (category, _), rows in zip(kinds, drawn, strict=True)
        if len(rows) < each
    )
    holdout = HoldOut(train.astype(np.int64), *parts, short)
    check_holdout(holdout)
    return holdout
