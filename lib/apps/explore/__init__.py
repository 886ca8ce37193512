"""The explorer of the catalogue: filters, pictures, view."""
