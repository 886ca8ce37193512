"""Item sets and association rules: mined, tested, judged."""
