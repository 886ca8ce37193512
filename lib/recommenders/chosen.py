"""The choices of a two-stage recommender, kept in a folder: weights, trees, and what they say.

Nothing in it is code: JSON, and XGBoost's own format. The recommenders themselves are fitted
again, as that takes seconds and they hold whole playlists.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xgboost as xgb

from lib.errors import DataError
from lib.recommenders.base import Recommender
from lib.recommenders.blend import Weights
from lib.recommenders.two_stage import TwoStage

FORMAT = 1


def save_choice(folder: Path, two_stage: TwoStage, about: Mapping[str, object]) -> None:
    """Write ``weights.json``, ``trees.json`` (with a second stage) and, last, ``card.json``."""
    weights = two_stage.weights
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "names": list(weights.names),
        "kinds": weights.kinds.tolist(),
        "values": weights.values.tolist(),
    }
    (folder / "weights.json").write_text(json.dumps(content, indent=1), "utf-8")
    if two_stage.booster is not None:
        two_stage.booster.save_model(folder / "trees.json")
    card = {"format": FORMAT, "rerank": two_stage.booster is not None, **about}
    (folder / "card.json").write_text(json.dumps(card, indent=1), "utf-8")


def load_choice(folder: Path, models: Mapping[str, Recommender]) -> TwoStage:
    """Make a two-stage recommender of models that are fitted, and the choices in a folder.

    Parameters
    ----------
    folder : pathlib.Path
        From `save_choice`.
    models : mapping of str to Recommender
        By name; all fitted on the same playlists. Of those that were blended some may be absent,
        as that by titles is where there are none: their weights go to the others, and there is
        no second stage, whose trees go by all of them.

    Raises
    ------
    DataError
        When the folder is incomplete, of another version, or none of its models is given.
    """
    try:
        card = json.loads((folder / "card.json").read_text("utf-8"))
        content = json.loads((folder / "weights.json").read_text("utf-8"))
        weights = Weights(
            tuple(content["names"]), np.array(content["kinds"]), np.array(content["values"])
        )
    except (OSError, ValueError, KeyError) as error:
        raise DataError(
            f"{folder}: no choices of a blend ({error}); run the notebook that evaluates "
            "recommenders"
        ) from None
    if card.get("format") != FORMAT:
        raise DataError(f"{folder}: version {card.get('format')}, expected {FORMAT}; make it again")
    there = [name in models for name in weights.names]
    if not any(there):
        raise DataError(f"{folder}: made with {', '.join(weights.names)}; none of them is given")
    if not all(there):
        weights = _of_some(weights, np.array(there))
    rerank = card["rerank"] and all(there)
    two = TwoStage({name: models[name] for name in weights.names}, rerank=rerank)
    two.adopt(next(iter(two.models.values())).training)
    two.weights = weights
    if rerank:
        two.booster = xgb.Booster(model_file=folder / "trees.json")
    return two


def _of_some(weights: Weights, there: np.ndarray) -> Weights:
    """Keep some recommenders' weights, brought to a sum of 1; equal where all of them are 0."""
    values = weights.values[:, there]
    values = np.where(values.sum(axis=1, keepdims=True) > 0, values, 1.0)
    names = tuple(name for name, is_there in zip(weights.names, there, strict=True) if is_there)
    return Weights(names, weights.kinds, values / values.sum(axis=1, keepdims=True))
