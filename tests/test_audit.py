"""The audit's reruns: rows, splits and columns as published, honest ones without leaks."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score

from lib.evaluation.leaks import LeakError, require_clean
from lib.modelling.auditing import audit, audit_leaks, audit_recipes, audit_tables, audit_trials
from lib.modelling.auditing.audit_claims import CLAIMS, HONEST_TREES, published_split
from lib.modelling.splits import group_folds
from lib.modelling.tables import TABLES
from lib.plots import audit as plots
from lib.plots import leaks as leak_plots
from lib.tracks import clean
from lib.tracks.columns import AUDIO_9
from lib.tracks.features import tracks_by_id
from lib.tracks.read import read_kaggle
from lib.tracks.twins import add_ids, artist_groups

SAMPLE = Path(__file__).parent.parent / "data" / "sample" / "tracks" / "dataset.csv"
REAL = Path(os.environ.get("WORKBOOK_DATA", "")) / "tracks" / "dataset.csv"
BY_KEY = {claim.key: claim for claim in CLAIMS}


@pytest.fixture(scope="module")
def rows():
    raw = read_kaggle(SAMPLE)
    return audit_trials.catalogue(raw, add_ids(clean.drop_nameless(raw)))


@pytest.fixture(scope="module")
def ids(rows):
    return audit_trials.unique_ids(rows, tracks_by_id(rows.dropna(subset=["first_artist"])))


@pytest.fixture(scope="module")
def folds(ids):
    groups = {"first_artist": artist_groups(ids), "recording": ids["recording_id"]}
    return pd.concat(
        pd.DataFrame({"track_id": ids["track_id"], "split": name, "fold": group_folds(of, 5, 0)})
        for name, of in groups.items()
    )


@pytest.fixture(scope="module")
def scores(rows, ids, folds):
    light = [BY_KEY[name] for name in ("linear", "xgboost_37")]
    trials = [t for c in light for t in audit_trials.claim_trials(c, rows, ids, folds, 1, 0.02)]
    return audit.score_trials(audit.fit_trials(trials), replicates=20, seed=0)


def test_claims_are_told_apart():
    assert len(BY_KEY) == len(CLAIMS)
    assert len({claim.label for claim in CLAIMS}) == len(CLAIMS)
    assert all(0 < claim.r2 < 1 and claim.protocol and claim.source for claim in CLAIMS)


def test_published_splits_have_the_published_sizes():
    sizes = {
        ("xgboost_9", 114_000): (79_800, 17_100),
        ("xgboost_9_v2", 78_310): (54_816, 11_747),
        ("xgboost_37", 114_000): (91_200, 22_800),
    }
    for (key, n_rows), expected in sizes.items():
        train, test = published_split(BY_KEY[key], n_rows)
        assert (len(train), len(test)) == expected
        assert not set(train) & set(test)


def test_rows_are_those_of_the_recipes_with_ids_that_fit(rows):
    kept = audit_recipes.exact_rows(rows)
    expected = clean.exact(rows[[n for n in rows if n not in audit_recipes.IDS]])[0]
    pd.testing.assert_frame_equal(kept[list(expected)], expected)
    named = rows.drop_duplicates("track_id").set_index("track_id")
    assert (named.loc[kept["track_id"], "tempo_bpm"].to_numpy() == kept["tempo_bpm"]).all()
    # Zeros kept, then dropped, is the published cleaning.
    more = audit_recipes.most_popular_copies(rows)
    assert len(clean.audio_v2(more)[0]) == len(audit_recipes.audio_v2_rows(rows))
    assert not more.duplicated(list(AUDIO_9)).any()


def test_every_model_fits_its_columns_and_stays_blind_to_the_target(rows, ids, folds):
    part = rows.iloc[np.random.default_rng(0).choice(len(rows), 600, replace=False)]
    few = ids[ids["track_id"].isin(part["track_id"])].reset_index(drop=True)
    for claim in CLAIMS:
        for trial in audit_trials.claim_trials(claim, part, few, folds, 1, 0.002):
            _, guess = audit._fit_predict(0, trial)
            assert np.isfinite(guess).all()
            honest = trial.protocol not in (audit_trials.PUBLISHED, audit_trials.WITH_ZEROS)
            assert not (honest and audit_recipes.ARTIST_MEAN in trial.frame)
            if trial.protocol in (audit_trials.COPIES_TOGETHER, *audit_trials.HONEST_SPLITS):
                key = "first_artist" if trial.protocol == "first_artist" else "recording_id"
                sides = (trial.frame[key].iloc[side] for side in (trial.train, trial.test))
                assert not set.intersection(*map(set, sides))


def test_honest_artist_level_is_the_mean_for_artists_never_seen(rows):
    frame = audit_recipes.columns_trees(audit_recipes.exact_rows(rows))
    columns = BY_KEY["forest"].model(False)[0]
    values = pd.DataFrame(columns.fit_transform(frame[:3000], frame["popularity"][:3000]))
    strangers = frame[3000:3100].assign(artists="nobody knows")
    place = list(columns.get_feature_names_out()).index("artist__artists")
    level = pd.DataFrame(columns.transform(strangers))[place]
    assert level.to_numpy() == pytest.approx(frame["popularity"][:3000].mean())
    # In training rows it is out of fold: alone, an artist's own row must not show in it.
    alone = ~frame["artists"][:3000].duplicated(keep=False)
    of_alone = values.loc[alone.to_numpy(), place]
    assert abs(np.corrcoef(of_alone, frame["popularity"][:3000][alone])[0, 1]) < 0.2


def test_detector_names_the_published_leaks_and_lets_the_honest_splits_pass(rows, ids, folds):
    inspected = audit_leaks.inspect_published([BY_KEY["forest"], BY_KEY["peer_forest"]], rows)
    forest, peer = inspected.values()
    found = forest.findings
    named = set(found["where"])
    assert {"track id", "audio vector", "title and first artist"} <= named
    assert audit_recipes.ARTIST_MEAN in named
    # Codes along the alphabet of all rows are not those of the training rows' alphabet.
    made = peer.findings[peer.findings["leak"].str.startswith("made with other rows")]
    assert set(made["where"]) == {"artist_code"}
    line = audit_leaks.leak_summary(
        {"forest": forest, "clean": replace(forest, findings=found[:0])}
    ).set_index("set-up")
    shares = found[found["leak"].str.startswith("shared")].set_index("where")["share"]
    assert line.loc["forest", "same track id"] == shares["track id"]
    assert line.loc["forest", "hold the target"] == audit_recipes.ARTIST_MEAN
    assert line.loc["forest", "made over all rows"] == audit_recipes.ARTIST_MEAN
    assert "audio vector" in line.loc["forest", "remember rows"]
    assert line.loc["clean"].tolist() == [0, 0, 0, "", "", ""]
    with pytest.raises(LeakError, match=audit_recipes.ARTIST_MEAN):
        require_clean(found, "published")
    for result in audit_leaks.inspect_honest(ids, folds, 1).values():
        require_clean(result.findings, "honest")


def test_detector_finds_the_planted_compilations_by_itself(ids, folds):
    checked = audit_leaks.inspect_honest(ids, folds, 1, ("album_name", "track_name"))
    named = {split: set(result.findings["where"]) for (split, _), result in checked.items()}
    assert named["first_artist"] == {"album_name"}


def test_scores_follow_the_order_of_trials_and_equal_scikit_learn(rows, ids, folds, scores):
    assert scores["name"].tolist()[:3] == ["linear"] * 3
    claim = BY_KEY["linear"]
    trial = audit_trials.claim_trials(claim, rows, ids, folds, 1, 0.02)[0]
    train, test = trial.frame.iloc[trial.train], trial.frame.iloc[trial.test]
    model = trial.model.fit(train, train["popularity"])
    line = scores.iloc[0]
    assert line["r2"] == pytest.approx(r2_score(test["popularity"], model.predict(test)))
    assert line["low"] <= line["r2"] <= line["high"]
    seen = train.groupby(list(AUDIO_9))["popularity"].mean().to_dict()
    keys = [tuple(values) for values in test[list(AUDIO_9)].to_numpy()]
    guess = [seen.get(key, train["popularity"].mean()) for key in keys]
    assert line["lookup_r2"] == pytest.approx(r2_score(test["popularity"], guess))
    assert line["known"] == pytest.approx(np.mean([key in seen for key in keys]))


def made_scores(seed=0):
    rng = np.random.default_rng(seed)
    lines = []
    for claim in CLAIMS:
        names = [audit_trials.PUBLISHED, audit_trials.COPIES_TOGETHER, *audit_trials.HONEST_SPLITS]
        names += [audit_trials.HONEST_FIT] if claim.target_in_features else []
        names += [audit_trials.WITH_ZEROS] if claim.with_zeros else []
        for name in names:
            value = claim.r2 if name == audit_trials.PUBLISHED else rng.uniform(0, claim.r2)
            lines.append((claim.key, name, 100, 50, value, value - 0.02, value + 0.02, 0.95))
    columns = ["name", "protocol", "rows_train", "rows", "r2", "low", "high", "level"]
    return pd.DataFrame(lines, columns=columns).assign(
        mean_r2=0.0, lookup_r2=0.3, known=0.2, r2_known=0.8, r2_new=0.1
    )


def test_parts_add_up_and_the_table_keeps_its_schema():
    for comparable in (True, False):
        table = audit_tables.claims_table(made_scores(), comparable)
        TABLES["claims"].validate(table)
        parts = table[list(audit_tables.PARTS)].sum(axis=1)
        assert parts.to_numpy() == pytest.approx(
            (table["rerun_r2"] - table["artist_r2"]).to_numpy()
        )
        assert (table["agrees"] == comparable).all()
    assert set(table["verdict"]) == {"not judged: generated data"}
    steps = audit_tables.steps_down(table)
    for row in table.itertuples():
        assert steps[row.model][0] == (audit_trials.PUBLISHED, row.rerun_r2)
        assert steps[row.model][-1][1] == pytest.approx(row.artist_r2)


def test_trees_are_the_published_ones_or_a_share_of_them(rows, ids, folds):
    for share in (1.0, 0.1):
        counts = {
            (claim.key, trial.protocol): getattr(trial.model[-1], "n_estimators", None)
            for claim in CLAIMS
            for trial in audit_trials.claim_trials(claim, rows, ids, folds, 1, share)
        }
        assert counts["xgboost_9", "as published"] == 450 * share
        assert counts["xgboost_tuned", "first_artist"] == 750 * share
        assert counts["forest", "as published"] == 300 * share
        assert counts["forest", "first_artist"] == HONEST_TREES * share
        assert counts["linear", "as published"] is None


def test_differences_are_those_of_the_folds(rows):
    frame = rows[:60].assign(popularity=np.arange(60.0))
    parts = np.array_split(np.arange(60), 3)
    trials = []
    for number, name in enumerate(audit_tables.SAME_SPLIT):
        for fold, test in enumerate(parts):
            trial = audit_trials.Trial(name, f"1.{fold + 1}", None, frame, test, test)
            noise = np.resize([1.0, -1.0], len(test)) * (number + 1) * (fold + 1)
            trials.append((trial, frame["popularity"].to_numpy()[test] + noise))
    table = audit_tables.differences(trials, 3)
    assert table["where"].tolist() == ["published", "rerun"] * 2
    assert table["published"].tolist()[::2] == pytest.approx([0.756 - 0.252, 0.8 - 0.756])
    score = {
        name: [r2_score(t.frame["popularity"].iloc[t.test], g) for t, g in trials if t.name == name]
        for name in audit_tables.SAME_SPLIT
    }
    expected = np.subtract(score["xgboost_untuned"], score["linear"]).mean()
    assert table.loc[1, "value"] == pytest.approx(expected)
    assert table.loc[1, "low"] < expected < table.loc[1, "high"]


def test_the_example_shows_a_track_on_both_sides(rows):
    shown = audit_leaks.copies_of_one_track(rows)
    assert {"training", "test"} <= set(shown["side"])
    ids = rows.loc[shown.index, "track_id"]
    assert len(set(ids)) == 1
    assert len(shown) == (rows["track_id"] == ids.iloc[0]).sum()
    assert shown[list(AUDIO_9[:4])].drop_duplicates().shape[0] == 1
    assert audit_leaks.copies_of_one_track(rows.drop_duplicates("track_id")).empty


@pytest.mark.parametrize(
    ("published", "recording", "artist", "expected"),
    [
        (0.25, 0.4, 0.26, "holds for new artists"),
        (0.25, 0.4, 0.245, "holds for new artists"),
        (0.25, 0.26, 0.1, "holds for new recordings, not new artists"),
        (0.8, 0.4, 0.3, "does not hold"),
    ],
)
def test_verdict_is_a_rule(published, recording, artist, expected):
    assert audit_tables.verdict(published, recording, artist, True) == expected


def test_artist_mean_is_the_answer_for_artists_with_one_row(rows):
    table = audit_leaks.artist_mean_alone(rows).set_index("size")
    assert table.loc["1", "all_rows"] == pytest.approx(1)
    assert table.loc["1", "training"] < 0.05
    assert table.drop(index="all")["share"].sum() == pytest.approx(1)
    assert (table["all_rows"] > table["training"]).all()


def test_ladder_has_every_rung_and_repeats_share_their_folds(rows, ids, folds):
    trials = audit_trials.ladder_trials(rows, ids, folds, 2, 5, 0)
    assert len(trials) == 2 * len(audit_trials.LADDER_FEATURES) * len(audit_trials.LADDER_SPLITS)
    pair = [BY_KEY["linear"], BY_KEY["xgboost_37"]]
    repeated = audit_trials.repeated_trials(pair, ids, 3, 2, 0.02, 0)
    assert len(repeated) == 12
    for first, second in zip(repeated[:6], repeated[6:], strict=True):
        assert first.protocol == second.protocol
        assert (first.test == second.test).all()
    assert len({t.protocol for t in repeated}) == 6


def test_figures_show_the_numbers(rows, tmp_path):
    scores = made_scores()
    table = audit_tables.claims_table(scores, True)
    labels = {claim.key: claim.label for claim in CLAIMS}
    steps = (audit_trials.PUBLISHED, *audit_tables.STEPS.values())
    published = scores[scores["protocol"] == audit_trials.PUBLISHED]
    rungs = dict(zip(audit_trials.LADDER_SPLITS, "abcd", strict=True))
    climb = pd.DataFrame(
        [(f, s, 0.1, 0.0, 0.2) for f in audit_trials.LADDER_FEATURES for s in rungs],
        columns=["name", "protocol", "r2", "low", "high"],
    )
    keys = pd.DataFrame(
        [("album", 2.0, 0.6, 0.2, True), ("genre", 600.0, 0.3, 1.0, False)],
        columns=["key", "rows_a_value", "r2_known", "share", "suspicious"],
    )
    figures = {
        "claims": plots.claims(table),
        "steps": plots.steps_down(audit_tables.steps_down(table), steps, "new artist"),
        "ladder": plots.ladder(climb, rungs),
        "copies": leak_plots.copies(published, labels),
        "zeros": leak_plots.zeros_or_copies(pd.DataFrame([[0.4, 0.1]], ["z"], ["a", "b"])),
        "artist": leak_plots.artist_mean(audit_leaks.artist_mean_alone(rows)),
        "lookups": leak_plots.lookups(keys),
    }
    for name, figure in figures.items():
        figure.savefig(tmp_path / f"{name}.png")
    drawn = figures["claims"].axes[0].lines
    assert any(list(line.get_xdata()) == table["published_r2"].tolist() for line in drawn)
    assert [text.get_text() for text in figures["zeros"].axes[0].texts] == ["0.400", "0.100"]
    assert len(figures["steps"].axes[0].patches) >= 3


@pytest.mark.skipif(not REAL.exists(), reason="WORKBOOK_DATA does not name the real files")
def test_real_file_gives_the_published_linear_score_and_the_known_look_ups():
    raw = read_kaggle(REAL)
    # First artists and recordings play no part in these numbers.
    rows = raw.assign(first_artist=raw["artists"], recording_id=0, audio_id=0)
    trials = []
    for key in ("linear", "xgboost_9"):
        claim = BY_KEY[key]
        frame = claim.columns(claim.rows(rows))
        split = published_split(claim, len(frame))
        model = claim.model(True)
        if key == "xgboost_9":
            model[-1].set_params(n_estimators=1)
        trials.append(audit_trials.Trial(key, "", model, frame, *split))
    linear, old = (
        line for _, line in audit.score_trials(audit.fit_trials(trials), 2, 0).iterrows()
    )
    assert linear["rows_train"] + linear["rows"] == 113_422
    assert linear["r2"] == pytest.approx(0.252, abs=0.005)
    assert old["lookup_r2"] == pytest.approx(0.486, abs=0.005)
    alone = audit_leaks.artist_mean_alone(rows).set_index("size")
    assert alone.loc["all", "all_rows"] == pytest.approx(0.735, abs=0.005)
    assert alone.loc["1", "all_rows"] == pytest.approx(1)
