"""How the sixteen inputs of a model read: on controls, in menus, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from lib.apps.view.labels import MS_A_MINUTE, SHOWN, Shown
from lib.errors import ParameterError
from lib.tracks.columns import COLUMNS

GENRES, ARTIST = "genres", "artist"

KEYS = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
MENUS: dict[str, tuple[tuple[str, int | bool], ...]] = {
    "key": (*((name, place) for place, name in enumerate(KEYS)), ("not detected", -1)),
    "mode": (("major", 1), ("minor", 0)),
    "time_signature": (
        *((f"{beats} beats a bar", beats) for beats in (3, 4, 5)),
        ("1 beat a bar", 1),
        ("not detected", 0),
    ),
    "explicit": (("no", False), ("yes", True)),
}
"""Inputs with few values: what is read, and the value."""


def shown(name: str) -> Shown:
    """Return how a number is shown; ``duration_ms`` is shown in minutes.

    Raises
    ------
    KeyError
        For an input that is no number of `lib.apps.view.labels.SHOWN`.
    """
    return SHOWN["duration_min" if name == "duration_ms" else name]


def words_of(name: str) -> str:
    """Name an input in plain words.

    Examples
    --------
    >>> words_of("duration_ms"), words_of("tempo_bpm"), words_of("explicit")
    ('length', 'tempo', 'explicit')
    """
    return name if name in (GENRES, ARTIST, "explicit") else shown(name).words


def value_text(name: str, value: object) -> str:
    """Write the value of an input with its unit.

    Examples
    --------
    >>> value_text("energy", 0.926), value_text("duration_ms", 222_000), value_text("key", 1)
    ('0.93', '3.7 minutes', 'C♯')
    >>> value_text("loudness_db", -7.46), value_text("genres", ["pop", "rock"])
    ('-7.5 decibel', 'pop, rock')
    """
    if name == GENRES:
        return ", ".join(value) or "none"
    if name == ARTIST:
        return str(value) or "unseen"
    for text, one in MENUS.get(name, ()):
        if one == value:
            return text
    how = shown(name)
    value = value / MS_A_MINUTE if name == "duration_ms" else value
    number = format(float(value), f"z,{how.form}")
    return number if how.unit.startswith("0 to ") else f"{number} {how.unit}"


def exact(name: str, value: float) -> tuple[float, str]:
    """Return a number, and its unit, so that it can be told from any other value of a track.

    Examples
    --------
    >>> exact("tempo_bpm", 243.372), exact("duration_ms", 5_237_295), exact("energy", 0.5)
    ((243.372, 'beats a minute'), (5237.295, 'seconds'), (0.5, ''))
    """
    if name == "duration_ms":
        return round(value / 1000, 3), "seconds"
    plain = name in MENUS or shown(name).unit.startswith("0 ")
    return round(float(value), 5), "" if plain else shown(name).unit


def exact_text(name: str, value: float) -> str:
    """Write what `exact` returns.

    Examples
    --------
    >>> exact_text("duration_ms", 5_237_295), exact_text("loudness_db", -49.531)
    ('5,237.295 seconds', '-49.531 decibel')
    """
    number, unit = exact(name, value)
    text = f"{number:z,.5f}".rstrip("0").rstrip(".")
    return f"{text} {unit}".rstrip()


def phrase(name: str, value: object) -> str:
    """Write an input and its value as part of a sentence.

    Examples
    --------
    >>> phrase("genres", ["k-pop"]), phrase("artist", ""), phrase("explicit", False)
    ('the genre k-pop', 'an unseen artist', 'not being explicit')
    >>> phrase("energy", 0.9), phrase("key", 0), phrase("mode", 0), phrase("genres", [])
    ('energy 0.90', 'the key C', 'the minor mode', 'having no genre')
    """
    text = value_text(name, value)
    if name == GENRES:
        if not value:
            return "having no genre"
        *most, last = value
        return f"the genres {', '.join(most)} and {last}" if most else f"the genre {last}"
    if name == ARTIST:
        return f"the artist {text}" if value else "an unseen artist"
    if name == "explicit":
        return "being explicit" if value else "not being explicit"
    if name == "mode":
        return f"the {text} mode"
    if name == "time_signature" and value:
        return f"a bar of {value:d} beat{'' if value == 1 else 's'}"
    return f"{'the ' if name in MENUS else ''}{words_of(name)} {text}"


def check_value(name: str, value: object) -> object:
    """Return a value in the type of its column; what no track can have is refused.

    Values beyond the training tracks are none of that kind: a prediction there can be asked for.

    Raises
    ------
    ParameterError
        When the value has the wrong type, or lies outside what the column allows.

    Examples
    --------
    >>> check_value("energy", 1), check_value("genres", ["pop", "pop"])
    (1.0, ('pop',))
    """
    if name == GENRES:
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise ParameterError(f"genres: a list of names expected, found {value!r}")
        if not all(isinstance(one, str) and one.strip() for one in value):
            raise ParameterError(f"genres: names expected, found {list(value)!r}")
        return tuple(dict.fromkeys(value))
    if name == ARTIST:
        if not isinstance(value, str):
            raise ParameterError(f"artist: a name expected, or none, found {value!r}")
        return value.strip()
    column = COLUMNS[name]
    kind = str(column.dtype)
    if kind == "bool":
        if value not in (0, 1):
            raise ParameterError(f"{name}: true or false expected, found {value!r}")
        return bool(value)
    low, high = (column.checks[0].statistics[end] for end in ("min_value", "max_value"))
    whole = kind == "int64"
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = float("nan")
    if not low <= number <= high or (whole and not number.is_integer()):
        what = "a whole number" if whole else "a number"
        raise ParameterError(
            f"{name}: {what} from {low:g} to {high:g} expected ({column.metadata['unit']}), "
            f"found {value!r}"
        )
    return int(number) if whole else number
