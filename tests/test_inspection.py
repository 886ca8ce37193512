"""The leak detector's one call: planted leaks of each kind trip it, clean splits do not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import KFold
from sklearn.preprocessing import OrdinalEncoder, StandardScaler, TargetEncoder

from lib.errors import DataError
from lib.evaluation.inspection import LOOKUPS, find_lookup_scores, inspect_split
from lib.evaluation.leaks import COLUMNS, LeakError, require_clean
from lib.modelling.splits import group_folds
from lib.tracks.columns import AUDIO_9

FEATURES = (*AUDIO_9, "key", "track_genre")


@pytest.fixture(scope="module")
def tracks():
    """3,000 ids of 600 artists; ten genres with a level each; every artist has own albums."""
    rng = np.random.default_rng(1)
    n = 3000
    frame = pd.DataFrame({name: rng.random(n) for name in AUDIO_9})
    artist = rng.integers(600, size=n)
    genre = rng.integers(10, size=n)
    return frame.assign(
        track_id=[f"id{i}" for i in range(n)],
        track_name=[f"song {i}" for i in range(n)],
        artists=[f"artist {a}" for a in artist],
        first_artist=[f"artist {a}" for a in artist],
        album_name=[f"album {a} {rng.integers(3)}" for a in artist],
        key=rng.integers(12, size=n),
        track_genre=[f"genre {g}" for g in genre],
        genres=[[f"genre {g}"] for g in genre],
        popularity=20 + 4.0 * genre + rng.normal(0, 12, n),
    )


@pytest.fixture(scope="module")
def sides(tracks):
    fold = group_folds(tracks["first_artist"], 5, seed=0)
    return tracks[fold != 0], tracks[fold == 0]


def test_clean_split_by_artist_is_quiet(sides):
    texts = ("album_name", "track_name", "genres", "first_artist")
    result = inspect_split(*sides, (*FEATURES, *texts), groups="first_artist")
    assert result.findings.empty
    assert list(result.findings.columns) == list(COLUMNS)
    assert list(result.lookups.columns) == list(LOOKUPS)
    require_clean(result.findings, "split first_artist")
    # The genre predicts well, and is a category, not a memory.
    genre = result.lookups.set_index("key").loc["track_genre"]
    assert genre["r2_known"] > 0.3
    assert not genre["suspicious"]


@pytest.mark.parametrize(
    ("kept", "where"),
    [
        (["track_id"], "track id"),
        (list(AUDIO_9), "audio vector"),
        (["track_name", "artists"], "title and first artist"),
    ],
)
def test_one_planted_twin_of_each_kind_is_named(sides, kept, where):
    train, test = sides
    twin = train.iloc[[5]].copy()
    twin[kept] = test.iloc[[7]][kept].to_numpy()
    if "track_name" in kept:
        # Another case, a guest and a remaster do not hide it.
        twin["track_name"] = twin["track_name"].str.upper() + " - Remastered 2011"
        twin["artists"] = twin["artists"] + ";Guest"
    found = inspect_split(pd.concat([train, twin]), test, FEATURES).findings
    assert found["where"].tolist() == [where]
    assert found["rows"].tolist() == [1]
    with pytest.raises(LeakError, match=where):
        require_clean(found, "split")


def test_target_in_a_feature_is_named(sides):
    both = pd.concat(sides)
    both["level"] = both.groupby("album_name")["popularity"].transform("mean")
    both["hidden"] = both["popularity"] * 2 + 1
    train, test = both[: len(sides[0])], both[len(sides[0]) :]
    found = inspect_split(train, test, ("level", "hidden"), groups="album_name").findings
    assert set(found["where"]) == {"level", "hidden"}


@pytest.mark.parametrize(
    "encoder",
    [
        StandardScaler(),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
        TargetEncoder(target_type="continuous", cv=KFold(2)),
    ],
    ids=lambda encoder: type(encoder).__name__,
)
def test_encoder_that_saw_test_rows_is_named(sides, encoder):
    columns = list(AUDIO_9) if isinstance(encoder, StandardScaler) else ["first_artist"]
    make = ColumnTransformer([("part", encoder, columns)])
    train, test = sides
    both = pd.concat(sides)
    honest = clone(make).fit(train, train["popularity"])
    peeking = clone(make).fit(both, both["popularity"])
    assert inspect_split(train, test, AUDIO_9, fitted=[honest]).findings.empty
    found = inspect_split(train, test, AUDIO_9, fitted=[honest, peeking]).findings
    assert found["where"].tolist() == ["ColumnTransformer"]
    with pytest.raises(LeakError, match="fitted on other rows"):
        require_clean(found, "encoder")


def test_albums_shared_by_several_artists_are_named_without_being_told(sides):
    train, test = (side.copy() for side in sides)
    rng = np.random.default_rng(2)
    for side, rows in ((train, 300), (test, 120)):
        on = rng.choice(len(side), rows, replace=False)
        number = np.arange(rows) % 40
        side.iloc[on, side.columns.get_loc("album_name")] = [f"Hits {i}" for i in number]
        side.iloc[on, side.columns.get_loc("popularity")] = (number % 5) * 10.0
    features = (*FEATURES, "album_name", "track_name")
    result = inspect_split(train, test, features, groups="first_artist")
    assert result.findings["where"].tolist() == ["album_name"]
    assert result.findings["rows"].tolist() == [120]
    assert "Hits" in result.findings["examples"].iloc[0]
    with pytest.raises(LeakError, match="album_name"):
        require_clean(result.findings, "split first_artist")
    # A question may allow it; it is scored all the same.
    allowed = inspect_split(train, test, features, allowed=("album_name",))
    assert allowed.findings.empty
    assert allowed.lookups["suspicious"].sum() == 1


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_look_up_scores_equal_a_loop_over_rows(seed):
    rng = np.random.default_rng(seed)
    train, test = (
        pd.DataFrame(
            {
                "a": rng.integers(8, size=n),
                "b": rng.choice(["x", "y"], n),
                "popularity": rng.integers(0, 100, n),
            }
        )
        for n in (12, 9)
    )
    found = find_lookup_scores(train, test, "popularity", {"a and b": ["a", "b"]}).iloc[0]
    known, guesses = [], []
    for row in test.itertuples():
        seen = [x.popularity for x in train.itertuples() if (x.a, x.b) == (row.a, row.b)]
        known.append(bool(seen))
        guesses.append(np.mean(seen) if seen else train["popularity"].mean())
    truth, known, guesses = test["popularity"].to_numpy(), np.array(known), np.array(guesses)

    def score(rows):
        spread = ((truth[rows] - truth[rows].mean()) ** 2).sum()
        return 1 - ((truth[rows] - guesses[rows]) ** 2).sum() / spread if spread else np.nan

    assert found["rows"] == known.sum()
    assert found["share"] == pytest.approx(known.mean())
    assert found["r2_all"] == pytest.approx(score(np.ones(9, dtype=bool)), nan_ok=True)
    if known.any():
        assert found["r2_known"] == pytest.approx(score(known), nan_ok=True)
        assert 0 < found["luck"] <= 1
    assert not found["suspicious"]  # too few rows to believe it


def test_a_key_of_noise_is_not_suspicious():
    rng = np.random.default_rng(0)
    for _ in range(20):
        frame = pd.DataFrame(
            {"key": rng.integers(60, size=600), "popularity": rng.normal(40, 20, 600)}
        )
        assert not find_lookup_scores(frame[:450], frame[450:], "popularity", ["key"])[
            "suspicious"
        ].any()


def test_an_absent_column_is_named(sides):
    with pytest.raises(DataError, match=r"without: tempo"):
        inspect_split(*sides, ("energy", "tempo"))


@pytest.mark.parametrize("written", ["text", "bands", "codes"])
def test_the_target_in_other_words_is_named(tracks, written):
    whole = tracks["popularity"].clip(0, 100).round().astype(int)
    codes = np.random.default_rng(0).permutation(101)
    made = {
        "text": whole.astype(str),
        "bands": pd.cut(whole, range(-1, 110, 10)).astype(str),
        "codes": pd.Series(codes[whole], tracks.index),
    }
    fold = group_folds(tracks["first_artist"], 5, seed=0)
    frame = tracks.assign(popularity=whole, hidden=made[written])
    found = inspect_split(frame[fold != 0], frame[fold == 0], ["key", "track_genre", "hidden"])
    assert "hidden" in set(found.findings["where"])
    assert not {"key", "track_genre"} & set(found.findings["where"])
