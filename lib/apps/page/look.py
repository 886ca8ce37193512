"""How the page looks: theme and stylesheet, light and dark, with no font from elsewhere."""

from __future__ import annotations

import gradio as gr

from lib.apps.predict import html as predict_html
from lib.apps.view import style

TABS = f"""
{style.CSS}
{predict_html.CSS}
.wb h1 {{ font-size: 24px; font-weight: 650; margin: 6px 0 2px; letter-spacing: -.01em; }}
.wb h3 {{ font-size: 16px; font-weight: 650; margin: 14px 0 4px; }}
.wb p {{ margin: 0 0 8px; }}
.wb ul {{ margin: 0 0 8px 20px; padding: 0; list-style: disc; }}
.wb .wbg-whose {{ border-left: 4px solid #b45309; padding: 3px 12px; margin: 6px 0;
  background: var(--wb-back); font-size: 13px; }}
.wb .wbg-cards {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(330px, 1fr));
  gap: 14px; margin: 6px 0; }}
.wb .wbg-card {{ border: 1px solid var(--wb-line); border-radius: 8px; padding: 12px 14px; }}
.wb .wbg-card h4 {{ margin: 0 0 2px; font-size: 15px; font-weight: 650; }}
.wb .wbg-card .wbp-number {{ font-size: 34px; }}
.wb .wbg-card .wbp-of {{ font-size: 13px; }}
.wb .wbg-card .wbp-legend {{ display: none; }}
.wb .wbg-scroll {{ overflow-x: auto; }}
.wb .wbg-scroll table.wb-table td.wb-wide {{ max-width: 320px; }}
#about td.wb-wide {{ max-width: none; min-width: 190px; }}
#about td.wb-wide > div {{ white-space: normal; line-height: 1.3; padding: 4px 0; }}
#about table {{ margin-bottom: 18px; }}
"""
# The widgets' stylesheets name JupyterLab's colours; here they are Gradio's.
CSS = f"""
.wb {{ --jp-ui-font-color1: var(--body-text-color);
  --jp-ui-font-color2: var(--body-text-color-subdued);
  --jp-border-color2: var(--border-color-primary);
  --jp-layout-color1: var(--background-fill-primary);
  --jp-layout-color2: var(--background-fill-secondary);
  --jp-brand-color1: #1976d2; --jp-content-link-color: var(--link-text-color); }}
{TABS}
.wb {{ max-width: none !important; padding: 0 !important; font-size: 14px; line-height: 1.45; }}
.html-container {{ padding: 2px 6px !important; }}
label > span[data-testid="block-info"] {{ display: block; }}
.dark .wb .wbp-out {{ color: #fbbf24; }}
.dark .wb .wbp-dot {{ border-color: #0b0f19; }}
.dark .wb .wbp-span {{ opacity: .75; }}
.dark .wb .wbp-up {{ background: #4aa8e8; }}
.dark .wb .wbp-dot {{ background: #8ccbf5; box-shadow: 0 0 0 1px #8ccbf5; }}
.wbg-inputs :is(input, textarea):disabled {{ opacity: .45; cursor: not-allowed; }}
.wbg-inputs .block {{ padding: 8px 10px !important; }}
.wbg-inputs .form {{ gap: 0; }}
.secondary-wrap .icon-wrap {{ flex: none; }}
footer > .divider:last-child {{ display: none; }}
.wbg-list .wrap {{ flex-direction: column; flex-wrap: nowrap; gap: 6px; }}
.wbg-list label {{ width: 100%; white-space: pre-line; align-items: flex-start !important; }}
.wbg-list label input {{ margin-top: 3px; }}
.wbg-list label span {{ font-size: 13px; line-height: 1.4; color: var(--body-text-color-subdued);
  font-weight: 400; }}
.wbg-list label span::first-line {{ font-size: 14px; font-weight: 600;
  color: var(--body-text-color); }}
"""


def theme() -> gr.themes.Base:
    """Make the theme; fonts are those of the visitor's system."""
    made = gr.themes.Default(
        primary_hue="blue",
        secondary_hue="blue",
        neutral_hue="slate",
        spacing_size="sm",
        radius_size="md",
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    )
    # Gradio's own grey is too light for small letters.
    return made.set(
        body_text_color_subdued="*neutral_500", block_info_text_color="*neutral_500",
        body_text_color_subdued_dark="*neutral_400", block_info_text_color_dark="*neutral_400",
    )  # fmt: skip


def block(html: str) -> str:
    """Give HTML the look of the workbook's widgets."""
    return f'<div class="wb">{html}</div>'


def place(html: str = "", name: str | None = None) -> gr.HTML:
    """Make a place for HTML from `block`, under `name` for who looks for it."""
    return gr.HTML(html, elem_id=name, apply_default_css=False)


def still(html: str) -> str:
    """Give HTML of a tab its look where there is no page around it, as in a notebook."""
    return f"<style>{TABS}</style>{html}"
