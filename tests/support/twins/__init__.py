"""The implementations of a port, each behind the same face, for properties that all of them must have."""
