"""Which studies nested cross-validation runs, and how much effort goes into them."""

from __future__ import annotations

from dataclasses import dataclass

from lib.modelling.settings.tuning_presets import PRESETS

ALL_TRACKS = -1
"""Number that stands for all tracks where others name the outer fold that was held out."""

SMALL = 20_000
"""Tracks below which everything is done on a smaller scale, see `effort`."""


@dataclass(frozen=True)
class Effort:
    """How much is done.

    Attributes
    ----------
    trials : int
        Trials of each study of XGBoost and ridge; the forest, which costs most, gets half.
    folds : int
        Outer folds that are tuned and tested.
    inner_folds : int
    rf_trees, xgb_trees : int
        Trees of the forest, most trees of XGBoost.
    """

    trials: int
    folds: int
    inner_folds: int
    rf_trees: int
    xgb_trees: int


def effort(tracks: int, wanted: Effort) -> Effort:
    """Cut the effort down where there are few tracks: intervals are wide there whatever is done.

    Below `SMALL` tracks: at most 5 trials, 2 outer and 2 inner folds, 120 trees of XGBoost.

    Examples
    --------
    >>> effort(5_000, Effort(20, 5, 3, 60, 500))
    Effort(trials=5, folds=2, inner_folds=2, rf_trees=60, xgb_trees=120)
    """
    if tracks >= SMALL:
        return wanted
    return Effort(
        min(wanted.trials, 5),
        min(wanted.folds, 2),
        min(wanted.inner_folds, 2),
        wanted.rf_trees,
        min(wanted.xgb_trees, 120),
    )


def trials_of(preset: str, size: Effort) -> int:
    """Trials of a preset's studies."""
    return max(1, size.trials // 2) if PRESETS[preset].model == "random forest" else size.trials


def plan(folds: int, source_folds: int, source_space: str) -> list[tuple[int, str]]:
    """List the studies: outer fold that is held out, and preset; the costly ones first.

    Parameters
    ----------
    folds : int
        Outer folds, from 0.
    source_folds : int
        Of these, folds on which a published space is searched as well.
    source_space : str
        Its preset.

    Examples
    --------
    >>> plan(2, 1, "xgboost, artist mean")[:3]
    [(0, 'xgboost, artist mean'), (-1, 'xgboost'), (0, 'xgboost')]
    """
    studies = [(number, source_space) for number in range(min(source_folds, folds))]
    studies.append((ALL_TRACKS, "xgboost"))
    for preset in ("xgboost", "forest", "ridge"):
        studies += [(number, preset) for number in range(folds)]
    return studies
