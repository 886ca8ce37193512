"""Files of trees that were made to be wrong: an error before XGBoost, which crashes, reads them."""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xgboost as xgb
from hypothesis import given, settings
from hypothesis import strategies as st
from scoring_data import catalogue, fit

from lib.errors import DataError
from lib.modelling.stored.model_parts import read_parts, write_parts
from lib.modelling.stored.tree_file import read_trees
from lib.modelling.stored.ubjson import parse_ubjson
from lib.pipeline import places

WIDTH = 6
NAMES = ["a", "b", "c", "d", "e", "feature 6"]
MUTATIONS = 250


def trained(rounds=8, parallel=1, objective="reg:squarederror", names=None):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(400, WIDTH)).astype(np.float32)
    values[rng.random(values.shape) < 0.1] = np.nan
    target = (np.nansum(values[:, :3], axis=1) + rng.normal(size=400) > 0).astype(np.float32)
    settings = {"objective": objective, "num_parallel_tree": parallel, "nthread": 1, "seed": 0}
    settings |= {"max_leaves": 12, "max_depth": 0, "grow_policy": "lossguide", "subsample": 0.9}
    return xgb.train(settings, xgb.DMatrix(values, target, feature_names=names), rounds), values


def written(value):
    """Write what `parse_ubjson` reads; the slow obvious counterpart."""
    length = struct.Struct(">cq").pack
    if isinstance(value, dict):
        pairs = [length(b"L", len(k.encode())) + k.encode() + written(v) for k, v in value.items()]
        return b"{" + b"".join(pairs) + b"}"
    if isinstance(value, str):
        return b"S" + length(b"L", len(value.encode())) + value.encode()
    if isinstance(value, list):
        return b"[#" + length(b"L", len(value)) + b"".join(map(written, value))
    if isinstance(value, np.ndarray):
        marker = {"f4": b"d", "u1": b"U", "i4": b"l", "i8": b"L"}[value.dtype.str[1:]]
        return b"[$" + marker + b"#" + length(b"L", len(value)) + value.tobytes()
    for marker, kind, bound in ((b"i", ">b", 7), (b"I", ">h", 15), (b"l", ">i", 31)):
        if abs(value) < 2**bound - 1:
            return marker + struct.pack(kind, value)
    return b"L" + struct.pack(">q", value)


@pytest.fixture(scope="module")
def raw():
    return bytes(trained()[0].save_raw("ubj"))


@pytest.fixture
def changed(raw, tmp_path):
    """Give a function that writes the model with a change, and reads it."""

    def read(change, ending=".ubj"):
        content = parse_ubjson(raw) if ending == ".ubj" else as_json(raw)
        change(content)
        path = tmp_path / f"spread{ending}"
        path.write_bytes(written(content) if ending == ".ubj" else json.dumps(content).encode())
        return read_trees(path)

    return read


def as_json(raw):
    return json.loads(bytes(xgb.Booster(model_file=bytearray(raw)).save_raw("json")))


def learner(content):
    return content["learner"]


def model(content):
    return learner(content)["gradient_booster"]["model"]


def tree(content, place=1):
    return model(content)["trees"][place]


def put(name, node, value, place=1):
    def change(content):
        column = tree(content, place)[name]
        if isinstance(column, np.ndarray):
            column = tree(content, place)[name] = column.copy()
        column[node] = value

    return change


@pytest.mark.parametrize(
    ("rounds", "parallel", "objective", "names"),
    [
        (0, 1, "reg:squarederror", NAMES),
        (1, 5, "reg:squarederror", NAMES),
        (3, 4, "binary:logistic", None),
        (8, 1, "binary:logistic", NAMES),
        (8, 1, "reg:squarederror", None),
    ],
)
@pytest.mark.parametrize("ending", ["ubj", "json"])
def test_good_files_pass_and_predict_the_same(tmp_path, names, objective, rounds, parallel, ending):
    booster, values = trained(rounds, parallel, objective, names)
    booster.set_attr(features="ä\nb")
    path = tmp_path / f"trees.{ending}"
    booster.save_model(path)
    data = read_trees(path, WIDTH, names)
    assert data == path.read_bytes()
    again = xgb.Booster(model_file=data)
    rows = xgb.DMatrix(values, feature_names=names)
    np.testing.assert_array_equal(again.predict(rows), booster.predict(rows))
    for wrong in ({"features": 5}, {"features": 7}, {"names": ["a"] * WIDTH}):
        with pytest.raises(DataError, match=r"trees.*feature.* expected, found"):
            read_trees(path, **wrong)


