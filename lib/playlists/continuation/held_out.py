"""Playlists held out whole: what a recommender may learn from, is asked, and has to find."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.errors import DataError
from lib.playlists.continuation.queries import Queries


@dataclass(frozen=True)
class HeldPlaylists:
    """Playlists of which some tracks are shown and the others hidden.

    Attributes
    ----------
    playlists : numpy.ndarray of int64, shape (playlists,)
        Their rows in the store.
    category : numpy.ndarray of int8, shape (playlists,)
        Place of each one's category in `names`.
    names : tuple of str
        Categories, the same for validation and test.
    queries : Queries
        What is shown: seeds, title.
    truth : list of numpy.ndarray of int32
        Hidden tracks of each, once, in the order of the playlist; never a seed. Some may be in no
        training playlist, so that no list is perfect.
    """

    playlists: np.ndarray
    category: np.ndarray
    names: tuple[str, ...]
    queries: Queries
    truth: list[np.ndarray]

    def __len__(self) -> int:
        return len(self.playlists)


def fingerprint(held: HeldPlaylists) -> str:
    """Return a hash of which playlists of a store are held out, and in which category."""
    rows = np.column_stack([held.playlists, held.category]).astype("<i8")
    return hashlib.sha256(rows.tobytes()).hexdigest()


@dataclass(frozen=True)
class HoldOut:
    """A store's playlists, cut in three.

    Attributes
    ----------
    train : numpy.ndarray of int64
        Rows in the store to learn from, rising; no other playlist may be looked at.
    validation, test : HeldPlaylists
        To choose with, and to report.
    short : tuple of str
        Where there are fewer playlists than wanted, e.g. ``"test, first 5: 7 of 10"``.
    """

    train: np.ndarray
    validation: HeldPlaylists
    test: HeldPlaylists
    short: tuple[str, ...]


def check_holdout(holdout: HoldOut) -> None:
    """Stop when anything that is tested could be learned from.

    Raises
    ------
    DataError
        When a playlist is in two of training, validation and test or twice in one, or a row of
        seeds and truth has a track twice.
    """
    parts = {
        "training": holdout.train,
        "validation": holdout.validation.playlists,
        "test": holdout.test.playlists,
    }
    rows = np.concatenate([*parts.values()])
    found, counts = np.unique(rows, return_counts=True)
    if (counts > 1).any():
        row = found[counts > 1][0]
        where = [name for name, part in parts.items() for _ in range(int((part == row).sum()))]
        raise DataError(
            f"hold-out: playlist {row} is in {' and '.join(where)} ({(counts > 1).sum():,} such); "
            "each playlist expected in one part, once. Make the hold-out again"
        )
    for name in ("validation", "test"):
        part = getattr(holdout, name)
        for row, (seeds, hidden) in enumerate(zip(part.queries.seeds, part.truth, strict=True)):
            both = np.concatenate([seeds, hidden])
            if len(np.unique(both)) < len(both):
                raise DataError(
                    f"hold-out: {name} row {row} (playlist {part.playlists[row]}): a track is "
                    "there twice; expected each once, among seeds or truth. Make the hold-out again"
                )


def describe_holdout(holdout: HoldOut, held: np.ndarray) -> pd.DataFrame:
    """Tabulate the parts of a hold-out.

    Parameters
    ----------
    holdout : HoldOut
    held : numpy.ndarray of int, shape (tracks,)
        Training playlists that hold each track.

    Returns
    -------
    pandas.DataFrame
        One row a part and category: ``part``, ``category``, ``playlists``, ``seeds`` (each),
        ``titled`` (share), ``hidden`` (median), ``unknown`` (share of hidden tracks that no
        training playlist holds: only a recommender that knows more than playlists can find them).
    """
    rows = []
    for name in ("validation", "test"):
        part = getattr(holdout, name)
        for code, category in enumerate(part.names):
            places = np.flatnonzero(part.category == code)
            asked = part.queries.take(places)
            truth = [part.truth[place] for place in places]
            hidden = np.concatenate([np.zeros(0, np.int32), *truth])
            empty = not len(places)
            rows.append(
                {
                    "part": name,
                    "category": category,
                    "playlists": len(places),
                    "seeds": np.nan if empty else np.mean([len(s) for s in asked.seeds]),
                    "titled": np.nan if empty else np.mean([title != "" for title in asked.titles]),
                    "hidden": np.nan if empty else np.median([len(t) for t in truth]),
                    "unknown": np.nan if empty else (held[hidden] == 0).mean(),
                }
            )
    return pd.DataFrame(rows)
