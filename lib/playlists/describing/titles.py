"""What playlists are called: titles counted as written, and reduced by two rules."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from lib.playlists.store import Store
from lib.playlists.texts import normalise_title

PUBLISHED_TITLES = {"as written": 92_944, "published rule": 17_381}
"""Distinct titles in the Million Playlist Dataset's own statistics."""

_SIGNS = re.compile(r"[.,/#!$%^*;:{}=_`~()@\\]")


def published_rule(title: str) -> str:
    """Reduce a title as the publishers' statistics do: small letters, some signs become blanks.

    Emoji, accents and hyphens stay, so that more titles count as different than need be.

    Examples
    --------
    >>> published_rule("  Chill... (Vibes) ☀")
    'chill vibes ☀'
    """
    return " ".join(_SIGNS.sub(" ", title.lower()).split())


RULES: dict[str, Callable[[str], str]] = {
    "as written": str,
    "published rule": published_rule,
    "normalised": normalise_title,
}
"""Ways to tell whether two titles are the same."""


def reduced(titles: pd.Series, rule: str) -> pd.Series:
    """Apply one of `RULES` to titles, each different one once; what is missing stays so."""
    codes, written = pd.factorize(titles)
    made = np.array([RULES[rule](title) for title in written] + [None], object)
    return pd.Series(made[codes], titles.index, dtype="str")


def distinct_titles(titles: pd.Series) -> pd.DataFrame:
    """Count the distinct titles under each of `RULES`.

    Returns
    -------
    pandas.DataFrame
        Indexed by rule: ``titles`` (distinct), ``alone`` (share of titled playlists whose title
        no other has), ``published`` (for the million, missing where unknown).
    """
    rows = {}
    for rule in RULES:
        counts = reduced(titles, rule).value_counts()
        alone = (counts == 1).sum() / max(int(counts.sum()), 1)
        rows[rule] = (len(counts), alone, PUBLISHED_TITLES.get(rule))
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["titles", "alone", "published"])
    return table.astype({"published": "Int64"})


def frequent_titles(store: Store, top: int = 30) -> pd.DataFrame:
    """List the most frequent normalised titles.

    Parameters
    ----------
    store : Store
        The playlists.
    top : int, optional
        Titles to list; of equally frequent ones the first in the alphabet.

    Returns
    -------
    pandas.DataFrame
        ``title``, ``playlists``, ``share`` (of the titled playlists), ``spellings`` (distinct
        titles as written), ``most_written``, ``median_length`` (entries).
    """
    table = store.table("playlists", ["name", "length"])
    table["title"] = reduced(table["name"], "normalised")
    table = table[table["title"].fillna("") != ""]
    grouped = table.groupby("title")
    sizes = grouped.size().rename("playlists").reset_index()
    sizes = sizes.sort_values(["playlists", "title"], ascending=[False, True]).head(top)
    kept = table[table["title"].isin(sizes["title"])].groupby("title")
    sizes["share"] = sizes["playlists"] / max(len(table), 1)
    names = kept["name"]
    sizes["spellings"] = sizes["title"].map(names.nunique())
    most = names.agg(lambda values: values.value_counts().index[0]) if len(sizes) else {}
    sizes["most_written"] = sizes["title"].map(most)
    sizes["median_length"] = sizes["title"].map(kept["length"].median())
    return sizes.reset_index(drop=True)
