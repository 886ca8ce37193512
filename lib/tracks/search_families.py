"""Families of the search genres in tables with release dates: few enough for every year."""

from __future__ import annotations

import pandas as pd

from lib.tracks.genres import FAMILIES, OTHER, macro_genre

FURTHER: dict[str, str] = {
    "Latin": "bachata, bossa nova, cumbia, flamenco, merengue, moombahton, afro-cuban",
    "Rock": "new wave, post-punk, psychedelic, shoegaze",
    "Electronic/Dance": "big room, bounce, downtempo, drone, funktronica, future bass, gabber, "
    "goa trance, lo-fi, psytrance, synthwave, vaporwave",
    "Hip-Hop/Rap": "drill, grime, rap, trap",
    "R&B/Soul": "doo-wop, motown",
    "Reggae/Ska": "ska punk",
    "Jazz/Blues": "bebop, big band, fusion, hard bop, swing",
    "Classical": "avant-garde, baroque, experimental, medieval, minimalism, renaissance",
    "Country": "cajun, zydeco",
    "Folk": "celtic, klezmer",
    "Stage/Children": "soundtrack, video game music",
    "Regional": "bollywood, carnatic, highlife, hindustani, sufi, world",
}
"""Search genres that the catalogue of 114 genres does not have, by what the name means."""

_FAMILY = {genre: family for family, names in FURTHER.items() for genre in names.split(", ")}


def search_family(genres: pd.Series) -> pd.Series:
    """Map search genres to families: the total map, then `FURTHER`, then the published rules.

    Parameters
    ----------
    genres : pandas.Series of str, shape (n,)
        Search genres, with blanks or hyphens between words. A name that is a family already
        stays.

    Returns
    -------
    pandas.Series of str, shape (n,)
        A genre that no map knows is "Other".

    Examples
    --------
    >>> search_family(pd.Series(["acid jazz", "hip hop", "zydeco", "polka"])).tolist()
    ['Jazz/Blues', 'Hip-Hop/Rap', 'Country', 'Other']
    """
    names = pd.Series(genres.unique(), dtype="str")
    family = macro_genre(names)
    family = family.where(family != OTHER, names.map(_FAMILY).fillna(OTHER))
    family = family.where(family != OTHER, macro_genre(names, "published"))
    family = family.where(~names.isin(list(FAMILIES)), names)
    return genres.map(dict(zip(names, family, strict=True))).astype("str")
