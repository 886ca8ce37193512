"""The kinds of model folder that may go to the Hub and come from it, and what their files hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lib.errors import DataError
from lib.modelling.hub.lock import FLAT
from lib.modelling.stored import store
from lib.modelling.stored.model_files import CLUTTER, json_text

Card = Mapping[str, object]

TRACKS_DATASET = "maharshipandya/spotify-tracks-dataset"
NOT_DESCRIBED = "not described here: look at it before you publish it"


@dataclass(frozen=True)
class Terms:
    """Under which terms a model can be passed on.

    Attributes
    ----------
    licence : str
        As the Hub calls it: ``"mit"``, ``"odbl"``, ``"other"``.
    why : str
        One sentence, for the reader of a dry run and of the card.
    datasets : tuple of str
        Data sets on the Hub that it was trained on.
    """

    licence: str
    why: str
    datasets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """A kind of model folder.

    Attributes
    ----------
    name : str
    task : str
        What the Hub calls the task; empty for none that fits.
    is_it : callable
        Whether a card is one of this kind.
    check : callable
        Checks a folder, returns its card or raises DataError.
    holds : mapping of str to str
        What each file holds, of the training data above all.
    terms : callable
        The terms that follow from a card.
    """

    name: str
    task: str
    is_it: Callable[[Card], bool]
    check: Callable[[Path], Card]
    holds: Mapping[str, str]
    terms: Callable[[Card], Terms]


def check_folder(folder: Path, kinds: Sequence[Kind]) -> tuple[Kind, Card]:
    """Find out which kind a model folder is, and check it.

    Raises
    ------
    DataError
        When it is none of the kinds, or does not pass the check of its own.
    """
    card = read_card(folder)
    for kind in kinds:
        if kind.is_it(card):
            return kind, kind.check(folder)
    raise DataError(
        f"{folder}: a {' or '.join(kind.name for kind in kinds)} expected, found a card of format "
        f"{card.get('format')!r}; make the model again with this version of the workbook"
    )


def read_card(folder: Path) -> dict[str, object]:
    """Read a folder's card.json, unchecked but for being a JSON object.

    Raises
    ------
    DataError
        When there is none, or it is none.
    """
    path = folder / "card.json"
    try:
        card = json.loads(json_text(path))
        if not isinstance(card, dict):
            raise ValueError(f"a {type(card).__name__}")
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(
            f"{path}: the card of a model expected, as a JSON object, found none "
            f"({type(error).__name__}); name a model folder, such as 08_train_model makes"
        ) from None
    return card


def model_files(folder: Path) -> list[str]:
    """List the files of a checked model folder, without what file managers leave.

    Raises
    ------
    DataError
        When something lies there that no model has.
    """
    names = sorted(path.name for path in folder.iterdir() if path.name not in CLUTTER)
    # A link may lead to anything on this machine.
    plain = [n for n in names if (folder / n).is_file() and not (folder / n).is_symlink()]
    odd = [n for n in names if n not in plain or not FLAT.fullmatch(n)]
    if odd:
        raise DataError(f"{folder / odd[0]}: only files of a model expected; move it elsewhere")
    return names


def terms_of_tracks(card: Card) -> Terms:
    """Tell the terms of a model of tracks from what its card says of its data."""
    data = card.get("data")
    if is_generated(card):
        return GENERATED
    return OF_TRACKS if isinstance(data, Mapping) and data.get("published") else UNKNOWN


def is_generated(card: Card) -> bool | None:
    """Whether a model was trained on generated data; None when its card does not tell."""
    data = card.get("data")
    return data.get("generated") if isinstance(data, Mapping) else None


GENERATED = Terms(
    "mit", "Trained on data that this project generated, which is about no real music."
)
OF_TRACKS = Terms(
    "odbl",
    "Trained on the Spotify Tracks Dataset, which is Spotify's data under ODbL on Kaggle (Hugging "
    "Face says bsd): what holds a substantial part of it is passed on under the same terms.",
    (TRACKS_DATASET,),
)
UNKNOWN = Terms(
    "other",
    "Trained on a catalogue that is not, byte for byte, the published one: its terms are for you "
    "to know, and to keep.",
)

POPULARITY = Kind(
    "popularity-model",
    "tabular-regression",
    lambda card: card.get("format") == "popularity-model",
    store.check_model,
    {
        "card.json": "scores, protocol, settings, the training data's hash; no track",
        "README.md": "the card as a text; no track",
        "contract.json": "names, units, ranges of the inputs, names of genres; no track",
        "point.ubj": "trees of the prediction; values at which they split, no track",
        "spread.ubj": "trees of the expected error; values at which they split, no track",
        "calibration.json": "errors on held-out tracks, without ids or names",
        "point.json": "coefficients of the prediction; no track",
        "artists.json": "NAMES OF THE TRAINING ARTISTS, with number and mean popularity of tracks",
        "spread_known.ubj": "trees of the error for artists known from training; no track",
        "calibration_known.json": "errors on held-out tracks of such artists, without ids or names",
        "neighbours.npz": "EVERY TRAINING TRACK: hash of its id, genres, sound, popularity",
    },
    terms_of_tracks,
)
"""What `lib.modelling.stored.store` saves."""
