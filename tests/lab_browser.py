"""A JupyterLab of the tests' own, a browser that reaches loopback only, and how to drive both."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from urllib.parse import urlsplit

import pytest

from lib.pipeline import places
from lib.pipeline.notebook_list import STAGES

MARKS = [
    pytest.mark.browser,
    pytest.mark.xdist_group("jupyterlab"),
    pytest.mark.skipif(not os.environ.get("CHROMIUM"), reason="CHROMIUM names no browser"),
]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
SETTINGS = {
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
    # All cells stand in the page, also those far below, so that they can be looked at.
    "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
}
LOOPBACK = {"127.0.0.1", "localhost", ""}
RUN_MS = 240_000


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment_of(home) -> dict[str, str]:
    """An environment in which Jupyter finds nothing of the user's."""
    return os.environ | {
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "WORKBOOK_OUT": str(home / "out"),
    }


@contextlib.contextmanager
def serving(command: list[str], home, url: str, cwd=None):
    """A server that answers at the address, until the block ends."""
    log = (home / "server.log").open("w")
    server = subprocess.Popen(
        command, env=environment_of(home), stdout=log, stderr=subprocess.STDOUT, cwd=cwd
    )
    try:
        for _ in range(480):
            try:
                urllib.request.urlopen(url, timeout=2).close()
                break
            except OSError:
                assert server.poll() is None, (home / "server.log").read_text()
                time.sleep(0.25)
        yield
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


@contextlib.contextmanager
def jupyterlab(home, theme: str = ""):
    """A JupyterLab on copies of the notebooks; gives its address."""
    for owner in STAGES:
        copy = home / "notebooks" / owner.path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(places.ROOT / owner.path, copy)
    settings = dict(SETTINGS)
    if theme:
        settings["@jupyterlab/apputils-extension/themes.jupyterlab-settings"] = {"theme": theme}
    for name, content in settings.items():
        path = home / "settings" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *(f"--ServerApp.root_dir={home / 'notebooks'}", f"--ServerApp.port={port}"),
        *("--ServerApp.port_retries=0", "--IdentityProvider.token=", "--ServerApp.ip=127.0.0.1"),
        *("--LabApp.extension_manager=readonly", "--ServerApp.disable_check_xsrf=True"),
    ]
    with serving(command, home, f"{url}/api/status"):
        yield url


@contextlib.contextmanager
def chromium():
    """A Chromium that reaches loopback only."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"], args=FLAGS, headless=True
        )
        yield running
        running.close()


def outside(requests: list[str]) -> list[str]:
    """Those of the addresses asked for that are not on this machine."""
    asked = {address: urlsplit(address) for address in requests}
    return [
        address
        for address, parts in asked.items()
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in LOOPBACK
    ]


def run_all(page, url: str, owner):
    """Open a notebook and run all its cells; gives its panel once the last one has ended."""
    page.goto(f"{url}/lab/tree/{owner.path}?reset", timeout=120_000)
    panel = page.locator(".jp-NotebookPanel")
    panel.wait_for(timeout=120_000)
    # Not before the kernel has a name: Run All would ask which kernel to take.
    page.get_by_text(re.compile(r"^Python 3 \(ipykernel\) \| Idle$")).wait_for(timeout=120_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    last = panel.locator(".jp-CodeCell").last
    said = last.get_by_text(re.compile(rf"{owner.name}: done in"))
    try:
        said.wait_for(timeout=RUN_MS)
    finally:
        errors = panel.locator(".jp-RenderedText[data-mime-type*=error]").all_inner_texts()
        assert not errors, errors
    return panel


def end_kernels(url: str) -> None:
    """End all kernels of a JupyterLab."""
    with urllib.request.urlopen(f"{url}/api/kernels") as answer:
        kernels = json.load(answer)
    for kernel in kernels:
        path = f"{url}/api/kernels/{kernel['id']}"
        urllib.request.urlopen(urllib.request.Request(path, method="DELETE")).close()
