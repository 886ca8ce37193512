"""The explorer's filters as controls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import ipywidgets as widgets

from lib.apps.explore.filters import EVERYWHERE, TEXTS
from lib.apps.explore.state import Explorer
from lib.apps.view.guard import Guard
from lib.apps.view.labels import SHOWN
from lib.apps.view.parts import button
from lib.apps.view.style import heading, panel, quiet

ANY = "any"
_WIDE = {"width": "100%", "margin": "1px 0"}


@dataclass(frozen=True)
class Controls:
    """The controls of the filters, by what they filter.

    Attributes
    ----------
    root : ipywidgets.VBox
    text : ipywidgets.Text
    where : ipywidgets.Dropdown
    names : dict of str to ipywidgets.Widget
        Of ``macro_genre`` and ``track_genre`` (several may be chosen), ``explicit`` and ``mode``.
    ranges : dict of str to ipywidgets.FloatRangeSlider
        By column.
    reset : ipywidgets.Button
    """

    root: widgets.VBox
    text: widgets.Text
    where: widgets.Dropdown
    names: dict[str, widgets.Widget]
    ranges: dict[str, widgets.FloatRangeSlider]
    reset: widgets.Button


def controls(state: Explorer, guard: Guard, refresh: Callable[[], None]) -> Controls:
    """Make the controls, and tie them to the state.

    Parameters
    ----------
    state : Explorer
    guard : Guard
        Of the callbacks.
    refresh : callable
        Called when what is left has changed.
    """
    filters = state.filters
    layout = widgets.Layout(**_WIDE)
    text = widgets.Text(value=filters.text, placeholder="words, e.g. love tonight", layout=layout)
    text.tooltip = "Words to be found, all of them"
    where = widgets.Dropdown(options=[EVERYWHERE, *TEXTS], value=filters.where, layout=layout)
    macro = _several("macro_genre", filters.counts("macro_genre"), state, 6)
    genre = _several("track_genre", state.genre_choices(), state, 8)
    explicit = _menu("explicit", [(ANY, ANY), ("yes", "yes"), ("no", "no")])
    mode = _menu("mode", [(ANY, ANY), ("major", 1), ("minor", 0)])
    if len(filters.chosen.get("explicit", ())) == 1:
        explicit.value = filters.chosen["explicit"][0]
    if len(set(filters.ranges.get("mode", (0, 1)))) == 1:
        mode.value = int(filters.ranges["mode"][0])
    ranges = {name: _slider(state, name) for name in SHOWN if name != "mode"}
    busy: list[bool] = []

    def changed(act: Callable[[], None]) -> None:
        """Act on the state, then have the lists of genres and everything else follow."""
        if busy:
            return
        act()
        follow()
        refresh()

    def follow() -> None:
        busy.append(True)
        try:
            for box, counts in (
                (macro, filters.counts("macro_genre")),
                (genre, state.genre_choices()),
            ):
                column = "macro_genre" if box is macro else "track_genre"
                options = _counted(counts)
                if tuple(box.options) != tuple(options):
                    box.options = options
                box.value = filters.chosen.get(column, ())
        finally:
            busy.clear()

    def on(widget: widgets.Widget, act: Callable[[], None]) -> None:
        widget.observe(guard(lambda _: changed(act)), "value")

    def set_range(name: str) -> None:
        low, high = ranges[name].value
        least, most = ranges[name].min, ranges[name].max
        # An end left where it was does not filter, so that rounding can cost no track.
        state.filters.set_range(name, None if low <= least else low, None if high >= most else high)

    def set_mode() -> None:
        wanted = None if mode.value == ANY else mode.value
        filters.set_range("mode", wanted, wanted)

    def on_reset(_: object) -> None:
        busy.append(True)
        try:
            text.value, where.value, explicit.value, mode.value = "", EVERYWHERE, ANY, ANY
            macro.value = genre.value = ()
            for slider in ranges.values():
                slider.value = slider.min, slider.max
        finally:
            busy.clear()
        changed(state.reset)

    for one in (text, where):
        on(one, lambda: filters.search(text.value, where.value))
    on(macro, lambda: filters.choose("macro_genre", macro.value))
    on(genre, lambda: filters.choose("track_genre", genre.value))
    on(
        explicit,
        lambda: filters.choose("explicit", () if explicit.value == ANY else [explicit.value]),
    )
    on(mode, set_mode)
    for name, slider in ranges.items():
        on(slider, partial(set_range, name))
    reset = button("Reset all filters", "Let all rows through again", guard(on_reset), "100%")
    several = widgets.HTML(quiet("Ctrl or ⌘ and a click for several. Behind each: its rows."))
    units = widgets.HTML(quiet("Popularity from 0 to 100; without a unit: 0 to 1."))
    root = panel(
        heading("Text"), text, where,
        heading("Macro-genre"), macro, heading("Genre"), genre, several,
        heading("Sound and popularity"), units, *ranges.values(), explicit, mode, reset,
        width="380px",
    )  # fmt: skip
    names = {"macro_genre": macro, "track_genre": genre, "explicit": explicit, "mode": mode}
    return Controls(root, text, where, names, ranges, reset)


def _counted(counts: dict[str, int]) -> list[tuple[str, str]]:
    return [(f"{name} · {n:,}", name) for name, n in counts.items()]


def _menu(label: str, options: list[tuple[str, object]]) -> widgets.Dropdown:
    style = {"description_width": "118px"}
    return widgets.Dropdown(
        options=options, description=label, style=style, layout=widgets.Layout(**_WIDE)
    )


def _several(
    column: str, counts: dict[str, int], state: Explorer, rows: int
) -> widgets.SelectMultiple:
    chosen = state.filters.chosen.get(column, ())
    layout = widgets.Layout(**_WIDE)
    return widgets.SelectMultiple(options=_counted(counts), value=chosen, rows=rows, layout=layout)


def _slider(state: Explorer, name: str) -> widgets.FloatRangeSlider:
    low, high = state.limits(name)
    shown = SHOWN[name]
    set_low, set_high = state.filters.ranges.get(name, (low, high))
    slider = widgets.FloatRangeSlider(
        value=(max(low, set_low), min(high, set_high)), min=low, max=high, step=shown.step,
        description=shown.control, readout_format=shown.form,
        style={"description_width": "118px"}, layout=widgets.Layout(**_WIDE),
    )  # fmt: skip
    slider.tooltip = shown.label
    return slider
