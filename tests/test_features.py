"""Derived columns, the 37 features, genres as 0/1 columns, one row a track id."""

import math
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

from lib.errors import DataError
from lib.plots import features as plots
from lib.tracks.features import (
    CATEGORIES,
    add_derived,
    feature_info,
    genre_multihot,
    mood,
    tracks_by_id,
)
from lib.tracks.features_37 import FEATURES_37, expand, features_37, random_row_split
from lib.tracks.generate import write_sample
from lib.tracks.genres import macro_table
from lib.tracks.read import read_kaggle
from lib.tracks.tables import TABLES

THE_37 = """duration_ms explicit danceability energy key loudness speechiness acousticness
instrumentalness liveness valence tempo duration_min energy_danceability valence_energy
acousticness_energy energy_squared danceability_squared valence_squared is_short_track
is_long_track high_energy_happy low_energy_sad mode_1 time_signature_1 time_signature_3
time_signature_4 time_signature_5 mood_energy_Energetic/Sad mood_energy_Happy/High_Energy
mood_energy_Sad/Low_Energy energy_category_Medium_Energy energy_category_High_Energy
tempo_category_Moderate tempo_category_Fast tempo_category_Very_Fast track_genre_encoded"""


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tracks")
    write_sample(folder, seed=7)
    return read_kaggle(folder / "dataset.csv")


def one(**values):
    base = {"duration_ms": 60_000, "valence": 0.5, "energy": 0.5, "tempo_bpm": 100.0}
    return add_derived(pd.DataFrame([base | values])).iloc[0]


@pytest.mark.parametrize(
    ("column", "value", "category"),
    [
        ("energy", 0.0, "Low Energy"),
        ("energy", 0.33, "Low Energy"),
        ("energy", math.nextafter(0.33, 1), "Medium Energy"),
        ("energy", 0.66, "Medium Energy"),
        ("energy", math.nextafter(0.66, 1), "High Energy"),
        ("energy", 1.0, "High Energy"),
        ("popularity", 0, "Low Popularity"),
        ("popularity", 33, "Low Popularity"),
        ("popularity", 34, "Medium Popularity"),
        ("popularity", 33.5, "Medium Popularity"),
        ("popularity", 66, "Medium Popularity"),
        ("popularity", 67, "High Popularity"),
        ("popularity", 100, "High Popularity"),
        ("tempo", 0.0, "Slow"),
        ("tempo", 90.0, "Slow"),
        ("tempo", math.nextafter(90, 300), "Moderate"),
        ("tempo", 120.0, "Moderate"),
        ("tempo", math.nextafter(120, 300), "Fast"),
        ("tempo", 150.0, "Fast"),
        ("tempo", math.nextafter(150, 300), "Very Fast"),
        ("tempo", 300.0, "Very Fast"),
    ],
)
def test_categories_at_their_edges(column, value, category):
    source = "tempo_bpm" if column == "tempo" else column
    assert one(**{source: value})[f"{column}_category"] == category


@pytest.mark.parametrize(
    ("valence", "energy", "expected"),
    [
        (0.5, 0.5, "Sad/Low Energy"),
        (math.nextafter(0.5, 1), 0.5, "Chill/Happy"),
        (0.5, math.nextafter(0.5, 1), "Energetic/Sad"),
        (0.6, 0.6, "Happy/High Energy"),
        (np.nan, 0.6, "Energetic/Sad"),
        (0.6, np.nan, "Chill/Happy"),
        (np.nan, np.nan, "Sad/Low Energy"),
        (1.7, -0.2, "Chill/Happy"),
    ],
)
def test_mood_at_its_edges_and_without_a_value(valence, energy, expected):
    assert mood(pd.Series([valence]), pd.Series([energy])).tolist() == [expected]


def test_a_missing_or_impossible_value_has_no_category():
    assert pd.isna(one(energy=np.nan)["energy_category"])
    assert pd.isna(one(tempo_bpm=301.0)["tempo_category"])
    assert "popularity_category" not in one()


def test_a_missing_column_is_named():
    with pytest.raises(DataError, match="tempo_bpm"):
        add_derived(pd.DataFrame({"duration_ms": [1], "valence": [0.1], "energy": [0.1]}))


def test_derived_columns_of_the_sample(sample):
    derived = add_derived(sample)
    assert derived["duration_min"].equals(sample["duration_ms"] / 60_000)
    for column, labels in CATEGORIES.items():
        assert set(derived[column]) <= set(labels)
    assert "duration_min" not in sample


