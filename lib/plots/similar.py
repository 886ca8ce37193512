"""Figures of tracks that sound alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.plots.style import BLUE, GREY, RED, empty, styled


@styled
def shares_beside_random(tables: dict[str, pd.DataFrame]) -> Figure:
    """Draw how often similar tracks share artist or genre, beside tracks drawn at random.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        By measure: by kind, share, random, lift, low, high, see
        `lib.apps.track_report.similar_tracks.lift_over_random`.
    """
    kinds = list(next(iter(tables.values())).index)
    figure, axes = empty(1, len(kinds), 9, 1.5 + 0.5 * len(tables))
    for axis, kind in zip(axes, kinds, strict=True):
        rows = pd.DataFrame({name: table.loc[kind] for name, table in tables.items()}).T
        places = np.arange(len(rows) + 1)
        values = [*rows["share"], rows["random"].iloc[0]]
        axis.barh(places, values, color=[*[BLUE] * len(rows), GREY], height=0.6)
        words = [f"{one.share:.2%}, lift {one.lift:.3g}" for one in rows.itertuples()]
        for place, text in enumerate([*words, f"{values[-1]:.3%}"]):
            axis.text(values[place], place, f"  {text}", va="center", fontsize=9)
        axis.set_yticks(places, [f"nearest, {name}" for name in rows.index] + ["at random"])
        axis.xaxis.set_major_formatter(lambda value, _: f"{value:.2%}".replace(".00", ""))
        axis.set(xlabel=f"of similar tracks share the {kind}", xlim=(0, 1.7 * max(values)))
        axis.invert_yaxis()
        axis.grid(visible=False, axis="y")
    return figure


@styled
def distances(shown: np.ndarray, random: np.ndarray, label: str) -> Figure:
    """Draw how far similar tracks lie, and how far any track of the genre.

    Parameters
    ----------
    shown : numpy.ndarray
        Distances of the similar tracks.
    random : numpy.ndarray
        Distances of all tracks of its genres.
    label : str
        What these are, for the legend.
    """
    figure, (axis,) = empty(1, 1, 8, 2.8)
    axis.hist(random, bins=50, color=GREY, alpha=0.6, label=label)
    for place, one in enumerate(shown):
        axis.axvline(one, color=RED, linewidth=1.2, label="similar tracks" if not place else None)
    axis.set(xlabel="distance (standard deviations of a descriptor)", ylabel="tracks")
    axis.set_xlim(left=0)
    figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return figure
