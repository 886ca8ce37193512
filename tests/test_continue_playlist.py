"""Continuing somebody's playlist: names are found, counts are true, nothing fails in silence."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from mpd_data import plain_tables, playlist, track, track_id, write_slice
from recommender_data import N_TRACKS, WORDS, ask, training

from lib.errors import DataError, ParameterError
from lib.playlists.find_tracks import find_track, read_names, try_misspelt
from lib.playlists.fuzzy import alike, index_texts, nearest_texts
from lib.playlists.reading.load import load_mpd
from lib.playlists.reading.plain_tables import load_tables
from lib.playlists.texts import normalise_title
from lib.recommenders import continue_playlist as asking
from lib.recommenders.base import Training, training_from
from lib.recommenders.cooccurrence import Cooccurrence
from lib.recommenders.itemknn import ItemKNN
from lib.recommenders.reasons import LEAST, Z, in_words, links, playlists_called, together
from lib.recommenders.titles import Titles

NAMES = {
    0: ("Creep", "Radiohead"),
    1: ("Creep", "TLC"),
    2: ("Bohemian Rhapsody - Remastered 2011", "Queen"),
    3: ("Stand by Me", "Ben E. King"),
    4: ("Déjà Vu (feat. Somebody)", "Beyoncé"),
    5: ("Closer", "The Chainsmokers"),
    6: ("Bohemian Rhapsody", "A Choir"),
    7: ("Mr. Brightside", "The Killers"),
}


def called(number: int, pos: int) -> dict:
    one = track(number, pos)
    if number in NAMES:
        name, artist = NAMES[number]
        uri = f"spotify:artist:{'N' * 20}{number:02d}"
        one |= {"track_name": name, "artist_name": artist, "artist_uri": uri}
    return one


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Thirty playlists; track 0 is more frequent than 1, and 2 than 6."""
    folder = tmp_path_factory.mktemp("lists")
    rng = np.random.default_rng(3)
    lists = []
    for pid in range(30):
        numbers = rng.permutation(np.arange(8, 40))[: 14 + pid % 8].tolist()
        numbers += [0, 2, 7] if pid % 2 else [3, 4]
        numbers += [1, 6, 5] if pid % 5 == 0 else []
        one = playlist(pid, numbers, name=("Gym", "gym!!", "Road trip")[pid % 3])
        one["tracks"] = [called(number, pos) for pos, number in enumerate(numbers)]
        lists.append(one)
    for first in (0, 10, 20):
        write_slice(folder / "in", first, lists[first : first + 10])
    store = load_mpd(folder / "in", folder / "out", workers=1)
    names = read_names(store)
    data = training_from(store, np.arange(30))
    place = dict(zip(names.ids.to_pylist(), range(len(names.ids)), strict=True))
    return store, names, data, [place[track_id(number)] for number in range(40)]


@pytest.mark.parametrize(
    ("text", "number", "how"),
    [
        ("Creep", 0, "name"),
        ("creep – TLC", 1, "name"),
        ("TLC - Creep", 1, "name"),
        ("CREEP by Radiohead", 0, "name"),
        ("Bohemian Rhapsody", 2, "name"),
        ("stand BY me", 3, "name"),
        ("Stand by Me by Ben E King", 3, "name"),
        ("deja vu", 4, "name"),
        ("Deja Vu – Beyonce", 4, "name"),
        ("closr", 5, "close"),
        ("mr brightside killers", 7, "close"),
        (f"spotify:track:{track_id(9)}", 9, "id"),
        (f"https://open.spotify.com/track/{track_id(9)}?si=1", 9, "id"),
        (f"https://open.spotify.com/intl-de/track/{track_id(9)}", 9, "id"),
        (track_id(11), 11, "id"),
        (f"spotify:track:{'x' * 22}", None, "unknown"),
        ("zzzz qqqq", None, "unknown"),
        ("❤", None, "unknown"),
    ],
)
def test_what_people_type_is_found(made, text, number, how):
    _, names, _, place = made
    found = find_track(names, text)
    assert (found.track, found.how) == (-1 if number is None else place[number], how)


def test_other_candidates_are_named(made):
    store, names, data, place = made
    assert find_track(names, "creep").others == (place[1],)
    assert find_track(names, "creep radiohead").others == ()
    model = ItemKNN().fit(data)
    found = asking.continue_playlist(["creep", "closr"], "", model, data, store, names, 5)
    assert "‘creep’ was taken for Creep – Radiohead" in found.notes[0]
    assert "Creep – TLC" in found.notes[0]
    assert found.notes[1].startswith("‘closr’ was taken for Closer – The Chainsmokers")


