"""The artists and recordings of the generated sample, with what is planted in them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.tracks.sample_names import artist_names, titles
from lib.tracks.sample_sound import GENRES, audio, audio_effect, bell, happens

ARTIST_SIZES = (32, 22, 16, 12, 11, 8, 7, 6, 5, 5, 4, 4, 3, 3, 3) + 8 * (2,) + 17 * (1,)
"""Recordings of each artist of a genre: a few artists have many, two in five have one."""
REISSUES = (4, 3, 2, 2) + 12 * (1,)
"""Further ids of the recordings of a genre that have any."""
ONLY_ON_COMPILATIONS = 8
"""Recordings of a genre that are found on a compilation alone."""
ARTIST_SD = 10
NOISE_SD = 5
SAME_TITLES = 16
WHITE_LABELS = 12
NO_METRE, NO_TEMPO = 9, 8
NULL_ROW_GENRE = "k-pop"


def draw_artists(rng: np.random.Generator) -> pd.DataFrame:
    """Draw the artists: name, home genre, number of recordings, level relative to the genre.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    pandas.DataFrame
        One row an artist, genre after genre: artist, genre, size, level (popularity points).
    """
    n = len(GENRES) * len(ARTIST_SIZES)
    artists = pd.DataFrame(
        {
            "artist": artist_names(rng, n),
            "genre": np.repeat(GENRES.index.to_numpy(), len(ARTIST_SIZES)),
            "size": np.tile(ARTIST_SIZES, len(GENRES)),
            "level": ARTIST_SD * bell(rng, n) // 1000,
        }
    )
    # Centred, so that a genre's level is the mean of its recordings.
    weighted = (artists["level"] * artists["size"]).groupby(artists["genre"]).transform("sum")
    artists["level"] -= weighted // sum(ARTIST_SIZES)
    return artists


def draw_recordings(
    rng: np.random.Generator, artists: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, list[tuple[int, int]]]]:
    """Draw the artists' recordings, and plant what looks alike or is alike.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    artists : pandas.DataFrame
        From `draw_artists`.

    Returns
    -------
    recordings : pandas.DataFrame
        One row a recording: text, popularity, sound in whole numbers (`sample_sound.SCALES`),
        its number of re-issues and other roles. Two rows of the same ``number`` are one
        recording under two names.
    pairs : dict
        Pairs of rows by kind: ``white_label``, ``live_version``, ``same_title``.
    """
    table = artists.loc[np.repeat(artists.index, artists["size"])].rename_axis("by").reset_index()
    n = len(table)
    table["title"] = titles(rng, n)
    # An album holds up to eight recordings and is called after the first.
    position = table.groupby("by").cumcount()
    table["album"] = table.groupby([table["by"], position // 8])["title"].transform("first")
    table["credits"] = _credits(rng, table, artists)
    _give_roles(rng, table)
    sound = audio(rng, table["genre"], table["by"])
    pairs = _look_alikes(rng, table, sound)
    popularity = 100 * (table["level"] + table["genre"].map(GENRES["level"])) + audio_effect(sound)
    popularity += NOISE_SD * bell(rng, n) // 10
    table["popularity"] = np.clip((popularity + 50) // 100, 0, 100)
    table.loc[table["forgotten"], "popularity"] = 0
    table["number"] = table.index
    for first, second in pairs["white_label"]:
        table.loc[second, "number"] = first
    return table.join(sound), pairs


def _credits(rng: np.random.Generator, table: pd.DataFrame, artists: pd.DataFrame) -> list[str]:
    """Put guests of the same genre behind the first artist of one recording in four."""
    n = len(table)
    guests = np.searchsorted([750, 930, 980], rng.integers(0, 1000, n), side="right")
    # Guests sit at other places of the genre's list of artists: never the first artist again.
    size = len(ARTIST_SIZES)
    steps = 1 + rng.integers(0, size // 3, n)[:, None] + np.arange(3) * (size // 3)
    home = table["by"].to_numpy()[:, None]
    who = artists["artist"].to_numpy()[home - home % size + (home + steps) % size]
    return [
        ";".join([first, *others[:count]])
        for first, others, count in zip(table["artist"], who, guests, strict=True)
    ]


def _give_roles(rng: np.random.Generator, table: pd.DataFrame) -> None:
    """Choose in each genre what has re-issues, what is forgotten, what only compilations hold."""
    table["reissues"] = 0
    table["only_on_compilation"] = False
    for _, members in table.groupby("genre", sort=False):
        shuffled = members.loc[rng.permutation(members.index)]
        table.loc[shuffled.index[: len(REISSUES)], "reissues"] = REISSUES
        # A compilation has many first artists.
        single = shuffled[len(REISSUES) :].drop_duplicates("by").index[:ONLY_ON_COMPILATIONS]
        table.loc[single, "only_on_compilation"] = True
    # All ids of a forgotten recording are at 0, the original too.
    table["forgotten"] = (table["reissues"] > 0) & happens(rng, 150, len(table))
    table["plain"] = (table["reissues"] == 0) & ~table["only_on_compilation"]


def _look_alikes(
    rng: np.random.Generator, table: pd.DataFrame, sound: pd.DataFrame
) -> dict[str, list[tuple[int, int]]]:
    """Plant white labels, live versions, equal titles, silence and the recording without text."""
    plain = table[table["plain"]].loc[lambda t: rng.permutation(t.index)]
    genres = GENRES.index[rng.permutation(len(GENRES))]
    pairs: dict[str, list[tuple[int, int]]] = {"white_label": [], "live_version": []}
    used: list[int] = []
    for genre in genres:
        here = plain[plain["genre"] == genre]
        size = here["size"]
        known = here.index[(size >= 10) & (size < ARTIST_SIZES[0])][0]
        unknown = here.index[size == 1][0]
        if len(pairs["white_label"]) < WHITE_LABELS:
            # Sold a second time, under a name that has nothing else.
            sound.loc[unknown] = sound.loc[known]
            pairs["white_label"].append((known, unknown))
        # Another recording of the same piece by the same artist: not to be merged.
        studio, live = here.index[size == ARTIST_SIZES[0]][:2]
        table.loc[live, "title"] = table.loc[studio, "title"] + " - Live"
        sound.loc[live, "liveness"] = 9000 - rng.integers(0, 2000)
        pairs["live_version"].append((studio, live))
        used += [known, unknown, studio, live]
    rest = plain.drop(index=used)
    nobody = rest[(rest["genre"] == NULL_ROW_GENRE) & (rest["size"] >= 10)].index[0]
    table["nobody"] = table.index == nobody
    rest = rest.drop(index=nobody).drop_duplicates("by").index
    silent, equal = rest[:NO_METRE], rest[NO_METRE : NO_METRE + 2 * SAME_TITLES]
    sound.loc[silent, "time_signature"] = 0
    nothing_heard = ["tempo", "danceability", "valence", "speechiness"]
    sound.loc[silent[:NO_TEMPO], nothing_heard] = 0
    pairs["same_title"] = list(zip(equal[::2], equal[1::2], strict=True))
    for first, second in pairs["same_title"]:
        table.loc[second, "title"] = table.loc[first, "title"]
    return pairs
