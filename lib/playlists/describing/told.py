"""Sentences about a set of playlists, worded by what its numbers are."""

from __future__ import annotations

import pandas as pd

from lib.playlists.describing.tails import LEVEL
from lib.playlists.store import Store

PUBLISHED = {
    "mean length": ("published mean of the million", 66.346428),
    "playlists with one follower": ("published share of the million", 0.754219),
}
"""Numbers in the Million Playlist Dataset's own statistics."""

STEADY = 0.01
"""A Gini coefficient that moves less than this when the playlists double is called steady."""


def details(claim: pd.Series) -> dict[str, object]:
    """Give unit, interval and baseline of a row of `overview.shares`, for a metric."""
    name = str(claim.name)
    told = {"low": claim["low"], "high": claim["high"], "level": LEVEL}
    told["unit"] = "entries" if name == "mean length" else ""
    if name.startswith("rank correlation"):
        told |= {"baseline": "no association", "baseline_value": 0.0}
    elif name in PUBLISHED:
        told |= dict(zip(("baseline", "baseline_value"), PUBLISHED[name], strict=True))
    return told


def interval(row: object) -> dict[str, object]:
    """Give interval and baseline of a row of `tails.measure_tails`, for a metric."""
    told = {"low": row.low, "high": row.high, "level": LEVEL}
    return told | {"baseline": "entries dealt evenly at random", "baseline_value": row.even}


def verified(name: str, store: Store, found: pd.DataFrame, counts: pd.DataFrame) -> str:
    """Say what was found wrong, and whether the counts agree with the published ones.

    Parameters
    ----------
    name : str
        Name of the set.
    store : Store
        Its playlists.
    found, counts : pandas.DataFrame
        `findings_table` and `counts_table` of `lib.playlists.reading.verify`.
    """
    n = store.manifest["counts"]
    files = store.manifest["files"]
    text = (
        f"{name}: {_count(len(files), 'file')} with {n['playlists']:,} playlists, "
        f"{n['entries']:,} entries, {n['tracks']:,} tracks and {_count(n['artists'], 'artist')}"
    )
    if counts["published"].notna().all():
        differ = counts.index[~counts["agrees"].astype(bool)].tolist()
        verdict = f"not in {', '.join(differ)}" if differ else "in all"
        text += f"; that agrees with the published totals {verdict}"
    if not len(found):
        return f"{text}. Nothing wrong was found."
    kinds = ", ".join(f"{kind} ({times:,})" for kind, times in found["kind"].value_counts().items())
    lost = found[["lost_playlists", "lost_entries"]].sum()
    unknown = found["lost_entries"].isna().sum()
    missing = _count(lost["lost_playlists"], "playlist")
    text += (
        f". {_count(len(found), 'finding')}: {kinds}; {missing} and "
        f"{lost['lost_entries']:,} entries are known to be missing or left out"
    )
    return text + (f", for {_count(unknown, 'finding')} nobody can know." if unknown else ".")


def lengths(name: str, numbers: pd.DataFrame, claims: pd.DataFrame) -> str:
    """Describe lengths and followers; `numbers` and `claims` are tables of `overview`."""
    length = numbers["length"]
    text = (
        f"{name}: playlists have {_interval(claims.loc['mean length'], '.1f')} entries on average, "
        f"half of them {length.median():,.0f} or fewer ({length.min():,} to {length.max():,})"
    )
    if "num_followers" in numbers:
        fewest = int(numbers["num_followers"].min())
        if fewest > 1:
            text += (
                f". Every one has at least {fewest} followers: the set was chosen by that, and is "
                "no picture of playlists in general"
            )
        else:
            one = _interval(claims.loc["playlists with one follower"], ".1%")
            million = PUBLISHED["playlists with one follower"][1]
            text += f"; {one} have a single follower (in the published million {million:.1%})"
    parts = []
    for other in ("followers", "edits"):
        row = claims.reindex([f"rank correlation of length and {other}"]).iloc[0]
        if pd.notna(row["value"]):
            more = "more" if row["low"] > 0 else "fewer" if row["high"] < 0 else "about as many"
            parts.append(f"{more} {other}, {_interval(row, '+.2f')}")
    if parts:
        text += f". By rank correlation, longer playlists have {'; and '.join(parts)}"
    return text + "."


