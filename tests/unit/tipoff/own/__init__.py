"""Tests of the user's own systems."""
