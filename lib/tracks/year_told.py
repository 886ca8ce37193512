"""Sentences about changes over the years, written from the tables that they tell."""

from __future__ import annotations

import pandas as pd

from lib.tracks.by_year import MEASURES

DIGITS = {
    "tempo_bpm": 1,
    "energy": 3,
    "valence": 3,
    "loudness_db": 2,
    "duration_min": 2,
    "explicit": 3,
}
"""Decimals that a measure is told with."""


def named(measure: str) -> str:
    """Name a measure without its unit.

    Examples
    --------
    >>> named("loudness_db")
    'loudness'
    """
    return MEASURES[measure].partition(" (")[0]


def sure(low: float, high: float) -> bool:
    """Tell whether an interval leaves zero out.

    Examples
    --------
    >>> sure(-2, -1), sure(-1, 1)
    (True, False)
    """
    return bool(low > 0 or high < 0)


def change_told(parts: pd.DataFrame, measure: str) -> str:
    """Say how a measure changed, and what within and mix each brought.

    Parameters
    ----------
    parts : pandas.DataFrame
        A table of `lib.tracks.year_mix.decompose`.
    measure : str
        One of its measures.
    """
    rows = parts[parts["measure"] == measure].set_index("part")
    digits = DIGITS[measure]
    total = rows.loc["total"]
    name = MEASURES[measure]
    told = [
        f"{name[0].upper()}{name[1:]} went from {total['early']:.{digits}f} to "
        f"{total['late']:.{digits}f}, {_with_interval(total, digits)}"
    ]
    for part, what in (("within", "within families"), ("mix", "from the mix of families")):
        told.append(f"{_with_interval(rows.loc[part], digits)} of it {what}")
    return "; ".join(told) + "."


def spread_told(fine: pd.DataFrame, coarse: pd.DataFrame) -> str:
    """Say for which measures it matters how finely genres are told apart.

    It does when the change within search genres (`fine`) and that within families (`coarse`) have
    intervals that do not meet.
    """
    pairs = fine[fine["part"] == "within"].merge(
        coarse[coarse["part"] == "within"], on="measure", suffixes=("_fine", "_coarse")
    )
    apart = [
        named(row.measure)
        for row in pairs.itertuples()
        if row.low_fine > row.high_coarse or row.low_coarse > row.high_fine
    ]
    shared = f"{fine['shared'].iloc[0]:.0%} of the tracks are under search genres that both have"
    if not apart:
        return f"{shared}; within search genres and within families say the same of every measure."
    return (
        f"{shared}; for {', '.join(apart)} the change within search genres differs from that "
        "within families, so the split between within and mix hangs on how genres are drawn."
    )


def null_told(slopes: pd.DataFrame) -> str:
    """Say which measures change within genres more than shuffled years do."""
    beyond = [
        named(row.measure)
        for row in slopes.itertuples()
        if sure(row.within_low, row.within_high) and not row.null_low <= row.within <= row.null_high
    ]
    within = [named(name) for name in slopes["measure"] if named(name) not in beyond]
    text = f"Within genres, {', '.join(beyond) or 'nothing'} changed more than shuffled years do"
    return f"{text}; no sure change of {', '.join(within)}." if within else f"{text}."


def agreement_told(slopes: pd.DataFrame, other: pd.DataFrame, name: str) -> str:
    """Say for which measures another file has the same direction within genres, and surely so."""
    both = slopes.merge(other, on="measure", suffixes=("", "_other"))
    same, opposite, unsure = [], [], []
    for row in both.itertuples():
        if not (sure(row.within_low, row.within_high)) or not (
            sure(row.within_low_other, row.within_high_other)
        ):
            unsure.append(named(row.measure))
        elif (row.within > 0) == (row.within_other > 0):
            same.append(named(row.measure))
        else:
            opposite.append(named(row.measure))
    return (
        f"In {name}, the change within genres has the same direction for "
        f"{', '.join(same) or 'no measure'}, the opposite one for "
        f"{', '.join(opposite) or 'none'}; one of the two is unsure for "
        f"{', '.join(unsure) or 'none'}."
    )


def steps_told(ours: pd.DataFrame, theirs: pd.DataFrame, name: str) -> str:
    """Say whose clearest step (`lib.tracks.year_trends.largest_step`) two files have in common.

    Within two years, since a step is looked for with three years on either side.

    Examples
    --------
    >>> ours = pd.DataFrame({"measure": ["valence"], "year": [2011], "step": [-0.05]})
    >>> steps_told(ours, ours.assign(year=2012), "b.csv")
    'The clearest step is within two years of that in b.csv for valence (2011, -0.050).'
    """
    both = ours.merge(theirs, on="measure", suffixes=("", "_other"))
    near = both[(both["year"] - both["year_other"]).abs() <= 2]
    near = near[near["step"] * near["step_other"] > 0]
    told = [
        f"{named(row.measure)} ({row.year}, {row.step:+.{DIGITS[row.measure]}f})"
        for row in near.itertuples()
    ]
    return (
        f"The clearest step is within two years of that in {name} for "
        f"{', '.join(told) or 'no measure'}."
    )


def _with_interval(row: pd.Series, digits: int) -> str:
    return f"{row['value']:+.{digits}f} ({row['low']:+.{digits}f} to {row['high']:+.{digits}f})"
