"""How recommendations to held-out playlists can be explained, and whether that tells hits."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.errors import ParameterError
from lib.evaluation.playlist_means import OVERALL, summarise
from lib.playlists.continuation.held_out import HeldPlaylists
from lib.playlists.continuation.queries import Queries
from lib.recommenders.base import Ranked, Recommender, Training
from lib.recommenders.rank import cleaned
from lib.recommenders.reasons import KINDS, Links

BAND = 10
"""Ranks that are compared with each other."""

MEASURES = {
    "any": "any reason",
    **KINDS,
    "chance": "P(track | seed) of the best reason",
    "times": "times its share of all playlists, log₂",
    "hits_with": "hits among tracks together with a seed",
    "hits_without": "hits among the others",
    "chance_hits": "P(track | seed), hits",
    "chance_misses": "P(track | seed), misses",
    "apart": "hits less misses",
    "apart_in_band": "hits less misses of nearly the same rank",
}
"""What `explain_lists` measures of each playlist."""


def explain_lists(
    tie: Links, tracks: np.ndarray, hits: np.ndarray, training: Training
) -> pd.DataFrame:
    """Measure how each playlist's recommendations can be explained.

    Parameters
    ----------
    tie : Links
        Of these tracks.
    tracks : numpy.ndarray of int, shape (playlists, k)
        Recommendations, -1 for none.
    hits : numpy.ndarray of bool, shape (playlists, k)
        Which were hidden in the playlist.
    training : Training
        Tells whether artists and albums are known at all.

    Returns
    -------
    pandas.DataFrame of float64
        A row a playlist, see `MEASURES`; missing where it has no such tracks, and all but ``any``
        and ``titled`` where no seed is known. P(track | seed) is 0 for a track without a seed that
        says anything for it; ``apart_in_band`` compares each hit
        with the misses of its ten ranks (1 to 10, 11 to 20, …), as hits stand higher anyway.
    """
    there = tracks >= 0
    has = tie.has()
    some = np.logical_or.reduce(list(has.values()))
    chance = tie.chance
    table = {"any": _mean(some, there)}
    asked = dict.fromkeys(has, tie.given > 0) | {"titled": (tie.called > 0).any(axis=1)}
    for owner in ("artist", "album"):
        asked[owner] = asked[owner] & (getattr(training, owner) >= 0).any()
    table |= {kind: np.where(asked[kind], _mean(own, there), np.nan) for kind, own in has.items()}
    there &= tie.given[:, None] > 0
    table["chance"] = _mean(chance, there)
    linked = there & has["together"]
    table["times"] = _mean(np.log2(np.where(linked, tie.times, 1)), linked)
    table["hits_with"] = _mean(hits, linked)
    table["hits_without"] = _mean(hits, there & ~has["together"])
    table["chance_hits"] = _mean(chance, there & hits)
    table["chance_misses"] = _mean(chance, there & ~hits)
    table["apart"] = table["chance_hits"] - table["chance_misses"]
    table["apart_in_band"] = _in_bands(chance, there, hits)
    return pd.DataFrame(table)


def _mean(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.where(where, values, 0).sum(axis=1) / where.sum(axis=1)


def _in_bands(chance: np.ndarray, there: np.ndarray, hits: np.ndarray) -> np.ndarray:
    """Mean over hits of their chance less that of the misses in the same ten ranks."""
    total, weight = np.zeros(len(chance)), np.zeros(len(chance))
    for first in range(0, chance.shape[1], BAND):
        part = slice(first, first + BAND)
        hit, miss = there[:, part] & hits[:, part], there[:, part] & ~hits[:, part]
        apart = _mean(chance[:, part], hit) - _mean(chance[:, part], miss)
        both = ~np.isnan(apart)
        total[both] += (apart * hit.sum(axis=1))[both]
        weight[both] += hit.sum(axis=1)[both]
    with np.errstate(invalid="ignore"):
        return total / weight


def average(lists: pd.DataFrame, held: HeldPlaylists, replicates: int, seed: int) -> pd.DataFrame:
    """Average `explain_lists` as `lib.evaluation.playlist_means.summarise` does.

    A measure that no playlist of a category has, such as a title where none is known, is averaged
    over the other categories; one that no playlist has at all is left out.
    """
    parts = []
    for metric in lists:
        some = np.bincount(held.category, lists[metric].notna(), len(held.names)) > 0
        rows = some[held.category]
        if rows.any():
            own = lists.loc[rows, [metric]]
            parts.append(summarise(own, held.category[rows], held.names, replicates, seed))
    return pd.concat(parts, ignore_index=True)


def by_rank(tie: Links, hits: np.ndarray, tracks: np.ndarray) -> pd.DataFrame:
    """Average over playlists, rank by rank in tens: hits, reasons and their strength.

    Returns
    -------
    pandas.DataFrame
        ``first``, ``last`` rank, ``tracks``, ``precision``, ``reason`` (share with any),
        ``chance_hits``, ``chance_misses`` (missing where there is none).
    """
    there = tracks >= 0
    some, rows = np.logical_or.reduce(list(tie.has().values())), []
    for first in range(0, tracks.shape[1], BAND):
        part = slice(first, min(first + BAND, tracks.shape[1]))
        own, hit = there[:, part], hits[:, part] & there[:, part]
        chance = tie.chance[:, part]
        rows.append(
            {
                "first": first + 1,
                "last": part.stop,
                "tracks": int(own.sum()),
                "precision": hit.sum() / max(own.sum(), 1),
                "reason": some[:, part][own].mean() if own.any() else np.nan,
                "chance_hits": chance[hit].mean() if hit.any() else np.nan,
                "chance_misses": chance[own & ~hit].mean() if (own & ~hit).any() else np.nan,
            }
        )
    return pd.DataFrame(rows)


def without_each_seed(
    model: Recommender, queries: Queries, row: int, k: int = 50
) -> tuple[Ranked, pd.DataFrame]:
    """Ask again without each seed in turn, to see which recommendations hang on it.

    Parameters
    ----------
    model : Recommender
        Fitted.
    queries : Queries
    row : int
        The query to look at.
    k : int, optional
        Ranks that are compared.

    Returns
    -------
    ranked : Ranked
        Answers with all seeds (row 0) and without each one.
    table : pandas.DataFrame
        A row a seed: ``seed``, ``lost`` (of the k tracks, how many are no more), ``dropped`` and
        ``entered`` (the highest track that is gone and that is new, -1 for none). The seed itself,
        which may be recommended once it is not given, does not count.

    Raises
    ------
    ParameterError
        When the query has fewer than two seeds, and no title.
    """
    one = queries.take([row])
    seeds = one.seeds[0]
    if len(seeds) < (1 if one.titles[0] else 2):
        raise ParameterError("seeds: two or more, or one and a title, expected to do without one")
    asked = Queries(
        [seeds, *(np.delete(seeds, place) for place in range(len(seeds)))],
        one.titles * (len(seeds) + 1),
        np.repeat(one.ordered, len(seeds) + 1),
    )
    # One more, for the seed that may come up.
    ranked = model.recommend(asked, k + 1)
    whole, rows = ranked.tracks[0, :k], []
    whole = whole[whole >= 0]
    for place, seed in enumerate(seeds, start=1):
        other = ranked.tracks[place]
        other = other[(other >= 0) & (other != seed)][:k]
        dropped, entered = whole[~np.isin(whole, other)], other[~np.isin(other, whole)]
        rows.append(
            {
                "seed": int(seed),
                "lost": len(dropped),
                "dropped": int(dropped[0]) if len(dropped) else -1,
                "entered": int(entered[0]) if len(entered) else -1,
            }
        )
    return ranked, pd.DataFrame(rows)


def told_example(queries: Queries, n_tracks: int, least: int = 5, most: int = 12) -> int:
    """Choose the first query with a handful of seeds; without one, that with most."""
    sizes = np.array([len(seeds) for seeds in cleaned(queries, n_tracks).seeds])
    fit = np.flatnonzero((sizes >= least) & (sizes <= most))
    return int(fit[0]) if len(fit) else int(sizes.argmax())


def in_words_reasons(means: pd.DataFrame, n: int, depth: int) -> list[str]:
    """Say how many recommendations have a reason, and whether reasons tell hits from misses.

    Parameters
    ----------
    means : pandas.DataFrame
        From `average`.
    n, depth : int
        Playlists and ranks.
    """
    rows = means[means["category"] == OVERALL].set_index("metric")
    said = {one: _with_interval(rows.loc[one]) for one in rows.index}
    kinds = "; ".join(f"{KINDS[one]} {said[one]}" for one in KINDS if one in said)
    sentences = [
        f"of the first {depth} ranks of {n:,} test playlists {said['any']} have a reason: {kinds}."
    ]
    if {"chance_hits", "chance_misses"} <= said.keys():
        band = rows.loc["apart_in_band"] if "apart_in_band" in rows.index else None
        sentence = (
            f"the best reason's P(track | seed) is {said['chance_hits']} for hits and "
            f"{said['chance_misses']} for misses"
        )
        if band is not None and np.isfinite(band["value"]):
            sentence += f"; at nearly the same rank the difference is {said['apart_in_band']}"
            if np.isfinite(band["low"]):
                clear = band["low"] > 0 or band["high"] < 0
                sentence += (
                    ", so a reason says more than the rank does"
                    if clear and band["value"] > 0
                    else ", so a reason says no more than the rank does"
                )
        sentences.append(sentence + ".")
    if {"hits_with", "hits_without"} <= said.keys():
        sentences.append(
            f"hits among tracks that stand together with a seed: {said['hits_with']}; among the "
            f"others: {said['hits_without']}."
        )
    return sentences


def _with_interval(row: pd.Series) -> str:
    text = f"{row['value']:.1%}"
    if np.isfinite(row["low"]):
        text += f" [{row['low']:.1%}, {row['high']:.1%}]"
    return text
