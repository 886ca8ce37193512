"""Pull: the real client against a Hub on the loopback, its traffic counted."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from hub_data import (
    REPO,
    SECRET,
    TOY,
    client,
    model_files,
    pinned,
    sha256,
    stub,
)
from hub_stub import COMMIT
from huggingface_hub import constants

from lib.errors import DataError
from lib.modelling.hub import client as hub_client
from lib.modelling.hub import pin as hub_pin
from lib.modelling.hub import pulling as hub
from lib.modelling.hub.lock import Pinned, write_lock
from lib.pipeline import places

__all__ = ["client", "stub"]  # fixtures
OTHER = "f" * 40


def left(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def arrived(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_model_arrives_whole_and_costs_no_request_again(stub, tmp_path):
    one = pinned("toy", COMMIT)
    folder = hub.pull(one, tmp_path / "cache", endpoint=stub.endpoint)
    assert arrived(folder) == model_files()
    assert left(tmp_path / "cache") == [
        f"someone--their-models/{COMMIT}/toy/{name}" for name in sorted(model_files())
    ]
    assert {path.partition("/resolve/")[2] for path in stub.asked("GET")} == {
        f"{COMMIT}/toy/{name}" for name in model_files()
    }
    assert all(request.token is None for request in stub.log)
    stub.log.clear()
    assert hub.pull(one, tmp_path / "cache", endpoint=stub.endpoint) == folder
    assert hub.pull(one, tmp_path / "cache", offline=True) == folder
    assert stub.log == []


def test_a_token_goes_only_when_given(stub, tmp_path):
    one = pinned("toy", COMMIT)
    hub.pull(one, tmp_path / "a", endpoint=stub.endpoint)
    assert not any(request.token for request in stub.log)
    stub.log.clear()
    hub.pull(one, tmp_path / "b", endpoint=stub.endpoint, token=hub_client.login_token())
    assert {r.token for r in stub.log if r.method == "GET"} == {f"Bearer {SECRET}"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"repo_id": "someone/nothing"}, "no such repository, or a private one"),
        ({"revision": OTHER}, "no such branch, tag or commit"),
        ({"folder": "elsewhere"}, "file elsewhere/card.json: the repository has no such file"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(stub, tmp_path, change, said):
    one = Pinned(**vars(pinned("toy", COMMIT)) | change)
    with pytest.raises(DataError) as caught:
        hub.pull(one, tmp_path / "cache", endpoint=stub.endpoint)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert left(tmp_path / "cache") == []


def test_a_gated_repository_says_how_to_get_in(stub, tmp_path):
    stub.gated.add(REPO)
    with pytest.raises(DataError, match=f"gated.*ask for access at https://huggingface.co/{REPO}"):
        hub.pull(pinned("toy", COMMIT), tmp_path / "cache", endpoint=stub.endpoint)
    with pytest.raises(DataError, match="gated"):
        hub_pin.pin(REPO, "main", tmp_path / "lock", tmp_path, [TOY], endpoint=stub.endpoint)


def test_a_hub_that_is_busy_for_a_moment_is_asked_again(stub, tmp_path):
    stub.busy[:] = [500, 500, 503]
    folder = hub.pull(pinned("toy", COMMIT), tmp_path / "cache", endpoint=stub.endpoint)
    assert arrived(folder) == model_files()


def test_a_hub_that_stays_busy_is_said_so(stub, tmp_path):
    stub.busy[:] = [500] * 50
    with pytest.raises(DataError, match="the Hub answered with HTTP 500; try again"):
        hub.pull(pinned("toy", COMMIT), tmp_path / "cache", endpoint=stub.endpoint)
    assert left(tmp_path / "cache") == []


def test_a_download_that_is_cut_leaves_nothing(stub, tmp_path):
    stub.cut_after = 10
    with pytest.raises(DataError, match="the line broke; check the network"):
        hub.pull(pinned("toy", COMMIT), tmp_path / "cache", endpoint=stub.endpoint)
    assert left(tmp_path / "cache") == []
    stub.cut_after = None
    folder = hub.pull(pinned("toy", COMMIT), tmp_path / "cache", endpoint=stub.endpoint)
    assert arrived(folder) == model_files()


def test_a_file_of_equal_size_with_other_bytes_is_refused(stub, tmp_path):
    good = model_files()["trees.ubj"]
    bad = good[:-1] + b"!"
    stub.tampered["toy/trees.ubj"] = bad
    with pytest.raises(DataError) as caught:
        hub.pull(pinned("toy", COMMIT), tmp_path / "cache", endpoint=stub.endpoint)
    for said in ("file trees.ubj", f"{sha256(good)} expected, found {sha256(bad)}", "pin it again"):
        assert said in str(caught.value)
    assert left(tmp_path / "cache") == []
    stub.tampered.clear()
    folder = hub.pull(pinned("toy", COMMIT), tmp_path / "cache", endpoint=stub.endpoint)
    assert arrived(folder) == model_files()


@pytest.mark.parametrize("content", [None, b"short", b"!" * len(model_files()["arrays.npz"])])
def test_a_cached_copy_that_is_damaged_is_not_used_and_removed(stub, tmp_path, content):
    one = pinned("toy", COMMIT)
    folder = hub.pull(one, tmp_path / "cache", endpoint=stub.endpoint)
    (folder / "arrays.npz").unlink()
    if content is not None:
        (folder / "arrays.npz").write_bytes(content)
    stub.log.clear()
    with pytest.raises(DataError, match=r"arrays.npz.*this copy was removed, get it again"):
        hub.pull(one, tmp_path / "cache", offline=True)
    assert left(tmp_path / "cache") == []
    assert stub.log == []
    assert arrived(hub.pull(one, tmp_path / "cache", endpoint=stub.endpoint)) == model_files()


def test_offline_and_not_cached_is_one_clear_sentence(stub, tmp_path, monkeypatch):
    one = pinned("toy", COMMIT)
    with pytest.raises(DataError, match=r"not in the cache .* offline; .*--pull-models"):
        hub.pull(one, tmp_path / "cache", offline=True, endpoint=stub.endpoint)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(DataError, match="offline"):
        hub.pull(one, tmp_path / "cache", endpoint=stub.endpoint)
    with pytest.raises(DataError, match="HF_HUB_OFFLINE is set"):
        hub_pin.pin(REPO, "main", tmp_path / "lock", tmp_path, [TOY], endpoint=stub.endpoint)
    assert stub.log == []


def test_a_dead_network_is_asked_once(tmp_path, monkeypatch):
    waits = []
    monkeypatch.setattr(time, "sleep", waits.append)
    with pytest.raises(DataError, match="could not be reached"):
        hub.pull(pinned("toy", COMMIT), tmp_path / "cache", endpoint="http://127.0.0.1:9")
    assert waits == []


def test_the_clients_own_cache_serves_only_what_is_pinned(stub, tmp_path):
    """Files that were carried here by hand, or fetched with the client's own command."""
    snapshot = tmp_path / f"client/models--someone--their-models/snapshots/{COMMIT}/toy"
    snapshot.mkdir(parents=True)
    for name, content in model_files().items():
        (snapshot / name).write_bytes(content)
    one = pinned("toy", COMMIT)
    folder = hub.pull(one, tmp_path / "cache", offline=True)
    assert arrived(folder) == model_files()
    bad = b"!" * len(model_files()["trees.ubj"])
    (snapshot / "trees.ubj").write_bytes(bad)
    with pytest.raises(DataError, match=r"trees.ubj missing"):
        hub.pull(one, tmp_path / "other", offline=True)
    folder = hub.pull(one, tmp_path / "other", endpoint=stub.endpoint)
    assert arrived(folder) == model_files()
    assert len(stub.asked("GET")) == 1


