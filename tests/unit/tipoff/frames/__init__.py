"""Tests of the DataFrames and of the dictionary of columns."""
