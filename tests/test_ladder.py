"""The ladder of rungs, contact with the training rows, scores by part, and what was tried."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from lib.evaluation.inspection import inspect_split
from lib.evaluation.leaks import LeakError, require_clean
from lib.evaluation.regression import r2
from lib.modelling import beyond, compare, contact, ladder, parts
from lib.modelling.splits import group_folds
from lib.pipeline.step import Metric
from lib.plots import ladder as plots
from lib.tracks import albums, texts
from lib.tracks.clean import drop_nameless
from lib.tracks.features import tracks_by_id
from lib.tracks.generate import write_sample
from lib.tracks.read import read_kaggle
from lib.tracks.twins import add_ids, artist_groups

DATA = os.environ.get("WORKBOOK_DATA", "")


def model_tracks(path):
    tracks = tracks_by_id(add_ids(drop_nameless(read_kaggle(path))))
    made = [tracks, texts.text_features(tracks), albums.catalogue_counts(tracks)]
    return pd.concat(made, axis=1).drop(columns=["artists", "audio_id"])


@pytest.fixture(scope="module")
def tracks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tracks")
    write_sample(folder, seed=11)
    return model_tracks(folder / "dataset.csv")


@pytest.fixture(scope="module")
def folds(tracks):
    groups = {"first_artist": artist_groups(tracks), "recording": tracks["recording_id"]}
    parts = [
        tracks[["track_id"]].assign(split=name, fold=group_folds(group, 2, 1))
        for name, group in groups.items()
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def kinds(tracks, folds):
    return contact.find_contact(tracks, folds)


def split_of(folds, name):
    return folds[folds["split"] == name]


def test_contact_equals_a_plain_search(tracks, folds, kinds):
    few = tracks.sample(60, random_state=3)
    plain = dict(zip(tracks["track_id"], texts.plain_name(tracks["album_name"]), strict=True))
    key = dict(zip(tracks["track_id"], texts.album_key(tracks["album_name"]), strict=True))
    artist = dict(zip(tracks["track_id"], tracks["first_artist"], strict=True))
    for split, part in folds.groupby("split"):
        fold = dict(zip(part["track_id"], part["fold"], strict=True))
        found = kinds[kinds["split"] == split].set_index("track_id")
        for one in few["track_id"]:
            train = [other for other in fold if fold[other] != fold[one]]
            known = plain[one] in {plain[other] for other in train}
            assert (found.loc[one, "album"] == "known") == known
            if not known and key[one] in {key[other] for other in train}:
                assert found.loc[one, "album"] == "near"
            assert found.loc[one, "artist_known"] == (artist[one] in {artist[o] for o in train})


def test_no_artist_is_known_to_the_split_by_artist(kinds):
    assert not kinds.loc[kinds["split"] == "first_artist", "artist_known"].any()
    assert kinds.loc[kinds["split"] == "recording", "artist_known"].mean() > 0.5


def test_likeness_equals_cosines_and_is_symmetric():
    names = ["christmas songs 22", "christmas songs 21", "songs of christmas 22", "blue", "the"]
    found = contact.likeness(names, floor=0.01).toarray()
    assert not found.diagonal().any()
    np.testing.assert_allclose(found, found.T)
    # Words in 3, 3, 2, 1, 1 of 5 names, none in all; rarer words weigh more.
    idf = {w: 1 + np.log(6 / (1 + n)) for w, n in {"c": 3, "s": 3, "22": 2, "21": 1}.items()}
    vectors = [[idf["c"], idf["s"], idf[number]] for number in ("22", "21")]
    lengths = [np.linalg.norm(vector) for vector in vectors]
    cosine = (idf["c"] ** 2 + idf["s"] ** 2) / (lengths[0] * lengths[1])
    assert found[0, 1] == pytest.approx(cosine, rel=1e-5)
    assert found[0, 2] == pytest.approx(1)
    assert not found[3:].any()
    assert contact.likeness(names, floor=0.99).toarray().astype(bool).sum() == 2


def test_likeness_does_not_depend_on_the_chunks(tracks):
    names = texts.plain_name(tracks["album_name"]).unique()[:700]
    found = contact.likeness(names).toarray()
    backwards = contact.likeness(names[::-1]).toarray()
    np.testing.assert_allclose(found, backwards[::-1, ::-1], atol=1e-6)


def test_kinds_follow_likeness(kinds):
    known = kinds["album"] == "known"
    assert (kinds.loc[known, "likeness"] == 1).all()
    assert ((kinds["likeness"] >= contact.NEAR) == (kinds["album"] != "new")).all()
    low = kinds["likeness"][kinds["likeness"] < contact.FLOOR]
    assert (low == 0).all()


def test_parts_are_nested_and_complete(kinds):
    of_new = parts.of_new_artists(kinds[kinds["split"] == "first_artist"])
    assert (of_new["album known"] ^ of_new["album new"]).all()
    assert (of_new["album new"] | ~of_new["album new, near-copies out"]).all()
    of_known = parts.of_known_artists(kinds[kinds["split"] == "recording"])
    cut = of_known["artist known, album known"] ^ of_known["artist known, album new"]
    assert (cut == of_known["artist known"]).all()
    unlike = parts.of_unlike_albums(kinds)
    counts = [part.sum() for part in unlike.values()]
    assert counts == sorted(counts, reverse=True)
    assert (unlike["likeness below 0.7"] == (kinds["album"] == "new")).all()


@pytest.fixture(scope="module")
def new(tracks, folds):
    models = ladder.rungs("first_artist", 15, seed=0)
    return compare.cross_validate(tracks, split_of(folds, "first_artist"), models)


def test_rungs_are_those_that_steps_name():
    for split, steps in (("first_artist", ladder.STEPS), ("recording", ladder.LEVEL_STEPS)):
        names = set(ladder.rungs(split, 1, 0))
        assert {name for pair in steps for name in pair} <= names


def test_zeros_of_flags_are_missing_and_nothing_else_changes(tracks):
    train = np.array([[0, 0, 2, np.nan], [1, 0.5, 0, 1]])
    made = ladder.ZeroFlags().fit(train).transform(np.array([[0.0, 0, 0, 0], [1, 1, 1, 1]]))
    np.testing.assert_array_equal(made, [[np.nan, 0, 0, 0], [1, 1, 1, 1]])


def test_flags_without_zeros_leave_the_model_as_it_was(tracks):
    model = ladder.boosted([ladder.rule_columns()], 12, 0)
    dense = Pipeline([step for step in clone(model).steps if step[0] != "zeroflags"])
    assert len(dense) == len(model) - 1
    fitted = [one.fit(tracks, tracks["popularity"]).predict(tracks) for one in (model, dense)]
    np.testing.assert_array_equal(*fitted)


def test_settings_reach_every_boosted_rung():
    boosted = [m for m in ladder.rungs("recording", 7, 3).values() if hasattr(m, "steps")]
    models = [m[-1] for m in boosted if "n_estimators" in m[-1].get_params()]
    assert len(models) == 3
    wanted = ladder.SETTINGS | {"learning_rate": 0.15}
    for model in models:
        assert model.get_params() | wanted == model.get_params()
        assert (model.n_estimators, model.random_state, model.n_jobs) == (7, 3, 1)


def test_a_fit_is_repeatable_and_blind_to_the_targets_of_test_rows(tracks, folds):
    fold = tracks["track_id"].map(split_of(folds, "recording").set_index("track_id")["fold"])
    train, test = tracks[fold == 0], tracks[fold == 1]
    model = ladder.rungs("recording", 5, seed=0)[ladder.ALL]
    first = clone(model).fit(train, train["popularity"]).predict(test)
    again = clone(model).fit(train, train["popularity"]).predict(test.assign(popularity=0.0))
    np.testing.assert_array_equal(first, again)


@pytest.fixture(scope="module")
def scored(tracks, new, kinds):
    of_new = parts.of_new_artists(kinds[kinds["split"] == "first_artist"].set_index("track_id"))
    artists = tracks.set_index("track_id")["first_artist"]
    tiny = pd.Series(np.arange(len(artists)) < 50, index=artists.index)
    cut = of_new | {"too few": tiny}
    return of_new, *parts.score_parts(new, cut, artists, 60, 0, ladder.STEPS)


def test_scores_by_part_equal_scores_of_those_rows(new, scored):
    of_new, table, steps = scored
    assert set(table["metric"]) == set(steps["metric"]) == {"r2", "mae"}
    assert set(table["part"]) == set(of_new)
    for name, part in of_new.items():
        rows = new[new["track_id"].map(part)]
        mine = table[(table["part"] == name) & (table["metric"] == "r2")].set_index("model")
        for model, block in rows.groupby("model"):
            expected = r2(block["popularity"], block["prediction"])
            assert mine.loc[model, "value"] == pytest.approx(expected)
            assert mine.loc[model, "rows"] == len(block)
        differ = steps[(steps["part"] == name) & (steps["metric"] == "r2")]
        for row in differ.itertuples():
            expected = mine.loc[row.model, "value"] - mine.loc[row.other, "value"]
            assert row.value == pytest.approx(expected)


def test_parts_that_are_all_too_small_leave_empty_tables(tracks, new):
    artists = tracks.set_index("track_id")["first_artist"]
    none = {"none": pd.Series(False, index=artists.index)}
    for table in parts.score_parts(new, none, artists, 60, 0, ladder.STEPS):
        assert table.empty
        assert parts.as_metrics(table, {}) == []
        assert "not scored" in parts.in_words(table)["none", "mean"]


def test_metrics_and_words_tell_the_table(scored):
    _, table, steps = scored
    where = {"first_artist": "how it was done"}
    first = [("album new", ladder.RULES)]
    told = parts.as_metrics(table, where, "zeros dropped", first)
    assert len(told) == len(table)
    recorded = [Metric(**one) for one in told]
    front = [one for one in recorded if one.headline]
    assert [one.name for one in front] == [
        f"R², {ladder.RULES}, new artist, zeros dropped: album new"
    ]
    assert front[0].protocol == "zeros dropped: album new; how it was done"
    mean = table[(table["model"] == "mean") & (table["part"] == "album new")]
    assert front[0].baseline_value == mean.set_index("metric").loc["r2", "value"]
    differ = [Metric(**one) for one in parts.as_metrics(steps, where)]
    assert {one.baseline for one in differ} == {"no difference"}
    assert not any(one.headline for one in differ)
    words = parts.in_words(table)["album new", ladder.RULES]
    assert words == f"{front[0].value:.3f} [{front[0].low:.3f}, {front[0].high:.3f}]"
    row = steps[(steps["part"] == "album new") & (steps["metric"] == "r2")].iloc[0]
    assert parts.in_words(steps)["album new", row["model"]].startswith(f"{row['value']:+.3f} [")


def test_compilations_are_what_the_album_look_up_knows(tracks, new, kinds):
    of_new = kinds[kinds["split"] == "first_artist"].set_index("track_id")["album"]
    looked = new[new["model"] == "album look-up"]
    known = looked["track_id"].map(of_new) == "known"
    error = (looked["popularity"] - looked["prediction"]).abs()
    # The planted compilations have one popularity each.
    assert known.mean() > 0.03
    assert error[known].max() < 1e-9
    assert error[~known].mean() > 10


def test_the_detector_blames_the_album_name(tracks, folds):
    fold = tracks["track_id"].map(split_of(folds, "first_artist").set_index("track_id")["fold"])
    train, test = tracks[fold == 0], tracks[fold == 1]
    with pytest.raises(LeakError, match="album_name: a table of its training means"):
        require_clean(inspect_split(train, test, ["album_name"]).findings, "fold 1")
    looked = parts.lookup_by_fold(tracks, split_of(folds, "first_artist"), ["album_name"])
    assert looked["fold"].tolist() == [0, 1]
    assert looked["suspicious"].all()


@pytest.mark.parametrize("split", list(ladder.GROUPS))
def test_every_try_fits_and_stays_in_reach(tracks, split):
    train, test = tracks.iloc[::2], tracks.iloc[1::2]
    for name, model in beyond.tries(split, 4, 0).items():
        answer = clone(model).fit(train, train["popularity"]).predict(test)
        assert np.isfinite(answer).all(), name
        assert answer.min() > -20, name
        assert answer.max() < 120, name


def test_two_stages_multiply_chance_and_level(tracks):
    some = tracks.iloc[:1500]
    fitted = beyond.TwoStage(ladder.boosted([], 5, 0)).fit(some, some["popularity"])
    seen = fitted.columns_.transform(some)
    chance = fitted.above_.predict_proba(seen)[:, 1]
    np.testing.assert_allclose(fitted.predict(some), chance * fitted.level_.predict(seen))
    assert chance.mean() == pytest.approx((some["popularity"] > 0).mean(), abs=0.05)


def test_recounted_tracks_have_the_counts_of_the_smaller_file(tracks):
    made, held = beyond.recounted(tracks, 0.3, 5)
    assert held.mean() == pytest.approx(0.3, abs=0.03)
    alone = albums.catalogue_counts(tracks[held.to_numpy()])
    smaller = made[[beyond.SMALLER + name for name in albums.COUNTS]]
    np.testing.assert_array_equal(smaller[held.to_numpy()], alone)
    assert smaller[~held.to_numpy()].isna().all(axis=None)
    pd.testing.assert_frame_equal(made[list(tracks)], tracks)


def test_a_recounted_model_learns_from_one_count_and_answers_from_the_other(tracks):
    made, _ = beyond.recounted(tracks, 0.3, 5)
    models = beyond.recount_models(6, 0)
    fitted = [m.fit(made, made["popularity"]) for m in list(models.values())[1:]]
    counts = {name: made[beyond.SMALLER + name] for name in albums.COUNTS}
    expected = fitted[0].predict(made.assign(**counts))
    np.testing.assert_array_equal(fitted[1].predict(made), expected)
    assert not np.array_equal(expected, fitted[0].predict(made))


def test_monotone_constraints_hold(tracks):
    model = beyond.tries("first_artist", 20, 0)["monotone constraints"]
    fitted = model.fit(tracks, tracks["popularity"])
    for name, sign in beyond.DIRECTIONS.items():
        one = tracks.iloc[[5] * 30].copy()
        one[name] = np.linspace(tracks[name].min(), tracks[name].max(), 30)
        assert (np.diff(fitted.predict(one)) * sign >= -1e-4).all(), name


def test_genres_that_stand_together_share_a_direction():
    genres = [["a", "b"]] * 6 + [["c"]] * 5 + [["a"], ["b"]]
    rows = pd.DataFrame({"genres": genres})
    made = beyond.CoListing(2, 0).fit(rows).transform(rows)
    # Two directions: what a and b have in common, and c.
    np.testing.assert_allclose(np.abs(made[0]), [np.sqrt(2), 0], atol=1e-6)
    np.testing.assert_allclose(np.abs(made[6]), [0, 1], atol=1e-6)
    np.testing.assert_allclose(made[-1], made[-2], atol=1e-6)
    assert beyond.CoListing(8, 0).fit(rows).transform(rows).shape == (13, 3)


def test_duration_shape_knows_training_rows_only():
    train = pd.DataFrame({"duration_ms": [100_000, 200_000], "genres": [["a"], ["b"]]})
    other = pd.DataFrame({"duration_ms": [200_500, 200_000], "genres": [["a"], ["c"]]})
    made = beyond.DurationShape().fit(train).transform(other)
    usual = np.log1p(train["duration_ms"])
    expected = np.log1p(other["duration_ms"]) - [usual[0], usual.mean()]
    np.testing.assert_allclose(made, np.column_stack([expected, [0, 1]]))


def test_near_copies_without_a_gain_or_a_cut():
    none = pd.Series([], dtype=float)
    for gain in (none, pd.Series([-0.01])):
        assert "no gain" in parts.near_copies_explain(gain, pd.Series([0.1]))
    assert "cannot be told" in parts.near_copies_explain(pd.Series([0.1]), none)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.001, 0.02, "helps"),
        (0.001, 0.003, "helps a little"),
        (0, 0.02, "no difference shown"),
        (-0.02, 0, "no difference shown"),
        (-0.02, -0.01, "hurts"),
    ],
)
def test_verdicts(low, high, said):
    assert beyond.verdict(low, high) == said


def test_back_transformed_targets_return():
    values = np.array([0.0, 1, 50, 99.5, 100])
    np.testing.assert_allclose(beyond._square(np.sqrt(values)), values)
    np.testing.assert_allclose(beyond._expit(beyond._logit(values)), values, atol=1e-9)


def test_figures_draw(tracks):
    table = pd.DataFrame(
        {
            "model": ["a", "b", "a", "b"],
            "part": ["p", "p", "q", "q"],
            "value": [0.1, 0.2, -3.0, 0.4],
            "low": [0.0, 0.1, -4.0, 0.3],
            "high": [0.2, 0.3, -2.0, 0.5],
        }
    )
    figure = plots.scores_by_part(table, {"p": "P", "q": "Q"}, "R²", bound=(0.3, "line"))
    assert "-3.0" in [text.get_text() for text in figure.axes[0].texts]
    plots.error_by_artists(table.assign(value=table["value"].abs()), {"p": 3, "q": 4})
    listed = albums.album_table(tracks)
    empty = listed.iloc[:0]
    plots.album_popularity(tracks["popularity"], tracks["popularity"], {"x": listed, "y": empty})


@pytest.mark.skipif(
    not (Path(DATA) / "tracks" / "dataset.csv").is_file() or not DATA,
    reason="WORKBOOK_DATA names no folder with tracks/dataset.csv",
)
def test_a_fifth_of_the_public_file_stands_on_shared_albums():
    tracks = tracks_by_id(drop_nameless(read_kaggle(Path(DATA) / "tracks" / "dataset.csv")))
    tracks["first_artist"] = tracks["artists"].str.split(";").str[0]
    shared = albums.catalogue_counts(tracks)["album_artists"] > 1
    assert shared.mean() == pytest.approx(0.218, abs=0.001)
    zero = tracks["popularity"].eq(0).groupby(shared).mean()
    assert zero[True] > 10 * zero[False]
