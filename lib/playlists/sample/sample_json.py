"""Write drawn playlists as the published files are written, byte for byte in layout."""

from __future__ import annotations

import json

import numpy as np

from lib.playlists.continuation.challenge import CATEGORIES
from lib.playlists.sample.sample_draw import LONGEST, Drawn, draw_slice
from lib.playlists.sample.sample_titles import ALBUM_NAMES, TRACK_NAMES, artist_name
from lib.playlists.sample.sample_universe import Universe, spotify_ids
from lib.playlists.sample.scrambled import scramble

GENERATED_ON = "2017-12-03 08:41:42.057563"


def slice_json(universe: Universe, drawn: Drawn, first_pid: int, indented: bool = True) -> str:
    """Write a slice.

    Parameters
    ----------
    universe : Universe
        What the playlists were drawn from.
    drawn : Drawn
        Its playlists.
    first_pid : int
        Number of the first.
    indented : bool, optional
        As published; otherwise without line breaks, a third smaller.

    Returns
    -------
    str
        JSON, ASCII only.
    """
    n = len(drawn.titles)
    entries, durations = _entries(universe, drawn, indented)
    totals = _totals(universe, drawn, durations)
    join = ",\n            " if indented else ", "
    open_list, close_list = ("[\n", "\n            ]") if indented else ("[", "]")
    between = ",\n" if indented else ", "
    texts = []
    for i in range(n):
        begin, end = drawn.offsets[i], drawn.offsets[i + 1]
        fields = [
            f'"name": "{drawn.titles[i]}"',
            f'"collaborative": "{"true" if drawn.collaborative[i] else "false"}"',
            f'"pid": {first_pid + i}',
            f'"modified_at": {drawn.modified_at[i]}',
            f'"num_tracks": {end - begin}',
            f'"num_albums": {totals["albums"][i]}',
            f'"num_followers": {drawn.followers[i]}',
            f'"tracks": {open_list}{between.join(entries[begin:end])}{close_list}',
            f'"num_edits": {drawn.edits[i]}',
            f'"duration_ms": {totals["duration_ms"][i]}',
            f'"num_artists": {totals["artists"][i]}',
        ]
        if drawn.descriptions[i]:
            fields.append(f'"description": "{drawn.descriptions[i]}"')
        body = join.join(fields)
        texts.append(f"        {{\n            {body}\n        }}" if indented else f"{{{body}}}")
    info = {
        "generated_on": GENERATED_ON,
        "slice": f"{first_pid}-{first_pid + n - 1}",
        "version": "v1",
    }
    if indented:
        head = json.dumps({"info": info}, indent=4)[:-2]
        return f'{head},\n    "playlists": [\n{between.join(texts)}\n    ]\n}}'
    return f'{json.dumps({"info": info})[:-1]}, "playlists": [{between.join(texts)}]}}'


def challenge_json(universe: Universe, number: int, first_pid: int, per_category: int) -> str:
    """Write a challenge set in the official layout.

    Parameters
    ----------
    universe : Universe
        What the playlists are drawn from.
    number : int
        Number of the slice that they are drawn as.
    first_pid : int
        Number of the first playlist.
    per_category : int
        Playlists in each category.
    """
    rng = np.random.default_rng([universe.seed, number, 1])
    pool = draw_slice(universe, number, 12 * len(CATEGORIES) * per_category)
    entries, _ = _entries(universe, pool, indented=False)
    length = np.diff(pool.offsets)
    free = np.ones(len(length), bool)
    playlists, pid = [], first_pid
    # The categories that need the longest playlists choose first.
    for category in sorted(CATEGORIES, key=lambda c: -c.seeds):
        long_enough = np.flatnonzero(free & (length > max(category.seeds, 9)))[:per_category]
        free[long_enough] = False
        for i in long_enough.tolist():
            begin, n = int(pool.offsets[i]), int(length[i])
            places = np.arange(category.seeds)
            if category.shuffled:
                places = np.sort(rng.choice(n, category.seeds, replace=False))
            seeds = ", ".join(entries[begin + place] for place in places.tolist())
            title = f'"name": "{pool.titles[i]}", ' if category.title else ""
            playlists.append(
                f'{{{title}"num_holdouts": {n - category.seeds}, "pid": {pid}, '
                f'"num_tracks": {n}, "tracks": [{seeds}], "num_samples": {category.seeds}}}'
            )
            pid += 1
    return (
        f'{{"date": "{GENERATED_ON}", "version": "v1", "playlists": [\n'
        + ",\n".join(playlists)
        + '\n], "name": "generated challenge set", "description": "made up, for tests"}\n'
    )


