"""How often intervals of an average effect cover the truth, over repeated trials."""

from __future__ import annotations

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from scipy.stats import binomtest
from threadpoolctl import threadpool_limits

from lib.evaluation.intervals import LEVEL
from lib.modelling.promotion.uplift import average_effects, cross_fit
from lib.modelling.promotion.uplift_data import Tracks, draw_artists, treat


def repeat_trials(
    tracks: Tracks,
    effect: float,
    spread: float,
    strength: float,
    repeats: int,
    most: int,
    seed: int,
) -> pd.DataFrame:
    """Draw artists and treatments again and again, and estimate the average effect each time.

    Parameters
    ----------
    tracks : Tracks
        The population; its mean effect is `effect`.
    effect, spread, strength
        As for `lib.modelling.promotion.uplift_data.treat`.
    repeats : int
    most : int
        Tracks of each draw, about.
    seed : int
        The first repeats do not depend on how many follow.

    Returns
    -------
    pandas.DataFrame
        One row a repeat and estimator: repeat, and the columns of `average_effects`, covers.
    """
    seeds = np.random.SeedSequence(seed).generate_state(repeats)

    def run(place: int, one: int) -> pd.DataFrame:
        rows, units = draw_artists(tracks, most, one)
        trial = treat(tracks, effect, spread, strength, one + 1, rows=rows, units=units)
        return average_effects(trial, cross_fit(trial, one % 2**31)).assign(repeat=place)

    # Many small fits: threads inside each would only wait for one another.
    with threadpool_limits(1):
        found = Parallel(n_jobs=cpu_count(), prefer="threads")(
            delayed(run)(place, int(one)) for place, one in enumerate(seeds)
        )
    table = pd.concat(found, ignore_index=True)
    return table.assign(covers=table["low"].le(effect) & table["high"].ge(effect))


def coverage(repeated: pd.DataFrame, effect: float) -> pd.DataFrame:
    """Summarise repeated trials by estimator.

    Returns
    -------
    pandas.DataFrame
        estimator, covered (repeats), repeats, share, low, high (Wilson's interval, 1927, at
        `LEVEL`), bias (mean estimate less the truth), width (mean, of the intervals).
    """
    table = repeated.groupby("estimator", sort=False).agg(
        covered=("covers", "sum"), repeats=("covers", "size"), bias=("value", "mean")
    )
    ends = [
        binomtest(int(k), int(n)).proportion_ci(LEVEL, method="wilson")
        for k, n in table[["covered", "repeats"]].to_numpy()
    ]
    width = (repeated["high"] - repeated["low"]).groupby(repeated["estimator"]).mean()
    table = table.assign(share=table["covered"] / table["repeats"])
    table = table.assign(low=[one.low for one in ends], high=[one.high for one in ends])
    return table.assign(bias=table["bias"] - effect, width=width).reset_index()
