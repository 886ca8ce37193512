"""Track catalogues: read, check, clean, describe, generate."""
