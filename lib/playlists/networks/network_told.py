"""What a notebook on networks shows and says: tables, planted communities, sentences."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from lib.playlists.names import names_of
from lib.playlists.networks.backbone import Network
from lib.playlists.networks.centrality import CENTRALITIES, beyond_popularity
from lib.playlists.networks.communities import SMALLEST, Judged
from lib.playlists.store import Store


def as_published(network: Network) -> pd.DataFrame:
    """Set the counts of a published network beside those of the same playlists counted rightly.

    The published network kept the diagonal of the matrix of counts, each item's own playlists, and
    both halves of the matrix: so each edge came twice, and "degree" was a sum of weights.

    Returns
    -------
    pandas.DataFrame
        Rows: numbers of a network; columns: ``as published``, ``counted rightly``, ``backbone``.
    """
    pairs, edges, own = network.pairs, network.edges, network.items.playlists
    n, possible = network.size, network.size * (network.size - 1) / 2
    both = 2 * pairs["count"].sum() + own.sum()

    def right(table: pd.DataFrame) -> list[float]:
        heaviest = table["count"].max() if len(table) else 0
        return [len(table), len(table) / possible, heaviest, 2 * len(table) / n,
                2 * table["count"].sum() / n]  # fmt: skip

    cells = 2 * len(pairs) + n
    published = [cells, cells / n**2, max(own.max(), pairs["count"].max()), both / n, both / n]
    rows = ["edges", "density", "heaviest edge", "mean degree", "mean strength"]
    columns = {"as published": published, "counted rightly": right(pairs), "backbone": right(edges)}
    return pd.DataFrame(columns, index=rows)


def strength_of(pairs: pd.DataFrame, size: int) -> np.ndarray:
    """Sum the counts of each item's pairs, without itself."""
    ends = np.concatenate([pairs["first"], pairs["second"]])
    return np.bincount(ends, np.tile(pairs["count"].to_numpy(float), 2), minlength=size)


def popularity_of_raw(network: Network) -> float:
    """Rank correlation of popularity with the strength over all pairs; 0 where one never varies."""
    both = strength_of(network.pairs, network.size), network.items.playlists
    return float(stats.spearmanr(*both).statistic) if all(map(np.ptp, both)) else 0.0


def hubs(store: Store, network: Network, table: pd.DataFrame, top: int = 8) -> pd.DataFrame:
    """Name the first items by each centrality, and those most central beyond their popularity.

    Returns
    -------
    pandas.DataFrame
        Indexed by rank; a column a centrality and one ``beyond popularity (degree)``.
    """
    orders = {CENTRALITIES[name].split(":")[0]: table[name].to_numpy() for name in CENTRALITIES}
    left = beyond_popularity(table["degree"].to_numpy(), table["playlists"].to_numpy())
    orders["degree beyond popularity"] = left
    named = {}
    for title, values in orders.items():
        places = np.argsort(-values, kind="stable")[:top]
        names = names_of(store, network.items.level, network.items.numbers[places])
        named[title] = [
            f"{name} (in {table['playlists'].iloc[place]:,})"
            for name, place in zip(names, places, strict=True)
        ]
    return pd.DataFrame(named, index=pd.RangeIndex(1, len(places) + 1, name="rank"))


def community_table(
    store: Store, network: Network, community: np.ndarray, named: int = 5
) -> pd.DataFrame:
    """Describe the communities by their members of the greatest strength within.

    Returns
    -------
    pandas.DataFrame
        Indexed by community: ``items``, ``playlists`` (median of the items), ``inside`` (share of
        the members' strength that stays within), ``first`` (names), ``places`` (of the first).
    """
    weights = network.matrix()
    rows = []
    for number in range(community.max(initial=-1) + 1):
        members = np.flatnonzero(community == number)
        within = weights[members][:, members].sum(axis=1)
        order = members[np.argsort(-within, kind="stable")]
        first = names_of(store, network.items.level, network.items.numbers[order[:named]])
        inside = within.sum() / weights[members].sum()
        median = float(np.median(network.items.playlists[members]))
        rows.append((len(members), median, inside, "; ".join(first), order))
    columns = ["items", "playlists", "inside", "first", "places"]
    return pd.DataFrame(rows, columns=columns).rename_axis("community")


