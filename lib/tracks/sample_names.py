"""Made-up artists, titles and ids for the generated sample."""

from __future__ import annotations

import string

import numpy as np

# Words are kept as text and split where they are used.
SYLLABLES = (
    "vel mor qui zan tor bri lys ond kep far nim dru osk wen tha jol rix pau sil gre "
    "ñul øst éla çim üdo"
)
ARTIST_FORMS = ("{a}", "{a}", "{a}", "The {a}", "Los {a}", "MC {a}", "{a} Trio", "{a}, {b}")
FIRST_WORDS = (
    "Paper Copper Velvet Hollow Winter Second Odd Silver Quiet Salt Broken Early Far "
    "Gentle Rusty Lucky Hidden Amber Red Folded Plastic Sleepy Blue Dusty Slow Tiny Last Cold "
    "Loud Green"
)
SECOND_WORDS = (
    "Lamp Harbour Rain Ladder Elm Train Ink Kitchen River Letter Engine Window Garden "
    "Bell Mirror Bike Hill Ribbon Tunnel Feather Market Shadow Parade Needle Island Corner Moth "
    "Storm Coat Meadow Señal Été Fjørd Straße Sol"
)
# Different also without signs and capitals: titles are compared so when twins are sought.
TITLE_FORMS = ("{a} {b}", "{b} {a}", "O {b}, {a}", '"{a}" {b} I', "{a} {b} II", "{a} {b} 3")
BASE62 = string.digits + string.ascii_letters


def artist_names(rng: np.random.Generator, n: int) -> list[str]:
    """Invent `n` different artist names out of syllables that belong to no language.

    Three syllables a word keep real names out. Some names hold a comma or letters beyond ASCII.

    Examples
    --------
    >>> names = artist_names(np.random.default_rng(0), 50)
    >>> len(set(names)), any(";" in name for name in names)
    (50, False)
    """
    k = len(SYLLABLES.split())
    # A permutation cannot repeat itself: different numbers spell different first words.
    words = rng.permutation(k**3)[: 2 * n].reshape(n, 2)
    forms = rng.integers(0, len(ARTIST_FORMS), n)
    return [
        ARTIST_FORMS[form].format(a=_word(first), b=_word(second))
        for form, (first, second) in zip(forms, words, strict=True)
    ]


def titles(rng: np.random.Generator, n: int) -> list[str]:
    """Invent `n` different titles; some hold commas, quotes or letters beyond ASCII.

    Examples
    --------
    >>> len(set(titles(np.random.default_rng(0), 500)))
    500
    """
    first_words, second_words = FIRST_WORDS.split(), SECOND_WORDS.split()
    sizes = (len(TITLE_FORMS), len(first_words), len(second_words))
    form, first, second = np.unravel_index(rng.permutation(int(np.prod(sizes)))[:n], sizes)
    return [
        TITLE_FORMS[f].format(a=first_words[a], b=second_words[b])
        for f, a, b in zip(form, first, second, strict=True)
    ]


def track_ids(rng: np.random.Generator, n: int) -> list[str]:
    """Invent `n` ids of 22 characters out of 62, as Spotify's are.

    Examples
    --------
    >>> [len(i) for i in track_ids(np.random.default_rng(0), 2)]
    [22, 22]
    """
    return ["".join(BASE62[c] for c in row) for row in rng.integers(0, 62, (n, 22))]


def _word(number: int) -> str:
    syllables = SYLLABLES.split()
    k = len(syllables)
    return "".join(syllables[(number // k**place) % k] for place in range(3)).capitalize()
