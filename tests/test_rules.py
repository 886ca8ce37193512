"""Item sets, rules, their tests and their stability, beside slow obvious ways to get them."""

import itertools
import json
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from mlxtend.frequent_patterns import association_rules
from scipy import stats

from lib.errors import ParameterError
from lib.pipeline import places
from lib.playlists.counting.cooccurrence import Items, select_items
from lib.playlists.mining import rule_checks, rule_judge, rule_rates, rules_told
from lib.playlists.mining.item_sets import count_of
from lib.playlists.mining.mine_estimate import estimate, lowest_support
from lib.playlists.mining.mine_plan import Limits
from lib.playlists.mining.miner import mine
from lib.playlists.mining.rule_tests import length_bands, significance
from lib.playlists.mining.rules import (
    MEASURES,
    improvement,
    make_rules,
    members,
    with_names,
    without_common,
)
from lib.playlists.mining.rules_mlxtend import as_mlxtend, mlxtend_plan, mlxtend_sets
from lib.playlists.reading.load import load_mpd
from lib.playlists.shuffle import shuffled
from lib.playlists.store import open_store

BASKETS = st.lists(st.sets(st.integers(0, 6)), min_size=1, max_size=14)


def matrix(baskets, width=7):
    holds = np.zeros((len(baskets), width), int)
    for row, basket in enumerate(baskets):
        holds[row, sorted(basket)] = 1
    return sp.csr_array(holds)


def drawn(n=400, width=30, mean=5, seed=0):
    """Playlists of very different lengths, tracks of very different popularity, no taste."""
    rng = np.random.default_rng(seed)
    weight = 1 / np.arange(2, width + 2)
    sizes = np.clip(rng.geometric(1 / mean, n), 1, width - 1)
    baskets = [rng.choice(width, k, replace=False, p=weight / weight.sum()) for k in sizes]
    return matrix(baskets, width)


def planted(rng, n, times):
    """Playlists of five tracks at random, but for two that stand together in some of them."""
    baskets = [set(rng.choice(40, 5, replace=False)) for _ in range(n)]
    return [{40, 41, *list(b)[:3]} if i < times else b for i, b in enumerate(baskets)]


def brute(baskets, least, longest):
    """Count every set of items in every basket."""
    sets = {}
    for size in range(1, longest + 1):
        for items in itertools.combinations(range(7), size):
            count = sum(set(items) <= set(basket) for basket in baskets)
            if count >= least:
                sets[frozenset(items)] = count
    return sets


