"""A published "promoted" label: the rule behind it, its noise, and the best any model can score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from sklearn.model_selection import train_test_split
from xgboost import XGBClassifier

from lib.errors import ParameterError
from lib.evaluation.clustered import around, auc_influence, share_influence
from lib.evaluation.intervals import LEVEL
from lib.tracks.columns import AUDIO_9

FEATURES = (*AUDIO_9, "duration_min")
"""The published features less the year, which this table does not have; the rule has no year."""

RULE_FEATURES = ("valence", "energy", "danceability")
TEST_SHARE = 0.3
PUBLISHED_POSITIVE = 315_540 / (315_540 + 885_685)
"""Share of positive labels that the source counts, after the noise."""
PUBLISHED_NOISE = 0.05
MEASURES = ("auc", "precision", "recall", "f1", "accuracy")


def rule(tracks: pd.DataFrame) -> np.ndarray:
    """Say which tracks the published rule calls promoted.

    Examples
    --------
    >>> table = pd.DataFrame({"valence": [0.7, 0.7], "energy": [0.7, 0.5]})
    >>> rule(table.assign(danceability=[0.1, 0.1])).tolist()
    [True, False]
    """
    happy = (tracks["valence"] > 0.6) & (tracks["energy"] > 0.6)
    return (happy | (tracks["danceability"] > 0.75)).to_numpy()


def flip(labels: np.ndarray, noise: float, seed: int) -> np.ndarray:
    """Turn a share of the labels, each with the same chance, into their opposite."""
    _check(noise)
    return labels ^ (np.random.default_rng(seed).random(len(labels)) < noise)


def rule_share(positive: float, noise: float) -> float:
    """Work out the rule's share of positives from that of the noisy labels, below noise .5.

    positive = q (1 - e) + (1 - q) e, solved for q.

    Examples
    --------
    >>> round(rule_share(PUBLISHED_POSITIVE, PUBLISHED_NOISE), 4)
    0.2363
    """
    if not noise < 0.5 or not noise < positive < 1 - noise:
        raise ParameterError(
            f"noise {noise}, positive {positive}: noise below 0.5 and a share between noise and "
            "1 - noise expected"
        )
    return (positive - noise) / (1 - 2 * noise)


def ceiling(share: float, noise: float) -> dict[str, float]:
    """Compute the best scores that any model can have on labels made of a rule and noise.

    The chance of a positive label is 1 - e where the rule says yes and e where it says no, with e
    the noise, and nothing else tells more. So the rule itself is the best score. With q its share
    of positives and p = q (1 - e) + (1 - q) e that of the labels: recall = q (1 - e) / p, false
    alarms f = q e / (1 - p), AUC = (1 + recall - f) / 2, precision = accuracy = 1 - e. (That the
    chance ranks best is the lemma of Neyman and Pearson, 1933.) AUC and accuracy cannot be
    expected to be higher; precision and recall come with them, and either could be raised at the
    other's cost.

    Parameters
    ----------
    share : float
        q, between 0 and 1.
    noise : float
        e, from 0 to 0.5.

    Returns
    -------
    dict of str to float
        By `MEASURES`.

    Examples
    --------
    >>> best = ceiling(rule_share(PUBLISHED_POSITIVE, PUBLISHED_NOISE), PUBLISHED_NOISE)
    >>> round(best["auc"], 4), round(best["precision"], 3), round(best["recall"], 3)
    (0.9193, 0.95, 0.855)
    """
    _check(noise)
    if not 0 < share < 1:
        raise ParameterError(f"share: a number between 0 and 1 expected, found {share}")
    positive = share * (1 - noise) + (1 - share) * noise
    recall = share * (1 - noise) / positive
    alarms = share * noise / (1 - positive)
    precision = 1 - noise
    f1 = 2 * precision * recall / (precision + recall)
    return {"auc": (1 + recall - alarms) / 2, "precision": precision, "recall": recall, "f1": f1,
            "accuracy": 1 - noise}  # fmt: skip


@dataclass(frozen=True)
class Fit:
    """The published model on labels of one noise.

    Attributes
    ----------
    noise : float
    model : xgboost.XGBClassifier
    test : numpy.ndarray of int, shape (m,)
        Rows that the model did not see.
    truth : numpy.ndarray of bool, shape (m,)
        Their noisy labels.
    score : numpy.ndarray, shape (m,)
        Predicted chance.
    """

    noise: float
    model: XGBClassifier
    test: np.ndarray
    truth: np.ndarray
    score: np.ndarray


def fit_noises(tracks: pd.DataFrame, noises: list[float], seed: int) -> list[Fit]:
    """Fit the published model (XGBoost as it comes, 70/30 stratified) on labels of each noise."""
    return Parallel(n_jobs=cpu_count(), prefer="threads")(
        delayed(_fit)(tracks, noise, seed + place) for place, noise in enumerate(noises)
    )


def score_labels(
    truth: np.ndarray, scores: dict[str, np.ndarray], artists: np.ndarray
) -> pd.DataFrame:
    """Score models on labels, with intervals that count artists.

    Parameters
    ----------
    truth : numpy.ndarray of bool, shape (n,)
    scores : dict of str to numpy.ndarray, shape (n,)
        Chance by model; above 0.5 is a yes.
    artists : numpy.ndarray, shape (n,)

    Returns
    -------
    pandas.DataFrame
        Columns model, metric (of `MEASURES`), value, low, high, level, rows. The F1 score is
        2 hits / (named + positives): a share of the rows named and the positives together.
    """
    lines = []
    for model, score in scores.items():
        named = np.asarray(score) > 0.5
        parts = {"auc": auc_influence(truth, score)}
        parts["precision"] = share_influence(truth, named)
        parts["recall"] = share_influence(named, truth)
        parts["f1"] = _f1(truth, named)
        parts["accuracy"] = share_influence(truth == named, np.ones(len(truth), bool))
        for metric, (value, influence) in parts.items():
            ends = around(value, influence, artists)
            lines.append((model, metric, *ends, LEVEL, len(truth)))
    columns = ["model", "metric", "value", "low", "high", "level", "rows"]
    return pd.DataFrame(lines, columns=columns)


def auc_difference(
    truth: np.ndarray, first: np.ndarray, second: np.ndarray, artists: np.ndarray
) -> tuple[float, float, float]:
    """AUC of the first score less that of the second on the same rows, with its interval."""
    (one, part), (other, rest) = auc_influence(truth, first), auc_influence(truth, second)
    return around(one - other, part - rest, artists)


def auc_drops(fit: Fit, tracks: pd.DataFrame, repeats: int, seed: int) -> pd.DataFrame:
    """How much AUC on unseen rows is lost when one feature comes from other rows (Breiman 2001).

    Returns
    -------
    pandas.DataFrame
        One row a feature, the largest loss first: input, drop (mean over repeats), low, high
        (of artists, at `LEVEL`), in_rule.
    """
    rng = np.random.default_rng(seed)
    matrix = _matrix(tracks.iloc[fit.test])
    artists = tracks["first_artist"].to_numpy()[fit.test]
    area, own = auc_influence(fit.truth, fit.score)
    lines = []
    for place, name in enumerate(FEATURES):
        drops, influence = [], np.zeros(len(own))
        for _ in range(repeats):
            changed = matrix.copy()
            changed[:, place] = rng.permutation(changed[:, place])
            after, part = auc_influence(fit.truth, fit.model.predict_proba(changed)[:, 1])
            drops.append(area - after)
            influence += (own - part) / repeats
        lines.append((name, *around(np.mean(drops), influence, artists), name in RULE_FEATURES))
    table = pd.DataFrame(lines, columns=["input", "drop", "low", "high", "in_rule"])
    return table.sort_values("drop", ascending=False, kind="stable", ignore_index=True)


def _fit(tracks: pd.DataFrame, noise: float, seed: int) -> Fit:
    labels = flip(rule(tracks), noise, seed)
    matrix = _matrix(tracks)
    train, test = train_test_split(
        np.arange(len(labels)), test_size=TEST_SHARE, random_state=seed, stratify=labels
    )
    model = XGBClassifier(n_jobs=1, random_state=seed).fit(matrix[train], labels[train])
    score = model.predict_proba(matrix[test])[:, 1]
    return Fit(noise, model, test, labels[test], score)


def _matrix(tracks: pd.DataFrame) -> np.ndarray:
    made = tracks.assign(duration_min=tracks["duration_ms"] / 60_000)
    # Doubles, so that the trees see a threshold such as 0.6 where the rule does.
    return made[list(FEATURES)].to_numpy(float)


def _f1(truth: np.ndarray, named: np.ndarray) -> tuple[float, np.ndarray]:
    both = truth.astype(float) + named
    value = 2 * (truth & named).sum() / both.sum()
    return float(value), len(both) / both.sum() * (2.0 * (truth & named) - value * both)


def _check(noise: float) -> None:
    if not 0 <= noise <= 0.5:
        raise ParameterError(f"noise: a share from 0 to 0.5 expected, found {noise}")
