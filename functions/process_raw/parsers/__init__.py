"""Parsers, one module per feed or kind of feeds, with their helpers; pure over bytes."""
