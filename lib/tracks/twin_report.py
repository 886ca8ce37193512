"""How many rows have a twin, how the popularities of twins differ, what that does to a split."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.model_selection import train_test_split

from lib.tracks.means import mean_by
from lib.tracks.twins import audio_ids, recording_ids, title_ids

ID_BINS = {"1": 1, "2": 2, "3": 3, "4–5": 5, "6–10": 10, "11+": np.inf}
"""Names of the bins of `zeros_by_ids` and the most ids of a recording in each."""


SPLITS = 20
"""Random splits behind the shares that `twin_report` gives."""


def twin_report(tracks: pd.DataFrame, seed: int = 42, level: float = 0.95) -> pd.DataFrame:
    """Tell for each key how many rows have a twin, and what the twins do to a random split.

    Parameters
    ----------
    tracks : pandas.DataFrame, shape (n, k)
        Rows, or one row a track id, with the columns that `add_ids` adds.
    seed : int, optional
        Seed of the first of `SPLITS` random 80/20 splits; the others count up from it.
    level : float, optional
        Coverage of `split_low` to `split_high`.

    Returns
    -------
    pandas.DataFrame
        One row a key. `groups` with at least two rows, `rows` in them and their `share`; mean and
        median of the popularity range in a group (`range_mean`, `range_median`); share of
        popularity 0 among rows with a twin and without (`zeros_twins`, `zeros_single`); share of
        the rows at 0 that have a twin above 0 (`zeros_beside_hit`); `split_share`, the share of a
        random split's test rows with a twin in training, averaged over the splits, with the
        interval `split_low` to `split_high` in which the share of one more split lies (Student's
        t, normal over splits). Undefined shares are missing.
    """
    keys = {
        "same id": tracks["track_id"],
        "same audio vector": tracks["audio_id"],
        "same title and first artist": title_ids(tracks),
        "same recording (any of them)": tracks["recording_id"],
    }
    seeds = range(seed, seed + SPLITS)
    halves = [
        train_test_split(np.arange(len(tracks)), test_size=0.2, random_state=s) for s in seeds
    ]
    reach = stats.t.ppf((1 + level) / 2, SPLITS - 1) * np.sqrt(1 + 1 / SPLITS)
    popularity = tracks["popularity"]
    zero = popularity.eq(0)
    rows = []
    for name, key in keys.items():
        grouped = popularity.groupby(key.to_numpy())
        twin = key.duplicated(keep=False)
        ends = grouped.agg(["size", "min", "max"]).query("size > 1")
        spread = ends["max"] - ends["min"]
        codes = pd.factorize(key)[0]
        shares = [np.isin(codes[test], codes[train], kind="table").mean() for train, test in halves]
        middle, half_width = np.mean(shares), reach * np.std(shares, ddof=1)
        rows.append(
            {
                "key": name,
                "groups": len(ends),
                "rows": int(twin.sum()),
                "share": twin.mean(),
                "range_mean": spread.mean(),
                "range_median": spread.median(),
                "zeros_twins": zero[twin].mean(),
                "zeros_single": zero[~twin].mean(),
                "zeros_beside_hit": (grouped.transform("max") > 0)[zero].mean(),
                "split_share": middle,
                "split_low": max(middle - half_width, 0.0),
                "split_high": min(middle + half_width, 1.0),
            }
        )
    return pd.DataFrame(rows)


def popularity_ranges(ids: pd.DataFrame) -> pd.Series:
    """Take the highest less the lowest popularity of each recording with several ids.

    Parameters
    ----------
    ids : pandas.DataFrame
        One row a track id, with `recording_id` and `popularity`.

    Returns
    -------
    pandas.Series of float
        Indexed by recording.
    """
    ends = ids.groupby("recording_id")["popularity"].agg(["size", "min", "max"])
    ends = ends[ends["size"] > 1]
    return (ends["max"] - ends["min"]).rename("range")


def zeros_by_ids(ids: pd.DataFrame) -> pd.DataFrame:
    """Take the share of ids at popularity 0 by the number of ids of their recording.

    The intervals take first artists as the independent units, see `lib.tracks.means.mean_by`: the
    ids of a recording, and the recordings of an artist, are at 0 together.

    Parameters
    ----------
    ids : pandas.DataFrame
        One row a track id, with `recording_id`, `first_artist` and `popularity`.

    Returns
    -------
    pandas.DataFrame
        One row a bin that occurs: `ids_of_recording`, `ids`, `share`, `low`, `high`.

    Examples
    --------
    >>> ids = pd.DataFrame(
    ...     {"recording_id": [0, 0, 1], "first_artist": list("aab"), "popularity": [0.0, 4.0, 3.0]}
    ... )
    >>> zeros_by_ids(ids)[["ids_of_recording", "ids", "share"]].values.tolist()
    [['1', 1, 0.0], ['2', 2, 0.5]]
    """
    n_ids = ids.groupby("recording_id")["popularity"].transform("size")
    bins = pd.cut(n_ids, [0, *ID_BINS.values()], labels=list(ID_BINS))
    table = _zero_shares(ids, "ids_of_recording", bins)
    return table.astype({"ids_of_recording": "str"})


def zeros_by_twin(ids: pd.DataFrame) -> pd.DataFrame:
    """Take the share of ids at popularity 0 among those with a twin and those without.

    Returns
    -------
    pandas.DataFrame
        As `zeros_by_ids`, with `twin` (true or false) in place of the bin.
    """
    return _zero_shares(ids, "twin", ids["recording_id"].duplicated(keep=False))


def _zero_shares(ids: pd.DataFrame, by: str, groups: pd.Series) -> pd.DataFrame:
    zeros = ids[["first_artist"]].assign(**{by: groups, "zero": ids["popularity"].eq(0)})
    table = mean_by(zeros, by, "zero").rename(columns={"tracks": "ids", "mean": "share"})
    # A share lies between 0 and 1, whatever the symmetric interval says.
    table[["low", "high"]] = table[["low", "high"]].clip(0, 1)
    return table[[by, "ids", "share", "low", "high"]]


def compare_definitions(ids: pd.DataFrame) -> pd.DataFrame:
    """Count recordings under narrower and wider definitions of what is one recording.

    Parameters
    ----------
    ids : pandas.DataFrame, shape (n, k)
        One row a track id, see `lib.tracks.twins.recording_ids`.

    Returns
    -------
    pandas.DataFrame
        Columns `definition`, `recordings`, `share`: of the ids that share their recording.
    """
    definitions = {
        "same audio vector": audio_ids(ids),
        "same title and first artist, versions apart": title_ids(ids, "apart"),
        "audio or title and artist, versions apart": recording_ids(ids, "apart"),
        "audio or title and artist, versions together (used here)": recording_ids(ids),
    }
    rows = [
        (name, key.nunique(), key.duplicated(keep=False).mean())
        for name, key in definitions.items()
    ]
    return pd.DataFrame(rows, columns=["definition", "recordings", "share"])


def in_other_folds(key: pd.Series, fold: np.ndarray) -> pd.Series:
    """Tell which rows have a twin in another fold.

    Parameters
    ----------
    key : pandas.Series, shape (n,)
        What makes rows twins, e.g. the recording or the first artist.
    fold : numpy.ndarray of int, shape (n,)
        Fold of each row.

    Examples
    --------
    >>> in_other_folds(pd.Series(["a", "a", "b", "b"]), np.array([0, 1, 0, 0])).tolist()
    [True, True, False, False]
    """
    folds = pd.Series(fold, index=key.index).groupby(key.to_numpy())
    return folds.transform("nunique") > 1
