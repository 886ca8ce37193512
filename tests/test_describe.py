"""Description of a catalogue against slow, obvious computations."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.errors import ParameterError
from lib.tracks import associate, describe, means
from lib.tracks.features import CATEGORIES, tracks_by_id

patient = settings(deadline=None)  # a busy machine is no failure
NUMBERS = st.lists(st.integers(0, 12), min_size=1, max_size=60)


def made(rows=400, seed=3):
    """Rows of a catalogue: some artists with a level of their own, some ids on two rows."""
    draw = np.random.default_rng(seed)
    artist = draw.integers(0, 40, rows)
    level = draw.normal(40, 12, 40)[artist]
    table = pd.DataFrame(
        {
            "track_id": [f"id{number}" for number in range(rows)],
            "artists": [f"artist {number};guest" for number in artist],
            "album_name": "album",
            "track_name": "name",
            "popularity": np.clip(level + draw.normal(0, 10, rows), 0, 100).round().astype(int),
            "duration_ms": draw.integers(30_000, 900_000, rows),
            "explicit": draw.random(rows) < 0.2,
            "energy": draw.random(rows),
            "valence": draw.random(rows),
            "tempo_bpm": draw.uniform(0, 220, rows),
            "time_signature": draw.choice([0, 3, 4], rows),
            "track_genre": draw.choice(list("abc"), rows),
        }
    )
    copies = table.head(30).assign(track_genre="d")
    table = pd.concat([table, copies, copies.head(5)], ignore_index=True)
    return describe.add_groups(table)


@pytest.fixture(scope="module")
def rows():
    return made()


def test_overview_counts_by_hand():
    rows = pd.DataFrame(
        {
            "row": range(5),
            "track_id": list("aabcc"),
            "artists": ["x;y", "x;y", None, "z", "z"],
            "album_name": ["m", "m", None, "n", "n"],
            "track_name": ["s", "s", None, "t", "t"],
            "popularity": [0, 0, 0, 5, 6],
            "explicit": [True, True, False, False, False],
            "tempo_bpm": [0.0, 0.0, 90.0, 90.0, 90.0],
            "time_signature": [4, 4, 4, 0, 4],
            "track_genre": ["g", "g", "g", "h", "h"],
        }
    )
    found = describe.overview(rows).set_index("what")
    expected = {
        "rows": 5,
        "track ids": 3,
        "ids on several rows": 2,
        "ids with more than one popularity": 1,
        "rows equal to an earlier row": 1,
        "genres": 2,
        "artist credits as written": 2,
        "album names": 2,
        "track names": 2,
        "rows without artist, album or name": 1,
        "rows with several artists": 2,
        "explicit rows": 2,
        "rows with popularity 0": 3,
        "ids with popularity 0 throughout": 2,
        "rows with tempo 0": 2,
        "rows with time signature 0": 1,
    }
    assert found["count"].to_dict() == expected
    assert found.loc["ids with popularity 0 throughout", "share"] == pytest.approx(2 / 3)
    assert found.loc["rows with popularity 0", "share"] == pytest.approx(3 / 5)


def test_column_summary_counts_missing_and_zeros(rows):
    rows = rows.assign(artists=rows["artists"].where(rows.index != 3))
    found = describe.column_summary(rows).set_index("column")
    assert found.loc["artists", "missing"] == 1
    assert found.loc["time_signature", "zeros"] == (rows["time_signature"] == 0).sum()
    assert found.loc["energy", "median"] == pytest.approx(rows["energy"].median())
    assert found.loc["tempo_bpm", "unit"] == "beats a minute"
    assert np.isnan(found.loc["track_id", "low"])


def test_groups_are_ordered_and_leave_missing_artists_missing():
    rows = made(50).drop(columns=["first_artist", "credited_artists", "lyrics"])
    rows.loc[0, "artists"] = None
    rows.loc[1, "artists"] = "Ada;Bo;Cy"
    grouped = describe.add_groups(rows)
    assert grouped["credited_artists"].isna()[0]
    assert grouped["first_artist"].isna()[0]
    assert grouped.loc[1, ["first_artist", "credited_artists"]].tolist() == ["Ada", 3]
    for name, labels in CATEGORIES.items():
        assert grouped[name].cat.categories.tolist() == list(labels)
    assert ((grouped["lyrics"] == "explicit") == rows["explicit"]).all()


@patient
@given(NUMBERS)
def test_shares_add_up(values):
    table = describe.shares(pd.Series(values).astype(str))
    assert table["tracks"].sum() == len(values)
    assert table["share"].sum() == pytest.approx(1)
    assert table["tracks"].is_monotonic_decreasing


def test_shares_keep_the_order_of_ordered_categories():
    values = pd.Series(pd.Categorical(["b", "b", "c"], ["c", "b", "a"], ordered=True))
    assert describe.shares(values)["category"].tolist() == ["c", "b", "a"]
    assert describe.shares(values)["tracks"].tolist() == [1, 2, 0]


def test_within_takes_both_ends_and_all_ranges():
    tracks = pd.DataFrame({"energy": [0.79, 0.8, 1.0, None], "valence": [1, 1, 0.2, 1]})
    assert describe.within(tracks, energy=(0.8, 1)).index.tolist() == [1, 2]
    assert describe.within(tracks, energy=(0.8, 1), valence=(0.5, 1)).index.tolist() == [1]
    assert describe.within(tracks).equals(tracks)
    with pytest.raises(ParameterError, match="enrgy: unknown column"):
        describe.within(tracks, enrgy=(0, 1))
    with pytest.raises(ParameterError, match="energy: expected a low end"):
        describe.within(tracks, energy=(0.9, 0.1))


DATA = os.environ.get("WORKBOOK_DATA", "")


@pytest.mark.skipif(
    not (Path(DATA) / "tracks" / "dataset.csv").is_file() or not DATA, reason="no real file"
)
def test_known_facts_of_the_published_file():
    from lib.tracks.read import read_kaggle

    rows = describe.add_groups(read_kaggle(Path(DATA) / "tracks" / "dataset.csv"))
    unique = describe.add_groups(tracks_by_id(rows))
    counts = describe.overview(rows).set_index("what")["count"]
    known = {
        "rows": 114_000,
        "track ids": 89_741,
        "ids on several rows": 16_641,
        "ids with more than one popularity": 720,
        "rows equal to an earlier row": 450,
        "genres": 114,
        "rows without artist, album or name": 1,
        "rows with popularity 0": 16_020,
        "rows with tempo 0": 157,
        "rows with time signature 0": 163,
        "explicit rows": 9_747,
    }
    assert counts[list(known)].to_dict() == known
    assert rows["track_id"].value_counts().max() == 9
    moods = describe.shares(rows["mood_energy"])["tracks"]
    assert moods.tolist() == [43_249, 38_810, 8_766, 23_175]
    table = associate.spearman_table(rows, describe.NUMERIC_15, replicates=50).set_index("column")
    assert table.index[table["practical"]].tolist() == ["instrumentalness", "speechiness"]
    assert table.loc["instrumentalness", "rho"] == pytest.approx(-0.078, abs=5e-4)
    assert table.loc["speechiness", "rho"] == pytest.approx(-0.068, abs=5e-4)
    by = means.mean_by(rows, "lyrics").set_index("lyrics")["mean"]
    assert by.round(1).to_dict() == {"not explicit": 32.9, "explicit": 36.5}
    assert associate.eta_squared(rows, "track_genre", replicates=50)[0] == pytest.approx(
        0.254, abs=5e-4
    )
    assert len(unique) == 89_741
    assert means.binned_curve(unique, "instrumentalness")["tracks"].max() > 29_000
