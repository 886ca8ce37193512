"""Four ways to clean a catalogue, each with a log of what went and why.

`audio_v2` and `exact` are two published recipes, kept as they were for the sake of their numbers;
`raw` leaves all in; `recordings` is ours. Nothing is imputed: a row that cannot be used is dropped
and counted.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from lib.errors import ParameterError
from lib.tracks.columns import AUDIO_9
from lib.tracks.features import add_derived, collect_genres, tracks_by_id
from lib.tracks.twins import add_ids

Cleaned = tuple[pd.DataFrame, pd.DataFrame]
"""A cleaned catalogue and its log: columns step, rows_before, rows_after, removed, why."""

KEEP_POPULARITY = ("max", "median", "mean")

_TEXTS = ("artists", "album_name", "track_name", "track_genre")
_NAMES = ("artists", "album_name", "track_name")


def raw(tracks: pd.DataFrame) -> Cleaned:
    """Leave every row in, as most published notebooks do."""
    return tracks.reset_index(drop=True), _log([("as read", len(tracks), len(tracks), "")])


def drop_nameless(tracks: pd.DataFrame) -> pd.DataFrame:
    """Drop the rows without artist, album or title."""
    return tracks.dropna(subset=list(_NAMES)).reset_index(drop=True)


def audio_v2(tracks: pd.DataFrame) -> Cleaned:
    """Keep the most popular row of each audio vector, then drop popularity 0 (published recipe).

    Both choices look at the target: the kept copy is the most popular one, and the zeros go. What
    is left is easier to predict than the catalogue it came from.

    Parameters
    ----------
    tracks : pandas.DataFrame
        As read, see `lib.tracks.read.read_kaggle`.

    Returns
    -------
    tracks : pandas.DataFrame
        Most popular first, ties in the order of the file, with the columns of `add_derived`.
        Cleaning it again changes nothing.
    log : pandas.DataFrame
        See `Cleaned`.
    """
    return _run(
        tracks,
        (
            (
                "exact copies",
                pd.DataFrame.drop_duplicates,
                "equal in every column, the row number included, so none can be",
            ),
            (
                "same audio vector",
                _most_popular_of_each_sound,
                "nine equal descriptors are one recording; the most popular row stays",
            ),
            (
                "popularity 0",
                lambda rows: rows[rows["popularity"] > 0],
                "taken for missing; many are old copies",
            ),
            ("no name", drop_nameless, "without artist, album or title; never filled in"),
            ("derived columns", add_derived, ""),
        ),
    )


def exact(tracks: pd.DataFrame) -> Cleaned:
    """Drop the row without names and exact copies, then level the texts (published recipe).

    The row number and the id are dropped before copies are looked for, so only copies under one
    genre go; the same track under another genre stays.

    Parameters
    ----------
    tracks : pandas.DataFrame
        As read, see `lib.tracks.read.read_kaggle`; or the result of this function.

    Returns
    -------
    tracks : pandas.DataFrame
        Without `row` and `track_id`, `duration_min` for `duration_ms`, in the order of the file.
        The published order of steps leaves copies that only levelling makes equal, and blanks
        where a hyphen stood at an end; cleaning it again removes these, and nothing else.
    log : pandas.DataFrame
        See `Cleaned`.
    """
    return _run(
        tracks,
        (
            ("no name", drop_nameless, "without artist, album or title"),
            (
                "exact copies",
                lambda rows: rows.drop(
                    columns=["row", "track_id"], errors="ignore"
                ).drop_duplicates(),
                "equal in every column but row number and id",
            ),
            ("level texts", _level_texts, ""),
            ("length in minutes", _minutes, ""),
        ),
    )


def recordings(tracks: pd.DataFrame, keep: str = "max") -> Cleaned:
    """Keep one row a recording, with the genres of all its ids.

    Parameters
    ----------
    tracks : pandas.DataFrame
        As read, see `lib.tracks.read.read_kaggle`.
    keep : {"max", "median", "mean"}
        The recording's popularity, from the popularities of its ids. The highest is the usual
        choice; it grows with the number of copies.

    Returns
    -------
    tracks : pandas.DataFrame
        In order of first appearance: the columns of the most popular id (the first of equals),
        `popularity`, `n_ids` and `genres`.
    log : pandas.DataFrame
        See `Cleaned`.

    Raises
    ------
    ParameterError
        When `keep` is unknown.
    """
    if keep not in KEEP_POPULARITY:
        raise ParameterError(
            f"popularity to keep {keep!r}: unknown; expected one of {', '.join(KEEP_POPULARITY)}"
        )
    return _run(
        tracks,
        (
            ("no name", drop_nameless, "without artist, album or title"),
            (
                "same id",
                lambda rows: tracks_by_id(add_ids(rows)),
                "one track under several genres; its popularities are averaged",
            ),
            (
                "same recording",
                lambda rows: _one_of_each_recording(rows, keep),
                f"same audio, or same title and first artist; popularity: {keep} of its ids",
            ),
        ),
    )


RECIPES: dict[str, Callable[[pd.DataFrame], Cleaned]] = {
    "raw": raw,
    "exact": exact,
    "audio_v2": audio_v2,
    "recordings": recordings,
}
"""Every recipe, by name."""


def _run(
    tracks: pd.DataFrame, steps: tuple[tuple[str, Callable[[pd.DataFrame], pd.DataFrame], str], ...]
) -> Cleaned:
    log = []
    for step, apply, why in steps:
        before = len(tracks)
        tracks = apply(tracks)
        log.append((step, before, len(tracks), why))
    return tracks.reset_index(drop=True), _log(log)


def _log(steps: list[tuple[str, int, int, str]]) -> pd.DataFrame:
    log = pd.DataFrame(steps, columns=["step", "rows_before", "rows_after", "why"])
    log.insert(3, "removed", log["rows_before"] - log["rows_after"])
    return log


def _most_popular_of_each_sound(tracks: pd.DataFrame) -> pd.DataFrame:
    # A stable sort: which of equally popular copies stays must not depend on the machine.
    ranked = tracks.sort_values("popularity", ascending=False, kind="stable")
    return ranked.drop_duplicates(list(AUDIO_9))


def _one_of_each_recording(tracks: pd.DataFrame, keep: str) -> pd.DataFrame:
    groups = tracks.groupby("recording_id", sort=False)["popularity"]
    chosen = tracks.loc[groups.idxmax()].set_index("recording_id")
    genres = tracks[["recording_id", "genres"]].explode("genres")
    return (
        chosen.assign(
            popularity=groups.agg(keep).astype("float64"),
            n_ids=groups.size(),
            genres=collect_genres(genres["recording_id"], genres["genres"]),
        )
        .drop(columns="audio_id")
        .reset_index()
    )


def _level_texts(tracks: pd.DataFrame) -> pd.DataFrame:
    return tracks.assign(**{name: tracks[name].map(_level) for name in _TEXTS})


def _level(text: str) -> str:
    # Python's lower case, not Arrow's: they differ for the Turkish İ and the final sigma, and the
    # published counts of names are those of Python.
    return text.strip().lower().replace("-", " ").replace("_", " ").replace(";", " and ")


def _minutes(tracks: pd.DataFrame) -> pd.DataFrame:
    if "duration_ms" not in tracks:
        return tracks
    minutes = tracks["duration_ms"] / 60_000
    return tracks.drop(columns="duration_ms").assign(duration_min=minutes)
