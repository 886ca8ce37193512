"""Titles and names reduced to what can be compared: small letters, no accents, no signs."""

from __future__ import annotations

import re
import unicodedata

_ACCENTS = re.compile("[\u0300-\u036f]")  # only these: other scripts' marks carry the vowels
_APOSTROPHES = re.compile("['\u2019`´]")
_RNB = re.compile(r"\br ?(?:n|and) ?b\b")


def normalise_title(title: str | None) -> str:
    """Reduce a playlist's title, or any name, to its words.

    Case, accents, punctuation and emoji go; "&" is "and", "r&b" stays one word, apostrophes leave
    no gap ("90's" is "90s"). A title of signs only keeps its signs, as hearts and flames are all
    that some titles say.

    Examples
    --------
    >>> [normalise_title(title) for title in ("Café & Bar!! \N{FIRE}", "90's R&B", "❤ ❤")]
    ['cafe and bar', '90s rnb', '❤❤']
    """
    if not title:
        return ""
    text = _fold(_APOSTROPHES.sub("", _fold(title))).replace("&", " and ")
    # Marks stay: in many scripts they are part of the letter.
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in text)
    # A variation selector behind an emoji is a mark as well, and no word.
    words = [word for word in kept.split() if any(c.isalnum() for c in word)]
    signs = "".join(c for c in text if unicodedata.category(c)[0] == "S")
    return _RNB.sub("rnb", " ".join(words)) or signs


def _fold(text: str) -> str:
    """Small letters without accents; a letter in a circle is small only after it is unwrapped."""
    unwrapped = unicodedata.normalize("NFKD", text).casefold()
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", unwrapped))
