"""Macro-genres: the published substring rules, and a table that leaves none of the 114 out."""

from __future__ import annotations

import pandas as pd

from lib.errors import ParameterError

OTHER = "Other"

PUBLISHED_RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Pop", ("pop",)),
    ("Rock", ("rock",)),
    ("Hip-Hop/Rap", ("hip hop", "rap", "trap")),
    ("R&B/Soul", ("r&b", "soul")),
    ("Electronic/Dance", ("electro", "techno", "house", "edm", "dance")),
    ("Metal/Hardcore", ("metal", "hardcore")),
    ("Jazz/Blues", ("jazz", "blues")),
    ("Classical", ("classical", "orchestra", "piano")),
    ("Latin", ("latin", "reggaeton", "sertanejo", "samba")),
    ("Country", ("country",)),
    ("Folk", ("folk", "singer-songwriter")),
    ("Indie/Alternative", ("indie", "alternative")),
)
"""Macro-genre and the substrings that call it; the first that matches wins.

They are kept as published, faults and all: hyphens have become spaces before the rules look, so
"r&b" and "singer-songwriter" never match, and "punk rock" is Rock while "punk" is Other.
"""

FAMILIES: dict[str, str] = {
    "Pop": "pop power-pop synth-pop",
    "East Asian Pop": "anime cantopop j-dance j-idol j-pop j-rock k-pop mandopop",
    "Rock": "emo garage goth grunge hard-rock psych-rock punk punk-rock rock rock-n-roll "
    "rockabilly",
    "Indie/Alternative": "alt-rock alternative indie indie-pop",
    "Metal/Hardcore": "black-metal death-metal grindcore hardcore heavy-metal industrial metal "
    "metalcore",
    "Electronic/Dance": "breakbeat chicago-house club dance deep-house detroit-techno "
    "drum-and-bass dubstep edm electro electronic hardstyle house idm minimal-techno "
    "progressive-house techno trance trip-hop",
    "Hip-Hop/Rap": "hip-hop",
    "R&B/Soul": "disco funk gospel groove r-n-b soul",
    "Reggae/Ska": "dancehall dub reggae ska",
    "Jazz/Blues": "blues jazz",
    "Classical": "classical opera piano",
    "Latin": "latin latino reggaeton salsa tango",
    "Brazilian": "brazil forro mpb pagode samba sertanejo",
    "Country": "bluegrass country honky-tonk",
    "Folk": "acoustic folk guitar singer-songwriter songwriter",
    "Stage/Children": "children comedy disney kids pop-film show-tunes",
    "Mood/Occasion": "ambient chill happy new-age party romance sad sleep study",
    "Regional": "afrobeat british french german indian iranian malay spanish swedish turkish "
    "world-music",
}
"""Our macro-genres and the genres of each, sorted by what the genre's name means.

A name is a search term, not a verdict on the sound: in the public file "world-music" holds much
worship music and "j-dance" much dancehall. The map does not mend that.
"""

MACRO_OF: dict[str, str] = {
    genre: family for family, genres in FAMILIES.items() for genre in genres.split()
}
"""The total map: each of the file's 114 genres and its macro-genre."""

MODES = ("published", "total")


def macro_genre(genres: pd.Series, mode: str = "total") -> pd.Series:
    """Map genres to macro-genres.

    Parameters
    ----------
    genres : pandas.Series of str, shape (n,)
        Genres as in the file, or with spaces for hyphens.
    mode : {"total", "published"}
        `FAMILIES`, or `PUBLISHED_RULES`.

    Returns
    -------
    pandas.Series of str, shape (n,)
        A genre that the map does not know is "Other": no row is lost. None of the file's 114
        genres is, in the mode "total".

    Raises
    ------
    ParameterError
        When the mode is unknown.

    Examples
    --------
    >>> macro_genre(pd.Series(["salsa", "polka"])).tolist()
    ['Latin', 'Other']
    >>> macro_genre(pd.Series(["salsa", "punk-rock"]), "published").tolist()
    ['Other', 'Rock']
    """
    if mode not in MODES:
        raise ParameterError(
            f"macro-genre map {mode!r}: unknown; expected one of {', '.join(MODES)}"
        )
    one = _published if mode == "published" else _total
    return genres.map({genre: one(genre) for genre in genres.unique()}).astype("str")


def macro_genres(genres: pd.Series, mode: str = "total") -> pd.Series:
    """Map lists of genres to lists of macro-genres.

    Parameters
    ----------
    genres : pandas.Series of list of str, shape (n,)
        Genres of each track.
    mode : {"total", "published"}
        See `macro_genre`.

    Returns
    -------
    pandas.Series of list of str, shape (n,)
        Distinct macro-genres, sorted.

    Examples
    --------
    >>> macro_genres(pd.Series([["tango", "salsa", "pop"]])).tolist()
    [['Latin', 'Pop']]
    """
    names = genres.explode().drop_duplicates()
    macro = dict(zip(names, macro_genre(names, mode), strict=True))
    return genres.map(lambda several: sorted({macro[name] for name in several}))


def macro_table(genres: pd.Series) -> pd.DataFrame:
    """Put both maps side by side, one row a genre.

    Parameters
    ----------
    genres : pandas.Series of str, shape (n,)
        Genres, repeated or not.

    Returns
    -------
    pandas.DataFrame
        Columns `genre`, `published`, `total`, sorted by `total` and `genre`.

    Examples
    --------
    >>> macro_table(pd.Series(["punk", "pop", "punk"])).values.tolist()
    [['pop', 'Pop', 'Pop'], ['punk', 'Other', 'Rock']]
    """
    table = pd.DataFrame({"genre": pd.Series(genres.unique(), dtype="str")})
    for mode in MODES:
        table[mode] = macro_genre(table["genre"], mode)
    return table.sort_values(["total", "genre"], ignore_index=True)


def _published(genre: str) -> str:
    name = genre.lower().replace("-", " ")
    for macro, parts in PUBLISHED_RULES:
        if any(part in name for part in parts):
            return macro
    return OTHER


def _total(genre: str) -> str:
    return MACRO_OF.get(genre.strip().lower().replace(" ", "-"), OTHER)
