"""Tab Explore: filters on the catalogue, pictures, a table, CSV."""

from __future__ import annotations

from functools import partial

import gradio as gr

from lib.apps.explore.filters import EVERYWHERE, TEXTS
from lib.apps.explore.pictures import MACRO, NO_COLOUR, Choice, caption, draw
from lib.apps.explore.state import Explorer
from lib.apps.page.answers import explore_answer, explorer_of
from lib.apps.page.checks import answering, text_of
from lib.apps.page.data import PageData
from lib.apps.page.look import block, place
from lib.apps.page.optional_number import number_or_none, optional_number
from lib.apps.page.outbox import Outbox
from lib.apps.view.html_text import table_html
from lib.apps.view.labels import SHOWN
from lib.apps.view.picture import picture_html
from lib.apps.view.style import quiet
from lib.errors import ParameterError

_LISTS = {"macro_genre": "Macro-genre", "track_genre": "Genre", "explicit": "Explicit"}


def build(data: PageData, outbox: Outbox, tab: gr.Tab) -> None:
    """Build the tab within an open tab of the page."""
    with gr.Row():
        with gr.Column(scale=3, min_width=260):
            text = gr.Textbox(
                label="Text", placeholder="every word has to be found", max_length=200
            )
            where = gr.Dropdown([EVERYWHERE, *TEXTS], value=EVERYWHERE, label="Look in")
            lists = [
                gr.Dropdown(_choices(data.explorer, name), multiselect=True, label=label)
                for name, label in _LISTS.items()
            ]
            with gr.Accordion("Ranges of numbers", open=False):
                ends = [end for name in SHOWN for end in _range(data.explorer, name)]
            with gr.Accordion("Pictures and order", open=False):
                numbers = [(one.label, name) for name, one in SHOWN.items()]
                picks = [
                    gr.Dropdown(numbers, value="energy", label="Across"),
                    gr.Dropdown(numbers, value="valence", label="Up"),
                    gr.Dropdown(
                        [*numbers, (MACRO, MACRO), (NO_COLOUR, NO_COLOUR)],
                        value="popularity", label="Colour",
                    ),
                    gr.Dropdown(numbers, value="popularity", label="Histogram and order of table"),
                ]  # fmt: skip
            reset = gr.Button("Reset", size="md")
        with gr.Column(scale=8):
            shown = place(name="explored")
            export = gr.Button("Make a CSV of all rows that are left", size="md")
            file = gr.File(label="CSV, in the layout of the catalogue", visible=False)
    filters = [text, where, *lists, *ends]
    asked = [*filters, *picks]
    drawing = {"concurrency_id": "drawing", "concurrency_limit": 1, "api_visibility": "private"}
    drawing |= {"show_progress": "hidden"}
    answer = answering(partial(_refresh, data))
    outputs = [shown, *lists, file]
    triggers = [one.input for one in (where, *lists, *picks)]
    triggers += [one.submit for one in (text, *ends)] + [one.blur for one in (text, *ends)]
    gr.on(triggers, answer, asked, outputs, trigger_mode="always_last", **drawing)
    tab.select(answer, asked, outputs, **drawing)
    cleared = reset.click(
        lambda: ["", EVERYWHERE, *([[]] * len(lists)), *([""] * len(ends))], None, filters,
        api_visibility="private", show_progress="hidden",
    )  # fmt: skip
    cleared.then(answer, asked, outputs, **drawing)
    export.click(
        answering(partial(_export, data, outbox)), filters, [file], api_visibility="private",
        concurrency_id="drawing", concurrency_limit=1,
    )  # fmt: skip

    def explore(filters: dict, rows: int = 10) -> dict:
        """Filter the catalogue.

        filters: text, where (title, artist, album), lists macro_genre, track_genre and explicit
        ("yes", "no"), and ranges, such as {"energy": [0.5, None]}. rows: how many of the most
        popular are wanted. Returns counts, a sentence, and the rows.
        """
        return explore_answer(data, filters, rows)

    gr.api(answering(explore), api_name="explore", concurrency_id="explore", concurrency_limit=2)


def show(explorer: Explorer, choice: Choice) -> str:
    """Write what filters leave: a sentence, pictures, the first rows, as HTML."""
    explorer.sort(choice.bars, descending=True)
    told = caption(explorer, choice)
    table = table_html(explorer.table(explorer.page_rows()), ("title", "artist", "genre"))
    return block(
        f'<div class="wb-big">{explorer.told()}</div><p>{explorer.most_special()}</p>'
        f"{picture_html(draw(explorer, choice), told)}<p>{quiet(told)}</p>"
        f'<div class="wbg-scroll">{table}</div>'
    )


def filters_on(values: tuple[object, ...]) -> dict[str, object]:
    """Put the values of the controls into the filters that `explorer_of` takes."""
    text, where, *rest = values
    lists, ends = rest[: len(_LISTS)], rest[len(_LISTS) :]
    ranges = {}
    for number, (name, how) in enumerate(SHOWN.items()):
        both = [number_or_none(end, how.words) for end in ends[2 * number : 2 * number + 2]]
        if both != [None, None]:
            ranges[name] = both
    return {"text": text, "where": where, "ranges": ranges} | dict(zip(_LISTS, lists, strict=True))


def _refresh(data: PageData, *values: object) -> list[object]:
    *filters, across, up, colour, bars = values
    explorer = explorer_of(data, filters_on(tuple(filters)))
    picked = [text_of(one, "picture") for one in (across, up, colour, bars)]
    known = {*SHOWN, MACRO, NO_COLOUR}
    if not set(picked) <= known or not {picked[0], picked[1], picked[3]} <= set(SHOWN):
        raise ParameterError(f"picture: columns expected, of {', '.join(SHOWN)}; found {picked}")
    updates = [gr.update(choices=_choices(explorer, name)) for name in _LISTS]
    return [show(explorer, Choice(*picked)), *updates, gr.update(value=None, visible=False)]


def _export(data: PageData, outbox: Outbox, *values: object) -> dict[str, object]:
    explorer = explorer_of(data, filters_on(values))
    rows = explorer.rows()
    if not len(rows):
        raise ParameterError("CSV: nothing is left by the filters; widen one, or reset them")
    path = outbox.write("filtered.csv", explorer.csv(rows))
    return gr.update(value=str(path), visible=True)


def _choices(explorer: Explorer, name: str) -> list[tuple[str, str]]:
    counts = explorer.genre_choices() if name == "track_genre" else explorer.filters.counts(name)
    return [(f"{one} · {count:,}", one) for one, count in counts.items()]


def _range(explorer: Explorer, name: str) -> list[gr.Textbox]:
    low, high = explorer.limits(name)
    how = SHOWN[name]
    with gr.Row():
        return [
            optional_number(f"{how.control}, from", f"{low:g}", min_width=90),
            optional_number("to", f"{high:g}", min_width=70),
        ]
