"""What a popularity model takes in: its features in order, their units and training ranges."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer

from lib.modelling.estimators import FEATURE_SETS
from lib.modelling.levels import KNOWN, KeyLevel
from lib.modelling.stored.recipes import KINDS, UNSEEN, Recipe
from lib.tracks.columns import COLUMNS
from lib.tracks.features import genre_multihot

VERSION = 2
"""Of the contract's form; a model with another one is refused."""

GENRES, ARTIST = "genres", "artist"
"""Names under which all columns of genres, and all of the artist, count as one input."""

ARTIST_COLUMNS = tuple(f"artist {name}" for name in KNOWN)
SIZE = KNOWN.index("size")


def make_contract(tracks: pd.DataFrame, recipe: Recipe) -> dict[str, object]:
    """Write down the inputs of a model that is fitted on these tracks.

    Parameters
    ----------
    tracks : pandas.DataFrame
        Training tracks: the columns of the feature set ``audio+genres``.
    recipe : Recipe

    Returns
    -------
    dict
        ``contract_version``; ``kind`` and ``label`` of the recipe; ``features``, a list of name,
        type, unit, and lowest and highest training value; ``genres``, the training genres in the
        order of their columns, none for a model that does not look at them; ``artist``, whether
        it looks at the artist; ``target``.
    """
    features = [
        {
            "name": name,
            "type": "flag" if name == "explicit" else "number",
            "unit": COLUMNS[name].metadata["unit"],
            "low": float(tracks[name].min()),
            "high": float(tracks[name].max()),
        }
        for name in FEATURE_SETS[recipe.features]
        if name != GENRES
    ]
    looks = GENRES in FEATURE_SETS[recipe.features]
    return {
        "contract_version": VERSION,
        "kind": recipe.kind,
        "label": recipe.label,
        "features": features,
        "genres": genre_names(tracks) if looks else [],
        "artist": recipe.artist,
        "target": {"name": "popularity", "unit": COLUMNS["popularity"].metadata["unit"]},
    }


def wrong_in_contract(contract: Mapping[str, object]) -> str:
    """Name what a contract that was read from a file has wrong; empty when all is right.

    Examples
    --------
    >>> wrong_in_contract({"contract_version": 1, "features": [], "genres": []})
    'contract_version'
    """
    features, genres = contract.get("features"), contract.get("genres")
    sets = [[one for one in names if one != GENRES] for names in FEATURE_SETS.values()]
    try:
        right = {
            "contract_version": contract.get("contract_version") == VERSION,
            "kind": contract.get("kind") in KINDS,
            "label": isinstance(contract.get("label"), str),
            "artist": isinstance(contract.get("artist"), bool),
            "names of features": [one["name"] for one in features] in sets,
            "ranges of features": all(-np.inf < f["low"] <= f["high"] < np.inf for f in features),
            "genres": all(isinstance(one, str) for one in genres)
            and len(set(genres)) == len(genres),
        }
    except (TypeError, KeyError):
        return "features or genres"
    return next((name for name, good in right.items() if not good), "")


def genre_names(tracks: pd.DataFrame) -> list[str]:
    """List the genres of tracks, in the order of their columns."""
    return genre_multihot().fit(tracks[GENRES]).get_feature_names_out().tolist()


def audio_names(contract: Mapping[str, object]) -> list[str]:
    """List the names of the inputs that are neither genres nor artist, in order."""
    return [feature["name"] for feature in contract["features"]]


def column_names(contract: Mapping[str, object]) -> list[str]:
    """Name the columns of `feature_matrix`, in letters that XGBoost allows."""
    genres = [f"genre {re.sub(r'[^a-zA-Z0-9-]', '_', name)}" for name in contract["genres"]]
    return audio_names(contract) + genres + list(ARTIST_COLUMNS if contract["artist"] else ())


def columns_of_inputs(contract: Mapping[str, object]) -> dict[str, list[int]]:
    """Say which columns of `feature_matrix` each input has.

    Returns
    -------
    dict of str to list of int
        By input: each feature, then `GENRES` and `ARTIST` where the model looks at them.
    """
    first, count = len(contract["features"]), len(contract["genres"])
    columns = {name: [place] for place, name in enumerate(audio_names(contract))}
    if count:
        columns[GENRES] = list(range(first, first + count))
    if contract["artist"]:
        columns[ARTIST] = list(range(first + count, first + count + len(KNOWN)))
    return columns


def feature_matrix(
    tracks: pd.DataFrame, contract: Mapping[str, object], artists: KeyLevel | None = None
) -> np.ndarray:
    """Put tracks into the columns of the contract.

    Parameters
    ----------
    tracks : pandas.DataFrame, shape (n, k)
        The inputs by name, ``genres`` as a list for each track where the contract has genres, and
        ``first_artist``. A genre that the contract does not know has no column. An artist who is
        empty, missing, or unknown to `artists` is an unseen one, as are all without the column.
    contract : mapping
        From `make_contract`.
    artists : KeyLevel, optional
        Fitted levels of the artists, for a contract with the artist.

    Returns
    -------
    numpy.ndarray of float32, shape (n, features + genres [+ 5])
        The same matrix as the estimators of `lib.modelling.stored.recipes` make.
    """
    parts = [tracks[audio_names(contract)].to_numpy(dtype=np.float32)]
    if contract["genres"]:
        vocabulary = {name: number for number, name in enumerate(contract["genres"])}
        coder: CountVectorizer = genre_multihot().set_params(vocabulary=vocabulary)
        parts.append(coder.transform(tracks[GENRES]).toarray())
    if contract["artist"]:
        names = tracks.get("first_artist", pd.Series(UNSEEN, tracks.index))
        parts.append(artists.transform(pd.DataFrame({artists.key: names})).astype(np.float32))
    return np.hstack(parts)


def known_artist(matrix: np.ndarray, contract: Mapping[str, object]) -> np.ndarray:
    """Tell which rows of `feature_matrix` have an artist with training recordings, shape (n,)."""
    if not contract["artist"]:
        return np.zeros(len(matrix), dtype=bool)
    return matrix[:, columns_of_inputs(contract)[ARTIST][SIZE]] > 0
