"""The playlist builder: search, state, view."""
