"""What a moved slider of the popularity widget costs, without browser; and its parts.

    python benchmarks/bench_widget.py WORK [MOVES]

WORK is the folder of a profile's results, such as data/work/full, in which 02_clean_tracks and
08_train_model have run (and 22_train_more_models, for the other models).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from lib.apps.predict.state import PredictState
from lib.apps.predict.view import PredictView
from lib.modelling.stored.shelf import find_models

MOVES = 40
GOAL_MS = 150


def median_ms(act: Callable[[int], object], times: int) -> tuple[float, float]:
    """Time an act; return the median and the 95th percentile in milliseconds."""
    took = []
    for number in range(times):
        began_s = time.perf_counter()
        act(number)
        took.append(1000 * (time.perf_counter() - began_s))
    return float(np.median(took)), float(np.quantile(took, 0.95))


def main(work: Path, moves: int) -> None:
    """Print the costs of every model on the shelf."""
    tracks = pd.read_parquet(work / "02_clean_tracks" / "tracks.parquet")
    began_s = time.perf_counter()
    state = PredictState(find_models(work, work / "none.json", work / "none"), tracks)
    made_s = time.perf_counter() - began_s
    began_s = time.perf_counter()
    view = PredictView(state)
    shown_s = time.perf_counter() - began_s
    print(f"{len(state.tracks.table):,} tracks; state {made_s:.2f} s, view {shown_s:.2f} s")
    print(f"{'ms, median (95 %)':<18}{'slider to HTML':>20}{'curve':>20}{'curve drawn':>20}")
    slider = view.inputs.controls["energy"]
    for name in state.models.shelf:
        if name in state.models.problems:
            continue
        view.chooser.value = name
        curve = median_ms(lambda _: state.curve("energy"), moves)
        drawn = median_ms(lambda _: view._draw_curve(), max(moves // 4, 1))
        draw, view._draw_later.act = view._draw_later.act, lambda: None
        moved = median_ms(
            lambda n: setattr(slider, "value", 0.9 - 0.5 * ((n * 7) % 50) / 50), moves
        )
        view._draw_later.act = draw
        cells = (f"{middle:.1f} ({high:.1f})" for middle, high in (moved, curve, drawn))
        print(f"{name:<18}" + "".join(f"{cell:>20}" for cell in cells))
    print(
        f"Goal from a slider's event to the screen: {GOAL_MS} ms. The curve follows when it rests."
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else MOVES)
