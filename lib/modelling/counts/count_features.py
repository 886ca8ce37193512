"""What is known of a track besides the number of playlists it is in: fair features of its count."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.errors import DataError
from lib.modelling.splits import Protocol, group_folds
from lib.playlists.store import Store
from lib.tracks.twins import title_ids

TARGET = "log_playlists"
"""log(1 + playlists), what the regressions predict."""

CATALOGUE = ("duration_ms", "album_tracks", "artist_tracks", "artist_albums")
"""Features that need no playlist to be counted."""

OTHERS = {
    "artist": ("artist_others", "artist_level", "artist_top"),
    "album": ("album_others", "album_level", "album_top"),
}
"""Features from counts of the artist's, and the album's, other tracks."""

PUBLISHED_SHARE = 10_221 / 2_262_292
"""Tracks of the published million in 1,000 playlists or more, of all its tracks."""

SPLITS: dict[str, Protocol] = {
    "track": Protocol(
        "track",
        "new track",
        "all releases of a recording are held out together; its album and artist may be known",
        ("recording",),
        "the count of the same recording under another id",
        "what the album's and artist's other tracks tell, which is the question",
    ),
    "album": Protocol(
        "album",
        "new album",
        "all tracks of an album are held out together; the artist may be known",
        ("album",),
        "counts of the album's other tracks",
        "what the artist's other albums tell, and the same recording on another album",
    ),
    "artist": Protocol(
        "artist",
        "new artist",
        "all tracks of an artist are held out together",
        ("artist",),
        "whatever the artist's other tracks tell",
        "guests and copies under another artist's name",
    ),
}
"""What is held out together; all models of a notebook meet the same folds of it."""


def count_tracks(store: Store) -> pd.DataFrame:
    """Tabulate the tracks of a store: the target, what they belong to, and `CATALOGUE`.

    Returns
    -------
    pandas.DataFrame
        One row a track, in the store's order: ``track_id``, ``playlists``, `TARGET`;
        ``recording`` (tracks of one title and artist; where titles are missing each is its own),
        ``album``, ``artist`` (numbers; one that is not known is shared with no other track);
        ``duration_ms`` (NaN unknown), ``album_tracks``, ``artist_tracks`` (tracks in the table,
        this one included), ``artist_albums``; without albums 1 each.

    Raises
    ------
    DataError
        When no artist is known.
    """
    table = store.table("tracks")
    artist, album = (_numbered(table[name]) for name in ("artist", "album"))
    if (table["artist"] < 0).all():
        raise DataError(f"{store.folder}: artists of tracks expected, found none")
    tracks = pd.DataFrame({"track_id": table["track_id"], "playlists": table["playlists"]})
    tracks[TARGET] = np.log1p(tracks["playlists"].astype(float))
    tracks["recording"] = np.arange(len(table))
    if table["track_name"].notna().any():
        named = table["track_name"].notna()
        # The artist's number stands for a name here: names of two artists may be the same.
        keys = pd.DataFrame({"track_name": table["track_name"], "artists": artist.astype(str)})
        tracks.loc[named, "recording"] = len(table) + title_ids(keys[named]).to_numpy()
    tracks["album"], tracks["artist"] = album, artist
    tracks["duration_ms"] = table["duration_ms"].astype("float64").to_numpy(na_value=np.nan)
    for name in ("album", "artist"):
        tracks[f"{name}_tracks"] = np.bincount(tracks[name])[tracks[name]]
    # An album that is not known is no album: it must not count the artist's tracks again.
    albums = tracks[(table["album"] >= 0).to_numpy()].groupby("artist")["album"].nunique()
    tracks["artist_albums"] = tracks["artist"].map(albums).fillna(1).astype(np.int64)
    return tracks


def has_albums(tracks: pd.DataFrame) -> bool:
    """Tell whether any album has two tracks, so that it says something of another track."""
    return bool((tracks["album_tracks"] > 1).any())


def smallest_rare(tracks: pd.DataFrame, wanted: int = 0) -> int:
    """Choose the playlists from which a track counts as rare, or take those wanted.

    By default the number that as small a share of the tracks reaches as reached 1,000 in the
    published million, as nearly as whole numbers allow.

    Raises
    ------
    DataError
        When all tracks, or none, would be rare.
    """
    counts = np.sort(tracks["playlists"].to_numpy())
    values, first = np.unique(counts, return_index=True)
    share = 1 - first / len(counts)
    least = wanted or int(values[np.argmin(np.abs(share - PUBLISHED_SHARE))])
    rare = int((counts >= least).sum())
    if not 0 < rare < len(counts):
        raise DataError(
            f"MIN_PLAYLISTS {least:,}: some but not all of {len(counts):,} tracks in so many "
            f"playlists expected, found {rare:,}; the most frequent track is in {counts[-1]:,}"
        )
    return least


def levels_of_others(
    tracks: pd.DataFrame, known: np.ndarray, inner: np.ndarray | None = None
) -> pd.DataFrame:
    """Sum up the counts of an artist's and an album's *other* tracks, of those that are known.

    With `inner`, a known track learns from known tracks of other inner folds only; without, from
    all but itself (leave one out). Leaving one out keeps the own count out of the own feature,
    yet not out of reach: within an artist the feature falls as the own count rises, and a model
    that can tell artists apart reads the count off that. It then fails on tracks not known.

    Parameters
    ----------
    tracks : pandas.DataFrame
        Columns ``artist``, ``album``, `TARGET`.
    known : numpy.ndarray of bool, shape (n,)
        Rows whose counts may be used: the training rows.
    inner : numpy.ndarray of int, shape (n,), optional
        Folds inside the known rows.

    Returns
    -------
    pandas.DataFrame
        Columns of `OTHERS`: known other tracks, the mean of their `TARGET` and the largest, both
        NaN without any. The album's tracks are those of the same artist on it.

    Examples
    --------
    >>> tracks = pd.DataFrame({"artist": [0, 0, 0], "album": [0, 0, 1], TARGET: [1.0, 3.0, 5.0]})
    >>> found = levels_of_others(tracks, np.array([True, True, False]))
    >>> found["artist_level"].tolist(), found["album_level"].tolist()
    ([3.0, 1.0, 2.0], [3.0, 1.0, nan])
    """
    known = np.asarray(known, bool)
    value = tracks[TARGET].to_numpy(float)
    # Each part of the known rows learns from the others; a row that is not known from all.
    part = np.arange(len(tracks)) if inner is None else np.asarray(inner)
    part = np.where(known, part, -1)
    artist, album = (pd.factorize(tracks[name])[0] for name in ("artist", "album"))
    keys = {"artist": artist, "album": _paired(artist, album)}
    columns = {}
    for name, code in keys.items():
        number, total, top = _of_others(code, part, known, value)
        mean = np.divide(total, number, out=np.full(len(value), np.nan), where=number > 0)
        columns |= dict(zip(OTHERS[name], (number, mean, top), strict=True))
    return pd.DataFrame(columns, tracks.index)


def inner_folds(tracks: pd.DataFrame, split: str, n_folds: int, seed: int) -> np.ndarray:
    """Draw the inner folds of a split: what it holds out together is together in them as well."""
    return group_folds(tracks[SPLITS[split].keys[0]], n_folds, seed)


def _numbered(codes: pd.Series) -> np.ndarray:
    """Give what is not known (-1) numbers of its own, one each."""
    numbers = codes.to_numpy(np.int64, copy=True)
    lost = numbers < 0
    numbers[lost] = max(numbers.max(initial=-1), -1) + 1 + np.arange(lost.sum())
    return numbers


def _paired(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Give each different pair of two columns of whole numbers, from -1 up, a number."""
    width = int(second.max(initial=-1)) + 2
    return pd.factorize(first.astype(np.int64) * width + second + 1)[0]


