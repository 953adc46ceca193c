"""Tests of `tipoff`."""
