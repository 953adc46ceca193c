"""Twins on one machine: SQLite, DuckDB and files."""
