"""The sixteen inputs as controls of the page, and what stands on them as a setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import gradio as gr

from lib.apps.page.answers import INPUTS, setting_of
from lib.apps.page.checks import number_of
from lib.apps.page.data import PageData
from lib.apps.predict.inputs import ARTIST, GENRES, MENUS, shown, value_text, words_of
from lib.apps.view.labels import MS_A_MINUTE
from lib.errors import ParameterError
from lib.modelling.predict import Input
from lib.tracks.columns import COLUMNS

_STEPS = {"d": 1, ".0f": 1, ".1f": 0.1, ".2f": 0.01}


def make_controls(data: PageData, setting: Mapping[str, object]) -> dict[str, gr.Component]:
    """Make a control an input, in two columns."""
    made: dict[str, gr.Component] = {}
    inputs = {one.name: one for one in data.models.get(data.first)[1]}
    order = [GENRES, ARTIST, *(name for name in INPUTS if name not in (GENRES, ARTIST))]
    with gr.Row(elem_classes="wbg-inputs"):
        for names in (order[::2], order[1::2]):
            with gr.Column(min_width=210):
                for name in names:
                    made[name] = _control(data, inputs[name], on_control(name, setting[name]))
    return {name: made[name] for name in INPUTS}


def on_control(name: str, value: object) -> object:
    """Return what stands on a control for a value: rounded as it is shown, length in minutes."""
    if name == GENRES:
        return list(value)
    if name == ARTIST or name in MENUS:
        return value
    return round(value / (MS_A_MINUTE if name == "duration_ms" else 1), _digits(name))


def limits_on(name: str) -> tuple[float, float]:
    """Return the lowest and highest number that a control takes: what any track can have."""
    limits = COLUMNS[name].checks[0].statistics
    scale = MS_A_MINUTE if name == "duration_ms" else 1
    return limits["min_value"] / scale, limits["max_value"] / scale


def setting_on(data: PageData, values: Sequence[object], track_id: str) -> dict[str, object]:
    """Return the setting that controls show; what was not moved is the track's to the last digit.

    Raises
    ------
    ParameterError
        When a value is none that a track can have.
    """
    loaded = data.tracks.setting(track_id)
    given = {}
    for name, value in zip(INPUTS, values, strict=True):
        if name in (GENRES, ARTIST):
            given[name] = value
        elif value is None:
            raise ParameterError(f"{words_of(name)}: a value expected, found none; fill it in")
        elif name in MENUS:
            given[name] = value
        else:
            number = number_of(value, words_of(name))
            low, high = limits_on(name)
            if not low <= number <= high:
                raise ParameterError(
                    f"{words_of(name)}: {low:g} to {high:g} ({shown(name).unit}) expected, found "
                    f"{number:g}"
                )
            if abs(number - on_control(name, loaded[name])) < 10.0 ** -_digits(name) / 4:
                given[name] = loaded[name]
            else:
                given[name] = round(number * MS_A_MINUTE) if name == "duration_ms" else number
    return setting_of(data, given)


def notes_for(inputs: Sequence[Input]) -> list[dict[str, object]]:
    """Say on each control the model's training range; one that it ignores is greyed, and why."""
    by_name = {one.name: one for one in inputs}
    return [gr.update(info=_note(by_name[name]), interactive=by_name[name].used) for name in INPUTS]


def _control(data: PageData, one: Input, value: object) -> gr.Component:
    told = {"label": _label(one.name), "info": _note(one), "interactive": one.used}
    if one.name == GENRES:
        return gr.Dropdown(list(data.genres), value=value, multiselect=True, max_choices=20, **told)
    if one.name == ARTIST:
        return gr.Textbox(value, placeholder="empty: an unseen artist", max_length=200, **told)
    if one.name in MENUS:
        return gr.Dropdown(list(MENUS[one.name]), value=value, **told)
    low, high = limits_on(one.name)
    step = _STEPS[shown(one.name).form]
    if one.name == "duration_ms":  # a few tracks last hours: no slider fits both these and songs
        return gr.Number(value, minimum=low, maximum=high, step=step, **told)
    return gr.Slider(low, high, value=value, step=step, buttons=[], **told)


def _label(name: str) -> str:
    if name in (GENRES, ARTIST, *MENUS):
        return words_of(name).capitalize()
    how = shown(name)
    return f"{how.words.capitalize()}, {how.short or how.unit}"


def _note(one: Input) -> str:
    if not one.used:
        return f"Ignored: {one.reason}."
    if one.name in (GENRES, ARTIST):
        return f"{len(one.choices):,} in training"
    if one.low is None or one.name in MENUS:
        return "in training: all" if one.name == "explicit" else _menu_note(one)
    low, high = (value_text(one.name, end) for end in (one.low, one.high))
    unit = f" {shown(one.name).unit}"
    return f"in training {low.removesuffix(unit)} to {high.removesuffix(unit)}"


def _menu_note(one: Input) -> str:
    if one.low is None or one.high is None:
        return ""
    there = [text for text, value in MENUS[one.name] if one.low <= value <= one.high]
    absent = [text for text, _ in MENUS[one.name] if text not in there]
    return f"not in training: {', '.join(absent)}" if absent else "in training: all"


def _digits(name: str) -> int:
    form = shown(name).form
    return int(form[1]) if form.startswith(".") else 0
