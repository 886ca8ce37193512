"""Find notebooks in the list, what they need, and check values for their parameters."""

from __future__ import annotations

from collections.abc import Container

from lib.errors import ParameterError
from lib.pipeline.notebook import Stage
from lib.pipeline.notebook_list import STAGES
from lib.pipeline.parameters import check_value, describe_parameter, did_you_mean

PROFILES = ("sample", "full")


def stage(name: str) -> Stage:
    """Find a stage by its name, or by a beginning that only one stage has.

    Raises
    ------
    ParameterError
        When no stage, or more than one, answers to the name.

    Examples
    --------
    >>> stage("02").name
    '02_clean_tracks'
    """
    wanted = name.removesuffix(".ipynb").rpartition("/")[2]
    found = [s for s in STAGES if s.name == wanted] or [
        s for s in STAGES if wanted and s.name.startswith(wanted)
    ]
    if len(found) == 1:
        return found[0]
    names = [s.name for s in STAGES]
    raise ParameterError(
        f"notebook {name!r}: {'more than one notebook begins so' if found else 'unknown'}; "
        f"expected one of {', '.join(names)}{did_you_mean(wanted, names)}"
    )


def with_upstream(*names: str) -> list[Stage]:
    """List stages and all they need, in the order of the run.

    Examples
    --------
    >>> [s.name for s in with_upstream("03_engineer_features")]
    ['02_clean_tracks', '03_engineer_features']
    """
    wanted = {stage(name).name for name in names}
    for candidate in reversed(STAGES):
        if candidate.name in wanted:
            wanted.update(candidate.needs)
    return [s for s in STAGES if s.name in wanted]


def raw_of(owner: Stage) -> tuple[str, ...]:
    """List the raw data sets behind a stage: its own, and those of all it needs.

    Examples
    --------
    >>> raw_of(stage("04_compare_models"))
    ('tracks/dataset.csv',)
    """
    behind = with_upstream(owner.name)
    return tuple(dict.fromkeys(name for s in behind for name in (*s.raw, *s.any_of)))


def lacking(owner: Stage, there: Container[str]) -> list[str]:
    """List the raw data sets that a stage cannot do without and that are not there.

    Examples
    --------
    >>> lacking(stage("04_compare_models"), {"mpd"})
    ['tracks/dataset.csv']
    """
    absent: dict[str, None] = {}
    for one in with_upstream(owner.name):
        absent |= dict.fromkeys(name for name in one.raw if name not in there)
        if one.any_of and not any(name in there for name in one.any_of):
            absent[one.any_of[0]] = None
    return list(absent)


def check_profile(profile: str) -> str:
    """Return the profile when it exists.

    Raises
    ------
    ParameterError
        When it does not.
    """
    if profile not in PROFILES:
        raise ParameterError(
            f"profile {profile!r}: unknown; expected one of {', '.join(PROFILES)}"
            f"{did_you_mean(str(profile), list(PROFILES))}"
        )
    return profile


def check_parameters(owner: Stage, values: dict[str, object]) -> dict[str, object]:
    """Return the stage's full set of parameters: the defaults, with these values over them.

    Raises
    ------
    ParameterError
        When a name is unknown, or a value has the wrong type or lies outside its range.

    Examples
    --------
    >>> check_parameters(stage("01"), {"MIN_TRACKS": 5})["MIN_TRACKS"]
    5
    """
    known = owner.parameters
    for name, value in values.items():
        if name not in known:
            raise ParameterError(
                f"{owner.name}.{name}: unknown parameter; expected one of {', '.join(known)}"
                f"{did_you_mean(name, list(known))}"
            )
        check_value(f"{owner.name}.{name}", known[name], value)
    return {name: values.get(name, parameter.default) for name, parameter in known.items()}


def parse_value(owner: Stage, name: str, text: str) -> object:
    """Turn the text of ``-p NOTEBOOK.NAME=VALUE`` into a value of the parameter's type.

    Raises
    ------
    ParameterError
        When the parameter is unknown or the text does not read as its type.

    Examples
    --------
    >>> parse_value(stage("01"), "MIN_TRACKS", "5")
    5
    """
    if name not in owner.parameters:
        check_parameters(owner, {name: text})
    default = owner.parameters[name].default
    kind = type(default)
    try:
        if kind is bool:
            value: object = {"true": True, "false": False}[text.lower()]
        else:
            value = kind(text)
    except (KeyError, ValueError):
        raise ParameterError(
            f"{owner.name}.{name}: expected {describe_parameter(owner.parameters[name])}, "
            f"found {text!r}"
        ) from None
    check_parameters(owner, {name: value})
    return value
