"""Model folders: what goes in comes out, and nothing else gets in."""

import hashlib
import json
import pickle

import numpy as np
import pytest
import xgboost as xgb
from scoring_data import TREES, catalogue, fit

from lib.errors import DataError
from lib.modelling import estimators, train
from lib.modelling.predict import predict_tracks
from lib.modelling.stored import model_files, store
from lib.modelling.stored.contract import column_names, feature_matrix, make_contract
from lib.modelling.stored.recipes import LINEAR, RECIPES

ABOUT = {
    "name": "Test model",
    "purpose": "For tests.",
    "protocol": "none",
    "data": {"sha256": "0" * 64},
    "settings": {"XGB_TREES": TREES},
    "metrics": [
        {
            "name": "R²",
            "value": 0.5,
            "low": 0.4,
            "high": 0.6,
            "baseline": "mean",
            "baseline_value": 0.0,
            "unit": "",
        }
    ],
    "limits": ["Made up."],
    "commit": "",
}


@pytest.fixture(scope="module")
def tracks():
    return catalogue()


@pytest.fixture(scope="module")
def models(tracks):
    return fit(tracks)


@pytest.fixture(scope="module")
def every_kind(tracks, models):
    """One model of each recipe, with its twin."""
    rest = {name: fit(tracks, name) for name in RECIPES if name != "popularity"}
    return {"popularity": models} | rest


@pytest.fixture
def folder(models, tmp_path):
    store.save_model(tmp_path / "model", models[0], ABOUT)
    return tmp_path / "model"


def files_of(name):
    return model_files.file_names(RECIPES[name].kind == LINEAR, RECIPES[name].artist)


EVERY_FILE = [(name, file) for name in ("linear", "artist_trees") for file in files_of(name)]


def rehash(folder, **changes):
    """Make the card agree with its files again, with some entries changed."""
    card = json.loads((folder / "card.json").read_text("utf-8"))
    for name in card["files"]:
        card["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "card.json").write_text(json.dumps(card | changes), encoding="utf-8")


def test_the_contract_makes_the_same_matrix_as_the_pipeline(tracks):
    pipeline = estimators.xgboost("audio+genres", 2, 0).fit(tracks, tracks["popularity"])
    contract = make_contract(tracks, RECIPES["popularity"])
    ours = feature_matrix(tracks, contract)
    assert np.array_equal(ours, pipeline[0].transform(tracks))
    assert ours.dtype == np.float32
    assert column_names(contract)[-3:] == ["genre jazz", "genre pop", "genre rock"]


def test_an_unknown_genre_has_no_column(tracks):
    one = tracks.head(1).assign(genres=[["polka", "rock"]])
    assert feature_matrix(one, make_contract(tracks, RECIPES["popularity"]))[0, -3:].tolist() == [
        0,
        0,
        1,
    ]


def test_two_fits_are_equal_and_another_seed_is_not(tracks, every_kind):
    for name, (model, again, _) in every_kind.items():
        assert train.same_fit(model, again), name
    assert not train.same_fit(every_kind["popularity"][0], fit(tracks, seed=1)[0])
    assert not train.same_fit(every_kind["linear"][0], every_kind["popularity"][0])


@pytest.mark.parametrize("name", RECIPES)
def test_round_trip_is_equal_bit_for_bit(tracks, every_kind, tmp_path, name):
    kept = every_kind[name][0]
    store.save_model(tmp_path / "model", kept, ABOUT)
    loaded = store.load_model(tmp_path / "model")
    assert train.same_fit(kept, loaded)
    before, after = (predict_tracks(tracks, model) for model in (kept, loaded))
    assert before.table.equals(after.table) and before.adds.equals(after.adds)
    assert loaded.contract == kept.contract and before.base == after.base
    pairs = [(kept.neighbours, loaded.neighbours)]
    pairs += [(kept.unseen.calibration, loaded.unseen.calibration)]
    if kept.known:
        pairs += [(kept.known.calibration, loaded.known.calibration)]
        assert kept.artists.table_.equals(loaded.artists.table_)
    for one, two in pairs:
        assert vars(one).keys() == vars(two).keys()
        for field, value in vars(one).items():
            assert np.array_equal(value, vars(two)[field]), field


@pytest.mark.parametrize("name", RECIPES)
def test_saving_twice_gives_the_same_bytes(every_kind, tmp_path, name):
    for folder, model in zip(("model", "other"), every_kind[name][:2], strict=True):
        store.save_model(tmp_path / folder, model, ABOUT)
    files = sorted(path.name for path in (tmp_path / "model").iterdir())
    assert files == sorted([*files_of(name), "card.json", "README.md"])
    for file in files:
        one, two = ((tmp_path / folder / file).read_bytes() for folder in ("model", "other"))
        assert one == two, file
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "other"]


