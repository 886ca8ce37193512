"""Explanations of recommendations and exposure, beside slow obvious ways to get them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recommender_data import N_TRACKS, ask, dense, training

from lib.errors import ParameterError
from lib.evaluation.playlist_means import OVERALL
from lib.evaluation.ranking import mark_hits
from lib.playlists.continuation.held_out import HeldPlaylists
from lib.plots import explanations as plots
from lib.recommenders import explanations, exposure_tiers
from lib.recommenders.cooccurrence import Cooccurrence
from lib.recommenders.itemknn import ItemKNN
from lib.recommenders.reasons import KINDS, links

DATA = training(n=120)
SEEDS = [[6, 7], [3], [], [20, 21, 22], [8]]
TITLES = ["", "gym", "gym", "nobody's", ""]
TRUTH = [np.array(one) for one in ([8, 10], [4, 5, 39], [1, 2], [30, 11], [12])]


@pytest.fixture(scope="module")
def asked():
    return ask(*SEEDS, titles=TITLES)


@pytest.fixture(scope="module")
def made(asked):
    ranked = ItemKNN().fit(DATA).recommend(asked, 25).tracks.copy()
    ranked[2] = DATA.popular[:25]
    ranked[1, 20:] = -1
    tie = links(asked, ranked, DATA)
    hits = mark_hits(ranked, TRUTH)
    return ranked, tie, hits


def held(asked):
    category = np.array([0, 0, 1, 0, 0], np.int8)
    return HeldPlaylists(np.arange(5), category, ("some", "title only"), asked, TRUTH)


def test_measures_equal_a_count_by_hand(made):
    ranked, tie, hits = made
    table = explanations.explain_lists(tie, ranked, hits, DATA)
    has = tie.has()
    for row in range(5):
        own = [place for place in range(25) if ranked[row, place] >= 0]
        some = [any(has[kind][row, place] for kind in KINDS) for place in own]
        assert table.loc[row, "any"] == pytest.approx(np.mean(some))
        if not SEEDS[row]:
            assert table.loc[row].drop(["any", "titled"]).isna().all()
            continue
        chance = {p: tie.shared[row, p] / max(tie.of[row, p], 1) for p in own}
        hit = [p for p in own if ranked[row, p] in TRUTH[row]]
        missed = [p for p in own if p not in hit]
        assert table.loc[row, "chance"] == pytest.approx(np.mean(list(chance.values())))
        for name, places in (("chance_hits", hit), ("chance_misses", missed)):
            expected = np.mean([chance[p] for p in places]) if places else np.nan
            assert table.loc[row, name] == pytest.approx(expected, nan_ok=True)
        together = [p for p in own if has["together"][row, p]]
        share = np.mean([p in hit for p in together]) if together else np.nan
        assert table.loc[row, "hits_with"] == pytest.approx(share, nan_ok=True)
        apart = []
        for p in hit:
            near = [chance[q] for q in missed if q // 10 == p // 10]
            fellows = [chance[q] for q in hit if q // 10 == p // 10]
            if near:
                apart.append(np.mean(fellows) - np.mean(near))
        expected = np.mean(apart) if apart else np.nan
        assert table.loc[row, "apart_in_band"] == pytest.approx(expected, nan_ok=True)
    assert table["titled"].notna().tolist() == [False, True, True, False, False]


def test_hits_of_a_strong_reason_stand_apart_and_those_at_random_do_not():
    rng = np.random.default_rng(0)
    queries = ask(*[[int(seed)] for seed in rng.integers(0, 38, 200)])
    ranked = Cooccurrence().fit(DATA).recommend(queries, 30).tracks
    tie = links(queries, ranked, DATA)
    order = np.argsort(-tie.chance, axis=1)
    strong = [row[places[:6]] for row, places in zip(ranked, order, strict=True)]
    table = {
        name: explanations.explain_lists(tie, ranked, mark_hits(ranked, truth), DATA).mean()
        for name, truth in (
            ("strong", strong),
            ("random", [rng.permutation(row)[:6] for row in ranked]),
        )
    }
    assert table["strong"]["apart_in_band"] > 0.1
    assert abs(table["random"]["apart_in_band"]) < 0.02


def test_unknown_artists_are_no_share_of_zero(made):
    ranked, tie, hits = made
    none = training(n=120)
    none.artist[:], none.album[:] = -1, -1
    table = explanations.explain_lists(tie, ranked, hits, none)
    assert table[["artist", "album"]].isna().all(axis=None)
    assert table["together"].notna().any()


def test_a_measure_is_averaged_over_the_categories_that_have_it(made, asked):
    ranked, tie, hits = made
    lists = explanations.explain_lists(tie, ranked, hits, DATA)
    means = explanations.average(lists, held(asked), 50, 1)
    wide = means.pivot_table(index="category", columns="metric", values="value")
    assert wide.loc[OVERALL, "together"] == wide.loc["some", "together"]
    assert wide.loc[OVERALL, "any"] == pytest.approx(
        (wide.loc["some", "any"] + wide.loc["title only", "any"]) / 2
    )
    sentences = explanations.in_words_reasons(means, 5, 25)
    assert len(sentences) == 3 and not any("nan" in one for one in sentences)


def test_ranks_in_tens(made):
    ranked, tie, hits = made
    table = explanations.by_rank(tie, hits, ranked)
    assert table[["first", "last"]].values.tolist() == [[1, 10], [11, 20], [21, 25]]
    assert table["tracks"].tolist() == [50, 50, 20]
    assert table.loc[0, "precision"] == pytest.approx(hits[:, :10].mean())


@given(st.integers(0, 5))
@settings(max_examples=10, deadline=None)
def test_exposure_adds_up(seed):
    data = training(seed=seed)
    rng = np.random.default_rng(seed)
    ranked = np.array([rng.permutation(N_TRACKS)[:10] for _ in range(12)])
    ranked[0, 5:] = -1
    truth = [rng.permutation(N_TRACKS)[:4] for _ in range(12)]
    table = exposure_tiers.exposure_by_tier(ranked, truth, data.popularity, data.popularity)
    assert table["tracks"].sum() == N_TRACKS
    assert table["recommended"].sum() == pytest.approx(1)
    assert table["asked"].sum() == pytest.approx(1)
    found = np.mean([track in row for row, own in zip(ranked, truth, strict=True) for track in own])
    assert (table["asked"] * table["found"].fillna(0)).sum() == pytest.approx(found)
    ever = np.average(table["ever"], weights=table["tracks"])
    assert ever == pytest.approx(len(np.unique(ranked[ranked >= 0])) / N_TRACKS)
    assert table.loc[table["tier"] == "0", "known"].tolist() == [0.0]
    sentence = exposure_tiers.in_words_tiers(table, "playlists of the track")
    assert f"{1 - ever:.1%} of {N_TRACKS} tracks" in sentence
    assert "beyond any list" in exposure_tiers.in_words_unknown(table)


def test_playlists_of_artists_are_counted_once_each():
    matrix = dense(DATA) > 0
    counts = exposure_tiers.artist_counts(DATA)
    for track in range(N_TRACKS):
        owner = DATA.artist[track]
        same = DATA.artist == owner if owner >= 0 else np.arange(N_TRACKS) == track
        assert counts[track] == matrix[:, same].any(axis=1).sum()


def test_entropy_equals_that_of_the_counted_row():
    table = exposure_tiers.partners(DATA, 10, 3)
    matrix = dense(DATA)
    assert (table.groupby("tier").size() <= 10).all()
    for row in table.itertuples():
        counts = matrix.T @ matrix[:, row.track]
        counts[row.track] = 0
        counts = counts[counts > 0]
        share = counts / counts.sum()
        assert row.partners == len(counts)
        assert row.bits == pytest.approx(-(share * np.log2(share)).sum())
        assert row.evenness == pytest.approx(row.bits / np.log2(len(counts)))
    with pytest.raises(ParameterError, match="most: expected 1 or more"):
        exposure_tiers.partners(DATA, 0, 3)
    assert "partners (median)" in exposure_tiers.in_words_company(table)


def test_without_a_seed_equals_asking_without_it(asked):
    model = Cooccurrence().fit(DATA)
    _, table = explanations.without_each_seed(model, asked, 3, 8)
    whole = model.recommend(ask([20, 21, 22]), 8).tracks[0].tolist()
    for row, left in zip(table.itertuples(), ([21, 22], [20, 22], [20, 21]), strict=True):
        other = model.recommend(ask(left), 9).tracks[0].tolist()
        other = [track for track in other if track != row.seed][:8]
        gone = [track for track in whole if track not in other]
        new = [track for track in other if track not in whole]
        assert row.lost == len(gone)
        assert (row.dropped, row.entered) == (next(iter(gone), -1), next(iter(new), -1))
    with pytest.raises(ParameterError, match="two or more, or one and a title"):
        explanations.without_each_seed(model, asked, 4)


def test_the_example_has_a_handful_of_seeds(asked):
    assert explanations.told_example(asked, N_TRACKS, least=2, most=3) == 0
    assert explanations.told_example(asked, N_TRACKS, least=9) == 3


def test_figures_are_drawn(made, asked):
    ranked, tie, hits = made
    lists = explanations.explain_lists(tie, ranked, hits, DATA)
    means = explanations.average(lists, held(asked), 50, 1)
    overall = means[means["category"] == OVERALL].set_index("metric")
    given = (ranked, TRUTH, DATA.popularity)
    tiers = exposure_tiers.exposure_by_tier(*given, DATA.popularity)
    _, lost = explanations.without_each_seed(ItemKNN().fit(DATA), asked, 3, 5)
    chances = {"hits": tie.chance[hits], "misses": tie.chance[~hits]}
    company = exposure_tiers.partners(DATA, 5, 1)
    for figure in (
        plots.reasons(overall, {"any": "any reason", **KINDS}),
        plots.strength(chances, explanations.by_rank(tie, hits, ranked)),
        plots.tiers({"tracks": tiers, "artists": tiers}),
        plots.company(company, exposure_tiers.tier_names()),
        plots.lost(lost.assign(name="a name that is much longer than a figure has room for"), 5),
    ):
        figure.draw_without_rendering()
