"""Run the leak detector on the features of playlist counts, the published ones and ours."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lib.evaluation.leaks import find_foreign_columns, find_target_copies
from lib.modelling.counts.count_features import (
    CATALOGUE,
    SPLITS,
    TARGET,
    inner_folds,
    levels_of_others,
)
from lib.modelling.counts.count_models import INNER, possible_splits
from lib.modelling.counts.count_published import PUBLISHED, published_features
from lib.modelling.splits import group_folds
from lib.playlists.store import Store


def inspect_counts(
    store: Store, tracks: pd.DataFrame, n_folds: int, seed: int
) -> dict[tuple[str, str], pd.DataFrame]:
    """Run the leak detector on the published features and on ours, on a fold of each split.

    It looks for features that are the target, wherever an artist or album has one track or
    everywhere, and for features that come out otherwise when test rows or their counts do.

    Returns
    -------
    dict of (str, str) to pandas.DataFrame
        Findings by split and ``"published"`` or ``"ours"``, see `lib.evaluation.leaks.COLUMNS`.
    """
    found = {}
    all_published = published_features(store)
    plain = tracks[["artist", "album", TARGET]].assign(row=np.arange(len(tracks)))
    for split in possible_splits(tracks):
        fold = group_folds(tracks[SPLITS[split].keys[0]], n_folds, seed)
        inner = inner_folds(tracks, split, INNER, seed + 1)
        table = plain.assign(known=fold != 0, inner=inner)
        known = table["known"].to_numpy()
        ours = levels_of_others(table, known, inner)
        makers = {"published": (lambda t: _made_published(store, t), all_published)}
        makers["ours"] = (_made_ours, tracks[list(CATALOGUE)].join(ours))
        for name, (make, features) in makers.items():
            copies = [
                find_target_copies(features.dropna(axis=1, how="all"), table[TARGET], table[key])
                for key in ("artist", "album")
            ]
            foreign = find_foreign_columns(make, table[known], table[~known], TARGET)
            filled = [one for one in (*copies, foreign) if len(one)]
            found[split, name] = pd.concat(filled, ignore_index=True) if filled else foreign
    return found


def findings_table(inspected: Mapping[tuple[str, str], pd.DataFrame]) -> pd.DataFrame:
    """Tell for each split and set of features which columns the detector names, and why."""
    rows = []
    for (split, name), findings in inspected.items():
        for leak, part in findings.groupby("leak", sort=False):
            rows.append((SPLITS[split].label, name, leak, ", ".join(part["where"])))
        if findings.empty:
            rows.append((SPLITS[split].label, name, "nothing found", ""))
    return pd.DataFrame(rows, columns=["split", "features", "finding", "columns"])


def _made_published(store: Store, table: pd.DataFrame) -> pd.DataFrame:
    made = published_features(store, table["row"].to_numpy())
    return table.assign(**{name: made[name].to_numpy() for name in PUBLISHED})


def _made_ours(table: pd.DataFrame) -> pd.DataFrame:
    made = levels_of_others(table, table["known"].to_numpy(), table["inner"].to_numpy())
    return table.join(made)
