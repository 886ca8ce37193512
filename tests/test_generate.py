"""The generated sample: same bytes again, and what was planted stands in the file."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.tracks import generate
from lib.tracks.sample_names import artist_names, titles
from lib.tracks.sample_recordings import draw_artists, draw_recordings
from lib.tracks.sample_sound import GENRES, bell, three_digits

SAMPLE = Path(__file__).parents[1] / "data" / "sample" / "tracks"
AUDIO = ["danceability", "energy", "loudness", "speechiness", "acousticness"]
AUDIO += ["instrumentalness", "liveness", "valence", "tempo"]
OTHER_SEED = 20


@pytest.fixture(scope="module", params=["committed", "another seed"])
def sample(request, tmp_path_factory):
    """A catalogue as the file tells it, read with plain pandas, and its planted truth."""
    folder = SAMPLE
    if request.param != "committed":
        folder = tmp_path_factory.mktemp("sample")
        generate.write_sample(folder, OTHER_SEED)
    table = pd.read_csv(folder / "dataset.csv", index_col=0)
    return table, json.loads((folder / "planted.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def by_id(sample):
    """One row an id, with its first artist; the row without text is left out."""
    table, planted = sample
    ids = table.drop(index=planted["null_row"]).drop_duplicates("track_id").set_index("track_id")
    return ids.assign(first=ids["artists"].str.split(";").str[0])


def test_regenerating_gives_the_committed_bytes(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "lib.tracks.generate", str(tmp_path / "new")],
        cwd=SAMPLE.parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for name in ("dataset.csv", "planted.json"):
        assert (tmp_path / "new" / name).read_bytes() == (SAMPLE / name).read_bytes(), name


def test_another_seed_gives_another_catalogue():
    ours, _ = generate.generate_catalogue()
    other, _ = generate.generate_catalogue(OTHER_SEED)
    assert not set(ours["track_id"]) & set(other["track_id"])
    assert not ours["popularity"].equals(other["popularity"])


def test_sizes():
    assert (SAMPLE / "dataset.csv").stat().st_size <= 1_000_000
    assert (SAMPLE / "planted.json").stat().st_size <= 300_000


def test_only_whole_numbers_decide():
    rng = np.random.default_rng(0)
    recordings, _ = draw_recordings(rng, draw_artists(rng))
    kinds = recordings.dtypes.drop(["artist", "genre", "title", "album", "credits"])
    assert {kind.kind for kind in kinds} == {"i", "b"}


def test_layout_and_number_format():
    first, *lines = (SAMPLE / "dataset.csv").read_text("utf-8").split("\n")
    assert first == (
        ",track_id,artists,album_name,track_name,popularity,duration_ms,explicit,danceability,"
        "energy,key,loudness,mode,speechiness,acousticness,instrumentalness,liveness,valence,"
        "tempo,time_signature,track_genre"
    )
    assert lines.pop() == ""
    cells = pd.read_csv(SAMPLE / "dataset.csv", dtype=str)
    assert set(cells["explicit"]) == {"True", "False"}
    for name in AUDIO:
        assert cells[name].str.fullmatch(r"-?\d+\.\d+|\d(\.\d+)?e-\d\d").all(), name
        assert cells[name].str.len().max() <= 9, name
    for name in ("popularity", "duration_ms", "key", "mode", "time_signature"):
        assert cells[name].str.fullmatch(r"\d+").all(), name


def test_ranges(sample):
    table, _ = sample
    shares = table[[name for name in AUDIO if name not in ("loudness", "tempo")]]
    assert shares.min().min() >= 0 and shares.max().max() <= 1
    assert table["loudness"].between(-60, 5).all()
    assert table["tempo"].between(0, 250).all()
    assert table["popularity"].between(0, 100).all()
    assert table["key"].isin(range(12)).all() and table["mode"].isin([0, 1]).all()
    assert table["time_signature"].isin([0, 1, 3, 4, 5]).all()
    assert table["track_id"].str.fullmatch("[0-9A-Za-z]{22}").all()


def test_rows_stand_genre_after_genre(sample):
    table, planted = sample
    assert table.index.tolist() == list(range(planted["rows"]))
    assert table["track_genre"].is_monotonic_increasing
    assert set(table["track_genre"].value_counts()) == {generate.ROWS_PER_GENRE}
    assert set(table["track_genre"]) == set(planted["genre_levels"])


def test_counts(sample):
    table, planted = sample
    ids = table.groupby("track_id")
    assert planted["unique_ids"] == ids.ngroups
    assert planted["exact_duplicate_rows"] == table.duplicated().sum() > 0
    assert planted["zero_rows"] == (table["popularity"] == 0).sum()
    assert planted["zero_ids"] == (ids["popularity"].max() == 0).sum()
    assert planted["zero_tempo_rows"] == (table["tempo"] == 0).sum() > 0
    assert planted["zero_time_signature_rows"] == (table["time_signature"] == 0).sum() > 0
    assert planted["two_popularities"] == sorted(
        ids["popularity"].nunique().loc[lambda n: n > 1].index
    )
    # Same id, else the same but for genre and popularity.
    rest = table.drop(columns=["popularity", "track_genre"]).drop_duplicates()
    assert len(rest) == ids.ngroups


def test_shares_are_those_of_the_real_file(sample, by_id):
    """The published file: .787 ids a row, 14 % zeros, 26 % collaborations, 40 % single artists."""
    table, planted = sample
    assert planted["unique_ids"] / planted["rows"] == pytest.approx(0.787, abs=0.01)
    assert planted["zero_rows"] / planted["rows"] == pytest.approx(0.14, abs=0.04)
    assert planted["zero_ids"] / planted["unique_ids"] == pytest.approx(0.11, abs=0.04)
    assert 0.25 < planted["zero_ids_with_nonzero_twin"] / planted["zero_ids"] < 0.45
    assert table["artists"].str.contains(";").mean() == pytest.approx(0.25, abs=0.03)
    tracks = by_id["first"].value_counts()
    assert (tracks == 1).mean() == pytest.approx(0.4, abs=0.05)
    assert (tracks >= 10).sum() > 100
    rows_per_id = table["track_id"].value_counts()
    assert {2, 3, 4, 5} <= set(rows_per_id)
    assert (rows_per_id > 1).mean() == pytest.approx(0.18, abs=0.03)
    in_groups = sum(map(len, planted["recordings"])) / planted["unique_ids"]
    assert in_groups == pytest.approx(0.21, abs=0.02)


def test_row_without_text(sample):
    table, planted = sample
    text = ["artists", "album_name", "track_name"]
    assert table.index[table[text].isna().any(axis=1)].tolist() == [planted["null_row"]]
    row = table.loc[planted["null_row"]]
    assert row[text].isna().all()
    assert (row["popularity"], row["duration_ms"], row["track_genre"]) == (0, 0, "k-pop")
    assert (table["duration_ms"] == 0).sum() == 1


def test_recordings_are_all_the_copies_there_are(sample, by_id):
    """Same audio, or same title and first artist, links the planted ids and no others."""
    _, planted = sample
    number = {i: n for n, group in enumerate(planted["recordings"]) for i in group}
    group = pd.Series([number.get(i, i) for i in by_id.index], by_id.index)
    title = by_id["track_name"].str.removesuffix(" - Remastered")
    assert group.groupby([by_id[name] for name in AUDIO]).nunique().max() == 1
    assert group.groupby([title, by_id["first"]]).nunique().max() == 1
    assert group.nunique() + 1 == planted["unique_recordings"]
    white = {i for pair in planted["white_label"] for i in pair}
    same_sound = 0
    for ids in planted["recordings"]:
        copies = by_id.loc[ids]
        if not white.intersection(ids):
            assert len(set(copies["first"])) == len(set(title[ids])) == 1
            same_sound += len(copies[AUDIO].drop_duplicates()) < len(ids)
        assert len(set(copies["explicit"])) == len(set(copies["key"])) == 1
    assert 0.5 < same_sound / len(planted["recordings"]) < 0.9


def test_pairs(sample, by_id):
    _, planted = sample
    for one, two in planted["white_label"]:
        assert by_id.loc[one, AUDIO].equals(by_id.loc[two, AUDIO])
        assert by_id.loc[one, "artists"] != by_id.loc[two, "artists"]
        assert [one, two] in planted["recordings"] or [two, one] in planted["recordings"]
    merged = {i for group in planted["recordings"] for i in group}
    for one, two in planted["same_title"]:
        assert by_id.loc[one, "track_name"] == by_id.loc[two, "track_name"]
        assert by_id.loc[one, "first"] != by_id.loc[two, "first"]
        assert not {one, two} & merged
    for studio, live in planted["live_version"]:
        assert by_id.loc[live, "track_name"] == by_id.loc[studio, "track_name"] + " - Live"
        assert by_id.loc[live, "first"] == by_id.loc[studio, "first"]
        assert not {studio, live} & merged
    assert [len(planted[kind]) for kind in ("white_label", "same_title", "live_version")] == [
        12,
        16,
        24,
    ]


def test_reissues_are_oftener_at_zero(sample, by_id):
    _, planted = sample
    again = [i for group in planted["recordings"] for i in group if i in planted["not_original"]]
    rest = by_id.index.difference(planted["not_original"])
    assert (by_id.loc[again, "popularity"] == 0).mean() > 0.4
    assert (by_id.loc[rest, "popularity"] == 0).mean() < 0.08


def test_compilations_have_one_popularity_and_many_first_artists(sample, by_id):
    _, planted = sample
    for name, popularity in planted["compilations"].items():
        there = by_id[by_id["album_name"] == name]
        assert set(there["popularity"]) == {popularity}
        assert there["first"].nunique() >= 5
        assert set(there.index) <= set(planted["not_original"])
    assert (np.array(list(planted["compilations"].values())) == 0).mean() > 0.5


@pytest.fixture(scope="module")
def originals(sample, by_id):
    """Ids whose popularity is the planted sum: no re-issue, no recording with several ids."""
    _, planted = sample
    copies = [i for group in planted["recordings"] for i in group]
    changed = {*copies, *planted["not_original"], *planted["two_popularities"]}
    rest = by_id.drop(index=list(changed & set(by_id.index)))
    # An artist's home is its commonest genre; a row from elsewhere does not tell the level.
    home = rest.groupby("first")["track_genre"].agg(lambda s: s.mode()[0])
    return rest[rest["track_genre"] == rest["first"].map(home)]


def test_genre_levels_and_audio_effects_are_recovered(sample, originals):
    """Least squares on genre and audio, the artist's level taken off."""
    _, planted = sample
    heard = originals[originals["popularity"] > 0]
    effects, zeros = pd.Series(planted["audio_effects"]), pd.Series(planted["audio_zeros"])
    design = pd.get_dummies(heard["track_genre"], dtype=float)
    design = design.join(heard[effects.index].astype(float) - zeros)
    left = heard["popularity"] - heard["first"].map(planted["artist_levels"])
    found = pd.Series(np.linalg.lstsq(design.to_numpy(), left.to_numpy())[0], design.columns)
    levels = pd.Series(planted["genre_levels"])
    assert (found[levels.index] - levels).abs().max() < 4
    assert (found[levels.index] - levels).abs().median() < 1
    units = pd.Series({"loudness": 4.0}).reindex(effects.index, fill_value=0.15)
    units["speechiness"], units["explicit"] = 0.04, 0.3
    # In points over a typical deviation of the column, so that one tolerance fits all.
    assert ((found[effects.index] - effects) * units).abs().max() < 0.6
    sd = np.std(left - design @ found)
    assert sd == pytest.approx(planted["noise_sd"], rel=0.3)


