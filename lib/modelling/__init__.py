"""Splits and estimators."""
