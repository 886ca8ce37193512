"""Notebooks in a real JupyterLab, in a real browser: open, run all cells, look for trouble."""

from __future__ import annotations

import re

import pytest
from lab_browser import MARKS, browser, end_kernels, lab, run_all  # noqa: F401 (fixtures)

from lib.pipeline.notebook_list import STAGES

pytestmark = MARKS


@pytest.mark.parametrize("owner", STAGES, ids=lambda owner: owner.name)
def test_a_notebook_runs_from_top_to_bottom_by_itself(lab, browser, owner, tmp_path):  # noqa: F811
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    try:
        panel = run_all(page, lab, owner)
        pictures = panel.locator(".jp-RenderedImage img")
        for picture in pictures.all():
            assert picture.evaluate("image => image.naturalWidth") > 300
        said = panel.locator("[data-mime-type*=stderr]").all_inner_texts()
        # A progress bar writes there as well.
        bar = re.compile(r"([\w ]+: +\d+%\|.*)?\s*")
        warnings = [text for text in said if not bar.fullmatch(text)]
        assert not warnings, warnings
    finally:
        page.screenshot(path=str(tmp_path / f"{owner.name}.png"))
        page.close()
        end_kernels(lab)
