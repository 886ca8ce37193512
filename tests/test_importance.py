"""Importances against slow references, on targets whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scoring_data import catalogue

from lib.errors import DataError, ParameterError
from lib.evaluation.regression import r2
from lib.modelling import panel
from lib.modelling.reasons import importance
from lib.modelling.stored.contract import feature_matrix, make_contract
from lib.modelling.stored.recipes import RECIPES
from lib.plots import explain as plots


class Rule:
    """A "model" that is a formula; counts the rows it was asked."""

    def __init__(self, formula):
        self.formula, self.asked = formula, 0

    def predict(self, matrix):
        self.asked += len(matrix)
        return self.formula(matrix)


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(600, 4)).astype(np.float32)
    matrix[:, 3] = rng.random(600) < 0.02
    target = 3.0 * matrix[:, 0] + matrix[:, 1] + 4 * matrix[:, 3] + rng.normal(0, 1, 600)
    return matrix, target, rng.integers(0, 150, 600)


RULE = staticmethod(lambda m: 3 * m[:, 0] + m[:, 1] + 4 * m[:, 3]).__func__
COLUMNS = {"a": [0], "b": [1], "idle": [2], "rare": [3]}


def test_permuted_increase_is_that_of_predicting_all_rows(rows):
    matrix, target, _ = rows
    found = importance.permuted_increase(Rule(RULE), matrix, target, COLUMNS, 2, seed=7)
    rng = np.random.default_rng(7)
    for name, own in COLUMNS.items():
        mean = np.zeros(len(matrix))
        for _ in range(2):
            shuffled = matrix.copy()
            shuffled[:, own] = matrix[rng.permutation(len(matrix))][:, own]
            mean += ((RULE(shuffled) - target) ** 2 - (RULE(matrix) - target) ** 2) / 2
        assert found[name].to_numpy() == pytest.approx(mean, abs=1e-5)
    assert (found["idle"] == 0).all()


def test_only_rows_that_change_are_predicted(rows):
    matrix, target, _ = rows
    rule = Rule(RULE)
    importance.permuted_increase(rule, matrix, target, {"rare": [3]}, 1, seed=0)
    assert rule.asked < 1.1 * len(matrix)


def test_drop_is_the_difference_of_r2(rows):
    matrix, target, artists = rows
    increase = importance.permuted_increase(Rule(RULE), matrix, target, {"a": [0]}, 1, seed=3)
    shuffled = matrix.copy()
    shuffled[:, 0] = matrix[np.random.default_rng(3).permutation(len(matrix)), 0]
    table = importance.r2_drops(increase, target, artists, 50, 0)
    assert table["drop"][0] == pytest.approx(r2(target, RULE(matrix)) - r2(target, RULE(shuffled)))
    assert table["low"][0] < table["drop"][0] < table["high"][0]


def test_copies_look_small_alone_and_large_together(rows):
    matrix, target, artists = rows
    twins = np.column_stack([matrix[:, 0], matrix[:, 0], matrix[:, 1]])
    rule = Rule(lambda m: 1.5 * m[:, 0] + 1.5 * m[:, 1] + m[:, 2])
    groups = {"one": [0], "other": [1], "both": [0, 1]}
    table = importance.r2_drops(
        importance.permuted_increase(rule, twins, target, groups, 5, 0), target, artists, 50, 0
    ).set_index("input")["drop"]
    assert table["both"] > 1.8 * (table["one"] + table["other"])


def test_planted_inputs_beat_noise_and_idle_ones_do_not(rows):
    matrix, target, artists = rows
    matrix = importance.add_noise(matrix, 1)
    columns = COLUMNS | {importance.NOISE: [4]}
    train, test = artists < 75, artists >= 75
    model = panel.fit_models(matrix[train], target[train], np.ones((1, train.sum())), 40, 0.2, 0)[0]
    increase = importance.permuted_increase(model, matrix[test], target[test], columns, 5, 0)
    table = importance.r2_drops(increase, target[test], artists[test], 200, 0)
    assert table["input"].tolist()[:2] == ["a", "b"]
    over = table.set_index("input")["over_noise"]
    assert (over[["a", "b"]] > 0).all()
    assert over["idle"] <= 0
    assert over[importance.NOISE] == 0
    gain = importance.gain_shares(model, columns)
    assert gain.sum() == pytest.approx(1)
    assert gain.idxmax() == "a"
    # What gain is known for: noise has some of it.
    assert gain[importance.NOISE] > 0


def test_repeats_have_to_be_some(rows):
    with pytest.raises(ParameterError, match="repeats"):
        importance.permuted_increase(Rule(RULE), *rows[:2], COLUMNS, 0, 0)


def test_inputs_cover_the_matrix_once():
    tracks = catalogue(60)
    contract = make_contract(tracks, RECIPES["popularity"])
    matrix = importance.add_noise(feature_matrix(tracks, contract), 0)
    columns = importance.input_columns(contract)
    assert sorted(c for own in columns.values() for c in own) == list(range(matrix.shape[1]))
    assert list(columns)[-2:] == ["genres", importance.NOISE]
    again = importance.add_noise(feature_matrix(tracks, contract), 0)
    assert (matrix == again).all()


def test_contributions_are_added_up_without_the_base():
    values = np.array([[1.0, 2, 3, 100], [-1, 1, 2, 100]])
    found = importance.grouped(values, {"x": [0], "both": [1, 2]})
    assert found.to_numpy().tolist() == [[1, 5], [-1, 3]]
    sizes = importance.mean_absolute(found, ["p", "q"])
    assert sizes[["input", "mean"]].to_numpy().tolist() == [["both", 4], ["x", 1]]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), models=st.integers(2, 6), inputs=st.integers(3, 8))
def test_kendall_follows_from_the_mean_of_spearman(seed, models, inputs):
    table = pd.DataFrame(np.random.default_rng(seed).random((models, inputs)))
    pairs = [
        stats.spearmanr(table.iloc[i], table.iloc[j]).statistic
        for i in range(models)
        for j in range(i)
    ]
    w = importance.kendall_w(table)
    assert (models * w - 1) / (models - 1) == pytest.approx(np.mean(pairs))


def test_kendall_at_its_ends():
    assert importance.kendall_w(pd.DataFrame([[1, 1, 2], [1, 1, 2]])) == pytest.approx(1)
    assert importance.kendall_w(pd.DataFrame([[1, 2, 3], [3, 2, 1]])) == 0
    with pytest.raises(DataError, match="two or more"):
        importance.kendall_w(pd.DataFrame([[1, 1], [1, 1]]))


def test_ranks_reach_from_best_to_worst():
    table = importance.rank_table(pd.DataFrame([[5, 3, 1], [5, 1, 3]], columns=list("abc")))
    assert table.to_numpy().tolist() == [["a", 1, 1, 1], ["b", 2.5, 2, 3], ["c", 2.5, 2, 3]]


def test_correlated_columns_are_grouped():
    rng = np.random.default_rng(0)
    base = rng.normal(size=300)
    frame = pd.DataFrame({"a": base, "b": rng.normal(size=300), "c": -np.exp(base), "flat": 1.0})
    assert importance.correlated_groups(frame) == [["a", "c"]]


def test_figures_show_all_inputs(tmp_path):
    table = pd.DataFrame({"input": ["a", "noise"], "drop": [0.3, 0.0], "low": [0.2, -0.01]})
    table["high"] = [0.4, 0.01]
    sizes = table.rename(columns={"drop": "mean"})
    figure = plots.importances(pd.Series({"noise": 0.1, "a": 0.9}), table, sizes, "noise")
    figure.savefig(tmp_path / "importances.png")
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == ["a", "noise"]
    assert figure.axes[0].collections[1].get_offsets()[0, 0] == 0.9
    ranks = importance.rank_table(pd.DataFrame([[2, 1], [1, 2]], columns=["a", "noise"]))
    figure = plots.ranks({"Gain": {"seeds": ranks, "artists": ranks}}, "noise")
    figure.savefig(tmp_path / "ranks.png")
    assert figure.axes[0].get_xlabel().startswith("rank")
