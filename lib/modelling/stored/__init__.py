"""Models at rest: recipes, contracts, cards, files, the shelf of all there are."""
