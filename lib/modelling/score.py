"""Score tracks: prediction, interval, band, reasons, neighbours and flags, a row in, a row out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from lib.errors import ParameterError
from lib.files import written_whole
from lib.modelling.bands import SCHEMES, band_names, chance_columns
from lib.modelling.neighbours import neighbour_level, seen_in_training, training_reference
from lib.modelling.predict import predict_tracks
from lib.modelling.reasons.explain import strongest
from lib.modelling.stored.contract import audio_names
from lib.modelling.stored.popularity_model import PopularityModel
from lib.modelling.stored.recipes import UNSEEN
from lib.tracks.features import collect_genres
from lib.tracks.read_scoring import scorable_rows
from lib.tracks.titles import first_artist

REASONS = 3
SHORT_MS = 1_000
"""A track shorter than this, in milliseconds, was most likely measured in seconds."""

SHORT_MEDIAN_MS = 10_000
"""The same of a file whose median length is below this."""

SCORED, NOT_SCORED = "scored", "not scored"
NUMBERS = ("predicted_popularity", "lower", "upper", "band_chance", "neighbours_popularity")
TEXTS = ("band", "band_40_70", *(f"reason_{place + 1}" for place in range(REASONS)))
OUTPUT = (
    "track_id",
    "predicted_popularity",
    "lower",
    "upper",
    "band",
    "band_chance",
    "band_40_70",
    *(f"reason_{place + 1}" for place in range(REASONS)),
    "neighbours_popularity",
    "flags",
    "status",
    "problem",
)
"""Columns of the result, in order."""


def score_tracks(frame: pd.DataFrame, model: PopularityModel) -> pd.DataFrame:
    """Score tracks.

    Rows with one ``track_id`` are one track under several genres: each gets the genres of all,
    as in training.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, k)
        Columns of `lib.tracks.read_scoring.REQUIRED`, in the workbook's names, and ``artists``
        where it is known, which only a model with the artist among its inputs looks at.
    model : PopularityModel

    Returns
    -------
    pandas.DataFrame, shape (n, 14)
        Columns `OUTPUT`, the rows and index of `frame`. ``predicted_popularity``, ``lower`` and
        ``upper`` lie in 0 to 100; ``band`` is the most likely one of 0-33-66-100, with its
        chance, ``band_40_70`` that of 0-40-70-100; ``reason_1`` to ``reason_3`` name inputs and
        the popularity points they add to or take from the mean track's prediction;
        ``neighbours_popularity`` is the mean of the nearest training tracks of the row's genre.
        ``flags`` lists what makes a prediction doubtful. A row that cannot be scored has empty
        cells, the status ``not scored``, and what is wrong as ``problem``.

    Raises
    ------
    DataError
        When a required column is missing or there are no rows.
    """
    checked = scorable_rows(frame)
    positions = checked.reset_index(drop=True)
    good = positions["problem"].eq("")
    tracks = positions[good]
    result = pd.DataFrame({"track_id": positions["track_id"]})
    for name in NUMBERS:
        result[name] = np.nan
    for name in (*TEXTS, "flags"):
        result[name] = pd.Series([None] * len(result), dtype="str")
    result["status"] = np.where(good, SCORED, NOT_SCORED)
    result["problem"] = positions["problem"]
    if len(tracks):
        genres = collect_genres(tracks["track_id"], tracks["track_genre"])
        tracks = tracks.assign(
            genres=genres.reindex(tracks["track_id"]).to_numpy(), first_artist=_artists(tracks)
        )
        for name, values in _predict(tracks, model).items():
            result.loc[good, name] = values
        result.loc[good, "flags"] = _flags(tracks, model)
    return result[list(OUTPUT)].set_index(frame.index)


def drift_tables(
    frame: pd.DataFrame, scores: pd.DataFrame, model: PopularityModel
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put side by side what the model learnt from and what it has scored.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, k)
        What was scored.
    scores : pandas.DataFrame, shape (n, 14)
        From `score_tracks`.
    model : PopularityModel

    Returns
    -------
    reference, current : pandas.DataFrame
        One row a track, see `lib.modelling.neighbours.training_reference`. The current table's
        ``predicted_popularity`` is missing for tracks of the training catalogue, since the
        model's predictions for these are not like those for others.
    """
    reference = training_reference(model.neighbours)
    current = frame.assign(predicted_popularity=scores["predicted_popularity"])
    current = current[scores["status"].eq(SCORED)].drop_duplicates("track_id")
    seen = seen_in_training(model.neighbours, current["track_id"])
    current["predicted_popularity"] = current["predicted_popularity"].mask(seen)
    return reference, current[list(reference.columns)].reset_index(drop=True)


