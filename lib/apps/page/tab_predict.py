"""Tab Predict: a model, a setting, and what the model says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import gradio as gr

from lib.apps.page.answers import INPUTS, loaded_of, model_of, predict_answer, setting_of, told_of
from lib.apps.page.checks import answering, text_of, whole_of
from lib.apps.page.controls import make_controls, notes_for, on_control, setting_on
from lib.apps.page.data import PageData
from lib.apps.page.flags import write_flag
from lib.apps.page.look import block, place
from lib.apps.page.outbox import Outbox
from lib.apps.predict.html import bars_html, card_html, prediction_html, track_html, words_html
from lib.apps.predict.inputs import ARTIST, GENRES
from lib.apps.track_report.facts import ReportModel
from lib.apps.track_report.report import write_track_report
from lib.apps.view.html_text import escape

MOST_NOTE = 500


@dataclass(frozen=True)
class PredictTab:
    """What other tabs use of this one.

    Attributes
    ----------
    track : gradio.State
        Id of the track that was loaded last.
    controls : list of gradio.Component
        In the order of the inputs.
    load_example : callable
        Binds a button to loading another example.
    """

    track: gr.State
    controls: list[gr.Component]
    load_example: Callable[[gr.Button], gr.events.Dependency]


def build(data: PageData, outbox: Outbox, flags: Path) -> PredictTab:
    """Build the tab within an open tab of the page."""
    began = data.tracks.drawn(data.seed, 0)
    track, number = gr.State(began), gr.State(1)
    with gr.Row():
        with gr.Column(scale=6):
            model = gr.Dropdown(_models(data), value=data.first, label="Model", filterable=False)
            card = place(block(card_html(data.models.shelf[data.first])))
            with gr.Row():
                text = gr.Textbox(
                    label="Find a track, then Enter", placeholder="title, artist or id",
                    max_length=200, scale=3,
                )  # fmt: skip
                found = gr.Dropdown(
                    [], label="Found", value=None, scale=4, interactive=True, visible=False
                )
            example = gr.Button("Load a random example", size="md")
            controls = list(make_controls(data, data.tracks.setting(began)).values())
        with gr.Column(scale=5):
            shown = [place(html, name) for name, html in _shown_first(data, began)]
            write = gr.Button("Write a report on the track (HTML and PDF)", size="md")
            files = gr.Files(label="Report", visible=False)
            with gr.Accordion("Does this look wrong?", open=False):
                note = gr.Textbox(
                    label="What looks wrong", max_length=MOST_NOTE, lines=2,
                    placeholder="optional; kept on this machine with the setting above",
                )  # fmt: skip
                flag = gr.Button("This looks wrong", size="md")
    asked = [model, track, *controls]
    # Gradio's own checks are left out: they tell a visitor of components and types, ours of inputs.
    quick = {"show_progress": "hidden", "api_visibility": "private", "preprocess": False}
    live = quick | {"concurrency_id": "predict", "concurrency_limit": 2}
    # Gradio's way is to forget what is done while an answer is on its way; here the last wins.
    live |= {"trigger_mode": "always_last"}
    answer = answering(partial(show, data))
    gr.on([one.input for one in (model, *controls)], answer, asked, shown, **live)
    model.input(answering(partial(_choose, data)), [model], [card, *controls], **live)
    text.submit(answering(partial(_search, data)), [text], [found], **live)
    picked = found.input(answering(partial(_load, data)), [found], [track, *controls], **live)
    picked.success(answer, asked, shown, **live)

    def load_example(button: gr.Button) -> gr.events.Dependency:
        drawn = button.click(
            answering(partial(_example, data)), [number], [number, track, *controls], **live
        )
        return drawn.success(answer, asked, shown, **live)

    load_example(example)
    write.click(
        answering(partial(_report, data, outbox)), [model, track], [files],
        api_visibility="private", concurrency_id="drawing", concurrency_limit=1,
    )  # fmt: skip
    # A report is of one track: with the next one on screen it would mislead.
    track.change(lambda: gr.update(value=None, visible=False), None, [files], **quick)
    flag.click(answering(partial(_flag, data, flags)), [*asked, note], [note], **quick)

    def predict(inputs: dict, model: str = "", track_id: str = "") -> dict:
        """Predict the popularity (0 to 100) of one track.

        inputs: values by name, such as {"energy": 0.8, "genres": ["pop"]}; those that are left
        out are taken from the catalogue's track with track_id. model: a name on the shelf; empty
        for the first. Returns prediction, interval, words, what each input contributes, inputs
        outside the training range, and those that the model ignores.
        """
        return predict_answer(data, setting_of(data, inputs, track_id), model_of(data, model))

    gr.api(answering(predict), api_name="predict", concurrency_id="predict", concurrency_limit=2)
    return PredictTab(track, controls, load_example)


def show(data: PageData, model: str, track: str, *values: object) -> list[str]:
    """Write what the tab shows: number, words, bars, track, as HTML."""
    name = model_of(data, model)
    setting = setting_on(data, values, text_of(track, "track"))
    told, loaded = told_of(data, setting, name), loaded_of(data, track, setting, name)
    popularity = None if loaded.changed else loaded.popularity
    reasons = '<h4 class="wb-heading">What each input adds or takes, popularity points</h4>'
    return [
        block(track_html(loaded)),
        block(prediction_html(told, data.mean, popularity)),
        block(words_html(told)),
        block(reasons + bars_html(told.parts)),
    ]


def _shown_first(data: PageData, track: str) -> list[tuple[str, str]]:
    setting = data.tracks.setting(track)
    values = [on_control(name, setting[name]) for name in INPUTS]
    names = ("track", "prediction", "words", "bars")
    return list(zip(names, show(data, data.first, track, *values), strict=True))


def _models(data: PageData) -> list[tuple[str, str]]:
    """Models to choose from; what is wrong with the others stands under About the numbers."""
    return [(f"{name} · {data.models.shelf[name].title}", name) for name in data.usable()]


def _choose(data: PageData, model: str) -> list[object]:
    name = model_of(data, model)
    card = block(card_html(data.models.shelf[name]))
    return [card, *notes_for(data.models.get(name)[1])]


def _search(data: PageData, text: str) -> dict[str, object]:
    wanted = text_of(text, "search")
    found = data.tracks.find(wanted)
    choices = [
        (f"{row.title} · {row.artists.replace(';', ', ')} · {row.popularity:.0f}", row.track_id)
        for row in found.itertuples()
    ]
    if wanted and not choices:
        gr.Info(f"No track holds all words of ‘{escape(wanted)}’.", duration=4)
    label = f"Found {len(choices)}: choose one to load it" if choices else "Found"
    return gr.update(choices=choices, value=None, label=label, visible=bool(choices))


def _load(data: PageData, track: str) -> list[object]:
    setting = data.tracks.setting(text_of(track, "track"))
    return [track, *(on_control(name, setting[name]) for name in INPUTS)]


def _example(data: PageData, number: int) -> list[object]:
    place = whole_of(number, "example", 0, 10**9)
    return [place + 1, *_load(data, data.tracks.drawn(data.seed, place))]


def _report(data: PageData, outbox: Outbox, model: str, track: str) -> dict[str, object]:
    name = model_of(data, model)
    of = ReportModel(
        data.models.get(name)[0], data.models.shelf[name].card, data.held_out_for(name)
    )
    track_id = str(data.tracks.row(text_of(track, "track"))["track_id"])
    written = write_track_report(track_id, of, data.tracks.table, outbox.folder())
    return gr.update(value=[str(path) for path in written], visible=True)


def _flag(data: PageData, path: Path, model: str, track: str, *rest: object) -> str:
    *values, note = rest
    setting = setting_on(data, values, text_of(track, "track"))
    name = model_of(data, model)
    told = told_of(data, setting, name)
    plain = setting | {GENRES: list(setting[GENRES]), ARTIST: str(setting[ARTIST])}
    flag = {"model": name, "track_id": track, "prediction": told.prediction, "setting": plain}
    write_flag(path, flag | {"note": text_of(note, "note", MOST_NOTE)})
    gr.Info("Thank you: written down for whoever runs this page.", duration=4)
    return ""
