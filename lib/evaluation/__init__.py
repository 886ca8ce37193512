"""Metrics, intervals and leak detection."""
