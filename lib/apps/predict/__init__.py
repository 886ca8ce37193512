"""The popularity widget: its state, its words, its view."""
