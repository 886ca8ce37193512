"""Errors in a widget's callbacks: shown on screen, and not lost.

`ipywidgets.Button.click` swallows what a handler raises, and an error in an observer ends in a log
that nobody looks at. A callback decorated by a `Guard` tells in a red box beside the controls.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable

import ipywidgets as widgets

from lib.apps.view.html_text import escape
from lib.errors import WorkbookError

LOG = logging.getLogger(__name__)
"""Where faults of the workbook are told; tests fail when one is."""


class Guard:
    """A red box, and a decorator that fills it.

    Attributes
    ----------
    box : ipywidgets.HTML
        To be placed where the user looks; empty while all is well.
    faults : list of Exception
        What callbacks raised that the user cannot mend.
    """

    def __init__(self) -> None:
        self.box = widgets.HTML()
        self.faults: list[Exception] = []

    def __call__(self, callback: Callable[..., None]) -> Callable[..., None]:
        """Decorate a callback.

        What the user can mend (`lib.errors.WorkbookError`) is shown, and that is all. Anything else
        is a fault of the workbook: it is shown as such, logged, kept in `faults` and raised again.
        A callback that works clears the box.
        """

        @functools.wraps(callback)
        def guarded(*arguments: object) -> None:
            try:
                callback(*arguments)
            except WorkbookError as error:
                self._show("", str(error))
            except Exception as error:
                self.faults.append(error)
                self._show(
                    "A fault of the workbook, not yours. ", f"{type(error).__name__}: {error}"
                )
                LOG.exception("callback %s failed", callback.__qualname__)
                raise
            else:
                self.box.value = ""

        return guarded

    def _show(self, before: str, text: str) -> None:
        self.box.value = f'<div class="wb-error" role="alert"><b>{before}</b>{escape(text)}</div>'
