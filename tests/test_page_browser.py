"""The page in a real browser: every tab used once, by keyboard where it matters, nothing outside.

``WORKBOOK_SHOTS`` names a folder that the pictures are kept in.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

import pandas as pd
import pytest
from lab_browser import MARKS, outside
from page_data import IMAGE, LINK, TEMPLATE, load_all, pages, save_all

from lib.apps.view.csv_text import from_csv

pytestmark = MARKS
WAIT_MS = 20_000
SLOW = """window.quick = window.fetch; window.fetch = async (...asked) => {
  if (String(asked[0]?.url ?? asked[0]).includes("queue/join"))
    await new Promise(done => setTimeout(done, 1500));
  return window.quick(...asked); }"""
"""Lets questions wait before they are sent, as on a slow line."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("page")
    save_all(made)
    return made


@pytest.fixture(scope="module")
def address(folder):
    with pages(folder) as addresses:
        yield addresses["page"]


@pytest.fixture(scope="module")
def shots(tmp_path_factory):
    made = Path(os.environ.get("WORKBOOK_SHOTS") or tmp_path_factory.mktemp("shots"))
    made.mkdir(parents=True, exist_ok=True)
    return made


@contextlib.contextmanager
def opened_page(browser, address, theme):
    """The page in one theme; in the end no request left this machine and no script failed."""
    asked, faults = [], []
    opened = browser.new_page(viewport={"width": 1320, "height": 1000})
    opened.set_default_timeout(WAIT_MS)
    opened.on("request", lambda one: asked.append(one.url))
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.goto(f"{address}/?__theme={theme}")
    opened.wait_for_selector("#prediction .wbp-number")
    opened.theme = theme
    yield opened
    opened.close()
    assert len(asked) > 10 and outside(asked) == []
    assert faults == []


@pytest.fixture(scope="module")
def page(browser, address):
    with opened_page(browser, address, "light") as opened:
        yield opened


def shoot(page, shots, name):
    page.wait_for_timeout(300)
    path = shots / f"page_{name}_{page.theme}.png"
    page.screenshot(path=path, full_page=True)
    assert path.stat().st_size > 20_000


def number(page) -> str:
    return page.locator("#prediction .wbp-number").inner_text()


def wait_for_other(page, before: str) -> str:
    page.wait_for_function(
        "before => document.querySelector('#prediction .wbp-number').innerText !== before",
        arg=before,
    )
    return number(page)


def choose(page, label: str, option: str):
    """Choose from a menu as people do."""
    page.locator(f"input[aria-label^='{label}']:visible").first.click()
    page.get_by_role("option").filter(has_text=option, visible=True).first.click()


def open_tab(page, name: str):
    page.get_by_role("tab", name=name).click()


def test_a_slider_moved_by_keyboard_changes_the_prediction(page, shots):
    open_tab(page, "Predict")
    slider = page.get_by_role("slider", name=re.compile("Danceability"))
    before, place = number(page), slider.input_value()
    shoot(page, shots, "predict")
    slider.focus()
    for _ in range(25):
        page.keyboard.press("ArrowRight" if float(place) < 0.5 else "ArrowLeft")
    wait_for_other(page, before)
    assert slider.input_value() != place
    page.locator("#track").get_by_text("Changed since it was loaded").wait_for()


def test_the_chooser_changes_model_number_and_what_is_ignored(page):
    open_tab(page, "Predict")
    said = [number(page)]
    artist = page.get_by_label("Artist").locator("visible=true").first
    assert artist.is_disabled()
    choose(page, "Model", "artist_trees")
    said.append(wait_for_other(page, said[-1]))
    assert artist.is_enabled()
    choose(page, "Model", "linear")
    said.append(wait_for_other(page, said[-1]))
    assert len(set(said)) == 3


def test_the_last_of_quick_choices_wins(page):
    open_tab(page, "Predict")
    said = {}
    for name in ("artist_trees", "linear", "popularity"):
        before = number(page)
        choose(page, "Model", name)
        said[name] = wait_for_other(page, before)
    page.evaluate(SLOW)
    for name in ("artist_trees", "linear", "artist_trees", "linear"):
        choose(page, "Model", name)
    page.evaluate("window.fetch = window.quick")
    page.wait_for_timeout(6000)
    assert number(page) == said["linear"]
    assert page.get_by_label("Artist").locator("visible=true").first.is_disabled()


