"""Published scores of popularity models: rebuilt, taken apart, judged."""