def test_misspelt_names_are_recognised(made):
    _, names, _, place = made
    right, _ = try_misspelt(names, np.array(place[2:8]))
    assert right == 6


def test_search_among_200_000_names_is_quick():
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abdegiklmnoprstuvy"), 6)) for _ in range(3000)]
    texts = [" ".join(row) for row in rng.choice(words, (200_000, 4))]
    index = index_texts(texts)
    took = []
    for row in range(0, 200_000, 20_000):
        began = time.process_time()
        near = nearest_texts(index, texts[row][1:])
        took.append(time.process_time() - began)
        assert near[0] == row
    assert np.median(took) < 0.1


@given(st.lists(st.text("abc ", max_size=8), min_size=1, max_size=8), st.text("abc ", max_size=8))
@settings(max_examples=60, deadline=None)
def test_the_nearest_texts_equal_a_plain_count(texts, asked):
    index = index_texts(texts)
    found = nearest_texts(index, asked)

    def pieces(text):
        return {f" {w} "[i : i + 3] for w in text.split() for i in range(max(len(w), 1))}

    all_of = [pieces(text) for text in texts]
    weight = {
        p: np.log((len(texts) + 1) / sum(p in own for own in all_of)) for p in set().union(*all_of)
    }
    asked = {p for p in pieces(asked) if p in weight}
    own = sum(weight[p] for p in asked)
    scores = {}
    for row, of in enumerate(all_of):
        if of & asked:
            total = sum(weight[p] for p in of)
            scores[row] = 2 * sum(weight[p] for p in of & asked) / (own + total)
    assert set(found.tolist()) == set(scores)
    ordered = [scores[row] for row in found]
    assert all(a >= b - 1e-5 for a, b in itertools.pairwise(ordered))


def test_nothing_to_search_finds_nothing():
    assert len(nearest_texts(index_texts(["", ""]), "abc")) == 0
    assert alike("", "") == 1.0


# Reasons


def brute_reason(data: Training, seeds: list[int], track: int):
    """Count playlist by playlist, with sets."""
    lists = [set(np.flatnonzero(row)) for row in data.tracks.toarray()]
    share = sum(track in own for own in lists) / len(lists)
    best = (-1, 0, 0, -1.0)
    for seed in seeds:
        of = sum(seed in own for own in lists)
        shared = sum(seed in own and track in own for own in lists)
        if shared < LEAST:
            continue
        p = shared / of
        root = Z * np.sqrt(p * (1 - p) / of + Z**2 / (4 * of**2))
        low = (p + Z**2 / (2 * of) - root) / (1 + Z**2 / of)
        if low > share and low > best[3] + 1e-12:
            best = (seed, shared, of, low)
    return best[:3]


@given(
    st.lists(st.integers(-1, N_TRACKS - 1), max_size=6),
    st.sampled_from(["", "Gym!", "old  songs", "nobody's"]),
    st.integers(0, 3),
)
@settings(max_examples=60, deadline=None)
def test_counts_equal_those_made_playlist_by_playlist(seeds, title, draw):
    data = training(seed=draw)
    tracks = np.array([[5, 12, 39, 0, -1, 20]])
    tie = links(ask(seeds, titles=[title]), tracks, data)
    known = list(dict.fromkeys(seed for seed in seeds if seed >= 0))
    same = [row for row, own in enumerate(data.titles) if title and own == normalise_title(title)]
    for place, one in enumerate(tracks[0]):
        row = [int(getattr(tie, name)[0, place]) for name in ("seed", "shared", "of")]
        if one < 0:
            assert row == [-1, 0, 0]
            continue
        assert tuple(row) == brute_reason(data, known, one)
        if row[0] >= 0:
            expected = row[1] / row[2] / (data.popularity[one] / data.tracks.shape[0])
            assert tie.times[0, place] == pytest.approx(expected, 1e-5)
        for name in ("artist", "album"):
            owner = getattr(data, name)
            expected = sum(owner[s] == owner[one] and owner[one] >= 0 for s in known)
            assert getattr(tie, name)[0, place] == expected
        held = data.tracks.toarray()[same, one].sum() if same else 0
        assert (tie.titled[0, place], tie.called[0, place]) == (held, len(same))
    assert tie.given.tolist() == [len(known)]


