"""A report on one track, as a page and as a PDF: both files, or none."""

from __future__ import annotations

import re
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from lib.apps.text.generated_text import Service
from lib.apps.track_report.changes import Panel
from lib.apps.track_report.facts import ReportModel, TrackReport, gather
from lib.apps.track_report.page import page_html
from lib.apps.track_report.pdf import write_pdf
from lib.errors import ParameterError


def write_track_report(
    track: str,
    model: ReportModel,
    catalogue: pd.DataFrame,
    folder: Path,
    panel: Panel | None = None,
    service: Service | None = None,
) -> tuple[Path, Path]:
    """Gather and write the report on a track.

    Parameters
    ----------
    track : str
        Its id, see `lib.apps.track_report.find_in_catalogue.find_row` for other texts.
    model, catalogue, panel, service
        See `lib.apps.track_report.facts.gather`.
    folder : pathlib.Path
        Made where it is not there; reports of the same track that stand there are replaced.

    Returns
    -------
    html_path, pdf_path : pathlib.Path

    Raises
    ------
    ParameterError
        When the catalogue has no such track, or the folder cannot be written to.
    """
    return write_files(gather(track, model, catalogue, panel, service), folder)


def write_files(
    report: TrackReport, folder: Path, made_at: datetime | None = None
) -> tuple[Path, Path]:
    """Write a gathered report; `made_at` is now where it is not given.

    Returns
    -------
    html_path, pdf_path : pathlib.Path

    Raises
    ------
    ParameterError
        When the folder cannot be written to; neither file is new then.
    """
    made = (made_at or datetime.now(UTC)).strftime("Made on %Y-%m-%d, %H:%M UTC.")
    name = "track_" + re.sub(r"[^0-9A-Za-z_-]", "_", str(report.row["track_id"]))
    paths = folder / f"{name}.html", folder / f"{name}.pdf"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{name}.", dir=folder) as beside:
            new = [Path(beside) / path.name for path in paths]
            new[0].write_text(page_html(report, made), encoding="utf-8")
            write_pdf(new[1], report, made)
            _put_in_place(new, paths, Path(beside))
    except OSError as error:
        raise ParameterError(
            f"folder {folder}: the report cannot be written there ({error.strerror}: "
            f"{error.filename}); name a folder that you may write to, and see that there is space"
        ) from None
    return paths


def _put_in_place(new: list[Path], paths: tuple[Path, Path], beside: Path) -> None:
    """Replace both files; when one cannot be, the other is put back as it was."""
    done: list[tuple[Path, Path | None]] = []
    try:
        for source, target in zip(new, paths, strict=True):
            old = beside / f"old.{target.name}" if target.exists() else None
            if old is not None:
                shutil.copyfile(target, old)
            source.replace(target)
            done.append((target, old))
    except BaseException:
        for target, old in done:
            if old is None:
                target.unlink()
            else:
                old.replace(target)
        raise
