"""All that the page answers from: made once, shared by all visitors, never changed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lib.apps.dashboard.state import Dashboard
from lib.apps.dashboard.tables import NO_RELEASED, NO_SOUNDS, Released, Sounds
from lib.apps.explore.state import Explorer
from lib.apps.playlist.models import fit_all, scores_in_words
from lib.apps.predict.inputs import GENRES
from lib.apps.predict.model_choice import FIRST, ModelChoice
from lib.apps.predict.track_search import TrackSearch
from lib.errors import DataError
from lib.modelling.stored.shelf import HERE, OnShelf
from lib.playlists.find_tracks import TrackNames
from lib.playlists.store import Store
from lib.recommenders.base import Recommender, Training


@dataclass(frozen=True)
class Playlists:
    """What playlists are continued with.

    Attributes
    ----------
    store, names, training : Store, TrackNames, Training
    models : dict of str to Recommender
        Fitted, the best first, see `lib.apps.playlist.models.fit_all`.
    worth : mapping of str to str
        What each reached on held-out playlists, in words.
    protocol : str
        How they were held out.
    """

    store: Store
    names: TrackNames
    training: Training
    models: dict[str, Recommender]
    worth: Mapping[str, str]
    protocol: str


@dataclass(frozen=True)
class PageData:
    """What the page answers from.

    Attributes
    ----------
    models : ModelChoice
        Popularity models, all loaded.
    first : str
        The model that is chosen at the start.
    tracks : TrackSearch
        The catalogue, one row a track id.
    mean : float
        Mean popularity of its tracks.
    genres : tuple of str
        All genres that the catalogue or a model has.
    explorer : Explorer
        The catalogue as read; every question is asked of a copy, see `Explorer`.
    playlists : Playlists or None
    no_playlists : str
        Why there are none; empty when there are.
    headline : str
        Whose data this is.
    held_out : pandas.DataFrame or None
        Table ``intervals`` of 08_train_model, for the report on a track.
    seed : int
        Of the random examples.
    dashboard : Dashboard
        Trends, rankings and clusters; it says itself what it lacks.
    """

    models: ModelChoice
    first: str
    tracks: TrackSearch
    mean: float
    genres: tuple[str, ...]
    explorer: Explorer
    playlists: Playlists | None
    no_playlists: str
    headline: str
    held_out: pd.DataFrame | None
    seed: int
    dashboard: Dashboard

    def usable(self) -> list[str]:
        """Name the models that can be asked."""
        return [name for name in self.models.shelf if name not in self.models.problems]

    def held_out_for(self, model: str) -> pd.DataFrame | None:
        """Return the held-out predictions, where they are this model's."""
        own = model == FIRST and self.models.shelf[model].where == HERE
        return self.held_out if own else None


def make_data(
    shelf: Sequence[OnShelf],
    tracks: pd.DataFrame,
    catalogue: pd.DataFrame,
    headline: str,
    playlists: Playlists | str,
    held_out: pd.DataFrame | None = None,
    seed: int = 42,
    released: Released | str = NO_RELEASED,
    sounds: Sounds | str = NO_SOUNDS,
) -> PageData:
    """Put together what the page answers from; every model is loaded now.

    Parameters
    ----------
    shelf : sequence of OnShelf
        From `lib.modelling.stored.shelf.find_models`; one that cannot be loaded stays, with its
        problem.
    tracks : pandas.DataFrame
        Table ``tracks`` of 02_clean_tracks.
    catalogue : pandas.DataFrame
        From `lib.tracks.read.read_kaggle`.
    headline : str
        Whose data this is.
    playlists : Playlists or str
        Or why there are none.
    held_out : pandas.DataFrame, optional
        Table ``intervals`` of 08_train_model.
    seed : int, optional
    released, sounds : Released or str, Sounds or str, optional
        Or why there are none, see `lib.apps.dashboard.tables`.

    Raises
    ------
    DataError
        When there are no tracks, or no model can be used.
    """
    models = ModelChoice(shelf)
    genres = set(catalogue["track_genre"])
    for name in models.shelf:
        try:
            inputs = models.get(name)[1]
        except DataError:
            # Kept with its problem, which the page shows; where it lies is nobody's business.
            told = models.problems[name].replace(f"{models.shelf[name].folder}/", "")
            models.problems[name] = told.replace(str(models.shelf[name].folder), name)
            continue
        genres |= {genre for one in inputs if one.name == GENRES for genre in one.choices}
    search = TrackSearch(tracks)
    given = isinstance(playlists, Playlists)
    return PageData(
        models,
        models.first(),
        search,
        float(search.table["popularity"].mean()),
        tuple(sorted(genres)),
        Explorer(catalogue, seed),
        playlists if given else None,
        "" if given else playlists,
        headline,
        held_out,
        seed,
        Dashboard(search.table, released, sounds),
    )


def playlists_of(
    store: Store, training: Training, names: TrackNames, choice: Path, scores: pd.DataFrame,
    seed: int,
) -> Playlists:  # fmt: skip
    """Fit the recommenders: some seconds on the sample, minutes on many playlists.

    Parameters
    ----------
    store, training, names : Store, Training, TrackNames
    choice : pathlib.Path
        Model folder ``continuation`` of 16_evaluate_recommenders.
    scores : pandas.DataFrame
        Its table ``scores``.
    seed : int
    """
    models = fit_all(choice, store, training, seed)
    worth = scores_in_words(list(models), scores, choice, store)
    card = json.loads((choice / "card.json").read_text("utf-8"))
    return Playlists(store, names, training, models, worth, str(card.get("protocol", "")))
