"""What the rows of a catalogue must have in common with each other."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from lib.tracks.diagnose import listed, refuse


def check_rows(path: Path, title: str, tracks: pd.DataFrame) -> None:
    """Look for rows that contradict each other, or that show that rows are missing at the end.

    Rows of one id may differ in row number, genre and popularity; in nothing else. When all genres
    have the same number of rows but the last one, which has fewer, the file was cut at a line end.

    Parameters
    ----------
    path, title
        As in `lib.tracks.diagnose.check_bytes`.
    tracks : pandas.DataFrame
        Under the workbook's names, in the file's order.

    Raises
    ------
    DataError
        Naming the first rows that do not fit.
    """
    problems = []
    checks = {
        "the row number stands there before": tracks["row"].duplicated(),
        "no Spotify id of 22 letters and digits": ~tracks["track_id"].str.fullmatch(
            "[0-9A-Za-z]{22}"
        ),
        "an empty name of blanks": tracks[["artists", "track_name"]]
        .apply(lambda names: names.str.strip().eq("").fillna(False))
        .any(axis=1),
    }
    fixed = tracks.columns.difference(["row", "track_genre", "popularity"]).tolist()
    once = tracks[fixed].drop_duplicates()
    checks["the id stands there before with other values"] = pd.Series(
        tracks.index.isin(once.index[once["track_id"].duplicated()]), index=tracks.index
    )
    for what, hit in checks.items():
        if hit.any():
            places = hit.to_numpy().nonzero()[0]
            rows = [f"row {n + 1}: {tracks['track_id'].iloc[n]}" for n in places]
            problems.append(f"{what}: {len(rows)} rows: {listed(rows)}")
    sizes = tracks.groupby("track_genre", sort=False).size()
    others = sizes.iloc[:-1]
    if len(others) > 1 and others.min() == others.max() > sizes.iloc[-1]:
        problems.append(
            f"cut short at a line end: the last genre, {sizes.index[-1]!r}, has {sizes.iloc[-1]} "
            f"rows, each of the {len(others)} others {others.iloc[0]}"
        )
    if problems:
        raise refuse(path, title, problems)
