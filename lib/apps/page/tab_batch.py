"""Tab Batch: a CSV in, a CSV out, with the columns and values of notebook 10."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
import pandas as pd

from lib.apps.page.answers import MOST_ROWS, example_rows, model_of, score_file
from lib.apps.page.checks import answering
from lib.apps.page.data import PageData
from lib.apps.page.look import block, place
from lib.apps.page.outbox import Outbox
from lib.apps.view.csv_text import to_csv
from lib.apps.view.html_text import escape, table_html
from lib.apps.view.style import quiet
from lib.errors import DataError
from lib.modelling.score import SCORED

UPLOAD_MB = 10
SHOWN_ROWS = 8
_COLUMNS = ["track_id", "predicted_popularity", "lower", "upper", "band", "reason_1", "flags"]
_WHAT = """A CSV of tracks in the layout of the catalogue, one row a track and genre; popularity,
titles and names may be absent. Back comes a row for each row: prediction, interval, band, the three
strongest reasons, and flags for what makes it doubtful. A row that cannot be scored keeps its
place and says why."""
_LIMITS = f"""At most {MOST_ROWS:,} rows and {UPLOAD_MB} MB. The file is read on this machine and
removed after a while. Cells that a spreadsheet would run as a formula get an apostrophe."""


def build(data: PageData, outbox: Outbox) -> None:
    """Build the tab within an open tab of the page."""
    place(block(f"<p>{_WHAT}</p><p>{quiet(_LIMITS)}</p>"))
    rows = example_rows(data)
    example = outbox.write("example.csv", data.explorer.csv(rows))
    with gr.Row():
        with gr.Column(scale=4, min_width=300):
            file = gr.File(label="CSV of tracks", file_types=[".csv"], height=150)
            model = gr.Dropdown(data.usable(), value=data.first, label="Model", filterable=False)
            go = gr.Button("Score the tracks", variant="primary")
            gr.DownloadButton("An example file", value=str(example), size="md")
        with gr.Column(scale=7):
            scored = gr.File(label="Scores as CSV", interactive=False, elem_id="scores", height=150)
            said = place(name="scored")
    told_while = gr.Progress()

    def batch(file: str, model: str, progress: gr.Progress = told_while) -> tuple[str, str]:
        """Score a CSV of tracks in the layout of the catalogue.

        file: the CSV. model: a name on the shelf. Returns a CSV with a row for each row
        (prediction, interval, band, reasons, flags, or what keeps it from being scored) and a
        summary as HTML.
        """
        return _score(data, outbox, file, model, progress)

    go.click(
        answering(batch), [file, model], [scored, said], api_name="batch",
        concurrency_id="batch", concurrency_limit=1,
    )  # fmt: skip


def show(scores: pd.DataFrame) -> str:
    """Write a summary of scores as HTML."""
    done = scores["status"].eq(SCORED)
    some = scores.loc[done, _COLUMNS].head(SHOWN_ROWS).fillna("")
    numbers = ["predicted_popularity", "lower", "upper"]
    some[numbers] = some[numbers].map(lambda value: f"{value:.1f}")
    told = f"<b>{done.sum():,} of {len(scores):,} rows were scored.</b>"
    doubtful = scores.loc[done, "flags"].ne("").sum()
    told += f" {doubtful:,} of these carry a flag." if done.any() else ""
    problems = scores.loc[~done, "problem"].value_counts().head(3)
    listed = "".join(f"<li>{escape(text)} ({count:,})</li>" for text, count in problems.items())
    table = table_html(some, ("flags",), f"the first {len(some)}") if len(some) else ""
    listed = f"<ul>{listed}</ul>" if listed else ""
    return block(f"<p>{told}</p>{listed}<div class='wbg-scroll'>{table}</div>")


def _score(
    data: PageData, outbox: Outbox, file: str | None, model: str, progress: gr.Progress
) -> tuple[str, str]:
    name = model_of(data, model)
    if file is None:
        raise DataError("CSV: a file expected, found none; choose one first")
    progress(0.05, desc="Reading")
    path = Path(file)
    if path.stat().st_size > UPLOAD_MB * 2**20:
        raise DataError(f"{path.name}: at most {UPLOAD_MB} MB expected; split it")
    progress(0.2, desc="Scoring")
    rows, scores = score_file(data, path, name)
    progress(0.9, desc="Writing")
    ignored = ", ".join(rows.attrs.get("ignored", ()))
    told = f"Model: {name}." + (f" Columns left out: {ignored}." if ignored else "")
    return str(outbox.write("scores.csv", to_csv(scores))), show(scores) + block(quiet(told))
