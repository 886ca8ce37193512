"""The dashboard as HTML: cards, small pictures, bars; all text from data escaped."""

from __future__ import annotations

import pandas as pd

from lib.apps.dashboard import bars
from lib.apps.dashboard.numbers import TOP, Distribution
from lib.apps.dashboard.state import Dashboard, Left, Seen
from lib.apps.view.html_text import escape
from lib.apps.view.labels import SHOWN
from lib.apps.view.picture import picture_html
from lib.apps.view.style import notice, quiet
from lib.modelling.sound.audio_cluster_told import WORDS, contrasts
from lib.plots import dashboard as plots
from lib.plots.audio_clusters import heat
from lib.tracks.by_year import MEASURES
from lib.tracks.year_trends import MOST_YEARS

CSS = """
.wb .wbd-two { display: grid; gap: 12px 22px; margin: 4px 0 8px;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); }
.wb .wbd-grid { display: grid; gap: 10px; margin: 4px 0;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 165px), 1fr)); }
.wb .wbd-card { border: 1px solid var(--wb-line); border-radius: 8px; padding: 10px 12px;
  min-width: 0; }
.wb .wbd-card h4, .wb .wbd-two h4 { margin: 0 0 3px; font-size: 13px; font-weight: 650; }
.wb .wbd-released { border-left: 4px solid #0072B2; }
.wb .wbd-catalogue { border-left: 4px solid #E69F00; }
.wb .wbd-number { font-size: 26px; font-weight: 650; letter-spacing: -.01em; line-height: 1.25; }
.wb .wbd-of { font-size: 13px; font-weight: 400; color: var(--wb-quiet); }
.wb .wbd-tag { display: inline-block; font-size: 11px; font-weight: 600; border-radius: 9px;
  padding: 1px 9px; margin-left: 8px; vertical-align: 2px; border: 1px solid var(--wb-line);
  color: var(--wb-quiet); white-space: nowrap; }
.wb .wbd-wide img { min-width: 720px; }
"""
RELEASED, CATALOGUE = "Tracks with release years", "Catalogue"
POPULARITY = "popularity (0 to 100)"


def dashboard_html(board: Dashboard, seen: Seen, apart: str = "") -> str:
    """Write all that the dashboard shows for one set of filters.

    Parameters
    ----------
    board : Dashboard
    seen : Seen
        What `board` says of the filters.
    apart : str, optional
        From `heat_html`, which is the same whatever the filters are.
    """
    return (
        f"<style>{CSS}{bars.CSS}</style>"
        f'<div class="wbd-two">{_released(board, seen)}{_catalogue(seen.catalogue)}</div>'
        + _trends(board, seen)
        + _distributions(seen)
        + _top(board, seen)
        + _clusters(board, seen, apart)
    )


def heat_html(board: Dashboard) -> str:
    """Draw what sets the clusters apart, feature by feature; nothing where there are none."""
    if board.sounds is None:
        return ""
    tracks, cluster = board.clustered()
    names = board.sounds.labels.drop_duplicates("cluster").sort_values("cluster")["name"]
    formats = {feature: words[2] for feature, words in WORDS.items()}
    table = contrasts(tracks, cluster - 1)
    told = (
        "Means of each cluster in the features' own units; colour: standard deviations above (red) "
        "or below (blue) the mean of all tracks."
    )
    return picture_html(heat(table, names.tolist(), formats), told) + quiet(told)


def _released(board: Dashboard, seen: Seen) -> str:
    if seen.released is None:
        return _card("wbd-released", RELEASED, "", notice(board.no_released))
    made = ", made up" * board.released.generated
    whose = f"{board.released.source}{made}, cleaned by notebook 24"
    return _left("wbd-released", RELEASED, whose, seen.released)


def _catalogue(left: Left) -> str:
    return _left("wbd-catalogue", CATALOGUE, "that of all other tabs, cleaned by notebook 02", left)


def _left(kind: str, title: str, whose: str, left: Left) -> str:
    of = f"of {left.of_tracks:,} tracks"
    facts = [f"{left.artists:,} first artist{'s' * (left.artists != 1)}"]
    if left.years:
        facts.append(f"release years {left.years[0]} to {left.years[1]}")
    if left.popularity:
        facts.append(f"mean popularity {bars.interval(*left.popularity)}")
    body = (
        f'<div class="wbd-number">{left.tracks:,} <span class="wbd-of">{of}</span></div>'
        f"<div>{escape(' · '.join(facts))}</div>{''.join(map(notice, left.notes))}"
    )
    return _card(kind, title, whose, body)


def _card(kind: str, title: str, whose: str, body: str) -> str:
    head = f"<h4>{escape(title)}</h4>{quiet(whose)}"
    return f'<div class="wbd-card {kind}">{head}{body}</div>'


def _tag(name: str) -> str:
    return f'<span class="wbd-tag">{escape(name.lower())}</span>'


