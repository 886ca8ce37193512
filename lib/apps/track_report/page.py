"""A track's report as a web page: one file that asks for no other."""

from __future__ import annotations

from pathlib import Path

import jinja2

from lib.apps.predict.explained import Part
from lib.apps.predict.words import predicted
from lib.apps.track_report.facts import TrackReport
from lib.apps.track_report.sentences import (
    ABOUT_CHANGES,
    change_rows,
    said_of_changes,
    said_of_model,
    said_of_place,
    said_of_similar,
)
from lib.apps.view.html_text import escape

TEMPLATES = Path(__file__).parent / "templates"
SHOWN_PARTS = 8
"""Inputs that stand by themselves; the others are added up."""


def page_html(report: TrackReport, made: str) -> str:
    """Write the page; all that comes from data is escaped by the template engine.

    Parameters
    ----------
    report : TrackReport
    made : str
        When it was made, for the foot of the page.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # A number of a style is written here, so no text of the data can end up in one.
    environment.filters["percent"] = lambda value: f"{min(max(float(value), 0), 100):.2f}%"
    parts = leading_parts(report)
    asked = report.effects is not None
    changes = change_rows(report.effects).to_dict("records") if asked else []
    return environment.get_template("track_report.html.j2").render(
        report=report,
        told=report.told,
        scale_said=predicted(report.told),
        title=f"{report.row['track_name']} – {report.row['artists'].replace(';', ', ')}",
        generated=is_generated(report),
        parts=parts,
        widest=max((abs(part.points) for part in parts), default=0) or 1.0,
        similar=report.similar.to_dict("records"),
        similar_said=said_of_similar(report.alike),
        places=[(place, said_of_place(place)) for place in report.places],
        changes=changes,
        changes_said=said_of_changes(report.effects),
        asked=asked,
        about_changes=ABOUT_CHANGES,
        model_said=said_of_model(report.card),
        made_said=made,
    )


def is_generated(report: TrackReport) -> bool:
    """Tell whether the model learnt from generated data."""
    return bool(dict(report.card.get("data") or {}).get("generated"))


def leading_parts(report: TrackReport, count: int = SHOWN_PARTS) -> list[Part]:
    """List the parts of the prediction that do most, and all others as one."""
    parts = list(report.told.parts)
    if len(parts) <= count + 1:
        return parts
    rest = sum(part.points for part in parts[count:])
    return [*parts[:count], Part("", f"the other {len(parts) - count} inputs", rest)]


def framed(page: str, title: str, height_px: int = 620) -> str:
    """Put a whole page into a frame, for a notebook that shows it; nothing in it can run.

    Examples
    --------
    >>> framed("<p>a</p>", "x", 10)[-53:]
    'srcdoc="&lt;p&gt;a&lt;/p&gt;" sandbox></iframe></div>'
    """
    style = f"width:100%;height:{height_px}px;border:1px solid #a8a29e;border-radius:.5rem"
    return (
        f'<div><iframe title="{escape(title)}" style="{style}" srcdoc="{escape(page)}" sandbox>'
        "</iframe></div>"
    )
