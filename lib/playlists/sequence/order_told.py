"""What a notebook on order and mixing says: tables and sentences, worded by the numbers."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from lib.playlists.describing.categories import judge
from lib.playlists.names import names_of
from lib.playlists.networks.centrality import LEVEL, correlate
from lib.playlists.store import Store

CHANGED = {
    "length": "length",
    "num_edits": "number of edits",
    "num_followers": "number of followers",
}


def with_month(store: Store, replicates: int, seed: int) -> pd.DataFrame:
    """Rank correlation of a playlist's last change with its length, edits and followers.

    Returns
    -------
    pandas.DataFrame
        ``what``, ``value``, ``low``, ``high``, ``level``, ``playlists``, ``p``, and ``q``,
        ``differs``: judged together (`lib.playlists.describing.categories.judge`). No rows without
        dates.
    """
    table = store.table("playlists", ["modified_at", *CHANGED])
    rows = []
    for name, what in CHANGED.items():
        some = table[["modified_at", name]].dropna()
        if len(some) > 2:
            pair = np.stack([stats.rankdata(some["modified_at"].to_numpy("int64")),
                             stats.rankdata(some[name].to_numpy(float))], axis=1)  # fmt: skip
            p = stats.spearmanr(*pair.T).pvalue if np.ptp(pair, axis=0).all() else 1.0
            rows.append((what, *correlate(pair, replicates, seed), LEVEL, len(some), p))
    columns = ["what", "value", "low", "high", "level", "playlists", "p"]
    return judge(pd.DataFrame(rows, columns=columns))


def planted_steps(
    path: Path, store: Store, pairs: pd.DataFrame, artists: np.ndarray, level: str = "artist"
) -> pd.Series:
    """Look up the neighbours that a generator planted: tracks of its pairs and rules, in order.

    Parameters
    ----------
    path : pathlib.Path
        ``planted.json``.
    store : Store
        The playlists.
    pairs, artists, level
        From `lib.playlists.sequence.next_entries.follow`, and the level given to it.

    Returns
    -------
    pandas.Series
        ``planted`` (pairs of different ones), ``tested`` (of them among the pairs looked at),
        ``found`` (of these beyond chance), ``beyond`` (all pairs beyond chance).
    """
    truth = json.loads(path.read_text("utf-8"))
    chains = [one["tracks"] for one in truth["pairs"]]
    chains += [[*one["if"], one["then"]] for one in truth["rules"]]
    table = store.table("tracks", ["track_id", "artist"]).assign(track=lambda one: range(len(one)))
    artist = dict(zip(table["track_id"], table[level], strict=True))
    steps = {
        (artist.get(a), artist.get(b)) for chain in chains for a, b in itertools.pairwise(chain)
    }
    steps = {step for step in steps if None not in step and step[0] != step[1]}
    named = zip(artists[pairs["first"]], artists[pairs["then"]], strict=True)
    planted = np.array([step in steps for step in named], bool)
    beyond = pairs["beyond"].to_numpy(bool)
    return pd.Series({"planted": len(steps), "tested": int(planted.sum()), "beyond": beyond.sum(),
                      "found": (planted & beyond).sum()})  # fmt: skip


def named_pairs(
    store: Store, pairs: pd.DataFrame, artists: np.ndarray, level: str = "artist"
) -> pd.DataFrame:
    """Put the artists' or tracks' names into the columns ``first`` and ``then``."""
    names = np.array(names_of(store, level, artists), object)
    return pairs.assign(first=names[pairs["first"]], then=names[pairs["then"]])


def in_words_months(table: pd.DataFrame) -> str:
    """Say what goes with the month of the last change, from `with_month`."""
    if not len(table):
        return "Too few playlists have a date to say what goes with it."
    told = [
        f"{row.what} {row.value:+.2f} ({row.low:+.2f} to {row.high:+.2f})"
        for row in table.itertuples()
    ]
    shown = table["what"][table["differs"]].tolist()
    return f"Rank correlation of the last change with the {', the '.join(told)}: " + (
        f"beyond chance, judged together, for the {', the '.join(shown)}."
        if shown
        else "none is beyond chance, judged together."
    )


def in_words_profile(rows: pd.DataFrame, what: str) -> str:
    """Say how a quantity changes along playlists, from the rows of one quantity."""
    first, last = rows.iloc[0], rows.iloc[-1]

    def side(row: pd.Series) -> str:
        where = "above" if row["low"] > 0 else "below" if row["high"] < 0 else "not apart from"
        return f"{row['value']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f}), {where} the mean"

    width = max(abs(rows["shuffled_low"].min()), rows["shuffled_high"].max())
    return (
        f"{what[0].upper()}{what[1:]}, against the playlist's own mean: in the first tenth "
        f"{side(first)}; in the last {side(last)}. In shuffled playlists no tenth is further off "
        f"than {width:.3f}."
    )


def in_words_next(rows: pd.DataFrame) -> str:
    """Say how often the next entry is of the same kind, from the rows of one level."""
    one, far = rows.iloc[0], rows.iloc[-1]
    verdict = (
        "more often than chance" if one["low"] > 1
        else "less often than chance" if one["high"] < 1 else "not told from chance"
    )  # fmt: skip
    return (
        f"The next entry has the same {one['what']} {one['ratio']:.2f} times "
        f"({one['low']:.2f} to {one['high']:.2f}) as often as in the same playlists in random "
        f"order, {verdict}: {one['observed']:,} times, {one['expected']:,.0f} expected; shuffles "
        f"give {one['shuffled_low']:.2f} to {one['shuffled_high']:.2f}. "
        f"{far['step']:.0f} places on the ratio is {far['ratio']:.2f}."
    )


def in_words_follow(named: pd.DataFrame, limit: float, level: str = "artist") -> str:
    """Say which artists, or tracks, follow which, from `named_pairs`."""
    beyond = named[named["beyond"]]
    text = (
        f"Of {len(named):,} ordered pairs of {level}s {len(beyond):,} are direct neighbours more "
        f"often than in every shuffle (z above {limit:.1f})"
    )
    if not len(beyond):
        return text + "."
    first = beyond.iloc[0]
    return (
        f"{text}. Furthest: “{first['then']}” right after “{first['first']}”, "
        f"{first['observed']:,} times against {first['expected']:.1f} expected, "
        f"{first['ratio']:.1f} times ({first['low']:.1f} to {first['high']:.1f})."
    )


def in_words_planted(found: pd.Series, level: str = "artist") -> str:
    """Say whether planted neighbours are found, from `planted_steps`."""
    return (
        f"{found['planted']} pairs of neighbouring {level}s were planted; {found['tested']} of "
        f"them are frequent enough to be looked at, and {found['found']} of these are beyond "
        f"chance, of {found['beyond']} pairs beyond chance in all."
    )


def in_words_match(match: pd.Series) -> str:
    """Say how much of the playlists a catalogue knows, from `mixing.labelled`."""
    return (
        f"The catalogue knows the genres of {match['tracks']:,.0f} of "
        f"{match['of tracks']:,.0f} tracks "
        f"({match['tracks'] / max(match['of tracks'], 1):.1%}), {match['entries']:.1%} of the "
        f"entries; {match['playlists']:.0%} of the playlists hold two of them or more."
    )


def in_words_mix(table: pd.DataFrame, within: pd.Series, what: str) -> str:
    """Say which labels share playlists, from `lib.playlists.sequence.mixing.mix`."""
    text = ""
    if within["expected"] > 0:
        text = (
            f"Two {what}-labelled tracks of a playlist have the same {what} in "
            f"{within['value']:.1%} of the pairs ({within['low']:.1%} to {within['high']:.1%}); "
            f"dealt out anew, in {within['expected']:.1%}. "
        )
    other = table[table["first"] != table["second"]]
    shown = other[other["differs"]].sort_values("ratio")
    text += f"Of {len(other)} pairs of different {what}s {len(shown)} differ from chance, "
    text += "judged together"
    told = []
    for word, rows in (("most often", shown[shown["ratio"] > 1].iloc[::-1]),
                       ("least often", shown[shown["ratio"] < 1])):  # fmt: skip
        if len(rows):
            one = rows.iloc[0]
            told.append(
                f"{word} together: “{one['first']}” and “{one['second']}”, {one['ratio']:.2f} "
                f"times what is expected ({one['low']:.2f} to {one['high']:.2f})"
            )
    return "; ".join([text, *told]) + "."
