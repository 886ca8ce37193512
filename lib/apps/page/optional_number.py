"""A number that may be left out.

Gradio's own control for numbers turns an empty one into 0 as soon as it is shown, so this one is a
text that is read as a number.
"""

from __future__ import annotations

import gradio as gr

from lib.apps.page.checks import number_of, text_of
from lib.errors import ParameterError

LONGEST = 20
"""Letters of a number at most."""


def optional_number(label: str, placeholder: str, **options: object) -> gr.Textbox:
    """Make the control; empty at first."""
    return gr.Textbox("", label=label, placeholder=placeholder, max_length=LONGEST, **options)


def number_or_none(value: object, name: str) -> float | None:
    """Read what stands on the control.

    Raises
    ------
    ParameterError
        When it is neither empty nor a finite number.

    Examples
    --------
    >>> number_or_none("", "year"), number_or_none(" 0.5 ", "energy")
    (None, 0.5)
    """
    text = text_of(value, name, LONGEST)
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        raise ParameterError(
            f"{name}: a number such as 0.5 expected, or nothing; found {text!r}"
        ) from None
    return number_of(number, name)
