"""Notebooks 22 to 30: models for use, trends, clusters, promotion, networks."""

from __future__ import annotations

from lib.pipeline.notebook import (
    BY_YEAR,
    MPD,
    PLAYLISTS,
    REPLICATES,
    SEED,
    SPOTIFY_SONGS,
    TRACKS_CSV,
    TRACKS_FEATURES,
    Stage,
)
from lib.pipeline.parameters import Parameter

INSIGHTS: tuple[Stage, ...] = (
    Stage(
        "22_train_more_models",
        "Which other models are there to choose from, and what does knowing the artist add?",
        raw=(),
        needs=("03_engineer_features", "08_train_model"),
        makes=(),
        parameters={
            "XGB_TREES": Parameter(400, "trees of XGBoost", 1, 5000),
            "RF_TREES": Parameter(60, "trees of the random forest", 1, 2000),
            "COVERAGE": Parameter(0.9, "share of tracks that the interval is to hold", 0.5, 0.99),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
        models=("audio_trees", "forest", "linear", "artist_trees"),
    ),
    Stage(
        "23_report_on_track",
        "What can be said of one track, on a page to pass on?",
        raw=(),
        needs=("02_clean_tracks", "08_train_model"),
        makes=(),
        parameters={
            "TRACK": Parameter("", "id, title, or title - artist; empty for an example"),
            "MODEL": Parameter("", "model on the shelf; empty for that of 08_train_model"),
            "OUTPUT": Parameter(
                "", "folder for the report; empty for the notebook's own", file="written"
            ),
            "MODELS": Parameter(24, "small models asked what changes the prediction", 2, 1000),
            "ASKED": Parameter(
                300, "tracks asked for similar ones, to see what it is worth", 2, 10**6
            ),
            "REPLICATES": REPLICATES,
            "TEXT_MODEL": Parameter("", "language model to be asked for words; empty for none"),
            "TEXT_URL": Parameter("", "its address; empty for Hugging Face's router"),
            "SEED": SEED,
        },
    ),
    Stage(
        "24_trends_by_year",
        "How did the sound of tracks change by release year, and is it the genres that changed?",
        raw=(),
        needs=(),
        makes=("by_year", "year_tracks"),
        parameters={
            "SOURCE": Parameter(
                "",
                "raw set with release dates; empty for the first there is",
                choices=("", BY_YEAR, SPOTIFY_SONGS, TRACKS_FEATURES),
            ),
            "FEWEST_ARTISTS": Parameter(
                20, "fewest first artists of a year that is known", 5, 1000
            ),
            "PERIOD": Parameter(10, "years of the two periods that are compared", 1, 50),
            "MIN_TRACKS": Parameter(10, "fewest tracks of an artist in the ranking", 1, 1000),
            "SHUFFLES": Parameter(100, "data sets with shuffled years", 20, 10_000),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
        any_of=(BY_YEAR, SPOTIFY_SONGS, TRACKS_FEATURES),
    ),
    Stage(
        "25_cluster_tracks",
        "How many kinds of sound do tracks fall into, if any, and do they tell popularity?",
        raw=(),
        needs=("03_engineer_features",),
        makes=("track_clusters", "track_cluster_claims"),
        parameters={
            "FITTED": Parameter(3_000, "tracks that numbers are tried on at most", 200, 100_000),
            "PAIRS": Parameter(3, "pairs of resampled fits behind the stability", 2, 50),
            "NULLS": Parameter(3, "data sets of each kind without clusters", 2, 50),
            "MIN_STABILITY": Parameter(
                0.75, "adjusted Rand index that resampled fits must reach", 0, 1
            ),
            "CLUSTERS": Parameter(0, "clusters to make; 0 for what the data say", 0, 15),
            "DRAWN": Parameter(800, "tracks in the pictures at most", 50, 10_000),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
    ),
    Stage(
        "26_promotion_label",
        "What is a published promotion model of AUC .92 made of?",
        raw=(),
        needs=("03_engineer_features",),
        makes=("promotion_claims",),
        parameters={
            "NOISE": Parameter(0.05, "share of labels turned into their opposite", 0.0, 0.45),
            "REPEATS": Parameter(5, "shuffles behind each feature's importance", 1, 100),
            "SEED": SEED,
        },
    ),
    Stage(
        "27_promotion_uplift",
        "What would promotion change, for whom, and when can that be known?",
        raw=(),
        needs=("03_engineer_features",),
        makes=(),
        parameters={
            "EFFECT": Parameter(5.0, "true mean effect, popularity points", -50, 50),
            "SPREAD": Parameter(3.0, "standard deviation of the true effects, points", 0, 50),
            "STRENGTH": Parameter(
                0.7, "how much treatment depends on features; 0 for a fair coin", 0, 3
            ),
            "REPEATS": Parameter(8, "repeated trials for the coverage", 2, 10_000),
            "DRAWN": Parameter(1_500, "tracks of each repeated trial, about", 500, 100_000),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
    ),
    Stage(
        "28_networks",
        "Which artists and tracks belong together, and which are hubs beyond their popularity?",
        raw=(),
        needs=("11_explore_playlists",),
        makes=(),
        parameters={
            "PLAYLISTS": PLAYLISTS,
            "TOP": Parameter(1_000, "most frequent artists, and tracks, that are nodes", 10, 5_000),
            "MIN_PLAYLISTS": Parameter(5, "fewest playlists of a node", 2, 10**6),
            "MIN_SHARED": Parameter(2, "fewest playlists that an edge's two share", 1, 10**6),
            "FALSE_SHARE": Parameter(
                0.05, "share of chance pairs among the edges, on average", 0.0001, 0.5
            ),
            "PIVOTS": Parameter(200, "sources drawn for betweenness", 2, 5_000),
            "DRAWS": Parameter(3, "networks of chance of each kind, and cuts into halves", 1, 100),
            "GROUPS": Parameter(50, "groups of playlists left out in turn for intervals", 5, 1000),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
    ),
    Stage(
        "29_playlist_order",
        "What does the order in a playlist say, and which genres share playlists?",
        raw=(MPD,),
        needs=("11_explore_playlists",),
        makes=(),
        parameters={
            "PLAYLISTS": PLAYLISTS,
            "MIN_LENGTH": Parameter(
                20, "fewest entries of a playlist in position profiles", 10, 250
            ),
            "TOP": Parameter(150, "most frequent artists whose followers are looked at", 10, 1_000),
            "MIN_EXPECTED": Parameter(
                3.0, "fewest meetings expected by chance of a pair that is looked at", 0.1, 10**6
            ),
            "DRAWS": Parameter(20, "shuffled data sets beside the playlists", 2, 200),
            "GROUPS": Parameter(50, "groups of playlists left out in turn for intervals", 5, 1000),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
        any_of=(MPD, TRACKS_CSV),
    ),
    Stage(
        "30_query_benchmark",
        "Which engine answers the same question fastest, and what does it take to build?",
        raw=(TRACKS_CSV,),
        needs=(),
        makes=(),
        parameters={
            "SOURCE": Parameter(
                "",
                "raw set with release dates; empty for the first there is",
                choices=("", BY_YEAR, SPOTIFY_SONGS),
            ),
            "POPULAR": Parameter(50, "popularity of a popular track", 0, 100),
            "FEWEST": Parameter(5, "fewest tracks of an artist in the ranking", 1, 1000),
            "BUILDS": Parameter(6, "rounds of building each engine", 6, 1000),
            "REPEATS": Parameter(15, "rounds of asking each question", 6, 1000),
        },
        any_of=(BY_YEAR, SPOTIFY_SONGS),
    ),
)