def test_exactly_the_37_published_names(sample):
    assert [name.replace(" ", "_") for name in FEATURES_37] == THE_37.split()
    train, test = random_row_split(sample, seed=42)
    made = features_37().fit(train).transform(test)
    assert made.columns.tolist() == list(FEATURES_37)
    assert made.shape == (1200, 37)
    assert not made.isna().any(axis=None)
    table = made.assign(track_id=test["track_id"], popularity=test["popularity"])
    TABLES["features_37_test"].validate(table)


def test_features_equal_the_published_recipe_done_by_hand(sample):
    train, test = random_row_split(sample, seed=1)
    made = features_37().fit(train).transform(test)
    derived = add_derived(test)
    levels = {"mode": (0, 1), "time_signature": (0, 1, 3, 4, 5), **CATEGORIES}
    levels.pop("popularity_category")
    for column, values in levels.items():
        values = sorted(values) if column == "mood_energy" else values
        dummies = pd.get_dummies(pd.Categorical(derived[column], values), drop_first=True)
        for level in dummies:
            found = made[f"{column}_{level}"].to_numpy()
            assert (found == dummies[level].to_numpy()).all(), (column, level)
    code = {genre: k for k, genre in enumerate(sorted(set(train["track_genre"])))}
    sources = {
        "duration_ms": lambda t: t["duration_ms"],
        "duration_min": lambda t: t["duration_ms"] / 60_000,
        "loudness": lambda t: t["loudness_db"],
        "tempo": lambda t: t["tempo_bpm"],
        "key": lambda t: t["key"],
        "track_genre_encoded": lambda t: t["track_genre"].map(code),
    }
    for name, take in sources.items():
        of_train = take(train).astype(float)
        expected = (take(test) - of_train.mean()) / of_train.std(ddof=0)
        np.testing.assert_allclose(made[name], expected, atol=1e-9, err_msg=name)
    e, d, v = test["energy"], test["danceability"], test["valence"]
    products = {
        "energy_danceability": e * d,
        "valence_energy": v * e,
        "acousticness_energy": test["acousticness"] * e,
        "energy_squared": e * e,
        "danceability_squared": d * d,
        "valence_squared": v * v,
        "high_energy_happy": [float(x > 0.7 and y > 0.7) for x, y in zip(e, v, strict=True)],
        "low_energy_sad": [float(x < 0.3 and y < 0.3) for x, y in zip(e, v, strict=True)],
        "explicit": test["explicit"].astype(float),
    }
    unscaled = ("danceability", "energy", "speechiness", "acousticness", "instrumentalness")
    products |= {name: test[name] for name in (*unscaled, "liveness", "valence")}
    for name, expected in products.items():
        np.testing.assert_allclose(made[name], expected, atol=1e-15, err_msg=name)


@pytest.mark.parametrize(
    ("name", "source", "value", "expected"),
    [
        ("is_short_track", "duration_ms", 180_000, 0),
        ("is_short_track", "duration_ms", 179_999, 1),
        ("is_long_track", "duration_ms", 300_000, 0),
        ("is_long_track", "duration_ms", 300_001, 1),
    ],
)
def test_length_flags_at_their_edges(sample, name, source, value, expected):
    assert expand(sample.head(1).assign(**{source: value}))[name].tolist() == [expected]


def test_an_unknown_genre_or_time_signature_does_not_stop_it(sample):
    train, test = random_row_split(sample, seed=2)
    test = test.head(3).assign(track_genre="polka", time_signature=2)
    made = features_37().fit(train).transform(test)
    assert not made.isna().any(axis=None)
    assert made["track_genre_encoded"].lt(made["track_genre_encoded"].max() + 1).all()
    assert made.filter(like="time_signature_").eq(0).all(axis=None)


@given(st.data())
@settings(max_examples=15, deadline=None)
def test_what_is_fitted_never_depends_on_test_rows(sample, data):
    rows = sample.sample(80, random_state=data.draw(st.integers(0, 99)))
    train, test = rows.iloc[:60], rows.iloc[60:].copy()
    probe = rows.iloc[30:45]
    before = features_37().fit(train).transform(probe)
    n = len(test)
    floats = st.lists(st.floats(0, 1), min_size=n, max_size=n)
    test["energy"] = data.draw(floats)
    test["tempo_bpm"] = [300 * x for x in data.draw(floats)]
    test["duration_ms"] = data.draw(st.lists(st.integers(1, 10**7), min_size=n, max_size=n))
    test["track_genre"] = data.draw(st.sampled_from(["aaa", "zzz", "pop"]))
    changed = pd.concat([train, test])
    fitted = features_37().fit(changed.iloc[:60])
    pd.testing.assert_frame_equal(fitted.transform(probe), before)
    # And a row's features do not depend on the rows beside it.
    pd.testing.assert_frame_equal(
        fitted.transform(test).iloc[[0]], fitted.transform(test.iloc[[0]])
    )


