"""Tuning: training rows only, seeded, resumed as if never stopped, refused when it is another."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from optuna.distributions import CategoricalDistribution
from pandas.testing import assert_frame_equal
from sklearn.base import clone
from tuning_data import catalogue

from lib.errors import DataError, ParameterError
from lib.evaluation.corrected import corrected_t
from lib.evaluation.leaks import LeakError
from lib.evaluation.regression import r2
from lib.modelling.settings import nested, nested_plan, search_tables, tuning
from lib.modelling.settings.search import Search, contents, inner_folds, study_path
from lib.modelling.settings.studies import opened
from lib.modelling.settings.tuning_presets import FIXED, PRESETS, Preset, pipeline
from lib.modelling.splits import group_folds
from lib.modelling.tables import TABLES
from lib.pipeline.stages import stage
from lib.plots import tuning as plots
from lib.tracks.twins import artist_groups, link

ROWS = catalogue()
FOLD = group_folds(artist_groups(ROWS), 4, seed=1)


def searching(preset="xgboost", fold=0, rows=ROWS, **other):
    held = np.equal(FOLD, fold)
    given = {"split": "first_artist", "features": "audio+genres", "trees": 12, "n_folds": 3}
    given |= {"seed": 5, "tracks": rows[~held], "held_out": rows[held]} | other
    return Search(preset, **given)


def broken_at(monkeypatch, place, error):
    """Let the fit number `place` fail."""
    fits, real = iter(range(10_000)), tuning._fit

    def fit(model, fold):
        if next(fits) == place:
            raise error
        return real(model, fold)

    monkeypatch.setattr(tuning, "_fit", fit)


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    return tuning.tune(searching(), tmp_path_factory.mktemp("straight") / "study.jsonl", 9)


def test_the_first_trial_scores_the_first_settings_on_grouped_inner_folds(straight):
    search = searching()
    rows = search.tracks
    tied = link(rows["first_artist"], rows["recording_id"])
    fold = group_folds(tied, 3, seed=5)
    model = pipeline("xgboost", "audio+genres", 12, seed=5)
    model[-1].set_params(early_stopping_rounds=None, **PRESETS["xgboost"].first)
    scores = []
    for number in range(3):
        fit, score = rows[fold != number], rows[fold == number]
        fitted = clone(model).fit(fit, fit["popularity"])
        # Twelve trees at a low rate: every tree still helps, so none is left out.
        scores.append(r2(score["popularity"], fitted.predict(score)))
    first = straight.trials.iloc[0]
    assert json.loads(first["settings"]) == PRESETS["xgboost"].first
    assert first["trees"] == 12
    assert first["lead"] == 0
    assert first["score"] == pytest.approx(np.mean(scores), abs=1e-9)


def test_the_best_complete_trial_wins_and_some_are_pruned(straight):
    table = straight.trials
    assert set(table["state"]) == {"complete", "pruned"}
    complete = table[table["state"] == "complete"]
    assert (complete["folds"] == 3).all()
    assert (table.loc[table["state"] == "pruned", "folds"] < 3).all()
    best = complete.loc[complete["score"].idxmax()]
    assert best["best"]
    assert table["best"].sum() == 1
    assert straight.score == best["score"]
    found = json.loads(best["settings"])
    assert {name: straight.settings[name] for name in found} == found
    assert straight.settings["n_estimators"] == round(best["trees"])
    assert "early_stopping_rounds" not in straight.settings


def test_what_the_pruner_compares_is_the_lead_over_the_first_trial(tmp_path):
    path = tmp_path / "study.jsonl"
    tuning.tune(searching(), path, 9)
    with opened(path, contents(searching())) as study:
        trials = study.trials
    assert list(trials[0].intermediate_values.values()) == [0, 0, 0]
    complete = []
    for trial in trials:
        scores = np.array(trial.user_attrs["scores"])
        first = np.array(trials[0].user_attrs["scores"])[: len(scores)]
        lead = np.cumsum(scores - first) / np.arange(1, len(scores) + 1)
        told = np.array(list(trial.intermediate_values.values()))
        np.testing.assert_allclose(told, lead, atol=1e-12)
        # Behind the median of the complete trials at its best so far: given up, and only then.
        behind = [
            len(complete) >= 3 and told[: k + 1].max() < np.median([c[k] for c in complete])
            for k in range(min(len(told), 2))
        ]
        assert any(behind) == (trial.state.name == "PRUNED")
        if trial.state.name == "COMPLETE":
            complete.append(told)


@pytest.mark.parametrize("cut", [0, 2, 4, 13])
def test_an_interrupted_study_goes_on_as_if_it_had_not_been(cut, straight, tmp_path, monkeypatch):
    path = tmp_path / "study.jsonl"
    with monkeypatch.context() as patch:
        broken_at(patch, cut, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            tuning.tune(searching(), path, 9)
    with path.open("ab") as handle:  # what a killed process leaves
        handle.write(b'{"op_code":5,"worker')
    path.with_name(path.name + ".lock").symlink_to(path)
    resumed = tuning.tune(searching(), path, 9)
    assert_frame_equal(resumed.trials, straight.trials, check_exact=True)
    assert (resumed.settings, resumed.score) == (straight.settings, straight.score)


def test_more_trials_continue_and_fewer_look_at_the_first_ones(straight, tmp_path, monkeypatch):
    path = tmp_path / "study.jsonl"
    first = tuning.tune(searching(), path, 4)
    assert_frame_equal(first.trials.drop(columns="best"), straight.trials[:4].drop(columns="best"))
    longer = tuning.tune(searching(), path, 9)
    assert_frame_equal(longer.trials, straight.trials, check_exact=True)
    broken_at(monkeypatch, 0, AssertionError("nothing is left to fit"))
    assert_frame_equal(tuning.tune(searching(), path, 4).trials, first.trials)


def test_two_runs_are_equal_and_another_seed_is_not(straight, tmp_path):
    again = tuning.tune(searching(), tmp_path / "again.jsonl", 9)
    assert_frame_equal(again.trials, straight.trials, check_exact=True)
    other = tuning.tune(searching(seed=6), tmp_path / "other.jsonl", 3)
    assert (other.trials["settings"] != straight.trials["settings"][:3]).sum() == 2


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"rows": ROWS.assign(popularity=ROWS["popularity"].iloc[::-1].to_numpy())}, "same rows"),
        ({"rows": ROWS.assign(genres=[["soul"]] * len(ROWS))}, "same rows"),
        ({"fold": 1}, "same rows"),
        ({"seed": 6}, "same settings"),
        ({"n_folds": 2}, "same settings"),
        ({"preset": "xgboost, nine features"}, "same space"),
    ],
)
def test_a_study_of_something_else_is_refused_and_left_alone(change, named, tmp_path):
    path = tmp_path / "study.jsonl"
    tuning.tune(searching(), path, 1)
    before = path.read_bytes()
    with pytest.raises(DataError, match=f"a study with the {named} expected, found another"):
        tuning.tune(searching(**change), path, 1)
    assert path.read_bytes() == before
    assert study_path(tmp_path, "a", searching(**change)) != study_path(tmp_path, "a", searching())


def test_the_order_of_columns_and_the_index_are_not_contents():
    rows = ROWS[ROWS.columns[::-1]]
    assert contents(searching(rows=rows)) == contents(searching())


@pytest.mark.parametrize("key", ["track_id", "recording_id", "first_artist"])
def test_a_held_out_row_among_the_training_rows_is_a_leak(key, tmp_path):
    search = searching()
    planted = search.tracks.copy()
    planted.iloc[7, planted.columns.get_loc(key)] = search.held_out[key].iloc[0]
    with pytest.raises(LeakError, match=key):
        tuning.tune(replace(search, tracks=planted), tmp_path / "study.jsonl", 1)
    assert not (tmp_path / "study.jsonl").exists()


def test_inner_folds_cut_no_artist_and_score_every_row_once():
    search = searching()
    rows = search.tracks
    tied = link(rows["first_artist"], rows["recording_id"])
    fold = group_folds(tied, search.n_folds, search.seed)
    assert pd.Series(fold).groupby(rows["first_artist"].to_numpy()).nunique().eq(1).all()
    parts = inner_folds(search)
    scored = np.concatenate([part.score_y for part in parts])
    assert sorted(scored) == sorted(rows["popularity"])
    assert all(len(part.fit_y) + len(part.score_y) == len(rows) for part in parts)


def test_a_failing_trial_is_named_and_not_fatal(straight, tmp_path, monkeypatch):
    broken_at(monkeypatch, 3, ValueError("no such rate\nand more"))
    found = tuning.tune(searching(), tmp_path / "study.jsonl", 4)
    assert found.trials["state"].tolist() == ["complete", "failed", "complete", "complete"]
    assert found.trials["error"].tolist() == ["", "ValueError: no such rate", "", ""]
    assert np.isnan(found.trials["score"][1])
    assert (found.trials["settings"] == straight.trials["settings"][:4]).all()


def test_settings_that_never_work_are_an_error_that_names_one(tmp_path, monkeypatch):
    bad = Preset("ridge", "", "", {"alpha": CategoricalDistribution((-1.0,))}, {"alpha": -1.0})
    monkeypatch.setitem(PRESETS, "bad", bad)
    with pytest.raises(DataError, match=r"found 2 failed, the last with .*alpha"):
        tuning.tune(searching("bad"), tmp_path / "study.jsonl", 2)


def test_a_time_limit_lets_the_first_trial_through(tmp_path):
    found = tuning.tune(searching("ridge"), tmp_path / "study.jsonl", 5, minutes=1e-9)
    assert len(found.trials) == 1


@pytest.mark.parametrize(
    "content", [b"hello", b'{"a": 1}\n', b'{"op_code":7}\n', b'{"op_code":0,\n{}\n']
)
def test_a_file_that_is_no_study_is_refused(content, tmp_path):
    path = tmp_path / "study.jsonl"
    path.write_bytes(content)
    with pytest.raises(DataError, match="delete it to begin anew"):
        tuning.tune(searching("ridge"), path, 1)
    assert path.read_bytes() == content


def test_a_study_in_use_is_refused(tmp_path):
    path = tmp_path / "study.jsonl"
    with (
        opened(path, contents(searching("ridge"))),
        pytest.raises(DataError, match="another process tunes here"),
    ):
        tuning.tune(searching("ridge"), path, 1)


def test_nothing_is_printed(tmp_path, capfd):
    tuning.tune(searching("ridge"), tmp_path / "study.jsonl", 3)
    assert capfd.readouterr() == ("", "")


def test_wrong_numbers_and_names_are_refused(tmp_path):
    with pytest.raises(ParameterError, match="trials"):
        tuning.tune(searching(), tmp_path / "study.jsonl", 0)
    with pytest.raises(ParameterError, match="preset 'lightgbm': one of ridge; forest"):
        pipeline("lightgbm", "audio", 1, 0)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_name_settings_of_their_model_and_begin_inside_their_space(name):
    preset = PRESETS[name]
    assert set(preset.first) == set(preset.space)
    model = pipeline(name, "audio", 10, seed=0)[-1]
    assert set(preset.space) | set(preset.fixed) <= set(model.get_params())
    for setting, kind in preset.space.items():
        assert kind._contains(kind.to_internal_repr(preset.first[setting])), setting


def test_published_settings_name_settings_of_xgboost():
    model = pipeline("xgboost", "audio", 10, seed=0)[-1]
    assert all(set(settings) <= set(model.get_params()) for settings in FIXED.values())


SIZE = nested_plan.Effort(trials=4, folds=2, inner_folds=2, rf_trees=5, xgb_trees=10)
WANTED = [(number, name) for number in (0, 1) for name in nested.TUNED_NAMES]


def nested_run(rows, folder):
    found = nested.search(rows, FOLD, WANTED, SIZE, 3, folder)
    return found, nested.predict_held_out(rows, FOLD, found, SIZE, 3, source_folds=0)


def test_held_out_targets_change_no_trial_and_no_prediction_of_their_fold(tmp_path):
    found, (predictions, weight) = nested_run(ROWS, tmp_path)
    changed = ROWS.assign(popularity=np.where(FOLD == 0, 100 - ROWS["popularity"], 50))
    changed.loc[FOLD != 0, "popularity"] = ROWS["popularity"]
    again, (others, other_weight) = nested_run(changed, tmp_path)
    for name in nested.TUNED_NAMES:
        assert_frame_equal(found[0, name].trials, again[0, name].trials, check_exact=True)
        assert found[1, name].score != again[1, name].score
    here, there = (p[p["fold"] == 0] for p in (predictions, others))
    assert (here["prediction"] == there["prediction"]).all()
    assert (here["popularity"] != there["popularity"]).any()
    assert_frame_equal(weight[weight["fold"] == 0], other_weight[other_weight["fold"] == 0])


def test_nested_predictions_are_those_of_the_tuned_model_fitted_without_the_fold(tmp_path):
    found, (predictions, _) = nested_run(ROWS, tmp_path)
    assert predictions["fold"].unique().tolist() == [0, 1]
    models = [nested.LINEAR, *nested.TUNED_NAMES.values(), nested.STACK]
    models += [nested.first_name(preset) for preset in nested.TUNED_NAMES]
    assert set(predictions["model"]) == set(models)
    model = pipeline("xgboost", "audio+genres", 10, seed=3)
    model[-1].set_params(early_stopping_rounds=None, **found[1, "xgboost"].settings)
    fit, test = ROWS[FOLD != 1], ROWS[FOLD == 1]
    expected = model.fit(fit, fit["popularity"]).predict(test)
    mine = predictions.query("fold == 1 and model == @nested.BOOSTED")
    assert mine["track_id"].tolist() == test["track_id"].tolist()
    np.testing.assert_allclose(mine["prediction"], expected, atol=1e-4)


def test_studies_of_two_folds_draw_other_trials(tmp_path):
    found = nested.search(ROWS, FOLD, [(0, "ridge"), (1, "ridge")], SIZE, 3, tmp_path)
    first, second = (found[number, "ridge"].trials["settings"] for number in (0, 1))
    assert first[0] == second[0]
    assert (first[1:] != second[1:]).all()
    assert len(list(tmp_path.glob("*.jsonl"))) == 2


def test_the_parameter_offers_the_published_spaces_and_no_other():
    choices = stage("07_tune_models").parameters["SOURCE_SPACE"].choices
    published = [name for name, preset in PRESETS.items() if preset.source != "this workbook"]
    assert sorted(choices) == sorted(published)


def test_tables_of_a_search_keep_to_their_schemas_and_say_what_happened(tmp_path):
    plan = nested_plan.plan(2, 1, "xgboost, artist mean")
    small = replace(SIZE, trials=4, xgb_trees=5)
    found = nested.search(ROWS, FOLD, plan, small, 3, tmp_path)
    trials = TABLES["trials"].validate(search_tables.trial_table(found))
    settings = TABLES["settings"].validate(search_tables.settings_table(found))
    assert len(settings) == len(plan)
    assert trials.groupby(["preset", "fold"]).size().to_dict() == {
        (preset, fold): nested_plan.trials_of(preset, small) for fold, preset in plan
    }
    assert trials.loc[trials["trial"] == 0, "lead"].eq(0).all()
    places = search_tables.place_in_range("xgboost", trials)
    assert places["place"].between(0, 1).all()
    first = places[places["kind"] == "first"].set_index("setting")["place"]
    assert first["reg_alpha"] == 0  # the low end
    shares = search_tables.settings_importance("xgboost", trials, 0)
    whole = shares[shares["left_out"].isna()]
    assert whole["share"].sum() == pytest.approx(1)
    assert whole["share"].is_monotonic_decreasing
    assert set(whole["setting"]) == set(PRESETS["xgboost"].space)


def test_importance_finds_the_setting_that_moves_the_score():
    rng = np.random.default_rng(0)
    space = PRESETS["forest"].space
    rows = []
    for number in range(40):
        values = {"min_samples_leaf": int(rng.integers(1, 41))}
        values |= {"max_features": rng.uniform(0.05, 0.4), "max_samples": rng.uniform(0.1, 0.35)}
        rows.append({"settings": json.dumps(values), "lead": values["max_samples"]})
        rows[-1] |= {"preset": "forest", "fold": number % 2}
    shares = search_tables.settings_importance("forest", pd.DataFrame(rows), 0)
    assert shares.iloc[0]["setting"] == "max_samples"
    assert shares.iloc[0]["share"] > 0.8
    assert len(shares) == 3 * len(space)
    flat = pd.DataFrame(rows).assign(lead=0.0)
    assert search_tables.settings_importance("forest", flat, 0).empty


def test_promises_set_the_inner_gain_beside_the_outer_one():
    trials = pd.DataFrame(
        {
            "preset": "ridge",
            "fold": [0, 0, 0, -1],
            "trial": [0, 1, 2, 0],
            "score": [0.30, 0.34, 0.40, 0.5],
            "best": [False, True, False, True],
        }
    )
    by_fold = pd.DataFrame({"model": ["a", "b"], "fold": [0, 0], "r2": [0.33, 0.32]})
    table = search_tables.promises(trials, by_fold, {"ridge": ("a", "b")})
    assert table[["fold", "inner_best", "outer_best"]].to_numpy().tolist() == [[0, 0.34, 0.33]]
    assert table[["promised", "kept"]].to_numpy()[0] == pytest.approx([0.04, 0.01])


@pytest.mark.parametrize(
    ("low", "high", "differences", "said"),
    [
        (-0.01, 0.02, [0.01, 0.02, 0.03], "within noise"),
        (0.01, 0.02, [0.01, 0.011, 0.012], "adds, by the bootstrap and by the corrected test"),
        (0.01, 0.02, [0.01, -0.02, 0.05], "adds on these folds, but within the noise"),
        (-0.02, -0.01, [-0.01, 0.02, -0.05], "costs on these folds, but within the noise"),
        (-0.02, -0.01, [-0.01, -0.011, -0.012], "costs, by the bootstrap"),
    ],
)
def test_the_verdict_asks_both_tests(low, high, differences, said):
    assert search_tables.verdict(low, high, corrected_t(differences, 0.2)).startswith(said)


def test_models_by_hand_come_from_the_tested_folds_of_notebook_04():
    table = pd.DataFrame(
        {
            "split": ["first_artist", "first_artist", "recording", "first_artist"],
            "fold": [0, 3, 0, 0],
            "model": ["XGBoost, audio+genres"] * 3 + ["XGBoost, audio"],
        }
    )
    rows = search_tables.by_hand(table, "first_artist", [0, 1])
    assert rows[["fold", "model"]].to_numpy().tolist() == [[0, "XGBoost, by hand"]]


def test_figures_are_drawn_where_little_is_there():
    trials = pd.DataFrame(
        {
            "preset": ["ridge", "ridge", "forest"],
            "fold": [0, 0, 0],
            "trial": [0, 1, 0],
            "state": ["complete", "failed", "complete"],
            "lead": [0.0, np.nan, 0.0],
        }
    )
    plots.history(trials, {"ridge": "Ridge", "forest": "Forest"}, {0: "fold 0"})
    one = {"inner_first": [0.3], "inner_best": [0.3], "outer_first": [0.3], "outer_best": [0.3]}
    table = pd.DataFrame({"preset": ["ridge"], "fold": [0], **one, "promised": [0], "kept": [0]})
    plots.promises(table, {"ridge": "Ridge"})
    shares = pd.DataFrame({"setting": ["alpha"], "left_out": [None], "share": [1.0]})
    plots.importance(shares)