def _of_others(
    code: np.ndarray, part: np.ndarray, known: np.ndarray, value: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Count, add up and take the largest of a key's known values, those of the own part aside."""
    size = int(code.max(initial=-1)) + 1
    cell = _paired(code, part)
    cells = int(cell.max(initial=-1)) + 1
    number = np.bincount(code[known], minlength=size)[code]
    total = np.bincount(code[known], value[known], size)[code]
    own = np.where(known, np.bincount(cell[known], minlength=cells)[cell], 0)
    own_total = np.where(known, np.bincount(cell[known], value[known], cells)[cell], 0.0)
    # The largest of each part; a row takes that of the best part that is not its own.
    best = np.full(cells, -np.inf)
    np.maximum.at(best, cell[known], value[known])
    parts = pd.DataFrame({"code": code, "cell": cell})[known].drop_duplicates()
    parts = parts.assign(best=best[parts["cell"]]).sort_values("best", ascending=False)
    rank = parts.groupby("code").cumcount()
    first, second = (parts[rank == place].set_index("code") for place in (0, 1))
    lead = first["best"].reindex(code).to_numpy(float)
    holder = first["cell"].reindex(code).to_numpy(float)
    behind = second["best"].reindex(code).to_numpy(float)
    top = np.where(known & (holder == cell), behind, lead)
    return number - own, total - own_total, top
