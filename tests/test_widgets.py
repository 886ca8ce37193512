"""Widget notebooks in a real JupyterLab and as Voila's pages: controls are used, as people do."""

from __future__ import annotations

import base64
import contextlib
import re
import shutil
import sys
from urllib.parse import unquote

import pytest
from lab_browser import (
    MARKS,
    RUN_MS,
    end_kernels,
    free_port,
    outside,
    run_all,
    serving,
)

from lib.apps.view.csv_text import from_csv
from lib.pipeline import places
from lib.pipeline.stages import stage

pytestmark = MARKS
WAIT_MS = 60_000


@pytest.fixture
def page(browser, lab):
    """A page that may ask loopback only; kernels end with it."""
    made = browser.new_page(viewport={"width": 1500, "height": 1300})
    asked = []
    made.on("request", lambda request: asked.append(request.url))
    yield made
    made.close()
    end_kernels(lab)
    assert not outside(asked), outside(asked)


def saved(link) -> str:
    """What a download link holds."""
    data = link.get_attribute("href").partition("base64,")[2]
    return base64.b64decode(unquote(data)).decode("utf-8-sig")


def widget_of(page, lab, number):
    """Run a notebook; its widget. Once in many runs JupyterLab shows none at first."""
    from playwright.sync_api import TimeoutError as Late

    for timeout in (15_000, WAIT_MS):
        view = run_all(page, lab, stage(number)).locator(".wb.jupyter-widgets").first
        with contextlib.suppress(Late):
            view.wait_for(state="attached", timeout=timeout)
            break
    view.scroll_into_view_if_needed()
    return view


def test_the_explorer(lab, page):
    view = widget_of(page, lab, "32")
    everything = view.get_by_text(re.compile(r"^All [\d,]+ rows, [\d,]+ different tracks\.$"))
    everything.wait_for(timeout=WAIT_MS)
    picture = view.locator("img.wb-picture")
    before = picture.get_attribute("src")
    # A range is moved by keyboard: fewer rows, another picture.
    handles = view.get_by_role("slider")
    handles.first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    view.get_by_text(re.compile(r"^[\d,]+ of [\d,]+ rows \([\d.]+ %\)")).wait_for(timeout=WAIT_MS)
    page.wait_for_function("before => document.querySelector('img.wb-picture').src != before",
                           arg=before, timeout=WAIT_MS)  # fmt: skip
    view.get_by_role("button", name="Reset all filters").click()
    everything.wait_for(timeout=WAIT_MS)
    # A text, and then one that nobody has.
    title = view.locator("td.wb-wide").first.inner_text()
    search = view.get_by_placeholder("words, e.g. love tonight")
    search.fill("no title is called so")
    view.get_by_text("Nothing found: no row passes all filters.").wait_for(timeout=WAIT_MS)
    search.fill(title)
    view.get_by_text(re.compile(r"^[\d,]+ of [\d,]+ rows")).wait_for(timeout=WAIT_MS)
    # A track is put on the list, and saved.
    view.get_by_role("button", name="+ list").first.click()
    view.get_by_role("button", name="remove").first.wait_for(timeout=WAIT_MS)
    view.get_by_role("button", name="CSV of the list").click()
    link = view.get_by_text("Save tracks_listed.csv")
    with page.expect_download() as download:
        link.click(timeout=WAIT_MS)
    table = from_csv(saved(link))
    assert len(table) == 1 and table["track_name"].iloc[0] == title
    assert download.value.suggested_filename == "tracks_listed.csv"
    assert page.get_by_text("Error displaying widget").count() == 0


def test_the_playlist(lab, page):
    view = widget_of(page, lab, "33")
    remove = view.get_by_role("button", name="remove", exact=True)
    n_seeds = remove.count()
    assert n_seeds > 0
    # What cannot be done is said on screen.
    for left in range(n_seeds, 0, -1):
        remove.first.click()
        page.wait_for_function(
            "n => [...document.querySelectorAll('button')].filter("
            "b => b.textContent == 'remove' && b.offsetParent).length < n",
            arg=left, timeout=WAIT_MS)  # fmt: skip
    view.get_by_label("title", exact=True).fill("")
    ask = view.get_by_role("button", name="Continue the playlist")
    ask.click()
    error = view.get_by_role("alert")
    error.get_by_text("neither a track nor a title").wait_for(timeout=WAIT_MS)
    # A track is found and added, and the playlist continued.
    view.get_by_placeholder("title, artist, or both").fill("o")
    add = view.get_by_role("button", name="+ add")
    add.first.wait_for(timeout=WAIT_MS)
    add.first.click()
    remove.first.wait_for(timeout=WAIT_MS)
    view.locator("select").select_option("item kNN")
    view.get_by_text(re.compile(r"^NDCG \d\.\d+ \[")).wait_for(timeout=WAIT_MS)
    ask.click()
    view.get_by_text(re.compile(r"^\d+ tracks by item kNN, in [\d,]+ ms\.$")).wait_for(
        timeout=WAIT_MS
    )
    assert error.count() == 0
    answers = view.locator("table.wb-tall tbody tr td:first-child")
    first = answers.first.inner_text()
    view.get_by_role("button", name="drop", exact=True).first.click()
    view.get_by_text("Dropped: it will not come back.").wait_for(timeout=WAIT_MS)
    ask.click()
    view.get_by_text("dropped, and so left out: 1.").wait_for(timeout=WAIT_MS)
    assert first not in answers.all_inner_texts()
    view.get_by_role("button", name="keep", exact=True).first.click()
    view.get_by_text(re.compile(r"^Kept: ")).wait_for(timeout=WAIT_MS)
    view.get_by_role("button", name="CSV", exact=True).click()
    link = view.get_by_text("Save playlist.csv")
    link.wait_for(timeout=WAIT_MS)
    assert from_csv(saved(link))["origin"].tolist() == ["chosen", "recommended"]


@pytest.mark.parametrize("number", ["31", "32", "33"])
def test_voila_serves_the_notebook_as_a_page(browser, sample_run, tmp_path, number):
    shutil.copytree(sample_run / "data", tmp_path / "out" / "data")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "voila", stage(number).path, f"--port={port}", "--no-browser"]
    made = browser.new_page(viewport={"width": 1300, "height": 1200})
    asked, failed = [], {}
    made.on("request", lambda request: asked.append(request.url))
    made.on("requestfailed", lambda request: failed.update({request.url: request.failure}))
    try:
        # From the project's folder: voila.json, with what a page may ask for, lies there.
        with serving(command, tmp_path, f"{url}/voila/static/voila.js", cwd=places.ROOT):
            made.goto(url, timeout=RUN_MS)
            view = made.locator(".wb.jupyter-widgets").first
            view.wait_for(timeout=RUN_MS)
            if number == "32":
                view.get_by_placeholder("words, e.g. love tonight").fill("no title is called so")
                view.get_by_text("Nothing found: no row passes").wait_for(timeout=WAIT_MS)
            elif number == "33":
                view.get_by_role("button", name="Continue the playlist").click()
                view.get_by_text(re.compile(r"^\d+ tracks by ")).wait_for(timeout=WAIT_MS)
    finally:
        made.close()
    # Voila's template names a style sheet elsewhere; the browser is told not to ask for it.
    left = [address for address in outside(asked) if failed.get(address) != "csp"]
    assert not left, left
