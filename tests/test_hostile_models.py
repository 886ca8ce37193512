"""Model folders whose hashes are right and whose contents were made to do harm."""

import io
import json
import pickle
import shutil
import zipfile

import numpy as np
import pytest
from scoring_data import catalogue, fit
from test_store import ABOUT, rehash

from lib.errors import DataError
from lib.modelling.hub.kinds import POPULARITY, model_files
from lib.modelling.hub.push import plan_push
from lib.modelling.stored import cards, shelf, store
from lib.modelling.stored.recipes import RECIPES


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    kept = tmp_path_factory.mktemp("kept")
    for name in ("linear", "artist_trees"):
        store.save_model(kept / name, fit(catalogue(), name)[0], ABOUT)
    return kept


@pytest.fixture
def folder(saved, tmp_path):
    def copied(name):
        return shutil.copytree(saved / name, tmp_path / "08_x" / "models" / name)

    return copied


def change(folder, file, **changes):
    path = folder / f"{file}.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), encoding="utf-8")
    rehash(folder)


def repack(folder, compress=zipfile.ZIP_STORED, **members):
    """Write the arrays anew, some members being other bytes."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(folder / "neighbours.npz") as old,
        zipfile.ZipFile(out, "w", compress) as new,
    ):
        for name in old.namelist():
            new.writestr(name, members.get(name.removesuffix(".npy"), old.read(name)))
    (folder / "neighbours.npz").write_bytes(out.getvalue())
    rehash(folder)


def array_bytes(array, shape=None):
    out = io.BytesIO()
    np.save(out, array)
    text = out.getvalue()
    return text.replace(str(array.shape).encode(), shape, 1) if shape else text


LONG = 10**400
CHANGES = [
    ("contract", {"features": "x"}),
    ("contract", {"features": []}),
    ("contract", {"features": [{"name": "<img src=x onerror=alert(1)>", "low": 0, "high": 1}]}),
    ("contract", {"genres": [1, 2, 3]}),
    ("contract", {"genres": ["jazz"]}),
    ("contract", {"genres": ["pop", "pop", "pop"]}),
    ("contract", {"label": None}),
    ("point", {"column": [99_999]}),
    ("point", {"coefficient": [1.0]}),
    ("point", {"base": float("nan")}),
    ("point", {"base": "x"}),
    ("calibration", {"quantiles": []}),
    ("calibration", {"coverage": "x"}),
    ("calibration", {"coverage": 90}),
]


@pytest.mark.parametrize(("file", "changes"), CHANGES)
def test_files_that_do_not_fit_are_refused_when_loaded(folder, file, changes):
    model = folder("linear")
    change(model, file, **changes)
    with pytest.raises(DataError, match=r"linear.*train the model again"):
        store.load_model(model)


@pytest.mark.parametrize(
    "changes",
    [{"name": [[1], "b"]}, {"size": [1, 2]}, {"mean": "x"}, {"shrinkage": "x"}, {"mean": None}],
)
def test_artists_that_do_not_fit_are_refused(folder, changes):
    model = folder("artist_trees")
    change(model, "artists", **changes)
    with pytest.raises(DataError, match="cannot be read"):
        store.load_model(model)


def test_numbers_too_long_for_a_reader_are_refused(folder):
    model = folder("linear")
    for file in ("contract.json", "card.json"):
        (model / file).write_text('{"x": ' + "1" * 5000 + "}", encoding="utf-8")
        if file != "card.json":
            rehash(model)
        with pytest.raises(DataError, match=f"{file}: no JSON"):
            store.load_model(model)


def test_json_without_end_is_not_read(folder, monkeypatch):
    monkeypatch.setattr("lib.modelling.stored.model_files.LARGEST_JSON", 1000)
    with pytest.raises(DataError, match="more than the 1,000 that are read"):
        store.check_model(folder("linear"))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda f: repack(f, genres=pickle.dumps([1])),
        lambda f: repack(f, sound=array_bytes(np.zeros(3), b"(1000000000000,)")),
        lambda f: repack(f, sound=array_bytes(np.zeros((3, 2), np.float32))),
        lambda f: repack(f, rows=array_bytes(np.array([10**8], np.int32))),
        lambda f: repack(f, starts=array_bytes(np.array([0, 10**9, 0, 5]))),
        lambda f: repack(f, popularity=array_bytes(np.full(900, np.nan, np.float32))),
        lambda f: repack(f, genres=array_bytes(np.arange(3))),
        lambda f: repack(f, zipfile.ZIP_DEFLATED),
        lambda f: ((f / "neighbours.npz").write_bytes(b"PK\x03\x04junk"), rehash(f)),
        lambda f: (shutil.copy(f.parent / "artist_trees/point.ubj", f / "spread.ubj"), rehash(f)),
    ],
)
def test_arrays_and_trees_that_do_not_fit_are_refused(folder, spoil):
    folder("artist_trees")
    model = folder("linear")
    spoil(model)
    with pytest.raises(DataError, match="a file that cannot be read"):
        store.load_model(model)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ["x"]},
        {"limits": 3},
        {"limits": [1]},
        {"data": "x"},
        {"metrics": None},
        {"metrics": ["x"]},
        {"metrics": [{"name": "R²", "value": "x"}]},
        {"metrics": [{"name": "R²", "value": LONG}]},
        {"metrics": [{"name": "R²", "value": float("nan")}]},
        {"metrics": [{"name": "R²", "value": 1.0, "low": []}]},
        {"metrics": [{"name": 5, "value": 1.0}]},
    ],
)
def test_one_wrong_card_does_not_take_the_shelf_down(folder, tmp_path, changes):
    folder("artist_trees")
    change(folder("linear"), "card", **changes)
    good, bad = shelf.find_models(tmp_path, tmp_path / "lock", tmp_path)
    assert (good.name, good.problem) == ("artist_trees", "")
    assert "card.json: texts, lists of texts, and scores that are numbers" in bad.problem


def test_a_folder_that_cannot_be_read_is_a_problem_of_its_own(folder, tmp_path, monkeypatch):
    folder("linear")

    def no(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(store, "check_model", no)
    [one] = shelf.find_models(tmp_path, tmp_path / "lock", tmp_path)
    assert "Permission denied" in one.problem


def test_a_link_is_not_followed_by_a_push(folder, tmp_path):
    model = folder("linear")
    (tmp_path / "private.txt").write_text("private")
    (model / "README.md").unlink()
    (model / "README.md").symlink_to(tmp_path / "private.txt")
    with pytest.raises(DataError, match=r"README.md: only files of a model"):
        model_files(model)
    with pytest.raises(DataError, match=r"README.md: only files of a model"):
        plan_push("me/x", [model], [POPULARITY])


def test_names_of_the_data_are_no_html_on_a_card(saved):
    contract = json.loads((saved / "artist_trees/contract.json").read_text("utf-8"))
    card = json.loads((saved / "artist_trees/card.json").read_text("utf-8"))
    nasty = "<img src=x onerror=alert(1)>"
    text = cards.card_text(card, contract | {"genres": ["drum & bass", nasty]})
    assert nasty not in text and "drum &amp; bass, &lt;img" in text
    assert cards.wrong_in_card(card) == "" and RECIPES["artist_trees"].label == contract["label"]
