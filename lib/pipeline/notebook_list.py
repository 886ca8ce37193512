"""The notebooks in order: what each reads, needs and makes, and its parameters."""

from __future__ import annotations

from dataclasses import dataclass

from lib.pipeline.parameters import Parameter

TRACKS_CSV = "tracks/dataset.csv"
BY_YEAR = "tracks/tracks_by_year_nov2024.parquet"
SPOTIFY_SONGS = "tracks/spotify_songs.csv"
TRACKS_FEATURES = "tracks/tracks_features.csv"
MPD = "mpd"
PLAYLIST_TABLES = "polimi2018"


@dataclass(frozen=True)
class Stage:
    """One notebook in the order of the run.

    Attributes
    ----------
    name : str
        File name of the notebook without ``.ipynb``.
    question : str
        What the notebook answers, one line.
    raw : tuple of str
        Raw data sets it reads, see `lib.pipeline.sources.RAW_SETS`.
    needs : tuple of str
        Names of the notebooks whose tables it reads.
    makes : tuple of str
        Tables it writes for others.
    parameters : dict of str to Parameter
        Its own parameters, beside the common ``PROFILE`` and ``DATA_DIR``.
    models : tuple of str, optional
        Model folders it writes for others.
    any_of : tuple of str, optional
        Raw data sets of which it reads those that are there, but at least one.
    stores : tuple of str, optional
        Names of the stores of playlists that it may write for others, one a set of `any_of`.
    folder : str, optional
        Where the notebook lies: ``notebooks`` or ``models_widgets``.
    """

    name: str
    question: str
    raw: tuple[str, ...]
    needs: tuple[str, ...]
    makes: tuple[str, ...]
    parameters: dict[str, Parameter]
    models: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    folder: str = "notebooks"

    @property
    def path(self) -> str:
        """Path of the notebook from the repository's root."""
        return f"{self.folder}/{self.name}.ipynb"


SEED = Parameter(42, "seed of everything random", 0, 2**31 - 1)
REPLICATES = Parameter(400, "bootstrap replicates behind each interval", 50, 10_000)
PLAYLISTS = Parameter(
    "", "raw set of playlists; empty for the first there is", choices=("", MPD, PLAYLIST_TABLES)
)
MODEL = Parameter(
    "", "blend, rerank, or a recommender by name; empty for rerank, or blend where there is none"
)

