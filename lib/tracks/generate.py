"""Generate the sample catalogue: made-up tracks in the Kaggle layout, with its flaws and a key.

``python -m lib.tracks.generate [FOLDER]`` writes ``dataset.csv`` and the planted truth
``planted.json``. All draws and sums are whole numbers (see `lib.tracks.sample_sound`), so the
files are the same bytes on every machine.

How a catalogue comes about: artists have a home genre and a level; recordings have a sound and a
popularity (genre level + artist level + audio effect + noise, cut to 0 to 100); releases are the
ids of a recording, the first one original, the others re-issues that are often at 0; rows list a
release under its home genre and at times under genres that sound alike.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from lib.tracks.columns import COLUMNS, KAGGLE_NAMES
from lib.tracks.sample_names import track_ids
from lib.tracks.sample_recordings import NOISE_SD, draw_artists, draw_recordings
from lib.tracks.sample_sound import EFFECTS, GENRES, SCALES, happens, published

ROWS_PER_GENRE = 250
ON_COMPILATIONS = 10
"""Recordings of a genre whose first re-issue is on a compilation."""
COMPILATIONS = 2
TWO_POPULARITIES = 38
SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample" / "tracks"


def generate_catalogue(seed: int = 7) -> tuple[pd.DataFrame, dict[str, object]]:
    """Generate a catalogue and the truth planted in it.

    Parameters
    ----------
    seed : int, optional
        Seed of every draw; the committed sample has 7.

    Returns
    -------
    frame : pandas.DataFrame
        6,000 rows in the raw Kaggle layout, 250 a genre; the index is the unnamed first column.
    planted : dict
        What a test can look for; see Notes.

    Notes
    -----
    Entries of `planted`:

    - ``seed``, ``rows``, ``unique_ids``, ``unique_recordings``, ``exact_duplicate_rows``
      (repeats beyond the first), ``zero_rows`` and ``zero_ids`` (popularity 0),
      ``zero_ids_with_nonzero_twin`` (of the same recording), ``zero_tempo_rows``,
      ``zero_time_signature_rows``: counts; ``null_row``: the index of the row without text
    - ``genre_levels``, ``artist_levels`` (relative to the genre), ``audio_effects`` (points per
      published unit, none at ``audio_zeros``), ``noise_sd``: what popularity is the sum of
    - ``recordings``: the ids of each recording that has more than one, the first one original
    - ``not_original``: ids whose popularity follows a re-issue's rules, not the sum
    - ``compilations``: popularity of each compilation album
    - ``white_label``: pairs of ids with the same sound under two artists (one recording)
    - ``live_version``, ``same_title``: pairs of ids that are different recordings
    - ``two_popularities``: ids whose rows disagree

    Examples
    --------
    >>> frame, planted = generate_catalogue(seed=1)
    >>> len(frame), frame["track_genre"].nunique(), planted["exact_duplicate_rows"]
    (6000, 24, 24)
    """
    rng = np.random.default_rng(seed)
    artists = draw_artists(rng)
    recordings, pairs = draw_recordings(rng, artists)
    releases, compilations = _releases(rng, recordings)
    frame, two_popularities = _rows(rng, releases)
    return frame, {
        "seed": seed,
        "noise_sd": NOISE_SD,
        "genre_levels": {name: int(level) for name, level in GENRES["level"].items()},
        "artist_levels": dict(zip(artists["artist"], artists["level"].tolist(), strict=True)),
        "audio_effects": {name: slope / 100 for name, (slope, _) in EFFECTS.items()},
        "audio_zeros": {name: zero / SCALES.get(name, 1) for name, (_, zero) in EFFECTS.items()},
        "recordings": _recording_groups(releases),
        "not_original": releases.loc[releases["not_original"], "track_id"].tolist(),
        "compilations": compilations,
        **{
            kind: [[_first_id(releases, number) for number in pair] for pair in found]
            for kind, found in pairs.items()
        },
        "two_popularities": two_popularities,
        **_counts(frame, releases),
    }


def write_sample(folder: Path, seed: int = 7) -> None:
    """Write ``dataset.csv`` and ``planted.json`` into a folder, which is made when missing."""
    frame, planted = generate_catalogue(seed)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dataset.csv").write_bytes(frame.to_csv(lineterminator="\n").encode())
    # One entry a line: short, and a changed entry shows as a changed line.
    lines = (f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in planted.items())
    (folder / "planted.json").write_bytes(("{\n" + ",\n".join(lines) + "\n}\n").encode())


def _releases(
    rng: np.random.Generator, recordings: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, int]]:
    """One row an id: the original, then its re-issues."""
    table = recordings.loc[np.repeat(recordings.index, 1 + recordings["reissues"])]
    table = table.rename_axis("recording").reset_index()
    n = len(table)
    table["track_id"] = track_ids(rng, n)
    copy = table.groupby("recording").cumcount()
    again = copy > 0
    table["not_original"] = again | table["only_on_compilation"]
    _reissue(rng, table, again)
    compilations = {}
    for genre, members in table.groupby("genre", sort=False):
        reissued = members.index[copy[members.index] == 1][-ON_COMPILATIONS:]
        there = reissued.union(members.index[members["only_on_compilation"]])
        for volume in range(COMPILATIONS):
            name = f"{genre.title()} Picks {2021 + volume}"
            # A compilation has one popularity whatever is on it, mostly 0.
            compilations[name] = int(happens(rng, 300, 1)[0] * rng.integers(5, 40))
            table.loc[there[volume::COMPILATIONS], "album"] = name
            table.loc[there[volume::COMPILATIONS], "popularity"] = compilations[name]
    return table, compilations


def _reissue(rng: np.random.Generator, table: pd.DataFrame, again: pd.Series) -> None:
    """Change what differs on a re-issue: album, popularity, at times title and sound."""
    n = len(table)
    kind = rng.integers(0, 3, n)
    deluxe, remaster = again & (kind == 0), again & (kind == 1)
    table.loc[deluxe, "album"] += " (Deluxe)"
    table.loc[remaster, "album"] += " (Remastered)"
    table.loc[again & (kind == 2), "album"] = table["title"]
    zero = again & happens(rng, 250, n)
    table.loc[again, "popularity"] = np.maximum(table["popularity"] - rng.integers(0, 12, n), 0)
    table.loc[zero, "popularity"] = 0
    # Two in three carry the very same sound; the others were transferred or mastered anew.
    differs = again & happens(rng, 340, n)
    for name, width in (("energy", 12), ("loudness", 1500), ("tempo", 60), ("duration_ms", 2500)):
        moved = table[name] + rng.integers(1, width, n)
        table[name] = table[name].where(~differs, moved)
    table["energy"] = np.minimum(table["energy"], 999)
    table.loc[remaster & ~differs & happens(rng, 300, n), "title"] += " - Remastered"


def _rows(rng: np.random.Generator, releases: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """List the releases under genres, exactly `ROWS_PER_GENRE` rows each, genres in order."""
    table = published(releases).rename(
        columns={"credits": "artists", "album": "album_name", "title": "track_name"}
    )
    elsewhere = _list_elsewhere(rng, releases)
    listed = table.loc[elsewhere["release"]].reset_index(drop=True)
    listed["genre"] = elsewhere["genre"]
    # A few were collected on another day: the row elsewhere has another popularity.
    twice = listed.drop_duplicates("track_id")
    twice = twice.index[(twice["popularity"] > 5) & ~twice["not_original"]]
    twice = rng.permutation(twice)[:TWO_POPULARITIES]
    listed.loc[twice, "popularity"] -= rng.integers(1, 4, TWO_POPULARITIES)
    rows = pd.concat([table, listed], ignore_index=True).rename(columns={"genre": "track_genre"})
    mixed = rows.loc[rng.permutation(np.flatnonzero(~rows["nobody"]))]
    repeats = mixed.drop_duplicates("track_genre").index
    rows = pd.concat([rows, rows.loc[repeats]], ignore_index=True)
    rows = rows.loc[rng.permutation(rows.index)].sort_values("track_genre", kind="stable")
    nobody = rows["nobody"].to_numpy()
    rows.loc[nobody, ["artists", "album_name", "track_name"]] = None
    rows.loc[nobody, ["popularity", "duration_ms"]] = 0
    in_file = {ours: theirs for theirs, ours in KAGGLE_NAMES.items()}
    columns = [in_file.get(name, name) for name in COLUMNS if name != "row"]
    return rows.reset_index(drop=True)[columns], sorted(listed.loc[twice, "track_id"])


def _list_elsewhere(rng: np.random.Generator, releases: pd.DataFrame) -> pd.DataFrame:
    """Choose which releases also stand under which genres that sound alike."""
    genres = list(GENRES.index)
    home = releases["genre"].map(genres.index).to_numpy()
    # One row a genre is kept for an exact duplicate.
    free = ROWS_PER_GENRE - 1 - np.bincount(home)
    # Releases at 0 are listed under more genres, as in the published file.
    draw = rng.integers(0, 1000, len(releases)) - 110 * (releases["popularity"] == 0)
    wanted = 4 - np.searchsorted([5, 20, 52, 175], draw, side="right")
    wanted[releases["nobody"]] = 0
    chosen = []
    for release in np.flatnonzero(wanted):
        near = (home[release] + np.array([-3, -2, -1, 1, 2, 3])) % len(genres)
        near = rng.permutation(near[free[near] > 0])[: wanted[release]]
        free[near] -= 1
        chosen += [(release, genres[g]) for g in near]
    # What is still free goes to releases that have stood in one place so far.
    spare = rng.permutation(np.flatnonzero((wanted == 0) & ~releases["nobody"]))
    for g in np.repeat(np.arange(len(genres)), free):
        take = np.flatnonzero(home[spare] == (g + 1) % len(genres))[0]
        chosen.append((spare[take], genres[g]))
        spare = np.delete(spare, take)
    return pd.DataFrame(chosen, columns=["release", "genre"])


def _recording_groups(releases: pd.DataFrame) -> list[list[str]]:
    groups = releases.groupby("number")["track_id"].agg(list)
    return [group for group in groups if len(group) > 1]


def _first_id(releases: pd.DataFrame, recording: int) -> str:
    return releases.loc[releases["recording"] == recording, "track_id"].iloc[0]


def _counts(frame: pd.DataFrame, releases: pd.DataFrame) -> dict[str, int]:
    popularity = releases["popularity"].where(~releases["nobody"], 0)
    best_copy = popularity.groupby(releases["number"]).transform("max")
    return {
        "rows": len(frame),
        "unique_ids": len(releases),
        "unique_recordings": int(releases["number"].nunique()),
        "exact_duplicate_rows": len(GENRES),
        "zero_rows": int((frame["popularity"] == 0).sum()),
        "zero_ids": int((popularity == 0).sum()),
        "zero_ids_with_nonzero_twin": int(((popularity == 0) & (best_copy > 0)).sum()),
        "null_row": int(frame["artists"].isna().to_numpy().argmax()),
        "zero_tempo_rows": int((frame["tempo"] == 0).sum()),
        "zero_time_signature_rows": int((frame["time_signature"] == 0).sum()),
    }


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE
    write_sample(target)
    print(f"wrote dataset.csv and planted.json to {target}")
