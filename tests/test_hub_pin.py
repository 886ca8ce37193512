"""Pin and the lock: what is written, and what is refused before a file is asked for."""

from __future__ import annotations

import json
import re

import pytest
from hub_data import (
    REPO,
    TOY,
    client,
    in_repository,
    model_files,
    pinned,
    sha256,
    stub,
)
from hub_stub import COMMIT

from lib.errors import DataError
from lib.modelling.hub import pin as hub_pin
from lib.modelling.hub import pulling as hub
from lib.modelling.hub.lock import Pinned, PinnedFile, read_lock, write_lock
from lib.pipeline import places

__all__ = ["client", "stub"]  # fixtures
OTHER = "f" * 40


def left(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_pin_writes_the_commit_and_each_hash_and_shows_it_first(stub, tmp_path):
    lock, cache, shown = tmp_path / "lock.json", tmp_path / "cache", []
    wanted = (REPO, "main", lock, cache, [TOY])
    how = {"endpoint": stub.endpoint, "show": lambda text: shown.append((text, lock.exists()))}
    assert hub_pin.pin(*wanted, dry_run=True, **how) == [pinned("toy", COMMIT)]
    assert not lock.exists()
    hub_pin.pin(*wanted, **how)
    assert shown[0] == shown[1]
    text, existed = shown[1]
    assert not existed
    assert f'+   "revision": "{COMMIT}"' in text
    assert sha256(model_files()["trees.ubj"]) in text
    assert read_lock(lock) == {"toy": pinned("toy", COMMIT)}
    stub.log.clear()
    hub.pull(read_lock(lock)["toy"], cache, endpoint=stub.endpoint)
    assert stub.log == []
    hub_pin.pin(*wanted, **how)
    assert shown[-1][0] == "lock.json: nothing changes"
    stub.add(REPO, in_repository("toy", name="Second"), OTHER)
    hub_pin.pin(*wanted, **how)
    assert re.search(rf'-   "revision": "{COMMIT}".*\n\+   "revision": "{OTHER}"', shown[-1][0])
    assert sha256(model_files()["trees.ubj"]) not in shown[-1][0]
    assert all(request.token is None for request in stub.log)


def test_a_model_at_the_root_and_several_in_folders_are_found(stub, tmp_path):
    wanted = (tmp_path / "lock", tmp_path / "cache", [TOY])
    stub.add(REPO, in_repository("one", "two") | {"deep/er/card.json": b"{}", "x.png": b""})
    how = {"endpoint": stub.endpoint, "show": lambda text: None}
    assert [one.name for one in hub_pin.pin(REPO, "main", *wanted, **how)] == ["one", "two"]
    stub.add("a/root", model_files())
    hub_pin.pin("a/root", COMMIT, *wanted, **how)
    assert [one.folder for one in read_lock(tmp_path / "lock").values()] == ["one", "", "two"]
    for one in read_lock(tmp_path / "lock").values():
        assert TOY.check(hub.pull(one, tmp_path / "cache", offline=True))


@pytest.mark.parametrize(
    "names",
    [
        ("random_forest_model.pkl", "xgb_model_best.pkl", "linear_regression_model.pkl"),
        ("model.joblib", "README.md"),
        ("weights.bin", "config.json"),
        ("model.npy",),
        ("modeling.py", "model.pt"),
    ],
)
def test_a_repository_of_pickles_is_refused_before_any_file(stub, tmp_path, names):
    repo = "YShutko/spotify-popularity-models"
    stub.add(repo, dict.fromkeys(names, b"\x80\x04"))
    with pytest.raises(DataError) as caught:
        hub_pin.pin(repo, "main", tmp_path / "lock", tmp_path / "c", [TOY], endpoint=stub.endpoint)
    for said in (repo, names[0], "can run any code when loaded", "--only 08_train_model"):
        assert said in str(caught.value)
    assert [r.path.partition("?")[0] for r in stub.log] == [f"/api/models/{repo}/revision/main"]
    assert not (tmp_path / "lock").exists()


def test_a_repository_without_a_model_is_refused(stub, tmp_path):
    stub.add(REPO, {"README.md": b"", "config.json": b"{}"})
    with pytest.raises(DataError, match=r"a card.json expected, found .gitattributes, RE"):
        hub_pin.pin(REPO, "main", tmp_path / "lock", tmp_path, [TOY], endpoint=stub.endpoint)


def test_a_model_too_large_is_refused_before_any_file(stub, tmp_path, monkeypatch):
    stub.add(REPO, in_repository("one", "two"))
    monkeypatch.setattr(hub_pin, "MOST_BYTES", 50)
    with pytest.raises(DataError, match=f"{REPO}, one: at most 50 bytes expected of a model"):
        hub_pin.pin(REPO, "main", tmp_path / "lock", tmp_path, [TOY], endpoint=stub.endpoint)
    assert [r.path.partition("?")[0] for r in stub.log] == [f"/api/models/{REPO}/revision/main"]
    assert not (tmp_path / "lock").exists()


def test_a_model_that_fails_its_own_check_is_not_pinned(stub, tmp_path):
    how = {"endpoint": stub.endpoint}
    for files, said in (
        (in_repository("toy", format="other"), "a toy expected, found a card of format 'other'"),
        (in_repository("toy") | {"toy/trees.ubj": b"{}"}, "at 0123456789ab, toy/trees.ubj: miss"),
        (in_repository("toy") | {"toy/card.json": b"no"}, "found none"),
    ):
        stub.add(REPO, files)
        with pytest.raises(DataError, match=re.escape(said)):
            hub_pin.pin(REPO, "main", tmp_path / "lock", tmp_path / "cache", [TOY], **how)
    assert not (tmp_path / "lock").exists()
    assert left(tmp_path / "cache") == []


@pytest.mark.parametrize("name", ["m.pkl", "m.PKL", "card.json.joblib", "a.npy", "m.pt", "x.py"])
def test_a_lock_that_names_code_is_refused_before_a_request(stub, tmp_path, name):
    one = pinned("toy", COMMIT)
    one.files[name] = PinnedFile("0" * 64, 1)
    write_lock(tmp_path / "lock", [one])
    with pytest.raises(DataError, match=rf"{re.escape(name)} can run code when it is loaded"):
        read_lock(tmp_path / "lock")
    assert stub.log == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"revision": "main"}, "revision"),
        ({"folder": "../up"}, "folder"),
        ({"folder": "/etc"}, "folder"),
        ({"name": ".."}, "name"),
        ({"repo_id": "../../x"}, "owner/name expected"),
        ({"files": {}}, "card.json among them"),
        ({"files": {"card.json": PinnedFile("abc", 1)}}, "SHA-256"),
        ({"files": {"card.json": PinnedFile("0" * 64, -1)}}, "size"),
        (
            {"files": {"card.json": PinnedFile("0" * 64, 1), "../x.json": PinnedFile("0" * 64, 1)}},
            "without folders",
        ),
    ],
)
def test_a_wrong_entry_is_named(tmp_path, change, said):
    write_lock(tmp_path / "lock", [Pinned(**vars(pinned("toy", COMMIT)) | change)])
    with pytest.raises(DataError, match=said):
        read_lock(tmp_path / "lock")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2, "models": {}}', '{"format": 1}'])
