"""Tab Continue a playlist: search, seeds, a title, who is asked, tracks with reasons."""

from __future__ import annotations

from functools import partial

import gradio as gr
import numpy as np

from lib.apps.page.answers import builder_of, continue_answer
from lib.apps.page.checks import MOST_NAMES, answering, names_of, text_of, whole_of
from lib.apps.page.data import PageData, Playlists
from lib.apps.page.look import block, place
from lib.apps.page.outbox import Outbox
from lib.apps.playlist.search import search_tracks
from lib.apps.playlist.state import LONGEST, MOST_TITLE, Answer, PlaylistBuilder
from lib.apps.view.html_text import escape, table_html
from lib.apps.view.style import notice, quiet
from lib.errors import ParameterError
from lib.playlists.names import names_of as written

FIRST_LENGTH = 10
_NOBODY = (
    "<p>Find tracks, put them into the playlist, give it a title if you like, and continue.</p>"
)


def build(data: PageData, outbox: Outbox) -> None:
    """Build the tab within an open tab of the page."""
    if data.playlists is None:
        place(block(notice(data.no_playlists)))
    else:
        _build(data, data.playlists, outbox)

    def continue_(
        tracks: list,
        title: str = "",
        model: str = "",
        length: int = 10,
        dropped: list | None = None,
    ) -> dict:
        """Continue a playlist.

        tracks: ids or names of its tracks. title: its title; tracks or a title are needed. model:
        who is asked; empty for the best. length: tracks wanted. dropped: ids or names of tracks
        that are not wanted. Returns tracks, the best first, with reasons, and notes.
        """
        return continue_answer(data, tracks, title, model, length, dropped)

    gr.api(
        answering(continue_), api_name="continue", concurrency_id="playlist", concurrency_limit=2
    )


def _build(data: PageData, of: Playlists, outbox: Outbox) -> None:
    names = list(of.models)
    memory = gr.State({"kept": [], "dropped": [], "offered": []})
    with gr.Row():
        with gr.Column(scale=4, min_width=300):
            text = gr.Textbox(
                label="Find a track, then Enter", placeholder="title, artist, or both",
                max_length=200,
            )  # fmt: skip
            found = gr.Dropdown([], label="Found", value=None, interactive=True, visible=False)
            seeds = gr.Dropdown(
                [], label="Your playlist", info="✕ takes a track out", multiselect=True,
                max_choices=MOST_NAMES, interactive=True, elem_id="seeds",
            )  # fmt: skip
            title = gr.Textbox(label="Title", placeholder="optional", max_length=MOST_TITLE)
            model = gr.Dropdown(names, value=names[0], label="Recommender")
            worth = place(_worth(of, names[0]))
            length = gr.Slider(1, LONGEST, FIRST_LENGTH, step=1, label="Tracks wanted", buttons=[])
            go = gr.Button("Continue the playlist", variant="primary")
        with gr.Column(scale=7):
            said = place(block(_NOBODY), "continued")
            offered = gr.CheckboxGroup(
                [], label="What comes next, and why", elem_classes="wbg-list", visible=False
            )
            with gr.Row(visible=False) as row:
                keep = gr.Button("Keep ticked tracks", size="md")
                drop = gr.Button("Drop ticked for good", size="md")
                export = gr.Button("Playlist as CSV", size="md")
            file = gr.File(label="The playlist as CSV", visible=False)
    quick = {"show_progress": "hidden", "api_visibility": "private", "preprocess": False}
    quick |= {"concurrency_id": "playlist", "concurrency_limit": 2}
    live = quick | {"trigger_mode": "always_last"}
    text.submit(answering(partial(_search, of)), [text], [found], **live)
    found.input(answering(partial(_add, of)), [found, seeds], [found, seeds], **live)
    model.input(answering(partial(_worth, of)), [model], [worth], **live)
    asked = [seeds, title, model, length, memory]
    answered = [said, offered, row, memory]
    answer = answering(partial(_continue, of))
    go.click(answer, asked, answered, **quick)
    keep.click(
        answering(partial(_keep, of)), [offered, seeds, memory], [seeds, memory], **quick
    ).success(answer, asked, answered, **quick)
    drop.click(answering(partial(_drop, of)), [offered, memory], [memory], **quick).success(
        answer, asked, answered, **quick
    )
    export.click(answering(partial(_export, of, outbox)), [seeds, title, memory], [file], **quick)


def show(builder: PlaylistBuilder, answer: Answer) -> str:
    """Write the playlist and what comes next as HTML that stays."""
    given = builder.playlist()[["position", "track_name", "artist_name"]]
    caption = f"‘{builder.title}’" if builder.title else "no title"
    tracks = answer.tracks[["rank", "name", "reasons"]]
    return block(
        table_html(given, ("track_name", "artist_name"), caption)
        + f"<p>{said_of(answer)}</p>"
        + table_html(tracks, ("name", "reasons"), tall=True)
    )


