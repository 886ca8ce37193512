"""A notebook's parameter: its default, its range, and words for both."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from lib.errors import ParameterError


@dataclass(frozen=True)
class Parameter:
    """One parameter of a notebook.

    Attributes
    ----------
    default : bool, int, float or str
        The value in the notebook's parameters cell; its type is the parameter's type.
    help : str
        One line for the user, with the unit.
    low, high : float, optional
        Closed range of a number.
    choices : tuple of str, optional
        Allowed texts.
    file : {"", "read", "written"}, optional
        Whether the value names a file or folder that the notebook reads or writes.
    """

    default: bool | int | float | str
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    file: str = ""


def describe_parameter(parameter: Parameter) -> str:
    """Say in words what a parameter accepts.

    Examples
    --------
    >>> describe_parameter(Parameter(42, "seed", 0, 99))
    'a whole number from 0 to 99'
    """
    if parameter.choices:
        return "one of " + ", ".join(choice or "(empty)" for choice in parameter.choices)
    noun = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}[
        type(parameter.default)
    ]
    if parameter.low is None:
        return noun
    return f"{noun} from {parameter.low} to {parameter.high}"


def check_value(label: str, parameter: Parameter, value: object) -> None:
    """Raise when a value has the wrong type or lies outside the range; `label` names it.

    Raises
    ------
    ParameterError
        Naming what is expected.
    """
    kind = type(parameter.default)
    # A whole number is welcome where a float is expected; True is not a number here.
    right_type = type(value) is kind or (kind is float and type(value) is int)
    inside = right_type and (
        (parameter.low is None or value >= parameter.low)  # type: ignore[operator]
        and (parameter.high is None or value <= parameter.high)  # type: ignore[operator]
        and (not parameter.choices or value in parameter.choices)
    )
    if not inside:
        # papermill takes what looks like a number, true or None for one.
        hint = f"; with papermill, -r {label.rpartition('.')[2]} {value}" if kind is str else ""
        raise ParameterError(
            f"{label}: expected {describe_parameter(parameter)}, found {value!r}"
            f"{'' if isinstance(value, str) else hint}"
        )


def did_you_mean(wanted: str, names: list[str]) -> str:
    """Name what was probably meant, or say nothing.

    Examples
    --------
    >>> did_you_mean("SED", ["SEED", "TOP"])
    '; did you mean SEED?'
    """
    close = difflib.get_close_matches(wanted, names, n=1)
    return f"; did you mean {close[0]}?" if close else ""
