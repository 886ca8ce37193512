"""Figures of a catalogue itself: how many rows a track has, distributions, correlations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib import font_manager, ft2font
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from lib.plots.style import BLUE, DIVERGING, GREY, ORANGE, SEQUENTIAL, empty, styled

UNITS = {"ms": "ms", "bpm": "BPM", "db": "dB"}
MISSING_GLYPH = "□"


def label(name: str) -> str:
    """Turn a column's name into an axis label, its unit in brackets.

    Examples
    --------
    >>> label("loudness_db"), label("time_signature")
    ('loudness (dB)', 'time signature')
    """
    stem, _, last = name.rpartition("_")
    return f"{stem.replace('_', ' ')} ({UNITS[last]})" if last in UNITS else name.replace("_", " ")


def legible(text: str, length: int = 26) -> str:
    """Make a name from the data safe to draw: short, no formula, no glyph that the font lacks.

    Examples
    --------
    >>> legible("aespa 에스파"), legible("a rather long name", 12)
    ('aespa □□□', 'a rather lo…')
    """
    font = ft2font.FT2Font(font_manager.findfont("DejaVu Sans"))
    drawn = "".join(sign if font.get_char_index(ord(sign)) else MISSING_GLYPH for sign in str(text))
    drawn = drawn if len(drawn) <= length else f"{drawn[: length - 1]}…"
    return drawn.replace("$", r"\$")


def percent(share: float, *_: object) -> str:
    """Write a share as a percentage of two digits; also serves as a tick format.

    Examples
    --------
    >>> percent(0.8149), percent(0.0022), percent(1)
    ('81 %', '0.22 %', '100 %')
    """
    return f"{100 * share:.2g} %" if share < 0.995 else f"{100 * share:.0f} %"


@styled
def rows_per_id(rows: pd.Series) -> Figure:
    """Draw how many rows the ids have; `rows` holds the number of rows of each id."""
    counts = rows.value_counts().sort_index()
    figure, (axis,) = empty(height_in=3.6)
    bars = axis.bar(counts.index.astype(str), counts, color=BLUE)
    axis.bar_label(bars, [f"{n:,}\n{percent(n / counts.sum())}" for n in counts], padding=2)
    axis.margins(y=0.2)
    axis.set(xlabel="rows of a track id", ylabel="track ids", title="One id, several rows")
    axis.yaxis.set_major_formatter(FuncFormatter(lambda count, _: f"{count:,.0f}"))
    axis.grid(visible=False, axis="x")
    return figure


@styled
def popularity_histogram(popularity: pd.Series) -> Figure:
    """Draw the share of tracks at each popularity from 0 to 100, with zero told apart."""
    figure, (axis,) = empty(height_in=4.0)
    zero = float((popularity == 0).mean())
    edges = np.arange(0, 102) - 0.5
    some = popularity[popularity > 0]
    # A mean of several values may lie between 0 and 0.5; it belongs to the first bar above zero.
    weights = np.full(len(some), 1 / len(popularity))
    axis.hist(some.clip(lower=0.5), bins=edges, weights=weights, color=BLUE)
    axis.bar(0, zero, width=1.0, color=ORANGE)
    axis.annotate(
        f"{percent(zero)} stand at exactly 0",
        (0, zero),
        (6, -4),
        textcoords="offset points",
        va="top",
    )
    middle = popularity.median()
    axis.axvline(middle, color=GREY, linestyle="--")
    axis.annotate(
        f"median {middle:.0f}",
        (middle, 0.97),
        (4, 0),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        va="top",
    )
    axis.set(xlabel="popularity (0 to 100)", ylabel="share of tracks", title="Popularity")
    axis.yaxis.set_major_formatter(FuncFormatter(percent))
    return figure


@styled
def histogram_grid(
    tracks: pd.DataFrame, columns: Sequence[str], width: int = 3, cut: float = 0.995
) -> Figure:
    """Draw a histogram of each column; a long right tail beyond the quantile `cut` is left out.

    Columns with at most 40 different whole numbers get a bar each; milliseconds become minutes.
    """
    height = -(-len(columns) // width)
    figure, axes = empty(height, width, 10.0, 1.9 * height + 0.4)
    for axis, name in zip(axes, columns, strict=False):
        values = tracks[name].dropna().astype(float) / (60_000 if name.endswith("_ms") else 1)
        tail = values.quantile(cut)
        long_tail = values.max() > 2 * max(tail, 0) and tail > 0
        shown = values[values <= tail] if long_tail else values
        whole = values.nunique() <= 40 and (values % 1 == 0).all()
        bins = np.arange(shown.min(), shown.max() + 2) - 0.5 if whole else 50
        weights = np.full(len(shown), 1 / max(len(values), 1))
        axis.hist(shown, bins=bins, weights=weights, color=BLUE, rwidth=0.85 if whole else None)
        note = f"; {percent(1 - len(shown) / len(values))} beyond not shown" if long_tail else ""
        axis.set_title(label(name).replace("(ms)", "(minutes)"))
        axis.set_xlabel(f"median {values.median():.3g}{note}")
        if whole and shown.nunique() <= 12:
            axis.set_xticks(np.unique(shown))
        axis.yaxis.set_major_formatter(FuncFormatter(percent))
        axis.grid(visible=False, axis="x")
    for axis in axes[len(columns) :]:
        axis.remove()
    figure.supylabel("share of tracks", size=10)
    return figure


@styled
def category_shares(tables: Mapping[str, pd.DataFrame], unit: str = "tracks") -> Figure:
    """Draw the share of each category, one panel a table of `lib.tracks.describe.shares`."""
    figure, axes = empty(-(-len(tables) // 2), 2, 10.0, 2.1 * -(-len(tables) // 2))
    for axis, (name, table) in zip(axes, tables.items(), strict=False):
        bars = axis.barh(table["category"], table["share"], color=BLUE)
        texts = [
            f"{percent(s)} ({n:,})" for s, n in zip(table["share"], table["tracks"], strict=True)
        ]
        axis.bar_label(bars, texts, padding=3)
        axis.set_title(label(name))
        axis.set_xlim(0, 1.45 * table["share"].max())
        axis.xaxis.set_major_formatter(FuncFormatter(percent))
        axis.invert_yaxis()
        axis.grid(visible=False, axis="y")
    for axis in axes[len(tables) :]:
        axis.remove()
    figure.supxlabel(f"share of {unit} (number in brackets)", size=10)
    return figure


@styled
def correlation_map(spearman: pd.DataFrame, pearson: pd.DataFrame, order: Sequence[str]) -> Figure:
    """Draw Spearman's correlations below the diagonal and Pearson's above it."""
    below = spearman.loc[order, order].to_numpy()
    above = pearson.loc[order, order].to_numpy()
    size = len(order)
    both = np.where(np.tri(size, k=-1, dtype=bool), below, above).astype(float)
    np.fill_diagonal(both, np.nan)
    figure, (axis,) = empty(1, 1, 10.0, 8.6)
    image = axis.imshow(both, cmap=DIVERGING, vmin=-1, vmax=1)
    for (row, column), value in np.ndenumerate(both):
        if np.isfinite(value):
            text = f"{value:.2f}".replace("0.", ".").replace("-.00", ".00")
            shade = "white" if abs(value) > 0.6 else "black"
            axis.text(column, row, text, ha="center", va="center", size=8, color=shade)
    names = [label(name) for name in order]
    axis.set_xticks(range(size), names, rotation=45, ha="right", rotation_mode="anchor")
    axis.set_yticks(range(size), names)
    axis.set_title("Correlation: Spearman below the diagonal, Pearson above")
    axis.grid(visible=False)
    figure.colorbar(image, ax=axis, label="correlation", shrink=0.7)
    return figure


@styled
def pair_densities(tracks: pd.DataFrame, pairs: Sequence[tuple[str, str, float]]) -> Figure:
    """Draw pairs of columns as hexagons of equal area, shaded by the number of tracks in them.

    `pairs` holds two columns and their Spearman correlation, as `strongest_pairs` lists them.
    """
    height = -(-len(pairs) // 3)
    figure, axes = empty(height, 3, 10.0, 3.1 * height)
    for axis, (x, y, rho) in zip(axes, pairs, strict=False):
        shades = axis.hexbin(
            tracks[x], tracks[y], gridsize=35, bins="log", cmap=SEQUENTIAL, mincnt=1, linewidths=0.2
        )
        axis.set(xlabel=label(x), ylabel=label(y), title=f"rho {rho:+.2f}")
        figure.colorbar(shades, ax=axis)
    for axis in axes[len(pairs) :]:
        axis.remove()
    figure.supxlabel("colour: number of tracks, logarithmic", size=10)
    return figure


@styled
def energy_valence(tracks: pd.DataFrame) -> Figure:
    """Draw where tracks lie by valence and energy, and their mean popularity there.

    Hexagons with fewer than 30 tracks, or a hundredth of all where that is less, stay empty in
    the second panel; the fewer tracks there are, the larger the hexagons.
    """
    fewest = int(np.clip(len(tracks) / 100, 2, 30))
    across = int(np.clip(np.sqrt(len(tracks)) / 10, 8, 22))
    figure, (left, right) = empty(1, 2, 10.0, 4.4, sharey=True)
    place = {"gridsize": across, "extent": (0, 1, 0, 1), "linewidths": 0.2}
    x, y = tracks["valence"], tracks["energy"]
    crowd = left.hexbin(x, y, mincnt=1, cmap=SEQUENTIAL, **place)
    mean = right.hexbin(
        x,
        y,
        C=tracks["popularity"],
        reduce_C_function=np.mean,
        mincnt=fewest,
        cmap=SEQUENTIAL,
        **place,
    )
    _moods(left, crowd, "Where the tracks are", "tracks")
    _moods(right, mean, f"Mean popularity (at least {fewest} tracks)", "mean popularity")
    left.set_ylabel("energy")
    return figure


def _moods(axis: Axes, shades: PolyCollection, title: str, unit: str) -> None:
    axis.axhline(0.5, color="black", linewidth=0.8, linestyle=":")
    axis.axvline(0.5, color="black", linewidth=0.8, linestyle=":")
    axis.set(title=title, xlabel="valence", xlim=(0, 1), ylim=(0, 1))
    axis.grid(visible=False)
    axis.figure.colorbar(shades, ax=axis, label=unit)
