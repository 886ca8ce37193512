"""Estimate what a treatment does: on average, and on which tracks more than on others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits
from xgboost import XGBClassifier, XGBRegressor

from lib.errors import DataError
from lib.evaluation.clustered import around
from lib.evaluation.intervals import LEVEL
from lib.modelling.promotion.uplift_data import Trial

CLIP = 0.01
"""Estimated chances are kept this far from 0 and 1, so that no track counts above a hundred."""
FAR = 3.0
"""Standard deviations beyond which a feature counts no further in the linear parts. A genre of a
few tracks, all by chance treated, would else send the chance of every new track of it to an end."""
OVERLAP = 0.05
"""A track has overlap when its chance of either is at least this."""
SETTINGS = {
    "n_estimators": 40,
    "learning_rate": 0.1,
    "max_depth": 3,
    "min_child_weight": 10,
    "max_bin": 64,
    "n_jobs": 1,
}
"""Of the trees: few and small, since linear models go before them."""

NAIVE, TWO_MODELS, ROBUST = "naive difference", "two models", "doubly robust"
ESTIMATORS = (NAIVE, TWO_MODELS, ROBUST)


@dataclass(frozen=True)
class Parts:
    """What models fitted on the other folds say of each track.

    Attributes
    ----------
    untreated, treated : numpy.ndarray, shape (n,)
        Predicted outcome without and with the treatment.
    chance : numpy.ndarray, shape (n,)
        Predicted chance of the treatment, within `CLIP` of 0 and 1.
    """

    untreated: np.ndarray
    treated: np.ndarray
    chance: np.ndarray

    @property
    def effect(self) -> np.ndarray:
        """The two-model estimate of each track's effect."""
        return self.treated - self.untreated


def cross_fit(trial: Trial, seed: int) -> Parts:
    """Fit two outcome models and one of the chance on all folds but one, and predict that one.

    Cross-fitting keeps a track's own outcome out of what is predicted of it (Chernozhukov and
    others, The Econometrics Journal 21, 2018). Folds hold whole artists.

    Raises
    ------
    DataError
        When the rows of a training part are all treated, or none is; or when an artist is in
        several folds.
    """
    x, y, t = trial.tracks.features, trial.outcome, trial.treated
    fold = trial.tracks.folds
    parted = pd.Series(fold).groupby(trial.tracks.artists).nunique().gt(1).sum()
    if parted:
        raise DataError(
            f"folds: each artist in one expected, found {parted:,} in several: what is predicted "
            "of a track would come from the artist's others. Use the split by first artist"
        )
    rows = np.full((3, len(y)), np.nan)
    for one in np.unique(fold):
        train, test = fold != one, fold == one
        if t[train].all() or not t[train].any():
            raise DataError(
                f"fold {one}: treated and untreated tracks expected in training, found "
                f"{int(t[train].sum())} treated of {int(train.sum())}; take more tracks, or let "
                "the treatment depend less on features"
            )
        scaler = StandardScaler().fit(x[train])
        z = np.clip(scaler.transform(x), -FAR, FAR)
        for place, part in enumerate((train & ~t, train & t)):
            rows[place, test] = _outcome(z[part], y[part], z[test], seed)
        rows[2, test] = _chance(z[train], t[train], z[test], seed)
    return Parts(rows[0], rows[1], np.clip(rows[2], CLIP, 1 - CLIP))


def robust_scores(trial: Trial, parts: Parts) -> np.ndarray:
    """Doubly robust score of each track: its mean is the average effect (AIPW).

    m1 - m0 + t (y - m1) / e - (1 - t) (y - m0) / (1 - e), with m the predicted outcomes and e the
    predicted chance (Robins, Rotnitzky and Zhao, Journal of the American Statistical Association
    89, 1994). Right on average when either the outcomes or the chance are.

    Returns
    -------
    numpy.ndarray, shape (n,)
        Popularity points.
    """
    t, y, e = trial.treated, trial.outcome, parts.chance
    up = np.where(t, (y - parts.treated) / e, 0.0)
    down = np.where(t, 0.0, (y - parts.untreated) / (1 - e))
    return parts.effect + up - down


def average_effects(trial: Trial, parts: Parts) -> pd.DataFrame:
    """Estimate the average effect in three ways, with intervals that count artists.

    The naive difference of means takes the untreated for what the treated would have been. The
    two-model estimate averages predicted effects; its interval covers only how these vary, not
    how far the models are off, which is not known. The doubly robust one has an interval from its
    influence values.

    Returns
    -------
    pandas.DataFrame
        One row an estimator of `ESTIMATORS`: estimator, value, low, high, level, rows.
    """
    t, y = trial.treated, trial.outcome
    n, ones = len(t), int(t.sum())
    high, low = y[t].mean(), y[~t].mean()
    naive = np.where(t, (y - high) * n / ones, -(y - low) * n / (n - ones))
    score = robust_scores(trial, parts)
    found = {NAIVE: (high - low, naive), TWO_MODELS: (parts.effect.mean(), parts.effect)}
    found[ROBUST] = (score.mean(), score)
    lines = [(name, *around(*one, trial.units), LEVEL, n) for name, one in found.items()]
    return pd.DataFrame(lines, columns=["estimator", "value", "low", "high", "level", "rows"])


def overlap(parts: Parts) -> dict[str, float]:
    """Say how far treated and untreated tracks are comparable.

    Returns
    -------
    dict of str to float
        ``share``: tracks whose predicted chance of either is at least `OVERLAP`; ``largest``: the
        most that one track counts, 1 / chance; ``clipped``: share at the ends.
    """
    least = np.minimum(parts.chance, 1 - parts.chance)
    return {
        "share": float((least >= OVERLAP).mean()),
        "largest": float(1 / least.min()),
        "clipped": float(np.isclose(least, CLIP).mean()),
    }


def run_trials(trials: dict[str, Trial], seed: int) -> dict[str, Parts]:
    """Cross-fit several trials side by side."""
    # Many small fits: threads inside each would only wait for one another.
    with threadpool_limits(1):
        found = Parallel(n_jobs=cpu_count(), prefer="threads")(
            delayed(cross_fit)(trial, seed) for trial in trials.values()
        )
    return dict(zip(trials, found, strict=True))


def _outcome(x: np.ndarray, y: np.ndarray, asked: np.ndarray, seed: int) -> np.ndarray:
    """Predict outcomes by a ridge regression, and trees on what it leaves."""
    line = Ridge(1.0).fit(x, y)
    trees = XGBRegressor(**SETTINGS, random_state=seed).fit(x, y - line.predict(x))
    return line.predict(asked) + trees.predict(asked)


def _chance(x: np.ndarray, t: np.ndarray, asked: np.ndarray, seed: int) -> np.ndarray:
    """Predict chances by a logistic regression, and trees that go on from it."""
    line = LogisticRegression(C=1.0, max_iter=200).fit(x, t)
    start = line.decision_function
    trees = XGBClassifier(**SETTINGS, random_state=seed).fit(x, t, base_margin=start(x))
    return trees.predict_proba(asked, base_margin=start(asked))[:, 1]
