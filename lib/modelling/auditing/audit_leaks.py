"""Show the leaks of the published set-ups, and run the leak detector on those and honest ones."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from lib.evaluation.inspection import Inspection, inspect_split
from lib.evaluation.leaks import find_foreign_columns
from lib.evaluation.regression import r2
from lib.modelling.auditing import audit_recipes as made
from lib.modelling.auditing.audit_claims import CLAIMS, Claim, published_split
from lib.modelling.auditing.audit_trials import HONEST_SPLITS, fold_numbers, honest_columns
from lib.tracks.columns import AUDIO_9

TWINS = {
    "track id": "same track id",
    "audio vector": "same audio",
    "title and first artist": "same title and artist",
}
"""Keys that rows of both sides may share, and their columns in `leak_summary`."""

KINDS = {
    "feature is": "hold the target",
    "a table of": "remember rows",
    "made with": "made over all rows",
}
"""How findings about columns begin, and their columns in `leak_summary`."""

ARTIST_SIZES = (1, 2, 6, 21)
"""Fewest rows of an artist in each class of `artist_mean_alone`."""


def inspect_published(claims: Sequence[Claim], rows: pd.DataFrame) -> dict[str, Inspection]:
    """Run the leak detector on each claim's own split, features, and way of making them.

    Claims that differ in nothing but the model are looked over once.

    Returns
    -------
    dict of str to Inspection
        By the claim's label.
    """
    found: dict[tuple[object, ...], Inspection] = {}
    for claim in claims:
        if _set_up(claim) not in found:
            found[_set_up(claim)] = _inspect_published(claim, rows)
    return {claim.label: found[_set_up(claim)] for claim in claims}


def leak_summary(inspected: Mapping[str, Inspection]) -> pd.DataFrame:
    """Put what the detector found against several set-ups side by side.

    Parameters
    ----------
    inspected : mapping of str to Inspection
        What was found against each set-up.

    Returns
    -------
    pandas.DataFrame
        One row a set-up, in their order: for each of `TWINS` the share of test rows that share it
        with training rows; and for each kind of leak in `KINDS` the names of the columns.
    """
    lines = []
    for name, inspection in inspected.items():
        table = inspection.findings
        kinds = {kind: table[table["leak"].str.startswith(start)] for start, kind in KINDS.items()}
        shared = table[table["leak"].str.startswith("shared")].set_index("where")["share"]
        line = {"set-up": name, **shared.reindex(list(TWINS), fill_value=0.0).rename(TWINS)}
        lines.append(line | {kind: ", ".join(part["where"]) for kind, part in kinds.items()})
    return pd.DataFrame(lines)


def inspect_honest(
    ids: pd.DataFrame, folds: pd.DataFrame, n_tested: int, texts: Sequence[str] = ()
) -> dict[tuple[str, int], Inspection]:
    """Run the leak detector on the honest splits, with the features of all claims together.

    The artist may be known where only recordings are kept whole, so it is allowed there.

    Parameters
    ----------
    ids, folds, n_tested
        As for `lib.modelling.auditing.audit_trials.claim_trials`.
    texts : sequence of str, optional
        Columns that no audited model sees, looked over as well, e.g. the album name.

    Returns
    -------
    dict of (str, int) to Inspection
        By split and fold.
    """
    frame = _all_honest_columns(ids)
    features = {name for claim in CLAIMS for name in claim.features} - {*made.OVER_ALL_ROWS}
    features |= set(texts)
    found = {}
    for split in HONEST_SPLITS:
        number = fold_numbers(ids, folds, split)
        allowed = ("artists",) if split == "recording" else ()
        for held in np.unique(number)[:n_tested]:
            train, test = frame[number != held], frame[number == held]
            result = inspect_split(
                train, test, sorted(features), groups="first_artist", allowed=allowed
            )
            sides = ids[number != held], ids[number == held]
            foreign = find_foreign_columns(_all_honest_columns, *sides, "popularity")
            found[split, int(held)] = _with_findings(result, foreign)
    return found


def copies_of_one_track(rows: pd.DataFrame) -> pd.DataFrame:
    """Show the copies of one track, and where the first claim's split puts them.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `lib.modelling.auditing.audit_trials.catalogue`.

    Returns
    -------
    pandas.DataFrame
        The rows of the track id with most rows, of those that stand on both sides; columns
        track_name, artists, track_genre, some of the audio, popularity, side.
    """
    claim = CLAIMS[0]
    frame = claim.rows(rows)
    train, test = published_split(claim, len(frame))
    side = np.full(len(frame), "validation", dtype=object)
    side[train], side[test] = "training", "test"
    known = frame["track_id"].iloc[test].isin(frame["track_id"].iloc[train])
    both = frame["track_id"].isin(frame["track_id"].iloc[test][known])
    most = frame.loc[both, "track_id"].value_counts().index[:1]
    shown = ["track_name", "artists", "track_genre", *AUDIO_9[:4], "popularity"]
    return frame.assign(side=side).loc[frame["track_id"].isin(most), [*shown, "side"]]


def artist_mean_alone(rows: pd.DataFrame) -> pd.DataFrame:
    """Score the artist mean by itself, without a model, by the number of the artist's rows.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `lib.modelling.auditing.audit_trials.catalogue`.

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


def _all_honest_columns(ids: pd.DataFrame) -> pd.DataFrame:
    for claim in CLAIMS:
        ids = honest_columns(claim, ids)
    return ids


def _with_findings(found: Inspection, more: pd.DataFrame) -> Inspection:
    both = [table for table in (found.findings, more) if len(table)]
    return replace(found, findings=pd.concat(both, ignore_index=True)) if both else found


def _set_up(claim: Claim) -> tuple[object, ...]:
    shares = claim.test_share, claim.validation_share
    return claim.rows, claim.columns, claim.features, shares


def _inspect_published(claim: Claim, rows: pd.DataFrame) -> Inspection:
    kept = claim.rows(rows)
    frame = claim.columns(kept)
    sides = published_split(claim, len(kept))
    train, test = (frame.iloc[side] for side in sides)
    averaged = "artists" if claim.target_in_features else None
    found = inspect_split(train, test, claim.features, groups=averaged)
    both = (kept.iloc[side] for side in sides)
    foreign = find_foreign_columns(claim.columns, *both, "popularity")
    return _with_findings(found, foreign)
