"""Training: examples, recipes, gates and permutation importance."""
