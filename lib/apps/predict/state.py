"""Predict popularity by hand: models to choose from, one setting of all inputs, what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from lib.apps.predict.curve import Curve, along
from lib.apps.predict.explained import Explained, Part, differences, explain
from lib.apps.predict.inputs import ARTIST, check_value
from lib.apps.predict.model_choice import ModelChoice
from lib.apps.predict.track_search import TrackSearch
from lib.apps.predict.words import compared
from lib.errors import ParameterError
from lib.modelling.neighbours import seen_in_training
from lib.modelling.predict import Input
from lib.modelling.stored.popularity_model import PopularityModel
from lib.modelling.stored.shelf import OnShelf

SLOTS = ("A", "B")
REMEMBERED = 500
"""Explained settings that are kept, so that going back costs nothing."""


@dataclass(frozen=True)
class Loaded:
    """The catalogue's track on screen.

    Attributes
    ----------
    track_id, title, artists : str
    popularity : float
        In the catalogue.
    seen : bool
        Whether the chosen model was trained on it.
    changed : bool
        Whether the setting has been changed since, so that it is the track's no longer.
    """

    track_id: str
    title: str
    artists: str
    popularity: float
    seen: bool
    changed: bool


@dataclass(frozen=True)
class Compared:
    """Two remembered settings under the chosen model, and what each input contributes."""

    first: Explained
    second: Explained
    parts: tuple[Part, ...]
    words: str


class PredictState:
    """Models, and one setting of the sixteen inputs that stays when the model changes.

    Parameters
    ----------
    shelf : sequence of OnShelf
        From `lib.modelling.stored.shelf.find_models`; one that cannot be used is kept with its
        problem.
    tracks : pandas.DataFrame
        The catalogue, a row a genre of a track: ``tracks`` of 02_clean_tracks.
    model : str, optional
        Name of the model to begin with; empty for that of 08_train_model, or the first that can
        be used.
    seed : int, optional
        Of the examples.

    Attributes
    ----------
    models : ModelChoice
    tracks : TrackSearch
    chosen : str
        The chosen model's name.
    setting : dict of str to object
        Every input's value; to be changed by `set`.
    track_id : str
        Track that was loaded last.

    Raises
    ------
    DataError, ParameterError
        When there are no tracks, no model can be used, or the named one is not there.
    """

    def __init__(
        self, shelf: Sequence[OnShelf], tracks: pd.DataFrame, model: str = "", seed: int = 42
    ) -> None:
        self.models, self.tracks = ModelChoice(shelf), TrackSearch(tracks)
        self.seed, self._examples = seed, 0
        self._kept: dict[str, dict[str, object]] = {}
        self._told: dict[tuple[object, ...], Explained] = {}
        self._seen: dict[tuple[str, str], bool] = {}
        self.choose(model or self.models.first())
        self.example()

    def choose(self, name: str) -> None:
        """Choose another model; the setting stays.

        Raises
        ------
        ParameterError, DataError
            When there is no such model, or it cannot be used; the chosen one stays.
        """
        self.models.get(name)
        self.chosen = name

    def model(self) -> PopularityModel:
        """Return the chosen model."""
        return self.models.get(self.chosen)[0]

    def card(self) -> OnShelf:
        """Return what the shelf tells of the chosen model."""
        return self.models.shelf[self.chosen]

    def inputs(self) -> tuple[Input, ...]:
        """List the sixteen inputs as the chosen model takes them."""
        return self.models.get(self.chosen)[1]

    def ignored(self) -> dict[str, str]:
        """Say which inputs the chosen model does not look at, and why."""
        return {one.name: one.reason for one in self.inputs() if not one.used}

    def set(self, name: str, value: object) -> None:
        """Set one input.

        Raises
        ------
        ParameterError
            When there is no such input, or no track can have such a value. One that no training
            track had is taken, and is told of in `told`.
        """
        if name not in self.setting:
            raise ParameterError(f"input {name!r}: expected one of {', '.join(self.setting)}")
        self.setting = self.setting | {name: check_value(name, value)}

    def told(self, name: str = "") -> Explained:
        """Return the prediction for the setting, with all that is told about it.

        Parameters
        ----------
        name : str, optional
            A model of the shelf; empty for the chosen one.
        """
        return self._explain(self.setting, name or self.chosen)

    def curve(self, name: str) -> Curve:
        """Return the prediction along one input, all others as they are set.

        Raises
        ------
        ParameterError
            When the chosen model does not use that input, or it is no number.
        """
        return along(self.setting, name, self.model(), self.inputs())

    def search(self, text: str) -> pd.DataFrame:
        """Find tracks of the catalogue, see `TrackSearch.find`."""
        return self.tracks.find(text)

    def artists(self, text: str = "") -> list[str]:
        """Propose artists whose name holds a text: of those that the chosen model knows, if any."""
        known = {one.name: one for one in self.inputs()}[ARTIST]
        return self.tracks.artists(text, set(known.choices) if known.used else None)

    def load(self, track_id: str) -> None:
        """Set all inputs to those of a track of the catalogue.

        Raises
        ------
        ParameterError
            When the catalogue has no such track.
        """
        self.setting = self.tracks.setting(track_id)
        self.track_id = track_id

    def example(self) -> None:
        """Load a track drawn at random; the n-th one is the same for the same seed."""
        self.load(self.tracks.drawn(self.seed, self._examples))
        self._examples += 1

    def loaded(self) -> Loaded:
        """Tell of the track that was loaded last."""
        row = self.tracks.row(self.track_id)
        key = self.chosen, self.track_id
        if key not in self._seen:  # a look through all training tracks, so once a track
            ids = pd.Series([self.track_id])
            self._seen[key] = bool(seen_in_training(self.model().neighbours, ids)[0])
        texts = str(row["track_name"]), str(row["artists"]).replace(";", ", ")
        changed = self.setting != self.tracks.setting(self.track_id)
        return Loaded(self.track_id, *texts, float(row["popularity"]), self._seen[key], changed)

    def keep(self, slot: str) -> None:
        """Remember the setting as A or B."""
        if slot not in SLOTS:
            raise ParameterError(f"slot {slot!r}: expected one of {', '.join(SLOTS)}")
        self._kept[slot] = dict(self.setting)

    def recall(self, slot: str) -> None:
        """Go back to a remembered setting.

        Raises
        ------
        ParameterError
            When nothing is remembered there.
        """
        if slot not in self._kept:
            raise ParameterError(f"setting {slot}: nothing is kept as {slot} yet; keep one first")
        self.setting = dict(self._kept[slot])

    def kept(self) -> dict[str, Explained]:
        """Return the predictions of the chosen model for what is remembered, by slot."""
        there = (slot for slot in SLOTS if slot in self._kept)
        return {slot: self._explain(self._kept[slot], self.chosen) for slot in there}

    def compare(self) -> Compared | None:
        """Compare A with B under the chosen model; None until both are remembered."""
        kept = self.kept()
        if len(kept) < len(SLOTS):
            return None
        first, second = kept.values()
        return Compared(first, second, differences(first, second), compared(first, second))

    def _explain(self, setting: Mapping[str, object], name: str) -> Explained:
        model, inputs = self.models.get(name)
        key = name, *setting.values()
        if key not in self._told:
            if len(self._told) >= REMEMBERED:
                self._told.clear()
            self._told[key] = explain(setting, model, inputs, self.models.shelf[name].card)
        return self._told[key]
