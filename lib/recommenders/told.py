"""Tables and sentences on an evaluation of recommenders."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pandera.pandas as pa

from lib.evaluation.beyond_accuracy import Catalogue, beyond_accuracy
from lib.evaluation.playlist_means import OVERALL, paired_difference, summarise
from lib.playlists.continuation.held_out import HeldPlaylists
from lib.playlists.described import described
from lib.playlists.names import names_of
from lib.playlists.store import Store
from lib.recommenders.base import Ranked, Training
from lib.recommenders.ladder import BASELINE, BLEND, RERANK, Evaluation

_UNIT = "that of the measure"
SCORES = pa.DataFrameSchema(
    {
        "recommender": described("str", "name", "Who ranked"),
        "category": described("str", "name", "Kind of playlist, or the mean over all kinds"),
        "metric": described("str", "name", "Measure"),
        "playlists": described("int64", "playlists", "Test playlists behind it", pa.Check.ge(1)),
        "value": described("float64", _UNIT, "Mean over them"),
        "low": described("float64", _UNIT, "Lower end of its interval", nullable=True),
        "high": described("float64", _UNIT, "Upper end of its interval", nullable=True),
        "level": described("float64", "share", "Coverage of the interval"),
    },
    strict=True,
    description="Scores of recommenders on held-out playlists: one row a recommender, category "
    "and measure",
)


def summaries(
    scores: Mapping[str, pd.DataFrame], held: HeldPlaylists, replicates: int, seed: int
) -> pd.DataFrame:
    """Average the scores of every recommender, see `SCORES`."""
    parts = []
    for name, own in scores.items():
        table = summarise(own, held.category, held.names, replicates, seed)
        table.insert(0, "recommender", name)
        parts.append(table)
    table = pd.concat(parts, ignore_index=True)
    kinds = dict.fromkeys(("recommender", "category", "metric"), "str") | {"playlists": "int64"}
    return table.astype(kinds)


def overall(table: pd.DataFrame, metric: str) -> pd.Series:
    """Take the means over categories of a measure, by recommender, the highest first."""
    own = table[(table["category"] == OVERALL) & (table["metric"] == metric)]
    return own.set_index("recommender")["value"].sort_values(ascending=False)


def best_single(table: pd.DataFrame) -> str:
    """Name the recommender with the highest NDCG of those that are not made of others."""
    means = overall(table, "ndcg")
    return means.drop([BLEND, RERANK], errors="ignore").index[0]


def steps_up(
    found: Evaluation, table: pd.DataFrame, held: HeldPlaylists, replicates: int, seed: int
) -> pd.DataFrame:
    """Compare each stage with the one before on the same playlists: paired differences in NDCG.

    Returns
    -------
    pandas.DataFrame
        Columns pair, category, value, low, high, playlists.
    """
    stages = [BASELINE, best_single(table), *(n for n in (BLEND, RERANK) if n in found.scores)]
    parts = []
    for lower, upper in itertools.pairwise(stages):
        one, other = (found.scores[name][["ndcg"]] for name in (upper, lower))
        part = paired_difference(one, other, held.category, held.names, replicates, seed)
        part.insert(0, "pair", f"{upper} − {lower}")
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def variety(
    answers: Mapping[str, Ranked], training: Training, held: HeldPlaylists,
    lengths: Sequence[int], replicates: int, seed: int,
) -> pd.DataFrame:  # fmt: skip
    """Tabulate what lists are beside right: `lib.evaluation.beyond_accuracy` by recommender."""
    n_playlists = max(training.tracks.shape[0], 1)
    catalogue = Catalogue(training.artist, training.album, training.popularity, n_playlists)
    parts = []
    for name, answer in answers.items():
        table = beyond_accuracy(
            answer.tracks, catalogue, held.category, held.names, lengths, replicates, seed
        )
        table.insert(0, "recommender", name)
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def side_by_side(
    store: Store, answers: Mapping[str, Ranked], held: HeldPlaylists, row: int, top: int = 10
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Show one playlist: its seeds, and the first tracks of some recommenders beside each other.

    Returns
    -------
    seeds, lists : pandas.DataFrame
        Names; hidden tracks that were found are marked with ✓.
    """
    seeds = held.queries.seeds[row]
    first = pd.DataFrame({"seeds": names_of(store, "track", seeds)})
    columns = {}
    for name, answer in answers.items():
        tracks = answer.tracks[row, :top]
        tracks = tracks[tracks >= 0]
        marks = np.where(np.isin(tracks, held.truth[row]), "✓ ", "")
        named = names_of(store, "track", tracks)
        columns[name] = pd.Series([mark + one for mark, one in zip(marks, named, strict=True)])
    return first, pd.DataFrame(columns).fillna("")


def score_metrics(
    table: pd.DataFrame, measures: Mapping[str, str], name: str, protocol: str
) -> list[dict[str, object]]:
    """List the means over categories as metrics of a report, beside popularity's."""
    rows = table[(table["category"] == OVERALL) & table["metric"].isin(list(measures))]
    floor = rows[rows["recommender"] == BASELINE].set_index("metric")["value"]
    shown = {overall(table, "ndcg").index[0], best_single(table)}
    return [
        {
            "name": f"{measures[row.metric]}, {row.recommender}, {name}",
            "value": row.value,
            "unit": "clicks" if row.metric == "clicks" else "",
            **_interval(row),
            "protocol": protocol,
            "baseline": BASELINE,
            "baseline_value": floor[row.metric],
            "headline": row.metric == "ndcg" and row.recommender in shown,
        }
        for row in rows.itertuples()
    ]


