"""Playlists: read and verify the Million Playlist Dataset, store, generate, count together."""