def test_artist_levels_are_recovered(sample, originals):
    _, planted = sample
    effects, zeros = pd.Series(planted["audio_effects"]), pd.Series(planted["audio_zeros"])
    by_sound = (originals[effects.index].astype(float) - zeros) @ effects
    by_genre = originals["track_genre"].map(planted["genre_levels"])
    above = originals["popularity"] - by_genre - by_sound
    means = above.groupby(originals["first"]).agg(["mean", "size"])
    known = means[means["size"] >= 10]["mean"]
    level = known.index.map(planted["artist_levels"])
    assert len(known) > 80
    assert np.corrcoef(known, level)[0, 1] > 0.95
    assert (known - level).abs().median() < 2


def test_names_are_different_and_some_are_awkward(by_id):
    rng = np.random.default_rng(3)
    names = artist_names(rng, 1000)
    assert len(set(names)) == 1000 and not any(";" in name for name in names)
    plain = {re.sub(r"\W+", " ", title).casefold().strip() for title in titles(rng, 5000)}
    assert len(plain) == 5000
    for sign in (",", '"', "é"):
        assert by_id["track_name"].str.contains(sign).any(), sign


@given(st.integers(100, 10**8))
def test_three_digits_is_rounding(number):
    rounded = int(three_digits(np.array([number]))[0])
    assert abs(rounded - number) * 200 <= number
    assert len(str(rounded).rstrip("0")) <= 3


def test_bell_is_nearly_normal():
    draws = bell(np.random.default_rng(1), 20_000)
    assert draws.dtype.kind == "i"
    assert abs(draws.mean()) < 25 and abs(draws.std() - 1000) < 20
    assert (np.abs(draws) > 2000).mean() == pytest.approx(0.045, abs=0.01)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**31 - 1))
def test_any_seed_gives_a_catalogue(seed):
    frame, planted = generate.generate_catalogue(seed)
    again = pd.read_csv(io.StringIO(frame.to_csv()), index_col=0)
    assert len(again) == generate.ROWS_PER_GENRE * len(GENRES)
    assert again["track_id"].nunique() == planted["unique_ids"]
    assert again.duplicated().sum() == planted["exact_duplicate_rows"]
