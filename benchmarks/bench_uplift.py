"""How often intervals of the average effect cover the truth, in 100 seeded repetitions.

    .venv/bin/python benchmarks/bench_uplift.py FOLDER [REPEATS] [TRACKS]

FOLDER holds what 03_engineer_features left, such as data/work/sample/03_engineer_features. Each
repetition draws artists with replacement from the catalogue, TRACKS (3,000) tracks or so, treats
some of them, and estimates the average effect in three ways. The truth is known exactly.
"""

import sys
import time
from pathlib import Path

import pandas as pd

from lib.modelling.compare import one_a_recording
from lib.modelling.promotion.uplift_coverage import coverage, repeat_trials
from lib.modelling.promotion.uplift_data import describe_tracks
from lib.pipeline.stages import stage


def main() -> None:
    """Repeat and print."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    most = int(sys.argv[3]) if len(sys.argv) > 3 else 3_000
    folds = pd.read_parquet(folder / "folds.parquet").query("split == 'first_artist'")
    table = one_a_recording(pd.read_parquet(folder / "model_tracks.parquet"))
    tracks = describe_tracks(table, folds.set_index("track_id")["fold"])
    own = stage("27_promotion_uplift").parameters
    effect, spread, strength, seed = (
        own[name].default for name in ("EFFECT", "SPREAD", "STRENGTH", "SEED")
    )
    began = time.perf_counter()
    repeated = repeat_trials(tracks, effect, spread, strength, repeats, most, seed)
    seconds = time.perf_counter() - began
    print(f"{repeats} repetitions of about {most:,} tracks in {seconds:.0f} s; truth {effect:g}")
    for row in coverage(repeated, effect).itertuples():
        print(
            f"  {row.estimator}: {row.covered} of {row.repeats} intervals cover it "
            f"[{row.low:.0%}, {row.high:.0%}]; bias {row.bias:+.2f}, width {row.width:.2f}"
        )


if __name__ == "__main__":
    main()
