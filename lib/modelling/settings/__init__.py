"""The search for settings: spaces, studies, nested cross-validation."""
