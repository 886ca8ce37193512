"""Answer a challenge set: from playlists of a store to a submission that keeps to the rules."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as arrow
import pyarrow.compute as pc

from lib.errors import DataError, ParameterError
from lib.playlists.continuation.challenge import ChallengeSet
from lib.playlists.continuation.queries import Queries
from lib.playlists.continuation.submission import TRACKS_EACH, check_submission, write_submission
from lib.playlists.store import Store
from lib.recommenders.base import Ranked, Recommender, Training
from lib.recommenders.rank import cleaned, fill

BATCH = 500
"""Playlists answered at a time: more take more memory, about 1 MB each."""


def queries_of(challenge: ChallengeSet, store: Store) -> Queries:
    """Turn the playlists of a challenge set into queries, in its order.

    Seeds keep their order; those that the store does not know are -1. They count as the playlist's
    first tracks when their positions are 0, 1, 2 and so on.
    """
    ids = store.table("tracks", ["track_id"])["track_id"]
    known = arrow.array(ids, arrow.string())
    wanted = arrow.array(challenge.seeds["track_id"], arrow.string())
    numbers = pc.fill_null(pc.index_in(wanted, value_set=known), -1).to_numpy()
    place = pd.Index(challenge.playlists["pid"]).get_indexer(challenge.seeds["pid"])
    position = challenge.seeds["position"].to_numpy(np.int64, na_value=-1)
    order = np.lexsort((position, place))
    sizes = np.bincount(place, minlength=len(challenge.playlists))
    cuts = sizes.cumsum()[:-1]
    seeds = np.split(numbers[order].astype(np.int32), cuts)
    positions = np.split(position[order], cuts)
    ordered = [np.array_equal(one, np.arange(len(one))) for one in positions]
    titles = challenge.playlists["name"].fillna("").str.strip().tolist()
    return Queries(seeds, titles, np.array(ordered, bool))


def check_catalogue(queries: Queries, training: Training) -> None:
    """Stop when there are too few tracks to answer with.

    Raises
    ------
    DataError
        When fewer than 500 tracks besides a playlist's seeds are in any playlist learnt from.
    """
    most = max((len(seeds) for seeds in queries.seeds), default=0)
    if len(training.popular) < TRACKS_EACH + most:
        raise DataError(
            f"PLAYLISTS: {len(training.popular):,} different tracks, expected {TRACKS_EACH} and "
            f"{most} more for the seeds; a submission cannot be filled. Give more slices"
        )


def answer(
    model: Recommender, queries: Queries, training: Training, batch: int = BATCH
) -> tuple[Ranked, np.ndarray]:
    """Answer queries in batches, so that memory does not grow with their number.

    Returns
    -------
    ranked : Ranked
        500 tracks each, topped up with popular ones.
    milliseconds : numpy.ndarray of float64, shape (queries,)
        A playlist of its batch took so long on average.
    """
    if batch < 1:
        raise ParameterError(f"batch: expected 1 or more, found {batch}")
    queries = cleaned(queries, training.tracks.shape[1])
    tracks = np.full((len(queries), TRACKS_EACH), -1, np.int32)
    scores = np.full((len(queries), TRACKS_EACH), np.nan, np.float32)
    took = np.zeros(len(queries))
    for first in range(0, len(queries), batch):
        rows = np.arange(first, min(first + batch, len(queries)))
        began = time.perf_counter()
        part = queries.take(rows)
        made = fill(model.recommend(part, TRACKS_EACH), training, part, TRACKS_EACH)
        tracks[rows], scores[rows] = made.tracks, made.scores
        took[rows] = 1000 * (time.perf_counter() - began) / len(rows)
    return Ranked(tracks, scores), took


def by_category(
    challenge: ChallengeSet,
    queries: Queries,
    ranked: Ranked,
    took: np.ndarray,
    training: Training,
) -> pd.DataFrame:
    """Tabulate the answers.

    Returns
    -------
    pandas.DataFrame
        By category: ``playlists``, ``seeds`` (mean), ``unknown`` (share of the seeds that no
        playlist learnt from names; missing without seeds), ``answers`` (tracks a list),
        ``filled`` (share of them that are popular tracks added), ``ms`` a playlist.
    """
    given = np.array([len(seeds) for seeds in queries.seeds])
    held = np.append(training.popularity, 0)  # the last is for -1
    there = ranked.tracks >= 0
    table = pd.DataFrame(
        {
            "category": challenge.playlists["category"],
            "seeds": given,
            "unknown": [int((held[seeds] == 0).sum()) for seeds in queries.seeds],
            "answers": there.sum(axis=1),
            "filled": (there & np.isnan(ranked.scores)).sum(axis=1),
            "ms": took,
        }
    )
    grouped = table.groupby("category", observed=True)
    sums = grouped[["seeds", "unknown", "answers", "filled"]].sum()
    return pd.DataFrame(
        {
            "playlists": grouped.size(),
            "seeds": grouped["seeds"].mean(),
            "unknown": (sums["unknown"] / sums["seeds"].where(sums["seeds"] > 0)),
            "answers": grouped["answers"].mean(),
            "filled": sums["filled"] / sums["answers"],
            "ms": grouped["ms"].mean(),
        }
    )


def check_target(path: Path, team: str, email: str) -> None:
    """Stop before the long work when the submission could not be written in the end.

    Raises
    ------
    ParameterError
        When the path cannot be written to, or team or e-mail would break the header.
    """
    trial = _beside(path)
    try:
        if path.is_dir():
            raise ParameterError(f"SUBMISSION {path}: this is a folder; name a file in it")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_submission(trial, team, email, [], np.zeros((0, TRACKS_EACH), np.int32), [])
    except OSError as error:
        raise ParameterError(
            f"SUBMISSION {path}: cannot be written ({error.strerror}: {error.filename}); name a "
            "file in a folder that you may write to"
        ) from None
    finally:
        with contextlib.suppress(OSError):
            trial.unlink()


def submit(
    path: Path, team: str, email: str, challenge: ChallengeSet, ranked: np.ndarray, store: Store
) -> None:
    """Write a submission, check it, and only then put it in its place.

    Raises
    ------
    DataError
        When the checker finds a broken rule; what stood at `path` is still there.
    """
    ids = store.table("tracks", ["track_id"])["track_id"].to_numpy(object)
    trial = _beside(path)
    try:
        write_submission(trial, team, email, challenge.playlists["pid"], ranked, ids)
        broken = check_submission(trial, challenge)
        if broken:
            raise DataError(f"{path}: not written, as it would break the rules: {broken[0]}")
        trial.replace(path)
    finally:
        trial.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_name(f".{os.getpid()}.{path.name}")  # the same ending: gzip or not
