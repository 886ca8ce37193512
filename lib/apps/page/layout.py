"""The page as a whole: a heading and seven tabs."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from lib.apps.page import (
    tab_about,
    tab_batch,
    tab_compare,
    tab_dashboard,
    tab_explore,
    tab_playlist,
    tab_predict,
)
from lib.apps.page.data import PageData
from lib.apps.page.look import block, place
from lib.apps.page.outbox import Outbox
from lib.apps.view.html_text import escape

TITLE = "Music popularity workbook"
WAITING = 200
"""Questions that wait at most; more are told to come back later."""
CACHED_S = 3600


def build_page(data: PageData, outbox: Outbox, flags: Path) -> gr.Blocks:
    """Build the page; nothing is served yet, and nothing asks the network.

    Parameters
    ----------
    data : PageData
    outbox : Outbox
        Where files that the page hands out are written first.
    flags : pathlib.Path
        File that visitors' flags go to, see `lib.apps.page.flags.write_flag`.
    """
    with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(CACHED_S, CACHED_S)) as page:
        place(block(f'<h1>{TITLE}</h1><div class="wbg-whose">{escape(data.headline)}</div>'))
        with gr.Tabs():
            with gr.Tab("Predict"):
                predict = tab_predict.build(data, outbox, flags)
            with gr.Tab("Compare models") as tab:
                tab_compare.build(data, predict, tab)
            with gr.Tab("Continue a playlist"):
                tab_playlist.build(data, outbox)
            with gr.Tab("Explore") as tab:
                tab_explore.build(data, outbox, tab)
            with gr.Tab("Dashboard") as tab:
                tab_dashboard.build(data, tab)
            with gr.Tab("Batch"):
                tab_batch.build(data, outbox)
            with gr.Tab("About the numbers"):
                tab_about.build(data)
    page.queue(max_size=WAITING, default_concurrency_limit=2)
    return page
