"""What a notebook on co-occurrence shows and says: examples, planted pairs, sentences."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from lib.playlists.counting.cooccurrence import Items
from lib.playlists.counting.neighbours import partner_ranks
from lib.playlists.names import names_of
from lib.playlists.store import Store


def kept(store: Store, items: Items) -> pd.Series:
    """Say what a threshold keeps.

    Returns
    -------
    pandas.Series
        ``items``, ``of`` (all of the level), ``least`` (playlists of the rarest kept),
        ``entries`` (share of all entries), ``playlists`` (share that holds one or more),
        ``held`` (mean number of kept items a playlist).
    """
    total = store.table(f"{items.level}s", ["entries"])["entries"].to_numpy(np.int64)
    held = np.diff(items.holds.indptr)
    return pd.Series(
        {
            "items": len(items.numbers),
            "of": len(total),
            "least": int(items.playlists.min()),
            "entries": total[items.numbers].sum() / len(store.entries),
            "playlists": (held > 0).mean(),
            "held": held.mean(),
        }
    )


def examples(
    store: Store, items: Items, neighbours: pd.DataFrame, places: np.ndarray, top: int = 5
) -> pd.DataFrame:
    """Name the first neighbours of some items by each measure.

    Returns
    -------
    pandas.DataFrame
        A row an item and rank, a column a measure: the neighbour's name and, in brackets, the
        playlists shared.
    """
    some = neighbours[neighbours["item"].isin(places) & (neighbours["rank"] <= top)].copy()
    numbers = pd.unique(some[["item", "neighbour"]].to_numpy().ravel())
    called = dict(zip(numbers, names_of(store, items.level, items.numbers[numbers]), strict=True))
    names = some["neighbour"].map(called)
    some["shown"] = [f"{name} ({n:,})" for name, n in zip(names, some["count"], strict=True)]
    some["of"] = [
        f"{called[place]} (in {items.playlists[place]:,})" for place in some["item"].tolist()
    ]
    order = {place: at for at, place in enumerate(places)}
    some = some.iloc[some["item"].map(order).argsort(kind="stable")]
    table = some.pivot_table("shown", ["of", "rank"], "measure", aggfunc="first", sort=False)
    return table.rename_axis(columns=None).fillna("")


def planted_pairs(path: Path, store: Store, items: Items) -> pd.DataFrame:
    """Find the pairs that a generator planted among the items.

    Returns
    -------
    pandas.DataFrame
        ``theme``, ``first``, ``second`` (places among the items, -1 for one that is not kept).
    """
    truth = json.loads(path.read_text("utf-8"))["pairs"]
    ids = store.table("tracks", ["track_id"])["track_id"].to_numpy()[items.numbers]
    place = {one: at for at, one in enumerate(ids)}
    rows = [(pair["theme"], *(place.get(one, -1) for one in pair["tracks"])) for pair in truth]
    return pd.DataFrame(rows, columns=["theme", "first", "second"])


def in_words_kept(one: pd.Series, level: str) -> str:
    """Say what the threshold keeps, from `kept`."""
    return (
        f"Kept: {one['items']:,.0f} of {one['of']:,.0f} {level}s, those in {one['least']:,.0f} "
        f"playlists or more; they make up {one['entries']:.1%} of the entries, "
        f"{1 - one['entries']:.1%} are left out, and {one['playlists']:.1%} of the playlists hold "
        "at least one."
    )


def in_words_bias(table: pd.DataFrame) -> str:
    """Say which measure favours what, from `lib.playlists.counting.neighbours.check_neighbours`."""
    rows = table[table["check"] == "popularity"].set_index("measure")
    told = [f"{name} {row['value']:.2f} ({row['shuffled']:.2f})" for name, row in rows.iterrows()]
    high, low = rows["value"].idxmax(), rows["value"].idxmin()
    return (
        "Popularity of the neighbours, where 0.5 is that of all items (in brackets: shuffled): "
        + "; ".join(told)
        + f". So “{high}” names the most frequent ones and “{low}” the rarest."
    )


def in_words_again(table: pd.DataFrame) -> str:
    """Say how far lists come out again in the other half of the playlists."""
    rows = table[table["check"] == "again"].set_index("measure")
    beyond = rows["value"] - rows["shuffled"]
    told = [
        f"{name} {row['value']:.1%} ({row['shuffled']:.1%})"
        for name, row in rows.sort_values("value", ascending=False).iterrows()
    ]
    return (
        "Neighbours found again in the other half of the playlists (in brackets: shuffled): "
        + "; ".join(told)
        + f". Furthest from its shuffled value is “{beyond.idxmax()}”, nearest "
        f"“{beyond.idxmin()}”."
    )


def in_words_pairs(pairs: pd.DataFrame, names: dict[int, str]) -> str:
    """Name the strongest pair."""
    first = pairs.iloc[0]
    return (
        f"The strongest pair by cosine is “{names[first['item']]}” and "
        f"“{names[first['neighbour']]}”: {first['score']:.2f}, {first['count']:,.0f} playlists."
    )


def planted_found(
    planted: pd.DataFrame, tables: Sequence[pd.DataFrame], measures: Iterable[str]
) -> pd.DataFrame:
    """Count the planted pairs found again by each measure.

    Parameters
    ----------
    planted : pandas.DataFrame
        From `planted_pairs`.
    tables : sequence of two pandas.DataFrame
        Neighbours by `lib.playlists.counting.cooccurrence.neighbours_by`: real, and of shuffled
        playlists.
    measures : iterable of str
        Their measures.

    Returns
    -------
    pandas.DataFrame
        Indexed by measure: ``first`` (share of the pairs in which each is the other's first
        neighbour), ``listed`` (each among the other's neighbours), and both when ``shuffled``.
    """
    pairs = list(zip(planted["first"], planted["second"], strict=True))
    rows = {}
    for measure in measures:
        ranks = [partner_ranks(table[table["measure"] == measure], pairs) for table in tables]
        shares = [((rank <= 1).all(axis=1).mean(), (rank > 0).all(axis=1).mean()) for rank in ranks]
        rows[measure] = [*shares[0], *shares[1]]
    columns = ["first", "listed", "first, shuffled", "listed, shuffled"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def in_words_planted(found: pd.DataFrame, planted: pd.DataFrame) -> str:
    """Say which measures find the planted pairs; from `planted_found` and `planted_pairs`."""
    n = len(planted)
    kept = (planted[["first", "second"]] >= 0).all(axis=1).sum()
    told = [f"{name} {row['first'] * n:.0f}" for name, row in found.iterrows()]
    return (
        f"Of {n} planted pairs {kept} are among the tracks kept. Each track is the other's first "
        f"neighbour by: {'; '.join(told)}. "
        f"On shuffled playlists at most {found['first, shuffled'].max() * n:.0f}."
    )
