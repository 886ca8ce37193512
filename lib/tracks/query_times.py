"""Time the engines of `lib.tracks.queries` in one run, in turns, and compare their answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from lib.errors import DataError
from lib.tracks.queries import BASELINE, ENGINES, SQL, Asked, build

TOLERANCE = 1e-9
"""By how much two engines' means may differ."""


def check_equal(answers: dict[str, pd.DataFrame]) -> int:
    """Compare answers to the last row with the first engine's; return the number of rows.

    Keys and counts have to be equal, means to agree within `TOLERANCE`: engines add up in
    different orders, and rounding would tear apart two sums on either side of a half. A missing
    mean agrees with a missing one only.

    Raises
    ------
    DataError
        When an engine disagrees; the message names it and the first row that differs.
    """
    (first, expected), *others = answers.items()
    for engine, answer in others:
        if list(answer) != list(expected) or len(answer) != len(expected):
            raise DataError(
                f"{engine}: {len(answer)} rows of {', '.join(answer)}; expected as {first} "
                f"{len(expected)} rows of {', '.join(expected)}"
            )
        pairs = enumerate(zip(expected.to_numpy(), answer.to_numpy(), strict=True))
        for place, (ours, theirs) in pairs:
            means = np.array([ours[-1], theirs[-1]], float)
            close = np.isclose(*means, rtol=0, atol=TOLERANCE, equal_nan=True)
            if list(ours[:-1]) != list(theirs[:-1]) or not close:
                raise DataError(
                    f"{engine}: row {place + 1} is {list(theirs)}, {first} has {list(ours)}"
                )
    return len(expected)


def measure(
    paths: dict[str, Path], asked: Asked, builds: int = 3, repeats: int = 15
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame], pd.DataFrame]:
    """Time building and asking in one run, engines in turns, and compare the answers.

    Every round begins with another engine, so that no engine always goes first. The first answer
    of each engine and question is not timed.

    Parameters
    ----------
    paths : dict of str to pathlib.Path
        See `write_tables`.
    asked : Asked
        Numbers in the questions.
    builds, repeats : int, optional
        Rounds of building, and of asking.

    Returns
    -------
    times : pandas.DataFrame
        One row a timing: ``what`` ("build" or a question), ``engine``, ``round``, ``seconds``.
    answers : dict of str to pandas.DataFrame
        Each question's answer.
    plans : pandas.DataFrame
        ``question``, ``engine``, ``plan``.

    Raises
    ------
    DataError
        When two engines disagree.
    """
    times, built = [], {}
    for number in range(builds):
        for engine in _turn(number):
            if engine in built:
                built[engine].close()
            built[engine] = _timed(times, "build", engine, number, build, engine, paths, asked)
    answers, plans = {}, []
    try:
        for question in SQL:
            found = {engine: one.ask(question) for engine, one in built.items()}
            check_equal({engine: found[engine] for engine in ENGINES})
            answers[question] = found[BASELINE]
            plans += [(question, engine, built[engine].plan(question)) for engine in ENGINES]
            for number in range(repeats):
                for engine in _turn(number):
                    _timed(times, question, engine, number, built[engine].ask, question)
    finally:
        for one in built.values():
            one.close()
    return (
        pd.DataFrame(times, columns=["what", "engine", "round", "seconds"]),
        answers,
        pd.DataFrame(plans, columns=["question", "engine", "plan"]),
    )


def _turn(number: int) -> tuple[str, ...]:
    start = number % len(ENGINES)
    return ENGINES[start:] + ENGINES[:start]


def _timed(times: list, what: str, engine: str, number: int, act: Callable, *given: object):  # noqa: ANN202
    started = time.perf_counter()
    result = act(*given)
    times.append((what, engine, number, time.perf_counter() - started))
    return result


