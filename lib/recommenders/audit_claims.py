"""Published numbers about playlists, what became of each, and the rule that judges them."""

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

NO_CODE = "no code produces it"
IMPOSSIBLE = "impossible: outside the measure's range"
CONSTRUCTED = "true by construction"
FAILS = "does not hold"
NO_BETTER = "holds, but no better than the baseline"
HOLDS = "holds"
GENERATED = "not judged: generated data"


@dataclass(frozen=True)
class PlaylistClaim:
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
    """What a claim's protocol gives on the playlists at hand, and the honest number.

    Attributes
    ----------
    key : str
        The claim's.
    steps : tuple of (str, float)
        From the number as published, one thing put right at a time; may be empty where there is
        nothing to rebuild.
    same : bool
        Whether the rebuilt number is the same for each playlist.
    honest : tuple of (float, float, float)
        Honest number and the ends of its interval.
    what : str
        What the honest number is of.
    baseline : tuple of (str, float)
        What stands beside it.
    rows : int
        Playlists, tracks or rules behind it.
    """

    key: str
    steps: tuple[tuple[str, float], ...]
    same: bool
    honest: tuple[float, float, float]
    what: str
    baseline: tuple[str, float]
    rows: int


_REPO = "drsh0755/spotify-playlist-mining"
_DOC = f"{_REPO}, docs/SCRIPTS_REFERENCE.md"
_TYPED = "typed into scripts/41 as a literal"

CLAIMS: tuple[PlaylistClaim, ...] = (
    PlaylistClaim(
        "hybrid_r_precision", "hybrid's R-precision .178", _DOC, 0.178,
        f"none: {_TYPED}; given as the precision of the first 10 elsewhere in the same text",
        "R-precision on hidden tracks", code=False,
    ),
    PlaylistClaim(
        "hybrid_ndcg", "hybrid's NDCG .234", _DOC, 0.234, f"none: {_TYPED}",
        "NDCG@500 on hidden tracks", code=False,
    ),
    PlaylistClaim(
        "popularity_clicks", "popularity's clicks 245.3", _DOC, 245.3,
        f"{_TYPED}; the text's formula counts ranks, not clicks of ten tracks",
        "clicks to the first hit", 0, 51, code=False,
    ),
    PlaylistClaim(
        "r_precision", "hybrid's R-precision .133", f"{_REPO}, README.md; scripts/28", 0.133,
        "share of each playlist's tracks among the 500 with most entries; nothing is hidden, no "
        "hybrid is asked", "R-precision on hidden tracks",
    ),
    PlaylistClaim(
        "ndcg", "hybrid's NDCG 1.0", f"{_REPO}, README.md; scripts/28", 1.0,
        "the playlist's own first ten tracks in the order of popularity; relevant is what the "
        "playlist holds", "NDCG on hidden tracks",
    ),
    PlaylistClaim(
        "times_better", "89 times popularity", f"{_REPO}, README.md", 89,
        "the .133 above over .0015 for popularity, which is in no file; the nearest there is comes "
        "from scripts/07, another protocol: a last fifth hidden, its tracks counted all the same",
        "R-precision over that of popularity", 0, np.inf,
    ),
    PlaylistClaim(
        "precision_10", "popularity's P@10 .146", f"{_REPO}, scripts/36", 0.146,
        "hits of 500 tracks among the last fifth of a playlist, divided by 10; its tracks are in "
        "the counts", "precision of the first 10 ranks",
    ),
    PlaylistClaim(
        "confidence", "rules' mean confidence 2.799", f"{_REPO}, scripts/25 and its output", 2.799,
        "pairs counted by a loop that overwrites its outer track; mean of the 10,000 rules of the "
        "highest lift", "confidence, a share",
    ),
    PlaylistClaim(
        "silhouette", "silhouette .68 of 12 clusters", f"{_DOC}; scripts/41", 0.68,
        "drawn from a formula; described for names of tracks and artists, computed (.47) for "
        "titles only", "silhouette, 12 clusters by names", -1, 1, code=False,
    ),
    PlaylistClaim(
        "accuracy", "accuracy .9961 for popular or not", f"{_DOC}; scripts/34", 0.9961,
        "random forest; is a track in 1,000 of the million playlists? Features hold the count; "
        "tracks split at random", "accuracy for a new artist",
    ),
    PlaylistClaim(
        "count_r2", "R² .8174 of the playlist count", f"{_DOC}; scripts/34", 0.8174,
        "random forest on log(1 + playlists), the same features and split",
        "R² for a new artist", -np.inf,
    ),
)  # fmt: skip
"""Every playlist claim of the audit."""


def verdict(claim: PlaylistClaim, rebuilt: Rebuilt, comparable: bool) -> str:
    """Judge a claim from numbers alone, the plainest reason first.

    Published and honest numbers come from different playlists. So what is compared is the
    published *protocol*, rebuilt on the playlists at hand, with the honest one on the same.

    Parameters
    ----------
    claim : PlaylistClaim
    rebuilt : Rebuilt
        Of that claim.
    comparable : bool
        Whether these are real playlists; of generated ones only what is true of any is said.

    Examples
    --------
    >>> claim = next(one for one in CLAIMS if one.key == "precision_10")
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


def claims_table(rebuilt: Sequence[Rebuilt], comparable: bool) -> pd.DataFrame:
    """Lay out and judge all claims, in the order of `CLAIMS`.

    Returns
    -------
    pandas.DataFrame
        See `SCHEMA`.

    Raises
    ------
    DataError
        When a claim was not rebuilt.
    """
    by_key = {one.key: one for one in rebuilt}
    missing = [claim.key for claim in CLAIMS if claim.key not in by_key]
    if missing:
        raise DataError(f"claims: each rebuilt expected, found none of {', '.join(missing)}")
    lines = []
    for claim in CLAIMS:
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
    "verdict": "By rule, see lib.recommenders.audit_claims.verdict",
}
_NUMBERS = {
    "published": "Published number",
    "honest": "Honest number on these playlists",
    "low": "Lower end of its interval",
    "high": "Upper end",
    "baseline_value": "The baseline's number, same protocol",
}


def _column(kind: str, unit: str, about: str, **more: object) -> pa.Column:
    return pa.Column(kind, description=about, metadata={"unit": unit}, **more)


_SAME_UNIT = "that of the measure"
_REBUILT = "Its protocol on these playlists; missing: none"

SCHEMA = pa.DataFrameSchema(
    {
        **{name: _column("str", "text", about) for name, about in _TEXT.items()},
        **{name: _column("float64", _SAME_UNIT, about) for name, about in _NUMBERS.items()},
        "rebuilt": _column("float64", _SAME_UNIT, _REBUILT, nullable=True),
        "level": _column("float64", "share", "Coverage of the interval"),
        "rows": _column("int64", "playlists, tracks or rules", "Behind it", checks=pa.Check.gt(0)),
    },
    strict=True,
    unique=["claim"],
    description="Published numbers about playlists, rebuilt and judged: one row a claim",
)
