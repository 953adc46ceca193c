"""Tests of `shared/rules`."""
