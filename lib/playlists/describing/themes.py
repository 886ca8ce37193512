"""Themes that a playlist's title names: plain rules over normalised titles, nothing fitted."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from lib.playlists.describing.titles import reduced

THEMES: dict[str, str] = {
    "workout": r"work ?outs?|gym|run|running|runs|cardio|lift|lifting|exercise|fitness|crossfit"
    r"|training|yoga|zumba|spinning|weights",
    "party": r"party|parties|pregame|pre game|turn ?up|turnt|lit|rager|club|dance ?floor|banger"
    r"|bangers|frat|fiesta|house party|bachelorette|prom",
    "dance": r"danc(?:e|ing)|zumba",
    "chill": r"chill\w*|relax\w*|mellow|calm\w*|easy|laid back|smooth|lounge|soft|vibes?|vibing"
    r"|peaceful|acoustic chill",
    "sleep": r"sleep\w*|bed ?time|dreams?|night ?time|nights?|lullab\w*|nap",
    "study": r"study\w*|focus|homework|concentrat\w*|work music|reading|writing|finals",
    "sad": r"sad\w*|heart ?break|heartbroken|feels|feelings|emotional|emo|cry\w*|break ?up|lonely"
    r"|depress\w*|moody|tears",
    "love": r"love|lovers?|romance|romantic|wedding|valentines?|baby making|sexy|sex|date night"
    r"|first dance",
    "happy": r"happy|good vibes|feel ?good|smile|joy|cheerful|good mood|positive",
    "summer": r"summer\w*|beach|sunshine|sunny|pool|spring break|verano|lake|island",
    "season": r"spring|fall|autumn|winter",
    "christmas": r"christmas|xmas|x mas|holidays?|navidad|santa|festive",
    "halloween": r"hallowe+n|spooky",
    "travel": r"road ?trips?|driv(?:e|ing)|car|cruis\w*|travel\w*|trip|highway|vacation|commute"
    r"|traffic",
    "throwback": r"throw ?backs?|tbt|old ?ies|old school|oldschool|nostalgi[ac]|retro|childhood"
    r"|middle school|memories|(?:19|20)?[5-9]0s|(?:20)?[01]0s|classics|back in the day|old",
    "country": r"country|southern|bluegrass|nashville|red ?neck|bonfire|honky tonk|outlaw|cowboy",
    "rap and hip hop": r"rap|hip ?hop|trap|bars|hood|rappers?|hiphop|gangsta|drake|thug",
    "rnb and soul": r"rnb|r and b|soul\w*|motown|funk\w*|neo soul|slow jams?|grooves?",
    "pop": r"pop|top ?40|top hits|hits|radio|billboard|charts?|mainstream",
    "rock": r"rock\w*|grunge|guitar|alternative rock|hard rock|classic rock|led zeppelin",
    "punk and metal": r"metal\w*|punk|hardcore|heavy|screamo|pop punk|warped tour|post hardcore",
    "indie and alternative": r"indie|alt|alternative|folk|hipster|coffee ?(?:shop|house)|coffee"
    r"|singer songwriter|acoustic",
    "electronic": r"edm|house|electr\w*|techno|dubstep|trance|rave|bass|dnb|dub|ultra|synth\w*"
    r"|deep house|festival",
    "latin": r"latin\w*|reggaeton|regueton|salsa|bachata|merengue|espanol|spanish|cumbia|banda"
    r"|mexican\w*|rancheras?|corridos?",
    "reggae": r"reggae|ska|dancehall|island|caribbean|soca",
    "jazz and blues": r"jazz\w*|blues|swing|big band|bossa nova|sinatra",
    "classical": r"classical|piano|orchestra\w*|opera|instrumental|mozart|beethoven|violin|cello",
    "faith": r"worship|gospel|praise|faith|christian|jesus|god|church|hymns?|bible|lds",
    "stage and screen": r"musicals?|broadway|disney|sound ?tracks?|movies?|films?|hamilton|ost"
    r"|show ?tunes|glee|anime|games?|star wars",
    "children": r"kids?|children\w*|bab(?:y|ies)|toddlers?|nursery|lullab\w*",
    "day and time": r"morning|monday|tuesday|wednesday|thursday|friday|saturday|sunday|weekend"
    r"|evening|midnight|late night|shower|dinner|cooking|cleaning|brunch|breakfast",
    "month or year": r"january|february|march|april|may|june|july|august|september|october|november"
    r"|december|jan|feb|aug|sept?|oct|nov|dec|20[01][0-9]",
}
"""Name of a theme, and the words that answer to it, as a pattern over the normalised title.

Written from what the words mean, mostly in English; where a title says several things it has
several themes. A title in another language, an artist's name or a private joke has none.
"""

NONE = "no theme"


def theme_table(titles: Iterable[str | None]) -> pd.DataFrame:
    """Tell the themes of titles.

    Parameters
    ----------
    titles : iterable of str or None
        As written; each different title is looked at once.

    Returns
    -------
    pandas.DataFrame of bool
        One row a title, one column a theme, in the order of `THEMES`.

    Examples
    --------
    >>> found = theme_table(["Summer GYM!!", "mix", None])
    >>> found.columns[found.iloc[0]].tolist(), found.sum(axis=1).tolist()
    (['workout', 'summer'], [2, 0, 0])
    """
    plain = reduced(pd.Series(list(titles), dtype="str"), "normalised").fillna("")
    codes, different = pd.factorize(plain)
    texts = pd.Series(different, dtype="str")
    found = {
        theme: texts.str.contains(re.compile(rf"\b(?:{words})\b")).to_numpy(bool)
        for theme, words in THEMES.items()
    }
    table = pd.DataFrame(found, columns=list(THEMES))
    return table.iloc[codes].reset_index(drop=True)


def only_theme(themes: pd.DataFrame) -> np.ndarray:
    """Return the number of each title's theme where it has exactly one, -1 elsewhere."""
    array = themes.to_numpy(bool)
    return np.where(array.sum(axis=1) == 1, array.argmax(axis=1), -1)


def coverage(themes: pd.DataFrame) -> pd.DataFrame:
    """Count the titles of each theme, those of none, and those of several.

    Returns
    -------
    pandas.DataFrame
        Index: themes, the most frequent first, then `NONE`, then ``"several themes"``; columns
        ``playlists``, ``share``, and ``also another`` (share of them that have another theme).
    """
    number = themes.sum(axis=1).to_numpy()
    counts = themes.sum().sort_values(ascending=False, kind="stable")
    several = [float((number[themes[one]] > 1).mean()) if n else 0.0 for one, n in counts.items()]
    counts[NONE], counts["several themes"] = (number == 0).sum(), (number > 1).sum()
    shares = counts / max(len(themes), 1)
    return pd.DataFrame(
        {"playlists": counts, "share": shares, "also another": [*several, 0.0, 1.0]}
    )
