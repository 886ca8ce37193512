"""The challenge notebook: its file keeps to the rules, and a wrong request is refused early."""

from __future__ import annotations

import dataclasses
import json

import matplotlib as mpl
import numpy as np
import pytest

from lib.errors import DataError, ParameterError
from lib.pipeline import places
from lib.pipeline.stages import stage
from lib.pipeline.step import Step
from lib.playlists.continuation.challenge import CATEGORIES, read_challenge
from lib.playlists.continuation.rehearsal import rehearse
from lib.playlists.continuation.submission import TRACKS_EACH, check_submission, read_submission
from lib.playlists.generate import generate_mpd
from lib.playlists.reading.load import load_mpd
from lib.recommenders import challenge_answers, fitted
from lib.recommenders.base import Ranked, training_from
from lib.recommenders.itemknn import ItemKNN
from lib.recommenders.popularity import Popularity
from lib.recommenders.two_stage import TwoStage

NOTEBOOK = "19_challenge_submission"
TEAM = ("The Anchors", "anchors@example.org")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("challenge")
    generate_mpd(folder / "in", 2, 170, size=0.002, n_themes=4, per_category=2, workers=1)
    store = load_mpd(folder / "in", folder / "out", workers=1)
    challenge = read_challenge(folder / "in" / "challenge_set.json")
    training = training_from(store, np.arange(len(store.offsets) - 1))
    return folder / "in", store, challenge, training


def run_notebook(tmp_path, monkeypatch, until="finish", **values):
    """Run the notebook's cells up to one, here, with other parameters."""
    monkeypatch.setenv("WORKBOOK_OUT", str(tmp_path / "work"))
    cells = json.loads((places.ROOT / stage(NOTEBOOK).path).read_text("utf-8"))["cells"]
    space: dict[str, object] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), space)
            if cell["id"] == "parameters":
                space |= values
        if cell["id"] == until:
            break
    return space


@pytest.fixture
def light(monkeypatch, tmp_path):
    """Two quick recommenders in the blend, and a choice that was made on another set."""
    monkeypatch.setattr(
        fitted, "ladder", lambda *_, **__: {"item kNN": ItemKNN(), "popularity": Popularity()}
    )
    monkeypatch.setattr(fitted, "BLENDED", ("item kNN", "popularity"))
    (tmp_path / "choice").mkdir()
    (tmp_path / "choice" / "card.json").write_text('{"playlists": "another"}')
    monkeypatch.setattr(Step, "load_model", lambda *_: tmp_path / "choice")


@pytest.mark.parametrize("name", ["mine.csv", "mine.csv.gz"])
def test_a_generated_challenge_set_gives_a_valid_submission(
    made, tmp_path, monkeypatch, light, name
):
    folder, _, challenge, _ = made
    target = tmp_path / "sub" / name
    values = {"PLAYLISTS": str(folder), "SUBMISSION": str(target), "BATCH": 7}
    with mpl.rc_context():
        space = run_notebook(tmp_path, monkeypatch, **values)
    assert space["table"]["playlists"].tolist() == [2] * 10
    assert [path.name for path in target.parent.iterdir()] == [name]
    assert check_submission(target, challenge) == []
    read = read_submission(target)
    assert read.pids.tolist() == challenge.playlists["pid"].tolist()
    ids = np.array(read.track_ids)
    for pid, row in zip(read.pids, ids[read.ranked], strict=True):
        seeds = challenge.seeds.loc[challenge.seeds["pid"] == pid, "track_id"]
        assert len(set(row)) == TRACKS_EACH
        assert not set(row) & set(seeds)


def test_the_blend_is_chosen_on_the_slices_it_learns_from(made, light, tmp_path):
    _, store, _, training = made
    two = fitted.blend_for_use(tmp_path / "choice", store, training, 42)
    assert isinstance(two, TwoStage)
    assert two.training is training
    assert all(model.training is training for model in two.models.values())
    assert two.weights is not None and two.booster is not None
    assert fitted.fit_named("blend", training, 42, lambda: two).booster is None
    with pytest.raises(ParameterError, match="there is no second stage"):
        fitted.fit_named("rerank", training, 42, lambda: two)
    with pytest.raises(ParameterError, match="model 'best': unknown, or not for these"):
        fitted.fit_named("best", training, 42, lambda: two)


def test_queries_keep_what_the_set_says(made):
    _, store, challenge, _ = made
    queries = challenge_answers.queries_of(challenge, store)
    ids = store.table("tracks", ["track_id"])["track_id"].tolist()
    for row, playlist in enumerate(challenge.playlists.itertuples()):
        seeds = challenge.seeds[challenge.seeds["pid"] == playlist.pid].sort_values("position")
        expected = [ids.index(one) if one in ids else -1 for one in seeds["track_id"]]
        assert queries.seeds[row].tolist() == expected
        kind = next(one for one in CATEGORIES if one.name == playlist.category)
        assert queries.ordered[row] == (not kind.shuffled)
        assert bool(queries.titles[row]) == kind.title
    assert any((seeds < 0).any() for seeds in queries.seeds)
    mixed = dataclasses.replace(challenge, seeds=challenge.seeds.sample(frac=1, random_state=1))
    again = challenge_answers.queries_of(mixed, store)
    for one, other in zip(queries.seeds, again.seeds, strict=True):
        assert np.array_equal(one, other)


