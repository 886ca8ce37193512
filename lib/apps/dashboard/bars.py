"""Means with their intervals as bars in a table, in HTML; all text from data escaped."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lib.apps.view.html_text import escape

CSS = """
.wb table.wbd-bars { width: 100%; border-collapse: collapse; font-size: 13px; margin: 0; }
.wb table.wbd-bars caption { text-align: left; padding: 0 0 4px; font-weight: 650; }
.wb table.wbd-bars th, .wb table.wbd-bars td { padding: 4px 8px 4px 0; border: 0;
  border-bottom: 1px solid var(--wb-line); text-align: left; line-height: 1.25;
  color: var(--wb-text); background: transparent; }
.wb table.wbd-bars th { color: var(--wb-quiet); font-weight: 600; font-size: 12px; }
.wb table.wbd-bars td.wbd-name { overflow-wrap: anywhere; width: 42%; min-width: 125px; }
.wb table.wbd-bars .wbd-right { text-align: right; white-space: nowrap; width: 1%;
  font-variant-numeric: tabular-nums; }
.wb .wbd-bar { position: relative; height: 14px; min-width: 70px; border-radius: 3px;
  background: repeating-linear-gradient(to right, var(--wb-line) 0 1px, var(--wb-back) 1px 25%); }
.wb .wbd-bar > * { position: absolute; box-sizing: border-box; }
.wb .wbd-span { top: 3px; bottom: 3px; background: #56B4E9; border-radius: 2px; }
.wb .wbd-dot { top: 2px; width: 10px; height: 10px; margin-left: -5px; border-radius: 50%;
  background: #0072B2; }
.wb .wbd-shrunk { top: -1px; bottom: -1px; width: 0; border-left: 3px solid #E69F00; }
.dark .wb .wbd-span { opacity: .7; } .dark .wb .wbd-dot { background: #8ccbf5; }
"""


def bars_html(rows: pd.DataFrame, caption: str, columns: Mapping[str, str]) -> str:
    """Write a table of mean popularities.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``name``, ``mean``, and ``low`` and ``high``, which may be missing; ``shrunken``, if any,
        is marked too.
    caption : str
        Empty for none.
    columns : mapping of str to str
        Columns of `rows` between name and mean, and their headings: ``tracks``, or shares.
    """
    head = '<th scope="col"></th>'
    head += "".join(f'<th scope="col" class="wbd-right">{one}</th>' for one in columns.values())
    head += '<th scope="col" class="wbd-right">mean</th><th scope="col">popularity, 0 to 100</th>'
    lines = []
    for row in rows.to_dict("records"):
        numbers = "".join(
            f'<td class="wbd-right">{row[name]:{"," if name == "tracks" else ".1%"}}</td>'
            for name in columns
        )
        mean = "–" if pd.isna(row["mean"]) else f"{row['mean']:.1f}"
        lines.append(
            f'<tr><td class="wbd-name">{escape(row["name"])}</td>{numbers}'
            f'<td class="wbd-right">{mean}</td><td>{_bar(row)}</td></tr>'
        )
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="wbg-scroll"><table class="wbd-bars">{title}<thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _bar(row: Mapping[str, float]) -> str:
    if pd.isna(row["mean"]):
        return ""
    marks, told = [], f"{row['mean']:.1f}"
    if not pd.isna(row["low"]):
        low, high = max(row["low"], 0), min(row["high"], 100)
        marks.append(
            f'<div class="wbd-span" style="left:{low:.1f}%;width:{max(high - low, 0.5):.1f}%">'
            "</div>"
        )
        told = interval(row["mean"], row["low"], row["high"])
    if "shrunken" in row:
        marks.append(f'<div class="wbd-shrunk" style="left:{row["shrunken"]:.1f}%"></div>')
        told += f", shrunken {row['shrunken']:.1f}"
    marks.append(f'<div class="wbd-dot" style="left:{row["mean"]:.1f}%"></div>')
    told = escape(told)
    return (
        f'<div class="wbd-bar" role="img" aria-label="{told}" title="{told}">{"".join(marks)}</div>'
    )


def interval(mean: float, low: float, high: float) -> str:
    """Write a mean with its interval.

    Examples
    --------
    >>> interval(41.27, 40, 42.5)
    '41.3 [40.0, 42.5]'
    """
    if pd.isna(low):
        return f"{mean:.1f} (one artist: no interval)"
    return f"{mean:.1f} [{low:.1f}, {high:.1f}]"
