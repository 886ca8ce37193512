"""Push, the command line, and the shelf: what goes to the Hub, and what is there to be used."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
import xgboost as xgb
import yaml
from hub_data import (
    FILES,
    REPO,
    SECRET,
    TOY,
    client,
    in_repository,
    pinned,
    sha256,
    stub,
    write_model,
)
from hub_stub import COMMIT
from huggingface_hub import constants
from scoring_data import catalogue, fit
from test_store import ABOUT

from lib.apps import continuation_kind, models
from lib.errors import DataError
from lib.modelling.hub import pin as hub_pin
from lib.modelling.hub.kinds import NOT_DESCRIBED, POPULARITY
from lib.modelling.hub.push import plan_push, push
from lib.modelling.stored import refusals, shelf, store
from lib.modelling.stored.model_files import NAMES
from lib.pipeline.__main__ import main as run_all
from lib.pipeline.hub_commands import LOCK

__all__ = ["client", "stub"]  # fixtures
# The client hands its transport a file in a way that the transport calls out of date.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<:DeprecationWarning")
NEW = "me/my-models"


@pytest.fixture
def folders(tmp_path):
    return [write_model(tmp_path / f"work/{n}_x/models/{name}") for n, name in ((1, "a"), (2, "b"))]


@pytest.fixture
def command(monkeypatch, stub, tmp_path):
    """The command line, on the stub."""
    template = constants.HUGGINGFACE_CO_URL_TEMPLATE.replace(constants.ENDPOINT, stub.endpoint)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(constants, "ENDPOINT", stub.endpoint)
    monkeypatch.setattr(models, "KINDS", (TOY,))
    places = {"--lock": tmp_path / "lock.json", "--cache": tmp_path / "cache"}

    def run(what, *arguments):
        where = {"--work": tmp_path / "work"} if what == "publish" else places
        return models.main([what, *arguments, *(str(x) for pair in where.items() for x in pair)])

    return run


def test_a_plan_names_each_file_and_asks_nobody(stub, folders):
    plan = plan_push(NEW, folders, [TOY])
    assert stub.log == []
    sent = {file.path: file for file in plan.files}
    assert sent.keys() == in_repository("a", "b").keys()
    told = str(plan)
    for name, content in FILES.items():
        assert sent[f"a/{name}"].sha256 == sha256(content)
        assert sha256(content) in told
        assert f"{len(content):,} bytes" in told
    for said in (NEW, "EVERY TRAINING TRACK", NOT_DESCRIBED, "a: mit. Made up."):
        assert said in told


def test_the_page_has_metadata_for_the_hub_and_scores_for_people(folders):
    text = plan_push(NEW, folders, [TOY]).files[0].content.decode()
    _, front, page = text.split("---\n", 2)
    told = yaml.safe_load(front)
    assert told["license"] == "mit"
    assert told["library_name"] == "xgboost"
    assert told["datasets"] == ["owner/data"]
    assert told["metrics"] == ["r_squared"]
    assert told["pipeline_tag"] == "tabular-regression"
    assert told["model-index"][0]["results"][0]["metrics"][0]["value"] == 0.25
    for said in ("# my-models", "| `a` | toy | R², new artist 0.250 [0.200, 0.300] | mit |"):
        assert said in page


def test_a_push_is_one_commit_with_what_was_planned(stub, folders):
    plan = plan_push(NEW, folders, [TOY])
    commit = push(plan, SECRET, endpoint=stub.endpoint)
    assert commit == stub.commits[NEW]
    assert re.fullmatch("[0-9a-f]{40}", commit)
    assert stub.files[NEW] == {file.path: file.content for file in plan.files}
    assert stub.private[NEW]
    assert len(stub.asked("POST", "/commit/")) == 1
    large = {path.rpartition("/")[2] for path in stub.asked("PUT", "/lfs/")}
    assert large == {sha256(content) for content in FILES.values()}
    assert {request.token for request in stub.log if request.method == "PUT"} == {None}
    api = [request for request in stub.log if "/lfs/" not in request.path]
    assert {request.token for request in api} == {f"Bearer {SECRET}"}


def test_a_second_push_removes_what_is_no_longer_the_models(stub, folders):
    stub.add(NEW, in_repository("a") | {"a/old.json": b"{}", "theirs/card.json": b"{}"})
    stub.private[NEW] = True
    push(plan_push(NEW, folders, [TOY]), SECRET, endpoint=stub.endpoint)
    assert "a/old.json" not in stub.files[NEW]
    assert "theirs/card.json" in stub.files[NEW]


def test_what_was_pushed_can_be_pinned_and_pulled(stub, folders, tmp_path):
    commit = push(plan_push(NEW, folders, [TOY]), SECRET, endpoint=stub.endpoint)
    wanted = (NEW, commit, tmp_path / "lock", tmp_path / "cache", [TOY])
    found = hub_pin.pin(*wanted, endpoint=stub.endpoint, show=lambda text: None)
    assert found == [pinned(name, commit, NEW) for name in ("a", "b")]


def test_a_public_repository_gets_nothing_by_accident(stub, folders):
    stub.add(NEW, {})
    stub.private[NEW] = False
    plan = plan_push(NEW, folders, [TOY])
    with pytest.raises(DataError, match="private repository expected, found a public one"):
        push(plan, SECRET, endpoint=stub.endpoint)
    assert stub.files[NEW] == {}
    push(plan, SECRET, private=False, endpoint=stub.endpoint)
    assert stub.files[NEW]


def test_a_repository_that_does_not_say_that_it_is_private_gets_nothing(stub, folders):
    stub.add(NEW, {})
    stub.private[NEW] = None
    with pytest.raises(DataError, match="private repository expected"):
        push(plan_push(NEW, folders, [TOY]), SECRET, endpoint=stub.endpoint)
    assert stub.files[NEW] == {}


def test_a_push_that_fails_half_way_leaves_nothing_and_can_be_repeated(stub, folders):
    plan = plan_push(NEW, folders, [TOY])
    for failing, said in (("lfs", "HTTP 403"), ("commit", "HTTP 500; try again in some minutes")):
        stub.failing = {failing: int(said[5:8])}
        with pytest.raises(DataError) as caught:
            push(plan, SECRET, endpoint=stub.endpoint)
        for told in (said, "one commit, so of this one all is there or nothing", "push again"):
            assert told in str(caught.value)
        assert SECRET not in str(caught.value)
        assert stub.files[NEW] == {}
    stub.failing = {}
    push(plan, SECRET, endpoint=stub.endpoint)
    assert stub.files[NEW] == {file.path: file.content for file in plan.files}


def test_what_may_not_be_pushed_is_refused_without_a_request(stub, folders, tmp_path):
    (folders[1] / "trees.ubj").write_bytes(b"{}")
    cases = {
        "changed": folders,
        "twice": [folders[0], write_model(tmp_path / "other/a")],
        "none": [],
        "found a card of format 'x'": [write_model(tmp_path / "x", format="x")],
        "found none": [tmp_path],
    }
    for said, given in cases.items():
        with pytest.raises(DataError, match=said):
            plan_push(NEW, given, [TOY])
    (folders[0] / "evil.pkl").write_bytes(b"\x80")
    with pytest.raises(DataError, match=r"evil.pkl can run code"):
        plan_push(NEW, folders[:1], [TOY])
    for wrong in ("me", "me/", "a/b/c", "me/my models", "https://huggingface.co/me/x", ""):
        with pytest.raises(DataError, match="owner/name expected"):
            plan_push(wrong, folders[:1], [TOY])
    assert stub.log == []


def test_a_push_without_rights_is_a_sentence_without_the_token(stub, folders):
    stub.gated.add(REPO)
    stub.private[REPO] = True
    plan = plan_push(REPO, folders, [TOY])
    with pytest.raises(DataError) as caught:
        push(plan, SECRET, endpoint=stub.endpoint)
    assert SECRET not in str(caught.value)
    with pytest.raises(DataError, match="needs a token"):
        push(plan, "", endpoint=stub.endpoint)


def test_the_command_publishes_only_with_a_token_that_was_offered(stub, folders, command, capsys):
    assert command("publish", NEW, "--dry-run") == 0
    assert "no request was made" in capsys.readouterr().out
    assert command("publish", NEW) == 2
    assert "--token-from-login" in capsys.readouterr().err
    assert stub.log == []
    assert command("publish", NEW, "--token-from-login") == 0
    printed = capsys.readouterr()
    assert stub.commits[NEW] in printed.out
    assert SECRET not in printed.out + printed.err


def test_the_command_pins_and_pulls(stub, command, capsys, tmp_path):
    assert command("pull") == 0
    assert "names no model" in capsys.readouterr().out
    assert command("pin", f"{REPO}@main") == 0
    assert "Pinned: toy at" in capsys.readouterr().out
    stub.log.clear()
    assert command("pull", "--offline") == 0
    assert stub.log == []
    assert command("pin", f"{REPO}@nowhere") == 2
    assert "no such branch" in capsys.readouterr().err
    (tmp_path / f"cache/someone--their-models/{COMMIT}/toy/trees.ubj").write_bytes(b"{")
    assert command("pull", "--offline") == 2
    assert "this copy was removed" in capsys.readouterr().err


def test_run_all_hands_over(monkeypatch, capsys):
    asked = []
    done = type("Done", (), {"returncode": 2})
    monkeypatch.setattr("subprocess.run", lambda command, **how: asked.append(command[3:]) or done)
    assert run_all(["--publish-models", NEW, "--dry-run", "--profile", "full"]) == 2
    assert run_all(["--pin-models", f"{REPO}@main", "--token-from-login"]) == 2
    assert run_all(["--pull-models"]) == 2
    assert asked[0][:3] == ["publish", NEW, "--work"]
    assert asked[0][3].endswith("full")
    assert asked[0][4:] == ["--dry-run"]
    assert asked[1][:4] == ["pin", f"{REPO}@main", "--lock", str(LOCK)]
    assert asked[1][-1] == "--token-from-login"
    assert asked[2][0] == "pull"
    for wrong in (["--dry-run"], ["--public"], ["--pull-models", "--pin-models", REPO]):
        assert run_all(wrong) == 2
        assert "expected" in capsys.readouterr().err
    assert len(asked) == 3


@pytest.fixture(scope="module")
def popularity():
    return fit(catalogue())[0]


def test_popularity_models_lie_on_one_shelf_wherever_they_come_from(popularity, stub, tmp_path):
    work, cache, lock = tmp_path / "work", tmp_path / "cache", tmp_path / "lock"
    trained = work / "08_x/models/popularity"
    store.save_model(trained, popularity, ABOUT)
    write_model(work / "16_x/models/continuation")
    write_model(work / ".22_x.1.tmp/models/unfinished", format="popularity-model")
    plan = plan_push(NEW, [trained], [POPULARITY])
    assert NOT_DESCRIBED not in str(plan)
    commit = push(plan, SECRET, endpoint=stub.endpoint)
    wanted = (NEW, commit, lock, cache, [POPULARITY])
    hub_pin.pin(*wanted, endpoint=stub.endpoint, show=lambda text: None)
    found = shelf.find_models(work, lock, cache)
    assert [one.where for one in found] == [shelf.HERE, f"pulled from {NEW} at {commit[:12]}"]
    for one in found:
        assert (one.name, one.title, one.problem) == ("popularity", "Test model", "")
        assert str(one.score) == "R² 0.500 [0.400, 0.600], mean 0.000"
        assert store.load_model(one.folder).contract == popularity.contract
    (trained / "point.ubj").write_bytes(b"{")
    (found[1].folder / "spread.ubj").unlink()
    broken = shelf.find_models(work, lock, cache)
    assert "changed since" in broken[0].problem
    assert "the file is missing" in broken[1].problem
    assert len(shelf.find_models(work, lock, cache)) == 1
    assert shelf.find_models(tmp_path / "none", tmp_path / "none", cache) == []


def test_every_file_of_a_popularity_model_is_described():
    assert POPULARITY.holds.keys() == {*NAMES, "card.json", "README.md"}


def test_what_must_be_refused_is_refused(popularity, tmp_path):
    store.save_model(tmp_path / "m", popularity, ABOUT)
    before = {path.name: path.read_bytes() for path in (tmp_path / "m").iterdir()}
    said = refusals.refusals(tmp_path / "m", b"\x80\x04.")
    assert said.pop("the model as it is") == refusals.LOADED
    assert refusals.LOADED not in said.values()
    assert "can run code" in said["a pickle beside its files"]
    assert "can run code" in said["a pickle by the name of its trees"]
    assert "SHA-256" in said["one byte changed, the size the same"]
    assert {path.name: path.read_bytes() for path in (tmp_path / "m").iterdir()} == before


def test_arrays_of_objects_in_a_model_are_not_unpickled(popularity, tmp_path):
    """A name and a hash may be right, and the content pickled all the same."""
    folder = tmp_path / "m"
    store.save_model(folder, popularity, ABOUT)
    np.savez(folder / "neighbours.npz", genres=np.array([print], dtype=object))
    card = json.loads((folder / "card.json").read_text("utf-8"))
    card["files"]["neighbours.npz"] = sha256((folder / "neighbours.npz").read_bytes())
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(DataError):
        store.load_model(folder)


def write_choice(folder, **card):
    folder.mkdir(parents=True, exist_ok=True)
    told = {"format": 1, "rerank": True, "playlists": "mpd"} | card
    weights = {"names": ["x", "y"], "kinds": [1], "values": [[0.5, 0.5]]}
    rows = xgb.DMatrix(np.zeros((2, 1)), [0, 1])
    trees = json.loads(xgb.train({"objective": "binary:logistic"}, rows, 1).save_raw("json"))
    for name, content in (("card", told), ("weights", weights), ("trees", trees)):
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_the_choices_of_a_recommender_are_a_kind_too(stub, tmp_path):
    folder = write_choice(tmp_path / "continuation", data={"generated": True})
    kinds = (TOY, continuation_kind.CONTINUATION)
    plan = plan_push(NEW, [folder], kinds)
    assert NOT_DESCRIBED not in str(plan)
    assert plan.terms["continuation"].licence == "mit"
    commit = push(plan, SECRET, endpoint=stub.endpoint)
    wanted = (NEW, commit, tmp_path / "lock", tmp_path / "cache", kinds)
    [one] = hub_pin.pin(*wanted, endpoint=stub.endpoint, show=lambda text: None)
    assert sorted(one.files) == ["card.json", "trees.json", "weights.json"]
    assert shelf.find_models(tmp_path, tmp_path / "lock", tmp_path / "cache") == []
    for data, licence in ((None, "other"), ({"generated": False}, "other")):
        card = {"data": data} if data else {}
        plan = plan_push(NEW, [write_choice(folder, **card)], kinds)
        assert plan.terms["continuation"].licence == licence


def test_the_terms_of_a_model_of_tracks_follow_from_its_data():
    for data, licence in (
        ({"generated": True, "published": False}, "mit"),
        ({"generated": False, "published": True}, "odbl"),
        ({"generated": False, "published": False}, "other"),
        (None, "other"),
    ):
        assert POPULARITY.terms({"data": data}).licence == licence


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f: (f / "trees.json").unlink(), "missing; expected"),
        (lambda f: (f / "more.json").write_text("{}"), "unknown, expected only"),
        (lambda f: (f / "trees.json").write_text("{"), "damaged"),
        (lambda f: (f / "trees.json").write_text("[]"), "expected"),
        (lambda f: (f / "weights.json").write_text("{}"), "damaged"),
        (lambda f: write_choice(f, rerank=False), "unknown, expected only"),
        (lambda f: write_choice(f, format=2), "format 1 expected"),
    ],
)
def test_damaged_choices_are_refused(tmp_path, spoil, said):
    folder = write_choice(tmp_path / "continuation")
    spoil(folder)
    with pytest.raises(DataError, match=said):
        continuation_kind.check_choice(folder)
