"""Tab Dashboard: trends, distributions, artists, albums and clusters under one set of filters."""

from __future__ import annotations

from functools import partial

import gradio as gr
import pandas as pd

from lib.apps.dashboard.html import dashboard_html, heat_html
from lib.apps.dashboard.numbers import FEATURES, TOP
from lib.apps.dashboard.picked import Picked
from lib.apps.dashboard.state import Dashboard, Left, Seen
from lib.apps.page.checks import answering, mapping_of, names_of, text_of, whole_of
from lib.apps.page.data import PageData
from lib.apps.page.look import block, place
from lib.apps.page.optional_number import number_or_none, optional_number
from lib.apps.view.labels import SHOWN
from lib.errors import ParameterError

FIRST_FEATURE = "energy"
FEWEST = 10
MOST_FEWEST = 1_000
YEARS = (1000, 2999)


def build(data: PageData, tab: gr.Tab) -> None:
    """Build the tab within an open tab of the page."""
    board = data.dashboard
    with gr.Row():
        with gr.Column(scale=3, min_width=250):
            years = _years(board)
            families = gr.Dropdown(list(board.families), multiselect=True, label="Genre families")
            genres = gr.Dropdown(list(board.genres), multiselect=True, label="Genres")
            artist = gr.Textbox(
                label="First artist", placeholder="every word has to be found", max_length=200
            )
            features = [(SHOWN[name].label, name) for name in FEATURES]
            feature = gr.Dropdown(features, value=FIRST_FEATURE, label="Distribution of")
            fewest = gr.Number(
                FEWEST, label="Fewest tracks of a ranked artist", minimum=2,
                maximum=MOST_FEWEST, info="albums: half as many",
            )  # fmt: skip
            reset = gr.Button("Reset", size="md")
        with gr.Column(scale=8):
            shown = place(name="dashboard")
    filters = [*years, families, genres, artist]
    last = gr.State(None)
    asked, outputs = [*filters, feature, fewest, last], [shown, last]
    drawing = {"concurrency_id": "drawing", "concurrency_limit": 1, "api_visibility": "private"}
    drawing |= {"show_progress": "hidden"}
    answer = answering(partial(_refresh, data, heat_html(board)))
    triggers = [one.input for one in (families, genres, feature)]
    for one in (*years, artist, fewest):
        triggers += [one.submit, one.blur]
    gr.on(triggers, answer, asked, outputs, trigger_mode="always_last", **drawing)
    tab.select(answer, asked, outputs, **drawing)
    reset.click(
        lambda: ["", "", [], [], ""], None, filters, api_visibility="private",
        show_progress="hidden",
    ).then(answer, asked, outputs, **drawing)  # fmt: skip

    def dashboard(filters: dict, feature: str = FIRST_FEATURE, fewest: int = FEWEST) -> dict:
        """Count, average and rank what filters leave of two data sets.

        filters: years, such as [1990, null], lists families and genres, and artist (words of the
        first artist's name). feature: number whose distribution is wanted. fewest: tracks of a
        ranked artist. Returns released (tracks with release years: counts, trends with intervals)
        and catalogue (counts, clusters with popularity), each with its distribution, and the
        ranked artists and albums with the data set that they are of.
        """
        return dashboard_answer(data, filters, feature, fewest)

    gr.api(
        answering(dashboard), api_name="dashboard", concurrency_id="dashboard", concurrency_limit=2
    )


def show(
    data: PageData, apart: str, filters: object, feature: object = "", fewest: object = FEWEST
) -> str:
    """Write what filters leave, as HTML; `apart` is from `lib.apps.dashboard.html.heat_html`."""
    board = data.dashboard
    return block(dashboard_html(board, look(board, filters, feature, fewest), apart))


