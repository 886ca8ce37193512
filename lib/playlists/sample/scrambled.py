"""Numbers that look random and follow from other numbers alone, whatever else there is."""

from __future__ import annotations

import numpy as np


def scramble(seed: int, kind: int, numbers: np.ndarray) -> np.ndarray:
    """Turn numbers into 64 random-looking bits each, different for different numbers.

    The finaliser of the splitmix64 generator (Steele, Lea, Flood 2014), which can be undone, so
    no two numbers of one kind meet.
    """
    x = numbers.astype(np.uint64) + np.uint64(
        (seed * 1_000_003 + kind) * 0x9E3779B97F4A7C15 % 2**64
    )
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
