"""What holds for every recommender; titles; what they learn from."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from mpd_data import write_folder
from recommender_data import N_TRACKS, ask, dense, training

from lib.errors import ParameterError
from lib.playlists.continuation.queries import Queries
from lib.playlists.reading.load import load_mpd
from lib.recommenders.base import Training, training_from
from lib.recommenders.content import Content
from lib.recommenders.cooccurrence import Cooccurrence
from lib.recommenders.ease import EASE
from lib.recommenders.embeddings import Embeddings
from lib.recommenders.ials import IALS
from lib.recommenders.itemknn import ItemKNN, cosine
from lib.recommenders.playlistknn import PlaylistKNN
from lib.recommenders.popularity import Popularity
from lib.recommenders.puresvd import PureSVD
from lib.recommenders.rank import best_of_row, cleaned, fill
from lib.recommenders.ridge import Ridge
from lib.recommenders.rp3beta import RP3Beta
from lib.recommenders.rules import Rules
from lib.recommenders.titles import Titles

MODELS = {
    "popularity": Popularity,
    "cooccurrence": Cooccurrence,
    "cosine": cosine,
    "itemknn": ItemKNN,
    "rp3beta": RP3Beta,
    "playlistknn": lambda: PlaylistKNN(k=10),
    "ridge": Ridge,
    "content": Content,
    "rules": lambda: Rules(min_count=2, max_len=3),
    "puresvd": lambda: PureSVD(dimensions=5),
    "ials": lambda: IALS(dimensions=8, epochs=3, threads=1),
    "ease": lambda: EASE(ridge=5.0),
    "embeddings": lambda: Embeddings(dimensions=8, min_playlists=1),
    "titles": Titles,
}
FROM_SEEDS = [name for name in MODELS if name not in ("popularity", "titles")]


def fit(name: str, data: Training):
    return MODELS[name]().fit(data)


@pytest.fixture(scope="module")
def fitted() -> dict:
    data = training()
    return {name: fit(name, data) for name in MODELS}


MANY = list(range(0, 38)) * 8  # 304 seeds, each eight times
QUERIES = ask([3], [5, 9, 12], MANY, [], [39], titles=["rock", "", "gym songs", "summer", ""])


@pytest.mark.parametrize("name", MODELS)
def test_answers_are_distinct_tracks_in_order_without_seeds(fitted, name):
    ranked = fitted[name].recommend(QUERIES, k=20)
    assert ranked.tracks.shape == ranked.scores.shape == (5, 20)
    assert ranked.tracks.dtype == np.int32
    assert ranked.scores.dtype == np.float32
    for row, seeds in enumerate(QUERIES.seeds):
        n = int((ranked.tracks[row] >= 0).sum())
        tracks, scores = ranked.tracks[row, :n], ranked.scores[row, :n]
        assert (ranked.tracks[row, n:] == -1).all()
        assert np.isnan(ranked.scores[row, n:]).all()
        assert len(set(tracks.tolist())) == n
        assert not set(tracks.tolist()) & set(seeds.tolist())
        assert (np.diff(scores) <= 0).all()
        place = fitted[name].training.place[tracks]
        assert (np.diff(place)[np.diff(scores) == 0] > 0).all()


@pytest.mark.parametrize("name", MODELS)
def test_a_shorter_list_begins_a_longer_one(fitted, name):
    few, many = (fitted[name].recommend(QUERIES, k=k).tracks for k in (5, 30))
    np.testing.assert_array_equal(few, many[:, :5])


@pytest.mark.parametrize("name", FROM_SEEDS)
def test_without_a_seed_there_is_no_answer_and_a_title_does_not_matter(fitted, name):
    ranked = fitted[name].recommend(ask([], [-1, -1], titles=["rock", ""]))
    assert not ranked.answered.any()
    two = fitted[name].recommend(ask([5, 9], [5, 9], titles=["rock", ""]))
    np.testing.assert_array_equal(two.tracks[0], two.tracks[1])


@pytest.mark.parametrize("name", MODELS)
def test_unknown_and_repeated_seeds_do_not_count(fitted, name):
    plain, noisy = ask([5, 9, 12]), ask([5, -1, 9, 5, 12, 9, -1])
    one, other = fitted[name].recommend(plain), fitted[name].recommend(noisy)
    np.testing.assert_array_equal(one.tracks, other.tracks)
    np.testing.assert_array_equal(one.scores, other.scores)


@pytest.mark.parametrize("name", FROM_SEEDS)
def test_a_seed_in_no_training_playlist_leads_nowhere_but_to_its_artist_and_album(fitted, name):
    one, other, alone = (fitted[name].recommend(ask(s)) for s in ([5, 9], [5, 9, 39], [39]))
    assert alone.answered.tolist() == [name in ("content", "playlistknn")]
    if not alone.answered:
        assert set(one.tracks[0].tolist()) == set(other.tracks[0].tolist())


@pytest.mark.parametrize("name", MODELS)
def test_two_fits_answer_alike_whatever_the_company(fitted, name):
    again = fit(name, training())
    one, other = fitted[name].recommend(QUERIES), again.recommend(QUERIES)
    np.testing.assert_array_equal(one.tracks, other.tracks)
    np.testing.assert_array_equal(one.scores, other.scores)
    alone = again.recommend(QUERIES.take([1]))
    np.testing.assert_allclose(alone.scores[0], one.scores[1], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_what_is_wrong_is_named(fitted, name):
    with pytest.raises(ParameterError, match="query 1: seed 40 is no track"):
        fitted[name].recommend(ask([1], [3, 40]))
    with pytest.raises(ParameterError, match="seed -2"):
        fitted[name].recommend(ask([-2]))
    with pytest.raises(ParameterError, match="k: expected 1 or more, found 0"):
        fitted[name].recommend(ask([1]), k=0)
    with pytest.raises(ParameterError, match="not fitted"):
        MODELS[name]().recommend(ask([1]))


@pytest.mark.parametrize("name", MODELS)
def test_no_query_is_an_empty_answer(fitted, name):
    ranked = fitted[name].recommend(ask(), k=7)
    assert ranked.tracks.shape == (0, 7)


def planted(with_pair: bool) -> Training:
    """Tracks 20 and 21 are always, or never, together."""
    data = training(seed=5)
    held = dense(data)
    held[:, [20, 21]] = 0
    held[10:30, 20] = 1
    held[10 : 30 if with_pair else 10, 21] = 1
    held[30 : 30 if with_pair else 50, 21] = 1
    return Training(sp.csr_array(held.astype(np.float32)), data.titles, data.artist, data.album)


@pytest.mark.parametrize("name", [n for n in FROM_SEEDS if n != "content"])
def test_a_planted_pair_is_found_and_one_that_is_only_in_test_is_not(name):
    found = fit(name, planted(with_pair=True)).recommend(ask([20]), k=40).tracks[0].tolist()
    assert found.index(21) < 3
    rest = fit(name, planted(with_pair=False)).recommend(ask([20]), k=40).tracks[0].tolist()
    assert 21 not in rest[:3]


def test_popular_tracks_fill_what_is_missing():
    data = training()
    queries = ask([3], [5, 9, -1, 5])
    ranked = Content().fit(data).recommend(queries, k=25)
    filled = fill(ranked, data, queries, k=25)
    for row, seeds in enumerate(([3], [5, 9])):
        n = int((ranked.tracks[row] >= 0).sum())
        assert 0 < n < 25
        np.testing.assert_array_equal(filled.tracks[row, :n], ranked.tracks[row, :n])
        order = sorted(range(39), key=lambda j: (-data.popularity[j], data.place[j]))
        used = {*seeds, *ranked.tracks[row, :n].tolist()}
        assert filled.tracks[row, n:].tolist() == [j for j in order if j not in used][: 25 - n]
        assert np.isnan(filled.scores[row, n:]).all()
    everything = fill(ranked, data, queries, k=60).tracks[0]
    assert (everything >= 0).sum() == 38 + (39 in everything)


def test_equally_popular_tracks_are_in_no_order_that_numbers_tell():
    """Low numbers are of tracks that a store met first, maybe in a playlist held out."""
    held = sp.csr_array(np.ones((2, 3000), np.float32))
    data = Training(held, ["", ""], *np.zeros((2, 3000), int))
    assert sorted(data.place) == list(range(3000))
    assert abs(np.corrcoef(data.place, np.arange(3000))[0, 1]) < 0.06
    assert data.popular.tolist() == np.argsort(data.place).tolist()


def test_popularity_counts_playlists(fitted):
    data = training()
    ranked = fitted["popularity"].recommend(ask([3]), k=N_TRACKS)
    counts = dense(data).sum(axis=0)
    order = [j for j in sorted(range(39), key=lambda j: (-counts[j], data.place[j])) if j != 3]
    assert ranked.tracks[0, :38].tolist() == order
    assert ranked.scores[0, :38].tolist() == counts[order].tolist()


def test_same_titles_are_counted():
    data = training()
    ranked = Titles(similar=0, prior=0).fit(data).recommend(ask([3], titles=["ROCK!"]))
    counts = dense(data)[[title == "rock" for title in data.titles]].sum(axis=0)
    tracks = ranked.tracks[0][ranked.tracks[0] >= 0]
    assert set(tracks.tolist()) == set(np.flatnonzero(counts).tolist()) - {3}
    np.testing.assert_allclose(ranked.scores[0, : len(tracks)], counts[tracks])


def test_titles_of_common_words_come_after_the_same_title():
    data = training()
    model = Titles(pieces=(0, 0)).fit(data)
    weights = model.weigh(["rock", "songs for gym", "rocks", "", "zzz"]).toarray()
    known = {title: place for place, title in enumerate(sorted(set(data.titles) - {""}))}
    assert weights[0].argmax() == known["rock"]
    assert weights[0].max() == pytest.approx(1.1)
    assert set(np.flatnonzero(weights[1])) == {known["gym"], known["old songs"]}
    assert weights[1].max() < 0.1
    assert not weights[2:].any()
    assert Titles().fit(data).weigh(["rocks"]).toarray().argmax() == known["rock"]
    answered = model.recommend(ask([], [], [], titles=["rock", "", "zzz"])).answered
    assert answered.tolist() == [True, False, False]


def test_playlists_without_titles_are_no_error():
    data = training()
    bare = Training(data.tracks, [""] * len(data.titles), data.artist, data.album)
    assert not Titles().fit(bare).recommend(ask([1], titles=["rock"])).answered.any()


def test_few_playlists_do_not_decide_alone_about_a_title():
    data = training()
    ranked = Titles(similar=0, prior=10.0).fit(data).recommend(ask([], titles=["rock"]))
    counts = dense(data)
    expected = counts[[t == "rock" for t in data.titles]].sum(axis=0) + 10 * counts.mean(axis=0)
    tracks = ranked.tracks[0][ranked.tracks[0] >= 0]
    assert len(tracks) == 39
    np.testing.assert_allclose(ranked.scores[0, :39], expected[tracks], rtol=1e-5)


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.sampled_from([-np.inf, 0.0, 1.0, 2.0, 2.5]), min_size=1, max_size=30),
    seeds=st.sets(st.integers(0, 29), max_size=5),
    k=st.integers(1, 12),
    seed=st.integers(0, 99),
)
def test_the_best_of_a_row_equal_a_full_sort(values, seeds, k, seed):
    n = len(values)
    place = np.random.default_rng(seed).permutation(n)
    seeds = [one for one in seeds if one < n]
    tracks, scores = best_of_row(
        np.arange(n), np.array(values), np.array(seeds, np.int32), place, k
    )
    order = sorted(range(n), key=lambda j: (-values[j], place[j]))
    expected = [j for j in order if j not in seeds and values[j] > -np.inf][:k]
    assert tracks.tolist() == expected
    assert scores.tolist() == [values[j] for j in expected]


def test_seeds_keep_their_order_when_cleaned():
    queries = cleaned(ask([7, 2, -1, 7, 0, 2], []), N_TRACKS)
    assert [one.tolist() for one in queries.seeds] == [[7, 2, 0], []]


def test_training_holds_the_chosen_playlists_of_a_store(tmp_path):
    store = load_mpd(write_folder(tmp_path / "raw"), tmp_path / "store")
    chosen = np.array([3, 0, 17])
    data = training_from(store, chosen)
    for row, playlist in enumerate(chosen):
        held = data.tracks[[row]].indices.tolist()
        assert held == sorted(set(store.tracks_of(playlist).tolist()))
        assert data.titles[row] == f"list {playlist}"
    assert data.tracks.data.dtype == np.float32
    assert set(data.tracks.data.tolist()) == {1.0}
    assert data.popularity.tolist() == data.tracks.toarray().sum(axis=0).tolist()
    assert len(data.artist) == len(data.album) == data.tracks.shape[1]
    np.testing.assert_array_equal(data.by_track.toarray(), data.tracks.toarray().T)
    assert training_from(store, []).tracks.shape[0] == 0
    for wrong in ([-1], [30], [2, 2]):
        with pytest.raises(ParameterError, match="playlists: expected"):
            training_from(store, wrong)


def test_ease_refuses_what_would_not_fit():
    many = sp.csr_array((3, 100_000), dtype=np.float32)
    nothing = np.full(100_000, -1, np.int32)
    with pytest.raises(
        ParameterError, match=r"100,000 tracks take 40.0 GB; expected at most 25,000"
    ):
        EASE().fit(Training(many, [""] * 3, nothing, nothing))
    with pytest.raises(ParameterError, match="ridge 0"):
        EASE(ridge=0).fit(training())


@pytest.mark.parametrize("model", [IALS, PureSVD, Embeddings])
def test_rare_tracks_are_left_out_when_asked(model):
    data = training()
    rare = np.flatnonzero(data.popularity < 16)
    assert 3 < len(rare) < 35
    fitted = model(dimensions=5, min_playlists=16).fit(data)
    common = np.setdiff1d(np.arange(N_TRACKS), rare)[:2]
    ranked = fitted.recommend(Queries([common, rare[:2]], ["", ""], np.zeros(2, bool)), k=40)
    assert ranked.answered.tolist() == [True, False]
    assert not set(ranked.tracks[0].tolist()) & set(rare.tolist())
    with pytest.raises(ParameterError, match="no track is in so many"):
        model(min_playlists=1000).fit(data)