def drawn_part(
    network: Network, communities: pd.DataFrame, most: int = 56, ties: int = 2
) -> tuple[pd.DataFrame, np.ndarray]:
    """Choose what a picture can show: a few members of each community, their strongest ties.

    Returns
    -------
    edges : pandas.DataFrame
        Between chosen items of one community, each chosen item's `ties` strongest.
    chosen : numpy.ndarray of int64
        Places of the items that have one.
    """
    shown = communities.head(8)
    each = max(most // max(len(shown), 1), 2)
    of = {int(place): number for number, row in shown.iterrows() for place in row["places"][:each]}
    edges = network.edges
    first, second = (edges[end].map(of) for end in ("first", "second"))
    edges = edges[first.notna() & (first == second)]
    # Both ends may choose an edge.
    ends = pd.concat([edges.assign(end=edges[end]) for end in ("first", "second")])
    ends = ends.sort_values(["excess", "first", "second"], ascending=[False, True, True])
    edges = ends.groupby("end").head(ties).drop_duplicates(["first", "second"])
    return edges, np.unique(edges[["first", "second"]])


def planted_communities(path: Path, store: Store, network: Network, found: np.ndarray) -> pd.Series:
    """Compare communities of tracks with the themes that a generator planted tracks in.

    Returns
    -------
    pandas.Series
        ``tracks`` (planted and among the nodes), ``themes``, ``joined`` (planted pairs that are an
        edge), ``pairs``, ``right`` (share of tracks in their theme's community, one in none being
        wrong), ``apart`` (themes with a community of their own).
    """
    truth = json.loads(path.read_text("utf-8"))
    members = [(one["theme"], track) for one in truth["pairs"] for track in one["tracks"]]
    members += [
        (one["theme"], track) for one in truth["rules"] for track in (*one["if"], one["then"])
    ]
    ids = store.table("tracks", ["track_id"])["track_id"].to_numpy()[network.items.numbers]
    place = {one: at for at, one in enumerate(ids)}
    table = pd.DataFrame(members, columns=["theme", "track"])
    table = table.assign(place=table["track"].map(place)).dropna().astype({"place": int})
    table["community"] = found[table["place"]]
    known = table[table["community"] >= 0]
    most = known.groupby("theme")["community"].agg(lambda one: one.mode().iloc[0])
    edges = set(zip(network.edges["first"], network.edges["second"], strict=True))
    pairs = [tuple(sorted(place.get(t, -1) for t in one["tracks"])) for one in truth["pairs"]]
    return pd.Series(
        {
            "tracks": len(table),
            "themes": len(truth["themes"]),
            "joined": sum(pair in edges for pair in pairs),
            "pairs": len(pairs),
            "right": float((table["community"] == table["theme"].map(most)).mean()),
            "apart": int((~most.duplicated(keep=False)).sum()),
        }
    )


def in_words_published(table: pd.DataFrame, level: str) -> str:
    """Say what the published way of counting does."""
    wrong, right = table["as published"], table["counted rightly"]
    loop = wrong["heaviest edge"] > right["heaviest edge"]
    return (
        f"Counted as published, the network of {level}s has {wrong['edges']:,.0f} edges instead of "
        f"{right['edges']:,.0f}, and a mean “degree” of {wrong['mean degree']:,.0f} where an item "
        f"meets {right['mean degree']:,.0f} others. The heaviest “edge”, "
        f"{wrong['heaviest edge']:,.0f}, is "
        + ("an item with itself" if loop else "a true one")
        + f"; between two items it is {right['heaviest edge']:,.0f}."
    )


def in_words_filters(table: pd.DataFrame, level: str) -> str:
    """Say what the two filters keep, from `lib.playlists.networks.backbone.compare_filters`."""
    pair, disparity = table.loc["pair test"], table.loc["disparity filter"]
    meet = table.loc["all pairs that meet", "kept"]
    return (
        f"Of {meet:,.0f} pairs of {level}s that meet, the pair test keeps {pair['kept']:,.0f} "
        f"({pair['share']:.1%}), and {pair['kept, shuffled']:,.0f} of those in playlists dealt out "
        f"anew; the disparity filter {disparity['kept']:,.0f} ({disparity['share']:.1%}) and "
        f"{disparity['kept, shuffled']:,.0f}."
    )


def in_words_popularity(table: pd.DataFrame, raw: float, dealt: float, level: str) -> str:
    """Say how far hubs are popular items; `table` of `lib.playlists.networks.centrality`."""
    rows = {check: part.set_index("measure") for check, part in table.groupby("check")}
    called = {name: title.split(":")[0] for name, title in CENTRALITIES.items()}
    told = [f"{called[n]} {r['value']:.2f}" for n, r in rows["popularity"].iterrows()]
    kept = rows["again"][rows["again"]["low"] > 0]
    sure = [called[name] for name in rows["popularity"].query("low > 0").index]
    begin = f"Popular {level}s are the more central ones, as measured by {', '.join(sure)}"
    beyond = [
        f"{called[name]} {row['value']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
        for name, row in kept.iterrows()
    ]
    rest = "What is left beyond popularity comes out again in other playlists"
    return (
        (begin if sure else f"Popular {level}s are not shown to be the more central ones")
        + ". Rank correlation with the playlists that hold them: "
        + f"{', '.join(told)}; of the strength over all pairs, before any filter, {raw:.2f}, and "
        f"{dealt:.2f} in playlists dealt out anew, where nothing but popularity is left. "
        + (f"{rest} for {', '.join(beyond)}." if beyond else f"{rest} for none of the four.")
    )


def in_words_communities(judged: Judged, level: str) -> str:
    """Say what the communities are worth."""
    held, n = judged.held_out, judged.community.max(initial=-1) + 1
    chance = max(judged.rewired.max(), judged.dealt.max())
    beyond = "more than" if held["low"] > 0 else "not shown to be more than"
    inside, of = (judged.community >= 0).sum(), len(judged.community)
    return (
        f"{inside:,} of {of:,} {level}s fall into {n} communities of {SMALLEST} or more, with a "
        f"modularity of {judged.modularity:.2f}; "
        f"in networks of chance it reaches {chance:.2f}. Found in one half of the playlists, "
        f"communities hold {held['inside']:.1%} of the pairs in the other half, {beyond} the "
        f"{held['expected']:.1%} of chance: {held['value']:+.3f} ({held['low']:+.3f} to "
        f"{held['high']:+.3f}), against {judged.held_out_dealt['value']:+.3f} in playlists dealt "
        f"out anew. On what is in one in both halves, these agree with an adjusted Rand index of "
        f"{judged.agreement.min():.2f} to {judged.agreement.max():.2f}."
    )


def in_words_planted(found: pd.Series) -> str:
    """Say whether planted communities are found; from `planted_communities`."""
    return (
        f"Of {found['pairs']:.0f} planted pairs {found['joined']:.0f} are edges of the backbone. "
        f"{found['right']:.0%} of {found['tracks']:.0f} planted tracks are in the community of "
        f"their theme, and {found['apart']:.0f} of {found['themes']:.0f} themes have one of their "
        "own."
    )
