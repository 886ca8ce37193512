"""The ordered list of notebooks: what each needs and makes, and its parameters."""

from __future__ import annotations

import difflib
from collections.abc import Container
from dataclasses import dataclass

from lib.errors import ParameterError

PROFILES = ("sample", "full")
TRACKS_CSV = "tracks/dataset.csv"
MPD = "mpd"
PLAYLIST_TABLES = "polimi2018"


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


@dataclass(frozen=True)
class Stage:
    """One notebook in the order of the run.

    Attributes
    ----------
    name : str
        File name of the notebook without ``.ipynb``.
    question : str
        What the notebook answers, one line.
    raw : tuple of str
        Raw data sets it reads, see `lib.pipeline.sources.RAW_SETS`.
    needs : tuple of str
        Names of the notebooks whose tables it reads.
    makes : tuple of str
        Tables it writes for others.
    parameters : dict of str to Parameter
        Its own parameters, beside the common ``PROFILE`` and ``DATA_DIR``.
    models : tuple of str, optional
        Model folders it writes for others.
    any_of : tuple of str, optional
        Raw data sets of which it reads those that are there, but at least one.
    stores : tuple of str, optional
        Names of the stores of playlists that it may write for others, one a set of `any_of`.
    """

    name: str
    question: str
    raw: tuple[str, ...]
    needs: tuple[str, ...]
    makes: tuple[str, ...]
    parameters: dict[str, Parameter]
    models: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()


SEED = Parameter(42, "seed of everything random", 0, 2**31 - 1)
REPLICATES = Parameter(400, "bootstrap replicates behind each interval", 50, 10_000)

