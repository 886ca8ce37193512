"""Generated playlists: the published layout, the planted truth, the same from the same seed."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lib.errors import DataError, ParameterError
from lib.playlists.continuation.challenge import CATEGORIES, read_challenge
from lib.playlists.generate import SAMPLE, generate_mpd, planted_themes, write_sample
from lib.playlists.reading.load import load_mpd
from lib.playlists.reading.verify import findings
from lib.playlists.sample.sample_draw import draw_slice
from lib.playlists.sample.sample_universe import make_universe, scramble

WORLD = {name: SAMPLE[name] for name in ("seed", "size", "n_themes", "plant_share")}


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder / "mpd")
    return folder / "mpd", load_mpd(folder / "mpd", folder / "store", workers=1)


def whole_file(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def test_what_is_generated_comes_back(sample):
    folder, store = sample
    universe = make_universe(**WORLD)
    drawn = [draw_slice(universe, n, SAMPLE["per_slice"]) for n in range(SAMPLE["n_slices"])]
    assert findings(store) == []
    assert store.lengths().tolist() == np.concatenate([np.diff(d.offsets) for d in drawn]).tolist()
    tracks = np.concatenate([d.tracks for d in drawn])
    # Same track, same number, and the other way round.
    pairs = np.unique(np.stack([tracks, store.entries]), axis=1).shape[1]
    assert pairs == len(np.unique(tracks)) == len(np.unique(store.entries))
    assert store.manifest["counts"]["artists"] == len(np.unique(universe.artist_of[tracks]))
    assert store.manifest["counts"]["albums"] == len(np.unique(universe.album_of[tracks]))
    playlists = store.table("playlists")
    assert (
        playlists["num_followers"].tolist() == np.concatenate([d.followers for d in drawn]).tolist()
    )
    for i in range(0, len(playlists), 37):
        numbers = store.tracks_of(i)
        table = store.table("tracks").iloc[numbers]
        assert playlists["num_artists"][i] == table["artist"].nunique()
        assert playlists["num_albums"][i] == table["album"].nunique()
        assert playlists["duration_ms"][i] == table["duration_ms"].sum()
    assert "playlists.description" not in store.manifest["absent"]
    assert sum(path.stat().st_size for path in folder.iterdir()) < 2_500_000


def test_the_published_layout_is_kept_byte_for_byte(tmp_path):
    generate_mpd(tmp_path, 1, per_slice=12, size=0.01)
    path = tmp_path / "mpd.slice.0-11.json"
    text = path.read_text("ascii")
    content = json.loads(text)
    assert json.dumps(content, indent=4) == text
    assert list(content["info"]) == ["generated_on", "slice", "version"]
    playlist = content["playlists"][0]
    assert set(playlist) - {"description"} == {
        *("name", "collaborative", "pid", "modified_at", "num_tracks", "num_albums"),
        *("num_followers", "tracks", "num_edits", "duration_ms", "num_artists"),
    }
    assert list(playlist["tracks"][0]) == [
        *("pos", "artist_name", "track_uri", "artist_uri", "track_name", "album_uri"),
        *("duration_ms", "album_name"),
    ]
    assert playlist["modified_at"] % 86_400 == 0


def test_a_slice_depends_on_seed_and_number_only(tmp_path):
    for name, slices, other in (
        ("a", 2, {}),
        ("b", 3, {"compressed": True}),
        ("c", 2, {"seed": 8}),
    ):
        generate_mpd(tmp_path / name, slices, per_slice=20, size=0.01, **other)
    first = json.loads(whole_file(tmp_path / "a" / "mpd.slice.20-39.json"))
    same = json.loads(whole_file(tmp_path / "b" / "mpd.slice.20-39.json.gz"))
    other = json.loads(whole_file(tmp_path / "c" / "mpd.slice.20-39.json"))
    assert first == same
    assert first != other


def test_workers_make_no_difference(tmp_path, monkeypatch):
    from lib.playlists import generate

    monkeypatch.setattr(generate, "PLAYLISTS_PER_SLICE", 1)
    generate_mpd(tmp_path / "two", 5, per_slice=5, size=0.005, workers=2)
    generate_mpd(tmp_path / "one", 5, per_slice=5, size=0.005, workers=1)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_planted_pairs_rules_and_themes_are_found_again(sample):
    folder, store = sample
    truth = json.loads((folder / "planted.json").read_text())
    themes = planted_themes(make_universe(**WORLD), SAMPLE["n_slices"], SAMPLE["per_slice"])
    ids = store.table("tracks", ["track_id"])["track_id"]
    number = {text: n for n, text in enumerate(ids)}
    holds = store.incidence().astype(bool).tocsc()

    def column(track: str) -> np.ndarray:
        return holds[:, [number[track]]].toarray().ravel()

    for pair in truth["pairs"]:
        a, b = (column(track) for track in pair["tracks"])
        both, either = (a & b).sum(), (a | b).sum()
        assert both >= 5
        assert both / either > pair["together"] - 0.25
        assert {truth["themes"][t] for t in themes[a]} == {pair["theme"]}
    together = [column(r["then"])[column(r["if"][0])] for r in truth["rules"]]
    assert np.concatenate(together).mean() == pytest.approx(
        truth["rules"][0]["confidence"], abs=0.1
    )
    for rule in truth["rules"]:
        first, second, then = (column(t) for t in (*rule["if"], rule["then"]))
        assert (first == second).all()
        assert not (then & ~first).any()
    titles = store.table("playlists")["name"].str.lower()
    workout = titles.str.contains("workout|gym|running|cardio|lifting")
    assert (themes[workout] == 0).mean() > 0.95
    assert workout[themes == 0].mean() > 0.7


def test_a_large_universe_has_the_published_shape():
    universe = make_universe()
    drawn = [draw_slice(universe, n, 1000) for n in range(3)]
    lengths = np.concatenate([np.diff(d.offsets) for d in drawn])
    assert lengths.min() >= 5
    assert lengths.max() <= 250
    assert lengths.mean() == pytest.approx(66.35, abs=3 * lengths.std() / len(lengths) ** 0.5)
    assert np.mean(np.concatenate([d.followers for d in drawn]) == 1) == pytest.approx(
        0.754, abs=0.03
    )
    tracks = np.concatenate([d.tracks for d in drawn])
    counts = np.bincount(tracks)
    # Published: the most frequent track is in 4.7 % of playlists, 12.8 % of entries are unique
    # to the thousand most frequent tracks.
    assert 0.03 < counts.max() / 3000 < 0.07
    repeats = sum(len(d.tracks) for d in drawn) - sum(
        len(np.unique(d.tracks[a:b]))
        for d in drawn
        for a, b in zip(d.offsets[:-1], d.offsets[1:], strict=True)
    )
    assert 0.003 < repeats / len(tracks) < 0.02


def test_scrambled_numbers_do_not_meet():
    numbers = np.arange(200_000)
    assert len(np.unique(scramble(7, 10, numbers))) == len(numbers)


def test_numbers_out_of_range_are_refused(tmp_path):
    for wrong in ({"n_slices": 0}, {"n_slices": 1, "size": 0}, {"n_slices": 1, "n_themes": 99}):
        with pytest.raises(ParameterError, match=next(reversed(wrong))):
            generate_mpd(tmp_path, **wrong)


def test_the_challenge_set_has_its_ten_categories(sample):
    folder, _ = sample
    found = read_challenge(folder / "challenge_set.json")
    assert found.findings == []
    sizes = found.playlists["category"].value_counts()
    assert sizes.to_dict() == {c.name: SAMPLE["per_category"] for c in CATEGORIES}
    by_name = {c.name: c for c in CATEGORIES}
    for row in found.playlists.itertuples():
        category = by_name[row.category]
        seeds = found.seeds[found.seeds["pid"] == row.pid]
        assert len(seeds) == row.num_samples == category.seeds
        assert isinstance(row.name, str) == category.title
        assert row.num_tracks - row.num_holdouts == row.num_samples
        in_front = seeds["position"].tolist() == list(range(category.seeds))
        assert in_front != category.shuffled
    with pytest.raises(DataError, match="expected 1,000 a category"):
        read_challenge(folder / "challenge_set.json", strict=True)


def test_challenge_sets_that_do_not_fit_are_named(sample, tmp_path):
    folder, _ = sample
    content = json.loads((folder / "challenge_set.json").read_text())
    path = tmp_path / "challenge_set.json"

    def written(change) -> Path:
        changed = json.loads(json.dumps(content))
        change(changed["playlists"])
        path.write_text(json.dumps(changed))
        return path

    with pytest.raises(DataError, match="no such file"):
        read_challenge(path)
    longest = content["playlists"][0]["pid"]
    with pytest.raises(DataError, match=rf"pid {longest}: 99 seed tracks .* ten categories"):
        read_challenge(written(lambda lists: lists[0]["tracks"].pop()))
    with pytest.raises(DataError, match="more than once"):
        read_challenge(written(lambda lists: lists.append(lists[0])))
    with pytest.raises(DataError, match="pid -5; expected whole numbers"):
        read_challenge(written(lambda lists: lists[0].update(pid=-5)))
    local = read_challenge(written(lambda lists: lists[0]["tracks"][0].update(track_uri="")))
    assert len(local.seeds) == sum(len(one["tracks"]) for one in content["playlists"]) - 1
    assert [f.kind for f in local.findings] == ["track without uri"]
    with pytest.raises(DataError, match=r"CHALLENGE_SET .*name another"):
        read_challenge(tmp_path / ("x" * 300))
    found = read_challenge(written(lambda lists: lists[3].update(num_holdouts=1)))
    assert [f.kind for f in found.findings] == ["num_tracks disagrees"]
    path.write_text(json.dumps(content)[:-200])
    with pytest.raises(DataError, match="cut short"):
        read_challenge(path)


def test_the_universe_is_not_changed_by_drawing():
    universe = make_universe(**WORLD)
    before = replace(universe, artist_of=universe.artist_of.copy())
    draw_slice(universe, 0, 50)
    assert (before.artist_of == universe.artist_of).all()