def test_the_transformer_can_be_cloned_and_pickled(sample):
    train, test = random_row_split(sample, seed=3)
    model = make_pipeline(clone(features_37()), LinearRegression())
    model.fit(train, train["popularity"])
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(test), model.predict(test))


def test_feature_info_describes_each_feature():
    info = feature_info(pd.DataFrame({"a": [1.0, np.nan, 3.0], "b": [1, 1, 1]}))
    assert info["feature"].tolist() == ["a", "b"]
    assert info["missing"].tolist() == [1, 0]
    assert info["unique"].tolist() == [2, 1]
    assert info["mean"].tolist() == [2, 1]
    assert info["sd"].tolist() == [pytest.approx(2**0.5), 0]


def test_multihot_learns_training_genres_only():
    train = pd.Series([["rock", "pop"], ["jazz"]])
    coder = genre_multihot().fit(train)
    assert coder.get_feature_names_out().tolist() == ["jazz", "pop", "rock"]
    coded = coder.transform(pd.Series([["polka"], ["rock", "polka", "jazz"], np.array(["pop"])]))
    assert coded.toarray().tolist() == [[0, 0, 0], [1, 0, 1], [0, 1, 0]]
    again = pickle.loads(pickle.dumps(clone(coder).fit(train)))
    assert (again.transform(train) != coder.transform(train)).nnz == 0


genre_lists = st.lists(
    st.lists(st.sampled_from(["pop", "r-n-b", "J Pop", "rock"]), min_size=1, max_size=5),
    min_size=1,
    max_size=8,
)


@given(genre_lists, genre_lists)
@settings(max_examples=50, deadline=None)
def test_multihot_equals_a_slow_reference(train, test):
    coder = genre_multihot().fit(pd.Series(train))
    known = sorted({genre for genres in train for genre in genres})
    expected = [[float(genre in genres) for genre in known] for genres in test]
    assert coder.get_feature_names_out().tolist() == known
    assert coder.transform(pd.Series(test)).toarray().tolist() == expected


def test_one_row_a_track_id_equals_a_slow_reference(sample):
    unique = tracks_by_id(sample)
    assert unique["track_id"].tolist() == list(dict.fromkeys(sample["track_id"]))
    assert not {"row", "track_genre"} & set(unique)
    popularity, genres = {}, {}
    for row in sample.itertuples():
        popularity.setdefault(row.track_id, []).append(row.popularity)
        genres.setdefault(row.track_id, set()).add(row.track_genre)
    for row in unique.itertuples():
        assert row.popularity == pytest.approx(
            sum(popularity[row.track_id]) / len(popularity[row.track_id])
        )
        assert row.genres == sorted(genres[row.track_id])
    first = sample.drop_duplicates("track_id")["tempo_bpm"].tolist()
    assert unique["tempo_bpm"].tolist() == first


def texts_of(figure):
    figure.draw_without_rendering()
    return {text.get_text() for axis in figure.axes for text in axis.texts}


def test_figures_show_the_numbers_they_are_given(sample):
    table = macro_table(sample["track_genre"])
    figure = plots.macro_maps(table)
    counts = pd.crosstab(table["total"], table["published"]).to_numpy()
    assert texts_of(figure) == {str(count) for count in counts[counts > 0]}
    ticks = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert f"Country ({(table['total'] == 'Country').sum()})" in ticks
    counts = pd.DataFrame({"genres": [1, 1, 2, 4], "macro-genres": [1, 1, 1, 2]})
    heights = [bar.get_height() for bar in plots.genres_per_track(counts).axes[0].patches]
    assert np.nan_to_num(heights).tolist() == [0.5, 0.25, 0, 0.25, 0.75, 0.25, 0, 0]
    given = pd.DataFrame(
        {"split": ["a", "b"], "cut": [0.37, 0.0], "r2": [0.5, 0.0], "low": [0.4, -0.01]}
    ).assign(high=[0.6, 0.01])
    assert texts_of(plots.what_a_split_gives_away(given)) == {"37.0 %", "0.0 %"}
