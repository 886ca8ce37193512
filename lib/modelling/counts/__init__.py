"""Models of how many playlists a track is in, and what leaks there."""
