"""Playlists as points, and the groups that they fall into, if any."""
