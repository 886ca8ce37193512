"""The playlist builder on screen: search and playlist to the left, recommendations to the right."""

from __future__ import annotations

import time
from functools import partial

import ipywidgets as widgets
import pandas as pd

from lib.apps.playlist.search import ENOUGH
from lib.apps.playlist.state import LONGEST, PlaylistBuilder
from lib.apps.view.csv_text import download_link
from lib.apps.view.guard import Guard
from lib.apps.view.html_text import table_html
from lib.apps.view.parts import beside_rows, button
from lib.apps.view.style import framed, heading, notice, panel, quiet

SEEDS_SHOWN = 25
"""Tracks of the playlist that have controls; the CSV has all."""
ANSWERS_SHOWN = 25


class PlaylistView:
    """Widgets over a `PlaylistBuilder`; they show its state and hand on what the user does.

    Attributes
    ----------
    state : PlaylistBuilder
    guard : Guard
        Of all callbacks.
    root : ipywidgets.VBox
        To be displayed.
    """

    def __init__(self, state: PlaylistBuilder, scores: dict[str, str]) -> None:
        self.state, self.guard, self.scores = state, Guard(), scores
        self.found: list[int] = []
        self.said, self.notes, self.link = (widgets.HTML() for _ in range(3))
        self._make_search()
        self._make_seeds()
        self._make_asking()
        self._make_answers()
        left = panel(
            heading("Find a track"), self.text, self.matches,
            widgets.HBox([heading("Your playlist"), self.export], layout=_SPREAD),
            self.link, self.seeds,
            flex="1 1 380px",
        )  # fmt: skip
        right = panel(
            heading("Continue it"), self.title, self.model, self.score, self.length,
            widgets.HBox([self.ask, self.forget], layout=_WRAP),
            self.said, self.answers, self.notes,
            flex="1.5 1 560px",
        )  # fmt: skip
        columns = widgets.Layout(flex_flow="row wrap", align_items="flex-start", grid_gap="12px")
        self.root = framed(self.guard.box, widgets.HBox([left, right], layout=columns))
        self.show_seeds()
        self._show_answer("")

    def _make_search(self) -> None:
        self.text = widgets.Text(
            placeholder="title, artist, or both", layout=widgets.Layout(width="100%")
        )
        self.text.observe(self.guard(lambda _: self._show_matches()), "value")
        self.add_buttons = self._buttons(ENOUGH, "+ add", self._on_add, "58px")
        self.matches_table = _filling()
        self.matches = widgets.HBox([beside_rows(self.add_buttons), self.matches_table])
        self.matches.layout.display = "none"

    def _make_seeds(self) -> None:
        acts = (("↑", partial(self._on_move, -1)), ("↓", partial(self._on_move, 1)))
        self.move_buttons = [self._buttons(SEEDS_SHOWN, text, act, "30px") for text, act in acts]
        self.remove_buttons = self._buttons(SEEDS_SHOWN, "remove", self._on_remove, "68px")
        sets = zip(*self.move_buttons, self.remove_buttons, strict=True)
        self.seed_rows = [_tight(buttons) for buttons in sets]
        self.seeds_table = _filling()
        self.seeds = widgets.HBox([beside_rows(self.seed_rows), self.seeds_table])
        self.export = button(
            "CSV", "Save the playlist as a table", self.guard(self._on_export), "70px"
        )

    def _make_asking(self) -> None:
        wide = widgets.Layout(width="100%")
        style = {"description_width": "56px"}
        self.title = widgets.Text(
            value=self.state.title,
            description="title",
            placeholder="none",
            style=style,
            layout=wide,
        )
        self.model = widgets.Dropdown(
            options=list(self.state.models),
            value=self.state.model,
            description="model",
            style=style,
            layout=wide,
        )
        self.score = widgets.HTML(layout=widgets.Layout(margin="0 0 0 62px"))
        self.length = widgets.IntSlider(
            self.state.length, 1, LONGEST, description="tracks", style=style, layout=wide
        )
        self.title.observe(self.guard(lambda c: self.state.set_title(c["new"])), "value")
        self.model.observe(self.guard(lambda _: self._on_model()), "value")
        self.length.observe(self.guard(lambda c: self.state.set_length(c["new"])), "value")
        self.ask = button(
            "Continue the playlist", "Recommend tracks", self.guard(self._on_ask), "180px"
        )
        self.ask.button_style = "primary"
        self.forget = button("Forget what was dropped", "", self.guard(self._on_forget), "200px")
        self._on_model()

    def _make_answers(self) -> None:
        self.keep_buttons = self._buttons(ANSWERS_SHOWN, "keep", self._on_keep, "56px")
        self.drop_buttons = self._buttons(ANSWERS_SHOWN, "drop", self._on_drop, "56px")
        pairs = zip(self.keep_buttons, self.drop_buttons, strict=True)
        self.answer_rows = [_tight(buttons) for buttons in pairs]
        self.answers_table = _filling()
        self.answers = widgets.HBox([beside_rows(self.answer_rows, tall=True), self.answers_table])

    def _buttons(self, n: int, text: str, act: object, width: str) -> list[widgets.Button]:
        return [button(text, "", self.guard(partial(act, place)), width) for place in range(n)]

    def show_seeds(self) -> None:
        """Show the playlist as the state has it."""
        seeds, called = self.state.seeds, self.state.called(self.state.seeds)
        shown = called[:SEEDS_SHOWN]
        numbers = [f"{place}." for place in range(1, len(shown) + 1)]
        text = table_html(pd.DataFrame({"": numbers, "track": shown}), ["track"])
        more = f"and {len(seeds) - len(shown):,} more" if len(seeds) > len(shown) else ""
        empty = quiet("Empty: find a track above, or give a title alone.")
        self.seeds_table.value = text + quiet(more) if seeds else empty
        for place, row in enumerate(self.seed_rows):
            row.layout.display = None if place < len(shown) else "none"
            for one, what in zip(row.children, ("Move up", "Move down", "Remove"), strict=True):
                one.tooltip = f"{what}: {shown[place]}" if place < len(shown) else ""
        self.export.disabled = not seeds
        self.link.value = ""
        self.seeds.children[0].layout.display = None if seeds else "none"

    def _show_matches(self) -> None:
        found = self.state.search(self.text.value)
        self.found = [track for track, _ in found]
        self.matches.layout.display = None if self.text.value.strip() else "none"
        names = [name for _, name in found]
        held = [f"{self.state.names.playlists[track]:,}" for track in self.found]
        table = pd.DataFrame({"track": names, "playlists": held})
        nothing = notice("Nothing found: try fewer letters, or the artist.")
        self.matches_table.value = table_html(table, ["track"]) if names else nothing
        for place, one in enumerate(self.add_buttons):
            one.layout.display = None if place < len(names) else "none"
            one.tooltip = f"Add {names[place]}" if place < len(names) else ""
        self.matches.children[0].layout.display = None if names else "none"

    def _show_answer(self, said: str) -> None:
        answer = self.state.answer
        self.said.value = quiet(said)
        self.forget.disabled = not self.state.dropped
        self.answers.layout.display = "none" if answer is None else None
        if answer is None:
            self.notes.value = quiet("No answer yet.")
            return
        shown = answer.tracks.head(ANSWERS_SHOWN)
        table = pd.DataFrame({"track": shown["name"], "why": shown["reasons"]})
        self.answers_table.value = table_html(table, ["track", "why"], tall=True)
        for place, row in enumerate(self.answer_rows):
            row.layout.display = None if place < len(shown) else "none"
            for one, what in zip(row.children, ("Keep", "Drop"), strict=True):
                one.tooltip = f"{what} {shown['name'].iloc[place]}" if place < len(shown) else ""
        more = len(answer.tracks) - len(shown)
        told = [*answer.notes, *([f"{more:,} more tracks are not shown."] if more else [])]
        self.notes.value = "".join(notice(note) for note in told)

    def _on_model(self) -> None:
        self.state.set_model(self.model.value)
        self.score.value = quiet(self.scores.get(self.model.value, ""))

    def _on_add(self, place: int, _: object) -> None:
        new = self.state.add(self.found[place])
        self.show_seeds()
        self._show_answer("" if new else "That track is in the playlist already.")

    def _on_move(self, by: int, place: int, _: object) -> None:
        self.state.move(self.state.seeds[place], by)
        self.show_seeds()

    def _on_remove(self, place: int, _: object) -> None:
        self.state.remove(self.state.seeds[place])
        self.show_seeds()

    def _on_ask(self, _: object) -> None:
        began_s = time.perf_counter()
        answer = self.state.continue_()
        took_ms = 1000 * (time.perf_counter() - began_s)
        self._show_answer(f"{len(answer.tracks)} tracks by {answer.model}, in {took_ms:,.0f} ms.")

    def _on_keep(self, place: int, _: object) -> None:
        track = int(self.state.answer.tracks["track"].iloc[place])
        self.state.keep(track)
        self.show_seeds()
        self._show_answer("Kept: it stands in the playlist now. Continue again to build on it.")

    def _on_drop(self, place: int, _: object) -> None:
        track = int(self.state.answer.tracks["track"].iloc[place])
        self.state.drop(track)
        self._show_answer("Dropped: it will not come back.")

    def _on_forget(self, _: object) -> None:
        self.state.forget_dropped()
        self._show_answer("Dropped tracks may be recommended again.")

    def _on_export(self, _: object) -> None:
        rows = len(self.state.seeds)
        self.link.value = download_link(self.state.csv(), "playlist.csv", rows)


def _filling() -> widgets.HTML:
    return widgets.HTML(layout=widgets.Layout(flex="1 1 auto", min_width="0"))


def _tight(buttons: tuple[widgets.Button, ...]) -> widgets.HBox:
    for one in buttons:
        one.layout.margin = "0 4px 0 0"
        one.layout.height = "26px"
        one.layout.padding = "0 4px"
    return widgets.HBox(list(buttons))


_SPREAD = widgets.Layout(justify_content="space-between", align_items="center")
_WRAP = widgets.Layout(flex_flow="row wrap")
