"""What the releases of a song share in their titles, and the first of the credited artists."""

from __future__ import annotations

import functools
import re
import unicodedata

import pandas as pd

from lib.errors import ParameterError

VERSIONS = ("together", "apart")

_ACCENTS = re.compile("[\u0300-\u036f]")  # only these: other scripts' marks carry the vowels
_GUESTS = re.compile(
    r"[(\[]\s*(?:feat|ft|featuring|with)\b[^)\]]*[)\]]?|\s(?:feat|ft|featuring)\b.*"
)
_ANY_TAIL = re.compile(r"\s[-–—]\s.*$|[(\[].*?[)\]]")
_EDITION_WORDS = (
    r"(?:(?:remaster|remasteri[sz])(?:ed|ado|ada|iert)?|digital(?:ly)?|mono|stereo|original mix"
    r"|deluxe|expanded|anniversary|bonus|single|album|edition|version|track|(?:19|20)\d\d"
    r"|\d+(?:st|nd|rd|th))"
)
_EDITION_TAIL = re.compile(
    rf"\s[-–—]\s(?:{_EDITION_WORDS}[\s/,.]*)+$|[(\[](?:{_EDITION_WORDS}[\s/,.]*)+[)\]]"
)


def first_artist(artists: pd.Series) -> pd.Series:
    """Take the first of the credited artists.

    Examples
    --------
    >>> first_artist(pd.Series(["Ada;Bo", "Cy"])).tolist()
    ['Ada', 'Cy']
    """
    return artists.str.split(";", n=1).str[0].str.strip().astype("str")


@functools.lru_cache(maxsize=1 << 18)  # the same titles come back a few times in a run
def normalise_title(title: str, versions: str = "together") -> str:
    """Reduce a title to what its releases share.

    Case, accents, punctuation, guests ("feat. X", "(with X)") go, and "&" is "and".

    ``versions="together"`` also drops everything in brackets and after a dash between spaces. So
    remasters and deluxe editions meet their original, but so do live, acoustic, radio and
    remixed versions, and the parts of a work named "Work - Part". It is the careful choice for a
    hold-out, where a song known in another version is no new song.

    ``versions="apart"`` drops only tails made of words about the edition ("Remastered 2011",
    "Single Version", "Deluxe Edition", "Original Mix"), so a live version or a remix stays a
    recording of its own. Words of other languages than English are mostly unknown to it.

    Parameters
    ----------
    title : str
        As published.
    versions : {"together", "apart"}
        What to do with other versions of the song.

    Returns
    -------
    str
        Words in small letters; a title of signs only is kept as it is.

    Examples
    --------
    >>> normalise_title("Café & Bar (feat. Bo) - Remastered 2011")
    'cafe and bar'
    >>> normalise_title("Café - Live"), normalise_title("Café - Live", "apart")
    ('cafe', 'cafe live')
    """
    if versions not in VERSIONS:
        raise ParameterError(
            f"versions {versions!r}: unknown; expected one of {', '.join(VERSIONS)}"
        )
    name = fold(title)
    tail = _ANY_TAIL if versions == "together" else _EDITION_TAIL
    for pattern in (_GUESTS, tail):
        shorter = pattern.sub(" ", name)
        # "(Intro)" or "- 7 -" is all there is of some titles.
        name = shorter if words(shorter) else name
    return words(name) or name.strip() or title.strip()


def fold(text: str) -> str:
    """Lower the case, drop accents, spell out "&"."""
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return plain.replace("&", " and ")


def words(text: str) -> str:
    """Keep letters, digits and the marks on them, one blank between words."""
    # Marks stay: in many scripts they are part of the letter.
    kept = (char if unicodedata.category(char)[0] in "LMN" else " " for char in text)
    return " ".join("".join(kept).split())
