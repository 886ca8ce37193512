"""Helpers shared by the notebooks of the music popularity workbook."""
