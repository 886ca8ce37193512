"""Text that a language model writes of computed facts, and how its numbers are checked."""
