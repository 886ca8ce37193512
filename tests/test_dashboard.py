"""The dashboard: what filters leave, beside slow ways to the same numbers; bad input; the API."""

from __future__ import annotations

import contextlib
import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from hypothesis import given, settings
from hypothesis import strategies as st
from page_data import IMAGE, dated_rows, pages, released, sounds
from predict_data import named_rows, small

from lib.apps.dashboard.html import dashboard_html, heat_html
from lib.apps.dashboard.numbers import FEATURES, distribution, top
from lib.apps.dashboard.picked import Picked, Picker, genre_names
from lib.apps.dashboard.state import FEW, NO_ROWS, Dashboard
from lib.apps.dashboard.tables import NO_RELEASED, NO_SOUNDS, Released, released_of, sounds_of
from lib.apps.page.tab_dashboard import look
from lib.apps.predict.track_search import TrackSearch
from lib.errors import DataError, ParameterError
from lib.pipeline import places
from lib.pipeline.stages import stage
from lib.tracks import by_year, generate_by_year, year_trends
from lib.tracks.means import mean_by
from lib.tracks.search_families import search_family
from lib.tracks.texts import fold
from lib.tracks.year_tracks import YEAR_TRACKS, list_tracks, no_tracks

NOTHING = Picked()
FAMILY = {"pop": "Pop", "hip-hop": "Hip-Hop/Rap", "acid jazz": "Jazz/Blues"}
FAMILY |= {"rock": "Rock", "jazz": "Jazz/Blues"}
WORDS = ("", "singer", "singer 1", "BEYONCE", "img src", "nobody")


@pytest.fixture(scope="module")
def catalogue():
    return TrackSearch(named_rows(small())).table


@pytest.fixture(scope="module")
def board(catalogue):
    return Dashboard(catalogue, released(), sounds(catalogue))


def picks():
    year = st.none() | st.integers(1985, 2025)
    genres = st.lists(st.sampled_from(["pop", "hip hop", "acid jazz", "rock", "jazz"]), max_size=3)
    families = st.lists(st.sampled_from(["Pop", "Rock", "Jazz/Blues"]), max_size=2)
    made = st.builds(
        Picked, year, year, families.map(tuple), genres.map(tuple), st.sampled_from(WORDS)
    )
    return made.filter(lambda one: None in (one.first, one.last) or one.first <= one.last)


def fits(row, picked: Picked) -> bool:
    """Whether one row is left, told the slow way."""
    year = getattr(row, "year", None)
    if year is not None and not (picked.first or 0) <= year <= (picked.last or 9999):
        return False
    if not all(word in fold(row.first_artist) for word in fold(picked.artist).split()):
        return False
    genres = row.genres if isinstance(row.genres, list) else [row.genres]
    return any(
        (not picked.genres or genre.replace("-", " ") in picked.genres)
        and (not picked.families or FAMILY[genre] in picked.families)
        for genre in genres
    )


def left_slowly(table, picked):
    return np.array([fits(row, picked) for row in table.itertuples()])


# --- the table that 24_trends_by_year leaves for this page


def test_tracks_are_listed_once_with_all_their_genres():
    rows = dated_rows(60)
    table = YEAR_TRACKS.validate(list_tracks(rows))
    assert table["track_id"].tolist() == list(dict.fromkeys(rows["track_id"]))
    for row in table.itertuples():
        own = rows[rows["track_id"] == row.track_id]
        assert row.genres == sorted(own["track_genre"])
        assert (row.year, row.energy) == (own["release_year"].iloc[0], own["energy"].iloc[0])
        assert row.album == f"{own['album_name'].iloc[0]} – {row.first_artist}"
    without = YEAR_TRACKS.validate(list_tracks(rows.drop(columns="explicit")))
    assert without["explicit"].isna().all()


