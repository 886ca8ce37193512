"""Networks: every number equal to a slow count, planted communities found, none in shuffles."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from lib.errors import DataError, ParameterError
from lib.pipeline import places
from lib.playlists.counting.cooccurrence import Items, select_items
from lib.playlists.generate import SAMPLE
from lib.playlists.mining.rule_tests import length_bands
from lib.playlists.networks import backbone, centrality, communities, network_told
from lib.playlists.reading.load import load_mpd
from lib.playlists.sample.sample_universe import make_universe, spotify_ids
from lib.plots.networks import filters

NODES = 8
EDGES = st.dictionaries(
    st.sampled_from(list(itertools.combinations(range(NODES), 2))), st.integers(1, 9), max_size=20
)
LISTS = st.lists(st.sets(st.integers(0, NODES - 1)), min_size=2, max_size=25)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return load_mpd(places.SAMPLE / "mpd", tmp_path_factory.mktemp("stores") / "sample")


@pytest.fixture(scope="module")
def artists(store):
    return backbone.find_backbone(select_items(store, "artist", 1000, 5))


@pytest.fixture(scope="module")
def tracks(store):
    return backbone.find_backbone(select_items(store, "track", 1000, 5))


def items_of(lists):
    cells = [(row, item) for row, items in enumerate(lists) for item in items]
    row, item = np.array(cells, int).reshape(-1, 2).T
    holds = sp.coo_array((np.ones(len(row), np.int32), (row, item)), shape=(len(lists), NODES))
    return Items("track", np.arange(NODES), np.bincount(item, minlength=NODES), holds.tocsr())


def frame(edges):
    rows = [(a, b, float(weight), weight) for (a, b), weight in edges.items()]
    columns = ["first", "second", "excess", "count"]
    kinds = {"first": int, "second": int, "excess": float, "count": int}
    return pd.DataFrame(rows, columns=columns).astype(kinds)


def graph_of(edges):
    graph = nx.Graph()
    graph.add_nodes_from(range(NODES))
    graph.add_weighted_edges_from((a, b, weight) for (a, b), weight in edges.items())
    return graph


@settings(max_examples=40, deadline=None)
@given(LISTS)
def test_pairs_are_counted_once_and_without_the_diagonal(lists):
    items = items_of(lists)
    network = backbone.find_backbone(items, 0.5, 1)
    held = {row: set(one) for row, one in enumerate(lists)}
    by_hand = {
        (a, b): n
        for a, b in itertools.combinations(range(NODES), 2)
        if (n := sum({a, b} <= one for one in held.values()))
    }
    found = network.pairs
    keys = zip(found["first"], found["second"], strict=True)
    assert dict(zip(keys, found["count"], strict=True)) == by_hand
    bands = length_bands(items.holds)
    for row in found.itertuples():
        expected = 0.0
        for band in set(bands):
            mine = [held[i] for i in range(len(lists)) if bands[i] == band]
            a, b = (sum(end in one for one in mine) for end in (row.first, row.second))
            expected += a * b / len(mine)
        assert row.expected == pytest.approx(expected)
    degree = [sum(end in pair for pair in by_hand) for end in range(NODES)]
    strength = [sum(n for pair, n in by_hand.items() if end in pair) for end in range(NODES)]
    told = network_told.as_published(network)
    assert network_told.strength_of(found, NODES).tolist() == strength
    assert told["counted rightly"]["mean degree"] == pytest.approx(np.mean(degree))
    assert told["as published"]["edges"] == 2 * len(by_hand) + NODES
    matrix = network.matrix().toarray()
    assert (matrix == matrix.T).all()
    assert not np.diag(matrix).any()


@settings(max_examples=40, deadline=None)
@given(EDGES)
def test_disparity_is_the_formula(edges):
    found = backbone.disparity(frame(edges), NODES)
    for value, ((a, b), weight) in zip(found, edges.items(), strict=True):
        ends = []
        for end in (a, b):
            mine = [w for pair, w in edges.items() if end in pair]
            ends.append((1 - weight / sum(mine)) ** (len(mine) - 1))
        assert value == pytest.approx(min(ends))


@settings(max_examples=40, deadline=None)
@given(EDGES)
def test_centralities_equal_networkx(edges):
    graph = graph_of(edges)
    weights = backbone.symmetric(frame(edges), NODES)
    expected = nx.pagerank(graph, tol=1e-13, max_iter=2000)
    assert centrality.pagerank(weights) == pytest.approx([expected[n] for n in range(NODES)])
    ties = backbone.symmetric(frame(edges), NODES, None)
    share, error = centrality.betweenness(ties, NODES, 1)
    exact = nx.betweenness_centrality(graph)
    assert share == pytest.approx([exact[n] for n in range(NODES)])
    assert not error.any()


def test_sampled_betweenness_strays_as_far_as_it_says(monkeypatch):
    ties = nx.to_scipy_sparse_array(nx.barabasi_albert_graph(120, 3, seed=4)).astype(float)
    exact, _ = centrality.betweenness(ties, 120)
    drawn = [centrality.betweenness(ties, 40, seed) for seed in range(60)]
    values, errors = (np.array(one) for one in zip(*drawn, strict=True))
    hub = exact.argmax()
    assert values[:, hub].mean() == pytest.approx(exact[hub], rel=0.05)
    assert values[:, hub].std() == pytest.approx(errors[:, hub].mean(), rel=0.35)
    monkeypatch.setattr(centrality, "BATCH", 7)
    assert centrality.betweenness(ties, 40, 0)[0] == pytest.approx(values[0])


@settings(max_examples=40, deadline=None)
@given(EDGES, st.lists(st.integers(0, 3), min_size=NODES, max_size=NODES), st.integers(0, 99))
def test_modularity_and_rewiring(edges, labels, seed):
    table, labels = frame(edges), np.array(labels)
    groups = [set(np.flatnonzero(labels == one)) for one in range(4)]
    expected = nx.community.modularity(graph_of(edges), groups) if edges else 0
    assert communities.modularity(table, labels) == pytest.approx(expected)
    other = communities.rewired(table, NODES, seed)
    ends, before = (one[["first", "second"]].to_numpy() for one in (other, table))
    count = [np.bincount(one.ravel(), minlength=NODES).tolist() for one in (ends, before)]
    assert count[0] == count[1]
    assert (ends[:, 0] < ends[:, 1]).all()
    assert len({tuple(pair) for pair in ends}) == len(edges)
    assert sorted(other["excess"]) == sorted(table["excess"])


def test_rewiring_mixes():
    graph = nx.relaxed_caveman_graph(10, 8, 0.05, seed=1)
    rows = pd.DataFrame(np.sort(np.array(graph.edges), axis=1), columns=["first", "second"])
    rows["excess"] = 1.0
    other = communities.rewired(rows, 80, 1)
    same = set(map(tuple, other[["first", "second"]].to_numpy())) & set(
        map(tuple, rows[["first", "second"]].to_numpy())
    )
    assert len(same) < 0.25 * len(rows)
    assert communities.modularity(other, communities.find_communities(other, 80, 1)) < 0.6
    assert communities.modularity(rows, communities.find_communities(rows, 80, 1)) > 0.7


def test_held_out_equals_a_slow_count(store):
    items = select_items(store, "artist", 12, 5)
    community = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2, -1, -1, 0])
    found = communities.held_out(items, community, 10, 1)
    dense, bands = items.holds.toarray(), length_bands(items.holds)
    inside = pairs = chance = total = 0.0
    for a, b in itertools.combinations(range(12), 2):
        both = (dense[:, a] & dense[:, b]).sum()
        expected = sum(
            dense[bands == k, a].sum() * dense[bands == k, b].mean() for k in np.unique(bands)
        )
        same = community[a] == community[b] >= 0
        inside, chance = inside + same * both, chance + same * expected
        pairs, total = pairs + both, total + expected
    assert found["inside"] == pytest.approx(inside / pairs)
    assert found["expected"] == pytest.approx(chance / total)
    assert found["low"] < found["value"] < found["high"]


def themes_of(store, level, numbers):
    """Planted theme of each item: the generator deals tracks and artists out like cards."""
    universe = make_universe(*(SAMPLE[n] for n in ("seed", "size", "n_themes", "plant_share")))
    kind, n = (
        (20, int(universe.artist_of.max()) + 1) if level == "artist" else (10, universe.n_tracks)
    )
    theme = dict(zip(spotify_ids(SAMPLE["seed"], kind, np.arange(n)), range(n), strict=True))
    ids = store.table(f"{level}s", [f"{level}_id"])[f"{level}_id"].to_numpy()[numbers]
    return np.array([theme[one] % SAMPLE["n_themes"] for one in ids])


@pytest.mark.parametrize("level", ["artists", "tracks"])
def test_planted_communities_are_found_and_shuffles_have_none(store, request, level):
    network = request.getfixturevalue(level)
    found = communities.find_communities(network.edges, network.size, 1)
    truth = themes_of(store, level[:-1], network.items.numbers)
    inside = found >= 0
    assert inside.sum() > 200
    assert adjusted_rand_score(truth[inside], found[inside]) > 0.8
    shuffled = backbone.find_backbone(backbone.dealt_anew(network.items, 3))
    assert len(shuffled.edges) <= 2
    kept = backbone.compare_filters(network, shuffled, 0.05)
    assert kept.loc["disparity filter", "kept, shuffled"] > 1000  # why it is not used
    if level == "tracks":
        path = places.SAMPLE / "mpd" / "planted.json"
        told = network_told.planted_communities(path, store, network, found)
        assert (told["joined"], told["apart"]) == (8, 8)
        assert told["right"] > 0.85
        assert "8 planted pairs 8 are edges" in network_told.in_words_planted(told)


def test_communities_are_judged_against_chance(artists):
    judged = communities.judge(artists, 0.05, 2, 2, 30, 5)
    assert judged.modularity > 0.75
    assert max(judged.rewired.max(), judged.dealt.max()) < 0.6
    assert judged.agreement.max() > 0.9
    assert judged.held_out["low"] > 0
    none = judged.held_out_dealt
    assert none["low"] < 0.0005
    assert none["high"] > -0.0005
    told = network_told.in_words_communities(judged, "artist")
    assert "more than the" in told
    random = np.random.default_rng(0).permutation(judged.community)
    assert abs(communities.held_out(artists.items, random, 30, 5)["value"]) < 0.004


def test_other_orders_of_the_nodes_are_told(artists):
    found = communities.find_communities(artists.edges, artists.size, 5)
    clear = communities.other_orders(artists, found, 3, 5)
    assert clear["inside"] == (found >= 0).sum() < artists.size
    assert clear["least"] == clear["most"] == found.max() + 1
    assert clear["agreement"] > 0.95
    mixed = communities.rewired(artists.edges, artists.size, 1)
    network = backbone.Network(artists.items, artists.pairs, mixed)
    none = communities.find_communities(mixed, artists.size, 5)
    assert communities.other_orders(network, none, 3, 5)["agreement"] < 0.8


def test_no_pair_at_all_makes_a_figure_without_a_warning():
    rows = {"all pairs that meet": [0, 0], "pair test": [0, 0]}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["kept", "kept, shuffled"])
    assert filters({"artist": table}).axes[0].get_xlim()[1] > 1


def test_what_popularity_leaves(store, artists):
    own = artists.items.playlists
    assert np.abs(centrality.beyond_popularity(own**2, own)).max() < 1e-9
    table = centrality.centralities(artists, 50, 1)
    both = centrality.popularity_table(table, artists.items, 0.05, 2, 50, 100, 1)
    rows = both.set_index(["check", "measure"])
    expected = table[["degree", "playlists"]].corr("spearman").iloc[0, 1]
    assert rows.loc[("popularity", "degree"), "value"] == pytest.approx(expected)
    assert (both["low"] <= both["value"]).all()
    assert (both["value"] <= both["high"]).all()
    dealt = backbone.find_backbone(backbone.dealt_anew(artists.items, 1))
    assert network_told.popularity_of_raw(dealt) > 0.98
    assert len(network_told.hubs(store, artists, table)) == 8
    described = network_told.community_table(
        store, artists, communities.find_communities(artists.edges, artists.size, 1)
    )
    edges, chosen = network_told.drawn_part(artists, described)
    assert len(chosen) <= 60
    assert np.bincount(edges[["first", "second"]].to_numpy().ravel()).max() <= 8


def test_correlation_of_a_constant_is_zero():
    pair = np.column_stack([np.ones(20), np.arange(20)])
    assert centrality.correlate(pair, 50, 1) == (0, 0, 0)


def test_what_cannot_be_done_is_refused():
    items = items_of([{0, 1}, {0, 1}])
    with pytest.raises(ParameterError, match="false_share: expected between 0 and 1, found 2"):
        backbone.find_backbone(items, 2)
    with pytest.raises(ParameterError, match="damping: expected between"):
        centrality.pagerank(sp.csr_array(np.ones((2, 2))), 1)
    with pytest.raises(ParameterError, match="pivots: expected 2 or more"):
        centrality.betweenness(sp.csr_array(np.ones((2, 2))), 1)
    one = Items("artist", np.arange(1), np.array([2]), items.holds[:, [0]])
    with pytest.raises(DataError, match="1 artist: expected 2 or more"):
        backbone.find_backbone(one)
