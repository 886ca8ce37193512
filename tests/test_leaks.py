import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import StandardScaler

from lib.errors import WorkbookError
from lib.evaluation.leaks import (
    COLUMNS,
    LeakError,
    find_foreign_columns,
    find_foreign_fit,
    find_shared_keys,
    find_target_copies,
    require_clean,
)
from lib.modelling.splits import group_folds, random_folds
from lib.tracks.columns import AUDIO_9

KEYS = {
    "track id": ["track_id"],
    "audio vector": list(AUDIO_9),
    "recording": ["recording_id"],
    "first artist": ["first_artist"],
}


@pytest.fixture(scope="module")
def tracks():
    """600 ids; 100 of them are a second release of a recording; 150 artists, 50 with one id."""
    rng = np.random.default_rng(3)
    n = 600
    frame = pd.DataFrame({name: rng.random(n) for name in AUDIO_9})
    frame["track_id"] = [f"id{i}" for i in range(n)]
    frame["recording_id"] = np.arange(n)
    frame["first_artist"] = [f"a{i if i < 50 else 50 + i % 100}" for i in range(n)]
    copied = np.arange(500, 600)
    source = copied - 400
    for name in (*AUDIO_9, "recording_id"):
        frame.loc[copied, name] = frame.loc[source, name].to_numpy()
    frame["popularity"] = np.round(rng.normal(40, 15, n))
    return frame


def split(frame, fold):
    return frame[fold != 0], frame[fold == 0]


def test_clean_folds_trip_nothing(tracks):
    fold = group_folds(tracks["first_artist"], 5, seed=0)
    assert (tracks.groupby("recording_id")["first_artist"].nunique().max()) == 1
    found = find_shared_keys(*split(tracks, fold), KEYS)
    assert found.empty
    assert list(found.columns) == list(COLUMNS)
    require_clean(found, "split first_artist, fold 0")


def test_random_folds_of_ids_trip_recordings_audio_and_artists(tracks):
    train, test = split(tracks, random_folds(len(tracks), 5, seed=0))
    found = find_shared_keys(train, test, KEYS).set_index("where")
    assert set(found.index) == {"audio vector", "recording", "first artist"}
    for name, column in (("recording", "recording_id"), ("first artist", "first_artist")):
        expected = test[column].isin(train[column]).sum()
        assert found.loc[name, "rows"] == expected
        assert found.loc[name, "share"] == pytest.approx(expected / len(test))
    assert found.loc["audio vector", "rows"] == found.loc["recording", "rows"]


def test_a_single_planted_twin_is_named(tracks):
    fold = group_folds(tracks["first_artist"], 5, seed=0)
    train, test = split(tracks, fold)
    planted = pd.concat([train, test.iloc[[7]]])
    found = find_shared_keys(planted, test, {"track id": ["track_id"]})
    with pytest.raises(LeakError) as error:
        require_clean(found, "split first_artist, fold 0")
    assert isinstance(error.value, WorkbookError)
    for word in ("split first_artist, fold 0", "track id", "1 rows", test["track_id"].iloc[7]):
        assert word in str(error.value)


def test_missing_keys_are_not_shared():
    train = pd.DataFrame({"a": ["x", None], "b": [1.0, np.nan]})
    test = pd.DataFrame({"a": [None, "y"], "b": [np.nan, 1.0]})
    assert find_shared_keys(train, test, {"a": ["a"], "a and b": ["a", "b"]}).empty


def test_artist_mean_over_all_rows_is_caught_and_fair_features_are_not(tracks):
    target, artist = tracks["popularity"], tracks["first_artist"]
    by_artist = target.groupby(artist)
    count = by_artist.transform("size")
    features = tracks[list(AUDIO_9)].assign(
        artist_mean=by_artist.transform("mean"),
        shrunk=(by_artist.transform("sum") + 5 * target.mean()) / (count + 5),
        other_tracks=(by_artist.transform("sum") - target) / (count - 1).where(count > 1),
        from_other_rows=artist.map(target[::2].groupby(artist[::2]).mean()).fillna(0)[::-1],
    )
    found = find_target_copies(features, target, artist)
    assert set(found["where"]) == {"artist_mean", "shrunk"}
    assert (found["rows"] == 50).all()  # the artists with one id
    with pytest.raises(LeakError, match=r"shrunk.*first_artist has one row"):
        require_clean(found, "features")


