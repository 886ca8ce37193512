"""Recommenders: which tracks continue a playlist; one recommender a file, one interface."""
