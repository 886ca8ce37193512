"""Published numbers, what became of each when rebuilt, and the rule that judges them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pandera.pandas as pa

from lib.errors import DataError
from lib.evaluation.intervals import LEVEL

WORTH_NAMING = 0.1
"""Smallest part of all changes on the way to the honest number that is named."""

NO_CODE = "nothing published produces it"
IMPOSSIBLE = "impossible: outside the measure's range"
CONSTRUCTED = "true by construction"
FAILS = "does not hold"
NO_BETTER = "holds, but no better than the baseline"
HOLDS = "holds"
GENERATED = "not judged: generated data"


@dataclass(frozen=True)
class PublishedNumber:
    """A published number.

    Attributes
    ----------
    key, label : str
        Short name in tables, name in figures.
    source : str
        Where it was published, and the code that made it.
    published : float
        The number.
    protocol : str
        What the code does, which is not always what the text says.
    measure : str
        What it should have measured.
    least, most : float
        Range of that measure.
    code : bool
        Whether any code produces the number.
    """

    key: str
    label: str
    source: str
    published: float
    protocol: str
    measure: str
    least: float = 0.0
    most: float = 1.0
    code: bool = True


@dataclass(frozen=True)
class Rebuilt:
    """What a claim's protocol gives on the data at hand, and the honest number.

    Attributes
    ----------
    key : str
        The claim's.
    steps : tuple of (str, float)
        From the number as published, one thing put right at a time; may be empty where there is
        nothing to rebuild.
    same : bool
        Whether the rebuilt number comes out so whatever the data hold.
    honest : tuple of (float, float, float)
        Honest number and the ends of its interval.
    what : str
        What the honest number is of.
    baseline : tuple of (str, float)
        What stands beside it.
    rows : int
        Rows behind it: playlists, tracks or rules.
    """

    key: str
    steps: tuple[tuple[str, float], ...]
    same: bool
    honest: tuple[float, float, float]
    what: str
    baseline: tuple[str, float]
    rows: int


def verdict(claim: PublishedNumber, rebuilt: Rebuilt, comparable: bool) -> str:
    """Judge a claim from numbers alone, the plainest reason first.

    Published and honest numbers may come from different data. So what is compared is the
    published *protocol*, rebuilt on the data at hand, with the honest one on the same.

    Parameters
    ----------
    claim : PublishedNumber
    rebuilt : Rebuilt
        Of that claim.
    comparable : bool
        Whether these are real data; of generated ones only what is true of any is said.

    Examples
    --------
    >>> claim = PublishedNumber("p10", "P@10", "README", 0.15, "500 ranks over 10", "precision")
    >>> steps = ("as published", 0.15), ("first 10 ranks", 0.02)
    >>> honest = Rebuilt(claim.key, steps, False, (0.02, 0.01, 0.03), "", ("none", 0.0), 100)
    >>> verdict(claim, honest, True)
    'does not hold'
    """
    if not claim.least <= claim.published <= claim.most:
        return IMPOSSIBLE
    if not claim.code:
        return NO_CODE
    if rebuilt.same:
        return CONSTRUCTED
    if not comparable:
        return GENERATED
    _, low, high = rebuilt.honest
    if not low <= rebuilt.steps[0][1] <= high:
        return FAILS
    return NO_BETTER if low <= rebuilt.baseline[1] else HOLDS


def made_of(steps: Sequence[tuple[str, float]]) -> str:
    """Name what the way from the published to the honest number is made of, the largest first.

    Examples
    --------
    >>> made_of([("as published", 1.0), ("tracks hidden", 0.4), ("other playlists", 0.39)])
    'tracks hidden -0.6'
    """
    changes = [(name, after - before) for (_, before), (name, after) in itertools.pairwise(steps)]
    total = sum(abs(change) for _, change in changes)
    named = [one for one in changes if abs(one[1]) >= WORTH_NAMING * total and one[1]]
    named.sort(key=lambda one: -abs(one[1]))
    return "; ".join(f"{name} {change:+,.3g}" for name, change in named) or "nothing found"


def claims_table(
    claims: Sequence[PublishedNumber], rebuilt: Sequence[Rebuilt], comparable: bool
) -> pd.DataFrame:
    """Lay out and judge all claims, in their order.

    Returns
    -------
    pandas.DataFrame
        See `schema`.

    Raises
    ------
    DataError
        When a claim was not rebuilt.
    """
    by_key = {one.key: one for one in rebuilt}
    missing = [claim.key for claim in claims if claim.key not in by_key]
    if missing:
        raise DataError(f"claims: each rebuilt expected, found none of {', '.join(missing)}")
    lines = []
    for claim in claims:
        one = by_key[claim.key]
        value, low, high = one.honest
        line = {"claim": claim.key, "label": claim.label, "source": claim.source}
        line |= {"published": float(claim.published), "protocol": claim.protocol}
        line |= {"rebuilt": one.steps[0][1] if one.steps else np.nan}
        line |= {"measure": claim.measure, "honest_of": one.what}
        line |= {"honest": value, "low": low, "high": high, "level": LEVEL}
        line |= {"baseline": one.baseline[0], "baseline_value": one.baseline[1]}
        line |= {"rows": one.rows, "made_of": made_of(one.steps) if one.steps else "nothing to run"}
        lines.append(line | {"verdict": verdict(claim, one, comparable)})
    return pd.DataFrame(lines)


_TEXT = {
    "claim": "Short name",
    "label": "Name",
    "source": "Where it was published",
    "protocol": "What the code behind it does",
    "measure": "What it should have measured",
    "honest_of": "What the honest number is of",
    "baseline": "What stands beside it",
    "made_of": "Steps from the rebuilt to the honest number, largest first",
    "verdict": "By rule, see lib.evaluation.claims.verdict",
}
_NUMBERS = {
    "published": "Published number",
    "honest": "Honest number on these data",
    "low": "Lower end of its interval",
    "high": "Upper end",
    "baseline_value": "The baseline's number, same protocol",
}


def _column(kind: str, unit: str, about: str, **more: object) -> pa.Column:
    return pa.Column(kind, description=about, metadata={"unit": unit}, **more)


_SAME_UNIT = "that of the measure"


def schema(subject: str, counted: str) -> pa.DataFrameSchema:
    """Describe the table of `claims_table`.

    Parameters
    ----------
    subject : str
        What the numbers are about, e.g. ``"playlists"``.
    counted : str
        Unit of the column of rows, e.g. ``"playlists, tracks or rules"``.
    """
    rebuilt = f"Its protocol on these {subject}; missing: none"
    return pa.DataFrameSchema(
        {
            **{name: _column("str", "text", about) for name, about in _TEXT.items()},
            **{name: _column("float64", _SAME_UNIT, about) for name, about in _NUMBERS.items()},
            "rebuilt": _column("float64", _SAME_UNIT, rebuilt, nullable=True),
            "level": _column("float64", "share", "Coverage of the interval"),
            "rows": _column("int64", counted, "Behind it", checks=pa.Check.gt(0)),
        },
        strict=True,
        unique=["claim"],
        description=f"Published numbers about {subject}, rebuilt and judged: one row a claim",
    )
