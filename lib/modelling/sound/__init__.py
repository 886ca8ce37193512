"""Clusters of tracks by sound, and published numbers about them."""
