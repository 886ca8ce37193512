"""What the texts of a title and an album say on the day of release: plain rules, no fitting.

The rules look for words that mark a kind of release: a remix, a live recording, a Christmas song, a
collection of hits. They were written from what such words mean, mostly in English, German, Spanish
and French; a text in another language mostly answers to none of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd

from lib.errors import DataError
from lib.tracks.titles import fold, normalise_title, words

WORDS: dict[str, str] = {
    "remix": r"remix\w*|rmx|bootleg|mash ?up|rework\w*|vip mix|club mix|extended mix",
    "edit": r"edit|radio mix|radio version",
    "live": r"live|en vivo|ao vivo|en directo|unplugged|in concert|concert|sessions?",
    "acoustic": r"acoustic|acustic[oa]|akustik|stripped|piano version|unplugged",
    "version": r"version|versao|mix|take|demo|alternate",
    "remaster": r"(?:digitally )?remaster\w*",
    "edition": r"deluxe|expanded|anniversary|edition|bonus|reissue|complete|box ?set",
    "instrumental": r"instrumental\w*|backing track",
    "guest": r"feat|ft|featuring|with",
    "cover": r"karaoke|tribute|covers?|made famous|originally performed|in the style of",
    "speed": r"sped up|speed up|slowed|reverb|nightcore|8d",
    "film": r"soundtrack|original motion picture|original score|from the|film|movie|musical|ost"
    r"|cast recording|banda sonora",
    "classical": r"op|no|bwv|sonata|symphony|concerto|suite|opus|major|minor|etude|prelude",
    "christmas": r"christmas|xmas|x-mas|weihnacht\w*|navidad\w*|natal|noel|santa|holidays?|jingle"
    r"|snow\w*|sleigh|reindeer|mistletoe|advent\w*|villancicos|winter\w*",
    "halloween": r"hallowe+n|helloween|spooky|scary|monster",
    "hits": r"hits?|best of|the best|greatest|very best|exitos|grandes|classics?|klassiker|top"
    r"|number ones?|chart\w*|favou?rites|successi|lo mejor|smash|anthems",
    "collection": r"collection|essentials?|anthology|compilation|ultimate|various|gold|singles"
    r"|selection|retrospective|antologia|coleccion|masters?",
    "playlist": r"playlists?|vibes?|mix|mood|moods|radio|songs|music|musik|musica|tunes|tracks"
    r"|all out|on air|pov",
    "occasion": r"party|summer|sommer|verano|spring|autumn|fall|herbst|dinner|breakfast|workout|gym"
    r"|running|driving|car|road ?trip|wedding|birthday|beach|bbq|dance|karneval|weekend|study\w*",
    "calm": r"chill\w*|relax\w*|sleep\w*|calm\w*|meditat\w*|spa|yoga|ambient|focus|soft|easy"
    r"|lounge|quiet|rain|white noise|lofi|lo-fi",
    "children": r"lullab\w*|kids?|bab(?:y|ies)|nursery|children\w*|kinder\w*|toddlers?|bedtime",
    "decade": r"(?:19|20)?[5-9]0'?s|(?:20)?[012]0'?s|anos [0-9]+|decades?",
    "volume": r"vol|volume|volumen|pt|part|disc|cd|chapter|season",
    "short": r"ep|single",
    "intro": r"intro|outro|interlude|skit|prelude|reprise",
}
"""Name of a rule, and the words that answer to it, as a pattern over the folded text."""

SHAPES = ("words", "characters", "digits", "capitals")
"""How a text is written, in numbers. Together they tell one album name from nearly any other."""

_YEAR = r"\b(19[5-9][0-9]|20[0-4][0-9])\b"
_BEYOND_LATIN = re.compile(r"[^\W\d_\u0041-\u024f\u1e00-\u1eff]")


def text_features(tracks: pd.DataFrame) -> pd.DataFrame:
    """Turn each track's title and album name into 0/1 and numeric columns.

    Parameters
    ----------
    tracks : pandas.DataFrame, shape (n, k)
        With `track_name` and `album_name`, without missing texts.

    Returns
    -------
    pandas.DataFrame of float32, shape (n, len(TEXT_RULES) + len(TEXT_SHAPES))
        Columns `TEXT_RULES` and `TEXT_SHAPES`, same index. Each row depends on its own two texts.

    Raises
    ------
    DataError
        When a column is missing or a text is.

    Examples
    --------
    >>> tracks = pd.DataFrame({"track_name": ["Rain - Live"], "album_name": ["Hits 2021"]})
    >>> made = text_features(tracks)
    >>> made[["title_live", "album_live", "album_hits", "album_year"]].iloc[0].tolist()
    [1.0, 0.0, 1.0, 2021.0]
    """
    for name in ("track_name", "album_name"):
        found = int(tracks[name].isna().sum()) if name in tracks else None
        if found is None or found:
            raise DataError(
                f"column {name!r}: a text for each track expected, found "
                f"{'no such column' if found is None else f'{found} rows without'}; join the "
                "titles and albums of the cleaned tracks, which have none missing"
            )
    columns = {}
    for side, name in (("title", "track_name"), ("album", "album_name")):
        # An album's name comes back with each of its tracks: look at it once.
        codes, unique = pd.factorize(tracks[name])
        made = _of_texts(pd.Series(unique, dtype="str"))
        columns |= {f"{side}_{rule}": values.to_numpy()[codes] for rule, values in made.items()}
    title, album = (
        tracks[name].map(normalise_title).to_numpy() for name in ("track_name", "album_name")
    )
    columns["album_is_title"] = title == album
    columns["title_in_album"] = [one in other for one, other in zip(title, album, strict=True)]
    table = pd.DataFrame(columns, index=tracks.index).astype("float32")
    return table[[*TEXT_RULES, *TEXT_SHAPES]]


def album_rules(tracks: pd.DataFrame) -> pd.DataFrame:
    """Say how many tracks each rule finds by their album name, and how popular they are.

    Parameters
    ----------
    tracks : pandas.DataFrame
        With the columns of `text_features` and `popularity`.

    Returns
    -------
    pandas.DataFrame
        By rule, those that find most first: `tracks`, `mean` popularity, `zero` (share of them
        with popularity 0).
    """
    found = {
        name: tracks.loc[tracks[f"album_{name}"] == 1, "popularity"]
        for name in (*WORDS, "is_title")
    }
    table = {name: (len(p), p.mean(), p.eq(0).mean()) for name, p in found.items() if len(p)}
    rows = pd.DataFrame.from_dict(table, orient="index", columns=["tracks", "mean", "zero"])
    return rows.sort_values("tracks", ascending=False, kind="stable")


def plain_name(names: pd.Series) -> pd.Series:
    """Write names without case, accents and punctuation; a name of signs only stays as it is.

    Examples
    --------
    >>> plain_name(pd.Series(["Café, del Mar!", "???"])).tolist()
    ['cafe del mar', '???']
    """
    return _map_unique(names, lambda name: words(fold(name)) or name)


def album_key(album_names: pd.Series) -> pd.Series:
    """Reduce album names to what their editions and volumes share, for a strict hold-out.

    Beyond `lib.tracks.titles.normalise_title` (case, accents, brackets, what follows a dash),
    numbers and the words vol, volume, part, pt, cd, disc go: "Hits 2021" and "HITS, Vol. 3" meet.

    Parameters
    ----------
    album_names : pandas.Series of str, shape (n,)

    Returns
    -------
    pandas.Series of str, shape (n,)
        A name of numbers only is kept as it is.

    Examples
    --------
    >>> album_key(pd.Series(["Hits 2021", "HITS, Vol. 3 (Deluxe)", "1984"])).tolist()
    ['hits', 'hits', '1984']
    """
    return _map_unique(album_names, lambda name: _without_numbers(normalise_title(name)))


def _map_unique(names: pd.Series, change: Callable[[str], str]) -> pd.Series:
    return names.map({name: change(name) for name in names.unique()})


def _of_texts(texts: pd.Series) -> dict[str, pd.Series]:
    folded = texts.map(fold).astype("str")
    years = folded.str.extract(_YEAR, expand=False)
    # With \b and no look-around Arrow searches the whole column at once.
    rules = {name: folded.str.contains(rf"\b(?:{pattern})\b") for name, pattern in WORDS.items()}
    return rules | {
        "year": pd.to_numeric(years),
        "brackets": texts.str.contains(r"[(\[]"),
        "dash": texts.str.contains(r" [-–—] "),
        "exclaims": texts.str.contains("[!?]"),
        "beyond_latin": texts.map(lambda text: _BEYOND_LATIN.search(text) is not None),
        "words": folded.str.split().map(len),
        "characters": texts.str.len(),
        "digits": texts.str.count("[0-9]"),
        "capitals": texts.str.count("[A-Z]") / texts.str.len().clip(lower=1),
    }


def _without_numbers(name: str) -> str:
    dropped = {"vol", "volume", "part", "pt", "cd", "disc"}
    kept = [word for word in name.split() if not word.isdigit() and word not in dropped]
    return " ".join(kept) or name


_OTHER_RULES = ("year", "brackets", "dash", "exclaims", "beyond_latin")

TEXT_RULES = (
    *(f"{side}_{name}" for side in ("title", "album") for name in (*WORDS, *_OTHER_RULES)),
    "album_is_title",
    "title_in_album",
)
"""Columns of `text_features` that say what kind of release it is."""

TEXT_SHAPES = tuple(f"{side}_{name}" for side in ("title", "album") for name in SHAPES)
"""Columns of `text_features` that say how the texts are written."""
