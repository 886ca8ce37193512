"""Judge each claim by a rule from the numbers, and lay out what its score is made of."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lib.evaluation.corrected import corrected_t
from lib.evaluation.regression import r2
from lib.modelling.auditing.audit_claims import CLAIMS
from lib.modelling.auditing.audit_trials import (
    COPIES_TOGETHER,
    HONEST_FIT,
    HONEST_SPLITS,
    PUBLISHED,
    WITH_ZEROS,
    Trial,
)

AGREES = 0.005
"""Largest difference in R² at which a rerun counts as the published score."""

WORTH_NAMING = 0.02
"""Smallest part of a difference in R² that is named as what a score rests on."""

PARTS: dict[str, str] = {
    "from_target": "the target among the features",
    "from_zeros": "popularity 0 dropped",
    "from_copies": "copies across the split",
    "from_rows": "the choice of rows",
    "from_artist": "artists known from training",
}
"""What the difference between the rerun and the score for new artists is made of."""

STEPS: dict[str, str] = {
    "from_target": "no target in features",
    "from_zeros": "zeros kept",
    "from_copies": COPIES_TOGETHER,
    "from_rows": "one row a track id",
    "from_artist": "artists not known",
}
"""What takes each of `PARTS` away."""

SAME_SPLIT = ("linear", "xgboost_untuned", "xgboost_tuned")
"""Claims that one source made on the same rows and split, each said to be better than the last."""


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
        grouped, known, new = (
            by.loc[claim.key, name] for name in (COPIES_TOGETHER, *HONEST_SPLITS)
        )
        fair = after.get(HONEST_FIT, rerun["r2"])
        kept = after.get(WITH_ZEROS, fair)
        line = {"claim": claim.key, "model": claim.label, "source": claim.source}
        line |= {"published_r2": claim.r2, "published_protocol": claim.protocol}
        line |= {"taken": claim.taken, "rows": int(rerun["rows"])}
        line |= {f"rerun_{end}": rerun[end] for end in ("r2", "low", "high")}
        line["agrees"] = comparable and abs(rerun["r2"] - claim.r2) <= AGREES
        line |= {"lookup_r2": rerun["lookup_r2"], "known_share": rerun["known"]}
        for name, score in (("grouped", grouped), ("recording", known), ("artist", new)):
            line |= {f"{name}_{end}": score[end] for end in ("r2", "low", "high")}
        line |= {"level": rerun["level"], "from_target": rerun["r2"] - fair}
        line |= {"from_zeros": fair - kept, "from_copies": kept - grouped["r2"]}
        line["from_rows"] = grouped["r2"] - known["r2"]
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
    >>> rests_on(dict.fromkeys(PARTS, 0.0) | {"from_target": 0.1, "from_copies": 0.3})
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


def differences(predicted: Sequence[tuple[Trial, np.ndarray]], n_folds: int) -> pd.DataFrame:
    """Compare the models of `SAME_SPLIT` pair by pair, as published and on repeated folds.

    Parameters
    ----------
    predicted : sequence of (Trial, numpy.ndarray)
        Trials of `lib.modelling.auditing.audit_trials.repeated_trials` and what they predict.
    n_folds : int
        Folds of each repeat.

    Returns
    -------
    pandas.DataFrame
        Two rows a pair: model and other (labels of the claims); where (``"published"`` or
        ``"rerun"``); value, low, high and level of the R² of the first less that of the second,
        without interval where published; published (the published difference) and p (two-sided,
        see `lib.evaluation.corrected.corrected_t`).
    """
    by_fold = pd.DataFrame(
        [(t.name, t.protocol, _r2_of(t, guess)) for t, guess in predicted],
        columns=["name", "fold", "r2"],
    ).pivot_table("r2", "fold", "name")
    claims = {claim.key: claim for claim in CLAIMS}
    lines = []
    for other, name in itertools.pairwise(SAME_SPLIT):
        said = claims[name].r2 - claims[other].r2
        line = {"model": claims[name].label, "other": claims[other].label, "published": said}
        found = corrected_t(by_fold[name] - by_fold[other], 1 / n_folds)
        lines.append({**line, "where": "published", "value": said, "low": said, "high": said})
        measured = {"where": "rerun", "value": found.mean, "low": found.low, "high": found.high}
        lines.append({**line, **measured, "level": found.level, "p": found.p})
    return pd.DataFrame(lines)


def told_apart(low: float, high: float) -> str:
    """Say what the interval of a difference allows to be said.

    Examples
    --------
    >>> told_apart(-0.1, 0.2), told_apart(0.1, 0.2), told_apart(-0.2, -0.1)
    ('not told apart', 'better', 'worse')
    """
    if low > 0:
        return "better"
    return "worse" if high < 0 else "not told apart"


def _r2_of(trial: Trial, prediction: np.ndarray) -> float:
    return r2(trial.frame["popularity"].iloc[trial.test], prediction)
