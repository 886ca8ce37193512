"""Estimate what mining would find and cost, from a few items, and find a support that fits."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import scipy.sparse as sp

from lib.errors import ParameterError
from lib.playlists.mining.joins import above, families, grow, rare_first
from lib.playlists.mining.mine_plan import Plan

PILOT_ITEMS = 48
PILOT_BATCHES = 8
PILOT_SETS, PILOT_STOP = 200_000, 2_000_000
"""An estimate ends with the batch that brings so many sets; it gives up at the second number."""
SUPPORT_STEP = 1.4


def estimate(holds: sp.csr_array, min_count: int, max_len: int = 3, seed: int = 0) -> Plan:
    """Estimate what `mine` would find and cost, from some of the items.

    The sets whose rarest item is one of 48 drawn items are found and counted. Items are drawn
    with a probability in proportion to their share of the work, which is known exactly, and their
    sets weighted accordingly (Hansen and Hurwitz 1943).

    Parameters
    ----------
    holds, min_count, max_len
        See `mine`.
    seed : int, optional
        Seed of the draw.

    Raises
    ------
    ParameterError
        When a number is out of range, or no item is in so many playlists.
    """
    for name, value in (("min_count", min_count), ("max_len", max_len)):
        if value < 1:
            raise ParameterError(f"{name}: expected 1 or more, found {value}")
    held, _, _ = rare_first(holds, min_count)
    n = held.shape[0]
    by_playlist = held.T.tocsr()
    kept = np.diff(by_playlist.indptr).astype(np.int64)
    # Each entry is joined with those after it in its playlist.
    after = np.repeat(by_playlist.indptr[1:], kept) - np.arange(held.nnz) - 1
    work = np.bincount(by_playlist.indices, after, minlength=n)
    plan = Plan(min_count, max_len, n, held.nnz, kept, int(work.sum()))
    if max_len == 1 or not plan.work:
        return plan
    rng = np.random.default_rng(seed)
    share = work / work.sum()
    rows, times = np.unique(rng.choice(n, PILOT_ITEMS, p=share), return_counts=True)
    order, done = rng.permutation(len(rows)), 0
    of_row = np.zeros((max_len, len(rows)))
    with plan.timed() as clock:
        for places in np.array_split(order, min(PILOT_BATCHES, len(order))):
            try:
                _count_families(held, by_playlist, rows, np.sort(places), min_count, of_row)
            except _Enough:
                plan.stopped = True
            done += len(places)
            if plan.stopped or of_row.sum() > PILOT_SETS:
                break
        clock(work[rows[order[:done]]].sum())
    order = order[:done]
    plan.conclude(of_row[:, order], share[rows[order]], times[order])
    return plan


def lowest_support(
    holds: sp.csr_array, min_count: int, max_len: int = 3, most_sets: int = 300_000
) -> tuple[int, pd.DataFrame]:
    """Raise the support until an estimated number of item sets is allowed.

    Parameters
    ----------
    holds, min_count, max_len
        See `mine`; `min_count` is where to begin.
    most_sets : int, optional
        Item sets allowed.

    Returns
    -------
    min_count : int
        The first that fits, of steps of 1.4.
    tried : pandas.DataFrame
        A row a support, a quarter and a half of the first as well: ``min_count``, ``items``,
        ``candidate_pairs``, ``sets``, ``stopped`` (there are more), ``memory_mb``, ``seconds``,
        ``fits``.

    Raises
    ------
    ParameterError
        When a number is out of range, or no item is left before it fits.
    """
    rows, wanted = [], [max(min_count // 4, 1), max(min_count // 2, 1), min_count]
    for count in wanted:
        plan = estimate(holds, count, max_len)
        fits = not plan.stopped and plan.total <= most_sets
        size = (plan.n_items, plan.candidate_pairs, round(plan.total), plan.stopped)
        rows.append((count, *size, plan.memory_mb, plan.seconds, fits))
        if count == wanted[-1] and not (fits and count >= min_count):
            wanted.append(math.ceil(count * SUPPORT_STEP))
    names = "min_count items candidate_pairs sets stopped memory_mb seconds fits"
    tried = pd.DataFrame(rows, columns=names.split()).drop_duplicates("min_count")
    return wanted[-1], tried.reset_index(drop=True)


class _Enough(Exception):
    """So many sets that counting on is of no use."""


def _count_families(
    held: sp.csr_array, by_playlist: sp.csr_array, rows: np.ndarray, places: np.ndarray,
    min_count: int, of_row: np.ndarray,
) -> None:  # fmt: skip
    """Count the sets whose rarest item is one of some rows, into the columns of `of_row`."""
    max_len, n = len(of_row), held.shape[0]

    def count(members: np.ndarray, _: np.ndarray) -> None:
        first = np.searchsorted(rows, members[:, 0])
        of_row[members.shape[1] - 1] += np.bincount(first, minlength=len(rows))
        if members.shape[1] > 2 and of_row.sum() > PILOT_STOP:
            raise _Enough

    shared = above(held[rows[places]] @ by_playlist, rows[places], min_count)
    count(np.stack(shared[:2], axis=1), shared[2])
    if max_len > 2:
        for run in families(*shared):
            grow(held, np.arange(n)[:, None], *run, min_count, max_len, count)
