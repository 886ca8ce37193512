"""Blend and second stage, beside slow obvious ways to get them."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recommender_data import N_TRACKS, ask, training

from lib.errors import ParameterError
from lib.evaluation.ranking import check_ranked, score_playlists
from lib.playlists.continuation.queries import Queries
from lib.recommenders import blend, candidates, rerank
from lib.recommenders.base import Ranked
from lib.recommenders.ials import IALS
from lib.recommenders.itemknn import ItemKNN
from lib.recommenders.playlistknn import PlaylistKNN
from lib.recommenders.popularity import Popularity
from lib.recommenders.rerank import Settings
from lib.recommenders.two_stage import TwoStage, answers_of, factors_of

DATA = training(n=120)
MODELS = {
    "knn": ItemKNN(),
    "near": PlaylistKNN(k=20),
    "ials": IALS(dimensions=4, epochs=2, artists=0.3, titles=0.5),
}


def held(n=60, seed=9):
    """Queries with hidden tracks, from playlists of another seed."""
    rng = np.random.default_rng(seed)
    other = training(seed=seed, n=n + 1).tracks
    seeds, truth = [], []
    for row in range(1, n + 1):
        tracks = rng.permutation(other.indices[other.indptr[row] : other.indptr[row + 1]])
        seeds.append(tracks[: row % 3 + 1].astype(np.int32))
        truth.append(tracks[row % 3 + 1 :].astype(np.int32))
    return Queries(seeds, [""] * n, np.zeros(n, bool)), truth


@pytest.fixture(scope="module")
def fitted():
    two = TwoStage(MODELS, Settings(rounds=10, min_weight=1)).fit(DATA)
    return two.choose(*held())


answers_strategy = st.lists(
    st.lists(st.integers(0, N_TRACKS - 1), unique=True, max_size=8), min_size=3, max_size=3
)


def as_ranked(rows, width=8):
    tracks = np.full((len(rows), width), -1, np.int32)
    scores = np.full((len(rows), width), np.nan, np.float32)
    for row, own in enumerate(rows):
        tracks[row, : len(own)] = own
        scores[row, : len(own)] = np.arange(len(own), 0, -1) ** 2
    return Ranked(tracks, scores)


@given(answers_strategy, answers_strategy, st.floats(0, 1))
@settings(max_examples=80, deadline=None)
def test_blend_equals_a_plain_sum(one, other, share):
    answers = {"one": as_ranked(one), "other": as_ranked(other)}
    pool = blend.pool_answers(answers, DATA, 8)
    weights = np.tile([share, 1 - share], (3, 1))
    found = blend.blended(pool, weights, 20)
    for row in range(3):
        total = {}
        for rows, weight in ((one, share), (other, 1 - share)):
            own = rows[row]
            for rank, track in enumerate(own, 1):
                scaled = 1 - np.log(rank) / np.log(9)
                total[track] = total.get(track, 0) + weight * scaled
        tracks = found.tracks[row][found.tracks[row] >= 0]
        assert set(tracks) == set(total)
        expected = [total[track] for track in tracks]
        assert np.allclose(found.scores[row, : len(tracks)], expected, atol=1e-6)
        places = list(zip(-found.scores[row, : len(tracks)], DATA.place[tracks], strict=True))
        assert places == sorted(places)


@given(answers_strategy, answers_strategy)
@settings(max_examples=40, deadline=None)
def test_its_ndcg_equals_the_evaluations(one, other):
    pool = blend.pool_answers({"one": as_ranked(one), "other": as_ranked(other)}, DATA, 8)
    truth = [np.array([1, 5, 9]), np.array([2]), np.arange(20)]
    hits = np.array([np.isin(row, of) for row, of in zip(pool.tracks, truth, strict=True)])
    weights = np.array([0.3, 0.7])
    sizes = np.array([3, 1, 20])
    quick = blend.mean_ndcg(pool.scores, pool.tracks >= 0, hits, sizes, weights)
    ranked = blend.blended(pool, np.tile(weights, (3, 1)), 500)
    assert quick == pytest.approx(score_playlists(ranked.tracks, truth, DATA.artist)["ndcg"].mean())


def test_weights_go_to_the_one_that_knows():
    queries, truth = held()
    knowing = as_ranked([own[:8] for own in truth])
    rng = np.random.default_rng(0)
    guessing = as_ranked([rng.permutation(N_TRACKS)[:8] for _ in truth])
    pool = blend.pool_answers({"guessing": guessing, "knowing": knowing}, DATA, 8)
    weights = blend.fit_weights(pool, queries, truth)
    assert (weights.values[:, 1] > weights.values[:, 0]).all()
    assert np.allclose(weights.values.sum(axis=1), 1)
    equal = np.full((len(truth), 2), 0.5)
    scores = [
        score_playlists(blend.blended(pool, chosen).tracks, truth, DATA.artist)["ndcg"].mean()
        for chosen in (equal, weights.of(queries))
    ]
    assert scores[1] > scores[0]


def test_a_blend_is_never_below_its_best_member_where_it_is_chosen():
    queries, truth = held()
    rng = np.random.default_rng(1)
    for _ in range(5):
        answers = {
            name: as_ranked([rng.permutation(N_TRACKS)[:8] for _ in truth]) for name in "abc"
        }
        pool = blend.pool_answers(answers, DATA, 8)
        weights = blend.fit_weights(pool, queries, truth)
        hits = np.array([np.isin(row, of) for row, of in zip(pool.tracks, truth, strict=True)])
        sizes = np.array([len(of) for of in truth])
        kinds = blend.kind_of(queries)
        for kind, chosen in zip(weights.kinds, weights.values, strict=True):
            rows = kinds == kind
            parts = pool.scores[rows], pool.tracks[rows] >= 0, hits[rows], sizes[rows]
            best = max(blend.mean_ndcg(*parts, one) for one in np.eye(3))
            assert blend.mean_ndcg(*parts, chosen) >= best


def test_kinds_of_queries():
    queries = Queries(
        [np.arange(n) for n in (0, 1, 5, 5, 25, 25, 100)],
        ["a", "", "a", "", "", "", ""],
        np.array([False, True, True, True, True, False, True]),
    )
    assert blend.kind_of(queries).tolist() == [1, 4, 11, 10, 18, 16, 22]


def test_a_kind_that_was_not_met_borrows_from_the_nearest():
    weights = blend.Weights(("a", "b"), np.array([4, 16]), np.array([[1.0, 0], [0, 1.0]]))
    assert weights.of(ask([1], [1, 2, 3], list(range(30)))).tolist() == [[1, 0], [1, 0], [0, 1]]


def test_order_counts_less_than_seeds_and_a_title_least():
    kinds = np.array([1, 5, 10, 11, 17, 18])
    weights = blend.Weights(("a",), kinds, np.arange(6.0)[:, None])
    for n, ordered, title in itertools.product((0, 1, 5, 9, 30, 100), (True, False), ("", "x")):
        queries = Queries([np.arange(n)], [title], np.array([ordered]))
        kind = int(blend.kind_of(queries)[0])
        apart = [
            (abs(kind // 4 - one // 4), kind // 2 % 2 != one // 2 % 2, kind % 2 != one % 2)
            for one in kinds.tolist()
        ]
        assert weights.of(queries)[0, 0] == apart.index(min(apart))


def test_no_recommender_is_no_blend():
    with pytest.raises(ParameterError, match="expected those of one recommender"):
        blend.pool_answers({}, DATA)


def test_features_by_hand(fitted):
    queries = ask([6, 7, 9], [3])
    answers = answers_of(MODELS, queries, 8)
    pool = blend.pool_answers(answers, DATA, 8)
    first = blend.blended(pool, np.full((2, 3), 1 / 3), 8)
    vectors = factors_of(MODELS, DATA)
    table = candidates.describe(queries, first, pool, DATA, vectors, 5)
    names = candidates.feature_names(pool)
    assert table.shape == (2, 5, len(names))
    seeds = [6, 7, 9]
    place = next(p for p in range(5) if DATA.artist[first.tracks[0, p]] >= 0)
    track = first.tracks[0, place]
    row = dict(zip(names, table[0, place], strict=True))
    matrix = DATA.tracks.toarray()
    assert row["seeds by the artist"] == sum(
        DATA.artist[s] == DATA.artist[track] and DATA.artist[track] >= 0 for s in seeds
    )
    both = np.array([(matrix[:, s] * matrix[:, track]).sum() for s in seeds])
    of_seed, of_track = matrix[:, seeds].sum(axis=0), matrix[:, track].sum()
    assert row["mean cosine"] == pytest.approx((both / np.sqrt(of_seed * of_track)).mean(), 1e-5)
    assert row["greatest chance"] == pytest.approx((both / of_seed).max(), 1e-5)
    assert row["share of seeds met"] == pytest.approx((both > 0).mean())
    assert row["log popularity"] == pytest.approx(np.log1p(of_track))
    assert row["mean likeness"] == pytest.approx((vectors[seeds] @ vectors[track]).mean(), 1e-4)
    tracks_of = (DATA.artist == DATA.artist[track]).sum()
    assert row["tracks by the artist"] == tracks_of
    for name in pool.names:
        own = answers[name].tracks[0].tolist()
        rank = own.index(track) if track in own else pool.tracks.shape[1]
        assert row[f"log rank {name}"] == pytest.approx(np.log1p(rank))
        if track not in own:
            assert np.isnan(row[f"score {name}"])
        else:
            scores = answers[name].scores[0]
            expected = (scores[rank] - scores[7]) / (scores[0] - scores[7])
            assert row[f"score {name}"] == pytest.approx(expected, abs=1e-6)


def test_it_answers_everything_and_never_with_a_seed(fitted):
    queries = Queries(
        [np.array(seeds, np.int32) for seeds in ([], [1], [1, 1, -1], [39], list(range(38)))],
        ["", "", "", "", ""],
        np.array([False, False, True, False, True]),
    )
    ranked = fitted.recommend(queries, 10)
    check_ranked(ranked.tracks, queries.seeds, N_TRACKS)
    assert (ranked.tracks[:4, 9] >= 0).all()
    again = fitted.recommend(queries, 10)
    assert np.array_equal(ranked.tracks, again.tracks)
    for row in range(len(queries)):  # alone as in company
        alone = fitted.recommend(queries.take(np.array([row])), 10)
        assert np.array_equal(alone.tracks[0], ranked.tracks[row])


def test_the_second_stage_learns_what_the_blend_does_not_know(fitted):
    """Hidden tracks that follow from a feature are put first."""
    queries, truth = held(80, 4)
    pool = blend.pool_answers(answers_of(MODELS, queries, 30), DATA, 30)
    first = blend.blended(pool, np.full((len(truth), 3), 1 / 3), 30)
    features = candidates.describe(queries, first, pool, DATA, fitted.vectors, 30)
    odd = [row[(row % 2 == 1) & (row >= 0)] for row in first.tracks]
    features = np.concatenate([features, (first.tracks % 2)[:, :, None]], axis=2)
    names = [*candidates.feature_names(pool), "odd"]
    trees = rerank.train(features, first.tracks, odd, names, Settings(rounds=20, min_weight=1))
    better = rerank.reranked(first, features, trees)
    assert next(iter(rerank.importance(trees))) == "odd"
    for row, own in zip(better.tracks, odd, strict=True):
        assert set(row[: len(own)]) == set(own)
    assert np.array_equal(np.sort(better.tracks, axis=1), np.sort(first.tracks, axis=1))


def test_rest_stays_behind_in_its_order(fitted):
    queries, truth = held(10, 3)
    pool = blend.pool_answers(answers_of(MODELS, queries, 30), DATA, 30)
    first = blend.blended(pool, np.full((10, 3), 1 / 3), 30)
    features = candidates.describe(queries, first, pool, DATA, fitted.vectors, 6)
    trees = rerank.train(features, first.tracks, truth, list(range_names(features)))
    again = rerank.reranked(first, features, trees)
    assert np.array_equal(again.tracks[:, 6:], first.tracks[:, 6:])
    scores = np.where(np.isnan(again.scores), -np.inf, again.scores)
    assert (scores[:, :-1] >= scores[:, 1:]).all()


def range_names(features):
    return (f"f{place}" for place in range(features.shape[2]))


def test_trees_of_other_features_and_nothing_to_learn_are_refused(fitted):
    features = np.zeros((2, 3, 4), np.float32)
    tracks = np.array([[1, 2, 3], [4, 5, 6]], np.int32)
    with pytest.raises(ParameterError, match="4 features, expected"):
        rerank.reranked(Ranked(tracks, tracks.astype(np.float32)), features, fitted.booster)
    with pytest.raises(ParameterError, match="0 of 6 candidates are hidden"):
        rerank.train(features, tracks, [np.array([9]), np.array([9])], list("abcd"))


def test_answers_may_come_in_any_order(fitted):
    queries, truth = held(30, 2)
    answers = answers_of(fitted.models, queries)
    turned = dict(reversed(answers.items()))
    for one, other in zip(
        fitted.stages(queries, 20, answers), fitted.stages(queries, 20, turned), strict=True
    ):
        assert np.array_equal(one.tracks, other.tracks)
    again = TwoStage(MODELS, rerank=False).adopt(DATA)
    plain = again.choose(queries, truth, answers).weights
    assert np.allclose(again.choose(queries, truth, turned).weights.values, plain.values)
    assert plain.names == tuple(MODELS)


def test_order_of_calls():
    with pytest.raises(ParameterError, match="not fitted"):
        TwoStage({"popular": Popularity()}).choose(*held())
    two = TwoStage({"popular": Popularity()}).fit(DATA)
    with pytest.raises(ParameterError, match="no weights"):
        two.recommend(ask([1]))


def test_fitting_again_forgets_what_was_chosen():
    two = TwoStage({"popular": Popularity()}, rerank=False).fit(DATA).choose(*held())
    assert two.recommend(ask([1]), 5).tracks.shape == (1, 5)
    two.fit(DATA)
    with pytest.raises(ParameterError, match="no weights"):
        two.recommend(ask([1]))
