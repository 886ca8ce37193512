"""The dashboard: trends, distributions, artists, albums and clusters under one set of filters."""
