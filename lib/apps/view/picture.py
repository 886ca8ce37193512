"""Figures in widgets: drawn off-screen, one PNG that replaces the last."""

from __future__ import annotations

import base64
import io

from matplotlib.figure import Figure

from lib.apps.view.html_text import escape

DPI = 110


def picture_html(figure: Figure, alt: str, dpi: int = DPI) -> str:
    """Draw a figure into an HTML image that needs no file and no server.

    Assigned to the value of one `ipywidgets.HTML`, each picture takes the place of the one before.
    Nothing of pyplot is used, so no figure stays behind.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Made without pyplot, see `lib.plots.style.empty`.
    alt : str
        What the picture shows, for those who cannot see it.
    dpi : int, optional
        Dots an inch.
    """
    drawn = io.BytesIO()
    # A low compression: the picture stays on this machine, and speed is what is felt.
    figure.savefig(drawn, format="png", dpi=dpi, pil_kwargs={"compress_level": 1})
    data = base64.b64encode(drawn.getvalue()).decode()
    return f'<img class="wb-picture" alt="{escape(alt)}" src="data:image/png;base64,{data}">'
