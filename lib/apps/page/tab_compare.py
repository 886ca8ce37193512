"""Tab Compare models: one setting, all models, each with its own number and honest score."""

from __future__ import annotations

from functools import partial

import gradio as gr

from lib.apps.page.answers import compare_answer, loaded_of, setting_of, told_of
from lib.apps.page.checks import answering, text_of
from lib.apps.page.controls import setting_on
from lib.apps.page.data import PageData
from lib.apps.page.look import block, place
from lib.apps.page.tab_predict import PredictTab
from lib.apps.predict.html import prediction_html, track_html
from lib.apps.view.html_text import escape
from lib.apps.view.style import quiet


def build(data: PageData, predict: PredictTab, tab: gr.Tab) -> None:
    """Build the tab within an open tab of the page."""
    place(
        block(
            "<p>The setting of the tab <b>Predict</b>, under every model. A number is worth what "
            "the model's score is worth: where the score is low, so is what the number tells.</p>"
        )
    )
    example = gr.Button("Load a random example", size="md")
    shown = place(name="compared")
    asked = [predict.track, *predict.controls]
    live = {"show_progress": "hidden", "api_visibility": "private", "preprocess": False}
    live |= {"concurrency_id": "predict", "concurrency_limit": 2, "trigger_mode": "always_last"}
    answer = answering(partial(show, data))
    tab.select(answer, asked, [shown], **live)
    predict.load_example(example).success(answer, asked, [shown], **live)

    def compare(inputs: dict, track_id: str = "") -> list:
        """Predict one track with every model.

        inputs and track_id: as for predict. Returns, by model, prediction, interval, and the
        score of its card (with interval and baseline); a model that cannot be used has a problem
        in their place.
        """
        return compare_answer(data, setting_of(data, inputs, track_id))

    gr.api(answering(compare), api_name="compare", concurrency_id="predict", concurrency_limit=2)


def show(data: PageData, track: str, *values: object) -> str:
    """Write all models' predictions side by side, as HTML."""
    setting = setting_on(data, values, text_of(track, "track"))
    loaded = loaded_of(data, track, setting, data.first)
    popularity = None if loaded.changed else loaded.popularity
    cards = []
    for name, one in data.models.shelf.items():
        if name in data.models.problems:
            body = f'<div class="wb-error">{escape(data.models.problems[name])}</div>'
        else:
            body = prediction_html(told_of(data, setting, name), data.mean, popularity)
            seen = loaded_of(data, track, setting, name)
            told = "It was trained on this very track: flattered. " if seen.seen else ""
            told = "" if seen.changed else told
            score = f"Honest score: {one.score}." if one.score else "Its card has no score."
            body += f"<div>{quiet(told + score)}</div>"
        title = f"<h4>{escape(name)}</h4><div>{quiet(one.title)}</div>"
        cards.append(f'<div class="wbg-card">{title}{body}</div>')
    named = track_html(loaded) if loaded.changed else _named(loaded.title, loaded.artists)
    key = quiet(f"● prediction with its interval   ┆ mean {data.mean:.0f}   ✕ in the catalogue")
    return block(f"<p>{named}<br>{key}</p><div class='wbg-cards'>{''.join(cards)}</div>")


def _named(title: str, artists: str) -> str:
    return f"<b>{escape(title)}</b> by {escape(artists)}"
