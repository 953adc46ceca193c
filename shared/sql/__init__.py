"""GoogleSQL queries: loading, the as_of door, and the translation for DuckDB."""
