"""A home's rows as pandas DataFrames, and the dictionary of their columns."""
