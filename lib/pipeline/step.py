"""What a notebook uses to read its inputs and leave its outputs: one `Step` a run of a notebook.

A step collects tables, figures and numbers in a folder of its own and moves it into place when
the notebook calls `Step.finish`, so a run that fails half-way leaves the last good one untouched.
"""

from __future__ import annotations

import html
import math
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pandas as pd
import pandera.pandas as pa
from IPython.display import HTML, Image, Markdown, display
from matplotlib.figure import Figure

from lib.errors import DataError, ParameterError
from lib.memory import peak_mb
from lib.pipeline import places, runlog, sources
from lib.pipeline.notebook import Stage
from lib.pipeline.stages import check_parameters, stage

FIGURE_DPI = 110


@dataclass
class Metric:
    """One number of a report, with what is needed to believe it.

    Attributes
    ----------
    name : str
        What is measured, e.g. ``"R2, XGBoost, new artist"``.
    value : float
        The number.
    unit : str
        Its unit, e.g. ``"rows"``, ``"popularity points"``, ``""`` for a pure number.
    protocol : str
        How it came about: data, split, fit and score, in a sentence.
    rows : int
        Rows behind it.
    low, high : float or None
        Ends of its interval; None for a plain count.
    level : float or None
        Coverage of the interval, e.g. 0.95.
    baseline : str
        Name of the dumb baseline beside it, ``""`` for a plain count.
    baseline_value : float or None
        The baseline's number under the same protocol.
    headline : bool
        Whether it stands on the report's first page.
    """

    name: str
    value: float
    unit: str
    protocol: str
    rows: int
    low: float | None = None
    high: float | None = None
    level: float | None = None
    baseline: str = ""
    baseline_value: float | None = None
    headline: bool = False

    def __post_init__(self) -> None:
        for label in ("value", "low", "high", "baseline_value"):
            number = getattr(self, label)
            if number is not None:
                number = float(number)
                if not math.isfinite(number):
                    raise ValueError(f"metric {self.name!r}: {label} is {number}, not a number")
                setattr(self, label, int(number) if number.is_integer() else number)
        self.rows = int(self.rows)
        if (self.low is None) != (self.high is None) or (self.low is None) != (self.level is None):
            raise ValueError(f"metric {self.name!r}: an interval needs low, high and level")


@dataclass
class Step:
    """A notebook's run: where it reads from and what it leaves. Made by `start`."""

    stage: Stage
    profile: str
    source: sources.Source
    parameters: dict[str, object]
    folder: Path
    started_s: float
    metrics: list[Metric] = field(default_factory=list)
    figures: list[dict[str, str]] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    key_findings: list[dict[str, str]] = field(default_factory=list)
    tables: dict[str, int] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)

    def raw(self, name: str) -> Path:
        """Path of one of the stage's raw data sets, e.g. ``"tracks/dataset.csv"``."""
        return self.source.path(name)

    def load(self, producer: str, table: str) -> pd.DataFrame:
        """Read a table that an earlier notebook made, running that notebook first if need be.

        Raises
        ------
        DataError
            When the earlier notebook fails or does not make such a table.
        """
        path = self._folder_of(producer) / f"{table}.parquet"
        if not path.exists():
            made = ", ".join(stage(producer).makes)
            raise DataError(f"{producer}: no table {table!r}; it makes {made}")
        self.inputs[f"{producer}/{path.name}"] = places.sha256(path)
        return pd.read_parquet(path)

    def load_model(self, producer: str, name: str) -> Path:
        """Path of a model folder that an earlier notebook made, run first if need be.

        Raises
        ------
        DataError
            When the earlier notebook fails or does not make such a model.
        """
        path = self._folder_of(producer) / "models" / name
        if not (path / "card.json").exists():
            made = ", ".join(stage(producer).models) or "none"
            raise DataError(f"{producer}: no model {name!r}; it makes {made}")
        self.inputs[f"{producer}/models/{name}/card.json"] = places.sha256(path / "card.json")
        return path

    def model_dir(self, name: str) -> Path:
        """Path to save a model of this stage to; the folder is for the saver to make."""
        return self.folder / "models" / name

    def store_dir(self, name: str) -> Path:
        """Path to save a store of playlists to; the folder is for the saver to make.

        It stays from run to run, so that the saver may leave an unchanged store as it is, and
        may keep what is done of one beside it until all is done.
        """
        return places.store_dir(self.profile, name)

    def load_store(self, producer: str, name: str = "") -> Path:
        """Path of a store of playlists that an earlier notebook made, run first if need be.

        Parameters
        ----------
        producer : str
            The earlier notebook.
        name : str, optional
            Raw data set that the store holds; empty for the first there is.

        Raises
        ------
        DataError
            When the earlier notebook fails, or made no such store.
        """
        self._folder_of(producer)
        paths = {one: self.store_dir(one) for one in stage(producer).stores}
        made = [one for one, path in paths.items() if (path / places.MANIFEST).exists()]
        there = [one for one in made if one in dict(self.source.digests)]
        if not there or name not in ("", *there):
            wanted = name or stage(producer).stores[0]
            raise DataError(
                f"{producer}: a store of {wanted!r} expected, found {', '.join(there) or 'none'}; "
                f"{sources.missing(wanted, self.source.folder, self.profile)}"
            )
        path = paths[name or there[0]]
        self.inputs[f"stores/{path.name}/{places.MANIFEST}"] = places.sha256(path / places.MANIFEST)
        return path

    def _folder_of(self, producer: str) -> Path:
        folder = places.work_dir(self.profile) / producer
        if not _is_current(folder, self.source.part(stage(producer))):
            print(f"{producer} has not run on this data yet; running it first …")
            _run_upstream(producer, self.profile, self.source)
        return folder

    def save(self, name: str, frame: pd.DataFrame, schema: pa.DataFrameSchema) -> None:
        """Check a table against its schema and write it as Parquet for later notebooks."""
        schema.validate(frame).to_parquet(self.folder / f"{name}.parquet", index=False)
        self.tables[name] = len(frame)

    def figure(self, name: str, figure: Figure, title: str, caption: str) -> None:
        """Save a figure for the report and show it with its caption."""
        path = self.folder / "figures" / f"{name}.png"
        figure.savefig(path, dpi=FIGURE_DPI)
        self.figures.append({"name": name, "title": title, "caption": caption})
        # Retina halves the shown width, so the picture stays sharp in the notebook.
        display(Image(data=path.read_bytes(), alt=caption))
        display(Markdown(f"*{_plain(title)}.* {_plain(caption)}"))

    def metric(self, name: str, value: float, **details: object) -> None:
        """Record one number; `details` are the other attributes of `Metric`."""
        self.metrics.append(Metric(name, value, **details))

    def finding(self, text: str) -> None:
        """Show a sentence whose numbers were computed, and keep it for the report."""
        self.findings.append(text)
        display(Markdown(f"**Finding.** {_plain(text)}"))

    def key_finding(self, headline: str, text: str, caveat: str) -> None:
        """Show and keep one of the few findings that a newcomer reads first.

        Parameters
        ----------
        headline : str
            The finding in plain words, worded by what the numbers are.
        text : str
            Its numbers, with interval and baseline.
        caveat : str
            What it does not say. The report's first screen shows all three.
        """
        self.key_findings.append({"headline": headline, "text": text, "caveat": caveat})
        self.findings.append(f"{headline} {text}")
        told = (_plain(one) for one in (headline, text, caveat))
        display(Markdown("**Finding. {}** {} *But:* {}".format(*told)))

    def finish(self) -> None:
        """Move everything into place: from now on later notebooks and the report see this run."""
        missing = set(self.stage.makes) - set(self.tables)
        missing |= {
            name for name in self.stage.models if not (self.model_dir(name) / "card.json").exists()
        }
        if missing:
            raise DataError(f"{self.stage.name}: did not save {', '.join(sorted(missing))}")
        manifest = {
            "notebook": self.stage.name,
            "profile": self.profile,
            "data": self.source.describe(),
            "parameters": self.parameters,
            "inputs": dict(sorted(self.inputs.items())),
            "tables": self.tables,
            "figures": self.figures,
            "findings": self.findings,
            "key_findings": self.key_findings,
            "metrics": [asdict(metric) for metric in self.metrics],
        }
        cost = {"seconds": time.perf_counter() - self.started_s, "peak_mb": peak_mb()}
        places.write_json(self.folder / "cost.json", cost)
        places.write_json(self.folder / "manifest.json", manifest)
        runlog.leave(self.folder, manifest, cost["seconds"])
        places.replace_dir(self.folder, places.work_dir(self.profile) / self.stage.name)
        print(f"{self.stage.name}: done in {cost['seconds']:.0f} s, {cost['peak_mb']:.0f} MB")