def test_a_damaged_lock_is_refused(tmp_path, text):
    (tmp_path / "lock").write_text(text)
    with pytest.raises(DataError, match="lock"):
        read_lock(tmp_path / "lock")


def test_a_model_that_stands_twice_in_a_lock_is_refused(tmp_path):
    write_lock(tmp_path / "lock", [pinned("toy", COMMIT)])
    text = (tmp_path / "lock").read_text("utf-8")
    entry = json.dumps(json.loads(text)["models"]["toy"])
    other = entry.replace(COMMIT, OTHER)
    (tmp_path / "lock").write_text(f'{{"format": 1, "models": {{"toy": {entry}, "toy": {other}}}}}')
    with pytest.raises(DataError, match="'toy' stands there twice"):
        read_lock(tmp_path / "lock")


def test_another_commit_than_the_one_asked_for_is_not_pinned(stub, tmp_path, monkeypatch):
    answer = (OTHER, dict.fromkeys(in_repository("toy"), 1))
    monkeypatch.setattr("lib.modelling.hub.client.list_files", lambda *asked: answer)
    with pytest.raises(DataError, match=f"{COMMIT} was asked for, {OTHER} is answered"):
        hub_pin.pin(REPO, COMMIT, tmp_path / "lock", tmp_path, [TOY], endpoint=stub.endpoint)
    assert stub.log == []
    assert not (tmp_path / "lock").exists()


def test_the_lock_of_the_project_is_read():
    path = places.ROOT / "models_widgets/models.lock.json"
    assert read_lock(path) == {}
    assert json.loads(path.read_text("utf-8"))["format"] == 1
