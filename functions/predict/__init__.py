"""Points distributions of every player of a slate, by one system at a time."""