def test_a_stored_model_with_other_trees_is_refused(tmp_path):
    kept = fit(catalogue(), "linear")[0]
    write_parts(tmp_path, kept)
    rows = np.random.default_rng(0).normal(size=(50, kept.unseen.spread.num_features()))
    old, new = (
        one.unseen.spread.inplace_predict(rows)
        for one in (kept, read_parts(tmp_path, kept.contract))
    )
    np.testing.assert_array_equal(old, new)
    content = parse_ubjson((tmp_path / "spread.ubj").read_bytes())
    circle(content)
    (tmp_path / "spread.ubj").write_bytes(written(content))
    with pytest.raises(DataError, match=r"spread\.ubj: .*a path from the root"):
        read_parts(tmp_path, kept.contract)


def test_what_is_parsed_is_what_xgboost_says(raw):
    content, told = parse_ubjson(raw), as_json(raw)
    assert written(content) == raw
    for place, expected in enumerate(model(told)["trees"]):
        for name in ("left_children", "split_indices", "default_left", "parents"):
            assert tree(content, place)[name].tolist() == expected[name]
        numbers = np.array(expected["split_conditions"], np.float32)
        np.testing.assert_array_equal(tree(content, place)["split_conditions"], numbers)


VALUES = st.recursive(
    st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]))
    | st.integers(-(2**63), 2**63 - 1),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc"), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
@settings(max_examples=60)
def test_parsing_undoes_writing(value):
    assert parse_ubjson(written(value)) == value


@given(st.binary(max_size=60), st.integers(0, 300))
@settings(max_examples=100)
def test_any_bytes_are_parsed_or_refused(noise, at):
    data = written({"a": [1, 300], "b": "text", "c": np.arange(9, dtype=">i4"), "d": {}})
    for text in (noise, data[:at], data[:at] + noise + data[at + len(noise) :], data + noise):
        try:
            assert written(parse_ubjson(text)) or text == data
        except ValueError as error:
            assert str(error)


LONG = struct.pack(">q", 2**40)
FIRST = b"{L" + struct.pack(">q", 7) + b"learner"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda d: d[:-1], "a length expected, found b''"),
        (lambda d: d[: len(d) // 2], "a length within the file|the end|a length expected"),
        (lambda d: b"", "a value expected, found b''"),
        (lambda d: d + b"}", "found 1 bytes more"),
        (lambda d: d[:2] + LONG + d[10:], "within the file expected, found 1,099,511,627,776"),
        (lambda d: d[:2] + b"\xff" * 8 + d[10:], "a length within the file expected, found -1"),
        (lambda d: d.replace(b"trees[#L" + d[:0], b"trees[#L" + LONG, 1), "length within"),
        (lambda d: d.replace(b"[$d#L", b"[$d#L\x7f", 1), "length within"),
        (lambda d: d.replace(b"[$d#L", b"[$D#L", 1), "an array's type"),
        (lambda d: d.replace(b"[$l#L", b"[$d#L", 1), "array of type int32 expected"),
        (lambda d: d.replace(b"[$d#L", b"[0d#L", 1), "an array's type"),
        (lambda d: d.replace(b"gbtree", b"gb\xfftre", 1), "utf-8"),
        (lambda d: d.replace(b"gbtree", b"gbt\0ee", 1), "without a zero byte"),
        (lambda d: d.replace(b"S", b"Z", 1), "a value expected, found b'Z'"),
        (lambda d: FIRST * 500, "at most 12 levels"),
        (lambda d: b"[#L" + struct.pack(">q", 1) * 3 + b"{}", "a value expected"),
        (lambda d: FIRST + b"{}L" + FIRST[2:] + b"{}}", "each key once expected"),
        (lambda d: b"{}", "file: learner, version expected"),
        (lambda d: b"[#L" + bytes(8), "file: an object expected"),
    ],
)
def test_damaged_files_are_refused(raw, tmp_path, spoil, said):
    path = tmp_path / "spread.ubj"
    path.write_bytes(spoil(raw))
    with pytest.raises(DataError, match=rf"spread.ubj.*\({said}|{said}") as caught:
        read_trees(path)
    assert str(caught.value).endswith("train the model again, or get the folder again")


