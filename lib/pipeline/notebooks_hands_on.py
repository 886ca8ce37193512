"""Notebooks 31 to 35: widgets, the page, models to and from the Hub."""

from __future__ import annotations

from lib.pipeline.notebook import PLAYLISTS, SEED, TRACKS_CSV, Stage
from lib.pipeline.parameters import Parameter

HANDS_ON: tuple[Stage, ...] = (
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
