import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from lib.errors import DataError, ParameterError
from lib.pipeline import places
from lib.playlists.clustering import cluster_told, cluster_trials, clusters, flatten, lsa
from lib.playlists.clustering.cluster_choice import choose
from lib.playlists.clustering.cluster_profiles import (
    FEWEST,
    describe_clusters,
    profile,
    short_names,
)
from lib.playlists.clustering.cluster_scores import (
    adjusted_rand,
    compare_partitions,
    cross_table,
    overlaps,
    shared_information,
    silhouettes,
)
from lib.playlists.clustering.views import View, make_views
from lib.playlists.generate import SAMPLE, planted_themes
from lib.playlists.reading.load import load_mpd
from lib.playlists.reading.plain_tables import load_tables
from lib.playlists.sample.sample_universe import make_universe
from lib.playlists.shuffle import shuffled
from lib.playlists.texts import normalise_title

THEMES = SAMPLE["n_themes"]
TRIED = (4, 7, THEMES, 10, 15)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return load_mpd(places.SAMPLE / "mpd", tmp_path_factory.mktemp("stores") / "sample")


@pytest.fixture(scope="module")
def views(store):
    return make_views(store, 10_000)[0]


@pytest.fixture(scope="module")
def truth():
    universe = make_universe(*(SAMPLE[n] for n in ("seed", "size", "n_themes", "plant_share")))
    return planted_themes(universe, SAMPLE["n_slices"], SAMPLE["per_slice"])


@pytest.fixture(scope="module")
def trials(views):
    return {
        name: cluster_trials.try_numbers(view, 1_000, 2, 2, 42, TRIED)
        for name, view in views.items()
    }


@pytest.mark.parametrize("name", ["tracks", "names"])
def test_planted_themes_are_found_again(name, views, trials, truth):
    found = choose(trials[name].scores, 0.75)
    assert found.clusters == THEMES
    assert THEMES in found.supported
    points = clusters.place_all(views[name], trials[name].chart)
    labels = clusters.cluster(points, found.clusters, 1)
    assert metrics.adjusted_rand_score(truth, labels) > 0.95


def test_titles_of_one_word_support_no_clusters(trials, truth):
    assert choose(trials["titles"].scores, 0.75).supported == ()


@pytest.mark.parametrize("name", ["tracks", "names"])
def test_shuffled_playlists_support_no_clusters(name, views):
    view = views[name]
    dealt = View(name, shuffled(view.holds, 99), view.words, view.labels)
    trial = cluster_trials.try_numbers(dealt, 1_000, 2, 2, 42, TRIED)
    found = choose(trial.scores, 0.75)
    assert found.supported == ()
    text = cluster_told.verdict(trial, found, 0.75)
    assert "support no number" in text


def test_a_trial_comes_out_the_same_twice_and_on_a_sample(views):
    view = views["tracks"]
    once, twice = (cluster_trials.try_numbers(view, 200, 2, 1, 3, (2, 4)) for _ in range(2))
    pd.testing.assert_frame_equal(once.scores, twice.scores)
    assert once.playlists <= 200
    assert sorted(once.scores["clusters"].unique()) == [2, 4]


def test_a_number_wanted_is_taken_or_refused(trials):
    assert choose(trials["tracks"].scores, 0.75, 15).clusters == 15
    with pytest.raises(ParameterError, match="300 clusters"):
        choose(trials["tracks"].scores, 0.75, 300)


def test_choice_takes_a_high_silhouette_of_the_supported():
    def rows(data, silhouette, stability):
        return pd.DataFrame(
            {"data": data, "clusters": [2, 3, 4], "silhouette": silhouette, "error": 0.01,
             "stability": stability, "stability_sd": 0.02, "pairs": 4}
        )  # fmt: skip

    null = rows("shuffled", [0.1, 0.1, 0.1], [0.2, 0.2, 0.2])
    level = rows("playlists", [0.2, 0.49, 0.5], [0.9, 0.9, 0.95])
    assert choose(pd.concat([level, null]), 0.75).clusters == 3  # as good as four
    real = rows("playlists", [0.3, 0.5, 0.9], [0.9, 0.8, 0.5])
    assert choose(pd.concat([real, null]), 0.75).clusters == 3
    # Nor does a stability that is no more than its standard error above what is asked for.
    assert choose(pd.concat([real, null]), 0.795).clusters == 2
    # Above the null by less than twice its error does not count.
    near = rows("playlists", [0.115, 0.11, 0.3], [0.9, 0.9, 0.3])
    found = choose(pd.concat([near, null]), 0.75)
    assert (found.supported, found.above_null, found.clusters) == ((), (4,), 4)


