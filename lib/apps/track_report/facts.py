"""All that a track report tells, gathered and computed; how it looks is for its writers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lib.apps.predict.explained import Explained, explain
from lib.apps.predict.inputs import ARTIST, GENRES, check_value, value_text, words_of
from lib.apps.predict.words import doubts
from lib.apps.text.generated_text import Service, Told, tell
from lib.apps.track_report.changes import Panel, changes_of
from lib.apps.track_report.place import Place, members, place_in_genre
from lib.apps.track_report.similar_tracks import Alike, similar_tracks, sound_of
from lib.apps.track_report.words import facts_for, words_for
from lib.errors import ParameterError
from lib.modelling.estimators import FEATURE_SETS
from lib.modelling.neighbours import seen_in_training
from lib.modelling.predict import inputs_of, predict_tracks
from lib.modelling.stored.popularity_model import PopularityModel

MOST_GENRES = 3
"""Genres that a track is ranked in at most."""


@dataclass(frozen=True)
class ReportModel:
    """The model that a report is about.

    Attributes
    ----------
    model : PopularityModel
    card : mapping
        From `lib.modelling.stored.store.check_model`.
    held_out : pandas.DataFrame or None
        Predictions of the training tracks while their artist was held out, with track_id,
        prediction, lower and upper, such as the table ``intervals`` of notebook 08.
    """

    model: PopularityModel
    card: Mapping[str, object]
    held_out: pd.DataFrame | None = None


@dataclass(frozen=True)
class TrackReport:
    """One track's report.

    Attributes
    ----------
    row : pandas.Series
        The track's row of the catalogue.
    known : tuple of (str, str)
        Label and value of what the catalogue says.
    told : Explained
        What is predicted; parts are the stored model's.
    seen : bool
        Whether the stored model learnt from this very track.
    held_out : bool
        Whether prediction and interval are those made while the track's artist was held out.
    words : Told
    similar : pandas.DataFrame
        title, artists, genres, popularity, distance.
    alike : Alike
    places : tuple of Place
        The track in its genres, at most `MOST_GENRES`.
    effects : pandas.DataFrame or None
        From `lib.apps.track_report.changes.changes_of`; None when it was not asked.
    caveats : tuple of str
    card : mapping
        Of the model.
    """

    row: pd.Series
    known: tuple[tuple[str, str], ...]
    told: Explained
    seen: bool
    held_out: bool
    words: Told
    similar: pd.DataFrame
    alike: Alike
    places: tuple[Place, ...]
    effects: pd.DataFrame | None
    caveats: tuple[str, ...]
    card: Mapping[str, object]


def gather(
    track_id: str,
    of: ReportModel,
    catalogue: pd.DataFrame,
    panel: Panel | None = None,
    service: Service | None = None,
) -> TrackReport:
    """Compute all that a track's report tells.

    Parameters
    ----------
    track_id : str
        Of the catalogue, see `lib.apps.track_report.find_in_catalogue.find_row` for other texts.
    of : ReportModel
    catalogue : pandas.DataFrame
        One row a track id, from `lib.tracks.features.tracks_by_id`.
    panel : Panel, optional
        To be asked what would change the prediction, see `lib.apps.track_report.changes.fit_panel`.
    service : Service, optional
        A language model to be asked for the words; None: templated words, and no request.

    Raises
    ------
    ParameterError
        When the catalogue has no such track.
    """
    catalogue = catalogue.reset_index(drop=True)
    found = np.flatnonzero(catalogue["track_id"] == track_id)
    if not len(found):
        raise ParameterError(
            f"track {track_id!r}: an id of the catalogue's {len(catalogue):,} tracks expected; "
            "search by title or artist first"
        )
    place = int(found[0])
    row = catalogue.iloc[place]
    setting = _setting(row)
    stored = explain(setting, of.model, inputs_of(of.model), of.card)
    seen = bool(seen_in_training(of.model.neighbours, pd.Series([track_id]))[0])
    told, is_held_out = _held_out(stored, of, track_id) if seen else (stored, False)
    near = similar_tracks(catalogue, sound_of(catalogue), place)
    truth = float(row["popularity"])
    templated = words_for(stored, told, seen, is_held_out, truth)
    return TrackReport(
        row=row,
        known=_known(row, setting, catalogue),
        told=told,
        seen=seen,
        held_out=is_held_out,
        words=tell(facts_for(stored, told, is_held_out, truth), templated, service),
        similar=_similar(catalogue, near),
        alike=near,
        places=_places(catalogue, place, of, told, is_held_out),
        effects=None if panel is None else changes_of(catalogue, place, panel),
        caveats=_caveats(told, seen, is_held_out, of.card),
        card=of.card,
    )


def _setting(row: pd.Series) -> dict[str, object]:
    values = {name: row[name] for name in FEATURE_SETS["audio"]}
    values |= {GENRES: tuple(row[GENRES]), ARTIST: str(row["first_artist"])}
    return {name: check_value(name, value) for name, value in values.items()}


def _held_out(stored: Explained, of: ReportModel, track_id: str) -> tuple[Explained, bool]:
    if of.held_out is None:
        return stored, False
    known = of.held_out[of.held_out["track_id"] == track_id]
    if known.empty:
        return stored, False
    raw, lower, upper = (float(known.iloc[0][name]) for name in ("prediction", "lower", "upper"))
    ends = {"raw": raw, "prediction": float(np.clip(raw, 0, 100)), "lower": lower, "upper": upper}
    return replace(stored, **ends), True


def _known(
    row: pd.Series, setting: Mapping[str, object], catalogue: pd.DataFrame
) -> tuple[tuple[str, str], ...]:
    twins = catalogue.loc[catalogue["recording_id"] == row["recording_id"], "popularity"]
    ids = "this one only"
    if len(twins) > 1:
        ids = f"{len(twins)}, popularity {twins.min():.4g} to {twins.max():.4g}"
    texts = {
        "Popularity": f"{row['popularity']:.4g} of 100",
        "Album": row["album_name"],
        "Genres": ", ".join(row[GENRES]) or "none",
        "Ids of the recording": ids,
    }
    inputs = {
        words_of(name).capitalize(): value_text(name, setting[name])
        for name in ("duration_ms", "tempo_bpm", "key", "mode", "time_signature", "loudness_db")
    }
    shares = [name for name in FEATURE_SETS["audio"] if words_of(name).capitalize() not in inputs]
    inputs |= {words_of(name).capitalize(): value_text(name, setting[name]) for name in shares}
    return tuple((texts | inputs).items())


def _similar(catalogue: pd.DataFrame, near: Alike) -> pd.DataFrame:
    rows = catalogue.iloc[near.rows]
    return pd.DataFrame(
        {
            "title": rows["track_name"].to_numpy(),
            "artists": rows["artists"].str.replace(";", ", ").to_numpy(),
            "genres": [", ".join(genres) for genres in rows[GENRES]],
            "popularity": rows["popularity"].to_numpy(),
            "distance": near.distances,
        }
    )


def _places(
    catalogue: pd.DataFrame, place: int, of: ReportModel, told: Explained, held_out: bool
) -> tuple[Place, ...]:
    known = None
    if held_out and of.held_out is not None:
        known = of.held_out.set_index("track_id")["prediction"].clip(0, 100)
    found = []
    for genre in catalogue.iloc[place][GENRES][:MOST_GENRES]:
        rows = catalogue[members(catalogue, genre)]
        # The same kind of prediction for all: held out where the track's own is.
        if known is not None:
            rows = rows[rows["track_id"].isin(known.index)]
            predictions = pd.Series(known.reindex(rows["track_id"]).to_numpy(), rows.index)
        else:
            predictions = predict_tracks(rows, of.model).table["prediction"]
        predictions.loc[place] = told.prediction
        one = place_in_genre(catalogue.loc[rows.index], place, predictions, genre)
        found += [] if one is None else [one]
    return tuple(found)


def _caveats(
    told: Explained, seen: bool, held_out: bool, card: Mapping[str, object]
) -> tuple[str, ...]:
    found = list(doubts(told))
    if len(told.genres) > MOST_GENRES:
        found.append(
            f"It is in {len(told.genres)} genres; its place is shown in the first {MOST_GENRES} by "
            "name."
        )
    if seen and not held_out:
        found.append("The model learnt from this very track: what it says here is flattered.")
    if held_out:
        found.append(
            "Prediction and interval are those of models that had not seen the artist; reasons are "
            "those of the stored model, which learnt from the track, and add up to what it says."
        )
    return (
        *found,
        "Reasons tell what moved the model, not what makes a track popular. They are no advice.",
        "Similar means near in ten descriptors of sound: no lyrics, no voice, no fame.",
        *(str(limit) for limit in card.get("limits", ())),
    )
