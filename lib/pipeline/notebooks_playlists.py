"""Notebooks 11 to 21: playlists, and which track fits next."""

from __future__ import annotations

from lib.pipeline.notebook import MODEL, MPD, PLAYLIST_TABLES, PLAYLISTS, REPLICATES, SEED, Stage
from lib.pipeline.parameters import Parameter

OF_PLAYLISTS: tuple[Stage, ...] = (
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
)
