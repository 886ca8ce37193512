"""A recommender by its name, fitted: one of the ladder, or the blend and the second stage.

Their weights and trees come from the notebook that evaluates recommenders, where it looked at the
same playlists; otherwise they are chosen anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lib.errors import ParameterError
from lib.playlists.continuation.held_out import HeldPlaylists, fingerprint
from lib.playlists.continuation.holdout import hold_out
from lib.playlists.store import Store
from lib.recommenders.base import Recommender, Training, training_from
from lib.recommenders.chosen import load_choice
from lib.recommenders.ladder import BLEND, BLENDED, RERANK, ladder
from lib.recommenders.two_stage import TwoStage

FEW_PLAYLISTS = 300
"""Fewer are not enough to choose weights on."""


def fit_named(
    name: str, training: Training, seed: int, blend: Callable[[], TwoStage]
) -> Recommender:
    """Fit a recommender on playlists.

    Parameters
    ----------
    name : str
        ``"blend"``, ``"rerank"``, one of `lib.recommenders.ladder.ladder`, or ``""`` for the
        second stage where there is one and the blend otherwise.
    training : Training
        What to learn from.
    seed : int
        Of those that draw.
    blend : callable
        Makes the blend, when it is asked for: `blend_for_test` or `blend_for_use`.

    Raises
    ------
    ParameterError
        When there is no such recommender, or the blend has no second stage.
    """
    models = ladder(training, seed, ease=name == "EASE")
    if name in models:
        return models[name].fit(training)
    if name not in ("", BLEND, RERANK):
        raise ParameterError(
            f"model {name!r}: unknown, or not for these playlists; expected one of {BLEND}, "
            f"{RERANK}, {', '.join(models)}"
        )
    two = blend()
    if name == BLEND:
        two.booster = None
    elif name == RERANK and two.booster is None:
        raise ParameterError(
            f"model {RERANK!r}: there is no second stage for these playlists; ask for {BLEND!r}, "
            "or evaluate recommenders on them with RERANK = true"
        )
    return two


def called(model: Recommender) -> str:
    """Name a fitted recommender in words."""
    if isinstance(model, TwoStage):
        kind = BLEND if model.booster is None else f"second stage on the {BLEND}"
        return f"{kind} of {', '.join(model.models)}"
    return type(model).__name__


def fit_blended(training: Training, seed: int) -> dict[str, Recommender]:
    """Fit those recommenders of the ladder that are blended."""
    models = ladder(training, seed, ease=False)
    return {name: model.fit(training) for name, model in models.items() if name in BLENDED}


def chosen_on(folder: Path, playlists: str, validation: HeldPlaylists | None = None) -> bool:
    """Tell whether the choice in a folder was made on this set (on these playlists, if given)."""
    card = json.loads((folder / "card.json").read_text("utf-8"))
    same = validation is None or card.get("validation") == fingerprint(validation)
    return card.get("playlists") == playlists and same


def blend_for_test(
    choice: Path, playlists: str, training: Training, validation: HeldPlaylists, seed: int
) -> TwoStage:
    """Make the blend for a test: fitted on training playlists, chosen on validation playlists.

    Parameters
    ----------
    choice : pathlib.Path
        Folder of weights and trees; taken when they were chosen on these validation playlists,
        as others may be among those to be tested.
    playlists : str
        Name of the set.
    training : Training
    validation : HeldPlaylists
        To choose with otherwise.
    seed : int
    """
    models = fit_blended(training, seed)
    if chosen_on(choice, playlists, validation):
        return load_choice(choice, models)
    two = TwoStage(models).adopt(training)
    return two.choose(validation.queries, validation.truth)


def blend_for_use(choice: Path, store: Store, training: Training, seed: int) -> TwoStage:
    """Make the blend to be used on new playlists: fitted on all there is to learn from.

    Weights and trees are those in the folder when they were chosen on this set, or when the set
    is too small to choose on. Otherwise they are chosen on held-out playlists of the store by
    recommenders that learn from all others, and these are then fitted once more, on everything.

    Parameters
    ----------
    choice : pathlib.Path
        Folder of weights and trees.
    store : Store
    training : Training
        What to learn from in the end.
    seed : int
    """
    if len(store.offsets) <= FEW_PLAYLISTS or chosen_on(choice, store.folder.name):
        return load_choice(choice, fit_blended(training, seed))
    holdout = hold_out(store, seed=seed)
    # Nothing is reported here, so what would be the test is learnt from as well.
    learnt = np.sort(np.concatenate([holdout.train, holdout.test.playlists]))
    part = training_from(store, learnt)
    validation = holdout.validation
    two = TwoStage(fit_blended(part, seed)).adopt(part)
    two.choose(validation.queries, validation.truth)
    weights, trees = two.weights, two.booster
    two = TwoStage(fit_blended(training, seed)).adopt(training)
    two.weights, two.booster = weights, trees
    return two
