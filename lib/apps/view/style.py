"""The one look of all widgets: a stylesheet, headings, notes, and how a widget is displayed.

Colours are JupyterLab's own variables, so that the light and the dark theme, and Voila's pages,
give theirs; what stands behind the comma is for pages that know none of them.
"""

from __future__ import annotations

import ipywidgets as widgets
from IPython.display import display

from lib.apps.view.html_text import escape

ROW_PX = 32
"""Height of a table's row, and of the button beside it."""
TALL_PX = 46
"""The same for rows of two lines."""

_CARET = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 20'%3E"
    "%3Cpath fill='none' stroke='%23c8ccd1' stroke-width='2' d='m6 8 4 4 4-4'/%3E%3C/svg%3E"
)
CSS = f"""
.wb {{ --wb-text: var(--jp-ui-font-color1, #1f2328); --wb-quiet: var(--jp-ui-font-color2, #59636e);
  --wb-line: var(--jp-border-color2, #d1d9e0); --wb-back: var(--jp-layout-color2, #f3f4f6);
  max-width: 1180px; padding: 4px 2px 12px; color: var(--wb-text); }}
.wb .widget-html-content {{ color: var(--wb-text); line-height: 1.45; font-size: 13px; }}
.wb .widget-label, .wb .widget-readout, .wb .widget-inline-hbox .widget-label {{
  color: var(--wb-text); }}
.wb .widget-readout {{ min-width: 6.4em; font-variant-numeric: tabular-nums; }}
.wb .widget-readout.wb-none {{ display: none; }}
.wb-panel {{ border: 1px solid var(--jp-border-color2, #d1d9e0); border-radius: 8px;
  padding: 12px 14px; background: var(--jp-layout-color1, #fff); }}
.wb h4.wb-heading {{ margin: 2px 0 4px; font-size: 13px; font-weight: 600; letter-spacing: .01em;
  color: var(--wb-text); }}
.wb .wb-big {{ font-size: 15px; font-weight: 600; }}
.wb .wb-quiet {{ color: var(--wb-quiet); font-size: 12px; }}
.wb .wb-error {{ margin: 4px 0; padding: 8px 12px; border-radius: 6px; color: #7f1d1d;
  background: #fee2e2; border: 1px solid #dc2626; border-left-width: 6px; }}
.wb .wb-notice {{ margin: 4px 0; padding: 6px 12px; border-radius: 6px; background: var(--wb-back);
  border-left: 4px solid var(--jp-brand-color1, #1976d2); }}
.wb .wb-link {{ color: var(--jp-content-link-color, #1976d2); font-weight: 600; }}
.wb img.wb-picture {{ display: block; width: 100%; max-width: 946px; height: auto;
  border-radius: 6px; background: #fff; }}
.wb table.wb-table {{ width: 100%; margin: 0; border-collapse: collapse; table-layout: auto;
  font-size: 13px; color: var(--wb-text); }}
.wb table.wb-table caption {{ text-align: left; caption-side: top; padding: 0 0 4px;
  color: var(--wb-quiet); }}
.wb table.wb-table tr {{ height: {ROW_PX}px; background: transparent; }}
.wb table.wb-table tbody tr:hover {{ background: var(--wb-back); }}
.wb table.wb-table th, .wb table.wb-table td {{ height: {ROW_PX}px; padding: 0 10px 0 0;
  box-sizing: border-box; text-align: left; white-space: nowrap; vertical-align: middle;
  line-height: 1.2; border: 0; border-bottom: 1px solid var(--wb-line); }}
.wb table.wb-table th {{ font-weight: 600; color: var(--wb-quiet); }}
.wb table.wb-table .wb-number {{ text-align: right; padding-right: 18px;
  font-variant-numeric: tabular-nums; }}
.wb table.wb-table th:not(.wb-wide) {{ width: 1%; }}
.wb table.wb-table td.wb-wide {{ max-width: 0; }}
.wb td.wb-wide > div {{ overflow: hidden; text-overflow: ellipsis; }}
.wb table.wb-tall tbody td {{ height: {TALL_PX}px; }}
.wb .wb-tall td.wb-wide > div {{ display: -webkit-box; -webkit-line-clamp: 2;
  -webkit-box-orient: vertical; white-space: normal; }}
.wb .wb-tall td.wb-wide:last-child {{ width: 58%; color: var(--wb-quiet); font-size: 12px; }}
.wb .wb-rows > .widget-button, .wb .wb-rows > .widget-box {{ height: {ROW_PX - 6}px;
  margin: 3px 8px 3px 0; line-height: {ROW_PX - 8}px; }}
.wb .wb-rows .widget-button, .wb .wb-rows-tall .widget-button {{ padding: 0 6px; }}
.wb .wb-rows-tall > .widget-box {{ height: {TALL_PX - 6}px; margin: 3px 8px 3px 0;
  align-items: center; }}
.wb .widget-button {{ border-radius: 5px; }}
[data-jp-theme-light="false"] .wb .widget-dropdown > select {{ background-image: url("{_CARET}"); }}
.wb .widget-button:focus-visible, .wb .noUi-handle:focus-visible, .wb select:focus-visible,
.wb input:focus-visible {{ outline: 2px solid var(--jp-brand-color1, #1976d2);
  outline-offset: 1px; }}
"""


def stylesheet() -> widgets.HTML:
    """Make the widget that brings the stylesheet along; one is enough in each view."""
    return widgets.HTML(f"<style>{CSS}</style>", layout=widgets.Layout(display="none"))


def framed(*children: widgets.Widget) -> widgets.VBox:
    """Put a view together: its parts below each other, in the look of the workbook."""
    root = widgets.VBox([stylesheet(), *children])
    root.add_class("wb")
    return root


def panel(*children: widgets.Widget, width: str = "auto", flex: str = "") -> widgets.VBox:
    """Frame some controls that belong together."""
    layout = widgets.Layout(width=width, flex=flex or None, min_width="0")
    box = widgets.VBox(list(children), layout=layout)
    box.add_class("wb-panel")
    return box


def heading(text: str) -> widgets.HTML:
    """Make a small heading."""
    return widgets.HTML(f'<h4 class="wb-heading">{escape(text)}</h4>')


def quiet(text: str) -> str:
    """Write a remark in small, quiet letters, as HTML."""
    return f'<span class="wb-quiet">{escape(text)}</span>'


def notice(text: str) -> str:
    """Write a sentence that should be seen, as HTML; nothing for nothing."""
    return f'<div class="wb-notice">{escape(text)}</div>' if text else ""


def show(root: widgets.Widget, what: str) -> None:
    """Display a view; where no kernel is behind it, a sentence says how to bring it to life.

    Parameters
    ----------
    root : ipywidgets.Widget
        The view.
    what : str
        What it is, such as ``"the explorer"``.
    """
    instead = f"[Here stands {what} when this notebook is open in JupyterLab or served by Voila.]"
    view = {"version_major": 2, "version_minor": 0, "model_id": root.model_id}
    bundle = {"application/vnd.jupyter.widget-view+json": view, "text/plain": instead}
    display(bundle, raw=True)


def still(html: str) -> str:
    """Give HTML that stands beside a view, for readers without a kernel, the look of the view."""
    return f'<style>{CSS}</style><div class="wb">{html}</div>'