def near_copies(name: str, pairs: pd.DataFrame) -> str:
    """Say how many copies there are, from `lib.playlists.describing.copies.near_copies`."""
    if not len(pairs):
        return f"{name}: no two playlists were found to be near-copies of each other."
    involved = len(pd.unique(pairs[["first", "second"]].to_numpy().ravel()))
    same = int((pairs["jaccard"] == 1).sum())
    return (
        f"{name}: {involved:,} playlists have a near-copy; {_count(len(pairs), 'such pair')} "
        f"{'was' if len(pairs) == 1 else 'were'} found, {same:,} of them with the same tracks."
    )


def title_counts(name: str, distinct: pd.DataFrame, frequent: pd.DataFrame) -> str:
    """Describe titles; the tables are of `lib.playlists.describing.titles`."""
    written, ours = distinct.loc["as written"], distinct.loc["normalised"]
    first = frequent.iloc[0]
    return (
        f"{name}: {written['titles']:,.0f} different titles as written, {ours['titles']:,.0f} when "
        f"normalised; {ours['alone']:.0%} of the titled playlists have one that no other has. The "
        f"most frequent, “{first['title']}”, names {first['playlists']:,} ({first['share']:.1%}), "
        f"the {len(frequent)} most frequent together {frequent['share'].sum():.0%}."
    )


def growth(name: str, grown: pd.DataFrame, measured: pd.DataFrame) -> str:
    """Describe the tail of tracks; the tables are of `describing.tails`, for one set."""
    tracks = grown[grown["level"] == "track"]
    value = measured[measured["level"] == "track"].set_index("statistic")
    whole = tracks.iloc[-1]
    half = tracks.iloc[(tracks["playlists"] - whole["playlists"] / 2).abs().argmin()]
    more = whole["items"] / half["items"] - 1
    moves = abs(whole["gini"] - half["gini"]) > STEADY
    verdict = "it belongs to this number of playlists" if moves else "it hardly depends on that"
    return (
        f"{name}: the Gini coefficient of tracks is {_interval(value.loc['gini'], '.3f')}, against "
        f"{value['even']['gini']:.3f} if entries were dealt evenly; the top 1 % of tracks hold "
        f"{_interval(value.loc['top 1 %'], '.1%')} of the entries, and "
        f"{_interval(value.loc['once'], '.1%')} of the tracks have a single one. From "
        f"{half['playlists']:,.0f} to {whole['playlists']:,.0f} playlists the distinct tracks grow "
        f"by {more:.0%} and the coefficient from {half['gini']:.3f} to {whole['gini']:.3f}: "
        f"{verdict}."
    )


def challenge(table: pd.DataFrame) -> str:
    """Describe `lib.playlists.describing.overview.challenge_table`."""
    sizes = table["playlists"]
    each = f"{sizes.min():,}" + (f" to {sizes.max():,}" if sizes.min() < sizes.max() else "")
    worst = table["known_seeds"].idxmin()
    return (
        f"Challenge set: {each} playlists in each of {len(table)} categories, half of them longer "
        f"than {table['length'].min():,.0f} entries in “{table['length'].idxmin()}” and "
        f"{table['length'].max():,.0f} in “{table['length'].idxmax()}”: categories are not alike "
        f"but for the seeds. {table['known_seeds'].min():.1%} of the known tracks or more stand in "
        f"the store's playlists, fewest in “{worst}”."
    )


def _interval(row: pd.Series, form: str) -> str:
    return f"{row['value']:{form}} ({row['low']:{form}} to {row['high']:{form}})"


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
