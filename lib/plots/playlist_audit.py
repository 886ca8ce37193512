"""Figures of the audit of published numbers about playlists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lib.plots.style import BLUE, GREEN, GREY, ORANGE, RED, SKY, empty, styled


@styled
def steps_to_honest(
    table: pd.DataFrame, steps: Mapping[str, Sequence[tuple[str, float]]]
) -> Figure:
    """Draw for each claim how the number changes as one thing after the other is put right.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a claim: columns label, published, honest, low, high, baseline, baseline_value.
    steps : mapping of str to sequence of (str, float)
        By label: names of the steps and the number after each; claims without steps are left out.
    """
    shown = table[table["label"].map(lambda label: bool(steps.get(label)))]
    columns = 2
    rows = -(-len(shown) // columns)
    figure, axes = empty(rows, columns, 12, 1.0 + 2.35 * rows)
    for axis in axes[len(shown) :]:
        axis.set_axis_off()
    for axis, claim in zip(axes, shown.itertuples(), strict=False):
        way = steps[claim.label]
        values = np.array([value for _, value in way])
        place = np.arange(len(way))
        axis.plot(values, place, "-", color=GREY, linewidth=1, zorder=1)
        axis.scatter(values[:1], place[:1], color=RED, s=40, zorder=3, label="rebuilt")
        axis.scatter(values[1:], place[1:], color=SKY, s=40, zorder=3, label="one thing put right")
        last = len(way)
        axis.hlines(last, claim.low, claim.high, color=GREEN, linewidth=3, alpha=0.6)
        axis.plot(claim.honest, last, "o", color=GREEN, label="honest, with interval")
        mark = {"color": "black", "markersize": 15, "linestyle": "none"}
        axis.plot(claim.baseline_value, last, "|", label="baseline", **mark)
        mark = {"color": "black", "fillstyle": "none", "linestyle": "none"}
        axis.plot(claim.published, 0, "D", label="published", **mark)
        for value, at in zip([*values, claim.honest], [*place, last], strict=True):
            text = f"{value:.4f}" if claim.claim == "accuracy" else f"{value:.3g}"
            axis.annotate(text, (value, at), (0, 5), textcoords="offset points", ha="center",
                          fontsize=8)  # fmt: skip
        axis.set_yticks([*place, last], [*(name for name, _ in way), "honest"], fontsize=8.5)
        axis.set_ylim(last + 0.5, -0.75)
        axis.margins(x=0.12)
        axis.xaxis.set_major_locator(MaxNLocator(5))
        axis.set_title(claim.label, fontsize=9.5)
    handles = axes[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=5)
    return figure


@styled
def confidences(rules: Mapping[str, np.ndarray]) -> Figure:
    """Draw the confidences of rules, by the way in which pairs were counted.

    Parameters
    ----------
    rules : mapping of str to numpy.ndarray
        Confidences by the name of the way, the published one first.
    """
    figure, (left, right) = empty(1, 2, 11.0, 4.0)
    highest = max(values.max(initial=1) for values in rules.values())
    least = min(values.min(initial=1) for values in rules.values())
    # A bin ends just above 1, so that a confidence of 1 is not drawn beyond it.
    inside = np.geomspace(least, 1 + 1e-9, 16)
    width = inside[1] / inside[0]
    beyond = inside[-1] * width ** np.arange(1, 2 + np.log(highest) / np.log(width))
    bins = np.r_[inside, beyond]
    for (name, values), colour in zip(rules.items(), (ORANGE, BLUE), strict=True):
        label = f"{name} ({len(values):,} rules)"
        left.hist(values, bins, histtype="stepfilled", alpha=0.45, color=colour, label=label)
        ranked = np.sort(values)[::-1]
        right.plot(np.arange(1, len(ranked) + 1), ranked, color=colour, label=name)
    for axis, line in ((left, left.axvline), (right, right.axhline)):
        line(1, color=RED, linewidth=1.2)
        axis.set(xscale="log")
    left.set(xlabel="confidence (red: 1, the most there can be)", ylabel="rules")
    left.set(title="How confident the rules are")
    left.yaxis.set_major_formatter("{x:,.0f}")
    right.set(yscale="log", xlabel="rules, most confident first", ylabel="confidence")
    right.set(title="The most confident")
    left.legend(fontsize=9)
    return figure