STAGES: tuple[Stage, ...] = (
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
    Stage(
        "11_explore_playlists",
        "What do the playlists hold, is anything wrong with them, and how long are the tails?",
        raw=(),
        needs=(),
        makes=(),
        parameters={
            "STRICT": Parameter(False, "stop at the first thing that is wrong with a slice"),
            "GROUPS": Parameter(50, "groups of playlists left out in turn for intervals", 5, 1000),
            "SEED": SEED,
        },
        any_of=(MPD, PLAYLIST_TABLES),
        stores=(MPD, PLAYLIST_TABLES),
    ),
    Stage(
        "12_cooccurrence",
        "What stands together in playlists, and how much of that is popularity?",
        raw=(),
        needs=("11_explore_playlists",),
        makes=(),
        parameters={
            "PLAYLISTS": Parameter(
                "",
                "raw set of playlists; empty for the first there is",
                choices=("", MPD, PLAYLIST_TABLES),
            ),
            "TOP": Parameter(10_000, "most frequent tracks, artists and albums kept", 10, 100_000),
            "MIN_PLAYLISTS": Parameter(5, "fewest playlists of one that is kept", 1, 10**6),
            "MIN_SHARED": Parameter(2, "fewest playlists that a pair shares", 1, 10**6),
            "NEIGHBOURS": Parameter(10, "neighbours listed of each", 1, 1000),
            "SHRINKAGE": Parameter(0.5, "prior counts behind the shrunk lift and PMI", 0, 1000),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
    ),
    Stage(
        "13_association_rules",
        "Which tracks bring which others, and which of these rules are more than chance?",
        raw=(),
        needs=("11_explore_playlists",),
        makes=("rules",),
        parameters={
            "PLAYLISTS": PLAYLISTS,
            "TOP": Parameter(10_000, "most frequent tracks kept", 10, 100_000),
            "MAX_SHARE": Parameter(0.2, "largest share of playlists of a track kept", 0.001, 1),
            "MIN_SUPPORT": Parameter(0.001, "smallest share of playlists of a rule", 1e-6, 1),
            "MIN_PLAYLISTS": Parameter(8, "fewest playlists of a rule", 1, 10**6),
            "MAX_SETS": Parameter(
                300_000, "item sets at most; a higher support is taken for more", 100, 20_000_000
            ),
            "MAX_LEN": Parameter(3, "most tracks of a rule", 2, 8),
            "MIN_CONFIDENCE": Parameter(0.25, "smallest confidence of a rule", 0.01, 1),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
    ),
    Stage(
        "14_cluster_playlists",
        "How many kinds of playlists are there, if any, and what are they?",
        raw=(),
        needs=("11_explore_playlists",),
        makes=("clusters",),
        parameters={
            "PLAYLISTS": PLAYLISTS,
            "TRACKS": Parameter(200_000, "most frequent tracks that are looked at", 100, 10**7),
            "FITTED": Parameter(10_000, "playlists that maps are fitted on at most", 100, 200_000),
            "PAIRS": Parameter(4, "pairs of resampled fits behind the stability", 2, 50),
            "SHUFFLED": Parameter(2, "shuffled data sets beside the playlists", 1, 50),
            "MIN_STABILITY": Parameter(
                0.75, "adjusted Rand index that resampled fits must reach", 0, 1
            ),
            "CLUSTERS": Parameter(0, "clusters to make; 0 for what the data say", 0, 200),
            "DRAWN": Parameter(1_500, "playlists in the pictures at most", 50, 10_000),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
    ),
    Stage(
        "15_playlist_themes",
        "What goes with a playlist's theme, length and followers?",
        raw=(),
        needs=("11_explore_playlists",),
        makes=("categories",),
        parameters={
            "PLAYLISTS": PLAYLISTS,
            "MIN_PLAYLISTS": Parameter(20, "fewest playlists of a category", 5, 100_000),
            "FALSE_SHARE": Parameter(
                0.05, "share of false ones among the differences found, on average", 0.0001, 0.5
            ),
            "DRAWS": Parameter(10, "groups and random draws behind each Gini coefficient", 3, 100),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
    ),
    Stage(
        "16_evaluate_recommenders",
        "Which recommender continues playlists best, for whom, and at what price?",
        raw=(),
        needs=("11_explore_playlists",),
        makes=("scores",),
        parameters={
            "PLAYLISTS": PLAYLISTS,
            "PROTOCOL": Parameter(
                "",
                "how playlists are held out; empty for what suits the set",
                choices=("", "challenge", "random"),
            ),
            "PLAYLISTS_EACH": Parameter(
                0,
                "test playlists of a category, and as many for validation; 0 for what suits",
                0,
                10_000,
            ),
            "EASE": Parameter(True, "have EASE on the ladder, where tracks are few enough"),
            "RERANK": Parameter(True, "have a second stage"),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
        models=("continuation",),
    ),
    Stage(
        "17_explain_recommendations",
        "Why is a track recommended, does the reason tell if it is right, and which never are?",
        raw=(),
        needs=("11_explore_playlists", "16_evaluate_recommenders"),
        makes=(),
        parameters={
            "PLAYLISTS": PLAYLISTS,
            "PROTOCOL": Parameter(
                "",
                "how playlists are held out; empty for what suits the set",
                choices=("", "challenge", "random"),
            ),
            "PLAYLISTS_EACH": Parameter(
                0, "test playlists of a category; as in 16_evaluate_recommenders", 0, 10_000
            ),
            "MODEL": MODEL,
            "DEPTH": Parameter(100, "ranks of each list that are explained", 10, 500),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
    ),
    Stage(
        "18_playlist_counts",
        "In how many playlists is a track, and what can tell it before it is counted?",
        raw=(),
        needs=("11_explore_playlists",),
        makes=(),
        parameters={
            "PLAYLISTS": PLAYLISTS,
            "MIN_PLAYLISTS": Parameter(
                0, "playlists from which a track is rare; 0: as rare as published", 0, 10**6
            ),
            "FOLDS": Parameter(3, "folds of each split", 2, 20),
            "XGB_TREES": Parameter(80, "trees of XGBoost", 1, 5000),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
    ),
    Stage(
        "19_challenge_submission",
        "Which 500 tracks come next in each playlist of a challenge set?",
        raw=(MPD,),
        needs=("11_explore_playlists", "16_evaluate_recommenders"),
        makes=(),
        parameters={
            "PLAYLISTS": Parameter(
                "", "folder of MPD slices to learn from; empty for the run's own", file="read"
            ),
            "CHALLENGE_SET": Parameter(
                "",
                "challenge set in the official format; empty for the one beside the slices",
                file="read",
            ),
            "SUBMISSION": Parameter(
                "",
                "CSV to write; empty for submission.csv beside the figures",
                file="written",
            ),
            "TEAM": Parameter("Workbook", "team, for the file's first line"),
            "EMAIL": Parameter("workbook@example.org", "e-mail, for the file's first line"),
            "MODEL": Parameter(
                "",
                "which recommender answers; empty for the second stage, if there is one",
                choices=("", "blend", "rerank"),
            ),
            "BATCH": Parameter(500, "playlists answered at a time", 1, 100_000),
            "SEED": SEED,
        },
    ),
    Stage(
        "20_continue_playlist",
        "Which tracks fit my playlist next, and why these?",
        raw=(),
        needs=("11_explore_playlists", "16_evaluate_recommenders"),
        makes=(),
        parameters={
            "PLAYLISTS": PLAYLISTS,
            "TRACKS": Parameter(
                "", "names or ids of tracks, with ; between; empty, and no title: an example"
            ),
            "TITLE": Parameter("", "title of the playlist, alone or with tracks"),
            "LENGTH": Parameter(20, "tracks wanted", 1, 500),
            "MODEL": MODEL,
            "SEED": SEED,
        },
    ),
    Stage(
        "21_audit_playlist_claims",
        "What became of the published numbers on playlists?",
        raw=(),
        needs=("11_explore_playlists",),
        makes=("playlist_claims",),
        parameters={
            "PLAYLISTS": PLAYLISTS,
            "ASKED": Parameter(1_000, "playlists held out and asked about at most", 10, 10**6),
            "LOOKED_AT": Parameter(
                20_000, "playlists behind rules and clusters at most", 1_000, 10**7
            ),
            "TREES": Parameter(100, "trees of each forest", 1, 1000),
            "TRACKS": Parameter(40_000, "training tracks of each forest at most", 1_000, 10**7),
            "REPLICATES": REPLICATES,
            "SEED": SEED,
        },
    ),
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
    Stage(
        "31_predict_popularity",
        "What does a model say of a track, and what if the track were another?",
        raw=(),
        needs=("02_clean_tracks", "08_train_model", "22_train_more_models"),
        makes=(),
        parameters={
            "MODEL": Parameter("", "model on the shelf; empty for that of 08_train_model"),
            "TRACK_ID": Parameter("", "track to begin with; empty for one drawn at random"),
            "ALONG": Parameter("energy", "input that the curve is drawn along"),
            "SEED": SEED,
        },
        folder="models_widgets",
    ),
    Stage(
        "32_explore_catalogue",
        "Which tracks are there of this kind, and how do they differ from the others?",
        raw=(TRACKS_CSV,),
        needs=(),
        makes=(),
        parameters={
            "TEXT": Parameter("", "words to begin with; empty for none"),
            "MACRO_GENRE": Parameter("", "macro-genre to begin with; empty for all"),
            "SEED": SEED,
        },
        folder="models_widgets",
    ),
    Stage(
        "33_continue_playlist_live",
        "What comes next in my playlist, and what if I keep this and drop that?",
        raw=(),
        needs=("11_explore_playlists", "16_evaluate_recommenders"),
        makes=(),
        parameters={
            "PLAYLISTS": PLAYLISTS,
            "TRACKS": Parameter(
                "", "names or ids of tracks, with ; between; empty, and no title: an example"
            ),
            "TITLE": Parameter("", "title of the playlist, alone or with tracks"),
            "LENGTH": Parameter(10, "tracks wanted", 1, 100),
            "SEED": SEED,
        },
        folder="models_widgets",
    ),
    Stage(
        "34_share_page",
        "What does the page show that is shared, and does it answer as the notebooks do?",
        raw=(TRACKS_CSV,),
        needs=(
            "02_clean_tracks",
            "08_train_model",
            "11_explore_playlists",
            "16_evaluate_recommenders",
            "22_train_more_models",
            "25_cluster_tracks",
        ),
        makes=(),
        parameters={
            "PLAYLISTS": PLAYLISTS,
            "LAUNCH": Parameter(False, "serve the page on this machine until the kernel ends"),
            "PORT": Parameter(0, "port on 127.0.0.1; 0 for any that is free", 0, 65_535),
            "SEED": SEED,
        },
        folder="models_widgets",
    ),
    Stage(
        "35_publish_models",
        "Which models are on the shelf, what would be sent to the Hub, and what is safe in a file?",
        raw=(),
        needs=("08_train_model",),
        makes=(),
        parameters={
            "REPO": Parameter("", "where to push to, owner/name; empty for a dry run"),
            "PUSH": Parameter(False, "push, with your own Hugging Face token"),
        },
        folder="models_widgets",
    ),
)

PARTS = {
    "01": "What makes a track popular",
    "11": "What stands together in playlists",
    "16": "Which track fits next",
    "22": "Models for use",
    "24": "Trends, clusters, promotion, networks",
    "31": "Hands on",
}
"""The story's parts, by the number of the first notebook of each."""
