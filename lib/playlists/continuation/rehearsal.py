"""A challenge set made of held-out playlists, to rehearse a submission where there is none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from lib.playlists.continuation.challenge import ChallengeSet, read_challenge
from lib.playlists.continuation.held_out import HeldPlaylists
from lib.playlists.continuation.holdout import hold_out
from lib.playlists.store import Store


def rehearse(store: Store, path: Path, seed: int) -> tuple[ChallengeSet, np.ndarray]:
    """Make a challenge set of some playlists of a store, and keep the others to learn from.

    Parameters
    ----------
    store : Store
        Playlists with titles.
    path : pathlib.Path
        File to write, in the official format.
    seed : int
        Of the hold-out; the playlists are the test playlists of
        `lib.playlists.continuation.holdout.hold_out`.

    Returns
    -------
    challenge : ChallengeSet
    learnt : numpy.ndarray of int64
        Rows of the store that are not in the challenge set.
    """
    test = hold_out(store, "challenge", seed=seed).test
    write_challenge(path, test, store)
    everything = np.arange(len(store.offsets) - 1)
    return read_challenge(path), np.setdiff1d(everything, test.playlists)


def write_challenge(path: Path, held: HeldPlaylists, store: Store) -> None:
    """Write held-out playlists in the official format of a challenge set, for a rehearsal."""
    about = store.table("playlists", ["pid", "name"])
    ids = store.table("tracks", ["track_id", "track_name", "artist"])
    artists = store.table("artists", ["artist_name"])["artist_name"].fillna("").tolist()
    playlists = []
    queries = held.queries
    for row, seeds, title, first, hidden in zip(
        held.playlists, queries.seeds, queries.titles, queries.ordered, held.truth, strict=True
    ):
        both = np.concatenate([seeds, hidden])
        places = np.arange(len(seeds)) if first else _places(store, row, seeds)
        part = ids.iloc[seeds]
        tracks = [
            {
                "pos": int(pos),
                "artist_name": artists[artist] if artist >= 0 else "",
                "track_uri": f"spotify:track:{one}",
                "track_name": name if isinstance(name, str) else "",
            }
            for pos, one, name, artist in zip(places, *(part[c] for c in part), strict=True)
        ]
        playlists.append(
            ({"name": title} if title else {})
            | {
                "pid": int(about["pid"].iloc[row]),
                "num_tracks": len(both),
                "num_samples": len(seeds),
                "num_holdouts": len(hidden),
                "tracks": tracks,
            }
        )
    content = {"version": "v1", "name": "rehearsal", "playlists": playlists}
    path.write_text(json.dumps(content), "utf-8")


def _places(store: Store, row: int, seeds: np.ndarray) -> np.ndarray:
    tracks, first = np.unique(store.tracks_of(row), return_index=True)
    return first[np.searchsorted(tracks, seeds)]