def test_too_few_playlists_are_refused(views):
    view = views["tracks"]
    few = View("tracks", view.holds[:10], None, view.labels)
    with pytest.raises(DataError, match="more playlists"):
        cluster_trials.try_views({"tracks": few}, 0, 100, 2, 1, 1)
    trials, left_out = cluster_trials.try_views({"tracks": view, "titles": few}, 3, 300, 2, 1, 1)
    assert list(trials) == ["tracks"]
    assert list(left_out) == ["titles"]
    assert 3 in trials["tracks"].scores["clusters"].to_numpy()
    with pytest.raises(ParameterError, match="pairs"):
        cluster_trials.try_numbers(view, 100, 1, 1, 1)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 5), st.integers(6, 60))
def test_silhouettes_equal_sklearn(seed, k, n):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(n, 4)).astype(np.float32)
    labels = np.stack([np.arange(n) % k, rng.permutation(np.arange(n) % 2)])
    rows = rng.choice(n, n // 2, replace=False)
    found = silhouettes(points, labels, rows)
    for one, result in zip(labels, found, strict=True):
        expected = metrics.silhouette_samples(points, one)[rows]
        np.testing.assert_allclose(result, expected, atol=2e-3)


def test_silhouettes_in_blocks_and_of_lonely_points(monkeypatch):
    points = np.random.default_rng(0).normal(size=(30, 3))
    labels = np.array([[0, *[1] * 14, *[2] * 15]])
    whole = silhouettes(points, labels, np.arange(30))
    monkeypatch.setattr("lib.playlists.clustering.cluster_scores.BLOCK_CELLS", 70)
    np.testing.assert_allclose(silhouettes(points, labels, np.arange(30)), whole)
    assert whole[0, 0] == 0
    with pytest.raises(DataError, match="two clusters"):
        silhouettes(points, np.zeros((1, 30), int), np.arange(3))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=2, max_size=40))
def test_agreement_equals_sklearn(pairs):
    first, second = np.array(pairs).T
    table = cross_table(first, second)
    assert adjusted_rand(table) == pytest.approx(metrics.adjusted_rand_score(first, second))
    expected = metrics.normalized_mutual_info_score(first, second)
    assert shared_information(table) == pytest.approx(expected, abs=1e-9)


def test_comparison_of_partitions_knows_chance():
    rng = np.random.default_rng(1)
    one = rng.integers(0, 5, 600)
    same = np.where(rng.random(600) < 0.1, rng.integers(0, 5, 600), one)
    other = np.where(rng.random(600) < 0.3, -1, rng.integers(0, 4, 600))
    table = compare_partitions({"one": one, "same": same, "other": other}, 200, 3)
    rand = table[table["score"] == "adjusted Rand"].set_index(["first", "second"])
    assert rand.loc[("one", "same"), "low"] > rand.loc[("one", "same"), "null_high"]
    assert rand.loc[("one", "other"), "value"] < 0.02
    assert rand.loc[("one", "other"), "playlists"] == (other >= 0).sum()
    assert (table["low"] <= table["high"]).all()
    # Shared information is above 0 by chance, and about where the unconnected ones are.
    told = table[(table["score"] != "adjusted Rand") & (table["second"] == "other")].iloc[0]
    assert 0 < told["null"] <= told["null_high"]


def test_overlaps_are_jaccard():
    first, second = np.array([0, 0, 1, 1, 1, -1]), np.array([0, 1, 1, 1, -1, 0])
    shares = overlaps(cross_table(first, second))
    np.testing.assert_allclose(shares, [[1 / 2, 1 / 4], [0, 2 / 3]])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(3, 25), st.integers(4, 25), st.floats(0.05, 0.5))
def test_shuffling_keeps_lengths_and_frequencies(seed, n, m, density):
    dense = np.random.default_rng(seed).random((n, m)) < density
    holds = sp.csr_array(dense.astype(np.float32))
    dealt = shuffled(holds, seed)
    assert dealt.dtype == holds.dtype
    assert set(np.unique(dealt.data)) <= {1}
    # Repeats that cannot be resolved are merged: nothing is ever added.
    assert (dealt.sum(axis=1) <= holds.sum(axis=1)).all()
    assert (dealt.sum(axis=0) <= holds.sum(axis=0)).all()


def test_shuffling_the_sample_is_exact_and_breaks_ties(views):
    holds = views["tracks"].holds
    dealt = shuffled(holds, 5)
    assert (dealt.sum(axis=1) == holds.sum(axis=1)).all()
    assert (dealt.sum(axis=0) == holds.sum(axis=0)).all()
    assert (shuffled(holds, 5) != dealt).nnz == 0
    together = [(one.T @ one).max() for one in (holds[:, 100:200], dealt[:, 100:200])]
    assert together[1] <= together[0]