def test_batches_change_nothing_and_short_answers_are_filled(made):
    _, store, challenge, training = made
    queries = challenge_answers.queries_of(challenge, store)
    model = ItemKNN().fit(training)
    whole, took = challenge_answers.answer(model, queries, training, 1000)
    parts, _ = challenge_answers.answer(model, queries, training, 3)
    assert np.array_equal(whole.tracks, parts.tracks)
    assert (whole.tracks >= 0).all() and (took > 0).all()
    table = challenge_answers.by_category(challenge, queries, whole, took, training)
    assert table.loc["title only", "filled"] == 1
    assert np.isnan(table.loc["title only", "unknown"])
    random = table.loc["title and random 100", "unknown"]
    rows = np.flatnonzero(challenge.playlists["category"] == "title and random 100")
    unknown = [(queries.seeds[row] < 0).mean() for row in rows]
    assert random == pytest.approx(np.mean(unknown)) and random > 0
    with pytest.raises(ParameterError, match="batch: expected 1 or more"):
        challenge_answers.answer(model, queries, training, 0)


def test_a_rehearsal_holds_its_playlists_out(made, tmp_path):
    _, store, _, _ = made
    challenge, learnt = rehearse(store, tmp_path / "set.json", 42)
    assert challenge.findings == []
    assert set(challenge.playlists["category"]) <= {one.name for one in CATEGORIES}
    pids = store.table("playlists", ["pid"])["pid"].to_numpy()
    assert not set(pids[learnt]) & set(challenge.playlists["pid"])
    assert len(learnt) + len(challenge.playlists) == len(pids)
    for playlist in challenge.playlists.head(5).itertuples():
        row = int(np.flatnonzero(pids == playlist.pid)[0])
        ids = store.table("tracks", ["track_id"])["track_id"]
        own = set(ids.iloc[store.tracks_of(row)])
        seeds = challenge.seeds.loc[challenge.seeds["pid"] == playlist.pid, "track_id"]
        assert set(seeds) <= own
        assert playlist.num_tracks == len(own)


@pytest.mark.parametrize(
    ("values", "error", "said"),
    [
        ({"CHALLENGE_SET": "missing.json"}, DataError, "no such file"),
        ({"CHALLENGE_SET": "slice.json"}, DataError, "3 seed tracks with a title fit none"),
        ({"CHALLENGE_SET": "text.json"}, DataError, "text.json"),
        ({"PLAYLISTS": "nowhere"}, DataError, "no such folder"),
        ({"PLAYLISTS": "empty"}, DataError, "no MPD slice"),
        ({"SUBMISSION": "empty"}, ParameterError, "this is a folder"),
        ({"SUBMISSION": "text.json/x.csv"}, ParameterError, "cannot be written"),
        ({"TEAM": "A, B"}, ParameterError, "without comma"),
        ({"EMAIL": " "}, ParameterError, "without comma"),
        ({"MODEL": "best"}, ParameterError, "expected one of"),
        ({"BATCH": 0}, ParameterError, "from 1 to"),
    ],
)
def test_wrong_requests_are_refused_before_the_work(
    tmp_path, monkeypatch, made, values, error, said
):
    def refuse(*_):
        raise AssertionError("too late")

    monkeypatch.setattr(Step, "load_store", refuse)
    monkeypatch.setattr(Step, "load_model", refuse)
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.json").write_text("{ this is no JSON")
    tracks = [{"pos": pos, "track_uri": f"spotify:track:{pos:022d}"} for pos in range(3)]
    playlists = [{"name": "x", "pid": 1, "tracks": tracks}]
    (tmp_path / "slice.json").write_text(json.dumps({"playlists": playlists}))
    files = ("CHALLENGE_SET", "PLAYLISTS", "SUBMISSION")
    values = {n: str(tmp_path / v) if n in files else v for n, v in values.items()}
    if "PLAYLISTS" in values:
        values["CHALLENGE_SET"] = str(made[0] / "challenge_set.json")
    with pytest.raises(error, match=said):
        run_notebook(tmp_path, monkeypatch, until="store", **values)


def test_too_few_tracks_are_refused(made):
    _, store, challenge, _ = made
    queries = challenge_answers.queries_of(challenge, store)
    few = training_from(store, np.arange(6))
    with pytest.raises(DataError, match=r"different tracks, expected 500 and 100 more"):
        challenge_answers.check_catalogue(queries, few)


def test_a_broken_list_leaves_what_stood_there(made, tmp_path):
    _, store, challenge, training = made
    queries = challenge_answers.queries_of(challenge, store)
    ranked, _ = challenge_answers.answer(Popularity().fit(training), queries, training)
    target = tmp_path / "s.csv"
    challenge_answers.submit(target, *TEAM, challenge, ranked.tracks, store)
    before = target.read_bytes()
    row = next(row for row, seeds in enumerate(queries.seeds) if (seeds >= 0).any())
    with_seed = ranked.tracks.copy()
    with_seed[row, 3] = queries.seeds[row][queries.seeds[row] >= 0][0]
    short = Ranked(ranked.tracks.copy(), ranked.scores)
    short.tracks[4, 499] = -1
    for broken in (with_seed, short.tracks):
        with pytest.raises(DataError):
            challenge_answers.submit(target, *TEAM, challenge, broken, store)
        assert target.read_bytes() == before
        assert [path.name for path in tmp_path.iterdir()] == ["s.csv"]
