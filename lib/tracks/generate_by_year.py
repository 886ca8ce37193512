"""Generate the sample table of tracks with release dates: made up, with flaws and a key.

``python -m lib.tracks.generate_by_year [FOLDER]`` writes ``tracks_by_year_nov2024.parquet`` and
the planted truth ``planted_by_year.json``. All draws and sums are whole numbers (see
`lib.tracks.sample_sound`), so the table is the same on every machine.

How a table comes about: a release year, more of them the later; a genre, whose share shifts with
the year (the planted *mix*); an artist of that genre who was active then; a sound that is the
genre's level, plus so many steps a year that are the same in every genre (the planted change
*within* genres), plus the artist's own, plus noise.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as arrow
import pyarrow.parquet as pq

from lib.tracks.generate import SAMPLE, generate_catalogue
from lib.tracks.read import BY_YEAR
from lib.tracks.sample_names import artist_names, titles, track_ids
from lib.tracks.sample_sound import bell, happens

FILE = "tracks_by_year_nov2024.parquet"
PLANTED = "planted_by_year.json"
TRACKS = 6_400
FIRST, MIDDLE, LAST = 1950, 1990, 2024
ARTISTS_EACH = 60
"""Artists of a genre, in the order of the years in which they were active."""
SHARED = 120
"""Artists whose names, and some of whose track ids, are those of the sample catalogue."""

# Weight of the genre in the first and the last year; then level in the middle year: energy,
# valence (thousandths), loudness (thousandths of a decibel), tempo (thousandths), duration (ms),
# explicit (per mille). Genres that grow are the faster, louder ones. Two genres each sound alike:
# tracks that are found under both do not blur what is planted within genres.
GENRES = pd.DataFrame(
    [
        ("jazz", 30, 5, 440, 530, -12_800, 107_000, 280_000, 5),
        ("blues", 22, 4, 440, 530, -12_800, 107_000, 280_000, 5),
        ("folk", 20, 6, 490, 520, -11_500, 114_000, 225_000, 10),
        ("country", 18, 8, 490, 520, -11_500, 114_000, 225_000, 10),
        ("soul", 14, 6, 560, 600, -9_500, 116_000, 230_000, 25),
        ("reggae", 6, 8, 560, 600, -9_500, 116_000, 230_000, 25),
        ("latin", 6, 12, 600, 560, -8_300, 121_000, 220_000, 60),
        ("pop", 8, 20, 600, 560, -8_300, 121_000, 220_000, 60),
        ("rock", 14, 14, 660, 480, -8_200, 124_000, 245_000, 45),
        ("metal", 1, 12, 660, 480, -8_200, 124_000, 245_000, 45),
        ("hip hop", 0, 24, 640, 490, -7_700, 127_000, 230_000, 200),
        ("techno", 0, 18, 640, 490, -7_700, 127_000, 230_000, 200),
    ],
    columns=[
        *("genre", "first", "last", "energy", "valence"),
        *("loudness", "tempo", "duration_ms", "explicit"),
    ],
).set_index("genre")

STEPS = {"energy": 2, "valence": -3, "loudness": 70, "tempo": 0, "duration_ms": -800}
"""Planted change a year within every genre, in the whole numbers of `GENRES`; tempo has none."""

SPREAD = {"energy": 75, "valence": 85, "loudness": 1_500, "tempo": 16_000, "duration_ms": 30_000}
"""Standard deviation of a track's own part; that of the artist's part is half of it."""

EXPLICIT_STEP = 3
"""Per mille a year after the middle year by which explicit tracks grow in every genre."""


def generate_by_year(seed: int = 24) -> tuple[pd.DataFrame, dict[str, object]]:
    """Generate a table in the layout of `lib.tracks.read.BY_YEAR`.

    Parameters
    ----------
    seed : int, optional
        Seed of every draw; the committed sample has 24.

    Returns
    -------
    frame : pandas.DataFrame
        Some 8,000 rows in the published columns: one a pair of track and genre it was found under,
        and a few exact copies.
    planted : dict
        Counts: ``seed``, ``rows``, ``unique_ids``, ``exact_duplicate_rows``, ``zero_tempo_ids``,
        ``undated_ids``, ``misdated_ids`` (modern tracks under 1900), ``year_only_ids``,
        ``shared_ids`` (also in the sample catalogue). ``within_per_decade``: planted change within
        every genre, in the workbook's units; ``first_weights``, ``last_weights``: of the genres in
        the first and the last year; ``popularity_per_decade_of_age``: what stands for older tracks
        being in the table only when they are still liked.

    Examples
    --------
    >>> frame, planted = generate_by_year(seed=1)
    >>> frame["search_genre"].nunique(), planted["within_per_decade"]["tempo_bpm"]
    (12, 0.0)
    """
    rng = np.random.default_rng(seed)
    tracks = _draw_tracks(rng)
    _sound(rng, tracks)
    shared = _name(rng, tracks)
    planted = _flaws(rng, tracks)
    frame = _rows(rng, tracks)
    return frame[list(BY_YEAR.file_columns)], {
        "seed": seed,
        "rows": len(frame),
        "unique_ids": len(tracks),
        "exact_duplicate_rows": int(frame.duplicated().sum()),
        "shared_ids": shared,
        **planted,
        "within_per_decade": {
            "energy": STEPS["energy"] / 100,
            "valence": STEPS["valence"] / 100,
            "loudness_db": STEPS["loudness"] / 100,
            "tempo_bpm": STEPS["tempo"] / 100,
            "duration_min": STEPS["duration_ms"] / 6000,
        },
        "first_weights": GENRES["first"].to_dict(),
        "last_weights": GENRES["last"].to_dict(),
        "popularity_per_decade_of_age": 2,
    }


def write_sample(folder: Path, seed: int = 24) -> None:
    """Write the Parquet file and its planted truth into a folder, made when missing."""
    frame, planted = generate_by_year(seed)
    folder.mkdir(parents=True, exist_ok=True)
    table = arrow.Table.from_pandas(frame, preserve_index=False)
    pq.write_table(table, folder / FILE, compression="zstd", compression_level=15)
    (folder / PLANTED).write_text(json.dumps(planted, indent=1) + "\n", encoding="utf-8")


def _draw_tracks(rng: np.random.Generator) -> pd.DataFrame:
    """One row a track: year, genre, and the artist's number (over all genres)."""
    years = np.arange(FIRST, LAST + 1)
    crowd = np.cumsum(40 + (years - FIRST) ** 2)
    year = years[np.searchsorted(crowd, rng.integers(0, crowd[-1], TRACKS), side="right")]
    weights = np.outer(LAST - years, GENRES["first"]) + np.outer(years - FIRST, GENRES["last"])
    ladder = np.cumsum(weights, axis=1)[year - FIRST]
    genre = (rng.integers(0, ladder[:, -1])[:, None] >= ladder).sum(axis=1)
    place = (year - FIRST) * ARTISTS_EACH // (LAST - FIRST + 1)
    within = np.clip(place + rng.integers(-8, 9, TRACKS), 0, ARTISTS_EACH - 1)
    return pd.DataFrame({"year": year, "genre": genre, "artist": genre * ARTISTS_EACH + within})


