"""What the page answers, as plain data: behind the tabs, the API and the notebook alike.

Nothing is kept between two questions, so any number of visitors can ask at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from pathlib import Path

import numpy as np
import pandas as pd

from lib.apps.explore.filters import EVERYWHERE
from lib.apps.explore.state import Explorer
from lib.apps.page.checks import mapping_of, names_of, number_of, text_of, whole_of
from lib.apps.page.data import PageData, Playlists
from lib.apps.playlist.state import LONGEST, MOST_TITLE, PlaylistBuilder
from lib.apps.predict.explained import Explained, explain
from lib.apps.predict.inputs import ARTIST, GENRES, check_value
from lib.apps.predict.state import Loaded
from lib.apps.predict.words import in_words
from lib.apps.view.labels import SHOWN
from lib.errors import DataError, ParameterError, WorkbookError
from lib.modelling.estimators import FEATURE_SETS
from lib.modelling.neighbours import seen_in_training
from lib.modelling.score import score_tracks
from lib.playlists.find_tracks import find_track
from lib.tracks.read_scoring import read_scoring

INPUTS = (*FEATURE_SETS["audio"], GENRES, ARTIST)
MOST_ROWS = 20_000
"""Rows of a file that the page scores; more are for notebook 10."""
SHOWN_ROWS = 100


def setting_of(data: PageData, inputs: object, track_id: object = "") -> dict[str, object]:
    """Check a setting of the sixteen inputs.

    Parameters
    ----------
    data : PageData
    inputs : mapping
        Values by name. Without a track all numbers are needed; genres and artist may be absent.
    track_id : str, optional
        A track of the catalogue, for the inputs that are not given.

    Raises
    ------
    ParameterError
        When a name or genre is unknown, or a value is none that a track can have. One beyond the
        training range is none of these: it is answered, and told of.
    """
    given = mapping_of(inputs, "inputs", INPUTS)
    track = text_of(track_id, "track_id")
    setting = data.tracks.setting(track) if track else {GENRES: (), ARTIST: ""}
    for name, value in given.items():
        if name == GENRES:
            value = names_of(value, GENRES, data.genres)
        elif name == ARTIST:
            value = text_of(value, ARTIST)
        elif name != "explicit":
            value = number_of(value, name)
        setting[name] = check_value(name, value)
    missing = [name for name in INPUTS if name not in setting]
    if missing:
        raise ParameterError(
            f"inputs: {', '.join(missing)} expected as well; give them, or a track_id to take them "
            "from"
        )
    return {name: setting[name] for name in INPUTS}


def model_of(data: PageData, name: object) -> str:
    """Check a model's name; empty for the first one."""
    wanted = text_of(name, "model") or data.first
    data.models.get(wanted)
    return wanted


def told_of(data: PageData, setting: Mapping[str, object], name: str) -> Explained:
    """Predict a setting under a model, with all that is told about it."""
    model, inputs = data.models.get(name)
    return explain(setting, model, inputs, data.models.shelf[name].card)


def loaded_of(data: PageData, track_id: str, setting: Mapping[str, object], name: str) -> Loaded:
    """Tell which track a setting began as, and whether the model was trained on it."""
    row = data.tracks.row(track_id)
    model, _ = data.models.get(name)
    seen = bool(seen_in_training(model.neighbours, pd.Series([track_id]))[0])
    changed = dict(setting) != data.tracks.setting(track_id)
    artists = str(row["artists"]).replace(";", ", ")
    return Loaded(
        track_id, str(row["track_name"]), artists, float(row["popularity"]), seen, changed
    )


def predict_answer(data: PageData, setting: Mapping[str, object], name: str) -> dict[str, object]:
    """Answer with a prediction as plain data."""
    told = told_of(data, setting, name)
    inputs = data.models.get(name)[1]
    return {
        "model": name,
        "prediction": told.prediction,
        "lower": told.lower,
        "upper": told.upper,
        "coverage": told.coverage,
        "words": in_words(told),
        "before_any_input": told.base,
        "contributions": {part.name: part.points for part in told.parts},
        "outside_training": [one.name for one in told.outside],
        "unknown_genres": list(told.unknown_genres),
        "known_artist": told.known_artist,
        "ignored": {one.name: one.reason for one in inputs if not one.used},
    }


def compare_answer(data: PageData, setting: Mapping[str, object]) -> list[dict[str, object]]:
    """Answer with the predictions of all models, each with its honest score."""
    found = []
    for name, one in data.models.shelf.items():
        answer = {"model": name, "title": one.title, "score": str(one.score or "")}
        if name in data.models.problems:
            answer["problem"] = data.models.problems[name]
        else:
            told = told_of(data, setting, name)
            answer |= {"prediction": told.prediction, "lower": told.lower, "upper": told.upper}
        found.append(answer)
    return found


def playlists_in(data: PageData) -> Playlists:
    """Return what playlists are continued with, or say why there is nothing."""
    if data.playlists is None:
        raise DataError(data.no_playlists)
    return data.playlists


