"""Real dates of ../shared/data replayed through the real command, and checked against their source."""
