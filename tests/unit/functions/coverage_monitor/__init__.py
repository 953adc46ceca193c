"""Tests of `functions/coverage_monitor`."""
