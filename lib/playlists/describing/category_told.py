"""Sentences and tables about categories of playlists, worded by what the numbers are."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

from lib.playlists.described import described
from lib.playlists.describing.diversity import MEASURES, TIERS
from lib.playlists.describing.themes import NONE, coverage

_SHARE = pa.Check.in_range(0, 1)
CATEGORIES_SCHEMA = pa.DataFrameSchema(
    {
        "kind": described("str", "name", "Title theme, length or followers"),
        "category": described("str", "name", "Theme or band"),
        "measure": described("str", "name", "What was measured of each playlist"),
        "playlists": described("int64", "playlists", "Those that have a value"),
        "value": described("float64", "that of the measure", "Mean over them"),
        "low": described("float64", "that of the measure", "Lower end of its interval"),
        "high": described("float64", "that of the measure", "Upper end of its interval"),
        "level": described("float64", "share", "Coverage of the interval"),
        "overall": described("float64", "that of the measure", "Mean over all playlists"),
        "p": described("float64", "probability", "Of the test of a difference", _SHARE),
        "q": described("float64", "share", "False discovery rate, all tests together", _SHARE),
        "differs": described("bool", "true or false", "The category differs from the others"),
    },
    strict=True,
    description="Categories of playlists: one row a category and measure",
)


def as_table(compared: pd.DataFrame) -> pd.DataFrame:
    """Bring comparisons into the form of `CATEGORIES_SCHEMA`."""
    kinds = {"kind": "str", "category": "str", "measure": "str", "playlists": "int64"}
    kinds |= dict.fromkeys(("value", "low", "high", "level", "overall", "p", "q"), "float64")
    return compared[list(CATEGORIES_SCHEMA.columns)].astype(kinds | {"differs": bool})


def told_rows(compared: pd.DataFrame, levels: list[str]) -> pd.DataFrame:
    """Pick the measures that do not depend on length, for the report's list of numbers."""
    kept = [*(f"{level} at_ten" for level in levels), TIERS[0]]
    told = compared[compared["measure"].isin(kept)]
    return told.assign(measure=told["measure"].map(in_words))


def in_words(measure: str) -> str:
    """Name a measure for a reader.

    Examples
    --------
    >>> in_words("artist at_ten"), in_words("head")
    ('distinct artists among 10 entries drawn', 'share of head tracks')
    """
    if measure in TIERS:
        return f"share of {measure} tracks"
    level, name = measure.split(" ")
    return MEASURES[name].format(level=level)


def coverage_in_words(themes: pd.DataFrame) -> str:
    """Say how many titles have a theme, and which are the most frequent."""
    table = coverage(themes)
    share = 1 - table.loc[NONE, "share"]
    several = table.loc["several themes", "share"]
    top = table.iloc[:3]
    top = top[top["playlists"] > 0]
    listed = ", ".join(f"{name} ({part:.1%})" for name, part in top["share"].items())
    text = f"{share:.0%} of {len(themes):,} titles name a theme"
    if several > 0:
        text += f", {several:.0%} several"
    text += f"; {table.loc[NONE, 'playlists']:,.0f} answer to no rule."
    return text + (f" The most frequent themes: {listed}." if listed else "")


def number_in_words(compared: pd.DataFrame, false_share: float) -> str:
    """Say how many of all comparisons show a difference, by kind."""
    parts = compared.groupby("kind", sort=False)["differs"].agg(["sum", "size"])
    pairs = zip(parts.index, parts["sum"], parts["size"], strict=True)
    listed = ", ".join(f"{kind} {found} of {made}" for kind, found, made in pairs)
    return (
        f"{compared['differs'].sum()} of {len(compared)} comparisons of a category with the other "
        f"playlists show a difference ({listed}); on average at most {false_share:.0%} of them "
        "are false."
    )


def extremes(compared: pd.DataFrame, kind: str, measure: str) -> list[str]:
    """Name the categories furthest from all playlists, of those that differ; or say that none does.

    Returns
    -------
    list of str
        One sentence; empty when nothing was compared.
    """
    part = compared[(compared["kind"] == kind) & (compared["measure"] == measure)]
    if part.empty:
        return []
    name, overall = in_words(measure), part["overall"].iloc[0]
    sure = part[part["differs"]].sort_values("value")
    if sure.empty:
        return [
            f"By {kind}, no category differs clearly in {name}; all playlists: {overall:.2f} "
            f"({len(part)} compared)."
        ]
    ends = [(sure.iloc[-1], "most"), (sure.iloc[0], "least")]
    ends = [(row, word) for row, word in ends if (row["value"] > overall) == (word == "most")]
    told = " and ".join(
        f"{word} for {row['category']} ({row['value']:.2f} [{row['low']:.2f}, {row['high']:.2f}])"
        for row, word in ends
    )
    return [
        f"By {kind}, {len(sure)} of {len(part)} categories differ in {name}: {told}; "
        f"all playlists: {overall:.2f}."
    ]


def concentration_in_words(table: pd.DataFrame, kind: str) -> str:
    """Say which categories hold favourites of their own."""
    above = table[table["low"] > table["random_high"]]
    text = (
        f"By {kind}, {len(above)} of {len(table)} categories are more concentrated on few tracks "
        "than random playlists of as many entries"
    )
    if len(above):
        row = above.loc[(above["value"] - above["random"]).idxmax()]
        text += (
            f", {row['category']} most (Gini {row['value']:.2f} [{row['low']:.2f}, "
            f"{row['high']:.2f}], random {row['random']:.2f})"
        )
    return text + "."
