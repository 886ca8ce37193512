"""A notebook as the run knows it, and what several notebooks share."""

from __future__ import annotations

from dataclasses import dataclass

from lib.pipeline.parameters import Parameter

TRACKS_CSV = "tracks/dataset.csv"
BY_YEAR = "tracks/tracks_by_year_nov2024.parquet"
SPOTIFY_SONGS = "tracks/spotify_songs.csv"
TRACKS_FEATURES = "tracks/tracks_features.csv"
MPD = "mpd"
PLAYLIST_TABLES = "polimi2018"


@dataclass(frozen=True)
class Stage:
    """One notebook in the order of the run.

    Attributes
    ----------
    name : str
        File name of the notebook without ``.ipynb``.
    question : str
        What the notebook answers, one line.
    raw : tuple of str
        Raw data sets it reads, see `lib.pipeline.sources.RAW_SETS`.
    needs : tuple of str
        Names of the notebooks whose tables it reads.
    makes : tuple of str
        Tables it writes for others.
    parameters : dict of str to Parameter
        Its own parameters, beside the common ``PROFILE`` and ``DATA_DIR``.
    models : tuple of str, optional
        Model folders it writes for others.
    any_of : tuple of str, optional
        Raw data sets of which it reads those that are there, but at least one.
    stores : tuple of str, optional
        Names of the stores of playlists that it may write for others, one a set of `any_of`.
    folder : str, optional
        Where the notebook lies: ``notebooks`` or ``models_widgets``.
    """

    name: str
    question: str
    raw: tuple[str, ...]
    needs: tuple[str, ...]
    makes: tuple[str, ...]
    parameters: dict[str, Parameter]
    models: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    folder: str = "notebooks"

    @property
    def path(self) -> str:
        """Path of the notebook from the repository's root."""
        return f"{self.folder}/{self.name}.ipynb"


SEED = Parameter(42, "seed of everything random", 0, 2**31 - 1)
REPLICATES = Parameter(400, "bootstrap replicates behind each interval", 50, 10_000)
PLAYLISTS = Parameter(
    "", "raw set of playlists; empty for the first there is", choices=("", MPD, PLAYLIST_TABLES)
)
MODEL = Parameter(
    "", "blend, rerank, or a recommender by name; empty for rerank, or blend where there is none"
)
