"""The Gradio page: a file a tab, what all of them answer from, and how it is served."""
