"""Tab About the numbers: what was scored how, beside which baseline, and what to mind."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lib.apps.page.data import PageData
from lib.apps.page.look import block, place
from lib.apps.playlist.models import UNTESTED
from lib.apps.view.html_text import escape, table_html
from lib.apps.view.style import notice

_KINDS = {
    "R²": "R², share of the variance that is explained",
    "mean absolute error": "mean absolute error",
    "coverage of": "share of held-out tracks inside their interval",
    "mean width of": "mean width of the intervals",
}


def build(data: PageData) -> None:
    """Build the tab within an open tab of the page."""
    place(show(data), "about")


def show(data: PageData) -> str:
    """Write what is known of the numbers, all of it from cards and tables, as HTML."""
    return block(_popularity(data) + _playlists(data) + _to_mind(data))


def metric_rows(card: Mapping[str, object], kind: str) -> list[tuple[str, str, str, str]]:
    """List the scores of one kind on a card: name, value, baseline and protocol, as they read."""
    found = []
    for one in card.get("metrics", ()):
        if not str(one.get("name", "")).startswith(kind):
            continue
        value = f"{one['value']:.3f}"
        if one.get("low") is not None and one.get("high") is not None:
            value += f" [{one['low']:.3f}, {one['high']:.3f}]"
        beside = one.get("baseline_value")
        base = f"{one.get('baseline', '')} {beside:.3f}" if beside is not None else ""
        protocol = str(one.get("protocol") or card.get("protocol", ""))
        found.append((str(one["name"]), value, base, protocol))
    return found


def _popularity(data: PageData) -> str:
    parts = ["<h3>Popularity</h3>"]
    parts.append(
        "<p>Scores were measured on tracks that the model had not learnt from. Beside each stands "
        "what a dumb baseline reaches under the same protocol; in brackets the interval.</p>"
    )
    for kind, title in _KINDS.items():
        rows = []
        for name, one in data.models.shelf.items():
            rows += [(name, *row) for row in metric_rows(one.card, kind)]
        if rows:
            table = pd.DataFrame(rows, columns=["model", "what", "score", "baseline", "protocol"])
            wide = ("what", "protocol")
            parts.append(f'<div class="wbg-scroll">{table_html(table, wide, title)}</div>')
    for name, problem in data.models.problems.items():
        parts.append(notice(f"{name} cannot be used: {problem}"))
    return "".join(parts)


def _playlists(data: PageData) -> str:
    title = "<h3>Playlists</h3>"
    of = data.playlists
    if of is None:
        return title + notice(data.no_playlists)
    table = pd.DataFrame({"recommender": of.worth.keys(), "score": of.worth.values()})
    tested = any(worth != UNTESTED for worth in of.worth.values())
    told = f"Protocol: {escape(of.protocol)}. " if of.protocol and tested else ""
    return (
        f"{title}<p>{told}NDCG is 1 for a perfect list and 0 for one without a hit. Learnt from "
        f"{len(of.store.offsets) - 1:,} playlists with {len(of.training.popular):,} tracks.</p>"
        f'<div class="wbg-scroll">{table_html(table, ("score",))}</div>'
    )


def _to_mind(data: PageData) -> str:
    limits: dict[str, None] = {}
    for one in data.models.shelf.values():
        limits |= dict.fromkeys(str(text) for text in one.card.get("limits", ()))
    listed = [
        *limits,
        "Reasons tell what moved a prediction or a rank. They are no causes and no advice.",
        "What no playlist holds cannot be recommended.",
        "An interval holds on average over tracks drawn like those of training, not for a setting "
        "made by hand.",
    ]
    own = f"<p>Data: {escape(data.headline)}; {len(data.tracks.table):,} tracks.</p>"
    return f"<h3>To mind</h3>{own}<ul>{''.join(f'<li>{escape(one)}</li>' for one in listed)}</ul>"
