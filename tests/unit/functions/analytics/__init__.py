"""Tests of `functions/analytics`."""
