"""Held-out playlists: whole, disjoint, as the categories ask, and unknown to training."""

from __future__ import annotations

from dataclasses import replace

import mpd_data
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.errors import DataError, ParameterError
from lib.playlists.continuation.challenge import CATEGORIES
from lib.playlists.continuation.held_out import check_holdout, describe_holdout
from lib.playlists.continuation.holdout import hold_out_challenge, hold_out_latest, hold_out_random
from lib.playlists.continuation.queries import Queries
from lib.playlists.reading.load import load_mpd
from lib.playlists.reading.plain_tables import load_tables

DAY = 86_400
FIRST_DAY = 17_000


def make_store(folder, lists: dict[int, list[int]], **other):
    """Make a store of playlists by pid; `other` gives a field for each pid."""
    content = []
    for pid, numbers in lists.items():
        fields = {name: values[pid] for name, values in other.items()}
        content.append(mpd_data.playlist(pid, numbers, **fields))
    last = max(lists)
    mpd_data.write_slice(folder / "slices", 0, content, last=last)
    return load_mpd(folder / "slices", folder / "store", workers=1)


def random_lists(pids, seed=0, longest=150) -> dict[int, list[int]]:
    """Playlists of 5 to `longest` entries with repeats, each from its own pid."""
    made = {}
    for pid in pids:
        rng = np.random.default_rng([seed, pid])
        made[pid] = rng.integers(0, 600, rng.integers(5, longest)).tolist()
    return made


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    lists = random_lists(range(500))
    names = {pid: f"  List {pid} " if pid % 10 else " " for pid in lists}
    # The later the pid the earlier the day, a few on each.
    days = {pid: DAY * (FIRST_DAY - pid // 7) for pid in lists}
    return make_store(tmp_path_factory.mktemp("store"), lists, name=names, modified_at=days)


def different(store, row) -> list[int]:
    return list(dict.fromkeys(store.tracks_of(int(row)).tolist()))


def check_parts(store, holdout, shortest: dict[str, int]) -> None:
    """Recount everything that a hold-out promises."""
    check_holdout(holdout)
    names = store.table("playlists")["name"].fillna("").str.strip()
    kinds = {c.name: c for c in CATEGORIES}
    for part in (holdout.validation, holdout.test):
        assert part.category.dtype == np.int8
        assert len(part) == len(part.queries) == len(part.truth) == len(part.category)
        for row, playlist in enumerate(part.playlists):
            name = part.names[part.category[row]]
            category = kinds.get(name)
            n_seeds = category.seeds if category else int(name.split()[-1])
            seeds, hidden = part.queries.seeds[row], part.truth[row]
            assert seeds.dtype == hidden.dtype == np.int32
            tracks = different(store, playlist)
            assert len(tracks) >= shortest[name]
            assert len(seeds) == n_seeds
            assert sorted([*seeds, *hidden]) == sorted(tracks)
            for given_ in (seeds, hidden):
                places = [tracks.index(t) for t in given_.tolist()]
                assert places == sorted(places)
            if category and not category.shuffled:
                assert seeds.tolist() == tracks[:n_seeds]
            titled = category is not None and category.title
            assert part.queries.ordered[row] == (category is not None and not category.shuffled)
            assert part.queries.titles[row] == (names[playlist] if titled else "")
            assert bool(part.queries.titles[row]) == titled


def test_random_hold_out_keeps_its_promises(store):
    holdout = hold_out_random(store, (1, 5, 10), 30, (11, 15, 20), seed=4)
    assert holdout.short == ()
    assert holdout.test.names == ("random 1", "random 5", "random 10")
    assert np.bincount(holdout.test.category).tolist() == [30] * 3
    check_parts(store, holdout, {"random 1": 11, "random 5": 15, "random 10": 20})
    everything = [holdout.train, holdout.validation.playlists, holdout.test.playlists]
    assert np.sort(np.concatenate(everything)).tolist() == list(range(500))
    assert (np.diff(holdout.train) > 0).all()
    beyond_the_first = [
        len(seeds) and seeds.tolist() != different(store, row)[: len(seeds)]
        for row, seeds in zip(holdout.test.playlists, holdout.test.queries.seeds, strict=True)
    ]
    assert np.mean(beyond_the_first) > 0.8


def test_challenge_hold_out_keeps_its_promises(store):
    holdout = hold_out_challenge(store, 8, min_hidden=10, seed=4)
    assert holdout.short == ()
    assert holdout.test.names == tuple(c.name for c in CATEGORIES)
    check_parts(store, holdout, {c.name: c.seeds + 10 for c in CATEGORIES})
    for part in (holdout.validation, holdout.test):
        assert np.bincount(part.category).tolist() == [8] * 10


def test_short_categories_keep_their_share_of_long_playlists(store):
    """The categories that need long playlists do not leave short ones to the others."""
    lengths = np.array([len(different(store, row)) for row in range(500)])
    picked = [
        lengths[hold_out_challenge(store, 8, seed=seed).test.playlists[:8]] for seed in range(40)
    ]
    pool = lengths[lengths >= 10]
    error = pool.std() / np.sqrt(40 * 8)
    assert abs(np.mean(picked) - pool.mean()) < 3 * error


def test_adding_playlists_does_not_change_the_draws_of_others(tmp_path, store):
    lists = random_lists([*range(500), *range(503, 523)])
    names = {pid: f"  List {pid} " if pid % 10 else " " for pid in lists}
    more = make_store(tmp_path, lists, name=names)
    for make in (
        lambda s: hold_out_challenge(s, 8, seed=9),
        lambda s: hold_out_random(s, (1, 10), 30, (11, 30), seed=9),
    ):
        few, many = make(store), make(more)
        ids = [s.table("tracks")["track_id"].to_numpy() for s in (store, more)]
        pids = [s.table("playlists")["pid"].to_numpy() for s in (store, more)]
        drawn = []
        for holdout, names_, pid in zip((few, many), ids, pids, strict=True):
            part = holdout.test
            drawn.append(
                {
                    (pid[row], part.names[kind]): (names_[seeds].tolist(), title)
                    for row, kind, seeds, title in zip(
                        part.playlists, part.category, part.queries.seeds, part.queries.titles,
                        strict=True,
                    )
                }
            )  # fmt: skip
        both = drawn[0].keys() & drawn[1].keys()
        assert len(both) >= 0.8 * len(drawn[0])
        assert all(drawn[0][key] == drawn[1][key] for key in both)


def test_same_seed_same_hold_out_another_seed_another(store):
    first, again, other = (hold_out_challenge(store, 5, seed=seed) for seed in (1, 1, 2))
    assert first.test.playlists.tolist() == again.test.playlists.tolist()
    for a, b in zip(first.test.queries.seeds, again.test.queries.seeds, strict=True):
        assert a.tolist() == b.tolist()
    assert set(first.test.playlists) != set(other.test.playlists)


def test_a_pair_that_only_test_playlists_hold_is_not_in_training(tmp_path):
    """Tracks 800 and 801 stand together in every test playlist and in no other."""
    lists = random_lists(range(120), longest=60)
    target = make_store(tmp_path / "plain", lists)
    chosen = hold_out_random(target, (1, 5), 10, (11, 15), seed=3)
    for row in chosen.test.playlists:  # the last entries, so that the choice stays the same
        lists[row] += [800, 801]
    planted = make_store(tmp_path / "planted", lists)
    holdout = hold_out_random(planted, (1, 5), 10, (11, 15), seed=3)
    assert holdout.test.playlists.tolist() == chosen.test.playlists.tolist()
    ids = planted.table("tracks")["track_id"].tolist()
    pair = [ids.index(mpd_data.track_id(number)) for number in (800, 801)]
    matrix = planted.incidence()
    together = (matrix.T @ matrix)[pair[0], pair[1]]
    assert together == 20
    training = matrix[holdout.train]
    assert (training.T @ training)[pair[0], pair[1]] == 0
    assert training[:, pair].sum() == 0
    hidden = describe_holdout(holdout, np.asarray(training.sum(axis=0)).ravel())
    assert (hidden.loc[hidden["part"] == "test", "unknown"] > 0).all()
    # The same count over training and test playlists would find the pair: so the check must.
    leaking = replace(holdout, train=np.sort(np.append(holdout.train, holdout.test.playlists[3])))
    assert matrix[leaking.train][:, pair].sum() == 2
    with pytest.raises(DataError, match=r"is in training and test \(1 such\)"):
        check_holdout(leaking)


def test_overlaps_and_repeats_are_found(store):
    holdout = hold_out_random(store, (5,), 10, (15,), seed=3)
    both = replace(holdout, validation=holdout.test)
    with pytest.raises(DataError, match=r"in validation and test \(10 such\)"):
        check_holdout(both)
    truth = [*holdout.test.truth]
    truth[4] = np.append(truth[4], holdout.test.queries.seeds[4][2])
    with pytest.raises(DataError, match=r"test row 4 \(playlist \d+\): a track is there twice"):
        check_holdout(replace(holdout, test=replace(holdout.test, truth=truth)))
    with pytest.raises(DataError, match="in training and training"):
        check_holdout(replace(holdout, train=np.append(holdout.train, holdout.train[:1])))


def test_too_few_playlists_are_named_and_shared(store):
    holdout = hold_out_challenge(store, 60, seed=1)
    assert any(text.startswith("test, title and random 100: ") for text in holdout.short)
    assert all(text.endswith(" of 60") for text in holdout.short)
    counts = [np.bincount(p.category, minlength=10) for p in (holdout.test, holdout.validation)]
    assert np.abs(counts[0] - counts[1]).max() <= 1
    assert (counts[0][-2:] > 0).all() and (counts[1][-2:] > 0).all()
    check_parts(store, holdout, {c.name: c.seeds + 10 for c in CATEGORIES})


def test_without_titles_there_are_the_categories_without(tmp_path):
    entries = "\n".join(f"{p},{t}" for p in range(60) for t in range(p % 7, 130, 1 + p % 5))
    (tmp_path / "e.csv").write_text(f"playlist_id,track_id\n{entries}\n")
    holdout = hold_out_challenge(load_tables(tmp_path / "e.csv", tmp_path / "s"), 3)
    assert set(holdout.test.category.tolist()) == {3, 5}
    assert "test, title only: 0 of 3" in holdout.short
    assert set(holdout.test.queries.titles) == {""}


def test_the_latest_are_later_than_all_of_training(store):
    holdout = hold_out_latest(store, 3, share=0.3, seed=2)
    check_parts(store, holdout, {c.name: c.seeds + 10 for c in CATEGORIES})
    days = store.table("playlists")["modified_at"].to_numpy()
    train, validation, test = (
        days[rows] for rows in (holdout.train, holdout.validation.playlists, holdout.test.playlists)
    )
    assert train.max() <= validation.min()
    assert validation.max() <= test.min()
    assert len(holdout.train) == 200


def test_without_dates_there_is_no_latest(tmp_path):
    mpd_data.write_folder(tmp_path / "in", full=False)
    store = load_mpd(tmp_path / "in", tmp_path / "out", workers=1)
    with pytest.raises(DataError, match="modified_at expected for playlists, found none"):
        hold_out_latest(store, 3)
    with pytest.raises(ParameterError, match=r"share: .* found 0.5"):
        hold_out_latest(store, 3, share=0.5)


def test_bad_parameters_are_named(store):
    with pytest.raises(ParameterError, match="min_lengths: one for each of 2"):
        hold_out_random(store, (1, 5), 3, (11,))
    with pytest.raises(ParameterError, match="random 5: a shortest length above its 5 seeds"):
        hold_out_random(store, (5,), 3, (5,))
    for make in (hold_out_challenge, hold_out_latest):
        with pytest.raises(ParameterError, match="playlists_each: expected 1 or more, found 0"):
            make(store, 0)
        with pytest.raises(ParameterError, match="min_hidden: expected 1 or more, found 0"):
            make(store, 3, min_hidden=0)
    with pytest.raises(DataError, match="needs 1000 different tracks"):
        hold_out_random(store, (5,), 3, (1000,))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(1, 12), st.integers(1, 30), st.integers(0, 10**6))
def test_any_size_holds(store, each, n_seeds, hidden, seed):
    holdout = hold_out_random(store, (n_seeds, 2), each, (n_seeds + hidden, 9), seed)
    sizes = {"random 2": 9} | {f"random {n_seeds}": n_seeds + hidden}
    if n_seeds == 2:
        sizes["random 2"] = min(9, n_seeds + hidden)
    check_parts(store, holdout, sizes)


def test_queries_are_checked_and_taken():
    seeds = [np.arange(n, dtype=np.int32) for n in range(3)]
    queries = Queries(seeds, ["a", "", "c"], np.array([True, False, True]))
    taken = queries.take(np.array([2, 0]))
    assert (taken.titles, taken.ordered.tolist()) == (["c", "a"], [True, True])
    assert [len(s) for s in taken.seeds] == [2, 0]
    with pytest.raises(ParameterError, match="found 3, 2 and 3"):
        Queries(seeds, ["a", "b"], np.ones(3, bool))
