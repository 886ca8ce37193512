"""Files of boosted trees, checked before XGBoost reads them: it crashes on those made to be wrong.

What XGBoost 3 writes for our models is taken, and nothing else: trees (gbtree) for one number,
with numeric splits. Both its formats are known, UBJSON (.ubj) and JSON.
"""

from __future__ import annotations

import json
import re
import reprlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import xgboost as xgb

from lib.errors import DataError
from lib.modelling.stored.model_files import NEXT_STEP
from lib.modelling.stored.tree_nodes import (
    BOUND,
    OF_CATEGORIES,
    OF_NODES,
    check_nodes,
    listed_array,
    typed_array,
)
from lib.modelling.stored.ubjson import parse_ubjson

LARGEST = 64_000_000
"""Bytes of a file that is read; our largest have a few million."""

MOST_FEATURES = 100_000
NUMBER = r"-?[0-9]{1,20}(\.[0-9]{1,20})?(E-?[0-9]{1,2})?"
OBJECTIVES = ("reg:squarederror", "binary:logistic")

KEYS = {
    "file": "learner version",
    "learner": "attributes feature_names feature_types gradient_booster learner_model_param "
    "objective",
    "learner_model_param": "base_score boost_from_average num_class num_feature num_target",
    "objective": "name reg_loss_param",
    "reg_loss_param": "scale_pos_weight",
    "gradient_booster": "model name",
    "model": "cats gbtree_model_param iteration_indptr tree_info trees",
    "cats": "enc feature_segments sorted_idx",
    "gbtree_model_param": "num_parallel_tree num_trees",
    "tree_param": "num_deleted num_feature num_nodes size_leaf_vector",
}
KEYS["tree"] = " ".join(["id", "tree_param", *OF_NODES, *OF_CATEGORIES])

Column = Callable[[object, str], np.ndarray]


def read_trees(
    path: Path, features: int | None = None, names: Sequence[str] | None = None
) -> bytearray:
    """Read a file of trees and check that XGBoost can read and use it.

    Parameters
    ----------
    path : pathlib.Path
        A name with the ending .ubj or .json.
    features : int, optional
        How many the trees must be made for.
    names : sequence of str, optional
        What the features must be called.

    Returns
    -------
    bytearray
        The bytes that were checked, for `xgboost.Booster`: a file may change before it is read
        again.

    Raises
    ------
    DataError
        When it cannot be read, or is not such a model.
    """
    try:
        if (size := path.stat().st_size) > LARGEST:
            raise ValueError(f"{size:,} bytes, more than the {LARGEST:,} that are read")
        data = path.read_bytes()
        if path.suffix == ".ubj":
            _check_model(parse_ubjson(data), typed_array, features, names)
        elif data.startswith(b'{"'):
            text = data.decode("utf-8")
            _check_model(json.loads(text, object_pairs_hook=_once), listed_array, features, names)
        else:  # with a space in between XGBoost takes it for neither format
            raise ValueError(f'JSON that begins with {{" expected, found {data[:2]!r}')
    except (OSError, ValueError, OverflowError, RecursionError) as error:
        raise DataError(
            f"{path}: a file that cannot be read as trees ({error}); {NEXT_STEP}"
        ) from None
    return bytearray(data)


def _check_model(
    content: object, column: Column, features: int | None, names: Sequence[str] | None
) -> None:
    """Raise ValueError when XGBoost cannot use the content; `column` makes arrays of its parts."""
    content = _table(content, "file")
    version = content["version"]
    ours = int(xgb.__version__.split(".")[0])
    whole = isinstance(version, list) and [type(one) for one in version] == [int] * 3
    _right(whole and version[0] == ours, "version", f"of XGBoost {ours}", version)
    learner = _table(content["learner"], "learner")
    about = _table(learner["learner_model_param"], "learner_model_param")
    booster = _table(learner["gradient_booster"], "gradient_booster")
    _right(booster["name"] == "gbtree", "gradient_booster", "gbtree", booster["name"])
    least, most = (1, MOST_FEATURES) if features is None else (features, features)
    width = _count(about, "num_feature", least, most)
    _check_objective(learner["objective"], about)
    attributes = _dict(learner["attributes"], "attributes")
    _texts(list(attributes.values()), "attributes")
    called, kinds = (_texts(learner[name], name) for name in ("feature_names", "feature_types"))
    _right(len(called) in (0, width), "feature_names", width, len(called))
    good = len(set(called)) == len(called) and not re.search(r"[][<]", "".join(called))
    _right(good, "feature_names", "names of their own without [, ] and <", called)
    _right(names is None or called == list(names), "feature_names", "the contract's", called)
    _right(not kinds, "feature_types", "none", kinds)
    model = _table(booster["model"], "model")
    cats = _table(model["cats"], "cats")
    _right(cats["enc"] == [], "cats", "no categories", cats["enc"])
    for name in ("feature_segments", "sorted_idx"):
        _right(not len(column(cats[name], ">i4")), "cats", "no categories", "some")
    trees = model["trees"]
    _right(isinstance(trees, list), "trees", "a list", trees)
    _check_rounds(model, len(trees))
    if trees:
        check_nodes(*_joined(trees, width, column), width)


