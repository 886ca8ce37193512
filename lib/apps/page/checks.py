"""What visitors and programs send is anything: checked here before it is used."""

from __future__ import annotations

import functools
import html
import logging
import math
from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar

import gradio as gr

from lib.errors import ParameterError, WorkbookError

P = ParamSpec("P")
R = TypeVar("R")
LOG = logging.getLogger(__name__)
MOST_TEXT = 300
"""Letters of a text at most."""
MOST_NAMES = 100
"""Names in a list at most."""


def answering(callback: Callable[P, R]) -> Callable[P, R]:
    """Decorate a callback: what a visitor can mend becomes a sentence on screen.

    Anything else is a fault of the workbook; it is logged here and told without its inside.
    The sentence is HTML where it is shown, so what it quotes is made harmless.
    """

    @functools.wraps(callback)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return callback(*args, **kwargs)
        except WorkbookError as error:
            text = html.escape(str(error), quote=False)
            raise gr.Error(text, print_exception=False, title="Not possible") from None
        except gr.Error:
            raise
        except Exception as error:
            LOG.exception("callback %s failed", callback.__qualname__)
            told = f"A fault of the workbook, not yours ({type(error).__name__}); it is in the log."
            raise gr.Error(told, print_exception=False, title="Fault") from None

    return guarded


def text_of(value: object, name: str, most: int = MOST_TEXT) -> str:
    """Return a text; nothing counts as ``""``.

    Examples
    --------
    >>> text_of(" gym ", "title"), text_of(None, "title")
    ('gym', '')
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ParameterError(f"{name}: a text expected, found {_short(value)}")
    if len(value) > most:
        raise ParameterError(
            f"{name}: at most {most} letters expected, found {len(value):,}; shorten it"
        )
    try:  # JSON can hold half of a pair of surrogates, which is no letter to anything behind this
        value.encode()
    except UnicodeEncodeError:
        raise ParameterError(f"{name}: letters expected, found {_short(value)}") from None
    return value.strip()


def names_of(value: object, name: str, known: object = None, most: int = MOST_NAMES) -> list[str]:
    """Return a list of texts, each of those that are known, if given; nothing counts as empty."""
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        raise ParameterError(f"{name}: a list of texts expected, found {_short(value)}")
    if len(value) > most:
        raise ParameterError(f"{name}: at most {most} expected, found {len(value):,}")
    found = [text_of(one, name) for one in value]
    for one in found:
        if not one or (known is not None and one not in known):
            near = "" if known is None else f", one of {', '.join(list(known)[:8])}, …"
            raise ParameterError(f"{name}: {_short(one)} is unknown; a name expected{near}")
    return found


def number_of(value: object, name: str) -> float:
    """Return a finite number.

    Examples
    --------
    >>> number_of(3, "length")
    3.0
    """
    # Whole numbers of any length are numbers to Python, but not to anything behind this.
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e15:
        raise ParameterError(f"{name}: a number expected, found {_short(value)}")
    if not math.isfinite(value):
        raise ParameterError(f"{name}: a number expected, found {value}")
    return float(value)


def whole_of(value: object, name: str, low: int, high: int) -> int:
    """Return a whole number from `low` to `high`."""
    number = number_of(value, name)
    if not number.is_integer() or not low <= number <= high:
        raise ParameterError(
            f"{name}: a whole number from {low} to {high:,} expected, found {number:g}"
        )
    return int(number)


def mapping_of(value: object, name: str, known: object) -> dict[str, object]:
    """Return a mapping with no keys but known ones; nothing counts as empty."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ParameterError(f"{name}: values by name expected, found {_short(value)}")
    unknown = [key for key in value if key not in known]
    if unknown:
        raise ParameterError(
            f"{name}: {_short(unknown[0])} is unknown; expected some of {', '.join(known)}"
        )
    return dict(value)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
