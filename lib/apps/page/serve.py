"""The one place where the page is served: on this machine, unless it is shared on purpose."""

from __future__ import annotations

import contextlib
import io
import socket
import warnings
from collections.abc import Iterator

import gradio as gr

from lib.apps.page.look import CSS, theme
from lib.apps.page.tab_batch import UPLOAD_MB
from lib.errors import ParameterError

HOST = "127.0.0.1"
USER = "guest"
"""Name that goes with the password."""
SESSIONS = 500
"""Visitors whose state is kept; that of the one who was away longest goes first."""
NOT_SHARED = (
    "No public address could be had: this needs the network, and gradio.live. The page is served "
    "on this machine only."
)


@contextlib.contextmanager
def serving(
    page: gr.Blocks, port: int = 0, share: bool = False, password: str = ""
) -> Iterator[tuple[str, str]]:
    """Serve the page until the block ends.

    Parameters
    ----------
    page : gradio.Blocks
        From `lib.apps.page.layout.build_page`.
    port : int, optional
        0 for any that is free.
    share : bool, optional
        Have a public address at gradio.live as well. This asks the network.
    password : str, optional
        For the user `USER`; empty for none.

    Yields
    ------
    local, public : str
        Addresses; the public one is empty where there is none.

    Raises
    ------
    ParameterError
        When the port is not free.
    """
    port = _free_port(port)
    told = io.StringIO()
    # What Gradio prints is about its own defaults; the caller tells what there is to tell.
    with contextlib.redirect_stdout(told), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, local, public = page.launch(
            share=bool(share), server_name=HOST, server_port=port, prevent_thread_lock=True,
            inline=False, inbrowser=False, quiet=True, debug=False, show_error=True,
            auth=(USER, password) if password else None,
            auth_message=f"User: {USER}" if password else None,
            max_file_size=UPLOAD_MB * 2**20, state_session_capacity=SESSIONS,
            footer_links=["api"], run_history=False, ssr_mode=False, pwa=False,
            mcp_server=False, enable_monitoring=False, num_workers=1, theme=theme(), css=CSS,
        )  # fmt: skip
    try:
        yield local.rstrip("/"), public or ""
    finally:
        page.close(verbose=False)


def _free_port(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise ParameterError(
                f"--port {port}: not free; name another one, or 0 for any that is"
            ) from None
        return probe.getsockname()[1]
