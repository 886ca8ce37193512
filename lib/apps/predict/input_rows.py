"""The sixteen inputs of a model as controls, with training range, or why it is ignored."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import ipywidgets as widgets
import numpy as np

from lib.apps.predict.inputs import ARTIST, GENRES, MENUS, exact_text, shown, value_text, words_of
from lib.apps.predict.state import PredictState
from lib.apps.view.guard import Guard
from lib.apps.view.html_text import escape
from lib.apps.view.labels import MS_A_MINUTE
from lib.modelling.predict import Input
from lib.tracks.columns import COLUMNS

NAME_PX = 116
USUAL = 0.995
"""The slider of the length ends where this share of the catalogue's tracks do; a longer track
that is loaded moves the end."""


class InputControls:
    """One control an input, over the setting of a `PredictState`.

    Attributes
    ----------
    controls : dict of str to ipywidgets.Widget
        By input.
    notes : dict of str to ipywidgets.HTML
        What stands beside each: its training range, or why the model ignores it.
    root : ipywidgets.VBox
    """

    def __init__(self, state: PredictState, guard: Guard, on_change: Callable[[], None]) -> None:
        self.state, self._on_change = state, on_change
        self._busy, self._places = False, {}
        self._all_genres = sorted({g for genres in state.tracks.table[GENRES] for g in genres})
        self.controls: dict[str, widgets.Widget] = {}
        self.notes: dict[str, widgets.HTML] = {}
        for one in state.inputs():
            control = self._control(one)
            control.observe(guard(partial(self._changed, one.name)), "value")
            self.controls[one.name] = control
            self.notes[one.name] = widgets.HTML(
                layout=widgets.Layout(width="122px", flex="0 0 auto")
            )
        self.root = widgets.VBox([self._row(name) for name in self.controls])
        self.root.add_class("wbp-inputs")
        self.show()

    def show(self) -> None:
        """Show the setting of the state, and what the chosen model makes of each input."""
        self._busy = True
        try:
            for name, value in self.state.setting.items():
                self._set(name, value)
        finally:
            self._busy = False
        self.mark()

    def mark(self) -> None:
        """Tell beside each control its training range, or why the model ignores it."""
        for one in self.state.inputs():
            self.controls[one.name].disabled = not one.used
            text = self._note(one)
            if self.notes[one.name].value != text:
                self.notes[one.name].value = text

    def _changed(self, name: str, change: dict[str, object]) -> None:
        if self._busy:
            return
        value = change["new"]
        if isinstance(change["owner"], widgets.FloatSlider):
            # The browser may send back what it was given, to a rounding: no wish of the user's,
            # and the setting is more exact than the slider.
            if abs(value - self._places.get(name, np.inf)) < change["owner"].step / 4:
                return
            self._places[name] = value
            value = round(value * MS_A_MINUTE) if name == "duration_ms" else value
        self.state.set(name, value)
        if name == ARTIST:
            self.controls[ARTIST].options = self.state.artists(str(value))
        self._on_change()

    def _control(self, one: Input) -> widgets.Widget:
        layout = widgets.Layout(flex="1 1 auto", width="auto", min_width="0")
        style = {"description_width": f"{NAME_PX}px"}
        told = {"description": words_of(one.name), "layout": layout, "style": style}
        if one.name == GENRES:
            return widgets.SelectMultiple(options=self._all_genres, rows=5, **told)
        if one.name == ARTIST:
            told["placeholder"] = "empty: an unseen artist"
            return widgets.Combobox(options=self.state.artists(), ensure_option=False, **told)
        if one.name in MENUS:
            return widgets.Dropdown(options=MENUS[one.name], **told)
        limits = COLUMNS[one.name].checks[0].statistics
        low, high = limits["min_value"], limits["max_value"]
        # As fine as the read-out, so that a track's own value is what stands there.
        form = shown(one.name).form
        step = 10.0 ** -int(form[1])
        if one.name == "duration_ms":
            usual = np.quantile(self.state.tracks.table["duration_ms"], USUAL) / MS_A_MINUTE
            low, high = 0.0, float(np.ceil(usual))
        return widgets.FloatSlider(min=low, max=high, step=step, readout_format=form, **told)

    def _row(self, name: str) -> widgets.HBox:
        top = "flex-start" if name == GENRES else "center"
        layout = widgets.Layout(align_items=top, grid_gap="8px")
        return widgets.HBox([self.controls[name], self.notes[name]], layout=layout)

    def _set(self, name: str, value: object) -> None:
        control = self.controls[name]
        if name == GENRES:
            known = sorted({*self._all_genres, *value})
            # The chosen ones first, so that they are seen without scrolling.
            control.options = [*value, *(one for one in known if one not in value)]
            control.value = value
        elif name == ARTIST:
            control.options = self.state.artists(str(value))
            control.value = str(value)
        elif name in MENUS:
            if value not in [one for _, one in control.options]:
                control.options = (*control.options, (value_text(name, value), value))
            control.value = value
        else:
            number = value / MS_A_MINUTE if name == "duration_ms" else value
            # On a step: else the browser would move it there, and take that for a wish.
            number = control.min + round((number - control.min) / control.step) * control.step
            control.max = max(control.max, number)
            self._places[name] = control.value = number

    def _note(self, one: Input) -> str:
        if not one.used:
            return f'<div class="wbp-why">ignored: {escape(one.reason)}</div>'
        if one.name in (GENRES, ARTIST):
            more = "<br>Ctrl, ⌘: several" if one.name == GENRES else ""
            return f'<div class="wbp-range">{len(one.choices):,} in training{more}</div>'
        if one.kind == "flag" or one.low is None or one.high is None:
            return ""
        if not one.low <= self.state.setting[one.name] <= one.high:
            return f'<div class="wbp-out">{escape(f"outside {_range(one, exact_text)}")}</div>'
        return "" if one.name in MENUS else f'<div class="wbp-range">{escape(_range(one))}</div>'


def _range(one: Input, write: Callable[[str, float], str] = value_text) -> str:
    # Exact where a rounded end could read as if the value were inside.
    write = value_text if one.name in (*MENUS, "duration_ms") else write
    low, high = (write(one.name, value) for value in (one.low, one.high))
    if one.name not in MENUS:
        low, high = low.split(" ")[0], high.split(" ")[0]
    return f"{low} to {high} {'' if one.name in MENUS else shown(one.name).short}".rstrip()