def test_a_number_taken_out_of_its_box_is_asked_for(page):
    open_tab(page, "Predict")
    box = page.get_by_role("spinbutton", name=re.compile("Tempo"))
    before = box.input_value()
    box.fill("")
    page.locator(".toast-body").get_by_text("tempo: a value expected, found none").wait_for()
    assert page.get_by_text("preprocess").count() == 0
    box.fill(before)
    box.press("Tab")
    for close in page.locator(".toast-close").all():
        close.click()


def test_what_is_not_possible_is_told_on_screen_and_the_page_goes_on(page, shots):
    open_tab(page, "Continue a playlist")
    page.get_by_role("button", name="Continue the playlist").click()
    page.locator(".toast-body").get_by_text("neither a track nor a title").wait_for()
    shoot(page, shots, "error")
    for close in page.locator(".toast-close").all():
        close.click()
    open_tab(page, "Predict")
    before = number(page)
    page.locator("input[aria-label^='Model']:visible").first.click()
    # A model that cannot be used is not offered; the tab of the numbers says why.
    assert page.get_by_role("option", name="broken").count() == 0
    page.get_by_role("option").filter(has_text="popularity", visible=True).first.click()
    wait_for_other(page, before)


def test_search_loads_a_track_and_titles_stay_text(page, shots):
    open_tab(page, "Predict")
    find = page.get_by_label("Find a track").locator("visible=true").first
    find.fill("img src")
    find.press("Enter")
    choose(page, "Found", "<img src=x onerror=alert(1)>")
    page.locator("#track b").get_by_text("<img src=x onerror=alert(1)>").wait_for()
    assert page.locator("img[src=x]").count() == 0


def test_compare_shows_every_model_with_its_score(page, shots):
    open_tab(page, "Compare models")
    page.locator("#compared .wbg-card").first.wait_for()
    numbers = page.locator("#compared .wbp-number").all_inner_texts()
    assert len(numbers) == 4 and len(set(numbers)) > 1
    assert page.get_by_text("Honest score").locator("visible=true").count() == 4
    assert page.locator("#compared .wb-error").count() == 1
    shoot(page, shots, "compare")


def test_a_playlist_is_continued_kept_dropped_and_exported(page, shots):
    open_tab(page, "Continue a playlist")
    find = page.get_by_label("Find a track").locator("visible=true").first
    find.fill("creep")
    find.press("Enter")
    choose(page, "Found", "Creep")
    page.locator("#seeds .token").first.wait_for()
    page.get_by_role("button", name="Continue the playlist").click()
    offered = page.locator(".wbg-list label:visible")
    offered.first.wait_for()
    texts = offered.all_inner_texts()
    for text in (IMAGE, LINK, TEMPLATE):
        assert any(text in one for one in texts)
    assert page.locator("img[src=x]").count() == 0
    shoot(page, shots, "playlist")
    (dropped,) = [place for place, text in enumerate(texts) if IMAGE in text]
    offered.nth(dropped).locator("input").check()
    page.get_by_role("button", name="Drop ticked for good").click()
    page.wait_for_function(
        "text => ![...document.querySelectorAll('.wbg-list label')]"
        ".some(one => one.innerText.includes(text))",
        arg=IMAGE,
    )
    offered.first.locator("input").check()
    page.get_by_role("button", name="Keep ticked tracks").click()
    page.locator("#seeds .token").nth(1).wait_for()
    page.get_by_role("button", name="Playlist as CSV").click()
    with page.expect_download() as got:
        page.locator("a[download='playlist.csv']").first.click()
    table = from_csv(Path(got.value.path()).read_bytes().decode("utf-8-sig"))
    assert table["origin"].tolist() == ["chosen", "recommended"]


def test_filters_change_count_picture_and_csv(page, shots):
    open_tab(page, "Explore")
    page.locator("#explored img.wb-picture").wait_for()
    shoot(page, shots, "explore")
    before = page.locator("#explored img.wb-picture").get_attribute("src")
    text = page.get_by_label("Text", exact=True).locator("visible=true").first
    text.fill("love")
    text.press("Enter")
    page.locator("#explored .wb-big").get_by_text(re.compile(r"of 160 rows")).wait_for()
    assert page.locator("#explored img.wb-picture").get_attribute("src") != before
    page.get_by_role("button", name="Make a CSV").click()
    with page.expect_download() as got:
        page.locator("a[download='filtered.csv']").first.click()
    written = from_csv(Path(got.value.path()).read_bytes().decode("utf-8-sig"))
    shown = page.locator("#explored .wb-big").inner_text()
    assert shown.startswith(f"{len(written):,} of") and "=LOVE" in set(written["track_name"])


