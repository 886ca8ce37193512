"""The notebooks in order, and the parts of their story."""

from __future__ import annotations

from lib.pipeline.notebook import Stage
from lib.pipeline.notebooks_hands_on import HANDS_ON
from lib.pipeline.notebooks_insights import INSIGHTS
from lib.pipeline.notebooks_playlists import OF_PLAYLISTS
from lib.pipeline.notebooks_tracks import OF_TRACKS

STAGES: tuple[Stage, ...] = (*OF_TRACKS, *OF_PLAYLISTS, *INSIGHTS, *HANDS_ON)
"""In the order of the run."""

PARTS = {
    "01": "What makes a track popular",
    "11": "What stands together in playlists",
    "16": "Which track fits next",
    "22": "Models for use",
    "24": "Trends, clusters, promotion, networks",
    "31": "Hands on",
}
"""The story's parts, by the number of the first notebook of each."""
