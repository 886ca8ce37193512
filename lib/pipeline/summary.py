"""Write the summary of a profile from the run log: Markdown, and the same as a web page.

All its numbers, findings and pictures come from the log, and so does what the run before had.
"""

from __future__ import annotations

import itertools
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import jinja2

from lib.pipeline import logbook
from lib.pipeline.notebook_list import STAGES
from lib.pipeline.numbers import interval_of, unit_of, value_of
from lib.pipeline.sources import Source

TEMPLATES = Path(__file__).parent / "templates"


def write_summary(source: Source, wanted: list[str], folder: Path) -> None:
    """Write ``summary.md``, ``summary.html`` and their pictures into a folder.

    Parameters
    ----------
    source : lib.pipeline.sources.Source
        The data: runs on other data are left out.
    wanted : list of str
        Names of the notebooks that belong in.
    folder : pathlib.Path
        Where to; the pictures go to ``summary`` inside it.
    """
    client = logbook.open_log() if logbook.exists() else None
    parts, lost = [], []
    for owner in STAGES if client else ():
        data = source.part(owner).describe()
        runs = logbook.latest_runs(client, owner.name, data) if owner.name in wanted else []
        runs = list(itertools.takewhile(_is_whole, runs))
        if runs:
            parts.append(_read(runs, owner.question, folder))
        elif owner.name in wanted:
            lost.append(owner.name)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        value_of=value_of, interval_of=interval_of, unit_of=unit_of, plain=plain, cell=cell
    )
    text = environment.get_template("summary.md.j2").render(source=source, parts=parts, lost=lost)
    (folder / "summary.md").write_text(text, encoding="utf-8")
    page = environment.get_template("summary.html.j2").render(source=source, body=_html(text))
    (folder / "summary.html").write_text(page, encoding="utf-8")


def plain(text: str) -> str:
    """Make sure that a text from the data is read as text, not as HTML.

    Examples
    --------
    >>> plain("R² of **audio** < 0")
    'R² of **audio** &lt; 0'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def cell(text: str) -> str:
    r"""Write a text so that it stays within its cell of a Markdown table.

    Examples
    --------
    >>> cell("a | b")
    'a \\| b'
    """
    return plain(" ".join(text.split())).replace("|", "\\|")


def _read(runs: list, question: str, folder: Path) -> dict:
    """Collect what the summary tells of one notebook."""
    manifest = _manifest(runs[0])
    before = {m["name"]: m for m in _manifest(runs[1])["metrics"]} if runs[1:] else {}
    shown = [m for m in manifest["metrics"] if m["headline"]]
    figure = manifest["figures"][0] if manifest["figures"] else None
    if figure is not None:
        picture = _picture(runs[0], figure)
        target = folder / "summary" / f"{manifest['notebook']}.png"
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(picture, target)
    tags = runs[0].data.tags
    return {
        "notebook": manifest["notebook"],
        "question": question,
        "parameters": manifest["parameters"],
        "findings": manifest["findings"],
        "metrics": [(m, before.get(m["name"])) for m in shown],
        "count": len(manifest["metrics"]),
        "has_before": bool(before),
        "figure": figure,
        "run": runs[0].info.run_id,
        "ended": datetime.fromtimestamp(runs[0].info.end_time / 1000, UTC),
        "commit": tags["mlflow.source.git.commit"],
        "seconds": runs[0].data.metrics["cost/seconds"],
    }


def _is_whole(run: object) -> bool:
    """Tell whether what the summary takes from a run's artifacts is there."""
    if not logbook.artifact(run, "manifest.json").is_file():
        return False
    return all(_picture(run, figure).is_file() for figure in _manifest(run)["figures"][:1])


def _picture(run: object, figure: dict) -> Path:
    return logbook.artifact(run, f"figures/{figure['name']}.png")


def _manifest(run: object) -> dict:
    return json.loads(logbook.artifact(run, "manifest.json").read_text("utf-8"))


def _html(text: str) -> str:
    # nbconvert takes a second to import; a run with nothing to do should not pay for it.
    from nbconvert.filters import markdown2html

    return markdown2html(text)
