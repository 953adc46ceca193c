"""Parsers of one payload each, by feed."""
