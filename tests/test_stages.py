"""The list of notebooks: names, order, parameters; and the notebooks keep to it."""

from __future__ import annotations

import ast
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.errors import ParameterError
from lib.pipeline import places
from lib.pipeline.imports import imported_modules, reached_files
from lib.pipeline.notebook_list import STAGES
from lib.pipeline.stages import check_parameters, check_profile, parse_value, stage, with_upstream

FOLDERS = ("notebooks", "models_widgets")
NOTEBOOKS = sorted(
    (path for folder in FOLDERS for path in (places.ROOT / folder).glob("*.ipynb")),
    key=lambda path: path.name,
)


def code_cells(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def parameter_cell(path):
    tagged = [c for c in code_cells(path) if "parameters" in c["metadata"].get("tags", [])]
    assert len(tagged) == 1, f"{path.name}: expected one cell tagged 'parameters'"
    tree = ast.parse("".join(tagged[0]["source"]))
    for node in tree.body:
        assert isinstance(node, ast.Assign), f"{path.name}: the parameters cell holds literals only"
    return {node.targets[0].id: ast.literal_eval(node.value) for node in tree.body}


def test_every_notebook_is_listed_and_every_listed_one_exists():
    listed = [places.ROOT / s.path for s in STAGES]
    assert listed == NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_parameter_cells_hold_the_listed_parameters_and_defaults(path):
    listed = {name: p.default for name, p in stage(path.stem).parameters.items()}
    assert parameter_cell(path) == {"PROFILE": "sample", "DATA_DIR": ""} | listed


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_thin_and_without_outputs(path):
    notebook = json.loads(path.read_text("utf-8"))
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    for cell in code_cells(path):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None
        lines = [line for line in "".join(cell["source"]).splitlines() if line.strip()]
        assert len(lines) <= 12, f"{path.name}: a cell of {len(lines)} lines"
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_tables_are_loaded_only_from_notebooks_that_the_list_names(path):
    loaded = set()
    for cell in code_cells(path):
        for node in ast.walk(ast.parse("".join(cell["source"]))):
            call = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if call in ("step.load", "step.load_model"):
                producer, name = (ast.literal_eval(argument) for argument in node.args)
                made = stage(producer).makes if call == "step.load" else stage(producer).models
                assert name in made
                loaded.add(producer)
            if call == "step.load_store":
                producer = ast.literal_eval(node.args[0])
                assert stage(producer).stores
                loaded.add(producer)
    assert loaded == set(stage(path.stem).needs)


def test_order_puts_producers_first():
    seen = set()
    for owner in STAGES:
        assert set(owner.needs) <= seen
        seen.add(owner.name)


def test_a_stage_answers_to_its_beginning_and_to_its_file():
    assert stage("03").name == "03_engineer_features"
    assert stage("notebooks/03_engineer_features.ipynb").name == "03_engineer_features"
    for wrong in ("0", "", "05_nothing", "3"):
        with pytest.raises(ParameterError, match="expected one of"):
            stage(wrong)
    with pytest.raises(ParameterError, match="did you mean 02_clean_tracks"):
        stage("02_clean_track_")


def test_upstream_is_complete_and_ordered():
    assert [s.name for s in with_upstream("04")] == [
        "02_clean_tracks",
        "03_engineer_features",
        "04_compare_models",
    ]
    both = [s.name for s in with_upstream("04", "01")]
    assert both == ["01_explore_tracks", *(s.name for s in with_upstream("04"))]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MIN_TRACK", 5, "did you mean MIN_TRACKS"),
        ("MIN_TRACKS", "5", "a whole number from 1 to 1000, found '5'"),
        ("MIN_TRACKS", 5.0, "found 5.0"),
        ("MIN_TRACKS", True, "found True"),
        ("MIN_TRACKS", 0, "found 0"),
        ("SEED", -1, "found -1"),
    ],
)
def test_a_wrong_parameter_is_refused(name, value, said):
    with pytest.raises(ParameterError, match="01_explore_tracks") as caught:
        check_parameters(stage("01"), {name: value})
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["five", "", "1.5", "nan", "1e3"])
def test_a_text_that_is_no_whole_number_is_refused(text):
    with pytest.raises(ParameterError, match="MIN_TRACKS: expected a whole number"):
        parse_value(stage("01"), "MIN_TRACKS", text)


