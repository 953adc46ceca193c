"""Tests of `functions`."""
