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
    r"(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty"
    r"|(?:hundred|thousand|million|billion|trillion|dozen|third|quarter|double)s?"
    r"|half|halves|doubled|twice|thrice|tripled?|(?:two|three|four|five|ten)fold"
)
"""Numbers in words that no fact is compared with: a text that has one is not founded."""

_PRONOUN_BEFORE = {"no", "any", "every", "each", "this", "that", "which", "another", "the", "some"}
_NUMBER = re.compile(
    r"(?P<sign>(?<![\w.,)%\]])[+\-−–])?"
    r"(?P<digits>\d+(?:,\d{3})+(?!\d)|\d+)(?P<rest>\.\d+)?"
    r"(?P<scale>[eE][+-]?\d+)?"
    r"(?P<share>\s?(?:%|per\s?cent\b))?"
)
_WORD = re.compile(r"[a-z]+")
_QUOTES = "\"'‘’“”«»"


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
            # One line, so that no name can pose as another fact.
            return f'{self.label}: "{" ".join(self.value.split())}"'
        return f"{self.label}: {self.value:.10g} {self.unit}".rstrip()


def unfounded(text: str, facts: Sequence[Fact]) -> list[str]:
    """List the numbers of a text that the facts do not hold, as they are written there.

    The rule. A number is founded when it is a fact's value, or that value rounded to fewer decimals
    (halves either way), never to tens or hundreds. Without a sign it may be the size of a negative
    value ("takes 2.1"); with one, the sign has to be the value's. A percentage has to come from a
    fact in ``%`` or, times a hundred, from a ``share``. Numbers that stand in a fact's label or
    unit ("0 to 100") may be repeated, and so may names: a name is taken out before numbers are
    looked for, one without any letter only where it stands in quotes.

    The words one to twelve are numbers as well, but for "one" as a pronoun ("no one", "one of").
    Larger numbers in words, "half", "twice" and the like are not founded whatever the facts; nor
    are digits of other scripts, fractions such as ½, and digits that are part of a word ("3k").

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
    for fact in facts:
        if isinstance(fact.value, str):
            text = _without_name(text, " ".join(fact.value.split()))
    text = " ".join(text.split())
    values = [(float(f.value), f.unit) for f in facts if not isinstance(f.value, str)]
    beside = " ".join(f"{fact.label} {fact.unit}" for fact in facts)
    values += [(_value(found), "") for found in _NUMBER.finditer(beside)]
    strange = [found.group().strip() for found in _NUMBER.finditer(text) if _odd(found, values)]
    signs = (sign for sign in text if not sign.isascii())
    strange += [sign for sign in signs if unicodedata.category(sign)[0] == "N"]
    words = _WORD.findall(text.lower())
    strange += [word for place, word in enumerate(words) if _odd_word(words, place, values)]
    return strange


def _odd(found: re.Match[str], values: list[tuple[float, str]]) -> bool:
    start, end, text = found.start(), found.end(), found.string
    before, after = text[max(start - 1, 0) : start], text[end : end + 1]
    # Part of a word (3k, B52, 1/2), or of a number cut in two (1.2.3, 10^6).
    if re.match(r"[\w/^.×*]", before) or re.match(r"[\w/^×*]", after) or found["scale"]:
        return True
    if re.match(r"[.,]\d", text[end : end + 2]):
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
    return -size if found["sign"] in ("-", "−", "–") else size


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
    return all(abs(value) != WORDS[word] for value, _ in values)


def _without_name(text: str, name: str) -> str:
    if not any(sign.isalnum() for sign in name):
        return text
    pattern = rf"(?<![\w.,]){re.escape(name)}(?!\w|[.,]\d)"
    if not any(sign.isalpha() for sign in name):
        pattern = rf"(?<=[{_QUOTES}]){re.escape(name)}(?=[{_QUOTES}])"
    return re.sub(pattern, " ", text, flags=re.IGNORECASE)
