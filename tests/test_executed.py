"""What a run on the sample leaves in the notebooks: pictures to see, no warnings, no errors."""

from __future__ import annotations

import base64
import io
import re

import nbformat
import pytest
from PIL import Image

from lib.pipeline.notebook_list import STAGES

pytestmark = [pytest.mark.notebooks, pytest.mark.xdist_group("runner")]
BAR = re.compile(r"([\w ]+: +\d+%\|.*)?\s*")
LINES = re.compile(r"[\r\n]")
"""A progress bar writes where warnings go."""


@pytest.mark.parametrize("owner", STAGES, ids=lambda owner: owner.name)
def test_a_notebook_shows_its_pictures_and_warns_of_nothing(sample_run, owner):
    path = sample_run / "data/work/sample" / f"{owner.name}.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    said = [output.text for output in outputs if output.get("name") == "stderr"]
    assert not [line for text in said for line in LINES.split(text) if not BAR.fullmatch(line)]
    for output in outputs:
        assert output.output_type != "error"
        picture = output.get("data", {}).get("image/png")
        if picture:
            assert Image.open(io.BytesIO(base64.b64decode(picture))).width > 300
