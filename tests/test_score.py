"""Scoring: a row in, a row out, whatever the row; and every trouble by its name."""

import itertools

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scoring_data import as_csv, catalogue, fit, input_rows

from lib.errors import DataError, ParameterError
from lib.modelling import health, neighbours, score, shortlist
from lib.modelling.estimators import STANDARDISED
from lib.modelling.reasons import explain
from lib.modelling.stored.contract import column_names, feature_matrix
from lib.plots import scoring as plots
from lib.tracks.read_scoring import REQUIRED, read_scoring, scorable_rows


@pytest.fixture(scope="module")
def tracks():
    return catalogue()


@pytest.fixture(scope="module")
def fitted(tracks):
    return fit(tracks)


@pytest.fixture(scope="module")
def model(fitted):
    return fitted[0]


@pytest.fixture
def rows(tracks):
    return input_rows(tracks.head(60))


def read(folder, text):
    (folder / "tracks.csv").write_text(text, encoding="utf-8")
    return read_scoring(folder / "tracks.csv")


def test_one_row_a_row_in_order(rows, model):
    shuffled = rows.sample(frac=1, random_state=0)
    scores = score.score_tracks(shuffled, model)
    assert scores["track_id"].tolist() == shuffled["track_id"].tolist()
    assert scores.index.equals(shuffled.index)
    assert tuple(scores.columns) == score.OUTPUT
    assert (scores["status"] == "scored").all()
    assert scores["lower"].between(0, scores["predicted_popularity"]).all()
    assert scores["upper"].between(scores["predicted_popularity"], 100).all()
    back = scores.loc[rows.index]
    pd.testing.assert_frame_equal(back, score.score_tracks(rows, model))


def test_predictions_are_the_models(tracks, rows, model):
    table = xgb.DMatrix(
        feature_matrix(tracks.head(60), model.contract), feature_names=column_names(model.contract)
    )
    expected = pd.Series(model.point.predict(table), tracks["track_id"].head(60)).clip(0, 100)
    scores = score.score_tracks(rows, model)
    found = scores["predicted_popularity"].to_numpy()
    assert found == pytest.approx(expected[rows["track_id"]].to_numpy(), abs=0.006)


def test_genres_of_one_id_are_taken_together(tracks, model):
    one = input_rows(tracks[tracks["genres"].map(len) == 2].head(1))
    both = score.score_tracks(one, model)
    assert len(set(both["predicted_popularity"])) == 1
    assert both["flags"].str.contains("id under several genres: combined").all()
    alone = score.score_tracks(one.head(1), model)
    assert alone["predicted_popularity"].iloc[0] != both["predicted_popularity"].iloc[0]


def test_reasons_are_the_largest_contributions(tracks, rows, model):
    matrix = feature_matrix(tracks.head(60), model.contract)
    table = xgb.DMatrix(matrix, feature_names=column_names(model.contract))
    for exact in (False, True):
        parts = explain.contributions(model.point, table, exact)
        assert parts.sum(axis=1) == pytest.approx(model.point.predict(table), abs=1e-4)
    parts = explain.contributions(model.point, table)
    names = [*column_names(model.contract)[:14], "genres"]
    expected = []
    for row in parts:
        points = [*row[:14], row[14:-1].sum()]
        ranked = sorted(zip(points, names, strict=True), key=lambda pair: -abs(pair[0]))
        expected.append([f"{name} {value:+.1f}" for value, name in ranked[:3]])
    first = rows.drop_duplicates("track_id").index
    scores = score.score_tracks(rows, model).loc[first]
    assert scores[["reason_1", "reason_2", "reason_3"]].to_numpy().tolist() == expected


def test_neighbours_are_the_nearest_of_the_genre_without_itself(tracks, rows, model):
    level = neighbours.neighbour_level(model.neighbours, rows)
    sound = tracks[list(STANDARDISED)].to_numpy(dtype=float)
    sound = (sound - sound.mean(axis=0)) / sound.std(axis=0)
    for place in (0, 7, 30):
        row = rows.iloc[place]
        own = tracks.index[tracks["track_id"] == row["track_id"]][0]
        inside = np.array([row["track_genre"] in names for names in tracks["genres"]])
        inside[own] = False
        distance = cdist(sound[[own]], sound[inside])[0]
        nearest = np.argsort(distance)[: neighbours.NEAREST]
        expected = tracks.loc[inside, "popularity"].to_numpy()[nearest].mean()
        assert level[place] == pytest.approx(expected, abs=1e-3)


