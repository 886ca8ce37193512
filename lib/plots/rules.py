"""Figures of association rules."""

from __future__ import annotations

from collections.abc import Mapping

import networkx as nx
import numpy as np
import pandas as pd
from matplotlib.axis import Axis
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, PercentFormatter

from lib.plots.cooccurrence import node_places
from lib.plots.style import BLUE, GREY, ORANGE, SEQUENTIAL, SKY, empty, styled
from lib.plots.tracks import legible

FATES = {"redundant": GREY, "within chance": ORANGE, "kept": BLUE}
MOST_POINTS = 6_000
_COUNT = FuncFormatter(lambda count, _: f"{count:,.0f}" if count >= 1 else f"{count:g}")


@styled
def support_confidence(rules: pd.DataFrame, seed: int = 0) -> Figure:
    """Draw rules by support and confidence, what became of them, and how far they exceed chance.

    Parameters
    ----------
    rules : pandas.DataFrame
        `lib.playlists.mining.rule_checks.judged`; of many a random part is drawn.
    seed : int, optional
        Seed of that part.
    """
    figure, (left, right) = empty(1, 2, 11.0, 4.6, sharex=True, sharey=True)
    style = {"s": 9, "alpha": 0.55, "linewidths": 0, "rasterized": True}
    counts = rules["fate"].value_counts()
    drawn = rules.sample(min(len(rules), MOST_POINTS), random_state=seed)
    for fate, colour in FATES.items():
        part = drawn[drawn["fate"] == fate]
        label = f"{fate} ({counts.get(fate, 0):,})"
        left.scatter(part["count"], part["confidence"], color=colour, label=label, **style)
    kept = rules[rules["fate"] == "kept"]
    kept = kept.sample(min(len(kept), MOST_POINTS), random_state=seed).sort_values("times")
    left.set(xscale="log", ylabel="confidence", title="What became of the rules")
    handles = left.get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower left", ncols=3, markerscale=2.5)
    right.set(title="Those kept")
    if len(kept):
        times = kept["times"].to_numpy()
        norm = LogNorm(times.min(), max(times.max(), times.min() * 1.01))
        points = right.scatter(
            kept["count"], kept["confidence"], c=times, cmap=SEQUENTIAL, norm=norm, **style
        )
        bar = figure.colorbar(points, ax=right, label="playlists of the rule / expected by chance")
        bar.solids.set_alpha(1)
        _plain_ticks(bar.ax.yaxis)
    for axis in (left, right):
        axis.set_xlabel("playlists that hold all of the rule")
        _plain_ticks(axis.xaxis)
        axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    return figure


@styled
def rule_network(
    edges: pd.DataFrame, names: Mapping[int, str], sizes: Mapping[int, float], longest: int = 20
) -> Figure:
    """Draw rules as arrows between tracks, each group in a cell of its own.

    Parameters
    ----------
    edges : pandas.DataFrame
        ``first``, ``then`` (items), ``confidence``, and ``back`` (confidence of the rule the other
        way, NaN when that is not kept), see `lib.playlists.mining.rules_told.strongest_edges`.
    names : mapping of int to str
        Name of each item.
    sizes : mapping of int to float
        Playlists of each item: the area of its point.
    longest : int, optional
        Letters of a line; a name "track – artist" takes two lines.
    """
    graph = nx.Graph()
    graph.add_edges_from(zip(edges["first"].tolist(), edges["then"].tolist(), strict=True))
    place = node_places(graph)
    spots = np.array([place[node] for node in graph])
    figure, (axis,) = empty(1, 1, 11.0, min(1.2 + 0.85 * np.ptp(spots[:, 1]), 12.0))
    for edge in edges.itertuples():
        both = np.isfinite(edge.back)
        axis.annotate(
            "",
            place[edge.then],
            xytext=place[edge.first],
            arrowprops={
                "arrowstyle": "<|-|>" if both else "-|>",
                "color": SKY,
                "linewidth": 0.5 + 2.0 * edge.confidence,
                "shrinkA": 4,
                "shrinkB": 4,
            },
            zorder=1,
        )
    most = max(sizes[node] for node in graph)
    areas = {node: 12 + 130 * sizes[node] / most for node in graph}
    axis.scatter(*spots.T, s=list(areas.values()), color=BLUE, zorder=2)
    for node, spot in place.items():
        # Away from the arrow, where there is but one.
        below = all(place[other][1] > spot[1] for other in graph[node]) and len(graph[node]) == 1
        gap = 2 + np.sqrt(areas[node]) / 2
        axis.annotate(
            "\n".join(legible(part, longest) for part in names[node].rsplit(" – ", 1)),
            spot,
            xytext=(0, -gap if below else gap),
            textcoords="offset points",
            ha="center",
            va="top" if below else "bottom",
            fontsize=7,
            linespacing=0.95,
            zorder=3,
            bbox={"facecolor": "white", "alpha": 0.65, "edgecolor": "none", "pad": 0.4},
        )
    axis.margins(0.08)
    axis.set_axis_off()
    return figure


@styled
def lasting(splits: pd.DataFrame, held_out: pd.DataFrame) -> Figure:
    """Draw how many rules the other half confirms, and the confidence of the best ones there.

    Parameters
    ----------
    splits : pandas.DataFrame
        `lib.playlists.mining.rule_checks.stability`.
    held_out : pandas.DataFrame
        `lib.playlists.mining.rule_checks.held_out_confidence`.
    """
    figure, (left, right) = empty(1, 2, 11.0, 4.2)
    kinds = list(dict.fromkeys(splits["kind"]))
    for at, kind in enumerate(kinds):
        rows = splits[splits["kind"] == kind]
        spread = np.linspace(-0.12, 0.12, len(rows)) if len(rows) > 1 else np.zeros(1)
        for column, colour, label in (
            ("confirmed", BLUE, "in the other half"),
            ("chance", ORANGE, "in the other half dealt out anew"),
        ):
            shown = label if at == 0 else None
            left.scatter(at + spread, rows[column], color=colour, s=28, alpha=0.8, label=shown)
            left.hlines(rows[column].mean(), at - 0.2, at + 0.2, color=colour, linewidth=2)
    left.set_xticks(range(len(kinds)), kinds)
    left.set(xlim=(-0.5, len(kinds) - 0.5), ylim=(-0.02, 1.3), yticks=np.arange(0, 1.01, 0.2))
    left.set(ylabel="share confirmed", title="Rules of one half of the playlists")
    left.legend(loc="upper left")
    top = held_out["top"]
    right.plot(top, held_out["training"], color=ORANGE, marker="o", label="where they were found")
    right.plot(top, held_out["held_out"], color=BLUE, marker="o", label="in the other half")
    right.fill_between(top, held_out["low"], held_out["high"], color=BLUE, alpha=0.2, linewidth=0)
    right.plot(top, held_out["base"], color=GREY, linestyle="--", label="when nothing is known")
    right.set(xscale="log", xlabel="rules with the highest confidence", ylim=(0, 1.02))
    right.set(ylabel="mean confidence", title="The winner's curse")
    right.xaxis.set_major_formatter(_COUNT)
    right.legend(loc="center left")
    for axis in (left, right):
        axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    return figure


def _plain_ticks(axis: Axis) -> None:
    """Label a logarithmic axis at 1, 2 and 5 times the powers of ten, in plain numbers."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(_COUNT)
    axis.set_minor_formatter(NullFormatter())
