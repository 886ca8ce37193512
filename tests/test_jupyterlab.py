"""Notebooks in a real JupyterLab, in a real browser: open, run all cells, look for trouble."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from lib.pipeline import places
from lib.pipeline.notebook_list import STAGES

pytestmark = [
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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab on copies of the notebooks, with settings and folders of its own."""
    home = tmp_path_factory.mktemp("lab")
    for owner in STAGES:
        copy = home / "notebooks" / owner.path
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(places.ROOT / owner.path, copy)
    for name, content in SETTINGS.items():
        path = home / "settings" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    port = free_port()
    environment = os.environ | {
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "WORKBOOK_OUT": str(home / "out"),
    }
    log = (home / "server.log").open("w")
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *(f"--ServerApp.root_dir={home / 'notebooks'}", f"--ServerApp.port={port}"),
            *(
                "--ServerApp.port_retries=0",
                "--IdentityProvider.token=",
                "--ServerApp.ip=127.0.0.1",
            ),
            *("--LabApp.extension_manager=readonly", "--ServerApp.disable_check_xsrf=True"),
        ],
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{url}/api/status", timeout=2).close()
                break
            except OSError:
                assert server.poll() is None, (home / "server.log").read_text()
                time.sleep(0.25)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=os.environ["CHROMIUM"], args=FLAGS, headless=True
        )
        yield running
        running.close()


@pytest.mark.parametrize("owner", STAGES, ids=lambda owner: owner.name)
def test_a_notebook_runs_from_top_to_bottom_by_itself(lab, browser, owner, tmp_path):
    name = owner.name
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    try:
        page.goto(f"{lab}/lab/tree/{owner.path}?reset", timeout=120_000)
        panel = page.locator(".jp-NotebookPanel")
        panel.wait_for(timeout=120_000)
        # Not before the kernel has a name: Run All would ask which kernel to take.
        page.get_by_text(re.compile(r"^Python 3 \(ipykernel\) \| Idle$")).wait_for(timeout=120_000)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        last = panel.locator(".jp-CodeCell").last
        said = last.get_by_text(re.compile(rf"{name}: done in"))
        try:
            said.wait_for(timeout=240_000)
        finally:
            page.screenshot(path=str(tmp_path / f"{name}.png"))
            errors = panel.locator(".jp-RenderedText[data-mime-type*=error]").all_inner_texts()
            assert not errors, errors
        pictures = panel.locator(".jp-RenderedImage img")
        for picture in pictures.all():
            assert picture.evaluate("image => image.naturalWidth") > 300
        said = panel.locator("[data-mime-type*=stderr]").all_inner_texts()
        # A progress bar writes there as well.
        bar = re.compile(r"([\w ]+: +\d+%\|.*)?\s*")
        warnings = [text for text in said if not bar.fullmatch(text)]
        assert not warnings, warnings
    finally:
        page.close()
        with urllib.request.urlopen(f"{lab}/api/kernels") as answer:
            kernels = json.load(answer)
        for kernel in kernels:
            path = f"{lab}/api/kernels/{kernel['id']}"
            urllib.request.urlopen(urllib.request.Request(path, method="DELETE")).close()
