"""Schemas of the tables that the modelling notebooks make."""

from __future__ import annotations

import pandera.pandas as pa

from lib.modelling.bands import SCHEMES, chance_columns
from lib.modelling.splits import PROTOCOLS


def _column(kind: str, unit: str, description: str, check: pa.Check | None = None) -> pa.Column:
    return pa.Column(kind, check, description=description, metadata={"unit": unit})


PREDICTIONS = pa.DataFrameSchema(
    {
        "track_id": _column("str", "Spotify id", "Track that was predicted"),
        "split": _column("str", "name", "Named split", pa.Check.isin(list(PROTOCOLS))),
        "model": _column("str", "name", "Model and its features"),
        "fold": _column("int64", "number", "Fold in which the track was held out", pa.Check.ge(0)),
        "popularity": _column("float64", "0 to 100", "True popularity", pa.Check.in_range(0, 100)),
        "prediction": _column(
            "float64",
            "popularity points",
            "Predicted by the model fitted on the other folds; may leave 0 to 100",
        ),
    },
    strict=True,
    unique=["track_id", "split", "model"],
    description="Out-of-fold predictions: one row a split, model and track",
)

_R2 = "R²"


def _scored(name: str, what: str) -> dict[str, pa.Column]:
    return {
        f"{name}_r2": _column("float64", _R2, what),
        f"{name}_low": _column("float64", _R2, "Lower end of its interval"),
        f"{name}_high": _column("float64", _R2, "Upper end of its interval"),
    }


CLAIMS = pa.DataFrameSchema(
    {
        "claim": _column("str", "name", "Short name of the claim"),
        "model": _column("str", "name", "Model and its features"),
        "source": _column("str", "repository and file", "Where the score was published"),
        "published_r2": _column("float64", _R2, "Published score"),
        "published_protocol": _column("str", "text", "Rows, features, split as published"),
        "taken": _column("str", "text", "What the source leaves open, and what was done"),
        "rows": _column("int64", "rows", "Test rows of the rerun", pa.Check.gt(0)),
        **_scored("rerun", "Rerun under the published protocol"),
        "agrees": _column("bool", "true or false", "Rerun within 0.005; false on generated data"),
        "lookup_r2": _column("float64", _R2, "Table of audio vectors on the same rows, no model"),
        "known_share": _column(
            "float64",
            "share",
            "Test rows whose audio vector is in training",
            pa.Check.in_range(0, 1),
        ),
        **_scored("grouped", "Same model and rows, recordings kept whole"),
        **_scored("recording", "Same model, one row a track id, recordings kept whole"),
        **_scored("artist", "Same model, one row a track id, first artists kept whole"),
        "level": _column("float64", "share", "Coverage of the intervals"),
        "from_target": _column("float64", _R2, "Lost when no feature holds test targets"),
        "from_zeros": _column("float64", _R2, "Lost when popularity 0 is kept"),
        "from_copies": _column("float64", _R2, "Lost when copies are kept together"),
        "from_rows": _column("float64", _R2, "Lost when each track id has one row, and all are in"),
        "from_artist": _column("float64", _R2, "Lost when artists are kept together"),
        "rests_on": _column("str", "text", "Parts from 0.02, largest first"),
        "verdict": _column("str", "text", "By rule from the published and the honest scores"),
    },
    strict=True,
    unique=["claim"],
    description="Published scores, rerun and set beside honest ones: one row a claim",
)

_POINTS = pa.Check.in_range(0, 100)
_SHARE = pa.Check.in_range(0, 1)

INTERVALS = pa.DataFrameSchema(
    {
        "track_id": _column("str", "Spotify id", "Track that was predicted"),
        "fold": _column("int64", "number", "Fold in which the track was held out", pa.Check.ge(0)),
        "popularity": _column("float64", "0 to 100", "True popularity", _POINTS),
        "prediction": _column(
            "float64", "popularity points", "Predicted out of fold; may leave 0 to 100"
        ),
        "spread": _column(
            "float64",
            "popularity points",
            "Absolute error expected of the prediction",
            pa.Check.gt(0),
        ),
        "lower": _column("float64", "0 to 100", "Lower end of the interval", _POINTS),
        "upper": _column("float64", "0 to 100", "Upper end of the interval", _POINTS),
        "baseline_lower": _column("float64", "0 to 100", "Lower end, same for all", _POINTS),
        "baseline_upper": _column("float64", "0 to 100", "Upper end, same for all", _POINTS),
        **{
            name: _column("float64", "chance", f"Chance of popularity in band {name[7:]}", _SHARE)
            for edges in SCHEMES.values()
            for name in chance_columns(edges)
        },
    },
    strict=True,
    unique=["track_id"],
    description="Intervals and chances of bands, out of fold: one row a track of model_tracks",
)

_FOLD = "Outer fold that was held out; -1 where none was"

TRIALS = pa.DataFrameSchema(
    {
        "preset": _column("str", "name", "Search space"),
        "fold": _column("int64", "number", _FOLD, pa.Check.ge(-1)),
        "trial": _column("int64", "number", "Place in the study, from 0", pa.Check.ge(0)),
        "state": _column(
            "str", "name", "How it ended", pa.Check.isin(["complete", "pruned", "failed"])
        ),
        "score": pa.Column(
            "float64",
            nullable=True,
            description="Mean of the inner folds it came to; missing where it failed",
            metadata={"unit": _R2},
        ),
        "lead": pa.Column(
            "float64",
            nullable=True,
            description="The same less the first trial's on these inner folds",
            metadata={"unit": _R2},
        ),
        "folds": _column("int64", "inner folds", "Inner folds it came to", pa.Check.ge(0)),
        "trees": pa.Column(
            "float64",
            nullable=True,
            description="Mean number of trees in use; 0 for a model without",
            metadata={"unit": "trees"},
        ),
        "settings": _column("str", "JSON", "Settings that were tried"),
        "best": _column("bool", "true or false", "Best complete trial of its study"),
        "error": _column("str", "text", "Why it failed; empty where it did not"),
    },
    strict=True,
    unique=["preset", "fold", "trial"],
    description="Trials of the search for settings: one row a study and trial",
)

SETTINGS = pa.DataFrameSchema(
    {
        "preset": _column("str", "name", "Search space"),
        "fold": _column("int64", "number", _FOLD, pa.Check.ge(-1)),
        "score": _column("float64", _R2, "Best trial's mean of the inner folds: too good"),
        "settings": _column("str", "JSON", "Best settings, for the last step of the pipeline"),
    },
    strict=True,
    unique=["preset", "fold"],
    description="Best settings of each study: one row a study",
)

TABLES: dict[str, pa.DataFrameSchema] = {
    "predictions": PREDICTIONS,
    "claims": CLAIMS,
    "intervals": INTERVALS,
    "trials": TRIALS,
    "settings": SETTINGS,
}
"""Each table that a notebook saves, and its schema."""
