"""Numbers that a text states, held against the facts that it is about."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

WORDS = {
    "zero": 0,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
}
_MORE_WORDS = re.compile(
    r"(?:thir|four|fif|six|seven|eigh|nine)teen(?:th)?"
    r"|(?:twen|thir|for|fif|six|seven|eigh|nine)t(?:y|ieth)(?:one|two|three|four|five|six|seven"
    r"|eight|nine)?"
    r"|(?:hundred|thousand|million|billion|trillion|dozen|third|quarter|ten|couple)s?"
    r"|(?:four|fif|six|seven|eigh|nin|ten|eleven|twelf|hundred|thousand|million)ths?"
    r"|hal(?:f|ves?|ved|ving)|twice|thrice|(?:two|three|four|five|ten)fold|nil|n[ao]ught"
    r"|(?:doubl|tripl|trebl|quadrupl|quintupl)(?:e|es|ed|ing)"
)
"""Numbers in words that no fact is compared with: a text that has one is not founded."""

_PRONOUN_BEFORE = {"no", "any", "every", "each", "this", "that", "which", "another", "the", "some"}
_NUMBER = re.compile(
    r"(?P<sign>(?<![\w.,)%\]])[+\-−–]|\b(?:minus|negative|plus)\s)?"
    r"(?P<digits>\d+(?:,\d{3})+(?!\d)|\d+)(?P<rest>\.\d+)?"
    r"(?P<scale>[eE][+-]?\d+)?"
    r"(?P<share>\s?(?:%|per\s?cent\b))?",
    re.IGNORECASE,
)
_MINUS = ("-", "−", "–", "minus", "negative")
_SPELT = re.compile(rf"(?:\d|\b(?:{'|'.join(WORDS)})) point (?:\d|(?:{'|'.join(WORDS)})\b)")
"""Decimals in words: "four point one"."""

_WORD = re.compile(r"[a-z]+")
_OPEN, _CLOSE = "\"'‘“«", "\"'’”»"


@dataclass(frozen=True)
class Fact:
    """Something computed that may be told.

    Attributes
    ----------
    label : str
        What it is, e.g. ``"predicted popularity"``.
    value : float or str
        A number as it may be stated at the finest, so rounded to what is meant; or a name.
    unit : str, optional
        ``"%"`` for a number of hundredths, ``"share"`` for a number from 0 to 1; others are words.
    """

    label: str
    value: float | str
    unit: str = ""

    def __str__(self) -> str:
        if isinstance(self.value, str):
            return f'{_one_line(self.label)}: "{_one_line(self.value)}"'
        return _one_line(f"{self.label}: {self.value:.10g} {self.unit}")


def unfounded(text: str, facts: Sequence[Fact]) -> list[str]:
    """List the numbers of a text that the facts do not hold, as they are written there.

    The rule. A number is founded when it is a fact's value, or that value rounded to fewer decimals
    (halves either way), never to tens or hundreds. Without a sign it may be the size of a negative
    value ("takes 2.1"); with one, also in words ("minus"), the sign has to be the value's. A
    percentage has to come from a fact in ``%`` or, times a hundred, from a ``share``. Numbers that
    stand in a fact's label or unit ("0 to 100") may be repeated, those of names in it may not. A
    name is taken out before numbers are looked for; one that states a number itself only where it
    stands in quotes, as it may have been made up to state one.

    The words one to twelve are numbers as well, but for "one" as a pronoun ("no one", "one of").
    Larger numbers in words, "half", "twice", "a tenth" and the like are not founded whatever the
    facts; nor are fractions such as ½, digits that are part of a word ("3k") or stand beside
    others ("41 300"), and letters and digits of other scripts, which may look like ours.

    Parameters
    ----------
    text : str
    facts : sequence of Fact

    Returns
    -------
    list of str

    Examples
    --------
    >>> facts = [Fact("predicted popularity", 41.3, "of 100"), Fact("coverage", 0.9, "share")]
    >>> unfounded("Predicted 41 of 100, in an interval that holds 90 %.", facts)
    []
    >>> unfounded("Predicted 40, twice as likely as 90.", facts)
    ['40', '90', 'twice']
    """
    names = [_one_line(fact.value) for fact in facts if isinstance(fact.value, str)]
    names.sort(key=len, reverse=True)
    values = [(float(f.value), f.unit) for f in facts if not isinstance(f.value, str)]
    beside = _one_line(" ; ".join(f"{fact.label} {fact.unit}" for fact in facts))
    text = _one_line(text)
    for name in names:
        beside, text = _without(beside, name), _without(text, name, _states(name))
    values += [(_value(found), "") for found in _NUMBER.finditer(beside)]
    strange = [found.group().strip() for found in _NUMBER.finditer(text) if _odd(found, values)]
    strange += [sign for sign in text if not sign.isascii() and _misleading(sign)]
    strange += [found.group() for found in _SPELT.finditer(text.lower())]
    words = _WORD.findall(text.lower())
    strange += [word for place, word in enumerate(words) if _odd_word(words, place, values)]
    return strange


def _odd(found: re.Match[str], values: list[tuple[float, str]]) -> bool:
    start, end, text = found.start(), found.end(), found.string
    before, after = text[max(start - 1, 0) : start], text[end : end + 1]
    # Part of a word (3k, B52, 1/2), or of a number cut in two (1.2.3, 10^6).
    if re.match(r"[\w/^.×*]", before) or re.match(r"[\w/^×*]", after) or found["scale"]:
        return True
    if re.match(r"[.,\s'’·]\d", text[end : end + 2]):
        return True
    stated, room = _value(found), 0.5 * 10.0 ** -len((found["rest"] or ".")[1:])
    signed = bool(found["sign"])
    for value, unit in values:
        if found["share"]:
            if unit not in ("%", "share"):
                continue
            value = 100 * value if unit == "share" else value
        value = value if signed else abs(value)
        if abs(stated - value) <= room * (1 + 1e-9) + 1e-9:
            return False
    return True


def _value(found: re.Match[str]) -> float:
    size = float(found["digits"].replace(",", "") + (found["rest"] or ""))
    return -size if (found["sign"] or "").strip().lower() in _MINUS else size


def _odd_word(words: list[str], place: int, values: list[tuple[float, str]]) -> bool:
    word, before, after = (
        words[at] if 0 <= at < len(words) else "" for at in (place, place - 1, place + 1)
    )
    if word == "one" and (before in _PRONOUN_BEFORE or after == "of"):
        return False
    if word not in WORDS:
        return _MORE_WORDS.fullmatch(word) is not None
    if after in ("percent", "per"):
        values = [(value, unit) for value, unit in values if unit == "%"]
    if before in ("minus", "negative"):
        return all(value != -WORDS[word] for value, _ in values)
    return before in WORDS or all(abs(value) != WORDS[word] for value, _ in values)


def _one_line(text: str) -> str:
    """Write a text on one line, so that none can pose as another fact, without unseen signs."""
    text = unicodedata.normalize("NFC", text)
    return " ".join("".join(one for one in text if unicodedata.category(one) != "Cf").split())


def _states(name: str) -> bool:
    """Whether a name states a number, so that it counts as a name in quotes only."""
    return bool(unfounded(name, ())) if any(one.isalpha() for one in name) else True


def _without(text: str, name: str, quoted: bool = False) -> str:
    """Take a name out of a text, only where it stands in quotes if so asked."""
    if not any(one.isalnum() for one in name):
        return text
    pattern = rf"(?<![\w.,]){re.escape(name)}(?!\w|[.,]\d)"
    if quoted:
        if set(name) & set('"“”«»'):
            return text
        pattern = rf"(?<=[{_OPEN}]){re.escape(name)}(?=[{_CLOSE}])"
    return re.sub(pattern, " ; ", text, flags=re.IGNORECASE)


def _misleading(sign: str) -> bool:
    """Whether a sign is a number of another script, or a mark or letter that can look like ours."""
    kind = unicodedata.category(sign)[0]
    foreign = kind == "L" and not unicodedata.name(sign, "").startswith("LATIN ")
    return kind in "NM" or foreign or unicodedata.numeric(sign, None) is not None
