"""Playlists held out, what is asked of them, and the challenge's files."""
