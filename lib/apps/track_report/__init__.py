"""The report on one track: what it says, as a page and as a PDF."""
