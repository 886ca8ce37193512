"""What mining item sets is likely to find and cost, and whether that is too much."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from lib.errors import ParameterError

ENTRY_BYTES = 32
"""Memory an entry of the playlists takes while mining."""
SET_BYTES = 120
"""Memory an item set takes until it is in order and can be looked up."""
BLOCK_MB = 400
"""Memory of the blocks that are worked on, on two cores."""


@dataclass(frozen=True)
class Limits:
    """What mining may cost.

    Attributes
    ----------
    sets : int
        Item sets.
    memory_mb : float
        Memory beside the playlists, in megabytes.
    seconds : float
        Time on one core.
    """

    sets: int = 20_000_000
    memory_mb: float = 3_000
    seconds: float = 600


@dataclass
class Plan:
    """What mining is likely to cost; made by `lib.playlists.mining.miner.estimate`.

    Attributes
    ----------
    min_count, max_len : int
        What is asked for.
    n_items, n_entries : int
        Frequent items, and entries of the playlists that name them.
    kept : numpy.ndarray of int64, shape (playlists,)
        Frequent items of each playlist.
    work : int
        Pairs of entries in a playlist, over all playlists: what counting pairs costs.
    sets : dict of int to float
        Estimated item sets of each length; single items are known.
    error : float
        Standard error of the sum, relative to it.
    seconds : float
        Estimated time on one core.
    stopped : bool
        There were so many sets that the estimate is no more than a lower bound.
    entry_bytes, set_bytes : int
        Memory that an entry and an item set take.
    """

    min_count: int
    max_len: int
    n_items: int
    n_entries: int
    kept: np.ndarray
    work: int
    sets: dict[int, float] = field(default_factory=dict)
    error: float = 0.0
    seconds: float = 0.0
    stopped: bool = False
    entry_bytes: int = ENTRY_BYTES
    set_bytes: int = SET_BYTES

    def __post_init__(self) -> None:
        self.sets = {1: float(self.n_items)}

    @property
    def candidate_pairs(self) -> int:
        """Pairs of frequent items."""
        return self.n_items * (self.n_items - 1) // 2

    @property
    def total(self) -> float:
        """Estimated item sets of all lengths."""
        return sum(self.sets.values())

    @property
    def memory_mb(self) -> float:
        """Estimated memory beside the playlists, in megabytes."""
        return (self.n_entries * self.entry_bytes + self.total * self.set_bytes) / 1e6 + BLOCK_MB

    @contextmanager
    def timed(self) -> Iterator[Callable[[int], None]]:
        """Time a part of the work; told how much it was, it knows the time of all of it."""
        started = time.perf_counter()

        def clock(work: int) -> None:
            self.seconds = (time.perf_counter() - started) * self.work / max(int(work), 1)

        yield clock

    def conclude(self, found: np.ndarray, share: np.ndarray, times: np.ndarray) -> None:
        """Weight what was found for drawn items.

        Parameters
        ----------
        found : numpy.ndarray, shape (lengths, items)
            Sets of each length whose rarest item it is.
        share : numpy.ndarray, shape (items,)
            Probability that a draw takes the item.
        times : numpy.ndarray of int, shape (items,)
            How often it was drawn.
        """
        draws = np.repeat(found / share, times, axis=1)
        of_length = np.where(self.stopped, found.sum(axis=1), draws.mean(axis=1))
        of_length[1] = draws[1].mean()  # pairs are counted before it can be stopped
        self.sets |= {k: float(n) for k, n in enumerate(of_length, 1) if k > 1}
        if self.stopped or draws.shape[1] < 2:
            return
        spread = draws.sum(axis=0).std(ddof=1) / np.sqrt(draws.shape[1])
        self.error = float(spread / self.total)

    def describe(self) -> str:
        """Say it in words."""
        about = "more than" if self.stopped else "about"
        lengths = ", ".join(f"{n:,.0f} of {k}" for k, n in self.sets.items() if k > 1)
        longest = self.kept.max(initial=0)
        share = longest * (longest - 1) / 2 / max(self.work, 1)
        return (
            f"{self.n_items:,} items in {self.min_count:,} playlists or more, "
            f"{self.candidate_pairs:,} candidate pairs, {self.work:,} pairs of entries to count "
            f"(the longest playlist, {longest:,} such items, has {share:.0%} of them); {about} "
            f"{self.total:,.0f} item sets ({lengths or 'single items only'}), "
            f"{self.memory_mb:,.0f} MB, {self.seconds:,.0f} s on one core"
        )


def check_plan(plan: Plan, limits: Limits) -> None:
    """Refuse what is likely to cost too much.

    Raises
    ------
    ParameterError
        When the plan passes a limit; the message holds the estimate.
    """
    over = [
        f"{name} {value:,.0f} (allowed: {most:,.0f})"
        for name, value, most in (
            ("item sets", plan.total, limits.sets),
            ("megabytes", plan.memory_mb, limits.memory_mb),
            ("seconds", plan.seconds, limits.seconds),
        )
        if value > most
    ]
    if over or plan.stopped:
        raise ParameterError(
            f"min_count {plan.min_count:,}, max_len {plan.max_len}: too much to mine, "
            f"{', '.join(over) or 'too many sets to estimate'}. Estimate: {plan.describe()}. Raise "
            "the support, lower the length, keep fewer tracks, or leave out the longest playlists"
        )
