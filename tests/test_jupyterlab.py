"""Notebooks in a real JupyterLab, in a real browser: open, run all cells, look for trouble."""

from __future__ import annotations

import pytest
from lab_browser import MARKS, end_kernels, run_all

from lib.pipeline.notebook_list import STAGES

pytestmark = MARKS
SOME = ("01", "07", "13", "16", "20")
"""With all that have widgets these are enough to see that JupyterLab shows what a run makes; what
each notebook says and draws is looked at in `test_executed`."""


@pytest.mark.parametrize(
    "owner",
    [s for s in STAGES if s.folder == "models_widgets" or s.name.startswith(SOME)],
    ids=lambda owner: owner.name,
)
def test_a_notebook_runs_from_top_to_bottom(lab, browser, owner, tmp_path):
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    try:
        panel = run_all(page, lab, owner)
        for picture in panel.locator(".jp-RenderedImage img").all():
            assert picture.evaluate("image => image.naturalWidth") > 300
    finally:
        page.screenshot(path=str(tmp_path / f"{owner.name}.png"))
        page.close()
        end_kernels(lab)
