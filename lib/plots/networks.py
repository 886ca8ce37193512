"""Figures of networks: which pairs are kept, who is central, communities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import networkx as nx
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from lib.plots.style import BLUE, CYCLE, GREY, ORANGE, RED, empty, styled
from lib.plots.tracks import legible

HALO = [withStroke(linewidth=2.2, foreground="white")]
ACROSS = 4
"""Communities drawn in a row."""


@styled
def filters(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw how many pairs each filter keeps, beside those of shuffled playlists.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        By level: indexed by filter, ``kept`` and ``kept, shuffled``.
    """
    figure, axes = empty(1, len(tables), 10, 2.7, sharey=True)
    for axis, (level, table) in zip(axes, tables.items(), strict=True):
        at = np.arange(len(table))
        for shift, column, colour, label in (
            (-0.2, "kept", BLUE, "as they are"),
            (0.2, "kept, shuffled", ORANGE, "shuffled"),
        ):
            axis.barh(at + shift, table[column], height=0.38, color=colour, label=label)
            for place, n in zip(at, table[column], strict=True):
                axis.text(n, place + shift, f" {n:,.0f}", va="center", fontsize=8)
        axis.set(xlabel=f"pairs of {level}s", yticks=at, yticklabels=table.index)
        axis.set_ylim(len(table) - 0.5, -0.5)
        axis.set_xlim(0, max(table.to_numpy().max(), 1) * 1.18)
        axis.locator_params(axis="x", nbins=4)
        axis.xaxis.set_major_formatter("{x:,.0f}")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure


@styled
def against_popularity(
    table: pd.DataFrame, titles: Mapping[str, str], left: Mapping[str, np.ndarray],
    names: Sequence[str], labelled: int = 4,
) -> Figure:  # fmt: skip
    """Draw each centrality over the playlists of an item, naming those furthest above the curve.

    Parameters
    ----------
    table : pandas.DataFrame
        ``playlists`` and a column a centrality.
    titles : mapping of str to str
        Title of each centrality's panel.
    left : mapping of str to numpy.ndarray
        What popularity leaves of each.
    names : sequence of str
        Name of each item.
    labelled : int, optional
        Items named in a panel.
    """
    figure, axes = empty(2, 2, 11, 7.6)
    for axis, (measure, title) in zip(axes, titles.items(), strict=True):
        values = table[measure].to_numpy(float)
        there = values > 0
        axis.scatter(table["playlists"][there], values[there], s=9, color=BLUE, alpha=0.45,
                     linewidth=0)  # fmt: skip
        axis.set(xscale="log", title=title, xlabel="playlists of the item, logarithmic")
        if there.any():
            axis.set_yscale("log")
        far = np.argsort(-np.where(there, left[measure], -np.inf), kind="stable")[:labelled]
        # Names stand in the free corner above the points, each led to its own.
        for at, place in enumerate(far[np.argsort(-values[far], kind="stable")]):
            spot = (table["playlists"].iloc[place], values[place])
            axis.scatter(*spot, s=16, color=RED, zorder=3)
            axis.annotate(
                legible(names[place], 40), spot, xytext=(0.98, 0.25 - 0.07 * at),
                textcoords="axes fraction", fontsize=8, color=RED, ha="right", path_effects=HALO,
                arrowprops={"arrowstyle": "-", "color": RED, "linewidth": 0.5, "alpha": 0.6},
            )  # fmt: skip
    return figure


@styled
def correlations(
    tables: Mapping[str, pd.DataFrame], titles: Mapping[str, str], names: Mapping[str, str]
) -> Figure:
    """Draw correlations of centralities with intervals, a panel a check, a colour a level.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        By level: measure, check, value, low, high.
    titles, names : mapping of str to str
        Title of each check's panel, and name of each measure.
    """
    figure, axes = empty(1, len(titles), 10, 3.2, sharey=True)
    for axis, (check, title) in zip(axes, titles.items(), strict=True):
        for shift, (level, table), colour in zip(
            (-0.12, 0.12, 0.3), tables.items(), CYCLE, strict=False
        ):
            rows = table[table["check"] == check]
            at = np.arange(len(rows)) + shift
            axis.hlines(at, rows["low"], rows["high"], color=colour)
            axis.plot(rows["value"], at, "o", color=colour, ms=5, label=f"{level}s")
            axis.set_yticks(range(len(rows)), [names[one] for one in rows["measure"]])
        axis.axvline(0, color=GREY, linestyle="--", linewidth=1)
        axis.set_title(title, fontsize=10)
        axis.set_xlim(min(-0.1, axis.get_xlim()[0]), 1.02)
        axis.set_ylim(len(rows) - 0.5, -0.5)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