def test_reasons_in_words_hold_the_counts(made):
    store, names, data, place = made
    model = Cooccurrence().fit(data)
    found = asking.continue_playlist(["Mr. Brightside"], "GYM", model, data, store, names, 8)
    matrix, seed = data.tracks.toarray() > 0, place[7]
    gym = np.array([title == "gym" for title in data.titles])
    counted = 0
    for row in found.tracks.itertuples():
        assert row.reasons
        if row.of:
            shared = (matrix[:, seed] & matrix[:, row.track]).sum()
            of = matrix[:, seed].sum()
            text = f"in {shared} of the {of} playlists that contain Mr. Brightside – The Killers"
            assert row.reasons.startswith(text)
            counted += 1
        held = (gym & matrix[:, row.track]).sum()
        assert f"in {held} of {gym.sum()} playlists called ‘GYM’" in row.reasons or held < LEAST
    assert counted
    assert found.tracks["track"].iloc[0] in (place[0], place[2])


def test_a_merely_popular_track_is_no_reason():
    """Every playlist holds track 0, so that a seed says nothing for it."""
    held = np.zeros((40, 3), np.float32)
    held[:, 0] = 1
    held[:20, 1] = 1
    held[:20:2, 2] = 1
    none = np.full(3, -1, np.int32)
    data = Training(sp.csr_array(held), [""] * 40, none, none)
    tie = links(ask([1]), np.array([[0, 2]]), data)
    assert tie.shared.tolist() == [[0, 10]]
    assert together(data, np.array([1]), np.array([0, 2])).tolist() == [[20, 10]]
    assert in_words(tie, 0, 0, {}, "") == ""


def test_one_shared_playlist_is_no_reason():
    held = np.zeros((60, 3), np.float32)
    held[2:, 0] = 1
    held[0, 1:] = 1
    none = np.full(3, -1, np.int32)
    for shared, seed in ((1, -1), (2, 1)):
        data = Training(sp.csr_array(held), [""] * 60, none, none)
        assert together(data, np.array([1]), np.array([2])).tolist() == [[shared]]
        assert links(ask([1]), np.array([[2]]), data).seed.tolist() == [[seed]]
        held[1, 1:] = 1


def test_playlists_of_a_title():
    data = training()
    called = playlists_called(data)
    assert set(called) == set(WORDS) - {""}
    for title, rows in called.items():
        assert [data.titles[row] for row in rows] == [title] * len(rows)
        assert len(rows) == data.titles.count(title)


# Odd questions


def go(made, asked, title="", model=None, length=5):
    store, names, data, _ = made
    model = (model or ItemKNN()).fit(data)
    return asking.continue_playlist(asked, title, model, data, store, names, length)


def test_split():
    assert asking.split_tracks(" a;b \n\n c ;;") == ["a", "b", "c"]
    assert asking.split_tracks(" \n;") == []


def test_neither_tracks_nor_title_is_refused(made):
    for title, said in (("", "neither a track nor a title"), ("...", "has no word or sign")):
        with pytest.raises(ParameterError, match=said):
            go(made, [], title)
    with pytest.raises(ParameterError, match="length: expected 1 or more"):
        go(made, ["Creep"], length=0)


def test_unknown_tracks_are_named_and_left_out(made):
    found = go(made, ["Creep – TLC", "Bohemo Rpsdy", "qqqq"])
    assert len(found.seeds) == 1
    assert "‘Bohemo Rpsdy’" in found.notes[0] and "Bohemian Rhapsody" in found.notes[0]
    assert found.notes[1] == "‘qqqq’ is not in the catalogue and is left out (nothing comes near)."
    with pytest.raises(DataError, match="none of 2 tracks is in the catalogue of 40: ‘qqqq’"):
        go(made, ["qqqq", "wwww"])


def test_unknown_tracks_with_a_title_fall_back_on_the_title(made):
    found = go(made, ["qqqq"], "gym", Titles())
    alone = go(made, [], "gym", Titles())
    assert found.tracks["track"].tolist() == alone.tracks["track"].tolist()
    assert len(found.notes) == 1


