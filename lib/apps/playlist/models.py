"""The recommenders that a playlist can be continued by, fitted once, each with its honest score."""

from __future__ import annotations

from copy import copy
from pathlib import Path

import pandas as pd

from lib.evaluation.playlist_means import OVERALL
from lib.playlists.store import Store
from lib.recommenders.base import Recommender, Training
from lib.recommenders.cooccurrence import Cooccurrence
from lib.recommenders.fitted import blend_for_use, chosen_on
from lib.recommenders.ladder import BASELINE, BLEND, RERANK
from lib.recommenders.popularity import Popularity

UNTESTED = "not tested on these playlists"


def fit_all(choice: Path, store: Store, training: Training, seed: int) -> dict[str, Recommender]:
    """Fit the blend, and hand out its members as recommenders of their own.

    Parameters
    ----------
    choice : pathlib.Path
        Weights and trees of the blend, see `lib.recommenders.fitted.blend_for_use`.
    store, training : Store, Training
        What to learn from.
    seed : int
        Of those that draw.

    Returns
    -------
    dict of str to Recommender
        By name, the best first: the second stage, where there is one, the blend, its members, and
        two plain ones, popularity last. Members cost nothing more, as the blend needs them anyway.
    """
    two = blend_for_use(choice, store, training, seed)
    blend = copy(two)
    blend.booster = None
    found: dict[str, Recommender] = {RERANK: two} if two.booster is not None else {}
    found |= {BLEND: blend, **two.models}
    plain = {"co-occurrence": Cooccurrence(), BASELINE: Popularity()}
    return found | {name: model.fit(training) for name, model in plain.items()}


def scores_in_words(
    names: list[str], scores: pd.DataFrame, choice: Path, store: Store
) -> dict[str, str]:
    """Say what each recommender reached on held-out playlists, by name.

    Parameters
    ----------
    names : list of str
        Recommenders.
    scores : pandas.DataFrame
        Table ``scores`` of the notebook that evaluates them, see `lib.recommenders.told.SCORES`.
    choice : pathlib.Path
        Folder with that notebook's card: it tells which playlists were looked at.
    store : Store
        The playlists in use; where they are others, nothing was tested.
    """
    if not chosen_on(choice, store.folder.name):
        return dict.fromkeys(names, UNTESTED)
    own = scores[(scores["category"] == OVERALL) & (scores["metric"] == "ndcg")]
    by_name = own.set_index("recommender")
    return {name: _words(by_name, name) for name in names}


def _words(by_name: pd.DataFrame, name: str) -> str:
    if name not in by_name.index:
        return UNTESTED
    one = by_name.loc[name]
    span = f" [{one['low']:.3f}, {one['high']:.3f}]" if pd.notna(one["low"]) else ""
    floor = ""
    if name != BASELINE and BASELINE in by_name.index:
        floor = f"; {BASELINE} {by_name.loc[BASELINE, 'value']:.3f}"
    return f"NDCG {one['value']:.3f}{span} on {one['playlists']:,} held-out playlists{floor}"