def test_a_file_without_rows_leaves_the_same_columns(tmp_path):
    YEAR_TRACKS.validate(no_tracks()).to_parquet(tmp_path / "none.parquet")
    again = pd.read_parquet(tmp_path / "none.parquet")
    assert len(again) == 0 and again.dtypes.equals(list_tracks(dated_rows(9)).dtypes)


def test_listed_tracks_are_those_of_the_cells():
    dated = by_year.load(places.SAMPLE / "tracks" / generate_by_year.FILE)
    table = YEAR_TRACKS.validate(dated.listed)
    assert len(table) == len(dated.tracks) == pytest.approx(dated.cells["tracks"].sum())
    assert set(table["artist_id"]) == set(dated.cells["artist_id"])
    years = dated.cells.groupby("year")[["tracks", "energy", "popularity"]].sum()
    own = table.groupby("year")[["energy", "popularity"]].sum()
    assert np.allclose(years[["energy", "popularity"]], own)
    assert np.allclose(years["tracks"], table.groupby("year").size())


def test_saved_tables_are_read_again_or_their_absence_told(tmp_path):
    assert released_of(tmp_path).startswith(NO_RELEASED)
    assert sounds_of(tmp_path).startswith(NO_SOUNDS)
    made, clusters = released(), sounds(named_rows(small()))
    manifest = {
        "data": {"files": {"tracks/a.csv": "x", "tracks/b.csv": "y"}, "generated": True},
        "parameters": {"SOURCE": "", "REPLICATES": 40, "SEED": 3},
        "findings": [clusters.verdict, "something else"],
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    made.cells.to_parquet(tmp_path / "by_year.parquet")
    assert released_of(tmp_path).startswith(NO_RELEASED)  # made before there was a second table
    made.tracks.to_parquet(tmp_path / "year_tracks.parquet")
    clusters.labels.to_parquet(tmp_path / "track_clusters.parquet")
    read = released_of(tmp_path)
    assert (read.source, read.generated) == ("tracks/a.csv", True)
    assert (read.replicates, read.seed) == (made.replicates, made.seed)
    assert len(read.tracks) == len(made.tracks) and sounds_of(tmp_path).verdict == clusters.verdict
    no_tracks().to_parquet(tmp_path / "year_tracks.parquet")
    assert released_of(tmp_path).tracks is None


def test_the_verdict_is_the_first_finding_of_the_notebook_about_clusters():
    path = places.ROOT / stage("25_cluster_tracks").path
    cells = json.loads(path.read_text("utf-8"))["cells"]
    code = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert code.partition("step.finding(")[2].startswith("audio_cluster_told.verdict(")


# --- what filters leave


@pytest.fixture(scope="module")
def pickers(board):
    cells = board.released.cells.rename(columns={"genre": "genres", "artist": "first_artist"})
    rest = board.catalogue[["genres", "first_artist"]]
    return [(Picker(table), table) for table in (board.released.tracks, cells, rest)]


@settings(max_examples=25, deadline=None)
@given(picked=picks())
def test_filters_leave_what_a_slow_reading_leaves(pickers, picked):
    for picker, table in pickers:
        assert picker.mask(picked).tolist() == left_slowly(table, picked).tolist()


def test_genres_are_those_of_both_data_sets_under_one_spelling(board):
    assert board.genres == ("acid jazz", "hip hop", "jazz", "pop", "rock")
    assert search_family(pd.Series(list(FAMILY))).tolist() == list(FAMILY.values())
    assert genre_names(pd.Series(["r-n-b"])).tolist() == ["r n b"]
    assert set(board.families) == {"Hip-Hop/Rap", "Jazz/Blues", "Pop", "Rock"}


def test_without_filters_trends_are_those_of_the_notebook(board):
    cells = board.released.cells
    whole = year_trends.yearly(cells, replicates=40, seed=3)
    seen = board.look(NOTHING, "energy", 10)
    found = seen.trend[seen.trend["measure"] != "popularity"]
    pd.testing.assert_frame_equal(found.reset_index(drop=True), whole)
    assert set(seen.trend["measure"]) == {*by_year.MEASURES, "popularity"}
    pd.testing.assert_frame_equal(seen.trend, board.trend)


@settings(max_examples=8, deadline=None)
@given(picked=picks())
def test_counts_means_and_clusters_are_those_of_the_rows_left(board, picked):
    seen = board.look(picked, "valence", 2)
    own = board.released.tracks[left_slowly(board.released.tracks, picked)]
    rest = board.catalogue[left_slowly(board.catalogue[["genres", "first_artist"]], picked)]
    assert (seen.released.tracks, seen.catalogue.tracks) == (len(own), len(rest))
    assert seen.released.artists == own["artist_id"].nunique()
    assert (seen.trend is None) == (len(own) == 0)
    if len(own):
        assert seen.released.years == (own["year"].min(), own["year"].max())
        assert seen.released.popularity[0] == pytest.approx(own["popularity"].mean())
        assert seen.released.distribution.median == pytest.approx(own["valence"].median())
        cells = board.released.cells.rename(columns={"genre": "genres", "artist": "first_artist"})
        part = board.released.cells[left_slowly(cells, picked)]
        year = seen.trend[seen.trend["measure"] == "energy"].set_index("year")["mean"]
        sums = part.groupby("year")[["energy", "tracks"]].sum()
        assert year.to_numpy() == pytest.approx((sums["energy"] / sums["tracks"]).to_numpy())
        for title, table in top(own, 2).items():
            pd.testing.assert_frame_equal(seen.top[title], table)
    labels = board.sounds.labels.set_index("track_id")["cluster"]
    kept = rest.assign(cluster=rest["track_id"].map(labels)).dropna(subset=["cluster"])
    assert (seen.clusters is None) == (len(kept) == 0)
    if len(kept):
        expected = mean_by(kept, "cluster").set_index("cluster")["mean"]
        shown = seen.clusters.set_index("cluster")
        assert shown["tracks"].sum() == len(kept) and shown["share"].sum() == pytest.approx(1)
        assert shown["share_of_all"].sum() == pytest.approx(1)
        assert shown["mean"].dropna().to_dict() == pytest.approx(expected.to_dict())


@given(
    values=st.lists(st.none() | st.floats(0, 1), min_size=1, max_size=60),
    feature=st.sampled_from(["energy", "popularity"]),
    seed=st.integers(0, 9),
)
def test_bins_hold_every_row_once_or_say_that_it_is_beyond(values, feature, seed):
    size = 100 if feature == "popularity" else 1
    numbers = pd.Series(
        [None if one is None else round(one * size, 1) for one in values], dtype=float
    )
    mask = np.random.default_rng(seed).random(len(numbers)) < 0.6
    found = distribution(numbers, mask, feature)
    left = numbers[mask].dropna()
    if not len(left):
        assert found is None
        return
    assert found.rows == len(left) and found.median == pytest.approx(left.median())
    assert found.median_of_all == pytest.approx(numbers.dropna().median())
    assert found.bins["left"].sum() + found.outside == pytest.approx(1)
    if feature == "popularity":
        assert found.outside == pytest.approx(0)
    for row in found.bins.iloc[:-1].itertuples():
        share = ((left >= row.low) & (left < row.high)).mean()
        assert row.left == pytest.approx(share)


def test_the_catalogue_has_no_tempo_where_none_was_found(catalogue):
    silent = catalogue.assign(tempo_bpm=np.where(np.arange(len(catalogue)) < 50, 0, 120.0))
    of = Dashboard(silent).look(NOTHING, "tempo_bpm", 10).catalogue.distribution
    assert (of.rows, of.median) == (len(silent) - 50, 120)


def test_visitors_do_not_get_into_each_others_way(board):
    asked = [Picked(genres=("rock",)), Picked(first=2010), Picked(artist="singer 1"), NOTHING] * 2

    def count(picked):
        seen = board.look(picked, "energy", 10)
        return seen.released.tracks, seen.catalogue.tracks

    alone = [count(picked) for picked in asked]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(count, asked)) == alone
    assert len(set(alone)) == 4


