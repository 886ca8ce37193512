"""One list of versions, three files: pyproject.toml, the lock files, environment.yml."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib

import pytest
import yaml

from lib.pipeline.places import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PIN = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", re.MULTILINE)


def pins(text: str) -> dict[str, str]:
    return {name.lower().replace("_", "-"): version for name, version in PIN.findall(text)}


def lock(name: str) -> dict[str, str]:
    return pins((ROOT / name).read_text("utf-8"))


def test_every_direct_dependency_is_pinned_and_says_what_it_is_for():
    direct = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    for requirement in direct:
        assert "==" in requirement
        line = next(line for line in text.splitlines() if f'"{requirement}"' in line)
        assert re.search(r"#.*\w{4,}", line), f"no word on what it is for: {line}"


def test_the_locks_hold_the_direct_dependencies():
    direct = pins("\n".join(PROJECT["dependencies"]))
    tests = pins("\n".join(PROJECT["optional-dependencies"]["test"]))
    assert direct.items() <= lock("requirements.lock").items()
    assert (direct | tests).items() <= lock("requirements-test.lock").items()
    assert lock("requirements.lock").items() <= lock("requirements-test.lock").items()


def test_conda_gets_the_same_versions():
    parsed = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    listed = parsed["dependencies"][-1]["pip"]
    assert pins("\n".join(listed)) == lock("requirements.lock")
    assert listed[-1] == "--editable ."


def test_nothing_brings_cuda_on_linux():
    text = (ROOT / "requirements-test.lock").read_text("utf-8")
    assert not re.search(r"nvidia|cuda", text)
    assert "xgboost==3.2.0 ; sys_platform != 'linux'" in text


def test_locks_name_no_host():
    for name in ("requirements.lock", "requirements-test.lock", "environment.yml"):
        assert "://" not in (ROOT / name).read_text("utf-8")


@pytest.mark.parametrize("name", ["run_all.sh", ".ci/run", ".ci/lock"])
def test_scripts_are_executable_and_parse(name):
    path = ROOT / name
    assert os.access(path, os.X_OK)
    subprocess.run(["bash", "-n", str(path)], check=True)


def test_no_tracked_file_is_large():
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip("not a git checkout")
    for name in filter(None, done.stdout.split("\0")):
        path = ROOT / name
        assert not path.exists() or path.stat().st_size < 2_000_000, name


def test_the_tables_of_the_readmes_are_up_to_date():
    done = subprocess.run(
        [sys.executable, ".ci/docs.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
