"""Tests of `shared/contracts`."""