# --- what is said and drawn


def test_all_parts_are_drawn_and_texts_stay_texts(board):
    seen = board.look(NOTHING, "popularity", 2)
    html = dashboard_html(board, seen, heat_html(board))
    assert html.count("<img class=") == 8 + 2 + 1  # trends, distributions, what sets apart
    assert IMAGE not in html and "&lt;img src=x" in html and "<b>" not in html
    assert "None is clear" in html and "tracks/dated.parquet, made up" in html
    assert "Artists, 2 tracks or more: 10 of 24" in html


def test_few_and_no_rows_are_said_and_nothing_is_drawn_of_none(board):
    few = board.look(Picked(first=1995, last=1995, artist="singer 1"), "energy", 10)
    assert 0 < few.released.tracks < FEW
    assert f"fewer than {FEW}" in few.released.notes[-1]
    assert "years asked for do not count" in few.catalogue.notes[0]
    none = board.look(Picked(artist="nobody at all"), "energy", 10)
    html = dashboard_html(board, none, heat_html(board))
    assert "<img" not in html and html.count("Nothing left: no track passes") >= 2
    assert none.trend is None and none.top == {} and none.clusters is None
    for picked in (Picked(artist="Beyoncé"), Picked(first=2019), Picked(genres=("jazz",))):
        assert dashboard_html(board, board.look(picked, "tempo_bpm", 10))


