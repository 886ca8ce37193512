"""What a popularity model takes in: its features in order, their units and training ranges."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer

from lib.modelling.estimators import FEATURE_SETS
from lib.tracks.columns import COLUMNS
from lib.tracks.features import genre_multihot

VERSION = 1
"""Of the contract's form; a model with another one is refused."""

GENRES = "genres"
"""Name under which all genre columns count as one input."""


def make_contract(tracks: pd.DataFrame) -> dict[str, object]:
    """Write down the inputs of a model that is fitted on these tracks.

    Parameters
    ----------
    tracks : pandas.DataFrame
        Training tracks: the columns of the feature set ``audio+genres``.

    Returns
    -------
    dict
        ``contract_version``; ``features``, a list of name, type, unit, and lowest and highest
        training value; ``genres``, the training genres in the order of their columns; ``target``.
    """
    features = [
        {
            "name": name,
            "type": "flag" if name == "explicit" else "number",
            "unit": COLUMNS[name].metadata["unit"],
            "low": float(tracks[name].min()),
            "high": float(tracks[name].max()),
        }
        for name in FEATURE_SETS["audio"]
    ]
    genres = genre_multihot().fit(tracks[GENRES]).get_feature_names_out().tolist()
    return {
        "contract_version": VERSION,
        "features": features,
        "genres": genres,
        "target": {"name": "popularity", "unit": COLUMNS["popularity"].metadata["unit"]},
    }


def audio_names(contract: dict[str, object]) -> list[str]:
    """List the names of the inputs that are not genres, in order."""
    return [feature["name"] for feature in contract["features"]]


def column_names(contract: dict[str, object]) -> list[str]:
    """Name the columns of `feature_matrix`, in letters that XGBoost allows."""
    genres = [f"genre {re.sub(r'[^a-zA-Z0-9-]', '_', name)}" for name in contract["genres"]]
    return audio_names(contract) + genres


def feature_matrix(tracks: pd.DataFrame, contract: dict[str, object]) -> np.ndarray:
    """Put tracks into the columns of the contract.

    Parameters
    ----------
    tracks : pandas.DataFrame, shape (n, k)
        The inputs by name, and ``genres`` as a list for each track. A genre that the contract
        does not know has no column.
    contract : dict
        From `make_contract`.

    Returns
    -------
    numpy.ndarray of float32, shape (n, 14 + genres)
        The same matrix as the pipelines of `lib.modelling.estimators` make.
    """
    vocabulary = {name: number for number, name in enumerate(contract["genres"])}
    coder: CountVectorizer = genre_multihot().set_params(vocabulary=vocabulary)
    numbers = tracks[audio_names(contract)].to_numpy(dtype=np.float32)
    return np.hstack([numbers, coder.transform(tracks[GENRES]).toarray()])
