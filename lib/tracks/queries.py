"""Three questions asked of pandas, DuckDB and SQLite: the same answers, and what they cost.

All begin with the same two CSV files. Building (loading the files, making indexes) and asking are
timed apart, see `lib.tracks.query_times`. Rows are ordered by rules that leave no tie, so that
answers can be compared to the last row.
"""

from __future__ import annotations

import csv
import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from lib.errors import DataError
from lib.tracks.titles import first_artist

ENGINES = ("pandas", "DuckDB", "SQLite", "SQLite, indexed")
BASELINE = ENGINES[0]

TYPES = {
    "tracks": {
        "track_id": "TEXT",
        "first_artist": "TEXT",
        "track_genre": "TEXT",
        "popularity": "INTEGER",
        "energy": "REAL",
    },
    "dates": {"track_id": "TEXT", "release_year": "INTEGER"},
}
"""The two files and their columns."""

INDEXES = (
    "CREATE INDEX by_genre ON tracks (track_genre, popularity, energy)",
    "CREATE INDEX by_artist ON tracks (first_artist, track_id, popularity)",
    "CREATE INDEX by_track ON tracks (track_id, popularity)",
    "CREATE UNIQUE INDEX by_date ON dates (track_id, release_year)",
)

SQL = {
    "energy by genre": """
        SELECT track_genre, COUNT(*) AS listed, AVG(energy) AS mean
        FROM tracks WHERE popularity >= {popular}
        GROUP BY track_genre ORDER BY track_genre""",
    "top artists": """
        SELECT first_artist, COUNT(*) AS tracks, AVG(popularity) AS mean
        FROM (SELECT first_artist, track_id, MAX(popularity) AS popularity
              FROM tracks GROUP BY first_artist, track_id) AS ids
        GROUP BY first_artist HAVING COUNT(*) >= {fewest}
        ORDER BY mean DESC, first_artist LIMIT {top}""",
    "popularity by decade": """
        SELECT release_year - release_year % 10 AS decade, COUNT(*) AS listed,
               AVG(popularity) AS mean
        FROM tracks JOIN dates USING (track_id)
        GROUP BY decade ORDER BY decade""",
}
"""The questions: a filter and a group; the top of a group with a minimum; a join. ``listed`` counts
rows, of which a track has one for each of its genres; ``tracks`` counts track ids."""


@dataclass(frozen=True)
class Asked:
    """What is asked: popularity of a popular track, fewest tracks of an artist, artists listed."""

    popular: int = 50
    fewest: int = 5
    top: int = 20


@dataclass(frozen=True)
class Built:
    """An engine with the tables in it: how to ask it, and how it says that it will answer."""

    ask: Callable[[str], pd.DataFrame]
    plan: Callable[[str], str]
    close: Callable[[], None]


def write_tables(tracks: pd.DataFrame, dated: pd.DataFrame, folder: Path) -> dict[str, Path]:
    """Write the two CSV files that every engine begins with.

    Parameters
    ----------
    tracks : pandas.DataFrame
        Catalogue as `lib.tracks.read.read_kaggle` returns it.
    dated : pandas.DataFrame
        One row a track id with ``release_year``. Rows of either that lack a value are left out.
    folder : pathlib.Path

    Returns
    -------
    dict of str to pathlib.Path

    Raises
    ------
    DataError
        When no track of the catalogue has a release year.
    """
    tracks = tracks.dropna(subset=["artists"])
    tracks = tracks.assign(first_artist=first_artist(tracks["artists"]))
    dated = dated[["track_id", "release_year"]].drop_duplicates("track_id")
    if not tracks["track_id"].isin(dated["track_id"]).any():
        raise DataError(
            "no track id of the catalogue is in the table with release dates, so there is nothing "
            "to join; expected some. Use another SOURCE"
        )
    paths = {}
    for name, table in (("tracks", tracks), ("dates", dated)):
        paths[name] = folder / f"{name}.csv"
        # A text "NULL" or "NA" is a name; a missing number would be one thing here, one there.
        table = table[list(TYPES[name])].dropna()
        table.to_csv(paths[name], index=False, lineterminator="\n")
    return paths


