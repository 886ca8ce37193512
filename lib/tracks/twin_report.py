"""How many rows have a twin, how the popularities of twins differ, what that does to a split."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from lib.tracks.twins import audio_ids, recording_ids, title_ids

ID_BINS = {"1": 1, "2": 2, "3": 3, "4–5": 5, "6–10": 10, "11+": np.inf}
"""Names of the bins of `zeros_by_ids` and the most ids of a recording in each."""


def twin_report(tracks: pd.DataFrame, seed: int = 42) -> pd.DataFrame:
    """Tell for each key how many rows have a twin, and what the twins do to a random split.

    Parameters
    ----------
    tracks : pandas.DataFrame, shape (n, k)
        Rows, or one row a track id, with the columns that `add_ids` adds.
    seed : int, optional
        Seed of the 80/20 split.

    Returns
    -------
    pandas.DataFrame
        One row a key. `groups` with at least two rows, `rows` in them and their `share`; mean and
        median of the popularity range in a group (`range_mean`, `range_median`); share of
        popularity 0 among rows with a twin and without (`zeros_twins`, `zeros_single`); share of
        the rows at 0 that have a twin above 0 (`zeros_beside_hit`); `split_share`, the share of a
        random split's test rows with a twin in training. Undefined shares are missing.
    """
    keys = {
        "same id": tracks["track_id"],
        "same audio vector": tracks["audio_id"],
        "same title and first artist": title_ids(tracks),
        "same recording (any of them)": tracks["recording_id"],
    }
    train, test = train_test_split(np.arange(len(tracks)), test_size=0.2, random_state=seed)
    popularity = tracks["popularity"]
    zero = popularity.eq(0)
    rows = []
    for name, key in keys.items():
        grouped = popularity.groupby(key.to_numpy())
        twin = key.duplicated(keep=False)
        ends = grouped.agg(["size", "min", "max"]).query("size > 1")
        spread = ends["max"] - ends["min"]
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
                "split_share": key.iloc[test].isin(key.iloc[train]).mean(),
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
    """Count the ids at popularity 0 by the number of ids of their recording.

    Parameters
    ----------
    ids : pandas.DataFrame
        One row a track id, with `recording_id` and `popularity`.

    Returns
    -------
    pandas.DataFrame
        One row a bin that occurs: `ids_of_recording`, `ids`, `zeros`.

    Examples
    --------
    >>> ids = pd.DataFrame({"recording_id": [0, 0, 1], "popularity": [0.0, 4.0, 3.0]})
    >>> zeros_by_ids(ids).values.tolist()
    [['1', 1, 0], ['2', 2, 1]]
    """
    n_ids = ids.groupby("recording_id")["popularity"].transform("size")
    bins = pd.cut(n_ids, [0, *ID_BINS.values()], labels=list(ID_BINS)).rename("ids_of_recording")
    table = ids["popularity"].eq(0).groupby(bins, observed=True).agg(["size", "sum"]).reset_index()
    table.columns = ["ids_of_recording", "ids", "zeros"]
    return table.astype({"ids_of_recording": "str"})


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


def share_cut(key: pd.Series, fold: np.ndarray) -> float:
    """Take the share of rows that have a twin in another fold.

    Parameters
    ----------
    key : pandas.Series, shape (n,)
        What makes rows twins, e.g. the recording.
    fold : numpy.ndarray of int, shape (n,)
        Fold of each row.

    Examples
    --------
    >>> share_cut(pd.Series(["a", "a", "b", "b"]), np.array([0, 1, 0, 0]))
    0.5
    """
    folds = pd.Series(fold, index=key.index).groupby(key.to_numpy())
    return float((folds.transform("nunique") > 1).mean())