def _check_objective(objective: object, about: Mapping[str, object]) -> None:
    """Check the objective and the numbers of the whole model, which are written as texts."""
    objective = _table(objective, "objective")
    name = objective["name"]
    _right(name in OBJECTIVES, "objective", " or ".join(OBJECTIVES), name)
    param = _table(objective["reg_loss_param"], "reg_loss_param")
    scale = _number("scale_pos_weight", param["scale_pos_weight"])
    _right(scale >= 0, "scale_pos_weight", "no negative number", scale)
    base = about["base_score"]
    # One for each number that is predicted; before version 3.1 without brackets.
    if isinstance(base, str) and base.startswith("[") and base.endswith("]"):
        base = base[1:-1]
    base = _number("base_score", base)
    _right(name != "binary:logistic" or 0 < base < 1, "base_score", "a number in (0, 1)", base)
    _count(about, "num_class", 0, 0)
    _count(about, "num_target", 1, 1)
    _count(about, "boost_from_average", 0, 1)


def _check_rounds(model: Mapping[str, object], trees: int) -> None:
    """Check which trees belong to a round of boosting."""
    param = _table(model["gbtree_model_param"], "gbtree_model_param")
    _count(param, "num_trees", trees, trees)
    at_once = _count(param, "num_parallel_tree", 1, max(trees, 1))
    # The number itself: True and 1.0 are equal to 1, though not what XGBoost writes.
    for name, expected in (
        ("tree_info", [0] * trees),
        ("iteration_indptr", list(range(0, trees + 1, at_once))),
    ):
        found = model[name]
        good = isinstance(found, list) and found == expected
        good = good and all(type(value) is int for value in found)
        _right(good, name, f"that of {trees} trees, {at_once} in a round", found)
    _right(trees % at_once == 0, "num_parallel_tree", f"a divisor of {trees}", at_once)


def _joined(
    trees: Sequence[object], width: int, column: Column
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Put the nodes of all trees behind each other; return their columns and the trees' sizes."""
    sizes, columns = [], {name: [] for name in OF_NODES}
    for place, tree in enumerate(trees):
        where = f"tree {place}"
        tree = _table(tree, "tree", where)
        _right(type(tree["id"]) is int and tree["id"] == place, f"{where}, id", place, tree["id"])
        param = _table(tree["tree_param"], "tree_param", where)
        _count(param, "num_deleted", 0, 0)
        _count(param, "num_feature", width, width)
        _count(param, "size_leaf_vector", 1, 1)
        sizes.append(_count(param, "num_nodes", 1, LARGEST))
        for name, kind in (OF_NODES | OF_CATEGORIES).items():
            try:
                values = column(tree[name], kind)
            except (ValueError, OverflowError) as error:
                raise ValueError(f"{where}, {name}: {error}") from None
            expected = sizes[-1] if name in OF_NODES else 0
            _right(len(values) == expected, f"{where}, {name}", f"{expected} values", len(values))
            if name in OF_NODES:
                columns[name].append(values)
    joined = {name: np.concatenate(parts) for name, parts in columns.items()}
    return joined, np.array(sizes)


def _once(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    pairs = list(pairs)
    if len(found := dict(pairs)) != len(pairs):
        raise ValueError("each key once expected, found one again")
    return found


def _table(value: object, name: str, where: str = "") -> dict[str, object]:
    """Take an object with exactly the keys that it should have."""
    place = f"{where}, {name}" if where and name != "tree" else where or name
    found, keys = set(_dict(value, place)), set(KEYS[name].split())
    _right(keys <= found, place, ", ".join(sorted(keys - found)), sorted(found))
    _right(found <= keys, place, f"only {', '.join(sorted(keys))}", sorted(found - keys))
    return value


def _dict(value: object, name: str) -> dict[str, object]:
    _right(isinstance(value, dict), name, "an object", value)
    return value


def _texts(value: object, name: str) -> list[str]:
    good = isinstance(value, list) and all(isinstance(one, str) for one in value)
    _right(good, name, "texts", value)
    return value


def _count(table: Mapping[str, object], name: str, low: int, high: int) -> int:
    """Read a whole number that is written as a text."""
    text = table[name]
    good = isinstance(text, str) and re.fullmatch(r"0|[1-9][0-9]{0,8}", text)
    expected = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    _right(good and low <= int(text) <= high, name, f"a text with {expected}", text)
    return int(text)


def _number(name: str, text: object) -> float:
    """Read a number that is written as a text."""
    good = isinstance(text, str) and re.fullmatch(NUMBER, text) and abs(float(text)) <= BOUND
    _right(good, name, "a text with a number", text)
    return float(text)


def _right(good: object, name: str, expected: object, found: object) -> None:
    if not good:
        raise ValueError(f"{name}: {expected} expected, found {reprlib.repr(found)}")
