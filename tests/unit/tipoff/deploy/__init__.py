"""Tests of `tipoff/deploy`."""
