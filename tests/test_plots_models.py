"""Figures of models show the numbers they were given."""

import numpy as np
import pandas as pd
import pytest

from lib.evaluation.breakdown import error_bands, fold_scores
from lib.plots import models as plots

LABELS = {"a": "split a", "b": "split b"}


@pytest.fixture
def table():
    rows = [
        (split, model, metric, value + place, value + place - 0.1, value + place + 0.2)
        for split, value in (("a", 0.1), ("b", 0.3))
        for place, model in enumerate(("plain", "good"))
        for metric in ("r2", "mae")
    ]
    return pd.DataFrame(rows, columns=["split", "model", "metric", "value", "low", "high"])


@pytest.fixture
def predictions():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"popularity": rng.integers(0, 101, 300).astype(float)})
    return frame.assign(prediction=frame["popularity"] / 2 + rng.normal(20, 5, 300))


def test_ladder_places_each_score_and_interval(table, tmp_path):
    figure = plots.score_ladder(table, {"r2": "R²", "mae": "error"}, "split", LABELS)
    figure.savefig(tmp_path / "ladder.png")
    left = figure.axes[0]
    assert [tick.get_text() for tick in left.get_yticklabels()] == ["plain", "good"]
    assert [axis.get_xlabel() for axis in figure.axes] == ["R²", "error"]
    assert [list(line.get_xdata()) for line in left.lines] == [[0.1, 1.1], [0.3, 1.3]]
    bar = left.collections[0].get_segments()[1]
    assert bar[:, 0] == pytest.approx([1.0, 1.3])
    assert bar[0, 1] == left.lines[0].get_ydata()[1]


def test_differences_name_both_models(table, tmp_path):
    steps = table[table["metric"] == "r2"].assign(other="mean")
    figure = plots.paired_differences(steps, "R²", "split", LABELS)
    figure.savefig(tmp_path / "differences.png")
    names = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert names == ["plain\nminus mean", "good\nminus mean"]


def test_folds_are_drawn_one_point_each(predictions, tmp_path):
    parts = [
        predictions.assign(split=split, model=model, fold=np.arange(300) % 3)
        for split in LABELS
        for model in ("plain", "good")
    ]
    figure = plots.scores_by_fold(fold_scores(pd.concat(parts)), "r2", "R²", LABELS)
    figure.savefig(tmp_path / "folds.png")
    assert len(figure.axes[0].collections[0].get_offsets()) == 6
    assert [axis.get_title(loc="left") for axis in figure.axes] == list(LABELS.values())


def test_errors_are_drawn_from_the_predictions(predictions, tmp_path):
    both = {"one": predictions, "two": predictions.assign(prediction=30.0)}
    density = plots.predicted_against_actual(both)
    counts = density.axes[0].collections[0].get_array()
    assert counts.sum() == len(predictions)
    bands = plots.error_by_band({name: error_bands(frame) for name, frame in both.items()})
    ticks = [tick.get_text() for tick in bands.axes[0].get_xticklabels()]
    assert ticks[0] == f"0–20\n{(predictions['popularity'] < 20).sum()} tracks"
    residuals = plots.residuals(predictions)
    drawn = sum(patch.get_height() for patch in residuals.axes[0].patches)
    assert drawn == len(predictions)
    for name, figure in (("density", density), ("bands", bands), ("residuals", residuals)):
        figure.savefig(tmp_path / f"{name}.png")
