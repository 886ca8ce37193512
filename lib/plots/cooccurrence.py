"""Figures of what stands together in playlists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import networkx as nx
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator, PercentFormatter

from lib.plots.style import BLUE, GREY, ORANGE, SEQUENTIAL, SKY, empty, styled
from lib.plots.tracks import legible


@styled
def heat_map(values: np.ndarray, names: Sequence[str], label: str) -> Figure:
    """Draw a symmetric matrix of similarities; NaN stays white.

    Parameters
    ----------
    values : numpy.ndarray, shape (items, items)
        Similarities.
    names : sequence of str
        Name of each item.
    label : str
        What is drawn, for the colour bar.
    """
    n = len(names)
    figure, (axis,) = empty(1, 1, 4.6 + 0.16 * n, 2.4 + 0.16 * n)
    drawn = axis.imshow(values, cmap=SEQUENTIAL, vmin=0, vmax=np.nanmax(values, initial=0.01))
    shown = [legible(name, 34) for name in names]
    axis.set_yticks(range(n), shown, fontsize=8)
    axis.set_xticks(range(n), [legible(name, 16) for name in names], fontsize=8, rotation=90)
    axis.tick_params(length=0)
    axis.grid(visible=False)
    axis.spines[:].set_visible(False)
    figure.colorbar(drawn, label=label, shrink=0.7)
    return figure


@styled
def network(
    pairs: pd.DataFrame, names: Mapping[int, str], sizes: Mapping[int, float], longest: int = 20
) -> Figure:
    """Draw pairs as a network: what is joined stands near, and each group in a cell of its own.

    Parameters
    ----------
    pairs : pandas.DataFrame
        ``item``, ``neighbour``, ``score``.
    names : mapping of int to str
        Name of each item.
    sizes : mapping of int to float
        Playlists of each item: the area of its point.
    longest : int, optional
        Letters of a line; a name "track – artist" takes two lines.
    """
    graph = nx.Graph()
    columns = (pairs[name].tolist() for name in ("item", "neighbour", "score"))
    graph.add_weighted_edges_from(zip(*columns, strict=True))
    place = node_places(graph)
    spots = np.array([place[node] for node in graph])
    figure, (axis,) = empty(1, 1, 11.0, min(1.2 + 0.85 * np.ptp(spots[:, 1]), 12.0))
    strongest = max((score for *_, score in graph.edges(data="weight")), default=1.0)
    for a, b, score in graph.edges(data="weight"):
        ends = np.array([place[a], place[b]]).T
        axis.plot(*ends, color=SKY, linewidth=0.6 + 3.0 * score / strongest, zorder=1)
    most = max(sizes[node] for node in graph)
    areas = [12 + 130 * sizes[node] / most for node in graph]
    axis.scatter(*spots.T, s=areas, color=BLUE, zorder=2)
    for node, (x, y) in place.items():
        axis.annotate(
            "\n".join(legible(part, longest) for part in names[node].rsplit(" – ", 1)),
            (x, y),
            xytext=(0, 6),
            textcoords="offset points",
            ha="center",
            fontsize=7,
            linespacing=1.15,
            zorder=3,
            path_effects=[withStroke(linewidth=2, foreground="white")],
        )
    axis.margins(0.08)
    axis.set_axis_off()
    return figure


@styled
def checks(table: pd.DataFrame, titles: Mapping[str, str]) -> Figure:
    """Draw each check of each measure beside the same on shuffled playlists.

    Parameters
    ----------
    table : pandas.DataFrame
        `lib.playlists.counting.neighbours.check_neighbours`.
    titles : mapping of str to str
        Title of each check's panel, in two lines at most.
    """
    names = list(dict.fromkeys(table["measure"]))
    figure, axes = empty(1, len(titles), 11.0, 1.9 + 0.38 * len(names), sharey=True)
    places = np.arange(len(names))
    for axis, (check, title) in zip(axes, titles.items(), strict=True):
        rows = table[table["check"] == check].set_index("measure").loc[names]
        errors = [rows["value"] - rows["low"], rows["high"] - rows["value"]]
        axis.errorbar(
            rows["value"], places, xerr=errors, fmt="o", color=BLUE, label="as they are", ms=6
        )
        axis.scatter(
            rows["shuffled"], places, marker="D", facecolor="white", edgecolor=ORANGE, s=36,
            label="shuffled", zorder=3,
        )  # fmt: skip
        axis.set_title(title, fontsize=10)
        axis.margins(x=0.1)
        axis.xaxis.set_major_locator(MaxNLocator(5))
    axes[0].axvline(0.5, color=GREY, linestyle="--", linewidth=1)
    axes[1].axvline(0, color=GREY, linestyle="--", linewidth=1)
    axes[2].xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes[2].set_xlim(left=-0.01)
    axes[0].set_yticks(places, names)
    axes[0].set_ylim(len(names) - 0.5, -0.5)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def node_places(graph: nx.Graph, width: float = 12.0) -> dict[int, tuple[float, float]]:
    """Lay out each connected group, then set the groups in rows like words in a text."""
    place: dict[int, tuple[float, float]] = {}
    x = y = height = 0.0
    groups = sorted(nx.connected_components(graph), key=lambda nodes: (-len(nodes), min(nodes)))
    for nodes in groups:
        part = graph.subgraph(sorted(nodes))
        # Unweighted, so that names of the strongest pairs do not lie on each other.
        spots = np.array(list(nx.kamada_kawai_layout(part, weight=None).values()))
        # Room for a name of each: wide and low, as names are.
        side = np.array([1.3, 0.75]) * (len(part) - 1) ** 0.66
        if len(part) == 2:
            spots, side = np.array([[0.5, 0.0], [0.5, 1.0]]), np.array([0.0, 0.8])
        span = np.ptp(spots, axis=0)
        spots = (spots - spots.min(axis=0)) / np.where(span > 0, span, 1) * side
        room = side + np.array([1.9, 1.0])
        if x and x + room[0] > width:
            x, y, height = 0.0, y - height, 0.0
        for node, spot in zip(part, spots, strict=True):
            place[node] = (x + 0.95 + spot[0], y - spot[1])
        x, height = x + room[0], max(height, room[1])
    return place
