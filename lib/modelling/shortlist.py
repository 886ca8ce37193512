"""From scored rows to a shortlist for each macro-genre, and to tracks that defy their interval."""

from __future__ import annotations

import pandas as pd

from lib.tracks.genres import macro_genre

HELD_OUT, NEW, SEEN = "held out", "new", "seen in training"


def one_a_track(
    scored: pd.DataFrame, checked: pd.DataFrame, held_out: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Keep one row a scored track id and macro-genre, with what the file says of it.

    A prediction for a track that the model was trained on is flattered: it has seen the answer.
    Where `held_out` knows the track, its prediction and interval are taken instead, made by a
    model that had not.

    Parameters
    ----------
    scored : pandas.DataFrame
        From `lib.modelling.score.score_tracks`.
    checked : pandas.DataFrame
        The rows that were scored, in the same order, from `lib.tracks.read_scoring.read_scoring`.
    held_out : pandas.DataFrame, optional
        From `lib.modelling.train.judge_intervals`, for the model that scored.

    Returns
    -------
    pandas.DataFrame
        Columns track_id, title ("artist – track", or the id), macro_genre, predicted_popularity,
        lower, upper, band, popularity (NaN when not given) and basis: "held out", "new", or
        "seen in training" where nothing better is known.
    """
    kept = ["track_id", "predicted_popularity", "lower", "upper", "band"]
    frame = scored[kept].reset_index(drop=True)
    rows = checked.reset_index(drop=True)
    frame["macro_genre"] = macro_genre(rows["track_genre"].fillna(""))
    frame["popularity"] = rows["popularity"] if "popularity" in rows else float("nan")
    frame["title"] = frame["track_id"]
    if {"artists", "track_name"} <= set(rows):
        names = rows["artists"].str.replace(";", ", ") + " – " + rows["track_name"]
        frame["title"] = names.fillna(frame["track_id"])
    seen = scored["flags"].fillna("").str.contains("seen in training").to_numpy()
    frame["basis"] = pd.Series(seen).map({True: SEEN, False: NEW})
    frame = frame[scored["status"].eq("scored").to_numpy()]
    frame["popularity"] = frame.groupby("track_id")["popularity"].transform("mean")
    frame = frame.drop_duplicates(["track_id", "macro_genre"])
    if held_out is not None and len(frame):
        known = held_out.set_index("track_id")
        inside = frame["track_id"].isin(known.index) & frame["basis"].eq(SEEN)
        ids = frame.loc[inside, "track_id"]
        for name, source in (("predicted_popularity", "prediction"), ("lower", "lower")):
            frame.loc[inside, name] = known[source].reindex(ids).clip(0, 100).to_numpy()
        frame.loc[inside, "upper"] = known["upper"].reindex(ids).to_numpy()
        frame.loc[inside, "basis"] = HELD_OUT
    return frame.reset_index(drop=True)


def shortlist(tracks: pd.DataFrame, each: int) -> pd.DataFrame:
    """Rank the most promising tracks of each macro-genre.

    Parameters
    ----------
    tracks : pandas.DataFrame
        From `one_a_track`.
    each : int
        Tracks a macro-genre.

    Returns
    -------
    pandas.DataFrame
        The columns of `tracks` and rank, from 1; macro-genres by name. Ranked by prediction,
        ties by the lower end of the interval; a title counts once.
    """
    best = ["predicted_popularity", "lower"]
    ordered = tracks.sort_values(["macro_genre", *best], ascending=[True, False, False])
    ordered = ordered.drop_duplicates(["macro_genre", "title"])
    rank = ordered.groupby("macro_genre").cumcount() + 1
    return ordered.assign(rank=rank)[rank <= each].reset_index(drop=True)


def outliers(tracks: pd.DataFrame) -> pd.DataFrame:
    """List the tracks whose known popularity lies outside their interval, farthest first.

    Tracks that the model has seen and that were not held out are left out.

    Returns
    -------
    pandas.DataFrame
        One row a title: the columns of `tracks`, with all macro-genres of the track in one text,
        and beyond: points above the upper end, or below the lower end as a negative number.
    """
    judged = tracks[tracks["popularity"].notna() & tracks["basis"].ne(SEEN)]
    families = judged.groupby("track_id")["macro_genre"].agg(", ".join)
    judged = judged.drop_duplicates("track_id")
    judged = judged.assign(macro_genre=judged["track_id"].map(families))
    over = (judged["popularity"] - judged["upper"]).clip(lower=0)
    under = (judged["popularity"] - judged["lower"]).clip(upper=0)
    judged = judged.assign(beyond=over + under)
    judged = judged[judged["beyond"] != 0].sort_values("beyond", key=abs, ascending=False)
    return judged.drop_duplicates("title").reset_index(drop=True)