def look(board: Dashboard, filters: object, feature: object, fewest: object) -> Seen:
    """Check what is asked for, and count what it leaves.

    Parameters
    ----------
    board : Dashboard
    filters : mapping
        ``years``: first and last, either of which may be None; lists ``families`` and ``genres``;
        ``artist``.
    feature : str
        One of `lib.apps.dashboard.numbers.FEATURES`; empty for the first one shown.
    fewest : int
        Fewest tracks of a ranked artist.

    Raises
    ------
    ParameterError
        When any of it is none that can be asked for.
    """
    given = mapping_of(filters, "filters", ("years", "families", "genres", "artist"))
    picked = Picked(
        *_two_years(given.get("years")),
        *(
            tuple(names_of(given.get(name), name, known, max(len(known), 1)))
            for name, known in (("families", board.families), ("genres", board.genres))
        ),
        text_of(given.get("artist"), "artist"),
    )
    name = text_of(feature, "feature") or FIRST_FEATURE
    if name not in FEATURES:
        raise ParameterError(f"feature: one of {', '.join(FEATURES)} expected, found {name!r:.60}")
    return board.look(picked, name, whole_of(fewest, "fewest", 2, MOST_FEWEST))


def dashboard_answer(
    data: PageData, filters: object, feature: object, fewest: object
) -> dict[str, object]:
    """Answer with the dashboard's numbers, as plain data; what is not known is None."""
    board = data.dashboard
    seen = look(board, filters, feature, fewest)
    released = {"missing": board.no_released}
    if seen.released is not None:
        of = {"source": board.released.source, "generated": board.released.generated}
        released = of | _plain(seen.released) | {"trends": _records(seen.trend)}
    sounds = {"missing": board.no_sounds}
    if board.sounds is not None:
        sounds = {"verdict": board.sounds.verdict, "table": _records(seen.clusters)}
    best = {title: _records(table.head(TOP)) for title, table in seen.top.items()}
    return {
        "whose": data.headline,
        "feature": seen.feature,
        "released": released,
        "catalogue": _plain(seen.catalogue) | {"clusters": sounds},
        "top": {"of": "released" if board.ranks_released else "catalogue", "tables": best},
    }


def _refresh(data: PageData, apart: str, *values: object) -> list[object]:
    first, last_year, families, genres, artist, feature, fewest, last = values
    asked = [first, last_year, families, genres, artist, feature, fewest]
    if asked == last:  # a control was left without a change
        return [gr.skip(), gr.skip()]
    years = [number_or_none(one, "release year") for one in (first, last_year)]
    filters = {"years": years, "families": families, "genres": genres}
    if fewest is None:
        raise ParameterError("fewest tracks of a ranked artist: a number expected, found none")
    return [show(data, apart, filters | {"artist": artist}, feature, fewest), asked]


def _years(board: Dashboard) -> list[gr.Textbox]:
    there = board.released is not None
    low, high = "", ""
    if there:
        low, high = (f"{year}" for year in board.trend["year"].agg(["min", "max"]))
    with gr.Row():
        return [
            optional_number("Release year, from", low, min_width=120, interactive=there),
            optional_number("to", high, min_width=80, interactive=there),
        ]


def _two_years(value: object) -> tuple[int | None, int | None]:
    if value is None:
        return None, None
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ParameterError(f"years: first and last expected, found {value!r:.60}")
    first, last = (None if one is None else whole_of(one, "year", *YEARS) for one in value)
    if first is not None and last is not None and first > last:
        raise ParameterError(f"years: a first year up to {last} expected, found {first}")
    return first, last


def _plain(left: Left) -> dict[str, object]:
    of = left.distribution
    shown = None
    if of is not None:
        shown = {"rows": of.rows, "median": of.median, "median_of_all": of.median_of_all}
        shown |= {"outside": of.outside, "bins": _records(of.bins)}
    popularity = None
    if left.popularity is not None:
        ends = [None if pd.isna(one) else one for one in left.popularity]
        popularity = dict(zip(("mean", "low", "high"), ends, strict=True))
    return {
        "tracks": left.tracks,
        "of_tracks": left.of_tracks,
        "first_artists": left.artists,
        "years": list(left.years) if left.years else None,
        "popularity": popularity,
        "distribution": shown,
        "notes": list(left.notes),
    }


def _records(table: pd.DataFrame | None) -> list[dict[str, object]]:
    if table is None:
        return []
    plain = table.astype(object)
    return plain.where(plain.notna(), None).to_dict("records")
