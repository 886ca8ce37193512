"""The evaluation of all recommenders together, what is kept of it, and what is said of it."""

import dataclasses
import json

import numpy as np
import pytest
from recommender_data import ask

from lib.errors import DataError, ParameterError
from lib.evaluation.playlist_means import OVERALL
from lib.pipeline import places
from lib.playlists.continuation.held_out import fingerprint
from lib.playlists.continuation.holdout import hold_out
from lib.playlists.reading.load import load_mpd
from lib.recommenders import chosen, fitted, ladder, told
from lib.recommenders.base import training_from
from lib.recommenders.itemknn import ItemKNN
from lib.recommenders.playlistknn import PlaylistKNN
from lib.recommenders.popularity import Popularity
from lib.recommenders.titles import Titles
from lib.recommenders.two_stage import TwoStage


def few():
    return {
        ladder.BASELINE: Popularity(),
        "item kNN": ItemKNN(),
        "playlist kNN": PlaylistKNN(k=100),
        "titles": Titles(),
    }


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return load_mpd(places.SAMPLE / "mpd", tmp_path_factory.mktemp("stores") / "sample")


@pytest.fixture(scope="module")
def holdout(store):
    return hold_out(store, playlists_each=5)


@pytest.fixture(scope="module")
def learnt(store, holdout):
    return training_from(store, holdout.train)


@pytest.fixture(scope="module")
def found(learnt, holdout):
    return ladder.evaluate(few(), learnt, holdout)


@pytest.fixture(scope="module")
def table(found, holdout):
    return told.summaries(found.scores, holdout.test, 100, 1)


def test_a_choice_is_taken_only_where_it_was_made(tmp_path, store, learnt, holdout, monkeypatch):
    """Other validation playlists may be among those to be tested."""
    models = {"item kNN": ItemKNN().fit(learnt), "titles": Titles().fit(learnt)}
    monkeypatch.setattr(fitted, "fit_blended", lambda *_: models)
    two = TwoStage(models, rerank=False).adopt(learnt)
    two.choose(holdout.validation.queries, holdout.validation.truth)
    about = {"playlists": "sample", "validation": fingerprint(holdout.validation)}
    chosen.save_choice(tmp_path / "choice", two, about)
    read = []
    load = chosen.load_choice
    monkeypatch.setattr(fitted, "load_choice", lambda *parts: read.append(1) or load(*parts))
    other = hold_out(store, playlists_each=4)
    shared = np.intersect1d(holdout.validation.playlists, other.test.playlists)
    assert len(shared)
    fitted.blend_for_test(tmp_path / "choice", "sample", learnt, other.validation, 1)
    fitted.blend_for_test(tmp_path / "choice", "other", learnt, holdout.validation, 1)
    assert not read
    again = fitted.blend_for_test(tmp_path / "choice", "sample", learnt, holdout.validation, 1)
    assert read == [1]
    assert again.weights.values.tolist() == two.weights.values.tolist()


def test_without_titles_the_weights_of_the_others_remain(tmp_path, learnt, holdout):
    models = {"item kNN": ItemKNN().fit(learnt), "titles": Titles().fit(learnt)}
    two = (
        TwoStage(models).adopt(learnt).choose(holdout.validation.queries, holdout.validation.truth)
    )
    chosen.save_choice(tmp_path, two, {})
    some = chosen.load_choice(tmp_path, {"item kNN": models["item kNN"]})
    assert some.weights.names == ("item kNN",)
    assert (some.weights.values == 1).all()
    assert some.booster is None
    with pytest.raises(DataError, match="none of them is given"):
        chosen.load_choice(tmp_path, {})


def test_one_playlist_a_category_gives_no_verdict(table):
    pair = table[table["recommender"] == "item kNN"].assign(pair="a − b", low=np.nan, high=np.nan)
    (sentence,) = told.in_words_steps(pair[pair["metric"] == "ndcg"])
    assert "nan" not in sentence
    assert sentence.endswith("too few playlists to tell.")


def test_the_example_shown_is_the_first_with_seeds_enough(holdout):
    shown = [len(seeds) for seeds in holdout.test.queries.seeds]
    assert shown[told.first_with_seeds(holdout.test, 5)] >= 5
    assert shown[told.first_with_seeds(holdout.test, 10**6)] == max(shown)


def test_protocols(store):
    assert len(hold_out(store).test.names) == 10
    assert hold_out(store, "random").test.names[0] == "random 1"
    assert len(hold_out(store).train) >= 2 * (len(store.offsets) - 1) / 3
    with pytest.raises(ParameterError, match="protocol 'latest': unknown"):
        hold_out(store, "latest")


def test_a_hold_out_that_leaves_too_little_to_learn_from_is_refused(store):
    with pytest.raises(
        ParameterError, match=r"playlists_each 40: leaves \d+ of 480.*12 is sure to"
    ):
        hold_out(store, playlists_each=40)
    assert len(hold_out(store, playlists_each=12).train) >= 240


def test_the_ladder_suits_the_data(learnt):
    names = list(ladder.ladder(learnt, 1))
    assert names[0] == ladder.BASELINE
    assert {"EASE", "titles", "content"} <= set(names)
    assert set(ladder.BLENDED) <= set(names)
    bare = dataclasses.replace(
        learnt, titles=[""] * len(learnt.titles), artist=np.full_like(learnt.artist, -1)
    )
    assert not {"EASE", "titles", "content"} & set(ladder.ladder(bare, 1, ease=False))


