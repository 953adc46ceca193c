"""The command line: entry, options and tables."""
