"""Sentences of a track report, every number of which was computed."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lib.apps.predict.inputs import value_text, words_of
from lib.apps.track_report.changes import strongest_changes
from lib.apps.track_report.place import Place
from lib.apps.track_report.similar_tracks import Alike
from lib.evaluation.intervals import LEVEL

ABOUT_CHANGES = (
    "Differences between answers of small models of sound and genres, for tracks that are like "
    "this one but for a single input, where the catalogue has such tracks. They are not effects of "
    "changing a track."
)


def said_of_similar(alike: Alike) -> str:
    """Say how near similar tracks are, and how near any track of the genre would be."""
    if not len(alike.rows):
        return "The catalogue has no track of another recording."
    first, last = alike.distances[0], alike.distances[-1]
    text = f"These lie {first:.1f} to {last:.1f} away, in standard deviations of a descriptor. "
    if alike.random:
        levels = ", ".join(f"{median:.1f} for {genre}" for genre, median in alike.random.items())
        of = "genre" if len(alike.random) == 1 else "genres"
        text += f"Any track of its {of} lies, in the median, this far away: {levels}. "
        text += (
            f"Of all tracks there, {_percent(alike.nearer)} are nearer than the last one shown. "
        )
    return text + "The track itself and other releases of its recording are left out."


def said_of_place(place: Place) -> str:
    """Say where a track stands in a genre."""
    return (
        f"Among the {place.others:,} other tracks of {place.genre}, its popularity of "
        f"{place.popularity:.4g} stands above {_hundredths(place.more_popular)}, its prediction of "
        f"{place.prediction:.0f} above {_hundredths(place.predicted_more)} of theirs. Equal "
        "ones count half."
    )


def change_rows(effects: pd.DataFrame) -> pd.DataFrame:
    """Write the largest change of each input that is told from none.

    Returns
    -------
    pandas.DataFrame of str
        input, from, to, difference (with its interval).
    """
    rows = [
        {
            "input": words_of(one["input"]).capitalize(),
            "from": value_text(one["input"], _typed(one["input"], one["from"])),
            "to": value_text(one["input"], _typed(one["input"], one["to"])),
            "difference": f"{one['effect']:+.1f} [{one['low']:+.1f}, {one['high']:+.1f}]",
        }
        for one in strongest_changes(effects).to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["input", "from", "to", "difference"], dtype="str")


def said_of_changes(effects: pd.DataFrame | None) -> str:
    """Say what would change the prediction, or that nothing does, or was not asked."""
    if effects is None:
        return "This was not asked for here: it takes many small models, which were not fitted."
    if effects.empty:
        return "No single change could be tried: no other value is common among tracks like it."
    told = effects["says"].ne("none").sum()
    tried = f"the {len(effects):,} single changes tried" if len(effects) > 1 else "the one tried"
    if not told:
        return f"None: of {tried}, no difference is told from none ({LEVEL:.0%} interval for all)."
    counts = effects["says"].value_counts()
    up, down = (counts.get(says, "none") for says in ("higher", "lower"))
    return (
        f"Of {tried}, {up} come with a higher prediction and {down} with a lower one; for the "
        f"others no difference is told from none ({LEVEL:.0%} interval for all together)."
    )


def said_of_model(card: Mapping[str, object]) -> str:
    """Name a model with its first R² and its protocol, from its card."""
    text = f"Model: {card.get('name', 'popularity model')}."
    for metric in card.get("metrics", ()):
        if str(metric.get("name", "")).startswith("R²") and None not in (
            metric.get("low"),
            metric.get("high"),
        ):
            text += (
                f" R² {metric['value']:.2f} [{metric['low']:.2f}, {metric['high']:.2f}] for tracks "
                f"it was not fitted on; {metric.get('protocol') or 'protocol not told'}."
            )
            break
    return text


def _hundredths(rank: float) -> str:
    if 0 < rank < 1:
        return "less than 1 %"
    return "more than 99 %" if 99 < rank < 100 else f"{rank:.0f} %"


def _percent(share: float) -> str:
    if share > 0.99:
        return "all" if share == 1 else "more than 99 %"
    return "none" if not share else f"{100 * share:.2g} %"


def _typed(name: str, value: float) -> float | int | bool:
    if name == "explicit":
        return bool(value)
    return round(value) if name in ("key", "mode", "time_signature", "duration_ms") else value
