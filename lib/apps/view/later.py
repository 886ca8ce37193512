"""Work that may follow a little later, once the user pauses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

DELAY_S = 0.15


class Later:
    """Call a function when nothing has been asked for `delay_s` seconds.

    While a slider moves, what is quick is done at each step, and what is slow when it rests.
    Without a running event loop, as in tests and scripts, the function is called at once.

    Parameters
    ----------
    act : callable
        Guarded, see `lib.apps.view.guard.Guard`.
    delay_s : float, optional
    """

    def __init__(self, act: Callable[[], None], delay_s: float = DELAY_S) -> None:
        self.act, self.delay_s = act, delay_s
        self._waiting: asyncio.TimerHandle | None = None

    def __call__(self) -> None:
        """Ask for the function to be called; an earlier wish is dropped."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.act()
            return
        self._waiting = loop.call_later(self.delay_s, self.act)
