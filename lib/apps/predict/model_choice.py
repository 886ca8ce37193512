"""The models of the shelf to choose from; each is loaded when it is first wanted."""

from __future__ import annotations

from collections.abc import Sequence

from lib.errors import DataError, ParameterError
from lib.modelling.predict import Input, inputs_of
from lib.modelling.stored.popularity_model import PopularityModel
from lib.modelling.stored.shelf import OnShelf
from lib.modelling.stored.store import load_model

FIRST = "popularity"
"""Model that is chosen where none is named and it can be loaded: that of 08_train_model."""


class ModelChoice:
    """Models by name.

    Parameters
    ----------
    shelf : sequence of OnShelf
        From `lib.modelling.stored.shelf.find_models`.

    Attributes
    ----------
    shelf : dict of str to OnShelf
        By name; one whose name is taken is named with where it comes from.
    problems : dict of str to str
        Why a model cannot be used, by name; those that can are not in it.
    """

    def __init__(self, shelf: Sequence[OnShelf]) -> None:
        self.shelf: dict[str, OnShelf] = {}
        for one in shelf:
            name = one.name if one.name not in self.shelf else f"{one.name}, {one.where}"
            self.shelf[name] = one
        self.problems = {name: one.problem for name, one in self.shelf.items() if one.problem}
        self._loaded: dict[str, tuple[PopularityModel, tuple[Input, ...]]] = {}

    def get(self, name: str) -> tuple[PopularityModel, tuple[Input, ...]]:
        """Return a model and its inputs.

        Raises
        ------
        ParameterError, DataError
            When there is no such model, or it cannot be loaded.
        """
        if name not in self.shelf:
            raise ParameterError(
                f"model {name!r}: not on the shelf; expected one of {', '.join(self.shelf)}"
            )
        if name not in self._loaded:
            try:
                if name in self.problems:
                    raise DataError(self.problems[name])
                model = load_model(self.shelf[name].folder)
            except DataError as error:
                self.problems[name] = str(error)
                raise DataError(f"model {name} cannot be used: {error}") from None
            self._loaded[name] = model, inputs_of(model)
        return self._loaded[name]

    def first(self) -> str:
        """Name the model to begin with: `FIRST`, or else the first that can be loaded.

        Raises
        ------
        DataError
            When none can.
        """
        for name in sorted(self.shelf, key=lambda name: name != FIRST):
            try:
                self.get(name)
            except DataError:
                continue
            return name
        said = "; ".join(f"{name}: {text}" for name, text in self.problems.items()) or "none"
        raise DataError(
            f"shelf: a model that can be used expected, found {said}; run 08_train_model"
        )