PULL = """
import sys
from pathlib import Path
from lib.modelling.hub.pulling import pull
from lib.modelling.hub.lock import read_lock
for pinned in read_lock(Path(sys.argv[1])).values():
    print(pull(pinned, Path(sys.argv[2])))
"""


def test_two_processes_at_once_end_with_one_good_folder(stub, tmp_path):
    write_lock(tmp_path / "lock", [pinned("toy", COMMIT)])
    settings = {"HF_ENDPOINT": stub.endpoint, "HF_HUB_DISABLE_XET": "1"}
    settings |= {"HF_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-c", PULL, str(tmp_path / "lock"), str(tmp_path / "cache")]
    how = {"env": os.environ | settings, "stdout": subprocess.PIPE, "text": True}
    running = [subprocess.Popen(command, cwd=places.ROOT, **how) for _ in range(2)]
    said = [one.communicate(timeout=120)[0].strip() for one in running]
    assert [one.returncode for one in running] == [0, 0]
    assert said[0] == said[1]
    assert len(left(tmp_path / "cache")) == len(model_files())
    assert hub.pull(pinned("toy", COMMIT), tmp_path / "cache", offline=True)


def test_a_token_is_in_no_message(stub, tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "none"))
    with pytest.raises(DataError, match="no Hugging Face token found"):
        hub_client.login_token()
    monkeypatch.setenv("HF_TOKEN", f"{SECRET} {SECRET}")
    with pytest.raises(DataError) as caught:
        hub_client.login_token()
    assert SECRET not in str(caught.value)
    with pytest.raises(DataError) as caught, hub_client.plain_errors(REPO):
        raise ValueError(f"Illegal header value b'Bearer {SECRET}'")
    assert SECRET not in str(caught.value)