def start(
    name: str, profile: str, data_dir: str = "", parameters: dict[str, object] | None = None
) -> Step:
    """Begin a notebook's run: check its parameters, find its data, show which data it is.

    Parameters
    ----------
    name : str
        The notebook's name without ``.ipynb``.
    profile : str
        ``"sample"`` or ``"full"``.
    data_dir : str, optional
        Folder of the raw data of the full profile; empty for ``WORKBOOK_DATA`` or ``data/raw``.
    parameters : dict, optional
        The notebook's own parameters by name.

    Raises
    ------
    ParameterError
        When the profile, a parameter or its value is not allowed.
    DataError
        When raw data is missing.
    """
    owner = stage(name)
    missing = set(owner.parameters) - set(parameters or {})
    if missing:
        raise ParameterError(f"{name}: parameters without a value: {', '.join(sorted(missing))}")
    values = check_parameters(owner, parameters or {})
    source = sources.find_source(profile, data_dir, [owner])
    folder = places.fresh_dir(places.work_dir(profile), name)
    (folder / "figures").mkdir()
    # Titles of tracks and playlists are anybody's text; tables show it as such.
    pd.set_option("styler.format.escape", "html")
    display(HTML(_banner(source)))
    return Step(owner, profile, source, values, folder, time.perf_counter())


def _banner(source: sources.Source) -> str:
    colour = "#b45309" if source.generated else "#166534"
    return (
        f'<div style="border-left:6px solid {colour};padding:.4em .8em">'
        f"<b>{source.headline()}</b><br><small>{source.label()}</small></div>"
    )


def _is_current(folder: Path, source: sources.Source) -> bool:
    manifest = places.read_manifest(folder / "manifest.json")
    return manifest is not None and manifest["data"] == source.describe()


def _run_upstream(producer: str, profile: str, source: sources.Source) -> None:
    command = [sys.executable, "-m", "lib.pipeline", "--profile", profile, "--only", producer]
    if not source.generated:
        command += ["--data-dir", str(source.folder)]
    done = subprocess.run(
        [*command, "--no-report"], cwd=places.ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise DataError(f"{producer}: could not be made first.\n{done.stderr.strip()}")


def _plain(text: str) -> str:
    """Keep the marks of Markdown, and no HTML: names of tracks stand in findings."""
    return html.escape(text, quote=False)