@given(st.integers(1, 1000))
def test_allowed_values_come_through_unchanged(number):
    assert parse_value(stage("01"), "MIN_TRACKS", str(number)) == number


def test_choices_are_held_to():
    assert parse_value(stage("02"), "KEEP_POPULARITY", "mean") == "mean"
    with pytest.raises(ParameterError, match="one of max, median, mean"):
        parse_value(stage("02"), "KEEP_POPULARITY", "min")


def test_profiles():
    assert check_profile("full") == "full"
    with pytest.raises(ParameterError, match="did you mean sample"):
        check_profile("samples")


def test_reached_files_follow_imports(tmp_path):
    package = tmp_path / "lib"
    (package / "a").mkdir(parents=True)
    for name, text in {
        "__init__.py": "",
        "a/__init__.py": "",
        "a/one.py": "from lib.a import two\n",
        "a/two.py": "import os\n",
        "a/three.py": "",
    }.items():
        (package / name).write_text(text, encoding="utf-8")
    notebook = tmp_path / "n.ipynb"
    source = ["%matplotlib inline\n", "from lib.a.one import x"]
    notebook.write_text(json.dumps({"cells": [{"cell_type": "code", "source": source}]}))
    found = [str(p.relative_to(package)) for p in reached_files([notebook], tmp_path)]
    assert found == ["__init__.py", "a/__init__.py", "a/one.py", "a/two.py"]


RANK = {"tracks": 0, "playlists": 0, "evaluation": 1, "modelling": 2, "recommenders": 3, "apps": 4}
FREE = {"plots", "pipeline"}
LIB = places.ROOT / "lib"
MODULES = sorted(path for path in LIB.rglob("*.py") if path.parent != LIB)


def module_name(path):
    return ".".join(path.relative_to(places.ROOT).with_suffix("").parts)


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_imports_point_one_way(path):
    """Subjects import only what stands below them; plots and pipeline import no subject."""
    room = path.relative_to(LIB).parts[0]
    assert room in RANK or room in FREE
    for module in imported_modules(path):
        parts = module.split(".")
        if parts[0] != "lib" or len(parts) < 2 or parts[1] in ("errors", "files", "memory", room):
            continue
        if room in FREE:
            assert parts[1] in FREE, f"{room} imports {module}"
        elif room == "apps" and (parts[1] == "plots" or path.stem == "__main__"):
            assert parts[1] in FREE or RANK.get(parts[1], 99) < RANK[room]
        else:
            assert RANK.get(parts[1], 99) < RANK[room], f"{room} imports {module}"


def test_importing_has_no_side_effects(tmp_path):
    import os
    import subprocess
    import sys

    ours = [p for p in MODULES if p.stem != "__main__"]
    names = [module_name(p) for p in ours]
    # What other packages do to the environment when imported is theirs: it goes first.
    others = {name.split(".")[0] for p in ours for name in imported_modules(p)} - {"lib"}
    others |= {"sklearn.ensemble", "pandera.pandas", "matplotlib.figure"}
    code = (
        "import importlib, os, random, sys, warnings\n"
        "with warnings.catch_warnings():\n"
        "    warnings.simplefilter('ignore')\n"
        f"    [importlib.import_module(n) for n in {sorted(others)!r}]\n"
        "import matplotlib, numpy\n"
        "state = random.getstate(), numpy.random.get_state()[1].tolist(), dict(os.environ), "
        "list(sys.path), os.getcwd(), dict(matplotlib.rcParams)\n"
        f"[importlib.import_module(n) for n in {names!r}]\n"
        "assert state == (random.getstate(), numpy.random.get_state()[1].tolist(), "
        "dict(os.environ), list(sys.path), os.getcwd(), dict(matplotlib.rcParams))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []
