"""Tests of `tipoff/evaluation`."""