def test_hidden_target_is_caught(tracks):
    target = tracks["popularity"]
    noise = np.random.default_rng(0).normal(0, 1, len(target))
    features = tracks[list(AUDIO_9)].assign(
        log_popularity=np.log1p(target.clip(lower=0)), turned=-3 * target, noisy=target + noise
    )
    found = find_target_copies(features, target)
    assert set(found["where"]) == {"log_popularity", "turned", "noisy"}
    assert (found["rows"] == len(target)).all()


def test_constant_features_and_few_singletons_trip_nothing(tracks):
    features = tracks[["energy"]].assign(constant=1.0, missing=np.nan)
    assert find_target_copies(features, tracks["popularity"], tracks["first_artist"]).empty
    pair = tracks.head(2)
    assert find_target_copies(pair[["energy"]], pair["popularity"], pair["first_artist"]).empty


def test_scaler_fitted_on_all_rows_is_caught(tracks):
    train, test = split(tracks, random_folds(len(tracks), 5, seed=0))
    columns = list(AUDIO_9)
    honest = StandardScaler().fit(train[columns])
    peeking = StandardScaler().fit(tracks[columns])
    assert find_foreign_fit(honest, train[columns], test[columns]).empty
    found = find_foreign_fit(peeking, train[columns], test[columns])
    assert found["where"].tolist() == ["StandardScaler"]
    assert found["rows"].tolist() == [len(test)]
    with pytest.raises(LeakError, match="StandardScaler: fitted on other rows"):
        require_clean(found, "scaler")


def test_genre_columns_of_test_rows_are_caught():
    train, test = pd.Series([["pop"], ["jazz"]]), pd.Series([["pop", "polka"]])
    coder = CountVectorizer(analyzer=list, binary=True)
    assert find_foreign_fit(coder.fit(train), train, test).empty
    found = find_foreign_fit(coder.fit(pd.concat([train, test])), train, test)
    assert found["examples"].tolist() == ["3, 2"]


def test_columns_made_over_both_sides_are_caught_and_row_by_row_ones_are_not(tracks):
    def make(table):
        artist = table["first_artist"]
        return table.assign(
            mean=table.groupby(artist)["popularity"].transform("mean"),
            code=artist.astype("category").cat.codes,
            loud=table["loudness_db"] * table["energy"],
            initial=artist.str[0].where(table["energy"] > 0.5),
        )

    train, test = split(tracks, random_folds(len(tracks), 5, seed=0))
    found = find_foreign_columns(make, train, test).set_index("where")
    assert set(found.index) == {"mean", "code"}
    expected = make(tracks).loc[train.index, "mean"].sub(make(train)["mean"]).abs().gt(1e-9)
    assert found.loc["mean", "rows"] == expected.sum()
    with pytest.raises(LeakError, match="mean: made with other rows than training"):
        require_clean(found.reset_index(), "features")
    # Groups that stay whole share nothing, whatever is averaged over them.
    train, test = split(tracks, group_folds(tracks["first_artist"], 5, seed=0))
    assert set(find_foreign_columns(make, train, test)["where"]) == {"code"}


def test_a_mean_over_test_targets_is_caught_where_artists_are_kept_whole(tracks):
    train, test = split(tracks, group_folds(tracks["first_artist"], 5, seed=0))

    def make(table):
        by_artist = table.groupby("first_artist")["popularity"]
        others = by_artist.transform("sum") - table["popularity"]
        return table.assign(
            mean=by_artist.transform("mean"),
            others=others / by_artist.transform("size").sub(1).clip(lower=1),
            loud=table["loudness_db"] > -10,
        )

    # Training rows come out the same with and without test rows: only their targets tell.
    assert find_foreign_columns(make, train, test).empty
    found = find_foreign_columns(make, train, test, "popularity").set_index("where")
    assert set(found.index) == {"mean", "others"}
    assert set(found["leak"]) == {"made with the target of test rows"}
