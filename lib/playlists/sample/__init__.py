"""The world that generated playlists are drawn from, and how they are written."""