STAGES: tuple[Stage, ...] = (
    Stage(
        "01_explore_tracks",
        "What does the table hold, and what goes with popularity?",
        raw=(TRACKS_CSV,),
        needs=(),
        makes=(),
        parameters={
            "MIN_TRACKS": Parameter(10, "fewest tracks of an artist in the ranking", 1, 1000),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
    ),
    Stage(
        "02_clean_tracks",
        "Which rows are copies of each other, and what does removing them change?",
        raw=(TRACKS_CSV,),
        needs=(),
        makes=("audio_v2", "exact", "tracks", "recordings"),
        parameters={
            "KEEP_POPULARITY": Parameter(
                "max",
                "popularity kept for a recording with several ids",
                choices=("max", "median", "mean"),
            ),
        },
    ),
    Stage(
        "03_engineer_features",
        "Which features can be known before a track is out, and which leak?",
        raw=(TRACKS_CSV,),
        needs=("02_clean_tracks",),
        makes=("features_37_train", "features_37_test", "features_9", "model_tracks", "folds"),
        parameters={
            "MACRO_GENRES": Parameter(
                "total",
                "macro-genre map: the published rules, or the total one",
                choices=("published", "total"),
            ),
            "FOLDS": Parameter(5, "folds of each named split", 2, 20),
            "SEED": SEED,
        },
    ),
    Stage(
        "04_compare_models",
        "How well can popularity be predicted for a new artist, and for a known one?",
        raw=(),
        needs=("03_engineer_features",),
        makes=("predictions",),
        parameters={
            "RF_TREES": Parameter(60, "trees of the random forest", 1, 2000),
            "XGB_TREES": Parameter(400, "trees of XGBoost", 1, 5000),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
    ),
    Stage(
        "05_audit_claims",
        "Which published scores hold, and what are the others made of?",
        raw=(TRACKS_CSV,),
        needs=("02_clean_tracks", "03_engineer_features"),
        makes=("claims",),
        parameters={
            "FULL_TREES_ROWS": Parameter(
                100_000,
                "rows from which models have all their trees; below, in proportion",
                1,
                10**8,
            ),
            "XGB_TREES": Parameter(400, "trees of XGBoost in the ladder", 1, 5000),
            "TESTED_FOLDS": Parameter(1, "folds that honest reruns are tested on", 1, 20),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
    ),
    Stage(
        "06_artists_and_albums",
        "What do the artist's other songs, the title and the album add, and what leaks there?",
        raw=(),
        needs=("02_clean_tracks", "03_engineer_features"),
        makes=(),
        parameters={
            "XGB_TREES": Parameter(170, "most trees of XGBoost", 1, 5000),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
    ),
    Stage(
        "07_tune_models",
        "Does a search for settings, or a stack of models, beat settings by hand?",
        raw=(),
        needs=("03_engineer_features", "04_compare_models"),
        makes=("trials", "settings"),
        parameters={
            "TRIALS": Parameter(8, "trials of each study; more of them continue it", 3, 1000),
            "TUNED_FOLDS": Parameter(3, "outer folds that are tuned and tested", 2, 20),
            "SOURCE_FOLDS": Parameter(1, "of these, folds for what published studies did", 1, 20),
            "SOURCE_SPACE": Parameter(
                "xgboost, nine features",
                "published search space that is searched as well",
                choices=(
                    "xgboost, nine features",
                    "xgboost, aggressive",
                    "forest, nine features",
                    "xgboost, artist mean",
                ),
            ),
            "MINUTES": Parameter(0.0, "time for each study, 0 for no limit", 0, 10_000),
            "RF_TREES": Parameter(60, "trees of the random forest", 1, 2000),
            "XGB_TREES": Parameter(500, "most trees of XGBoost", 1, 5000),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
    ),
    Stage(
        "08_train_model",
        "Which model goes into use, how sure is it, and does it come out the same twice?",
        raw=(),
        needs=("03_engineer_features",),
        makes=("intervals",),
        parameters={
            "XGB_TREES": Parameter(400, "trees of XGBoost", 1, 5000),
            "COVERAGE": Parameter(0.9, "share of tracks that the interval is to hold", 0.5, 0.99),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
        models=("popularity",),
    ),
    Stage(
        "09_explain_model",
        "What does the model lean on, and what would change a prediction?",
        raw=(),
        needs=("03_engineer_features", "08_train_model"),
        makes=(),
        parameters={
            "TRACK_ID": Parameter("", "track to ask about; empty for three held-out examples"),
            "MODELS": Parameter(40, "small models behind each effect's interval", 10, 1000),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
    ),
    Stage(
        "10_score_tracks",
        "What would the model say of these tracks, how sure, and why?",
        raw=(TRACKS_CSV,),
        needs=("08_train_model",),
        makes=(),
        parameters={
            "TRACKS": Parameter(
                "", "CSV in the Kaggle layout; empty for the run's own catalogue", file="read"
            ),
            "MODEL": Parameter(
                "", "folder of a stored model; empty for that of 08_train_model", file="read"
            ),
            "OUTPUT": Parameter(
                "", "CSV to write; empty for scores.csv beside the figures", file="written"
            ),
        },
    ),
)


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
    wanted = name.removesuffix(".ipynb").removeprefix("notebooks/")
    found = [s for s in STAGES if s.name == wanted] or [
        s for s in STAGES if wanted and s.name.startswith(wanted)
    ]
    if len(found) == 1:
        return found[0]
    names = [s.name for s in STAGES]
    raise ParameterError(
        f"notebook {name!r}: {'more than one notebook begins so' if found else 'unknown'}; "
        f"expected one of {', '.join(names)}{_did_you_mean(wanted, names)}"
    )


def with_upstream(name: str) -> list[Stage]:
    """List a stage and all it needs, in the order of the run.

    Examples
    --------
    >>> [s.name for s in with_upstream("03_engineer_features")]
    ['02_clean_tracks', '03_engineer_features']
    """
    wanted = {stage(name).name}
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
            f"{_did_you_mean(str(profile), list(PROFILES))}"
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
                f"{_did_you_mean(name, list(known))}"
            )
        _check_value(f"{owner.name}.{name}", known[name], value)
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


def describe_parameter(parameter: Parameter) -> str:
    """Say in words what a parameter accepts.

    Examples
    --------
    >>> describe_parameter(SEED)
    'a whole number from 0 to 2147483647'
    """
    if parameter.choices:
        return "one of " + ", ".join(parameter.choices)
    noun = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}[
        type(parameter.default)
    ]
    if parameter.low is None:
        return noun
    return f"{noun} from {parameter.low} to {parameter.high}"


def _check_value(label: str, parameter: Parameter, value: object) -> None:
    kind = type(parameter.default)
    # A whole number is welcome where a float is expected; True is not a number here.
    right_type = type(value) is kind or (kind is float and type(value) is int)
    inside = right_type and (
        (parameter.low is None or value >= parameter.low)  # type: ignore[operator]
        and (parameter.high is None or value <= parameter.high)  # type: ignore[operator]
        and (not parameter.choices or value in parameter.choices)
    )
    if not inside:
        raise ParameterError(f"{label}: expected {describe_parameter(parameter)}, found {value!r}")


def _did_you_mean(wanted: str, names: list[str]) -> str:
    close = difflib.get_close_matches(wanted, names, n=1)
    return f"; did you mean {close[0]}?" if close else ""
