"""A small catalogue for the tests of tuning and stacking."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.tracks.columns import AUDIO_13


def catalogue(n: int = 300, seed: int = 0) -> pd.DataFrame:
    """Tracks of n / 3 artists, some recordings twice; popularity from three columns and noise."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({name: rng.random(n) for name in AUDIO_13})
    frame["key"] = rng.integers(0, 12, n)
    frame["mode"] = rng.integers(0, 2, n)
    frame["time_signature"] = rng.integers(3, 6, n)
    frame["duration_ms"] = rng.integers(60_000, 400_000, n)
    frame["explicit"] = rng.random(n) < 0.2
    artist = rng.integers(0, n // 3, n)
    frame["first_artist"] = [f"artist {number}" for number in artist]
    frame["recording_id"] = np.where(rng.random(n) < 0.1, np.arange(n) // 2 * 2, np.arange(n))
    names = np.array(["pop", "rock", "jazz"])
    frame["genres"] = [list(names[: 1 + number % 3]) for number in range(n)]
    frame["track_id"] = [f"id{number}" for number in range(n)]
    level = (
        rng.normal(40, 9, n // 3)[artist]
        + 30 * frame["energy"]
        + 15 * frame["valence"] * frame["mode"]
    )
    frame["popularity"] = (level + rng.normal(0, 6, n)).clip(0, 100)
    return frame
