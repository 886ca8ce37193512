"""Write the report of a profile: offline web pages and ``metrics.json``.

The report is built in a folder of its own and swapped in whole, so that a failure leaves the last
one as it was.
"""

from __future__ import annotations

import itertools
import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from lib.pipeline import context, places, sources
from lib.pipeline.command import command_line
from lib.pipeline.notebook import Stage
from lib.pipeline.notebook_list import PARTS, STAGES
from lib.pipeline.numbers import interval_of, number, unit_of, value_of
from lib.pipeline.summary import write_summary

TEMPLATES = Path(__file__).parent / "templates"
MARKS = re.compile(r"`([^`]+)`|\*\*(.+?)\*\*")


def write_report(source: sources.Source) -> Path:
    """Build the report anew from what the notebooks left, and put it in place of the last one.

    Only notebooks whose last run read this very data, and the tables as they now are, belong in;
    the others are named as not run.

    Parameters
    ----------
    source : lib.pipeline.sources.Source
        The data of the run.

    Returns
    -------
    pathlib.Path
        Path of ``index.html``. Beside it stand ``metrics.json``, ``figures/``, ``notebooks/``, and
        from the run log ``summary.md`` and ``summary.html``.

    Raises
    ------
    OSError
        When it cannot be written, e.g. on a full disk; the last report is untouched then.
    """
    made_at = datetime.now(UTC)
    runs = [run for owner in STAGES if (run := _read_run(owner, source))]
    target = places.report_dir(source.profile)
    folder = places.fresh_dir(target.parent, target.name)
    try:
        for run in runs:
            _copy_figures(run, source, folder)
            run["page"] = _write_page(run, source, folder)
        places.write_json(folder / "metrics.json", _numbers(runs, source, made_at))
        page = _environment().get_template("index.html.j2")
        text = page.render(
            source=source,
            runs=runs,
            missing=[
                (owner, [sources.missing(name, Path("DATA_DIR"), source.profile) for name in lacks])
                for owner in STAGES
                if owner.name not in {run["notebook"] for run in runs}
                for lacks in [source.lacks(owner)]
            ],
            key_findings=[(run, one) for run in runs for one in run["key_findings"]],
            parts=_by_part(runs),
            seconds=sum(run["seconds"] for run in runs),
            peak_mb=max((run["peak_mb"] for run in runs), default=0),
            made_at=made_at,
            versions=context.versions(),
            machine=context.machine(),
            commit=context.commit(places.ROOT),
            repeat=command_line(source, overrides=_changed_parameters(runs)),
        )
        (folder / "index.html").write_text(text, encoding="utf-8")
        write_summary(source, [run["notebook"] for run in runs], folder)
        places.replace_dir(folder, target)
    finally:
        # After a success the folder has moved away, and there is nothing to remove.
        shutil.rmtree(folder, ignore_errors=True)
    return target / "index.html"


def _by_part(runs: list[dict]) -> list[tuple[str, list[dict]]]:
    """Put the runs into the story's parts; parts without one are left out."""
    begins = [*sorted(PARTS), "99"]
    parts = [
        (PARTS[first], [run for run in runs if first <= run["notebook"][:2] < end])
        for first, end in itertools.pairwise(begins)
    ]
    return [(title, inside) for title, inside in parts if inside]


def inline(text: str) -> Markup:
    """Turn a sentence into HTML: all is escaped, ``**bold**`` and `` `code` `` are set.

    Examples
    --------
    >>> print(inline("**R²** of `x < y`"))
    <strong>R²</strong> of <code>x &lt; y</code>
    """
    return Markup(MARKS.sub(_mark, str(escape(text))))


def _mark(match: re.Match[str]) -> str:
    code, bold = match.groups()
    return f"<code>{code}</code>" if code else f"<strong>{MARKS.sub(_mark, bold)}</strong>"


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        inline=inline,
        number=number,
        value_of=value_of,
        interval_of=interval_of,
        unit_of=unit_of,
    )
    return environment


def _changed_parameters(runs: list[dict]) -> dict[str, dict[str, object]]:
    """Collect the parameters that were not left at their defaults."""
    changed = {}
    for run in runs:
        defaults = {name: p.default for name, p in run["stage"].parameters.items()}
        values = {n: v for n, v in run["parameters"].items() if v != defaults.get(n)}
        if values:
            changed[run["notebook"]] = values
    return changed


def _read_run(owner: Stage, source: sources.Source) -> dict | None:
    """Read what a notebook left; None when it has not run on this data and these tables."""
    work = places.work_dir(source.profile)
    folder = work / owner.name
    manifest = places.read_manifest(folder / "manifest.json")
    if manifest is None or manifest["data"] != source.part(owner).describe():
        return None
    for name, digest in manifest["inputs"].items():
        if not (work / name).exists() or places.sha256(work / name) != digest:
            return None
    cost = json.loads((folder / "cost.json").read_text("utf-8"))
    return {**manifest, **cost, "stage": owner}


def _copy_figures(run: dict, source: sources.Source, folder: Path) -> None:
    made = places.work_dir(source.profile) / run["notebook"] / "figures"
    target = folder / "figures" / run["notebook"]
    target.mkdir(parents=True)
    for figure in run["figures"]:
        shutil.copyfile(made / f"{figure['name']}.png", target / f"{figure['name']}.png")


def _write_page(run: dict, source: sources.Source, folder: Path) -> bool:
    """Write the executed notebook as a web page, if there is one of this very run."""
    # nbconvert takes a second to import; a run with nothing to do should not pay for it.
    import nbformat
    from nbconvert import HTMLExporter

    path = places.work_dir(source.profile) / f"{run['notebook']}.ipynb"
    if not path.exists():
        return False
    notebook = nbformat.read(path, as_version=4)
    used = notebook.metadata.get("papermill", {}).get("parameters", {})
    # Run by hand since, with other parameters or data, its numbers are not those of this report.
    own = source.part(run["stage"])
    if own.label() not in str(notebook.cells) or any(
        used.get(name) != value for name, value in run["parameters"].items()
    ):
        return False
    exporter = HTMLExporter(template_file=str(TEMPLATES / "notebook.html.j2"))
    name = run["notebook"]
    resources = {"metadata": {"name": f"{name}: {source.profile}"}, "source": own}
    html, _ = exporter.from_notebook_node(notebook, resources)
    target = folder / "notebooks" / f"{name}.html"
    target.parent.mkdir(exist_ok=True)
    target.write_text(html, encoding="utf-8")
    return True


def _numbers(runs: list[dict], source: sources.Source, made_at: datetime) -> dict:
    return {
        "profile": source.profile,
        "data": source.describe(),
        "made_at": made_at.isoformat(timespec="seconds"),
        "metrics": [{"notebook": run["notebook"], **m} for run in runs for m in run["metrics"]],
        "notebooks": [
            {key: run[key] for key in ("notebook", "parameters", "findings", "seconds", "peak_mb")}
            for run in runs
        ],
    }
