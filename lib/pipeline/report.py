"""Write the report of a profile: offline web pages and ``metrics.json``.

The report is built in a folder of its own and swapped in whole, so that a failure leaves the last
one as it was.
"""

from __future__ import annotations

import importlib.metadata
import json
import math
import os
import platform
import re
import shutil
import subprocess
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import jinja2
from markupsafe import Markup, escape
from packaging.requirements import Requirement

from lib.pipeline import places
from lib.pipeline.command import command_line
from lib.pipeline.stages import STAGES, Stage

TEMPLATES = Path(__file__).parent / "templates"
MARKS = re.compile(r"`([^`]+)`|\*\*(.+?)\*\*")


def write_report(source: places.Source) -> Path:
    """Build the report anew from what the notebooks left, and put it in place of the last one.

    Only notebooks whose last run read this very data, and the tables as they now are, belong in;
    the others are named as not run.

    Parameters
    ----------
    source : lib.pipeline.places.Source
        The data of the run.

    Returns
    -------
    pathlib.Path
        Path of ``index.html``. Beside it stand ``metrics.json``, ``figures/`` and ``notebooks/``.

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
            missing=[s for s in STAGES if s.name not in {run["notebook"] for run in runs}],
            headline=[(run, m) for run in runs for m in run["metrics"] if m["headline"]],
            seconds=sum(run["seconds"] for run in runs),
            peak_mb=max((run["peak_mb"] for run in runs), default=0),
            made_at=made_at,
            versions=_versions(),
            machine=f"{platform.platform()}, {os.cpu_count()} processors",
            commit=_commit(places.ROOT),
            repeat=command_line(source, overrides=_changed_parameters(runs)),
        )
        (folder / "index.html").write_text(text, encoding="utf-8")
        places.replace_dir(folder, target)
    finally:
        # After a success the folder has moved away, and there is nothing to remove.
        shutil.rmtree(folder, ignore_errors=True)
    return target / "index.html"


def number(value: float, decimals: int) -> str:
    """Write a number with separators between thousands and a true minus sign.

    Examples
    --------
    >>> number(113422, 0), number(-0.0312, 3), number(-0.0001, 3)
    ('113,422', '−0.031', '0.000')
    """
    # Adding zero turns the -0.0 that rounding may leave into 0.0.
    return f"{round(value, decimals) + 0:,.{decimals}f}".replace("-", "−")


def decimals_of(metric: dict) -> int:
    """Choose the decimals that a metric, its interval and its baseline are written with.

    None for whole numbers, three for pure numbers such as R², and about four digits in all for
    numbers with a unit.

    Examples
    --------
    >>> decimals_of({"value": 0.354, "unit": ""})
    3
    >>> decimals_of({"value": 33.2385, "unit": "popularity points"})
    2
    >>> decimals_of({"value": 78310, "unit": "rows"})
    0
    """
    fields = ("value", "low", "high", "baseline_value")
    numbers = [metric[field] for field in fields if metric.get(field) is not None]
    if metric["unit"] == "share":
        # Written as a percentage: two more digits stand before the point.
        return 1 if max(abs(n) for n in numbers) >= 0.01 else 2
    if all(float(n).is_integer() for n in numbers):
        # A score that happens to be whole, such as an R² of 1, keeps its decimals.
        return 3 if metric["unit"] == "" and metric.get("low") is not None else 0
    if metric["unit"] == "":
        return 3
    return min(3, max(1, 3 - math.floor(math.log10(max(abs(n) for n in numbers)))))


def value_of(metric: dict, field: str = "value") -> str:
    """Write one of a metric's numbers; a share becomes a percentage.

    Examples
    --------
    >>> value_of({"value": 0.1042, "unit": "share"})
    '10.4 %'
    >>> value_of({"value": 0.35449, "unit": "", "baseline_value": -0.00094}, "baseline_value")
    '−0.001'
    """
    if metric["unit"] == "share":
        return number(100 * metric[field], decimals_of(metric)) + " %"
    return number(metric[field], decimals_of(metric))


def unit_of(metric: dict) -> str:
    """Name a metric's unit, where its number does not carry it.

    Examples
    --------
    >>> unit_of({"unit": "rows"}), unit_of({"unit": "share"})
    ('rows', '')
    """
    return "" if metric["unit"] == "share" else metric["unit"]


def interval_of(metric: dict) -> str:
    """Write a metric's interval, or nothing when it has none.

    Examples
    --------
    >>> metric = {"value": 0.35449, "unit": "", "low": 0.34102, "high": 0.36685}
    >>> f"{value_of(metric)} {interval_of(metric)}"
    '0.354 [0.341, 0.367]'
    """
    if metric.get("low") is None:
        return ""
    return f"[{value_of(metric, 'low')}, {value_of(metric, 'high')}]"


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


def _read_run(owner: Stage, source: places.Source) -> dict | None:
    """Read what a notebook left; None when it has not run on this data and these tables."""
    work = places.work_dir(source.profile)
    folder = work / owner.name
    manifest = places.read_manifest(folder / "manifest.json")
    if manifest is None or manifest["data"] != source.describe():
        return None
    for name, digest in manifest["inputs"].items():
        if not (work / name).exists() or places.sha256(work / name) != digest:
            return None
    cost = json.loads((folder / "cost.json").read_text("utf-8"))
    return {**manifest, **cost, "stage": owner}


def _copy_figures(run: dict, source: places.Source, folder: Path) -> None:
    made = places.work_dir(source.profile) / run["notebook"] / "figures"
    target = folder / "figures" / run["notebook"]
    target.mkdir(parents=True)
    for figure in run["figures"]:
        shutil.copyfile(made / f"{figure['name']}.png", target / f"{figure['name']}.png")


def _write_page(run: dict, source: places.Source, folder: Path) -> bool:
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
    if source.label() not in str(notebook.cells) or any(
        used.get(name) != value for name, value in run["parameters"].items()
    ):
        return False
    exporter = HTMLExporter(template_file=str(TEMPLATES / "notebook.html.j2"))
    name = run["notebook"]
    resources = {"metadata": {"name": f"{name}: {source.profile}"}, "source": source}
    html, _ = exporter.from_notebook_node(notebook, resources)
    target = folder / "notebooks" / f"{name}.html"
    target.parent.mkdir(exist_ok=True)
    target.write_text(html, encoding="utf-8")
    return True


def _numbers(runs: list[dict], source: places.Source, made_at: datetime) -> dict:
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


def _versions() -> dict[str, str]:
    """List Python and the project's direct dependencies with the versions that are installed."""
    project = tomllib.loads((places.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [Requirement(text) for text in project["dependencies"]]
    versions = {"Python": platform.python_version()}
    for requirement in wanted:
        if requirement.marker is None or requirement.marker.evaluate():
            try:
                versions[requirement.name] = importlib.metadata.version(requirement.name)
            except importlib.metadata.PackageNotFoundError:
                versions[requirement.name] = "not installed under this name"
    return versions


def _commit(root: Path) -> str:
    """Name the commit that `root` stands at; empty without git, repository or first commit."""
    try:
        top, commit = _git(root, "rev-parse", "--show-toplevel", "HEAD").splitlines()
        changed = _git(root, "status", "--porcelain")
    except (OSError, ValueError, subprocess.CalledProcessError):
        return ""
    if Path(top).resolve() != root.resolve():
        # The workbook lies unpacked inside another project's repository.
        return ""
    return commit[:12] + (" with uncommitted changes" if changed else "")


def _git(root: Path, *words: str) -> str:
    command = ["git", "-C", str(root), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
