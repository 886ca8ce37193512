"""How a track of a catalogue is found by what people type, and how it is called."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as arrow

from lib.errors import ParameterError
from lib.playlists.find_tracks import TrackNames, find_track
from lib.playlists.fuzzy import index_texts
from lib.playlists.texts import normalise_title
from lib.tracks.titles import first_artist
from lib.tracks.titles import normalise_title as recording_title


def title_of(row: pd.Series) -> str:
    """Write a track as people do.

    Examples
    --------
    >>> title_of(pd.Series({"track_name": "X", "artists": "A;B"}))
    'X – A, B'
    """
    return f"{row['track_name']} – {row['artists'].replace(';', ', ')}"


def find_row(
    catalogue: pd.DataFrame, text: str, names: TrackNames | None = None
) -> tuple[int, str]:
    """Find the track that a text means: an id, an address, a title, or "title - artist".

    Of several tracks that are called so the most popular is taken, see
    `lib.playlists.find_tracks.find_track` for how a text is looked for.

    Parameters
    ----------
    catalogue : pandas.DataFrame
        One row a track id, from `lib.tracks.features.tracks_by_id`.
    text : str
    names : TrackNames, optional
        From `track_names`, for who asks more than once.

    Returns
    -------
    row : int
        Position in the catalogue.
    note : str
        What the text was taken for where that is not plain; else empty.

    Raises
    ------
    ParameterError
        When nothing is called so; the message proposes what comes nearest.
    """
    exact = np.flatnonzero(catalogue["track_id"] == text.strip())
    if len(exact):
        return int(exact[0]), ""
    found = find_track(track_names(catalogue) if names is None else names, text)
    others = [title_of(catalogue.iloc[place]) for place in found.others]
    if found.track < 0:
        near = "; did you mean " + " or ".join(others) + "?" if others else ""
        example = catalogue["track_id"].iloc[0]
        raise ParameterError(
            f"TRACK {text!r}: an id, a title, or 'title - artist' of this catalogue expected, "
            f"found no such track{near or '.'} An id is {example}, for example"
        )
    note = ""
    if found.how != "id":
        told = title_of(catalogue.iloc[found.track])
        note = f"{text!r} was taken for {told}"
        note += f"; also possible: {'; '.join(others)}." if others else "."
    return found.track, note


def track_names(catalogue: pd.DataFrame) -> TrackNames:
    """Index the titles and first artists of a catalogue: 90,000 in some five seconds."""
    names = catalogue["track_name"].map(normalise_title)
    short = catalogue["track_name"].map(recording_title).map(normalise_title)
    by = first_artist(catalogue["artists"])
    artists = by.map(normalise_title)
    texts = [f"{name} {who}" if name else "" for name, who in zip(names, artists, strict=True)]
    return TrackNames(
        arrow.array(catalogue["track_id"], arrow.string()),
        *(arrow.array(one, arrow.string()) for one in (names, short, artists)),
        pd.factorize(by)[0].astype(np.int32),
        catalogue["popularity"].to_numpy(np.float64),
        index_texts(texts, [len(name) for name in names]),
    )
