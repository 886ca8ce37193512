"""Ranked lists scored: as a slow count says, and not as the well-known mistakes do."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.errors import DataError, ParameterError
from lib.evaluation.playlist_means import OVERALL, paired_difference, summarise
from lib.evaluation.ranking import check_ranked, padded, score_playlists

TRACKS = 40
ARTIST = np.append(np.arange(TRACKS - 2) // 3, [-1, -1])
METRICS = ["r_precision_tracks", "r_precision", "ndcg", "clicks", "answered"]


def reference(answer: list[int], truth: set[int], depth: int = 500) -> dict[str, float]:
    """Score one list, a rank at a time."""
    size, exact, credited = len(truth), 0, set()
    artists = {ARTIST[t] for t in truth} - {-1}
    for track in answer[:size]:
        if track in truth:
            exact += 1
        elif track >= 0 and ARTIST[track] in artists:
            credited.add(ARTIST[track])
    gain, best, clicks = 0.0, 0.0, depth // 10 + 1
    for rank, track in reversed(list(enumerate(answer[:depth], 1))):
        if track in truth:
            gain += 1 / math.log2(rank + 1)
            clicks = (rank - 1) // 10
    for rank in range(1, min(size, depth) + 1):
        best += 1 / math.log2(rank + 1)
    result = {
        "r_precision_tracks": exact / size,
        "r_precision": (exact + 0.25 * len(credited)) / size,
        "ndcg": gain / best,
        "clicks": clicks,
        "answered": any(t >= 0 for t in answer),
    }
    for k in (3, 10):
        found = sum(t in truth for t in answer[:k])
        result |= {f"recall@{k}": found / size, f"hit_rate@{k}": found > 0}
    return result


def score_one(answer, truth, **other) -> pd.Series:
    return score_playlists(np.array([answer]), [np.array(truth)], ARTIST, **other).loc[0]


rows = st.tuples(
    st.lists(st.integers(0, TRACKS - 1), unique=True, max_size=30),
    st.lists(st.integers(0, TRACKS - 1), unique=True, min_size=1, max_size=35),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(rows, min_size=1, max_size=6), st.sampled_from([1, 7, 12, 500]))
def test_scores_equal_a_count_rank_by_rank(lists, depth):
    ranked = padded([np.array(a, int) for a, _ in lists], 30)
    truth = [np.array(t) for _, t in lists]
    scores = score_playlists(ranked, truth, ARTIST, depth, cut_offs=(3, 10))
    for row, (answer, hidden) in enumerate(lists):
        expected = reference(answer, set(hidden), depth)
        assert scores.loc[row].to_dict() == pytest.approx(
            {k: float(v) for k, v in expected.items()}
        )
    shares = scores.drop(columns="clicks").to_numpy()
    assert ((shares >= 0) & (shares <= 1)).all()


@settings(max_examples=60, deadline=None)
@given(rows, st.randoms(use_true_random=False))
def test_order_of_the_truth_and_other_rows_do_not_matter(row, random):
    answer, hidden = padded([np.array(row[0], int)], 30), row[1]
    alone = score_playlists(answer, [np.array(hidden)], ARTIST)
    mixed = random.sample(hidden, len(hidden))
    other = np.full((1, 30), -1)
    beside = score_playlists(np.concatenate([other, answer]), [np.array([1]), mixed], ARTIST)
    pd.testing.assert_series_equal(alone.loc[0], beside.loc[1], check_names=False)


@settings(max_examples=60, deadline=None)
@given(rows)
def test_moving_a_hit_up_never_scores_less(row):
    answer, hidden = row
    places = [
        i for i in range(1, len(answer)) if answer[i] in hidden and answer[i - 1] not in hidden
    ]
    if not places:
        return
    better = list(answer)
    place = places[-1]
    better[place - 1], better[place] = better[place], better[place - 1]
    before, after = score_one(answer, hidden), score_one(better, hidden)
    assert after["ndcg"] > before["ndcg"]
    assert after["clicks"] <= before["clicks"]
    assert (after[["r_precision_tracks", "r_precision"]] >= before[METRICS[:2]] - 1e-12).all()


def test_a_perfect_list_scores_one_and_a_disjoint_one_nothing():
    for size in (1, 7, 30):
        perfect = score_one(np.arange(40), np.arange(size))
        assert perfect[METRICS].tolist() == [1, 1, 1, 0, 1]
        assert perfect["recall@100"] == perfect["hit_rate@10"] == 1
    wrong = score_one([30, 31, 32, 33], [0, 1, 2])
    assert wrong.tolist() == [0, 0, 0, 51, *[0] * 6, 1]


def test_more_hidden_tracks_than_ranks():
    """What does not fit into the first 500 ranks costs R-precision, but not NDCG."""
    artist = np.arange(700)
    scores = score_playlists(np.arange(500)[None], [np.arange(600)], artist).loc[0]
    assert scores["ndcg"] == pytest.approx(1)
    assert scores["r_precision"] == scores["recall@500"] == pytest.approx(500 / 600)


def test_no_answer_scores_nothing_even_among_unknown_artists():
    scores = score_playlists(np.full((2, 5), -1), [np.array([38]), np.array([39, 1])], ARTIST)
    assert scores[METRICS].to_numpy().tolist() == [[0, 0, 0, 51, 0]] * 2
    none = score_playlists(np.zeros((1, 0), int), [np.array([1])], ARTIST)
    assert none.loc[0, METRICS].tolist() == [0, 0, 0, 51, 0]
    # Two tracks of unknown artists are not by the same artist.
    assert score_one([39], [38])["r_precision"] == 0


def test_clicks_change_after_every_tenth_rank():
    clicks = [score_playlists(np.array([[*range(1, rank), 0]]), [np.array([0])], np.arange(600))
              .loc[0, "clicks"] for rank in (1, 10, 11, 20, 21, 500)]  # fmt: skip
    assert clicks == [0, 0, 1, 1, 2, 49]  # ⌊rank / 10⌋ would be 0, 1, 1, 2, 2, 50
    beyond = score_playlists(np.array([[*range(1, 501), 0]]), [np.array([0])], np.arange(600))
    assert beyond.loc[0, "clicks"] == 51


# The answer of the next tests: hidden are 0, 1 (artist 0) and 3, 6 (artists 1 and 2). Ranks 1 and
# 3 hit, 2 and 4 miss; at 2 stands artist 0 again, at 4 artist 1. Below rank 4 stands artist 2.
ANSWER, HIDDEN = [0, 2, 6, 4, 30, 7, 8], [0, 1, 3, 6]


def artists(tracks) -> set[int]:
    return {int(ARTIST[t]) for t in tracks} - {-1}


def test_trap_artist_credit_for_exact_hits():
    ours = score_one(ANSWER, HIDDEN)["r_precision"]
    assert ours == pytest.approx((2 + 0.25 * 2) / 4)
    literal = (2 + 0.25 * len(artists(ANSWER[:4]) & artists(HIDDEN))) / 4
    assert literal > ours
    perfect = (4 + 0.25 * len(artists(HIDDEN))) / 4
    assert perfect > 1 == score_one(HIDDEN, HIDDEN)["r_precision"]


def test_trap_each_miss_of_an_artist_credited():
    answer = [2, 5, 30, 31]
    assert score_one(answer, [0, 1, 3, 4])["r_precision"] == 0.5 / 4
    again = score_one([11, 10, 30], [9, 33, 36])["r_precision"]  # two misses, one artist
    assert again == pytest.approx(0.25 / 3) != 0.5 / 3


def test_trap_track_level_only():
    ours = score_one(ANSWER, HIDDEN)
    assert ours["r_precision_tracks"] == 2 / 4 < ours["r_precision"]


def test_trap_artist_part_divided_by_artists():
    by_artists = 2 / 4 + 0.25 * 2 / len(artists(HIDDEN))
    assert by_artists > score_one(ANSWER, HIDDEN)["r_precision"]


def test_trap_artist_part_from_all_ranks():
    missed = [t for t in ANSWER if t not in HIDDEN]
    everywhere = (2 + 0.25 * len(artists(missed) & artists(HIDDEN))) / 4
    assert everywhere > score_one(ANSWER, HIDDEN)["r_precision"]


def test_trap_old_dcg_where_ranks_one_and_two_weigh_the_same():
    first, second = score_one([0, 9, 12], [0, 3]), score_one([9, 0, 12], [0, 3])
    assert second["ndcg"] == pytest.approx((1 / math.log2(3)) / (1 + 1 / math.log2(3)))
    assert first["ndcg"] > second["ndcg"]  # with log2(max(rank, 2)) they would be equal


def test_trap_ideal_gain_that_grows_only_with_hits():
    ndcg = score_one([0, 9, 12], [0, 3, 6])["ndcg"]
    assert ndcg == pytest.approx(1 / (1 + 1 / math.log2(3) + 1 / 2)) != 1.0


def test_trap_ranking_only_the_playlists_own_tracks():
    """Sorting what is hidden among itself always scores 1; the catalogue has more to offer."""
    by_popularity = np.arange(TRACKS)
    hidden = [20, 30, 35]
    own = [t for t in by_popularity if t in hidden]
    assert score_one(own, hidden)["ndcg"] == pytest.approx(1)
    assert score_one(by_popularity, hidden)["ndcg"] < 0.5
    sampled = [2, 20, 3, 30, 35]  # among two tracks that are not hidden
    assert score_one(by_popularity, hidden)["ndcg"] < score_one(sampled, hidden)["ndcg"]


@pytest.mark.parametrize(
    ("ranked", "seeds", "said"),
    [
        ([[1, 2, 3], [1, 2, 1]], [[], []], "row 1 ranks a track more than once track 1"),
        ([[1, 2, 3], [4, -1, 5]], [[], []], "row 1 goes on after -1, with track 5"),
        ([[1, 2, 3], [4, 5, -1]], [[9], [8, 5]], "row 1 ranks a seed of its playlist, track 5"),
        ([[1, 2, 40]], [[]], "row 0 not of the 40 tracks: track 40"),
        ([[1, 2, -2]], [[]], "row 0 not of the 40 tracks: track -2"),
        ([[1, 2, 3]], [[], []], "2 rows, as many as seeds"),
        ([[1.0, 2.0]], [[]], "found float64"),
        ([1, 2], [[], []], r"shape \(2,\)"),
    ],
)
def test_what_is_no_ranking_is_refused(ranked, seeds, said):
    seeds = [np.array(known, int) for known in seeds]
    with pytest.raises(DataError, match=said):
        check_ranked(np.array(ranked), seeds, TRACKS)


@settings(max_examples=60, deadline=None)
@given(st.lists(rows, min_size=1, max_size=6))
def test_whatever_is_a_ranking_passes(lists):
    ranked = padded([np.array(a, int) for a, _ in lists], 30)
    seeds = [np.setdiff1d(t, a).astype(int) for a, t in lists]
    check_ranked(ranked, seeds, TRACKS)


@pytest.mark.parametrize(
    ("truth", "said"),
    [
        ([[1], []], "row 1: one or more hidden tracks expected, found none"),
        ([[1], [40]], "row 1: tracks from 0 to 39"),
        ([[1], [-1]], "row 1: tracks from 0"),
        ([[1], [3, 1, 3]], "row 1: different tracks"),
        ([[1]], "1 rows, as many as truth"),
    ],
)
def test_a_truth_that_cannot_be_is_refused(truth, said):
    with pytest.raises(DataError, match=said):
        score_playlists(np.array([[1], [2]]), [np.array(t, int) for t in truth], ARTIST)


def test_depths_below_one_are_refused():
    for other in ({"depth": 0}, {"cut_offs": (10, 0)}):
        with pytest.raises(ParameterError, match="expected 1 or more, found 0"):
            score_one([1], [1], **other)


def test_a_librarys_own_ndcg_agrees():
    from sklearn.metrics import ndcg_score

    rng = np.random.default_rng(3)
    ranked = rng.permuted(np.tile(np.arange(TRACKS), (20, 1)), axis=1)
    truth = [rng.choice(TRACKS, size, replace=False) for size in rng.integers(1, 15, 20)]
    ours = score_playlists(ranked, truth, ARTIST)["ndcg"]
    for row, hidden in enumerate(truth):
        relevant = np.isin(np.arange(TRACKS), hidden)[None].astype(float)
        score = -np.argsort(ranked[row])[None].astype(float)
        assert ours[row] == pytest.approx(ndcg_score(relevant, score))


def drawn_scores(seed: int, sizes=(300, 60)) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    category = np.repeat(np.arange(len(sizes)), sizes)
    ndcg = rng.normal(0.2 + 0.4 * category, 0.2)
    return pd.DataFrame({"ndcg": ndcg, "clicks": rng.poisson(3, len(category))}), category


def test_each_category_weighs_the_same_and_draws_stay_within():
    scores, category = drawn_scores(0)
    table = summarise(scores, category, ["a", "b"], 500, seed=1).set_index(["category", "metric"])
    by_hand = scores.groupby(category)["ndcg"].mean()
    overall = table.loc[(OVERALL, "ndcg")]
    assert table.loc[("a", "ndcg"), "value"] == pytest.approx(by_hand[0])
    assert overall["value"] == pytest.approx(by_hand.mean()) != scores["ndcg"].mean()
    assert table["playlists"].tolist() == [300, 300, 60, 60, 360, 360]
    for name, group in (("a", 0), ("b", 1)):
        error = scores["ndcg"][category == group].std() / np.sqrt((category == group).sum())
        row = table.loc[(name, "ndcg")]
        assert row["high"] - row["low"] == pytest.approx(2 * 1.96 * error, rel=0.15)
    # Between categories lies .4; unstratified draws would carry some of that into the interval.
    errors = [scores["ndcg"][category == g].std() / np.sqrt((category == g).sum()) for g in (0, 1)]
    expected = 2 * 1.96 * np.hypot(*errors) / 2
    assert overall["high"] - overall["low"] == pytest.approx(expected, rel=0.15)


def test_intervals_cover_the_mean_about_as_often_as_they_say():
    hits = 0
    for seed in range(200):
        values = np.random.default_rng(seed).exponential(1, 60)
        table = summarise(pd.DataFrame({"x": values}), np.zeros(60, int), ["a"], 200, seed, 0.9)
        hits += table.loc[0, "low"] <= 1 <= table.loc[0, "high"]
    assert 0.82 <= hits / 200 <= 0.94


def test_pairing_narrows_and_is_signed():
    scores, category = drawn_scores(1)
    noise = np.random.default_rng(5).normal(0, 0.01, len(scores))
    better = scores.assign(ndcg=scores["ndcg"] + 0.01 + noise)
    keys = ["category", "metric"]
    pair = paired_difference(better, scores, category, ["a", "b"], 400, 3).set_index(keys)
    alone = summarise(scores, category, ["a", "b"], 400, 3).set_index(keys)
    row, wide = pair.loc[(OVERALL, "ndcg")], alone.loc[(OVERALL, "ndcg")]
    assert 0 < row["low"] < row["value"] < row["high"]
    assert row["high"] - row["low"] < (wide["high"] - wide["low"]) / 5
    assert pair.loc[(OVERALL, "clicks"), ["value", "low", "high"]].eq(0).all()
    turned = paired_difference(scores, better, category, ["a", "b"], 400, 3)
    assert turned["value"].tolist() == (-pair["value"]).tolist()


def test_same_seed_same_intervals_and_blocks_do_not_matter(monkeypatch):
    scores, category = drawn_scores(2)
    first = summarise(scores, category, ["a", "b"], 50, 7)
    monkeypatch.setattr("lib.evaluation.playlist_means.BLOCK_DRAWS", 700)
    pd.testing.assert_frame_equal(first, summarise(scores, category, ["a", "b"], 50, 7))
    assert (summarise(scores, category, ["a", "b"], 50, 8)["low"] != first["low"]).any()


def test_missing_values_and_lone_playlists():
    scores = pd.DataFrame({"x": [1.0, np.nan, 3.0, 5.0]})
    table = summarise(scores, np.array([0, 0, 0, 2]), ["a", "b", "c"], 20, 0)
    assert table["category"].tolist() == ["a", "c", OVERALL]
    assert table["value"].tolist() == [2, 5, 3.5]
    assert table["low"].isna().tolist()[1:] == [True, True]


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"replicates": 1}, ParameterError, "replicates: a whole number from 2"),
        ({"level": 1.0}, ParameterError, "level: a number between 0 and 1"),
        ({"category": np.zeros(3, int)}, DataError, "one for each of 360 playlists"),
        ({"category": np.full(360, 2)}, DataError, "numbers from 0 to 1 expected, found 2 to 2"),
        ({"scores": pd.DataFrame({"x": []})}, DataError, "one for each of 0"),
    ],
)
def test_bad_input_to_means_is_named(change, error, said):
    scores, category = drawn_scores(0)
    given_ = {"scores": scores, "category": category, "names": ["a", "b"], "replicates": 9,
              "seed": 1} | change  # fmt: skip
    with pytest.raises(error, match=said):
        summarise(**given_)
    with pytest.raises(DataError, match="the same playlists and columns"):
        paired_difference(scores, scores[["ndcg"]], category, ["a", "b"], 9, 1)


def test_categories_of_one_size_are_drawn_apart():
    """With the same rows in each, the mean over categories would scatter too much."""
    rng = np.random.default_rng(1)
    values = np.sort(rng.random((10, 40)), axis=1)
    scores = pd.DataFrame({"ndcg": values.ravel()})
    category = np.repeat(np.arange(10), 40)
    table = summarise(scores, category, [str(n) for n in range(10)], 2000, seed=1)
    whole = table[table["category"] == OVERALL].iloc[0]
    error = np.sqrt((values.var(axis=1) / 40).sum()) / 10
    assert (whole["high"] - whole["low"]) / (2 * 1.96 * error) == pytest.approx(1, abs=0.1)
