"""Made-up titles of playlists, tracks and albums, and names of artists, for generated playlists.

All texts are ready to stand in JSON: what is not ASCII is written as an escape, as in the
published files.
"""

from __future__ import annotations

import json

import numpy as np

THEMES = {
    "workout": ("workout", "gym", "running", "cardio", "lifting"),
    "country": ("country", "country roads", "southern", "bonfire"),
    "chill": ("chill", "relax", "mellow", "calm"),
    "rap": ("rap", "hip hop", "trap", "bars"),
    "party": ("party", "turn up", "pregame", "dance floor"),
    "rock": ("rock", "classic rock", "hard rock", "guitar"),
    "throwback": ("throwback", "oldies", "90s", "2000s", "nostalgia"),
    "summer": ("summer", "beach", "sunshine", "pool"),
    "indie": ("indie", "indie folk", "alt", "coffee shop"),
    "latin": ("latin", "reggaeton", "salsa", "fiesta"),
    "sleep": ("sleep", "bedtime", "night", "dreams"),
    "electronic": ("edm", "house", "electronic", "rave"),
    "worship": ("worship", "gospel", "praise", "faith"),
    "christmas": ("christmas", "holiday", "xmas", "winter"),
    "pop": ("pop", "top 40", "hits", "radio"),
    "study": ("study", "focus", "homework", "piano"),
    "sad": ("sad", "heartbreak", "feels", "cry"),
    "metal": ("metal", "metalcore", "heavy", "hardcore"),
    "jazz": ("jazz", "blues", "soul", "swing"),
    "musicals": ("musicals", "broadway", "disney", "soundtrack"),
}
"""Words in the titles of each theme's playlists, the most frequent theme first."""

WITHOUT_THEME = ("music", "new", "favorites", "my playlist", "good stuff", "mix", "random", "car")
# The plain word is most frequent; the others differ in signs, capitals and blanks.
TITLE_FORMS = (
    *("{w}",) * 4,
    *("{w}",) * 3,
    "{w} ",
    "{w} 2017",
    "{w} 2016",
    "my {w}",
    "{w} mix",
    "{w} vibes",
    "{w}!!",
    "{w} \u2764",
    "{w} \U0001f525",
    "{w} {x}",
)
# Words are kept as text and split where they are used.
FIRST = (
    "Paper Copper Velvet Hollow Winter Second Odd Silver Quiet Salt Broken Early Far Gentle Rusty "
    "Lucky Hidden Amber Red Folded Plastic Sleepy Blue Dusty Slow Tiny Last Cold Loud Green"
)
SECOND = (
    "Lamp Harbour Rain Ladder Elm Train Ink Kitchen River Letter Engine Window Garden Bell Mirror "
    "Bike Hill Ribbon Tunnel Feather Market Shadow Parade Needle Island Corner Moth Storm Coat "
    "Meadow Señal Été Fjørd Straße Sol"
)
TRACK_FORMS = ("{a} {b}", "{b}", "{a}", "O {b}", "{a} {b} - Remix", "{b} (feat. {a})", '"{a}" {b}')
SYLLABLES = (
    "vel mor qui zan tor bri lys ond kep far nim dru osk wen tha jol rix pau sil gre ñul øst éla"
)
ARTIST_FORMS = ("{a}", "{a}", "The {a}s", "{a} {b}", "MC {a}", "{a} & {b}")
DESCRIPTIONS = ("all the good ones", "for the road", "made with &lt;3", "songs I can&#39;t skip")


def escape(text: str) -> str:
    r"""Write a text as JSON without its quotation marks.

    Examples
    --------
    >>> escape('Été "live"')
    '\\u00c9t\\u00e9 \\"live\\"'
    """
    return json.dumps(text)[1:-1]


def _spelled(forms: tuple[str, ...], first: str, second: str) -> list[str]:
    pairs = [(a, b) for a in first.split() for b in second.split()]
    return [escape(form.format(a=a, b=b)) for form in forms for a, b in pairs]


TRACK_NAMES = _spelled(TRACK_FORMS, FIRST, SECOND)
ALBUM_NAMES = _spelled(("{b} {a}", "{a}", "{b} (Deluxe)"), FIRST, SECOND)
_WORDS = [(a + b).capitalize() for a in SYLLABLES.split() for b in SYLLABLES.split()]
ARTIST_WORDS = [escape(word) for word in _WORDS]


def artist_name(number: int) -> str:
    """Name an artist; numbers that are far apart may share a name, as artists do.

    Examples
    --------
    >>> artist_name(3) != artist_name(4)
    True
    """
    number, form = divmod(number * 7919, len(ARTIST_FORMS))
    n = len(ARTIST_WORDS)
    return ARTIST_FORMS[form].format(a=ARTIST_WORDS[number % n], b=ARTIST_WORDS[number // n % n])


def playlist_titles(rng: np.random.Generator, themes: np.ndarray, n_themes: int) -> list[str]:
    """Draw a title for each playlist: nine in ten tell the theme.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    themes : numpy.ndarray of int, shape (n,)
        Number of each playlist's theme in `THEMES`.
    n_themes : int
        How many themes there are.
    """
    words = list(THEMES.values())[:n_themes]
    draws = rng.integers(0, 2**31, (len(themes), 5)).tolist()
    titles = []
    for theme, (tells, word, form, case, rare) in zip(themes.tolist(), draws, strict=True):
        known = words[theme] if tells % 10 else WITHOUT_THEME
        title = TITLE_FORMS[form % len(TITLE_FORMS)].format(
            w=known[word % len(known)], x=_WORDS[rare % len(_WORDS)]
        )
        titles.append(escape((title, title.title(), title.upper())[(0, 0, 1, 1, 1, 2)[case % 6]]))
    return titles
