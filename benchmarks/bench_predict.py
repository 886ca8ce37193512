"""How long one track takes, as a widget asks: prediction, interval, chances, contributions.

    .venv/bin/python benchmarks/bench_predict.py TRACKS MODEL [MODEL ...]

TRACKS is the table model_tracks that notebook 03 made, such as
data/work/full/03_engineer_features/model_tracks.parquet; MODEL is a model folder, such as
data/work/full/22_train_more_models/models/artist_trees.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from lib.modelling.predict import predict_tracks
from lib.modelling.stored.store import load_model

ASKED = 300


def main() -> None:
    """Time single tracks, one after the other, and all tracks at once."""
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    tracks = pd.read_parquet(sys.argv[1])
    some = [tracks.iloc[[row]] for row in np.linspace(0, len(tracks) - 1, ASKED).astype(int)]
    for folder in sys.argv[2:]:
        began = time.perf_counter()
        model = load_model(Path(folder))
        load_s = time.perf_counter() - began
        predict_tracks(some[0], model)
        took_s = []
        for track in some:
            began = time.perf_counter()
            predict_tracks(track, model)
            took_s.append(time.perf_counter() - began)
        began = time.perf_counter()
        predict_tracks(tracks, model)
        all_s = time.perf_counter() - began
        half, most = 1000 * np.quantile(took_s, [0.5, 0.95])
        print(
            f"{Path(folder).name}: loaded in {load_s:.2f} s; one track {half:.1f} ms, 95 % below "
            f"{most:.1f} ms; {len(tracks):,} tracks in {all_s:.1f} s"
        )


if __name__ == "__main__":
    main()
