"""The ladder of recommenders: which there are, which suit a data set, and how all are evaluated."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.evaluation.ranking import check_ranked, score_playlists
from lib.memory import peak_mb
from lib.playlists.continuation.held_out import HoldOut
from lib.recommenders.base import Ranked, Recommender, Training
from lib.recommenders.content import Content
from lib.recommenders.cooccurrence import Cooccurrence
from lib.recommenders.ease import EASE, MOST_TRACKS
from lib.recommenders.embeddings import Embeddings
from lib.recommenders.ials import IALS
from lib.recommenders.itemknn import ItemKNN
from lib.recommenders.playlistknn import PlaylistKNN
from lib.recommenders.popularity import Popularity
from lib.recommenders.puresvd import PureSVD
from lib.recommenders.rank import fill
from lib.recommenders.ridge import Ridge
from lib.recommenders.rp3beta import RP3Beta
from lib.recommenders.rules import Rules
from lib.recommenders.titles import Titles
from lib.recommenders.two_stage import DEPTH, TwoStage

BASELINE = "popularity"
BLENDED = (
    "item kNN", "playlist kNN", "RP3beta", "iALS", "ridge", "embeddings", "titles", "content",
)  # fmt: skip
"""Recommenders that are blended, where they suit the data."""
BLEND, RERANK = "blend", "rerank"
DENSE = 20
"""Entries per track from which a set is dense: then factors may be many and stand for themselves;
otherwise artists and the words of titles are factored as well."""
MANY_TRACKS = 250_000
"""From so many on, factors are few, and none are made of tracks in fewer than `FEW` playlists."""
FEW = 20
LENGTH = 500


def ladder(training: Training, seed: int, ease: bool = True) -> dict[str, Recommender]:
    """List the recommenders that suit the playlists, from the plainest up.

    Settings were chosen on validation playlists of two sets, one of 45,446 playlists over 20,333
    tracks and one of 6,071 over 182,571; which of the two is nearer is told by the mean number of
    playlists of a track.

    Parameters
    ----------
    training : Training
        What they will learn from.
    seed : int
        Of those that draw.
    ease : bool, optional
        Whether to have EASE, which costs more than all others together; never with more tracks
        than it can take.
    """
    n_tracks = max(np.count_nonzero(training.popularity), 1)
    dense = training.tracks.nnz / n_tracks >= DENSE
    dimensions = int(min(512 if dense else 256, max(8, min(training.tracks.shape) // 8)))
    many = n_tracks >= MANY_TRACKS
    titled = any(training.titles)
    near = {} if dense else {"k": 1000, "rho": 0.3, "power": 1.5}
    firm = {"reg": 0.0035} if dense else {"alpha0": 0.02, "reg": 0.004, "artists": 0.3}
    if titled and not dense:
        firm["titles"] = 0.5
    rare = {"min_playlists": FEW} if many else {}
    if many:
        dimensions = min(dimensions, 128)
        near = {"artists": 0.0}
    models: dict[str, Recommender] = {
        BASELINE: Popularity(),
        "co-occurrence": Cooccurrence(),
        "rules": Rules(min_count=5 * FEW) if many else Rules(),
        "PureSVD": PureSVD(dimensions=min(dimensions, 256), seed=seed, **rare),
        "embeddings": Embeddings(dimensions=min(dimensions, 200), seed=seed),
        "RP3beta": RP3Beta(),
        "item kNN": ItemKNN(),
        "playlist kNN": PlaylistKNN(**near),
        "ridge": Ridge() if dense else Ridge(alpha=0.95, gamma=0.5),
        "iALS": IALS(dimensions=dimensions, seed=seed, **firm, **rare),
    }
    if ease and training.tracks.shape[1] <= MOST_TRACKS:
        models["EASE"] = EASE()
    if (training.artist >= 0).any():
        models["content"] = Content()
    if titled:
        models["titles"] = Titles()
    return models


@dataclass(frozen=True)
class Evaluation:
    """What all recommenders answered to the test playlists, and what it cost.

    Attributes
    ----------
    answers : dict of str to Ranked
        500 tracks a playlist, topped up with popular ones, by recommender.
    scores : dict of str to pandas.DataFrame
        See `lib.evaluation.ranking.score_playlists`.
    cost : pandas.DataFrame
        A row a recommender: ``fit_s``, ``answer_ms`` (a playlist, many at a time), ``own`` (share
        of test playlists that it answers without topping up), ``peak_mb`` of the process so far.
    two_stage : TwoStage
        The blend and the second stage.
    """

    answers: dict[str, Ranked]
    scores: dict[str, pd.DataFrame]
    cost: pd.DataFrame
    two_stage: TwoStage


def evaluate(
    models: Mapping[str, Recommender], training: Training, holdout: HoldOut, rerank: bool = True
) -> Evaluation:
    """Fit all recommenders on training playlists, choose the blend on validation, and test.

    Test playlists are answered once, and enter no choice.

    Parameters
    ----------
    models : mapping of str to Recommender
        From `ladder`; those of `BLENDED` are blended.
    training : Training
        Made of `holdout.train` only.
    holdout : HoldOut
        Playlists to choose with and to report.
    rerank : bool, optional
        Whether to have a second stage.
    """
    asked = {"validation": holdout.validation.queries, "test": holdout.test.queries}
    answered: dict[str, dict[str, Ranked]] = {part: {} for part in asked}
    rows = []
    for name, model in models.items():
        started = time.perf_counter()
        model.fit(training)
        fitted = time.perf_counter()
        for part in ("test", "validation") if name in BLENDED else ("test",):
            before = time.perf_counter()
            answered[part][name] = model.recommend(asked[part], DEPTH)
            took = time.perf_counter() - before
            if part == "test":
                own = answered[part][name].answered.mean()
                rows.append(_row(name, fitted - started, took, len(asked[part]), own))
    two = TwoStage({name: models[name] for name in BLENDED if name in models}, rerank=rerank)
    two.adopt(training)
    started = time.perf_counter()
    two.choose(asked["validation"], holdout.validation.truth, answered["validation"])
    chosen = time.perf_counter()
    members = {name: answered["test"][name] for name in two.models}
    made = two.stages(asked["test"], LENGTH, members)
    took = time.perf_counter() - chosen
    answers = {
        name: fill(answer, training, asked["test"], LENGTH)
        for name, answer in answered["test"].items()
    }
    for name, answer in zip((BLEND, RERANK), made, strict=False):
        answers[name] = answer
        own = np.isfinite(answer.scores).any(axis=1).mean()  # what is topped up has no score
        rows.append(_row(name, chosen - started, took, len(asked["test"]), own))
    scores = {}
    for name, answer in answers.items():
        check_ranked(answer.tracks, asked["test"].seeds, training.tracks.shape[1])
        scores[name] = score_playlists(answer.tracks, holdout.test.truth, training.artist)
    cost = pd.DataFrame(rows).set_index("recommender")
    return Evaluation(answers, scores, cost, two)


def _row(name: str, fit_s: float, took_s: float, queries: int, own: float) -> dict[str, object]:
    return {
        "recommender": name,
        "fit_s": fit_s,
        "answer_ms": 1000 * took_s / max(queries, 1),
        "own": own,
        "peak_mb": peak_mb(),
    }
