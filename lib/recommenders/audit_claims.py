"""Published numbers about playlists; see `lib.evaluation.claims` for how they are judged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.evaluation import claims
from lib.evaluation.claims import PublishedNumber, Rebuilt

_REPO = "drsh0755/spotify-playlist-mining"
_DOC = f"{_REPO}, docs/SCRIPTS_REFERENCE.md"
_TYPED = "typed into scripts/41 as a literal"

CLAIMS: tuple[PublishedNumber, ...] = (
    PublishedNumber(
        "hybrid_r_precision", "hybrid's R-precision .178", _DOC, 0.178,
        f"none: {_TYPED}; given as the precision of the first 10 elsewhere in the same text",
        "R-precision on hidden tracks", code=False,
    ),
    PublishedNumber(
        "hybrid_ndcg", "hybrid's NDCG .234", _DOC, 0.234, f"none: {_TYPED}",
        "NDCG@500 on hidden tracks", code=False,
    ),
    PublishedNumber(
        "popularity_clicks", "popularity's clicks 245.3", _DOC, 245.3,
        f"{_TYPED}; the text's formula counts ranks, not clicks of ten tracks",
        "clicks to the first hit", 0, 51, code=False,
    ),
    PublishedNumber(
        "r_precision", "hybrid's R-precision .133", f"{_REPO}, README.md; scripts/28", 0.133,
        "share of each playlist's tracks among the 500 with most entries; nothing is hidden, no "
        "hybrid is asked", "R-precision on hidden tracks",
    ),
    PublishedNumber(
        "ndcg", "hybrid's NDCG 1.0", f"{_REPO}, README.md; scripts/28", 1.0,
        "the playlist's own first ten tracks in the order of popularity; relevant is what the "
        "playlist holds", "NDCG on hidden tracks",
    ),
    PublishedNumber(
        "times_better", "89 times popularity", f"{_REPO}, README.md", 89,
        "the .133 above over .0015 for popularity, which is in no file; the nearest there is comes "
        "from scripts/07, another protocol: a last fifth hidden, its tracks counted all the same",
        "R-precision over that of popularity", 0, np.inf,
    ),
    PublishedNumber(
        "precision_10", "popularity's P@10 .146", f"{_REPO}, scripts/36", 0.146,
        "hits of 500 tracks among the last fifth of a playlist, divided by 10; its tracks are in "
        "the counts", "precision of the first 10 ranks",
    ),
    PublishedNumber(
        "confidence", "rules' mean confidence 2.799", f"{_REPO}, scripts/25 and its output", 2.799,
        "pairs counted by a loop that overwrites its outer track; mean of the 10,000 rules of the "
        "highest lift", "confidence, a share",
    ),
    PublishedNumber(
        "silhouette", "silhouette .68 of 12 clusters", f"{_DOC}; scripts/41", 0.68,
        "drawn from a formula; described for names of tracks and artists, computed (.47) for "
        "titles only", "silhouette, 12 clusters by names", -1, 1, code=False,
    ),
    PublishedNumber(
        "accuracy", "accuracy .9961 for popular or not", f"{_DOC}; scripts/34", 0.9961,
        "random forest; is a track in 1,000 of the million playlists? Features hold the count; "
        "tracks split at random", "accuracy for a new artist",
    ),
    PublishedNumber(
        "count_r2", "R² .8174 of the playlist count", f"{_DOC}; scripts/34", 0.8174,
        "random forest on log(1 + playlists), the same features and split",
        "R² for a new artist", -np.inf,
    ),
)  # fmt: skip
"""Every playlist claim of the audit."""


def claims_table(rebuilt: Sequence[Rebuilt], comparable: bool) -> pd.DataFrame:
    """Lay out and judge all of `CLAIMS`, see `lib.evaluation.claims.claims_table`."""
    return claims.claims_table(CLAIMS, rebuilt, comparable)


SCHEMA = claims.schema("playlists", "playlists, tracks or rules")
