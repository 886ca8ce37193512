"""The explorer on screen: controls to the left, what they leave to the right."""

from __future__ import annotations

from functools import partial

import ipywidgets as widgets

from lib.apps.explore import pictures
from lib.apps.explore.controls import controls
from lib.apps.explore.state import ROWS_A_PAGE, Explorer
from lib.apps.view.csv_text import download_link
from lib.apps.view.guard import Guard
from lib.apps.view.html_text import escape, table_html
from lib.apps.view.labels import SHOWN
from lib.apps.view.parts import beside_rows, button, dropdown
from lib.apps.view.picture import picture_html
from lib.apps.view.style import framed, heading, notice, panel, quiet

WIDE = ("title", "artist")
LISTED = 12
"""Tracks of the list that are shown; the CSV has all."""


class ExploreView:
    """Widgets over an `Explorer`; they show its state and hand on what the user does.

    Attributes
    ----------
    state : Explorer
    guard : Guard
        Of all callbacks.
    controls : Controls
        The filters.
    root : ipywidgets.VBox
        To be displayed.
    """

    def __init__(self, state: Explorer) -> None:
        self.state, self.guard, self.choice = state, Guard(), pictures.Choice()
        self.controls = controls(state, self.guard, self.refresh)
        self.told, self.picture, self.caption = (widgets.HTML() for _ in range(3))
        self.links = widgets.HTML()
        self._make_pickers()
        self._make_table()
        right = panel(
            widgets.HBox([self.told, self.export], layout=_SPREAD),
            self.links,
            widgets.HBox(list(self.pickers.values()), layout=_WRAP),
            self.picture,
            self.caption,
            self.table,
            flex="1 1 600px",
        )
        self.root = framed(
            self.guard.box,
            widgets.HBox([self.controls.root, right], layout=_COLUMNS),
            self.list,
        )
        self.refresh()
        self._show_list()

    def _make_pickers(self) -> None:
        numbers = [(one.words, name) for name, one in SHOWN.items()]
        colours = [(pictures.NO_COLOUR,) * 2, (pictures.MACRO,) * 2, *numbers]
        self.pickers = {}
        for name, label, options in (
            ("x", "across", numbers),
            ("y", "up", numbers),
            ("colour", "colour", colours),
            ("bars", "bars", numbers),
        ):
            picker = dropdown(label, options, getattr(self.choice, name))
            picker.observe(self.guard(self._on_choice), "value")
            self.pickers[name] = picker

    def _make_table(self) -> None:
        texts = [("title", "track_name"), ("artist", "artists"), ("album", "album_name")]
        texts.append(("genre", "track_genre"))
        orders = [*((one.words, name) for name, one in SHOWN.items()), *texts]
        self.order = dropdown("sorted by", orders, "popularity", "6em")
        self.falling = widgets.Checkbox(
            True, description="highest first", indent=False, layout=widgets.Layout(width="auto")
        )
        for one in (self.order, self.falling):
            one.observe(self.guard(self._on_sort), "value")
        self.back = button("‹ back", "Page before", self.guard(lambda _: self._on_turn(-1)))
        self.on = button("on ›", "Page after", self.guard(lambda _: self._on_turn(1)))
        self.place, self.rows = widgets.HTML(), widgets.HTML()
        self.rows.layout.flex, self.rows.layout.min_width = "1 1 auto", "0"
        self.adders = [
            button("+ list", "", self.guard(partial(self._on_add, place)), "64px")
            for place in range(ROWS_A_PAGE)
        ]
        bar = [self.order, self.falling, self.back, self.place, self.on]
        self.table = widgets.VBox(
            [
                widgets.HBox(bar, layout=_WRAP),
                widgets.HBox([beside_rows(self.adders), self.rows]),
            ]
        )
        self.export = button("CSV of these rows", "", self.guard(self._on_export), "150px")
        self.list_rows, self.list_link = widgets.HTML(), widgets.HTML()
        self.list_rows.layout.flex = "1 1 auto"
        self.removers = [
            button("remove", "", self.guard(partial(self._on_remove, place)), "72px")
            for place in range(LISTED)
        ]
        self.export_list = button("CSV of the list", "", self.guard(self._on_export_list), "150px")
        head = widgets.HBox([heading("Your list"), self.export_list], layout=_SPREAD)
        rows = widgets.HBox([beside_rows(self.removers), self.list_rows])
        self.list = panel(head, self.list_link, rows)
        self.list.layout.margin = "12px 0 0"

    def refresh(self) -> None:
        """Show what the filters leave."""
        state = self.state
        self.links.value = ""
        left = state.left().rows
        self.export.disabled = not left
        told = state.told()
        self.told.value = f'<span class="wb-big">{escape(told)}</span>' if left else notice(told)
        self._draw()
        self._show_page()

    def _draw(self) -> None:
        caption = pictures.caption(self.state, self.choice)
        self.picture.value = picture_html(pictures.draw(self.state, self.choice), caption)
        self.caption.value = quiet(caption)

    def _show_page(self) -> None:
        rows = self.state.page_rows()
        shown = self.state.table(rows)
        self.rows.value = table_html(shown, WIDE)
        titles = [*shown["title"], *[None] * (ROWS_A_PAGE - len(shown))]
        for adder, title in zip(self.adders, titles, strict=True):
            adder.layout.display = "none" if title is None else None
            adder.tooltip = f"Put ‘{title}’ on the list"
        page, pages = self.state.page + 1, self.state.pages()
        self.place.value = quiet(f"page {page:,} of {pages:,}")
        self.back.disabled, self.on.disabled = page == 1, page == pages

    def _show_list(self, said: str = "") -> None:
        listed = self.state.listed[::-1][:LISTED]
        more = len(self.state.listed) - len(listed)
        empty = "Nothing on it yet: press ‘+ list’ beside a track." if not listed else ""
        more_text = f"and {more:,} more; the CSV has all" if more else ""
        self.list_rows.value = (
            table_html(self.state.table(listed), WIDE) if listed else quiet(empty)
        )
        self.list_rows.value += quiet(more_text)
        for place, remover in enumerate(self.removers):
            remover.layout.display = None if place < len(listed) else "none"
        self.export_list.disabled = not listed
        self.list_link.value = notice(said)

    def _on_choice(self, _: object) -> None:
        picked = {name: picker.value for name, picker in self.pickers.items()}
        self.choice = pictures.Choice(**picked)
        self._draw()

    def _on_sort(self, _: object) -> None:
        self.state.sort(self.order.value, self.falling.value)
        self._show_page()

    def _on_turn(self, pages: int) -> None:
        self.state.turn(pages)
        self._show_page()

    def _on_add(self, place: int, _: object) -> None:
        row = int(self.state.page_rows()[place])
        added = self.state.add(row)
        self._show_list("" if added else "That track is on the list already.")

    def _on_remove(self, place: int, _: object) -> None:
        self.state.remove(self.state.listed[::-1][place])
        self._show_list()

    def _on_export(self, _: object) -> None:
        rows = self.state.rows()
        self.links.value = download_link(self.state.csv(rows), "tracks_filtered.csv", len(rows))

    def _on_export_list(self, _: object) -> None:
        rows = self.state.listed
        self.list_link.value = download_link(self.state.csv(rows), "tracks_listed.csv", len(rows))


_SPREAD = widgets.Layout(
    justify_content="space-between", align_items="center", flex_flow="row wrap"
)
_WRAP = widgets.Layout(flex_flow="row wrap", align_items="center")
_COLUMNS = widgets.Layout(flex_flow="row wrap", align_items="flex-start", grid_gap="12px")
