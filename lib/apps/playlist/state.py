"""Build a playlist and have it continued: seeds, title, what is kept and what is dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.apps.playlist.search import search_tracks
from lib.apps.view.csv_text import to_csv
from lib.errors import ParameterError
from lib.playlists.find_tracks import TrackNames
from lib.playlists.names import names_of
from lib.playlists.store import Store
from lib.recommenders.base import Recommender, Training
from lib.recommenders.continue_playlist import continue_playlist

LONGEST = 100
MOST_TITLE = 200
"""Letters of a title at most."""


@dataclass(frozen=True)
class Answer:
    """What a recommender added.

    Attributes
    ----------
    tracks : pandas.DataFrame
        Columns rank, track (number), name, score, reasons and others, see
        `lib.recommenders.continue_playlist.Continued`.
    notes : list of str
        What to know of the list.
    model : str
        Who answered.
    """

    tracks: pd.DataFrame
    notes: list[str]
    model: str


class PlaylistBuilder:
    """A playlist in the making.

    Parameters
    ----------
    store, names : Store, TrackNames
        The catalogue, and what its tracks are called.
    training : Training
        What recommenders learnt from; reasons are counted there.
    models : mapping of str to Recommender
        Fitted, by name; the first is taken at the start.

    Attributes
    ----------
    seeds : list of int
        Numbers of the playlist's tracks, in its order, each once.
    kept, dropped : set of int
        Seeds that were recommended; tracks that are never to be recommended again.
    title : str
    model : str
    length : int
        Tracks wanted.
    answer : Answer or None
        What was recommended last, less what was kept or dropped since.
    """

    def __init__(
        self,
        store: Store,
        names: TrackNames,
        training: Training,
        models: Mapping[str, Recommender],
    ) -> None:
        self.store, self.names, self.training, self.models = store, names, training, dict(models)
        self.seeds: list[int] = []
        self.kept: set[int] = set()
        self.dropped: set[int] = set()
        self.title, self.model, self.length = "", next(iter(self.models)), 10
        self.answer: Answer | None = None

    def search(self, text: str) -> list[tuple[int, str]]:
        """Find tracks by what was typed: numbers and names, see `search_tracks`."""
        found = search_tracks(self.names, text)
        return list(zip(found, self.called(found), strict=True))

    def called(self, tracks: list[int]) -> list[str]:
        """Name tracks, with their artists."""
        return names_of(self.store, "track", np.array(tracks, np.int64)) if tracks else []

    def add(self, track: int) -> bool:
        """Put a track at the end of the playlist; False when it is in it already.

        A track that was dropped before is not dropped any more.

        Raises
        ------
        ParameterError
            When there is no such track.
        """
        n_tracks = len(self.names.ids)
        if not 0 <= track < n_tracks:
            raise ParameterError(f"track {track}: expected a number from 0 to {n_tracks - 1:,}")
        if track in self.seeds:
            return False
        self.seeds.append(int(track))
        self.dropped.discard(track)
        self._leave(track)
        return True

    def remove(self, track: int) -> None:
        """Take a track out of the playlist.

        Raises
        ------
        ParameterError
            When it is not in it.
        """
        self.seeds.pop(self._place(track))
        self.kept.discard(track)

    def move(self, track: int, by: int) -> None:
        """Move a track so many places down, or up if negative; not beyond the ends.

        Raises
        ------
        ParameterError
            When it is not in the playlist.
        """
        place = self._place(track)
        self.seeds.insert(min(max(place + by, 0), len(self.seeds) - 1), self.seeds.pop(place))

    def set_title(self, title: str) -> None:
        """Set the title, ``""`` for none.

        Raises
        ------
        ParameterError
            When it is longer than `MOST_TITLE` letters.
        """
        if len(title) > MOST_TITLE:
            raise ParameterError(
                f"title: at most {MOST_TITLE} letters expected, found {len(title):,}; shorten it"
            )
        self.title = title.strip()

    def set_model(self, name: str) -> None:
        """Choose who continues.

        Raises
        ------
        ParameterError
            When there is no such recommender.
        """
        if name not in self.models:
            raise ParameterError(
                f"model {name!r}: unknown; expected one of {', '.join(self.models)}"
            )
        self.model = name

    def set_length(self, length: int) -> None:
        """Choose how many tracks are wanted.

        Raises
        ------
        ParameterError
            When it is not from 1 to `LONGEST`.
        """
        if not 1 <= length <= LONGEST:
            raise ParameterError(f"length: expected 1 to {LONGEST} tracks, found {length:,}")
        self.length = int(length)

    def continue_(self) -> Answer:
        """Ask the recommender for tracks that come next; the playlist's own and dropped ones never.

        Raises
        ------
        ParameterError
            When there is neither a track nor a title.
        DataError
            When no track is left to recommend.
        """
        ids = [self.names.ids[track].as_py() for track in self.seeds]
        found = continue_playlist(
            ids,
            self.title,
            self.models[self.model],
            self.training,
            self.store,
            self.names,
            self.length,
            without=sorted(self.dropped),
        )
        left_out = [f"dropped, and so left out: {len(self.dropped):,}."] if self.dropped else []
        self.answer = Answer(found.tracks, [*found.notes, *left_out], self.model)
        return self.answer

    def keep(self, track: int) -> None:
        """Take a recommended track into the playlist: a seed from now on.

        Raises
        ------
        ParameterError
            When it was not recommended.
        """
        self._require_recommended(track)
        self.add(track)
        self.kept.add(track)

    def drop(self, track: int) -> None:
        """Never have a recommended track recommended again.

        Raises
        ------
        ParameterError
            When it was not recommended.
        """
        self._require_recommended(track)
        self.dropped.add(track)
        self._leave(track)

    def forget_dropped(self) -> None:
        """Let dropped tracks be recommended again."""
        self.dropped.clear()

    def playlist(self) -> pd.DataFrame:
        """Return the playlist: position, track_id, track_name, artist_name, origin."""
        seeds = np.array(self.seeds, np.int64)
        owner = self.names.owner[seeds]
        artists = np.full(len(seeds), "", object)
        artists[owner >= 0] = names_of(self.store, "artist", owner[owner >= 0])
        return pd.DataFrame(
            {
                "position": np.arange(1, len(seeds) + 1),
                "track_id": [self.names.ids[track].as_py() for track in self.seeds],
                "track_name": names_of(self.store, "track", seeds, artist=False),
                "artist_name": artists,
                "origin": ["recommended" if one in self.kept else "chosen" for one in self.seeds],
            }
        )

    def csv(self) -> str:
        """Write the playlist as CSV, see `lib.apps.view.csv_text.to_csv`."""
        return to_csv(self.playlist())

    def _place(self, track: int) -> int:
        if track not in self.seeds:
            raise ParameterError(f"track {track}: not in the playlist of {len(self.seeds)} tracks")
        return self.seeds.index(track)

    def _require_recommended(self, track: int) -> None:
        if self.answer is None or track not in self.answer.tracks["track"].to_numpy():
            raise ParameterError(f"track {track}: not among the recommended ones; continue first")

    def _leave(self, track: int) -> None:
        if self.answer is not None:
            tracks = self.answer.tracks
            left = tracks[tracks["track"] != track].reset_index(drop=True)
            self.answer = Answer(left, self.answer.notes, self.answer.model)
