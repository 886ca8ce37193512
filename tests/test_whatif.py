"""What would change a prediction: found where it is planted, and "none" where there is nothing."""

import numpy as np
import pandas as pd
import pytest

from lib.errors import DataError, ParameterError
from lib.modelling import panel
from lib.modelling.reasons import dependence, whatif
from lib.plots import explain as plots

COLUMNS = {"a": 0, "b": 1, "flag": 2}
NEAR, TAGS = [0, 1], [3, 4]


class Rule:
    def __init__(self, formula):
        self.formula = formula

    def predict(self, matrix):
        return self.formula(matrix)


def tracks(rows=2400, seed=0):
    rng = np.random.default_rng(seed)
    matrix = rng.random((rows, 5)).astype(np.float32)
    matrix[:, 2] = rng.random(rows) < 0.3
    matrix[:, 3] = rng.random(rows) < 0.5
    matrix[:, 4] = 1 - matrix[:, 3]
    return matrix, rng.integers(0, rows // 2, rows)


@pytest.fixture(scope="module")
def rows():
    return tracks()


def ask(models, matrix, count=30):
    changes = whatif.candidates(matrix[:count], matrix[count:], COLUMNS, NEAR, TAGS)
    return whatif.what_would_change(models, matrix[:count], changes, COLUMNS)


def test_effects_are_differences_of_predictions(rows):
    matrix, _ = rows
    models = [Rule(lambda m, k=k: k * m[:, 0] - m[:, 2]) for k in (9.0, 10.0, 11.0)]
    effects = ask(models, matrix, 5)
    of_a = effects[effects["input"] == "a"]
    assert of_a["effect"].to_numpy() == pytest.approx(10 * (of_a["to"] - of_a["from"]), abs=1e-5)
    of_flag = effects[effects["input"] == "flag"]
    assert of_flag["effect"].to_numpy() == pytest.approx(-(of_flag["to"] - of_flag["from"]))


def test_an_input_that_models_ignore_has_no_effect(rows):
    effects = ask([Rule(lambda m, k=k: k * m[:, 0]) for k in (9, 10, 11)], rows[0])
    of_b = effects[effects["input"] == "b"]
    assert len(of_b)
    assert (of_b[["effect", "low", "high"]] == 0).all(axis=None)
    assert (of_b["says"] == "none").all()


def test_models_that_contradict_each_other_say_none(rows):
    effects = ask([Rule(lambda m, k=k: k * m[:, 0]) for k in (-10, 10, -9, 9)], rows[0])
    assert (effects["says"] == "none").all()


@pytest.mark.parametrize("seed", range(3))
def test_noise_says_none(seed):
    matrix, artists = tracks(seed=seed)
    rng = np.random.default_rng(100 + seed)
    # Levels of artists make rows of one alike, as in a catalogue.
    target = rng.normal(0, 10, len(matrix)) + rng.normal(0, 10, artists.max() + 1)[artists]
    models = panel.fit_panel(matrix[60:], target[60:], artists[60:], 20, seed)
    answered = whatif.by_track(ask(models, matrix, 60), 60)
    assert (~answered.any(axis=1)).mean() >= 0.9


def test_a_planted_effect_is_found_and_nothing_else():
    matrix, artists = tracks(6000, seed=1)
    rng = np.random.default_rng(0)
    target = 30 * matrix[:, 0] + 10 * matrix[:, 3] + rng.normal(0, 5, len(matrix))
    models = panel.fit_panel(matrix[60:], target[60:], artists[60:], 20, 0)
    effects = ask(models, matrix, 60)
    answered = whatif.by_track(effects[effects["input"] == "a"], 60)
    assert answered.any(axis=1).mean() > 0.8
    clear = effects[effects["says"] != "none"]
    assert (clear["input"] == "a").mean() > 0.98
    a = clear[clear["input"] == "a"]
    assert (np.sign(a["effect"]) == np.sign(a["to"] - a["from"])).all()
    moved = dependence.low_to_high(models, matrix[:60], matrix[60:], COLUMNS).set_index("input")
    assert moved.loc["a", "low"] > 0
    assert moved.loc["b", "low"] < 0 < moved.loc["b", "high"]


def test_more_changes_make_wider_intervals(rows):
    matrix, _ = rows
    models = [Rule(lambda m, k=k: k * m[:, 0]) for k in (9.0, 10.0, 11.0)]
    changes = whatif.candidates(matrix[:1], matrix[1:], COLUMNS, NEAR, TAGS)
    one = changes[changes["input"] == "a"].head(1)
    alone = whatif.what_would_change(models, matrix[:1], one, COLUMNS).iloc[0]
    among = whatif.what_would_change(models, matrix[:1], changes, COLUMNS).loc[one.index[0]]
    assert among["effect"] == alone["effect"]
    assert among["high"] - among["low"] > alone["high"] - alone["low"]


def test_only_values_that_like_tracks_have_are_tried():
    matrix, _ = tracks()
    # Tracks of the first tag never have a high b.
    matrix[:, 1] = np.where(matrix[:, 3] > 0, matrix[:, 1] / 2, matrix[:, 1])
    asked = matrix[[int(matrix[:, 3].argmax()), int(matrix[:, 4].argmax())]]
    changes = whatif.candidates(asked, matrix, COLUMNS, NEAR, TAGS)
    assert (changes["like_it"] >= whatif.LEAST).all()
    b = changes[changes["input"] == "b"].groupby("row")["to"].max()
    assert b[0] < 0.6 < b[1]
    assert (changes["from"] != changes["to"]).all()
    assert len(whatif.candidates(asked, matrix[:3], COLUMNS, NEAR, TAGS)) == 0


def test_a_track_without_tags_is_set_among_all(rows):
    matrix, _ = rows
    lone = matrix[:1].copy()
    lone[:, TAGS] = 0
    assert len(whatif.candidates(lone, matrix, COLUMNS, NEAR, TAGS))


def test_candidates_as_found_one_by_one(rows):
    matrix, _ = rows
    asked, training = matrix[:3], matrix[3:400]
    found = whatif.candidates(asked, training, COLUMNS, NEAR, TAGS)
    grid = whatif.grid(training[:, 0])
    scale = training[:, 1].std()
    for number, row in enumerate(asked):
        pool = training[training[:, 3] == row[3]]
        apart = np.abs(pool[:, 1] / scale - row[1] / scale)
        nearest = pool[np.argsort(apart, kind="stable")[: whatif.NEAREST], 0]
        cell = np.abs(nearest[:, None] - grid).argmin(axis=1)
        here = np.abs(row[0] - grid).argmin()
        wanted = [
            float(value)
            for place, value in enumerate(grid)
            if place != here and (cell == place).sum() >= whatif.LEAST
        ]
        mine = found[(found["row"] == number) & (found["input"] == "a")]
        assert mine["to"].tolist() == wanted


def test_other_columns_are_refused(rows):
    with pytest.raises(DataError, match="columns of the training rows"):
        whatif.candidates(rows[0][:1, :4], rows[0], COLUMNS, NEAR, TAGS)


def test_the_sentence_is_computed():
    effects = pd.DataFrame(
        {
            "input": ["a", "a", "b"],
            "from": [0.5, 0.5, 1.0],
            "to": [0.7, 0.9, 2.0],
            "effect": [2.0, 3.0, -1.0],
            "low": [1.0, 0.5, -2.0],
            "high": [3.0, 5.5, 0.5],
            "says": ["higher", "higher", "none"],
        }
    )
    text = whatif.sentence(effects, {"a": "points"})
    assert text == (
        "Raises the prediction: 2 of 3 changes tried, most of all a 0.5 → 0.9 points, for which "
        "the model's prediction would differ by +3.00 [+0.50, +5.50]. Lowers it: none."
    )
    shares = whatif.by_input(effects.assign(row=[0, 1, 1]), ["a", "b"], 4)
    assert shares.to_numpy().tolist() == [["a", 0.5, 0.0], ["b", 0.0, 0.0]]


def test_tracks_are_chosen_by_id_or_by_prediction():
    ids = pd.Series([f"id{n}" for n in range(101)])
    prediction = np.arange(101.0)[::-1]
    chosen = whatif.choose_tracks(ids, prediction, np.ones(101, dtype=bool))
    assert prediction[chosen].tolist() == [10, 50, 90]
    assert whatif.choose_tracks(ids, prediction, np.zeros(101, dtype=bool), "id7").tolist() == [7]
    with pytest.raises(ParameterError, match="'other'"):
        whatif.choose_tracks(ids, prediction, np.ones(101, dtype=bool), "other")


def test_the_interval_covers_the_mean_of_models_on_parts_of_the_artists():
    """The "model" is a mean over its artists, whose true value is 0."""
    rng = np.random.default_rng(0)
    n, models, hits = 400, 20, 0
    for _ in range(300):
        value = rng.standard_exponential(n) - 1
        parts = [value[rng.permutation(n)[: int(n * panel.SHARE)]].mean() for _ in range(models)]
        _, low, high = panel.panel_interval(np.array(parts))
        hits += low <= 0 <= high
    assert hits / 300 >= 0.93


def test_parts_keep_artists_whole():
    artists = np.repeat([f"artist {n}" for n in range(50)], 4)
    parts = panel.draw_parts(artists, 6, 0, share=0.2)
    assert parts.shape == (6, 200)
    assert (parts.sum(axis=1) == 40).all()
    assert (parts.reshape(6, 50, 4).std(axis=2) == 0).all()
    drawn = panel.draw_artists(artists, 6, 0)
    assert (drawn.reshape(6, 50, 4).std(axis=2) == 0).all()
    assert (drawn.sum(axis=1) == 200).all()
    with pytest.raises(DataError, match="at least 20"):
        panel.draw_parts(artists[:40], 6, 0)


@pytest.mark.parametrize("bad", [{"level": 1.0}, {"share": 0.0}, {"draws": np.ones((1, 3))}])
def test_intervals_refuse_what_has_no_sense(bad):
    with pytest.raises(ParameterError, match="panel"):
        panel.panel_interval(**({"draws": np.ones((3, 3))} | bad))


def test_a_panel_comes_out_the_same_twice(rows):
    matrix, artists = rows
    target = matrix[:, 0] * 10
    one, two = (panel.fit_panel(matrix, target, artists, 3, 5) for _ in range(2))
    first, second = (panel.predict_panel(models, matrix[:50]) for models in (one, two))
    assert (first == second).all()
    assert not (first[0] == first[1]).all()


def test_curves_of_a_known_rule(rows):
    matrix, _ = rows
    models = [Rule(lambda m, k=k: k * m[:, 0] + m[:, 1]) for k in (3.0, 4.0, 5.0)]
    # The library wants an estimator, so the rule is put behind its interface.
    values = dependence.values_between(matrix[:, 0])
    assert values[0] >= matrix[:, 0].min()
    moved = dependence.low_to_high(models, matrix[:20], matrix, {"a": 0, "flag": 2})
    low, high = np.quantile(matrix[:, 0], [0.1, 0.9])
    assert moved["effect"].tolist() == pytest.approx([4 * (high - low), 0], abs=0.01)
    assert moved.loc[1, ["from", "to"]].tolist() == [0, 1]


def test_curves_follow_the_predictions(rows):
    matrix, artists = rows
    target = 30.0 * matrix[:, 0] + matrix[:, 1]
    models = panel.fit_panel(matrix, target, artists, 3, 5)
    values = np.array([0.1, 0.5, 0.9])
    single = dependence.individual(models[0], matrix[:7], 0, values)
    changed = matrix[:7].copy()
    changed[:, 0] = 0.9
    middle = matrix[:7].copy()
    middle[:, 0] = 0.5
    expected = models[0].predict(changed) - models[0].predict(middle)
    assert single[:, 2] == pytest.approx(expected, abs=1e-4)
    curve = dependence.curve(models, matrix[:7], 0, values)
    assert curve["effect"].is_monotonic_increasing
    assert curve.loc[1, ["effect", "low", "high"]].tolist() == [0, 0, 0]


def test_figures(rows, tmp_path):
    matrix, artists = rows
    models = panel.fit_panel(matrix, 30.0 * matrix[:, 0], artists, 3, 5)
    effects = ask(models, matrix, 2)
    parts = {f"track {n}": effects[effects["row"] == n] for n in (0, 1)}
    figure = plots.changes(parts, list(COLUMNS))
    figure.savefig(tmp_path / "changes.png")
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == list(COLUMNS)
    drawn = sum(len(line.get_xdata()) for line in figure.axes[1].lines if line.get_marker() == "o")
    assert drawn == len(parts["track 1"])
    shares = whatif.by_input(effects, list(COLUMNS), 2)
    plots.changes_by_input(shares, "flag").savefig(tmp_path / "inputs.png")
    moved = dependence.low_to_high(models, matrix[:9], matrix, COLUMNS).assign(planted=0.0)
    plots.planted(moved).savefig(tmp_path / "planted.png")
    values = dependence.values_between(matrix[:, 0])
    part = {"values": values, "training": matrix[:, 0], "at": matrix[:9, 0]}
    part["individual"] = dependence.individual(models[0], matrix[:9], 0, values)
    part["curve"] = dependence.curve(models, matrix[:9], 0, values)
    part["contribution"] = np.zeros(9)
    figure = plots.dependence({"a (unit)": part})
    figure.savefig(tmp_path / "dependence.png")
    assert figure.axes[2].get_xlabel() == "a (unit)"