def _entries(universe: Universe, drawn: Drawn, indented: bool) -> tuple[list[str], np.ndarray]:
    """Write each entry; also return each entry's duration in ms."""
    seed = universe.seed
    tracks, which = np.unique(drawn.tracks, return_inverse=True)
    artists, artist_at = np.unique(universe.artist_of[tracks], return_inverse=True)
    albums, album_at = np.unique(universe.album_of[tracks], return_inverse=True)
    duration_ms = (150_000 + scramble(seed, 2, tracks) % np.uint64(140_000)).astype(np.int64)
    names = (scramble(seed, 3, tracks) % np.uint64(len(TRACK_NAMES))).tolist()
    album_names = (scramble(seed, 4, albums) % np.uint64(len(ALBUM_NAMES))).tolist()
    join = ",\n                    " if indented else ", "
    by_artist = [
        (f'"artist_name": "{artist_name(number)}"', f'"artist_uri": "spotify:artist:{text}"')
        for number, text in zip(artists.tolist(), spotify_ids(seed, 20, artists), strict=True)
    ]
    by_album = [
        (f'"album_uri": "spotify:album:{text}"', f'"album_name": "{ALBUM_NAMES[name]}"')
        for text, name in zip(spotify_ids(seed, 30, albums), album_names, strict=True)
    ]
    bodies = []
    for text, artist, album, name, duration in zip(
        spotify_ids(seed, 10, tracks),
        artist_at.tolist(),
        album_at.tolist(),
        names,
        duration_ms.tolist(),
        strict=True,
    ):
        artist_named, artist_uri = by_artist[artist]
        album_uri, album_named = by_album[album]
        bodies.append(
            f'{join}{artist_named}{join}"track_uri": "spotify:track:{text}"{join}{artist_uri}'
            f'{join}"track_name": "{TRACK_NAMES[name]}"{join}{album_uri}'
            f'{join}"duration_ms": {duration}{join}{album_named}'
        )
    opening, closing = (
        ("                {\n                    ", "\n                }")
        if indented
        else ("{", "}")
    )
    heads = [f'{opening}"pos": {position}' for position in range(LONGEST)]
    starts = np.repeat(drawn.offsets[:-1], np.diff(drawn.offsets))
    places = (np.arange(len(which)) - starts).tolist()
    entries = [
        f"{heads[place]}{bodies[body]}{closing}"
        for place, body in zip(places, which.tolist(), strict=True)
    ]
    return entries, duration_ms[which]


def _totals(universe: Universe, drawn: Drawn, durations: np.ndarray) -> dict[str, np.ndarray]:
    """Count what the published playlists state: albums, artists, playing time."""
    n = len(drawn.titles)
    owner = np.repeat(np.arange(n), np.diff(drawn.offsets))
    totals = {"duration_ms": np.bincount(owner, durations, n).astype(np.int64)}
    for name, of in (("albums", universe.album_of), ("artists", universe.artist_of)):
        pairs = np.unique(owner * (int(of.max()) + 1) + of[drawn.tracks])
        totals[name] = np.bincount(pairs // (int(of.max()) + 1), minlength=n)
    return totals
