"""Judge each claim by a rule from the numbers, and lay out what its score is made of."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import pandas as pd

from lib.evaluation.regression import r2
from lib.modelling import audit_recipes as made
from lib.modelling.audit_claims import CLAIMS, published_split
from lib.modelling.audit_trials import HONEST_FIT, HONEST_SPLITS, PUBLISHED, WITH_ZEROS

AGREES = 0.005
"""Largest difference in R² at which a rerun counts as the published score."""

WORTH_NAMING = 0.02
"""Smallest part of a difference in R² that is named as what a score rests on."""

PARTS: dict[str, str] = {
    "from_target": "the target among the features",
    "from_zeros": "popularity 0 dropped",
    "from_copies": "copies across the split",
    "from_artist": "artists known from training",
}
"""What the difference between the rerun and the score for new artists is made of."""

STEPS: dict[str, str] = {
    "from_target": "no target in features",
    "from_zeros": "zeros kept",
    "from_copies": "copies kept together",
    "from_artist": "artists not known",
}
"""What takes each of `PARTS` away."""

ARTIST_SIZES = (1, 2, 6, 21)
"""Fewest rows of an artist in each class of `artist_mean_alone`."""


def claims_table(scores: pd.DataFrame, comparable: bool) -> pd.DataFrame:
    """Judge every claim.

    Parameters
    ----------
    scores : pandas.DataFrame
        From `score_trials`, with all protocols of all claims.
    comparable : bool
        Whether these are the rows that the claims are about; not so for generated data.

    Returns
    -------
    pandas.DataFrame
        One row a claim, see `lib.modelling.tables.CLAIMS`. The parts add up to the rerun less the
        score for new artists.
    """
    by = scores.set_index(["name", "protocol"])
    lines = []
    for claim in CLAIMS:
        rerun = by.loc[claim.key, PUBLISHED]
        after = {
            name: by.loc[claim.key, name]["r2"]
            for name in (HONEST_FIT, WITH_ZEROS)
            if (claim.key, name) in by.index
        }
        known, new = (by.loc[claim.key, name] for name in HONEST_SPLITS)
        fair = after.get(HONEST_FIT, rerun["r2"])
        kept = after.get(WITH_ZEROS, fair)
        line = {"claim": claim.key, "model": claim.label, "source": claim.source}
        line |= {"published_r2": claim.r2, "published_protocol": claim.protocol}
        line |= {"taken": claim.taken, "rows": int(rerun["rows"])}
        line |= {f"rerun_{end}": rerun[end] for end in ("r2", "low", "high")}
        line["agrees"] = comparable and abs(rerun["r2"] - claim.r2) <= AGREES
        line |= {"lookup_r2": rerun["lookup_r2"], "known_share": rerun["known"]}
        for name, score in (("recording", known), ("artist", new)):
            line |= {f"{name}_{end}": score[end] for end in ("r2", "low", "high")}
        line |= {"level": rerun["level"], "from_target": rerun["r2"] - fair}
        line |= {"from_zeros": fair - kept, "from_copies": kept - known["r2"]}
        line["from_artist"] = known["r2"] - new["r2"]
        line["rests_on"] = rests_on(line)
        line["verdict"] = verdict(claim.r2, known["high"], new["high"], comparable)
        lines.append(line)
    return pd.DataFrame(lines)


def verdict(published: float, recording_high: float, artist_high: float, comparable: bool) -> str:
    """Say whether a published R² lies within reach of the honest ones.

    Parameters
    ----------
    published : float
        Published R².
    recording_high, artist_high : float
        Upper ends of the intervals of the same model on recordings, and on artists, not seen.
    comparable : bool
        Whether the honest scores are on the data that the claim is about.

    Examples
    --------
    >>> verdict(0.25, 0.27, 0.20, True)
    'holds for new recordings, not new artists'
    """
    if not comparable:
        return "not judged: generated data"
    if published <= artist_high + AGREES:
        return "holds for new artists"
    if published <= recording_high + AGREES:
        return "holds for new recordings, not new artists"
    return "does not hold"


def rests_on(parts: Mapping[str, float]) -> str:
    """Name the parts of a difference that are worth it, the largest first, see `PARTS`.

    Examples
    --------
    >>> rests_on({"from_target": 0.1, "from_zeros": 0.0, "from_copies": 0.3, "from_artist": 0.0})
    'copies across the split; the target among the features'
    """
    falling = sorted(PARTS, key=lambda name: -parts[name])
    named = [PARTS[name] for name in falling if parts[name] >= WORTH_NAMING]
    return "; ".join(named) or "nothing found"


def steps_down(table: pd.DataFrame) -> dict[str, list[tuple[str, float]]]:
    """List for each claim what is left of R² after each step from the rerun to new artists.

    Parameters
    ----------
    table : pandas.DataFrame
        From `claims_table`.

    Returns
    -------
    dict of str to list of (str, float)
        By model: steps by name, `PUBLISHED` first; those that change nothing are left out.
    """
    steps = {}
    for claim in table.to_dict("records"):
        left = claim["rerun_r2"]
        line = [(PUBLISHED, left)]
        for part, name in STEPS.items():
            left -= claim[part]
            if claim[part]:
                line.append((name, left))
        steps[claim["model"]] = line
    return steps


def artist_mean_alone(rows: pd.DataFrame) -> pd.DataFrame:
    """Score the artist mean by itself, without a model, by the number of the artist's rows.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `lib.modelling.audit_trials.catalogue`.

    Returns
    -------
    pandas.DataFrame
        One row a size of artist and one for all: size (text), rows and share of the published
        test rows; R² against their own mean of the mean over all rows (all_rows, as published)
        and of the mean over training rows only (training).
    """
    claim = next(claim for claim in CLAIMS if claim.target_in_features)
    frame = claim.columns(claim.rows(rows))
    train, test = (frame.iloc[side] for side in published_split(claim, len(frame)))
    honest = test["artists"].map(train.groupby("artists")["popularity"].mean())
    honest = honest.fillna(train["popularity"].mean())
    count = test["artists"].map(frame["artists"].value_counts())
    size = np.searchsorted(ARTIST_SIZES, count, side="right") - 1
    names = [f"{low}–{high - 1}" for low, high in itertools.pairwise(ARTIST_SIZES)]
    names = ["1", *names[1:], f"{ARTIST_SIZES[-1]} or more"]
    classes = [(name, size == number) for number, name in enumerate(names)]
    lines = []
    for name, inside in [*classes, ("all", np.ones(len(test), dtype=bool))]:
        if inside.sum() < 2:
            continue
        truth = test.loc[inside, "popularity"]
        lines.append(
            {
                "size": name,
                "rows": int(inside.sum()),
                "share": float(inside.mean()),
                "all_rows": r2(truth, test.loc[inside, made.ARTIST_MEAN]),
                "training": r2(truth, honest[inside]),
            }
        )
    return pd.DataFrame(lines)