def track_numbers(of: Playlists, value: object, name: str) -> list[int]:
    """Find tracks by id or name; each has to be there."""
    found = []
    for text in names_of(value, name):
        meant = find_track(of.names, text)
        if meant.track < 0:
            raise ParameterError(f"{name}: no track is called {text!r}; search for it first")
        found.append(int(meant.track))
    return list(dict.fromkeys(found))


def builder_of(
    of: Playlists, seeds: list[int], title: object, model: object, length: object,
    dropped: list[int],
) -> PlaylistBuilder:  # fmt: skip
    """Make the builder of a visitor's playlist."""
    builder = PlaylistBuilder(of.store, of.names, of.training, of.models)
    for track in seeds:
        builder.add(track)
    builder.set_title(text_of(title, "title", MOST_TITLE))
    builder.set_model(text_of(model, "model") or builder.model)
    builder.set_length(whole_of(length, "length", 1, LONGEST))
    n_tracks = len(of.names.ids)
    builder.dropped = {t for t in dropped if 0 <= t < n_tracks and t not in seeds}
    return builder


def continue_answer(
    data: PageData, tracks: object, title: object, model: object, length: object, dropped: object
) -> dict[str, object]:
    """Answer with the tracks that come next, and why, as plain data."""
    of = playlists_in(data)
    seeds, gone = track_numbers(of, tracks, "tracks"), track_numbers(of, dropped, "dropped")
    builder = builder_of(of, seeds, title, model, length, gone)
    answer = builder.continue_()
    ids = [of.names.ids[number].as_py() for number in answer.tracks["track"]]
    columns = ["rank", "name", "score", "reasons"]
    table = answer.tracks[columns].assign(track_id=ids).astype(object)
    table = table.where(table.notna(), None)
    return {
        "model": answer.model,
        "tracks": table.to_dict("records"),
        "notes": answer.notes,
    }


def explorer_of(data: PageData, filters: object) -> Explorer:
    """Set filters on a copy of the catalogue's explorer; what is heavy is shared.

    Parameters
    ----------
    data : PageData
    filters : mapping
        ``text``; ``where`` to look for it; lists ``macro_genre``, ``track_genre``, ``explicit``
        ("yes", "no"); ``ranges``: by number, low and high end, either of which may be None.
    """
    explorer = copy(data.explorer)
    explorer.filters = copy(data.explorer.filters)
    explorer.listed = []
    explorer.reset()
    names = ("macro_genre", "track_genre", "explicit")
    given = mapping_of(filters, "filters", ("text", "where", *names, "ranges"))
    where = text_of(given.get("where"), "where") or EVERYWHERE
    explorer.filters.search(text_of(given.get("text"), "text"), where)
    for name in names:
        known = data.explorer.filters.counts(name)
        explorer.filters.choose(name, names_of(given.get(name), name, known, max(len(known), 1)))
    for name, ends in mapping_of(given.get("ranges"), "ranges", SHOWN).items():
        if not isinstance(ends, list | tuple) or len(ends) != 2:
            raise ParameterError(f"{name}: two ends expected, found {ends!r:.60}")
        low, high = (None if end is None else number_of(end, name) for end in ends)
        explorer.filters.set_range(name, low, high)
    return explorer


def explore_answer(data: PageData, filters: object, rows: object) -> dict[str, object]:
    """Answer with what filters leave, the most popular first, as plain data."""
    explorer = explorer_of(data, filters)
    wanted = whole_of(rows, "rows", 0, SHOWN_ROWS)
    left = explorer.left()
    some = explorer.rows()[:wanted]
    table = explorer.table(some).assign(track_id=explorer.tracks["track_id"].iloc[some])
    return {
        "told": explorer.told(),
        "rows": left.rows,
        "different_tracks": int(left.tracks),
        "of_rows": left.of_rows,
        "table": table.astype(object).to_dict("records"),
    }


def score_file(data: PageData, path: Path, model: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score a CSV as notebook 10 does.

    Returns
    -------
    rows, scores : pandas.DataFrame
        See `lib.tracks.read_scoring.read_scoring` and `lib.modelling.score.score_tracks`.

    Raises
    ------
    DataError
        When it is no list of tracks, or one of more than `MOST_ROWS` rows.
    """
    try:
        rows = read_scoring(path)
    except WorkbookError as error:  # where the server keeps a file is nobody's business
        raise DataError(str(error).replace(str(path), path.name)) from None
    if len(rows) > MOST_ROWS:
        raise DataError(
            f"{path.name}: at most {MOST_ROWS:,} rows expected here, found {len(rows):,}; split "
            "it, or score it with notebook 10, which has no limit"
        )
    return rows, score_tracks(rows, data.models.get(model)[0])


def example_rows(data: PageData, count: int = 20) -> np.ndarray:
    """Draw rows of the catalogue for an example file: the same for the same seed."""
    return data.explorer.mixed[:count]