def build(engine: str, paths: dict[str, Path], asked: Asked) -> Built:
    """Load both files into an engine and make its indexes.

    Parameters
    ----------
    engine : str
        One of `ENGINES`.
    paths : dict of str to pathlib.Path
        See `write_tables`.
    asked : Asked
        Numbers in the questions.

    Raises
    ------
    ValueError
        When the engine is unknown.
    """
    if engine == "pandas":
        tables = {name: _read(path, TYPES[name]) for name, path in paths.items()}
        return Built(
            lambda question: _with_pandas(tables, question, asked),
            lambda question: "as written: filter, group, sort, merge in memory",
            tables.clear,
        )
    if engine == "DuckDB":
        return _duckdb(paths, asked)
    if engine in ENGINES:
        return _sqlite(paths, asked, indexed=engine.endswith("indexed"))
    raise ValueError(f"engine {engine!r}: expected one of {', '.join(ENGINES)}")


def _text(question: str, asked: Asked) -> str:
    return SQL[question].format(**vars(asked))


def _read(path: Path, types: dict[str, str]) -> pd.DataFrame:
    # An artist called 007 is a text, also where all artists are numbers.
    kinds = {"TEXT": "str", "INTEGER": "int64", "REAL": "float64"}
    dtypes = {column: kinds[kind] for column, kind in types.items()}
    return pd.read_csv(path, dtype=dtypes, keep_default_na=False)


def _with_pandas(tables: dict[str, pd.DataFrame], question: str, asked: Asked) -> pd.DataFrame:
    tracks = tables["tracks"]
    if question == "energy by genre":
        grouped = tracks[tracks["popularity"] >= asked.popular].groupby("track_genre")["energy"]
        return grouped.agg(listed="size", mean="mean").reset_index()
    if question == "top artists":
        ids = tracks.groupby(["first_artist", "track_id"], sort=False)["popularity"].max()
        means = ids.groupby("first_artist").agg(tracks="size", mean="mean")
        means = means[means["tracks"] >= asked.fewest].reset_index()
        order = means.sort_values(["mean", "first_artist"], ascending=[False, True])
        return order.head(asked.top).reset_index(drop=True)
    joined = tracks.merge(tables["dates"], on="track_id")
    decade = (joined["release_year"] // 10 * 10).rename("decade")
    grouped = joined.groupby(decade)["popularity"].agg(listed="size", mean="mean")
    return grouped.reset_index()


def _duckdb(paths: dict[str, Path], asked: Asked) -> Built:
    connection = duckdb.connect()
    for name, path in paths.items():
        kinds = {"TEXT": "VARCHAR", "REAL": "DOUBLE"}
        types = {column: kinds.get(kind, kind) for column, kind in TYPES[name].items()}
        columns = ", ".join(f"{column} {kind}" for column, kind in types.items())
        texts = ", ".join(column for column, kind in types.items() if kind == "VARCHAR")
        connection.execute(f"CREATE TABLE {name} ({columns})")
        # The format is said, not guessed: guessing takes longer than reading, and can go wrong.
        said = f"""FORMAT csv, AUTO_DETECT false, HEADER, DELIMITER ',', QUOTE '"', ESCAPE '"',
            FORCE_NOT_NULL ({texts})"""
        place = str(path).replace("'", "''")
        connection.execute(f"COPY {name} FROM '{place}' ({said})")

    def plan(question: str) -> str:
        text = connection.execute(f"EXPLAIN (FORMAT JSON) {_text(question, asked)}").fetchone()[1]
        steps = re.findall(r'"name":\s*"([A-Z_ ]+)"', text)
        return " < ".join(step.strip() for step in steps if step.strip() != "PROJECTION")

    return Built(
        lambda question: connection.execute(_text(question, asked)).df(), plan, connection.close
    )


def _sqlite(paths: dict[str, Path], asked: Asked, indexed: bool) -> Built:
    connection = sqlite3.connect(":memory:")
    for name, path in paths.items():
        columns = ", ".join(f"{column} {kind}" for column, kind in TYPES[name].items())
        connection.execute(f"CREATE TABLE {name} ({columns})")
        with path.open(encoding="utf-8", newline="") as handle:
            rows = csv.reader(handle)
            next(rows)
            marks = ", ".join("?" * len(TYPES[name]))
            connection.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
    if indexed:
        for index in INDEXES:
            connection.execute(index)
        connection.execute("ANALYZE")
    connection.commit()

    def plan(question: str) -> str:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {_text(question, asked)}").fetchall()
        return "; ".join(row[3] for row in rows)

    return Built(
        lambda question: pd.read_sql_query(_text(question, asked), connection),
        plan,
        connection.close,
    )


def plan_words(text: str, most: int = 140) -> str:
    """Cut a plan to a line.

    Examples
    --------
    >>> plan_words("a  b", 3), plan_words("abcdef", 3)
    ('a b', 'ab…')
    """
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