def test_saving_replaces_a_model_and_nothing_else(models, folder, tmp_path):
    store.save_model(folder, models[0], ABOUT | {"name": "Second"})
    assert store.check_model(folder)["name"] == "Second"
    (tmp_path / "mine").mkdir()
    with pytest.raises(DataError, match="not a model folder"):
        store.save_model(tmp_path / "mine", models[0], ABOUT)


def test_the_card_tells_what_there_is(folder):
    text = (folder / "README.md").read_text("utf-8")
    for said in (
        "# Test model",
        "R²",
        "0.400 to 0.600",
        "mean: 0.000",
        "tempo_bpm",
        "Made up.",
        "jazz, pop, rock",
        f"xgboost {xgb.__version__}",
        "point.ubj: SHA-256",
    ):
        assert said in text, said


@pytest.mark.parametrize(("kind", "name"), EVERY_FILE)
def test_a_changed_or_missing_file_is_refused(every_kind, tmp_path, kind, name):
    folder = tmp_path / "model"
    store.save_model(folder, every_kind[kind][0], ABOUT)
    path = folder / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match=f"{name}: changed since"):
        store.load_model(folder)
    path.unlink()
    with pytest.raises(DataError, match=f"{name}: missing"):
        store.load_model(folder)


@pytest.mark.parametrize("name", ["point.pkl", "point.PKL", "notes.txt", "artists.json"])
def test_a_foreign_file_is_refused(folder, name):
    (folder / name).write_text("x")
    with pytest.raises(DataError, match=name):
        store.load_model(folder)


def test_what_a_file_manager_leaves_is_passed_over(folder):
    (folder / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    store.load_model(folder)


def test_a_pickle_under_another_name_is_refused_before_it_is_read(folder, tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    for name in ("point.ubj", "neighbours.npz", "contract.json"):
        before = (folder / name).read_bytes()
        (folder / name).write_bytes(pickle.dumps(Bomb()))
        rehash(folder)
        with pytest.raises(DataError, match="pickle"):
            store.load_model(folder)
        (folder / name).write_bytes(before)
    # An array of objects is a pickle inside a harmless wrapper.
    with np.load(folder / "neighbours.npz") as arrays:
        kept = dict(arrays)
    np.savez(folder / "neighbours.npz", **kept | {"rows": np.array([Bomb()], dtype=object)})
    rehash(folder)
    with pytest.raises(DataError, match="cannot be read"):
        store.load_model(folder)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"contract_version": 1}, "contract version 2 expected.*train the model again"),
        ({"kind": "oracle"}, "kind one of boosted trees, random forest, linear"),
        ({"artist": 1}, "artist true or false expected"),
        ({"artist": True}, "card for artists.json"),
        ({"kind": "random forest"}, "kind and artist"),
        ({"format": "other"}, "found 'other'"),
        ({"packages": {"xgboost": "1.7.0"}}, "made by XGBoost 1.7.0"),
        ({"packages": {}}, "made by XGBoost none"),
        ({"packages": None}, "no table 'packages'"),
    ],
)
def test_another_version_is_refused(folder, changes, said):
    rehash(folder, **changes)
    with pytest.raises(DataError, match=said):
        store.load_model(folder)


def test_damage_behind_a_right_hash_is_named(folder):
    whole = (folder / "point.ubj").read_bytes()
    (folder / "point.ubj").write_bytes(b"{ no model")
    rehash(folder)
    with pytest.raises(DataError, match="cannot be read"):
        store.load_model(folder)
    (folder / "point.ubj").write_bytes(whole)
    other = folder / "calibration.json"
    before = other.read_text("utf-8")
    other.write_text(before.replace("spread_edges", "edges"), encoding="utf-8")
    rehash(folder)
    with pytest.raises(DataError, match="cannot be read"):
        store.load_model(folder)
    (folder / "card.json").write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match="no JSON"):
        store.load_model(folder)


def test_no_model_there(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        store.load_model(tmp_path / "nothing")
    with pytest.raises(DataError, match="none in it"):
        store.load_model(tmp_path)


def test_a_commit_is_a_hash_or_empty(tmp_path):
    assert store.git_commit(tmp_path) == ""