def circle(content):
    """Make the root a leaf, and of the rest a circle of nodes, each with a leaf as well."""
    one = tree(content)
    inner = np.arange(1, (len(one["parents"]) - 1) // 2 + 1)
    after, count = inner % len(inner) + 1, len(inner)
    for name in ("left_children", "right_children"):
        one[name] = np.full(2 * count + 1, -1, ">i4")
    one["left_children"][inner], one["right_children"][inner] = after, count + inner
    one["parents"] = np.full(2 * count + 1, 2**31 - 1, ">i4")
    one["parents"][after], one["parents"][count + inner] = inner, inner


def chain(content):
    """Make a tree as deep as it has nodes for: each left child has children."""
    depth = 300
    one, nodes = tree(content), 2 * depth + 1
    inner = np.arange(depth)
    above = np.repeat(inner, 2) * 2 - 1
    above[:2] = 0
    for name in one:
        if name not in ("id", "tree_param") and len(one[name]):
            one[name] = np.ones(nodes, one[name].dtype)
    one["left_children"] = np.full(nodes, -1, ">i4")
    one["right_children"] = one["left_children"].copy()
    at = np.concatenate([[0], inner[1:] * 2 - 1])
    one["left_children"][at], one["right_children"][at] = inner * 2 + 1, inner * 2 + 2
    one["parents"] = np.concatenate([[2**31 - 1], above]).astype(">i4")
    one["split_type"] *= 0
    one["tree_param"]["num_nodes"] = str(nodes)


def also(content):
    tree(content)["more"] = 1


OF_NODES = [
    (put("left_children", 0, 0), "tree 1, node 0, left_children: .*, found 0"),
    (put("left_children", 0, 10**6), "left_children: both -1, or two nodes"),
    (put("right_children", 0, -1), "tree 1, node 0, right_children: both -1"),
    (put("right_children", 0, -(2**31)), "right_children: both -1"),
    (put("left_children", 0, 2), "tree 1, node 1, children: each node the child of one"),
    (put("parents", 0, 1), "tree 1, node 0, parents"),
    (put("parents", 3, 0, 4), "tree 4, node 3, parents: the node whose child it is"),
    (put("split_indices", 0, WIDTH), "split_indices: a feature below 6 expected, found 6"),
    (put("split_indices", 5, -1), "tree 1, node 5, split_indices"),
    (put("split_conditions", 0, 1e31), "split_conditions: a number within"),
    (put("sum_hessian", 4, -1.0), "sum_hessian: at least 1e-06"),
    (put("sum_hessian", 0, 0.5), "sum_hessian: the sum of its children's"),
    (put("default_left", 0, 2), "default_left: 0 or 1"),
    (put("split_type", 0, 1), "split_type: 0, as of a numeric split"),
]


@pytest.mark.parametrize(("change", "said"), OF_NODES)
@pytest.mark.parametrize("ending", [".ubj", ".json"])
def test_nodes_that_are_no_tree_are_refused(changed, change, said, ending):
    with pytest.raises(DataError, match=rf"spread.*trees \(tree \d+, node \d+.*{said}|{said}"):
        changed(change, ending)


@pytest.mark.parametrize("ending", [".ubj", ".json"])
@pytest.mark.parametrize("name", ["split_conditions", "base_weights", "sum_hessian"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_refused(changed, name, value, ending):
    with pytest.raises(DataError, match=f"node 2, {name}: a number within"):
        changed(put(name, 2, value), ending)


SETTINGS = [
    (lambda c: c.update(version=[2, 1, 0]), "version: of XGBoost 3 expected"),
    (lambda c: c.update(version=["3"]), "version"),
    (lambda c: c.update(more=1), "file: only learner, version expected, found .*more"),
    (lambda c: c.pop("learner"), "file: learner expected"),
    (lambda c: learner(c).update(gradient_booster=[]), "gradient_booster: an object"),
    (lambda c: learner(c)["gradient_booster"].update(name="dart"), "gbtree expected, found 'dart'"),
    (lambda c: learner(c)["gradient_booster"].update(name="gblinear"), "found 'gblinear'"),
    (lambda c: learner(c)["objective"].update(name="multi:softmax"), "objective: reg:squared"),
    (lambda c: learner(c)["objective"]["reg_loss_param"].clear(), "scale_pos_weight expected"),
    (lambda c: learner(c)["objective"]["reg_loss_param"].update(scale_pos_weight="-1"), "no negat"),
    (lambda c: learner(c)["objective"]["reg_loss_param"].update(scale_pos_weight="[1]"), "number"),
    (lambda c: learner(c).update(feature_types=["c"] * WIDTH), "feature_types: none"),
    (lambda c: learner(c).update(feature_names=["a"]), "feature_names: 6 expected, found 1"),
    (lambda c: learner(c).update(feature_names=[1] * WIDTH), "feature_names: texts"),
    (lambda c: learner(c).update(feature_names=[*"abcde["]), "feature_names: names of their own"),
    (lambda c: learner(c).update(feature_names=["a"] * WIDTH), "feature_names: names of their own"),
    (lambda c: learner(c).update(attributes={"a": 1}), "attributes: texts"),
    (lambda c: model(c).update(trees="x"), "trees: a list"),
    (lambda c: model(c)["trees"].pop(), "num_trees: a text with 7 expected, found '8'"),
    (lambda c: model(c)["trees"].reverse(), "tree 0, id: 0 expected, found 7"),
    (lambda c: model(c)["cats"].update(enc=[{}]), "cats: no categories"),
    (lambda c: model(c).update(tree_info=[0] * 7), "tree_info: that of 8 trees"),
    (lambda c: model(c).update(tree_info=[1] + [0] * 7), "tree_info"),
    (lambda c: model(c).update(iteration_indptr=[]), "iteration_indptr"),
    (lambda c: model(c).update(iteration_indptr=[0, 8]), "iteration_indptr"),
    (lambda c: model(c)["gbtree_model_param"].update(num_parallel_tree="3"), "iteration_indptr"),
    (
        lambda c: (
            model(c)["gbtree_model_param"].update(num_parallel_tree="3"),
            model(c).update(iteration_indptr=[0, 3, 6]),
        ),
        "num_parallel_tree: a divisor of 8",
    ),
    (lambda c: model(c)["gbtree_model_param"].update(num_parallel_tree="0"), "text with 1 to 8"),
    (lambda c: model(c)["gbtree_model_param"].update(num_trees="-1"), "num_trees"),
    (also, "tree 1: only .* found .'more'"),
    (lambda c: tree(c).pop("parents"), "tree 1: parents expected"),
    (lambda c: tree(c)["tree_param"].update(num_nodes="2"), "left_children: 2 values expected"),
    (lambda c: tree(c)["tree_param"].update(num_nodes="99999999999"), "num_nodes: a text with 1"),
    (lambda c: tree(c)["tree_param"].update(size_leaf_vector="2"), "size_leaf_vector: a text"),
    (lambda c: tree(c)["tree_param"].update(num_deleted="1"), "num_deleted: a text with 0"),
    (lambda c: tree(c)["tree_param"].update(num_feature="5"), "num_feature: a text with 6"),
    (lambda c: tree(c).update(parents=tree(c)["parents"][:-1]), "tree 1, parents: .* values"),
    (lambda c: tree(c).update(parents={}), "tree 1, parents: an? (array|list)"),
    (lambda c: tree(c).update(categories=tree(c)["parents"]), "categories: 0 values expected"),
] + [
    (lambda c, n=name, v=value: learner(c)["learner_model_param"].update({n: v}), name)
    for name, value in [
        ("base_score", "[1E40]"),
        ("base_score", "[nan]"),
        ("base_score", "[1,2]"),
        ("base_score", "[1"),
        ("base_score", "[[1]]"),
        ("base_score", "1" * 5000),
        ("base_score", 1),
        ("boost_from_average", "2"),
        ("num_class", "3"),
        ("num_target", "2"),
        ("num_feature", "0"),
        ("num_feature", "4294967295"),
        ("num_feature", "0x6"),
        ("num_feature", 6),
        ("num_feature", "٦"),
    ]
]


@pytest.mark.parametrize(("change", "said"), SETTINGS)
@pytest.mark.parametrize("ending", [".ubj", ".json"])
def test_models_of_another_kind_are_refused(changed, change, said, ending):
    with pytest.raises(DataError, match=rf"cannot be read as trees \(.*{said}"):
        changed(change, ending)


def test_circles_and_chains_are_refused(changed):
    for change in (circle, chain):
        with pytest.raises(DataError, match=r"tree 1, node \d+, children: a path from the root"):
            changed(change)
    with pytest.raises(DataError, match="base_score: a number in"):
        changed(lambda c: learner(c)["objective"].update(name="binary:logistic") or put_base(c))


def put_base(content):
    learner(content)["learner_model_param"]["base_score"] = "[5E0]"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "\ufeff{}",
        '{"a": ' + "[" * 100_000,
        '{"learner": ' + "1" * 5000 + "}",
        '{"learner": {}, "learner": {}, "version": [3, 2, 0]}',
        ' {"learner": {}, "version": [3, 2, 0]}',
        '{ "learner": {}, "version": [3, 2, 0]}',
    ],
)
def test_damaged_json_is_refused(tmp_path, text):
    (tmp_path / "trees.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"trees\.json: a file that cannot be read as trees"):
        read_trees(tmp_path / "trees.json")


def test_json_numbers_are_of_the_kind_that_xgboost_writes(changed):
    for name, value, said in (
        ("sum_hessian", 9, "real"),
        ("parents", 0.0, "whole"),
        ("parents", True, "whole"),
    ):
        with pytest.raises(DataError, match=f"tree 1, {name}: a list of {said} numbers expected"):
            changed(put(name, 2, value), ".json")
    with pytest.raises(DataError, match="tree 1, parents"):
        changed(put("parents", 2, 2**40), ".json")


def test_large_and_missing_files_are_not_read(tmp_path, monkeypatch, raw):
    with pytest.raises(DataError, match="No such file"):
        read_trees(tmp_path / "spread.ubj")
    monkeypatch.setattr("lib.modelling.stored.tree_file.LARGEST", 100)
    (tmp_path / "spread.ubj").write_bytes(raw)
    with pytest.raises(DataError, match="more than the 100 that are read"):
        read_trees(tmp_path / "spread.ubj")


def mutated(data, seed, text):
    """Change a file in one to five places: bytes, lengths, slices left out or doubled."""
    rng = np.random.default_rng(seed)
    others = np.frombuffer(b'0123456789-.E,[]{}"' if text else bytes(range(256)), np.uint8)
    out = bytearray(data)
    for _ in range(rng.choice([1, 1, 1, 2, 3, 5])):
        at = int(rng.integers(len(out)))
        size = int(rng.integers(1, 40))
        what = rng.integers(6 if text else 10)
        if what < 6:
            out[at] = rng.choice(others)
        elif what == 6:
            del out[at : at + size]
        elif what == 7:
            out[at:at] = out[at : at + size]
        elif what == 8:
            other = int(rng.integers(len(out)))
            out[at : at + size] = out[other : other + size]
        else:
            out[at : at + 4] = struct.pack(">i", rng.choice([-1, 0, 1, 9, 2**31 - 1, -(2**31)]))
    return bytes(out)


def use_mutated(path, first, count):
    """Read, load and use mutated files, in a process that may die of it."""
    data, changed = path.read_bytes(), path.with_stem("mutated")
    passed = 0
    for seed in range(first, first + count):
        print(f"{path.name}, seed {seed}", flush=True)
        changed.write_bytes(mutated(data, seed, path.suffix == ".json"))
        try:
            checked = read_trees(changed)
        except DataError:
            continue
        booster = xgb.Booster({"nthread": 1}, model_file=checked)
        values = np.random.default_rng(seed).normal(size=(20, booster.num_features()))
        values[::3, 0] = np.nan
        rows = xgb.DMatrix(values, feature_names=booster.feature_names, nthread=1)
        assert np.isfinite(booster.inplace_predict(values, validate_features=False)).all()
        for what in ({}, {"pred_contribs": True}, {"pred_leaf": True}):
            booster.predict(rows, **what)
        booster.predict(rows, pred_contribs=True, approx_contribs=True)
        booster.get_score(importance_type="gain")
        booster.save_raw("json")
        passed += 1
    print(f"{path.name}, {passed} passed")
    assert 0 < passed < count


def test_no_mutated_file_ends_the_process(tmp_path):
    booster = trained(3, names=NAMES)[0]
    for ending in ("ubj", "json"):
        booster.save_model(tmp_path / f"spread.{ending}")
    code = "import sys, pathlib, test_tree_file as here;"
    code += "[here.use_mutated(pathlib.Path(p), 0, int(sys.argv[1])) for p in sys.argv[2:]]"
    paths = os.pathsep.join([str(places.ROOT), str(Path(__file__).parent)])
    done = subprocess.run(
        [sys.executable, "-c", code, str(MUTATIONS), *sorted(tmp_path.iterdir(), reverse=True)],
        capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    last = "\n".join(done.stdout.splitlines()[-1:])
    assert done.returncode == 0, f"{last}: {done.returncode}\n{done.stderr[-2000:]}"
