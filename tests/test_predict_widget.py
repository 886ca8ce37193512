"""The popularity widget in a real JupyterLab, by keyboard and by mouse."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from lab_browser import MARKS, end_kernels, jupyterlab, outside, run_all

from lib.pipeline.stages import stage

pytestmark = MARKS
OWNER = stage("31_predict_popularity")
BROKEN = "a_broken_one"
MARKUP = "<img src=x onerror=alert(1)>"
"""What somebody may have written on the card of a model from the Hub."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory, sample_run):
    """A JupyterLab beside a run of the notebooks that 31 needs, with one model broken."""
    home = tmp_path_factory.mktemp("predict")
    work = home / "out/data/work/sample"
    shutil.copytree(sample_run / "data/work/sample", work)
    models = work / "22_train_more_models/models"
    shutil.copytree(models / "linear", models / BROKEN)
    (models / BROKEN / "point.json").write_text("{}", encoding="utf-8")
    shutil.copytree(models / "linear", models / "stranger")
    card = json.loads((models / "stranger/card.json").read_text("utf-8"))
    card["limits"] = [MARKUP]
    for metric in card["metrics"]:
        metric["baseline"] = MARKUP
    (models / "stranger/card.json").write_text(json.dumps(card), encoding="utf-8")
    with jupyterlab(home) as url:
        yield url


@pytest.fixture(scope="module")
def page(lab, browser):
    """The notebook, run from top to bottom; and every address that was asked for."""
    opened = browser.new_page(viewport={"width": 1400, "height": 1000})
    opened.asked = []
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.wb = run_all(opened, lab, OWNER).locator(".wb")
    yield opened
    opened.close()
    end_kernels(lab)


def number(page) -> str:
    return page.wb.locator(".wbp-number").first.inner_text()


def wait_for_another(page, before: str) -> str:
    from playwright.sync_api import expect

    expect(page.wb.locator(".wbp-number").first).not_to_have_text(before, timeout=30_000)
    return number(page)


def choose(page, name: str) -> None:
    menu = page.wb.locator("select").first
    texts = [text.replace("\xa0", " ") for text in menu.locator("option").all_inner_texts()]
    menu.select_option(index=next(place for place, t in enumerate(texts) if t.startswith(name)))


def test_the_picture_beside_the_widget_says_the_same(page):
    said = page.locator(".jp-NotebookPanel").get_by_text(re.compile(r"^Finding\. Predicted \d+ of"))
    predicted = re.search(r"Predicted (\d+) of", said.inner_text())[1]
    # What a slider can show is coarser than the track: the browser must not have moved it there.
    assert abs(float(number(page)) - float(predicted)) <= 0.55
    assert "Changed since it was loaded" not in page.wb.inner_text()


def test_a_slider_moved_by_keyboard_changes_the_prediction(page):
    before = number(page)
    page.wb.locator(".widget-slider", has_text="danceability").locator(".noUi-handle").focus()
    for _ in range(25):
        page.keyboard.press("ArrowRight")
    wait_for_another(page, before)
    page.wb.get_by_text("Changed since it was loaded").wait_for(timeout=10_000)


def test_beyond_the_training_range_is_marked(page):
    page.wb.locator(".widget-slider", has_text="tempo").locator(".noUi-handle").focus()
    page.keyboard.press("End")
    page.wb.locator(".wbp-out").wait_for(timeout=20_000)
    page.wb.get_by_text("is outside the training range").wait_for(timeout=20_000)


def test_the_chooser_changes_model_and_number_and_greys_what_is_ignored(page):
    before = number(page)
    choose(page, "audio_trees")
    audio = wait_for_another(page, before)
    page.wb.get_by_text("ignored: this model was trained on audio only").first.wait_for()
    artist = page.wb.get_by_placeholder("empty: an unseen artist")
    assert artist.is_disabled()
    choose(page, "linear")
    wait_for_another(page, audio)
    choose(page, "artist_trees")
    page.wait_for_function("element => !element.disabled", arg=artist.element_handle())


def test_what_stands_on_a_card_stays_text(page):
    choose(page, "stranger")
    page.wb.get_by_text(MARKUP).first.wait_for()
    assert page.locator("td", has_text=MARKUP).count() > 0  # the table of all models
    assert page.locator("img[src=x]").count() == 0


def test_a_broken_model_shows_an_error_and_the_others_stay_usable(page):
    choose(page, BROKEN)
    error = page.wb.locator(".wb-error")
    error.wait_for(timeout=20_000)
    assert f"model {BROKEN} cannot be used" in error.inner_text()
    choose(page, "forest")
    page.wb.get_by_text("R², random forest").wait_for(timeout=20_000)
    error.wait_for(state="detached", timeout=20_000)


def test_a_track_is_searched_loaded_and_compared(page):
    text = page.wb.get_by_placeholder("title, artist, or a track id")
    text.fill("the")
    text.press("Enter")
    load = page.wb.get_by_role("button", name="Load track")
    page.wait_for_function("element => !element.disabled", arg=load.element_handle())
    load.click()
    page.wb.get_by_text("Its popularity in the catalogue is").wait_for(timeout=20_000)
    page.wb.get_by_role("button", name="Keep as A").click()
    page.wb.get_by_text("Now keep another one as B").wait_for(timeout=20_000)
    before = number(page)
    page.wb.get_by_role("button", name="Random example").click()
    wait_for_another(page, before)
    page.wb.get_by_role("button", name="Keep as B").click()
    page.wb.get_by_text(re.compile(r"A is predicted \d+, B \d+ of 100")).wait_for(timeout=20_000)


def test_nothing_was_asked_of_other_machines(page):
    assert len(page.asked) > 10
    assert outside(page.asked) == []
