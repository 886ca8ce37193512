"""A track's prediction in words, and the facts that these words and a language model rest on."""

from __future__ import annotations

import math
from dataclasses import replace

from lib.apps.predict.explained import Explained
from lib.apps.predict.words import alike, facts_of, how_wide, predicted, why
from lib.apps.text.stated_numbers import Fact

OF_PREDICTION = ("predicted popularity", "lower end of", "upper end of", "width of the interval")
"""How facts begin that another prediction of the same track changes."""


def words_for(stored: Explained, told: Explained, seen: bool, held_out: bool, truth: float) -> str:
    """Write what is predicted, where the truth lies, and the reasons, as two paragraphs.

    Parameters
    ----------
    stored : Explained
        What the stored model says.
    told : Explained
        What is shown: the same, or predicted while the track's artist was held out.
    seen : bool
        Whether the stored model learnt from this very track.
    held_out : bool
    truth : float
        Popularity in the catalogue.
    """
    text = [predicted(told), how_wide(told)]
    where = "inside it" if told.lower <= truth <= told.upper else "outside it"
    if where == "outside it" and math.floor(told.lower) <= truth <= math.ceil(told.upper):
        where = "just outside it, as its ends are rounded here"
    text.append(f"Its popularity in the catalogue, {truth:.4g}, lies {where}.")
    if held_out:
        text.append(
            "This was predicted while all tracks of its first artist were held out. The stored "
            f"model, which learnt from this very track, says {stored.prediction:.0f}."
        )
    elif seen:
        text.append("The model learnt from this very track, so its prediction is flattered.")
    reasons = " ".join(one for one in (why(stored), alike(told)) if one)
    return " ".join(text) + "\n" + reasons


def facts_for(stored: Explained, told: Explained, held_out: bool, truth: float) -> list[Fact]:
    """List all that `words_for` may state: the reasons add up to what the stored model says."""
    facts = [Fact("popularity in the catalogue", float(f"{truth:.4g}"), "of 100")]
    if not held_out:
        return [*facts, *facts_of(stored)]
    says = [fact for fact in facts_of(told) if fact.label.startswith(OF_PREDICTION)]
    facts += [replace(fact, label=f"{fact.label}, artist held out") for fact in says]
    facts.append(Fact("prediction of the stored model", round(stored.prediction), "of 100"))
    return [*facts, *(f for f in facts_of(stored) if not f.label.startswith(OF_PREDICTION))]
