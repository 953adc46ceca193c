"""Tests of what a reader of predictions asks."""
