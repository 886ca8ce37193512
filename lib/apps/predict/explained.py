"""One prediction with all that is told about it: reasons, neighbours, doubts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from lib.apps.predict.inputs import ARTIST, GENRES, phrase
from lib.modelling.neighbours import neighbour_level
from lib.modelling.predict import Input, Prediction, predict_tracks
from lib.modelling.stored.popularity_model import PopularityModel

CHANCES = ("chance_0_33", "chance_33_66", "chance_66_100")


@dataclass(frozen=True)
class Part:
    """What one input does to a prediction.

    Attributes
    ----------
    name : str
        Of the input.
    phrase : str
        The input and its value in words.
    points : float
        Popularity points added to ``base``.
    """

    name: str
    phrase: str
    points: float


@dataclass(frozen=True)
class Outside:
    """An input beyond the training range, both in the column's unit."""

    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Explained:
    """A prediction and what is told about it; popularity points from 0 to 100 throughout.

    Attributes
    ----------
    prediction, raw : float
        Cut at 0 and 100, and before that.
    lower, upper : float
        Ends of the interval.
    coverage : float
        Share of tracks that such intervals are to hold.
    base : float
        Prediction where nothing is known of a track; ``raw`` is it and all `parts`.
    parts : tuple of Part
        All used inputs, those that do most first; of equal ones the earlier input.
    chances : tuple of float
        Of a popularity up to 33, up to 66, and above.
    mean_width, plain_width : float or None
        Mean width of the model's intervals, and of the one interval that holds as many of all
        tracks; from the card, None where it does not say.
    neighbours : tuple of (str, float)
        By genre of the track: mean popularity of the training tracks that sound most like it.
    outside : tuple of Outside
    unknown_genres : tuple of str
        Genres that the model did not meet in training; empty for a model without genres.
    genres_used : bool
    genres : tuple of str
    artist : str
        Empty: unseen.
    known_artist : bool or None
        Whether training had other recordings of the artist; None for a model without artists.
    """

    prediction: float
    raw: float
    lower: float
    upper: float
    coverage: float
    base: float
    parts: tuple[Part, ...]
    chances: tuple[float, float, float]
    mean_width: float | None
    plain_width: float | None
    neighbours: tuple[tuple[str, float], ...]
    outside: tuple[Outside, ...]
    unknown_genres: tuple[str, ...]
    genres_used: bool
    genres: tuple[str, ...]
    artist: str
    known_artist: bool | None


def as_tracks(setting: Mapping[str, object], rows: int = 1) -> pd.DataFrame:
    """Put a setting, all inputs by name, into the table that `predict_tracks` takes.

    Examples
    --------
    >>> as_tracks({"energy": 0.5, "genres": ("pop",), "artist": "X"}).values.tolist()
    [[0.5, ['pop'], 'X']]
    """
    plain = {
        name: [value] * rows for name, value in setting.items() if name not in (GENRES, ARTIST)
    }
    lists = [list(setting[GENRES])] * rows
    return pd.DataFrame(plain | {GENRES: lists, "first_artist": [setting[ARTIST]] * rows})


def explain(
    setting: Mapping[str, object],
    model: PopularityModel,
    inputs: tuple[Input, ...],
    card: Mapping[str, object],
) -> Explained:
    """Predict one setting, and gather what is told about it.

    Parameters
    ----------
    setting : mapping
        All sixteen inputs by name; genres as a tuple, artist ``""`` for an unseen one.
    model : PopularityModel
    inputs : tuple of Input
        The model's, see `lib.modelling.predict.inputs_of`.
    card : mapping
        The model's card.
    """
    tracks = as_tracks(setting)
    told = predict_tracks(tracks, model)
    row = told.table.iloc[0]
    used = {one.name: one for one in inputs if one.used}
    genres = setting[GENRES]
    known_genres = used[GENRES].choices if GENRES in used else ()
    known = bool(row["known_artist"])
    width, plain = widths(card, known)
    return Explained(
        *(float(row[name]) for name in ("prediction", "raw", "lower", "upper")),
        coverage=float(coverage_of(model, known)),
        base=told.base,
        parts=parts_of(told, setting),
        chances=tuple(float(row[name]) for name in CHANCES),
        mean_width=width,
        plain_width=plain,
        neighbours=_neighbours(tracks, genres, model),
        outside=outside_of(setting, inputs),
        unknown_genres=tuple(g for g in genres if GENRES in used and g not in known_genres),
        genres_used=GENRES in used,
        genres=tuple(genres),
        artist=str(setting[ARTIST]),
        known_artist=known if ARTIST in used else None,
    )


def parts_of(told: Prediction, setting: Mapping[str, object]) -> tuple[Part, ...]:
    """Say what each input adds to the first prediction, those that do most first."""
    adds = told.adds.iloc[0]
    parts = [Part(name, phrase(name, setting[name]), float(adds[name])) for name in adds.index]
    return tuple(sorted(parts, key=lambda part: -abs(part.points)))


def differences(first: Explained, second: Explained) -> tuple[Part, ...]:
    """Say what each input contributes to the difference of two predictions, the largest first.

    Returns
    -------
    tuple of Part
        Points that the second prediction has more; they sum to the difference before cutting.
    """
    before = {part.name: part for part in first.parts}
    found = [
        Part(
            part.name,
            f"{before[part.name].phrase} → {part.phrase}",
            part.points - before[part.name].points,
        )
        for part in second.parts
    ]
    return tuple(sorted(found, key=lambda part: -abs(part.points)))


def outside_of(setting: Mapping[str, object], inputs: tuple[Input, ...]) -> tuple[Outside, ...]:
    """List the used inputs whose value no training track reached."""
    return tuple(
        Outside(one.name, float(setting[one.name]), one.low, one.high)
        for one in inputs
        if one.used
        and one.low is not None
        and one.high is not None
        and not one.low <= setting[one.name] <= one.high
    )


def coverage_of(model: PopularityModel, known_artist: bool = False) -> float:
    """Return the share of tracks that the model's intervals are to hold."""
    sure = model.known if known_artist and model.known is not None else model.unseen
    return sure.calibration.coverage


def widths(
    card: Mapping[str, object], known_artist: bool = False
) -> tuple[float | None, float | None]:
    """Find the mean width of a model's intervals, and of the one for all tracks, on its card.

    A model that looks at artists has two kinds of intervals, and the card a width of each.

    Examples
    --------
    >>> unseen = {"name": "mean width of 90% intervals", "value": 41.3, "baseline_value": 60.4}
    >>> known = unseen | {"name": "mean width of 90% intervals, artist known", "value": 28.6}
    >>> widths({"metrics": [unseen, known]}), widths({"metrics": [unseen, known]}, True)
    ((41.3, 60.4), (28.6, 60.4))
    """
    metrics = [metric for metric in card.get("metrics", ()) if isinstance(metric, Mapping)]
    told = [one for one in metrics if str(one.get("name", "")).startswith("mean width of")]
    # A stable sort: the kind that is asked for first, else the card's first.
    told.sort(key=lambda one: str(one["name"]).endswith("artist known") is not known_artist)
    return (told[0].get("value"), told[0].get("baseline_value")) if told else (None, None)


def _neighbours(
    tracks: pd.DataFrame, genres: tuple[str, ...], model: PopularityModel
) -> tuple[tuple[str, float], ...]:
    if not genres:
        return ()
    each = pd.concat([tracks] * len(genres), ignore_index=True).assign(track_genre=list(genres))
    levels = neighbour_level(model.neighbours, each)
    return tuple((g, float(level)) for g, level in zip(genres, levels, strict=True) if level >= 0)
