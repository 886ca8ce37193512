"""Scores on parts of the test rows, such as those whose album name is in training."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lib.evaluation.inspection import find_lookup_scores
from lib.evaluation.regression import LABELS, UNITS
from lib.modelling import compare
from lib.modelling.splits import PROTOCOLS
from lib.tracks.quality import shortage

LIKENESS = (0.9, 0.7, 0.5, 0.3)
"""Likenesses to a name in training at and above which album names are left out, ever stricter."""


def of_new_artists(contact: pd.DataFrame) -> dict[str, pd.Series]:
    """Name the parts that tell what an album name does for new artists.

    Parameters
    ----------
    contact : pandas.DataFrame
        Of one split, from `lib.modelling.contact.find_contact`, indexed by track id.

    Returns
    -------
    dict of str to pandas.Series of bool
        By the name of a part: which track ids belong to it.
    """
    album = contact["album"]
    return {
        "all tracks": album.notna(),
        "album known": album == "known",
        "album new": album != "known",
        "album new, near-copies out": album == "new",
    }


def of_known_artists(contact: pd.DataFrame) -> dict[str, pd.Series]:
    """Name the parts of the split by recording, as `of_new_artists`."""
    met, album = contact["artist_known"], contact["album"]
    return {
        "all tracks": album.notna(),
        "artist known": met,
        "artist known, album known": met & (album == "known"),
        "artist known, album new": met & (album != "known"),
        "artist known, album new, near-copies out": met & (album == "new"),
    }


def of_unlike_albums(contact: pd.DataFrame) -> dict[str, pd.Series]:
    """Leave out ever more album names that are like one in training, as `of_new_artists`."""
    # The bound itself may come out a rounding below it.
    return {f"likeness below {x}": contact["likeness"] < x - 1e-6 for x in LIKENESS}


def score_parts(
    predictions: pd.DataFrame,
    parts: Mapping[str, pd.Series],
    artists: pd.Series,
    replicates: int,
    seed: int,
    pairs: Sequence[tuple[str, str]] = (),
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score models on parts of the rows, and pairs of models against each other.

    Parameters
    ----------
    predictions : pandas.DataFrame
        From `lib.modelling.compare.cross_validate`, one split.
    parts : mapping of str to pandas.Series of bool
        By the name of a part: which track ids belong to it (index: track id).
    artists : pandas.Series
        First artist of each track id: what the bootstrap draws.
    replicates, seed : int
        Of the bootstrap.
    pairs : sequence of (str, str), optional
        Models whose difference is tabulated.

    Returns
    -------
    scores, differences : pandas.DataFrame
        As `compare.score_table` and `compare.difference_table` make them, R² and mean absolute
        error only, with `part` and, in both, `rows`. A part that is too small
        (`lib.tracks.quality.shortage`) is left out.
    """
    scores, differences = [], []
    for name, belongs in parts.items():
        chosen = predictions[predictions["track_id"].map(belongs)]
        once = chosen.drop_duplicates("track_id")
        if shortage(once.assign(first_artist=once["track_id"].map(artists))):
            continue
        drawn = compare.bootstrap_splits(chosen, artists, replicates, seed, ranks=False)
        scores.append(compare.score_table(chosen, drawn).assign(part=name))
        if pairs:
            differ = compare.difference_table(drawn, pairs)
            differences.append(differ.assign(part=name, rows=chosen["track_id"].nunique()))
    return _errors(scores), _errors(differences)


def as_metrics(
    table: pd.DataFrame,
    protocols: Mapping[str, str],
    note: str = "",
    headline: Sequence[tuple[str, str]] = (),
) -> list[dict[str, object]]:
    """Put the rows of `score_parts` into the words and values that a report records.

    Parameters
    ----------
    table : pandas.DataFrame
        Scores or differences.
    protocols : mapping of str to str
        How the scores of each split came about.
    note : str, optional
        What else is to be known of these rows, e.g. "zeros dropped".
    headline : sequence of (str, str), optional
        Part and model whose R² belongs on the first page.

    Returns
    -------
    list of dict
        Arguments of `lib.pipeline.step.Step.metric`.
    """
    told = []
    for row in table.dropna(subset=["value", "low"]).to_dict("records"):
        metric, where = row["metric"], f"{note}{': ' if note else ''}{row['part']}"
        one = {key: row[key] for key in ("value", "low", "high", "level", "rows")}
        if "other" in row:
            what = f"difference in {LABELS[metric]}, {row['model']} less {row['other']}"
            one |= {"baseline": "no difference", "baseline_value": 0}
        else:
            what = f"{LABELS[metric]}, {row['model']}"
            one |= {"baseline": "mean of the training rows"}
            one |= {"baseline_value": row["baseline_value"]}
        one["name"] = f"{what}, {PROTOCOLS[row['split']].label}, {where}"
        one |= {"unit": UNITS[metric], "protocol": f"{where}; {protocols[row['split']]}"}
        told.append(one | {"headline": (row["part"], row["model"]) in headline and metric == "r2"})
    return told


def in_words(table: pd.DataFrame) -> defaultdict[tuple[str, str], str]:
    """Write R² and its interval of each part and model, for findings.

    Parameters
    ----------
    table : pandas.DataFrame
        Scores or differences of `score_parts`; of the latter each model once.

    Returns
    -------
    defaultdict
        By part and model; what is not in the table is "not scored, for want of tracks".
    """
    sign = "+" if "other" in table else ""
    words: defaultdict[tuple[str, str], str] = defaultdict(lambda: "not scored, for want of tracks")
    for row in table[table["metric"] == "r2"].itertuples():
        numbers = [f"{number:{sign}.3f}" for number in (row.value, row.low, row.high)]
        words[row.part, row.model] = f"{numbers[0]} [{numbers[1]}, {numbers[2]}]"
    return words


def near_copies_explain(new_albums: pd.Series, stricter: pd.Series) -> str:
    """Say whether near-copies of album names explain a gain on new albums.

    Parameters
    ----------
    new_albums, stricter : pandas.Series
        Lower ends of the gain's interval on new albums (one value, or none), and in ever stricter
        cuts.

    Examples
    --------
    >>> near_copies_explain(pd.Series([0.01]), pd.Series([0.02, 0.01]))
    'do not explain it'
    >>> near_copies_explain(pd.Series([0.01]), pd.Series([0.02, -0.01]))
    'may be a part of it'
    """
    if not (new_albums > 0).any():
        return "have no gain to explain"
    if stricter.empty:
        return "cannot be told from it"
    return "do not explain it" if (stricter > 0).all() else "may be a part of it"


def lookup_by_fold(tracks: pd.DataFrame, folds: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Ask the leak detector, on each fold of one split, which columns remember rows.

    Returns
    -------
    pandas.DataFrame
        See `lib.evaluation.inspection.find_lookup_scores`, with a column `fold`.
    """
    fold = tracks["track_id"].map(folds.set_index("track_id")["fold"])
    return pd.concat(
        [
            find_lookup_scores(tracks[fold != n], tracks[fold == n], "popularity", keys).assign(
                fold=n
            )
            for n in np.unique(fold)
        ],
        ignore_index=True,
    )


def _errors(tables: list[pd.DataFrame]) -> pd.DataFrame:
    if not tables:
        return pd.DataFrame(columns=["split", "model", "metric", "value", "low", "high", "part"])
    table = pd.concat(tables, ignore_index=True)
    return table[table["metric"].isin(["r2", "mae"])].reset_index(drop=True)
