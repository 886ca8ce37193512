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

REACH = 2
"""Years by which two files' steps may lie apart."""


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


def change_told(parts: pd.DataFrame, measure: str, split: bool = True) -> str:
    """Say how a measure changed, and what within and mix each brought.

    Parameters
    ----------
    parts : pandas.DataFrame
        A table of `lib.tracks.year_mix.decompose`.
    measure : str
        One of its measures.
    split : bool, optional
        Whether there are families; without any nothing is known of within and mix.
    """
    rows = parts[parts["measure"] == measure].set_index("part")
    digits = DIGITS[measure]
    total = rows.loc["total"]
    name = MEASURES[measure]
    told = [
        f"{name[0].upper()}{name[1:]} went from {total['early']:.{digits}f} to "
        f"{total['late']:.{digits}f}, {_with_interval(total, digits)}"
    ]
    shown = (("within", "within families"), ("mix", "from the mix of families")) if split else ()
    for part, what in shown:
        told.append(f"{_with_interval(rows.loc[part], digits)} of it {what}")
    return "; ".join(told) + "."


def spread_told(fine: pd.DataFrame, coarse: pd.DataFrame) -> str:
    """Say for which measures it matters how finely genres are told apart.

    It surely does when the change within search genres (`fine`) and that within families
    (`coarse`) have intervals that do not meet.
    """
    pairs = fine[fine["part"] == "within"].merge(
        coarse[coarse["part"] == "within"], on="measure", suffixes=("_fine", "_coarse")
    )
    apart = [
        named(row.measure)
        for row in pairs.itertuples()
        if row.low_fine > row.high_coarse or row.low_coarse > row.high_fine
    ]
    shared = (
        f"Of the tracks of the two periods {fine['shared'].iloc[0]:.0%} are under search genres "
        "that both periods have"
    )
    if not apart:
        return (
            f"{shared}; for every measure the intervals of the change within search genres and of "
            "that within families meet."
        )
    return (
        f"{shared}; for {', '.join(apart)} the change within search genres differs from that "
        "within families, so the split between within and mix hangs on how genres are drawn."
    )


def null_told(slopes: pd.DataFrame, scope: str = "within genres") -> str:
    """Say which measures change more than shuffled years do; `scope` says within what."""
    beyond = [
        named(row.measure)
        for row in slopes.itertuples()
        if sure(row.within_low, row.within_high) and not row.null_low <= row.within <= row.null_high
    ]
    within = [named(name) for name in slopes["measure"] if named(name) not in beyond]
    text = (
        f"{scope.capitalize()}, {', '.join(beyond) or 'nothing'} changed more than shuffled years"
    )
    text += " do"
    return f"{text}; no sure change of {', '.join(within)}." if within else f"{text}."


def strata_told(table: pd.DataFrame, what: str = "families") -> str:
    """Say in how many strata each measure surely rose or fell.

    Parameters
    ----------
    table : pandas.DataFrame
        A table of `lib.tracks.year_slopes.by_stratum`.
    what : str, optional
        What the strata are.
    """
    rose, fell = table["low"] > 0, table["high"] < 0
    told = [
        f"{named(measure)} rose in {rose[rows].sum()} and fell in {fell[rows].sum()}"
        for measure, rows in table.groupby("measure", sort=False).groups.items()
    ]
    return (
        f"Of {table['stratum'].nunique()} {what} with enough artists, beyond their own intervals: "
        f"{'; '.join(told)}."
    )


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

    Within two years, since a step is looked for with three years on either side. Every line has
    its clearest step, so some meet by chance: as many as told, if each step of the other file fell
    on any of the years that were looked at, up or down.

    Examples
    --------
    >>> ours = pd.DataFrame({"measure": ["valence"], "year": [2011], "step": [-0.05]})
    >>> steps_told(ours, ours.assign(year=2012, years=25), "b.csv").partition("b.csv ")[2]
    'for valence (2011, -0.050): 1 of 1 measures; 0.1 expected by chance.'
    """
    both = ours.merge(theirs, on="measure", suffixes=("", "_other"))
    years = theirs.set_index("measure")["years"].loc[both["measure"]]
    chance = (((2 * REACH + 1) / years).clip(upper=1) / 2).sum()
    near = both[(both["year"] - both["year_other"]).abs() <= REACH]
    near = near[near["step"] * near["step_other"] > 0]
    told = [
        f"{named(row.measure)} ({row.year}, {row.step:+.{DIGITS[row.measure]}f})"
        for row in near.itertuples()
    ]
    return (
        f"The clearest step is within two years of that in {name} for "
        f"{', '.join(told) or 'no measure'}: {len(told)} of {len(both)} measures; {chance:.1f} "
        "expected by chance."
    )


def _with_interval(row: pd.Series, digits: int) -> str:
    return f"{row['value']:+.{digits}f} ({row['low']:+.{digits}f} to {row['high']:+.{digits}f})"
