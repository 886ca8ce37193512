"""A prediction in words: sentences from templates, every number of which was computed.

A number is rounded once, in `facts_of`, and stands in the sentences as it stands there. Nothing is
said of cause and effect, and no advice is given.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from lib.apps.predict.explained import Explained, Part, differences
from lib.apps.predict.inputs import exact, exact_text, words_of
from lib.apps.text.stated_numbers import Fact

REASONS = 3
POINTS = "popularity points"


def in_words(told: Explained, reasons: int = REASONS) -> str:
    """Write a prediction, its reasons and its doubts as a paragraph.

    Parameters
    ----------
    told : Explained
    reasons : int, optional
        Inputs that are named at most.
    """
    parts = (
        predicted(told),
        why(told, reasons),
        alike(told),
        how_wide(told),
        *doubts(told),
    )
    return " ".join(part for part in parts if part)


def predicted(told: Explained) -> str:
    """Say what is predicted, with its interval."""
    low, high = _ends(told)
    return (
        f"Predicted {told.prediction:.0f} of 100; the {_percent(told.coverage)} % interval runs "
        f"from {low} to {high}."
    )


def why(told: Explained, reasons: int = REASONS) -> str:
    """Say which inputs moved the prediction, and by how much; the rest as one number."""
    named, rest = _named(told.parts, reasons)
    begin = f"Before any input is looked at, the model says {told.base:z.1f}"
    if not named:
        return f"{begin}; no input moves it from there."
    clauses = [
        f"{part.phrase} {_does(part)}" + (_noun(part.points) if place == 0 else "")
        for place, part in enumerate(named)
    ]
    told_rest = ""
    if rest:
        total = sum(part.points for part in rest)
        many = f"the other {len(rest)} inputs together" if len(rest) > 1 else "the other input"
        moves = ("add" if total > 0 else "take") + ("" if len(rest) > 1 else "s")
        told_rest = f"; {many} {moves} {abs(total):.1f}" if _seen(total) else ""
    text = f"{begin}; from there {_listed(clauses)}{told_rest}."
    if _number(told.raw) != _number(told.prediction):
        end, beyond = (0, "below") if told.raw < told.prediction else (100, "above")
        text += f" That makes {_number(told.raw)}, {beyond} what popularity can be: {end} is shown."
    return text


def alike(told: Explained) -> str:
    """Say how popular the training tracks are that sound most like this one."""
    if not told.neighbours:
        return ""
    levels = [f"{level:.0f} in {genre}" for genre, level in told.neighbours]
    if len(levels) == 1:
        genre, level = told.neighbours[0]
        return (
            f"The training tracks of its genre {genre} that sound most like it have a popularity "
            f"of {level:.0f} on average."
        )
    return (
        "The training tracks that sound most like it have, by genre, a popularity of "
        f"{_listed(levels)} on average."
    )


def how_wide(told: Explained) -> str:
    """Say whether the interval is wide for this model."""
    low, high = _ends(told)
    text = f"The interval is {high - low} {'point' if high - low == 1 else 'points'} wide"
    if told.mean_width is None:
        return f"{text}."
    width, mean = high - low, round(told.mean_width)
    than = "as wide as" if width == mean else "wider than" if width > mean else "narrower than"
    text += f", {than} this model's mean of {mean:.0f}"
    if told.plain_width is not None:
        text += f"; the same interval for all tracks takes {told.plain_width:.0f}"
    return f"{text}."


def doubts(told: Explained) -> list[str]:
    """List what makes a prediction doubtful, a sentence each."""
    found = []
    for one in told.outside:
        low, high = exact_text(one.name, one.low), exact_text(one.name, one.high)
        found.append(
            f"{words_of(one.name).capitalize()} {exact_text(one.name, one.value)} is outside the "
            f"training range, {low.split(' ')[0]} to {high}: there the interval was never checked."
        )
    if told.unknown_genres:
        names = ", ".join(told.unknown_genres)
        many = len(told.unknown_genres) > 1
        found.append(
            f"Training had no genre{'s' if many else ''} {names}, so "
            f"{'they count' if many else 'it counts'} as none."
        )
    if told.genres_used and not told.genres:
        found.append("No genre is given.")
    if told.known_artist is False:
        who = f"Training had no artist {told.artist}, who" if told.artist else "The artist"
        found.append(f"{who} counts as unseen.")
    return found


def of_track(popularity: float | None, seen: bool) -> str:
    """Say how popular the track is, and whether the model was trained on it."""
    text = "" if popularity is None else f"Its popularity in the catalogue is {popularity:.0f}."
    if seen:
        text += " The model was trained on this very track, so its prediction is flattered."
    return text.strip()


def compared(first: Explained, second: Explained, names: tuple[str, str] = ("A", "B")) -> str:
    """Say how two predictions of one model differ, and by which inputs.

    Parameters
    ----------
    first, second : Explained
        Of one model.
    names : tuple of str, optional
        What the two are called.
    """
    a, b = names
    change = second.raw - first.raw
    text = f"{a} is predicted {first.prediction:.0f}, {b} {second.prediction:.0f} of 100. "
    if not _seen(change):
        text += f"{b} is as high as {a}"
    else:
        side = "higher" if change > 0 else "lower"
        text += f"{b} is {abs(change):.1f}{_noun(change)} {side} than {a}"
    named, rest = _named(differences(first, second), REASONS)
    if not named:
        return f"{text}."
    text += ": " + _listed([f"{words_of(part.name)} {part.points:+.1f}" for part in named])
    total = sum(part.points for part in rest)
    text += f", all else {total:+.1f}" if _seen(total) else ""
    return text + ", before predictions are cut at 0 and 100."


def facts_of(told: Explained, reasons: int = REASONS) -> tuple[Fact, ...]:
    """List all that `in_words` may state: numbers as they are written there, and names.

    It is also what a language model may be told, see `lib.apps.text.generated_text`.
    """
    low, high = _ends(told)
    facts = [
        Fact("predicted popularity", round(told.prediction), "of 100"),
        Fact("lower end of the interval", low, POINTS),
        Fact("upper end of the interval", high, POINTS),
        Fact("width of the interval", high - low, POINTS),
        Fact("share of tracks that such intervals hold", float(_percent(told.coverage)), "%"),
        Fact("prediction before any input is looked at", round(told.base, 1), POINTS),
        Fact("sum of that and all contributions", round(told.raw, 1), POINTS),
    ]
    named, rest = _named(told.parts, reasons)
    facts += [
        Fact(f"points that {part.phrase} contributes", round(part.points, 1), POINTS)
        for part in named
    ]
    if rest:
        total = round(sum(part.points for part in rest), 1)
        facts.append(Fact("points that the other inputs contribute", total, POINTS))
        facts.append(Fact("number of other inputs", len(rest), "inputs"))
    for genre, level in told.neighbours:
        label = f"mean popularity of training tracks of genre {genre} that sound most like it"
        facts.append(Fact(label, round(level), POINTS))
    widths = {
        "mean width of this model's intervals": told.mean_width,
        "width of the same interval for all tracks": told.plain_width,
    }
    facts += [Fact(name, round(w), POINTS) for name, w in widths.items() if w is not None]
    for one in told.outside:
        words = words_of(one.name)
        facts += [
            Fact(f"{words}{what}", *exact(one.name, value))
            for what, value in (
                ("", one.value),
                (", lowest of training", one.low),
                (", highest of training", one.high),
            )
        ]
    names = {"artist": [told.artist] if told.artist else [], "genre": told.genres}
    facts += [Fact(label, name) for label, found in names.items() for name in found]
    return tuple(facts)


def _named(parts: Sequence[Part], count: int) -> tuple[list[Part], list[Part]]:
    named = [part for part in parts[:count] if _seen(part.points)]
    return named, list(parts[len(named) :])


def _does(part: Part) -> str:
    many = part.phrase.startswith("the genres ")
    return f"{'add' if part.points > 0 else 'take'}{'' if many else 's'} {abs(part.points):.1f}"


def _noun(points: float) -> str:
    return " point" if f"{abs(points):.1f}" == "1.0" else " points"


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _seen(points: float) -> bool:
    return f"{abs(points):.1f}" != "0.0"


def _number(value: float) -> str:
    return f"{value:z.1f}"


def _percent(share: float) -> str:
    return f"{100 * share:.4g}"


def _ends(told: Explained) -> tuple[int, int]:
    # Outwards, so that rounding never takes the prediction out of its interval; what is no more
    # than the noise of a sum moves no end.
    return math.floor(told.lower + 1e-5), math.ceil(told.upper - 1e-5)
