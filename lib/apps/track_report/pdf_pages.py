"""Pages of a PDF in the look of the track report: text, headings, bars, tables."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import matplotlib
from fpdf import FPDF
from fpdf.bidi import BidiParagraph, auto_detect_base_direction
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

FONT = "DejaVu"
MISSING = "□"
Colour = tuple[int, int, int]
INK, SOFT, LINE, SHADE = (28, 25, 23), (87, 83, 78), (214, 211, 209), (240, 239, 237)
ACCENT, BAND, DOWN, TRUTH = (11, 93, 148), (185, 215, 236), (180, 83, 9), (185, 28, 28)
MARGIN, FOOT = 17.0, 15.0
MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")
"""Signs that look the other way in a text from right to left."""

_PASSED_OVER = "\u200b\u200c\u200d\u2060\ufe0e\ufe0f"
"""Signs without a shape of their own, which join or vary others."""


def as_seen(line: str, of: str = "") -> str:
    """Put the letters of a line in the order in which they are seen, from left to right.

    Parameters
    ----------
    line : str
    of : str, optional
        The text that the line is of, whose first letter says where it begins; else the line's.

    Examples
    --------
    >>> as_seen("a (\u05d0\u05d1)") == "a (\u05d1\u05d0)"
    True
    """
    if not any(unicodedata.bidirectional(sign) in ("R", "AL") for sign in line):
        return line
    paragraph = BidiParagraph(line, auto_detect_base_direction(of or line))
    return "".join(
        one.character.translate(MIRRORED if one.embedding_level % 2 else {})
        for one in paragraph.get_reordered_characters()
    )


class Pages(FPDF):
    """A4 pages; lengths in millimetres, sizes of letters in points.

    The letters are those of DejaVu Sans, which comes with matplotlib.

    Parameters
    ----------
    compress : bool, optional
        Whether streams are packed.

    Attributes
    ----------
    lacking : bool
        Whether a sign came up that the letters lack; a box stands in its place.
    """

    def __init__(self, compress: bool = True) -> None:
        super().__init__(format="A4")
        self.lacking = False
        self.set_compression(compress)
        folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
        self.add_font(FONT, "", folder / "DejaVuSans.ttf")
        self.add_font(FONT, "B", folder / "DejaVuSans-Bold.ttf")
        self.set_lang("en-GB")
        self.set_margin(MARGIN)
        self.c_margin = 0
        self.set_auto_page_break(True, margin=FOOT)
        self.add_page()

    def footer(self) -> None:
        """Write the page's number."""
        self.set_y(-12)
        self._letters(7.5, SOFT)
        self.cell(0, 5, f"{self.page_no()} / {{nb}}", align="R")

    def legible(self, text: object) -> str:
        """Put a box in the place of each sign that the letters lack, and note that one did."""
        plain = " ".join(sign for sign in str(text).split())
        drawn = []
        for sign in plain:
            if sign in _PASSED_OVER:
                continue
            there = all(ord(sign) in font.cmap for font in self.fonts.values())
            self.lacking |= not there
            drawn.append(sign if there else MISSING)
        return "".join(drawn)

    def paragraph(
        self, text: object, size: float = 9.5, colour: Colour = INK, bold: bool = False
    ) -> None:
        """Write a text over the whole width."""
        self._letters(size, colour, bold)
        how = {"align": "L", "new_x": XPos.LMARGIN, "new_y": YPos.NEXT}
        shown = self.legible(text)
        for line in self.multi_cell(0, text=shown, dry_run=True, output="LINES", **how):
            self.cell(0, 0.48 * size, as_seen(line, shown), **how)
        self.ln(0.12 * size)

    def heading(self, text: str, room: float = 35.0) -> None:
        """Begin a section, on a new page if less than `room` is left."""
        self.keep(room)
        self.ln(3)
        self.paragraph(text, 12.5, ACCENT, bold=True)

    def keep(self, room: float) -> None:
        """Go to a new page if less than `room` is left on this one."""
        if self.get_y() + room > self.h - FOOT:
            self.add_page()

    def banner(self, text: str) -> None:
        """Write a warning in a coloured box."""
        self._letters(9.5, (255, 255, 255), bold=True)
        self.set_fill_color(*DOWN)
        self.cell(0, 8, f"  {self.legible(text)}", fill=True, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(4)

    def box(self, x: float, y: float, wide: float, high: float, colour: Colour) -> None:
        """Fill a rectangle."""
        self.set_fill_color(*colour)
        self.rect(x, y, wide, high, style="F")

    def dot(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Fill a circle with a white rim."""
        self.set_draw_color(255, 255, 255)
        self.set_fill_color(*colour)
        self.set_line_width(0.4)
        self.circle(x, y, radius, style="FD")

    def label(
        self, x: float, y: float, text: object, size: float = 8, colour: Colour = SOFT,
        bold: bool = False, wide: float = 40.0, align: str = "L",
    ) -> None:  # fmt: skip
        """Write one line at a place; what does not fit is cut."""
        self._letters(size, colour, bold)
        shown = self.legible(text)
        while self.get_string_width(shown) > wide and len(shown) > 1:
            shown = f"{shown[:-2]}…"
        self.set_xy(x, y)
        self.cell(wide, 0.42 * size, as_seen(shown), align=align)

    def lines(self, text: object, size: float, wide: float, most: int = 3) -> list[str]:
        """Break a bold text into lines; of more than `most` the last is cut when it is written."""
        self._letters(size, INK, bold=True)
        split = {"dry_run": True, "output": "LINES", "align": "L"}
        found = self.multi_cell(wide, text=self.legible(text), **split)
        return [*found[: most - 1], " ".join(found[most - 1 :])][:most] if found else [""]

    def key(self, marks: Sequence[tuple[str, Colour, str]]) -> None:
        """Explain marks: shape (dot, band or line), colour, words."""
        x, y = self.l_margin, self.get_y()
        for shape, colour, words in marks:
            if shape == "dot":
                self.dot(x + 1.4, y + 1.7, 1.4, colour)
            else:
                self.box(x, y + 0.5, 0.8 if shape == "line" else 4, 2.4, colour)
            x += 2 if shape == "line" else 5 if shape == "band" else 4
            self.label(x, y, words, 7.5, wide=60)
            x += self.get_string_width(self.legible(words)) + 6
        self.set_xy(self.l_margin, y + 5)

    def ticks(self, y: float) -> None:
        """Write 0 to 100 below a scale over the whole width."""
        for value in (0, 25, 50, 75, 100):
            at = self.l_margin + self.epw * value / 100
            align = {0: "L", 100: "R"}.get(value, "C")
            self.label(at - {"L": 0, "C": 5, "R": 10}[align], y, value, 7, wide=10, align=align)
        self.set_xy(self.l_margin, y + 4.5)

    def grid(
        self, rows: Sequence[Sequence[str]], widths: Sequence[float], numbers: Sequence[int] = ()
    ) -> None:
        """Write a table, its first row as the head; columns of numbers stand to the right."""
        self._letters(8.5, INK)
        self.set_draw_color(*LINE)
        self.set_fill_color(255, 255, 255)
        self.set_line_width(0.2)
        head = FontFace(emphasis="", color=SOFT)
        align = tuple("RIGHT" if place in numbers else "LEFT" for place in range(len(widths)))
        with self.table(
            col_widths=tuple(widths), text_align=align, headings_style=head, line_height=4.2,
            borders_layout="HORIZONTAL_LINES", padding=(0.9, 2, 0.9, 0),
        ) as table:  # fmt: skip
            for cells in rows:
                row = table.row()
                for cell in cells:
                    row.cell(as_seen(self.legible(cell)))
        self.ln(2)

    def _letters(self, size: float, colour: Colour, bold: bool = False) -> None:
        self.set_font(FONT, "B" if bold else "", size)
        self.set_text_color(*colour)