def said_of(answer: Answer) -> str:
    """Say who answered, and what to know of the list, as HTML."""
    notes = "".join(f"<li>{escape(note)}</li>" for note in answer.notes)
    told = f"{len(answer.tracks)} tracks by <b>{escape(answer.model)}</b>."
    return told + (f"<ul>{notes}</ul>" if notes else "")


def _worth(of: Playlists, model: str) -> str:
    name = text_of(model, "model")
    if name not in of.worth:
        raise ParameterError(f"recommender {name!r}: expected one of {', '.join(of.worth)}")
    return block(quiet(f"Honest score: {of.worth[name]}."))


def _search(of: Playlists, text: str) -> dict[str, object]:
    wanted = text_of(text, "search")
    tracks = search_tracks(of.names, wanted, 12)
    choices = _choices(of, tracks)
    if wanted and not choices:
        gr.Info(f"Nothing comes near ‘{escape(wanted)}’.", duration=4)
    label = f"Found {len(choices)}: choose one to add it" if choices else "Found"
    return gr.update(choices=choices, value=None, label=label, visible=bool(choices))


def _add(of: Playlists, found: object, seeds: object) -> list[object]:
    tracks = _numbers(of, [*(seeds or []), found])
    return [gr.update(value=None), _seeds(of, tracks)]


def _continue(
    of: Playlists, seeds: object, title: object, model: object, length: object,
    memory: dict[str, list[int]],
) -> list[object]:  # fmt: skip
    builder = builder_of(of, _numbers(of, seeds), title, model, length, memory["dropped"])
    answer = builder.continue_()
    choices = [
        (f"{row.rank}. {row.name}\n{row.reasons}", str(row.track))
        for row in answer.tracks[["rank", "name", "reasons", "track"]].itertuples(index=False)
    ]
    offered = [int(track) for track in answer.tracks["track"]]
    return [
        block(said_of(answer)),
        gr.update(choices=choices, value=[], visible=True),
        gr.update(visible=True),
        memory | {"offered": offered},
    ]


def _keep(
    of: Playlists, ticked: object, seeds: object, memory: dict[str, list[int]]
) -> list[object]:
    kept = _ticked(of, ticked, memory)
    tracks = list(dict.fromkeys([*_numbers(of, seeds), *kept]))
    if len(tracks) > MOST_NAMES:
        raise ParameterError(f"playlist: at most {MOST_NAMES} tracks here; take some out")
    return [_seeds(of, tracks), memory | {"kept": [*memory["kept"], *kept]}]


def _drop(of: Playlists, ticked: object, memory: dict[str, list[int]]) -> dict[str, list[int]]:
    gone = dict.fromkeys([*memory["dropped"], *_ticked(of, ticked, memory)])
    return memory | {"dropped": list(gone)}


def _export(
    of: Playlists, outbox: Outbox, seeds: object, title: object, memory: dict[str, list[int]]
) -> dict[str, object]:
    tracks = _numbers(of, seeds)
    if not tracks:
        raise ParameterError("CSV: the playlist is empty; add a track first")
    builder = builder_of(of, tracks, title, "", 1, [])
    builder.kept = set(memory["kept"]) & set(tracks)
    return gr.update(value=str(outbox.write("playlist.csv", builder.csv())), visible=True)


def _ticked(of: Playlists, ticked: object, memory: dict[str, list[int]]) -> list[int]:
    found = _numbers(of, ticked)
    if not found:
        raise ParameterError("no track is ticked; tick those that are meant")
    if not set(found) <= set(memory["offered"]):
        raise ParameterError("a ticked track is not on the list; continue the playlist first")
    return found


def _numbers(of: Playlists, values: object) -> list[int]:
    """Turn what a control holds, numbers written as texts, into numbers of tracks."""
    last = len(of.names.ids) - 1
    found = []
    for text in names_of(values, "tracks"):
        if not text.isascii() or not text.isdigit():
            raise ParameterError(f"tracks: a number expected, found {text!r}; search again")
        found.append(whole_of(int(text[:12]), "track", 0, last))
    return list(dict.fromkeys(found))


def _choices(of: Playlists, tracks: list[int]) -> list[tuple[str, str]]:
    names = written(of.store, "track", np.array(tracks, np.int64)) if tracks else []
    return [(name, str(track)) for name, track in zip(names, tracks, strict=True)]


def _seeds(of: Playlists, tracks: list[int]) -> dict[str, object]:
    return gr.update(choices=_choices(of, tracks), value=[str(track) for track in tracks])