def test_views_count_what_they_say(store, views):
    playlist = 7
    tracks = set(store.tracks_of(playlist).tolist())
    names = store.table("tracks", ["track_name", "artist"])
    artists = store.table("artists", ["artist_name"])["artist_name"]
    held = store.table("tracks", ["playlists"])["playlists"]
    kept = [track for track in tracks if held[track] >= 2]
    assert views["tracks"].bags([playlist]).sum() == len(kept)
    counts = {}
    for track in kept:
        text = f"{names['track_name'][track]} {artists[names['artist'][track]]}"
        for word in {w for w in normalise_title(text).split() if len(w) > 1}:
            counts[word] = counts.get(word, 0) + 1
    row = views["names"].bags([playlist]).toarray()[0]
    found = {views["names"].labels[i]: int(row[i]) for i in np.flatnonzero(row)}
    assert found == counts
    title = store.table("playlists", ["name"])["name"][playlist]
    row = views["titles"].bags([playlist]).toarray()[0]
    assert set(views["titles"].labels[row > 0]) <= set(normalise_title(title).split())


def test_anonymous_playlists_have_one_view(tmp_path):
    rows = [(p, f"t{t}") for p in range(60) for t in range(p % 2 * 5, p % 2 * 5 + 5)]
    pd.DataFrame(rows, columns=["playlist_id", "track_id"]).to_csv(tmp_path / "e.csv", index=False)
    views, _ = make_views(load_tables(tmp_path / "e.csv", tmp_path / "s"), 100)
    assert list(views) == ["tracks"]
    trial = cluster_trials.try_numbers(views["tracks"], 100, 2, 1, 1)
    labels = clusters.cluster(clusters.place_all(views["tracks"], trial.chart), 2, 1)
    assert metrics.adjusted_rand_score(np.arange(60) % 2, labels) == 1


def test_maps_place_unknown_playlists_nowhere(views):
    bags = views["tracks"].bags()
    chart = lsa.fit_map(bags, 5, 1)
    points = chart.place(sp.csr_array(sp.vstack([bags[:3], sp.csr_array((1, bags.shape[1]))])))
    np.testing.assert_allclose(np.linalg.norm(points[:3], axis=1), 1, rtol=1e-5)
    assert not points[3].any()
    np.testing.assert_allclose(chart.place(bags)[:3], points[:3], atol=1e-6)
    labels = clusters.cluster(np.vstack([points, -points[:3]]), 2, 1)
    assert labels[3] == -1
    assert set(labels[[0, 1, 2, 4, 5, 6]]) == {0, 1}
    with pytest.raises(DataError, match="labels"):
        lsa.fit_map(sp.csr_array(np.eye(5)), 2, 1)


def test_clusters_in_mini_batches_find_blobs(monkeypatch):
    monkeypatch.setattr(clusters, "BATCH", 64)
    rng = np.random.default_rng(2)
    truth = np.repeat([0, 1, 2], [300, 200, 100])
    points = np.eye(3)[truth] + rng.normal(0, 0.1, (600, 3))
    labels = clusters.cluster(points, 3, 1)
    assert (labels == truth).all()  # the largest comes first
    value, error, each = clusters.measure(points, labels, 1)
    assert value == pytest.approx(metrics.silhouette_score(points, truth), abs=1e-3)
    assert 0 < error < 0.02
    assert len(each) == 3


def test_profiles_equal_plain_counting(store, views, truth):
    found = profile(truth, views["titles"].holds, views["titles"].labels, top=3)
    dense = views["titles"].holds.toarray() > 0
    overall = dense.mean(axis=0)
    for cluster in range(THEMES):
        inside = dense[truth == cluster]
        share = inside.mean(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            score = np.where(share > overall, share * np.log(share / overall), -np.inf)
        score[inside.sum(axis=0) < FEWEST] = -np.inf
        best = np.argsort(-score, kind="stable")[:3]
        part = found[found["cluster"] == cluster]
        np.testing.assert_allclose(part["share"], share[best])
        np.testing.assert_allclose(part["lift"], share[best] / overall[best])
    table = describe_clusters(truth, np.zeros(THEMES), {"title words": found})
    assert table["playlists"].sum() == len(truth)
    assert "gym" in table["title words"][0] or "workout" in table["title words"][0]
    assert short_names(truth, {"words": found})[0].startswith("1: ")
    assert short_names(np.array([0, 1]), {"words": found.iloc[:0]}) == ["1", "2"]


def test_pictures_leave_out_what_has_no_place():
    points = np.random.default_rng(0).normal(size=(40, 5))
    points[3] = 0
    flat = flatten.flatten(points, 30, 1)
    assert len(flat.rows) == 30
    assert 3 not in flat.rows
    assert flat.plane.shape == flat.neighbours.shape == (30, 2)
    assert 0 < flat.explained <= 1
    with pytest.raises(DataError, match="at least 4"):
        flatten.flatten(points[:3], 30, 1)


def test_rows_of_clusters_keep_their_playlists():
    labels = {"tracks": np.array([1, -1, 0])}
    table = cluster_told.cluster_rows(np.array([10, 11, 12]), labels, {"tracks": ["1: a", "2: b"]})
    table = cluster_told.CLUSTERS_SCHEMA.validate(table)
    assert table["pid"].tolist() == [10, 12]
    assert table["name"].tolist() == ["2: b", "1: a"]