def test_the_dashboard_follows_its_filters(page, shots):
    open_tab(page, "Dashboard")
    page.locator("#dashboard img.wb-picture").first.wait_for()
    shoot(page, shots, "dashboard")
    numbers = page.locator("#dashboard .wbd-number")
    assert numbers.all_inner_texts() == ["600 of 600 tracks", "400 of 400 tracks"]
    assert page.locator("#dashboard .wbd-name").get_by_text(IMAGE).first.is_visible()
    assert page.locator("img[src=x]").count() == 0
    choose(page, "Genres", "rock")
    page.keyboard.press("Escape")
    numbers.first.get_by_text("120").wait_for()
    first = page.get_by_label("Release year, from").locator("visible=true").first
    first.fill("2015")
    first.press("Enter")
    page.locator("#dashboard").get_by_text("the years asked for do not count").wait_for()
    first.fill("soon")
    first.press("Enter")
    page.locator(".toast-body").get_by_text("release year: a number").wait_for()
    for close in page.locator(".toast-close").all():
        close.click()
    page.locator("button:visible", has_text="Reset").click()
    numbers.first.get_by_text("600 of 600").wait_for()


def test_ranges_of_numbers_are_empty_until_they_are_set(page):
    open_tab(page, "Explore")
    page.locator("button:visible", has_text="Reset").click()
    page.locator("#explored .wb-big").get_by_text("All 160 rows").wait_for()
    page.get_by_text("Ranges of numbers").locator("visible=true").click()
    energy = page.get_by_label("energy, from").locator("visible=true").first
    assert energy.input_value() == ""
    energy.fill("0.5")
    energy.press("Enter")
    told = page.locator("#explored .wb-big").get_by_text(re.compile(r"^[\d]+ of 160 rows"))
    told.wait_for()
    page.locator("button:visible", has_text="Reset").click()
    page.locator("#explored .wb-big").get_by_text("All 160 rows").wait_for()


def test_a_csv_is_uploaded_and_scored(page, shots, folder, tmp_path):
    tracks = load_all(folder).tracks.table.head(30)
    names = {"loudness_db": "loudness", "tempo_bpm": "tempo"}
    tracks = tracks.assign(track_genre="pop", track_id=[LINK, *tracks["track_id"][1:]])
    path = tmp_path / "mine.csv"
    tracks.rename(columns=names).drop(columns=["genres", "first_artist"]).to_csv(path, index=False)
    open_tab(page, "Batch")
    page.locator("input[type=file]").locator("visible=true").or_(
        page.locator("[role=tabpanel]:visible input[type=file]")
    ).first.set_input_files(path)
    page.get_by_text("mine").locator("visible=true").first.wait_for()
    page.get_by_role("button", name="Score the tracks").click()
    page.locator("#scored").get_by_text("30 of 30 rows were scored").wait_for()
    with page.expect_download() as got:
        page.locator("#scores a[download]").first.click()
    scores = pd.read_csv(got.value.path())
    assert len(scores) == 30 and scores["track_id"][0] == f"'{LINK}"
    shoot(page, shots, "batch")


def test_the_numbers_are_told_about_and_the_api_is_described(page, shots):
    open_tab(page, "About the numbers")
    page.locator("#about").get_by_text("three folds").first.wait_for()
    shoot(page, shots, "about")
    page.get_by_role("button", name=re.compile("API")).click()
    page.get_by_text("Predict the popularity (0 to 100) of one track.").first.wait_for()
    shoot(page, shots, "api")


def test_the_dark_page_shows_the_same(browser, address, shots):
    with opened_page(browser, address, "dark") as page:
        shoot(page, shots, "predict")
        for name in ("Compare models", "Explore", "Batch", "About the numbers"):
            open_tab(page, name)
            page.wait_for_timeout(1000)
            shoot(page, shots, name.split()[0].lower())
        colour = page.evaluate("getComputedStyle(document.querySelector('#about .wb')).color")
        assert min(int(part) for part in re.findall(r"\d+", colour)[:3]) > 180


def test_the_dark_dashboard_is_readable(browser, address, shots):
    with opened_page(browser, address, "dark") as page:
        open_tab(page, "Dashboard")
        page.locator("#dashboard img.wb-picture").first.wait_for()
        shoot(page, shots, "dashboard")
        colour = page.evaluate("getComputedStyle(document.querySelector('.wbd-number')).color")
        assert min(int(part) for part in re.findall(r"\d+", colour)[:3]) > 180
