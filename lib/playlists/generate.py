"""Generate playlists in the Million Playlist Dataset's format: made up, of any size, with a key.

``python -m lib.playlists.generate FOLDER --slices 1000`` writes ``mpd.slice.*.json`` of 1,000
playlists each, as the published ones are laid out (33 MB a slice), ``challenge_set.json`` and the
planted truth ``planted.json``. A slice depends on the seed and its number only, so a folder of
ten slices is the beginning of a folder of a hundred.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from lib.errors import ParameterError
from lib.playlists.reading.mpd import PLAYLISTS_PER_SLICE
from lib.playlists.sample.sample_draw import PAIR_TOGETHER, RULE_CONFIDENCE, draw_slice
from lib.playlists.sample.sample_json import challenge_json, slice_json
from lib.playlists.sample.sample_titles import THEMES
from lib.playlists.sample.sample_universe import Universe, make_universe, spotify_ids

SAMPLE = {
    "n_slices": 4,
    "per_slice": 120,
    "seed": 7,
    "size": 0.002,
    "n_themes": 8,
    "plant_share": 0.3,
    "compressed": True,
    "per_category": 8,
}
"""What the sample profile generates."""


def generate_mpd(
    folder: Path | str,
    n_slices: int,
    per_slice: int = PLAYLISTS_PER_SLICE,
    seed: int = 7,
    size: float = 1.0,
    n_themes: int = len(THEMES),
    plant_share: float = 0.08,
    compressed: bool = False,
    per_category: int = 0,
    workers: int | None = None,
    progress: bool = False,
) -> None:
    """Write slices, at will a challenge set, and the planted truth.

    Parameters
    ----------
    folder : path
        Made when missing; files of the same name are replaced.
    n_slices, per_slice : int
        How many slices of how many playlists.
    seed : int, optional
        Seed of every draw.
    size : float, optional
        Tracks, artists and albums to draw from, relative to the published million playlists.
    n_themes : int, optional
        Themes of the playlists, 2 to 20.
    plant_share : float, optional
        Share of a theme's playlists that get its planted pair, and likewise its rule.
    compressed : bool, optional
        Write ``.json.gz`` without blanks instead of the published, indented layout.
    per_category : int, optional
        Playlists in each of the challenge set's ten categories; 0 for no challenge set. They are
        drawn as a slice after the last one is.
    workers : int, optional
        Processes; the cores by default.
    progress : bool, optional
        Show what is done.

    Raises
    ------
    ParameterError
        When a number is out of range.
    """
    for name, value in (("n_slices", n_slices), ("per_slice", per_slice)):
        if value < 1:
            raise ParameterError(f"{name}: expected 1 or more, found {value}")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    world = (seed, size, n_themes, plant_share)
    make = partial(_write_slice, folder, world, per_slice, compressed)
    workers = min(workers or os.cpu_count() or 1, n_slices)
    if workers == 1 or n_slices * per_slice < 4 * PLAYLISTS_PER_SLICE:
        for number in tqdm(range(n_slices), desc="slices", disable=not progress):
            make(number)
    else:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            done = pool.map(make, range(n_slices))
            for _ in tqdm(done, total=n_slices, desc="slices", disable=not progress):
                pass
    universe = make_universe(*world)
    if per_category:
        text = challenge_json(universe, n_slices, n_slices * per_slice, per_category)
        (folder / "challenge_set.json").write_text(text, "ascii")
    truth = planted(universe) | {"slices": n_slices, "playlists_per_slice": per_slice}
    (folder / "planted.json").write_text(json.dumps(truth, indent=1) + "\n", "ascii")


def planted(universe: Universe) -> dict[str, object]:
    """Return what was planted, by Spotify id.

    Returns
    -------
    dict
        ``seed``, ``plant_share``, ``themes`` (names in the order of their numbers),
        ``pairs`` (theme, two ids, ``together``: share of the pair's playlists that hold both),
        ``rules`` (theme, two ids, the id that follows, ``confidence``).
    """
    names = list(THEMES)[: universe.n_themes]
    pairs = np.array(spotify_ids(universe.seed, 10, universe.pairs.ravel())).reshape(-1, 2)
    rules = np.array(spotify_ids(universe.seed, 10, universe.rules.ravel())).reshape(-1, 3)
    return {
        "seed": universe.seed,
        "plant_share": universe.plant_share,
        "themes": names,
        "pairs": [
            {"theme": name, "tracks": pair, "together": PAIR_TOGETHER}
            for name, pair in zip(names, pairs.tolist(), strict=True)
        ],
        "rules": [
            {"theme": name, "if": rule[:2], "then": rule[2], "confidence": RULE_CONFIDENCE}
            for name, rule in zip(names, rules.tolist(), strict=True)
        ],
    }


def planted_themes(universe: Universe, n_slices: int, per_slice: int) -> np.ndarray:
    """Return the number of each playlist's theme, in the order of pids."""
    return np.concatenate(
        [draw_slice(universe, number, per_slice).themes for number in range(n_slices)]
    )


def write_sample(folder: Path | str) -> None:
    """Write the sample profile's playlists: two seconds, one megabyte."""
    generate_mpd(folder, **SAMPLE, workers=1)


def _write_slice(
    folder: Path,
    world: tuple[int, float, int, float],
    per_slice: int,
    compressed: bool,
    number: int,
) -> None:
    universe = make_universe(*world)
    first = number * per_slice
    drawn = draw_slice(universe, number, per_slice)
    text = slice_json(universe, drawn, first, indented=not compressed)
    path = folder / f"mpd.slice.{first}-{first + per_slice - 1}.json{'.gz' if compressed else ''}"
    # Without a time stamp the same playlists are the same bytes.
    content = text.encode("ascii")
    content = gzip.compress(content, 6, mtime=0) if compressed else content
    temporary = path.with_name(f".{path.name}")
    temporary.write_bytes(content)
    temporary.replace(path)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m lib.playlists.generate", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder to write to")
    parser.add_argument("--slices", type=int, default=10, help="slices of 1,000 playlists (10)")
    parser.add_argument("--seed", type=int, default=7, help="seed of every draw (7)")
    parser.add_argument("--size", type=float, default=1.0, help="tracks relative to the MPD (1)")
    parser.add_argument("--gzip", action="store_true", help="write .json.gz without blanks")
    parser.add_argument("--challenge", type=int, default=0, help="challenge playlists a category")
    parser.add_argument("--workers", type=int, help="processes; default: all cores")
    given = parser.parse_args(arguments)
    try:
        generate_mpd(
            given.folder,
            given.slices,
            seed=given.seed,
            size=given.size,
            compressed=given.gzip,
            per_category=given.challenge,
            workers=given.workers,
            progress=True,
        )
    except ParameterError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
