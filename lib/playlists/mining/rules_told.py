"""What a notebook on rules shows and says: tables, planted rules, sentences."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa

from lib.playlists.counting.cooccurrence import Items
from lib.playlists.described import described
from lib.playlists.mining.item_sets import ItemSets
from lib.playlists.mining.miner import mine
from lib.playlists.mining.rules import MAIN, MEASURES, make_rules
from lib.playlists.mining.rules_mlxtend import as_mlxtend, mlxtend_sets
from lib.playlists.store import Store

_UNITS = {"support": "share of playlists", "confidence": "share of playlists"}
RULES = pa.DataFrameSchema(
    {
        "if": described("str", "track ids", "What a playlist holds, with blanks between"),
        "then": described("str", "track id", "What follows"),
        "count": described("int64", "playlists", "Those that hold all of them", pa.Check.ge(1)),
        **{
            name: described("float64", _UNITS.get(name, "none"), name.replace("_", " "))
            for name in MAIN
        },
        "expected": described("float64", "playlists", "Expected by chance"),
        "improvement": described("float64", "confidence", "Above the best simpler rule's"),
        "false_rate": described(
            "float64", "share", "False discovery rate at which it passes", pa.Check.in_range(0, 1)
        ),
    },
    strict=True,
    description="Association rules that are kept",
)


def compare_mlxtend(items: Items, min_count: int, max_len: int, min_confidence: float) -> dict:
    """Mine and make rules twice, here and with mlxtend, and compare to the last bit.

    Returns
    -------
    dict
        ``sets``, ``rules`` (numbers), ``equal`` (bool), ``ours_s``, ``mlxtend_s``.
    """
    from mlxtend.frequent_patterns import association_rules  # a second to import

    started = time.perf_counter()
    sets = mine(items.holds, min_count, max_len)
    rules = make_rules(sets, min_confidence, measures=tuple(MEASURES))
    middle = time.perf_counter()
    theirs = mlxtend_sets(items.holds, min_count, max_len)
    table = association_rules(theirs, metric="confidence", min_threshold=min_confidence)
    end = time.perf_counter()
    equal = _ordered(sets.table(), ["itemsets"]).equals(_ordered(theirs, ["itemsets"]))
    keys = ["antecedents", "consequents"]
    equal &= _ordered(as_mlxtend(rules, sets), keys).equals(_ordered(table, keys))
    seconds = {"ours_s": middle - started, "mlxtend_s": end - middle}
    return {"sets": len(theirs), "rules": len(table), "equal": bool(equal), **seconds}


def fates(rules: pd.DataFrame, sets: ItemSets) -> pd.DataFrame:
    """Count what became of the rules: a row a number of items, a column a fate."""
    length = pd.Series(sets.length[rules["both"].to_numpy()], index=rules.index, name="items")
    table = pd.crosstab(length, rules["fate"])
    return table.reindex(columns=["redundant", "within chance", "kept"], fill_value=0)


def strongest_edges(
    rules: pd.DataFrame, sets: ItemSets, top: int = 40, each: int = 3
) -> pd.DataFrame:
    """Choose kept rules from one item to another to draw: the most confident, few of each item.

    Parameters
    ----------
    rules : pandas.DataFrame
        `lib.playlists.mining.rule_checks.judged`.
    sets : ItemSets
        The sets that they were made from.
    top : int, optional
        Pairs at most.
    each : int, optional
        Pairs of an item at most.

    Returns
    -------
    pandas.DataFrame
        ``first``, ``then`` (columns), ``confidence``, ``back`` (the other way, NaN when that rule
        is not kept).
    """
    kept = rules[(rules["fate"] == "kept") & (sets.length[rules["both"]] == 2)]
    kept = kept.sort_values(["confidence", "count"], ascending=False, kind="stable")
    first, then = (sets.items[kept[name], 0].tolist() for name in ("antecedent", "consequent"))
    confidence = dict(zip(zip(first, then, strict=True), kept["confidence"], strict=True))
    edges, uses = {}, dict.fromkeys([*first, *then], 0)
    for a, b in confidence:
        if (b, a) not in edges and uses[a] < each and uses[b] < each:
            edges[a, b] = confidence.get((b, a), np.nan)
            uses[a] += 1
            uses[b] += 1
        if len(edges) == top:
            break
    rows = [(a, b, confidence[a, b], back) for (a, b), back in edges.items()]
    return pd.DataFrame(rows, columns=["first", "then", "confidence", "back"])


def kept_table(rules: pd.DataFrame, sets: ItemSets, items: Items, store: Store) -> pd.DataFrame:
    """Make the table of kept rules with ids in place of numbers, see `RULES`."""
    kept = rules[rules["fate"] == "kept"].sort_values(["confidence", "count"], ascending=False)
    ids = store.table("tracks", ["track_id"])["track_id"].to_numpy()[items.numbers]
    table = kept[[name for name in RULES.columns if name in kept]].reset_index(drop=True)
    for place, (label, column) in enumerate((("if", "antecedent"), ("then", "consequent"))):
        numbers = kept[column].to_numpy()
        rows = zip(sets.items[numbers].tolist(), sets.length[numbers].tolist(), strict=True)
        table.insert(place, label, [" ".join(ids[item] for item in row[:k]) for row, k in rows])
    return table.astype({"if": "str", "then": "str"})


def planted_found(path: Path, kept: pd.DataFrame) -> pd.DataFrame:
    """Tell which of a generator's pairs and rules are among the kept ones.

    A planted rule, two tracks that bring a third, counts when one of the two alone brings it: the
    two stand together always, so that the second adds nothing.

    Parameters
    ----------
    path : pathlib.Path
        ``planted.json``.
    kept : pandas.DataFrame
        From `kept_table`.

    Returns
    -------
    pandas.DataFrame
        ``theme``, ``pair`` and ``rule`` (bool): found or not.
    """
    truth = json.loads(path.read_text("utf-8"))
    found = set(zip(kept["if"], kept["then"], strict=True))
    rows = [
        (
            pair["theme"],
            tuple(pair["tracks"]) in found or tuple(pair["tracks"][::-1]) in found,
            any((one, rule["then"]) in found for one in rule["if"]),
        )
        for pair, rule in zip(truth["pairs"], truth["rules"], strict=True)
    ]
    return pd.DataFrame(rows, columns=["theme", "pair", "rule"])


def in_words_support(tried: pd.DataFrame, min_count: int, n_playlists: int) -> str:
    """Say which support was taken and why, from `mine_estimate.lowest_support`."""
    one = tried[tried["min_count"] == min_count].iloc[0]
    text = (
        f"Rules need {min_count:,} of {n_playlists:,} playlists ({min_count / n_playlists:.2%}): "
        f"an estimated {one['sets']:,.0f} item sets, {one['memory_mb']:,.0f} MB."
    )
    below = tried[(tried["min_count"] < min_count) & ~tried["fits"]]
    if len(below):
        last = below.iloc[-1]
        more = "more than " if last["stopped"] else ""
        text += f" {last['min_count']:,} playlists would bring {more}{last['sets']:,.0f} item sets."
    return text


def in_words_mlxtend(found: dict) -> str:
    """Say whether mlxtend finds the same, from `compare_mlxtend`."""
    same = "the same" if found["equal"] else "NOT the same"
    return (
        f"mlxtend's FP-Growth finds {same} {found['sets']:,} item sets and {found['rules']:,} "
        f"rules, with {same} value of every measure to the last bit, in "
        f"{found['mlxtend_s']:.2f} s; the miner took {found['ours_s']:.2f} s."
    )


def in_words_fates(table: pd.DataFrame, rules: pd.DataFrame) -> str:
    """Say what is left of the rules, from `fates` and `lib.playlists.mining.rule_checks.judged`."""
    total = table.to_numpy().sum()
    parts = []
    for items, row in table.iterrows():
        parts.append(f"{row['kept']:,} of {row.sum():,} rules of {items} tracks")
    largest = rules["confidence"].max() if len(rules) else 0.0
    return (
        f"Of {total:,} rules, {table['redundant'].sum():,} are redundant and "
        f"{table['within chance'].sum():,} within chance; {table['kept'].sum():,} are kept: "
        f"{', '.join(parts) or 'none'}. The highest confidence of all is {largest:.3f}."
    )


def in_words_null(table: pd.DataFrame) -> str:
    """Say what each test finds where there is nothing, from `lib.playlists.mining.rule_checks`."""
    total = table.groupby(["playlists", "test"])[["passed", "passed_bh"]].sum()
    dealt, real = total.loc["dealt out anew"], total.loc["as they are"]
    plain, banded = dealt.loc["all playlists"], dealt.loc["like length"]
    verdict = "none survives" if not banded["passed_bh"] else "not quite none survives"
    return (
        f"In playlists dealt out anew, Fisher's test over all playlists passes {plain['passed']:,} "
        f"rules ({plain['passed_bh']:,} by Benjamini and Hochberg's rule), the test among "
        f"playlists of like length {banded['passed']:,} ({banded['passed_bh']:,}): {verdict} "
        f"there. In the playlists as they are the two pass "
        f"{real.loc['all playlists', 'passed']:,} and {real.loc['like length', 'passed']:,}."
    )


def in_words_lasting(splits: pd.DataFrame) -> str:
    """Say how many rules the other half confirms, from `rule_checks.stability`."""
    parts = []
    for kind, rows in splits.groupby("kind", sort=False):
        share, chance = rows["confirmed"], rows["chance"]
        named = "all rules" if kind == "all" else f"those {kind}"
        if not share.notna().any():
            parts.append(f"of {named} there are none")
            continue
        parts.append(
            f"of {named} ({rows['rules'].mean():,.0f} a half) {share.mean():.1%} "
            f"({share.min():.1%} to {share.max():.1%} over {len(rows)} splits; chance "
            f"{chance.mean():.2%})"
        )
    return f"The other half of the playlists confirms, {'; '.join(parts)}."


def lasting_metrics(splits: pd.DataFrame) -> list[dict]:
    """Give the shares confirmed as metrics; the range of S splits holds (S - 1) / (S + 1) more."""
    metrics = []
    for kind, rows in splits.dropna().groupby("kind", sort=False):
        share = rows["confirmed"]
        metric = {"name": f"rules confirmed, {kind}", "value": share.mean(), "unit": ""}
        metric["protocol"] = (
            "share of one half's rules that have the support and confidence in the other half; "
            f"mean and range of {len(rows)} random splits; baseline: other half dealt out anew"
        )
        if len(rows) > 1:
            metric |= {"low": share.min(), "high": share.max()}
            metric["level"] = (len(rows) - 1) / (len(rows) + 1)
        metric |= {"baseline": "dealt out anew", "baseline_value": rows["chance"].mean()}
        metrics.append(metric | {"headline": kind == "beyond chance"})
    return metrics


def in_words_curse(table: pd.DataFrame) -> str:
    """Say what the best rules lose, from `lib.playlists.mining.rule_checks.held_out_confidence`."""
    one = table.iloc[0]
    lost = one["training"] - one["held_out"]
    verdict = f"{lost:.3f} of it was luck" if one["high"] < one["training"] else "no clear loss"
    return (
        f"The {one['top']:.0f} rules with the highest confidence in one half have "
        f"{one['training']:.3f} there and {one['held_out']:.3f} (95 % interval {one['low']:.3f} to "
        f"{one['high']:.3f}) in the other: {verdict}. What follows is in {one['base']:.1%} of the "
        "playlists anyway."
    )


def _ordered(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Sort by sets of items, so that tables of different order can be compared."""
    members = {key: [tuple(sorted(items)) for items in table[key]] for key in keys}
    return table.assign(**members).sort_values(keys, ignore_index=True)