def test_all_of_the_ladder_answer_and_most_know_more_than_popularity(learnt, holdout):
    light = {
        name: model
        for name, model in ladder.ladder(learnt, 1, ease=False).items()
        if name in (ladder.BASELINE, "item kNN", "playlist kNN", "RP3beta", "ridge", "iALS")
    }
    made = ladder.evaluate(light, learnt, holdout, rerank=False)
    seeded = np.array([len(seeds) > 4 for seeds in holdout.test.queries.seeds])
    ndcg = {name: scores["ndcg"][seeded].mean() for name, scores in made.scores.items()}
    floor = ndcg.pop(ladder.BASELINE)
    assert np.median([*ndcg.values()]) > 1.05 * floor
    assert min(ndcg.values()) > 0.97 * floor


def test_a_track_of_held_out_playlists_alone_is_never_named(found, learnt, holdout):
    """It stands in the catalogue with artist and album only because they hold it."""
    unknown = learnt.popularity == 0
    assert unknown[np.concatenate(holdout.test.truth)].any()
    for answer in found.answers.values():
        assert not unknown[answer.tracks].any()


def test_everything_is_scored_on_the_same_playlists(found, holdout):
    assert {len(scores) for scores in found.scores.values()} == {len(holdout.test)}
    assert set(found.answers) == {*few(), ladder.BLEND, ladder.RERANK}
    assert (found.cost["own"] <= 1).all()
    assert found.cost.loc["titles", "own"] < 1
    for answer in found.answers.values():
        assert (answer.tracks >= 0).all()


def test_validation_alone_decides(learnt, holdout, found):
    """Other test playlists, the same weights."""
    half = np.arange(len(holdout.test)) % 2 == 0
    rows = np.flatnonzero(half)
    test = dataclasses.replace(
        holdout.test,
        playlists=holdout.test.playlists[rows],
        category=holdout.test.category[rows],
        queries=holdout.test.queries.take(rows),
        truth=[holdout.test.truth[row] for row in rows],
    )
    again = ladder.evaluate(few(), learnt, dataclasses.replace(holdout, test=test))
    assert np.array_equal(again.two_stage.weights.values, found.two_stage.weights.values)
    assert np.array_equal(again.answers["rerank"].tracks, found.answers["rerank"].tracks[rows])


def test_choices_are_kept(found, learnt, tmp_path):
    chosen.save_choice(tmp_path / "one", found.two_stage, {"playlists": "sample"})
    models = {name: model.fit(learnt) for name, model in few().items()}
    again = chosen.load_choice(tmp_path / "one", models)
    queries = ask([1, 2, 3], [5], titles=["rock", ""])
    one, other = found.two_stage.recommend(queries, 20), again.recommend(queries, 20)
    assert np.array_equal(one.tracks, other.tracks)
    assert json.loads((tmp_path / "one" / "card.json").read_text())["playlists"] == "sample"


def test_damaged_choices(found, learnt, tmp_path):
    models = {name: model.fit(learnt) for name, model in few().items()}
    with pytest.raises(DataError, match="no choices of a blend"):
        chosen.load_choice(tmp_path, models)
    chosen.save_choice(tmp_path, found.two_stage, {})
    card = json.loads((tmp_path / "card.json").read_text()) | {"format": 9}
    (tmp_path / "card.json").write_text(json.dumps(card))
    with pytest.raises(DataError, match="version 9, expected 1"):
        chosen.load_choice(tmp_path, models)


def test_tables_and_sentences(found, table, holdout, store, learnt):
    told.SCORES.validate(table)
    single = told.best_single(table)
    assert single not in (ladder.BLEND, ladder.RERANK)
    best = told.in_words_best(table, holdout.test)
    assert len(best) == 4
    assert f"{single} (the best single one): NDCG" in best[1]
    above = told.headline(table)
    assert above.endswith("above the most popular tracks.") and "not surely" not in above
    flat = table.assign(value=table["value"].where(table["recommender"] == ladder.BASELINE, 0))
    assert told.headline(flat).startswith("No recommender")
    unsure = table.assign(low=0.0)
    assert "not surely above" in told.headline(unsure)
    steps = told.steps_up(found, table, holdout.test, 100, 1)
    overall = steps[steps["category"] == OVERALL].set_index("pair")["value"]
    means = told.overall(table, "ndcg")
    assert overall[f"blend − {single}"] == pytest.approx(means["blend"] - means[single])
    assert len(told.in_words_steps(steps)) == 3
    assert told.in_words_floor(table)
    names = [metric["name"] for metric in told.score_metrics(table, {"ndcg": "NDCG"}, "x", "p")]
    assert "NDCG, rerank, x" in names
    various = told.variety(found.answers, learnt, holdout.test, (10,), 100, 1)
    assert len(told.novelty_metrics(various, 10, "x")) == len(found.answers)
    row = next(i for i, seeds in enumerate(holdout.test.queries.seeds) if len(seeds) >= 5)
    seeds, lists = told.side_by_side(store, found.answers, holdout.test, row, 10)
    marks = lists["rerank"].str.startswith("✓").sum()
    hits = np.isin(found.answers["rerank"].tracks[row, :10], holdout.test.truth[row]).sum()
    assert marks == hits
    assert len(seeds) == len(holdout.test.queries.seeds[row])