def test_a_single_artist_has_rings_and_no_intervals(board):
    seen = board.look(Picked(artist="Beyonce"), "energy", 10)
    assert seen.released.artists == 1 and seen.trend["low"].isna().all()
    assert np.isnan(seen.released.popularity[1])
    html = dashboard_html(board, seen)
    assert "one artist: no interval" in html and "1 first artist ·" in html


def test_the_fewest_tracks_are_lowered_to_what_there_is_and_said(board):
    seen = board.look(NOTHING, "energy", 1_000)
    most = board.released.tracks["first_artist"].value_counts().max()
    assert next(iter(seen.top)) == f"Artists, {most} tracks or more"
    assert sorted(seen.top) == sorted(by_year.rankings(
        by_year.Dated(board.released.cells, board.released.cells, board.released.tracks), 1_000
    ))  # fmt: skip


def test_what_is_missing_is_told_and_the_catalogue_takes_its_place(catalogue):
    board = Dashboard(catalogue)
    seen = board.look(Picked(genres=("rock",), first=1990), "energy", 2)
    html = dashboard_html(board, seen, heat_html(board))
    assert html.count(NO_RELEASED) == 2 and html.count(NO_SOUNDS) == 1
    assert seen.released is None and seen.trend is None and html.count("<img") == 1
    rock = [("rock" in genres) for genres in catalogue["genres"]]
    assert (seen.catalogue.tracks, seen.catalogue.of_tracks) == (sum(rock), len(catalogue))
    artists = next(iter(seen.top.values()))
    assert artists["tracks"].sum() <= sum(rock) and 'wbd-tag">catalogue' in html
    with pytest.raises(DataError, match="at least one track"):
        Dashboard(catalogue.head(0))


def test_a_file_read_without_its_rows_still_gives_trends(catalogue):
    made = released()
    cells = made.cells.assign(genre="all", popularity=np.nan)
    board = Dashboard(catalogue, Released(cells, None, "tracks/tracks_features.csv", True, 50, 1))
    seen = board.look(Picked(first=2000), "energy", 10)
    part = cells[cells["year"] >= 2000]
    assert seen.released.tracks == round(part["tracks"].sum())
    assert seen.released.notes == (NO_ROWS,) and not board.ranks_released
    html = dashboard_html(board, seen)
    assert html.count("<img") == 7 + 1 and "popularity (0 to 100)" not in html


