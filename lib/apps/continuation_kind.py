"""The folder with the choices of a two-stage recommender, as a kind of model for the Hub."""

from __future__ import annotations

import json
from pathlib import Path

from lib.errors import DataError
from lib.modelling.hub.kinds import GENERATED, Card, Kind, Terms, is_generated, read_card
from lib.modelling.stored.model_files import CLUTTER
from lib.modelling.stored.tree_file import read_trees
from lib.recommenders.chosen import FORMAT

FILES = ("card.json", "weights.json", "trees.json")
NEXT_STEP = "make it again: ./run_all.sh --only 16_evaluate_recommenders"
RESEARCH = Terms(
    "other",
    "Chosen on playlists that are for research only (Million Playlist Dataset, Politecnico di "
    "Milano 2018) and may not be passed on; no playlist and no track is in it.",
)
UNKNOWN = Terms(
    "other",
    "Its card does not tell whether the playlists were generated, so take it as for research only; "
    "no playlist and no track is in it.",
)


def check_choice(folder: Path) -> Card:
    """Return the card of such a folder, if its files are there and are what they should be.

    Raises
    ------
    DataError
        When a file is missing, extra or damaged; nothing but JSON is parsed.
    """
    card = read_card(folder)
    if not _is_choice(card):
        raise DataError(
            f"{folder}: format {FORMAT} expected, found {card.get('format')!r}; {NEXT_STEP}"
        )
    wanted = FILES if card["rerank"] else FILES[:2]
    found = {path.name for path in folder.iterdir()} - set(CLUTTER)
    for name in sorted(found.symmetric_difference(wanted)):
        is_what = "unknown, expected only" if name in found else "missing; expected"
        raise DataError(f"{folder / name}: {is_what} {', '.join(wanted)}; {NEXT_STEP}")
    try:
        weights = json.loads((folder / "weights.json").read_text("utf-8"))
        shape = len(weights["kinds"]), len(weights["names"])
        right = len(weights["values"]) == shape[0]
        right &= all(len(row) == shape[1] for row in weights["values"])
        right &= all(isinstance(value, int | float) for row in weights["values"] for value in row)
        if card["rerank"]:
            read_trees(folder / "trees.json")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(
            f"{folder}: damaged ({type(error).__name__}: {error}); {NEXT_STEP}"
        ) from None
    if not right:
        raise DataError(f"{folder}: a weight for each kind and recommender expected; {NEXT_STEP}")
    return card


def _is_choice(card: Card) -> bool:
    return card.get("format") == FORMAT and isinstance(card.get("rerank"), bool)


def _terms(card: Card) -> Terms:
    return {True: GENERATED, False: RESEARCH, None: UNKNOWN}[is_generated(card)]


CONTINUATION = Kind(
    "playlist-continuation",
    "",
    _is_choice,
    check_choice,
    {
        "card.json": "protocol, seed, name of the set of playlists; no playlist, no track",
        "weights.json": "weight of each recommender by kind of playlist; no playlist, no track",
        "trees.json": "trees of the second stage; values at which they split, no track",
    },
    _terms,
)
"""What `lib.recommenders.chosen` saves."""
