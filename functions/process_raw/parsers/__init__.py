"""Parsers, one module per source format; pure over bytes."""
