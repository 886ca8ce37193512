"""Rebuild each published number about playlists, and set the honest one beside it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lib.evaluation.claims import Rebuilt
from lib.evaluation.ranking import DEPTH, PER_CLICK
from lib.playlists.counting.audit_pairs import PairAudit, told_rules
from lib.playlists.mining.rule_checks import held_out_confidence
from lib.playlists.store import Store
from lib.recommenders.audit_protocols import (
    MODELS,
    Asked,
    hits_over_ten,
    mean_interval,
    own_tracks_ndcg,
    ratio_interval,
    scored,
    share_in_top,
)

OTHERS, EVERYTHING = "other playlists", "all playlists, those asked about included"
"""What a model learned from: the honest and the published way."""

PUBLISHED = "as published"
HYBRID = "the hybrid itself"
BEST_RULES = 1_000


def all_scores(asked: Asked) -> dict[tuple[str, str], pd.DataFrame]:
    """Score every one of `MODELS`, fitted both ways; by what it learned from, and model."""
    ways = {EVERYTHING: asked.everything, OTHERS: asked.others}
    return {(way, name): scored(asked, name, of) for way, of in ways.items() for name in MODELS}


def score_table(
    scores: Mapping[tuple[str, str], pd.DataFrame], metrics: list[str], replicates: int, seed: int
) -> pd.DataFrame:
    """Tabulate means with bootstrap intervals: learned, model, metric, value, low, high."""
    rows = [
        (way, model, metric, *mean_interval(table[metric].to_numpy(), replicates, seed))
        for (way, model), table in scores.items()
        for metric in metrics
    ]
    return pd.DataFrame(rows, columns=["learned", "model", "metric", "value", "low", "high"])


def continuation_claims(
    store: Store,
    asked: Asked,
    scores: Mapping[tuple[str, str], pd.DataFrame],
    replicates: int,
    seed: int,
) -> list[Rebuilt]:
    """Rebuild the claims about recommenders; every number is of the same playlists.

    Parameters
    ----------
    store : Store
        All playlists.
    asked : Asked
        Those asked about.
    scores : mapping
        From `all_scores`.
    replicates, seed : int
        Bootstrap of playlists.
    """
    n, rows = len(asked.playlists), asked.playlists
    popular, hybrid = (scores[OTHERS, name] for name in ("popularity", "hybrid"))
    leaky_popular, leaky_hybrid = (scores[EVERYTHING, name] for name in ("popularity", "hybrid"))
    entries = store.table("tracks", ["entries"])["entries"].to_numpy()
    top = np.argsort(-entries, kind="stable")[:DEPTH]
    share = share_in_top(store, rows, top)
    share_others = share_in_top(store, rows, asked.others.popular[:DEPTH])
    ndcg, ten = own_tracks_ndcg(store, rows, entries), hits_over_ten(asked, top)

    def mean(table: pd.DataFrame, metric: str) -> float:
        return float(table[metric].mean())

    def interval(table: pd.DataFrame, metric: str) -> tuple[float, float, float]:
        return mean_interval(table[metric].to_numpy(), replicates, seed)

    def of_hybrid(key: str, steps: tuple, metric: str, same: bool = False) -> Rebuilt:
        beside = "popularity", mean(popular, metric)
        told = "the hybrid whose code can be run, learned from other playlists"
        return Rebuilt(key, steps, same, interval(hybrid, metric), told, beside, n)

    exact, deep = "r_precision_tracks", "ndcg"
    r_steps = (
        (PUBLISHED, float(share.mean())),
        ("counted on other playlists", float(share_others.mean())),
        ("a last fifth hidden", mean(popular, f"recall@{DEPTH}")),
        ("first R ranks, not 500", mean(popular, exact)),
        (HYBRID, mean(hybrid, exact)),
    )
    n_steps = (
        (PUBLISHED, float(ndcg.mean())),
        ("hidden tracks are the truth", mean(popular, deep)),
        (HYBRID, mean(hybrid, deep)),
    )
    ratio = ratio_interval(hybrid[exact].to_numpy(), popular[exact].to_numpy(), replicates, seed)
    t_steps = (
        (PUBLISHED, float(share.mean() / leaky_popular[exact].mean())),
        ("one protocol for both", float(leaky_hybrid[exact].mean() / leaky_popular[exact].mean())),
        ("learned from other playlists", ratio[0]),
    )
    p_steps = (
        (PUBLISHED, float(ten.mean())),
        ("hits of the first 10 ranks", mean(leaky_popular, "precision@10")),
        ("counted on other playlists", mean(popular, "precision@10")),
    )
    c_steps = (
        (PUBLISHED, mean(popular, "first_hit")),
        (f"{PER_CLICK} tracks a click", mean(popular, "clicks")),
    )
    same = bool(np.ptp(ndcg) == 0)
    shared = "co-occurrence", mean(scores[OTHERS, "co-occurrence"], "precision@10")
    none = "no hit at all", DEPTH / PER_CLICK + 1
    fair = "popularity, counted on other playlists"
    over = "hybrid over popularity, learned from other playlists"
    return [
        of_hybrid("hybrid_r_precision", (), exact),
        of_hybrid("hybrid_ndcg", (), deep),
        Rebuilt(
            "popularity_clicks", c_steps, False, interval(popular, "clicks"), fair, none, n
        ),
        of_hybrid("r_precision", r_steps, exact),
        of_hybrid("ndcg", n_steps, deep, same),
        Rebuilt("times_better", t_steps, False, ratio, over, ("popularity", 1.0), n),
        Rebuilt(
            "precision_10", p_steps, False, interval(popular, "precision@10"), fair, shared, n
        ),
    ]  # fmt: skip


def rules_claim(audit: PairAudit, replicates: int, seed: int) -> Rebuilt:
    """Rebuild the mean confidence; honest is that of the best rules in playlists held out.

    Parameters
    ----------
    audit : lib.playlists.counting.audit_pairs.PairAudit
    replicates, seed : int
        Bootstrap of the playlists held out.
    """
    told = told_rules(audit).set_index("counted")["mean"]
    steps = ((PUBLISHED, float(told["published loop"])), ("correct counts", float(told["correct"])))
    asked = max(4 * audit.least, int(0.002 * audit.playlists))
    held = held_out_confidence(audit.items.holds, asked, 2, (BEST_RULES,), replicates, seed).iloc[0]
    honest = tuple(float(held[name]) for name in ("held_out", "low", "high"))
    what = f"the {held['rules']:.0f} most confident rules of one half, in the other"
    beside = "share of playlists with what follows", float(held["base"])
    return Rebuilt("confidence", steps, False, honest, what, beside, int(held["rules"]))


def cluster_claim(
    titles: Mapping[str, float] | None, described: pd.DataFrame, level_width: float = 1.96
) -> Rebuilt:
    """Rebuild the silhouette of twelve clusters.

    Parameters
    ----------
    titles : mapping of str to float, optional
        From `lib.playlists.clustering.audit_clusters.title_clusters`.
    described : pandas.DataFrame
        From `described_clusters` there.
    level_width : float, optional
        Standard errors to each side of the interval.
    """
    ours, null = described.loc["playlists"], described.loc["shuffled"]
    value, error = float(ours["silhouette"]), float(ours["error"])
    by = f"clustered by {'tracks' if ours['view'] == 'tracks' else 'names'}"
    steps = ((PUBLISHED, float(titles["silhouette"])), (by, value)) if titles else ()
    honest = value, value - level_width * error, value + level_width * error
    beside = "shuffled playlists", float(null["silhouette"])
    what = f"12 clusters of playlists, {by}"
    return Rebuilt("silhouette", steps, False, honest, what, beside, int(ours["rows"]))


def count_claims(forests: pd.DataFrame) -> list[Rebuilt]:
    """Rebuild accuracy and R² of the forests for playlist counts.

    Parameters
    ----------
    forests : pandas.DataFrame
        From `lib.modelling.counts.count_claims.forest_claims`: columns way, metric, value, low,
        high, base, rows; the ways from published to fair.
    """
    found = []
    for key, metric in (("accuracy", "accuracy"), ("count_r2", "r2")):
        part = forests[forests["metric"] == metric]
        steps = tuple(zip(part["way"], part["value"].astype(float), strict=True))
        last = part.iloc[-1]
        honest = tuple(float(last[name]) for name in ("value", "low", "high"))
        beside = ("always no", float(1 - last["base"])) if metric == "accuracy" else ("mean", 0.0)
        what = "the same forest, fair features, artists held out"
        found.append(Rebuilt(key, steps, False, honest, what, beside, int(last["rows"])))
    return found