@given(BASKETS, st.integers(1, 4), st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_item_sets_equal_brute_force(baskets, least, longest):
    expected = brute(baskets, least, longest)
    if not expected:
        with pytest.raises(ParameterError, match="no item is left"):
            mine(matrix(baskets), least, longest)
        return
    sets = mine(matrix(baskets), least, longest)
    table = sets.table()
    found = dict(zip(table["itemsets"], sets.count.tolist(), strict=True))
    assert found == expected
    for place, items in enumerate(table["itemsets"]):
        assert sets.number(np.array([sorted(items)])).tolist() == [place]


@given(BASKETS, st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_order_of_playlists_and_threads_change_nothing(baskets, random):
    if not any(baskets):
        return
    mixed = random.sample(baskets, len(baskets))
    one, other = mine(matrix(baskets), 1, 4, threads=1), mine(matrix(mixed), 1, 4, threads=3)
    assert one.table().equals(other.table())


@pytest.mark.parametrize(("least", "longest"), [(8, 2), (8, 3), (16, 4)])
def test_sets_and_every_measure_equal_mlxtend_to_the_last_bit(least, longest):
    holds = drawn()
    items = Items("track", np.arange(30), np.asarray(holds.sum(axis=0)), holds)
    compared = rules_told.compare_mlxtend(items, least, longest, 0.05)
    assert compared["equal"]
    assert compared["sets"] > 30
    assert compared["rules"] > 30


def test_another_table_is_not_called_equal(monkeypatch):
    holds = drawn()
    items = Items("track", np.arange(30), np.asarray(holds.sum(axis=0)), holds)
    real = rules_told.mlxtend_sets
    monkeypatch.setattr(rules_told, "mlxtend_sets", lambda *a: real(*a).iloc[:-1])
    assert not rules_told.compare_mlxtend(items, 8, 2, 0.05)["equal"]


def test_measures_by_hand():
    # A in 4, C in 5, both in 3 of 10 playlists
    holds = matrix([{0, 1}] * 3 + [{0}] + [{1}] * 2 + [set()] * 4)
    rules = make_rules(mine(holds, 1), 0.0, measures=tuple(MEASURES))
    rule = rules[rules["antecedent_count"] == 4].iloc[0]
    assert rule["support"] == 0.3
    assert rule["confidence"] == pytest.approx(3 / 4)
    assert rule["lift"] == pytest.approx(0.75 / 0.5)
    assert rule["leverage"] == pytest.approx(0.3 - 0.4 * 0.5)
    assert rule["conviction"] == pytest.approx(0.5 / 0.25)
    assert rule["zhangs_metric"] == pytest.approx(0.1 / max(0.3 * 0.6, 0.4 * 0.2))


@given(BASKETS)
@settings(max_examples=40, deadline=None)
def test_no_confidence_is_above_one_and_lift_is_symmetric(baskets):
    if not any(len(basket) > 1 for basket in baskets):
        return
    sets = mine(matrix(baskets), 1, 3)
    rules = make_rules(sets, 0.0)
    assert rules["confidence"].between(0, 1).all()
    assert rules["zhangs_metric"].between(-1 - 1e-12, 1 + 1e-12).all()
    ways = rules.groupby("both")["lift"].agg(["min", "max"])
    pairs = ways[sets.length[ways.index] == 2]
    assert np.allclose(pairs["min"], pairs["max"])


@given(BASKETS)
@settings(max_examples=40, deadline=None)
def test_improvement_is_over_the_best_simpler_rule(baskets):
    if not any(len(basket) > 1 for basket in baskets):
        return
    sets = mine(matrix(baskets), 1, 3)
    rules = make_rules(sets, 0.0)
    gains = improvement(rules, sets)

    def confidence(first, then):
        having = [set(basket) for basket in baskets if first <= set(basket)]
        return Fraction(sum(then <= basket for basket in having), len(having))

    firsts, thens = members(sets, rules["antecedent"]), members(sets, rules["consequent"])
    for first, then, gain in zip(firsts, thens, gains, strict=True):
        simpler = [
            confidence(frozenset(part), then)
            for size in range(len(first))
            for part in itertools.combinations(first, size)
        ]
        exact = confidence(first, then) - max(simpler)
        assert gain == pytest.approx(float(exact), abs=1e-12)
        assert (gain > 0) == (exact > 0)


def test_names_stand_in_place_of_numbers():
    sets = mine(matrix([{0, 1, 2}] * 3), 2, 3)
    named = with_names(make_rules(sets, 0.9), sets, list("abcdefg"))
    assert {"a + b", "c"} <= set(named["if"]) | set(named["then"])


def test_common_tracks_are_left_out():
    holds = matrix([{0, 1}, {0, 2}, {0}, {0}])
    counts = np.asarray(holds.sum(axis=0))
    kept = without_common(Items("track", np.arange(7), counts, holds), 0.5)
    assert 0 not in kept.numbers
    assert kept.holds.shape == (4, 6)
    with pytest.raises(ParameterError, match="no track is in so small a share"):
        without_common(Items("track", np.arange(1), counts[:1], holds[:, :1]), 0.5)


@pytest.mark.parametrize(
    ("share", "count"), [(0.07, 7), (0.5, 50), (1.0, 100), (1e-9, 1), (0.071, 8)]
)
def test_support_as_a_number_of_playlists(share, count):
    assert count_of(share, 100) == count


@pytest.mark.parametrize("share", [0, -0.1, 1.01, float("nan")])
def test_support_out_of_range(share):
    with pytest.raises(ParameterError, match="min_support: expected above 0 and at most 1"):
        count_of(share, 100)


@pytest.mark.parametrize(("least", "longest", "name"), [(0, 2, "min_count"), (2, 0, "max_len")])
def test_numbers_out_of_range(least, longest, name):
    with pytest.raises(ParameterError, match=f"{name}: expected 1 or more"):
        mine(drawn(), least, longest)
    with pytest.raises(ParameterError, match=f"{name}: expected 1 or more"):
        mlxtend_sets(drawn(), least, longest)


# ---------------------------------------------------------------- what would cost too much


def test_a_low_support_is_refused_with_an_estimate_before_it_begins():
    holds = drawn(2_000, 200, 40)
    with pytest.raises(ParameterError) as refused:
        mine(holds, 2, 4, Limits(sets=100_000))
    text = str(refused.value)
    assert "too much to mine" in text
    assert "candidate pairs" in text
    assert "Raise the support" in text


def test_a_long_playlist_is_refused_with_an_estimate():
    holds = matrix([set(range(1_500))] * 3, 1_500)
    with pytest.raises(ParameterError, match="the longest playlist, 1,500 such items, has"):
        mine(holds, 2, 5)
    with pytest.raises(ParameterError, match="too much to mine"):
        mlxtend_sets(holds, 2, 5)


def test_more_sets_than_allowed_stop_it_whatever_was_estimated(monkeypatch):
    monkeypatch.setattr("lib.playlists.mining.miner.check_plan", lambda *_: None)
    for longest in (2, 3, 4):
        with pytest.raises(ParameterError, match="stopped at more than the 20 item sets"):
            mine(drawn(), 5, longest, Limits(sets=20))


def test_rules_that_do_not_fit_are_refused():
    sets = mine(drawn(), 3, 3)
    with pytest.raises(ParameterError, match=r"rules, .* MB; allowed"):
        make_rules(sets, 0.0, limits=Limits(memory_mb=0.01))
    with pytest.raises(ParameterError, match="min_confidence: expected 0 to 1"):
        make_rules(sets, 1.5)


def test_the_estimate_is_near_the_truth_and_without_bias():
    holds = drawn(1_500, 150, 14, seed=3)
    true = len(mine(holds, 8, 3).count)
    guesses = [estimate(holds, 8, 3, seed) for seed in range(30)]
    totals = np.array([guess.total for guess in guesses])
    assert abs(totals.mean() / true - 1) < 4 * totals.std() / true / np.sqrt(30)
    assert np.mean([abs(g.total / true - 1) < 2.5 * g.error for g in guesses]) > 0.8


def test_a_support_that_fits_is_found():
    least, tried = lowest_support(drawn(1_500, 150, 14), 4, 3, most_sets=2_000)
    assert least > 4
    assert not tried.loc[tried["min_count"] == 4, "fits"].item()
    assert len(mine(drawn(1_500, 150, 14), least, 3).count) < 2_600
    assert lowest_support(drawn(), 20, 2, most_sets=10_000)[0] == 20


def test_mlxtend_costs_more_by_its_own_plan():
    holds = drawn()
    assert mlxtend_plan(holds, 5).memory_mb > estimate(holds, 5).memory_mb


# ---------------------------------------------------------------- tests against chance


def test_one_band_is_near_fishers_exact_test_and_never_below_it():
    holds = drawn(300, 20, 6, seed=2)
    sets = mine(holds, 5, 2)
    rules = make_rules(sets, 0.0)
    tested = significance(rules, sets, holds, np.zeros(300, int))
    numbers = rules[["count", "antecedent_count", "consequent_count"]].to_numpy()
    exact = stats.hypergeom.sf(numbers[:, 0] - 1, 300, numbers[:, 1], numbers[:, 2])
    assert (tested["p_value"] >= exact * (1 - 1e-9)).all()
    assert np.allclose(tested["expected"], numbers[:, 1] * numbers[:, 2] / 300)


@given(st.lists(st.integers(1, 60), min_size=2, max_size=30), st.floats(1.05, 3))
@settings(max_examples=50, deadline=None)
def test_bands_hold_like_lengths(lengths, ratio):
    holds = matrix([set(range(k)) for k in lengths], 60)
    bands = length_bands(holds, ratio)
    for band in np.unique(bands):
        of = np.array(lengths)[bands == band]
        assert of.max() <= of.min() * ratio * (1 + 1e-6)
    longer = np.argsort(lengths)
    assert (np.diff(bands[longer]) >= 0).all()


def test_playlists_of_like_length_do_not_pass_what_length_alone_brings():
    """Two kinds of playlists, short and long, and no taste at all: Fisher sees rules everywhere."""
    rng = np.random.default_rng(5)
    sizes = np.repeat([2, 40], [1_000, 150])
    holds = matrix([set(rng.choice(60, k, replace=False)) for k in sizes], 60)
    sets = mine(holds, 30, 2)
    rules = rule_judge.simple_rules(sets, 0.0)
    passed = {}
    for test, bands in (("plain", np.zeros(len(sizes), int)), ("banded", None)):
        tested = significance(rules, sets, holds, bands)
        passed[test] = (rule_rates.discovered(rules, tested, sets, 1) <= 0.05).sum()
    assert passed["plain"] > 1_000
    assert passed["banded"] == 0


def test_what_is_put_together_passes_and_what_is_shuffled_does_not():
    rng = np.random.default_rng(1)
    holds = matrix(planted(rng, 500, 60), 42)
    sets = mine(holds, 10, 2)
    kept = rule_judge.judged(sets, holds, 0.05).query("fate == 'kept'")
    pairs = set(map(frozenset, members(sets, kept["both"])))
    assert pairs == {frozenset({40, 41})}
    dealt = shuffled(holds.copy(), 2)
    sets = mine(dealt, 5, 2)
    assert not (rule_judge.judged(sets, dealt, 0.05)["fate"] == "kept").any()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.integers(0, 30))
@settings(max_examples=60, deadline=None)
def test_rates_equal_scipys(p_value, others):
    p = np.array(p_value)
    n = len(p) + others
    padded = np.concatenate([p, np.ones(others)])
    for method in rule_rates.METHODS:
        found = rule_rates.false_discovery(p, n, method)
        expected = stats.false_discovery_control(padded, method=method)[: len(p)]
        assert np.allclose(found, expected)


def test_rates_of_unknown_kind_or_of_too_few_tests():
    with pytest.raises(ParameterError, match="method 'holm': unknown"):
        rule_rates.false_discovery(np.array([0.1]), 1, "holm")
    with pytest.raises(ParameterError, match="n_tests: expected 2 or more"):
        rule_rates.false_discovery(np.array([0.1, 0.2]), 1)


@pytest.mark.parametrize("length", [2, 3, 4])
@pytest.mark.parametrize("most", [None, 1, 2])
def test_possible_rules_equal_a_list(length, most):
    listed = 0
    for items in itertools.combinations(range(6), length):
        for size in range(1, length):
            listed += (most is None or length - size <= most) and len(
                list(itertools.combinations(items, size))
            )
    assert rule_rates.possible_rules(6, length, most) == listed


# ---------------------------------------------------------------- other playlists


def test_copies_stay_in_one_half():
    rng = np.random.default_rng(0)
    kinds = [set(rng.choice(30, 4, replace=False)) for _ in range(60)]
    holds = matrix([kinds[place] for place in rng.integers(0, 60, 300)], 30)
    one, other = rule_checks.halves(holds, 3)
    assert one.shape[0] + other.shape[0] == 300
    rows = [{tuple(part[[i]].indices) for i in range(part.shape[0])} for part in (one, other)]
    assert not rows[0] & rows[1]
    assert abs(one.shape[0] - 150) < 30


def test_true_rules_last_and_chance_does_not():
    rng = np.random.default_rng(1)
    holds = matrix(planted(rng, 600, 150), 42)
    lasting = rule_checks.stability(holds, 20, 0.5, 2, seed=0, splits=2)
    beyond = lasting[lasting["kind"] == "beyond chance"]
    assert (beyond["rules"] == 2).all()  # each track of the pair brings the other
    assert (beyond["confirmed"] == 1).all()
    assert (beyond["chance"] == 0).all()
    with pytest.raises(ParameterError, match="splits"):
        rule_checks.stability(holds, 20, 0.2, 2, seed=0, splits=0)


def test_confidence_held_out_falls_back_to_the_truth():
    """Without taste the best rules of one half are luck, and the other half shows it."""
    holds = drawn(600, 40, 8, seed=9)
    table = rule_checks.held_out_confidence(holds, 8, 2, (10, 50), 200, 0)
    assert (table["held_out"] < table["training"]).all()
    assert (table["low"] <= table["held_out"]).all()
    assert (table["held_out"] <= table["high"]).all()


# ---------------------------------------------------------------- the sample


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    store = load_mpd(places.SAMPLE / "mpd", tmp_path_factory.mktemp("stores") / "sample")
    return open_store(store.folder)


def test_planted_rules_of_the_sample_are_found(sample):
    items = without_common(select_items(sample, "track", 10_000, 8), 0.2)
    sets = mine(items.holds, 8, 3)
    rules = rule_judge.judged(sets, items.holds, 0.25)
    table = rules_told.RULES.validate(rules_told.kept_table(rules, sets, items, sample))
    found = rules_told.planted_found(places.SAMPLE / "mpd" / "planted.json", table)
    n = len(json.loads((places.SAMPLE / "mpd" / "planted.json").read_text("utf-8"))["pairs"])
    assert found["pair"].sum() == n
    assert found["rule"].sum() >= n - 1
    fates = rules_told.fates(rules, sets)
    assert fates.to_numpy().sum() == len(rules)
    edges = rules_told.strongest_edges(rules, sets, 20)
    assert 0 < len(edges) <= 20

    dealt = Items("track", items.numbers, items.playlists, shuffled(items.holds.copy(), 1))
    none = rule_judge.judged(mine(dealt.holds, 8, 3), dealt.holds, 0.25)
    assert not (none["fate"] == "kept").any()


def test_rules_in_mlxtends_columns():
    holds = drawn()
    sets = mine(holds, 8)
    ours = as_mlxtend(make_rules(sets, 0.1), sets)
    theirs = association_rules(mlxtend_sets(holds, 8), metric="confidence", min_threshold=0.1)
    assert list(ours.columns) == list(theirs.columns)


def test_sentences_hold_whatever_was_found():
    tried = pd.DataFrame(
        {
            "min_count": [4, 8], "items": [9, 5], "candidate_pairs": [36, 10], "sets": [900, 90],
            "stopped": [True, False], "memory_mb": [1.0, 1.0], "seconds": [0.1, 0.1],
            "fits": [False, True],
        }
    )  # fmt: skip
    text = rules_told.in_words_support(tried, 8, 100)
    assert "8 of 100 playlists (8.00%)" in text
    assert "more than 900" in text
    none = pd.DataFrame(
        {"split": [0], "kind": ["beyond chance"], "rules": [0], "confirmed": [np.nan],
         "chance": [np.nan]}
    )  # fmt: skip
    assert "there are none" in rules_told.in_words_lasting(none)
    assert rules_told.lasting_metrics(none) == []
    unequal = {"equal": False, "sets": 2, "rules": 1, "mlxtend_s": 1, "ours_s": 1}
    assert "NOT the same" in rules_told.in_words_mlxtend(unequal)
