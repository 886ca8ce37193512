"""The one place where the page is served: on this machine, unless it is shared on purpose."""

from __future__ import annotations

import contextlib
import io
import socket
import warnings
from collections.abc import Iterator

import gradio as gr
from gradio_client.utils import is_file_obj_with_meta, is_http_url_like, traverse

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

UNFIT = (
    "What was sent is not what this function takes: too few values, a value of another kind, or a "
    "file that was not uploaded. 'Use via API' at the foot of the page tells what it takes."
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
    _take_uploads_only(page)
    told = io.StringIO()
    # What Gradio prints is about its own defaults; the caller tells what there is to tell.
    with contextlib.redirect_stdout(told), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, local, public = page.launch(
            share=bool(share), server_name=HOST, server_port=port, prevent_thread_lock=True,
            inline=False, inbrowser=False, quiet=True, debug=False, show_error=False,
            auth=(USER, password) if password else None,
            auth_message=f"User: {USER}" if password else None,
            max_file_size=UPLOAD_MB * 2**20, state_session_capacity=SESSIONS,
            footer_links=["api"], run_history=False, ssr_mode=False, pwa=False,
            mcp_server=False, enable_monitoring=False, num_workers=0, theme=theme(), css=CSS,
        )  # fmt: skip
    try:
        yield local.rstrip("/"), public or ""
    finally:
        page.close(verbose=False)


def _take_uploads_only(page: gr.Blocks) -> None:
    """Refuse what does not fit before anything is done with it.

    An address in place of an uploaded file Gradio would fetch, however large; of what else does
    not fit it tells with paths and types of its own.
    """
    own = page.preprocess_data

    def refuse(file: dict[str, object]) -> dict[str, object]:
        if is_http_url_like(file["path"]):
            raise gr.Error(
                "file: an upload expected, found an address", print_exception=False,
                title="Not possible",
            )  # fmt: skip
        return file

    async def checked(function: object, inputs: list, *rest: object, **named: object) -> object:
        traverse(inputs, refuse, is_file_obj_with_meta)
        try:
            return await own(function, inputs, *rest, **named)
        except gr.Error:
            raise
        except Exception:
            raise gr.Error(UNFIT, print_exception=False, title="Not possible") from None

    page.preprocess_data = checked


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
