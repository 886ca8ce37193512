"""How long it takes to score tracks, and how much of it goes to the predictions.

    .venv/bin/python benchmarks/bench_score.py MODEL [TRACKS] [ROWS]

MODEL is a model folder, such as data/work/full/08_train_model/models/popularity. TRACKS is a CSV
in the Kaggle layout, by default the sample. Its rows are repeated, under new ids, up to ROWS
(100,000), read from a file, scored with intervals, neighbours and reasons, and written.
"""

import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import pandas as pd

from lib.modelling.predict import predict_tracks
from lib.modelling.score import score_tracks, write_scores
from lib.modelling.stored.store import load_model
from lib.pipeline.places import SAMPLE
from lib.tracks.read_scoring import read_scoring


def repeat_rows(source: Path, target: Path, rows: int) -> None:
    """Write as many rows as asked for; each turn has ids of its own."""
    tracks = pd.read_csv(source)
    turns = -(-rows // len(tracks))
    parts = [tracks.assign(track_id=tracks["track_id"] + f"-{turn}") for turn in range(turns)]
    pd.concat(parts).head(rows).to_csv(target, index=False)


def main() -> None:
    """Time reading, scoring and writing, and the predictions by themselves."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    source = Path(sys.argv[2]) if len(sys.argv) > 2 else SAMPLE / "tracks" / "dataset.csv"
    rows = int(sys.argv[3]) if len(sys.argv) > 3 else 100_000
    model = load_model(Path(sys.argv[1]))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tracks.csv"
        repeat_rows(source, path, rows)
        marks = [time.perf_counter()]
        frame = read_scoring(path)
        marks.append(time.perf_counter())
        scores = score_tracks(frame, model)
        marks.append(time.perf_counter())
        write_scores(Path(folder) / "scores.csv", scores, path)
        marks.append(time.perf_counter())
    read_s, score_s, write_s = (b - a for a, b in pairwise(marks))
    good = frame[frame["problem"].eq("")]
    good = good.assign(genres=good["track_genre"].map(lambda genre: [genre]))
    began = time.perf_counter()
    predict_tracks(good, model)
    explain_s = time.perf_counter() - began
    total_s = read_s + score_s + write_s
    print(f"{len(scores):,} rows in {total_s:.1f} s: {len(scores) / total_s:,.0f} rows a second")
    print(f"  read {read_s:.1f} s, score {score_s:.1f} s, write {write_s:.1f} s")
    print(f"  predictions with reasons {explain_s:.1f} s, {explain_s / total_s:.0%} of the whole")


if __name__ == "__main__":
    main()
