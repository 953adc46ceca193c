"""Tests of `shared/adapters`."""
