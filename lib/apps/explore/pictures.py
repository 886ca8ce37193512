"""The explorer's pictures: points and bars of what the filters leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.apps.explore.state import Explorer
from lib.apps.view.labels import SHOWN
from lib.plots.explorer import points_and_bars

DRAWN = 2_500
"""Points at most; more would hide each other and take longer than a blink."""
BINS = 40
NO_COLOUR = "none"
MACRO = "macro-genre"


@dataclass(frozen=True)
class Choice:
    """What is drawn: columns of `SHOWN`; the colour may also be `NO_COLOUR` or `MACRO`."""

    x: str = "energy"
    y: str = "valence"
    colour: str = "popularity"
    bars: str = "popularity"


def points(explorer: Explorer, choice: Choice) -> pd.DataFrame:
    """Return the points: columns x, y and, if there is one, colour.

    At most `DRAWN` rows, the first of one random order: while filters move, points come and go but
    do not jump.
    """
    rows = explorer.mixed[explorer.filters.mask()[explorer.mixed]][:DRAWN]
    of = {"x": choice.x, "y": choice.y}
    if choice.colour in SHOWN:
        of["colour"] = choice.colour
    found = pd.DataFrame({name: explorer.filters.values(col)[rows] for name, col in of.items()})
    if choice.colour == MACRO:
        found["colour"] = explorer.macro.iloc[rows].to_numpy()
    return found


def histogram(explorer: Explorer, column: str) -> pd.DataFrame:
    """Count rows in some `BINS` equal bins of a column's `span`.

    Returns
    -------
    pandas.DataFrame
        Columns ``low`` and ``high`` (ends of the bin; the high one belongs to the next bin),
        ``left`` and ``all``: shares of the rows that are left, and of all rows. ``left`` adds up to
        1, or to 0 when nothing is left; ``all`` to the share of rows in the span.
    """
    low, high = span(explorer, column)
    if SHOWN[column].step == 1:  # bins around whole numbers, each as wide as the others
        wide = max(1, int(np.ceil((high - low + 1) / BINS)))
        edges = np.arange(low - 0.5, high + 0.5 + wide, wide)
    else:
        edges = np.linspace(low, high, BINS + 1)
    values = explorer.filters.values(column)
    place = np.searchsorted(edges, values, side="right") - 1
    place[values == edges[-1]] = len(edges) - 2
    table = {"low": edges[:-1], "high": edges[1:]}
    for name, own in (("left", place[explorer.filters.mask()]), ("all", place)):
        inside = own[(own >= 0) & (own < len(edges) - 1)]
        table[name] = np.bincount(inside, minlength=len(edges) - 1) / max(len(own), 1)
    return pd.DataFrame(table)


def span(explorer: Explorer, column: str) -> tuple[float, float]:
    """Return the ends of an axis: those of the range that is set, else of the whole catalogue."""
    low, high = explorer.limits(column)
    least, most = explorer.filters.ranges.get(column, (low, high))
    least, most = max(low, least), min(high, most)
    step = SHOWN[column].step
    # A range of a single value still needs some room on an axis.
    return (least, most) if most - least >= step else (least - step, most + step)


def draw(explorer: Explorer, choice: Choice) -> Figure:
    """Draw both pictures side by side."""
    labels = {name: SHOWN[name].label for name in (choice.x, choice.y, choice.bars)}
    colour = SHOWN.get(choice.colour)
    return points_and_bars(
        points(explorer, choice),
        histogram(explorer, choice.bars),
        labels[choice.x],
        labels[choice.y],
        labels[choice.bars],
        colour.label if colour else "",
        {name: span(explorer, getattr(choice, name)) for name in ("x", "y")}
        | ({"colour": span(explorer, choice.colour)} if colour else {}),
    )


def caption(explorer: Explorer, choice: Choice) -> str:
    """Say what the pictures show, a sample included."""
    left = explorer.left()
    if not left.rows:
        return "No row passes all filters; grey: all rows."
    shown = f"all {left.rows:,} rows"
    if left.rows > DRAWN:
        shown = f"a random sample of {DRAWN:,} of the {left.rows:,} rows"
    names = [SHOWN[name].words for name in (choice.x, choice.y, choice.bars)]
    return (
        f"Left: {names[1]} against {names[0]}, {shown}. Right: {names[2]} of all "
        f"{left.rows:,} rows left (blue) and of the whole catalogue (grey line). Axes end where "
        "a range is set, else with the catalogue."
    )
