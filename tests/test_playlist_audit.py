"""The audit of playlist claims: protocols rebuilt, honest ones beside them, verdicts by rule."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from mpd_data import playlist, write_slice
from recommender_data import ask, training

from lib.errors import DataError
from lib.evaluation import claims as judged
from lib.pipeline import places
from lib.playlists.clustering import audit_clusters
from lib.playlists.counting import audit_pairs
from lib.playlists.reading.load import load_mpd
from lib.plots import playlist_audit as plots
from lib.recommenders import audit_claims as claims
from lib.recommenders import audit_protocols as protocols
from lib.recommenders import audit_rebuilt as rebuilt


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "store"
    return load_mpd(places.SAMPLE / "mpd", folder)


@pytest.fixture(scope="module")
def asked(store):
    return protocols.ask(store, 30, 1)


@pytest.fixture(scope="module")
def scores(asked):
    return rebuilt.all_scores(asked)


@pytest.fixture(scope="module")
def pairs(store):
    return audit_pairs.audit_pairs(store, 300, 1)


def published_loop(playlists):
    """The loop as published: the swap overwrites the outer track."""
    counts = defaultdict(int)
    for tracks in playlists:
        for place, outer in enumerate(tracks):
            kept = outer
            for inner in tracks[place + 1 :]:
                other = inner
                if kept > other:
                    kept, other = other, kept
                counts[kept, other] += 1
    return counts


@given(st.lists(st.integers(0, 9), max_size=9))
def test_loop_pairs_are_those_of_the_loop(tracks):
    expected = published_loop([tracks])
    found = defaultdict(int)
    for pair in zip(*audit_pairs.loop_pairs(np.array(tracks, int)), strict=True):
        found[tuple(map(int, pair))] += 1
    assert found == expected


def test_the_loop_is_right_only_where_tracks_are_in_order():
    smaller, larger = audit_pairs.loop_pairs(np.array([1, 3, 5, 8]))
    pairs = set(zip(smaller.tolist(), larger.tolist(), strict=True))
    assert pairs == {(1, 3), (1, 5), (1, 8), (3, 5), (3, 8), (5, 8)}


def test_pair_counts_equal_both_slow_ways(store, pairs):
    ids = store.table("tracks", ["track_id"])["track_id"].to_numpy(str)
    kept = set(pairs.items.numbers.tolist())
    rows = audit_pairs.sampled(len(store.offsets) - 1, 300, 1)
    lists = [[ids[t] for t in store.tracks_of(row) if int(t) in kept] for row in rows]
    loop = published_loop(lists)
    held = defaultdict(int)
    for tracks in lists:
        for track in set(tracks):
            held[track] += 1
    right = published_loop([sorted(set(tracks)) for tracks in lists])
    names = ids[pairs.items.numbers]
    for way, expected in (("published loop", loop), ("correct", right)):
        rules = pairs.rules[way]
        for row in rules.iloc[:: max(len(rules) // 300, 1)].itertuples():
            first, then = names[row.first], names[row.then]
            assert row.count == expected[min(first, then), max(first, then)]
            assert row.confidence == pytest.approx(row.count / held[first])
        wanted = sum(
            (count / held[one] >= 0.1) + (one != other and count / held[other] >= 0.1)
            for (one, other), count in expected.items()
            if count >= pairs.least
        )
        assert len(rules) == wanted
    missed = sum(pair not in loop for pair in right) / len(right)
    assert pairs.missed == pytest.approx(missed)


def test_only_the_loop_has_confidences_above_one(pairs):
    told = audit_pairs.told_rules(pairs).set_index("counted")
    assert told.loc["published loop", "above_1"] > 0.05
    assert told.loc["correct", "above_1"] == 0
    assert told.loc["correct", "highest"] <= 1


def test_playlists_asked_about_are_learned_from_only_the_published_way(store, asked):
    rows, n = asked.playlists, len(store.offsets) - 1
    assert asked.everything.tracks.shape[0] == n
    assert asked.others.tracks.shape[0] <= n - 2 * len(rows)
    for place, row in enumerate(rows):
        whole = list(dict.fromkeys(store.tracks_of(row).tolist()))
        both = [*asked.queries.seeds[place].tolist(), *asked.truth[place].tolist()]
        assert both == whole
        assert len(asked.queries.seeds[place]) == int(0.8 * len(whole))


def test_a_pair_that_is_only_in_the_test_is_learned_from_it_alone(tmp_path):
    lists = [[*range(10 * (pid % 3), 10 * (pid % 3) + 12)] for pid in range(200)]
    content = [playlist(pid, numbers) for pid, numbers in enumerate(lists)]
    write_slice(tmp_path / "mpd", 0, content, 199)
    store = load_mpd(tmp_path / "mpd", tmp_path / "store")
    asked = protocols.ask(store, 20, 0)
    planted = asked.playlists[0]
    content[planted] = playlist(int(planted), [*range(900, 912)])
    write_slice(tmp_path / "other", 0, content, 199)
    store = load_mpd(tmp_path / "other", tmp_path / "again")
    asked = protocols.ask(store, 20, 0)
    assert planted in asked.playlists
    place = asked.playlists.tolist().index(planted)
    found = {
        name: protocols.scored(asked, "co-occurrence", of)["recall@500"][place]
        for name, of in (("others", asked.others), ("everything", asked.everything))
    }
    assert found == {"others": 0, "everything": 1}


def test_published_ndcg_is_one_for_every_playlist(store):
    rows = np.flatnonzero(store.lengths() >= 10)
    rng = np.random.default_rng(0)
    found = protocols.own_tracks_ndcg(store, rows, rng.random(store.manifest["counts"]["tracks"]))
    assert (found == 1).all()


def test_published_r_precision_is_a_share_of_the_most_frequent(store):
    row = int(np.argmax(store.lengths()))
    tracks = set(store.tracks_of(row).tolist())
    top = np.array(sorted(tracks)[:3])
    assert protocols.share_in_top(store, [row], top)[0] == 3 / len(tracks)


def test_hits_are_divided_by_ten_until_there_are_more():
    base = training()
    truth = [np.arange(4), np.arange(12)]
    asked = protocols.Asked(np.arange(2), ask([30], [31]), truth, base, base)
    assert protocols.hits_over_ten(asked, np.arange(20)).tolist() == [0.4, 12 / 20]


def test_the_hybrid_scores_as_described():
    data = training()
    queries = ask([1, 4], [39], [0])
    found = protocols.PublishedHybrid().fit(data).recommend(queries, 40)
    held = data.tracks.toarray()
    together = held.T @ held
    popular = held.sum(axis=0)
    for row, seeds in enumerate(queries.seeds):
        shared = together[seeds].sum(axis=0)
        shared[seeds] = 0
        score = 0.7 * shared / max(shared.max(), 1) + 0.3 * popular / popular.max()
        score[seeds] = -1
        score[popular == 0] = -1
        kept = found.tracks[row] >= 0
        ranked = found.tracks[row][kept]
        assert len(ranked) == (score >= 0).sum()
        assert score[ranked] == pytest.approx(np.sort(score)[::-1][: len(ranked)], abs=1e-6)
        assert found.scores[row][kept] == pytest.approx(score[ranked], abs=1e-6)


def test_first_hit_and_precision_fit_the_list(asked, scores):
    table = scores[rebuilt.OTHERS, "popularity"]
    clicks = np.where(table["first_hit"] < 500, table["first_hit"] // 10, 51)
    assert table["clicks"].tolist() == clicks.tolist()
    sizes = [len(hidden) for hidden in asked.truth]
    assert table["precision@10"].tolist() == pytest.approx(
        (table["recall@10"] * sizes / 10).tolist()
    )


def test_steps_lead_from_the_published_to_the_honest_number(store, asked, scores):
    found = {one.key: one for one in rebuilt.continuation_claims(store, asked, scores, 50, 0)}
    assert found["ndcg"].same and found["ndcg"].steps[0][1] == 1
    assert not any(one.same for key, one in found.items() if key != "ndcg")
    for one in found.values():
        value, low, high = one.honest
        assert low <= value <= high
        if one.steps:
            assert one.steps[-1][1] == pytest.approx(value)
    top = np.argsort(-store.table("tracks")["entries"].to_numpy(), kind="stable")[:500]
    share = protocols.share_in_top(store, asked.playlists, top).mean()
    assert found["r_precision"].steps[0][1] == share
    hybrid = scores[rebuilt.OTHERS, "hybrid"]["r_precision_tracks"].mean()
    popular = scores[rebuilt.OTHERS, "popularity"]["r_precision_tracks"].mean()
    assert found["times_better"].honest[0] == pytest.approx(hybrid / popular)


def test_silhouettes_of_both_clusterings(store):
    titles = audit_clusters.title_clusters(store, 400, 0)
    assert -1 <= titles["silhouette"] <= 1
    assert 1 / 12 <= titles["largest"] <= 1
    described = audit_clusters.described_clusters(store, 400, 0)
    one = rebuilt.cluster_claim(titles, described)
    assert one.honest[0] > one.baseline[1]
    assert one.steps[-1][1] == one.honest[0]
    assert rebuilt.cluster_claim(None, described).steps == ()


def test_without_titles_there_are_no_clusters_of_titles(tmp_path):
    content = [playlist(pid, [1, 2, 3, 4, 5], name="") for pid in range(10)]
    write_slice(tmp_path / "mpd", 0, content)
    store = load_mpd(tmp_path / "mpd", tmp_path / "store")
    assert audit_clusters.title_clusters(store, 100, 0) is None
    with pytest.raises(DataError, match="to hold 10 out"):
        protocols.ask(store, 100, 0)


CODED = judged.PublishedNumber("k", "l", "s", 0.5, "p", "m")
BASE = judged.Rebuilt("k", (("as published", 0.5),), False, (0.4, 0.3, 0.45), "", ("b", 0.1), 9)


@pytest.mark.parametrize(
    ("claim", "one", "comparable", "expected"),
    [
        (replace(CODED, published=1.2), BASE, True, judged.IMPOSSIBLE),
        (replace(CODED, published=1.2, code=False), BASE, False, judged.IMPOSSIBLE),
        (replace(CODED, code=False), replace(BASE, steps=()), True, judged.NO_CODE),
        (CODED, replace(BASE, same=True), False, judged.CONSTRUCTED),
        (CODED, BASE, False, judged.GENERATED),
        (CODED, BASE, True, judged.FAILS),
        (CODED, replace(BASE, honest=(0.5, 0.45, 0.6)), True, judged.HOLDS),
        (
            CODED,
            replace(BASE, honest=(0.5, 0.45, 0.6), baseline=("b", 0.5)),
            True,
            judged.NO_BETTER,
        ),
    ],
)
def test_verdict_is_a_rule(claim, one, comparable, expected):
    assert judged.verdict(claim, one, comparable) == expected


def test_table_has_every_claim_and_keeps_to_its_schema(store, asked, scores, pairs):
    found = rebuilt.continuation_claims(store, asked, scores, 50, 0)
    found.append(rebuilt.rules_claim(pairs, 50, 0))
    titles = audit_clusters.title_clusters(store, 400, 0)
    described = audit_clusters.described_clusters(store, 400, 0)
    found.append(rebuilt.cluster_claim(titles, described))
    with pytest.raises(DataError, match="accuracy, count_r2"):
        claims.claims_table(found, True)
    ways = ["as published", "own count out", "artist unknown"]
    forests = pd.DataFrame(
        [(w, m, 0.9, 0.8, 0.95, 0.1, 50) for m in ("r2", "accuracy") for w in ways],
        columns=["way", "metric", "value", "low", "high", "base", "rows"],
    )
    found += rebuilt.count_claims(forests)
    table = claims.SCHEMA.validate(claims.claims_table(found, True))
    assert table["claim"].tolist() == [claim.key for claim in claims.CLAIMS]
    verdicts = table.set_index("claim")["verdict"]
    assert verdicts["ndcg"] == judged.CONSTRUCTED
    assert verdicts["confidence"] == verdicts["popularity_clicks"] == judged.IMPOSSIBLE
    assert verdicts["hybrid_r_precision"] == judged.NO_CODE
    assert verdicts["r_precision"] == judged.FAILS
    assert verdicts["accuracy"] == judged.NO_BETTER
    generated = claims.claims_table(found, False).set_index("claim")["verdict"]
    assert generated["r_precision"] == judged.GENERATED
    assert generated["ndcg"] == judged.CONSTRUCTED
    steps = {table.set_index("claim")["label"][one.key]: one.steps for one in found}
    figure = plots.steps_to_honest(table, steps)
    shown = [axis.get_title(loc="left") for axis in figure.axes if axis.get_title(loc="left")]
    assert shown == [label for label in table["label"] if steps[label]]


def test_figures_are_drawn(pairs, tmp_path):
    values = {name: rules["confidence"].to_numpy() for name, rules in pairs.rules.items()}
    figure = plots.confidences(values)
    figure.savefig(tmp_path / "confidences.png")
    counted = sum(patch.get_xy()[:, 1].max() > 0 for patch in figure.axes[0].patches)
    assert counted == 2


def test_ratio_of_means_and_its_interval():
    top, bottom = np.array([0.0, 1.0, 2.0]), np.array([1.0, 1.0, 1.0])
    value, low, high = protocols.ratio_interval(top, bottom, 500, 0)
    assert (value, low >= 0, high <= 2) == (1, True, True)
    with pytest.raises(DataError, match="second mean above 0"):
        protocols.ratio_interval(top, 0 * bottom, 50, 0)


def test_matrices_stay_integers(pairs):
    assert sp.issparse(pairs.items.holds)
    assert pairs.rules["correct"]["count"].dtype.kind == "i"
