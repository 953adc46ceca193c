"""One suite of properties for every implementation of a port: memory, SQLite, DuckDB, and Google's on emulators."""
