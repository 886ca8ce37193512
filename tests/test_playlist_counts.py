"""Playlist counts: features without the own count, fair folds, scores of a rare class."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpd_data import playlist, write_slice
from sklearn.metrics import average_precision_score

from lib.errors import DataError, ParameterError
from lib.evaluation import rare_class
from lib.evaluation.leaks import LeakError, require_clean
from lib.modelling.counts import count_claims, count_leaks, count_models
from lib.modelling.counts import count_features as features
from lib.modelling.counts.count_published import PUBLISHED, published_features
from lib.pipeline import places
from lib.playlists.reading.load import load_mpd
from lib.playlists.store import open_store
from lib.plots import counts as plots

TARGET = features.TARGET


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "store"
    return load_mpd(places.SAMPLE / "mpd", folder)


@pytest.fixture(scope="module")
def tracks(store):
    return features.count_tracks(store)


@pytest.fixture(scope="module")
def predicted(store, tracks):
    least = features.smallest_rare(tracks)
    return count_models.predict_counts(tracks, published_features(store), least, 3, 15, 0)


def small(seed=0, n=60):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"artist": rng.integers(0, 8, n), "album": rng.integers(0, 12, n)})
    return table.assign(**{TARGET: rng.exponential(size=n).round(2)})


def slow_levels(tracks, known, inner=None):
    """The same, a row and a level at a time."""
    lines = []
    for row in range(len(tracks)):
        line = []
        for keys in (["artist"], ["artist", "album"]):
            same = (tracks[keys] == tracks.loc[row, keys]).all(axis=1) & known
            same &= np.arange(len(tracks)) != row
            if inner is not None and known[row]:
                same &= inner != inner[row]
            values = tracks.loc[same, TARGET]
            line += [len(values), values.mean(), values.max()]
        lines.append(line)
    names = [*features.OTHERS["artist"], *features.OTHERS["album"]]
    return pd.DataFrame(lines, columns=names)


@given(st.integers(0, 1000), st.booleans())
@settings(max_examples=25, deadline=None)
def test_levels_are_those_of_the_slow_way(seed, crossed):
    tracks = small(seed, 25)
    rng = np.random.default_rng(seed + 1)
    known = rng.random(25) < 0.7
    inner = rng.integers(0, 3, 25) if crossed else None
    found = features.levels_of_others(tracks, known, inner)
    expected = slow_levels(tracks, known, inner)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


@given(st.integers(0, 1000), st.booleans())
@settings(max_examples=25, deadline=None)
def test_no_row_sees_its_own_count_and_none_a_hidden_one(seed, crossed):
    tracks = small(seed, 25)
    rng = np.random.default_rng(seed)
    known = rng.random(25) < 0.6
    inner = rng.integers(0, 3, 25) if crossed else None
    before = features.levels_of_others(tracks, known, inner)
    row = int(rng.integers(25))
    changed = tracks.assign(**{TARGET: tracks[TARGET].where(np.arange(25) != row, 99.0)})
    after = features.levels_of_others(changed, known, inner)
    pd.testing.assert_series_equal(before.loc[row], after.loc[row])
    if not known[row]:
        pd.testing.assert_frame_equal(before, after)


def test_tracks_are_tabulated(store, tracks):
    table = store.table("tracks")
    assert (tracks["playlists"] == table["playlists"]).all()
    assert np.allclose(np.expm1(tracks[TARGET]), table["playlists"])
    by_artist = table.groupby("artist")["track_id"].transform("size")
    assert (tracks["artist_tracks"] == by_artist).all()
    assert (tracks["artist_albums"] == table.groupby("artist")["album"].transform("nunique")).all()
    one = tracks.groupby("recording")["artist"].nunique()
    assert (one == 1).all()
    assert tracks["recording"].nunique() < len(tracks)


def test_published_features_are_those_of_the_slow_way(tmp_path):
    lists = [[1, 2, 3, 4], [2, 1, 9], [2, 5], [2, 2, 7]]
    content = [playlist(pid, numbers) for pid, numbers in enumerate(lists)]
    write_slice(tmp_path / "mpd", 0, content)
    store = load_mpd(tmp_path / "mpd", tmp_path / "store")
    found = published_features(store)
    assert list(found) == list(PUBLISHED)
    table = store.table("tracks")
    rows = [
        (pid, store.entries[at], at - store.offsets[pid])
        for pid in range(4)
        for at in range(store.offsets[pid], store.offsets[pid + 1])
    ]
    entries = pd.DataFrame(rows, columns=["pid", "track", "place"])
    by_track = entries.groupby("track")["place"]
    assert found["avg_position"].tolist() == pytest.approx(by_track.mean().tolist())
    spread = by_track.std().fillna(0)
    assert found["std_position"].tolist() == pytest.approx(spread.tolist())
    for level in ("artist", "album"):
        owner = entries["track"].map(table[level])
        held = entries.groupby(owner)["pid"].nunique()
        expected = np.log1p(table[level].map(held))
        assert found[f"{level}_popularity"].tolist() == pytest.approx(expected.tolist())


def test_a_spread_of_zero_says_that_the_count_is_one(store, tracks):
    spread = published_features(store)["std_position"]
    single = store.table("tracks")["entries"] == 1
    assert (spread[single] == 0).all()
    assert (tracks["playlists"][spread == 0] == 1).mean() > 0.95


def test_albums_that_are_not_known_say_nothing(tmp_path):
    write_slice(tmp_path / "mpd", 0, [playlist(0, [1, 2, 3, 4], False), playlist(1, [1, 4], False)])
    store = load_mpd(tmp_path / "mpd", tmp_path / "store")
    tracks = features.count_tracks(store)
    assert not features.has_albums(tracks)
    assert tracks["album"].is_unique
    assert (tracks["artist_albums"] == 1).all()
    assert (published_features(store)["album_popularity"] == 0).all()
    assert list(count_models.possible_splits(tracks)) == ["track", "artist"]
    assert len(count_models.fair_models(tracks)) == 2


def test_the_rare_class_is_as_rare_as_published(tracks):
    least = features.smallest_rare(tracks)
    share = (tracks["playlists"] >= least).mean()
    others = [(tracks["playlists"] >= c).mean() for c in tracks["playlists"].unique()]
    best = min(abs(one - features.PUBLISHED_SHARE) for one in others)
    assert abs(share - features.PUBLISHED_SHARE) == best
    assert features.smallest_rare(tracks, 7) == 7
    with pytest.raises(DataError, match="some but not all"):
        features.smallest_rare(tracks, 10**6)
    with pytest.raises(DataError, match="some but not all"):
        features.smallest_rare(tracks, 1)


def test_every_model_meets_every_track_once_and_the_same_folds(tracks, predicted):
    for (split, _), part in predicted.groupby(["split", "model"]):
        assert part["row"].tolist() == list(range(len(tracks)))
        assert np.isfinite(part[["prediction", "score"]]).all(axis=None)
        key = tracks[features.SPLITS[split].keys[0]].to_numpy()
        assert part.groupby(key)["fold"].nunique().max() == 1
    folds = predicted.groupby(["split", "row"])["fold"].nunique()
    assert (folds == 1).all()


def test_a_hidden_count_changes_no_prediction_of_its_fold(store, tracks):
    published = published_features(store)
    least = features.smallest_rare(tracks)
    before = count_models.predict_counts(tracks, published, least, 2, 5, 0)
    fold = before[(before["split"] == "artist") & (before["model"] == "mean")]["fold"].to_numpy()
    changed = tracks.copy()
    changed.loc[fold == 0, TARGET] = changed.loc[fold == 0, TARGET].to_numpy()[::-1]
    after = count_models.predict_counts(changed, published, least, 2, 5, 0)
    fair = ["mean", "look-up", *count_models.FEATURES, count_models.ONE_OUT]
    for model in fair:
        both = [
            t[(t["split"] == "artist") & (t["model"] == model) & (t["fold"] == 0)]["prediction"]
            for t in (before, after)
        ]
        assert both[0].tolist() == both[1].tolist(), model


def test_scores_are_beside_their_baselines(predicted):
    scores = count_models.score_counts(predicted, 30, 0)
    by = scores.set_index(["split", "model", "metric"])
    for split in predicted["split"].unique():
        assert by.loc[(split, "mean", "r2"), "value"] <= 0
        assert by.loc[(split, "mean", "gain"), "value"] == 0
        assert (scores["low"] <= scores["high"])[scores["low"].notna()].all()
    leaky = by.loc[("artist", count_models.LEAKY, "r2"), "value"]
    fair = by.loc[("artist", next(iter(count_models.FEATURES)), "r2"), "value"]
    assert leaky > 0.6 > 0.4 > fair
    pairs = [(count_models.LEAKY, "mean"), ("XGBoost, + album's others", "mean")]
    apart = count_models.differences(predicted, pairs, 30, 0)
    assert apart["split"].value_counts().to_dict() == {"track": 2, "album": 1, "artist": 1}


def test_the_detector_trips_on_the_published_features_and_not_on_ours(store, tracks):
    found = count_leaks.inspect_counts(store, tracks, 3, 0)
    for (_, name), findings in found.items():
        if name == "ours":
            require_clean(findings, name)
        else:
            assert "artist_popularity" in set(findings["where"])
            with pytest.raises(LeakError):
                require_clean(findings, name)
    table = count_leaks.findings_table(found)
    assert (table.query("features == 'ours'")["finding"] == "nothing found").all()


def test_forests_lose_what_the_features_gave_away(store):
    table, least = count_claims.forest_claims(store, 10, 500, 20, 0)
    by = table.set_index(["metric", "way"])["value"]
    r2 = by.loc["r2"]
    assert r2[count_claims.PUBLISHED] > 0.6 > r2[count_claims.TRACK]
    assert r2[count_claims.TRACK] > r2[count_claims.ARTIST] - 0.1
    assert least > 1
    assert by.loc["gain"].abs().max() < 0.02


@given(st.data())
@settings(max_examples=50, deadline=None)
def test_average_precision_is_that_of_scikit_learn(data):
    n = data.draw(st.integers(2, 30))
    truth = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    truth[0] = True
    score = np.array(data.draw(st.lists(st.integers(0, 4), min_size=n, max_size=n)), float)
    weight = np.array(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)), float)
    weight[0] = 1
    found = rare_class.average_precision(truth, score, weight)
    assert found == pytest.approx(average_precision_score(truth, score, sample_weight=weight))


def test_rare_scores_are_counted_and_draw_groups():
    truth = np.array([1, 1, 0, 0, 0, 0, 0, 0], bool)
    score = np.array([0.9, 0.2, 0.8, 0.1, 0.1, 0.1, 0.1, 0.1])
    named = score > 0.5
    groups = [0, 1, 2, 3, 4, 5, 6, 7]
    table = rare_class.rare_scores(truth, {"m": score}, {"m": named}, groups, 200, 0)
    value = table.set_index("metric")["value"]
    assert value["accuracy"] == 6 / 8
    assert value["gain"] == 0
    assert (value["found"], value["right"]) == (0.5, 0.5)
    assert value["pr_auc"] == pytest.approx(average_precision_score(truth, score))
    # All rows in one group: a replicate is the whole again.
    one = rare_class.rare_scores(truth, {"m": score}, {"m": named}, np.zeros(8), 5, 0)
    assert (one["low"] == one["value"]).all()
    curve = rare_class.precision_recall(truth, score)
    assert curve["recall"].tolist() == [0.5, 0.5, 1, 1]
    assert curve["precision"].tolist() == [1, 0.5, 2 / 3, 0.25]


def test_bad_input_is_named():
    with pytest.raises(DataError, match="rows in the class and others"):
        rare_class.rare_scores([True, True], {"m": [1, 2]}, {"m": [True, True]}, [0, 1], 9, 0)
    with pytest.raises(DataError, match="lengths"):
        rare_class.rare_scores([True, False], {"m": [1]}, {"m": [True]}, [0, 1], 9, 0)
    with pytest.raises(ParameterError, match="replicates"):
        rare_class.rare_scores([True, False], {"m": [1, 2]}, {"m": [True, False]}, [0, 1], 1, 0)


def test_without_artists_there_is_nothing_to_learn_from(store, tmp_path):
    copy = open_store(store.folder)
    table = copy.table("tracks").assign(artist=np.int32(-1))
    fake = type("Fake", (), {"folder": tmp_path, "table": lambda *_: table})()
    with pytest.raises(DataError, match="artists of tracks expected"):
        features.count_tracks(fake)


def test_figures_are_drawn(predicted, tracks, store, tmp_path):
    part = predicted[predicted["split"] == "track"]
    of = dict(list(part.groupby("model", sort=False)))
    curves = {n: rare_class.precision_recall(t["rare"], t["score"]) for n, t in of.items()}
    spread = published_features(store)["std_position"].to_numpy()
    drawn = {
        "spread": plots.counts_and_spread(tracks["playlists"].to_numpy(), spread, 20),
        "curves": plots.precision_recall({"new track": curves}, 0.005, 3),
        "counts": plots.predicted_counts({n: of[n] for n in list(of)[:2]}),
    }
    for name, figure in drawn.items():
        figure.savefig(tmp_path / f"{name}.png")
    lines = {line.get_label() for line in drawn["curves"].axes[0].lines}
    assert set(of) <= lines