def step_metrics(table: pd.DataFrame, name: str, protocol: str) -> list[dict[str, object]]:
    """List the steps over all categories, from `steps_up`, as metrics of a report."""
    return [
        {
            "name": f"NDCG, {row.pair}, {name}",
            "value": row.value,
            "unit": "",
            **_interval(row),
            "protocol": f"paired differences, {protocol}",
            "baseline": "no difference",
            "baseline_value": 0.0,
        }
        for row in table[table["category"] == OVERALL].itertuples()
    ]


def novelty_metrics(table: pd.DataFrame, length: int, name: str) -> list[dict[str, object]]:
    """List the novelty of lists, from `variety`, as metrics of a report."""
    rows = table[
        (table["length"] == length)
        & (table["category"] == OVERALL)
        & (table["metric"] == "novelty_bits")
    ]
    floor = rows.set_index("recommender")["value"].get(BASELINE)
    return [
        {
            "name": f"novelty, {row.recommender}, {name}",
            "value": row.value,
            "unit": "bits",
            **_interval(row),
            "protocol": f"first {length} ranks, by training playlists",
            "baseline": BASELINE,
            "baseline_value": floor,
        }
        for row in rows.itertuples()
    ]


def _interval(row: object) -> dict[str, object]:
    """Interval and rows of a metric; a single playlist in a category leaves no interval."""
    told: dict[str, object] = {"rows": row.playlists}
    if np.isfinite(row.low):
        told |= {"low": row.low, "high": row.high, "level": row.level}
    return told


def in_words_best(table: pd.DataFrame, held: HeldPlaylists) -> list[str]:
    """Say what the baseline, the best single recommender, the blend and the second stage reach."""
    single = best_single(table)
    shown = [BASELINE, single, *(n for n in (BLEND, RERANK) if n in set(table["recommender"]))]
    rows = table[table["category"] == OVERALL].set_index(["recommender", "metric"])
    sentences = []
    for name in shown:
        parts = []
        for metric, label, digits in (
            ("ndcg", "NDCG", 4), ("r_precision", "R-precision with artist credit", 4),
            ("clicks", "clicks", 2),
        ):  # fmt: skip
            one = rows.loc[(name, metric)]
            text = f"{label} {one['value']:.{digits}f}"
            if np.isfinite(one["low"]):  # missing when a category has a single playlist
                text += f" [{one['low']:.{digits}f}, {one['high']:.{digits}f}]"
            parts.append(text)
        kind = f"{name} (the best single one)" if name == single else name
        sentences.append(f"{kind}: {', '.join(parts)}, over {len(held):,} test playlists.")
    return sentences


def headline(table: pd.DataFrame) -> str:
    """Say in one sentence which way to continue playlists scored best, and whether that is sure."""
    rows = table[(table["category"] == OVERALL) & (table["metric"] == "ndcg")]
    rows = rows.set_index("recommender")
    best, floor = rows["value"].idxmax(), rows.loc[BASELINE]
    if best == BASELINE:
        return "No recommender continues hidden playlists better than the most popular tracks do."
    sure = rows.loc[best, "low"] > floor["high"]
    several = {BLEND: "a blend of recommenders,", RERANK: "a blend of recommenders, ranked anew,"}
    return (
        f"Hidden tracks of playlists are found best by {several.get(best, f'{best} alone,')} "
        f"{'above' if sure else 'not surely above'} the most popular tracks."
    )


def in_words_steps(table: pd.DataFrame) -> list[str]:
    """Say what each step up brings, from `steps_up`."""
    sentences = []
    for pair, rows in table.groupby("pair", sort=False):
        one = rows[rows["category"] == OVERALL].iloc[0]
        if not np.isfinite(one["low"]):  # a category has a single playlist
            sentences.append(f"{pair}: NDCG {one['value']:+.4f}, too few playlists to tell.")
            continue
        verdict = "a gain" if one["low"] > 0 else "a loss" if one["high"] < 0 else "within noise"
        sentences.append(
            f"{pair}: NDCG {one['value']:+.4f} [{one['low']:+.4f}, {one['high']:+.4f}], {verdict}."
        )
    return sentences


def in_words_floor(table: pd.DataFrame) -> str:
    """Say whether each recommender beats popularity in each category."""
    ndcg = table[(table["metric"] == "ndcg") & (table["category"] != OVERALL)]
    wide = ndcg.pivot_table(index="recommender", columns="category", values="value")
    below = wide.lt(wide.loc[BASELINE]).drop(index=BASELINE)
    found = [f"{name} ({', '.join(row.index[row])})" for name, row in below.iterrows() if row.any()]
    if not found:
        return "Every recommender has at least popularity's NDCG in every category."
    return f"Below popularity's NDCG: {'; '.join(found)}."


def first_with_seeds(held: HeldPlaylists, seeds: int) -> int:
    """Place of the first playlist with so many seeds, or else of the first with the most."""
    shown = np.array([len(one) for one in held.queries.seeds])
    return int(np.argmax(np.minimum(shown, seeds)))
