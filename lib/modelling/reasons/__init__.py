"""Why a model predicts what it does, and what would change it."""
