"""What the popularity widget shows, as HTML: cards, bars, sentences; all text from data escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lib.apps.predict.explained import Explained, Part
from lib.apps.predict.state import Compared, Loaded
from lib.apps.predict.words import alike, doubts, how_wide, of_track, predicted, why
from lib.apps.view.html_text import escape
from lib.apps.view.style import quiet
from lib.modelling.stored.shelf import OnShelf

BARS = 11
"""Inputs with a bar of their own; the others share one."""

CSS = """
.wb .wbp-number { font-size: 44px; font-weight: 650; line-height: 1.1; letter-spacing: -.02em; }
.wb .wbp-of { font-size: 15px; color: var(--wb-quiet); margin-left: 6px; }
.wb .wbp-scale { position: relative; height: 20px; margin: 10px 8px 0; border-radius: 5px;
  background: var(--wb-back); border: 1px solid var(--wb-line); box-sizing: border-box; }
.wb .wbp-scale > * { position: absolute; box-sizing: border-box; }
.wb .wbp-span { top: 0; bottom: 0; background: #0072B2; opacity: .45; border-radius: 4px; }
.wb .wbp-dot { top: 2px; width: 14px; height: 14px; margin-left: -7px; border-radius: 50%;
  background: #0072B2; border: 2px solid #fff; box-shadow: 0 0 0 1px #0072B2; }
.wb .wbp-mean { top: -4px; bottom: -4px; width: 0; border-left: 2px dashed var(--wb-text); }
.wb .wbp-true { top: -4px; width: 18px; margin-left: -9px; text-align: center; font-size: 17px;
  line-height: 26px; font-weight: 700; color: #E69F00; text-shadow: 0 0 2px #000; }
.wb .wbp-ticks { position: relative; height: 17px; margin: 0 8px; font-size: 11px;
  color: var(--wb-quiet); }
.wb .wbp-ticks > span { position: absolute; transform: translateX(-50%); }
.wb .wbp-legend { font-size: 12px; color: var(--wb-quiet); margin: 0 8px 8px; }
.wb .wbp-words p { margin: 0 0 6px; }
.wb table.wbp-bars { width: 100%; border-collapse: collapse; font-size: 13px; margin: 2px 0; }
.wb table.wbp-bars tr { height: 22px; background: transparent; }
.wb table.wbp-bars td { padding: 0 6px 0 0; border: 0; vertical-align: middle; text-align: left;
  line-height: 1.15; color: var(--wb-text); }
.wb table.wbp-bars td.wbp-name { width: 44%; max-width: 0; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; }
.wb table.wbp-bars td.wbp-points { width: 46px; text-align: right; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
.wb .wbp-bar { position: relative; height: 12px; }
.wb .wbp-bar::before { content: ""; position: absolute; left: 50%; top: -5px; bottom: -5px;
  border-left: 1px solid var(--wb-line); }
.wb .wbp-bar > i { position: absolute; top: 0; bottom: 0; border-radius: 2px; }
.wb .wbp-up { background: #0072B2; } .wb .wbp-down { background: #E69F00; }
.wb .wbp-inputs .widget-readout { min-width: 3.6em; width: 3.6em; }
.wb .wbp-inputs .widget-label { text-align: left; }
.wb .wbp-range { color: var(--wb-quiet); font-size: 12px; white-space: nowrap; }
.wb .wbp-why { color: var(--wb-quiet); font-size: 12px; font-style: italic;
  line-height: 1.2; white-space: normal; }
.wb .wbp-out { color: #b45309; font-weight: 600; font-size: 12px; line-height: 1.2; }
[data-jp-theme-light="false"] .wb .wbp-out { color: #fbbf24; }
.wb details summary { cursor: pointer; color: var(--wb-quiet); }
.wb details ul { margin: 4px 0 4px 18px; padding: 0; }
.wb .wbp-two { display: flex; flex-wrap: wrap; gap: 4px 28px; }
.wb .wbp-two > div { flex: 1 1 300px; min-width: 0; }
"""


def card_html(on_shelf: OnShelf) -> str:
    """Write what is known of a model: its honest scores, what it learnt from, its limits."""
    card = on_shelf.card
    metrics = [one for one in card.get("metrics", ()) if str(one.get("name")).startswith("R²")]
    scores = "".join(f"<div>{_score(one)}</div>" for one in metrics)
    protocols = "; ".join(dict.fromkeys(str(one.get("protocol", "")) for one in metrics))
    rows = [("Scored by", protocols or card.get("protocol", ""))]
    rows.append(("Trained on", _data(card.get("data", {}))))
    more = "".join(f"<p><b>{name}</b> {escape(text)}</p>" for name, text in rows if text)
    limits = "".join(f"<li>{escape(text)}</li>" for text in card.get("limits", ()))
    return (
        f"{scores or quiet('The card of this model has no R².')}{quiet(on_shelf.where)}"
        f"<details><summary>Trained on what, scored how, and its limits</summary>{more}"
        f"<ul>{limits}</ul></details>"
    )


def track_html(loaded: Loaded) -> str:
    """Write which track the setting is that of, and how popular it is."""
    name = f"<b>{escape(loaded.title)}</b> by {escape(loaded.artists)}"
    if loaded.changed:
        return f"{quiet('Changed since it was loaded:')} {name}"
    return f"{name}. {escape(of_track(loaded.popularity, loaded.seen))}"


def prediction_html(told: Explained, mean: float, popularity: float | None) -> str:
    """Write the number, and its interval on a scale with the mean of the catalogue marked.

    Parameters
    ----------
    told : Explained
    mean : float
        Mean popularity of the catalogue's tracks.
    popularity : float or None
        The track's own, where the setting is that of a track.
    """
    marks = [
        f'<div class="wbp-span" style="left:{told.lower:.2f}%;'
        f'width:{max(told.upper - told.lower, 0.4):.2f}%"></div>',
        f'<div class="wbp-mean" style="left:{mean:.2f}%"></div>',
        f'<div class="wbp-dot" style="left:{told.prediction:.2f}%"></div>',
    ]
    key = [f"● prediction, its {100 * told.coverage:.4g} % interval", f"┆ mean {mean:.0f}"]
    if popularity is not None:
        marks.append(f'<div class="wbp-true" style="left:{popularity:.2f}%">✕</div>')
        key.append(f"✕ in the catalogue {popularity:.0f}")
    ticks = "".join(f'<span style="left:{tick}%">{tick}</span>' for tick in range(0, 101, 20))
    spoken = escape(predicted(told))
    return (
        f'<div aria-label="{spoken}"><span class="wbp-number">{told.prediction:.1f}</span>'
        f'<span class="wbp-of">of 100 · {escape(_between(told))}</span></div>'
        f'<div class="wbp-scale" role="img" aria-label="{spoken}">{"".join(marks)}</div>'
        f'<div class="wbp-ticks">{ticks}</div>'
        f'<div class="wbp-legend">{" &nbsp; ".join(key)}</div>'
    )


def words_html(told: Explained) -> str:
    """Write the reasons and doubts in words, the doubts so that they are seen."""
    found = [why(told), alike(told), how_wide(told)]
    text = "".join(f"<p>{escape(one)}</p>" for one in found if one)
    seen = "".join(f'<div class="wb-notice">{escape(one)}</div>' for one in doubts(told))
    return f'<div class="wbp-words">{seen}{text}</div>'


def bars_html(parts: Sequence[Part], shown: int = BARS) -> str:
    """Write what inputs contribute as bars to the left and right of zero, with their numbers."""
    rows = [(part.phrase, part.points) for part in parts[:shown]]
    if parts[shown:]:
        rest = parts[shown:]
        rows.append((f"{len(rest)} others together", sum(part.points for part in rest)))
    reach = max([1.0, *(abs(points) for _, points in rows)])
    lines = []
    for name, points in rows:
        width = 50 * abs(points) / reach
        side = "left:50%" if points > 0 else "right:50%"
        kind = "wbp-up" if points > 0 else "wbp-down"
        text = escape(name[:1].upper() + name[1:])
        lines.append(
            f'<tr><td class="wbp-name" title="{text}">{text}</td><td><div class="wbp-bar">'
            f'<i class="{kind}" style="{side};width:{width:.1f}%"></i></div></td>'
            f'<td class="wbp-points">{points:+z.1f}</td></tr>'
        )
    return f'<table class="wbp-bars"><tbody>{"".join(lines)}</tbody></table>'


def comparison_html(kept: dict[str, Explained], found: Compared | None, mean: float) -> str:
    """Write the remembered settings side by side, and what makes the difference."""
    if not kept:
        return quiet("Keep a setting as A, change it, and keep it as B.")
    sides = "".join(
        f'<div><h4 class="wb-heading">{slot}</h4>{prediction_html(told, mean, None)}</div>'
        for slot, told in kept.items()
    )
    if found is None:
        (missing,) = {"A", "B"} - set(kept)
        return f'<div class="wbp-two">{sides}</div>{quiet(f"Now keep another one as {missing}.")}'
    moved = tuple(part for part in found.parts if abs(part.points) >= 0.05)
    bars = bars_html(moved) if moved else ""
    return f'<div class="wbp-two">{sides}</div><p>{escape(found.words)}</p>{bars}'


def _between(told: Explained) -> str:
    return f"{100 * told.coverage:.4g} % interval {told.lower:.1f} to {told.upper:.1f}"


def _score(metric: Mapping[str, object]) -> str:
    text = f"<b>{escape(metric['name'])}: {metric['value']:.3f}</b>"
    if None not in (metric.get("low"), metric.get("high")):
        text += f", interval {metric['low']:.3f} to {metric['high']:.3f}"
    if metric.get("baseline") and metric.get("baseline_value") is not None:
        text += f"; {escape(metric['baseline'])}: {metric['baseline_value']:z.3f}"
    return text


def _data(data: Mapping[str, object]) -> str:
    files = data.get("files")
    if not isinstance(files, Mapping):
        return "; ".join(f"{name}: {value}" for name, value in data.items())
    kind = "generated" if data.get("generated") else "real"
    return f"{', '.join(files)}, {kind} data (profile {data.get('profile', 'unknown')})"
