"""Schemas of the tables that the modelling notebooks make."""

from __future__ import annotations

import pandera.pandas as pa

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

TABLES: dict[str, pa.DataFrameSchema] = {"predictions": PREDICTIONS}
"""Each table that a notebook saves, and its schema."""
