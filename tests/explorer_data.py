"""A small catalogue to explore, with titles that are HTML, formulas, and hard to write as CSV."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.tracks.read import KAGGLE

GENRES = ("acoustic", "pop", "salsa", "techno", "tango")
TITLES = (
    "Love Me",
    "LÓVE you",
    "=LOVE",
    "+44",
    "-ness",
    "@home",
    "'=quoted",
    "<img src=x onerror=run()>",
    'say "hi", she said',
    "two\nlines",
    "NA",
    " = blank before",
    "＝wide",
    "R&B night",
)


def catalogue(n: int = 120, seed: int = 0) -> pd.DataFrame:
    """Rows as `lib.tracks.read.read_kaggle` gives them; every third id stands on two rows."""
    rng = np.random.default_rng(seed)
    ids = [f"{number:022d}" for number in range(n)]
    table = pd.DataFrame({"track_id": ids})
    table["artists"] = [("-M-", "Beyoncé;Jay", "=LOVE", "Adele")[k % 4] for k in range(n)]
    table["album_name"] = [f"Album {k % 7}" for k in range(n)]
    table["track_name"] = [TITLES[k % len(TITLES)] for k in range(n)]
    table["popularity"] = rng.integers(0, 101, n)
    table["duration_ms"] = rng.integers(60_000, 400_000, n)
    table["explicit"] = rng.random(n) < 0.3
    for name in ("danceability", "energy", "speechiness", "acousticness", "instrumentalness"):
        table[name] = rng.random(n)
    table["liveness"], table["valence"] = rng.random(n), rng.random(n).round(2)
    table["loudness_db"], table["tempo_bpm"] = rng.uniform(-30, 2, n), rng.uniform(40, 220, n)
    table["key"], table["mode"] = rng.integers(-1, 12, n), rng.integers(0, 2, n)
    table["time_signature"] = rng.integers(0, 6, n)
    again = table.iloc[::3].assign(again=True)
    table = pd.concat([table.assign(again=False), again], ignore_index=True)
    place = np.arange(len(table))
    table["track_genre"] = [GENRES[k % 5] for k in place]
    table["row"] = place
    return table[list(KAGGLE.schema.columns)]