def test_drift_compares_like_with_like(tracks, rows, model):
    new = rows.assign(track_id="new-" + rows["track_id"], energy=rows["energy"] / 2)
    both = pd.concat([rows, new], ignore_index=True)
    learnt, present = score.drift_tables(both, score.score_tracks(both, model), model)
    assert len(present) == both["track_id"].nunique()
    # Predictions for training tracks are flattered, so they do not stand for new ones.
    seen = ~present["predicted_popularity"].notna()
    assert seen.sum() == rows["track_id"].nunique() and seen[: seen.sum()].all()
    drift = health.drift_report(learnt, present[~seen], list(learnt.columns)).set_index("column")
    assert drift.index[0] == "energy" and drift["psi"].iloc[0] > 2 * drift.loc["valence", "psi"]
    assert "predicted_popularity" in drift.index
    sound = learnt[list(STANDARDISED)]
    assert sound.to_numpy() == pytest.approx(
        tracks[list(STANDARDISED)].to_numpy(), rel=1e-4, abs=1e-4
    )


BAD = {
    "energy": [
        ("loud", "energy: 'loud' is no number"),
        ("", "energy is missing"),
        ("1.5", "energy: '1.5' is outside 0 to 1"),
        ("inf", "energy: 'inf' is no number"),
    ],
    "key": [("3.5", "key: '3.5' is no whole number"), ("12", "key: '12' is outside -1 to 11")],
    "explicit": [("maybe", "explicit: 'maybe' is neither true nor false")],
    "track_id": [("", "track_id is missing"), (" ", "track_id is missing")],
    "track_genre": [("", "track_genre is missing")],
    "loudness_db": [("-61", "loudness: '-61' is outside -60 to 10")],
    "duration_ms": [("-5", "duration_ms: '-5' is outside 0 to 86400000")],
}
CASES = [(name, *case) for name, cases in BAD.items() for case in cases]


@pytest.mark.parametrize(("name", "cell", "said"), CASES)
def test_a_bad_cell_costs_its_row_and_no_other(rows, model, tmp_path, name, cell, said):
    texts = rows.head(5).astype("str").astype(object)
    texts.loc[2, name] = cell
    scores = score.score_tracks(read(tmp_path, as_csv(texts)), model)
    assert len(scores) == 5
    assert scores["status"].tolist() == ["scored"] * 2 + ["not scored"] + ["scored"] * 2
    assert scores.loc[2, "problem"] == said
    assert scores.loc[2, ["predicted_popularity", "lower", "upper", "band", "flags"]].isna().all()


def test_all_rows_bad(rows, model):
    scores = score.score_tracks(rows.assign(energy=np.nan), model)
    assert (scores["status"] == "not scored").all()
    assert scores["track_id"].equals(rows["track_id"])


def flags_of(rows, model, **changes):
    return score.score_tracks(rows.assign(**changes), model)["flags"]


