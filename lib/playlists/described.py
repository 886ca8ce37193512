"""A described column of a table that a notebook leaves for others."""

from __future__ import annotations

import pandera.pandas as pa


def described(
    kind: str, unit: str, description: str, check: pa.Check | None = None, nullable: bool = False
) -> pa.Column:
    """Describe a column: its type, unit, meaning, and what is allowed."""
    return pa.Column(
        kind, check, description=description, nullable=nullable, metadata={"unit": unit}
    )
