"""The ordered notebooks: what each needs, makes and costs; runs and reports."""