def _trends(board: Dashboard, seen: Seen) -> str:
    title = f"<h3>Trends by release year{_tag(RELEASED)}</h3>"
    if seen.released is None:
        return title + notice(board.no_released)
    if seen.trend is None:
        return title + notice(seen.released.notes[-1])
    years = _axis(seen.trend)
    everything = seen.released.tracks == seen.released.of_tracks
    cards = []
    for measure, own in seen.trend.groupby("measure", sort=False):
        whole = None if everything else board.trend[board.trend["measure"] == measure]
        name = MEASURES.get(measure, POPULARITY)
        told = f"Mean {name} by release year, {years[0]} to {years[1]}"
        cards.append((name, told, plots.line_by_year(own, years, whole)))
    counts = seen.trend[seen.trend["measure"] == seen.trend["measure"].iloc[0]]
    told = f"Tracks and first artists by release year, {years[0]} to {years[1]}"
    cards.append(("tracks, artists (dots)", told, plots.tracks_by_year(counts, years)))
    pictures = "".join(
        f'<div class="wbd-card"><h4>{escape(name)}</h4>{picture_html(figure, alt)}</div>'
        for name, alt, figure in cards
    )
    return f'{title}<div class="wbd-grid">{pictures}</div><p>{quiet(_of_trends(board, seen))}</p>'


def _axis(trend: pd.DataFrame) -> tuple[int, int]:
    """Begin with the first year from which on most have an interval, or else with the first."""
    one = trend[trend["measure"] == trend["measure"].iloc[0]].set_index("year")
    known = one["low"].notna()
    from_then_on = known[::-1].expanding().mean()[::-1]
    begins = known & (from_then_on >= MOST_YEARS)
    first = begins.idxmax() if begins.any() else one.index[0]
    return int(first), int(one.index[-1])


def _of_trends(board: Dashboard, seen: Seen) -> str:
    told = (
        "Blue: mean of the year's tracks that are left, with its 95 % interval "
        f"({board.released.replicates:,} bootstrap draws of first artists, as in notebook 24). "
        "A year by fewer than five first artists has no interval and is a ring; the axes begin "
        "with the year from which on nine in ten years have one. "
    )
    if seen.released.tracks != seen.released.of_tracks:
        told += "Grey: all tracks of this table. "
    if seen.picked.genres or seen.picked.families:
        told += "A track under several genres counts by the share of them that is chosen. "
    return (
        f"{told}Popularity is that of the day of collection. Old tracks are those that are still "
        "found today, so a line may show who survived as much as what changed."
    )


def _distributions(seen: Seen) -> str:
    how = SHOWN[seen.feature]
    parts = []
    for name, left in ((RELEASED, seen.released), (CATALOGUE, seen.catalogue)):
        if left is None:
            continue
        of = left.distribution
        body = notice("Nothing to draw.") if of is None else _distribution(of, how.label, how.form)
        parts.append(f"<div><h4>{escape(name)}</h4>{body}</div>")
    title = f"<h3>Distribution of {escape(how.words)}</h3>"
    return f'{title}<div class="wbd-two">{"".join(parts)}</div>'


def _distribution(of: Distribution, label: str, form: str) -> str:
    told = (
        f"Blue: {of.rows:,} tracks left, median {of.median:{form}}. Grey: all tracks, median "
        f"{of.median_of_all:{form}} (dashed)."
    )
    if of.outside >= 0.0005:
        told += f" {of.outside:.1%} lie beyond the axis."
    figure = plots.shares(of.bins, (of.median, of.median_of_all), label)
    return f"{picture_html(figure, told)}{quiet(told)}"


def _top(board: Dashboard, seen: Seen) -> str:
    name = RELEASED if board.ranks_released else CATALOGUE
    title = f"<h3>Artists and albums by mean popularity{_tag(name)}</h3>"
    tables = []
    for caption, table in seen.top.items():
        rows = table.head(TOP).rename(columns={"first_artist": "name"})
        more = f"{caption}: {min(TOP, len(table))} of {len(table):,}"
        tables.append(bars.bars_html(rows, more, {"tracks": "tracks"}))
    if not tables:
        return title + notice("No artist with two tracks or more is left to rank.")
    told = (
        "Point: mean over the tracks; bar: its 95 % interval; orange: the mean shrunken towards "
        "the common one by as much as its number of tracks warrants, since the highest of many "
        "means is high partly by luck. Popularity is that of the day of collection."
    )
    return f'{title}<div class="wbd-two">{"".join(tables)}</div><p>{quiet(told)}</p>'


def _clusters(board: Dashboard, seen: Seen, apart: str) -> str:
    title = f"<h3>Clusters of sound{_tag(CATALOGUE)}</h3>"
    if board.sounds is None:
        return title + notice(board.no_sounds)
    verdict = notice(f"Notebook 25: {board.sounds.verdict}")
    if seen.clusters is None:
        return f"{title}{verdict}{notice('No track of any cluster is left.')}"
    columns = {"tracks": "tracks", "share": "share", "share_of_all": "of all"}
    table = bars.bars_html(seen.clusters, "", columns)
    told = (
        "Numbered by size, and named after what sets them apart (means over the whole cluster). "
        "Share: of the tracks left that are in a cluster; of all: without filters. Point and bar: "
        "mean popularity with its 95 % interval, which counts first artists. One release of each "
        "recording is in a cluster."
    )
    more = ""
    if apart:
        more = (
            "<details><summary>How they differ, feature by feature</summary>"
            f'<div class="wbg-scroll wbd-wide">{apart}</div></details>'
        )
    return f"{title}{verdict}{table}<p>{quiet(told)}</p>{more}"
