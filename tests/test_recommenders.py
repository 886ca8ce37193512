"""Recommenders against dense, slow, obvious references, on small random playlists."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from recommender_data import N_TRACKS, ask, dense, training

from lib.playlists.continuation.queries import Queries
from lib.recommenders.base import Training
from lib.recommenders.content import Content
from lib.recommenders.cooccurrence import Cooccurrence
from lib.recommenders.ease import EASE
from lib.recommenders.embeddings import Embeddings
from lib.recommenders.ials import IALS, irspack_ials
from lib.recommenders.itemknn import ItemKNN
from lib.recommenders.playlistknn import PlaylistKNN, late_weights
from lib.recommenders.puresvd import PureSVD
from lib.recommenders.ridge import Ridge
from lib.recommenders.rp3beta import RP3Beta
from lib.recommenders.rules import Rules

SEEDS = ([3], [5, 9, 12, 2], [0, 1, 2, 4, 6, 8, 10, 12, 14])


def same_scores(ranked, row: int, expected: np.ndarray, seeds: list[int]) -> None:
    """The answer is all tracks with an expected score, in order, with these scores."""
    tracks = ranked.tracks[row]
    tracks = tracks[tracks >= 0]
    expected = expected.astype(float).copy()
    expected[seeds] = -np.inf
    assert set(tracks.tolist()) == set(np.flatnonzero(expected > -np.inf).tolist())
    np.testing.assert_allclose(
        ranked.scores[row, : len(tracks)], expected[tracks], rtol=2e-4, atol=1e-6
    )
    assert np.isnan(ranked.scores[row, len(tracks) :]).all()


def linked(x: np.ndarray, seeds: list[int]) -> np.ndarray:
    """Tracks that share a playlist with a seed."""
    return (x[:, seeds].any(axis=1) @ x) > 0


def raised(counts: np.ndarray, exponent: float) -> np.ndarray:
    return np.where(counts > 0, np.maximum(counts, 1.0) ** exponent, 0)


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("alpha, beta", [(0.0, None), (0.7, 0.7), (0.5, 1.0)])
def test_walks_equal_the_sums_written_out(seeds, alpha, beta):
    data = training()
    x = dense(data)
    pop, length = x.sum(axis=0), x.sum(axis=1)
    expected = np.zeros(N_TRACKS)
    for s in seeds:
        for j in range(N_TRACKS):
            for u in np.flatnonzero(x[:, s] * x[:, j]):
                if beta is None:
                    expected[j] += 1
                else:
                    expected[j] += (
                        pop[s] ** -alpha * pop[j] ** (alpha - 1) * length[u] ** (beta - 1)
                    )
    expected[~linked(x, seeds)] = -np.inf
    model = Cooccurrence() if beta is None else ItemKNN(alpha, beta)
    same_scores(model.fit(data).recommend(ask(seeds)), 0, expected, seeds)


@pytest.mark.parametrize("seeds", SEEDS)
def test_rp3beta_equals_transition_probabilities(seeds):
    data = training()
    x = dense(data)
    pop, length = x.sum(axis=0), x.sum(axis=1)
    to_playlist = (x.T * raised(pop, -1)[:, None]) ** 0.6
    to_track = (x * raised(length, -1)[:, None]) ** 0.6
    expected = (to_playlist @ to_track)[seeds].sum(axis=0) * raised(pop, -0.3)
    expected[~linked(x, seeds)] = -np.inf
    same_scores(RP3Beta(0.6, 0.3).fit(data).recommend(ask(seeds)), 0, expected, seeds)


@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("k, artists", [(0, 0.0), (7, 0.0), (7, 0.3)])
def test_playlist_knn_equals_its_formula(seeds, ordered, k, artists):
    data = training()
    x = dense(data)
    pop, length = x.sum(axis=0), x.sum(axis=1)
    similar = np.zeros(len(x))
    for u in range(len(x)):
        for position, s in enumerate(seeds):
            late = 1 + max(position, 3) / 2 if ordered else 1
            if x[u, s]:
                similar[u] += late * length[u] ** -0.5 / ((pop[s] - 1) ** 0.4 + 1)
    for artist in range(13 if artists else 0):
        of_artist = data.artist == artist
        holders = x[:, of_artist].any(axis=1)
        rare = 1 / ((holders.sum() - 1) ** 0.4 + 1)
        root = np.sqrt(of_artist[seeds].sum())
        similar += artists * holders * root * rare * raised(length, -0.5)
    near = np.flatnonzero(similar)
    least = 0.0
    if k and len(near) > k:
        near = near[np.argsort(-similar[near], kind="stable")[:k]]
        least = similar[near].min()
    weights = np.zeros(len(x))
    weights[near] = ((similar[near] - least) / similar.max()) ** 2
    expected = weights @ x
    expected[expected == 0] = -np.inf
    model = PlaylistKNN(k=k, rho=0.4, late=3, artists=artists).fit(data)
    same_scores(model.recommend(ask(seeds, ordered=ordered)), 0, expected, seeds)
    assert late_weights(5, ordered, 3).tolist() == ([2.5] * 4 + [3.0] if ordered else [1.0] * 5)


@pytest.mark.parametrize("seeds", SEEDS)
def test_ridge_equals_a_regression_on_all_tracks(seeds):
    data = training()
    x = dense(data)
    pop, length = x.sum(axis=0), x.sum(axis=1)
    overlap = x[:, seeds].sum(axis=1)
    weights = raised(length, -0.3) * overlap
    features = np.zeros((len(seeds), N_TRACKS))
    for place, s in enumerate(seeds):
        for j in np.flatnonzero(pop):
            both = (x[:, s] * x[:, j] * weights).sum()
            features[place, j] = pop[s] ** -0.9 * pop[j] ** -0.1 * both
    label = np.zeros(N_TRACKS)
    label[seeds] = 1
    # Ridge regression by its stacked least-squares form.
    stacked = np.vstack([features.T, np.eye(len(seeds))])
    w = np.linalg.lstsq(stacked, np.append(label, np.zeros(len(seeds))), rcond=None)[0]
    expected = w @ features
    expected[~linked(x, seeds)] = -np.inf
    model = Ridge(alpha=0.9, beta=0.7, gamma=1.0, ridge=1.0).fit(data)
    same_scores(model.recommend(ask(seeds)), 0, expected, seeds)


@pytest.mark.parametrize("model", [ItemKNN(0.7, most=6), Ridge(alpha=0.7, most=6)])
def test_only_the_strongest_playlists_are_walked_through(model):
    data = training()
    x = dense(data)
    pop, length = x.sum(axis=0), x.sum(axis=1)
    together = model.fit(data).recommend(ask(*SEEDS, *SEEDS))
    for row, seeds in enumerate(SEEDS * 2):
        each = raised(pop[seeds], -0.7) if isinstance(model, ItemKNN) else 1
        strength = (x[:, seeds] * each).sum(axis=1) * raised(length, -0.3)
        cut = np.zeros_like(x)
        chosen = np.argsort(-strength.astype(np.float32), kind="stable")[:6]
        chosen = chosen[strength[chosen] > 0]
        cut[chosen] = x[chosen]
        if isinstance(model, Ridge):
            met = (cut[:, seeds].any(axis=1) @ cut) > 0
            tracks = together.tracks[row][together.tracks[row] >= 0]
            assert set(tracks.tolist()) == set(np.flatnonzero(met).tolist()) - set(seeds)
            continue
        expected = (strength[chosen] @ x[chosen]) * raised(pop, -0.3)
        expected[expected == 0] = -np.inf
        same_scores(together, row, expected, seeds)
    np.testing.assert_array_equal(together.tracks[:3], together.tracks[3:])


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_ease_is_the_best_linear_model_without_diagonal(dropout):
    data = training()
    x = dense(data)
    ridge = 5.0 + dropout / (1 - dropout) * x.sum(axis=0)
    expected = np.zeros((N_TRACKS, N_TRACKS))
    for j in range(N_TRACKS):  # each column is a ridge regression on all other tracks
        others = np.delete(np.arange(N_TRACKS), j)
        gram = x[:, others].T @ x[:, others] + np.diag(ridge[others])
        expected[others, j] = np.linalg.solve(gram, x[:, others].T @ x[:, j])
    ranked = EASE(ridge=5.0, dropout=dropout).fit(data).recommend(ask(*SEEDS))
    for row, seeds in enumerate(SEEDS):
        scores = expected[seeds].sum(axis=0)
        scores[39] = -np.inf
        same_scores(ranked, row, scores, seeds)


def test_puresvd_folds_a_training_playlist_into_its_own_row():
    data = training()
    x = dense(data)
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    rebuilt = (u[:, :30] * s[:30]) @ vt[:30]
    playlist = int(x.sum(axis=1).argmax())
    seeds = np.flatnonzero(x[playlist]).tolist()
    expected = rebuilt[playlist].copy()
    expected[39] = -np.inf
    ranked = PureSVD(dimensions=30).fit(data).recommend(ask(seeds))
    same_scores(ranked, 0, expected, seeds)


def test_ials_folds_in_at_the_minimum_of_the_loss():
    data = training()
    model = IALS(dimensions=8, alpha0=0.2, reg=0.01, fold_reg=0.02, epochs=3).fit(data)
    v, n = model.vectors.astype(float), len(model.vectors)
    places = np.searchsorted(model.columns, SEEDS[2])
    x = model.fold_in(model.vectors[places], np.ones(len(places)), 0.02)

    def loss(x: np.ndarray) -> float:
        fit = ((v[places] @ x - 1) ** 2).sum() + 0.2 * ((v @ x) ** 2).sum()
        return fit + 0.02 * (len(places) + 0.2 * n) * (x**2).sum()

    gradient = [(loss(x + step) - loss(x - step)) / 2e-4 for step in np.eye(8) * 1e-4]
    np.testing.assert_allclose(gradient, 0, atol=1e-5)
    ranked = model.recommend(ask(SEEDS[2]))
    expected = np.full(N_TRACKS, -np.inf)
    expected[model.columns] = v @ x
    same_scores(ranked, 0, expected, SEEDS[2])


def test_ials_folds_in_as_irspack_does():
    data = training()
    given = {"n_components": 6, "alpha0": 0.2, "reg": 0.01, "random_seed": 42}
    given |= {"solver_type": "CHOLESKY"}
    theirs = irspack_ials()(sp.csr_matrix(data.tracks[:, :39]), **given)
    theirs.start_learning()
    theirs.run_epoch()
    asked = sp.csr_matrix(data.tracks[5:9, :39])
    asked.data[::3] = 0.4
    scores = theirs.get_score_cold_user(asked)
    model = IALS(dimensions=6, alpha0=0.2, reg=0.01, fold_reg=0.01)
    vectors = theirs.get_item_embedding().astype(float)
    strengths, axes = np.linalg.eigh(vectors.T @ vectors)
    model.vectors, model.strengths = vectors @ axes, strengths
    for row in range(4):
        found = model.vectors @ model.fold_in(
            model.vectors[asked[[row]].indices], asked[[row]].data, 0.01
        )
        np.testing.assert_allclose(found, scores[row], rtol=1e-3, atol=1e-4)


def test_ials_with_artists_and_words_learns_from_further_columns():
    data = training()
    given = {"dimensions": 6, "epochs": 2, "threads": 1}
    wide = IALS(artists=0.3, titles=0.5, **given).fit(data)
    artists = np.zeros((80, 13), np.float32)
    words = ["gym", "old", "old songs", "party", "rock", "songs", "summer"]
    cells = np.zeros((80, 7), np.float32)
    for row in range(80):
        held = data.artist[data.tracks[[row]].indices]
        artists[row, held[held >= 0]] = 0.3
        title = data.titles[row]
        cells[row, [words.index(w) for w in {*title.split(), title} if w]] = 0.5
    whole = np.hstack([data.tracks.toarray()[:, :39], artists, cells])
    nobody = np.full(whole.shape[1], -1, np.int32)
    plain = IALS(**given).fit(Training(sp.csr_array(whole), [""] * 80, nobody, nobody))
    np.testing.assert_allclose(abs(wide.vectors), abs(plain.vectors), rtol=1e-3, atol=1e-4)
    asked = Queries([np.array([4]), np.zeros(0)], ["Songs", "nothing like it"], np.zeros(2, bool))
    ranked = wide.recommend(asked)
    x = wide.fold_in(
        wide.vectors[[4, 39 + data.artist[4], 39 + 13 + 5]], np.array([1, 0.3, 0.5]), 0.014
    )
    expected = np.full(N_TRACKS, -np.inf)
    expected[:39] = wide.vectors[:39] @ x
    same_scores(ranked, 0, expected, [4])
    assert ranked.answered.tolist() == [True, False]


def test_embeddings_are_the_factors_of_positive_information():
    data = training()
    x = dense(data)[:, :39]
    pairs = x.T @ x
    np.fill_diagonal(pairs, 0)
    often = pairs.sum(axis=1)
    context = often**0.75 / (often**0.75).sum()
    with np.errstate(divide="ignore"):
        information = np.maximum(np.log(pairs / (often[:, None] * context)), 0)
    np.fill_diagonal(information, 0)
    model = Embeddings(dimensions=38, min_playlists=1).fit(data)
    np.testing.assert_allclose(
        model.information(sp.csr_array(x.astype(np.float32))).toarray(), information, atol=1e-5
    )
    u, s, _ = np.linalg.svd(information)
    points = u[:, :38] * np.sqrt(s[:38])
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    query = points[[5, 9]].sum(axis=0)
    expected = np.append(points @ query / np.linalg.norm(query), -np.inf)
    ranked = model.recommend(ask([5, 9]))
    np.testing.assert_allclose(
        ranked.scores[0, :20], np.sort(np.delete(expected, [5, 9]))[::-1][:20], atol=1e-3
    )


@pytest.mark.parametrize("seeds", SEEDS)
def test_content_adds_up_the_shares_of_artists_and_albums(seeds):
    data = training()
    pop = dense(data).sum(axis=0)
    expected = np.full(N_TRACKS, -np.inf)
    for j in range(N_TRACKS):
        artist = np.mean([data.artist[s] == data.artist[j] >= 0 for s in seeds])
        album = np.mean([data.album[s] == data.album[j] for s in seeds])
        if (artist or album) and pop[j]:
            expected[j] = (0.7 * artist + 0.3 * album) * np.sqrt(pop[j] + 1)
    same_scores(Content(0.3, 0.5).fit(data).recommend(ask(seeds)), 0, expected, seeds)


def test_content_knows_a_seed_in_no_playlist_but_does_not_name_such_tracks():
    recommender = Content().fit(training())
    # 38 and 39 are of one album, and only 38 is in a playlist.
    assert 38 in recommender.recommend(ask([39])).tracks[0]
    assert 39 not in recommender.recommend(ask([38])).tracks[0]


@pytest.mark.parametrize("seeds", SEEDS)
def test_rules_add_up_confidences(seeds):
    data = training()
    x = dense(data)
    expected = np.zeros(N_TRACKS)
    antecedents = [[s] for s in seeds]
    antecedents += [[a, b] for a in seeds for b in seeds if a < b]
    for given in antecedents:
        with_all = x[:, given].all(axis=1)
        for j in set(range(N_TRACKS)) - set(given):
            both = (with_all * x[:, j]).sum()
            if both >= 4 and both / with_all.sum() >= 0.2:
                expected[j] += both / with_all.sum()
    expected[expected == 0] = -np.inf
    model = Rules(min_count=4, max_len=3, min_confidence=0.2).fit(data)
    same_scores(model.recommend(ask(seeds)), 0, expected, seeds)
