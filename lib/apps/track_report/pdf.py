"""A track's report as PDF, drawn without a browser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lib.apps.track_report.facts import TrackReport
from lib.apps.track_report.page import is_generated, leading_parts
from lib.apps.track_report.pdf_pages import (
    ACCENT,
    BAND,
    DOWN,
    INK,
    MISSING,
    SHADE,
    SOFT,
    TRUTH,
    Pages,
)
from lib.apps.track_report.place import Place
from lib.apps.track_report.sentences import (
    ABOUT_CHANGES,
    change_rows,
    said_of_changes,
    said_of_model,
    said_of_place,
    said_of_similar,
)

COLUMNS = 4
LONG_TITLE = 90
LABEL_WIDE, NUMBER_WIDE = 62.0, 16.0


def write_pdf(path: Path, report: TrackReport, made: str, compress: bool = True) -> None:
    """Write the report.

    Signs that DejaVu Sans lacks, such as Chinese ones and most emoji, are shown as a box, and the
    report says so; Arabic letters stand side by side, not joined. The page
    (`lib.apps.track_report.page.page_html`) shows all as they should be.

    Parameters
    ----------
    path : pathlib.Path
        File to write.
    report : TrackReport
    made : str
        When it was made.
    compress : bool, optional
        Whether streams are packed.
    """
    pdf = Pages(compress)
    row = report.row
    pdf.set_title(f"{row['track_name']} – track report")
    if is_generated(report):
        pdf.banner("Generated sample: a made-up track. Nothing here is about real music.")
    pdf.paragraph("TRACK REPORT", 7.5, SOFT)
    pdf.paragraph(row["track_name"], 20 if len(row["track_name"]) < LONG_TITLE else 13, bold=True)
    pdf.paragraph(row["artists"].replace(";", ", "), 11.5)
    pdf.paragraph(f"Spotify id {row['track_id']}", 8, SOFT)
    pdf.heading("Predicted popularity")
    _prediction(pdf, report)
    pdf.heading("What the catalogue says")
    _known(pdf, report.known)
    pdf.heading("What moves the prediction", 66)
    learnt = ". The reasons of the stored model, which learnt from this track" * report.seen
    pdf.paragraph(
        f"Popularity points that each input adds to or takes from {report.told.base:.1f}, what the "
        f"model says before it looks at any{learnt}.",
        8,
        SOFT,
    )
    _parts(pdf, report)
    pdf.heading("Tracks that sound like it", 70)
    _similar(pdf, report)
    pdf.heading("Its place in its genre" + "s" * (len(report.places) > 1), 70)
    for place in report.places:
        _place(pdf, place)
    if not report.places:
        pdf.paragraph("It has no genre that another track has.")
    pdf.heading("What would change the prediction")
    _changes(pdf, report)
    pdf.heading("Read with care")
    for caveat in report.caveats:
        pdf.paragraph(f"•  {caveat}", 8.5)
    if pdf.lacking:
        pdf.paragraph(f"•  {MISSING} stands for a sign that the letters of this file lack.", 8.5)
    pdf.ln(3)
    pdf.paragraph(said_of_model(report.card), 7.5, SOFT)
    pdf.paragraph(made, 7.5, SOFT)
    pdf.output(str(path))


def _prediction(pdf: Pages, report: TrackReport) -> None:
    told, y = report.told, pdf.get_y()
    pdf.label(pdf.l_margin, y, f"{told.prediction:.0f}", 34, INK, bold=True, wide=28)
    beside = pdf.get_string_width(f"{told.prediction:.0f}") + 2
    pdf.label(pdf.l_margin + beside, y + 8.3, "of 100", 9, wide=20)
    y += 17
    at = [pdf.l_margin + pdf.epw * v / 100 for v in (told.lower, told.upper, told.prediction)]
    truth = pdf.l_margin + pdf.epw * min(max(report.row["popularity"], 0), 100) / 100
    pdf.box(pdf.l_margin, y, pdf.epw, 4, SHADE)
    pdf.box(at[0], y, at[1] - at[0], 4, BAND)
    pdf.box(truth - 0.4, y - 1.2, 0.8, 6.4, TRUTH)
    pdf.dot(at[2], y + 2, 2.2, ACCENT)
    pdf.ticks(y + 6)
    held = ", artist held out" if report.held_out else ""
    pdf.key(
        [
            ("dot", ACCENT, f"predicted{held}"),
            ("band", BAND, f"{100 * told.coverage:.4g} % interval"),
            ("line", TRUTH, "in the catalogue"),
        ]
    )
    pdf.ln(1)
    for text in report.words.text.splitlines():
        pdf.paragraph(text)
    for extra in (report.words.mark, report.words.problem):
        if extra:
            pdf.paragraph(extra, 8, SOFT)


def _known(pdf: Pages, known: Sequence[tuple[str, str]]) -> None:
    wide = pdf.epw / COLUMNS
    for begin in range(0, len(known), COLUMNS):
        rows = [
            (label, pdf.lines(value, 9, wide - 3))
            for label, value in known[begin : begin + COLUMNS]
        ]
        high = 5.2 + 4 * max(len(lines) for _, lines in rows)
        pdf.keep(high)
        y = pdf.get_y()
        for place, (label, lines) in enumerate(rows):
            x = pdf.l_margin + place * wide
            pdf.label(x, y, label, 7.5, wide=wide - 3)
            for number, line in enumerate(lines):
                pdf.label(x, y + 3.4 + 4 * number, line, 9, INK, bold=True, wide=wide - 3)
        pdf.set_xy(pdf.l_margin, y + high)


def _parts(pdf: Pages, report: TrackReport) -> None:
    parts = leading_parts(report)
    widest = max((abs(part.points) for part in parts), default=0) or 1.0
    half = (pdf.epw - LABEL_WIDE - NUMBER_WIDE) / 2
    middle = pdf.l_margin + LABEL_WIDE + half
    for part in parts:
        pdf.keep(5.6)
        y, wide = pdf.get_y(), half * abs(part.points) / widest
        pdf.label(pdf.l_margin, y + 0.4, part.phrase, 8.5, INK, wide=LABEL_WIDE - 3)
        up = part.points > 0
        pdf.box(middle if up else middle - wide, y + 0.4, wide, 3.6, ACCENT if up else DOWN)
        pdf.box(middle - 0.1, y - 0.4, 0.2, 5.6, SOFT)
        pdf.label(
            middle + half, y + 0.4, f"{part.points:+.1f}", 8.5, INK, wide=NUMBER_WIDE, align="R"
        )
        pdf.set_xy(pdf.l_margin, y + 5.2)
    pdf.ln(1)


def _similar(pdf: Pages, report: TrackReport) -> None:
    if len(report.similar):
        head = ("Title", "Artists", "Genres", "Popularity", "Distance")
        rows = [
            (one.title, one.artists, one.genres, f"{one.popularity:.4g}", f"{one.distance:.2f}")
            for one in report.similar.itertuples()
        ]
        pdf.grid([head, *rows], (55, 45, 38, 20, 18), (3, 4))
    pdf.paragraph(said_of_similar(report.alike), 8, SOFT)


def _place(pdf: Pages, place: Place) -> None:
    pdf.keep(48)
    pdf.paragraph(place.genre, 10, bold=True)
    y, high, most = pdf.get_y() + 2, 20.0, max(place.counts) or 1
    wide = pdf.epw / len(place.counts)
    for number, count in enumerate(place.counts):
        tall = high * count / most
        pdf.box(pdf.l_margin + number * wide + 0.2, y + high - tall, wide - 0.4, tall, BAND)
    pdf.box(pdf.l_margin, y + high, pdf.epw, 0.2, SOFT)
    truth, said = (
        pdf.l_margin + pdf.epw * min(max(value, 0), 100) / 100
        for value in (place.popularity, place.prediction)
    )
    pdf.box(truth - 0.4, y - 1, 0.8, high + 1, TRUTH)
    pdf.dot(said, y + high, 2.0, ACCENT)
    pdf.ticks(y + high + 2.4)
    pdf.key(
        [
            ("band", BAND, "popularity of the other tracks"),
            ("line", TRUTH, "this track"),
            ("dot", ACCENT, "its prediction"),
        ]
    )
    pdf.paragraph(said_of_place(place), 8.5)
    pdf.ln(1.5)


def _changes(pdf: Pages, report: TrackReport) -> None:
    pdf.paragraph(said_of_changes(report.effects))
    if report.effects is None:
        return
    table = change_rows(report.effects)
    if len(table):
        head = ("Input", "From", "To", "Points, with interval")
        rows = table.itertuples(index=False, name=None)
        pdf.grid([head, *rows], (45, 40, 40, 50), (3,))
    pdf.paragraph(ABOUT_CHANGES, 8, SOFT)