def test_flags_name_what_is_doubtful(rows, model):
    assert flags_of(rows, model).str.contains("seen in training").all()
    new = rows.assign(track_id="x" + rows["track_id"])
    single = new.drop_duplicates("track_id")
    assert (flags_of(single, model) == "").all()
    assert (flags_of(single, model, track_genre="polka") == "unknown genre 'polka'").all()
    tempo = flags_of(single, model, tempo_bpm=0.0)
    assert tempo.str.contains("tempo 0: not detected").all()
    assert tempo.str.contains("tempo_bpm outside training range").all()
    seconds = flags_of(single, model, duration_ms=single["duration_ms"] / 1000 // 1)
    assert seconds.str.contains("duration_ms looks like seconds").all()
    long = single["duration_ms"].mask(single.index == single.index[3], 200)
    one = flags_of(single, model, duration_ms=long).str.contains("looks like seconds")
    assert one.sum() == 1 and one.iloc[3]
    twice = pd.concat([single.head(2)] * 2, ignore_index=True)
    assert (flags_of(twice, model) == "duplicate row: same id and genre").all()
    other = twice.assign(valence=[0.1, 0.2, 0.3, 0.4])
    assert flags_of(other, model).str.contains("same id with other values").all()


def test_a_file_needs_no_popularity_names_or_index(rows, tmp_path):
    frame = read(tmp_path, as_csv(rows[list(REQUIRED)]))
    assert "popularity" not in frame and frame.attrs["ignored"] == ()
    frame = read(tmp_path, as_csv(rows.assign(mood="calm", artists="A;B", **{"": 1})))
    assert frame.attrs["ignored"] == ("mood",)
    assert {"popularity", "artists"} <= set(frame)
    shuffled = as_csv(rows[list(REQUIRED)[::-1]])
    assert read(tmp_path, shuffled)["energy"].tolist() == rows["energy"].tolist()


@pytest.mark.parametrize("name", REQUIRED)
def test_an_absent_column_is_named(rows, model, tmp_path, name):
    in_file = {"loudness_db": "loudness", "tempo_bpm": "tempo"}.get(name, name)
    with pytest.raises(DataError, match=f"missing column.*{in_file}"):
        read(tmp_path, as_csv(rows.drop(columns=name)))
    with pytest.raises(DataError, match=f"missing columns: {in_file}"):
        score.score_tracks(rows.drop(columns=name), model)


def test_a_misspelt_column_is_guessed_at(rows, tmp_path):
    with pytest.raises(DataError, match="found 'Tempo'"):
        read(tmp_path, as_csv(rows).replace("tempo", "Tempo", 1))


def test_other_separators_and_capital_letters_are_named(rows, tmp_path):
    for cut in (";", "\t"):
        with pytest.raises(DataError, match="cells are separated by"):
            read(tmp_path, rows.to_csv(index=False, sep=cut))
    with pytest.raises(DataError, match="found ' ENERGY '"):
        read(tmp_path, as_csv(rows).replace("energy", " ENERGY ", 1))
    with pytest.raises(DataError, match=r"Excel file \(\.xlsx\)"):
        read(tmp_path, "PK\x03\x04 and so on")


def test_line_ends_of_all_systems_are_read(rows, tmp_path):
    whole = read(tmp_path, as_csv(rows))
    for end in ("\r\n", "\r"):
        (tmp_path / "ends.csv").write_bytes(as_csv(rows).replace("\n", end).encode())
        pd.testing.assert_frame_equal(read_scoring(tmp_path / "ends.csv"), whole)


def test_a_bad_popularity_is_left_out_and_named(rows, model, tmp_path):
    cells = ["high", "1000", "-1", "", "45.5"] + ["50"] * (len(rows) - 5)
    frame = read(tmp_path, as_csv(rows.assign(popularity=cells)))
    assert frame["popularity"].isna().tolist()[:5] == [True] * 4 + [False]
    scores = score.score_tracks(frame, model)
    assert (scores["status"] == "scored").all()
    told = scores["flags"].str.contains("popularity left out").tolist()
    assert told == [True] * 3 + [False] * (len(rows) - 3)
    assert "left out: '1000' is no number from 0 to 100" in scores["flags"].iloc[1]
    judged = shortlist.outliers(shortlist.one_a_track(scores, frame))
    assert judged["popularity"].between(0, 100).all()


def test_no_rows_and_broken_files(rows, model, tmp_path):
    header = as_csv(rows.head(0))
    with pytest.raises(DataError, match="no rows"):
        read(tmp_path, header)
    with pytest.raises(DataError, match="at least one row"):
        score.score_tracks(rows.head(0), model)
    with pytest.raises(DataError, match="cells"):
        read(tmp_path, as_csv(rows).replace("\n", ",7\n", 3).replace(",7\n", "\n", 1))
    with pytest.raises(DataError, match="is empty"):
        read(tmp_path, "")
    with pytest.raises(DataError, match="no such file"):
        read_scoring(tmp_path / "other.csv")


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_any_cells_keep_their_rows(tracks, model, data):
    rows = input_rows(tracks.head(4)).astype(object)
    cells = st.one_of(st.text(max_size=6), st.floats(), st.integers(-(10**6), 10**6), st.none())
    columns = data.draw(st.lists(st.sampled_from(REQUIRED), min_size=1, max_size=4))
    for column in columns:
        rows.loc[data.draw(st.integers(0, len(rows) - 1)), column] = data.draw(cells)
    scores = score.score_tracks(rows, model)
    assert len(scores) == len(rows)
    good = scores["status"] == "scored"
    assert scores.loc[good, "predicted_popularity"].between(0, 100).all()
    assert (scores.loc[good, "problem"] == "").all() and (scores.loc[~good, "problem"] != "").all()
    assert scores.loc[~good, "predicted_popularity"].isna().all()


def test_check_rows_twice_says_the_same(rows):
    once = scorable_rows(rows.assign(energy=["x"] + ["0.5"] * (len(rows) - 1)))
    assert scorable_rows(once)["problem"].iloc[0].startswith("energy: 'x' is no number")


def test_output_is_written_whole_or_not_at_all(rows, model, tmp_path):
    source = tmp_path / "in.csv"
    source.write_text(as_csv(rows), encoding="utf-8")
    scores = score.score_tracks(read_scoring(source), model)
    target = tmp_path / "new" / "out.csv"
    score.write_scores(target, scores, source)
    back = pd.read_csv(target)
    assert list(back.columns) == list(score.OUTPUT)
    assert back["track_id"].tolist() == rows["track_id"].tolist()
    assert back["predicted_popularity"].tolist() == scores["predicted_popularity"].tolist()
    assert [path.name for path in target.parent.iterdir()] == ["out.csv"]
    before = source.read_bytes()
    for wrong in (source, tmp_path):
        with pytest.raises(ParameterError, match="name another file"):
            score.write_scores(wrong, scores, source)
    assert source.read_bytes() == before
    for wrong in (source / "out.csv", tmp_path / ("x" * 300)):
        with pytest.raises(ParameterError, match="cannot be written"):
            score.write_scores(wrong, scores, source)


def test_shortlist_and_outliers(tracks, rows, fitted, model):
    rows = rows.assign(artists="A;B", track_name=rows["track_id"])
    scores = score.score_tracks(rows, model)
    known = shortlist.one_a_track(scores, rows, fitted[2])
    assert set(known["basis"]) == {"held out"}
    held = fitted[2].set_index("track_id")["lower"]
    assert known["lower"].tolist() == held[known["track_id"]].tolist()
    best = shortlist.shortlist(known, 3)
    for _, part in best.groupby("macro_genre"):
        assert part["rank"].tolist() == [1, 2, 3]
        assert part["predicted_popularity"].is_monotonic_decreasing
    assert best["title"].iloc[0].startswith("A, B – id")
    odd = shortlist.outliers(known)
    outside = known[~known["popularity"].between(known["lower"], known["upper"])]
    assert set(odd["track_id"]) == set(outside["track_id"])
    assert odd["beyond"].abs().is_monotonic_decreasing
    assert shortlist.outliers(shortlist.one_a_track(scores, rows)).empty
    for group, table in (("macro_genre", best), ("basis", odd)):
        drawn = plots.ranked_tracks(table, group)
        assert len(drawn.axes[0].get_yticks()) == len(table)


def test_figures_show_their_numbers(tmp_path):
    table = pd.DataFrame(
        {
            "kind": ["x", "y"],
            "tracks": [10, 2000],
            "coverage": [0.8, 0.9],
            "low": [0.7, 0.88],
            "high": [0.9, 0.92],
            "width": [30.0, 40.0],
        }
    )
    figure = plots.coverage_and_width(table, "kind", 0.9, 0.02, 60.0)
    labels = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert labels == ["x (10)", "y (2,000)"]
    assert [bar.get_width() for bar in figure.axes[1].patches] == [30.0, 40.0]
    line = pd.DataFrame({"stated": [0.1], "observed": [0.2], "low": [0.1], "high": [0.3]})
    drawn = [figure, plots.reliability_curves({"a": {"b": line}, "c": {"d": line}})]
    drawn.append(plots.widths(pd.Series([10.0, 20.0]), 60.0))
    drawn.append(plots.drift_bars(pd.DataFrame({"column": ["a"], "psi": [0.2]}), 0.1, 0.25))
    for number, one in enumerate(drawn):
        one.savefig(tmp_path / f"{number}.png")


def test_names_of_bands_and_reasons_are_in_the_output(rows, model):
    scores = score.score_tracks(rows, model)
    assert set(scores["band"]) <= {"0–33", "33–66", "66–100"}
    assert set(scores["band_40_70"]) <= {"0–40", "40–70", "70–100"}
    reasons = list(itertools.chain(scores["reason_1"], scores["reason_2"], scores["reason_3"]))
    assert all(reason.rsplit(" ", 1)[1][0] in "+-" for reason in reasons)


def test_names_that_our_own_exports_guard_come_back(rows, tmp_path):
    written = rows.head(2).assign(artists=["'=LOVE", "'round"])
    found = read(tmp_path, as_csv(written))
    assert found["artists"].tolist() == ["=LOVE", "'round"]
