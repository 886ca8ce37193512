"""The popularity widget: choose a model, set its inputs, read what follows."""

from __future__ import annotations

from functools import partial

import ipywidgets as widgets

from lib.apps.predict import html
from lib.apps.predict.input_rows import InputControls
from lib.apps.predict.inputs import MENUS, shown, words_of
from lib.apps.predict.state import SLOTS, PredictState
from lib.apps.view.guard import Guard
from lib.apps.view.labels import MS_A_MINUTE
from lib.apps.view.later import Later
from lib.apps.view.parts import button, dropdown
from lib.apps.view.picture import picture_html
from lib.apps.view.style import framed, heading, panel
from lib.plots import prediction as plots


class PredictView:
    """Widgets over a `PredictState`; they show its state and hand on what the user does.

    Attributes
    ----------
    state : PredictState
    guard, curve_guard : Guard
        Of all callbacks, and of those that draw the curve.
    inputs : InputControls
    root : ipywidgets.VBox
        To be displayed.
    """

    def __init__(self, state: PredictState) -> None:
        # The curve follows later: were its guard the same, it would wipe away what is told by then.
        self.state, self.guard, self.curve_guard = state, Guard(), Guard()
        self.mean = float(state.tracks.table["popularity"].mean())
        self.card, self.track, self.number, self.words, self.bars = (
            widgets.HTML() for _ in range(5)
        )
        self.picture, self.compared = widgets.HTML(), widgets.HTML()
        self._draw_later = Later(self.curve_guard(self._draw_curve))
        self._make_chooser()
        self._make_finder()
        self.inputs = InputControls(state, self.guard, self.refresh)
        self._make_curve()
        left = panel(heading("Inputs, and their training range"), self.inputs.root, width="460px")
        right = panel(
            self.number, self.words, heading("What each input adds"), self.bars, flex="1 1 420px"
        )
        self.root = framed(
            widgets.HTML(f"<style>{html.CSS}</style>", layout=widgets.Layout(display="none")),
            panel(self.chooser, self.card),
            self.finder,
            self.guard.box,
            widgets.HBox([left, right], layout=_COLUMNS),
            self.curve,
            self._comparison(),
        )
        self.root.layout.grid_gap = "10px"
        self._show_model()
        self._show_all()

    def refresh(self) -> None:
        """Show the prediction of the setting; the curve follows when nothing moves."""
        told, loaded = self.state.told(), self.state.loaded()
        popularity = None if loaded.changed else loaded.popularity
        self.inputs.mark()
        self.number.value = html.prediction_html(told, self.mean, popularity)
        self.words.value = html.words_html(told)
        self.bars.value = html.bars_html(told.parts)
        self.track.value = html.track_html(loaded)
        self._draw_later()

    def _make_chooser(self) -> None:
        shelf, problems = self.state.models.shelf, self.state.models.problems
        options = [
            (f"{name}, cannot be used" if name in problems else f"{name} · {one.title}", name)
            for name, one in shelf.items()
        ]
        self.chooser = dropdown("model", options, self.state.chosen)
        self.chooser.layout = widgets.Layout(width="min(640px, 100%)", flex="0 0 auto")
        self.chooser.observe(self.guard(self._on_model), "value")

    def _make_finder(self) -> None:
        self.text = widgets.Text(
            placeholder="title, artist, or a track id",
            continuous_update=False,
            layout=widgets.Layout(width="230px"),
        )
        self.text.tooltip = "Search the catalogue"
        self.text.observe(self.guard(self._on_search), "value")
        self.found = widgets.Dropdown(
            options=[("search first", "")], disabled=True, layout=widgets.Layout(width="340px")
        )
        self.found.tooltip = "Tracks found, the most popular first"
        self.load = button("Load track", "Set all inputs to it", self.guard(self._on_load))
        self.load.disabled = True
        example = button("Random example", "A track of the catalogue", self.guard(self._on_example))
        bar = widgets.HBox([self.text, self.found, self.load, example], layout=_WRAP)
        self.example = example
        self.finder = panel(heading("A track to begin with"), bar, self.track)

    def _make_curve(self) -> None:
        self.along = dropdown("along", self._curve_options(), "energy")
        self.along.layout.flex = "0 0 auto"
        self.along.observe(self.curve_guard(lambda _: self._draw_curve()), "value")
        self.curve = panel(
            heading("The prediction along one input, all others as they are set"),
            self.along,
            self.curve_guard.box,
            self.picture,
        )

    def _comparison(self) -> widgets.VBox:
        self.keepers = {
            slot: button(f"Keep as {slot}", "Remember it", self.guard(partial(self._on_keep, slot)))
            for slot in SLOTS
        }
        self.recallers = {
            slot: button(f"Back to {slot}", "Set it", self.guard(partial(self._on_recall, slot)))
            for slot in SLOTS
        }
        bar = widgets.HBox([*self.keepers.values(), *self.recallers.values()], layout=_WRAP)
        return panel(heading("Two settings compared"), bar, self.compared)

    def _curve_options(self) -> list[tuple[str, str]]:
        return [
            (words_of(one.name), one.name)
            for one in self.state.inputs()
            if one.used and one.low is not None
        ]

    def _show_model(self) -> None:
        self.card.value = html.card_html(self.state.card())
        options = self._curve_options()
        if tuple(options) != tuple(self.along.options):
            before = self.along.value
            self.along.options = options
            self.along.value = before if before in [name for _, name in options] else options[0][1]

    def _show_all(self) -> None:
        self.inputs.show()
        self.refresh()
        self._show_compared()

    def _show_compared(self) -> None:
        kept = self.state.kept()
        self.compared.value = html.comparison_html(kept, self.state.compare(), self.mean)
        for slot, recaller in self.recallers.items():
            recaller.disabled = slot not in kept

    def _draw_curve(self) -> None:
        name = self.along.value
        self.picture.value = picture_html(
            curve_figure(self.state, name), f"Prediction along {name}"
        )

    def _on_model(self, change: dict[str, object]) -> None:
        if change["new"] == self.state.chosen:
            return
        try:
            self.state.choose(change["new"])
        except Exception:
            self.chooser.value = self.state.chosen
            raise
        self._show_model()
        self._show_all()

    def _on_search(self, _: object) -> None:
        found = self.state.search(self.text.value)
        self.load.disabled = self.found.disabled = not len(found)
        none = f"nothing found for ‘{self.text.value}’" if self.text.value else "search first"
        self.found.options = [
            (
                f"{row.title} · {row.artists.replace(';', ', ')} · {row.popularity:.0f}",
                row.track_id,
            )
            for row in found.itertuples()
        ] or [(none, "")]

    def _on_load(self, _: object) -> None:
        self.state.load(self.found.value)
        self._show_all()

    def _on_example(self, _: object) -> None:
        self.state.example()
        self._show_all()

    def _on_keep(self, slot: str, _: object) -> None:
        self.state.keep(slot)
        self._show_compared()

    def _on_recall(self, slot: str, _: object) -> None:
        self.state.recall(slot)
        self._show_all()


def curve_figure(state: PredictState, name: str) -> plots.Figure:
    """Draw the prediction along one input in the units that people use."""
    found = state.curve(name)
    x = found.x / MS_A_MINUTE if name == "duration_ms" else found.x
    label = "explicit lyrics" if name == "explicit" else shown(name).label
    ticks = [(float(value), text) for text, value in MENUS.get(name, ())]
    spot = found.prediction, found.lower, found.upper
    return plots.curve(x, spot, found.inside, found.at, label, ticks)


def explained_figure(state: PredictState) -> plots.Figure:
    """Draw the prediction of the setting and what each input adds, as a picture that stays."""
    told, loaded = state.told(), state.loaded()
    spot = told.prediction, told.lower, told.upper
    parts = told.parts[: html.BARS]
    names, points = [part.phrase for part in parts], [part.points for part in parts]
    mean = float(state.tracks.table["popularity"].mean())
    return plots.explained(names, points, spot, mean, None if loaded.changed else loaded.popularity)


_WRAP = widgets.Layout(flex_flow="row wrap", align_items="center", grid_gap="4px")
_COLUMNS = widgets.Layout(flex_flow="row wrap", align_items="stretch", grid_gap="12px")