def _sound(rng: np.random.Generator, tracks: pd.DataFrame) -> None:
    """Add the descriptors, popularity and what else the file has, in published units."""
    n, artists = len(tracks), len(GENRES) * ARTISTS_EACH
    since = tracks["year"].to_numpy() - MIDDLE

    def drawn(name: str) -> np.ndarray:
        own = bell(rng, artists)[tracks["artist"]] + 2 * bell(rng, n)
        level = GENRES[name].to_numpy()[tracks["genre"]]
        return level + STEPS[name] * since + SPREAD[name] * own // 2000

    for name in ("energy", "valence"):
        tracks[name] = np.clip(drawn(name), 1, 999) / 1000
    tracks["loudness"] = np.clip(drawn("loudness"), -46_000, 1500) / 1000
    tracks["tempo"] = np.clip(drawn("tempo"), 40_000, 220_000) / 1000
    tracks["duration_ms"] = np.clip(drawn("duration_ms"), 30_000, 3_000_000)
    chance = GENRES["explicit"].to_numpy()[tracks["genre"]] + EXPLICIT_STEP * since
    tracks["explicit"] = happens(rng, np.where(since > -10, chance, 0), n)
    for name, level, width in (
        ("danceability", 560, 120),
        ("acousticness", 350, 150),
        ("speechiness", 80, 12),
        ("instrumentalness", 200, 60),
        ("liveness", 190, 40),
    ):
        tracks[name] = np.clip(level + width * bell(rng, n) // 1000, 1, 990) / 1000
    tracks["key"], tracks["mode"] = rng.integers(0, 12, n), rng.integers(0, 2, n)
    tracks["time_signature"] = np.where(happens(rng, 900, n), 4, 3)
    tracks["track_number"] = rng.integers(1, 15, n)
    age = LAST - tracks["year"].to_numpy()
    liked = 6 * bell(rng, artists)[tracks["artist"]] + 14 * bell(rng, n)
    tracks["popularity"] = np.clip(34 + (2 * age) // 10 + liked // 1000, 0, 100)


def _name(rng: np.random.Generator, tracks: pd.DataFrame) -> int:
    """Add ids and names; tracks of some artists are tracks of the sample catalogue.

    Their sound is not that of the catalogue: what is planted here holds for all tracks.
    """
    n, artists = len(tracks), len(GENRES) * ARTISTS_EACH
    catalogue, _ = generate_catalogue()
    known = catalogue.dropna(subset=["artists"]).drop_duplicates("track_id")
    known = known.assign(first=known["artists"].str.split(";").str[0])
    # Most tracks first, then by name: a rule that does not hang on the order of rows.
    order = known.groupby("first").size().reset_index(name="n")
    borrowed = order.sort_values(["n", "first"], ascending=[False, True])["first"][:SHARED]
    invented = [name for name in artist_names(rng, artists) if name not in set(known["first"])]
    names = np.array((invented + [f"{name} II" for name in invented])[:artists], dtype=object)
    # Spread over all genres and years.
    names[np.arange(SHARED) * artists // SHARED] = borrowed
    tracks["artist_name"] = names[tracks["artist"]]
    tracks["artist_id"] = np.array(track_ids(rng, artists))[tracks["artist"]]
    tracks["track_id"] = track_ids(rng, n)
    pool = titles(rng, 4000)
    tracks["track_name"] = [pool[i] for i in rng.integers(0, len(pool), n)]
    albums = [pool[i] for i in rng.integers(0, len(pool), artists)]
    tracks["album_name"] = [
        f"{albums[a]} {y // 4}" for a, y in zip(tracks["artist"], tracks["year"], strict=True)
    ]
    tracks["place"] = tracks.groupby("artist_name").cumcount()
    known["place"] = known.groupby("first").cumcount()
    keys = ["artist_name", "place"]
    columns = ["track_id", "track_name", "album_name"]
    found = tracks[keys].merge(
        known[["first", "place", *columns]], "left", left_on=keys, right_on=["first", "place"]
    )
    there = found["track_id"].notna().to_numpy()
    for name in columns:
        tracks.loc[there, name] = found.loc[there, name].to_numpy()
    tracks["artist_popularity"] = rng.integers(5, 95, artists)[tracks["artist"]]
    tracks["artist_followers"] = rng.integers(100, 4_000_000, artists)[tracks["artist"]]
    return int(there.sum())


def _flaws(rng: np.random.Generator, tracks: pd.DataFrame) -> dict[str, int]:
    """Add the dates as published, and what is wrong with the real file."""
    n = len(tracks)
    year = tracks["year"].astype(str)
    month = pd.Series(rng.integers(1, 13, n)).map("{:02d}".format)
    day = pd.Series(rng.integers(1, 29, n)).map("{:02d}".format)
    form = rng.integers(0, 1000, n)
    full = year + "-" + month + "-" + day
    tracks["release_date"] = full.where(form >= 90, year).mask(form == 90, year + "-" + month)
    tracks["release_year"] = tracks["year"].astype("Int64")
    odd = rng.permutation(n)[:11]
    nought, undated, placeholder = odd[:6], odd[6:8], odd[8:]
    tracks.loc[nought, ["tempo", "time_signature"]] = [0.0, 0]
    tracks.loc[undated, "release_date"] = "0000"
    tracks.loc[undated, "release_year"] = pd.NA
    # A modern track under a date that somebody typed in: the real file's 1900.
    tracks.loc[placeholder, "release_date"], tracks.loc[placeholder, "release_year"] = "1900", 1900
    return {
        "zero_tempo_ids": len(nought),
        "undated_ids": len(undated),
        "misdated_ids": len(placeholder),
        "year_only_ids": int((tracks["release_date"].str.len() == 4).sum()),
    }


def _rows(rng: np.random.Generator, tracks: pd.DataFrame) -> pd.DataFrame:
    """List each track under its genre, one in five under its neighbour as well, a few twice."""
    names = GENRES.index.to_numpy()
    tracks["artist_genres"] = names[tracks["genre"]]
    twice = np.flatnonzero(happens(rng, 200, len(tracks)))
    again = tracks.loc[twice].assign(genre=tracks["genre"].to_numpy()[twice] ^ 1)
    copies = tracks.loc[rng.permutation(len(tracks))[:40]]
    rows = pd.concat([tracks, again, copies], ignore_index=True)
    rows = rows.assign(search_genre=names[rows["genre"]], data_collection_date="2024-11-06")
    rows = rows.loc[rng.permutation(len(rows))].sort_values("search_genre", kind="stable")
    return rows.reset_index(drop=True)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE
    write_sample(target)
    print(f"wrote {FILE} and {PLANTED} to {target}")