def write_scores(path: Path, scores: pd.DataFrame, source: Path) -> None:
    """Write scores as CSV: to a temporary name first, then renamed.

    Parameters
    ----------
    path : pathlib.Path
        File to write; folders on the way are made, a file that stands there is replaced.
    scores : pandas.DataFrame
        From `score_tracks`.
    source : pathlib.Path
        File that was scored.

    Raises
    ------
    ParameterError
        When `path` is the file that was scored, or a folder, or cannot be written.
    """
    try:
        if path.is_dir() or (path.exists() and path.samefile(source)):
            what = "a folder" if path.is_dir() else "the file that was scored"
            raise ParameterError(f"OUTPUT {path}: this is {what}; name another file")
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as temporary:
            scores.to_csv(temporary, index=False)
    except OSError as error:
        raise ParameterError(
            f"OUTPUT {path}: cannot be written ({error.strerror}: {error.filename}); name a file "
            "in a folder that you may write to, and see that the disk has space"
        ) from None


def _predict(tracks: pd.DataFrame, model: PopularityModel) -> dict[str, np.ndarray]:
    told = predict_tracks(tracks, model)
    result = {
        "predicted_popularity": told.table["prediction"].round(2).to_numpy(),
        # Rounded outwards, so that rounding never takes a point out of its interval.
        "lower": np.floor(told.table["lower"].to_numpy() * 100) / 100,
        "upper": np.ceil(told.table["upper"].to_numpy() * 100) / 100,
        "neighbours_popularity": neighbour_level(model.neighbours, tracks).round(1),
    }
    for column, edges in zip(("band", "band_40_70"), SCHEMES.values(), strict=True):
        chances = told.table[chance_columns(edges)].to_numpy()
        result[column] = np.array(band_names(edges), dtype=object)[chances.argmax(axis=1)]
        if column == "band":
            result["band_chance"] = chances.max(axis=1).round(3)
    parts = told.adds.to_numpy()
    chosen = strongest(parts, REASONS)
    points = np.take_along_axis(parts, chosen, axis=1)
    labels = np.array(told.adds.columns, dtype=object)[chosen]
    for place in range(REASONS):
        result[f"reason_{place + 1}"] = [
            f"{name} {value:+.1f}"
            for name, value in zip(labels[:, place], points[:, place], strict=True)
        ]
    return result


def _artists(tracks: pd.DataFrame) -> pd.Series:
    if "artists" not in tracks:
        return pd.Series(UNSEEN, tracks.index)
    return first_artist(tracks["artists"].fillna(UNSEEN).astype("str"))


def _flags(tracks: pd.DataFrame, model: PopularityModel) -> np.ndarray:
    flags = np.full(len(tracks), "", dtype=object)

    def add(hit: pd.Series | np.ndarray, text: str | pd.Series) -> None:
        hit = np.asarray(hit, dtype=bool)
        told = text[hit].to_numpy() if isinstance(text, pd.Series) else text
        flags[hit] += np.where(flags[hit] == "", "", "; ") + told

    for feature in model.contract["features"]:
        name, values = feature["name"], tracks[feature["name"]]
        span = f"{feature['low']:g} to {feature['high']:g}"
        outside = ~values.between(feature["low"], feature["high"])
        add(outside, f"{name} outside training range {span}")
    add(tracks["tempo_bpm"].eq(0), "tempo 0: not detected")
    in_seconds = tracks["duration_ms"].lt(SHORT_MS)
    if tracks["duration_ms"].median() < SHORT_MEDIAN_MS:
        in_seconds = tracks["duration_ms"].lt(SHORT_MEDIAN_MS)
    add(in_seconds, "duration_ms looks like seconds")
    if model.contract["genres"]:
        unknown = ~tracks["track_genre"].isin(model.contract["genres"])
        add(unknown, "unknown genre '" + tracks["track_genre"].astype(object) + "'")
    if model.artists is not None:
        absent = tracks["first_artist"].eq(UNSEEN)
        add(absent, "no artist given: taken as unseen")
        add(~absent & ~tracks["first_artist"].isin(model.artists.table_.index), "unseen artist")
    pair = ["track_id", "track_genre"]
    add(tracks.duplicated(pair, keep=False), "duplicate row: same id and genre")
    several = tracks.groupby("track_id")["track_genre"].transform("nunique") > 1
    add(several, "id under several genres: combined")
    inputs = audio_names(model.contract)
    kinds = tracks.drop_duplicates(["track_id", *inputs])["track_id"]
    add(tracks["track_id"].isin(kinds[kinds.duplicated()]), "same id with other values")
    add(seen_in_training(model.neighbours, tracks["track_id"]), "seen in training")
    if "doubt" in tracks:
        add(tracks["doubt"].ne(""), tracks["doubt"].astype(object))
    return flags
