"""Continue somebody's playlist: tracks by name, id or address, a title, or both; with reasons."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.errors import DataError, ParameterError
from lib.playlists.continuation.held_draw import different_tracks, random_order
from lib.playlists.continuation.queries import Queries
from lib.playlists.find_tracks import Found, TrackNames, find_track
from lib.playlists.fuzzy import alike, index_texts, nearest_texts
from lib.playlists.names import names_of
from lib.playlists.store import Store
from lib.playlists.texts import normalise_title
from lib.recommenders.base import Ranked, Recommender, Training
from lib.recommenders.fitted import called
from lib.recommenders.rank import fill
from lib.recommenders.reasons import LEAST, in_words, links, playlists_called

SHOWN = 5
"""Tracks that an example shows."""
EXAMPLE_LENGTH = (15, 100)
NEAR_TITLES = 3
SHOWN_LETTERS = 60
"""Of a title, in a note."""


@dataclass(frozen=True)
class Continued:
    """A playlist, continued.

    Attributes
    ----------
    seeds : numpy.ndarray of int32
        Tracks that were recognised, each once, in the order given.
    tracks : pandas.DataFrame
        The best first: ``rank``, ``track`` (number), ``name``, ``score`` (comparable within the
        list only; missing for popular tracks that were added), ``shared`` and ``of`` (playlists
        that hold both the track and its best seed, and that hold the seed), ``titled`` and
        ``called`` (playlists of the same title that hold the track, and all of that title),
        ``share`` (of all playlists that hold the track), ``reasons``.
    notes : list of str
        What was taken for what, what was left out, and what the list falls back on.
    """

    seeds: np.ndarray
    tracks: pd.DataFrame
    notes: list[str]


def split_tracks(text: str) -> list[str]:
    r"""Split what was typed at ``;`` and line ends.

    Examples
    --------
    >>> split_tracks("Creep – Radiohead; Closer\n\n")
    ['Creep – Radiohead', 'Closer']
    """
    return [part.strip() for part in re.split(r"[;\n]", text) if part.strip()]


def continue_playlist(
    asked: Sequence[str],
    title: str,
    model: Recommender,
    training: Training,
    store: Store,
    names: TrackNames,
    length: int = 20,
    without: Sequence[int] = (),
) -> Continued:
    """Recommend tracks that continue a playlist, and say why.

    Parameters
    ----------
    asked : sequence of str
        Tracks as `lib.playlists.find_tracks.find_track` takes them, in the order of the playlist;
        any number, also none. A repeated one counts once.
    title : str
        Title of the playlist, ``""`` for none.
    model : Recommender
        Fitted; see `lib.recommenders.fitted.fit_named`.
    training : Training
        What it was fitted on; reasons are counted there.
    store : Store
        For names.
    names : TrackNames
        Of the store, from `lib.playlists.find_tracks.read_names`.
    length : int, optional
        Tracks wanted.
    without : sequence of int, optional
        Numbers of tracks that are not wanted.

    Returns
    -------
    Continued
        Never empty. What the recommender cannot fill is filled with the most popular tracks, and
        a note says so.

    Raises
    ------
    ParameterError
        When there is neither a track nor a title, or `length` is below 1.
    DataError
        When no track is recognised and there is no title; or all tracks are seeds already.
    """
    if not asked and not normalise_title(title):
        empty = f"title ‘{_short(title)}’ has no word or sign to go by" if title.strip() else ""
        raise ParameterError(
            f"{empty or 'neither a track nor a title'}: name a track, or a title, or both"
        )
    if length < 1:
        raise ParameterError(f"length: expected 1 or more, found {length}")
    found = [find_track(names, text) for text in asked]
    notes = _notes_on_tracks(found, store)
    numbers = [one.track for one in found if one.track >= 0]
    seeds = np.array(list(dict.fromkeys(numbers)), np.int32)
    if len(numbers) > len(seeds):
        notes.append(f"{len(numbers) - len(seeds):,} repeated tracks count once.")
    if not len(seeds) and not normalise_title(title):
        raise DataError(
            f"none of {len(asked):,} tracks is in the catalogue of {len(names.ids):,}: "
            + " ".join(notes[:5])
            + " Give other names, ids, or a title"
        )
    queries = Queries([seeds], [title], np.array([True]))
    # As many more as might not be wanted, so that the list is as long as asked for without them.
    wanted = length + len(without)
    full = fill(model.recommend(queries, wanted), training, queries, wanted)
    full = _leave_out(full, without, length)
    if not full.answered[0]:
        unwanted = " or not wanted" if len(without) else ""
        raise DataError(
            f"all {len(training.popular):,} tracks that are in a playlist are given{unwanted}"
        )
    given = ["this title"] * bool(title) + ["these tracks"] * bool(len(seeds))
    notes += _notes_on_title(title, training)
    notes += _notes_on_fill(full, length, model, " and ".join(given))
    return Continued(seeds, _tabulate(full, queries, training, store), notes)


def _leave_out(full: Ranked, without: Sequence[int], length: int) -> Ranked:
    kept = ~np.isin(full.tracks[0], list(without))
    return Ranked(full.tracks[:, kept][:, :length], full.scores[:, kept][:, :length])


def _tabulate(full: Ranked, queries: Queries, training: Training, store: Store) -> pd.DataFrame:
    tracks = full.tracks[0][full.tracks[0] >= 0]
    tie = links(queries, full.tracks, training)
    best = np.unique(tie.seed[tie.seed >= 0])
    called = dict(zip(best.tolist(), names_of(store, "track", best), strict=True))
    reasons = []
    for place, track in enumerate(tracks):
        held = training.popularity[track]
        unlinked = f"in {held:,} of all {training.tracks.shape[0]:,} playlists"
        if np.isfinite(full.scores[0, place]):
            unlinked += ", without a direct tie to what was given"
        else:
            unlinked += ": popular, added to fill the list"
        reasons.append(in_words(tie, 0, place, called, queries.titles[0].strip()) or unlinked)
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(tracks) + 1),
            "track": tracks,
            "name": names_of(store, "track", tracks),
            "score": full.scores[0, : len(tracks)],
            "shared": tie.shared[0, : len(tracks)],
            "of": tie.of[0, : len(tracks)],
            "titled": np.where(
                tie.titled[0, : len(tracks)] >= LEAST, tie.titled[0, : len(tracks)], 0
            ),
            "called": tie.called[0, : len(tracks)],
            "share": training.popularity[tracks] / max(training.tracks.shape[0], 1),
            "reasons": reasons,
        }
    )


def _notes_on_tracks(found: list[Found], store: Store) -> list[str]:
    wanted = sorted({n for one in found for n in (one.track, *one.others) if n >= 0})
    called = dict(zip(wanted, names_of(store, "track", np.array(wanted, int)), strict=True))
    notes = []
    for one in found:
        others = "; ".join(called[n] for n in one.others)
        if one.how == "unknown":
            near = f"nearest: {others}" if others else "nothing comes near"
            notes.append(f"‘{one.asked}’ is not in the catalogue and is left out ({near}).")
        elif one.how == "close":
            more = f"; or is it {others}?" if others else ""
            notes.append(f"‘{one.asked}’ was taken for {called[one.track]}{more}")
        elif others:
            notes.append(
                f"‘{one.asked}’ was taken for {called[one.track]}, the most frequent of that "
                f"name; others: {others}."
            )
    return notes


def _notes_on_title(title: str, training: Training) -> list[str]:
    reduced = normalise_title(title)
    if not reduced:
        return []
    called = playlists_called(training)
    if reduced in called:
        return []
    if not called:
        return [f"the playlists of this set have no titles, so ‘{_short(title)}’ says nothing."]
    texts = sorted(called)
    near = [texts[place] for place in nearest_texts(index_texts(texts), reduced, 20)]
    near = sorted(near, key=lambda one: -alike(one, reduced))[:NEAR_TITLES]
    like = f"; nearest: {', '.join(f'‘{one}’' for one in near)}" if near else ", nor nearly so"
    return [f"no playlist is called ‘{_short(title)}’{like}."]


def _notes_on_fill(full: Ranked, length: int, model: Recommender, given: str) -> list[str]:
    there = full.tracks[0] >= 0
    own = int((there & np.isfinite(full.scores[0])).sum())
    notes = []
    if own == 0:
        notes.append(
            f"{called(model)} knows nothing that follows from {given}: the list is "
            "the most popular tracks."
        )
    elif own < there.sum():
        notes.append(f"from rank {own + 1:,} on, the most popular tracks fill the list.")
    if there.sum() < length:
        notes.append(f"{there.sum():,} tracks, as no more are left; {length:,} were wanted.")
    return notes


@dataclass(frozen=True)
class Example:
    """A playlist of the set, to show how it works when nothing was asked for.

    Attributes
    ----------
    playlist : int
        Its row in the store, to be left out of what is learnt from.
    title : str
    seeds, hidden : numpy.ndarray of int32
        Its first tracks, and the rest.
    """

    playlist: int
    title: str
    seeds: np.ndarray
    hidden: np.ndarray


def draw_example(store: Store, seed: int) -> Example:
    """Draw a playlist of 15 to 100 different tracks, with a title where the set has titles.

    Raises
    ------
    DataError
        When there is no such playlist.
    """
    names = store.table("playlists", ["name"])["name"].fillna("").str.strip()
    titled = (names.map(normalise_title) != "").to_numpy()
    low, high = EXAMPLE_LENGTH
    order, _ = random_order(store, seed)
    for row in order:
        tracks = different_tracks(store, row)
        if low <= len(tracks) <= high and (titled[row] or not titled.any()):
            seeds, hidden = tracks[:SHOWN].astype(np.int32), tracks[SHOWN:].astype(np.int32)
            return Example(int(row), names.iloc[row], seeds, hidden)
    raise DataError(
        f"{store.folder}: no playlist of {low} to {high} different tracks to show as an example; "
        "give tracks or a title"
    )


def _short(text: str) -> str:
    return text if len(text) <= SHOWN_LETTERS else f"{text[:SHOWN_LETTERS]}…"
