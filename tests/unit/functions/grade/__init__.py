"""Tests of `functions/grade`."""