# --- what is asked for


BAD = [
    ([], "energy", 10, "filters: values by name expected"),
    ({"year": [1990, 2000]}, "energy", 10, "filters: 'year' is unknown"),
    ({"years": 1990}, "energy", 10, "years: first and last expected"),
    ({"years": [1990]}, "energy", 10, "years: first and last expected"),
    ({"years": [1990.5, None]}, "energy", 10, "year: a whole number from 1000"),
    ({"years": [float("nan"), None]}, "energy", 10, "year: a number expected"),
    ({"years": [2000, 1990]}, "energy", 10, "a first year up to 1990 expected, found 2000"),
    ({"genres": ["polka"]}, "energy", 10, "genres: 'polka' is unknown"),
    ({"genres": "pop"}, "energy", 10, "genres: a list of texts"),
    ({"families": [["Pop"]]}, "energy", 10, "families: a text expected"),
    ({"artist": ["x"]}, "energy", 10, "artist: a text expected"),
    ({"artist": "x" * 400}, "energy", 10, "artist: at most 300 letters"),
    ({}, "key", 10, "feature: one of popularity"),
    ({}, 3, 10, "feature: a text expected"),
    ({}, "energy", 1, "fewest: a whole number from 2"),
    ({}, "energy", None, "fewest: a number expected"),
]


@pytest.mark.parametrize(("filters", "feature", "fewest", "said"), BAD)
def test_what_cannot_be_asked_for_is_refused(board, filters, feature, fewest, said):
    with pytest.raises(ParameterError) as caught:
        look(board, filters, feature, fewest)
    assert said in str(caught.value)


def test_every_feature_can_be_looked_at(board):
    for feature in FEATURES:
        seen = look(board, None, feature, 10)
        assert seen.released.distribution.rows == 600 and seen.catalogue.distribution.rows == 400


# --- the API


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with pages(tmp_path_factory.mktemp("page"), "dashboard") as addresses:
        yield addresses


def test_a_program_is_given_the_numbers_of_the_page(served, board):
    filters = {"years": [2000, None], "genres": ["rock"], "artist": "singer"}
    seen = look(board, filters, "valence", 5)
    with contextlib.closing(Client(served["page"], verbose=False)) as client:
        found = client.predict(filters, "valence", 5, api_name="/dashboard")
        with pytest.raises(AppError, match="genres: 'polka' is unknown"):
            client.predict({"genres": ["polka"]}, "", 5, api_name="/dashboard")
        one = client.predict({"artist": "Beyoncé"}, api_name="/dashboard")
    assert found["released"]["tracks"] == seen.released.tracks < found["released"]["of_tracks"]
    assert found["catalogue"]["tracks"] == seen.catalogue.tracks
    assert found["released"]["source"] == "tracks/dated.parquet"
    assert len(found["released"]["trends"]) == len(seen.trend)
    for row, expected in zip(found["released"]["trends"], seen.trend.itertuples(), strict=True):
        assert (row["measure"], row["year"]) == (expected.measure, expected.year)
        assert row["mean"] == pytest.approx(expected.mean)
        assert (row["low"] is None) == bool(np.isnan(expected.low))
    assert found["catalogue"]["clusters"]["verdict"] == board.sounds.verdict
    assert found["top"]["of"] == "released" and list(found["top"]["tables"]) == list(seen.top)
    assert found["released"]["distribution"]["median"] == seen.released.distribution.median
    assert one["released"]["popularity"]["low"] is None and one["released"]["first_artists"] == 1


def test_a_program_is_told_what_is_missing(served):
    with contextlib.closing(Client(served["without"], verbose=False)) as client:
        found = client.predict({}, api_name="/dashboard")
    assert found["released"] == {"missing": NO_RELEASED}
    assert found["catalogue"]["clusters"] == {"missing": NO_SOUNDS}
    assert found["top"]["of"] == "catalogue" and found["catalogue"]["tracks"] == 400