def test_a_title_that_nobody_has_gets_popular_tracks_and_a_note(made):
    _, _, data, _ = made
    found = go(made, [], "zzz", Titles())
    assert found.tracks["track"].tolist() == data.popular[:5].tolist()
    assert found.tracks["reasons"].str.contains("popular, added to fill the list").all()
    assert any("no playlist is called ‘zzz’" in note for note in found.notes)
    assert any("the list is the most popular tracks" in note for note in found.notes)
    near = go(made, [], "gymm", Titles())
    assert "nearest: ‘gym’" in near.notes[0]


def test_a_title_alone_is_counted_in_playlists_of_that_title(made):
    _, _, data, _ = made
    found = go(made, [], "Gym", Titles()).tracks
    rows = np.array([title == "gym" for title in data.titles])
    held = data.tracks.toarray()[rows].sum(axis=0)[found["track"]]
    assert found["titled"].tolist() == np.where(held >= 2, held, 0).tolist()
    assert set(found["called"]) == {rows.sum()}
    assert found["titled"].max() >= 2


def test_long_titles_are_told_in_short(made):
    (note, *_) = go(made, ["Creep"], "z" * 5000).notes[-2:]
    assert len(note) < 200


def test_a_title_for_a_model_that_cannot_read_titles(made):
    found = go(made, [], "gym", ItemKNN())
    assert "ItemKNN knows nothing that follows from this title: the list" in found.notes[-1]
    assert len(found.tracks) == 5


def test_repeats_count_once_and_no_seed_comes_back(made):
    found = go(made, ["Creep", "creep", "Creep – Radiohead", "Creep – TLC"], length=50)
    assert len(found.seeds) == 2
    assert any("2 repeated tracks count once" in note for note in found.notes)
    assert not set(found.seeds) & set(found.tracks["track"])
    assert found.tracks["track"].is_unique
    assert len(found.tracks) == 38
    assert any("38 tracks, as no more are left; 50 were wanted" in note for note in found.notes)


def test_three_hundred_tracks(made):
    _, _, _, place = made
    ids = [track_id(number) for number in range(30)] * 10
    found = go(made, ids)
    assert len(ids) == 300
    assert found.seeds.tolist() == place[:30]
    assert len(found.tracks) == 5
    everything = [track_id(number) for number in range(40)]
    with pytest.raises(DataError, match="all 40 tracks that are in a playlist are given"):
        go(made, everything)


def test_the_order_given_is_the_order_asked(made):
    found = go(made, ["Mr. Brightside", "Closer", "Creep"])
    _, _, _, place = made
    assert found.seeds.tolist() == [place[7], place[5], place[0]]


def test_a_set_without_names_goes_by_ids(tmp_path):
    rng = np.random.default_rng(1)
    lists = [rng.permutation(30)[:12].tolist() for _ in range(25)]
    store = load_tables(
        plain_tables(tmp_path / "in", lists) / "playlist_tracks.parquet", tmp_path / "out"
    )
    names, data = read_names(store), training_from(store, np.arange(25))
    assert not names.named
    model = ItemKNN().fit(data)
    found = asking.continue_playlist(["t3", "Creep"], "", model, data, store, names, 4)
    assert len(found.tracks) == 4 and found.tracks["name"].str.startswith("t").all()
    assert "‘Creep’ is not in the catalogue" in found.notes[0]
    titled = asking.continue_playlist(["t3"], "gym", model, data, store, names, 4)
    assert "have no titles" in titled.notes[0]


def test_an_example_is_a_playlist_of_the_set(made):
    store, _, _, _ = made
    for seed in range(4):
        example = asking.draw_example(store, seed)
        both = np.concatenate([example.seeds, example.hidden])
        assert both.tolist() == np.asarray(store.tracks_of(example.playlist)).tolist()
        assert len(example.seeds) == asking.SHOWN
        again = asking.draw_example(store, seed)
        assert again.playlist == example.playlist


def test_tracks_that_are_not_wanted_leave_the_list_as_long(made):
    first = go(made, ["Creep"]).tracks["track"].tolist()
    store, names, data, _ = made
    model = ItemKNN().fit(data)
    rest = asking.continue_playlist(["Creep"], "", model, data, store, names, 5, without=first[:3])
    assert rest.tracks["track"].tolist()[:2] == first[3:]
    assert len(rest.tracks) == 5
    assert not {*first[:3]} & {*rest.tracks["track"]}
    with pytest.raises(DataError, match="given or not wanted"):
        asking.continue_playlist(["Creep"], "", model, data, store, names, 5, without=range(40))
