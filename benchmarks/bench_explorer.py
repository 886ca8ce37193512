"""How long the explorer takes from a filter's change to the new picture, part by part.

    .venv/bin/python benchmarks/bench_explorer.py [--tracks dataset.csv] [--rows 114000]

Without a file a catalogue is made up by repeating the generated one. `to the new picture` is what
a person waits for: the filter, the counts, the lists, the picture and the table. The processor's
time stands beside the clock's, as other work on a machine moves the clock only.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from lib.apps.explore import pictures
from lib.apps.explore.state import Explorer
from lib.apps.explore.view import ExploreView
from lib.apps.view.picture import picture_html
from lib.pipeline import places
from lib.tracks.read import read_kaggle


def median_ms(act: Callable[[int], object], times: int) -> tuple[float, float]:
    """Median milliseconds of some calls by the clock and of the processor, after a warming one."""
    act(0)
    clock, worked = [], []
    for turn in range(1, times + 1):
        began_s, busy_s = time.perf_counter(), time.process_time()
        act(turn)
        clock.append(1000 * (time.perf_counter() - began_s))
        worked.append(1000 * (time.process_time() - busy_s))
    return statistics.median(clock), statistics.median(worked)


def catalogue(path: Path | None, rows: int) -> pd.DataFrame:
    """Read a catalogue; without a path repeat the sample until it has so many rows."""
    if path:
        return read_kaggle(path)
    sample = read_kaggle(next((places.SAMPLE / "tracks").glob("*.csv")))
    many = pd.concat([sample] * (rows // len(sample) + 1), ignore_index=True).iloc[:rows]
    return many.assign(row=range(rows), track_id=[f"{n:022d}" for n in range(rows)])


def main() -> None:
    """Time the parts, and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tracks", type=Path)
    parser.add_argument("--rows", type=int, default=114_000)
    parser.add_argument("--times", type=int, default=15)
    given = parser.parse_args()
    tracks = catalogue(given.tracks, given.rows)
    began_s = time.perf_counter()
    explorer = Explorer(tracks)
    print(f"{len(tracks):,} rows; made ready in {time.perf_counter() - began_s:.2f} s")
    view = ExploreView(explorer)
    slider, words = view.controls.ranges["energy"], ("love", "the night", "man", "o", "remix")
    choice = pictures.Choice()
    by_genre = pictures.Choice("tempo_bpm", "loudness_db", pictures.MACRO, "duration_min")
    acts: dict[str, Callable[[int], object]] = {
        "a range": lambda n: explorer.filters.set_range("energy", 0.3 + n / 100, None),
        "a text": lambda n: explorer.filters.search(words[n % len(words)]),
        "counts of genres": lambda _: explorer.genre_choices(),
        "a page of the table": lambda _: explorer.table(explorer.page_rows()),
        "points": lambda _: pictures.points(explorer, choice),
        "bars": lambda _: pictures.histogram(explorer, "popularity"),
        "the picture": lambda _: picture_html(pictures.draw(explorer, choice), ""),
        "the picture, by genre": lambda _: picture_html(pictures.draw(explorer, by_genre), ""),
        "a range, to the new picture": lambda n: setattr(slider, "value", (0.3 + n / 100, 1)),
        "a text, to the new picture": lambda n: setattr(
            view.controls.text, "value", words[n % len(words)]
        ),
    }
    for name, act in acts.items():
        explorer.filters.reset()
        clock, worked = median_ms(act, given.times)
        print(f"{name:28} {clock:7.1f} ms, of the processor {worked:7.1f}")


if __name__ == "__main__":
    main()