def ratios(times: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Each engine's time over that of `BASELINE` in the same round: median and its interval.

    The interval of the median is made of two of the ordered ratios, with at least the coverage
    where the rounds are enough (David and Nagaraja, Order Statistics, 3rd ed. 2003, section 7.1);
    with fewer it is their whole reach.

    Parameters
    ----------
    times : pandas.DataFrame
        See `measure`.
    level : float, optional
        Coverage.

    Returns
    -------
    pandas.DataFrame
        ``what``, ``engine``, ``seconds`` (median), ``ratio``, ``low``, ``high``, ``least``,
        ``most``, ``rounds``, ``level`` (the interval's actual coverage).

    Examples
    --------
    >>> rows = [("q", e, n, s) for n in range(9) for e, s in (("pandas", 2.0), ("DuckDB", 1.0))]
    >>> times = pd.DataFrame(rows, columns=["what", "engine", "round", "seconds"])
    >>> ratios(times)[["engine", "ratio", "low"]].to_numpy().tolist()
    [['pandas', 1.0, 1.0], ['DuckDB', 0.5, 0.5]]
    """
    wide = times.pivot_table(index=["what", "round"], columns="engine", values="seconds")
    rows = []
    for what in times["what"].unique():
        part = wide.loc[what]
        n = len(part)
        # Ranks i and n - 1 - i hold the median unless at most i of n coins fall on one side.
        outside = int(stats.binom.ppf((1 - level) / 2, n, 0.5)) - 1
        place = max(outside, 0)
        covered = 1 - 2 * stats.binom.cdf(place, n, 0.5)
        for engine in times["engine"].unique():
            ratio = np.sort(part[engine] / part[BASELINE])
            rows.append(
                {
                    "what": what,
                    "engine": engine,
                    "seconds": part[engine].median(),
                    "ratio": float(np.median(ratio)),
                    "low": ratio[place],
                    "high": ratio[n - 1 - place],
                    "least": ratio[0],
                    "most": ratio[-1],
                    "rounds": n,
                    "level": max(covered, 0.0),
                }
            )
    return pd.DataFrame(rows)


def told(ratios: pd.DataFrame, what: str) -> str:
    """Say who is fastest at one thing, and whether that is sure.

    An engine is surely faster or slower than the baseline when its interval leaves out 1.

    Parameters
    ----------
    ratios : pandas.DataFrame
        See `ratios`.
    what : str
        "build" or a question.
    """
    rows = ratios[(ratios["what"] == what) & (ratios["engine"] != BASELINE)]
    parts = []
    for row in rows.sort_values("ratio", kind="stable").itertuples():
        word = "faster" if row.high < 1 else "slower" if row.low > 1 else "about the same"
        parts.append(
            f"{row.engine} takes {row.ratio:.2f} times as long ({row.low:.2f} to {row.high:.2f}, "
            f"{word})"
        )
    return f"{what[0].upper()}{what[1:]}, beside {BASELINE}: {'; '.join(parts)}."


def pays_off(times: pd.DataFrame, plain: str, built: str) -> str:
    """Say after how many rounds of all questions the dearer build has paid for itself.

    Parameters
    ----------
    times : pandas.DataFrame
        See `measure`.
    plain, built : str
        The engine that is quick to build, and the one that is quick to ask.
    """
    seconds = times.groupby(["what", "engine"])["seconds"].median().unstack()  # noqa: PD010
    extra = seconds.loc["build", built] - seconds.loc["build", plain]
    asking = seconds.drop(index="build").sum()
    saved = asking[plain] - asking[built]
    if saved <= 0:
        word = "building it never pays" if extra > 0 else "it is only quicker to build"
        return f"{built} saves no time over {plain} on these questions: {word}."
    rounds = int(np.ceil(extra / saved))
    when = "from the first time on" if rounds <= 1 else f"when they are asked {rounds:,} times"
    price = f"{_milliseconds(abs(extra))} ms {'more' if extra > 0 else 'less'} to build"
    return (
        f"{built} costs {price} than {plain} and saves {_milliseconds(saved)} ms each time that "
        f"all questions are asked (medians): it pays {when}."
    )


def _milliseconds(seconds: float) -> str:
    """Write a time with three digits or, from a second on, all before the point."""
    return f"{1000 * seconds:,.0f}" if seconds >= 1 else f"{1000 * seconds:.3g}"
