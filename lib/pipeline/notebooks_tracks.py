"""Notebooks 01 to 10: tracks, and what makes them popular."""

from __future__ import annotations

from lib.pipeline.notebook import REPLICATES, SEED, TRACKS_CSV, Stage
from lib.pipeline.parameters import Parameter

OF_TRACKS: tuple[Stage, ...] = (
    Stage(
        "01_explore_tracks",
        "What does the table hold, and what goes with popularity?",
        raw=(TRACKS_CSV,),
        needs=(),
        makes=(),
        parameters={
            "MIN_TRACKS": Parameter(10, "fewest tracks of an artist in the ranking", 1, 1000),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
    ),
    Stage(
        "02_clean_tracks",
        "Which rows are copies of each other, and what does removing them change?",
        raw=(TRACKS_CSV,),
        needs=(),
        makes=("audio_v2", "exact", "tracks", "recordings"),
        parameters={
            "KEEP_POPULARITY": Parameter(
                "max",
                "popularity kept for a recording with several ids",
                choices=("max", "median", "mean"),
            ),
        },
    ),
    Stage(
        "03_engineer_features",
        "Which features can be known before a track is out, and which leak?",
        raw=(TRACKS_CSV,),
        needs=("02_clean_tracks",),
        makes=("features_37_train", "features_37_test", "features_9", "model_tracks", "folds"),
        parameters={
            "MACRO_GENRES": Parameter(
                "total",
                "macro-genre map: the published rules, or the total one",
                choices=("published", "total"),
            ),
            "FOLDS": Parameter(5, "folds of each named split", 2, 20),
            "SEED": SEED,
        },
    ),
    Stage(
        "04_compare_models",
        "How well can popularity be predicted for a new artist, and for a known one?",
        raw=(),
        needs=("03_engineer_features",),
        makes=("predictions",),
        parameters={
            "RF_TREES": Parameter(60, "trees of the random forest", 1, 2000),
            "XGB_TREES": Parameter(400, "trees of XGBoost", 1, 5000),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
    ),
    Stage(
        "05_audit_claims",
        "Which published scores hold, and what are the others made of?",
        raw=(TRACKS_CSV,),
        needs=("02_clean_tracks", "03_engineer_features"),
        makes=("claims",),
        parameters={
            "FULL_TREES_ROWS": Parameter(
                100_000,
                "rows from which models have all their trees; below, in proportion",
                1,
                10**8,
            ),
            "XGB_TREES": Parameter(400, "trees of XGBoost in the ladder", 1, 5000),
            "TESTED_FOLDS": Parameter(1, "folds that honest reruns are tested on", 1, 20),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
    ),
    Stage(
        "06_artists_and_albums",
        "What do the artist's other songs, the title and the album add, and what leaks there?",
        raw=(),
        needs=("02_clean_tracks", "03_engineer_features"),
        makes=(),
        parameters={
            "XGB_TREES": Parameter(170, "most trees of XGBoost", 1, 5000),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
    ),
    Stage(
        "07_tune_models",
        "Does a search for settings, or a stack of models, beat settings by hand?",
        raw=(),
        needs=("03_engineer_features", "04_compare_models"),
        makes=("trials", "settings"),
        parameters={
            "TRIALS": Parameter(8, "trials of each study; more of them continue it", 3, 1000),
            "TUNED_FOLDS": Parameter(3, "outer folds that are tuned and tested", 2, 20),
            "SOURCE_FOLDS": Parameter(1, "of these, folds for what published studies did", 1, 20),
            "SOURCE_SPACE": Parameter(
                "xgboost, nine features",
                "published search space that is searched as well",
                choices=(
                    "xgboost, nine features",
                    "xgboost, aggressive",
                    "forest, nine features",
                    "xgboost, artist mean",
                ),
            ),
            "MINUTES": Parameter(0.0, "time for each study, 0 for no limit", 0, 10_000),
            "RF_TREES": Parameter(60, "trees of the random forest", 1, 2000),
            "XGB_TREES": Parameter(500, "most trees of XGBoost", 1, 5000),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
    ),
    Stage(
        "08_train_model",
        "Which model goes into use, how sure is it, and does it come out the same twice?",
        raw=(),
        needs=("03_engineer_features",),
        makes=("intervals",),
        parameters={
            "XGB_TREES": Parameter(400, "trees of XGBoost", 1, 5000),
            "COVERAGE": Parameter(0.9, "share of tracks that the interval is to hold", 0.5, 0.99),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
        models=("popularity",),
    ),
    Stage(
        "09_explain_model",
        "What does the model lean on, and what would change a prediction?",
        raw=(),
        needs=("03_engineer_features", "08_train_model"),
        makes=(),
        parameters={
            "TRACK_ID": Parameter("", "track to ask about; empty for three held-out examples"),
            "MODELS": Parameter(40, "small models behind each effect's interval", 10, 1000),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
    ),
    Stage(
        "10_score_tracks",
        "What would the model say of these tracks, how sure, and why?",
        raw=(TRACKS_CSV,),
        needs=("08_train_model",),
        makes=(),
        parameters={
            "TRACKS": Parameter(
                "", "CSV in the Kaggle layout; empty for the run's own catalogue", file="read"
            ),
            "MODEL": Parameter(
                "", "folder of a stored model; empty for that of 08_train_model", file="read"
            ),
            "OUTPUT": Parameter(
                "", "CSV to write; empty for scores.csv beside the figures", file="written"
            ),
        },
    ),
)
