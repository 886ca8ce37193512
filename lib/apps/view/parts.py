"""Small widgets made alike in all views."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as widgets

from lib.apps.view.style import ROW_PX


def button(
    text: str, tooltip: str, on_click: Callable[..., None], width: str = "auto"
) -> widgets.Button:
    """Make a button.

    Parameters
    ----------
    text, tooltip : str
        What stands on it, and what is told under the pointer.
    on_click : callable
        Guarded, see `lib.apps.view.guard.Guard`.
    width : str, optional
        CSS width.
    """
    made = widgets.Button(
        description=text, tooltip=tooltip, layout=widgets.Layout(width=width, flex="0 0 auto")
    )
    made.on_click(on_click)
    return made


def dropdown(
    label: str, options: Sequence[object], value: object, label_width: str = "4.2em"
) -> widgets.Dropdown:
    """Make a menu with its label before it."""
    return widgets.Dropdown(
        options=options,
        value=value,
        description=label,
        style={"description_width": label_width},
        layout=widgets.Layout(width="auto", flex="1 1 150px", min_width="150px", max_width="215px"),
    )


def beside_rows(buttons: Sequence[widgets.Widget], tall: bool = False) -> widgets.VBox:
    """Stack buttons so that each stands beside a row of a `lib.apps.view.html_text.table_html`."""
    head = widgets.HTML(layout=widgets.Layout(height=f"{ROW_PX}px", margin="0"))
    column = widgets.VBox([head, *buttons], layout=widgets.Layout(flex="0 0 auto"))
    column.add_class("wb-rows-tall" if tall else "wb-rows")
    return column
