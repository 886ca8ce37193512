"""The query benchmark: equal answers, fair turns, ratios and sentences."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.errors import DataError
from lib.plots.queries import query_ratios
from lib.tracks import queries, query_times
from lib.tracks.query_times import check_equal, pays_off, ratios, told

ASKED = queries.Asked(popular=40, fewest=2, top=5)


def catalogue(n: int = 400, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    tracks = pd.DataFrame(
        {
            "track_id": [f"t{i}" for i in rng.integers(0, n, n)],
            "artists": rng.choice(["NA", "Élan;X", 'Say "A", B', "7", "zoë", "Zed"], n),
            "track_genre": rng.choice(["none", "pop", "12"], n),
            "popularity": 0,
            "energy": rng.integers(0, 1000, n) / 1000,
        }
    )
    # An id on several rows may have several popularities, as in the published catalogue.
    tracks["popularity"] = tracks["track_id"].str[1:].astype(int) % 80 + rng.integers(0, 2, n)
    dates = pd.DataFrame({"track_id": [f"t{i}" for i in range(0, n, 3)]})
    return tracks, dates.assign(release_year=1950 + np.arange(len(dates)) % 70)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    tracks, dates = catalogue()
    paths = queries.write_tables(tracks, dates, tmp_path_factory.mktemp("tables"))
    return (tracks, dates, *query_times.measure(paths, ASKED, builds=2, repeats=3))


def test_answers_are_those_of_a_loop(run):
    tracks, dates, _, answers, _ = run
    year = dict(zip(dates["track_id"], dates["release_year"], strict=True))
    genres, artists, decades = {}, {}, {}
    for row in tracks.itertuples():
        first = row.artists.split(";")[0]
        if row.popularity >= ASKED.popular:
            genres.setdefault(row.track_genre, []).append(row.energy)
        mine = artists.setdefault(first, {})
        mine[row.track_id] = max(row.popularity, mine.get(row.track_id, 0))
        if row.track_id in year:
            decades.setdefault(year[row.track_id] // 10 * 10, []).append(row.popularity)
    expected = {
        "energy by genre": sorted((g, len(v), sum(v) / len(v)) for g, v in genres.items()),
        "top artists": sorted(
            ((a, len(v), sum(v.values()) / len(v)) for a, v in artists.items()),
            key=lambda row: (-row[2], row[0]),
        )[: ASKED.top],
        "popularity by decade": sorted((d, len(v), sum(v) / len(v)) for d, v in decades.items()),
    }
    for question, rows in expected.items():
        found = [tuple(row) for row in answers[question].itertuples(index=False)]
        assert [row[:2] for row in found] == [row[:2] for row in rows], question
        assert [row[2] for row in found] == pytest.approx([row[2] for row in rows]), question


def test_every_engine_is_timed_in_every_round_and_takes_turns(run):
    times, plans = run[2], run[4]
    assert (times["seconds"] > 0).all()
    counts = times.groupby(["what", "engine"]).size()
    assert (counts["build"] == 2).all() and (counts.drop("build") == 3).all()
    for _, part in times.groupby("what"):
        assert part.groupby("round")["engine"].first().nunique() == part["round"].nunique()
    assert set(zip(plans["question"], plans["engine"], strict=True)) == set(
        product(queries.SQL, queries.ENGINES)
    )
    words = plans.set_index(["question", "engine"])["plan"]
    assert "HASH_JOIN" in words["popularity by decade", "DuckDB"]
    assert "COVERING INDEX by_genre" in words["energy by genre", "SQLite, indexed"]
    assert "INDEX" not in words["energy by genre", "SQLite"]


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 60), st.integers(0, 10**6))
def test_engines_agree_on_any_table(tmp_path_factory, n, seed):
    tracks, _ = catalogue(n, seed)
    dates = pd.DataFrame({"track_id": tracks["track_id"].unique()}).assign(release_year=1999)
    paths = queries.write_tables(tracks, dates, tmp_path_factory.mktemp("any"))
    built = {engine: queries.build(engine, paths, ASKED) for engine in queries.ENGINES}
    for question in queries.SQL:
        check_equal({engine: one.ask(question) for engine, one in built.items()})
    for one in built.values():
        one.close()


ODD = {
    "numbers": ["007", "7", "12", "012"],
    "case": ["Zoë", "zoe\u0308", "ZOË", "zoë"],
    "marks": ['a "b"', "c,d", "e\nf", " g"],
    "empty": ["", ";b", "NULL", "nan"],
}


@pytest.mark.parametrize("artists", ODD.values(), ids=ODD)
def test_odd_texts_stay_texts(tmp_path, artists):
    columns = {"track_id": ["01", "1", "2", "3"], "artists": artists, "track_genre": "5"}
    tracks = pd.DataFrame({**columns, "popularity": 50, "energy": [0.5, 0.25, np.nan, 0.75]})
    dates = pd.DataFrame({"track_id": tracks["track_id"], "release_year": 1999})
    folder = tmp_path / "it's here"
    folder.mkdir()
    paths = queries.write_tables(tracks, dates, folder)
    for engine in queries.ENGINES:
        one = queries.build(engine, paths, queries.Asked(popular=1, fewest=1))
        names = [name.split(";")[0].strip() for name in np.delete(artists, 2)]
        found = one.ask("top artists")
        assert found["first_artist"].tolist() == sorted(set(names)), engine
        assert one.ask("popularity by decade")["listed"].tolist() == [3], engine
        assert one.ask("energy by genre")["mean"].tolist() == [0.5], engine
        one.close()


@pytest.mark.parametrize("early", ["plain", "x, y"])
def test_the_first_text_with_quotes_may_stand_late(tmp_path, early):
    rows = 30_000  # past the part that a reader that guesses looks at
    tracks = pd.DataFrame({"track_id": np.arange(rows).astype(str), "artists": "plain"})
    tracks = tracks.assign(track_genre="pop", popularity=50, energy=0.5)
    tracks.loc[0, "artists"] = early
    tracks.loc[rows - 1, "artists"] = 'a "b", c\nd'
    dates = pd.DataFrame({"track_id": ["0"], "release_year": [1999]})
    paths = queries.write_tables(tracks, dates, tmp_path)
    one = queries.build("DuckDB", paths, queries.Asked(fewest=1))
    expected = sorted({'a "b", c\nd', "plain", early})
    assert one.ask("top artists")["first_artist"].tolist() == expected
    one.close()


def test_missing_means_agree_with_missing_ones_only():
    missing = pd.DataFrame({"genre": ["a"], "tracks": [1], "mean": [np.nan]})
    assert check_equal({"pandas": missing, "x": missing.assign(mean=[None])}) == 1
    for pair in ((missing, missing.assign(mean=0.5)), (missing.assign(mean=0.5), missing)):
        with pytest.raises(DataError, match="x: row 1 is"):
            check_equal(dict(zip(("pandas", "x"), pair, strict=True)))


def test_a_wrong_answer_is_named():
    right = pd.DataFrame({"genre": ["a", "b"], "tracks": [1, 2], "mean": [0.5, 0.25]})
    assert check_equal({"pandas": right, "x": right.assign(mean=[0.5, 0.25 + 1e-12])}) == 2
    for wrong in (
        right.assign(mean=[0.5, 0.26]),
        right.assign(tracks=[1, 3]),
        right.iloc[::-1].reset_index(drop=True),
        right.head(1),
        right.rename(columns={"mean": "average"}),
    ):
        with pytest.raises(DataError, match="Slow: "):
            check_equal({"pandas": right, "Slow": wrong})


def test_nothing_to_join_and_unknown_engines_are_refused(tmp_path):
    tracks, dates = catalogue(20)
    with pytest.raises(DataError, match="so there is nothing"):
        queries.write_tables(tracks, dates.assign(track_id="other"), tmp_path)
    with pytest.raises(ValueError, match="expected one of pandas"):
        queries.build("Access", {}, ASKED)


def made_up(rounds: int, slower: float) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    rows = []
    for what, number in product(["build", "q"], range(rounds)):
        busy = rng.uniform(1, 9)  # the machine is busy in some rounds: ratios do not care
        for engine in queries.ENGINES:
            factor = 1 if engine == "pandas" else slower * rng.uniform(0.9, 1.1)
            rows.append((what, engine, number, busy * factor))
    return pd.DataFrame(rows, columns=["what", "engine", "round", "seconds"])


@pytest.mark.parametrize(("rounds", "least"), [(6, 0.95), (15, 0.95), (40, 0.95), (3, 0.7)])
def test_ratios_are_taken_within_a_round(rounds, least):
    table = ratios(made_up(rounds, 3.0))
    others = table[table["engine"] != "pandas"]
    assert others["ratio"].between(2.7, 3.3).all()
    assert (others["least"] <= others["low"]).all() and (others["low"] <= others["ratio"]).all()
    assert (others["ratio"] <= others["high"]).all() and (others["high"] <= others["most"]).all()
    assert (table["level"] >= least).all() and (table["rounds"] == rounds).all()


def test_the_interval_of_the_median_covers_it():
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(300):
        draws = rng.lognormal(size=15)
        rows = [("q", "pandas", n, 1.0) for n in range(15)]
        rows += [("q", "DuckDB", n, s) for n, s in enumerate(draws)]
        table = ratios(pd.DataFrame(rows, columns=["what", "engine", "round", "seconds"]))
        row = table[table["engine"] == "DuckDB"].iloc[0]
        hits += row["low"] <= 1 <= row["high"]
    assert hits >= 275


def test_sentences_and_figure_follow_the_times():
    times = made_up(8, 3.0)
    assert told(ratios(times), "q").count("slower") == 3
    assert told(ratios(made_up(8, 0.2)), "build").startswith("Build, beside pandas: ")
    assert "never pays" in pays_off(times, "pandas", "SQLite")
    seconds = {("build", "a"): 1.0, ("build", "b"): 8.0, ("q", "a"): 3.0, ("q", "b"): 1.0}
    rows = [(what, engine, 0, s) for (what, engine), s in seconds.items()]
    table = pd.DataFrame(rows, columns=["what", "engine", "round", "seconds"])
    assert "asked 4 times" in pays_off(table, "a", "b")
    assert "6,000 ms more to build than a and saves 2,000 ms" in pays_off(table.assign(
        seconds=[1.0, 7.0, 3.0, 1.0]), "a", "b")  # fmt: skip
    table["seconds"] = [8.0, 1.0, 3.0, 1.0]
    assert "b costs 7,000 ms less to build than a" in (said := pays_off(table, "a", "b"))
    assert said.endswith("it pays from the first time on.")
    table["seconds"] = [8.0, 1.0, 1.0, 3.0]
    assert pays_off(table, "a", "b").endswith("it is only quicker to build.")
    axis = query_ratios(ratios(times), "pandas").axes[0]
    assert len(axis.get_yticks()) == 2 and axis.get_xscale() == "log"
