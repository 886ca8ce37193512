"""Rankings of artists against planted levels."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lib.errors import ParameterError
from lib.tracks import artists, means
from lib.tracks.features import tracks_by_id


def made(rows=400, seed=3):
    """Tracks of 40 artists."""
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "track_id": [f"id{number}" for number in range(rows)],
            "first_artist": [f"artist {number}" for number in draw.integers(0, 40, rows)],
            "popularity": draw.integers(0, 101, rows),
            "track_genre": draw.choice(list("abc"), rows),
        }
    )


def test_ranking_needs_the_minimum_and_counts_ids_once():
    tracks = made()
    copies = tracks.head(50).assign(track_genre="d")
    unique = tracks_by_id(pd.concat([tracks, copies]))
    ranked = artists.rank_artists(unique, min_tracks=8)
    assert ranked["mean"].is_monotonic_decreasing
    counts = tracks["first_artist"].value_counts()
    assert ranked.set_index("first_artist")["tracks"].to_dict() == counts[counts >= 8].to_dict()
    part = tracks.loc[tracks["first_artist"] == ranked["first_artist"][0], "popularity"]
    reach = stats.sem(part) * stats.t.ppf(0.975, len(part) - 1)
    assert ranked.loc[0, ["low", "high"]].tolist() == pytest.approx(
        [part.mean() - reach, part.mean() + reach]
    )
    with pytest.raises(ParameterError, match="found 1000"):
        artists.rank_artists(unique, min_tracks=1000)


def test_shrinkage_pulls_few_tracks_further_and_finds_the_planted_levels():
    draw = np.random.default_rng(11)
    artist = np.repeat(np.arange(400), draw.integers(1, 8, 400))
    level = draw.normal(40, 8, 400)
    values = level[artist] + draw.normal(0, 15, len(artist))
    ranked = artists.rank_artists(pd.DataFrame({"first_artist": artist, "popularity": values}), 1)
    truth = level[ranked["first_artist"]]
    raw = ((ranked["mean"] - truth) ** 2).mean()
    shrunken = ((ranked["shrunken"] - truth) ** 2).mean()
    assert shrunken < 0.6 * raw
    pulled = 1 - (ranked["shrunken"] - 40) / (ranked["mean"] - 40)
    assert pulled[ranked["tracks"] == 1].median() > pulled[ranked["tracks"] == 7].median()
    # b / (b + w) with b = 64 and w = 225
    assert pulled[ranked["tracks"] == 1].median() == pytest.approx(1 - 64 / 289, abs=0.1)


def test_shrinkage_without_anything_to_learn_from():
    single = pd.DataFrame({"first_artist": list("abc"), "popularity": [1, 2, 3]})
    assert artists.rank_artists(single, 1)["shrunken"].tolist() == [3, 2, 1]
    alike = pd.DataFrame({"first_artist": list("aabb"), "popularity": [0, 10, 0, 10]})
    assert artists.rank_artists(alike, 1)["shrunken"].tolist() == [5, 5]


def test_second_look_shows_the_winners_curse():
    draw = np.random.default_rng(4)
    tracks = pd.DataFrame(
        {"first_artist": np.repeat(np.arange(200), 6), "popularity": draw.normal(50, 10, 1200)}
    )
    found = artists.second_look(tracks, min_tracks=3, seed=1)
    assert found["artists"] == 20
    assert found["first"] > 56
    assert found["second"] == pytest.approx(50, abs=3)
    assert abs(found["shrunken"] - found["second"]) < abs(found["first"] - found["second"])
    assert 0 < found["low"] < found["drop"] < found["high"]
    with pytest.raises(ParameterError, match="some artist has twice over, found 4"):
        artists.second_look(tracks, min_tracks=4)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 4), st.integers(0, 1000))
def test_row_order_changes_nothing(min_tracks, seed):
    rows = made(60)
    other = rows.sample(frac=1, random_state=seed)
    first = artists.rank_artists(rows, min_tracks)
    pd.testing.assert_frame_equal(first, artists.rank_artists(other, min_tracks))
    pd.testing.assert_frame_equal(
        means.mean_by(rows, "track_genre"), means.mean_by(other, "track_genre")
    )
