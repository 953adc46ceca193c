"""Tests of `tipoff/sample`."""
