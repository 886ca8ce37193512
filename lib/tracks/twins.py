"""Which rows are copies of each other: by id, by audio vector, by title and first artist."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lib.errors import DataError
from lib.tracks.columns import AUDIO_9
from lib.tracks.titles import first_artist, fold, normalise_title, words


def recording_ids(tracks: pd.DataFrame, versions: str = "together") -> pd.Series:
    """Give recordings a number: rows tied by title and first artist, or by the same audio vector.

    Links chain: two rows are one recording when a path of either link joins them, as two ids with
    the same audio under unlike titles are one recording, with all that share a title with either.

    Merged are re-issues on compilations, singles and deluxe albums, and white-label copies with
    the same audio under another name; what else depends on `normalise_title`. Not merged are a
    song recorded by another first artist, a retitled copy whose descriptors were computed anew,
    and a translated title. Wrongly merged are different songs of an artist with the same title.

    Parameters
    ----------
    tracks : pandas.DataFrame, shape (n, k)
        With `track_id`, `track_name`, `artists` and the columns `AUDIO_9`, without missing texts.
    versions : {"together", "apart"}
        See `normalise_title`.

    Returns
    -------
    pandas.Series of int64, shape (n,)
        Numbers from 0, in order of first appearance.

    Raises
    ------
    DataError
        When a title or artist is missing.

    Examples
    --------
    >>> tracks = pd.DataFrame(
    ...     {"track_id": list("abc"), "track_name": ["X", "x!", "X"], "artists": ["A", "A;B", "C"]}
    ... )
    >>> recording_ids(tracks.assign(**dict.fromkeys(AUDIO_9, [1, 2, 3]))).tolist()
    [0, 0, 1]
    """
    return link(tracks["track_id"], title_ids(tracks, versions), audio_ids(tracks))


def title_ids(tracks: pd.DataFrame, versions: str = "together") -> pd.Series:
    """Give each pair of normalised title and first artist a number, by first appearance."""
    missing = tracks["track_name"].isna() | tracks["artists"].isna()
    if missing.any():
        raise DataError(
            f"track_name, artists: {int(missing.sum())} rows without, first at position "
            f"{int(missing.to_numpy().argmax())}; recordings need both. Drop those rows first, "
            "as lib.tracks.clean.drop_nameless does"
        )
    title = tracks["track_name"].map(lambda name: normalise_title(name, versions))
    artist = first_artist(tracks["artists"]).map(lambda name: words(fold(name)) or name)
    return _number([title, artist])


def audio_ids(tracks: pd.DataFrame) -> pd.Series:
    """Give each distinct audio vector a number, by first appearance.

    The nine descriptors of `AUDIO_9` are given with three to six digits each, so equal vectors
    mean the same sound file; the length is left out, it follows.
    """
    return _number([tracks[name] for name in AUDIO_9])


def artist_groups(tracks: pd.DataFrame) -> pd.Series:
    """Give a number to first artists that share a recording, for a hold-out that cuts neither.

    Nearly all groups are one artist. Grouping by all credited artists instead would chain most of
    the catalogue together.

    Parameters
    ----------
    tracks : pandas.DataFrame
        With `first_artist` and `recording_id`.

    Returns
    -------
    pandas.Series of int64
        Numbers from 0, in order of first appearance.
    """
    return link(tracks["first_artist"], tracks["recording_id"])


def link(*labels: pd.Series) -> pd.Series:
    """Give rows which share any label, or a chain of labels, the same number.

    Parameters
    ----------
    *labels : pandas.Series, shape (n,)
        At least one; labels of the rows, without missing values, all with the same index.

    Returns
    -------
    pandas.Series of int64, shape (n,)
        Numbers from 0, in order of first appearance.

    Examples
    --------
    >>> link(pd.Series([1, 1, 2, 3]), pd.Series(list("abbc"))).tolist()
    [0, 0, 0, 1]
    """
    rows = np.arange(len(labels[0]))
    # Each row is tied to the first row with its label: one edge a row and label is enough.
    firsts = []
    for label in labels:
        codes, _ = pd.factorize(label)
        firsts.append(np.unique(codes, return_index=True)[1][codes])
    edges = (np.tile(rows, len(labels)), np.concatenate(firsts))
    graph = coo_array((np.ones(len(edges[0]), dtype=bool), edges), shape=(len(rows), len(rows)))
    return _number(
        [pd.Series(connected_components(graph, directed=False)[1], index=labels[0].index)]
    )


def add_ids(tracks: pd.DataFrame) -> pd.DataFrame:
    """Add `first_artist`, `recording_id` and `audio_id` to rows without missing texts."""
    return tracks.assign(
        first_artist=first_artist(tracks["artists"]),
        recording_id=recording_ids(tracks),
        audio_id=audio_ids(tracks),
    )


def _number(keys: list[pd.Series]) -> pd.Series:
    frame = pd.concat(keys, axis=1, keys=range(len(keys)))
    return frame.groupby(list(frame), sort=False, dropna=False).ngroup().astype("int64")
