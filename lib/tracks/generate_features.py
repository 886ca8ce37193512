"""Generate a table in the layout of ``tracks_features.csv``, of any size: made up.

    python -m lib.tracks.generate_features PATH --rows N [--seed S]

It has the published file's defects (names and albums missing, year 0, tempo 0, dates that are only
a year), in proportion to its rows, and the planted yearly change of
`lib.tracks.generate_by_year.STEPS`. ``planted_features.json`` beside it says what was planted.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as arrow
import pyarrow.csv as arrow_csv

from lib.errors import ParameterError
from lib.tracks.generate_by_year import LAST, MIDDLE, SPREAD, STEPS
from lib.tracks.read import FEATURES
from lib.tracks.sample_names import artist_names, titles, track_ids
from lib.tracks.sample_sound import bell, happens

PLANTED = "planted_features.json"
PUBLISHED = {"rows": 1_204_025, "nameless": 13, "year_0": 10, "tempo_0": 2_777}
"""Counts of the published file: rows, and what its users left out."""

CHUNK = 100_000
FIRST = 1960
LEVELS = {
    "tempo": 120_000,
    "energy": 510,
    "valence": 430,
    "loudness": -11_800,
    "duration_ms": 249_000,
}
"""Levels in 1990, in thousandths, and milliseconds."""


def write_features(path: Path, rows: int, seed: int = 12) -> dict[str, object]:
    """Write the CSV in chunks, and the planted truth beside it.

    Parameters
    ----------
    path : pathlib.Path
        File to write; its folder is made when missing.
    rows : int
        Tracks, from 100.
    seed : int, optional
        Seed of every draw.

    Returns
    -------
    dict
        ``seed``, ``rows``, ``nameless``, ``year_0``, ``tempo_0`` (rows with each defect; no row
        has two), ``artists``, ``within_per_decade``.

    Raises
    ------
    ParameterError
        When there are fewer rows than the defects need.
    """
    if rows < 100:
        raise ParameterError(f"rows: expected at least 100, found {rows}")
    rng = np.random.default_rng(seed)
    bad = {
        name: max(1, round(count * rows / PUBLISHED["rows"]))
        for name, count in PUBLISHED.items()
        if name != "rows"
    }
    defect = np.zeros(rows, np.int8)
    places = rng.permutation(rows)[: sum(bad.values())]
    defect[places] = np.repeat(np.arange(1, 4), list(bad.values()))
    artists = _artists(rng, max(20, rows // 8))
    path.parent.mkdir(parents=True, exist_ok=True)
    names = titles(rng, 6000)
    with arrow_csv.CSVWriter(path, _table(rng, artists, names, defect[:1]).schema) as file:
        for start in range(0, rows, CHUNK):
            file.write_table(_table(rng, artists, names, defect[start : start + CHUNK]))
    planted = {
        "seed": seed,
        "rows": rows,
        **bad,
        "artists": len(artists),
        "within_per_decade": {
            "tempo_bpm": STEPS["tempo"] / 100,
            "energy": STEPS["energy"] / 100,
            "valence": STEPS["valence"] / 100,
            "loudness_db": STEPS["loudness"] / 100,
            "duration_min": STEPS["duration_ms"] / 6000,
        },
    }
    (path.parent / PLANTED).write_text(json.dumps(planted, indent=1) + "\n", encoding="utf-8")
    return planted


def _artists(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Invent artists: id, name, and the year around which they were active."""
    some = artist_names(rng, min(n, 4_000))
    names = [
        f"{some[i % len(some)]}{'' if i < len(some) else f' {i // len(some)}'}" for i in range(n)
    ]
    quoted = [f'["{name}"]' if "'" in name else f"['{name}']" for name in names]
    return pd.DataFrame(
        {
            "artists": quoted,
            "artist_ids": [f"['{one}']" for one in track_ids(rng, n)],
            "album_id": track_ids(rng, n),
            "own": bell(rng, n),
        }
    )


def _table(
    rng: np.random.Generator, artists: pd.DataFrame, names: list[str], defect: np.ndarray
) -> arrow.Table:
    n, span = len(defect), LAST - FIRST + 1
    # The later of two draws: more tracks the later the year.
    since = np.maximum(rng.integers(0, span, n), rng.integers(0, span, n))
    year = FIRST + since
    place = since * len(artists) // span + rng.integers(0, max(1, len(artists) // 8), n)
    artist = place % len(artists)
    own = artists["own"].to_numpy()[artist]

    def drawn(name: str) -> np.ndarray:
        parts = own + 2 * bell(rng, n)
        return LEVELS[name] + STEPS[name] * (year - MIDDLE) + SPREAD[name] * parts // 2000

    def score(level: int, width: int) -> np.ndarray:
        return np.clip(level + width * bell(rng, n) // 1000, 1, 999) / 1000

    ids = rng.integers(0, 62, (n, 22)).astype(np.uint8)
    letters = np.frombuffer(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "S1")
    date = pd.Series(year).astype(str)
    day = pd.Series(rng.integers(101, 129, n)).astype(str).str[1:]
    date = date.where(happens(rng, 170, n), date + "-06-" + day)
    titled = pd.Series(np.array(names, dtype=object)[rng.integers(0, len(names), n)])
    columns = {
        "id": letters[ids].view("S22").ravel().astype(str),
        "name": titled.mask(defect == 1),
        "album": titled + " (Album)",
        "album_id": artists["album_id"].to_numpy()[artist],
        "artists": artists["artists"].to_numpy()[artist],
        "artist_ids": artists["artist_ids"].to_numpy()[artist],
        "track_number": rng.integers(1, 15, n),
        "disc_number": np.ones(n, int),
        "explicit": np.where(happens(rng, np.maximum(0, 3 * (year - MIDDLE)), n), "True", "False"),
        "danceability": score(490, 120),
        "energy": np.clip(drawn("energy"), 1, 999) / 1000,
        "key": rng.integers(0, 12, n),
        "loudness": np.clip(drawn("loudness"), -46_000, 1500) / 1000,
        "mode": rng.integers(0, 2, n),
        "speechiness": score(80, 12),
        "acousticness": score(440, 140),
        "instrumentalness": score(280, 90),
        "liveness": score(200, 40),
        "valence": np.clip(drawn("valence"), 1, 999) / 1000,
        "tempo": np.where(defect == 3, 0, np.clip(drawn("tempo"), 40_000, 220_000) / 1000),
        "duration_ms": np.clip(drawn("duration_ms"), 30_000, 3_000_000),
        "time_signature": np.where(defect == 3, 0, 4),
        "year": np.where(defect == 2, 0, year),
        "release_date": date.mask(defect == 2, "0000"),
    }
    return arrow.table({name: columns[name] for name in FEATURES.file_columns})


def main() -> None:
    """Read the command line and write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("path", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=12)
    given = parser.parse_args()
    planted = write_features(given.path, given.rows, given.seed)
    print(f"wrote {given.path}: {planted['rows']:,} made-up tracks, and {PLANTED} beside it")


if __name__ == "__main__":
    main()