@styled
def communities(
    edges: pd.DataFrame, community: np.ndarray, names: Mapping[int, str],
    sizes: Mapping[int, float], letters: int = 22,
) -> Figure:  # fmt: skip
    """Draw the first members of each community in a panel of its own.

    Parameters
    ----------
    edges : pandas.DataFrame
        ``first``, ``second``, ``excess``, within communities.
    community : numpy.ndarray of int, shape (items,)
        Community of each item.
    names, sizes : mapping of int to str, to float
        Name and playlists of each item drawn; the area of a point is in proportion to these.
    letters : int, optional
        Of a line; a name "track – artist" takes two lines.
    """
    graph = nx.Graph()
    columns = (edges[name].tolist() for name in ("first", "second", "excess"))
    graph.add_weighted_edges_from(zip(*columns, strict=True))
    shown = sorted({int(community[node]) for node in graph})
    tall, most = max(-(-len(shown) // ACROSS), 1), max(map(sizes.get, graph), default=1)
    figure, axes = empty(tall, ACROSS, 13, 3.6 * tall)
    for axis in axes:
        axis.set_axis_off()
    for axis, number in zip(axes, shown, strict=False):
        nodes = sorted(node for node in graph if community[node] == number)
        colour = CYCLE[number % len(CYCLE)]
        # On a circle in the order in which tied ones are next to each other: names stay apart.
        part = graph.subgraph(nodes)
        order = list(nx.dfs_preorder_nodes(part, nodes[0]))
        order += [node for node in nodes if node not in order]
        turn = 2 * np.pi * np.arange(len(order)) / len(order) + np.pi / 2
        place = dict(zip(order, np.column_stack([np.cos(turn), np.sin(turn)]), strict=True))
        heaviest = max(weight for *_, weight in part.edges(data="weight"))
        for a, b, weight in part.edges(data="weight"):
            axis.plot(*np.array([place[a], place[b]]).T, color=colour, alpha=0.45,
                      linewidth=0.6 + 3 * weight / heaviest, zorder=1)  # fmt: skip
        for node, (x, y) in place.items():
            axis.scatter(x, y, s=15 + 130 * sizes[node] / most, color=colour, zorder=2)
            lines = [legible(text, letters) for text in names[node].rsplit(" – ", 1)]
            # Names at the bottom stand next to each other: they are moved apart.
            aside = 18 * np.sign(np.round(x, 6)) if y < -0.7 else 0
            axis.annotate("\n".join(lines), (x, y), xytext=(aside, 7 if y > -0.2 else -7),
                          textcoords="offset points", ha="center", fontsize=7.5, zorder=3,
                          va="bottom" if y > -0.2 else "top", path_effects=HALO)  # fmt: skip
        axis.set_title(f"community {number}", fontsize=9, color=colour)
        axis.set(xlim=(-1.75, 1.75), ylim=(-1.5, 1.5))
    return figure


@styled
def modularities(judged: Mapping[str, tuple[float, np.ndarray, np.ndarray]]) -> Figure:
    """Draw the modularity of each level's backbone beside those of networks of chance.

    Parameters
    ----------
    judged : mapping of str to (float, numpy.ndarray, numpy.ndarray)
        By level: of the backbone, of rewired ones, of those of shuffled playlists.
    """
    figure, (axis,) = empty(1, 1, 9, 1.4 + 0.5 * len(judged))
    for at, (real, rewired, dealt) in enumerate(judged.values()):
        told = at == 0
        axis.plot(real, at, "o", color=BLUE, label="backbone" if told else None)
        axis.plot(rewired, np.full(len(rewired), at - 0.12), "D", mfc="white", color=ORANGE, ms=5,
                  label="edges rewired" if told else None)  # fmt: skip
        axis.plot(dealt, np.full(len(dealt), at + 0.12), "s", mfc="white", color=GREY, ms=5,
                  label="playlists shuffled" if told else None)  # fmt: skip
    axis.set_yticks(range(len(judged)), [f"{level}s" for level in judged])
    axis.set(xlim=(0, 1), xlabel="modularity of the communities found")
    axis.set_ylim(len(judged) - 0.5, -0.5)
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return figure
